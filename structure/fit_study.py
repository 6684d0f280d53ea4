"""What measured numbers say about the inputs of a study: gap, coverage, sizes and disorder, with the study as prior."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import lmfit
import numpy as np
from numpy.typing import NDArray

from packing.checks import require_between
from packing.errors import InputError
from packing.inverse import ImpliedShell, implied_shells
from packing.particles import Coating, Nanocrystal
from packing.shapes import Sphere

FloatArray = NDArray[np.float64]

TENSION = 3.0
"""Distance of a number from the joint fit, in its standard uncertainties, from which on the numbers disagree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One measured number with its standard uncertainty.

    Parameters
    ----------
    quantity
        ``"spacing_nm"`` (centre to centre), ``"size_nm"`` (diameter or shortest edge), ``"size_spread"``,
        ``"disorder"`` (independent displacements over the spacing) or ``"cumulative_disorder"`` (steps over it).
    value, sd
        Number and standard uncertainty.
    source
        Such as ``"TEM"``.
    confidence
        That of the measurement, ``"high"`` or ``"low"``.
    """

    quantity: str
    value: float
    sd: float
    source: str
    confidence: str = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpliedCoverage:
    """Coverage [chains/nm^2] that one model of the shell reads from the gap, alone and joined with the study's own.

    Parameters
    ----------
    model
        Model of the ligand shell.
    coverage_per_nm2, coverage_sd_per_nm2
        From the data.
    joint_per_nm2, joint_sd_per_nm2
        From the data and the study's coverage as prior.
    problem
        Why it is not possible; empty where it is.
    """

    model: str
    coverage_per_nm2: float
    coverage_sd_per_nm2: float
    joint_per_nm2: float
    joint_sd_per_nm2: float
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpliedInputs:
    """What data and priors together say about the inputs of a study.

    Parameters
    ----------
    values, sds
        By quantity (see `Observed`): the joint fit and its standard uncertainties.
    priors
        By quantity: the study's own value and standard uncertainty.
    gap_nm, gap_sd_nm
        Spacing less size [nm].
    coverages
        Coverage by every model of the ligand shell; none for an ion.
    tension
        Largest distance of a number from the joint fit, in its standard uncertainties.
    used
        Numbers that entered.
    confidence, reasons
        ``"high"`` or ``"low"``, and why.
    """

    values: dict[str, float]
    sds: dict[str, float]
    priors: dict[str, tuple[float, float]]
    gap_nm: float
    gap_sd_nm: float
    coverages: tuple[ImpliedCoverage, ...]
    tension: float
    used: tuple[Observed, ...]
    confidence: str
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: each quantity with its ``_sd``."""
        made: dict[str, Any] = {}
        for name, value in self.values.items():
            made[name], made[_sd_name(name)] = value, self.sds[name]
        return made | {
            "gap_nm": self.gap_nm,
            "gap_sd_nm": self.gap_sd_nm,
            "coverages": [_fields(c) for c in self.coverages],
            "tension": self.tension,
            "confidence": self.confidence,
            "reasons": list(self.reasons),
            "priors": {name: list(pair) for name, pair in self.priors.items()},
            "used": [_fields(o) for o in self.used],
        }

    def summary(self) -> str:
        """A few lines for people: the study's value, what the data makes of it, and where that is from."""
        lines = []
        for name, words, factor, unit in _WORDS:
            if name not in self.values:
                continue
            digits = 2 if unit == "nm" else 1
            before = ""
            if name in self.priors:
                value, sd = (factor * x for x in self.priors[name])
                before = f"{value:.{digits}f} ± {sd:.{digits}f} → "
            sources = ", ".join(dict.fromkeys(o.source for o in self.used if o.quantity == name)) or "study"
            lines.append(
                f"{words}: {before}{factor * self.values[name]:.{digits}f} ± {factor * self.sds[name]:.{digits}f} "
                f"{unit} ({sources})"
            )
        lines.append(f"gap: {self.gap_nm:.2f} ± {self.gap_sd_nm:.2f} nm")
        for c in self.coverages:
            value, sd = self.priors["coverage_per_nm2"]
            lines.append(
                f"coverage by {c.model}: {c.coverage_per_nm2:.2f} ± {c.coverage_sd_per_nm2:.2f} /nm² from the data, "
                f"{c.joint_per_nm2:.2f} ± {c.joint_sd_per_nm2:.2f} with the study's {value:.2f} ± {sd:.2f}"
                + (f"; {c.problem}" if c.problem else "")
            )
        return "\n".join([*lines, f"confidence {self.confidence}" + "".join(f"; {r}" for r in self.reasons)])


