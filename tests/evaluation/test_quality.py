"""Baselines, residue and texture on plain pictures; a small report from end to end."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from retouchgpt_core.cli.main import main
from retouchgpt_core.evaluation.baselines import dark_spots, inpainted, smoothed, spots_of
from retouchgpt_core.evaluation.drawn_set import (
    KIND_SETS,
    CleanFace,
    chosen_faces,
    drawn_picture,
    fingerprint,
    tone_group,
)
from retouchgpt_core.evaluation.fill_score import residual_contrast, texture_ratios
from retouchgpt_core.evaluation.quality import measure_picture
from retouchgpt_core.evaluation.quality_report import markdown, table_of, write_report, write_sheet
from retouchgpt_core.evaluation.quality_tables import tables
from retouchgpt_core.evaluation.true_marks import MIN_CHANGE, MIN_RADIUS, TrueMark
from retouchgpt_core.evaluation.ways import WAYS
from retouchgpt_core.geometry import Box
from retouchgpt_core.language.model import PlanModel
from retouchgpt_core.network.config import NetworkConfig
from retouchgpt_core.network.network import RetouchNetwork
from retouchgpt_core.retouch.face_work import Networks
from retouchgpt_core.vocabulary import KINDS, SPOT_KINDS, Kind, Region
from tests.synthesis.drawn_faces import drawn_face

SMALL = NetworkConfig(
    widths=(8, 8, 16, 24, 32), text_hidden=32, request_width=16, latent=16, blocks=2
)


def clean_face() -> CleanFace:
    face = drawn_face()
    return CleanFace(face.name, face.rgb, face.packed & 0x3F)


def spotted(radius: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    clean = np.full((96, 96, 3), (200, 160, 140), np.uint8)
    clean += np.random.default_rng(0).integers(0, 5, (96, 96, 1), np.uint8)
    core = cv2.circle(np.zeros((96, 96), np.uint8), (40, 60), radius, 1, -1) > 0
    before = clean.copy()
    before[core] -= 50
    return before, clean, core


def test_the_filter_finds_a_dark_spot_and_inpainting_removes_it() -> None:
    before, clean, core = spotted()
    skin = np.ones((96, 96), bool)
    found = dark_spots(before, skin, 128.0)
    (spot,) = spots_of(found)
    assert np.hypot(spot.x - 40.5, spot.y - 60.5) < 1
    assert not dark_spots(clean, skin, 128.0).any()
    result = inpainted(before, found, 128.0)
    assert abs(residual_contrast(before, result, clean, core)) < 0.25
    assert (result[~found] == before[~found]).all()


def test_smoothing_stays_on_the_skin_and_takes_the_texture() -> None:
    before, clean, _ = spotted()
    skin = np.zeros((96, 96), bool)
    skin[:, :48] = True
    result = smoothed(clean, skin, 128.0)
    assert (result[~skin] == clean[~skin]).all()
    assert result[skin].std(0).sum() < 0.5 * clean[skin].std(0).sum()
    assert (smoothed(before, skin, 128.0) != before).any()


def test_residual_contrast_is_what_is_left_of_the_mark() -> None:
    before, clean, core = spotted()
    half = ((before.astype(int) + clean) // 2).astype(np.uint8)
    assert residual_contrast(before, before, clean, core) == pytest.approx(1.0)
    assert residual_contrast(before, half, clean, core) == pytest.approx(0.5, abs=0.02)
    assert residual_contrast(before, clean, clean, core) == 0.0


def test_texture_tells_skin_from_a_blur() -> None:
    before, clean, core = spotted(8)
    rows, columns = np.nonzero(core)
    box = Box(int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
    inner = core[box.slices]
    mark = TrueMark(Kind.ACNE, Region.CHIN, 40.5, 60.5, 8.0, 0.2, True, box, inner, inner)
    skin = np.ones_like(core)
    flat = clean.copy()
    flat[core] = clean[core].mean(0).astype(np.uint8)
    (same,) = texture_ratios(clean, [mark], skin, core, 128.0)
    (blur,) = texture_ratios(flat, [mark], skin, core, 128.0)
    assert 0.8 < same < 1.25
    assert blur < 0.5
    assert texture_ratios(before, [], skin, core, 128.0) == []


def test_every_kind_is_drawn_somewhere() -> None:
    assert {k for kinds in KIND_SETS for k in kinds} == set(KINDS)


def test_faces_are_taken_from_the_tone_groups_in_turn() -> None:
    light = [drawn_face(f"tpdne/l{i}", (235, 200, 185), i) for i in range(4)]
    dark = [drawn_face("tpdne/d", (80, 55, 42))]
    faces = chosen_faces([*light, *dark], 2)
    assert {tone_group(f.ita) for f in faces} == {tone_group(f.ita) for f in (light[0], dark[0])}
    assert len(chosen_faces([*light, *dark], 99)) == 5


def test_a_drawing_is_the_same_each_time_and_its_marks_are_where_they_are_seen() -> None:
    kinds = (Kind.ACNE, Kind.MOLE, Kind.REDNESS)
    one = drawn_picture(clean_face(), 128, kinds, (1, 2))
    again = drawn_picture(clean_face(), 128, kinds, (1, 2))
    other = drawn_picture(clean_face(), 128, kinds, (1, 3))
    assert fingerprint([one]) == fingerprint([again]) != fingerprint([other])
    assert one.spots
    differs = (one.before != one.truth).any(2)
    assert not differs[one.kind_masks.max(0) == 0].any()
    for mark in one.marks:
        assert mark.kind in kinds
        assert mark.changed[mark.core].all()
        if mark.counts and mark.kind in SPOT_KINDS:
            assert mark.contrast >= MIN_CHANGE
            assert mark.radius >= MIN_RADIUS
            assert differs[mark.box.slices][mark.core].mean() > 0.7


@pytest.fixture(scope="module")
def networks() -> Networks:
    torch.manual_seed(0)
    network = RetouchNetwork(SMALL).folded().requires_grad_(False)
    return Networks(network, PlanModel.tiny(hidden=32))


def test_a_small_report_from_end_to_end(networks: Networks, tmp_path: Path) -> None:
    picture = drawn_picture(clean_face(), 128, (Kind.ACNE, Kind.MOLE, Kind.SHINE), (5,))
    measured = measure_picture(picture, networks)
    ways = measured.score.ways
    assert list(ways) == list(WAYS)
    assert all(way.changed_outside == 0 for way in ways.values())
    assert all(r.left == pytest.approx(1.0) for r in ways["do nothing"].residues)
    found = tables([measured.score])
    name = write_sheet(measured, tmp_path, 0)
    text, page = write_report(tmp_path, "One <face>.", found, [name])
    assert (tmp_path / name).is_file()
    assert f"]({name})" in text.read_text()
    assert all(way in text.read_text() for way in WAYS)
    assert "One &lt;face&gt;." in page.read_text()
    for table in found:
        assert all(len(row) == len(table.head) for row in table.rows)
        assert table_of(table.title, table.note, markdown(table)) == table


@pytest.mark.parametrize(
    "arguments",
    [["quality", "--faces", "0"], ["quality", "--data", "/no/such"], ["speed", "a.png", "b.png"]],
)
def test_bad_usage_of_bench(arguments: list[str]) -> None:
    assert main(["bench", *arguments]) == 2
