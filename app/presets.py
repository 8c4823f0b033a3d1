"""Plans with a name: those that come with the program, and those that the user keeps."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from app.resources import resource_folder
from retouchgpt_core.errors import UsageError
from retouchgpt_core.language.plan import Action, Keep, Plan
from retouchgpt_core.language.preset import read_preset, write_preset
from retouchgpt_core.vocabulary import Kind


@dataclass(frozen=True, slots=True)
class Preset:
    """A plan to propose under a name; `own` says that the user kept it."""

    name: str
    plan: Plan
    path: Path
    own: bool


def preset_folder() -> Path:
    """Return where the user's presets lie."""
    place = QStandardPaths.StandardLocation.GenericConfigLocation
    return Path(QStandardPaths.writableLocation(place)) / "RetouchGPT" / "presets"


def presets() -> list[Preset]:
    """Return all presets, the program's own first; files that hold none are passed over."""
    found = [_read(p, own=False) for p in sorted((resource_folder() / "presets").glob("*.json"))]
    found += [_read(p, own=True) for p in sorted(preset_folder().glob("*.json"))]
    return [preset for preset in found if preset is not None]


def keep_preset(name: str, plan: Plan) -> Preset:
    """Keep a plan under a name; one of the same name is replaced. Raises OSError."""
    folder = preset_folder()
    folder.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^\w-]+", "_", name.casefold()).strip("_") or "preset"
    path = folder / f"{stem}.json"
    write_preset(path, name, plan)
    return Preset(name, plan, path, own=True)


def merged(plans: Sequence[Plan]) -> Plan | None:
    """Return one plan that does what these do one after the other, or None if that is nothing.

    A later plan sets anew what an earlier one set; naming a kind ends an earlier keep of it; a
    return to the original forgets all before it.
    """
    total = Plan(Action.RETOUCH)
    for plan in plans:
        if plan.action is Action.RESET:
            total = Plan(Action.RETOUCH)
        elif plan.action is Action.RETOUCH:
            named = {kind for edit in plan.edits for kind in edit.kinds}
            kept = tuple(k for k in (_without(keep, named) for keep in total.keep) if k.kinds)
            total = replace(total, edits=(*total.edits, *plan.edits), keep=(*kept, *plan.keep))
    return total.canonical() if total.edits else None


def _without(keep: Keep, named: set[Kind]) -> Keep:
    return replace(keep, kinds=tuple(k for k in keep.kinds if k not in named))


def _read(path: Path, own: bool) -> Preset | None:
    try:
        name, plan = read_preset(path)
    except UsageError:
        return None
    return Preset(name, plan, path, own)
