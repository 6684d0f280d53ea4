"""The nonlinear part of a SAXS fit: a trial moved to the best fit inside its bounds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from structure.measured.data import FitData
from structure.saxs_fit.model import STACK, Solution, Trial
from structure.saxs_fit.solving import slopes, solve

FloatArray = NDArray[np.float64]


def refine(
    data: FitData, trial: Trial, *, max_steps: int = 14, start: FloatArray | None = None, tolerance: float = 1e-3
) -> Solution:
    """The solution of the trial moved to the best fit, in at most ``max_steps`` steps inside the bounds.

    Parameters
    ----------
    data
        Points.
    trial
        Where to begin.
    max_steps
        Most evaluations.
    start
        Factors to begin with.
    tolerance
        Relative change of the misfit at which the fit ends.
    """
    bounds = bounds_of(trial, data)
    names = list(bounds)
    low, high = (np.array([bounds[n][k] for n in names]) for k in (0, 1))
    scale = np.array([_SCALES[n] for n in names])
    units = np.array([getattr(trial, n) if n in RELATIVE else 1.0 for n in names])
    first = solve(data, trial, start=start)
    if not names:
        # A person fixed them all.
        return first
    best = [first]
    rows = len(data.q_inv_nm) + 2 * len(first.areas) + 8
    last: list[Any] = [None, first]

    def padded(part: FloatArray) -> FloatArray:
        # The number of groups can change with the axial ratio, the length of the residual must not.
        return np.concatenate([part, np.zeros((max(0, rows - len(part)), *part.shape[1:]))])[:rows]

    def solved(x: FloatArray) -> Solution:
        if last[0] is None or not np.array_equal(last[0], x):
            solution = solve(data, _moved(trial, names, x), start=best[0].factors, max_steps=6)
            last[:] = [x.copy(), solution]
            if solution.misfit < best[0].misfit:
                best[0] = solution
        found: Solution = last[1]
        return found

    def residuals(x: FloatArray) -> FloatArray:
        solution = solved(x)
        return padded(np.append(solution.residual, solution.penalty))

    begin = np.array([1.0 if n in RELATIVE else getattr(trial, n) for n in names])
    # From a bound itself a fit sees only half of its surroundings.
    begin = np.clip(begin, low + 0.1 * np.minimum(scale, high - low), high - 0.1 * np.minimum(scale, high - low))
    least_squares(
        residuals,
        begin,
        lambda x: padded(slopes(data, solved(x), names) * units),
        bounds=(low, high),
        x_scale=scale,
        ftol=tolerance,
        xtol=1e-3,
        max_nfev=max_steps,
    )
    return best[0]


RELATIVE = ("size_nm", "nearest_nm", "sigma_inv_nm", "hwhm_inv_nm")
"""Numbers that a fit moves as factors of where they begin."""

#: By how much each number moves in a fit: a factor for those in `RELATIVE`, else the number itself.
_SCALES = {
    "size_nm": 0.05,
    "size_spread": 0.05,
    "c_over_a": 0.05,
    "nearest_nm": 0.02,
    "sigma_inv_nm": 0.3,
    "hwhm_inv_nm": 0.5,
    "paracrystal": 0.03,
    "displacement": 0.05,
}


def _moved(trial: Trial, names: list[str], x: FloatArray) -> Trial:
    values: dict[str, Any] = {
        n: float(v) * getattr(trial, n) if n in RELATIVE else float(v) for n, v in zip(names, x, strict=True)
    }
    return replace(trial, **values)


def bounds_of(trial: Trial, data: FitData) -> dict[str, tuple[float, float]]:
    """Limits of the numbers that a fit moves; those in `RELATIVE` as factors."""
    bounds = {"size_nm": (0.6, 1.6), "size_spread": (0.003, 0.35)}
    if trial.phase == "none":
        return _decided(bounds, trial, data)
    if trial.c_over_a is not None:
        bounds["c_over_a"] = (1.5, 1.75) if trial.phase == "hcp" else (0.55, 1.9)
    step = float(np.median(np.diff(data.q_inv_nm)))
    sigma, hwhm = trial.sigma_inv_nm, trial.hwhm_inv_nm
    bounds |= {
        "nearest_nm": (0.94, 1.06),
        "sigma_inv_nm": (min(0.3, 0.25 * step / sigma), max(6.0, 2 * step / sigma)),
        "hwhm_inv_nm": (0.02, max(8.0, 2 * step / hwhm)),
        "paracrystal": (0.0, 0.15),
        "displacement": (0.0, 0.16),
    }
    if trial.phase == STACK:
        # Free areas say what the displacements would.
        del bounds["displacement"]
    return _decided(bounds, trial, data)


def _decided(bounds: dict[str, tuple[float, float]], trial: Trial, data: FitData) -> dict[str, tuple[float, float]]:
    """The limits with what a person decided: no fixed numbers, and the bounds that were given."""
    control = data.control
    made = {}
    for name, (low, high) in bounds.items():
        unit = getattr(trial, name) if name in RELATIVE else 1.0
        if name not in control.fixed:
            low, high = control.limits(name, low * unit, high * unit)
            made[name] = (low / unit, high / unit)
    return made
