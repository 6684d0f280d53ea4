"""What measured numbers say about the inputs of a study: gap, coverage, sizes and disorder, with the study as prior."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from packing.checks import require_between
from packing.errors import InputError
from packing.particles import Coating, Nanocrystal
from packing.shapes import Cuboid, Shape, Sphere
from packing.spacing.inverse import ImpliedShell, implied_shells
from structure.study_fit.result import ImpliedCoverage, ImpliedInputs, Observed

TENSION = 3.0
"""Distance of a number from the joint fit, in its standard uncertainties, from which on the numbers disagree."""


CLASH = 2.0
"""Distance of a measured number from the study's, in the standard uncertainties of both, from which on they clash."""


def observed_by(measurement: Any, source: str, shape: Shape) -> tuple[Observed, ...]:
    """The numbers of a SAXS or TEM measurement that bear on the inputs; those without an uncertainty are left out.

    Parameters
    ----------
    measurement
        `structure.saxs_fit.result.SaxsMeasurement`, `structure.micrographs.result.TemMeasurement` or
        `structure.xrd_fit.result.XrdMeasurement`. The period of a stack is the spacing of cubes, which lie on faces; of
        spheres, whose layers may be closer than neighbours are, it says nothing.
    source
        Its name, such as ``"SAXS"``.
    shape
        The study's core. A curve is fitted with spheres and sharp cubes: what it says of the size is taken as that of
        the study's shape with the same volume. A micrograph's size is that of the study's sphere, or of its cube on a
        face, with the same projected area; of a cuboid, which may lie on any face, it says nothing.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from packing.shapes import cube
    >>> seen = SimpleNamespace(radius_nm=5.0, size_sd_nm=0.1, confidence="high")
    >>> [round(o.value, 2) for o in observed_by(seen, "SAXS", cube(8.0))]
    [8.06]
    """

    def read(name: str) -> float:
        value = getattr(measurement, name, None)
        return math.nan if value is None else float(value)

    nearest, radius, edge = read("nearest_nm"), read("radius_nm"), read("edge_nm")
    spacing = ("nearest_nm", "nearest_sd_nm") if math.isfinite(nearest) else ("spacing_nm", "spacing_sd_nm")
    period = read("period_nm") if isinstance(shape, Cuboid) and shape.is_cube else math.nan
    if math.isfinite(period):
        nearest, spacing = period, ("period_nm", "period_sd_nm")
    measured = radius if math.isfinite(radius) else edge
    volume = 4 / 3 * math.pi * radius**3 if math.isfinite(radius) else edge**3
    size = _core_nm(shape) * (volume / shape.volume_nm3) ** (1 / 3)
    in_picture = _size_of_area(shape, math.pi / 4 * read("particle_diameter_nm") ** 2)
    candidates = (
        ("spacing_nm", read(spacing[0]), read(spacing[1])),
        ("size_nm", size, size / measured * read("size_sd_nm")),
        ("size_nm", in_picture, read("particle_diameter_sd_nm") / read("particle_diameter_nm") * in_picture),
        ("size_spread", read("size_spread"), read("size_spread_sd")),
        ("disorder", read("displacement_nm") / nearest, read("displacement_sd_nm") / nearest),
        ("cumulative_disorder", read("paracrystal_nm") / nearest, read("paracrystal_sd_nm") / nearest),
        ("cumulative_disorder", read("sigma_nm") / nearest, read("sigma_sd_nm") / nearest),
    )
    return tuple(
        Observed(quantity=name, value=value, sd=sd, source=source, confidence=measurement.confidence)
        for name, value, sd in candidates
        if math.isfinite(value) and math.isfinite(sd) and sd > 0
    )


def _size_of_area(shape: Shape, area_nm2: float) -> float:
    """Diameter or edge [nm] of the study's sphere or cube with a projected area; NaN for other shapes."""
    if isinstance(shape, Sphere):
        return math.sqrt(4 / math.pi * area_nm2)
    return math.sqrt(area_nm2 + (4 - math.pi) * shape.rounding_nm**2) if shape.is_cube else math.nan


