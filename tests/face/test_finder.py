"""The bundled networks on a real photograph, on copies of it, and on pictures of nothing."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from retouchgpt_core.errors import WeightsError
from retouchgpt_core.face.finder import FaceFinder
from retouchgpt_core.face.layout import LABEL_INDEX, LABELS, FaceLayout
from retouchgpt_core.face.weights import CONFIG, build_nets, load_nets, save_nets
from retouchgpt_core.geometry import Point
from retouchgpt_core.photo import Photo
from retouchgpt_core.vocabulary import FACE_REGIONS, Region, mirrored

WEIGHTS = Path(__file__).parents[2] / "weights" / "face"
# Pupils of the picture's left and right eye, read off the picture at 400 %.
PUPIL_LEFT, PUPIL_RIGHT = Point(222.5, 190), Point(305, 187.5)


def test_the_eyes_are_where_they_are(layout: FaceLayout) -> None:
    right, left = layout.landmarks[468], layout.landmarks[473]
    assert Point(float(right[0]), float(right[1])).distance(PUPIL_LEFT) < 0.07 * layout.iod
    assert Point(float(left[0]), float(left[1])).distance(PUPIL_RIGHT) < 0.07 * layout.iod


def test_scale_box_and_window_follow_the_contract(layout: FaceLayout) -> None:
    assert layout.iod == pytest.approx(83, rel=0.1)
    assert layout.number == 1
    assert 0.8 < layout.confidence <= 1.0
    assert layout.window.pixels == 512
    assert layout.window.size == pytest.approx(4 * layout.iod, rel=1e-3)
    assert layout.labels.shape == (512, 512)
    assert layout.labels.dtype == np.uint8
    assert layout.landmarks.shape == (478, 2)
    assert layout.box.contains(PUPIL_LEFT)
    assert layout.box.contains(PUPIL_RIGHT)


def test_places_on_the_photo(layout: FaceLayout) -> None:
    eye = layout.window.to_window(PUPIL_LEFT.x, PUPIL_LEFT.y)
    assert LABELS[layout.labels[int(eye[1]), int(eye[0])]] == "eye"
    assert layout.region_at(PUPIL_LEFT) is None
    assert layout.region_at(Point(268, 235)) is Region.NOSE
    assert layout.region_at(Point(203, 242)) is Region.CHEEK_LEFT
    assert layout.region_at(Point(330, 242)) is Region.CHEEK_RIGHT
    assert layout.region_at(Point(5, 5)) is None
    assert layout.region_at(Point(262, 60)) is None, "the cap is no forehead"


def test_shares_add_up_and_every_face_region_shows(layout: FaceLayout) -> None:
    shares = layout.skin_share()
    assert sum(shares.values()) == pytest.approx(1.0)
    assert all(shares[region] > 0 for region in FACE_REGIONS)


def test_a_mirrored_picture_has_mirrored_places(
    finder: FaceFinder, portrait: np.ndarray, layout: FaceLayout
) -> None:
    found = finder.find(Photo.from_array(np.ascontiguousarray(portrait[:, ::-1])))
    assert len(found) == 1
    width = portrait.shape[1]
    same = total = 0
    for row in range(0, 512, 16):
        for column in range(0, 512, 16):
            x, y = layout.window.to_photo(column + 0.5, row + 0.5)
            here = layout.region_at(Point(x, y))
            if here is not None and here is not Region.NECK:
                there = found[0].region_at(Point(width - x, y))
                same += there is mirrored(here)
                total += 1
    assert total > 100
    assert same / total > 0.9


@pytest.mark.parametrize("scale", [0.5, 1.6])
def test_size_does_not_matter(
    finder: FaceFinder, portrait: np.ndarray, layout: FaceLayout, scale: float
) -> None:
    resized = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = finder.find(Photo.from_array(resized))
    assert len(found) == 1
    error = np.hypot(*(found[0].landmarks / scale - layout.landmarks).T).mean()
    assert error < 0.04 * layout.iod


def test_sixteen_bits_are_laid_out_as_eight(
    finder: FaceFinder, portrait: np.ndarray, layout: FaceLayout
) -> None:
    deep = portrait.astype(np.uint16) * np.uint16(257)
    found = finder.find(Photo.from_array(deep))
    assert len(found) == 1
    assert np.abs(found[0].landmarks - layout.landmarks).max() < 0.5


def test_several_faces_are_found_and_numbered_from_the_left(
    finder: FaceFinder, portrait: np.ndarray
) -> None:
    head = portrait[20:400, 100:430]
    picture = np.full((760, 1150, 3), (120, 124, 130), np.uint8)
    middles: list[float] = []
    for x, y, scale in ((40, 60, 1.0), (420, 300, 0.6), (640, 40, 0.8), (900, 380, 0.7)):
        part = cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        picture[y : y + part.shape[0], x : x + part.shape[1]] = part
        middles.append(x + (266 - 100) * scale)
    found = finder.find(Photo.from_array(picture))
    assert [face.number for face in found] == [1, 2, 3, 4]
    for face, middle in zip(found, middles, strict=True):
        assert abs(face.landmarks[:468, 0].mean() - middle) < 25


def test_a_face_at_the_edge_stays_inside_the_photo(
    finder: FaceFinder, portrait: np.ndarray
) -> None:
    cut = portrait[:, 190:]
    found = finder.find(Photo.from_array(np.ascontiguousarray(cut)))
    assert len(found) == 1
    face = found[0]
    assert face.box.clamp(cut.shape[1], cut.shape[0]) == face.box
    rows, columns = np.nonzero(face.labels)
    x = face.window.x + (columns + 0.5) / face.window.scale
    y = face.window.y + (rows + 0.5) / face.window.scale
    assert x.min() >= 0
    assert y.min() >= 0


def nothing(name: str) -> np.ndarray:
    rng = np.random.default_rng(7)
    rows, columns = np.mgrid[0:400, 0:600]
    if name == "flat":
        return np.full((400, 600, 3), (224, 172, 150), np.uint8)
    if name == "gradient":
        return np.stack([columns * 255 // 599, rows * 255 // 399, columns * 0 + 90], -1).astype(
            np.uint8
        )
    if name == "noise":
        return rng.integers(0, 256, (400, 600, 3), np.uint8)
    if name == "soft noise":
        grain = rng.integers(0, 256, (12, 18, 3), np.uint8)
        return cv2.resize(grain, (600, 400), interpolation=cv2.INTER_CUBIC)
    if name == "stripes":
        return np.repeat(((columns // 9 % 2) * 200).astype(np.uint8)[..., None], 3, 2)
    return np.full((16, 16, 3), 128, np.uint8)


@pytest.mark.parametrize("name", ["flat", "gradient", "noise", "soft noise", "stripes", "tiny"])
def test_no_face_where_there_is_none(finder: FaceFinder, name: str) -> None:
    assert finder.find(Photo.from_array(nothing(name))) == ()


def test_hair_over_the_forehead_is_no_skin(
    finder: FaceFinder, portrait: np.ndarray, layout: FaceLayout
) -> None:
    covered = portrait.copy()
    brows = layout.landmarks[[105, 334]].mean(0)
    top = layout.landmarks[10]
    reach = int(0.7 * layout.iod)
    low = int(0.6 * brows[1] + 0.4 * top[1])
    part = covered[0:low, int(top[0]) - reach : int(top[0]) + reach]
    strands = np.random.default_rng(1).normal(28, 9, (1, part.shape[1], 3))
    part[:] = np.clip(strands, 5, 60).astype(np.uint8)
    found = finder.find(Photo.from_array(covered))
    assert len(found) == 1
    before, after = layout.skin_share(), found[0].skin_share()
    assert after[Region.FOREHEAD] < 0.7 * before[Region.FOREHEAD]


def test_weights_survive_saving(tmp_path: Path) -> None:
    detector, landmarks = build_nets(CONFIG)
    save_nets(tmp_path, detector, landmarks)
    for own, loaded in zip((detector, landmarks), load_nets(tmp_path), strict=True):
        for key, value in own.state_dict().items():
            if value.is_floating_point():
                assert (loaded.state_dict()[key] - value).abs().max() < 2e-3


def test_the_bundled_networks_are_small() -> None:
    count = sum(p.numel() for net in load_nets(WEIGHTS) for p in net.parameters())
    assert count <= 4_000_000


@pytest.mark.parametrize("damage", ["missing", "truncated", "other"])
def test_unusable_weights_say_so(tmp_path: Path, damage: str) -> None:
    if damage != "missing":
        save_nets(tmp_path, *build_nets(CONFIG))
        file = tmp_path / "model.safetensors"
        file.write_bytes(file.read_bytes()[:5000])
    if damage == "other":
        (tmp_path / "config.json").write_text('{"format": 1}')
    with pytest.raises(WeightsError, match="cannot be used"):
        FaceFinder.load(tmp_path)


def test_labels_of_the_face_are_known_ones(layout: FaceLayout) -> None:
    assert layout.labels.max() < len(LABELS)
    for name in ("eye", "brow", "lip", "nostril"):
        assert (layout.labels == LABEL_INDEX[name]).sum() > 20
