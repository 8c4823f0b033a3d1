"""The report of quality: report.md and report.html with pictures beside them."""

import html
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.evaluation.quality import Measured
from retouchgpt_core.evaluation.quality_tables import Table
from retouchgpt_core.evaluation.ways import OURS, OURS_TRUE, TELEA
from retouchgpt_core.photo import Photo

CROP = 256
"""Side of the pieces that are shown at 100 %."""
_STYLE = (
    "body{font:15px sans-serif;margin:2em;max-width:90em}table{border-collapse:collapse}"
    "td,th{border:1px solid #ccc;padding:.3em .6em;text-align:left}img{max-width:100%}"
)


def sheet(measured: Measured) -> NDArray[np.uint8]:
    """Return the busiest piece of a picture at 100 %: drawn, Telea, ours twice, the truth."""
    picture = measured.picture
    drawn = picture.kind_masks.max(0)
    side = min(CROP, drawn.shape[0])
    sums = cv2.boxFilter(drawn, -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT)
    half, last = side // 2, drawn.shape[0] - side
    row, column = np.unravel_index(int(sums.argmax()), sums.shape)
    top, left = (int(np.clip(at - half, 0, last)) for at in (row, column))
    made = measured.results
    shown = (
        picture.before, made[TELEA].picture, made[OURS].picture, made[OURS_TRUE].picture,
        picture.truth,
    )  # fmt: skip
    return np.concatenate([p[top : top + side, left : left + side] for p in shown], axis=1)


def write_sheet(measured: Measured, folder: Path, number: int) -> str:
    """Write a sheet; returns its file name inside the folder."""
    name = f"face-{number:02d}-{measured.picture.iod}.png"
    Photo.from_array(sheet(measured)).write(folder / name)
    return name


def write_report(
    folder: Path, intro: str, tables: Sequence[Table], pictures: Sequence[str]
) -> tuple[Path, Path]:
    """Write report.md and report.html into a folder that exists; returns both paths."""
    caption = f"Left to right: drawn, {TELEA}, {OURS}, {OURS_TRUE}, the face as it was."
    lines = ["# Quality", "", intro, ""]
    page = [f"<h1>Quality</h1><p>{html.escape(intro)}</p>"]
    for table in tables:
        lines += [f"## {table.title}", "", table.note, "", markdown(table), ""]
        page.append(_html(table))
    if pictures:
        lines += ["## Pictures", "", caption, "", *(f"![{p}]({p})\n" for p in pictures)]
        page.append(f"<h2>Pictures</h2><p>{html.escape(caption)}</p>")
        page += [f'<p><img src="{html.escape(p)}" alt="{html.escape(p)}"></p>' for p in pictures]
    text, web = folder / "report.md", folder / "report.html"
    text.write_text("\n".join(lines), encoding="utf-8")
    head = f'<!doctype html><meta charset="utf-8"><title>Quality</title><style>{_STYLE}</style>'
    web.write_text(head + "\n".join(page), encoding="utf-8")
    return text, web


def markdown(table: Table) -> str:
    """Return a table as Markdown."""
    rows = [table.head, tuple("---" for _ in table.head), *table.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def table_of(title: str, note: str, text: str) -> Table:
    """Read a table back from Markdown."""
    rows = [
        tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
        for line in text.splitlines()
        if line.strip()
    ]
    return Table(title, note, rows[0], tuple(rows[2:]))


def _html(table: Table) -> str:
    def cells(row: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in row) + "</tr>"

    rows = [cells(table.head, "th"), *(cells(row, "td") for row in table.rows)]
    return f"<h2>{table.title}</h2><p>{html.escape(table.note)}</p><table>{''.join(rows)}</table>"
