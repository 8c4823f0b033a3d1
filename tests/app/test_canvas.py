"""The canvas: where the photo lies, how it is halved, and the keys and mouse on it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColorSpace, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.canvas.overlay import (
    EDGE,
    FOUND,
    PENDING,
    STATE_SHIFT,
    Emphasis,
    Overlay,
    OverlayPart,
    encode,
)
from app.canvas.pyramid import (
    Pyramid,
    aligned,
    as_array,
    as_image,
    halved,
    patches,
)
from app.canvas.screen_colours import eight_bit, screen_transform
from app.canvas.viewport import Viewport
from app.canvas.weave import woven
from app.palette import kind_colour
from app.view_state import Compare
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.vocabulary import KINDS, Kind
from tests.app.conftest import Desk

sizes = st.integers(1, 9000)
windows = st.integers(50, 3000)


@given(sizes, sizes, windows, windows, st.floats(0.05, 20), st.floats(0, 1), st.floats(0, 1))
def test_zooming_keeps_the_point_under_the_mouse_or_the_photo_in_sight(
    width: int, height: int, across: int, down: int, scale: float, u: float, v: float
) -> None:
    view = Viewport.fitted(width, height, across, down)
    zoomed = view.zoomed(scale, u * across, v * down)
    assert not zoomed.visible().empty
    back = zoomed.to_window(zoomed.to_photo(3.0, 5.0))
    assert back == pytest.approx((3.0, 5.0), abs=1e-6)


def test_zooming_in_keeps_the_point_under_the_mouse() -> None:
    view = Viewport.fitted(6000, 4000, 900, 700)
    under = view.to_photo(300, 400)
    zoomed = view.zoomed(1.0, 300, 400)
    assert zoomed.to_photo(300, 400).distance(under) < 1e-6


def test_the_drawn_level_has_a_pixel_for_each_device_pixel() -> None:
    view = Viewport.fitted(6000, 4000, 900, 700)
    for scale in (0.12, 0.25, 0.3, 0.5, 0.9, 1.0, 4.0):
        at = view.zoomed(scale, 10, 10)
        level = at.level(6)
        assert at.scale * 2**level <= 1.0 or level == 0
        assert at.scale * 2 ** (level + 1) > 1.0 or level == 5


def test_a_photo_that_was_fitted_stays_fitted() -> None:
    view = Viewport.fitted(600, 400, 900, 700)
    assert view.resized(1200, 500).is_fit
    zoomed = view.zoomed(5, 100, 100)
    assert zoomed.resized(1200, 500).scale == zoomed.scale


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 700), st.integers(1, 700), st.integers(0, 2**31))
def test_patches_give_the_pyramid_that_the_whole_picture_gives(
    width: int, height: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 256, (height, width, 3), np.uint8)
    pyramid = Pyramid.build(pixels)
    x, y = int(generator.integers(0, width)), int(generator.integers(0, height))
    box = aligned(Box(x, y, 40, 30).clamp(width, height), width, height)
    pixels = pixels.copy()
    pixels[box.slices] = 255 - pixels[box.slices]
    pyramid.put(patches(pixels[box.slices], box, len(pyramid.levels)))
    anew = Pyramid.build(pixels)
    for one, other in zip(pyramid.levels, anew.levels, strict=True):
        assert np.array_equal(as_array(one), as_array(other))


def test_pictures_keep_their_values() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (37, 53, 3), np.uint8)
    assert np.array_equal(as_array(as_image(pixels)), pixels)
    assert halved(np.full((5, 7, 3), 9, np.uint8)).shape == (3, 4, 3)
    deep = np.array([[[0, 257, 65535]]], np.uint16)
    assert eight_bit(deep).tolist() == [[[0, 1, 255]]]


def test_other_profiles_are_shown_in_srgb_and_srgb_is_left_alone() -> None:
    pixels = np.full((4, 4, 3), (200, 100, 80), np.uint8)
    adobe = QColorSpace(QColorSpace.NamedColorSpace.AdobeRgb).iccProfile().data()
    shown, name = screen_transform(adobe)
    assert "adobe" in name.lower()
    assert shown(pixels)[0, 0, 0] > 205
    srgb = QColorSpace(QColorSpace.NamedColorSpace.SRgb).iccProfile().data()
    assert np.array_equal(screen_transform(srgb)[0](pixels), pixels)


@pytest.mark.qt_log_ignore("fromIccProfile")
def test_a_broken_profile_leaves_the_values() -> None:
    pixels = np.full((4, 4, 3), (200, 100, 80), np.uint8)
    assert np.array_equal(screen_transform(b"not a profile")[0](pixels), pixels)


def test_outlines_are_drawn_once_and_belong_to_what_matters_more() -> None:
    kinds = np.zeros((20, 20), np.uint8)
    kinds[4:16, 4:16] = KINDS.index(Kind.REDNESS) + 1
    kinds[8:12, 8:12] = KINDS.index(Kind.ACNE) + 1
    pending = np.zeros((20, 20), np.uint8)
    pending[8:12, 8:12] = 255
    codes = encode(kinds, pending, np.zeros_like(pending))
    assert codes[8, 8] & EDGE
    assert (codes[8, 8] >> STATE_SHIFT) & 3 == PENDING
    assert not codes[7, 8] & EDGE, "the area has no outline where the spot has one"
    assert codes[4, 4] & EDGE
    assert (codes[5, 5] >> STATE_SHIFT) & 3 == FOUND
    assert codes[0, 0] == 0


def test_areas_are_shown_when_they_will_change_or_are_pointed_at() -> None:
    for kind, found in ((Kind.ACNE, True), (Kind.REDNESS, False)):
        index = KINDS.index(kind) + 1
        assert (Emphasis().alphas(index, FOUND)[1] > 0) is found
        assert Emphasis().alphas(index, PENDING)[0] > 0
        assert Emphasis(pointed=kind).alphas(index, FOUND)[0] > 0
        assert Emphasis(hidden=frozenset({kind})).alphas(index, FOUND) == (0, 0)
        assert Emphasis(hidden=frozenset({kind})).alphas(index, PENDING)[0] > 0


def test_kinds_differ_by_pattern_where_their_colours_are_close() -> None:
    def look(kind: Kind) -> bytes:
        return woven(np.full((24, 24), KINDS.index(kind) + 1, np.uint8), 0, 0, 6).tobytes()

    def lightness(kind: Kind) -> float:
        colour = kind_colour(kind)
        return 0.3 * colour.redF() + 0.59 * colour.greenF() + 0.11 * colour.blueF()

    for one in KINDS:
        for other in KINDS:
            if one is not other and abs(lightness(one) - lightness(other)) < 0.05:
                assert look(one) != look(other), (one, other)


def test_patterns_go_on_across_the_parts_of_an_overlay() -> None:
    kinds = np.random.default_rng(2).integers(0, 15, (40, 50)).astype(np.uint8)
    whole = woven(kinds, 3, 5, 7)
    assert np.array_equal(woven(kinds[11:, 20:], 3 + 20, 5 + 11, 7), whole[11:, 20:])
    assert not woven(np.zeros((9, 9), np.uint8), 0, 0, 6).any()


def test_opacity_makes_the_overlay_fainter(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    overlay = desk.session.overlay
    assert overlay is not None
    plain = int(as_alpha(overlay).sum())
    desk.window.found.opacity.setValue(40)
    assert int(as_alpha(overlay).sum()) < plain / 2
    desk.window.found.opacity.setValue(200)
    assert int(as_alpha(overlay).sum()) > plain


def as_alpha(overlay: Overlay) -> np.ndarray:
    image = overlay.image
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return pixels[..., 3].copy()


def test_a_part_of_the_overlay_is_replaced_in_place() -> None:
    overlay = Overlay(OverlayPart(Box(10, 20, 100, 80), 2, np.zeros((40, 50), np.uint8)))
    overlay.put(OverlayPart(Box(30, 40, 20, 20), 2, np.full((10, 10), 1, np.uint8)))
    assert overlay.kind_at(Point(31, 41)) is Kind.ACNE
    assert overlay.kind_at(Point(29, 41)) is None
    assert overlay.kind_at(Point(500, 41)) is None


def test_keys_zoom_and_compare(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    canvas = desk.window.canvas
    canvas.setFocus()
    desk.trigger("actual")
    assert canvas.zoom == pytest.approx(1.0)
    desk.bot.keyClick(canvas, Qt.Key.Key_F)
    assert canvas.viewport.is_fit
    desk.trigger("split")
    assert desk.session.compare is Compare.SPLIT
    desk.trigger("split")
    assert desk.session.compare is Compare.OFF


def test_holding_the_key_shows_the_photo_before(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("apply")
    desk.trigger("overlay")
    canvas = desk.window.canvas
    canvas.setFocus()
    after = as_array(canvas.grab().toImage())
    desk.bot.keyPress(canvas, Qt.Key.Key_X)
    before = as_array(canvas.grab().toImage())
    desk.bot.keyRelease(canvas, Qt.Key.Key_X)
    assert not np.array_equal(before, after)
    assert np.array_equal(as_array(canvas.grab().toImage()), after)


def test_the_wheel_zooms_and_space_pans(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    canvas = desk.window.canvas
    at = QPointF(canvas.width() / 2, canvas.height() / 2)
    scale = canvas.viewport.scale
    for _ in range(4):
        wheel = QWheelEvent(
            at,
            canvas.mapToGlobal(at),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(canvas, wheel)
    assert canvas.viewport.scale == pytest.approx(scale * 1.25**4)
    left = canvas.viewport.left
    desk.trigger("brush")
    desk.bot.keyPress(canvas, Qt.Key.Key_Space)
    desk.bot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=at.toPoint())
    desk.bot.mouseMove(canvas, at.toPoint() + QPoint(30, 0))
    desk.bot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=at.toPoint() + QPoint(30, 0))
    desk.bot.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.viewport.left == pytest.approx(left + 30)
    assert not desk.session.state.steps, "panning paints nothing"


def test_brackets_change_the_brush(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    radius = desk.session.brush_radius
    desk.bot.keyClick(desk.window.canvas, Qt.Key.Key_BracketRight)
    assert desk.session.brush_radius == pytest.approx(radius * 1.2)
    desk.bot.keyClick(desk.window.canvas, Qt.Key.Key_BracketLeft)
    assert desk.session.brush_radius == pytest.approx(radius)
