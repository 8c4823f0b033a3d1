"""Where the window's icons and themes lie, in a checkout as in an installed program."""

import sys
from functools import cache
from pathlib import Path


@cache
def resource_folder() -> Path:
    """Return the folder with `icons` and `themes`. Raises FileNotFoundError naming the places."""
    places = [
        Path(__file__).resolve().parents[1] / "resources",
        Path(sys.prefix) / "share" / "retouchgpt" / "resources",
    ]
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is not None:
        places.insert(0, Path(bundle) / "resources")
    for place in places:
        if (place / "icons").is_dir():
            return place
    raise FileNotFoundError(f"no resources in {', '.join(map(str, places))}")
