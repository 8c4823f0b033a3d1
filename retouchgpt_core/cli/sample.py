"""`retouchgpt sample`: write the sample portrait that the first start opens."""

import argparse
from pathlib import Path

from retouchgpt_core.cli.shared_options import add_engine_options
from retouchgpt_core.errors import UsageError
from retouchgpt_core.paths import weights_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the subcommand's arguments."""
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT")
    parser.add_argument("--clean", type=Path, metavar="OUT", help="the same without the marks")
    parser.add_argument(
        "--megapixels",
        type=float,
        metavar="MP",
        help="a photo of this size, the face in its middle",
    )
    parser.add_argument("--seed", type=int, help="other marks")
    add_engine_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the portrait; 0 when it is there."""
    from retouchgpt_core.evaluation.sized_photo import ENLARGED, MEGAPIXELS, sized_photo
    from retouchgpt_core.face.finder import FaceFinder
    from retouchgpt_core.synthesis.sample import SAMPLE_SEED, sample_portrait

    finder = FaceFinder.load(weights_folder(arguments.weights) / "face")
    seed = SAMPLE_SEED if arguments.seed is None else arguments.seed
    sample = sample_portrait(finder, seed)
    photo = sample.photo
    if arguments.megapixels is not None:
        low, high = MEGAPIXELS
        if not low <= arguments.megapixels <= high:
            raise UsageError(f"Sizes lie between {low:g} and {high:g} megapixels.", "Try 24.")
        photo = sized_photo(photo, arguments.megapixels, ENLARGED)
    photo.write(arguments.output)
    if arguments.clean is not None:
        sample.clean.write(arguments.clean)
    print(f"The sample portrait is {arguments.output}")
    return 0
