"""How far each number of a fitted SAXS curve is uncertain."""

from __future__ import annotations

import numpy as np

from structure.measured.data import FitData
from structure.measured.linear import correlated_points, parameter_sds
from structure.saxs_fit.model import Solution
from structure.saxs_fit.refining import bounds_of
from structure.saxs_fit.solving import slopes


def standard_errors(data: FitData, solution: Solution) -> dict[str, float]:
    """Standard uncertainty of each nonlinear value of a solution, all others and the factors being free.

    From the curvature of the misfit, scaled to the scatter about the fit and to the number of neighbouring points that
    err together; infinite for a value that the data does not fix, 0 for one that a person did.
    """
    names = list(bounds_of(solution.trial, data))
    points = len(data.q_inv_nm)
    free = max(1, points - len(names) - int(np.count_nonzero(solution.factors)))
    scatter = max(data.noise_share, float(solution.residual @ solution.residual) / free)
    variance = scatter * correlated_points(solution.residual)
    made = parameter_sds(slopes(data, solution, names), variance) if names else np.zeros(0)
    # What a person fixed has no uncertainty of this fit.
    return dict.fromkeys(data.control.fixed, 0.0) | {
        name: _of_square(getattr(solution.trial, name), float(sd)) if name in SQUARED else float(sd)
        for name, sd in zip(names, made, strict=True)
    }


SQUARED = ("size_spread", "displacement", "paracrystal")
"""Numbers whose squares enter a curve: near zero the square has an uncertainty, and the number an upper bound."""


def _of_square(value: float, sd: float) -> float:
    """How far a number may rise when its square does by its standard uncertainty; the usual one far from zero."""
    if not np.isfinite(sd):
        return sd
    return float(np.sqrt(value**2 + 2 * value * sd) - value)
