"""What the window shows is what is saved: at 1:1 bit for bit, zoomed out within one level."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.canvas.pyramid import Pyramid, aligned, as_array, patches
from app.canvas.screen_colours import eight_bit
from retouchgpt_core.document.edited_photo import EditedPhoto
from retouchgpt_core.document.project import NOTHING_ELSE
from retouchgpt_core.document.state import EditState
from retouchgpt_core.geometry import Box
from retouchgpt_core.photo import Photo
from retouchgpt_core.photo.copies import CopyWish, copied
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.vocabulary import Kind
from tests.retouch.synthetic_face import painted

KINDS = (Kind.ACNE, Kind.WRINKLE, Kind.SHINE)


def _picture(look: str, width: int, height: int, top: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    match look:
        case "noise":
            values = rng.random((height, width, 3))
        case "ramp":
            values = np.stack([x / width, y / height, (x + y) / (width + height)], 2)
        case _:
            values = rng.random((height, width, 3)) * 4 / top  # the darkest values there are
    return np.rint(values * top)


def _edited(photo: Photo, seed: int) -> EditedPhoto:
    rng = np.random.default_rng(seed)
    size = photo.width, photo.height
    marks, fills, strengths = {}, {}, {}
    for number, kind in enumerate(KINDS):
        side = int(rng.integers(20, 150))
        x, y = (int(rng.integers(0, most - side)) for most in size)
        full = np.full((side, side), 255, np.uint8)
        mark = painted(f"m{number}", Box(x, y, side, side), full, kind, photo_size=size)
        shape = (mark.box.height, mark.box.width)
        mask = rng.integers(0, 256, shape).astype(np.uint8)
        delta = rng.normal(0, 0.2, (*shape, 3)).astype(np.float16)
        fills[mark.key] = Fill(mark.id, mark.box, mask, delta, mark.layer, size)
        marks[mark.id] = mark
        strengths[mark.id] = float(rng.choice([0.3, 0.7, 1.0]))
    return EditedPhoto(photo, EditState(marks, strengths, fills=fills), NOTHING_ELSE)


@settings(max_examples=25, deadline=None)
@given(
    look=st.sampled_from(["noise", "ramp", "dark"]),
    depth=st.sampled_from([8, 16]),
    blocks=st.tuples(st.integers(2, 5), st.integers(2, 5)),
    odd=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    seed=st.integers(0, 999),
)
def test_the_preview_is_the_export(
    look: str, depth: int, blocks: tuple[int, int], odd: tuple[int, int], seed: int
) -> None:
    kind: Any = np.uint8 if depth == 8 else np.uint16
    width, height = 128 * blocks[0] + odd[0], 128 * blocks[1] + odd[1]
    pixels = _picture(look, width, height, int(np.iinfo(kind).max), seed).astype(kind)
    document = _edited(Photo.from_array(pixels), seed)
    shown = Pyramid.build(eight_bit(document.original.pixels))
    for fill in document.state.shown_fills:  # as the window does it: what changed, box by box
        place = aligned(fill.box, width, height)
        shown.put(patches(eight_bit(document.render(place)), place, len(shown.levels)))
    with tempfile.TemporaryDirectory() as folder:
        document.photo().write(Path(folder) / "a.tif")
        saved = Photo.read(Path(folder) / "a.tif")
    np.testing.assert_array_equal(as_array(shown.levels[0]), eight_bit(saved.pixels))
    for level, picture in enumerate(shown.levels[1:], 1):
        side = 1 << level
        whole = Photo.from_array(saved.pixels[: height // side * side, : width // side * side])
        small, _ = copied(whole, CopyWish(long_edge=max(whole.width, whole.height) // side))
        seen = as_array(picture)[: small.height, : small.width].astype(int)
        assert np.abs(seen - eight_bit(np.asarray(small.pixels))).max() <= 1
        if look == "noise":
            assert abs((seen - _mean(whole.pixels, side)).mean()) < 0.05, "no level is brighter"


def _mean(pixels: Any, side: int) -> Any:
    """The mean of each block, in the screen's 8 bits but not rounded."""
    height, width = pixels.shape[0] // side, pixels.shape[1] // side
    scale = 255 / np.iinfo(pixels.dtype).max
    return pixels.reshape(height, side, width, side, 3).mean((1, 3)) * scale
