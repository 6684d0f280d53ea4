"""Predicted, simulated, measured and published spacings in one table, each with its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from superlattice.spacings import (
    DRY_PAIR,
    RELAXED,
    TEM_FFT,
    Spacing,
    measurement_rows,
    prediction_rows,
    published_rows,
    simulation_rows,
)
from superlattice.study import Study

if TYPE_CHECKING:
    from superlattice.pipeline import Part

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
        measured = measurement_rows(part, measurements) if part is parts[0] else []
        rows[part.name] = (*predicted, *simulated, *measured)
        checks += checks_of(part, predicted, simulated, measured)
    if study.compare.published:
        rows["published"] = tuple(published_rows(study))
    exchange = exchange_of(parts[0], parts[1]) if len(parts) == 2 else None
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


def checks_of(
    part: Part, predicted: Sequence[Spacing], simulated: Sequence[Spacing], measured: Sequence[Spacing]
) -> list[Check]:
    """The simulated period beside every other route, with the reason where they do not agree."""
    by_name = {row.quantity: row for row in (*predicted, *simulated)}
    relaxed = by_name.get(RELAXED)
    if relaxed is None or relaxed.period_nm is None:
        return []
    checks = []
    headline = f"{part.prediction.period_model}, dry crystal"
    pairs = [
        (headline, "the pair energy holds facing cubes apart by straight chains, the upper end of the models' bracket"),
        (DRY_PAIR, _simulation_reason(part)),
        (TEM_FFT, "the picture is of one frame, and of projected columns"),
        *((row.quantity, "the measured sample need not be this study's") for row in measured),
    ]
    everything = by_name | {row.quantity: row for row in measured}
    for name, reason in pairs:
        other = everything.get(name)
        if other is None or other.period_nm is None:
            continue
        difference = relaxed.period_nm / other.period_nm - 1
        checks.append(
            Check(
                part=part.name,
                first=f"simulated period ({relaxed.period_nm:.2f} nm)",
                second=f"{name} ({other.period_nm:.2f} nm)",
                difference=difference,
                agrees=abs(difference) <= AGREEMENT,
                reason=reason,
            )
        )
    return checks


def _simulation_reason(part: Part) -> str:
    warnings = "; ".join(part.assembly.warnings)
    return f"see the simulation's own notes ({warnings})" if warnings else "thermal motion moves cubes off the minimum"


def exchange_of(before: Part, after: Part) -> dict[str, Any]:
    """Contraction of period and gap when one ligand replaces another, predicted and simulated."""
    routes = [
        ("predicted, dry crystal", *((p.prediction.period_nm, p.prediction.gap_nm) for p in (before, after))),
        ("pair energy, dry", *((_pair(p)) for p in (before, after))),
        ("simulated", *((_simulated(p)) for p in (before, after))),
    ]
    names = f"{before.prediction.ligand_name} to {after.prediction.ligand_name}"
    rows, sentences, data = [], [], []
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


def _pair(part: Part) -> tuple[float, float] | None:
    pair = part.prediction.pair_dry
    return (pair.period_nm, pair.gap_nm) if pair else None


def _simulated(part: Part) -> tuple[float, float] | None:
    fit = part.analysis.lattice
    return (fit.period_nm, fit.gap_nm) if fit.found else None


def _arrow(before: float, after: float) -> str:
    return f"{before:.2f} → {after:.2f} ({after / before - 1:+.0%})"
