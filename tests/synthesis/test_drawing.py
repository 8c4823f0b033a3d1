"""Drawn batches: the truth is exact, and the target follows the plan."""

import numpy as np
import pytest
import torch

from retouchgpt_core.face.layout import LABEL_INDEX
from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.synthesis.drawing import compose, draw
from retouchgpt_core.synthesis.drawing.batch import draw_batch, sample_presence
from retouchgpt_core.synthesis.drawing.lines import FIELDS, lay_out_line_distractors
from retouchgpt_core.synthesis.drawing.plans import selection_table
from retouchgpt_core.synthesis.drawing.pool import mirrored_drawing, packed, relit, unpacked
from retouchgpt_core.synthesis.drawing.portrait import drawn_sample
from retouchgpt_core.synthesis.drawing.recipes import NO_KIND
from retouchgpt_core.vocabulary import FACE_REGIONS, KINDS, REGIONS, Kind, Region
from tests.synthesis.drawn_faces import IOD, drawn_face, drawn_store

SIZE = 160
SIDES = ("left", "right")
WHOLE_FACE = (100.0, 120.0)
EVERY_REGION = tuple(Region)


def retouch(*kinds: Kind, regions=EVERY_REGION, keep=()) -> Plan:
    return Plan(Action.RETOUCH, (Edit(tuple(kinds), tuple(regions)),), tuple(keep))


def drawn(seed: int, count: int = 4, kinds=None, iod_range=WHOLE_FACE):
    rng = np.random.default_rng(seed)
    crops = drawn_store().sample(count, SIZE, rng, iod_range=iod_range)
    present = None
    if kinds is not None:
        present = np.tile([k in kinds for k in KINDS], (count, 1))
    return draw(crops, rng, present=present)


def batch_of(drawing, plan: Plan, *, seed: int = 5, degraded: bool = True):
    plans = [plan] * drawing.count
    return compose(
        drawing, plans, [""] * len(plans), np.random.default_rng(seed), degraded=degraded
    )


def test_shapes_and_ranges():
    drawing = drawn(0)
    batch = batch_of(drawing, retouch(*KINDS))
    assert batch.image.shape == batch.target.shape == batch.clean.shape == (4, 3, SIZE, SIZE)
    assert batch.kind_masks.shape == (4, 14, SIZE, SIZE)
    assert batch.requested.shape == batch.known.shape == (4, 1, SIZE, SIZE)
    assert batch.labels.shape == (4, SIZE, SIZE)
    assert batch.labels.dtype == torch.uint8
    for picture in (batch.image, batch.target, batch.clean, batch.kind_masks, batch.requested):
        assert float(picture.min()) >= 0
        assert float(picture.max()) <= 1
    assert float(batch.kind_masks.max()) == pytest.approx(1.0)


@pytest.mark.parametrize("degraded", [True, False])
def test_target_is_the_image_where_the_plan_selects_nothing(degraded):
    drawing = drawn(1, kinds={Kind.ACNE, Kind.MOLE, Kind.REDNESS})
    batch = batch_of(drawing, retouch(Kind.FRECKLE), degraded=degraded)
    assert torch.equal(batch.image, batch.target)
    assert not batch.requested.any()
    assert batch.kind_masks.any()


@pytest.mark.parametrize("degraded", [True, False])
def test_target_is_clean_where_the_plan_selects_all(degraded):
    drawing = drawn(2, kinds={Kind.ACNE, Kind.MOLE, Kind.SHINE, Kind.WRINKLE})
    batch = batch_of(drawing, retouch(*KINDS), degraded=degraded)
    away = (batch.target - batch.clean).abs()
    assert away.mean() < 0.001
    assert away.max() < (0.15 if degraded else 0.03)
    assert not torch.equal(batch.image, batch.target)


@pytest.mark.parametrize("degraded", [True, False])
def test_nothing_differs_outside_the_masks(degraded):
    batch = batch_of(drawn(3, count=4), retouch(Kind.ACNE, Kind.MOLE), degraded=degraded)
    outside = (batch.kind_masks.amax(1, keepdim=True) == 0).expand_as(batch.image)
    assert torch.equal(batch.image[outside], batch.clean[outside])
    unasked = (batch.requested == 0).expand_as(batch.image)
    assert torch.equal(batch.image[unasked], batch.target[unasked])


