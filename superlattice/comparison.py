"""Predicted, simulated, measured and published spacings in one table, each with its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from superlattice.study import Study

if TYPE_CHECKING:
    from superlattice.pipeline import Part

AGREEMENT = 0.03
"""Relative difference up to which two spacings are said to agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spacing:
    """One row: where a spacing comes from and what it is. None where a route gives no such number."""

    route: str
    quantity: str
    period_nm: float | None
    period_sd_nm: float | None = None
    gap_nm: float | None = None
    note: str = ""

    def cells(self) -> list[str]:
        """The row as text."""
        return [
            self.route,
            self.quantity,
            value_text(self.period_nm, self.period_sd_nm),
            value_text(self.gap_nm),
            self.note,
        ]


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
    warnings: tuple[str, ...] = ()

    COLUMNS = ("from", "what", "period [nm]", "gap [nm]", "note")

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "rows": {
                name: [
                    {
                        "route": r.route,
                        "quantity": r.quantity,
                        "period_nm": r.period_nm,
                        "period_sd_nm": r.period_sd_nm,
                        "gap_nm": r.gap_nm,
                        "note": r.note,
                    }
                    for r in rows
                ]
                for name, rows in self.rows.items()
            },
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
            "exchange": self.exchange,
            "measurements": {name: m.to_dict() for name, m in self.measurements.items()},
            "text": self.summary(),
        }

    def summary(self) -> str:
        """A table in plain text."""
        lines = []
        for name, rows in self.rows.items():
            lines += [f"== {name} =="] if name else []
            widths = [max(len(row.cells()[i]) for row in rows) for i in range(4)]
            for row in rows:
                cells = row.cells()
                lines.append("  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=False)) + "  " + cells[4])
        lines += [check.sentence() for check in self.checks]
        if self.exchange:
            lines += self.exchange["sentences"]
        return "\n".join(line.rstrip() for line in lines)

    def save_figures(self, folder: Path) -> None:
        """Write the pictures of the measurements."""
        for name, measurement in self.measurements.items():
            measurement.save(folder / f"measured_{name}")


def compare(study: Study, parts: Sequence[Part]) -> Comparison:
    """Put everything a study knows about its spacing side by side."""
    measurements = measure(study)
    rows: dict[str, tuple[Spacing, ...]] = {}
    checks: list[Check] = []
    for part in parts:
        predicted, simulated = prediction_rows(part), simulation_rows(part)
        measured = measurement_rows(study, measurements) if part is parts[0] else []
        rows[part.name] = (*predicted, *simulated, *measured)
        checks += checks_of(part, predicted, simulated, measured)
    exchange = exchange_of(study, parts) if len(parts) == 2 else None
    return Comparison(
        rows=rows,
        checks=tuple(checks),
        exchange=exchange,
        measurements=measurements,
        warnings=tuple(c.sentence() for c in checks if not c.agrees),
    )


def measure(study: Study) -> dict[str, Any]:
    """The measurements of the files that the study names."""
    made: dict[str, Any] = {}
    if (tem := study.compare.tem) is not None:
        from structure.measure_tem import measure_tem

        made["tem"] = measure_tem(
            study.path(tem.image), px_per_nm=tem.px_per_nm, scale_bar_nm=tem.scale_bar_nm, crop=tem.crop
        )
    if (saxs := study.compare.saxs) is not None:
        from structure.measure_saxs import measure_saxs

        made["saxs"] = measure_saxs(study.path(saxs.curve), q_unit=saxs.q_unit)
    return made


def value_text(value: float | None, sd: float | None = None) -> str:
    """A value with its standard uncertainty, or a dash.

    Examples
    --------
    >>> value_text(11.3, 0.02), value_text(None)
    ('11.30 ± 0.02', '–')
    """
    if value is None:
        return "–"
    return f"{value:.2f}" if sd is None else f"{value:.2f} ± {max(sd, 0.005):.2f}"
