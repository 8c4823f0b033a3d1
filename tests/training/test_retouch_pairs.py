"""Pairs of photographs as lessons: what counts as changed, what a plan takes away, what stays."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from retouchgpt_core.cli.main import main
from retouchgpt_core.errors import UsageError
from retouchgpt_core.face.layout import LABEL_INDEX, FaceLayout
from retouchgpt_core.geometry import Box, Window
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.network.config import NetworkConfig
from retouchgpt_core.network.network import RetouchNetwork
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.retouched_pairs import pair_files, visible_change
from retouchgpt_core.synthesis.drawing.plans import PlanSampler
from retouchgpt_core.training import retouch
from retouchgpt_core.training.pair_changes import changes_of
from retouchgpt_core.training.pair_store import PairFace, PairStore
from retouchgpt_core.training.retouch_pairs import PairLessons, pair_crop
from retouchgpt_core.training.retouch_step import Lesson, RetouchStep
from retouchgpt_core.vocabulary import KINDS, REGIONS, Kind, Region

SIDE, IOD = 320, 80.0
ACNE = (100, 150, 5)
MOLE = (220, 150, 4)
"""x, y and radius of a pimple on the left cheek and of a mole on the right one."""
DARKER = {ACNE: (30, 70, 60), MOLE: (90, 100, 100)}
SMALL = NetworkConfig(
    widths=(8, 8, 16, 24, 32), text_hidden=32, request_width=16, latent=16, blocks=2
)
EVERYTHING = Plan(Action.RETOUCH, (Edit(KINDS, tuple(REGIONS)),))


def labels() -> NDArray[np.uint8]:
    plane = np.full((SIDE, SIDE), LABEL_INDEX["cheek_left"], np.uint8)
    plane[:, SIDE // 2 :] = LABEL_INDEX["cheek_right"]
    plane[:90] = LABEL_INDEX["forehead"]
    plane[:30] = LABEL_INDEX["background"]
    return plane


def disc(x: int, y: int, radius: int) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def pictures(grain: float = 0.0) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return a smooth face with two spots, and the same without them."""
    shade = np.linspace(0, 30, SIDE)[:, None, None]
    clean = np.array([200, 160, 140]) - shade + np.zeros((SIDE, SIDE, 1))
    noise = np.random.default_rng(4).normal(0, 1, (SIDE, SIDE))
    clean = clean + 3 * cv2.GaussianBlur(noise, (0, 0), 1)[..., None]
    source = clean.copy()
    for spot, darker in DARKER.items():
        source[disc(*spot)] -= darker
    rng = np.random.default_rng(5)
    source += rng.normal(0, grain, clean.shape) if grain else 0.0
    clean += rng.normal(0, grain, clean.shape) if grain else 0.0
    return _bytes(source), _bytes(clean)