def test_what_is_in_a_mask_can_be_seen():
    batch = batch_of(drawn(4, count=4), retouch(*KINDS), degraded=False)
    inside = batch.kind_masks.amax(1) > 0
    undrawn, unasked = ((batch.image - p).abs().amax(1) for p in (batch.clean, batch.target))
    change = torch.maximum(undrawn, unasked)
    assert float(change[inside].min()) >= 2 / 255 - 1e-6


def test_requested_lies_within_the_masks_of_its_kinds_and_regions():
    drawing = drawn(6, count=4, kinds={Kind.ACNE, Kind.MOLE, Kind.FRECKLE})
    plan = retouch(Kind.ACNE, regions=(Region.CHEEK_LEFT, Region.FOREHEAD))
    batch = batch_of(drawing, plan, degraded=False)
    acne = batch.kind_masks[:, KINDS.index(Kind.ACNE)]
    asked = batch.requested[:, 0]
    assert asked.any()
    assert (asked <= acne + 1e-6).all()
    # A spot belongs whole to the region of its centre: other regions only within a spot's reach.
    chosen = (batch.labels == 1) | (batch.labels == 1 + REGIONS.index(Region.CHEEK_LEFT))
    near = torch.nn.functional.max_pool2d(chosen.float()[:, None], 41, 1, 20)[:, 0] > 0
    assert not asked[~near].any()


def test_a_kept_kind_stays_in_the_target():
    drawing = drawn(7, kinds={Kind.MOLE})
    keep = Keep((Kind.MOLE,), FACE_REGIONS)
    batch = batch_of(drawing, retouch(*KINDS, regions=FACE_REGIONS, keep=(keep,)))
    assert torch.equal(batch.image, batch.target)


def test_tone_is_taken_off_one_side_only():
    drawing = drawn(8, count=12, kinds={Kind.REDNESS}, iod_range=(70.0, 80.0))
    left = REGIONS.index(Region.CHEEK_LEFT)
    right = REGIONS.index(Region.CHEEK_RIGHT)
    redness = KINDS.index(Kind.REDNESS)
    both = drawing.cells[:, redness, left] & drawing.cells[:, redness, right]
    assert both.any()
    plan = retouch(Kind.REDNESS, regions=(Region.CHEEK_LEFT,))
    batch = batch_of(drawing, plan, degraded=False)
    change = (batch.image - batch.target).abs().sum(1)
    asked = float(change[batch.labels == left + 1].sum())
    other = float(change[batch.labels == right + 1].sum())
    assert asked > 0
    assert other == 0


def test_pigment_multiplies_and_so_follows_the_skin_tone():
    def darkening(tone):
        face = drawn_face(tone=tone)
        photo = np.full((480, 480, 3), tone, np.uint8)
        labels = face.packed & 0x3F
        batch = drawn_sample(photo, labels, 11, kinds=(Kind.MOLE,), iod=IOD)
        ratio = batch.image / batch.clean.clamp(min=1e-3)
        return batch, ratio

    (light, light_ratio), (dark, dark_ratio) = darkening((210, 170, 150)), darkening((96, 64, 50))
    core = (light.kind_masks.amax(1) > 0.95) & (dark.kind_masks.amax(1) > 0.95)
    assert core.sum() > 5
    a, b = light_ratio.transpose(0, 1)[:, core], dark_ratio.transpose(0, 1)[:, core]
    assert float((a - b).abs().median()) < 0.05
    assert float(a.min()) < 0.95


def test_same_seed_same_batch():
    first, second = (batch_of(drawn(9), retouch(Kind.ACNE)) for _ in range(2))
    assert torch.equal(first.image, second.image)
    assert torch.equal(first.kind_masks, second.kind_masks)
    third = batch_of(drawn(10), retouch(Kind.ACNE))
    assert not torch.equal(first.image, third.image)


