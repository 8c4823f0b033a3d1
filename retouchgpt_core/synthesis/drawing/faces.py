"""Clean faces to draw on: kept as bytes, cut into crops at any scale, mirrored, re-lit."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import torch

from retouchgpt_core.errors import UsageError
from retouchgpt_core.face.layout import LABEL_INDEX, LABELS, SKIN_LABELS
from retouchgpt_core.face.regions import rasterise
from retouchgpt_core.geometry import Window
from retouchgpt_core.synthesis.drawing.frames import light_direction, region_frames
from retouchgpt_core.synthesis.drawing.skin import doubtful_places, roughness_of, skin_likeness
from retouchgpt_core.vocabulary import REGIONS, Region, mirrored

SOURCES: tuple[str, ...] = ("tpdne", "studio", "diverse", "sfhq")
SOURCE_WEIGHT = {"tpdne": 1.0, "studio": 0.55, "diverse": 1.0, "sfhq": 1.0}
"""Studio faces are small and smooth, and there are many of them: they count about half."""
MAX_STORED = 768
"""Longest side of a stored face in pixels."""
FACE_SPAN = 4.4
"""Side of the stored square in inter-ocular distances."""
HEIGHT_TO_IOD = 0.38
"""Inter-ocular distance of a frontal face over its height, mesh 10 to 152 (median of 1,938)."""
MAX_ENLARGED = 1.15
IOD_RANGE = (70.0, 224.0)
_ITA_EDGES = (-30.0, 10.0, 28.0, 41.0, 55.0)
"""Individual typology angle in degrees: six groups from dark to very light (Chardon 1991)."""
_WRINKLED_SHARE = 0.06
_LABEL_BITS, _SKIN_BIT, _KNOWN_BIT = 0x3F, 0x40, 0x80


def _mirror_table() -> np.ndarray:
    """Return (256,) uint8: packed label byte -> the same with left and right swapped."""
    table = np.arange(256, dtype=np.uint8)
    for region in REGIONS:
        table[LABEL_INDEX[region]] = LABEL_INDEX[mirrored(region)]
    low = table[:64]
    return np.concatenate([low | bits for bits in (0, _SKIN_BIT, _KNOWN_BIT, 0xC0)])


MIRROR_LABELS = _mirror_table()
MIRROR_REGIONS = np.array([REGIONS.index(mirrored(Region(r))) for r in REGIONS])


@dataclass(frozen=True, slots=True)
class FaceCrops:
    """A batch of clean crops.

    image (B, 3, S, S) float [0, 1] sRGB; labels (B, S, S) uint8 of LABELS; skin (B, 1, S, S) bool
    where the pixel looks like skin and is labelled so; known (B, 1, S, S) bool where the base is
    certainly free of marks of its own; iod (B,) pixels; light (B, 2) x, y towards the light;
    frames (B, 16, 7) of FRAME_FIELDS in crop pixels; roll (B,) radians; face (B,) row in the store.
    """

    image: torch.Tensor
    labels: torch.Tensor
    skin: torch.Tensor
    known: torch.Tensor
    iod: torch.Tensor
    light: torch.Tensor
    frames: torch.Tensor
    roll: torch.Tensor
    face: torch.Tensor

    def to(self, device: torch.device | str) -> "FaceCrops":
        """Return the same crops on another device."""
        moved = {name: getattr(self, name).to(device) for name in self.__slots__}
        return replace(self, **moved)

    @property
    def count(self) -> int:
        return int(self.image.shape[0])


@dataclass(frozen=True, slots=True)
class StoredFace:
    """One face: rgb (H, W, 3) uint8, packed (H, W) uint8 = label | skin bit | known bit."""

    name: str
    rgb: np.ndarray
    packed: np.ndarray
    iod: float
    light: tuple[float, float]
    frames: np.ndarray
    roll: float
    ita: float
    roughness: float
    skin_points: np.ndarray
    """(16, 32, 2) float32 x, y of random clean-skin pixels in each region; NaN where absent."""

    @property
    def source(self) -> str:
        return self.name.split("/")[0]


def stored_face(
    name: str, rgb: np.ndarray, labels: np.ndarray, iod: float, *, seed: int = 0
) -> StoredFace:
    """Measure a clean face: skin, doubtful places, frames, light, tone.

    `rgb` is (H, W, 3) uint8 and `labels` (H, W) uint8 of LABELS, in the same pixels as `iod`.
    """
    skin = np.isin(labels, sorted(SKIN_LABELS)) & skin_likeness(rgb, labels, iod)
    doubtful = doubtful_places(rgb, labels, iod)
    packed = labels.astype(np.uint8) | np.where(skin, _SKIN_BIT, 0).astype(np.uint8)
    packed |= np.where(doubtful, 0, _KNOWN_BIT).astype(np.uint8)
    frames, roll = region_frames(labels)
    return StoredFace(
        name=name,
        rgb=rgb,
        packed=packed,
        iod=iod,
        light=light_direction(rgb, skin),
        frames=frames,
        roll=roll,
        ita=typology_angle(rgb, skin),
        roughness=roughness_of(rgb, skin, iod),
        skin_points=_skin_points(labels, skin, np.random.default_rng(seed)),
    )


def typology_angle(rgb: np.ndarray, skin: np.ndarray) -> float:
    """Return the individual typology angle in degrees, atan2(L - 50, b), of the skin's median."""
    pixels = rgb[skin]
    if len(pixels) < 16:
        return 30.0
    median = np.median(pixels, axis=0).reshape(1, 1, 3).astype(np.float32) / 255
    lightness, _, b = cv2.cvtColor(median, cv2.COLOR_RGB2LAB)[0, 0]
    return float(np.degrees(np.arctan2(lightness - 50.0, max(float(b), 1e-3))))