def clash_of(seen: Observed, value: float, sd: float) -> float:
    """Distance of a measured number from the study's, in the standard uncertainties of both together.

    Parameters
    ----------
    seen
        The measured number.
    value, sd
        The study's number and standard uncertainty, in the same unit.

    Examples
    --------
    >>> round(clash_of(Observed(quantity="size_nm", value=10.5, sd=0.4, source="TEM"), 8.6, 0.3), 1)
    3.8
    """
    return abs(seen.value - value) / math.hypot(seen.sd, sd)


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
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6), size_spread=0.04)
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> seen = Observed(quantity="spacing_nm", value=10.92, sd=0.03, source="TEM")
    >>> made = implied_inputs(dots, oleate, (seen,))
    >>> round(made.gap_nm, 2), round(made.gap_sd_nm, 2), [c.model for c in made.coverages]
    (2.32, 0.26, ['fill', 'round', 'plate'])
    """
    require_between("size_prior_sd", size_prior_sd, 1e-4, 0.5, hint="Give a fraction: 0.03 is 3 %.")
    require_between("spread_prior_sd", spread_prior_sd, 1e-4, 0.5, hint="Give a fraction: 0.02 is 2 %.")
    require_between("coverage_prior_sd", coverage_prior_sd, 1e-4, 0.5, hint="Give a fraction: 0.1 is 10 %.")
    sure = {o.quantity for o in observed if o.confidence == "high"}
    used = tuple(o for o in observed if o.confidence == "high" or o.quantity not in sure)
    if not any(o.quantity == "spacing_nm" for o in used):
        raise InputError(
            "no measured spacing: TEM, SAXS, or XRD of cubes must show a lattice before it can say anything of the gap."
        )
    shape = nanocrystal.shape
    core = _core_nm(shape)
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
        **_confidence(used, tension, priors),
    )


def _joint_fit(
    used: tuple[Observed, ...], priors: dict[str, tuple[float, float]]
) -> tuple[dict[str, float], dict[str, float], float]:
    """Weighted mean of each quantity and its standard uncertainty, which is the fit: no number is of two quantities."""
    rows = [(o.quantity, o.value, o.sd) for o in used] + [(name, *pair) for name, pair in priors.items()]
    values, sds = {}, {}
    for name in dict.fromkeys(row[0] for row in rows):
        numbers, errors = np.array([row[1:] for row in rows if row[0] == name]).T
        weights = errors**-2.0
        values[name], sds[name] = float(weights @ numbers / weights.sum()), float(weights.sum() ** -0.5)
    return values, sds, max(abs(values[name] - value) / sd for name, value, sd in rows)


def _coverages(
    nanocrystal: Nanocrystal, coating: Coating, values: dict[str, float], sds: dict[str, float], prior_sd: float
) -> tuple[ImpliedCoverage, ...]:
    if coating.ligand.is_ionic:
        return ()
    shape = nanocrystal.shape
    core = _core_nm(shape)
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


def _core_nm(shape: Shape) -> float:
    return shape.diameter_nm if isinstance(shape, Sphere) else min(shape.edges_nm)


def _confidence(used: tuple[Observed, ...], tension: float, priors: dict[str, tuple[float, float]]) -> dict[str, Any]:
    doubts = [
        f"{source} is of low confidence" for source in dict.fromkeys(o.source for o in used if o.confidence == "low")
    ]
    doubts += [
        f"the study's {o.quantity} of {priors[o.quantity][0]:.3g} and the {o.value:.3g} ± {o.sd:.2g} of {o.source} "
        "clash: gap and coverage follow from the size, so decide which is right"
        for o in used
        if o.quantity == "size_nm" and clash_of(o, *priors["size_nm"]) > CLASH
    ]
    if tension > TENSION:
        doubts.append(f"the numbers disagree by {tension:.1f} standard uncertainties: are they of one sample?")
    return {"confidence": "low" if doubts else "high", "reasons": tuple(doubts)}
