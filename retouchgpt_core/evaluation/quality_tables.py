"""From the records of all pictures to the tables of the report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from retouchgpt_core.evaluation.detection_score import SpotScore, resampled_interval, wilson
from retouchgpt_core.evaluation.drawn_set import IODS, TONE_NAMES
from retouchgpt_core.evaluation.fill_score import psnr
from retouchgpt_core.evaluation.quality import PictureScore
from retouchgpt_core.evaluation.ways import NOTHING, OURS, OURS_TRUE, WAYS
from retouchgpt_core.vocabulary import KINDS, SPOT_KINDS, kind_name

CONTRAST_BINS = ((6, 12), (12, 24), (24, 48), (48, 256))
"""Largest change of a channel, in levels of 255."""
Scores = Sequence[PictureScore]


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table with a sentence on how to read it."""

    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(scores: Scores) -> list[Table]:
    """Return all tables for these pictures."""
    return [retouching(scores), spots(scores), contrast(scores), areas(scores), groups(scores)]


def retouching(scores: Scores) -> Table:
    """Compare the ways: error where something was drawn, and what else they did."""
    rows: list[tuple[str, ...]] = []
    for way in WAYS:
        made = [s.ways[way] for s in scores]
        left = [r.gone for w in made for r in w.residues]
        rows.append(
            (
                way,
                f"{psnr([w.squared_error for w in made if w.squared_error > 0]):.2f}",
                f"{psnr([w.mark_error for w in made if w.mark_error > 0]):.2f}",
                _mean([w.colour_error for w in made], 2),
                share(sum(left), len(left)),
                _median([t for w in made for t in w.texture]),
                str(sum(w.changed_outside for w in made)),
                _mean([w.other_skin for w in made], 2),
            )
        )
    skin = _median([t for s in scores for t in s.skin_texture])
    rows.append(("the undrawn skin", "", "", "", "", skin, "", ""))
    return Table(
        "Retouching",
        "PSNR in dB and CIEDE2000 where the drawing changed something; PSNR of spots and lines is "
        "taken where no area is drawn. A mark is removed when less than a quarter of its contrast "
        "is left. Texture is the fine energy inside a mark over that of the skin around it "
        "(median). Outside: pixels that differ outside the way's own mask, and the mean change of "
        "undrawn skin in levels of 255.",
        ("", "PSNR", "PSNR of spots, lines", "dE2000", "marks removed", "texture",
         "pixels outside", "other skin"),
        tuple(rows),
    )  # fmt: skip


def spots(scores: Scores) -> Table:
    """Say of each kind of spot how many were found, as what, and how many finds are true."""
    rows = [
        _spot_row(kind_name(kind, 2), [s.spots for s in scores], lambda k, kind=kind: k is kind)
        for kind in KINDS
        if kind in SPOT_KINDS
    ]
    rows.append(_spot_row("all spots", [s.spots for s in scores], lambda k: k is not None))
    filtered = [s.filter_spots for s in scores]
    rows.append(_spot_row("all, difference of Gaussians", filtered, lambda k: True))  # noqa: ARG005
    return Table(
        "Spots",
        "Matched by centre within the larger of both radii and 0.025 IOD; what the undrawn face "
        "already triggers is left out. Right place: some mark is drawn there. 95 % intervals "
        "(Wilson).",
        ("", "found", "found as such", "finds in the right place", "finds of the right kind"),
        tuple(rows),
    )


def _spot_row(
    name: str, parts: Sequence[SpotScore], of: Callable[[object], bool]
) -> tuple[str, ...]:
    truth = [t for p in parts for t in p.truth if of(t.kind)]
    found = [f for p in parts for f in p.found if of(f.kind)]
    return (
        name,
        share(sum(t.found for t in truth), len(truth)),
        share(sum(t.found_as is t.kind for t in truth), len(truth)),
        share(sum(f.truth is not None for f in found), len(found)),
        share(sum(f.truth is not None and f.truth is f.kind for f in found), len(found)),
    )


