"""`retouchgpt bench`: how long a round takes here, measured and printed as a table."""

import argparse
from pathlib import Path

from retouchgpt_core.cli.shared_options import add_engine_options
from retouchgpt_core.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the subcommand's arguments."""
    parser.add_argument("photo", nargs="?", type=Path, help="default: the sample portrait")
    parser.add_argument("--runs", type=int, default=3, help="runs to take the median of")
    add_engine_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the device and the table."""
    if arguments.runs < 1:
        raise UsageError("At least one run is needed.", "Use --runs N.")

    from retouchgpt_core.engine import Engine
    from retouchgpt_core.evaluation.speed import table, time_round
    from retouchgpt_core.photo import Photo
    from retouchgpt_core.synthesis.sample import sample_portrait

    engine = Engine.load(arguments.weights, arguments.lang_model, arguments.device)
    if arguments.photo is None:
        photo = sample_portrait(engine.finder).photo
    else:
        photo = Photo.read(arguments.photo)
    print(f"{photo.width} x {photo.height}, {engine.device_name}, {arguments.runs} runs\n")
    print(table(time_round(engine, photo, arguments.runs)))
    return 0
