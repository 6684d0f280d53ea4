"""How far each number of a fitted SAXS curve is uncertain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from structure.measured.data import FitData
from structure.saxs_fit.model import Solution
from structure.saxs_fit.refining import RELATIVE, bounds_of
from structure.saxs_fit.solving import solve

FloatArray = NDArray[np.float64]


def standard_errors(data: FitData, solution: Solution) -> dict[str, float]:
    """Standard uncertainty of each nonlinear value of a solution, the others being free.

    From the curvature of the misfit, scaled to the scatter about the fit; a value that the data does not move has none
    (infinity).
    """
    trial = solution.trial
    names = list(bounds_of(trial, data))
    steps = {n: 1e-3 * getattr(trial, n) if n in RELATIVE else 2e-3 for n in names}
    columns = []
    for name, step in steps.items():
        sides = []
        for sign in (1, -1):
            value = max(getattr(trial, name) + sign * step, 0.0)
            moved = solve(data, replace(trial, **{name: value}), start=solution.factors)
            sides.append((value, np.append(moved.residual, _fixed(moved.penalty))))
        columns.append((sides[0][1] - sides[1][1]) / max(sides[0][0] - sides[1][0], 1e-12))
    jacobian = np.stack(columns, axis=1)
    scatter = max(1.0, float(solution.residual @ solution.residual) / max(1, len(data.q_inv_nm) - len(names)))
    norms = np.linalg.norm(jacobian, axis=0)
    known = norms > 0
    made = dict.fromkeys(names, float("inf"))
    if known.any():
        scaled = jacobian[:, known] / norms[known]
        covariance = np.linalg.pinv(scaled.T @ scaled, rcond=1e-8)
        for name, variance, norm in zip(np.array(names)[known], np.diag(covariance), norms[known], strict=True):
            made[str(name)] = float(np.sqrt(max(variance, 0.0) * scatter) / norm)
    return made


def _fixed(penalty: FloatArray, length: int = 400) -> FloatArray:
    return np.pad(penalty, (0, max(0, length - len(penalty))))[:length]
