"""Bad input gets one sentence, the right exit status, and nothing is written."""

from pathlib import Path

import numpy as np
import pytest

from retouchgpt_core.cli.main import main
from retouchgpt_core.photo import Photo


def grey_photo(path: Path, size: int = 64) -> Path:
    Photo.from_array(np.full((size, size, 3), 128, np.uint8)).write(path)
    return path


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    error = capsys.readouterr().err
    assert error.startswith("retouchgpt: ")
    assert error.count("\n") == 1
    assert "Traceback" not in error
    return error


def test_missing_photo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.png"
    assert main(["edit", str(tmp_path / "no.jpg"), "--say", "remove acne", "-o", str(out)]) == 2
    assert "no.jpg" in one_line(capsys)
    assert not out.exists()


@pytest.mark.parametrize("content", [b"", b"not a picture at all", b"\xff\xd8\xff\xe0\x00\x10JFIF"])
def test_not_an_image(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    photo, out = tmp_path / "in.jpg", tmp_path / "out.png"
    photo.write_bytes(content)
    assert main(["edit", str(photo), "--say", "remove acne", "-o", str(out)]) == 2
    one_line(capsys)
    assert list(tmp_path.iterdir()) == [photo]


def test_sixteen_pixel_photo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo, out = grey_photo(tmp_path / "in.png", 16), tmp_path / "out.png"
    assert main(["edit", str(photo), "--say", "remove acne", "-o", str(out)]) in {1, 2}
    one_line(capsys)
    assert not out.exists()


def test_no_face(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo, out = grey_photo(tmp_path / "in.png", 300), tmp_path / "out.png"
    assert main(["edit", str(photo), "--say", "remove acne", "-o", str(out)]) == 1
    assert "face" in one_line(capsys)
    assert not out.exists()


def test_output_in_a_folder_that_does_not_exist(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = grey_photo(tmp_path / "in.png", 300)
    out = tmp_path / "missing" / "out.png"
    assert main(["edit", str(photo), "--say", "remove acne", "-o", str(out)]) == 1
    assert "folder" in one_line(capsys)


def test_output_that_is_the_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = grey_photo(tmp_path / "in.png", 300)
    before = photo.read_bytes()
    assert main(["edit", str(photo), "--say", "remove acne", "-o", str(photo)]) == 2
    one_line(capsys)
    assert photo.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["edit"],
        ["edit", "x.jpg"],
        ["edit", "x.jpg", "-o", "y.jpg"],
        ["edit", "x.jpg", "--nonsense"],
        ["plan"],
        ["plan", "--dialogues", "/no/such/file"],
        ["find"],
    ],
)
def test_bad_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    one_line(capsys)
