"""Asking back where a sentence names places of a face whose places are not surely known."""

from collections.abc import Sequence
from dataclasses import replace

from retouchgpt_core.document.selection import faces_meant
from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.language.plan import Action, Edit, Plan, Scope
from retouchgpt_core.vocabulary import FACE_REGIONS


def asked_for_places(plan: Plan, faces: Sequence[FaceLayout]) -> Plan:
    """Return the plan, or a question in its place if it could act in a wrong place.

    That is so where an edit or a keep is limited to some places of a face whose layout is unsure
    (`FaceLayout.sure`). The question offers the whole face, and the places as they are believed
    to lie; what follows in `then` stays with both.
    """
    if plan.action is not Action.RETOUCH:
        return plan
    unsure = {face.number for face in faces if not face.sure}
    doubtful = {
        number
        for scope in (*plan.edits, *plan.keep)
        if _is_limited(scope)
        for number in faces_meant(scope.faces, faces) & unsure
    }
    if not doubtful:
        return plan
    whole = replace(plan, edits=tuple(_on_the_whole_face(edit) for edit in plan.edits))
    options = (plan,) if whole == plan else (whole, plan)
    which = "this face" if len(faces) == 1 else f"face {min(doubtful)}"
    reply = (
        f"I am not sure where the places of {which} lie. Shall I take the whole face, "
        "or go by where I believe they are? The overlay of the face shows that."
    )
    return Plan(Action.CLARIFY, options=options, confidence=plan.confidence, reply=reply)


def _is_limited(scope: Scope) -> bool:
    return scope.marks is None and not set(FACE_REGIONS) <= set(scope.regions)


def _on_the_whole_face(edit: Edit) -> Edit:
    return replace(edit, regions=FACE_REGIONS) if _is_limited(edit) else edit


__all__ = ["asked_for_places"]
