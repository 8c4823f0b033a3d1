"""Labelled photographs as lessons: what is taught where, and what is drawn over them."""

import json
import random
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from retouchgpt_core.network.config import MARK_INDEX, TONE_INDEX
from retouchgpt_core.network.iip import Evidence
from retouchgpt_core.photo import Photo
from retouchgpt_core.training import retouch_real
from retouchgpt_core.training.retouch_real import (
    STORED_PIXELS,
    RealFace,
    real_faces,
    real_lesson,
    real_losses,
    with_drawn,
)
from retouchgpt_core.vocabulary import KINDS, REGIONS, Kind, Region
from tests.synthesis.drawn_faces import drawn_face


@pytest.fixture(scope="module")
def face() -> RealFace:
    drawn = drawn_face()
    size = (STORED_PIXELS, STORED_PIXELS)
    rgb = cv2.resize(np.asarray(drawn.rgb), size, interpolation=cv2.INTER_LINEAR)
    labels = cv2.resize(drawn.packed & 31, size, interpolation=cv2.INTER_NEAREST)
    plane = np.zeros(labels.shape, np.float32)
    toneless = np.zeros((len(TONE_INDEX), 25), np.float32)
    toneless[:, 1 + REGIONS.index(Region.FOREHEAD)] = 1.0
    small = np.zeros((len(TONE_INDEX), STORED_PIXELS // 4, STORED_PIXELS // 4), np.uint8)
    skin = ((labels >= 1) & (labels <= 16)).astype(np.float32)
    return RealFace(
        rgb, plane, skin, np.full(labels.shape, -1, np.int16), np.array([(416.0, 416.0)]),
        labels, toneless, small,
    )  # fmt: skip


def test_what_is_drawn_over_a_photograph_is_taught_as_there(face: RealFace) -> None:
    drawn = [with_drawn(face, seed) for seed in range(4)]
    assert any(d.tones.max() > 200 for d in drawn)
    assert any((d.truth > 0).any() for d in drawn)
    for d in drawn:
        changed = np.abs(d.rgb.astype(int) - face.rgb).max(2) > 8
        told = (d.weight != face.weight) | (np.kron(d.tones.max(0), np.ones((4, 4))) > 0)
        assert (told | ~changed).mean() > 0.999
        assert set(np.unique(d.kinds)) <= {-1, *MARK_INDEX}
        lines = d.truth > face.truth
        assert (d.kinds[lines] >= 0).all()


def test_a_tone_that_was_drawn_is_wanted_and_one_that_is_labelled_absent_is_not(
    face: RealFace,
) -> None:
    drawn = next(d for d in map(lambda s: with_drawn(face, s), range(9)) if d.tones.max() > 200)
    lesson = real_lesson([drawn], 6, 160, random.Random(3))
    assert lesson.tones.shape == (6, len(TONE_INDEX), 40, 40)
    wanted = torch.where(lesson.tones > 0.35, 6.0, -6.0)
    for sign, bound in ((1.0, 0.05), (-1.0, 1.0)):
        losses = real_losses(_evidence(sign * wanted), lesson)
        assert (losses["real_tones"] < bound) == (sign > 0)


def _evidence(tones: torch.Tensor) -> Evidence:
    count = tones.shape[0]
    maps = torch.zeros(count, len(MARK_INDEX), 80, 80)
    return Evidence(torch.zeros(count, 1, 160, 160), maps, tones, maps, maps)


def plain_people(folder: Path, count: int) -> list[str]:
    """Write photographs of plain skin with landmarks somewhere; returns their names."""
    rgb = np.full((512, 512, 3), (205, 165, 145), np.uint8)
    landmarks = np.random.default_rng(1).uniform(100, 400, (1, 478, 2)).astype(np.float32)
    names = [f"p{n}.png" for n in range(count)]
    for name in names:
        Photo.from_array(rgb).write(folder / name)
    np.savez(folder / "landmarks.npz", **dict.fromkeys(names, landmarks))
    return names


def test_half_of_the_people_are_never_shown(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(retouch_real, "DRAWN_VERSIONS", 1)
    names = plain_people(tmp_path, 4)
    mark = {"x": 250.0, "y": 250.0, "radius": 4.0, "kind": "mole", "sure": True}
    records = [
        {"photo": n, "iod": 128.0, "notes": [], "not_marks": [], "marks": [mark], "areas": {}}
        for n in names
    ]
    (tmp_path / "marks.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    faces = real_faces(tmp_path)
    # two people, each as photographed and drawn upon
    assert len(faces) == 4 * retouch_real.LABELLED_SHARE
    assert all((f.kinds == KINDS.index(Kind.MOLE)).any() for f in faces[::2])


def test_wide_places_that_are_no_mark_are_taught_but_never_of_people_kept_apart(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(retouch_real, "DRAWN_VERSIONS", 1)
    names = plain_people(tmp_path, 3)
    plain = {"iod": 128.0, "notes": [], "not_marks": [], "marks": [], "areas": {}}
    records = [{"photo": n, **plain} for n in names[:2]]
    (tmp_path / "marks.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    wide = [{"photo": n, "iod": 128.0, "wide": [[250, 250, 12]]} for n in (*names, "gone.png")]
    (tmp_path / "wide.json").write_text(json.dumps(wide), encoding="utf-8")
    monkeypatch.setattr(retouch_real, "WIDE_NOT_MARKS", tmp_path / "wide.json")
    faces = real_faces(tmp_path)
    # The first person as photographed and drawn upon; the second is kept apart; the third has no
    # other labels, so that nothing else of it is taught.
    shares = 2 * retouch_real.LABELLED_SHARE, retouch_real.PARTLY_KNOWN_SHARE
    assert len(faces) == sum(shares)
    first, third = faces[0], faces[-1]
    taught = first.weight == retouch_real.WIDE_WEIGHT
    assert taught.any()
    assert not first.truth[taught].any()
    assert np.array_equal(third.weight > 0, taught)


def test_the_projects_own_labels_are_places_in_photographs() -> None:
    rows = json.loads(retouch_real.WIDE_NOT_MARKS.read_text(encoding="utf-8"))
    assert len({row["photo"] for row in rows}) == len(rows) > 30
    for row in rows:
        for x, y, radius in row["wide"]:
            assert 0 < radius < row["iod"]
            assert min(x, y) > 0
