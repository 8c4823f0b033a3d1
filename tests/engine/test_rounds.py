"""Rounds on the sample portrait with the bundled weights: words in, untouched bits out."""

from pathlib import Path

import numpy as np
import pytest

from retouchgpt_core.engine import Engine, Session
from retouchgpt_core.errors import CancelledError, RetouchError
from retouchgpt_core.geometry import Point
from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.masks import photo_mask
from retouchgpt_core.synthesis.sample import SamplePortrait
from retouchgpt_core.vocabulary import BLEMISHES, KINDS, Kind, Region

BLEMISH_PLAN = Plan(Action.RETOUCH, (Edit(BLEMISHES),))


@pytest.fixture
def session(engine: Engine, sample: SamplePortrait) -> Session:
    return engine.open(sample.photo)


def retouched(session: Session, plan: Plan = BLEMISH_PLAN) -> Session:
    session.propose_plan(plan)
    session.apply()
    return session


def test_bits_outside_the_mask_are_the_cameras(session: Session) -> None:
    turn = session.say("remove the acne and the acne marks")
    assert turn.plan.action is Action.RETOUCH
    assert turn.mark_ids
    before, after, mask = session.original.pixels, session.render(), session.mask()
    assert (after != before).any()
    np.testing.assert_array_equal(after[mask == 0], before[mask == 0])
    assert mask.mean() < 0.1 * 255


def test_drawn_blemishes_become_fainter(session: Session, sample: SamplePortrait) -> None:
    drawn = sample.masks[[KINDS.index(k) for k in (Kind.ACNE, Kind.ACNE_MARK)]].max(0) > 0.5
    retouched(session)
    before = np.abs(sample.photo.pixels.astype(float) - sample.clean.pixels)[drawn].mean()
    after = np.abs(session.render().astype(float) - sample.clean.pixels)[drawn].mean()
    assert after < 0.9 * before


def test_what_is_found_of_a_drawn_blemish_is_mostly_gone(
    engine: Engine, sample: SamplePortrait
) -> None:
    """Whatever share of the drawing the networks find, there the skin beneath is back."""
    session = retouched(engine.open(sample.photo))
    drawn = sample.masks[[KINDS.index(k) for k in (Kind.ACNE, Kind.ACNE_MARK)]].max(0) > 0.5
    there = drawn & (session.mask() > 200)
    assert there.sum() > 50
    before = np.abs(sample.photo.pixels.astype(float) - sample.clean.pixels)[there].mean()
    after = np.abs(session.render().astype(float) - sample.clean.pixels)[there].mean()
    assert after < 0.75 * before


def test_sixteen_bits_are_edited_in_sixteen_bits(engine: Engine, sample: SamplePortrait) -> None:
    deep = Photo.from_array(np.asarray(sample.photo.pixels, np.uint16) * 257 + 3)
    session = retouched(engine.open(deep))
    after, mask = session.render(), session.mask()
    assert after.dtype == np.uint16
    np.testing.assert_array_equal(after[mask == 0], deep.pixels[mask == 0])
    changed = after[mask > 0]
    assert len(np.unique(changed % 257)) > 50  # real 16-bit values, not scaled 8-bit ones


def test_nothing_changes_before_a_proposal_is_applied(session: Session) -> None:
    turn = session.propose_plan(BLEMISH_PLAN)
    assert session.pending is turn
    assert session.pending_mask().any()
    np.testing.assert_array_equal(session.render(), session.original.pixels)
    session.discard()
    assert not session.pending_mask().any()
    with pytest.raises(RetouchError):
        session.apply()


