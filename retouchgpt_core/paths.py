"""Where the bundled weights and resources lie."""

import sys
from pathlib import Path

from retouchgpt_core.errors import WeightsError


def project_folder() -> Path:
    """Return the folder that holds `weights/` and `resources/`: the checkout, or the bundle."""
    bundle: str | None = getattr(sys, "_MEIPASS", None)
    return Path(bundle) if bundle else Path(__file__).resolve().parent.parent


def weights_folder(named: Path | None = None) -> Path:
    """Return the folder of all weights, `named` or the bundled one. Raises WeightsError."""
    folder = named or project_folder() / "weights"
    if not folder.is_dir():
        raise WeightsError(
            f"There are no weights in {folder}.", "Name their folder: --weights DIR."
        )
    return folder