_WORDS = (
    ("spacing_nm", "spacing", 1.0, "nm"),
    ("size_nm", "core", 1.0, "nm"),
    ("size_spread", "size spread", 100.0, "%"),
    ("disorder", "displacements over the spacing", 100.0, "%"),
    ("cumulative_disorder", "steps that add up, over the spacing", 100.0, "%"),
)


def observed_by(measurement: Any, source: str) -> tuple[Observed, ...]:
    """The numbers of a SAXS or TEM measurement that bear on the inputs; those without an uncertainty are left out."""

    def read(name: str) -> float:
        value = getattr(measurement, name, None)
        return math.nan if value is None else float(value)

    nearest = read("nearest_nm")
    spacing = ("nearest_nm", "nearest_sd_nm") if math.isfinite(nearest) else ("spacing_nm", "spacing_sd_nm")
    diameter = math.isfinite(read("radius_nm"))
    factor = 2.0 if diameter else 1.0
    candidates = (
        ("spacing_nm", read(spacing[0]), read(spacing[1])),
        ("size_nm", factor * read("radius_nm" if diameter else "edge_nm"), factor * read("size_sd_nm")),
        ("size_spread", read("size_spread"), read("size_spread_sd")),
        ("disorder", read("displacement_nm") / nearest, read("displacement_sd_nm") / nearest),
        ("cumulative_disorder", read("paracrystal_nm") / nearest, read("paracrystal_sd_nm") / nearest),
    )
    return tuple(
        Observed(quantity=name, value=value, sd=sd, source=source, confidence=measurement.confidence)
        for name, value, sd in candidates
        if math.isfinite(value) and math.isfinite(sd) and sd > 0
    )


def implied_inputs(
    nanocrystal: Nanocrystal,
    coating: Coating,
    observed: tuple[Observed, ...],
    *,
    size_prior_sd: float = 0.03,
    spread_prior_sd: float = 0.02,
    coverage_prior_sd: float = 0.10,
) -> ImpliedInputs:
    """Joint fit of spacing, size, size spread and disorder to measured numbers, with the study's values as priors.

    A number of low confidence enters only where no measurement of high confidence has that quantity.

    Parameters
    ----------
    nanocrystal, coating
        Of the study file; size, spread and coverage are priors, the ligand gives coverage from the gap.
    observed
        Measured numbers, at least one of them a spacing.
    size_prior_sd
        Relative standard uncertainty of the study's mean size.
    spread_prior_sd
        Standard uncertainty of the study's size spread.
    coverage_prior_sd
        Relative standard uncertainty of the study's coverage.

    Raises
    ------
    InputError
        Without a measured spacing, or where the spacing is below the core.

    Examples
    --------
    >>> from packing.ligands import ligand
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6), size_spread=0.04)
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> seen = Observed(quantity="spacing_nm", value=10.92, sd=0.03, source="TEM")
    >>> made = implied_inputs(dots, oleate, (seen,))
    >>> round(made.gap_nm, 2), round(made.gap_sd_nm, 2), [c.model for c in made.coverages]
    (2.32, 0.26, ['fill', 'round', 'plate'])
    """
    require_between("size_prior_sd", size_prior_sd, 1e-4, 0.5, hint="Give a fraction: 0.03 is 3 %.")
    require_between("coverage_prior_sd", coverage_prior_sd, 1e-4, 0.5, hint="Give a fraction: 0.1 is 10 %.")
    sure = {o.quantity for o in observed if o.confidence == "high"}
    used = tuple(o for o in observed if o.confidence == "high" or o.quantity not in sure)
    if not any(o.quantity == "spacing_nm" for o in used):
        raise InputError("no measured spacing: TEM or SAXS must show a lattice before it can say anything of the gap.")
    shape = nanocrystal.shape
    core = shape.diameter_nm if isinstance(shape, Sphere) else min(shape.edges_nm)
    priors = {
        "size_nm": (core, size_prior_sd * core),
        "size_spread": (nanocrystal.size_spread, spread_prior_sd),
    }
    values, sds, tension = _joint_fit(used, priors)
    return ImpliedInputs(
        values=values,
        sds=sds,
        priors=priors | {"coverage_per_nm2": (coating.coverage_per_nm2, coverage_prior_sd * coating.coverage_per_nm2)},
        gap_nm=values["spacing_nm"] - values["size_nm"],
        gap_sd_nm=math.hypot(sds["spacing_nm"], sds["size_nm"]),
        coverages=_coverages(nanocrystal, coating, values, sds, coverage_prior_sd),
        tension=tension,
        used=used,
        **_judged(used, tension),
    )


