"""The same face in photos of any size, and what the tables of `bench photo` say about it."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from retouchgpt_core.cli.main import main
from retouchgpt_core.evaluation import photo_steps as steps
from retouchgpt_core.evaluation.photo_bench import GOALS, ratio_table, table, verdict
from retouchgpt_core.evaluation.photo_steps import SizeReport
from retouchgpt_core.evaluation.sized_photo import GRAIN, sized_photo
from retouchgpt_core.photo import Photo

FAST = {step: goal / 2 for step, goal in GOALS.items()} | {
    steps.INPAINTING: 0.5,
    steps.SMOOTHING: 1.5,
}
AT_24 = SizeReport(6000, 4000, 340.0, 20, 0.01, FAST, peak=10**9, before=4 * 10**8)
AT_12 = replace(AT_24, width=4243, height=2828)


def test_a_larger_photo_holds_the_same_face() -> None:
    rows, columns = np.mgrid[0:60, 0:50]
    picture = np.dstack((rows * 4, columns * 5, rows + columns)).astype(np.uint8)
    small, large = (sized_photo(Photo.from_array(picture), mp) for mp in (0.06, 0.24))
    assert (small.width, small.height) == (300, 200)
    assert (large.width, large.height) == (600, 400)
    for photo in (small, large):
        top, left = (photo.height - 60) // 2, (photo.width - 50) // 2
        middle = photo.pixels[top : top + 60, left : left + 50].astype(float)
        off = middle - picture
        assert abs(off.mean()) < 0.2
        assert GRAIN / 2 < off.std() < 1.5 * GRAIN
    cut = sized_photo(Photo.from_array(picture), 0.0006)  # smaller than the portrait
    assert (cut.width, cut.height) == (30, 20)
    np.testing.assert_array_equal(large.pixels, sized_photo(Photo.from_array(picture), 0.24).pixels)


def test_sixteen_bits_stay_sixteen() -> None:
    deep = sized_photo(Photo.from_array(np.full((40, 40, 3), 30000, np.uint16)), 0.01)
    assert deep.depth == 16
    assert len(np.unique(deep.pixels)) > 500


def test_the_tables_say_what_was_measured() -> None:
    lines = table([AT_12, AT_24]).splitlines()
    assert lines[0].startswith("| step (ms, median) | 12 MP | 24 MP | growth |")
    slider = next(line for line in lines if line.startswith(f"| {steps.SLIDER} "))
    assert slider == f"| {steps.SLIDER} | 40 | 40 | x 1.00 | 80 at 24 MP |"
    assert "| peak memory (GB) | 1.00 | 1.00 | x 1.00 |" in lines[-2]
    assert ratio_table([AT_24]).splitlines()[2:] == [
        f"| {steps.INPAINTING} | 1.50 |",
        f"| {steps.SMOOTHING} | 0.50 |",
    ]


def test_a_goal_that_was_missed_is_said() -> None:
    assert verdict([AT_12, AT_24]) == "Every goal was met."
    assert verdict([AT_12]).startswith("There is no goal")
    slow = replace(AT_24, seconds={**FAST, steps.SLIDER: 0.2}, peak=3 * 10**9)
    said = verdict([AT_12, slow])
    assert f"{steps.SLIDER}: 0.200 s at 24 MP" in said
    assert "3.00 GB at 24 MP" in said
    grown = replace(AT_24, seconds={**FAST, steps.ROUND: 1.4})
    assert "A round costs 1.87 times" in verdict([AT_12, grown])


def test_peak_memory_is_what_was_used_at_most() -> None:
    program = (
        "from retouchgpt_core.evaluation.memory import peak_memory as peak\n"
        "before = peak(); held = b'x' * 200_000_000; del held; print(peak() - before)"
    )
    grown = int(subprocess.run([sys.executable, "-c", program], capture_output=True).stdout)
    assert 190e6 < grown < 300e6


def test_sizes_that_make_no_sense(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "photo", "--megapixels", "5000"]) == 2
    assert "between 1 and 200" in capsys.readouterr().err
    assert main(["bench", "photo", "--runs", "0"]) == 2
