"""Trains the face layout: detector and landmark network side by side, within a time budget."""

import csv
import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from retouchgpt_core.face.frame import FaceFrame
from retouchgpt_core.face.nets import (
    ANCHORS,
    CROP,
    CROP_RADII,
    MAP_CLASSES,
    STRIDE,
    DetectorNet,
    LandmarkNet,
)
from retouchgpt_core.face.weights import CONFIG, build_nets, load_nets, save_nets
from retouchgpt_core.training.face_classes import IGNORE
from retouchgpt_core.training.face_empty import EmptyPictures
from retouchgpt_core.training.face_faces import HELD_OUT, Face, load_faces
from retouchgpt_core.training.face_samples import (
    CropSample,
    PictureSample,
    crop_sample,
    picture_sample,
)
from retouchgpt_core.training.face_warps import View, framed, look

_BATCH = 24
_DETECTOR_BATCH = 16
_PEAK_RATE = 2e-3
_RESUMED_RATE = 5e-4
_WARM_STEPS = 100
_DETECTOR_SHARE = 0.3
"""Share of the time that the detector gets."""
_CHECK_SECONDS = 150.0
_CHECKED_YAWS = (0.0, 0.7, 0.0, -0.7)
"""Turns, in radians, of the held-out faces when they are looked at."""
_MISTAKEN_LOGIT = -2.5
"""From this chance on (8 %) a find that is no face is shown to the landmark network as such."""
_CLASS_WEIGHTS = {"other": 1.0, "skin": 1.0, "hair": 1.5, "glasses": 3.0}
"""Rims are thin: few pixels of the map would speak for them."""
_WEARERS = 4
"""How often a face that wears glasses stands in the list that samples are drawn from."""
_COLUMNS = (
    *("seconds", "detector_images", "detector_loss", "landmark_images", "landmark_loss"),
    *("landmark_error_drawn", "landmark_error_held", "map_right"),
)


@dataclass(frozen=True, slots=True)
class FaceCheck:
    """Figures on the held-out faces: mean landmark error by IOD, share of map pixels right."""

    landmark_error: float
    map_right: float


def _tensor(pictures: Sequence[np.ndarray]) -> torch.Tensor:
    stack = np.stack(pictures).transpose(0, 3, 1, 2)
    scaled = torch.from_numpy(np.ascontiguousarray(stack)).float().div_(255)
    return scaled.contiguous(memory_format=torch.channels_last)


class _Drawn:
    """Where samples come from: faces, a stock of empty pictures, the detector's mistakes."""

    def __init__(self, faces: Sequence[Face], rng: np.random.Generator) -> None:
        self._faces = faces
        self._rng = rng
        self._empty = EmptyPictures(faces, rng)
        self.mistaken: deque[np.ndarray] = deque(maxlen=800)

    def crop(self) -> CropSample:
        return crop_sample(self._faces, self._empty, self._rng, self.mistaken)

    def picture(self) -> PictureSample:
        return picture_sample(self._faces, self._empty, self._rng)


def _start_shape(net: LandmarkNet, drawn: _Drawn) -> None:
    """Start with the linear image of the anchors that fits drawn faces best, uncorrected."""
    shapes: list[np.ndarray] = []
    while len(shapes) < 1200:
        sample = drawn.crop()
        if sample.face:
            shapes.append(sample.points)
    table = np.stack(shapes).astype(np.float64)
    target = table.reshape(len(table), -1)
    given = table[:, list(ANCHORS)].reshape(len(table), -1)
    mean, middle = target.mean(0), given.mean(0)
    centred = given - middle
    ridge = 1e-3 * len(table) * np.eye(centred.shape[1])
    image = np.linalg.solve(centred.T @ centred + ridge, centred.T @ (target - mean))
    left = target - mean - centred @ image
    _, strength, axes = np.linalg.svd(left, full_matrices=False)
    count = net.basis.in_features
    scale = strength[:count] / math.sqrt(len(table))
    with torch.no_grad():
        net.spread.weight.copy_(torch.from_numpy(image.T.copy()))
        net.basis.bias.copy_(torch.from_numpy(mean - middle @ image))
        net.basis.weight.copy_(torch.from_numpy((axes[:count] * scale[:, None]).T.copy()))
        net.coefficients.weight.mul_(0.1)
        net.coefficients.bias.zero_()


def _landmark_loss(net: nn.Module, drawn: _Drawn) -> tuple[torch.Tensor, float]:
    samples = [drawn.crop() for _ in range(_BATCH)]
    output = net(_tensor([sample.pixels for sample in samples]))
    there = torch.tensor([sample.face for sample in samples])
    points = torch.from_numpy(np.stack([sample.points for sample in samples]))
    iod = torch.tensor([sample.iod for sample in samples])
    error = (output.points - points) / iod[:, None, None]
    # L1 far off, steeper near zero: what is left at the end are small errors.
    size = error.abs()
    shape = (size + 0.25 * torch.log1p(size / 0.02) * 0.1).mean((1, 2))[there].mean()
    sought = points[:, list(ANCHORS)]
    # An anchor outside the crop cannot be sought in it.
    visible = (sought.abs().amax(-1) < 0.98) & there[:, None]
    anchor = ((output.anchors - sought) / iod[:, None, None]).abs()[visible].mean()
    maps = torch.from_numpy(np.stack([sample.map for sample in samples])).long()
    weights = torch.tensor([_CLASS_WEIGHTS[name] for name in MAP_CLASSES])
    dense = functional.cross_entropy(output.map, maps, weights, ignore_index=IGNORE)
    presence = functional.binary_cross_entropy_with_logits(output.presence, there.float())
    distance = torch.linalg.vector_norm(error[there].detach(), dim=-1).mean()
    return 10 * shape + 10 * anchor + 0.5 * dense + 0.5 * presence, float(distance)


