"""A sentence that names places of an unsure face becomes a question; others are carried out."""

from dataclasses import replace

import numpy as np
import pytest

from retouchgpt_core.document.unsure_places import asked_for_places
from retouchgpt_core.face.layout import SURE_FROM, FaceLayout
from retouchgpt_core.geometry import Box, Window
from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.vocabulary import FACE_REGIONS, REGIONS, Kind, Region

CHEEK = Plan(Action.RETOUCH, (Edit((Kind.ACNE,), (Region.CHEEK_LEFT,), (), None, 0.5),))
ALL_OVER = Plan(Action.RETOUCH, (Edit((Kind.ACNE,)),))


def face(number: int, confidence: float) -> FaceLayout:
    points, labels = np.zeros((478, 2), np.float32), np.zeros((512, 512), np.uint8)
    box = Box(100 * number, 10, 80, 90)
    return FaceLayout(number, box, confidence, points, 30.0, Window(0, 0, 120, 512), labels)


SURE, UNSURE = face(1, SURE_FROM), face(1, SURE_FROM - 0.01)


def test_places_of_a_sure_face_are_used() -> None:
    assert asked_for_places(CHEEK, [SURE]) is CHEEK


def test_places_of_an_unsure_face_are_asked_back() -> None:
    asked = asked_for_places(CHEEK, [UNSURE])
    assert asked.action is Action.CLARIFY
    assert "this face" in asked.reply
    whole = replace(CHEEK, edits=(replace(CHEEK.edits[0], regions=FACE_REGIONS),))
    assert asked.options == (whole, CHEEK)


@pytest.mark.parametrize("regions", [FACE_REGIONS, REGIONS])
def test_the_whole_face_needs_no_places(regions: tuple[Region, ...]) -> None:
    plan = Plan(Action.RETOUCH, (Edit((Kind.ACNE,), regions),))
    assert asked_for_places(plan, [UNSURE]) is plan


def test_a_place_to_be_kept_is_a_place_too() -> None:
    plan = replace(ALL_OVER, keep=(Keep((Kind.ACNE,), (Region.NOSE,)),))
    asked = asked_for_places(plan, [UNSURE])
    assert asked.action is Action.CLARIFY
    assert asked.options == (plan,)


def test_marks_that_were_clicked_need_no_places() -> None:
    plan = Plan(Action.RETOUCH, (Edit((Kind.ACNE,), (Region.NOSE,), (), ("a1",)),))
    assert asked_for_places(plan, [UNSURE]) is plan


def test_only_the_faces_that_are_meant_matter() -> None:
    faces = [SURE, face(2, 0.4)]
    first = Plan(Action.RETOUCH, (replace(CHEEK.edits[0], faces=(1,)),))
    second = Plan(Action.RETOUCH, (replace(CHEEK.edits[0], faces=("right",)),))
    assert asked_for_places(first, faces) is first
    assert asked_for_places(second, faces).action is Action.CLARIFY
    assert "face 2" in asked_for_places(CHEEK, faces).reply


@pytest.mark.parametrize("action", [Action.UNDO, Action.EXPLAIN, Action.RESET])
def test_what_changes_no_skin_is_not_asked_back(action: Action) -> None:
    plan = Plan(action)
    assert asked_for_places(plan, [UNSURE]) is plan
