"""`retouchgpt train`: make the weights of one network, within a time budget."""

import argparse
import os
from pathlib import Path

from retouchgpt_core.cli.shared_options import add_data_option, data_folder
from retouchgpt_core.errors import UsageError
from retouchgpt_core.paths import project_folder

PARTS = ("face", "language", "retouch")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the subcommand's arguments."""
    parser.add_argument("part", choices=PARTS, help="which network")
    parser.add_argument("--minutes", type=float, default=120.0, help="time budget (default 120)")
    parser.add_argument("--seed", type=int, default=0, help="seed of weights and data (default 0)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the weights go")
    parser.add_argument("--no-resume", action="store_true", help="start again from nothing")
    parser.add_argument(
        "--start-from", type=Path, metavar="DIR", help="weights that a new run begins with"
    )
    parser.add_argument(
        "--threads", type=int, default=os.cpu_count() or 1, help="CPU threads (default: all)"
    )
    add_data_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train until the budget is spent; weights and checkpoints are written on the way."""
    if arguments.minutes <= 0:
        raise UsageError("The time budget must be more than 0 minutes.", "Use --minutes N.")
    out: Path = arguments.out or project_folder() / "weights" / arguments.part
    resume = not arguments.no_resume
    minutes: float = arguments.minutes
    seed: int = arguments.seed
    threads: int = arguments.threads
    if arguments.part == "language":
        from retouchgpt_core.training.language import train_language

        train_language(
            out=out,
            minutes=minutes,
            seed=seed,
            resume=resume,
            threads=threads,
            start_from=arguments.start_from,
        )
        return 0
    data = data_folder(arguments)
    if arguments.part == "face":
        from retouchgpt_core.training.face import train_face

        train_face(data=data, out=out, minutes=minutes, seed=seed, resume=resume, threads=threads)
        return 0
    from retouchgpt_core.training.retouch import train_retouch

    train_retouch(
        data=data,
        out=out,
        minutes=minutes,
        seed=seed,
        resume=resume,
        threads=threads,
        start_from=arguments.start_from,
    )
    return 0