def _bytes(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.round(values.clip(0, 255)).astype(np.uint8)


def unit(values: NDArray[np.uint8]) -> NDArray[np.float32]:
    return values.astype(np.float32) / np.float32(255)


def face() -> PairFace:
    source, target = pictures()
    changes = changes_of(unit(source), unit(target), labels(), IOD)
    return PairFace(source, target, labels(), IOD, changes)


def always(plan: Plan) -> PlanSampler:
    def sampler(rng: np.random.Generator, kinds: Sequence[Kind], regions: Sequence[Region]) -> Plan:
        del rng, kinds, regions
        return plan

    return sampler


def whole(plan: Plan, seed: int) -> Lesson:
    """Return the whole face as a lesson, every pixel as it is."""
    rng = np.random.default_rng(seed)
    return pair_crop(face(), SIDE, rng, always(plan), iod_range=(IOD, IOD))


def layouts(photo: Photo) -> tuple[FaceLayout, ...]:
    window = Window(0.0, 0.0, float(SIDE), 512)
    plane = cv2.resize(labels(), (512, 512), interpolation=cv2.INTER_NEAREST)
    points = np.zeros((478, 2), np.float32)
    face_box = Box.of_size(photo.width, photo.height)
    return (FaceLayout(1, face_box, 1.0, points, IOD, window, np.asarray(plane, np.uint8)),)


def folder(data: Path, names: Sequence[str] = ("a.png",), place: str = ".") -> Path:
    source, target = pictures()
    for part, picture in (("source", source), ("target", target)):
        inner = data / place / "train" / part
        inner.mkdir(parents=True)
        for name in names:
            Photo.from_array(picture).write(inner / name)
    return data


@pytest.mark.parametrize("grain", [0.0, 1.0])
def test_what_changed_is_what_was_drawn(grain: float) -> None:
    source, target = pictures(grain)
    cover, _ = visible_change(unit(source), unit(target))
    drawn = disc(*ACNE) | disc(*MOLE)
    core = disc(*ACNE[:2], ACNE[2] - 1) | disc(*MOLE[:2], MOLE[2] - 1)
    assert (cover[core] == 1.0).all()
    near = cv2.dilate(drawn.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert (cover[~near] == 0.0).all()


def test_the_coding_of_a_jpeg_is_no_change() -> None:
    _, clean = pictures()
    _, coded = cv2.imencode(".jpg", clean, [cv2.IMWRITE_JPEG_QUALITY, 88])
    again = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    cover, _ = visible_change(unit(clean), unit(again))
    assert (cover > 0).mean() < 0.001


def test_changes_are_spots_with_a_kind_and_a_place() -> None:
    changes = face().changes
    named = {(KINDS[k], REGIONS[r]) for k, r in zip(changes.kinds, changes.regions, strict=True)}
    assert named == {(Kind.ACNE, Region.CHEEK_LEFT), (Kind.MOLE, Region.CHEEK_RIGHT)}
    assert not changes.tones.any()


def test_the_networks_name_goes_before_looks() -> None:
    source, target = pictures()
    seen = np.zeros((len(KINDS), SIDE, SIDE), np.float32)
    seen[KINDS.index(Kind.AGE_SPOT), disc(*MOLE)] = 0.6
    changes = changes_of(unit(source), unit(target), labels(), IOD, seen)
    assert {KINDS[k] for k in changes.kinds} == {Kind.ACNE, Kind.AGE_SPOT}
    assert changes.known[20, 20] == 1
    assert changes.known[disc(*MOLE)].max() == 0


def test_a_wide_change_is_a_tone_of_its_region() -> None:
    source, target = pictures()
    wide = np.zeros((SIDE, SIDE, 1))
    wide[30:90, 40:280] = 1.0
    paler = cv2.GaussianBlur(wide, (0, 0), 4)[..., None] * np.array([14, 2, 2])
    changes = changes_of(unit(source), unit(_bytes(target - paler)), labels(), IOD)
    assert len(changes.kinds) == 2
    assert {KINDS[v - 1] for v in np.unique(changes.tones) if v} == {Kind.REDNESS}
    assert (changes.tones[40:80, 50:270] > 0).mean() > 0.9
    assert not changes.tones[120:].any()


@pytest.mark.parametrize("seed", range(4))
def test_all_is_removed_where_all_is_asked_for(seed: int) -> None:
    one = whole(EVERYTHING, seed)
    assert torch.equal(one.target, one.clean)
    mirrored = not bool(one.kind_masks[0, KINDS.index(Kind.ACNE), ACNE[1], ACNE[0]])
    drawn = disc(*ACNE) | disc(*MOLE)
    expected = torch.from_numpy(drawn[:, ::-1].copy() if mirrored else drawn)
    assert torch.equal(one.kind_masks[0].amax(0) > 0, expected)
    assert torch.equal(one.requested[0, 0] > 0, expected)
    assert int(one.labels[0, 200, 10]) == LABEL_INDEX["cheek_left"]
    assert float((one.target - one.image).abs().amax(1)[0][~expected].max()) < 2 / 255


def test_what_was_not_asked_for_stays_bit_for_bit() -> None:
    seeds = range(6)
    for seed in seeds:
        one = whole(Plan(Action.RETOUCH, (Edit((Kind.ACNE,), (Region.CHEEK_LEFT,)),)), seed)
        changed = ((one.target - one.image).abs().amax(1) > 0)[0]
        mirrored = bool(one.kind_masks[0, KINDS.index(Kind.MOLE), MOLE[1], SIDE - 1 - MOLE[0]])
        if mirrored:  # the pimple lies on the right cheek of this picture
            assert not changed.any()
            assert not one.requested.any()
        else:
            assert bool(changed[ACNE[1], ACNE[0]])
            assert not changed[:, SIDE // 2 :].any()
            assert torch.equal(one.fill[0, 0] > 0, (one.fill[0, 0] > 0) | changed)
    assert any(
        whole(Plan(Action.RETOUCH, (Edit((Kind.ACNE,), (Region.CHEEK_RIGHT,)),)), s).requested.any()
        for s in seeds
    )


def test_a_plan_for_what_is_absent_changes_nothing() -> None:
    one = whole(Plan(Action.RETOUCH, (Edit((Kind.WRINKLE,)),)), 1)
    assert torch.equal(one.target, one.image)
    assert not one.requested.any()
    assert not one.fill.any()


def test_crops_of_any_scale_stay_aligned() -> None:
    rng = np.random.default_rng(11)
    pair, seen = face(), 0
    for _ in range(20):
        one = pair_crop(pair, 96, rng, always(EVERYTHING), iod_range=(50.0, 92.0))
        darker = (one.clean - one.image).amax(1)[0] > 0.1
        marked = one.kind_masks[0].amax(0) > 0
        seen += int(darker.sum())
        assert float((darker & ~marked).sum()) <= 0.25 * max(4.0, float(darker.sum()))
        assert not bool((darker & (one.fill[0, 0] == 0)).any())
        left = one.kind_masks[0, KINDS.index(Kind.ACNE)] > 0
        cheeks = {LABEL_INDEX["cheek_left"], LABEL_INDEX["cheek_right"]}
        assert set(one.labels[0][left].tolist()) <= cheeks
    assert seen > 100


def test_what_was_found_on_a_pair_is_remembered(tmp_path: Path) -> None:
    files = pair_files(folder(tmp_path / "data"), "train")
    calls: list[int] = []

    def counted(photo: Photo) -> tuple[FaceLayout, ...]:
        calls.append(1)
        return layouts(photo)

    first = PairStore(files, counted, cache=tmp_path / "cache").face(files[0])
    second = PairStore(files, counted, cache=tmp_path / "cache").face(files[0])
    assert len(calls) == 1
    assert np.array_equal(first.changes.owner, second.changes.owner)
    assert np.array_equal(first.rgb, second.rgb)
    PairStore(files, counted, cache=tmp_path / "cache", stamp="other").face(files[0])
    assert len(calls) == 2


def test_damaged_memories_are_made_again(tmp_path: Path) -> None:
    files = pair_files(folder(tmp_path / "data"), "train")
    PairStore(files, layouts, cache=tmp_path / "cache").face(files[0])
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(b"PK broken")
    assert PairStore(files, layouts, cache=tmp_path / "cache").face(files[0]).changes.anything


def test_pairs_without_a_face_or_a_change_are_passed_over(tmp_path: Path) -> None:
    data = folder(tmp_path, ("a.png", "b.png", "c.png"))
    same = (data / "train/source/b.png").read_bytes()
    (data / "train/target/b.png").write_bytes(same)
    (data / "train/target/c.png").write_bytes(b"nothing")
    store = PairStore(pair_files(data, "train"), layouts)
    rng = np.random.default_rng(0)
    for _ in range(8):
        assert store.any_face(rng).changes.anything
    assert set(store.skipped) == {"b.png", "c.png"}
    blind = PairStore(pair_files(data, "train"), lambda _: ())
    with pytest.raises(UsageError, match="No pair can be learned from"):
        blind.any_face(rng)


@pytest.mark.parametrize("place", [".", "pairs/face_retouching", "face_retouching"])
def test_pairs_are_found_in_either_place(tmp_path: Path, place: str) -> None:
    data = folder(tmp_path, ("a.png", "b.png"), place)
    (data / place / "train/target/b.png").rename(data / place / "train/target/z.png")
    assert [files.name for files in pair_files(data, "train")] == ["a.png"]


def drawn(batch: int, size: int) -> Iterator[Lesson]:
    while True:
        yield Lesson(
            image=torch.full((batch, 3, size, size), -1.0),
            target=torch.zeros(batch, 3, size, size),
            clean=torch.zeros(batch, 3, size, size),
            kind_masks=torch.zeros(batch, len(KINDS), size, size),
            requested=torch.zeros(batch, 1, size, size),
            fill=torch.zeros(batch, 1, size, size),
            known=torch.ones(batch, 1, size, size),
            labels=torch.zeros(batch, size, size, dtype=torch.uint8),
            texts=["drawn"] * batch,
            plans=[EVERYTHING] * batch,
        )


def test_pairs_are_mixed_in_at_their_share_and_anywhere(tmp_path: Path) -> None:
    store = PairStore(pair_files(folder(tmp_path), "train"), layouts)
    mixed = PairLessons(store, 32, seed=3).mixed(drawn(4, 32), 0.5)
    kinds = []
    for _ in range(30):
        one = next(mixed)
        ours = [bool(image.min() >= 0) for image in one.image]
        assert ours == [text != "drawn" for text in one.texts]
        assert one.kind_masks.shape == (4, len(KINDS), 32, 32)
        kinds.append(ours)
    shares = np.mean(kinds, 0)
    assert ((shares > 0.2) & (shares < 0.8)).all()
    again = PairLessons(store, 32, seed=3).mixed(drawn(4, 32), 0.5)
    assert torch.equal(
        next(again).image, next(PairLessons(store, 32, seed=3).mixed(drawn(4, 32), 0.5)).image
    )


def test_a_lesson_from_pairs_teaches_like_any_other(tmp_path: Path) -> None:
    torch.manual_seed(0)
    random.seed(0)
    store = PairStore(pair_files(folder(tmp_path), "train"), layouts)
    step = RetouchStep(RetouchNetwork(SMALL), fills=2, seed=1)
    losses = step(PairLessons(store, 64, seed=1).take(3))
    total = torch.stack(list(losses.values())).sum()
    total.backward()
    assert bool(torch.isfinite(total))
    assert {"any", "colour", "texture"} <= set(losses)


@pytest.mark.parametrize(
    "extra", [["--pairs-share", "2"], ["--pairs-share", "0.5"], ["--pairs-share", "often"]]
)
def test_a_wrong_share_or_folder_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], extra: list[str]
) -> None:
    assert main(["train", "retouch", "--data", str(tmp_path), *extra]) == 2
    error = capsys.readouterr().err
    assert error.startswith("retouchgpt: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_a_run_learns_from_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    def found(data: Path, weights: Sequence[Path], cache: Path) -> PairStore:
        del weights
        return PairStore(pair_files(data, "train"), layouts, cache=cache)

    def faces(data: Path, batch: int, size: int, seed: int, cache: Path) -> Iterator[Lesson]:
        del data, seed, cache
        assert share < 1.0, "no drawn face is needed where all lessons come from pairs"
        return drawn(batch, size)

    monkeypatch.setattr(retouch, "find_pairs", found)
    monkeypatch.setattr(retouch, "drawn_lessons", faces)
    retouch.train_retouch(
        data=folder(tmp_path / "data"),
        out=tmp_path / "weights" / "retouch",
        minutes=5,
        threads=1,
        runs=tmp_path / "runs" / "retouch",
        options=retouch.RunOptions(batch=2, fills=1, size=64, max_steps=2, pairs=share),
        config=SMALL,
    )
    assert (tmp_path / "weights" / "retouch" / "model.safetensors").is_file()
    assert list((tmp_path / "runs" / "pairs").iterdir())