def test_erasing_part_of_a_proposal_keeps_those_pixels(session: Session) -> None:
    session.propose_plan(BLEMISH_PLAN)
    mark = session.pending.marks[0]  # type: ignore[union-attr]
    session.brush([mark.centre], mark.radius * 3 + 4, hardness=1.0, erase=True)
    rows, columns = int(mark.centre.y), int(mark.centre.x)
    assert session.pending_mask()[rows, columns] == 0
    session.apply()
    box = mark.box
    assert session.mask()[rows, columns] == 0
    np.testing.assert_array_equal(
        session.render()[rows, columns], session.original.pixels[rows, columns]
    )
    assert box.area > 0


def test_undo_and_redo_are_exact(session: Session) -> None:
    original = session.original.pixels
    first = retouched(session).render()
    session.set_strength(list(session.strengths), 0.5)
    second = session.render()
    assert (first != second).any()
    assert session.undo() == 1
    np.testing.assert_array_equal(session.render(), first)
    assert session.undo(5) == 1
    np.testing.assert_array_equal(session.render(), original)
    assert session.redo(2) == 2
    np.testing.assert_array_equal(session.render(), second)


def test_strengths_run_no_network(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    retouched(session)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a network ran")

    network = type(next(iter(session._works.values())).networks.image)
    for call in ("analyse", "fill", "request", "prompts", "forward"):
        monkeypatch.setattr(network, call, refuse)
    full = session.render().astype(int)
    session.set_strength(list(session.strengths), 0.25)
    quarter = session.render().astype(int)
    original = session.original.pixels.astype(int)
    expected = original + (full - original) * 0.25
    layers = np.zeros(original.shape[:2], int)
    for mark in session.marks:
        if mark.id in session.strengths:
            box, mask = photo_mask(mark)
            layers[box.slices] += mask > 0
    # Where two marks overlap each is blended over the other, and white cannot get whiter.
    alone = (layers <= 1) & ((full > 0) & (full < 255)).all(axis=2)
    assert np.abs(quarter - expected)[alone].max() <= 1.0
    assert alone[session.mask() > 0].mean() > 0.5


def test_a_locked_mark_is_never_touched(session: Session) -> None:
    chosen = session.propose_plan(BLEMISH_PLAN).mark_ids
    session.discard()
    session.set_locked([chosen[0]], True)
    assert chosen[0] not in session.propose_plan(BLEMISH_PLAN).mark_ids


def test_a_mark_can_be_called_by_another_kind(session: Session) -> None:
    chosen = retouched(session).turns[-1].mark_ids[0]
    before = session.render()
    session.set_kind([chosen], Kind.MOLE)
    mark = next(m for m in session.marks if m.id == chosen)
    assert mark.kind is Kind.MOLE
    assert session.strengths[chosen] == 1.0
    assert session.mask(mark.box).any(), "it stays retouched"
    assert session.undo() == 1
    np.testing.assert_array_equal(session.render(), before)
    session.undo()
    session.propose_plan(BLEMISH_PLAN)
    session.set_kind([chosen], Kind.MOLE)
    session.apply()
    assert chosen not in session.strengths, "moles were not asked for"
    assert session.strengths, "the others were"


def test_a_keep_wins_over_an_edit(session: Session) -> None:
    everywhere = retouched(session).turns[-1].mark_ids
    region = next(m.region for m in session.marks if m.id == everywhere[0])
    session.undo()
    keep = Keep(BLEMISHES, (region,))
    plan = Plan(Action.RETOUCH, (Edit(BLEMISHES),), (keep,))
    touched = {m.region for m in session.propose_plan(plan).marks}
    assert region not in touched


def test_a_round_elsewhere_changes_nothing_here(session: Session) -> None:
    left = Plan(Action.RETOUCH, (Edit(BLEMISHES, (Region.CHEEK_LEFT, Region.FOREHEAD)),))
    right = Plan(Action.RETOUCH, (Edit(BLEMISHES, (Region.CHEEK_RIGHT, Region.CHIN)),))
    one = retouched(retouched(session, left), right).render()
    session.undo(2)
    other = retouched(retouched(session, right), left).render()
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "sentences",
    [
        ("clear up those awful pimples please", "take the shine down a bit"),
        ("can you erase the wrinkles", "get rid of the acne marks for me"),
    ],
)
def test_the_order_of_sentences_does_not_matter(
    session: Session, sentences: tuple[str, str]
) -> None:
    first, second = sentences
    one, other = session.say(first).mark_ids, session.say(second).mark_ids
    assert one
    assert other
    assert not set(one) & set(other)
    shown = session.render()
    session.undo(2)
    session.say(second)
    session.say(first)
    np.testing.assert_array_equal(session.render(), shown)


