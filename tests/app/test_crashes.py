"""The program is killed at moments drawn by lot, in the middle of work and of saving."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMessageBox

from tests.app.conftest import LEFT, Desk
from tests.app.test_recovery import ROOT, offered, recovery_files

LATEST = 2.0
"""Seconds after which a change must be in the recovery file."""
SLOW = 1.0
"""Seconds more that a busy machine is given: it also runs other tests."""
WHOLE_PNG = b"IEND\xaeB`\x82"
WORKING = """
import json
import random
import sys
import time
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.qt_setup import prepare_qt
prepare_qt()
application = QApplication([])
from app.requests import Copy
from app.session import AppSession
from app.theme import Theme
from app.window import MainWindow
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.vocabulary import Kind
from tests.app.fake_engine import FakeBackend
photo, saved, told = map(Path, sys.argv[1:4])
draw = random.Random(int(sys.argv[4]))
session = AppSession(FakeBackend())
window = MainWindow(session, Theme(application))
window.open(photo)
log = told.open("a")
def tell():
    strengths = {i: s for i, s in session.state.strengths.items() if s > 0}
    log.write(json.dumps([time.time(), strengths]) + "\\n")
    log.flush()
session.state_changed.connect(tell)
def step():
    state = session.state
    if session.busy is not None or not session.analysed:
        return
    if state.pending is not None:
        session.apply()
        return
    kind = draw.choice((Kind.ACNE, Kind.ACNE_MARK, Kind.SHINE, Kind.REDNESS))
    number = draw.choice(sorted(state.rounds)) if state.rounds else 0
    change = draw.random()
    if change < 0.3 or not state.rounds:
        strength = draw.choice((0.3, 0.6, 1.0))
        session.choose(Plan(Action.RETOUCH, (Edit((kind,), strength=strength),)), str(kind))
    elif change < 0.5:
        session.set_round(number, strength=draw.uniform(0.1, 1.0))
    elif change < 0.6:
        session.set_round(number, enabled=not state.rounds[number].enabled)
    elif change < 0.7 and state.position > 2:
        session.undo()
    else:
        session.save(saved, quality=90, copy=Copy())  # a copy: the work itself stays unsaved
timer = QTimer()
timer.timeout.connect(step)
timer.start(15)
application.exec()
"""


def states(told: Path) -> list[tuple[float, dict[str, float]]]:
    """Return when which strengths came into force."""
    lines = told.read_text().splitlines() if told.exists() else []
    return [tuple(json.loads(line)) for line in lines if line.endswith("}]")]


def killed_at_work(photo: Path, saved: Path, told: Path, seed: int) -> float:
    """Let a program work until a moment drawn by lot, kill it, and return when that was."""
    program = subprocess.Popen(
        [sys.executable, "-c", WORKING, str(photo), str(saved), str(told), str(seed)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    try:
        end = time.monotonic() + 60
        while not recovery_files() or not saved.exists():
            assert program.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
        time.sleep(random.Random(seed).uniform(0.0, 2.5))
    finally:
        program.send_signal(signal.SIGKILL)
        program.wait()
    return time.time()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no program can be killed like that")
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_nothing_is_lost_or_half_written_whenever_it_is_killed(
    desk: Desk, photo_file: Path, tmp_path: Path, seed: int
) -> None:
    before = photo_file.read_bytes()
    saved, told = tmp_path / "out.png", tmp_path / "states"
    killed = killed_at_work(photo_file, saved, told, seed)
    assert photo_file.read_bytes() == before, "the photo itself was never touched"
    assert saved.read_bytes().endswith(WHOLE_PNG)
    assert not QImage(str(saved)).isNull()

    desk.window.offer_rescued()
    assert desk.window.findChild(QMessageBox) is not None
    desk.bot.mouseClick(offered(desk)["Bring it back"], LEFT)
    desk.wait(lambda: desk.session.analysed and desk.idle())
    back = {i: s for i, s in desk.session.state.strengths.items() if s > 0}
    history = states(told)
    ends = [later for later, _ in history[1:]] + [killed]
    in_force = [end for end, (_, each) in zip(ends, history, strict=True) if each == back]
    assert in_force, "what came back is a state that there was"
    assert killed - max(in_force) < LATEST + SLOW, "and one of the last two seconds"
    assert desk.session.dirty
    assert list(tmp_path.glob("data/RetouchGPT/recovery/*.rgpt")), "until it is saved it stays"
