"""A few instructions understood by rule, for the scripted engine."""

from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.vocabulary import Kind


def understood(text: str, selected: tuple[str, ...] = ()) -> Plan:
    """Answer a few instructions by rule."""
    words = text.lower()
    if "undo" in words:
        return Plan(Action.UNDO, count=1, reply="The last step is undone.")
    if "weather" in words:
        return Plan(Action.DECLINE, reply="I only retouch skin. I can soften redness or shine.")
    if "fix it" in words:
        spots = Plan(Action.RETOUCH, (Edit((Kind.ACNE,)),), reply="Remove the acne")
        tone = Plan(Action.RETOUCH, (Edit((Kind.SHINE,), strength=0.5),), reply="Soften the shine")
        return Plan(Action.CLARIFY, options=(spots, tone), reply="What shall be fixed?")
    if selected:
        return Plan(Action.RETOUCH, (Edit((), (), (), selected),), reply="This one.")
    edits = []
    if "acne" in words:
        edits.append(Edit((Kind.ACNE, Kind.ACNE_MARK)))
    if "shine" in words:
        edits.append(Edit((Kind.SHINE,), strength=0.5))
    if "freckle" in words:
        edits.append(Edit((Kind.FRECKLE,)))
    if not edits:
        return Plan(Action.CLARIFY, options=(), reply="What shall be retouched?")
    keep = (Keep((Kind.MOLE,)),) if "mole" in words else ()
    return Plan(Action.RETOUCH, tuple(edits), keep, reply="I marked what that means.")
