"""Fills keep the photo's own texture."""

from typing import Any

import cv2
import numpy as np
import pytest

from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.geometry import Box, Window
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.compose import compose
from retouchgpt_core.retouch.detection import marks_from_maps
from retouchgpt_core.retouch.fills import make_fill, make_fills
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.masks import photo_mask
from retouchgpt_core.retouch.texture import Surface, _blurred, clean_skin
from retouchgpt_core.vocabulary import Kind
from tests.retouch.synthetic_face import PHOTO_SIZE, WINDOW, blob, maps, painted

PLACES = ((120, 300, 5), (350, 300, 4), (250, 100, 3), (345, 330, 4))


def _spotted(photo: Photo, face: FaceLayout) -> tuple[Photo, list[Mark]]:
    """Darken the photo at PLACES and return it with the marks there."""
    pixels = photo.pixels.astype(np.float32)
    for x, y, radius in PLACES:
        px, py = WINDOW.to_photo(x, y)
        spot = Box.from_edges(px - 60, py - 60, px + 60, py + 60)
        rows, columns = np.mgrid[spot.slices] + 0.5
        flat = np.hypot(columns - px, rows - py) / (radius / WINDOW.scale)
        pixels[spot.slices] -= 14000 * np.exp(-0.5 * flat**2)[..., None] * (0.5, 1, 1)
    any_prob, stack = maps(acne=blob(*((x, y, r * 1.5) for x, y, r in PLACES)))
    marks = marks_from_maps(any_prob, stack, face.labels, face, PHOTO_SIZE)
    assert len(marks) == len(PLACES)
    return photo.replaced(np.clip(pixels, 0, 65535).astype(np.uint16)), marks


def _fine(pixels: Any) -> np.ndarray:
    floats = np.asarray(pixels, np.float32)
    return floats - cv2.GaussianBlur(floats, (0, 0), 2.0)


def test_spots_are_gone_and_their_place_has_the_grain_of_the_skin(
    grainy: Photo, face: FaceLayout
) -> None:
    spotted, marks = _spotted(grainy, face)
    skin = clean_skin(spotted, Surface.of(spotted, face), marks)
    change = grainy.window(WINDOW) - spotted.window(WINDOW)  # a perfect network
    fills = make_fills(spotted, marks, WINDOW, change, skin)
    out = compose(spotted, fills, {m.id: 1.0 for m in marks}).astype(np.float32)
    around = _fine(grainy.pixels).std()
    for mark in marks:
        box, mask = photo_mask(mark)
        core = mask > 250
        level = out[box.slices][core].mean(axis=0)
        clean = grainy.pixels[box.slices][core].mean(axis=0)
        assert np.abs(level - clean).max() < 500  # of 65535; the spots were 14000 deep
        grain = _fine(out)[box.slices][core].std()
        assert grain == pytest.approx(around, rel=0.2)
        # and it is not the grain that stood there: it came from elsewhere
        old = _fine(grainy.pixels)[box.slices][core].ravel()
        new = _fine(out)[box.slices][core].ravel()
        assert abs(np.corrcoef(old, new)[0, 1]) < 0.3


def test_a_wide_painted_place_is_filled_without_repeats(grainy: Photo, face: FaceLayout) -> None:
    mask = np.full((240, 240), 255, np.uint8)
    mark = painted("p1", Box(300, 500, 240, 240), mask)
    skin = clean_skin(grainy, Surface.of(grainy, face), [mark])
    fill = make_fill(grainy, mark, WINDOW, np.zeros((512, 512, 3), np.float32), skin)
    out = compose(grainy, [fill], {"p1": 1.0})
    fine = _fine(out)[500:740, 300:540, 1]
    assert fine.std() == pytest.approx(_fine(grainy.pixels)[..., 1].std(), rel=0.2)
    spectrum = np.abs(np.fft.rfft2(fine - fine.mean())) ** 2
    likeness = np.fft.irfft2(spectrum)
    likeness /= likeness[0, 0]
    assert likeness[8:-8, 8:-8].max() < 0.35


def test_a_wide_fill_meets_the_skin_on_all_sides(grainy: Photo, face: FaceLayout) -> None:
    """Where light falls across a cheek, however dull the network makes its middle."""
    width, _ = PHOTO_SIZE
    slope = np.linspace(0.7, 1.25, width, dtype=np.float32)[None, :, None]
    lit = grainy.replaced(np.clip(grainy.pixels * slope, 0, 65535).astype(np.uint16))
    box = Box(300, 500, 240, 240)
    y, x = np.mgrid[:240, :240] - 119.5
    mask = np.clip((118 - np.hypot(x, y)) / 20 * 255, 0, 255).astype(np.uint8)
    mark = painted("p1", box, mask)
    spotted = lit.pixels.copy()
    spotted[box.slices][mask > 0] = (52000, 20000, 20000)
    spotted = lit.replaced(spotted)
    dull = np.array((0.5, 0.36, 0.3), np.float32) - spotted.window(WINDOW)
    skin = clean_skin(spotted, Surface.of(spotted, face), [mark])
    out = compose(spotted, [make_fill(spotted, mark, WINDOW, dull, skin)], {"p1": 1.0})
    for part in (mask > 250) & (x < -60), (mask > 250) & (x > 60), np.hypot(x, y) < 40:
        level = out[box.slices][part].mean(axis=0)
        wanted = lit.pixels[box.slices][part].mean(axis=0)
        assert np.abs(level / wanted - 1).max() < 0.05  # the network is off by up to a third


