"""The sidecar: what was said and decided, as JSON without a pixel, to be done again elsewhere."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from retouchgpt_core.document.project import Kept, document_in, explained, kept_in
from retouchgpt_core.document.records import box_to_json, parsed, round_from, round_to_json
from retouchgpt_core.document.rounds import Round
from retouchgpt_core.document.source import Source
from retouchgpt_core.document.state import EditState
from retouchgpt_core.errors import ProjectError
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.photo import Photo
from retouchgpt_core.photo.atomic import write_atomically
from retouchgpt_core.vocabulary import REGIONS, Kind, Region, in_kind_order

FORMAT, VERSION = "rgpt-sidecar", 1
_MAX_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Sidecar:
    """What was done to a photo: `rounds` in order, whose turns name no marks; ids in `locks`.

    `marks` says of what kind, and where, each mark was that had an id: (kind, region, painted).
    """

    source: Source
    kept: Kept
    rounds: tuple[Round, ...]
    locks: frozenset[str]
    marks: Mapping[str, tuple[Kind, Region, bool]]

    @classmethod
    def of(cls, photo: Photo, state: EditState, kept: Kept, beside: Path) -> "Sidecar":
        """Gather it from an edited photo, for a file in the folder `beside`."""
        return cls(
            source=Source.of(photo, beside),
            kept=kept,
            rounds=state.rounds,
            locks=state.locks,
            marks={m.id: (m.kind, m.region, m.painted) for m in state.marks.values()},
        )

    def as_plan(self, one: Round) -> Plan | None:
        """Return what a round means on any photo; None if it meant only what is on this one.

        A sentence's plan, with the strengths that it was changed to since, and without marks that
        were pointed at. A slider means a kind if it moved all marks of it alike.
        """
        if one.turn is None:
            edits = self._kinds_moved(one.strengths)
            return Plan(Action.RETOUCH, edits).canonical() if edits else None
        plan = one.turn.plan
        edits = tuple(self._as_changed(e, one) for e in plan.edits if e.marks is None)
        keep = tuple(each for each in plan.keep if each.marks is None)
        if not edits and not keep:
            return None
        return replace(plan, edits=edits, keep=keep, then=None)

    def _as_changed(self, edit: Edit, one: Round) -> Edit:
        values = {
            strength
            for mark_id, strength in one.strengths.items()
            if mark_id in self.marks and edit.covers(*self.marks[mark_id][:2], mark_id)
        }
        return replace(edit, strength=values.pop()) if len(values) == 1 else edit

    def _kinds_moved(self, strengths: Mapping[str, float]) -> tuple[Edit, ...]:
        edits: list[Edit] = []
        found = {i: kind for i, (kind, _, painted) in self.marks.items() if not painted}
        for kind in in_kind_order({found[i] for i in strengths if i in found}):
            values = {strengths.get(i) for i, other in found.items() if other is kind}
            value = values.pop()
            if value is not None and not values:
                edits.append(Edit((kind,), REGIONS, strength=value))
        return tuple(edits)


def write_sidecar(path: str | Path, sidecar: Sidecar) -> None:
    """Write it as JSON, whole or not at all. Raises PhotoWriteError with a sentence."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "weights": dict(sidecar.kept.weights),
        "boxes": [box_to_json(box) for box in sidecar.kept.boxes],
        "source": sidecar.source.to_json(),
        "rounds": [round_to_json(one, lambda _: []) for one in sidecar.rounds],
        "locks": sorted(sidecar.locks),
        "marks": [
            {"id": i, "kind": str(kind), "region": str(region), "painted": painted}
            for i, (kind, region, painted) in sidecar.marks.items()
        ],
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    write_atomically(Path(path), f"{text}\n".encode())


def read_sidecar(path: str | Path) -> Sidecar:
    """Read a sidecar, or what a project file says without its pixels.

    Raises ProjectError with a sentence: no such file, damaged, or of a newer version.
    """
    path = Path(path)
    with explained(path):
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if data[:2] == b"PK":
            return _from(document_in(path))
        if len(data) > _MAX_BYTES:
            raise ValueError("too long a document")
        document = parsed(data)
        if document["format"] != FORMAT or not isinstance(document["version"], int):
            raise ValueError("another format")
        if document["version"] > VERSION:
            raise ProjectError(
                f"{path.name} was made by a newer version of the program.",
                "Update the program first.",
            )
        return _from(document)


def _from(document: Mapping[str, Any]) -> Sidecar:
    source = Source.from_json(document["source"])
    entries: Iterable[Mapping[str, Any]] = document["marks"]
    return Sidecar(
        source=source,
        kept=kept_in(document, (source.width, source.height)),
        rounds=tuple(round_from(one, lambda _: (), (0, 0)) for one in document["rounds"]),
        locks=frozenset(str(i) for i in document["locks"]),
        marks={
            str(m["id"]): (Kind(m["kind"]), Region(m["region"]), bool(m["painted"]))
            for m in entries
        },
    )
