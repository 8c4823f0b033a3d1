"""A project comes back as it was saved; a damaged or foreign one is refused with a sentence."""

import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retouchgpt_core.document import pictures
from retouchgpt_core.document.pictures import png
from retouchgpt_core.document.project import Kept, load_project, open_project, save_project
from retouchgpt_core.document.rounds import Round, folded
from retouchgpt_core.document.sidecar import read_sidecar
from retouchgpt_core.document.state import EditState
from retouchgpt_core.document.stroke import Stroke
from retouchgpt_core.document.turn import Turn
from retouchgpt_core.errors import PhotoMissingError, PhotoWriteError, ProjectError
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.compose import compose
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.tiled import Tiled
from retouchgpt_core.vocabulary import Kind
from tests.retouch.synthetic_face import painted

SIZE = (120, 90)
STROKE = Stroke((Point(3.5, 4.0), Point(9.25, 8.0)), 4.5, 0.25, erase=True)
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
    turn = Turn("remove the acne", plan, "Done: café.", (old,), SIZE)
    return EditState(
        marks={"p1": new, "f1-m1": tone},
        strengths={"p1": 0.7, "f1-m1": 0.3},
        locks=frozenset({"f1-m1"}),
        fills={m.key: _fill(m, n) for n, m in enumerate((old, new, tone))},
        rounds=(
            Round(1, "remove the acne", {"p1": 0.7, "f1-m1": 0.2}, turn, (STROKE,)),
            Round(2, "Strength", {"f1-m1": 0.3}),
            Round(3, "Kind", kinds={"f1-m1": Kind.SHINE}, fixed=True),
            Round(4, "Strength", {"p1": 0.0}, enabled=False),
        ),
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
    for one, again in zip(before.rounds, after.rounds, strict=True):
        for name in Round.__slots__:
            if name != "turn":
                assert getattr(again, name) == getattr(one, name)
    assert folded(after.rounds) == after.strengths
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


def _with_entry(saved: Path, changed: str, data: bytes, how: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(saved) as archive:
        entries = {i.filename: archive.read(i) for i in archive.infolist()}
    with zipfile.ZipFile(saved, "w", how) as archive:
        for name, body in (entries | {changed: data}).items():
            archive.writestr(name, body)


def _with_text(saved: Path, text: str, how: int = zipfile.ZIP_STORED) -> None:
    _with_entry(saved, "project.json", text.encode(), how)


def _with(saved: Path, change: dict[str, object], how: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(saved) as archive:
        document = json.loads(archive.read("project.json"))
    _with_text(saved, json.dumps(document | change), how)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 4}, "newer version"),
        ({"version": 0}, "not a project"),
        ({"version": "2"}, "not a project"),
        ({"format": "other"}, "not a project"),
        ({"strengths": {"p1": 7.0}}, "not a project"),
        ({"strengths": {"p1": float("nan")}}, "not a project"),
        ({"strengths": {"nobody": 0.5}}, "not a project"),
        ({"current": [99]}, "not a project"),
        ({"current": [-1]}, "not a project"),
        ({"rounds": [{"number": 1}]}, "not a project"),
        ({"source": {"name": "a"}}, "not a project"),
        ({"weights": None}, "not a project"),
        ({"boxes": [[500, 500, 10, 10]]}, "not a project"),
        ({"marks": None}, "not a project"),
        ({"strengths": []}, "not a project"),
    ],
)
def test_hostile_documents(saved: Path, change: dict[str, object], words: str) -> None:
    _with(saved, change)
    _refused(saved, words)


HOSTILE = st.sampled_from(
    [None, -1, 0, 10**400, 1e308, float("nan"), "", "../../x", [], {}, True, [[]], 2**63, "\0"]
)