def height_corrected_iod(landmarks: np.ndarray) -> float:
    """Return the inter-ocular distance of (478, 2) landmarks, corrected for turned heads."""
    apart = float(np.linalg.norm(landmarks[468] - landmarks[473]))
    height = float(np.linalg.norm(landmarks[10] - landmarks[152]))
    return max(apart, HEIGHT_TO_IOD * height)


class FaceStore:
    """Clean faces in memory (or mapped from a cache folder), sampled as crops."""

    def __init__(self, faces: Sequence[StoredFace]) -> None:
        if not faces:
            raise UsageError("There are no faces to draw on.", "Check the data folder.")
        self.faces = tuple(faces)
        self.weights = _balanced_weights(self.faces)

    def __len__(self) -> int:
        return len(self.faces)

    @classmethod
    def load(
        cls,
        data: Path,
        *,
        sources: Sequence[str] = SOURCES,
        limit: int | None = None,
        cache: Path | None = None,
    ) -> "FaceStore":
        """Read DATA/train/<source> with DATA/landmarks.npz.

        `cache` is a folder: filled on the first call, memory-mapped by later ones (several
        processes then share the pages). `limit` takes that many faces, evenly over all.
        Raises UsageError if the folder holds no landmarks.
        """
        if cache is not None and (cache / "index.json").exists():
            return cls(_read_cache(cache, sources, limit))
        where = data / "landmarks.npz"
        if not where.exists():
            raise UsageError(f"{where} is not there.", "Give the data folder with --data DIR.")
        with np.load(where) as archive:
            names = [k for k in archive.files if k.split("/")[1] in sources and "train/" in k]
            if limit is not None:
                names = [names[i] for i in np.linspace(0, len(names) - 1, limit).astype(int)]
            meshes = [np.asarray(archive[n], np.float32)[0] for n in names]
        with ThreadPoolExecutor(2) as pool:
            read = pool.map(_read_face, [data] * len(names), names, meshes)
            faces = [face for face in read if face is not None]
        faces = _without_wrinkled(faces)
        if cache is not None:
            _write_cache(cache, faces)
            return cls(_read_cache(cache, sources, limit))
        return cls(faces)

    def sample(
        self,
        n: int,
        size: int = 192,
        rng: np.random.Generator | None = None,
        *,
        iod_range: tuple[float, float] = IOD_RANGE,
        jitter: bool = True,
    ) -> FaceCrops:
        """Return n crops of size x size pixels, each with skin in it; see FaceCrops.

        IOD is log-uniform in `iod_range` and never enlarges a face by more than MAX_ENLARGED;
        half of the crops are mirrored; exposure, white balance, contrast, gamma are jittered.
        """
        rng = np.random.default_rng() if rng is None else rng
        picked: np.ndarray = rng.choice(len(self.faces), size=n, p=self.weights)
        return stack_crops(
            [
                crop_face(self.faces[int(i)], int(i), size, rng, iod_range=iod_range, jitter=jitter)
                for i in picked
            ]
        )


