"""Photographs beside their retouched copies: the folders of FFHQR, and what was changed in them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.errors import UsageError

Split = Literal["train", "test"]
PLACES: tuple[str, ...] = (".", "pairs/face_retouching", "face_retouching")
"""Where below a data folder the pairs may lie, in the order of looking."""
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff"})
SEEN, PLAIN = 2.0 / 255.0, 4.0 / 255.0
"""A change of `SEEN` begins to count, one of `PLAIN` counts wholly: two steps of 8 bits are the
most that two codings of the same skin differ by, and the least that an eye notices."""
NOISE_SIGMAS = 4.0
SMALLEST = 5
"""Pixels: what is smaller is the coding's noise."""
_BAND = 3.0


@dataclass(frozen=True, slots=True)
class PairFiles:
    """A photograph and its retouched copy; `name` is the file name that both have."""

    name: str
    source: Path
    target: Path


def pairs_folder(data: Path) -> Path | None:
    """Return the folder of the splits in `data` or below it, None if there is none."""
    for place in PLACES:
        folder = data / place
        if any((folder / split / "source").is_dir() for split in ("train", "test")):
            return folder
    return None


def pair_files(data: Path, split: Split) -> tuple[PairFiles, ...]:
    """Return the pairs of a split, by name: {split}/source and {split}/target, equal file names.

    Raises UsageError if there are none.
    """
    folder = pairs_folder(data)
    if folder is None:
        raise UsageError(
            f"There are no pairs in {data}.",
            "They lie in {train,test}/{source,target}, with equal file names.",
        )
    source, target = folder / split / "source", folder / split / "target"
    if not (source.is_dir() and target.is_dir()):
        other = "train" if split == "test" else "test"
        raise UsageError(
            f"{folder} has no {split}/source beside {split}/target.",
            f"Put pairs there; the {other} split is not used instead.",
        )
    twins = {path.name for path in target.iterdir()}
    found = tuple(
        PairFiles(path.name, path, target / path.name)
        for path in sorted(source.iterdir())
        if path.name in twins and path.suffix.lower() in SUFFIXES and path.is_file()
    )
    if not found:
        raise UsageError(
            f"No picture in {source} has one of the same name in {target}.",
            "The files of a pair have equal names.",
        )
    return found


def visible_change(
    source: NDArray[np.float32], target: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Say where and how a retoucher changed a picture.

    source, target (H, W, 3) in [0, 1]. Returns cover (H, W) in [0, 1], 0 where nothing changed
    visibly, rising from SEEN to PLAIN beyond the coding's noise, and target - source (H, W, 3);
    both float32. What is smaller than SMALLEST pixels, or only scattered, is noise.

    Raises ValueError if the sizes differ.
    """
    if source.shape != target.shape:
        raise ValueError(f"two pictures of one size, got {source.shape} and {target.shape}")
    change = (target - source).astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(change, (0, 0), _BAND), np.float32)
    noise = 1.4826 * np.median(np.abs(change - smooth), (0, 1))
    spare = np.maximum(0.0, NOISE_SIGMAS * noise - SEEN).astype(np.float32)  # a channel each
    amount = (np.abs(change) - spare).max(2)
    cover = np.clip((amount - SEEN) / (PLAIN - SEEN), 0.0, 1.0).astype(np.float32)
    # What is really there survives an average; noise of either sign does not.
    average = np.asarray(cv2.GaussianBlur(change, (0, 0), 1.0), np.float32)
    lasting = (np.abs(average) - spare).max(2) > SEEN
    return cover * _kept(cover > 0.0, lasting), change


def _kept(mask: NDArray[np.bool_], lasting: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return 1 on the connected parts of a mask that are large enough and somewhere lasting."""
    count, found, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    parts = np.asarray(found, np.int32)
    kept = np.asarray(stats[:, cv2.CC_STAT_AREA]) >= SMALLEST
    kept &= np.bincount(parts[lasting].ravel(), minlength=count) > 0
    kept[0] = False
    return kept[parts].astype(np.float32)
