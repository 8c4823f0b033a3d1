"""The mask and the plans on disk."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from retouchgpt_core.document.export import write_mask, write_plans
from retouchgpt_core.errors import PhotoWriteError
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.vocabulary import Kind


def test_a_mask_is_an_eight_bit_grey_png(tmp_path: Path) -> None:
    mask = np.random.default_rng(1).integers(0, 256, (30, 50), dtype=np.uint8)
    write_mask(tmp_path / "mask.png", mask)
    with Image.open(tmp_path / "mask.png") as image:
        assert (image.mode, image.size) == ("L", (50, 30))
        np.testing.assert_array_equal(np.asarray(image), mask)
    with pytest.raises(ValueError, match="uint8"):
        write_mask(tmp_path / "other.png", mask.astype(np.float32))
    assert [p.name for p in tmp_path.iterdir()] == ["mask.png"]


def test_plans_are_a_json_list_that_reads_back(tmp_path: Path) -> None:
    plans = [Plan(Action.RETOUCH, (Edit((Kind.ACNE,)),), reply="Café"), Plan(Action.UNDO, count=1)]
    write_plans(tmp_path / "plans.json", plans)
    read = json.loads((tmp_path / "plans.json").read_text(encoding="utf-8"))
    assert [Plan.from_json(p) for p in read] == plans
    assert read[0]["reply"] == "Café"
    with pytest.raises(PhotoWriteError, match="does not exist"):
        write_plans(tmp_path / "missing" / "plans.json", plans)