def test_painting_heals_and_can_be_undone(session: Session) -> None:
    face = session.faces[0]
    at = face.box.centre
    box = session.brush([at], 6.0)
    assert (session.render(box) != session.original.pixels[box.slices]).any()
    mask = session.mask()
    np.testing.assert_array_equal(session.render()[mask == 0], session.original.pixels[mask == 0])
    session.undo()
    np.testing.assert_array_equal(session.render(), session.original.pixels)


def test_cancelling_leaves_everything_as_it_was(session: Session) -> None:
    session.propose_plan(BLEMISH_PLAN)
    with pytest.raises(CancelledError):
        session.apply(cancelled=lambda: True)
    assert session.pending is not None
    np.testing.assert_array_equal(session.render(), session.original.pixels)
    session.apply()
    assert session.turns


def test_words_go_back_and_forth(session: Session) -> None:
    retouched(session)
    after = session.render()
    assert session.say("undo that").plan.action is Action.UNDO
    np.testing.assert_array_equal(session.render(), session.original.pixels)
    assert session.say("redo").plan.action is Action.REDO
    np.testing.assert_array_equal(session.render(), after)
    assert session.say("back to the original").plan.action is Action.RESET
    np.testing.assert_array_equal(session.render(), session.original.pixels)


def test_a_sentence_from_another_world_changes_nothing(session: Session) -> None:
    turn = session.say("swap the background for a beach")
    assert turn.plan.action is Action.DECLINE
    assert turn.reply
    np.testing.assert_array_equal(session.render(), session.original.pixels)


def test_any_box_shows_what_the_export_has(session: Session) -> None:
    whole = retouched(session).render()
    for mark in session.turns[-1].marks[:4]:
        box = mark.box.pad(7).clamp(session.original.width, session.original.height)
        np.testing.assert_array_equal(session.render(box), whole[box.slices])


def test_overlay_names_marks_where_they_are(session: Session) -> None:
    whole = session.overlay()
    mark = max(session.marks, key=lambda m: m.confidence if m.layer == "spot" else 0.0)
    rows, columns = int(mark.centre.y), int(mark.centre.x)
    assert whole[rows, columns] > 0
    found = session.mark_at(mark.centre)
    assert found is not None
    assert KINDS[whole[rows, columns] - 1] is found.kind
    np.testing.assert_array_equal(session.overlay(step=3), whole[::3, ::3])


