"""Options that several subcommands share."""

import argparse
import os
from pathlib import Path

from retouchgpt_core.errors import UsageError

DATA_VARIABLE = "RETOUCHGPT_DATA"


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Add --device, --weights and --lang-model."""
    parser.add_argument(
        "--device",
        default="auto",
        choices=("auto", "cpu", "cuda", "mps"),
        help="where the networks run (default: the best there is)",
    )
    parser.add_argument("--weights", type=Path, metavar="DIR", help="other weights than bundled")
    parser.add_argument(
        "--lang-model", type=Path, metavar="DIR", help="a local causal language model"
    )


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """Add --data, the folder of training or test photographs."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help=f"folder of photographs and landmarks (default: ${DATA_VARIABLE})",
    )


def data_folder(arguments: argparse.Namespace) -> Path:
    """Return the data folder. Raises UsageError if none is named or it does not exist."""
    named = arguments.data or os.environ.get(DATA_VARIABLE)
    if not named:
        raise UsageError("No data folder is named.", f"Use --data DIR or set {DATA_VARIABLE}.")
    folder = Path(named)
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.", "Check the path given with --data.")
    return folder
