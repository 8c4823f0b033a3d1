"""A photo on the disk is never half written, whatever moment the program is killed at."""

import multiprocessing
import os
import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest

from retouchgpt_core.photo import Photo

KILLS = 6


def _photos() -> tuple[Photo, Photo]:
    pixels = np.random.default_rng(3).integers(0, 256, (500, 700, 3), np.uint8)
    return Photo.from_array(pixels), Photo.from_array(255 - pixels)


def _save_until_killed(path: Path, photos: tuple[Photo, Photo], told: Connection) -> None:
    for number in range(100_000):
        photos[number % 2].write(path)
        told.send(number)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.parametrize("kind", ["png", "jpg", "tif"])
def test_a_save_that_is_killed_leaves_the_last_photo_whole(tmp_path: Path, kind: str) -> None:
    context = multiprocessing.get_context("fork")
    rng = np.random.default_rng(11)
    photos = _photos()
    whole: list[bytes] = []
    for number, photo in enumerate(photos):
        photo.write(tmp_path / f"{number}.{kind}")
        whole.append((tmp_path / f"{number}.{kind}").read_bytes())
    path = tmp_path / f"photo.{kind}"
    for _ in range(KILLS):
        told, tell = context.Pipe(duplex=False)
        child = context.Process(target=_save_until_killed, args=(path, photos, tell))
        child.start()
        tell.close()
        assert told.recv() == 0
        time.sleep(float(rng.uniform(0, 0.12)))
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        assert path.read_bytes() in whole
        Photo.read(path)
    names = {each.name for each in tmp_path.iterdir() if not each.name.startswith(".")}
    assert names == {path.name, f"0.{kind}", f"1.{kind}"}, "what was cut off is hidden beside it"
