"""The `retouchgpt` command: a subcommand goes to the command line, anything else to the app."""

import sys
from collections.abc import Sequence

from retouchgpt_core.cli.main import COMMANDS


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line or the app; return the exit status (0 done, 1 not done, 2 bad usage)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    words = [a for a in arguments if not a.startswith("-")]
    if arguments[:2] == ["bench", "app"]:
        from app.bench.command import run as measure

        return measure(arguments[2:])
    asks_for_help = bool({"-h", "--help", "--version"} & set(arguments))
    if asks_for_help or (words and words[0] in COMMANDS):
        from retouchgpt_core.cli.main import main as run_command

        return run_command(arguments)
    from app.application import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
