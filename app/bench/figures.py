"""What was measured, and how it is printed."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_MEGA = 1 << 20


@dataclass(slots=True)
class Figure:
    """Seconds that a step took in each run, beside a plain way to do it (`baseline`, in words).

    With `spread` the runs are frames, of which the slow ones count too.
    """

    name: str
    seconds: list[float] = field(default_factory=list[float])
    plain: list[float] = field(default_factory=list[float])
    baseline: str = ""
    spread: bool = False

    @property
    def cell(self) -> str:
        """The median in milliseconds; of frames the 50th, 95th and 99th percentile."""
        if not self.seconds:
            return "-"
        shares = (50, 95, 99) if self.spread else (50,)
        return " / ".join(_milliseconds(percentile(self.seconds, share)) for share in shares)

    @property
    def ratio(self) -> str:
        """How many times the plain way's median ours is; nothing without one."""
        if not self.plain or not self.seconds:
            return ""
        plain = statistics.median(self.plain)
        return f"{statistics.median(self.seconds) / max(plain, 1e-9):.2f}"


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident bytes over a session of `rounds`: after `settled` of them, at the end, at most."""

    rounds: int
    settled: int
    first: int
    last: int
    most: int

    @property
    def growth(self) -> float:
        """How much more it is at the end, in percent."""
        return 100 * (self.last / self.first - 1)

    def sentence(self) -> str:
        """Say it in megabytes."""
        return (
            f"Memory over {self.rounds} rounds: {self.first / _MEGA:.0f} MB after round "
            f"{self.settled}, {self.last / _MEGA:.0f} MB at the end, at most "
            f"{self.most / _MEGA:.0f} MB: {self.growth:+.1f} %."
        )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)]


def table(columns: Mapping[str, Sequence[Figure]]) -> str:
    """Return Markdown: a row a step, a column a photo size; a step that one lacks is left empty."""
    names = {figure.name: figure for figures in columns.values() for figure in figures}
    head = ["ms (median, or p50 / p95 / p99)", *columns, "x baseline", "baseline"]
    rows = [head, ["---"] * len(head)]
    for name, any_figure in names.items():
        found = [next((f for f in each if f.name == name), None) for each in columns.values()]
        ratios = [f.ratio for f in found if f is not None and f.ratio]
        cells = ["" if f is None else f.cell for f in found]
        rows.append([name, *cells, ", ".join(ratios), any_figure.baseline])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _milliseconds(seconds: float) -> str:
    value = 1000 * seconds
    return f"{value:.1f}" if value < 20 else f"{value:.0f}"