def crop_face(
    face: StoredFace,
    row: int,
    size: int,
    rng: np.random.Generator,
    *,
    iod_range: tuple[float, float] = IOD_RANGE,
    jitter: bool = True,
) -> dict[str, Any]:
    """Cut one random crop; returns the fields of FaceCrops as arrays without the batch axis."""
    top = min(iod_range[1], face.iod * MAX_ENLARGED)
    low = min(iod_range[0], top)
    iod: float = low * float(top / low) ** float(rng.random())
    scale = iod / face.iod
    height, width = face.packed.shape
    side = max(8, min(round(size / scale), min(height, width)))
    scale = size / side
    present = np.flatnonzero(~np.isnan(face.skin_points[:, 0, 0]))
    if len(present):
        spot: np.ndarray = face.skin_points[
            rng.choice(present), rng.integers(face.skin_points.shape[1])
        ]
    else:
        spot = np.array([width / 2, height / 2])
    corner: np.ndarray = spot - side * rng.uniform(0.25, 0.75, 2)
    x, y = (int(np.clip(c, 0, s - side)) for c, s in zip(corner, (width, height), strict=True))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    rgb = cv2.resize(face.rgb[y : y + side, x : x + side], (size, size), interpolation=how)
    packed = np.asarray(
        cv2.resize(
            face.packed[y : y + side, x : x + side], (size, size), interpolation=cv2.INTER_NEAREST
        ),
        np.uint8,
    )
    frames = face.frames.copy()
    frames[:, :2] = (frames[:, :2] - (x, y)) * scale
    frames[:, 2:4] *= scale
    frames[:, 4] *= scale * scale
    roll, light = face.roll, np.array(face.light, np.float32)
    if rng.random() < 0.5:
        rgb, packed = rgb[:, ::-1], MIRROR_LABELS[packed[:, ::-1]]
        frames = frames[MIRROR_REGIONS]
        frames[:, 0] = size - frames[:, 0]
        frames[:, 5] *= -1
        roll, light = -roll, light * np.array([-1, 1], np.float32)
    curve = _tone_curves(rng) if jitter else np.tile(np.linspace(0, 1, 256), (3, 1))
    image = np.stack([curve[c].astype(np.float32)[rgb[..., c]] for c in range(3)])
    return {
        "image": image,
        "labels": packed & _LABEL_BITS,
        "skin": ((packed & _SKIN_BIT) > 0)[None],
        "known": ((packed & _KNOWN_BIT) > 0)[None],
        "iod": np.float32(face.iod * scale),
        "light": light,
        "frames": frames,
        "roll": np.float32(roll),
        "face": np.int64(row),
    }


def whole_face(face: StoredFace) -> dict[str, Any]:
    """Return a square face as one crop at its own scale, unchanged; fields as in crop_face."""
    level = face.rgb.astype(np.float32) / 255
    return {
        "image": np.ascontiguousarray(level.transpose(2, 0, 1)),
        "labels": face.packed & _LABEL_BITS,
        "skin": ((face.packed & _SKIN_BIT) > 0)[None],
        "known": ((face.packed & _KNOWN_BIT) > 0)[None],
        "iod": np.float32(face.iod),
        "light": np.array(face.light, np.float32),
        "frames": face.frames,
        "roll": np.float32(face.roll),
        "face": np.int64(0),
    }


def stack_crops(crops: Sequence[dict[str, Any]]) -> FaceCrops:
    """Stack the results of crop_face into one batch."""
    fields = {k: torch.as_tensor(np.stack([c[k] for c in crops])) for k in crops[0]}
    return FaceCrops(**fields)


def _tone_curves(rng: np.random.Generator) -> np.ndarray:
    """Return (3, 256) output levels [0, 1]: exposure and white balance in light, gamma, contrast.

    Exposure +-0.35 stops, white balance about 5 %, gamma and contrast about 12 %: what
    cameras and raw converters differ by, small enough to keep skin a skin colour.
    """
    level = np.linspace(0, 1, 256)
    gain = np.exp(rng.normal(0, 0.17) + rng.normal(0, 0.05, 3))
    light = np.clip(level[None] ** 2.2 * gain[:, None], 0, 1.6)
    light = np.where(light > 0.8, 0.8 + 0.2 * np.tanh((light - 0.8) / 0.2), light)
    level = light ** (np.exp(rng.normal(0, 0.1)) / 2.2)
    contrast = rng.normal(0, 0.12)
    return np.clip(level + contrast * level * (1 - level) * (2 * level - 1) * 2, 0, 1)


