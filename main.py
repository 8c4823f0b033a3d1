"""Starts the desktop app: python main.py [photo]."""

import sys

from app.application import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
