"""Mean and spread of what several files of one kind say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from superlattice.measuring.kinds import Kind, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    r"""One quantity over the files of one group.

    Parameters
    ----------
    group
        The lattice or phase they share.
    quantity
        Column.
    n
        Files that tell it.
    mean
        Mean over the files [unit of the column].
    spread
        Standard deviation between files [unit of the column]; NaN for one file.
    stated_sd
        Root mean square of the files' own uncertainties, without the part they share; NaN where they state none.
    sd
        Standard uncertainty of the mean: that of independent files, :math:`\max(s, u)/\sqrt n` with the spread s and
        the stated u, and the part that all files share, which no number of files makes smaller.
    """

    group: str
    quantity: str
    n: int
    mean: float
    spread: float
    stated_sd: float
    sd: float

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def averages(kind: Kind, rows: Sequence[Row]) -> tuple[list[Average], str]:
    """Means over the rows of each group that are sure, and a sentence on what was left out.

    Where no row is sure all count, and the sentence says so.

    Parameters
    ----------
    kind
        Of the files.
    rows
        One per file.

    Examples
    --------
    >>> from superlattice.measuring.kinds import KINDS
    >>> rows = [{"lattice": "square", "confidence": "high", "spacing_nm": x, "spacing_sd_nm": 0.05, "scale_sd_nm": 0.04}
    ...         for x in (6.6, 6.7, 6.8)]
    >>> (spacing,), note = averages(KINDS["tem"], rows)
    >>> spacing.n, round(spacing.mean, 2), round(spacing.spread, 2), round(spacing.sd, 3)
    (3, 6.7, 0.1, 0.07)
    """
    measured = [row for row in rows if not row.get("error")]
    sure = [row for row in measured if row.get("confidence") == "high"]
    used = sure or measured
    made: list[Average] = []
    groups = [""] if kind.group == "confidence" else sorted({str(row.get(kind.group)) for row in used})
    for group in groups:
        members = [row for row in used if not group or str(row.get(kind.group)) == group]
        for column, sd_column, said in kind.numbers:
            if said and (found := _average(kind, group, members, column, sd_column)) is not None:
                made.append(found)
    note = ""
    if sure and len(sure) < len(measured):
        note = f"means are over the {len(sure)} of {len(measured)} files of high confidence"
    elif made and not sure:
        note = "no file has high confidence: means are over all of them"
    failed = len(rows) - len(measured)
    if failed:
        note += f"{'; ' if note else ''}{failed} of {len(rows)} files could not be measured"
    return made, note


def _average(kind: Kind, group: str, rows: Sequence[Row], column: str, sd_column: str) -> Average | None:
    told = [row for row in rows if row.get(column) is not None]
    if not told:
        return None
    values = np.array([float(row[column]) for row in told])
    n = len(values)
    spread = float(np.std(values, ddof=1)) if n > 1 else math.nan
    sds = [row.get(sd_column) for row in told] if sd_column else [None]
    common = _common_relative(kind, told) * float(values.mean()) if sd_column and column.endswith("_nm") else 0.0
    stated = math.nan
    if all(isinstance(sd, int | float) for sd in sds):
        own = [max(float(sd) ** 2 - common**2, 0.0) for sd in sds if sd is not None]
        stated = math.sqrt(float(np.mean(own)))
    parts = [x for x in (spread, stated) if math.isfinite(x)]
    sd = math.hypot(max(parts) / math.sqrt(n), common) if parts else math.nan
    return Average(
        group=group, quantity=column, n=n, mean=float(values.mean()), spread=spread, stated_sd=stated, sd=sd
    )  # fmt: skip


def _common_relative(kind: Kind, rows: Sequence[Row]) -> float:
    """The relative uncertainty that all files share: a scale that is off is off in all of them, and in every length."""
    if not kind.common_sd:
        return 0.0
    first = kind.numbers[0][0]
    values = [
        float(row[kind.common_sd]) / float(row[first]) for row in rows if row.get(kind.common_sd) and row.get(first)
    ]
    return min(values) if len(values) == len(rows) else 0.0
