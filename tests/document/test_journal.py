"""Whatever moment a process is killed at, the journal holds the last step that it finished."""

import json
import multiprocessing
import os
import signal
import sys
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest

from retouchgpt_core.document.history import History
from retouchgpt_core.document.journal import Journal, discard, left_behind, recovered
from retouchgpt_core.document.project import Kept, load_project, save_project
from retouchgpt_core.document.rounds import Round
from retouchgpt_core.document.source import PhotoMissingError
from retouchgpt_core.document.spill import spilled
from retouchgpt_core.document.state import EditState
from retouchgpt_core.errors import PhotoWriteError, ProjectError
from retouchgpt_core.geometry import Box
from retouchgpt_core.photo import Photo, atomic
from retouchgpt_core.retouch.compose import compose
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.tiled import Tiled
from tests.retouch.synthetic_face import painted

SIZE = (300, 240)
PHOTO = Photo.from_array(np.random.default_rng(4).integers(0, 65536, (240, 300, 3), np.uint16))


def _next(state: EditState, number: int) -> EditState:
    """One more painted mark, of which the last four show."""
    rng = np.random.default_rng(number)
    full = np.full((40, 60), 255, np.uint8)
    where = Box(4 * (number % 40), 3 * (number % 40), 60, 40)
    mark = painted(f"p{number}", where, full, photo_size=SIZE)
    shape = (mark.box.height, mark.box.width)
    mask = rng.integers(0, 256, shape).astype(np.uint8)
    delta = rng.normal(0, 0.3, (*shape, 3)).astype(np.float16)
    fill = Fill(mark.id, mark.box, mask, delta, mark.layer, SIZE)
    ids = [*state.strengths, mark.id][-4:]
    return replace(
        state,
        marks={i: m for i, m in {**state.marks, mark.id: mark}.items() if i in ids},
        fills={k: f for k, f in {**state.fills, mark.key: fill}.items() if k[0] in ids},
        strengths=dict.fromkeys(ids, 0.5),
        rounds=(Round(1, f"step {number}", dict.fromkeys(ids, 0.5)),),
    )


def _state_after(steps: int) -> EditState:
    state = EditState()
    for number in range(max(1, steps - 3), steps + 1):
        state = _next(state, number)
    return state


def _same(one: EditState, other: EditState) -> None:
    assert one.strengths == other.strengths
    assert list(one.marks) == list(other.marks)
    np.testing.assert_array_equal(
        compose(PHOTO, one.active_fills, one.strengths),
        compose(PHOTO, other.active_fills, other.strengths),
    )


def _saved_photo(number: int) -> Photo:
    """One that says in every pixel how often it was saved before."""
    return Photo.from_array(np.full((240, 300, 3), number % 65536, np.uint16))


def _work_until_killed(root: Path, project: Path, told: Connection) -> None:
    journal = Journal(root, PHOTO, Kept())
    state = EditState()
    for number in range(1, 100_000):
        state = _next(state, number)
        journal.write(state, f"step {number}")
        told.send(number)
        if number % 3 == 0:
            save_project(project, PHOTO, state)
        _saved_photo(number).write(project.with_suffix(".tif"))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_process_killed_at_any_moment_loses_no_finished_step(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    rng = np.random.default_rng(7)
    root, project = tmp_path / "journal", tmp_path / "work.rgpt"
    saved = 0
    for _ in range(25):
        told, tell = context.Pipe(duplex=False)
        child = context.Process(target=_work_until_killed, args=(root, project, tell))
        child.start()
        tell.close()
        assert told.recv() == 1
        time.sleep(float(rng.uniform(0, 0.15)))
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        finished = 1
        while told.poll():
            try:
                finished = told.recv()
            except EOFError:
                break
        (left,) = left_behind(root)
        step = int(left.label.removeprefix("step "))
        assert step in (finished, finished + 1)  # written, perhaps not told any more
        _same(recovered(left, PHOTO).state, _state_after(step))
        discard(left.folder)
        if project.exists():
            assert load_project(project, PHOTO).strengths
            saved += 1
        if project.with_suffix(".tif").exists():
            pixels = Photo.read(project.with_suffix(".tif")).pixels
            assert pixels.min() == pixels.max(), "whole, not half of one and half of another"
    assert saved, "some were killed after, or in the middle of, a save"
    assert [path.name for path in root.iterdir()] == []


def test_work_that_goes_on_is_not_offered(tmp_path: Path) -> None:
    journal = Journal(tmp_path, PHOTO, Kept({"face": "1"}, (Box(1, 1, 9, 9),)))
    assert journal.write(_state_after(2), "Brush")
    assert left_behind(tmp_path) == []
    journal._lock.release()  # what the end of the process does
    (left,) = left_behind(tmp_path)
    assert (left.label, left.source.width) == ("Brush", 300)
    assert recovered(left, PHOTO).kept == Kept({"face": "1"}, (Box(1, 1, 9, 9),))
    journal.close()
    assert list(tmp_path.iterdir()) == []
    assert left_behind(tmp_path / "missing") == []


def test_only_what_is_new_is_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path, PHOTO, Kept())
    state = _state_after(4)
    assert journal.write(state)
    assert not journal.write(state)
    sizes = {p.name: p.stat().st_size for p in journal.folder.glob("*.pack")}
    assert journal.write(replace(state, strengths={"p1": 0.1}))
    assert {p.name: p.stat().st_size for p in journal.folder.glob("*.pack")} == sizes
    for number in range(5, 12):
        state = _next(state, number)
        journal.write(state)
    names = {path.name for path in journal.folder.glob("*.pack")}
    assert "0.pack" not in names, "what no state shows any more is removed"
    assert len(names) == 4
    on_disk = zip(state.fills, spilled([*state.fills.values()]), strict=True)
    moved = replace(state, fills=dict(on_disk))
    journal.write(moved)
    journal._lock.release()
    _same(recovered(left_behind(tmp_path)[0], PHOTO).state, _state_after(11))


