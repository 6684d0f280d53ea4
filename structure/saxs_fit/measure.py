"""Measure a SAXS curve: lattice, spacing, particle size and disorder from a fit of the whole curve."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from typing import Any

import numpy as np

from packing.checks import require_non_negative
from packing.errors import InputError
from structure.crystals.reciprocal import lattice_parameters
from structure.measured.control import FREE_FIT, SAXS_NAMES, FitControl
from structure.measured.curve import MeasuredCurve
from structure.measured.data import fit_data
from structure.measured.reading import read_curve
from structure.saxs_fit.controlled import controlled_fits, controlled_verdict
from structure.saxs_fit.errors import resolution_shifts, standard_errors
from structure.saxs_fit.model import STACK, Solution
from structure.saxs_fit.phases import PhaseFits, fit_phases
from structure.saxs_fit.result import UNKNOWN, SaxsMeasurement
from structure.saxs_fit.search import PHASES
from structure.saxs_fit.tried import alternatives
from structure.saxs_fit.verdict import Verdict, fwhm_inv_nm, saxs_verdict
from structure.widths import scherrer_domain_nm, voigt_fwhm

SMALLEST_NM, LARGEST_NM = 1.0, 60.0
"""Sizes and centre distances of nanocrystals; outside, the unit of q is wrong."""


LARGEST_PERIOD_NM = 200.0
"""The same of the period of a stack, beyond which small angles do not reach."""


SHAPE_SHIFT = 0.004
"""Systematic error of a spacing over the relative width of its first peak, where the peaks' shape is not the model's.

Measured on sums over finite grains (`benchmarks/validation/saxs.py`): with 0.005 the deviations of 128 curves (seeds
80000 to 80259) had 0.62 of the stated errors, with the resolution known and without.
"""

FLANK_SHIFT = 0.01
"""The same of a stack, on the flanks of its layers' own form factor, of which only the heights at the peaks are fitted.

Measured on rows of layers of a fifth to a half of the period (seeds 20013 to 20083): periods 0.1 to 0.3 % too large,
half of the 0.2 to 0.5 % before peaks were given the flank of a powder of layers.
"""

SIZE_BY_LAW, SPREAD_BY_LAW = 0.3, 0.2
"""Systematic error of the mean size over itself, and of the spread, over the square of the spread.

Sizes that are not normal: a normal law fitted to log-normal spheres or cubes of 6 to 15 % spread misses the mean size
by 0.15 to 0.65 of the square of the spread and the spread by 0 to 0.46 of it (free particles, little noise). These are
the root mean squares where sizes are as likely normal, without any error of this kind, as log-normal.
"""

LOCKED_SIZE = 0.008
"""Relative systematic error of the edge of cubes locked to their lattice: grains with flat faces scatter in rods
between the rings, which the model lacks. Measured: edges 0.3 to 1.4 % too small for boxes of 8 to 22 cubes a side."""

RESOLUTION, RESOLUTION_DOUBT = 0.0068, 0.57
"""Relative resolution of an instrument that nobody told, and the standard deviation of its square over the square.