def _places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value in a document."""
    if here:
        yield here
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, below in pairs:
        yield from _places(below, (*here, key))


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), value=HOSTILE)
def test_no_value_anywhere_ends_in_a_traceback(saved: Path, data: Any, value: Any) -> None:
    """Refused with a sentence, or opened and shown, as a project and as a sidecar."""
    with zipfile.ZipFile(saved) as archive:
        entries = {i.filename: archive.read(i) for i in archive.infolist()}
    document = json.loads(entries["project.json"])
    *above, last = data.draw(st.sampled_from(list(_places(document))))
    part = document
    for key in above:
        part = part[key]
    part[last] = value
    path = saved.with_name("hostile.rgpt")
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in (entries | {"project.json": json.dumps(document).encode()}).items():
            archive.writestr(name, body)
    with suppress(ProjectError):
        state = load_project(path, PHOTO)
        compose(PHOTO, state.shown_fills, state.strengths)
    with suppress(ProjectError):
        sidecar = read_sidecar(path)
        for one in sidecar.rounds:
            sidecar.as_plan(one)


def test_boxes_that_reach_outside_are_refused(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        document = json.loads(archive.read("project.json"))
    document["fills"][0]["box"] = [-5, 0, 30, 20]
    _with(saved, {"fills": document["fills"]})
    _refused(saved, "not a project")
    document["marks"][0]["mask_box"] = [0, 0, 10**9, 10**9]
    _with(saved, {"marks": document["marks"]})
    _refused(saved, "not a project")


def test_numbers_beyond_all_bounds_are_refused(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        text = archive.read("project.json").decode()
    document = json.loads(text)
    for far in ("1e999", "1e300", "-1e999"):
        document["marks"][0]["radius"] = "HERE"
        _with_text(saved, json.dumps(document).replace('"HERE"', far))
        _refused(saved, "not a project")


def test_a_delta_of_infinities_is_refused(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        document = json.loads(archive.read("project.json"))
    (tile,) = document["fills"][0]["tiles"]
    name, (_, _, width, height) = tile["delta"], tile["box"]
    bits = np.full((height, width, 3), np.float16(np.inf)).view(np.uint16)
    _with_entry(saved, name, png(bits))
    _refused(saved, "not a project")


def test_a_name_never_leads_out_of_the_archive(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png(np.zeros((20, 30), np.uint8)))
    with zipfile.ZipFile(saved) as archive:
        document = json.loads(archive.read("project.json"))
    before = sorted(tmp_path.iterdir())
    for name in ("../secret.png", str(tmp_path / "secret.png"), "secret.png", None, 5):
        document["fills"][0]["tiles"][0]["mask"] = name
        _with(saved, {"fills": document["fills"]})
        _refused(saved, "not a project")
    assert sorted(tmp_path.iterdir()) == before


def test_archive_bombs_are_refused_before_they_are_unpacked(saved: Path) -> None:
    with zipfile.ZipFile(saved, "a", zipfile.ZIP_DEFLATED) as archive:
        document = json.loads(archive.read("project.json"))
        archive.writestr("bomb.png", bytes(300_000_000))
    document["fills"][0]["tiles"][0]["mask"] = "bomb.png"
    _with(saved, {"fills": document["fills"]}, zipfile.ZIP_DEFLATED)
    assert saved.stat().st_size < 10_000_000
    _refused(saved, "not a project")


def test_pixels_that_are_too_many_together_are_refused(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = sum(fill.nbytes for fill in _edited().fills.values())
    monkeypatch.setattr(pictures, "MAX_DECODED", pixels)  # the marks' masks come on top
    _refused(saved, "not a project")
    monkeypatch.setattr(pictures, "MAX_DECODED", 2 * pixels)
    assert load_project(saved, PHOTO).fills


def test_an_older_project_still_opens() -> None:
    """The file was written by version 1 of the format."""
    y, x = np.mgrid[0:90, 0:120]
    photo = Photo.from_array(np.dstack((500 * x, 700 * y, 300 * (x + y))).astype(np.uint16))
    state = load_project(Path(__file__).parent / "projects" / "version1.rgpt", photo)
    assert dict(state.strengths) == {"p1": 0.7, "f1-m1": 0.3} == folded(state.rounds)
    assert state.locks == {"f1-m1"}
    assert [turn.text for turn in state.turns] == ["remove the acne"]
    shown = compose(photo, state.active_fills, state.strengths)
    assert zlib.crc32(shown.tobytes()) == 4015214854


def test_a_project_of_version_2_still_opens() -> None:
    """A fill had one mask and one delta then, of whatever size."""
    y, x = np.mgrid[0:300, 0:420]
    photo = Photo.from_array(np.dstack((100 * x, 200 * y, 60 * (x + y))).astype(np.uint16))
    project = open_project(Path(__file__).parent / "projects" / "version2.rgpt", photo)
    state = project.state
    assert dict(state.strengths) == {"p1": 0.7, "f1-m1": 0.3} == folded(state.rounds)
    assert state.locks == {"f1-m1"}
    assert project.kept.weights == {"face": "12"}
    assert isinstance(state.fills["f1-m1", 0].delta, Tiled)
    shown = compose(photo, state.active_fills, state.strengths)
    assert zlib.crc32(shown.tobytes()) == 151263357


def test_a_large_fill_is_kept_in_tiles(tmp_path: Path) -> None:
    size = (900, 700)
    photo = Photo.from_array(np.random.default_rng(1).integers(0, 256, (700, 900, 3), np.uint8))
    ring = np.zeros((650, 800), np.uint8)
    ring[:20] = ring[-20:] = ring[:, :20] = ring[:, -20:] = 180
    mark = painted("p1", Box(40, 30, 800, 650), ring, Kind.SHINE, photo_size=size)
    shape = (mark.box.height, mark.box.width)
    mask = np.zeros(shape, np.uint8)
    mask[Box(40, 30, 800, 650).relative_to(mark.box).slices] = ring
    delta = np.random.default_rng(2).normal(0, 0.2, (*shape, 3)).astype(np.float16)
    fill = Fill(mark.id, mark.box, mask, delta, mark.layer, size).sparse()
    state = EditState({"p1": mark}, {"p1": 0.6}, fills={mark.key: fill})
    save_project(tmp_path / "a.rgpt", photo, state)
    with zipfile.ZipFile(tmp_path / "a.rgpt") as archive:
        tiles = json.loads(archive.read("project.json"))["fills"][0]["tiles"]
    assert len(tiles) > 8
    assert max(max(tile["box"][2:]) for tile in tiles) <= 256
    again = load_project(tmp_path / "a.rgpt", photo).fills[mark.key]
    assert isinstance(again.delta, Tiled)
    assert again.nbytes == fill.nbytes
    np.testing.assert_array_equal(again.mask, fill.mask)
    np.testing.assert_array_equal(again.delta[:, :], fill.delta[:, :])


def test_tiles_outside_their_fill_or_over_each_other_are_refused(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        document = json.loads(archive.read("project.json"))
    (tile,) = document["fills"][0]["tiles"]
    x, y, width, height = tile["box"]
    for wrong in ([x + 1, y, width, height], [x, y, width, 0], [x, y, -width, height]):
        document["fills"][0]["tiles"] = [tile | {"box": wrong}]
        _with(saved, {"fills": document["fills"]})
        _refused(saved, "not a project")
    document["fills"][0]["tiles"] = [tile, tile]
    _with(saved, {"fills": document["fills"]})
    _refused(saved, "not a project")


@pytest.fixture
def on_disk(tmp_path: Path) -> Photo:
    PHOTO.write(tmp_path / "portrait.tif")
    return Photo.read(tmp_path / "portrait.tif")


def test_a_project_finds_its_photo(tmp_path: Path, on_disk: Photo) -> None:
    """Where it was, also if both moved together; beside the project; and not just any photo."""
    (tmp_path / "work").mkdir()
    project = tmp_path / "work" / "a.rgpt"
    kept = Kept({"retouch": "abc"}, (Box(1, 2, 30, 40),))
    save_project(project, on_disk, _edited(), kept)
    opened = open_project(project)
    assert opened.photo.path == tmp_path / "work" / ".." / "portrait.tif"
    assert opened.kept == kept
    np.testing.assert_array_equal(opened.photo.pixels, PHOTO.pixels)
    os.rename(tmp_path / "portrait.tif", tmp_path / "work" / "portrait.tif")
    assert open_project(project).photo.path == tmp_path / "work" / "portrait.tif"
    os.rename(tmp_path / "work" / "portrait.tif", tmp_path / "elsewhere.tif")
    with pytest.raises(PhotoMissingError, match=r"portrait\.tif"):
        open_project(project)
    Photo.from_array(PHOTO.pixels[::-1]).write(tmp_path / "work" / "portrait.tif")
    with pytest.raises(PhotoMissingError):
        open_project(project)
    assert open_project(project, Photo.read(tmp_path / "elsewhere.tif")).state.strengths


def test_a_project_can_hold_its_photo(tmp_path: Path, on_disk: Photo) -> None:
    project = tmp_path / "a.rgpt"
    save_project(project, on_disk, _edited(), with_photo=True)
    (tmp_path / "portrait.tif").unlink()
    opened = open_project(project)
    np.testing.assert_array_equal(opened.photo.pixels, PHOTO.pixels)
    assert opened.photo.path == tmp_path / "portrait.tif"
    with pytest.raises(ProjectError, match="no copy"):
        save_project(project, on_disk, _edited(), with_photo=True)
    assert open_project(project).state.strengths, "the project that was there still is"


def test_no_device_is_opened_in_place_of_a_photo(tmp_path: Path, on_disk: Photo) -> None:
    project = tmp_path / "a.rgpt"
    save_project(project, on_disk, _edited())
    with zipfile.ZipFile(project) as archive:
        source = json.loads(archive.read("project.json"))["source"]
    os.mkfifo(tmp_path / "pipe")  # reading it would wait for ever
    _with(project, {"source": source | {"place": "pipe", "name": "pipe"}})
    with pytest.raises(PhotoMissingError):
        open_project(project)


def test_a_full_disk_leaves_the_project_that_was_there(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PhotoWriteError, match="disk is full"):
        save_project(saved, PHOTO, EditState())
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_only_new_pictures_are_packed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    packed: list[int] = []
    plain = pictures.png
    monkeypatch.setattr(pictures, "png", lambda p: (packed.append(id(p)), plain(p))[1])
    known = pictures.Packed()
    one, other = (np.full((40, 40), value, np.uint8) for value in (3, 7))
    for _ in range(2):
        known.start()
        assert known.png(one) == plain(one)
    assert len(packed) == 1
    known.start()
    assert known.png(other) == plain(other)
    known.start()
    assert known.png(one) == plain(one)
    assert len(packed) == 3, "what a document did not need is forgotten"
