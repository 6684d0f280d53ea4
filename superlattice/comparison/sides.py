"""Predicted, simulated, measured and published spacings in one table, each with its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from superlattice.comparison.data import DataComparison, compare_data
from superlattice.comparison.spacings import (
    DRY_PAIR,
    GAP_MEANING,
    RELAXED,
    TEM_FFT,
    Side,
    Spacing,
    measurement_rows,
    prediction_rows,
    published_rows,
    simulation_rows,
)
from superlattice.study.study import Study

AGREEMENT = 0.03
"""Relative difference up to which two spacings are said to agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Two spacings of one part, how far apart they are, and why if they do not agree."""

    part: str
    first: str
    second: str
    difference: float
    agrees: bool
    reason: str

    def sentence(self) -> str:
        """For people."""
        where = f"{self.part}: " if self.part else ""
        verdict = "agree" if self.agrees else "DIFFER"
        text = f"{where}{self.first} and {self.second} {verdict} ({self.difference:+.1%})"
        return text + ("" if self.agrees or not self.reason else f": {self.reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All spacings of a study, the checks between them, and an exchange if there is one."""

    rows: dict[str, tuple[Spacing, ...]]
    checks: tuple[Check, ...]
    exchange: dict[str, Any] | None = None
    measurements: dict[str, Any] = field(default_factory=dict)
    data: DataComparison | None = None
    warnings: tuple[str, ...] = ()

    COLUMNS = ("from", "what", "period [nm]", "gap [nm]", "note")

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "rows": {name or "study": [row.to_dict() for row in rows] for name, rows in self.rows.items()},
            "checks": [
                {
                    "part": c.part,
                    "first": c.first,
                    "second": c.second,
                    "relative_difference": c.difference,
                    "agrees": c.agrees,
                    "reason": c.reason,
                }
                for c in self.checks
            ],
            "exchange": self.exchange["rows"] if self.exchange else None,
            "measurements": {name: m.to_dict() for name, m in self.measurements.items()},
            "data": self.data.to_dict() if self.data else None,
            "text": self.summary(),
        }

    def summary(self) -> str:
        """A table in plain text, under a header with the units."""
        cells = {name: [row.cells() for row in rows] for name, rows in self.rows.items()}
        every = [list(self.COLUMNS), *(row for rows in cells.values() for row in rows)]
        # The note is last and as long as it is.
        widths = [max(len(row[i]) for row in every) for i in range(len(self.COLUMNS) - 1)] + [0]
        lines = [_line(self.COLUMNS, widths)]
        for name, rows in cells.items():
            lines += [f"== {name} =="] if name else []
            lines += [_line(row, widths) for row in rows]
        lines.append(GAP_MEANING)
        lines += [check.sentence() for check in self.checks]
        if self.exchange:
            lines += self.exchange["sentences"]
        if self.data:
            lines.append(self.data.summary())
        return "\n".join(line.rstrip() for line in lines)

    def save_figures(self, folder: Path) -> None:
        """Write the pictures of the measurements, and of the simulation beside them."""
        for name, measurement in self.measurements.items():
            measurement.save(folder / f"measured_{name}")
        if self.data:
            self.data.save(folder)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))


def compare(study: Study, sides: Sequence[Side]) -> Comparison:
    """Put everything a study knows about its spacing side by side.

    Parameters
    ----------
    study
        Names the measured files and published numbers.
    sides
        One for each ligand of the study; measured numbers belong to the first.

    Raises
    ------
    InputError
        If a measured file cannot be used.
    """
    measurements = measure(study)
    rows: dict[str, tuple[Spacing, ...]] = {}
    checks: list[Check] = []
    for side in sides:
        predicted, simulated = prediction_rows(side), simulation_rows(side)
        measured = measurement_rows(side, measurements) if side is sides[0] else []
        rows[side.name] = (*predicted, *simulated, *measured)
        checks += checks_of(side, predicted, simulated, measured)
    if study.compare.published:
        rows["published"] = tuple(published_rows(study))
    exchange = exchange_of(sides[0], sides[1]) if len(sides) == 2 else None
    return Comparison(
        rows=rows,
        checks=tuple(checks),
        exchange=exchange,
        measurements=measurements,
        data=compare_data(study, sides[0], measurements),
        warnings=tuple(c.sentence() for c in checks if not c.agrees),
    )