Pinhole cameras have 0.3 to 1 %; these are the root mean square and the scatter of an even spread over that range. A
resolution fills minima of the form factor as a spread of sizes does, adding to it in squares, and shifts peaks on the
flank of a form factor (`structure.saxs_fit.errors.resolution_shifts`).
"""


def measure_saxs(
    curve: str | os.PathLike[str] | MeasuredCurve,
    *,
    q_unit: str | None = None,
    q_range_inv_nm: tuple[float, float] | None = None,
    resolution_inv_nm: float = 0.0,
    largest_nm: float = LARGEST_NM,
    control: FitControl = FREE_FIT,
) -> SaxsMeasurement:
    """Phase, lattice parameter and particles of a SAXS curve, with uncertainties and a confidence.

    The whole curve is fitted: the form factor of spheres or cubes with a spread of sizes, times a powder of fcc, hcp,
    bcc, sc, bct or A15 domains, or a stack of layers, with disorder of both kinds, beside free particles and a smooth
    background. Peak areas may depart from those of an ideal powder. Values come from the fit, never from the maximum of
    a peak, which a steep form factor shifts.

    Parameters
    ----------
    curve
        File, or a curve already read.
    q_unit
        ``"1/angstrom"`` or ``"1/nm"``; needed for a file that does not carry it.
    q_range_inv_nm
        Lowest and highest q to use [1/nm]; None takes all that is not in the shadow of a beam stop.
    resolution_inv_nm
        Standard deviation of the instrument's resolution [1/nm], taken off the widths before the domain size, and
        for what it shifts peaks on the flank of a form factor; 0 for unknown: a usual one, with its doubt.
    largest_nm
        Largest particle and centre distance taken as possible [nm].
    control
        What is decided instead of found: phase, shape, fixed numbers, bounds, backgrounds.

    Returns
    -------
    SaxsMeasurement
        With ``confidence`` ``"low"`` and reasons where the data does not settle the phase, ``shape_confidence`` where
        it does not settle the particles.

    Raises
    ------
    InputError
        For a file that cannot be read, a range of q that holds fewer than 30 points, a control with names that this fit
        has not, and for sizes no nanocrystal has, which means a wrong unit of q.

    Notes
    -----
    The model is that of `structure.saxs.lattice_model`; K. G. Yager et al., J. Appl. Cryst. 47, 118 (2014),
    doi:10.1107/S160057671302832X.

    Examples
    --------
    >>> from packing.shapes import Sphere
    >>> from structure.saxs.lattice_model import LatticeModel
    >>> model = LatticeModel(lattice="fcc", spacing_nm=9.0, body=Sphere(diameter_nm=7.0), size_spread=0.06,
    ...                      displacement_nm=0.4, domain_nm=150, background=1e-3)
    >>> import numpy as np
    >>> q = np.linspace(0.3, 3.5, 320)
    >>> measured = measure_saxs(MeasuredCurve(q_inv_nm=q, intensity=model.intensity(q)))
    >>> measured.phase, round(measured.nearest_nm, 1)
    ('fcc', 9.0)
    """
    require_non_negative("resolution_inv_nm", resolution_inv_nm, "1/nm")
    measured = curve if isinstance(curve, MeasuredCurve) else read_curve(curve, q_unit=q_unit)
    data = fit_data(measured, q_range_inv_nm)
    if len(data.q_inv_nm) < 30:
        raise InputError(
            f"{measured.label or 'the curve'} has {len(data.q_inv_nm)} usable points"
            f"{'' if q_range_inv_nm is None else ' in that range of q'}, a fit needs 30. Give the whole curve."
        )
    decided = control.checked(SAXS_NAMES, PHASES).decides
    if decided:
        fits = controlled_fits(replace(data, control=control), whole_range=q_range_inv_nm is not None)
        verdict = controlled_verdict(fits, control)
    else:
        fits = fit_phases(data)
        verdict = saxs_verdict(fits)
    solution = fits.particles if verdict.index is None else fits.solutions[verdict.index]
    _check_scale(solution, measured, largest_nm, data.q_inv_nm)
    used_range = None if q_range_inv_nm is None else list(q_range_inv_nm)
    options: dict[str, Any] = {
        "q_range_inv_nm": used_range,
        "resolution_inv_nm": resolution_inv_nm,
        "largest_nm": largest_nm,
    }
    options |= {"control": control.to_dict()} if decided else {}
    return _measurement(fits, verdict, measured, resolution_inv_nm, {**measured.provenance, "options": options})


def _check_scale(solution: Solution, curve: MeasuredCurve, largest_nm: float, q: Any) -> None:
    lattice = solution.trial.phase != "none"
    value = solution.trial.nearest_nm if lattice else solution.trial.size_nm
    if solution.trial.phase == STACK:
        # Layers of anything, of fibres too, may be farther apart than nanocrystals.
        largest_nm = max(largest_nm, LARGEST_PERIOD_NM)
    if not SMALLEST_NM <= value <= largest_nm or 2 * math.pi / q[-1] > largest_nm:
        what = "centre distance" if lattice else "particle size"
        raise InputError(
            f"{curve.label or 'the curve'}: the {what} would be {value:.3g} nm, nanocrystals have {SMALLEST_NM:g} to "
            f"{largest_nm:g} nm. Check the unit of q."
        )


def _measurement(
    fits: PhaseFits, verdict: Verdict, curve: MeasuredCurve, resolution: float, provenance: dict[str, Any]
) -> SaxsMeasurement:
    lattice = verdict.index is not None
    solution = fits.solutions[verdict.index] if verdict.index is not None else fits.particles
    errors = standard_errors(fits.lattice_data if lattice else fits.data, solution)
    moves = lattice and errors["nearest_nm"] != 0
    shift, shift_sd = _shift_nm(fits, solution, resolution, curve) if moves else (0.0, 0.0)
    trial = replace(solution.trial, nearest_nm=solution.trial.nearest_nm - shift)
    layers = trial.phase == STACK
    a, c = lattice_parameters(trial.phase, trial.nearest_nm, trial.c_over_a) if lattice else (None, None)
    half = 2.0 if trial.shape == "sphere" else 1.0
    nearest_sd = math.hypot(_spacing_sd(fits, verdict.index, errors), shift_sd) if verdict.index is not None else None
    used = fits.lattice_data if lattice else fits.data
    return SaxsMeasurement(
        phase=UNKNOWN if verdict.ordered else trial.phase,
        a_nm=a,
        a_sd_nm=None if a is None or nearest_sd is None else nearest_sd * a / trial.nearest_nm,
        c_nm=c,
        nearest_nm=trial.nearest_nm if lattice else None,
        nearest_sd_nm=nearest_sd,
        shape=trial.shape,
        shape_confidence="low" if verdict.shape_reasons else "high",
        shape_reasons=verdict.shape_reasons,
        radius_nm=trial.size_nm / 2 if trial.shape == "sphere" else None,
        edge_nm=trial.size_nm if trial.shape == "cube" else None,
        size_sd_nm=_size_sd(solution, verdict, errors.get("size_nm", math.nan)) / half if errors["size_nm"] else 0.0,
        size_spread=trial.size_spread,
        size_spread_sd=_spread_sd(trial.size_spread, errors["size_spread"]) if errors["size_spread"] else 0.0,
        domain_nm=_domain_nm(solution, resolution) if lattice else None,
        displacement_nm=trial.displacement * trial.nearest_nm if lattice and not layers else None,
        displacement_sd_nm=errors.get("displacement", math.inf) * trial.nearest_nm if lattice and not layers else None,
        paracrystal_nm=trial.paracrystal * trial.nearest_nm if lattice else None,
        paracrystal_sd_nm=errors["paracrystal"] * trial.nearest_nm if lattice else None,
        confidence=verdict.confidence,
        reasons=verdict.reasons,
        alternatives=alternatives(fits, verdict),
        curve=curve,
        model_q_inv_nm=used.q_inv_nm,
        fitted_intensity=used.intensity,
        fitted_sd=used.noise,
        fitted_weight_sd=used.sd(used.intensity),
        model=solution.model,
        particles_only=solution.particles_only,
        reflections_inv_nm=solution.groups_inv_nm,
        peaks_inv_nm=tuple(float(q) for q in fits.peaks.q_inv_nm),
        provenance=provenance,
    )


def _spacing_sd(fits: PhaseFits, index: int, errors: dict[str, float]) -> float:
    """Uncertainty of the fit together with the part of the peaks' width that a model's peak shape can shift them by."""
    solution = fits.solutions[index]
    trial = solution.trial
    first = float(solution.groups_inv_nm[0])
    part = FLANK_SHIFT if trial.phase == STACK else SHAPE_SHIFT
    shape = part * fwhm_inv_nm(trial, first) / first * trial.nearest_nm
    fit = errors.get("nearest_nm", math.nan)
    if fit == 0:
        return 0.0
    return math.hypot(fit, shape) if math.isfinite(fit) else math.nan


def _shift_nm(fits: PhaseFits, solution: Solution, resolution: float, curve: MeasuredCurve) -> tuple[float, float]:
    """By how much the resolution puts the spacing of a fit too high, and the uncertainty of that [nm]."""
    q = fits.lattice_data.q_inv_nm
    # No peak is narrower than the resolution.
    sigma = np.full_like(q, resolution) if resolution > 0 else np.minimum(RESOLUTION * q, solution.trial.sigma_inv_nm)
    # Means over bins smear like an instrument does, by the variance of an even spread over the width of a bin.
    steps = np.interp(q, curve.q_inv_nm, np.gradient(curve.q_inv_nm))
    widened = (np.gradient(q) ** 2 - steps**2) / 12
    sigma = np.sqrt(sigma**2 + np.maximum(widened, 0.0))
    # A spacing that a person fixed stays.
    shift = resolution_shifts(fits.lattice_data, solution, sigma).get("nearest_nm", 0.0)
    return shift, 0.0 if resolution > 0 else RESOLUTION_DOUBT * abs(shift)


def _size_sd(solution: Solution, verdict: Verdict, fit_sd: float) -> float:
    """Uncertainty of the size [nm] by the fit, the law of the sizes, and what the shape leaves open.

    The two shapes are compared as this one of the same volume.
    """
    trial = solution.trial
    rods = LOCKED_SIZE if trial.locked else 0.0
    fit_sd = math.hypot(fit_sd, SIZE_BY_LAW * trial.size_spread**2 * trial.size_nm, rods * trial.size_nm)
    if verdict.otherwise is None:
        return fit_sd
    other = verdict.otherwise.trial
    volume = {"sphere": math.pi / 6, "cube": 1.0}
    same_volume = other.size_nm * (volume[other.shape] / volume[trial.shape]) ** (1 / 3)
    return math.hypot(fit_sd, same_volume - trial.size_nm)


def _spread_sd(spread: float, fit_sd: float) -> float:
    """Uncertainty of the spread by the fit, the law of the sizes, and the resolution that adds to its square."""
    return math.hypot(fit_sd, SPREAD_BY_LAW * spread**2, math.hypot(spread, RESOLUTION) - spread)


def _domain_nm(solution: Solution, resolution: float) -> float:
    """Scherrer's size from the part of the width that does not grow with q."""
    trial = solution.trial
    sigma = math.sqrt(max(trial.sigma_inv_nm**2 - resolution**2, 0.0))
    return scherrer_domain_nm(max(voigt_fwhm(sigma, trial.hwhm_inv_nm), 1e-6))