def test_tiles_of_large_fills_are_written_once(tmp_path: Path) -> None:
    size = (900, 700)
    photo = Photo.from_array(np.zeros((700, 900, 3), np.uint8))
    mark = painted("p1", Box(40, 30, 800, 650), np.full((650, 800), 9, np.uint8), photo_size=size)
    mask = np.zeros((mark.box.height, mark.box.width), np.uint8)
    mask[:30] = 200
    delta = np.random.default_rng(2).normal(0, 0.2, (*mask.shape, 3)).astype(np.float16)
    fill = Fill(mark.id, mark.box, mask, delta, mark.layer, size).sparse()
    assert isinstance(fill.delta, Tiled)
    state = EditState({"p1": mark}, {"p1": 0.6}, fills={mark.key: fill})
    journal = Journal(tmp_path, photo, Kept())
    journal.write(state)
    journal.write(replace(state, strengths={"p1": 0.5}))
    assert [path.name for path in journal.folder.glob("*.pack")] == ["0.pack"]
    journal.write(replace(state, strengths={"p1": 0.5}, locks=frozenset({"p1"})))
    again = recovered(_left(journal), photo).state
    assert again.locks == {"p1"}
    np.testing.assert_array_equal(again.fills[mark.key].delta[:, :], fill.delta[:, :])


def test_a_journal_of_an_earlier_version_is_offered(tmp_path: Path) -> None:
    journal = Journal(tmp_path, PHOTO, Kept())
    journal.write(_state_after(3))
    path = journal.folder / "document.json"
    document = json.loads(path.read_text())
    for fill in document["fills"]:
        (tile,) = fill.pop("tiles")
        fill |= {"mask": tile["mask"], "delta": tile["delta"]}
    path.write_text(json.dumps(document | {"version": 1}))
    _same(recovered(_left(journal), PHOTO).state, _state_after(3))


def test_going_back_is_a_step_like_any_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path, PHOTO, Kept())
    history = History(EditState())
    for number in range(1, 9):
        history.push(_next(history.state, number), f"step {number}")
        journal.write(history.state)
    history.undo(6)
    journal.write(history.state)
    journal._lock.release()
    _same(recovered(left_behind(tmp_path)[0], PHOTO).state, _state_after(2))


def test_a_full_disk_leaves_the_last_step_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path, PHOTO, Kept())
    journal.write(_state_after(3))
    later = _state_after(4)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, "fsync", full)
        with pytest.raises(PhotoWriteError, match="disk is full"):
            journal.write(later)
        _same(recovered(_left(journal), PHOTO).state, _state_after(3))
    assert journal.write(later), "room again: the next try succeeds"
    _same(recovered(_left(journal), PHOTO).state, later)


def _left(journal: Journal):
    journal._lock.release()
    (left,) = left_behind(journal.folder.parent)
    return left


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PhotoWriteError, match="not kept"):
        Journal(tmp_path / "file" / "journal", PHOTO, Kept())


def test_damaged_and_foreign_journals(tmp_path: Path) -> None:
    PHOTO.write(tmp_path / "a.tif")
    photo = Photo.read(tmp_path / "a.tif")
    journal = Journal(tmp_path / "journal", photo, Kept())
    journal.write(_state_after(3))
    left = _left(journal)
    assert recovered(left).photo.path is not None, "the photo is found where it was"
    other = Photo.from_array(PHOTO.pixels[::-1])
    with pytest.raises(ProjectError, match="not the picture"):
        recovered(left, other)
    (tmp_path / "a.tif").unlink()
    with pytest.raises(PhotoMissingError, match=r"a\.tif"):
        recovered(left)
    document = left.folder / "document.json"
    text = document.read_text()
    (tmp_path / "secret.pack").write_bytes(b"x" * 10_000)
    for name in ("../secret.pack:0:100", "0.pack:999999999:5", "0.pack:0:3", "7.pack:0:3", ""):
        changed = json.loads(text)
        changed["marks"][0]["mask"] = name
        document.write_text(json.dumps(changed))
        with pytest.raises(ProjectError, match="damaged"):
            recovered(left, PHOTO)
    document.write_text(text[:-20])
    with pytest.raises(ProjectError):
        recovered(left, PHOTO)
    assert left_behind(tmp_path / "journal") == []
