"""A session rests, and another engine goes on with its work and its whole history."""

import numpy as np
import pytest

from retouchgpt_core.document.edited_photo import EditedPhoto
from retouchgpt_core.engine import Engine, devices
from retouchgpt_core.photo import Photo
from retouchgpt_core.synthesis.sample import SamplePortrait


def test_another_engine_goes_on_with_the_whole_history(
    engine: Engine, sample: SamplePortrait
) -> None:
    session = engine.open(sample.photo)
    session.propose("remove the acne marks")
    session.apply()
    one = session.render()
    session.propose("remove the acne")
    session.apply()
    two = session.render()
    session.rest()
    assert np.array_equal(session.render(), two), "pixels need no network"
    fresh = engine.reopen(session)
    assert fresh.steps == session.steps
    assert [f.box for f in fresh.faces] != []
    assert np.array_equal(fresh.render(), two)
    fresh.undo()
    assert np.array_equal(fresh.render(), one)
    fresh.propose("remove the moles")
    assert fresh.pending is not None


def test_the_history_of_another_photo_is_not_taken(engine: Engine, sample: SamplePortrait) -> None:
    session = engine.open(sample.photo)
    other = EditedPhoto(
        Photo.from_array(np.zeros((8, 9, 3), np.uint8)), session.state, session._kept
    )
    with pytest.raises(ValueError, match="expected a photo of"):
        session.take_history_of(other)


def test_there_is_always_a_device() -> None:
    assert "cpu" in devices()
    assert Engine.load(device=next(iter(devices()))).device_name == next(iter(devices().values()))
