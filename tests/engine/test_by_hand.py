"""Lasso and fill on the real engine: one step each, kept in projects, done again by a sidecar."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from retouchgpt_core.document.sidecar import read_sidecar
from retouchgpt_core.engine import Engine, Session
from retouchgpt_core.errors import NothingThereError
from retouchgpt_core.geometry import Point
from retouchgpt_core.network.threads import on_one_thread
from retouchgpt_core.replay import replay
from retouchgpt_core.retouch.masks import photo_mask
from retouchgpt_core.synthesis.sample import SamplePortrait
from retouchgpt_core.vocabulary import SPOT_KINDS, Shape


def ring(centre: Point, radius: float) -> list[Point]:
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    return [Point(centre.x + radius * np.cos(a), centre.y + radius * np.sin(a)) for a in angles]


def a_spot(session: Session) -> Point:
    spots = [m for m in session.marks if m.kind in SPOT_KINDS]
    return max(spots, key=lambda m: m.confidence).centre


def test_a_lasso_heals_what_lies_inside_as_one_step(engine: Engine, sample: SamplePortrait) -> None:
    session = engine.open(sample.photo)
    spot = a_spot(session)
    box = session.brush(ring(spot, 8.0), 4.0, 0.5, shape=Shape.LASSO)
    changed = (session.render() != sample.photo.pixels).any(axis=2)
    assert changed.any()
    outside = changed.copy()
    outside[box.slices] = False
    assert not outside.any()
    assert session.steps[1:] == ("Lasso",)
    session.brush(ring(spot, 30.0), 2.0, 1.0, erase=True, shape=Shape.LASSO)
    np.testing.assert_array_equal(session.render(), sample.photo.pixels)
    session.undo(2)
    np.testing.assert_array_equal(session.render(), sample.photo.pixels)
    assert not session.can_undo


def test_a_fill_completes_a_mark_that_was_partly_erased(
    engine: Engine, sample: SamplePortrait
) -> None:
    session = engine.open(sample.photo)
    session.propose("remove the acne")
    assert session.pending is not None
    whole = session.pending_mask()
    mark = max(session.pending.marks, key=lambda m: m.confidence)
    box, mask = photo_mask(mark)
    session.brush([Point(box.x, mark.centre.y)], box.width * 0.6, 1.0, erase=True)
    cut = session.pending_mask()
    session.brush([mark.centre], 2.0, 1.0, shape=Shape.FILL)
    after = session.pending_mask()
    assert (cut[box.slices] < whole[box.slices]).any()
    assert (after[box.slices][mask > 128] >= cut[box.slices][mask > 128]).all()
    assert int(after[box.slices].sum()) > int(cut[box.slices].sum())
    session.undo()
    np.testing.assert_array_equal(session.pending_mask(), cut)
    session.redo()
    np.testing.assert_array_equal(session.pending_mask(), after)
    session.brush([mark.centre], 2.0, 1.0, erase=True, shape=Shape.FILL)
    y, x = int(mark.centre.y), int(mark.centre.x)
    assert session.pending_mask()[y, x] < 64


def test_a_fill_where_nothing_stands_out_says_so_and_is_no_step(
    engine: Engine, sample: SamplePortrait
) -> None:
    session = engine.open(sample.photo)
    with pytest.raises(NothingThereError, match="Paint over it"):
        session.brush([Point(2.0, 2.0)], 2.0, 1.0, shape=Shape.FILL)
    assert not session.can_undo


def test_outlines_and_fills_are_kept_and_done_again_bit_for_bit(
    engine: Engine, sample: SamplePortrait, tmp_path: Path
) -> None:
    done = engine.open(sample.photo)
    done.brush(ring(a_spot(done), 6.0), 3.0, 0.4, shape=Shape.LASSO)
    last = min((m for m in done.marks if m.kind in SPOT_KINDS), key=lambda m: m.centre.y)
    done.brush([last.centre], 2.0, 0.5, shape=Shape.FILL)
    sample.photo.write(tmp_path / "photo.png")
    done.save_sidecar(tmp_path / "a.json")
    again = engine.open(sample.photo)
    assert replay(again, read_sidecar(tmp_path / "a.json")) == ()
    np.testing.assert_array_equal(again.render(), done.render())
    done.save_project(tmp_path / "a.rgpt")
    opened = engine.open_project(tmp_path / "a.rgpt", sample.photo)
    np.testing.assert_array_equal(opened.render(), done.render())
    shapes = [stroke.shape for one in opened.rounds for stroke in one.strokes]
    assert shapes == [Shape.LASSO, Shape.FILL]


def test_strokes_of_projects_from_before_are_brush_strokes(
    engine: Engine, sample: SamplePortrait, tmp_path: Path
) -> None:
    done = engine.open(sample.photo)
    done.brush([a_spot(done)], 5.0)
    done.save_project(tmp_path / "a.rgpt")
    with zipfile.ZipFile(tmp_path / "a.rgpt") as archive:
        document = json.loads(archive.read("project.json"))
    strokes = [s for one in document["rounds"] for s in one["strokes"]]
    assert strokes
    assert all("shape" not in s for s in strokes), "a program from before still understands it"
    opened = engine.open_project(tmp_path / "a.rgpt", sample.photo)
    assert opened.rounds[0].strokes[0].shape is Shape.BRUSH


def test_healing_waits_for_no_other_thread_and_leaves_their_number(
    engine: Engine, sample: SamplePortrait
) -> None:
    session = engine.open(sample.photo)
    before, used = torch.get_num_threads(), []
    hook = engine.networks.image.retoucher.full.register_forward_hook(
        lambda *_: used.append(torch.get_num_threads())
    )
    try:
        session.brush([a_spot(session)], 8.0)
        session.propose("remove all blemishes")
        session.apply()
    finally:
        hook.remove()
    assert len(used) > 2
    assert set(used) == {1}
    assert torch.get_num_threads() == before


def test_threads_come_back_after_a_failure() -> None:
    before = torch.get_num_threads()

    def fail() -> None:
        with on_one_thread():
            assert torch.get_num_threads() == 1
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail()
    assert torch.get_num_threads() == before
