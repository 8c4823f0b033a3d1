"""`retouchgpt batch`: the same words, preset or earlier work for every photo of a folder."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from retouchgpt_core.cli.shared_options import add_engine_options
from retouchgpt_core.errors import UsageError

if TYPE_CHECKING:
    from retouchgpt_core.batch.recipe import Outcome, Recipe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the subcommand's arguments."""
    parser.add_argument(
        "photos", metavar="FOLDER|GLOB", help="a folder, or a pattern in quotes: 'shoot/*.jpg'"
    )
    parser.add_argument(
        "--say", action="append", default=[], metavar="TEXT",
        help="what to do, in plain words; repeat it for another round",
    )  # fmt: skip
    parser.add_argument(
        "--preset", type=Path, metavar="FILE", help="a preset that the app has written"
    )
    parser.add_argument(
        "--project", type=Path, metavar="FILE",
        help="do what a project (.rgpt) or a sidecar (.json) says, on each photo's own marks",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FOLDER",
        help="where the results go, each under its photo's name",
    )  # fmt: skip
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="photos done at a time (default 1)"
    )
    parser.add_argument(
        "--overwrite", action="store_true",
        help="do photos again whose result is there (else they are passed over)",
    )  # fmt: skip
    parser.add_argument(
        "--ray", metavar="ADDRESS",
        help="work on a Ray cluster: its address, auto, or local",
    )  # fmt: skip
    add_engine_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Retouch photo after photo; status 1 if some could not be done, the others are."""
    if arguments.output is None:
        raise UsageError("No folder for the results is named.", "Add -o FOLDER.")
    if arguments.workers < 1:
        raise UsageError(f"{arguments.workers} is no number of workers.", "Use 1 or more.")
    if arguments.output.exists() and not arguments.output.is_dir():
        raise UsageError(f"{arguments.output} is no folder.", "Name a folder with -o.")

    from retouchgpt_core.batch.photos import photos_of

    photos = photos_of(arguments.photos)

    from retouchgpt_core.batch.recipe import Outcome, Recipe, targets_of

    recipe = Recipe(tuple(arguments.say), arguments.preset, arguments.project)
    recipe.check()
    targets = targets_of(photos, arguments.output)
    try:
        arguments.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{arguments.output} cannot be made.", "Name another folder.") from error
    jobs = [(p, t) for p, t in targets.items() if arguments.overwrite or not t.exists()]
    outcomes = [Outcome(p, t, (), skipped=True) for p, t in targets.items() if (p, t) not in jobs]
    try:
        for outcome in _outcomes(arguments, jobs, recipe) if jobs else ():
            outcomes.append(outcome)
            _tell(outcome, len(outcomes), len(photos))
    except KeyboardInterrupt:
        print(f"retouchgpt: Stopped. {_sum(outcomes, len(photos))}", file=sys.stderr)
        return 1
    print(_sum(outcomes, len(photos)))
    return int(any(outcome.target is None for outcome in outcomes))


def _outcomes(
    arguments: argparse.Namespace, jobs: list[tuple[Path, Path]], recipe: "Recipe"
) -> "Iterator[Outcome]":
    from retouchgpt_core.batch.workers import EngineOptions, retouch_here, retouch_on_ray

    options = EngineOptions(arguments.weights, arguments.lang_model, arguments.device)
    if arguments.ray is not None:
        return retouch_on_ray(jobs, recipe, options, arguments.ray, arguments.workers)
    return retouch_here(jobs, recipe, options, arguments.workers)


def _tell(outcome: "Outcome", number: int, count: int) -> None:
    words = " ".join(outcome.said)
    head = f"[{number}/{count}] {outcome.source.name}"
    if outcome.target is None:
        print(f"retouchgpt: {head}: not done. {words}", file=sys.stderr)
        return
    print(f"{head}: {words}".rstrip(": "), flush=True)
    for note in outcome.notes:
        print(f"retouchgpt: {outcome.source.name}: {note}", file=sys.stderr)


def _sum(outcomes: "list[Outcome]", count: int) -> str:
    done = sum(1 for o in outcomes if o.target is not None and not o.skipped)
    skipped = sum(1 for o in outcomes if o.skipped)
    failed = sum(1 for o in outcomes if o.target is None)
    parts = [f"{done} of {count} photos done"]
    if skipped:
        parts.append(f"{skipped} passed over, since their results are there")
    if failed:
        parts.append(f"{failed} not done")
    return f"{', '.join(parts)}."