def _read_face(data: Path, name: str, landmarks: np.ndarray) -> StoredFace | None:
    bgr = cast("np.ndarray | None", cv2.imread(str(data / name), cv2.IMREAD_COLOR))
    if bgr is None:
        return None
    iod = height_corrected_iod(landmarks)
    centre = (landmarks[:468].min(0) + landmarks[:468].max(0)) / 2
    height, width = bgr.shape[:2]
    half = FACE_SPAN * iod / 2
    left, top = (int(max(0, c - half)) for c in centre)
    right, bottom = (int(min(s, c + half)) for c, s in zip(centre, (width, height), strict=True))
    rgb = cv2.cvtColor(bgr[top:bottom, left:right], cv2.COLOR_BGR2RGB)
    shrink = min(1.0, MAX_STORED / max(rgb.shape[:2]))
    if shrink < 1:
        rgb = cv2.resize(rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    side = max(rgb.shape[:2])
    labels = rasterise(landmarks, Window(left, top, side / shrink, side))
    labels = np.ascontiguousarray(labels[: rgb.shape[0], : rgb.shape[1]])
    short = name.removeprefix("train/")
    return stored_face(short, rgb, labels, iod * shrink, seed=sum(short.encode()))


def _skin_points(labels: np.ndarray, skin: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    points = np.full((len(REGIONS), 32, 2), np.nan, np.float32)
    for row, region in zip(points, REGIONS, strict=True):
        y, x = np.nonzero((labels == LABEL_INDEX[region]) & skin)
        if len(x):
            some = rng.integers(len(x), size=len(row))
            row[:] = np.stack([x[some], y[some]], 1)
    return points


def _without_wrinkled(faces: list[StoredFace]) -> list[StoredFace]:
    """Drop the most wrinkled or freckled faces of each source, twice as many of the diverse."""
    kept: list[StoredFace] = []
    for source in {f.source for f in faces}:
        group = [f for f in faces if f.source == source]
        share = _WRINKLED_SHARE * (5 if source == "diverse" else 1)
        edge = np.quantile([f.roughness for f in group], 1 - share)
        kept += [f for f in group if f.roughness <= edge]
    return sorted(kept, key=lambda f: f.name)


def _balanced_weights(faces: Sequence[StoredFace]) -> np.ndarray:
    """Weigh by source, then half-way towards equal shares of the six tone groups."""
    group = np.digitize([f.ita for f in faces], _ITA_EDGES)
    weight = np.array([SOURCE_WEIGHT.get(f.source, 1.0) for f in faces])
    share = np.bincount(group, weight, minlength=len(_ITA_EDGES) + 1) / weight.sum()
    weight = weight / np.sqrt(np.maximum(share, 0.01))[group]
    return weight / weight.sum()


_PLAIN = ("name", "iod", "light", "roll", "ita", "roughness")


def _write_cache(folder: Path, faces: Sequence[StoredFace]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    total = sum(f.packed.size for f in faces)
    pixels = np.lib.format.open_memmap(
        folder / "pixels.npy", mode="w+", dtype=np.uint8, shape=(total, 4)
    )
    at, rows = 0, list[dict[str, Any]]()
    for face in faces:
        size = face.packed.size
        pixels[at : at + size, :3] = face.rgb.reshape(-1, 3)
        pixels[at : at + size, 3] = face.packed.reshape(-1)
        rows.append({"at": at, "shape": face.packed.shape} | {k: getattr(face, k) for k in _PLAIN})
        at += size
    pixels.flush()
    np.savez(
        folder / "frames.npz",
        frames=np.stack([f.frames for f in faces]),
        points=np.stack([f.skin_points for f in faces]),
    )
    index = {"labels": list(LABELS), "faces": rows}
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


def _read_cache(folder: Path, sources: Sequence[str], limit: int | None) -> list[StoredFace]:
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    if index["labels"] != list(LABELS):
        raise UsageError(f"{folder} was made with other labels.", "Delete it and start again.")
    pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    with np.load(folder / "frames.npz") as archive:
        frames, points = archive["frames"], archive["points"]
    faces: list[StoredFace] = []
    for i, row in enumerate(index["faces"]):
        height, width = row["shape"]
        flat = pixels[row["at"] : row["at"] + height * width]
        faces.append(
            StoredFace(
                rgb=flat[:, :3].reshape(height, width, 3),
                packed=flat[:, 3].reshape(height, width),
                frames=frames[i],
                skin_points=points[i],
                name=row["name"],
                iod=row["iod"],
                light=(row["light"][0], row["light"][1]),
                roll=row["roll"],
                ita=row["ita"],
                roughness=row["roughness"],
            )
        )
    faces = [f for f in faces if f.source in sources]
    if limit is not None and limit < len(faces):
        faces = [faces[i] for i in np.linspace(0, len(faces) - 1, limit).astype(int)]
    return faces