def _joint_fit(
    used: tuple[Observed, ...], priors: dict[str, tuple[float, float]]
) -> tuple[dict[str, float], dict[str, float], float]:
    rows = [(o.quantity, o.value, o.sd) for o in used] + [(name, *pair) for name, pair in priors.items()]
    parameters = lmfit.Parameters()
    for name in dict.fromkeys(row[0] for row in rows):
        parameters.add(name, float(np.mean([value for n, value, _ in rows if n == name])))

    def residual(moved: Any) -> FloatArray:
        return np.array([(float(moved[name].value) - value) / sd for name, value, sd in rows])

    fitted = lmfit.minimize(residual, parameters, method="leastsq", scale_covar=False)
    values = {name: float(p.value) for name, p in fitted.params.items()}
    sds = {name: float(p.stderr) if p.stderr else math.inf for name, p in fitted.params.items()}
    return values, sds, float(np.abs(residual(fitted.params)).max())


def _coverages(
    nanocrystal: Nanocrystal, coating: Coating, values: dict[str, float], sds: dict[str, float], prior_sd: float
) -> tuple[ImpliedCoverage, ...]:
    if coating.ligand.is_ionic:
        return ()
    shape = nanocrystal.shape
    core = shape.diameter_nm if isinstance(shape, Sphere) else min(shape.edges_nm)
    moved = Nanocrystal(
        material=nanocrystal.material,
        shape=shape.scaled(values["size_nm"] / core),
        size_spread=nanocrystal.size_spread,
    )
    shells = implied_shells(
        moved,
        coating,
        values["spacing_nm"],
        spacing_sd_nm=sds["spacing_nm"],
        size_sd=min(sds["size_nm"] / values["size_nm"], 0.5),
    )
    return tuple(_with_prior(shell, coating.coverage_per_nm2, prior_sd * coating.coverage_per_nm2) for shell in shells)


def _with_prior(shell: ImpliedShell, prior: float, prior_sd: float) -> ImpliedCoverage:
    weights = np.array([shell.coverage_sd_per_nm2, prior_sd]) ** -2.0
    return ImpliedCoverage(
        model=shell.model,
        coverage_per_nm2=shell.coverage_per_nm2,
        coverage_sd_per_nm2=shell.coverage_sd_per_nm2,
        joint_per_nm2=float(weights @ [shell.coverage_per_nm2, prior] / weights.sum()),
        joint_sd_per_nm2=float(weights.sum() ** -0.5),
        problem=shell.problem,
    )


def _judged(used: tuple[Observed, ...], tension: float) -> dict[str, Any]:
    doubts = [f"{source} is of low confidence" for source in {o.source: 0 for o in used if o.confidence == "low"}]
    if tension > TENSION:
        doubts.append(f"the numbers disagree by {tension:.1f} standard uncertainties: are they of one sample?")
    return {"confidence": "low" if doubts else "high", "reasons": tuple(doubts)}


def _fields(record: Any) -> dict[str, Any]:
    return {key: getattr(record, key) for key in record.__dataclass_fields__}


def _sd_name(name: str) -> str:
    return name.removesuffix("_nm") + "_sd_nm" if name.endswith("_nm") else name + "_sd"
