"""A sidecar says what was done without a pixel, and what of it means something elsewhere."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retouchgpt_core.document.project import Kept, save_project
from retouchgpt_core.document.rounds import Round
from retouchgpt_core.document.sidecar import Sidecar, read_sidecar, write_sidecar
from retouchgpt_core.document.state import EditState
from retouchgpt_core.document.stroke import Stroke
from retouchgpt_core.document.turn import Turn
from retouchgpt_core.errors import ProjectError
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.photo import Photo
from retouchgpt_core.vocabulary import REGIONS, Kind, Region
from tests.retouch.synthetic_face import painted

SIZE = (120, 90)
PHOTO = Photo.from_array(np.zeros((90, 120, 3), np.uint8))
PLAN = Plan(
    Action.RETOUCH,
    (Edit((Kind.ACNE,), (Region.CHEEK_LEFT,)), Edit((), (), (), ("b",), 1.0)),
    (Keep((Kind.MOLE,)), Keep((), (), (), ("c",))),
    then=Plan(Action.UNDO, count=1),
)


def _state(*rounds: Round) -> EditState:
    full = np.full((10, 10), 200, np.uint8)
    marks = {
        name: replace(
            painted(name, Box(5 + 20 * n, 6, 10, 10), full, kind, region, SIZE),
            painted=name == "p1",
        )
        for n, (name, kind, region) in enumerate(
            (
                ("a", Kind.ACNE, Region.CHEEK_LEFT),
                ("b", Kind.ACNE, Region.CHIN),
                ("c", Kind.SHINE, Region.NOSE),
                ("p1", Kind.ACNE, Region.CHIN),
            )
        )
    }
    return EditState(marks=marks, rounds=rounds, locks=frozenset({"c"}))


def _sidecar(*rounds: Round) -> Sidecar:
    return Sidecar.of(PHOTO, _state(*rounds), Kept({"face": "12"}), Path())


def _said(strengths: dict[str, float]) -> Round:
    return Round(1, "text", strengths, Turn("text", PLAN, "Done."))


def test_it_comes_back_as_it_was_and_holds_no_pixels(tmp_path: Path) -> None:
    stroke = Stroke((Point(1.5, 2.0), Point(3.0, 4.0)), 5.0, mark="p1")
    rounds = (
        _said({"a": 1.0, "b": 0.5}),
        Round(2, "Brush", {"p1": 1.0}, strokes=(stroke,), enabled=False),
        Round(3, "Kind", kinds={"c": Kind.SHINE}, fixed=True),
    )
    before = _sidecar(*rounds)
    write_sidecar(tmp_path / "a.json", before)
    after = read_sidecar(tmp_path / "a.json")
    assert (after.source, after.kept, after.locks, after.marks) == (
        before.source,
        before.kept,
        before.locks,
        before.marks,
    )
    for one, again in zip(rounds, after.rounds, strict=True):
        for name in Round.__slots__:
            if name != "turn":
                assert getattr(again, name) == getattr(one, name)
    assert after.rounds[0].turn is not None
    assert after.rounds[0].turn.plan == PLAN
    assert (tmp_path / "a.json").stat().st_size < 10_000
    state = _state(*rounds)
    save_project(tmp_path / "a.rgpt", PHOTO, state, before.kept)
    whole = read_sidecar(tmp_path / "a.rgpt")
    assert (whole.marks, whole.locks) == (before.marks, before.locks)
    assert [one.label for one in whole.rounds] == [one.label for one in rounds]


def test_what_a_sentence_means_on_another_photo() -> None:
    """What was pointed at is left out; a strength that was changed since counts."""
    plan = _sidecar().as_plan(_said({"a": 1.0, "b": 1.0}))
    assert plan is not None
    assert plan.edits == PLAN.edits[:1]
    assert plan.keep == PLAN.keep[:1]
    assert plan.then is None
    weaker = _sidecar().as_plan(_said({"a": 0.25, "b": 1.0}))
    assert weaker is not None
    assert weaker.edits[0].strength == 0.25


def test_what_a_slider_means_on_another_photo() -> None:
    """A kind, if all marks of that kind were moved alike; painted marks do not count."""
    sidecar = _sidecar()
    plan = sidecar.as_plan(Round(1, "Strength", {"a": 0.5, "b": 0.5, "c": 0.2}))
    assert plan is not None
    assert set(plan.edits) == {
        Edit((Kind.ACNE,), REGIONS, strength=0.5),
        Edit((Kind.SHINE,), REGIONS, strength=0.2),
    }
    for single in ({"a": 0.5}, {"a": 0.5, "b": 0.4}, {"p1": 0.5}):
        assert sidecar.as_plan(Round(1, "Strength", single)) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "newer version"),
        ({"format": "rgpt"}, "not a project"),
        ({"rounds": [{}]}, "not a project"),
        ({"marks": [{"id": "a", "kind": "nose", "region": "chin", "painted": False}]}, "not a"),
        ({"locks": 5}, "not a project"),
        ({"source": None}, "not a project"),
    ],
)
def test_damaged_sidecars(tmp_path: Path, change: dict[str, object], words: str) -> None:
    path = tmp_path / "a.json"
    write_sidecar(path, _sidecar(_said({"a": 1.0})))
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ProjectError, match=words):
        read_sidecar(path)


def test_what_is_no_sidecar(tmp_path: Path) -> None:
    for name, text in (("a", ""), ("b", "[1]"), ("c", '{"format": NaN}'), ("d", "PK\3\4")):
        (tmp_path / name).write_text(text)
        with pytest.raises(ProjectError, match="not a project"):
            read_sidecar(tmp_path / name)
    with pytest.raises(ProjectError, match="no file"):
        read_sidecar(tmp_path / "missing.json")
