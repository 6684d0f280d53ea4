"""Predicted, simulated, measured and published spacings in one table, each with its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packing.shapes import Sphere
from structure.study_fit.fit import CLASH, clash_of, observed_by
from superlattice.comparison.data import DataComparison, compare_data
from superlattice.comparison.exchange import Exchange, exchange_of
from superlattice.comparison.spacings import (
    DRY_CRYSTAL,
    DRY_PAIR,
    GAP_MEANING,
    RELAXED,
    TEM_FFT,
    Measurements,
    Side,
    Spacing,
    fit_name,
    measurement_rows,
    prediction_rows,
    published_rows,
    simulation_rows,
    spread_meaning,
)
from superlattice.measuring.saving import write_measurement
from superlattice.study.study import Study

STUDY_SIZE_RELATIVE_SD = 0.03
"""Standard uncertainty of the study's core size, over the size: as `structure.study_fit.fit.implied_inputs` has it."""

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
    exchange: Exchange | None = None
    measurements: Measurements = field(default_factory=Measurements)
    data: DataComparison | None = None
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    spread_note: str = ""

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
            "exchange": self.exchange.to_dict() if self.exchange else None,
            "measurements": {name: m.to_dict() for name, m in self.measurements.by_kind().items()},
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
        lines += [GAP_MEANING, *([self.spread_note] if self.spread_note else [])]
        lines += self.findings()
        if self.exchange:
            lines += self.exchange.sentences()
        if self.data:
            lines.append(self.data.summary())
        return "\n".join(line.rstrip() for line in lines)

    def findings(self) -> list[str]:
        """Every check as a sentence, then what else is to be known of the spacings."""
        return [*(check.sentence() for check in self.checks), *self.notes]

    def save_figures(self, folder: Path) -> None:
        """Write the pictures of the measurements, and of the simulation beside them."""
        for name, measurement in self.measurements.by_kind().items():
            write_measurement(measurement, folder / f"measured_{name}", ("png",))
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
    measurements = measure_files(study)
    rows: dict[str, tuple[Spacing, ...]] = {}
    checks: list[Check] = []
    notes: list[str] = []
    for side in sides:
        predicted, simulated = prediction_rows(side), simulation_rows(side)
        measured = measurement_rows(side, measurements) if side is sides[0] else []
        rows[side.name] = (*predicted, *simulated, *measured)
        checks += checks_of(side, predicted, simulated, measured)
        notes += outside_models(side.name, predicted, simulated)
    if study.compare.published:
        rows["published"] = tuple(published_rows(study))
    checks += size_checks(study, measurements)
    exchange = exchange_of(sides[0], sides[1]) if len(sides) == 2 else None
    return Comparison(
        rows=rows,
        checks=tuple(checks),
        exchange=exchange,
        measurements=measurements,
        data=compare_data(study, sides[0], measurements),
        warnings=tuple(c.sentence() for c in checks if not c.agrees),
        notes=tuple(notes),
        spread_note=spread_meaning(sides[0].prediction),
    )


def size_checks(study: Study, measurements: Measurements) -> list[Check]:
    """The study's core size beside each that was measured: gap and coverage follow from it."""
    shape = study.nanocrystal.build().shape
    core = shape.diameter_nm if isinstance(shape, Sphere) else min(shape.edges_nm)
    observed = [
        one
        for kind, measurement in measurements.by_kind().items()
        for one in observed_by(measurement, kind.upper(), shape)
        if one.quantity == "size_nm"
    ]
    return [
        Check(
            part="",
            first=f"the study's core size ({core:.2f} nm)",
            second=f"measured {one.source} size of the particles ({one.value:.2f} ± {one.sd:.2f} nm)",
            difference=core / one.value - 1,
            agrees=clash_of(one, core, STUDY_SIZE_RELATIVE_SD * core) <= CLASH,
            reason="gap and coverage follow from the size, so decide which is right: is the file of this sample, its "
            "scale right, and are its features the particles?",
        )
        for one in observed
    ]


def outside_models(part: str, predicted: Sequence[Spacing], simulated: Sequence[Spacing]) -> list[str]:
    """A sentence where the simulated period lies outside what the packing models span."""
    models = [row for row in predicted if row.quantity.endswith(DRY_CRYSTAL) and row.period_nm is not None]
    found = next((row for row in simulated if row.quantity == RELAXED and row.period_nm is not None), None)
    if found is None or found.period_nm is None or not models:
        return []
    low = min(models, key=lambda row: row.period_nm or 0.0)
    high = max(models, key=lambda row: row.period_nm or 0.0)
    for row, beyond, word in (
        (high, found.period_nm - (high.period_nm or 0.0), "above"),
        (low, (low.period_nm or 0.0) - found.period_nm, "below"),
    ):
        if beyond > 0.005:
            where = f"{part}: " if part else ""
            return [
                f"{where}the simulated period ({found.period_nm:.2f} nm) lies {beyond:.2f} nm {word} all packing "
                f"models ({row.quantity.removesuffix(DRY_CRYSTAL)} has {row.period_nm:.2f} nm), "
                "which are estimates and no bounds"
            ]
    return []


def measure_files(study: Study) -> Measurements:
    """The measurements of the files that the study names."""
    of_tem = of_saxs = of_xrd = None
    if (tem := study.compare.tem) is not None:
        from structure.micrographs.measure import measure_tem

        # Only where it is given: the room has its own default.
        error = tem.scale_error_relative
        given: dict[str, Any] = {} if error is None else {"scale_error_relative": error}
        of_tem = measure_tem(
            study.path(tem.image), px_per_nm=tem.px_per_nm, scale_bar_nm=tem.scale_bar_nm, crop=tem.crop, **given
        )
    if (saxs := study.compare.saxs) is not None:
        from structure.saxs_fit.measure import measure_saxs

        of_saxs = measure_saxs(study.path(saxs.curve), q_unit=saxs.q_unit)
    if (xrd := study.compare.xrd) is not None:
        from structure.xrd_fit.measure import measure_xrd

        of_xrd = measure_xrd(
            study.path(xrd.curve), q_unit=xrd.q_unit, wavelength_nm=xrd.wavelength_nm, lorentz=xrd.lorentz,
            material=xrd.material or study.nanocrystal.material, q_range_inv_nm=xrd.q_range_inv_nm,
        )  # fmt: skip
    return Measurements(tem=of_tem, saxs=of_saxs, xrd=of_xrd)


def checks_of(
    side: Side, predicted: Sequence[Spacing], simulated: Sequence[Spacing], measured: Sequence[Spacing]
) -> list[Check]:
    """The simulated period (or without one, the predicted) beside every other route, with reasons for differences."""
    by_name = {row.quantity: row for row in (*predicted, *simulated, *measured)}
    headline = f"{side.prediction.period_model}, dry crystal"
    base_name = fit_name(side) if side.analysis is not None else headline
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
    if side.held_pressure_kt is not None:
        return "hard bodies attract nothing: how far apart they are is up to the pressure that they were put under"
    return "the pair energy holds facing cubes apart by straight chains, as the widest of the models has them"


OFF_THE_MINIMUM = "thermal motion, defects and a box that the crystal does not fit move cubes off the minimum"


def _simulation_reason(side: Side) -> str:
    if side.held_pressure_kt is not None:
        return _headline_reason(side)
    notes = "; ".join(side.simulation_notes)
    return f"see the simulation's own notes ({notes})" if notes else OFF_THE_MINIMUM
