"""`retouchgpt test`: retouch photographs and measure the results beside a retoucher's."""

import argparse
import json
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retouchgpt_core.cli.shared_options import add_data_option, add_engine_options, data_folder
from retouchgpt_core.errors import (
    PhotoReadError,
    PhotoWriteError,
    RetouchError,
    UsageError,
)
from retouchgpt_core.language.plan import NOT_DONE

if TYPE_CHECKING:
    from retouchgpt_core.engine import Engine
    from retouchgpt_core.evaluation.pairs import Figures

NATURAL = "retouch this"
OUTPUT = Path("retouchgpt-test")
FOLDERS = ("results", "masks", "side_by_side")
METRICS = "metrics.json"


@dataclass(frozen=True, slots=True)
class Task:
    """A photograph, what a retoucher made of it if that is known, and a name for the outputs."""

    name: str
    source: Path
    target: Path | None = None

    def outputs(self, folder: Path) -> tuple[Path, Path, Path]:
        """Return where the result, its mask and the side-by-side go."""
        result, mask, sheet = (folder / part for part in FOLDERS)
        return result / f"{self.name}.png", mask / f"{self.name}.png", sheet / f"{self.name}.jpg"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a task: both rows of figures, and the rest of its record."""

    nothing: "Figures"
    program: "Figures"
    record: dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the subcommand's arguments."""
    parser.add_argument("photo", nargs="*", type=Path, metavar="IMAGE", help="photos to retouch")
    parser.add_argument(
        "--say", default=NATURAL, metavar="TEXT", help=f'what to do (default: "{NATURAL}")'
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=OUTPUT,
        metavar="FOLDER",
        help=f"where results, masks, side-by-sides and {METRICS} go (default: {OUTPUT})",
    )
    parser.add_argument(
        "--split",
        choices=("test", "train"),
        default="test",
        help="which pairs of the data folder: {train,test}/{source,target}, equal file names",
    )
    parser.add_argument("--limit", type=int, metavar="N", help="the first N photos alone")
    add_data_option(parser)
    add_engine_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Retouch and measure; 0 if all was done, else the status of the worst failure."""
    tasks = _tasks(arguments)
    output: Path = arguments.output
    _require_free(output, tasks)
    if not arguments.say.strip():
        raise UsageError("Nothing was asked for.", 'Add --say "remove the acne", for example.')
    if len(tasks) == 1:
        from retouchgpt_core.photo import Photo

        Photo.read(tasks[0].source)  # before torch is loaded: bad input answers at once

    from retouchgpt_core.engine import Engine

    engine = Engine.load(arguments.weights, arguments.lang_model, arguments.device)
    done: list[Done] = []
    failed: list[tuple[Task, RetouchError]] = []
    for task in tasks:
        try:
            done.append(_carry_out(engine, task, arguments.say, output))
        except RetouchError as error:
            if isinstance(error, PhotoWriteError) or len(tasks) == 1:
                raise
            failed.append((task, error))
            print(f"retouchgpt: {task.source.name}: {error}", file=sys.stderr)
    if done:
        _write_metrics(output, arguments, engine.device_name, done, failed)
    return max((error.exit_status for _, error in failed), default=0)


def _tasks(arguments: argparse.Namespace) -> list[Task]:
    limit: int | None = arguments.limit
    if limit is not None and limit < 1:
        raise UsageError("At least one photo is needed.", "Use --limit N.")
    photos: list[Path] = arguments.photo
    if not photos:
        from retouchgpt_core.retouch.retouched_pairs import pair_files

        pairs = pair_files(data_folder(arguments), arguments.split)[:limit]
        names = _names([pair.source for pair in pairs])
        return [Task(n, p.source, p.target) for n, p in zip(names, pairs, strict=True)]
    if arguments.data is not None:
        raise UsageError("Photos and --data exclude each other.", "Use one of them.")
    for path in photos:
        if not path.is_file():
            raise PhotoReadError(f"There is no file {path}.", "Check the path.")
    photos = photos[:limit]
    return [Task(name, path) for name, path in zip(_names(photos), photos, strict=True)]


def _names(paths: list[Path]) -> list[str]:
    """Return a name for each photo, no two alike."""
    seen: Counter[str] = Counter()
    names: list[str] = []
    for path in paths:
        seen[path.stem.lower()] += 1
        again = seen[path.stem.lower()]
        names.append(path.stem if again == 1 else f"{path.stem}~{again}")
    return names


def _require_free(output: Path, tasks: list[Task]) -> None:
    above = output if output.exists() else output.resolve().parent
    if not above.is_dir():
        what = f"{output} is a file." if output.exists() else f"There is no folder {above}."
        raise PhotoWriteError(what, "Name a folder for the results.")
    if not os.access(above, os.W_OK):
        raise PhotoWriteError(f"{above} may not be written to.", "Choose another folder.")
    inputs = {p.resolve() for t in tasks for p in (t.source, t.target) if p is not None}
    if any(path.resolve() in inputs for task in tasks for path in task.outputs(output)):
        raise UsageError("The output would overwrite the input.", "Name another folder: -o FOLDER.")


def _carry_out(engine: "Engine", task: Task, text: str, output: Path) -> Done:
    """Retouch and measure one photograph, and write its pictures."""
    from retouchgpt_core.document.export import write_mask
    from retouchgpt_core.evaluation.pairs import compare, named_rows, side_by_side
    from retouchgpt_core.photo import Photo

    photo = Photo.read(task.source)
    wished = None if task.target is None else Photo.read(task.target)
    if wished is not None and (wished.width, wished.height) != (photo.width, photo.height):
        raise UsageError(f"The two pictures {task.source.name} differ in size.", "Replace them.")
    start = time.perf_counter()
    session = engine.open(photo)
    turn = session.say(text)
    if turn.plan.action in NOT_DONE:
        raise RetouchError(f"Not done: {text!r}.", turn.reply)
    result, mask = session.photo(), session.mask()
    seconds = time.perf_counter() - start

    before, after = photo.rgb(), result.rgb()
    target = None if wished is None else wished.rgb()
    iod = max(face.iod for face in session.faces)
    nothing = compare(before, before, target, iod)
    program = compare(before, after, target, iod)
    paths = task.outputs(output)
    for path in paths:
        _make_folder(path.parent)
    result.write(paths[0])
    write_mask(paths[1], mask)
    Photo.from_array(side_by_side(before, mask, after, target)).write(paths[2])
    record: dict[str, Any] = {
        "name": task.source.name,
        "rows": named_rows(nothing, program),
        "marks_found": _counted(session.marks),
        "marks_changed": _counted(turn.marks),
        "mask_share": round(float((mask > 0).mean()), 5),
        "seconds": round(seconds, 3),
        "reply": turn.reply,
        "plan": turn.plan.to_json(),
    }
    return Done(nothing, program, record)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PhotoWriteError(f"{folder} cannot be made.", "Choose another folder.") from error


def _counted(marks: Any) -> dict[str, int]:
    return dict(Counter(str(mark.kind) for mark in marks).most_common())


def _write_metrics(
    output: Path,
    arguments: argparse.Namespace,
    device: str,
    done: list[Done],
    failed: list[tuple[Task, RetouchError]],
) -> None:
    """Write the report, the row of doing nothing first, and print its table."""
    from retouchgpt_core.evaluation.pairs import EXPLAINED, mean_of, named_rows, table
    from retouchgpt_core.photo.atomic import write_atomically

    nothing = mean_of([one.nothing for one in done])
    program = mean_of([one.program for one in done])
    found = sum((Counter(one.record["marks_found"]) for one in done), Counter[str]())
    report = {
        "instruction": arguments.say,
        "split": None if arguments.photo else arguments.split,
        "device": device,
        "photos": len(done),
        "rows": named_rows(nothing, program),
        "marks_found": dict(found.most_common()),
        "explained": EXPLAINED,
        "per_photo": [one.record for one in done],
        "failed": [{"name": task.source.name, "why": str(error)} for task, error in failed],
    }
    text = json.dumps(report, ensure_ascii=False, indent=2)
    write_atomically(output / METRICS, f"{text}\n".encode())
    print(f"{len(done)} done, {len(failed)} not; {device}\n\n{table(nothing, program)}\n")
    print(f"Written to {output}")
