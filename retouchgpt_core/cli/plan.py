"""`retouchgpt plan`: the plans that instructions become, without a photo."""

import argparse
import json
from pathlib import Path
from typing import Any, cast

from retouchgpt_core.cli.shared_options import add_engine_options
from retouchgpt_core.errors import UsageError
from retouchgpt_core.language.plan import Plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the subcommand's arguments."""
    parser.add_argument("text", nargs="*", metavar="TEXT", help="a dialogue's turns, in order")
    parser.add_argument(
        "--dialogues", type=Path, metavar="FILE", help="a JSON list of turns on each line"
    )
    add_engine_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print one plan a line, or with --dialogues one JSON list of plans a line."""
    if bool(arguments.text) == bool(arguments.dialogues):
        raise UsageError("Say either TEXT or --dialogues FILE.", "Try: retouchgpt plan --help")

    from retouchgpt_core.language.dialogue import DialogueState
    from retouchgpt_core.language.interpreter import Interpreter
    from retouchgpt_core.paths import weights_folder

    interpreter = Interpreter.load(
        weights_folder(arguments.weights) / "language", arguments.lang_model, arguments.device
    )

    def plans(turns: list[str]) -> list[Plan]:
        state = DialogueState()
        found: list[Plan] = []
        for text in turns:
            plan = interpreter.interpret(text, state)
            state = state.after(plan)
            found.append(plan)
        return found

    if arguments.dialogues is None:
        for plan in plans(arguments.text):
            print(plan.dumps())
        return 0
    for turns in _dialogues(arguments.dialogues):
        print(json.dumps([plan.to_json() for plan in plans(turns)], ensure_ascii=False), flush=True)
    return 0


def _dialogues(path: Path) -> list[list[str]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read.", "Name a text file of JSON lists.") from error
    dialogues: list[list[str]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            turns: Any = json.loads(line)
        except ValueError as error:
            raise UsageError(f"Line {number} of {path} is not JSON.", "Mend that line.") from error
        if not isinstance(turns, list) or not all(
            isinstance(t, str) for t in cast("list[Any]", turns)
        ):
            raise UsageError(f"Line {number} of {path} is not a list of texts.", "Mend that line.")
        dialogues.append(cast("list[str]", turns))
    return dialogues
