"""A local model made here reads instead of the bundled one, and is left for it again."""

from pathlib import Path

import pytest

from retouchgpt_core.engine import Engine
from retouchgpt_core.errors import WeightsError
from retouchgpt_core.language import plugged
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.synthesis.sample import SamplePortrait
from tests.language.test_plugged import make_model


@pytest.fixture
def own_engine() -> Engine:
    """An engine that no other test reads with."""
    return Engine.load()


def test_an_open_session_is_read_by_the_model_chosen_last(
    own_engine: Engine, sample: SamplePortrait, tmp_path: Path
) -> None:
    session = own_engine.open(sample.photo)
    before = session.propose("remove the acne").plan
    folder = make_model(tmp_path / "llama", "llama")
    weights = (folder / "model.safetensors").stat().st_size
    memory = own_engine.read_with(folder)
    assert 0.5 * weights < memory < 2 * weights
    plan = session.propose("remove the acne").plan
    assert plan.canonical() == Plan.from_json(plan.to_json()), "whatever it writes is a plan"
    assert plan != before, "random weights do not write what a trained model does"
    with pytest.raises(WeightsError, match="no language model"):
        own_engine.read_with(tmp_path)
    assert session.propose("remove the acne").plan == plan, "the one before goes on"
    assert own_engine.read_with(None) > 1_000_000
    assert session.propose("remove the acne").plan == before


def test_what_does_not_fit_the_memory_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_model(tmp_path / "llama", "llama")
    monkeypatch.setattr(plugged, "_free_memory", lambda: 1000)
    with pytest.raises(WeightsError, match="GB are free"):
        plugged.PluggedWriter.load(folder)
