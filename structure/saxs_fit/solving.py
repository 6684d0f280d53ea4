"""Fit of a whole SAXS curve: particles on a lattice, particles beside it, and a smooth background."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from structure.measured.data import FitData
from structure.measured.linear import best_factors, robust
from structure.saxs_fit.lattice import lattice_columns
from structure.saxs_fit.model import TEXTURE, Solution, Trial
from structure.saxs_fit.particles import particle_averages

FloatArray = NDArray[np.float64]


def smooth_columns(q: FloatArray) -> FloatArray:
    """Backgrounds: constant, scattering of large aggregates (Porod), its inverse-square and a rising slope."""
    x = q / q[0]
    return np.stack([np.ones_like(q), x**-4.0, x**-2.0, q / q[-1]], axis=1)


def solve(
    data: FitData, trial: Trial, *, texture: bool = True, start: FloatArray | None = None, max_steps: int = 12
) -> Solution:
    """The best linear factors, none negative, for given nonlinear values.

    ``start`` are the factors of a former solution, and ``max_steps`` how often they are improved from there.
    """
    q = data.q_inv_nm
    particles = particle_averages(trial.shape, q, trial.size_nm, trial.size_spread)
    smooth = np.column_stack([smooth_columns(q), particles.intensity])
    n = smooth.shape[1]
    if trial.phase == "none":
        factors = best_factors(data, smooth, _first_factors(data, smooth) if start is None else start)
        empty = np.zeros(0)
        return Solution(
            trial, smooth @ factors, smooth @ factors, empty, empty, _residual(data, smooth @ factors), factors
        )
    positions, peaks, diffuse = lattice_columns(q, trial, particles.intensity, particles.coherent_random)
    strict = np.column_stack([smooth, diffuse + peaks.sum(axis=1)])
    warm = start is not None and start[n] > 0
    if start is not None and warm:
        factors = best_factors(data, strict, start[: n + 1], max_steps=max_steps)
    else:
        factors = _cold(data, strict)
    level, ones = float(factors[n]), np.ones(1 + len(positions))
    relative, fixed = ones, factors
    if texture and level > 0:
        # The diffuse part of the lattice may differ from the ideal too: partial order shows there first.
        columns = np.column_stack([smooth, level * diffuse, level * peaks])
        first = start[n + 1 :] if start is not None and warm and len(start) == 2 * n + 2 + len(positions) else None
        if first is None:
            first = np.concatenate([factors[:n], ones])
        free = best_factors(data, columns, first, ones_after=n, prior_sd=TEXTURE, max_steps=max_steps)
        smooth_factors, relative = free[:n], free[n:]
        fixed = np.concatenate([factors, free])
    else:
        smooth_factors = factors[:n]
    base = smooth @ smooth_factors + level * relative[0] * diffuse
    model = base + level * peaks @ relative[1:]
    return Solution(trial, model, base, positions, relative[1:], _residual(data, model), fixed, level * peaks)


def gains(data: FitData, solution: Solution) -> tuple[FloatArray, FloatArray]:
    """What each group of reflections does for the fit: rise of the misfit without it, and that of an ideal one.

    The second is the squared height of the group of an ideal powder, in standard deviations, summed over points.
    """
    residual = solution.residual
    model, peaks = solution.model[:, None], solution.peaks
    without = data.transformed(model - peaks * solution.areas) - data.transformed(data.intensity)[:, None]
    rise = np.sum(robust(without) ** 2, axis=0) - residual @ residual
    base = np.maximum(model - peaks * solution.areas, 0.0)
    ideal = np.sum((data.transformed(base + peaks) - data.transformed(base)) ** 2, axis=0)
    return rise, ideal


def _cold(data: FitData, columns: FloatArray) -> FloatArray:
    """The better of two fits: one begun with all particles on the lattice, one with nearly all beside it."""
    lattice = _first_factors(data, columns)
    free = np.append(_first_factors(data, columns[:, :-1]), 0.02 * lattice[-1])
    made = [best_factors(data, columns, factors) for factors in (lattice, free)]
    misfits = [float(np.sum(_residual(data, columns @ factors) ** 2)) for factors in made]
    return made[int(np.argmin(misfits))]


def _first_factors(data: FitData, columns: FloatArray) -> FloatArray:
    """The last column scaled to the data where it is strongest, on a constant background."""
    factors = np.zeros(columns.shape[1])
    last, intensity = columns[:, -1], data.intensity
    strong = (last >= np.quantile(last, 0.9)) & (intensity > 0)
    if strong.any():
        factors[-1] = float(np.exp(np.median(np.log(intensity[strong] / last[strong]))))
    factors[0] = max(float(np.quantile(intensity, 0.05)), data.floor)
    return factors


def _residual(data: FitData, model: FloatArray) -> FloatArray:
    return robust(data.transformed(model) - data.transformed(data.intensity))