def contrast(scores: Scores) -> Table:
    """Say of each kind of spot how many were found by how well they can be seen."""
    rows: list[tuple[str, ...]] = []
    for kind in (k for k in KINDS if k in SPOT_KINDS):
        cells = [kind_name(kind, 2)]
        for low, high in CONTRAST_BINS:
            some = [
                t.found
                for s in scores
                for t in s.spots.truth
                if t.kind is kind and low <= round(t.contrast * 255) < high
            ]
            cells.append(share(sum(some), len(some)))
        rows.append(tuple(cells))
    head = ("", *(f"{a} to {b - 1}" for a, b in CONTRAST_BINS))
    return Table("Spots found, by contrast", "In levels of 255.", head, tuple(rows))


def areas(scores: Scores) -> Table:
    """Say of each kind how well what is found covers what is drawn."""
    rows: list[tuple[str, ...]] = []
    for k, kind in enumerate(KINDS):
        parts = [(float(s.areas[k][0]), float(s.areas[k][1])) for s in scores]
        both, union = (sum(column) for column in zip(*parts, strict=True)) if parts else (0, 0)
        low, high = resampled_interval(parts)
        cell = f"{both / union:.2f} ({low:.2f} to {high:.2f})" if union else "-"
        rows.append((kind_name(kind, 2), cell, str(sum(b > 0 for _, b in parts))))
    return Table(
        "Masks",
        "Intersection over union of all pixels of a kind; 95 % intervals by drawing the pictures "
        "anew.",
        ("", "mask IoU", "pictures"),
        tuple(rows),
    )


def groups(scores: Scores) -> Table:
    """Break the main figures down by skin tone and by the size of the face."""
    parts: list[tuple[str, Scores]] = [("all", scores)]
    parts += [(n, [s for s in scores if s.tone == i]) for i, n in enumerate(TONE_NAMES)]
    parts += [(f"IOD {iod} px", [s for s in scores if s.iod == iod]) for iod in IODS]
    return Table(
        "By skin tone and face size",
        "Tone by the individual typology angle. Gain: PSNR above doing nothing. False edits: spots "
        "and lines found on an undrawn face where it certainly has none; in brackets all that is "
        "found there. Selectivity: energy changed in what was asked for over that in what was "
        "drawn and not asked for.",
        ("", "pictures", "spots found", "finds in the right place", "gain, true mask (dB)",
         "gain, own mask (dB)", "marks removed", "false edits a face", "selectivity"),
        tuple(_group_row(name, some) for name, some in parts),
    )  # fmt: skip


def _group_row(name: str, scores: Scores) -> tuple[str, ...]:
    if not scores:
        return (name, "0", *["-"] * 7)
    truth = [t.found for s in scores for t in s.spots.truth]
    found = [f.truth is not None for s in scores for f in s.spots.found]
    removed = [r.gone for s in scores for r in s.ways[OURS].residues]
    other = sum(s.other_energy for s in scores)
    asked = sum(s.asked_energy for s in scores)
    return (
        name,
        str(len(scores)),
        share(sum(truth), len(truth)),
        share(sum(found), len(found)),
        _gain(scores, OURS_TRUE),
        _gain(scores, OURS),
        share(sum(removed), len(removed)),
        f"{np.mean([s.false_edits for s in scores]):.2f} "
        f"({np.mean([s.base_finds for s in scores]):.2f})",
        f"{asked / other:.1f}" if other else "-",
    )


def _gain(scores: Scores, way: str) -> str:
    some = [s for s in scores if s.ways[NOTHING].squared_error > 0]
    better = psnr([s.ways[way].squared_error for s in some])
    return f"{better - psnr([s.ways[NOTHING].squared_error for s in some]):+.2f}"


def share(hits: int, total: int) -> str:
    """Return a proportion with its interval and counts; a dash without any."""
    if not total:
        return "-"
    low, high = wilson(hits, total)
    return f"{hits / total:.2f} ({low:.2f} to {high:.2f}; {hits} of {total})"


def _mean(values: Sequence[float], digits: int) -> str:
    return f"{np.mean(values):.{digits}f}" if values else "-"


def _median(values: Sequence[float]) -> str:
    return f"{np.median(values):.2f}" if values else "-"
