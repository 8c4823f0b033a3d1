"""`retouchgpt find`: the faces of a photo and every mark that the program would show."""

import argparse
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retouchgpt_core.cli.shared_options import add_engine_options
from retouchgpt_core.errors import UsageError
from retouchgpt_core.geometry import Box
from retouchgpt_core.vocabulary import kind_name, region_name

if TYPE_CHECKING:
    from retouchgpt_core.engine import Session

OVERLAY_SIDES = (1600, 3000)
"""Longer side of a drawn overlay in pixels, at least and at most: so that its names are read."""

TURNED_FROM = 15.0
"""Degrees of yaw from which a face is called turned; frontal ones measure up to 10."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the subcommand's arguments."""
    parser.add_argument("photo", type=Path, metavar="IN", help="the photo to look at")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--overlay", type=Path, metavar="PNG",
        help="also draw the faces, their landmarks and regions with names over the photo",
    )  # fmt: skip
    parser.add_argument(
        "--face", type=face_box, action="append", default=[], metavar="X,Y,W,H", dest="boxes",
        help="a face that is missed: a box in pixels, hairline to chin (may be given repeatedly)",
    )  # fmt: skip
    add_engine_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what is there, in words or as JSON."""
    from retouchgpt_core.photo import Photo

    photo = Photo.read(arguments.photo)
    if arguments.overlay is not None:
        check_png(arguments.overlay)

    from retouchgpt_core.engine import Engine

    engine = Engine.load(arguments.weights, arguments.lang_model, arguments.device)
    session = engine.open(photo, boxes=arguments.boxes)
    if arguments.overlay is not None:
        write_overlay(session, arguments.overlay)
    if arguments.json:
        print(json.dumps(report(session)))
    else:
        print(summary(session))
    return 0


def face_box(words: str) -> Box:
    """Read a box given as X,Y,W,H; raises ArgumentTypeError, which argparse shows."""
    try:
        x, y, width, height = (int(part) for part in words.split(","))
        return Box(x, y, width, height)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{words!r} is no box: four whole numbers are needed, left,top,width,height"
        ) from error


def check_png(path: Path) -> None:
    """Raise UsageError for an overlay that is not named as a PNG, before any work is done."""
    if path.suffix.lower() != ".png":
        raise UsageError(f"{path.name} is no PNG.", "Name the overlay FILE.png.")


def write_overlay(session: "Session", path: Path) -> None:
    """Draw what is believed about the faces over the photo, at a size of OVERLAY_SIDES."""
    from retouchgpt_core.face.overlay import overlaid
    from retouchgpt_core.photo import Photo

    photo = session.original
    least, most = OVERLAY_SIDES
    side = min(most, max(least, photo.width, photo.height))
    Photo.from_array(overlaid(photo, session.faces, side)).write(path)


def report(session: "Session") -> dict[str, Any]:
    """Return the contract's JSON object, in pixels of the photo as shown; poses in degrees."""
    from retouchgpt_core.face.pose import head_pose

    return {
        "width": session.original.width,
        "height": session.original.height,
        "faces": [
            {
                "number": face.number,
                "box": _box(face.box),
                "iod": round(face.iod, 2),
                "confidence": round(face.confidence, 4),
                "pose": {
                    name: round(a, 1) for name, a in asdict(head_pose(face.landmarks)).items()
                },
                "regions": {str(r): round(s, 4) for r, s in face.skin_share().items()},
                "marks": [
                    {
                        "id": mark.id,
                        "kind": str(mark.kind),
                        "region": str(mark.region),
                        "box": _box(mark.box),
                        "centre": [round(mark.centre.x, 1), round(mark.centre.y, 1)],
                        "radius": round(mark.radius, 2),
                        "confidence": round(mark.confidence, 4),
                        "permanent": mark.permanent,
                    }
                    for mark in session.marks
                    if mark.face == face.number
                ],
            }
            for face in session.faces
        ],
    }


def summary(session: "Session") -> str:
    """Return the same in words: a line a face, then a line a kind."""
    from retouchgpt_core.face.pose import head_pose

    lines: list[str] = []
    for face in session.faces:
        yaw = head_pose(face.landmarks).yaw
        turned = abs(yaw) >= TURNED_FROM
        side = "left" if yaw < 0 else "right"
        way = f", turned {abs(yaw):.0f} degrees to the {side}" if turned else ""
        lines.append(f"Face {face.number}: {face.iod:.0f} px between the eyes{way}")
        marks = [m for m in session.marks if m.face == face.number]
        for kind, count in sorted(Counter(m.kind for m in marks).items()):
            places = Counter(m.region for m in marks if m.kind is kind).most_common()
            where = ", ".join(f"{region_name(r)} {n}" for r, n in places)
            lines.append(f"  {count} {kind_name(kind, count)}: {where}")
        if not marks:
            lines.append("  nothing that stands out")
    return "\n".join(lines)


def _box(box: Box) -> list[int]:
    return [box.x, box.y, box.width, box.height]
