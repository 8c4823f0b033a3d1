"""`retouchgpt ...`: one place that reads arguments, runs a subcommand and shows what went wrong."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import NoReturn

from retouchgpt_core import __version__
from retouchgpt_core.errors import RetouchError, UsageError

COMMANDS: dict[str, str] = {
    "edit": "retouch a photo as the words say",
    "find": "list the faces of a photo and the marks on them",
    "plan": "show the plan that an instruction becomes",
    "batch": "retouch every photo of a folder alike",
    "sample": "write the sample portrait",
    "train": "train one of the networks",
    "test": "retouch photos and measure the results beside a retoucher's",
    "bench": "measure speed and quality",
}
"""Each is a module of this package with `add_arguments(parser)` and `run(arguments) -> int`."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", f"Try: {self.prog} --help")


def parser_for(command: str) -> argparse.ArgumentParser:
    """Return the parser of one subcommand; only that subcommand's module is imported."""
    parser = _Parser(prog=f"retouchgpt {command}", description=f"{COMMANDS[command]}.".capitalize())
    importlib.import_module(f"retouchgpt_core.cli.{command}").add_arguments(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return the exit status: 0 done, 1 not done, 2 bad usage or input."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(arguments)
    except RetouchError as error:
        print(f"retouchgpt: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("retouchgpt: Stopped; nothing was written.", file=sys.stderr)
        return 1
    except MemoryError:
        print("retouchgpt: There is not enough memory for this photo.", file=sys.stderr)
        return 1


def _run(arguments: list[str]) -> int:
    if "--version" in arguments:
        print(f"retouchgpt {__version__}")
        return 0
    command = next((a for a in arguments if a in COMMANDS), None)
    if command is None:
        print(_overview())
        return 0 if {"-h", "--help"} & set(arguments) else UsageError.exit_status
    arguments.remove(command)
    parsed = parser_for(command).parse_intermixed_args(arguments)
    module = importlib.import_module(f"retouchgpt_core.cli.{command}")
    return module.run(parsed)


def _overview() -> str:
    rows = "\n".join(f"  retouchgpt {name:8} {text}" for name, text in COMMANDS.items())
    return f"usage: retouchgpt [PHOTO]   the app\n{rows}\n\nretouchgpt COMMAND --help says more."