def _detector_loss(net: nn.Module, drawn: _Drawn) -> tuple[torch.Tensor, float]:
    samples = [drawn.picture() for _ in range(_DETECTOR_BATCH)]
    output = net(_tensor([sample.pixels for sample in samples]))
    target = torch.from_numpy(np.stack([sample.target for sample in samples]))
    weight = torch.from_numpy(np.stack([sample.weight for sample in samples]))
    known = torch.from_numpy(np.stack([sample.known for sample in samples]))
    heat = target[:, 0]
    for sample, maps in zip(samples, output.detach().numpy(), strict=True):
        crop = _mistake(sample, maps)
        if crop is not None:
            drawn.mistaken.append(crop)
    chance = torch.sigmoid(output[:, 0]).clamp(1e-5, 1 - 1e-5)
    centre = heat >= 0.999
    # Penalty-reduced focal loss of CenterNet (Zhou et al. 2019, eq. 1).
    found = -torch.log(chance) * (1 - chance) ** 2 * centre
    empty = -torch.log(1 - chance) * chance**2 * (1 - heat) ** 4 * ~centre
    count = centre.sum().clamp(min=1)
    focal = ((found + empty) * known).sum() / count
    box = (functional.smooth_l1_loss(output[:, 1:], target[:, 1:], reduction="none")).sum(1)
    box = (box * weight).sum() / weight.sum().clamp(min=1)
    return focal + box, float(box.detach())


def _mistake(sample: PictureSample, maps: np.ndarray) -> np.ndarray | None:
    """Cut out the strongest find of the detector that is no face, if it has one."""
    heat = np.where(sample.target[0] < 0.02, maps[0], -np.inf)
    row, column = divmod(int(heat.argmax()), heat.shape[1])
    if heat[row, column] < _MISTAKEN_LOGIT:
        return None
    x = (column + 0.5 + float(maps[1, row, column])) * STRIDE
    y = (row + 0.5 + float(maps[2, row, column])) * STRIDE
    radius = float(np.exp(np.clip(maps[3, row, column], -0.5, 2.0))) * STRIDE
    step = CROP_RADII * radius / CROP
    matrix = np.array([[step, 0, x - step * CROP / 2], [0, step, y - step * CROP / 2]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        sample.pixels, matrix, (CROP, CROP), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )


class _Average:
    """Exponential moving average of a network's weights and statistics."""

    def __init__(self, net: nn.Module, decay: float = 0.999) -> None:
        self._values = {key: value.detach().clone() for key, value in net.state_dict().items()}
        self._decay = decay
        self._steps = 0

    def update(self, net: nn.Module) -> None:
        self._steps += 1
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        for key, value in net.state_dict().items():
            if value.is_floating_point():
                self._values[key].lerp_(value, 1 - decay)
            else:
                self._values[key].copy_(value)

    def copy_to(self, net: nn.Module) -> None:
        net.load_state_dict(self._values)


def check(net: LandmarkNet, faces: Sequence[Face]) -> FaceCheck:
    """Measure the landmark network on faces that it never saw, half of them turned to a side."""
    rng = np.random.default_rng(0)
    errors: list[float] = []
    right = total = 0
    net.eval()
    for index, face in enumerate(faces):
        yaw = _CHECKED_YAWS[index % len(_CHECKED_YAWS)]
        view = framed(face, View(0.0, yaw, CROP / CROP_RADII, (CROP / 2, CROP / 2)))
        pixels, landmarks, skin, _ = look(face, view, CROP, rng)
        with torch.no_grad():
            output = net(_tensor([pixels]))
        points = (output.points[0].numpy() + 1) * (CROP / 2)
        error = np.hypot(*(points - landmarks).T).mean()
        errors.append(float(error) / FaceFrame.of(landmarks).iod)
        guess, truth = output.map[0].argmax(0).numpy(), skin[::2, ::2]
        counted = truth != IGNORE
        right += int((guess == truth)[counted].sum())
        total += int(counted.sum())
    return FaceCheck(float(np.mean(errors)), right / max(1, total))


def train_face(
    *,
    data: Path,
    out: Path,
    minutes: float,
    seed: int = 0,
    resume: bool = False,
    threads: int = 1,
) -> FaceCheck:
    """Train both networks for so many minutes of wall time and write them to `out`.

    `data` holds train/ and landmarks.npz ((faces, 478, 2) labels in MediaPipe's order). With
    `resume` training goes on from what `out` holds, at a lower rate. Each faces' file is read
    once; about 0.7 GB of memory. `out` gets config.json, model.safetensors and curve.csv, every
    few minutes.

    Raises UsageError without labels, WeightsError if what is resumed cannot be read.
    """
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, int(time.time()) if resume else 0])
    faces = load_faces(data)
    held = faces[::HELD_OUT]
    kept = [face for index, face in enumerate(faces) if index % HELD_OUT]
    kept += [face for face in kept if face.worn] * (_WEARERS - 1)
    drawn = _Drawn(kept, rng)
    if resume:
        detector, landmarks = load_nets(out)
    else:
        detector, landmarks = build_nets(CONFIG)
        _start_shape(landmarks, drawn)
    return _run(detector, landmarks, drawn, held, out, minutes * 60, resume)


