"""Folds are labelled where long valleys are, and nowhere else."""

import json

import cv2
import numpy as np
import torch

from retouchgpt_core.face.layout import LABEL_INDEX
from retouchgpt_core.network.config import LABEL_COUNT, TONE_INDEX, NetworkConfig
from retouchgpt_core.network.network import RetouchNetwork
from retouchgpt_core.photo import Photo
from retouchgpt_core.training import retouch_folds
from retouchgpt_core.training.retouch_fold_figures import measure_folds
from retouchgpt_core.training.retouch_folds import FOLDED, folded_faces, folds
from retouchgpt_core.training.retouch_real import STORED_PIXELS, RealFace
from retouchgpt_core.vocabulary import KINDS, Kind

IOD = 128.0
SIDE = 384


def skin() -> np.ndarray:
    grain = np.random.default_rng(0).normal(0, 1.0, (SIDE, SIDE, 1))
    return (np.array([205.0, 165, 145]) + grain).clip(0, 255).astype(np.uint8)


def shaded(rgb: np.ndarray, mask: np.ndarray) -> np.ndarray:
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.5)[..., None]
    return (rgb * (1.0 - 0.25 * soft)).astype(np.uint8)


def test_a_long_line_is_a_fold_and_a_spot_or_a_beard_is_none() -> None:
    labels = np.full((SIDE, SIDE), LABEL_INDEX["forehead"], np.uint8)
    labels[280:] = LABEL_INDEX["chin"]
    line = cv2.line(np.zeros((SIDE, SIDE), np.uint8), (100, 80), (260, 90), 1, 2)
    spots = cv2.circle(np.zeros((SIDE, SIDE), np.uint8), (200, 180), 5, 1, -1)
    bearded = cv2.line(np.zeros((SIDE, SIDE), np.uint8), (100, 330), (260, 330), 1, 2)
    found, banks = folds(shaded(skin(), line | spots | bearded), labels, IOD)
    near = cv2.dilate(line, np.ones((9, 9), np.uint8)) > 0
    assert not found[~near].any()
    assert found[:, 110:250].any(0).mean() > 0.9
    assert banks[:, 110:250].any(0).mean() > 0.9
    assert not (banks & (found | (line > 0))).any()
    assert not folds(skin(), labels, IOD)[0].any()


def test_two_folds_side_by_side_are_two_lines_with_skin_between() -> None:
    labels = np.full((SIDE, SIDE), LABEL_INDEX["forehead"], np.uint8)
    lines = np.zeros((SIDE, SIDE), np.uint8)
    for y in (100, 112):
        cv2.line(lines, (100, y), (260, y), 1, 2)
    found, banks = folds(shaded(skin(), lines), labels, IOD)
    assert found[95:105, 120:240].any(0).all()
    assert found[107:117, 120:240].any(0).all()
    assert not found[106, 120:240].any()
    assert banks[106, 120:240].mean() > 0.9


def test_folded_faces_are_taught_as_wrinkles_and_some_are_kept_apart(tmp_path, monkeypatch) -> None:
    names = [f"train/diverse/{n}.png" for n in range(7)]
    (tmp_path / "train" / "diverse").mkdir(parents=True)
    labels = np.full((STORED_PIXELS, STORED_PIXELS), LABEL_INDEX["forehead"], np.uint8)
    monkeypatch.setattr(retouch_folds, "rasterise", lambda *_: labels)
    line = cv2.line(np.zeros((SIDE, SIDE), np.uint8), (100, 150), (280, 150), 1, 2)
    points = np.random.default_rng(1).uniform(60, 320, (1, 478, 2)).astype(np.float32)
    points[0, [468, 473]] = (130, 190), (230, 190)
    points[0, [10, 152]] = (180, 100), (180, 330)
    for name in names[:-1]:
        Photo.from_array(shaded(skin(), line)).write(tmp_path / name)
    np.savez(tmp_path / "landmarks.npz", **dict.fromkeys(names, points))
    listed = tmp_path / "folded.json"
    listed.write_text(json.dumps(names), encoding="utf-8")
    monkeypatch.setattr(retouch_folds, "FOLDED", listed)
    faces = folded_faces(tmp_path)
    assert len(faces) == 5
    assert len(folded_faces(tmp_path, kept_apart=True)) == 1
    assert folded_faces(tmp_path / "train") == []
    for face in faces:
        lines = face.truth > 0
        assert lines.any()
        assert (face.kinds[lines] == KINDS.index(Kind.WRINKLE)).all()
        assert face.weight[lines].min() > face.weight[~lines].max() > 0
        assert face.toneless.shape[1] == LABEL_COUNT


def test_the_list_of_faces_names_portraits() -> None:
    names = json.loads(FOLDED.read_text(encoding="utf-8"))
    assert len(set(names)) == len(names) > 40
    assert all(name.startswith("train/") for name in names)


def test_the_share_of_folds_that_is_seen_is_told() -> None:
    lines = np.zeros((STORED_PIXELS, STORED_PIXELS), np.float32)
    cv2.line(lines, (200, 300), (600, 300), 1.0, 4)
    plain = np.zeros((STORED_PIXELS // 4, STORED_PIXELS // 4), np.uint8)
    face = RealFace(
        rgb=np.full((STORED_PIXELS, STORED_PIXELS, 3), 180, np.uint8),
        truth=lines,
        weight=lines,
        kinds=np.full(lines.shape, -1, np.int16),
        centres=np.zeros((1, 2)),
        labels=np.zeros(lines.shape, np.uint8),
        toneless=np.zeros((len(TONE_INDEX), LABEL_COUNT), np.float32),
        tones=np.stack([plain] * len(TONE_INDEX)),
    )
    widths = (8, 8, 16, 24, 32)
    network = RetouchNetwork(NetworkConfig(widths=widths, latent=16, blocks=2)).eval()
    bias = network.decoder.any.bias
    assert bias is not None
    for level, share in ((9.0, "1.00"), (-9.0, "0.00")):
        torch.nn.init.zeros_(network.decoder.any.weight)
        torch.nn.init.constant_(bias, level)
        assert f"| of the folds seen | {share} |" in measure_folds(network, [face])
