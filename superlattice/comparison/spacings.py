"""The rows of the spacing table: what each route says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from structure.printed import plus_minus

if TYPE_CHECKING:
    from packing.prediction.prediction import Prediction
    from structure.micrographs.result import TemMeasurement
    from structure.saxs_fit.result import SaxsMeasurement
    from structure.xrd_fit.result import XrdMeasurement
    from superlattice.steps.analysis import Analysis
    from superlattice.steps.part import Part
    from superlattice.study.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What is known of one ligand's superlattice: predicted, and simulated if it was."""

    name: str
    ligand: str
    prediction: Prediction
    analysis: Analysis | None = None
    simulation_notes: tuple[str, ...] = ()
    held_pressure_kt: float | None = None
    """Pressure [kT per effective cube] of a run of hard bodies, which it holds together; None at zero pressure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """What the files of a study were measured to be; None where the study names none."""

    tem: TemMeasurement | None = None
    saxs: SaxsMeasurement | None = None
    xrd: XrdMeasurement | None = None

    def by_kind(self) -> dict[str, TemMeasurement | SaxsMeasurement | XrdMeasurement]:
        """Those there are, by the study's word for the file."""
        made = {"tem": self.tem, "saxs": self.saxs, "xrd": self.xrd}
        return {kind: one for kind, one in made.items() if one is not None}


def side_of(part: Part) -> Side:
    """What the comparison needs of a part of a run."""
    return Side(
        name=part.name,
        ligand=part.ligand,
        prediction=part.prediction,
        analysis=part.analysis,
        simulation_notes=part.assembly.warnings,
        held_pressure_kt=part.assembly.details.get("pressure_kt"),
    )


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
        period = value_text(self.period_nm, self.period_sd_nm)
        return [self.route, self.quantity, period, value_text(self.gap_nm), self.note]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {key: getattr(self, key) for key in self.__dataclass_fields__}


def value_text(value: float | None, sd: float | None = None) -> str:
    """A value with its standard uncertainty, or a dash.

    Parameters
    ----------
    value, sd
        Number and standard uncertainty in the same unit [nm]; None or nan where there is none.

    Examples
    --------
    >>> value_text(11.3, 0.02), value_text(None), value_text(float("nan"))
    ('11.30 ± 0.02', '–', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.2f}" if sd is None or math.isnan(sd) else f"{value:.2f} ± {max(sd, 0.01):.2f}"


def prediction_rows(side: Side) -> list[Spacing]:
    """What the analytic models say: the spacings of the dry crystal, and the pair energy wet and dry."""
    prediction = side.prediction
    core = prediction.core_nm
    rows = [
        Spacing(
            route="predicted",
            quantity=f"{name}{DRY_CRYSTAL}",
            period_nm=model.value_nm,
            period_sd_nm=model.sd_nm,
            gap_nm=model.value_nm - core,
            note=MEANING[name],
        )
        for name, model in prediction.spacings.values.items()
    ]
    for label, pair in (
        (f"pair energy in {prediction.environment.medium}", prediction.pair),
        (DRY_PAIR, prediction.pair_dry),
    ):
        if pair is not None:
            note = f"minimum of the pair energy, {pair.depth_kt:.3g} kT deep"
            rows.append(
                Spacing(route="predicted", quantity=label, period_nm=pair.period_nm, gap_nm=pair.gap_nm, note=note)
            )
    return rows


MEANING = {
    "opm": "optimal packing, dense crystal",
    "ocm": "overlap cones, isolated pair",
    "otm": "one component: as OPM",
    "fill": "ligand fills all space, the densest",
    "round": "even ligand layer",
    "plate": "straight chains on flat facets, the widest of the models",
}
"""What each packing model assumes, in the table's words."""

DRY_CRYSTAL = ", dry crystal"

GAP_NOTE = "; gap with this study's core"


def spread_meaning(prediction: Prediction) -> str:
    """What ± is of, and what the particles' own spread is beside it."""
    spread = prediction.nanocrystal.size_spread
    own = (
        f" The particles themselves spread by {100 * spread:.1f} % in size ({spread * prediction.core_nm:.2f} nm): "
        "that is a width of the sample, not an uncertainty of its period."
        if spread
        else ""
    )
    return f"± is one standard uncertainty of a mean period.{own}"


GAP_MEANING = (
    "The gap is the period less the mean core along it: of simulated particles as they were drawn, elsewhere this "
    "study's."
)

