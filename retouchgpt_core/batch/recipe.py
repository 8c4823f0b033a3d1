"""What is to be done to every photo of a batch, and doing it to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from retouchgpt_core.document.sidecar import read_sidecar
from retouchgpt_core.engine import Engine
from retouchgpt_core.errors import RetouchError, UsageError
from retouchgpt_core.language.plan import NOT_DONE, Action, Plan
from retouchgpt_core.language.preset import read_preset
from retouchgpt_core.photo import Photo
from retouchgpt_core.photo.formats import RAW
from retouchgpt_core.replay import replay
from retouchgpt_core.session import Session


@dataclass(frozen=True, slots=True)
class Recipe:
    """Steps in this order: those of a project or sidecar file, a preset's plan, sentences."""

    says: tuple[str, ...] = ()
    preset: Path | None = None
    project: Path | None = None

    def check(self) -> None:
        """Raise UsageError or ProjectError now rather than once for each photo."""
        if not self.says and self.preset is None and self.project is None:
            raise UsageError(
                "Nothing is to be done.", "Add --say TEXT, --preset FILE or --project FILE."
            )
        if self.preset is not None:
            preset_plan(self.preset)
        if self.project is not None:
            read_sidecar(self.project)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one photo: `target` is None if nothing was written. `said` are the replies,
    or the reason why not; `notes` what else there is to know."""

    source: Path
    target: Path | None
    said: tuple[str, ...]
    notes: tuple[str, ...] = ()
    skipped: bool = False


def preset_plan(path: Path) -> Plan:
    """Read the plan of a preset file. Raises UsageError if it holds none that retouches."""
    _, plan = read_preset(path)
    if plan.action is not Action.RETOUCH:
        raise UsageError(f"{path.name} retouches nothing.", "Use another preset.")
    return plan


def retouch_one(engine: Engine, source: Path, target: Path, recipe: Recipe) -> Outcome:
    """Do a recipe to one photo and write the result; what goes wrong is told in the outcome."""
    try:
        photo = Photo.read(source)
        session = engine.open(photo)
        notes = [*photo.notes]
        if recipe.project is not None:
            notes += replay(session, read_sidecar(recipe.project))
        replies, followed = _carried_out(session, recipe)
        if not followed:
            return Outcome(source, None, replies, tuple(notes))
        notes += session.photo().write(target)
    except RetouchError as error:
        return Outcome(source, None, (str(error),))
    except MemoryError:
        return Outcome(source, None, ("There is not enough memory for this photo.",))
    return Outcome(source, target, replies, tuple(notes))


def _carried_out(session: Session, recipe: Recipe) -> tuple[tuple[str, ...], bool]:
    """Return the replies, and whether every sentence could be followed."""
    replies: list[str] = []
    if recipe.preset is not None:
        replies.append(session.propose_plan(preset_plan(recipe.preset)).reply)
        session.apply()
    for text in recipe.says:
        turn = session.say(text)
        replies.append(turn.reply)
        if turn.plan.action in NOT_DONE:
            return tuple(replies), False
    return tuple(replies), True


def targets_of(photos: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Return where each photo is saved: under its own name; camera RAW as TIFF.

    Raises UsageError if two would be saved as one, or one over itself.
    """
    found: dict[Path, Path] = {}
    taken: dict[Path, Path] = {}
    for photo in photos:
        name = photo.with_suffix(".tif").name if photo.suffix.lower() in RAW else photo.name
        target = folder / name
        if target.exists() and target.samefile(photo):
            raise UsageError(
                f"{photo.name} would be written over itself.", "Name another folder with -o."
            )
        if target in taken:
            raise UsageError(
                f"{taken[target]} and {photo} would both be saved as {target.name}.",
                "Do them one after the other, into two folders.",
            )
        taken[target] = photo
        found[photo] = target
    return found


__all__ = ["Outcome", "Recipe", "preset_plan", "retouch_one", "targets_of"]