def test_a_wide_blur_at_fewer_pixels_is_the_same_blur() -> None:
    rng = np.random.default_rng(3)
    grain = cv2.GaussianBlur(rng.normal(0.5, 0.1, (160, 171, 3)).astype(np.float32), (0, 0), 1.0)
    for sigma in (3.0, 4.5, 9.0, 17.0):
        exact = cv2.GaussianBlur(grain, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
        off = _blurred(grain, sigma) - exact
        assert off.std() < 0.01 * (grain - exact).std()


def test_skin_continues_under_a_mark_as_a_membrane(grainy: Photo, face: FaceLayout) -> None:
    """What touches the mark counts, not what is bright a little further on."""
    width, height = PHOTO_SIZE
    lit = np.full((height, width, 3), 20000, np.uint16)
    lit[:, 450:] = 60000
    photo = grainy.replaced(lit)
    mark = painted("p1", Box(230, 470, 200, 300), np.full((300, 200), 255, np.uint8))
    skin = clean_skin(photo, Surface.of(photo, face), [mark])
    left, top = WINDOW.to_window(230, 470)
    inside = skin.beneath[int(top) + 5 : int(top) + 145, int(left) + 5 : int(left) + 95]
    assert np.abs(inside - 20000 / 65535).max() < 0.16  # 40000 away, a fifth of the hole's width


def test_tone_keeps_every_pore(grainy: Photo, face: FaceLayout) -> None:
    any_prob, stack = maps(redness=np.full((512, 512), 0.9, np.float32))
    marks = marks_from_maps(any_prob, stack, face.labels, face, PHOTO_SIZE)
    change = np.full((512, 512, 3), (-0.05, 0.02, 0.02), np.float32)
    fills = make_fills(grainy, marks, WINDOW, change)
    out = compose(grainy, fills, {m.id: 1.0 for m in marks})
    rows, columns = slice(600, 800), slice(300, 450)  # inside the left cheek
    moved = out[rows, columns].astype(float) - grainy.pixels[rows, columns]
    np.testing.assert_allclose(moved.mean((0, 1)) / 65535, (-0.05, 0.02, 0.02), atol=1e-3)
    before, after = _fine(grainy.pixels)[rows, columns], _fine(out)[rows, columns]
    np.testing.assert_allclose(after, before, atol=8)  # of 65535: the deltas are half floats


@pytest.mark.parametrize("pixels", [(90, 90), (512, 512)])
def test_small_faces_and_faces_over_the_edge(pixels: tuple[int, int], face: FaceLayout) -> None:
    """A face smaller than its window, and one whose window reaches beyond the photo."""
    side = pixels[0]
    rng = np.random.default_rng(4)
    photo = Photo.from_array(rng.normal(140, 6, (side, side, 3)).clip(0, 255).astype(np.uint8))
    window = Window(-10, -12, side + 30.0, 512)
    small = FaceLayout(1, photo.box, 0.9, face.landmarks, window.size / 4, window, face.labels)
    any_prob, stack = maps(acne=blob((120, 300, 7), (400, 300, 7)))
    marks = marks_from_maps(any_prob, stack, face.labels, small, (side, side))
    assert marks
    skin = clean_skin(photo, Surface.of(photo, small), marks)
    # The skin around sets the level: a network that is off by 0.05 leaves no patch.
    for off in (0.0, 0.05, -0.1):
        change = np.full((512, 512, 3), off, np.float32)
        fills = make_fills(photo, marks, window, change, skin)
        out = compose(photo, fills, {m.id: 1.0 for m in marks})
        assert out.shape == photo.pixels.shape
        box, mask = photo_mask(marks[0])
        core = mask > 200
        rise = out[box.slices][core].mean() - photo.pixels[box.slices][core].mean()
        assert abs(rise) < 2 + 0.25 * abs(off) * 255


def test_without_clean_skin_the_networks_detail_stands(grainy: Photo, face: FaceLayout) -> None:
    spotted, marks = _spotted(grainy, face)
    change = grainy.window(WINDOW) - spotted.window(WINDOW)
    fill = make_fill(spotted, marks[0], WINDOW, change, None)
    assert fill.layer == "spot"
    out = compose(spotted, [fill], {marks[0].id: 1.0})
    box, mask = photo_mask(marks[0])
    core = mask > 250
    level = out[box.slices][core].mean(axis=0) - grainy.pixels[box.slices][core].mean(axis=0)
    assert np.abs(level).max() < 500


def test_a_fill_is_the_same_each_time_and_checks_its_delta(grainy: Photo, face: FaceLayout) -> None:
    spotted, marks = _spotted(grainy, face)
    skin = clean_skin(spotted, Surface.of(spotted, face), marks)
    change = np.zeros((512, 512, 3), np.float32)
    first, second = (make_fill(spotted, marks[0], WINDOW, change, skin) for _ in range(2))
    np.testing.assert_array_equal(first.delta, second.delta)
    assert marks[0].kind is Kind.ACNE
    with pytest.raises(ValueError, match="512"):
        make_fill(spotted, marks[0], WINDOW, change[:10], skin)