def _run(
    detector: DetectorNet,
    landmarks: LandmarkNet,
    drawn: _Drawn,
    held: Sequence[Face],
    out: Path,
    seconds: float,
    resume: bool,
) -> FaceCheck:
    nets = {"detector": detector, "landmarks": landmarks}
    losses = {"detector": _detector_loss, "landmarks": _landmark_loss}
    for net in nets.values():
        for parameter in net.parameters():
            if parameter.dim() == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
        net.train()
    peak = _RESUMED_RATE if resume else _PEAK_RATE
    optimizers = {
        name: torch.optim.AdamW(net.parameters(), lr=peak, weight_decay=0.02)
        for name, net in nets.items()
    }
    averages = {name: _Average(net) for name, net in nets.items()}
    smooth: dict[str, tuple[float, float]] = {}
    spent = dict.fromkeys(nets, 1e-9)
    steps = dict.fromkeys(nets, 0)
    begin = checked = time.monotonic()
    best = _checked(averages, held) if resume else FaceCheck(math.inf, 0.0)
    out.mkdir(parents=True, exist_ok=True)
    with (out / "curve.csv").open("a" if resume else "w", newline="") as file:
        curve = csv.writer(file)
        if not resume:
            curve.writerow(_COLUMNS)
        while (passed := time.monotonic() - begin) < seconds:
            share = spent["detector"] / (spent["detector"] + spent["landmarks"])
            name = "detector" if share < _DETECTOR_SHARE else "landmarks"
            started = time.monotonic()
            progress = passed / seconds
            rate = peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
            for group in optimizers[name].param_groups:
                group["lr"] = rate * min(1.0, (steps[name] + 1) / _WARM_STEPS)
            loss, figure = losses[name](nets[name], drawn)
            optimizers[name].zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(nets[name].parameters(), 5.0)
            optimizers[name].step()
            averages[name].update(nets[name])
            steps[name] += 1
            spent[name] += time.monotonic() - started
            now = (float(loss.detach()), figure)
            old = smooth.get(name, now)
            smooth[name] = (0.95 * old[0] + 0.05 * now[0], 0.95 * old[1] + 0.05 * now[1])
            if time.monotonic() - checked > _CHECK_SECONDS:
                checked = time.monotonic()
                figures, best = _keep_better(averages, held, out, best)
                curve.writerow(_row(checked - begin, steps, smooth, figures))
                file.flush()
        figures, best = _keep_better(averages, held, out, best)
        curve.writerow(_row(time.monotonic() - begin, steps, smooth, figures))
    return best


def _row(
    passed: float,
    steps: dict[str, int],
    smooth: dict[str, tuple[float, float]],
    figures: FaceCheck,
) -> list[float | str]:
    detector = smooth.get("detector", (math.nan, math.nan))
    landmarks = smooth.get("landmarks", (math.nan, math.nan))
    return [
        round(passed),
        steps["detector"] * _DETECTOR_BATCH,
        f"{detector[0]:.4f}",
        steps["landmarks"] * _BATCH,
        f"{landmarks[0]:.4f}",
        f"{landmarks[1]:.4f}",
        f"{figures.landmark_error:.4f}",
        f"{figures.map_right:.4f}",
    ]


def _smoothed(averages: dict[str, _Average]) -> tuple[DetectorNet, LandmarkNet]:
    detector, landmarks = build_nets(CONFIG)
    averages["detector"].copy_to(detector)
    averages["landmarks"].copy_to(landmarks)
    return detector.eval(), landmarks.eval()


def _checked(averages: dict[str, _Average], held: Sequence[Face]) -> FaceCheck:
    return check(_smoothed(averages)[1], held)


def _keep_better(
    averages: dict[str, _Average], held: Sequence[Face], out: Path, best: FaceCheck
) -> tuple[FaceCheck, FaceCheck]:
    """Write the averaged networks unless their landmarks got worse than what was written."""
    detector, landmarks = _smoothed(averages)
    figures = check(landmarks, held)
    if figures.landmark_error <= best.landmark_error * 1.01:
        save_nets(out, detector, landmarks)
        return figures, figures
    return figures, best


__all__ = ["FaceCheck", "check", "train_face"]
