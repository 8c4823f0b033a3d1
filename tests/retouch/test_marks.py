"""Single marks are found where the maps show them, and nowhere else."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from retouchgpt_core.face.layout import LABEL_INDEX, SKIN_LABELS, FaceLayout
from retouchgpt_core.geometry import Window
from retouchgpt_core.retouch.basins import basins
from retouchgpt_core.retouch.detection import MarkThresholds, marks_from_maps, named_tones_from_maps
from retouchgpt_core.retouch.masks import photo_mask, window_mask
from retouchgpt_core.vocabulary import Kind, Region
from tests.retouch.synthetic_face import PHOTO_SIZE, WINDOW, blob, maps


def _found(face: FaceLayout, **kinds: np.ndarray):
    any_prob, stack = maps(**kinds)
    return marks_from_maps(any_prob, stack, face.labels, face, PHOTO_SIZE)


def test_spots_are_single_typed_and_placed(face: FaceLayout) -> None:
    marks = _found(
        face, acne=blob((120, 300, 4), (350, 300, 3)), mole=blob((130, 340, 2.5), (250, 100, 2))
    )
    assert [m.id for m in marks] == [f"f1-m{n}" for n in range(1, 5)]
    by_place = {(round(m.centre.x), round(m.centre.y)): m for m in marks}
    expected = {
        (120, 300): (Kind.ACNE, Region.CHEEK_LEFT),
        (350, 300): (Kind.ACNE, Region.CHEEK_RIGHT),
        (130, 340): (Kind.MOLE, Region.CHEEK_LEFT),
        (250, 100): (Kind.MOLE, Region.FOREHEAD),
    }
    for (x, y), (kind, region) in expected.items():
        px, py = WINDOW.to_photo(x, y)
        mark = by_place[round(px), round(py)]
        assert (mark.kind, mark.region) == (kind, region)
        assert mark.permanent == (kind is Kind.MOLE)
        assert 0.8 < mark.confidence <= 1.0
        assert mark.box.contains(mark.centre)


def test_touching_spots_are_told_apart_by_their_centres(face: FaceLayout) -> None:
    marks = _found(face, acne=blob((120, 300, 4), (131, 300, 4)))
    assert len(marks) == 2
    xs = sorted(WINDOW.to_window(m.centre.x, m.centre.y)[0] for m in marks)
    assert xs == pytest.approx([119, 132], abs=2)


def test_one_wide_spot_with_a_dent_stays_one() -> None:
    prob = np.maximum(blob((100, 100, 6)), blob((104, 100, 6), height=0.93))
    labels, peaks = basins(prob, 0.25, 0.8)
    assert len(peaks) == 1
    assert set(np.unique(labels)) == {0, 1}
    flat = np.zeros((64, 64), np.float32)
    flat[20:40, 20:40] = 0.9  # a plateau has one top
    assert len(basins(flat, 0.25, 0.8)[1]) == 1
    assert basins(np.zeros((8, 8), np.float32), 0.25, 0.8)[1] == []


def test_a_bump_on_a_rim_is_no_spot_of_its_own() -> None:
    prob = np.maximum(blob((100, 100, 6)), blob((116, 100, 2.5), height=0.35))
    assert len(basins(prob, 0.1, 0.9)[1]) == 2
    labels, peaks = basins(prob, 0.1, 0.9, floor=0.4)
    assert len(peaks) == 1
    assert labels[100, 116] == labels[100, 100]  # it belongs to the spot beside it


def test_rims_of_what_may_go_overlap_without_a_seam(face: FaceLayout) -> None:
    acne, mark = blob((120, 300, 5)), blob((132, 300, 5))
    acne, mark = np.where(acne > mark, acne, 0), np.where(mark >= acne, mark, 0)
    marks = _found(face, acne=acne.astype(np.float32), acne_mark=mark.astype(np.float32))
    both = np.maximum.reduce([window_mask([m], WINDOW) for m in marks])
    assert len(marks) == 2
    assert both[300, 118:135].min() > 0.9


def test_many_freckles_are_counted(face: FaceLayout) -> None:
    places = [(70 + 9 * i, 250 + 9 * j, 1.4) for i in range(16) for j in range(10)]
    assert len(_found(face, freckle=blob(*places))) == 160


def test_masks_keep_off_eyes_lips_and_background(face: FaceLayout) -> None:
    marks = _found(
        face,
        acne=blob((150, 237, 5), (232, 376, 5), (64, 300, 5), (150, 220, 6), (250, 395, 6)),
        redness=np.full((512, 512), 0.9, np.float32),
    )
    assert marks
    forbidden = np.isin(face.labels, sorted(SKIN_LABELS), invert=True)
    for mark in marks:
        assert not window_mask([mark], WINDOW)[forbidden].any()
        assert face.region_at(mark.centre) is not None or mark.layer == "tone"
    # The two that sit on the eye and on the lips are none.
    assert sum(m.layer == "spot" for m in marks) == 3


@pytest.mark.parametrize("size", [200, 1024, 3000])
def test_a_spot_on_a_lip_s_edge_leaves_the_lip_alone(face: FaceLayout, size: int) -> None:
    """Also where the photo has fewer or more pixels than the window that it was seen in."""
    any_prob, stack = maps(acne=blob((220, 376, 6), (195, 395, 5), (150, 240, 6)))
    window = Window(7.3, 9.6, size, 512)
    layout = replace(face, window=window)
    photo_size = (size + 40, size + 40)
    marks = marks_from_maps(any_prob, stack, face.labels, layout, photo_size)
    assert len(marks) == 3
    for mark in marks:
        box, mask = photo_mask(mark)
        rows, columns = np.nonzero(mask)
        x = ((columns + box.x + 0.5 - window.x) * window.scale).astype(int)
        y = ((rows + box.y + 0.5 - window.y) * window.scale).astype(int)
        below = face.labels[y, x]
        assert mask.max() > 120
        off_skin = ~np.isin(below, sorted(SKIN_LABELS))
        assert mask[rows, columns][off_skin].max(initial=0) <= 8


def test_a_neighbour_of_another_kind_is_not_covered(face: FaceLayout) -> None:
    acne, mole = blob((120, 300, 4)), blob((130, 300, 3))
    acne, mole = np.where(acne > mole, acne, 0), np.where(mole >= acne, mole, 0)
    first, second = sorted(
        _found(face, acne=acne.astype(np.float32), mole=mole.astype(np.float32)),
        key=lambda m: m.kind,
    )
    assert (first.kind, second.kind) == (Kind.ACNE, Kind.MOLE)
    core = mole > 0.3
    assert window_mask([first], WINDOW)[core].max() == 0
    assert window_mask([second], WINDOW)[core].min() > 0.5


def test_a_line_is_whole_and_named_by_most_of_it(face: FaceLayout) -> None:
    line = np.zeros((512, 512), np.float32)
    line[100:103, 100:400] = 0.8
    line[100:240, 400:403] = 0.8  # and down into the right cheek
    (mark,) = _found(face, wrinkle=line)
    assert (mark.kind, mark.region, mark.layer) == (Kind.WRINKLE, Region.FOREHEAD, "line")


def test_tone_is_one_mark_a_region_and_adds_up(face: FaceLayout) -> None:
    marks = _found(face, redness=np.full((512, 512), 0.9, np.float32))
    assert {m.region for m in marks} == {
        Region.FOREHEAD,
        Region.NOSE,
        Region.CHEEK_LEFT,
        Region.CHEEK_RIGHT,
    }
    total = sum(window_mask([m], WINDOW) for m in marks)
    assert total.max() < 1.02
    assert total[300, 230] == pytest.approx(1.0, abs=0.02)  # on the cheek's border with the nose
    cheek = next(m for m in marks if m.region is Region.CHEEK_LEFT)
    across = window_mask([cheek], WINDOW)[300, 200:260]
    reach = np.flatnonzero(across[30:] > 0.01)
    assert np.all(np.diff(across) <= 1e-6)
    assert 9 <= len(reach) <= 14  # 0.1 IOD = 12.8 px into the nose
    assert face.labels[300, 229] == LABEL_INDEX["cheek_left"]


def test_a_faint_tone_is_there_for_who_asks_for_it(face: FaceLayout) -> None:
    faint = np.full((512, 512), 0.4, np.float32)
    assert _found(face, redness=faint) == []
    _, stack = maps(redness=faint)
    marks = named_tones_from_maps(stack, face.labels, face, PHOTO_SIZE)
    assert {m.kind for m in marks} == {Kind.REDNESS}
    assert {m.id for m in marks} >= {"f1-redness-forehead", "f1-redness-cheek_left"}
    none = np.full((512, 512), 0.1, np.float32)
    assert named_tones_from_maps(maps(redness=none)[1], face.labels, face, PHOTO_SIZE) == []


def test_dark_circles_lie_under_eyes_and_nowhere_else(face: FaceLayout) -> None:
    everywhere = np.full((512, 512), 0.9, np.float32)
    assert _found(face, dark_circle=everywhere) == []
    labels = face.labels.copy()
    labels[250:270, 100:160] = LABEL_INDEX["under_eye_left"]
    (mark,) = _found(replace(face, labels=labels), dark_circle=everywhere)
    assert mark.region is Region.UNDER_EYE_LEFT


def test_what_is_faint_or_tiny_is_no_mark(face: FaceLayout) -> None:
    assert _found(face, acne=blob((120, 300, 4), height=0.4)) == []
    dot = np.zeros((512, 512), np.float32)
    dot[300, 120] = 0.9
    assert _found(face, acne=dot) == []
    any_prob, stack = maps(acne=blob((120, 300, 4), height=0.4))
    eager = MarkThresholds(spot=MarkThresholds().spot.__class__(0.2, 0.1, 1.0))
    assert len(marks_from_maps(any_prob, stack, face.labels, face, PHOTO_SIZE, eager)) == 1


def test_maps_that_do_not_fit_are_refused(face: FaceLayout) -> None:
    any_prob, stack = maps(acne=blob((120, 300, 4)))
    with pytest.raises(ValueError, match="square"):
        marks_from_maps(any_prob[:100], stack, face.labels, face, PHOTO_SIZE)


def test_a_mask_comes_up_to_photo_pixels_in_place(face: FaceLayout) -> None:
    (mark,) = _found(face, acne=blob((120, 300, 4)))
    box, mask = photo_mask(mark)
    assert mask.shape == (box.height, box.width)
    assert mask.max() > 240
    assert not mask[0].any() or box.y == 0
    y, x = np.mgrid[: box.height, : box.width] + 0.5
    weight = mask / mask.sum()
    assert (x * weight).sum() + box.x == pytest.approx(mark.centre.x, abs=0.6)
    assert (y * weight).sum() + box.y == pytest.approx(mark.centre.y, abs=0.6)
    again = window_mask([mark.renamed("x")], WINDOW.at(256))
    assert again.max() > 0.8


def test_the_finer_look_finds_the_same(face: FaceLayout) -> None:
    any_prob, stack = maps(
        acne=blob((120, 300, 4), (131, 300, 4), (350, 300, 3)),
        redness=np.full((512, 512), 0.9, np.float32),
    )
    size = (896, 896)
    fine = marks_from_maps(
        cv2.resize(any_prob, size),
        np.stack([cv2.resize(k, size) for k in stack]),
        cv2.resize(face.labels, size, interpolation=cv2.INTER_NEAREST),
        face,
        PHOTO_SIZE,
    )
    coarse = marks_from_maps(any_prob, stack, face.labels, face, PHOTO_SIZE)
    assert [(m.kind, m.region) for m in fine] == [(m.kind, m.region) for m in coarse]
    for one, other in zip(fine, coarse, strict=True):
        assert one.centre.distance(other.centre) < 4
        assert one.radius == pytest.approx(other.radius, rel=0.15)
        union = window_mask([one], WINDOW), window_mask([other], WINDOW)
        assert np.abs(union[0] - union[1]).mean() < 0.01