DRY_PAIR = "pair energy, dry"
RELAXED = "lattice fit of the relaxed box"
HELD = "lattice fit of the box under pressure"
TEM_FFT = "Fourier transform of its TEM picture"


def fit_name(side: Side) -> str:
    """What the lattice fit of a simulation is of."""
    return RELAXED if side.held_pressure_kt is None else HELD


def simulation_rows(side: Side) -> list[Spacing]:
    """What the simulated crystal says: in real space, and through its own micrograph."""
    if side.analysis is None:
        return []
    fit, tem = side.analysis.lattice, side.analysis.tem_lattice
    # Of the particles that were drawn, which differ from the study's mean; nan where cores do not face each other.
    core = fit.period_nm - fit.gap_nm
    rows = []
    if fit.found:
        mean = "" if math.isnan(core) else f"; mean core {core:.2f} nm"
        held = side.held_pressure_kt
        ensemble = "at zero pressure" if held is None else f"at a pressure of {held:.0f} kT per cube of edge and gap"
        note = f"{fit.structure}, {ensemble}, mean of {side.analysis.n_sampled} frames{mean}"
        rows.append(
            Spacing(
                route="simulated",
                quantity=fit_name(side),
                period_nm=fit.period_nm,
                period_sd_nm=fit.period_error_nm,
                gap_nm=fit.gap_nm,
                note=note,
            )
        )
    else:
        rows.append(
            Spacing(route="simulated", quantity=fit_name(side), period_nm=None, note=f"no lattice: {fit.reason}")
        )
    if not side.analysis.tem_lattice_counts:
        rows.append(Spacing(route="simulated", quantity=TEM_FFT, period_nm=None, note="no lattice to look along"))
    else:
        rows.append(
            Spacing(
                route="simulated",
                quantity=TEM_FFT,
                period_nm=tem.spacing_nm,
                period_sd_nm=tem.spacing_sd_nm,
                gap_nm=tem.spacing_nm - core,
                note=f"{tem.lattice}, last frame, along a lattice axis",
            )
        )
    return rows


def measurement_rows(side: Side, measurements: Measurements) -> list[Spacing]:
    """What the measured files say."""
    rows = []
    core = side.prediction.core_nm
    if (tem := measurements.tem) is not None:
        found = tem.lattice != "none"
        rows.append(
            Spacing(
                route="measured",
                quantity=f"TEM, {tem.lattice}",
                period_nm=tem.spacing_nm if found else None,
                period_sd_nm=tem.spacing_sd_nm if found else None,
                gap_nm=tem.spacing_nm - core if found else None,
                note=_confidence(tem) + GAP_NOTE,
            )
        )
    if (saxs := measurements.saxs) is not None:
        rows.append(
            Spacing(
                route="measured",
                quantity=f"SAXS, {saxs.phase}, distance of neighbours",
                period_nm=saxs.nearest_nm,
                period_sd_nm=saxs.nearest_sd_nm,
                gap_nm=None if saxs.nearest_nm is None else saxs.nearest_nm - core,
                note=_confidence(saxs) + GAP_NOTE,
            )
        )
    if (xrd := measurements.xrd) is not None:
        planes = f"{plus_minus(xrd.gap_nm, xrd.gap_sd_nm)} nm between outermost planes of atoms"
        rows.append(
            Spacing(
                route="measured",
                quantity="XRD, period of the stack",
                period_nm=xrd.period_nm,
                period_sd_nm=xrd.period_sd_nm,
                gap_nm=xrd.period_nm - core,
                note=f"{_confidence(xrd)}{GAP_NOTE}; {planes}",
            )
        )
    return rows


def published_rows(study: Study) -> list[Spacing]:
    """Numbers from papers, as the study file gives them."""
    rows = []
    for entry in study.compare.published:
        quantity = entry.quantity
        said = [
            f"{v:g} nm {when}" for v, when in ((entry.before_nm, "before"), (entry.after_nm, "after")) if v is not None
        ]
        if said:
            quantity += f": {', '.join(said)}"
        note = f"{entry.note} {entry.source}".strip()
        rows.append(Spacing(route="published", quantity=quantity, period_nm=entry.value_nm, note=note))
    return rows


def _confidence(measured: Any) -> str:
    reasons = "; ".join(measured.reasons)
    return f"{measured.confidence} confidence" + (f": {reasons}" if reasons else "")
