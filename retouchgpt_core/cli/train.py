"""`retouchgpt train`: make the weights of one network, within a time budget."""

import argparse
import os
from pathlib import Path

from retouchgpt_core.cli.shared_options import add_data_option, data_folder
from retouchgpt_core.errors import UsageError
from retouchgpt_core.paths import project_folder
from retouchgpt_core.retouch.retouched_pairs import pair_files

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
        "--layers", type=int, metavar="N", help="depth of the language model (default 4)"
    )
    parser.add_argument(
        "--threads", type=int, default=os.cpu_count() or 1, help="CPU threads (default: all)"
    )
    parser.add_argument(
        "--pairs-share",
        type=float,
        default=0.0,
        metavar="S",
        help="share of the retoucher's crops, 0 to 1, that comes from pairs of photographs below "
        "DIR, {train,test}/{source,target} with equal file names (default 0: drawn faces alone)",
    )
    add_data_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train until the budget is spent; weights and checkpoints are written on the way."""
    if arguments.minutes <= 0:
        raise UsageError("The time budget must be more than 0 minutes.", "Use --minutes N.")
    if not 0.0 <= arguments.pairs_share <= 1.0:
        raise UsageError("The share of pairs lies between 0 and 1.", "Use --pairs-share 0.3.")
    if arguments.pairs_share and arguments.part != "retouch":
        raise UsageError("Only the retoucher learns from pairs.", "Leave --pairs-share out.")
    if arguments.layers is not None and arguments.part != "language":
        raise UsageError("Only the language model has layers to choose.", "Leave --layers out.")
    if arguments.layers is not None and not 1 <= arguments.layers <= 64:
        raise UsageError("A language model has 1 to 64 layers.", "Use --layers 8.")
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
            layers=arguments.layers,
            start_from=arguments.start_from,
        )
        return 0
    data = data_folder(arguments)
    if arguments.part == "face":
        from retouchgpt_core.training.face import train_face

        train_face(data=data, out=out, minutes=minutes, seed=seed, resume=resume, threads=threads)
        return 0
    if arguments.pairs_share:
        pair_files(data, "train")  # before torch is loaded: a wrong folder answers at once
    from retouchgpt_core.training.retouch import RunOptions, train_retouch

    train_retouch(
        data=data,
        out=out,
        minutes=minutes,
        seed=seed,
        resume=resume,
        threads=threads,
        options=RunOptions(pairs=arguments.pairs_share),
        start_from=arguments.start_from,
    )
    return 0
