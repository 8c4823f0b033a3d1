"""What the system itself refuses, in a process of its own: a full disk, a protected place."""

import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from retouchgpt_core.errors import PhotoWriteError
from retouchgpt_core.photo import Photo
from retouchgpt_core.photo.atomic import write_atomically

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
NOBODY = 65534
PHOTO = Photo.from_array(np.random.default_rng(1).integers(0, 256, (200, 300, 3), np.uint8))


def _succeeds_in_a_child(work: Callable[[Path], None], folder: Path) -> None:
    def child() -> None:
        try:
            work(folder)
        except BaseException:  # noqa: BLE001 - a child has nobody else to tell
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join(60)
    assert process.exitcode == 0


def _refused(path: Path, words: str) -> None:
    with pytest.raises(PhotoWriteError, match=words) as caught:
        PHOTO.write(path)
    assert caught.value.next_step


@pytest.mark.parametrize("ending", ["png", "tif", "jpg", "webp", "avif"])
def test_a_write_that_breaks_off_half_way_leaves_the_photo_that_was_there(
    tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"a.{ending}"
    PHOTO.write(path)
    before = path.read_bytes()

    def work(folder: Path) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        _refused(folder / f"a.{ending}", "could not be written")

    _succeeds_in_a_child(work, tmp_path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_protected_photo_and_a_protected_folder_are_left_alone(tmp_path: Path) -> None:
    photo, folder = tmp_path / "kept.png", tmp_path / "closed"
    PHOTO.write(photo)
    folder.mkdir()
    before = photo.read_bytes()
    photo.chmod(0o444)
    folder.chmod(0o555)

    def work(root: Path) -> None:
        if os.geteuid() == 0:
            os.setuid(NOBODY)
        _refused(root / "kept.png", "may not be written")
        _refused(root / "closed" / "a.png", "may not be written")

    tmp_path.chmod(0o777)
    for above in tmp_path.parents[:2]:  # else nobody else reaches the place at all
        above.chmod(0o711)
    _succeeds_in_a_child(work, tmp_path)
    folder.chmod(0o777)
    assert photo.read_bytes() == before
    assert list(folder.iterdir()) == []


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "a.png", tmp_path / "link.png"
    PHOTO.write(target)
    link.symlink_to(target)
    PHOTO.replaced(PHOTO.pixels[::-1]).write(link)
    assert link.is_symlink()
    np.testing.assert_array_equal(Photo.read(target).pixels, PHOTO.pixels[::-1])
    (tmp_path / "one").symlink_to(tmp_path / "other")
    (tmp_path / "other").symlink_to(tmp_path / "one")
    with pytest.raises(PhotoWriteError):
        write_atomically(tmp_path / "one", b"x")


def test_what_a_killed_save_left_behind_goes_with_the_next_but_not_another_programs_file(tmp_path):
    left, fresh, other = (
        tmp_path / name
        for name in (
            ".a.png.0123456789ab.tmp",
            ".a.png.ba9876543210.tmp",
            ".b.png.0123456789ab.tmp",
        )
    )
    for path in (left, fresh, other):
        path.write_bytes(b"half")
    for path in (left, other):
        os.utime(path, (0, 0))
    write_atomically(tmp_path / "a.png", b"whole")
    assert not left.exists()
    assert fresh.exists()  # perhaps being written at this moment
    assert other.exists()
