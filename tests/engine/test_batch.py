"""`retouchgpt batch`: a folder done with the bundled weights; what cannot be done stops nothing."""

import json
from pathlib import Path

import numpy as np
import pytest

from retouchgpt_core.batch.photos import photos_of
from retouchgpt_core.batch.recipe import Recipe, preset_plan, targets_of
from retouchgpt_core.cli.main import main
from retouchgpt_core.errors import UsageError
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.photo import Photo
from retouchgpt_core.synthesis.sample import SamplePortrait
from retouchgpt_core.vocabulary import Kind


@pytest.fixture
def shoot(tmp_path: Path, sample: SamplePortrait) -> Path:
    folder = tmp_path / "shoot"
    folder.mkdir()
    sample.photo.write(folder / "a.png")
    Photo.from_array(np.full((300, 300, 3), 120, np.uint8)).write(folder / "wall.png")
    (folder / "broken.jpg").write_bytes(b"no photo")
    (folder / "notes.txt").write_text("not a photo either")
    return folder


def preset(folder: Path) -> Path:
    plan = Plan(Action.RETOUCH, (Edit((Kind.ACNE, Kind.ACNE_MARK)),)).canonical()
    path = folder / "no spots.json"
    path.write_text(json.dumps({"name": "No spots", "plan": plan.to_json()}), "utf-8")
    return path


def test_a_folder_is_done_and_what_cannot_be_is_told(
    shoot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["batch", str(shoot), "--preset", str(preset(tmp_path)), "-o", str(out)]) == 1
    shown = capsys.readouterr()
    assert "1 of 3 photos done, 2 not done." in shown.out
    assert "broken.jpg: not done." in shown.err
    assert "wall.png: not done." in shown.err
    assert [p.name for p in out.iterdir()] == ["a.png"]
    before, after = Photo.read(shoot / "a.png"), Photo.read(out / "a.png")
    assert (before.pixels != after.pixels).any()
    stamp = (out / "a.png").stat().st_mtime_ns
    assert main(["batch", str(shoot / "a.*"), "--say", "x", "-o", str(out)]) == 0
    assert "passed over" in capsys.readouterr().out
    assert (out / "a.png").stat().st_mtime_ns == stamp


def test_an_unclear_sentence_leaves_a_photo_unwritten_and_several_work_at_once(
    shoot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ["batch", str(shoot / "[aw]*.png"), "--say", "make the eyes bigger", "-o", str(out)]
    assert main([*words, "--workers", "2"]) == 1
    shown = capsys.readouterr()
    assert "0 of 2 photos done, 2 not done." in shown.out
    assert "cannot change eyes" in shown.err
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["{shoot}", "--say", "x"], "-o FOLDER"),
        (["{shoot}", "-o", "{out}"], "Nothing is to be done"),
        (["{shoot}/none*.jpg", "--say", "x", "-o", "{out}"], "Nothing is called"),
        (["{shoot}", "--say", "x", "-o", "{shoot}"], "over itself"),
        (["{shoot}", "--say", "x", "-o", "{shoot}/a.png"], "no folder"),
        (["{shoot}", "--preset", "{shoot}/notes.txt", "-o", "{out}"], "no preset"),
        (["{shoot}", "--project", "{shoot}/notes.txt", "-o", "{out}"], "notes.txt"),
        (["{shoot}", "--say", "x", "-o", "{out}", "--workers", "0"], "workers"),
    ],
)
def test_bad_usage_gets_a_sentence_and_makes_no_folder(
    shoot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    named = [w.format(shoot=shoot, out=tmp_path / "out") for w in words]
    assert main(["batch", *named]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_photos_and_targets(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "c.nef", "d.txt"):
        (tmp_path / name).write_bytes(b"x")
    photos = photos_of(str(tmp_path))
    assert [p.name for p in photos] == ["a.png", "b.JPG", "c.nef"]
    out = tmp_path / "out"
    assert [t.name for t in targets_of(photos, out).values()] == ["a.png", "b.JPG", "c.tif"]
    (tmp_path / "c.tif").write_bytes(b"x")
    with pytest.raises(UsageError, match=r"both be saved as c\.tif"):
        targets_of(photos_of(str(tmp_path)), out)


def test_a_preset_of_the_app_is_read_and_a_recipe_needs_something(tmp_path: Path) -> None:
    assert preset_plan(preset(tmp_path)).edits[0].kinds == (Kind.ACNE, Kind.ACNE_MARK)
    with pytest.raises(UsageError, match="Nothing is to be done"):
        Recipe().check()


def test_ray_does_the_same(shoot: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    out, file = tmp_path / "out", preset(tmp_path)
    words = ["batch", str(shoot / "a.png"), "--preset", str(file), "-o"]
    assert main([*words, str(out), "--ray", "local"]) == 0
    assert main([*words, str(tmp_path / "here")]) == 0
    there, here = Photo.read(out / "a.png"), Photo.read(tmp_path / "here" / "a.png")
    assert np.array_equal(there.pixels, here.pixels)
