"""Crops of clean faces: their scale, their sides, their skin."""

import numpy as np
import pytest
import torch

from retouchgpt_core.errors import UsageError
from retouchgpt_core.face.layout import LABEL_INDEX
from retouchgpt_core.synthesis.drawing.degrade import blur, jpeg
from retouchgpt_core.synthesis.drawing.faces import (
    FaceStore,
    _read_cache,
    _write_cache,
    stored_face,
)
from retouchgpt_core.synthesis.drawing.plans import sample_plan
from retouchgpt_core.synthesis.drawing.pool import mirrored_crops
from retouchgpt_core.vocabulary import FACE_REGIONS, KINDS, REGIONS, Kind, Region
from tests.synthesis.drawn_faces import IOD, drawn_face, drawn_store


def test_crops_hold_skin_and_are_never_enlarged():
    crops = drawn_store().sample(12, 128, np.random.default_rng(0))
    assert crops.image.shape == (12, 3, 128, 128)
    assert (crops.skin.flatten(1).sum(1) > 0).all()
    assert float(crops.iod.max()) <= 1.16 * IOD
    assert float(crops.iod.min()) >= 0.95 * 70
    assert float(crops.image.min()) >= 0
    assert float(crops.image.max()) <= 1


def test_left_is_the_left_of_the_picture_mirrored_or_not():
    crops = drawn_store().sample(12, 192, np.random.default_rng(1), iod_range=(72.0, 80.0))
    left, right = (LABEL_INDEX[f"cheek_{s}"] for s in ("left", "right"))
    seen = 0
    for labels in crops.labels.numpy():
        columns = [np.nonzero(labels == i)[1] for i in (left, right)]
        if all(len(c) for c in columns):
            assert columns[0].mean() < columns[1].mean()
            seen += 1
    assert seen > 4


def test_frames_and_light_follow_the_mirror():
    crops = drawn_store().sample(4, 192, np.random.default_rng(2), iod_range=(72.0, 80.0))
    again = mirrored_crops(mirrored_crops(crops))
    for name in ("image", "labels", "frames", "light", "skin"):
        assert torch.allclose(getattr(again, name).float(), getattr(crops, name).float())
    left = REGIONS.index(Region.CHEEK_LEFT)
    right = REGIONS.index(Region.CHEEK_RIGHT)
    turned = mirrored_crops(crops)
    assert torch.allclose(turned.frames[:, left, 0], 192 - crops.frames[:, right, 0])


def test_skin_leaves_out_eyes_and_brows():
    face = drawn_face()
    labels, skin = face.packed & 0x3F, (face.packed & 0x40) > 0
    assert skin[labels == LABEL_INDEX["cheek_left"]].mean() > 0.9
    for name in ("eye", "brow", "lip", "background"):
        assert not skin[labels == LABEL_INDEX[name]].any()


def test_a_mark_of_the_base_is_not_trusted():
    face = drawn_face()
    rgb = face.rgb.copy()
    labels = face.packed & 0x3F
    y, x = (int(v) for v in np.argwhere(labels == LABEL_INDEX["cheek_left"]).mean(0))
    yy, xx = np.mgrid[: rgb.shape[0], : rgb.shape[1]]
    rgb[(yy - y) ** 2 + (xx - x) ** 2 <= 9] = (110, 70, 50)
    marked = stored_face("tpdne/0", rgb, labels, IOD)
    assert not marked.packed[y, x] & 0x80
    assert face.packed[y, x] & 0x80


def test_light_comes_from_the_brighter_side():
    assert drawn_face().light[0] < 0


def test_cache_gives_back_the_same_faces(tmp_path):
    store = drawn_store()
    _write_cache(tmp_path, store.faces)
    again = _read_cache(tmp_path, ("tpdne",), None)
    for old, new in zip(store.faces, again, strict=True):
        assert np.array_equal(old.rgb, new.rgb)
        assert np.array_equal(old.packed, new.packed)
        assert np.allclose(old.frames, new.frames)
        assert (old.name, old.light, old.iod) == (new.name, new.light, new.iod)


def test_a_folder_without_landmarks_is_refused(tmp_path):
    with pytest.raises(UsageError):
        FaceStore.load(tmp_path)


def test_plans_select_what_is_there_now_and_then_nothing():
    rng = np.random.default_rng(0)
    here = [Kind.ACNE, Kind.MOLE]
    places = [Region.CHEEK_LEFT, Region.NOSE]
    plans = [sample_plan(rng, here, places) for _ in range(400)]
    hits = [any(p.selects(k, r) for k in here for r in places) for p in plans]
    assert 0.55 < np.mean(hits) < 0.97
    assert all(p == p.canonical() for p in plans)
    assert all(e.strength == 1.0 for p in plans for e in p.edits)
    assert 0.03 < np.mean([bool(p.keep) for p in plans]) < 0.35
    assert any(e.regions == FACE_REGIONS for p in plans for e in p.edits)
    assert any(e.regions == (Region.NOSE,) for p in plans for e in p.edits)
    assert {k for p in plans for e in p.edits for k in e.kinds} == set(KINDS)


def test_jpeg_at_full_quality_is_close_and_at_low_quality_is_not():
    generator = torch.Generator().manual_seed(0)
    smooth = torch.nn.functional.interpolate(
        torch.rand(2, 3, 3, 3, generator=generator), size=(64, 64), mode="bilinear"
    )
    good = jpeg(smooth, torch.tensor([100.0, 100.0]))
    bad = jpeg(smooth, torch.tensor([8.0, 8.0]))
    assert float((good - smooth).abs().mean()) < 0.015
    assert float((bad - smooth).abs().mean()) > float((good - smooth).abs().mean()) * 3


def test_blur_keeps_the_mean_and_flattens():
    picture = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    soft = blur(picture, torch.tensor([0.25, 0.1]))
    assert torch.allclose(soft.mean((1, 2, 3)), picture.mean((1, 2, 3)), atol=0.01)
    assert soft[0].var() < soft[1].var() < picture[1].var()
