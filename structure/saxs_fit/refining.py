"""The nonlinear part of a SAXS fit: a trial moved to the best fit inside its bounds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from structure.measured.data import FitData
from structure.saxs_fit.model import Solution, Trial
from structure.saxs_fit.solving import solve

FloatArray = NDArray[np.float64]


def refine(data: FitData, trial: Trial, *, texture: bool = True, max_steps: int = 14) -> Solution:
    """The solution of the trial moved to the best fit, in at most ``max_steps`` steps inside the bounds."""
    bounds = bounds_of(trial, data)
    names = list(bounds)
    low, high = (np.array([bounds[n][k] for n in names]) for k in (0, 1))
    scale = np.array([_SCALES[n] for n in names])
    first = solve(data, trial, texture=texture)
    best: list[Any] = [first.misfit, first.factors]
    most = 2 * len(first.areas) + 8

    def column(solution: Solution) -> FloatArray:
        # The number of groups can change with the axial ratio, the length of the residual must not.
        return np.append(solution.residual, np.pad(solution.penalty, (0, max(0, most - len(solution.penalty))))[:most])

    def solved(x: FloatArray) -> Solution:
        solution = solve(data, _moved(trial, names, x), texture=texture, start=best[1])
        if solution.misfit < 0.98 * best[0] and len(solution.factors) == len(best[1]):
            best[:] = [solution.misfit, solution.factors]
        return solution

    def slopes(x: FloatArray) -> FloatArray:
        here = solved(x)
        steps = np.where(x + 0.02 * scale < high, 0.02, -0.02) * scale
        # So near by, the factors are nearly the same: a step or two of their own fit are enough.
        moved = [
            solve(data, _moved(trial, names, x + h * e), texture=texture, start=here.factors, max_steps=2)
            for h, e in zip(steps, np.eye(len(x)), strict=True)
        ]
        return np.stack([(column(m) - column(here)) / h for m, h in zip(moved, steps, strict=True)], axis=1)

    start = np.array([1.0 if n in RELATIVE else getattr(trial, n) for n in names])
    # From a bound itself a fit sees only half of its surroundings.
    start = np.clip(start, low + 0.1 * np.minimum(scale, high - low), high - 0.1 * np.minimum(scale, high - low))
    fitted = least_squares(
        lambda x: column(solved(x)),
        start,
        slopes,
        bounds=(low, high),
        x_scale=scale,
        ftol=1e-3,
        xtol=1e-3,
        max_nfev=max_steps,
    )
    moved = solve(data, _moved(trial, names, fitted.x), texture=texture, start=best[1])
    return moved if moved.misfit < first.misfit else first


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
        return bounds
    if trial.phase in ("hcp", "bct"):
        bounds["c_over_a"] = (1.5, 1.75) if trial.phase == "hcp" else (0.55, 1.9)
    step = float(np.median(np.diff(data.q_inv_nm)))
    sigma, hwhm = trial.sigma_inv_nm, trial.hwhm_inv_nm
    return bounds | {
        "nearest_nm": (0.94, 1.06),
        "sigma_inv_nm": (min(0.3, 0.25 * step / sigma), max(6.0, 2 * step / sigma)),
        "hwhm_inv_nm": (0.02, max(8.0, 2 * step / hwhm)),
        "paracrystal": (0.0, 0.15),
        "displacement": (0.0, 0.16),
    }
