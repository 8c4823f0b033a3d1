"""Every figure that the face layout is held to, each beside its bound."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from retouchgpt_core.face.finder import FaceFinder
from retouchgpt_core.training.face_cost import SIZE, memory_to_find, time_to_find
from retouchgpt_core.training.face_faces import Face, labelled, load_faces
from retouchgpt_core.training.face_pictures import (
    Group,
    group_picture,
    pictures_without_faces,
    shipped_pictures,
)
from retouchgpt_core.training.face_reach import (
    SetFigures,
    broken_faces,
    false_faces,
    map_agreement,
    measure_groups,
    measure_set,
    scaled,
    worn,
)
from retouchgpt_core.training.face_textures import texture

PICTURES = 200
_CROWD = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what was measured, on how much, the figure, its bound, if it holds.

    `holds` is None where no bound was set.
    """

    what: str
    on: str
    value: str
    bound: str
    holds: bool | None


def measured_figures(
    data: Path, weights: Path, told: Callable[[str], None] = lambda _: None
) -> list[Figure]:
    """Measure everything; some ten minutes on one core. `told` hears what is being measured.

    `data` holds photos/ and landmarks.npz; the group pictures are made of photos/ alone, which
    no training saw.
    """
    cv2.setNumThreads(1)
    finder = FaceFinder.load(weights)
    london, canada, close = (
        list(labelled(data, f"photos/{name}")) for name in ("london", "canada", "highres")
    )
    some = [*canada, *london[::4]]
    figures: list[Figure] = []
    for name, photos in (("photos/london", london), ("photos/canada", canada)):
        told(name)
        figures += _set_figures(name, measure_set(finder, photos), 0.03)
    told("worn photographs")
    name = "canada, a quarter of london: roll to 45 degrees, half shadow, blur, JPEG"
    figures += _set_figures(name, measure_set(finder, some, worn), 0.045)
    name = "the same at IOD 36"
    figures += _set_figures(name, measure_set(finder, some, scaled(36.0)), None)
    figures += _set_figures("photos/highres (15 MP, turned)", measure_set(finder, close), None)
    told("skin and not skin")
    agreement = map_agreement(finder, canada)
    figures.append(
        Figure("skin or not, as GrabCut says", "photos/canada", f"{agreement:.1%}", "", None)
    )
    told("groups")
    faces = load_faces(data, "photos/london") + load_faces(data, "photos/canada")
    shipped = shipped_pictures()
    figures += _group_figures(finder, faces, shipped)
    told("pictures without a face")
    figures += _false_figures(finder, data, shipped)
    told("time and memory")
    large = group_picture(faces, _backdrops(shipped), 5, np.random.default_rng(5), SIZE).pixels
    return figures + _cost_figures(weights, large)


def _set_figures(name: str, found: SetFigures, bound: float | None) -> list[Figure]:
    on = f"{name}, {found.photos} photos" if found.photos > 1 else name
    limit = "" if bound is None else f"at most {bound:.1%}"
    regions = "" if bound != 0.03 else "at least 0.85"
    return [
        Figure(
            "mean error by IOD", on, f"{found.error:.2%}", limit,
            None if bound is None else found.error <= bound,
        ),
        Figure("worst photo", on, f"{found.worst:.2%}", "", None),
        Figure("irises", on, f"{found.irises:.2%}", "", None),
        Figure(
            "regions, mean IoU", on, f"{found.overlap:.3f}", regions,
            found.overlap >= 0.85 if regions else None,
        ),
        Figure("head pose, worst angle on average", on, f"{found.pose:.1f} degrees", "", None),
        _none("faces missed", on, found.missed),
        _none("faces too many", on, found.extra),
        _none("sides swapped", on, found.swapped),
    ]  # fmt: skip


def _none(what: str, on: str, count: int) -> Figure:
    return Figure(what, on, str(count), "0", count == 0)


def _backdrops(shipped: Sequence[np.ndarray]) -> list[np.ndarray]:
    rng = np.random.default_rng(30)
    return [*shipped, *(texture(400, rng) for _ in range(20))]


def _groups(faces: Sequence[Face], shipped: Sequence[np.ndarray], seed: int) -> Iterator[Group]:
    rng = np.random.default_rng(seed)
    backdrops = _backdrops(shipped)
    for index in range(PICTURES):
        count = 20 if index % 20 == 0 else int(rng.integers(2, 9))
        yield group_picture(faces, backdrops, count, rng)


def _group_figures(
    finder: FaceFinder, faces: Sequence[Face], shipped: Sequence[np.ndarray]
) -> list[Figure]:
    found = measure_groups(finder, _groups(faces, shipped, 40))
    on = f"{found.faces} faces of 40 px or more in {PICTURES} made groups of 2 to 20"
    crowd = group_picture(faces, _backdrops(shipped), _CROWD, np.random.default_rng(41))
    many = measure_groups(finder, [crowd])
    return [
        _none("faces missed", on, found.missed),
        Figure("faces too many", on, str(found.extra), "", None),
        Figure("mean error by IOD", on, f"{found.error:.2%}", "", None),
        _none("sides swapped", on, found.swapped),
        _none("faces missed", f"one made group of {_CROWD}", many.missed),
    ]


def _false_figures(finder: FaceFinder, data: Path, shipped: Sequence[np.ndarray]) -> list[Figure]:
    seen, found = false_faces(finder, pictures_without_faces(shipped, data, PICTURES))
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(seen.items()))
    where = ", ".join(f"{count} {kind}" for kind, count in sorted(found.items()) if count)
    total = sum(found.values())
    _, broken = false_faces(finder, broken_faces(data, PICTURES))
    return [
        Figure(
            "false faces", f"{PICTURES} pictures without one ({kinds})",
            f"{total} ({where})" if total else "0", "fewer than 1", total == 0,
        ),
        Figure(
            "false faces", f"{PICTURES} pictures, many of shuffled, wiped or overturned faces",
            str(sum(broken.values())), "", None,
        ),
    ]  # fmt: skip


def _cost_figures(weights: Path, large: np.ndarray) -> list[Figure]:
    threads = min(2, os.cpu_count() or 1)
    spent, memory = time_to_find(weights, large, threads), memory_to_find(weights, large)
    on = f"{large.shape[1] * large.shape[0] / 1e6:.0f} MP, five faces"
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return [
        Figure(
            "seconds on the clock", f"{on}, {threads} threads, system load {busy:.1f}",
            f"{spent.clock:.2f}", "under 1.5", spent.clock < 1.5,
        ),
        Figure("seconds of one core", on, f"{spent.core:.2f}", "", None),
        Figure(
            "MB above torch and the photo", on,
            "not told here" if memory is None else f"{memory:.0f}", "under 200",
            None if memory is None else memory < 200,
        ),
    ]  # fmt: skip


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table."""
    holds = {True: "yes", False: "NO", None: ""}
    rows = [f"| {f.what} | {f.on} | {f.value} | {f.bound} | {holds[f.holds]} |" for f in figures]
    return "\n".join(["| what | on | figure | bound | holds |", "|---|---|---|---|---|", *rows])


__all__ = ["Figure", "measured_figures", "table"]