def test_mirroring_swaps_the_sides():
    drawing = drawn(12, kinds={Kind.MOLE, Kind.REDNESS})
    again = mirrored_drawing(drawing)
    left, right = (REGIONS.index(Region(f"cheek_{s}")) for s in ("left", "right"))
    assert np.array_equal(again.cells[..., left], drawing.cells[..., right])
    flipped = drawing.crops.labels.flip(-1)
    assert torch.equal(again.crops.labels == left + 1, flipped == right + 1)
    assert torch.equal(again.crops.labels == 1, flipped == 1)
    there, here = (
        batch_of(d, retouch(*KINDS, regions=(r,)), degraded=False)
        for d, r in ((again, Region.CHEEK_LEFT), (drawing, Region.CHEEK_RIGHT))
    )
    assert torch.allclose(there.image, here.image.flip(-1), atol=1e-5)
    assert torch.allclose(there.target, here.target.flip(-1), atol=0.02)


def test_served_again_it_is_the_same_drawing_under_another_light():
    drawing = drawn(13, kinds={Kind.ACNE, Kind.SHINE})
    again = relit(unpacked(packed(drawing)), np.random.default_rng(0))
    assert np.array_equal(again.cells, drawing.cells)
    first, second = (batch_of(d, retouch(*KINDS), degraded=False) for d in (drawing, again))
    assert not torch.allclose(first.image, second.image, atol=0.01)
    overlap = (first.kind_masks > 0.5) & (second.kind_masks > 0.5)
    assert overlap.sum() > 0.95 * (first.kind_masks > 0.5).sum()


def test_kinds_are_balanced_and_some_crops_stay_clean():
    present = sample_presence(4000, np.random.default_rng(0))
    share = present.mean(0)
    assert share.min() > 0.08
    assert share.max() < 0.5
    assert 0.1 < (~present.any(1)).mean() < 0.3
    drawing = drawn(14, count=32, iod_range=(80.0, 224.0))
    instances = np.array([drawing.cells[:, k].any(1).sum() for k in range(len(KINDS))])
    assert (instances > 0).all()


def test_selection_table_agrees_with_the_plan():
    plan = retouch(
        Kind.ACNE, Kind.MOLE, regions=(Region.NOSE, Region.CHIN),
        keep=(Keep((Kind.MOLE,), (Region.NOSE,)),),
    )  # fmt: skip
    table = selection_table([plan])[0]
    for k, kind in enumerate(KINDS):
        for r, region in enumerate(REGIONS):
            assert table[k, r] == plan.selects(kind, region)


def test_a_whole_portrait_keeps_its_size_and_its_other_pixels():
    face = drawn_face()
    photo = face.rgb[:401, :450].copy()
    labels = (face.packed & 0x3F)[:401, :450]
    batch = drawn_sample(photo, labels, 3, kinds=(Kind.ACNE, Kind.SHINE), iod=IOD)
    assert batch.image.shape == (1, 3, 401, 450)
    original = torch.from_numpy(photo).permute(2, 0, 1)[None].float() / 255
    outside = (batch.kind_masks.amax(1, keepdim=True) == 0).expand_as(original)
    assert torch.equal(batch.image[outside], original[outside])
    assert (~outside).any()
    with pytest.raises(ValueError, match="uint8"):
        drawn_sample(photo.astype(np.float32), labels, 3, iod=IOD)


def test_stubble_darkens_only_where_beards_grow_and_is_no_imperfection(monkeypatch):
    monkeypatch.setattr("retouchgpt_core.synthesis.drawing.lines.STUBBLED", 1.0)
    rng = np.random.default_rng(5)
    crops = drawn_store().sample(6, SIZE, rng, iod_range=WHOLE_FACE)
    present = np.zeros((6, len(KINDS)), bool)
    with_hairs = lay_out_line_distractors(crops, rng)
    assert with_hairs.count > 100
    assert (with_hairs.kind == NO_KIND).all()
    labels = crops.labels.numpy()
    x, y = (with_hairs.values[:, FIELDS.index(f)].astype(int).clip(0, SIZE - 1) for f in "xy")
    grown = [LABEL_INDEX[r] for r in ("upper_lip", "chin", "jaw_left", "jaw_right")]
    fine = with_hairs.values[:, FIELDS.index("half")] < 4
    beneath = labels[with_hairs.crop, y, x]
    assert np.isin(beneath[fine], [*grown, *(LABEL_INDEX[f"smile_line_{s}"] for s in SIDES)]).all()
    batch = draw_batch(crops, rng, present=present, degraded=False)
    assert not batch.kind_masks.any()
    assert torch.equal(batch.image, batch.target)
    assert (batch.image - crops.image).abs().max() > 0.02
