"""`retouchgpt edit`, `find` and `plan` from end to end with the bundled weights."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from retouchgpt_core.cli.main import main
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.photo import Photo
from retouchgpt_core.synthesis.sample import SamplePortrait
from retouchgpt_core.vocabulary import KINDS, REGIONS


@pytest.fixture
def portrait(tmp_path: Path, sample: SamplePortrait) -> Path:
    path = tmp_path / "portrait.png"
    sample.photo.write(path)
    return path


def test_edit_writes_photo_mask_and_plans(portrait: Path, tmp_path: Path) -> None:
    out, mask_file, plans = tmp_path / "out.png", tmp_path / "mask.png", tmp_path / "plans.json"
    say = ["--say", "remove the acne and the acne marks", "--say", "a bit less"]
    extra = ["--mask-out", str(mask_file), "--plan-out", str(plans)]
    assert main(["edit", *say, str(portrait), "-o", str(out), *extra]) == 0
    before, after = np.asarray(Image.open(portrait)), np.asarray(Image.open(out))
    with Image.open(mask_file) as picture:
        assert picture.mode == "L"
        mask = np.asarray(picture)
    assert (before != after).any()
    np.testing.assert_array_equal(before[mask == 0], after[mask == 0])
    read = [Plan.from_json(p) for p in json.loads(plans.read_text())]
    assert [p.action for p in read] == ["retouch", "retouch"]
    assert read[1].edits[0].strength == pytest.approx(0.7)


def test_edit_of_a_16_bit_tiff_keeps_depth_profile_and_metadata(
    tmp_path: Path, sample: SamplePortrait
) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010E] = "A test portrait"
    source, out = tmp_path / "in.tif", tmp_path / "out.tif"
    deep = np.asarray(sample.photo.pixels, np.uint16) * 257
    Photo(pixels=deep, icc=profile, exif=exif.tobytes(), format="TIFF").write(source)
    assert main(["edit", str(source), "--say", "remove the acne", "-o", str(out)]) == 0
    before, after = Photo.read(source), Photo.read(out)
    assert after.depth == 16
    assert after.icc == profile
    assert after.exif is not None
    assert b"A test portrait" in after.exif
    assert (before.pixels != after.pixels).any()


def test_find_prints_the_contract(portrait: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", "--json", str(portrait)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["width"], report["height"]) == (512, 600)
    (face,) = report["faces"]
    assert face["number"] == 1
    assert 70 < face["iod"] < 100
    assert sum(face["regions"].values()) == pytest.approx(1.0, abs=0.01)
    assert face["marks"]
    for mark in face["marks"]:
        assert mark["kind"] in [str(k) for k in KINDS]
        assert mark["region"] in [str(r) for r in REGIONS]
        x, y, width, height = mark["box"]
        assert 0 <= x < x + width <= 512
        assert 0 <= y < y + height <= 600
        assert mark["permanent"] == (mark["kind"] in {"mole", "freckle", "scar", "age_spot"})


def test_plan_prints_one_json_object_a_turn(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "remove the acne on the left cheek", "undo that"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    first, second = (json.loads(line) for line in lines)
    keys = {"action", "edits", "keep", "count", "options", "then", "confidence", "reply"}
    assert set(first) == set(second) == keys
    assert first["edits"] == [
        {
            "kinds": ["acne"],
            "regions": ["cheek_left"],
            "faces": [],
            "marks": None,
            "strength": 1.0,
        }
    ]
    assert second["action"] == "undo"


def test_plan_reads_dialogues(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "dialogues.jsonl"
    file.write_text('["remove the moles"]\n["less shine", "undo"]\n')
    assert main(["plan", "--dialogues", str(file)]) == 0
    plans = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [len(p) for p in plans] == [1, 2]


def test_an_instruction_that_cannot_be_followed_writes_nothing(
    portrait: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.png"
    assert main(["edit", str(portrait), "--say", "what's the weather", "-o", str(out)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not out.exists()
