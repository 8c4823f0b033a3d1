"""What was done is done again: on the same photo bit for bit, on another by its own marks."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from retouchgpt_core.cli.main import main
from retouchgpt_core.document.sidecar import read_sidecar
from retouchgpt_core.engine import Engine, Session
from retouchgpt_core.geometry import Point
from retouchgpt_core.language.sentence import canonical_sentence
from retouchgpt_core.photo import Photo
from retouchgpt_core.replay import replay
from retouchgpt_core.synthesis.sample import SamplePortrait
from retouchgpt_core.vocabulary import Kind


def _worked_on(session: Session) -> Session:
    """A sentence whose proposal was corrected, a mark painted after another was undone, a slider,
    a kind changed, a round switched off, a lock."""
    centre = session.faces[0].box.centre
    session.propose("remove the acne and the acne marks")
    assert session.pending is not None
    session.brush([session.pending.marks[0].centre], 4.0, 1.0, erase=True)
    session.brush([Point(centre.x + 20, centre.y)], 3.0)
    session.apply()
    session.brush([Point(centre.x - 20, centre.y)], 4.0)
    session.undo()
    session.brush([Point(centre.x - 14, centre.y + 6)], 4.0)
    session.set_strength(list(session.strengths)[:2], 0.4)
    session.say("a bit less")
    other = next(m for m in session.marks if m.id not in session.strengths)
    session.set_kind([other.id], Kind.MOLE)
    session.set_round(session.rounds[1].number, enabled=False)
    session.set_round(session.rounds[-1].number, strength=0.45)
    session.set_locked([other.id], True)
    return session


def test_a_sidecar_gives_the_same_pixels_on_the_same_photo(
    engine: Engine, sample: SamplePortrait, tmp_path: Path
) -> None:
    done = _worked_on(engine.open(sample.photo))
    done.save_sidecar(tmp_path / "a.json")
    again = engine.open(sample.photo)
    assert replay(again, read_sidecar(tmp_path / "a.json")) == ()
    np.testing.assert_array_equal(again.render(), done.render())
    assert sorted(again.strengths.values()) == sorted(done.strengths.values())
    assert again.locks == done.locks
    assert (done.render() != sample.photo.pixels).any()
    again.undo(100)
    np.testing.assert_array_equal(again.render(), sample.photo.pixels)


def test_elsewhere_the_sentences_are_carried_out_and_the_rest_is_said(
    engine: Engine, sample: SamplePortrait, tmp_path: Path
) -> None:
    done = _worked_on(engine.open(sample.photo))
    done.save_sidecar(tmp_path / "a.json")
    mirrored = engine.open(Photo.from_array(sample.photo.pixels[:, ::-1]))
    notes = " ".join(replay(mirrored, read_sidecar(tmp_path / "a.json")))
    assert "strokes" in notes
    assert "Locks" in notes
    assert mirrored.strengths
    assert {mirrored.state.marks[i].kind for i in mirrored.strengths} <= {
        Kind.ACNE,
        Kind.ACNE_MARK,
    }
    # A slider that can be said in words becomes a sentence of its own.
    sidecar = read_sidecar(tmp_path / "a.json")
    plans = [(one, sidecar.as_plan(one)) for one in sidecar.rounds if one.enabled]
    expected = [
        canonical_sentence(plan) if one.turn is None else one.turn.text
        for one, plan in plans
        if plan is not None
    ]
    assert [turn.text for turn in mirrored.turns] == expected
    assert not mirrored.locks


def test_a_project_from_the_command_line(
    sample: SamplePortrait, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    portrait, project, sidecar = (tmp_path / n for n in ("in.png", "a.rgpt", "a.json"))
    sample.photo.write(portrait)
    first, second, third = (tmp_path / f"{n}.png" for n in (1, 2, 3))
    saved = ["--save-project", str(project), "--sidecar-out", str(sidecar)]
    assert main(["edit", str(portrait), "--say", "remove the acne", "-o", str(first), *saved]) == 0
    assert main(["edit", "--project", str(project), "-o", str(second)]) == 0
    assert first.read_bytes() == second.read_bytes()
    assert main(["edit", str(portrait), "--project", str(sidecar), "-o", str(third)]) == 0
    assert first.read_bytes() == third.read_bytes()
    less = ["--say", "a bit less", "-o", str(second)]
    assert main(["edit", "--project", str(project), *less]) == 0
    before, full, weaker = (
        Photo.read(path).pixels.astype(int) for path in (portrait, first, second)
    )
    assert 0 < np.abs(weaker - before).sum() < np.abs(full - before).sum()

    capsys.readouterr()
    portrait.rename(tmp_path / "moved.png")
    assert main(["edit", "--project", str(project), "-o", str(third)]) == 2
    assert "in.png of a.rgpt is not where it was" in capsys.readouterr().err
    moved = str(tmp_path / "moved.png")
    assert main(["edit", moved, "--project", str(project), "-o", str(third)]) == 0
    assert first.read_bytes() == third.read_bytes()


def test_a_project_is_never_overwritten_by_a_photo(
    sample: SamplePortrait, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample.photo.write(tmp_path / "in.png")
    photo, out = str(tmp_path / "in.png"), str(tmp_path / "out.png")
    assert main(["edit", photo, "-o", out]) == 2
    assert main(["edit", photo, "--say", "less shine", "-o", out, "--with-photo"]) == 2
    assert main(["edit", "--say", "less shine", "-o", out]) == 2
    assert main(["edit", photo, "--project", str(tmp_path / "no.rgpt"), "-o", out]) == 2
    (tmp_path / "bad.rgpt").write_bytes(b"PK nonsense")
    assert main(["edit", "--project", str(tmp_path / "bad.rgpt"), "-o", out]) == 2
    assert main(["edit", photo, "--project", photo, "-o", photo]) == 2
    assert capsys.readouterr().err.count("\n") == 6
    assert not (tmp_path / "out.png").exists()


def test_other_weights_and_another_quality_are_heeded(
    sample: SamplePortrait, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    portrait, project, out = (tmp_path / n for n in ("in.jpg", "a.rgpt", "out.jpg"))
    sample.photo.write(portrait)
    say = ["--say", "remove the acne", "-o", str(out)]
    assert main(["edit", str(portrait), *say, "--save-project", str(project)]) == 0
    own = Photo.read(out).jpeg
    assert own == Photo.read(portrait).jpeg
    capsys.readouterr()
    with zipfile.ZipFile(project) as archive:
        entries = {i.filename: archive.read(i) for i in archive.infolist()}
    document = json.loads(entries["project.json"])
    assert set(document["weights"]) == {"face", "language", "retouch"}
    document["weights"]["retouch"] = "other"
    with zipfile.ZipFile(project, "w") as archive:
        for name, data in (entries | {"project.json": json.dumps(document).encode()}).items():
            archive.writestr(name, data)
    arguments = ["edit", "--project", str(project), "-o", str(out), "--quality"]
    assert main([*arguments, "40"]) == 0
    assert "other weights" in capsys.readouterr().err
    coarse = Photo.read(out).jpeg
    assert own is not None
    assert coarse is not None
    assert sum(coarse.tables[0]) > 2 * sum(own.tables[0])
    assert main([*arguments, "0"]) == 2


def test_a_session_left_by_a_crash_goes_on(
    engine: Engine, sample: SamplePortrait, tmp_path: Path
) -> None:
    sample.photo.write(tmp_path / "in.png")
    session = engine.open(Photo.read(tmp_path / "in.png"))
    session.keep_journal(tmp_path / "journal")
    session.say("remove the acne")
    session.journal()
    session.brush([session.faces[0].box.centre], 6.0)
    session.journal()
    before = session.render()
    assert engine.left_behind(tmp_path / "journal") == [], "it goes on"
    assert session._journal is not None
    session._journal._lock.release()  # what the end of the process does
    (left,) = engine.left_behind(tmp_path / "journal")
    assert (left.source.name, left.label) == ("in.png", "Brush")
    again = engine.recover(left)
    np.testing.assert_array_equal(again.render(), before)
    again.keep_journal(tmp_path / "journal")
    again.journal()
    again.end_journal()
    engine.forget(left)
    assert list((tmp_path / "journal").iterdir()) == []


def test_strokes_on_masks_of_past_rounds_are_drawn_again(
    engine: Engine, sample: SamplePortrait, tmp_path: Path
) -> None:
    done = engine.open(sample.photo)
    centre = done.faces[0].box.centre
    done.say("remove the acne and the acne marks")
    done.set_strength(list(done.strengths)[:1], 0.4)
    sentence, slider = done.rounds
    mark = next(m for m in done.marks if m.id in list(done.strengths)[1:])
    done.brush_round(sentence.number, [mark.centre], mark.radius / 2, 1.0, erase=True)
    done.brush_round(slider.number, [Point(centre.x - 14, centre.y + 6)], 4.0)
    done.save_sidecar(tmp_path / "a.json")
    again = engine.open(sample.photo)
    assert replay(again, read_sidecar(tmp_path / "a.json")) == ()
    np.testing.assert_array_equal(again.render(), done.render())
    assert sorted(again.strengths.values()) == sorted(done.strengths.values())
    assert [len(one.strokes) for one in again.rounds] == [1, 1]
