"""`retouchgpt test`: what it writes and in which order; bad folders get one sentence."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from retouchgpt_core.cli.main import main
from retouchgpt_core.engine import Engine, Turn
from retouchgpt_core.errors import NoFaceError
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.photo import Photo
from retouchgpt_core.vocabulary import BLEMISHES

SIDE = 96
FIRST, SECOND = (slice(20, 30), slice(20, 30)), (slice(60, 70), slice(60, 70))


def pictures() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    grain = np.random.default_rng(1).integers(-3, 4, (SIDE, SIDE, 1))
    target = (np.array([180, 140, 130]) + grain).astype(np.uint8)
    source = target.copy()
    source[FIRST] -= 50
    source[SECOND] -= 50
    return source, target


@dataclass
class Face:
    iod: float = 80.0


class ScriptedSession:
    """Removes the first of both spots, whatever is said, but declines to speak of the weather."""

    faces, marks = (Face(),), ()

    def __init__(self, photo: Photo) -> None:
        self.original = photo

    def say(self, text: str) -> Turn:
        action = Action.DECLINE if "weather" in text else Action.RETOUCH
        edits = () if action is Action.DECLINE else (Edit(BLEMISHES),)
        return Turn(text, Plan(action, edits), f"You said: {text}.")

    def photo(self) -> Photo:
        pixels = self.original.pixels.copy()
        pixels[FIRST] += 50
        return self.original.replaced(pixels)

    def mask(self) -> NDArray[np.uint8]:
        mask = np.zeros((SIDE, SIDE), np.uint8)
        mask[FIRST] = 255
        return mask


class ScriptedEngine:
    device_name = "CPU, 1 core"

    def open(self, photo: Photo) -> ScriptedSession:
        if photo.width != SIDE:
            raise NoFaceError("No face was found in this photo.", "Choose one with a face.")
        return ScriptedSession(photo)


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*arguments: Any) -> ScriptedEngine:
        del arguments
        return ScriptedEngine()

    monkeypatch.setattr(Engine, "load", load)


def folder(data: Path, names: Sequence[str] = ("a.png", "b.png"), split: str = "test") -> Path:
    for part, picture in zip(("source", "target"), pictures(), strict=True):
        (data / split / part).mkdir(parents=True)
        for name in names:
            Photo.from_array(picture).write(data / split / part / name)
    return data


def metrics(out: Path) -> dict[str, Any]:
    return json.loads((out / "metrics.json").read_text(encoding="utf-8"))


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    error = capsys.readouterr().err
    assert error.startswith("retouchgpt: ")
    assert error.count("\n") == 1
    return error


def test_a_split_is_retouched_and_measured(tmp_path: Path) -> None:
    data, out = folder(tmp_path / "data"), tmp_path / "out"
    assert main(["test", "--data", str(data), "-o", str(out)]) == 0
    report = metrics(out)
    assert [row["name"] for row in report["rows"]] == ["nothing done", "retouchgpt"]
    nothing, program = report["rows"]
    assert nothing["recovered"] == 0.0
    assert program["recovered"] == pytest.approx(0.5, abs=0.01)
    assert program["psnr"] > nothing["psnr"]
    assert program["false_change"] == 0.0
    assert program["lpips"] is None
    assert "downloaded" in report["explained"]["lpips"]
    assert report["instruction"] == "retouch this"
    assert [record["name"] for record in report["per_photo"]] == ["a.png", "b.png"]
    assert report["per_photo"][0]["rows"][0]["name"] == "nothing done"
    source, _ = pictures()
    for name in ("a", "b"):
        result = np.asarray(Image.open(out / "results" / f"{name}.png"))
        mask = np.asarray(Image.open(out / "masks" / f"{name}.png"))
        assert np.array_equal(result[mask == 0], source[mask == 0])
        assert (result[mask > 0] != source[mask > 0]).all()
        assert Image.open(out / "side_by_side" / f"{name}.jpg").size == (4 * SIDE, SIDE)


def test_photos_without_targets_and_of_one_name(tmp_path: Path) -> None:
    for part in ("one", "two"):
        folder(tmp_path / part)
    photos = [str(tmp_path / part / "test/source/a.png") for part in ("one", "two")]
    out = tmp_path / "out"
    assert main(["test", *photos, "--say", "remove the acne", "-o", str(out)]) == 0
    report = metrics(out)
    assert report["rows"][1]["psnr"] is None
    assert report["rows"][1]["changed_share"] > 0
    assert report["instruction"] == "remove the acne"
    assert len(list((out / "results").iterdir())) == 2


def test_the_limit_takes_the_first(tmp_path: Path) -> None:
    data, out = folder(tmp_path / "data"), tmp_path / "out"
    assert main(["test", "--data", str(data), "--limit", "1", "-o", str(out)]) == 0
    assert [record["name"] for record in metrics(out)["per_photo"]] == ["a.png"]


def test_one_photo_that_fails_does_not_stop_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = folder(tmp_path / "data", ("a.png", "b.png", "c.png")), tmp_path / "out"
    for part in ("source", "target"):
        Photo.from_array(np.full((50, 50, 3), 90, np.uint8)).write(data / "test" / part / "b.png")
    assert main(["test", "--data", str(data), "-o", str(out)]) == 1
    assert "b.png" in one_line(capsys)
    report = metrics(out)
    assert [record["name"] for record in report["per_photo"]] == ["a.png", "c.png"]
    assert [record["name"] for record in report["failed"]] == ["b.png"]


@pytest.mark.parametrize("missing", ["everything", "target", "twins", "test"])
def test_a_folder_without_pairs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    if missing == "target":
        (data / "test/source").mkdir(parents=True)
    elif missing == "twins":
        folder(data, ("a.png",))
        (data / "test/target/a.png").rename(data / "test/target/b.png")
    elif missing == "test":
        folder(data, split="train")
    assert main(["test", "--data", str(data), "-o", str(out)]) == 2
    one_line(capsys)
    assert not out.exists()


def test_other_bad_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RETOUCHGPT_DATA", raising=False)
    data, out = folder(tmp_path / "data"), tmp_path / "out"
    photo = str(data / "test/source/a.png")
    text = tmp_path / "text.png"
    text.write_text("not a picture")
    for arguments, status in (
        (["test", "-o", str(out)], 2),
        (["test", "--data", str(tmp_path / "no"), "-o", str(out)], 2),
        (["test", "--data", str(data), photo, "-o", str(out)], 2),
        (["test", "--data", str(data), "--limit", "0", "-o", str(out)], 2),
        (["test", photo, "--say", " ", "-o", str(out)], 2),
        (["test", str(tmp_path / "no.png"), "-o", str(out)], 2),
        (["test", str(text), "-o", str(out)], 2),
        (["test", photo, "-o", str(text)], 1),
        (["test", photo, "-o", str(tmp_path / "a" / "b")], 1),
        (["test", photo, "--say", "what's the weather", "-o", str(out)], 1),
    ):
        assert main(arguments) == status, arguments
        one_line(capsys)
        assert not out.exists()


def test_results_are_never_written_over_their_photo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "results").mkdir()
    photo = tmp_path / "results" / "a.png"
    Photo.from_array(pictures()[0]).write(photo)
    before = photo.read_bytes()
    assert main(["test", str(photo), "-o", str(tmp_path)]) == 2
    one_line(capsys)
    assert photo.read_bytes() == before
