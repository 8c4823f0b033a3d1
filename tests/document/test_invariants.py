"""What may never differ, whatever was done, in whatever order, and however it was saved."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from retouchgpt_core.document.changes import after, as_opened, with_round_changed, without_erased
from retouchgpt_core.document.edited_photo import EditedPhoto
from retouchgpt_core.document.history import History
from retouchgpt_core.document.project import NOTHING_ELSE, load_project, save_project
from retouchgpt_core.document.rounds import folded
from retouchgpt_core.document.state import EditState
from retouchgpt_core.document.stroke import Stroke
from retouchgpt_core.document.turn import Choice
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.masks import stroke
from retouchgpt_core.vocabulary import Kind
from tests.retouch.synthetic_face import painted

KINDS = (Kind.ACNE, Kind.WRINKLE, Kind.SHINE, Kind.ACNE, Kind.REDNESS)
NAMES = tuple(f"m{number}" for number in range(len(KINDS)))
STRENGTH = st.sampled_from([0.0, 0.3, 0.7, 1.0])


def _state(width: int, height: int, seed: int, grey: bool = False) -> EditState:
    rng = np.random.default_rng(seed)
    marks, fills = {}, {}
    for name, kind in zip(NAMES, KINDS, strict=True):
        side = int(rng.integers(6, 20))
        x, y = int(rng.integers(0, width - side)), int(rng.integers(0, height - side))
        full = np.full((side, side), 255, np.uint8)
        mark = painted(name, Box(x, y, side, side), full, kind, photo_size=(width, height))
        shape = (mark.box.height, mark.box.width)
        mask = rng.integers(0, 256, shape).astype(np.uint8)
        mask[rng.random(shape) < 0.3] = 0
        delta = rng.normal(0, 0.3, (*shape, 1 if grey else 3)).astype(np.float16)
        delta = np.ascontiguousarray(np.broadcast_to(delta, (*shape, 3)))
        fills[mark.key] = Fill(name, mark.box, mask, delta, mark.layer, (width, height))
        marks[name] = mark
    return EditState(marks=marks, fills=fills)


@settings(max_examples=60, deadline=None)
@given(
    ending=st.sampled_from(["png", "tif", "webp"]),
    depth=st.sampled_from([8, 16]),
    grey=st.booleans(),
    alpha=st.booleans(),
    size=st.tuples(st.integers(32, 70), st.integers(32, 70)),
    seed=st.integers(0, 999),
    strengths=st.lists(STRENGTH, min_size=5, max_size=5),
)
def test_a_saved_file_differs_only_where_the_mask_says_so(
    ending: str,
    depth: int,
    grey: bool,
    alpha: bool,
    size: tuple[int, int],
    seed: int,
    strengths: list[float],
) -> None:
    """At every depth and size, in every lossless format: outside the mask not one bit."""
    width, height = size
    rng = np.random.default_rng(seed)
    kind: Any = np.uint8 if depth == 8 or ending == "webp" else np.uint16
    top = int(np.iinfo(kind).max) + 1
    pixels = rng.integers(0, top, (height, width, 1 if grey else 3)).astype(kind)
    photo = Photo(
        np.ascontiguousarray(np.broadcast_to(pixels, (height, width, 3))),
        alpha=rng.integers(0, top, (height, width)).astype(kind) if alpha else None,
        grey=grey,
    )
    state = _state(width, height, seed, grey)
    edited = after(state, Choice({}, dict(zip(NAMES, strengths, strict=True))), {}, "round")
    document = EditedPhoto(photo, edited, NOTHING_ELSE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{ending}"
        document.photo().write(path)
        saved = Photo.read(path)
    mask = document.mask()
    assert saved.pixels.dtype == kind
    np.testing.assert_array_equal(saved.pixels, document.render())
    np.testing.assert_array_equal(saved.pixels[mask == 0], photo.pixels[mask == 0])
    if alpha:
        np.testing.assert_array_equal(saved.alpha, photo.alpha)


GESTURE = st.one_of(
    st.tuples(st.just("round"), st.dictionaries(st.sampled_from(NAMES), STRENGTH, min_size=1)),
    st.tuples(st.just("switch"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("weaker"), st.integers(0, 9), STRENGTH),
    st.tuples(st.just("lock"), st.sampled_from(NAMES)),
    st.tuples(st.just("erase"), st.floats(0, 90), st.floats(0, 70), st.floats(1, 15)),
    st.tuples(st.just("reset"), st.booleans()),
)
WIDTH, HEIGHT = 90, 70
PHOTO = Photo.from_array(np.random.default_rng(1).integers(0, 65536, (HEIGHT, WIDTH, 3), np.uint16))
OPENED = _state(WIDTH, HEIGHT, 7)


def _done(state: EditState, gesture: Any) -> EditState:
    match gesture:
        case ("round", strengths):
            return after(state, Choice({}, strengths), {}, "round")
        case ("switch" | "weaker" as what, at, value):
            open_ones = [one for one in state.rounds if one.strengths and not one.fixed]
            if not open_ones:
                return state
            number = open_ones[at % len(open_ones)].number
            if what == "switch":
                return with_round_changed(state, number, enabled=value)
            return with_round_changed(state, number, strength=value)
        case ("lock", name):
            return replace(state, locks=state.locks ^ {name})
        case ("erase", x, y, radius):
            drawn = Stroke((Point(x, y),), radius, 1.0, erase=True)
            covered = stroke(drawn.points, radius, (WIDTH, HEIGHT), 1.0)
            return without_erased(state, covered, drawn, (WIDTH, HEIGHT))
        case ("reset", keep_locked):
            return as_opened(state, keep_locked)
        case _:
            raise AssertionError(gesture)


def _shown(state: EditState) -> Any:
    return EditedPhoto(PHOTO, state, NOTHING_ELSE).render()


@settings(max_examples=60, deadline=None)
@given(gestures=st.lists(GESTURE, min_size=1, max_size=10))
def test_every_way_back_is_exact(gestures: list[Any]) -> None:
    """Undo, redo, spilling to the disk, saving and loading: the same state and pixels."""
    history = History(OPENED, budget=2000)
    shown, states = [_shown(OPENED)], [OPENED]
    for gesture in gestures:
        before = history.state
        history.push(_done(before, gesture), str(gesture[0]))
        now = history.state
        assert dict(now.strengths) == folded(now.rounds), "the strengths are what the rounds say"
        if gesture[0] in ("switch", "weaker") or gesture == ("reset", True):
            for name in before.locks:
                assert now.strengths.get(name, 0.0) == before.strengths.get(name, 0.0)
        shown.append(_shown(now))
        states.append(now)
    for place in reversed(range(len(shown))):
        assert history.place == place
        np.testing.assert_array_equal(_shown(history.state), shown[place])
        assert history.state.strengths == states[place].strengths
        history.undo()
    np.testing.assert_array_equal(_shown(history.state), PHOTO.pixels)
    history.redo(len(gestures))
    np.testing.assert_array_equal(_shown(history.state), shown[-1])
    with tempfile.TemporaryDirectory() as folder:
        save_project(Path(folder) / "a.rgpt", PHOTO, history.state)
        loaded = load_project(Path(folder) / "a.rgpt", PHOTO)
    np.testing.assert_array_equal(_shown(loaded), shown[-1])
    assert loaded.strengths == states[-1].strengths
    assert loaded.locks == states[-1].locks
    again = [(one.number, one.enabled, dict(one.strengths), one.strokes) for one in loaded.rounds]
    assert again == [
        (one.number, one.enabled, dict(one.strengths), one.strokes) for one in states[-1].rounds
    ]
