"""Preset files: a plan with a name, as JSON."""

import json
from pathlib import Path

from retouchgpt_core.errors import PlanError, UsageError
from retouchgpt_core.language.plan import Plan


def read_preset(path: Path) -> tuple[str, Plan]:
    """Return a preset file's name and plan. Raises UsageError if it holds none."""
    try:
        data = json.loads(path.read_text("utf-8"))
        return str(data["name"]), Plan.from_json(data["plan"])
    except (OSError, ValueError, KeyError, TypeError, PlanError) as error:
        raise UsageError(
            f"{path.name} is no preset.", "Use a file that the app's presets menu has written."
        ) from error


def write_preset(path: Path, name: str, plan: Plan) -> None:
    """Write a plan under a name. Raises OSError."""
    data = {"name": name, "plan": plan.canonical().to_json()}
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8")
