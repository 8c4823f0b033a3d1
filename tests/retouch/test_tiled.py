"""Fills keep only what their masks cover, and read like whole arrays."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retouchgpt_core.document.project import load_project, save_project
from retouchgpt_core.document.spill import is_spilled, spilled
from retouchgpt_core.document.state import EditState
from retouchgpt_core.geometry import Box
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.compose import changed_mask, compose
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.tiled import TILE, Tiled, dense
from retouchgpt_core.vocabulary import Kind
from tests.retouch.synthetic_face import painted

SIZE = (900, 700)
PHOTO = Photo.from_array(np.random.default_rng(3).integers(0, 256, (700, 900, 3)).astype(np.uint8))


def ring(box: Box, layer: str = "tone", name: str = "a") -> Fill:
    """A fill whose mask is a thin oval: most of its box is empty."""
    rng = np.random.default_rng(box.area)
    y, x = np.mgrid[-1 : 1 : box.height * 1j, -1 : 1 : box.width * 1j]
    far = np.abs(np.hypot(x, y) - 0.8)
    mask = np.round(255 * np.clip(1 - far / 0.08, 0, 1)).astype(np.uint8)
    delta = rng.normal(0, 0.2, (*mask.shape, 3)).astype(np.float16)
    return Fill(name, box, mask, delta, layer, SIZE)


@settings(max_examples=25, deadline=None)
@given(
    x=st.integers(0, 300),
    y=st.integers(0, 200),
    width=st.integers(200, 600),
    height=st.integers(200, 500),
    layer=st.sampled_from(["spot", "line", "tone"]),
    part=st.tuples(st.integers(0, 800), st.integers(0, 600), st.integers(1, 300)),
)
def test_sparse_fills_compose_to_the_same_bits(
    x: int, y: int, width: int, height: int, layer: str, part: tuple[int, int, int]
) -> None:
    whole = ring(Box(x, y, width, height), layer)
    sparse = whole.sparse()
    where = Box(part[0], part[1], part[2], part[2])
    for box in (None, where):
        np.testing.assert_array_equal(
            compose(PHOTO, [sparse], {"a": 0.7}, box), compose(PHOTO, [whole], {"a": 0.7}, box)
        )
        np.testing.assert_array_equal(
            changed_mask(SIZE, [sparse], {"a": 0.7}, box),
            changed_mask(SIZE, [whole], {"a": 0.7}, box),
        )
    np.testing.assert_array_equal(sparse.mask, whole.mask)
    there = whole.mask > 0
    np.testing.assert_array_equal(np.asarray(sparse.delta)[there], whole.delta[there])
    np.testing.assert_array_equal(dense(sparse.sparse().delta), dense(sparse.delta))


def test_only_covered_tiles_take_memory() -> None:
    whole = ring(Box(20, 30, 860, 640))
    sparse = whole.sparse()
    assert isinstance(sparse.mask, Tiled)
    assert sparse.nbytes < 0.7 * whole.nbytes
    for box, values in sparse.mask.tiles:
        photo_box = Box(box.x + 20, box.y + 30, box.width, box.height)
        assert photo_box.x // TILE == (photo_box.right - 1) // TILE
        assert photo_box.y // TILE == (photo_box.bottom - 1) // TILE
        assert values[0].any()
        assert values[:, -1].any()
        with pytest.raises(ValueError, match="read-only"):
            values[0, 0] = 1
    small = ring(Box(0, 0, 200, 200))
    assert small.sparse().mask is small.mask


def test_any_way_of_reading_gives_what_an_array_gives() -> None:
    whole = ring(Box(20, 30, 860, 640))
    mask = whole.sparse().mask
    assert mask.shape == whole.mask.shape
    assert mask.dtype == np.uint8
    for key in ((slice(100, 400), slice(None)), (5, 7), 3, (slice(0, 9, 2), slice(4, 2))):
        np.testing.assert_array_equal(mask[key], whole.mask[key])
    np.testing.assert_array_equal(np.asarray(mask, np.float32), whole.mask.astype(np.float32))


def test_spilled_and_saved_they_come_back_bit_for_bit() -> None:
    fills = [ring(Box(20, 30, 860, 640)).sparse(), ring(Box(5, 5, 90, 90), name="b")]
    moved = spilled(fills)
    assert [is_spilled(f) for f in (*fills, *moved)] == [False, False, True, True]
    for before, after in zip(fills, moved, strict=True):
        assert after.nbytes == before.nbytes
        np.testing.assert_array_equal(dense(after.mask), dense(before.mask))
        np.testing.assert_array_equal(
            dense(after.delta).view(np.uint16), dense(before.delta).view(np.uint16)
        )
    nothing = Fill("c", Box(0, 0, 400, 400), np.zeros((400, 400), np.uint8),
                   np.zeros((400, 400, 3), np.float16), "tone", SIZE)  # fmt: skip
    assert nothing.sparse().nbytes == 0
    assert is_spilled(nothing.sparse())
    assert len(spilled([nothing.sparse(), *fills])) == 3


def test_a_project_holds_them_as_pictures_that_older_versions_read(tmp_path: Path) -> None:
    full = np.full((640, 860), 255, np.uint8)
    mark = painted("a", Box(20, 30, 860, 640), full, Kind.REDNESS, photo_size=SIZE)
    whole = ring(mark.box)
    states = [
        EditState({"a": mark}, {"a": 0.6}, fills={mark.key: fill})
        for fill in (whole, whole.sparse())
    ]
    shown = []
    for number, state in enumerate(states):
        path = tmp_path / f"{number}.rgpt"
        save_project(path, PHOTO, state)
        again = load_project(path, PHOTO)
        (fill,) = again.fills.values()
        assert isinstance(fill.mask, Tiled)
        np.testing.assert_array_equal(fill.mask, whole.mask)
        shown.append(compose(PHOTO, again.shown_fills, again.strengths))
    np.testing.assert_array_equal(shown[0], shown[1])
    np.testing.assert_array_equal(shown[0], compose(PHOTO, [whole], {"a": 0.6}))
