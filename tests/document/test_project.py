"""A project comes back as it was saved; a damaged or foreign one is refused with a sentence."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retouchgpt_core.document.project import load_project, save_project
from retouchgpt_core.document.state import EditState
from retouchgpt_core.document.turn import Turn
from retouchgpt_core.errors import ProjectError
from retouchgpt_core.geometry import Box
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.compose import compose
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.vocabulary import Kind
from tests.retouch.synthetic_face import painted

SIZE = (120, 90)
PHOTO = Photo.from_array(np.random.default_rng(1).integers(0, 65536, (90, 120, 3), np.uint16))


def _fill(mark: Mark, seed: int) -> Fill:
    rng = np.random.default_rng(seed)
    shape = (mark.box.height, mark.box.width)
    mask = rng.integers(0, 256, shape).astype(np.uint8)
    delta = rng.normal(0, 0.2, (*shape, 3)).astype(np.float16)
    return Fill(mark.id, mark.box, mask, delta, mark.layer, SIZE)


def _edited() -> EditState:
    full = np.full((20, 30), 200, np.uint8)
    old = painted("p1", Box(5, 6, 30, 20), full, photo_size=SIZE)
    new = replace(old, revision=1, mask=full // 2)
    tone = painted("f1-m1", Box(40, 30, 30, 20), full, Kind.SHINE, photo_size=SIZE)
    plan = Plan(Action.RETOUCH, (Edit((Kind.ACNE,)),), confidence=0.9, reply="Done.")
    return EditState(
        marks={"p1": new, "f1-m1": tone},
        strengths={"p1": 0.7, "f1-m1": 0.3},
        locks=frozenset({"f1-m1"}),
        fills={m.key: _fill(m, n) for n, m in enumerate((old, new, tone))},
        turns=(Turn("remove the acne", plan, "Done: café.", (old,), SIZE),),
    )


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "a.rgpt"
    save_project(path, PHOTO, _edited())
    return path


def test_save_and_load_is_identity(saved: Path) -> None:
    before, after = _edited(), load_project(saved, PHOTO)
    assert dict(after.strengths) == dict(before.strengths)
    assert after.locks == before.locks
    assert list(after.marks) == list(before.marks)
    for mark in before.marks.values():
        again = after.marks[mark.id]
        np.testing.assert_array_equal(again.mask, mark.mask)
        for name in Mark.__slots__:
            if name != "mask":
                assert getattr(again, name) == getattr(mark, name)
    assert set(after.fills) == set(before.fills)
    for key, fill in before.fills.items():
        np.testing.assert_array_equal(after.fills[key].delta, fill.delta)
    (turn,) = after.turns
    assert (turn.text, turn.reply) == ("remove the acne", "Done: café.")
    assert turn.plan == before.turns[0].plan
    np.testing.assert_array_equal(turn.mask, before.turns[0].mask)
    np.testing.assert_array_equal(
        compose(PHOTO, after.active_fills, after.strengths),
        compose(PHOTO, before.active_fills, before.strengths),
    )


def _refused(path: Path, words: str, photo: Photo = PHOTO) -> None:
    with pytest.raises(ProjectError, match=words) as caught:
        load_project(path, photo)
    assert caught.value.next_step


def test_what_is_no_project(tmp_path: Path, saved: Path) -> None:
    _refused(tmp_path / "missing.rgpt", "no file")
    (tmp_path / "text.rgpt").write_text("hello")
    _refused(tmp_path / "text.rgpt", "not a project")
    _refused(tmp_path, "not a project")
    other = Photo.from_array(PHOTO.pixels[::-1])
    _refused(saved, "not the same picture", other)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated_projects(saved: Path, share: float) -> None:
    data = saved.read_bytes()
    saved.write_bytes(data[: int(len(data) * share)])
    _refused(saved, "damaged")


def test_damaged_bytes_never_end_in_a_traceback(saved: Path) -> None:
    data = saved.read_bytes()
    rng = np.random.default_rng(3)
    for _ in range(150):
        broken = bytearray(data)
        for place in rng.integers(0, len(data), 3):
            broken[place] = int(rng.integers(0, 256))
        saved.write_bytes(broken)
        try:
            state = load_project(saved, PHOTO)
        except ProjectError:
            continue
        compose(PHOTO, state.active_fills, state.strengths)


def _with(saved: Path, change: dict[str, object]) -> None:
    with zipfile.ZipFile(saved) as archive:
        entries = {i.filename: archive.read(i) for i in archive.infolist()}
    document = json.loads(entries["project.json"])
    document.update(change)
    entries["project.json"] = json.dumps(document).encode()
    with zipfile.ZipFile(saved, "w") as archive:
        for name, body in entries.items():
            archive.writestr(name, body)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "newer version"),
        ({"format": "other"}, "not a project"),
        ({"strengths": {"p1": 7.0}}, "not a project"),
        ({"strengths": {"p1": float("nan")}}, "not a project"),
        ({"strengths": {"nobody": 0.5}}, "not a project"),
        ({"current": [99]}, "not a project"),
        ({"current": [-1]}, "not a project"),
        ({"turns": [{"text": 1}]}, "not a project"),
        ({"marks": None}, "not a project"),
        ({"strengths": []}, "not a project"),
    ],
)
def test_hostile_documents(saved: Path, change: dict[str, object], words: str) -> None:
    _with(saved, change)
    _refused(saved, words)


def test_boxes_that_reach_outside_are_refused(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        document = json.loads(archive.read("project.json"))
    document["fills"][0]["box"] = [-5, 0, 30, 20]
    _with(saved, {"fills": document["fills"]})
    _refused(saved, "not a project")
    document["marks"][0]["mask_box"] = [0, 0, 10**9, 10**9]
    _with(saved, {"marks": document["marks"]})
    _refused(saved, "not a project")