def test_a_past_round_is_switched_off_and_on_without_a_network(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = Plan(Action.RETOUCH, (Edit(BLEMISHES, (Region.CHEEK_LEFT, Region.FOREHEAD)),))
    right = Plan(Action.RETOUCH, (Edit(BLEMISHES, (Region.CHEEK_RIGHT, Region.CHIN)),))
    alone = retouched(session, right).render()
    session.undo()
    both = retouched(retouched(session, left), right).render()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a network ran")

    network = type(next(iter(session._works.values())).networks.image)
    for call in ("analyse", "fill", "request", "prompts", "forward"):
        monkeypatch.setattr(network, call, refuse)
    first, second = session.rounds
    session.set_round(first.number, enabled=False)
    np.testing.assert_array_equal(session.render(), alone)
    session.set_round(first.number, enabled=True)
    np.testing.assert_array_equal(session.render(), both)
    tried = session.try_round(second.number, 0.4)
    np.testing.assert_array_equal(session.render(), both)
    session.set_round(second.number, strength=0.4)
    np.testing.assert_array_equal(session.render(), tried.render())
    assert (tried.render() != both).any()
    session.undo()
    session.set_round(second.number, strength=0.0)
    assert {session.strengths[i] for i in session.strengths} == {1.0}
    assert session.strengths.keys() == first.strengths.keys()
    assert session.undo(3) == 3
    np.testing.assert_array_equal(session.render(), both)
    assert session.place == 2
    assert len(session.steps) == 6


def test_a_bit_less_is_less_than_what_the_round_was_changed_to(
    engine: Engine, session: Session, tmp_path: Path
) -> None:
    session.say("remove the acne")
    number = session.rounds[0].number
    session.set_round(number, strength=0.5)
    assert set(session.strengths.values()) == {0.5}
    less = session.propose("a bit less").plan
    assert {edit.strength for edit in less.edits} == {0.35}
    session.discard()
    session.set_round(number, enabled=False)
    assert not session.dialogue().strengths
    session.original.write(tmp_path / "in.png")
    session.save_project(tmp_path / "a.rgpt")
    again = engine.open_project(tmp_path / "a.rgpt", session.original)
    assert not again.strengths
    assert not again.dialogue().strengths
    again.set_round(number, enabled=True)
    session.set_round(number, enabled=True)
    assert dict(again.strengths) == dict(session.strengths)
    np.testing.assert_array_equal(again.render(), session.render())


def test_steps_that_a_change_leaves_behind_can_be_returned_to(session: Session) -> None:
    after = retouched(session).render()
    session.undo()
    session.set_locked([session.marks[0].id], True)
    (branch,) = session.branches
    assert branch.labels
    session.switch_branch(branch.number)
    np.testing.assert_array_equal(session.render(), after)
    with pytest.raises(RetouchError):
        session.switch_branch(7)


def test_no_sentence_touches_what_is_locked(session: Session) -> None:
    """Not by kind, not by name, not "everything", and not by going back to the original."""
    chosen = retouched(session).turns[-1].marks[0]
    session.set_locked([chosen.id], True)
    box = chosen.box
    for words in ("put the acne back", "a bit less", "back to the original"):
        session.say(words)
        assert session.strengths[chosen.id] == 1.0
    assert session.strengths.keys() == {chosen.id}
    assert (session.render(box) != session.original.pixels[box.slices]).any()
    session.propose_plan(Plan(Action.RETOUCH, (Edit((), (), (), (chosen.id,), 0.3),)))
    session.apply()
    assert session.strengths[chosen.id] == 1.0
    session.reset()
    assert not session.strengths, "the button clears all"


def test_a_keep_holds_for_later_sentences(session: Session) -> None:
    chosen = session.propose_plan(BLEMISH_PLAN).mark_ids[0]
    keep = Keep((), (), (), (chosen,))
    retouched(session, Plan(Action.RETOUCH, (Edit((Kind.SHINE,)),), (keep,)))
    again = session.propose_plan(BLEMISH_PLAN).mark_ids
    assert again, "the others are meant"
    assert chosen not in again
    session.propose_plan(Plan(Action.RETOUCH, (Edit((), (), (), (chosen,), 1.0),)))
    session.apply()
    assert session.strengths[chosen] == 1.0, "named itself, it is kept no longer"
    assert chosen in session.propose_plan(BLEMISH_PLAN).mark_ids


def test_a_project_goes_on_where_it_was_saved(
    engine: Engine, sample: SamplePortrait, tmp_path: Path
) -> None:
    """Also with painted marks, and on with the dialogue: a bit less means what was said before."""
    sample.photo.write(tmp_path / "portrait.png")
    session = engine.open(Photo.read(tmp_path / "portrait.png"))
    session.say("remove the acne")
    session.brush([session.faces[0].box.centre], 6.0)
    session.set_locked([session.marks[0].id], True)
    session.save_project(tmp_path / "a.rgpt")
    again = engine.open_project(tmp_path / "a.rgpt")
    np.testing.assert_array_equal(again.render(), session.render())
    np.testing.assert_array_equal(again.mask(), session.mask())
    assert again.locks == session.locks
    assert [turn.text for turn in again.turns] == ["remove the acne"]
    for one in (session, again):
        one.say("a bit less")
        one.brush([one.faces[0].box.centre], 3.0)
    np.testing.assert_array_equal(again.render(), session.render())
    assert again.strengths == session.strengths
    again.undo(9)
    assert again.strengths, "the history begins at what was saved"


def test_the_mask_of_a_past_round_can_be_brushed_and_erased(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    retouched(session, Plan(Action.RETOUCH, (Edit(BLEMISHES, strength=0.5),)))
    session.set_strength([next(iter(session.strengths))], 0.2)
    before, strengths = session.render(), dict(session.strengths)
    number = session.rounds[0].number
    mark = next(m for m in session.marks if session.strengths.get(m.id) == 0.5)
    filled: list[str] = []
    for work in session._works.values():
        own = type(work).fills

        def counted(self, asked, targets, *rest, _own=own):  # type: ignore[no-untyped-def]
            filled.extend(m.id for m in targets)
            return _own(self, asked, targets, *rest)

        monkeypatch.setattr(type(work), "fills", counted)
        break
    box = session.brush_round(number, [mark.centre], 3 * mark.radius, 1.0, erase=True)
    assert not filled
    after = session.render()
    outside = np.ones(after.shape[:2], bool)
    outside[box.slices] = False
    np.testing.assert_array_equal(after[outside], before[outside])
    assert mark.id not in session.rounds[0].strengths
    assert not session.round_mask(number)[int(mark.centre.y), int(mark.centre.x)]
    centre = session.faces[0].box.centre
    box = session.brush_round(number, [Point(centre.x - 14, centre.y + 6)], 4.0)
    (new,) = session.rounds[0].strengths.keys() - strengths.keys()
    assert filled == [new]
    assert session.strengths[new] == 0.5
    outside[:] = True
    outside[box.slices] = False
    np.testing.assert_array_equal(session.render()[outside], after[outside])
    assert session.turns[0].mask[int(centre.y + 6), int(centre.x - 14)] > 200
    assert session.undo(2) == 2
    np.testing.assert_array_equal(session.render(), before)
    assert dict(session.strengths) == strengths
    assert session.redo(2) == 2
    session.set_round(number, enabled=False)
    assert new not in session.strengths
    with pytest.raises(RetouchError):
        session.brush_round(99, [mark.centre], 4.0)


def test_what_a_sentence_keeps_keeps_its_very_pixels(session: Session) -> None:
    """Of two spots the nearest to each other, one is a mole that stays and one goes."""
    spots = [m for m in session.marks if m.layer == "spot"]
    pairs = [(a, b) for a in spots for b in spots if a.id != b.id]
    one, other = min(pairs, key=lambda p: p[0].centre.distance(p[1].centre) - p[1].radius)
    session.set_kind([one.id], Kind.ACNE)
    session.set_kind([other.id], Kind.MOLE)
    mole = next(m for m in session.marks if m.id == other.id)
    session.propose_plan(Plan(Action.RETOUCH, (Edit((Kind.ACNE,)),), (Keep((Kind.MOLE,)),)))
    session.choose({one.id: 1.0})
    session.apply()
    assert dict(session.strengths) == {one.id: 1.0}
    assert (session.render() != session.original.pixels).any()
    box, mask = photo_mask(mole)
    before, after = session.original.pixels[box.slices], session.render(box)
    np.testing.assert_array_equal(after[mask >= 128], before[mask >= 128])
    assert (mole.id, "kept") in session.held
