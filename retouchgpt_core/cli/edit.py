"""`retouchgpt edit`: retouch one photo as the words say."""

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from retouchgpt_core.cli.shared_options import add_engine_options
from retouchgpt_core.errors import PhotoWriteError, UsageError
from retouchgpt_core.language.plan import NOT_DONE

if TYPE_CHECKING:
    from retouchgpt_core.document.sidecar import Sidecar
    from retouchgpt_core.document.state import EditState
    from retouchgpt_core.engine import Turn
    from retouchgpt_core.geometry import Box
    from retouchgpt_core.photo import Photo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the subcommand's arguments."""
    parser.add_argument(
        "photo",
        nargs="?",
        type=Path,
        metavar="IN",
        help="the photo to retouch (with --project: the project's own if none is named)",
    )
    parser.add_argument(
        "--say",
        action="append",
        default=[],
        metavar="TEXT",
        help="what to do, in plain words; repeat it for another round",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="the retouched photo")
    parser.add_argument("--in-place", action="store_true", help="overwrite the photo itself")
    parser.add_argument(
        "--project",
        type=Path,
        metavar="FILE",
        help="begin with what a project (.rgpt) or a sidecar (.json) says, also on another photo",
    )
    parser.add_argument(
        "--save-project", type=Path, metavar="FILE", help="keep the work, to go on another day"
    )
    parser.add_argument(
        "--with-photo", action="store_true", help="put a copy of the photo into that project"
    )
    parser.add_argument(
        "--sidecar-out", type=Path, metavar="JSON", help="what was done, without any pixels"
    )
    parser.add_argument(
        "--quality",
        type=int,
        metavar="N",
        help="1 to 100, for JPEG, WebP, AVIF and HEIC (default: a JPEG's own)",
    )
    parser.add_argument(
        "--layers-out",
        type=Path,
        metavar="FILE",
        help="photo and retouched kinds as 16-bit layers: .psd, .ora or .tif",
    )
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
    if not arguments.say and arguments.project is None:
        raise UsageError("Nothing was asked for.", 'Add --say "remove the acne", for example.')
    if arguments.with_photo and arguments.save_project is None:
        raise UsageError("There is no project to put the photo into.", "Add --save-project FILE.")

    quality: int | None = arguments.quality
    if quality is not None and not 1 <= quality <= 100:
        raise UsageError(f"{quality} is no quality.", "Choose one from 1 to 100.")

    from retouchgpt_core.photo.formats import format_for

    start = _start_of(arguments)  # before torch is loaded: bad input answers at once
    output = _output_of(arguments, start.photo.path)
    format_for(output)  # an ending that cannot be saved is told before the work
    for target in (
        output,
        arguments.mask_out,
        arguments.plan_out,
        arguments.save_project,
        arguments.sidecar_out,
        arguments.layers_out,
    ):
        if target is not None:
            _require_writable(target)

    from retouchgpt_core.document.layered import encoder_for

    if arguments.layers_out is not None:
        encoder_for(arguments.layers_out)

    from retouchgpt_core.document.export import write_mask, write_plans
    from retouchgpt_core.engine import Engine
    from retouchgpt_core.replay import replay

    engine = Engine.load(arguments.weights, arguments.lang_model, arguments.device)
    session = engine.open(
        start.photo, gating=arguments.gating == "on", boxes=start.boxes, state=start.state
    )
    notes = list(start.photo.notes)
    if start.state is not None and start.weights != session.weights:
        notes.append("The project was made with other weights; what was done stays as it is.")
    if start.sidecar is not None:
        notes += replay(session, start.sidecar)
    turns: list[Turn] = []
    for text in arguments.say:
        turn = session.say(text)
        turns.append(turn)
        print(turn.reply)
        if turn.plan.action in NOT_DONE:
            print(f"retouchgpt: Not done: {text!r}; nothing was written.", file=sys.stderr)
            return 1

    for note in (*notes, *session.photo().write(output, quality=quality)):
        print(f"retouchgpt: {note}", file=sys.stderr)
    if arguments.mask_out is not None:
        write_mask(arguments.mask_out, session.mask())
    if arguments.plan_out is not None:
        write_plans(arguments.plan_out, [turn.plan for turn in turns])
    if arguments.layers_out is not None:
        session.save_layers(arguments.layers_out)
    if arguments.save_project is not None:
        session.save_project(arguments.save_project, arguments.with_photo)
    if arguments.sidecar_out is not None:
        session.save_sidecar(arguments.sidecar_out)
    return 0


@dataclass(frozen=True, slots=True, eq=False)
class _Start:
    """What there is before anything is said: a photo, or one with earlier work to go on with."""

    photo: "Photo"
    state: "EditState | None" = None
    boxes: "tuple[Box, ...]" = ()
    weights: Mapping[str, str] = field(default_factory=dict[str, str])
    sidecar: "Sidecar | None" = None


def _start_of(arguments: argparse.Namespace) -> _Start:
    from retouchgpt_core.photo import Photo

    named: Path | None = arguments.photo
    photo = None if named is None else Photo.read(named)
    if arguments.project is None:
        if photo is None:
            raise UsageError("No photo is named.", "Name the photo to retouch.")
        return _Start(photo)

    from retouchgpt_core.document.project import is_project, open_project
    from retouchgpt_core.document.sidecar import read_sidecar

    whole = is_project(arguments.project)
    sidecar = read_sidecar(arguments.project)
    if whole and (photo is None or sidecar.source.matches(photo)):
        project = open_project(arguments.project, photo)
        kept = project.kept
        return _Start(project.photo, project.state, kept.boxes, dict(kept.weights))
    photo = photo or sidecar.source.find(arguments.project)
    boxes = sidecar.kept.boxes if sidecar.source.matches(photo) else ()
    return _Start(photo, boxes=boxes, sidecar=sidecar)


def _output_of(arguments: argparse.Namespace, photo: Path | None) -> Path:
    output: Path | None = arguments.output
    if arguments.in_place:
        if output is not None:
            raise UsageError("-o and --in-place exclude each other.", "Use one of them.")
        if photo is None or not photo.exists():
            raise UsageError("The photo is no file of its own.", "Add -o OUT.")
        return photo
    if output is None:
        raise UsageError("No output is named.", "Add -o OUT.")
    for source in (photo, arguments.project):
        if source is not None and _same_file(output, source):
            raise UsageError(
                "The output is the input itself.", "Name another file, or say --in-place."
            )
    return output


def _same_file(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and os.path.samefile(one, other)


def _require_writable(target: Path) -> None:
    folder = target.resolve().parent
    if not folder.is_dir():
        raise PhotoWriteError(f"There is no folder {folder}.", "Make it, or name another one.")
    if target.is_dir():
        raise PhotoWriteError(f"{target} is a folder.", "Name a file.")
    if not os.access(folder, os.W_OK):
        raise PhotoWriteError(f"{folder} may not be written to.", "Choose another folder.")
