"""`retouchgpt edit`: retouch one photo as the words say."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from retouchgpt_core.cli.shared_options import add_engine_options
from retouchgpt_core.errors import PhotoWriteError, UsageError
from retouchgpt_core.language.plan import Action

if TYPE_CHECKING:
    from retouchgpt_core.engine import Turn

NOT_DONE = frozenset({Action.CLARIFY, Action.DECLINE})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the subcommand's arguments."""
    parser.add_argument("photo", type=Path, metavar="IN", help="the photo to retouch")
    parser.add_argument(
        "--say",
        action="append",
        default=[],
        metavar="TEXT",
        help="what to do, in plain words; repeat it for another round",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="the retouched photo")
    parser.add_argument("--in-place", action="store_true", help="overwrite the photo itself")
    parser.add_argument("--mask-out", type=Path, metavar="PNG", help="where any bit may differ")
    parser.add_argument(
        "--plan-out", type=Path, metavar="JSON", help="the plans that were followed"
    )
    parser.add_argument(
        "--gating",
        choices=("on", "off"),
        default="on",
        help="off: let the prediction network alone decide what the words mean (for debugging)",
    )
    add_engine_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Retouch the photo; 0 if every round was done, 1 if one was declined or unclear."""
    output = _output_of(arguments)
    if not arguments.say:
        raise UsageError("Nothing was asked for.", 'Add --say "remove the acne", for example.')

    from retouchgpt_core.photo import Photo
    from retouchgpt_core.photo.formats import format_for

    photo = Photo.read(arguments.photo)  # before torch is loaded: bad input answers at once
    format_for(output)  # an ending that cannot be saved is told before the work
    for target in (output, arguments.mask_out, arguments.plan_out):
        if target is not None:
            _require_writable(target)

    from retouchgpt_core.document.export import write_mask, write_plans
    from retouchgpt_core.engine import Engine

    engine = Engine.load(arguments.weights, arguments.lang_model, arguments.device)
    session = engine.open(photo, gating=arguments.gating == "on")
    turns: list[Turn] = []
    for text in arguments.say:
        turn = session.say(text)
        turns.append(turn)
        print(turn.reply)
        if turn.plan.action in NOT_DONE:
            print(f"retouchgpt: Not done: {text!r}; nothing was written.", file=sys.stderr)
            return 1

    for note in (*photo.notes, *session.photo().write(output)):
        print(f"retouchgpt: {note}", file=sys.stderr)
    if arguments.mask_out is not None:
        write_mask(arguments.mask_out, session.mask())
    if arguments.plan_out is not None:
        write_plans(arguments.plan_out, [turn.plan for turn in turns])
    return 0


def _output_of(arguments: argparse.Namespace) -> Path:
    photo: Path = arguments.photo
    output: Path | None = arguments.output
    if arguments.in_place:
        if output is not None:
            raise UsageError("-o and --in-place exclude each other.", "Use one of them.")
        return photo
    if output is None:
        raise UsageError("No output is named.", "Add -o OUT.")
    if output.exists() and photo.exists() and os.path.samefile(output, photo):
        raise UsageError("The output is the input itself.", "Name another file, or say --in-place.")
    return output


def _require_writable(target: Path) -> None:
    folder = target.resolve().parent
    if not folder.is_dir():
        raise PhotoWriteError(f"There is no folder {folder}.", "Make it, or name another one.")
    if target.is_dir():
        raise PhotoWriteError(f"{target} is a folder.", "Name a file.")
    if not os.access(folder, os.W_OK):
        raise PhotoWriteError(f"{folder} may not be written to.", "Choose another folder.")
