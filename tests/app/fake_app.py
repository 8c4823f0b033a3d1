"""The real window on the scripted engine, to look at: python -m tests.app.fake_app [photo]."""

import sys

from app.application import run
from tests.app.fake_engine import FakeBackend

if __name__ == "__main__":
    backend = FakeBackend()
    backend.engine.seconds = {"load": 0.4, "open": 0.6, "propose": 0.3, "apply": 0.6}
    sys.exit(run(sys.argv[1:], backend))
