"""A place that is locked as photographed is taken out of every fill that lies over it."""

import cv2
import numpy as np

from retouchgpt_core.document.state import EditState
from retouchgpt_core.geometry import Box, Point, Window
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.compose import changed_mask, compose
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.sparing import spared
from retouchgpt_core.vocabulary import Kind, Region

SIDE = 120


def mark(name: str, kind: Kind, x: int, y: int, radius: int) -> Mark:
    box = Box(x - radius, y - radius, 2 * radius + 1, 2 * radius + 1)
    mask = np.zeros((box.height, box.width), np.uint8)
    cv2.circle(mask, (radius, radius), radius, 255, -1)
    return Mark(
        id=name,
        face=1,
        kind=kind,
        region=Region.CHEEK_LEFT,
        centre=Point(float(x), float(y)),
        radius=float(radius),
        box=box,
        confidence=1.0,
        mask_window=Window(0.0, 0.0, float(SIDE), SIDE),
        mask_box=box,
        mask=mask,
    )


def fill(of: Mark) -> Fill:
    delta = np.full((of.box.height, of.box.width, 3), 0.2, np.float16)
    return Fill(of.id, of.box, of.mask.copy(), delta, of.layer, (SIDE, SIDE))


def test_a_locked_mark_keeps_its_pixels_and_the_rest_fades_in() -> None:
    pimple, red = mark("pimple", Kind.ACNE, 60, 60, 8), mark("red", Kind.REDNESS, 60, 60, 40)
    photo = Photo.from_array(np.full((SIDE, SIDE, 3), 120, np.uint8))
    marks = {"pimple": pimple, "red": red}
    fills = {red.key: fill(red)}
    state = EditState(marks, {"red": 1.0}, frozenset({"pimple"}), fills)
    after = compose(photo, state.shown_fills, state.strengths)[60, :, 0].astype(int)
    assert (after[52:69] == 120).all()
    assert after[75] == after[45] > 165
    assert (np.diff(after[68:73]) >= 0).all()
    assert 120 < after[70] < after[75]
    mask = changed_mask((SIDE, SIDE), state.shown_fills, state.strengths)
    assert not mask[52:69, 60].any()


def test_what_is_locked_as_retouched_or_far_away_changes_nothing() -> None:
    near, red = mark("near", Kind.ACNE, 60, 60, 8), mark("red", Kind.REDNESS, 60, 60, 40)
    far, dot = mark("far", Kind.MOLE, 12, 12, 5), mark("dot", Kind.FRECKLE, 60, 60, 3)
    marks = {m.id: m for m in (near, red, far, dot)}
    fills = {m.key: fill(m) for m in (near, red)}
    state = EditState(marks, {"near": 1.0, "red": 1.0}, frozenset({"near", "far"}), fills)
    assert state.shown_fills == state.active_fills
    assert spared(state.active_fills, [dot]) != state.active_fills
    assert all(f.mask.flags.writeable is False for f in spared(state.active_fills, [dot]))