def measure(study: Study) -> dict[str, Any]:
    """The measurements of the files that the study names."""
    made: dict[str, Any] = {}
    if (tem := study.compare.tem) is not None:
        from structure.micrographs.measure import measure_tem

        made["tem"] = measure_tem(
            study.path(tem.image), px_per_nm=tem.px_per_nm, scale_bar_nm=tem.scale_bar_nm, crop=tem.crop
        )
    if (saxs := study.compare.saxs) is not None:
        from structure.saxs_fit.measure import measure_saxs

        made["saxs"] = measure_saxs(study.path(saxs.curve), q_unit=saxs.q_unit)
    return made


def checks_of(
    side: Side, predicted: Sequence[Spacing], simulated: Sequence[Spacing], measured: Sequence[Spacing]
) -> list[Check]:
    """The simulated period (or without one, the predicted) beside every other route, with reasons for differences."""
    by_name = {row.quantity: row for row in (*predicted, *simulated, *measured)}
    headline = f"{side.prediction.period_model}, dry crystal"
    base_name = RELAXED if side.analysis is not None else headline
    base = by_name.get(base_name)
    if base is None or base.period_nm is None:
        return []
    others = [
        (headline, _headline_reason(side)),
        (DRY_PAIR, _simulation_reason(side)),
        (TEM_FFT, "the picture is of one frame, and of projected columns"),
        *((row.quantity, "the measured sample need not be this study's") for row in measured),
    ]
    if side.analysis is None:
        others = others[3:]
    return [
        _check(side.name, base, by_name[name], reason)
        for name, reason in others
        if name in by_name and by_name[name].period_nm is not None
    ]


def _check(part: str, base: Spacing, other: Spacing, reason: str) -> Check:
    assert base.period_nm is not None
    assert other.period_nm is not None
    difference = base.period_nm / other.period_nm - 1
    return Check(
        part=part,
        first=f"{base.route} period ({base.period_nm:.2f} nm)",
        second=f"{other.route} {other.quantity} ({other.period_nm:.2f} nm)",
        difference=difference,
        agrees=abs(difference) <= AGREEMENT,
        reason=reason,
    )


def _headline_reason(side: Side) -> str:
    if side.prediction.partner:
        return "the prediction is of the nanocrystals without the partner"
    return "the pair energy holds facing cubes apart by straight chains, the upper end of the models' bracket"


def _simulation_reason(side: Side) -> str:
    notes = "; ".join(side.simulation_notes)
    return f"see the simulation's own notes ({notes})" if notes else "thermal motion moves cubes off the minimum"


def exchange_of(before: Side, after: Side) -> dict[str, Any]:
    """Contraction of period and gap when one ligand replaces another, predicted and simulated."""
    routes = [
        ("predicted, dry crystal", _predicted(before), _predicted(after)),
        ("pair energy, dry", _pair(before), _pair(after)),
        ("simulated", _simulated(before), _simulated(after)),
    ]
    names = f"{before.ligand} to {after.ligand}"
    rows: list[list[str]] = []
    sentences: list[str] = []
    data: list[dict[str, Any]] = []
    for route, old, new in routes:
        if old is None or new is None:
            continue
        (period_0, gap_0), (period_1, gap_1) = old, new
        rows.append([route, _arrow(period_0, period_1), _arrow(gap_0, gap_1)])
        sentences.append(f"{names}, {route}: period {rows[-1][1]}, gap {rows[-1][2]}")
        data.append(
            {
                "route": route,
                "period_before_nm": period_0,
                "period_after_nm": period_1,
                "gap_before_nm": gap_0,
                "gap_after_nm": gap_1,
            }
        )
    return {
        "rows": data,
        "sentences": sentences,
        "table": {
            "title": f"Ligand exchange: {names}",
            "text": "Period is centre to centre, gap is between facing cores. Published numbers are in the table above,"
            " with what they leave unsaid.",
            "columns": ["from", "period [nm]", "gap [nm]"],
            "rows": rows,
            "numbers": set(),
        },
    }


def _predicted(side: Side) -> tuple[float, float] | None:
    return side.prediction.period_nm, side.prediction.gap_nm


def _pair(side: Side) -> tuple[float, float] | None:
    pair = side.prediction.pair_dry
    return (pair.period_nm, pair.gap_nm) if pair else None


def _simulated(side: Side) -> tuple[float, float] | None:
    if side.analysis is None or not side.analysis.lattice.found:
        return None
    return side.analysis.lattice.period_nm, side.analysis.lattice.gap_nm


def _arrow(before: float, after: float) -> str:
    return f"{before:.2f} → {after:.2f} ({after / before - 1:+.0%})"
