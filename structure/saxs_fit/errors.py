"""How far each number of a fitted SAXS curve is uncertain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structure.form_factors.averages import particle_averages, squared_along
from structure.measured.data import FitData
from structure.measured.linear import correlated_points, parameter_sds, robust_slope
from structure.saxs_fit.lattice import lattice_columns
from structure.saxs_fit.model import STACK, Solution
from structure.saxs_fit.refining import bounds_of
from structure.saxs_fit.solving import N_SMOOTH, slopes

FloatArray = NDArray[np.float64]


def standard_errors(data: FitData, solution: Solution) -> dict[str, float]:
    """Standard uncertainty of each nonlinear value of a solution, all others and the factors being free.

    From the curvature of the misfit, scaled to the scatter about the fit and to the number of neighbouring points that
    err together; infinite for a value that the data does not fix, 0 for one that a person did.
    """
    bounds = bounds_of(solution.trial, data)
    names = list(bounds)
    points = len(data.q_inv_nm)
    free = max(1, points - len(names) - int(np.count_nonzero(solution.factors)))
    scatter = max(data.noise_share, float(solution.residual @ solution.residual) / free)
    variance = scatter * correlated_points(solution.residual)
    values = [float(getattr(solution.trial, name)) for name in names]
    held = _bounded(slopes(data, solution, names), values, bounds, variance) if names else np.zeros((1, 0))
    made = parameter_sds(held, variance) if names else np.zeros(0)
    # What a person fixed has no uncertainty of this fit.
    return dict.fromkeys(data.control.fixed, 0.0) | {
        name: _of_square(getattr(solution.trial, name), float(sd)) if name in SQUARED else float(sd)
        for name, sd in zip(names, made, strict=True)
    }


SQUARED = ("size_spread", "displacement", "paracrystal")
"""Numbers whose squares enter a curve: near zero the square has an uncertainty, and the number an upper bound."""


def _bounded(
    jacobian: FloatArray, values: Sequence[float], bounds: Mapping[str, tuple[float, float]], variance: float
) -> FloatArray:
    """Slopes with a row for each number of `SQUARED` that says that its square lies between its bounds.

    A little spread, a little displacement and a little size can do the same to a curve: the curvature alone would let
    them run along that line far beyond any bound, and the size with them. Even over the bounds, a square is known to
    their distance over the root of 12. What the data does not see at all stays unknown.
    """
    rows = []
    for k, (value, (name, (low, high))) in enumerate(zip(values, bounds.items(), strict=True)):
        if name in SQUARED and np.any(jacobian[:, k]):
            row = np.zeros(len(bounds))
            # Slope of the square, over its standard uncertainty.
            row[k] = 2 * value * np.sqrt(12 * variance) / (high**2 - low**2)
            rows.append(row)
    return np.vstack([jacobian, *rows])


def _of_square(value: float, sd: float) -> float:
    """How far a number may rise when its square does by its standard uncertainty; the usual one far from zero."""
    if not np.isfinite(sd):
        return sd
    return float(np.sqrt(value**2 + 2 * value * sd) - value)


def resolution_shifts(data: FitData, solution: Solution, sigma_inv_nm: FloatArray) -> dict[str, float]:
    r"""How far the fit puts each nonlinear value too high, for an instrument of finite resolution.

    The fit widens the lattice factor alone, so that it takes :math:`P\,(R * S)` for what is :math:`R * (PS)`, with the
    particles P and the resolution R of standard deviation s: to second order they differ by
    :math:`s^2(P'S' + P''S/2)`. Where P falls, :math:`P'S'` puts the peaks at higher q than the fit expects, and
    spacings come out too small by the part :math:`-s^2P'/(Pq)`; the other term fills the minima as a spread of sizes
    does. What the difference does to a least-squares fit is its projection on the slopes.

    Parameters
    ----------
    data
        Points that the solution was fitted to.
    solution
        The fit.
    sigma_inv_nm
        Standard deviation of the resolution at each point [1/nm], shape (n,).

    Returns
    -------
    dict
        Shift by the name of the value, in its unit.
    """
    trial, q = solution.trial, data.q_inv_nm
    names = list(bounds_of(trial, data))
    if not names:
        return {}
    # Slopes by differences over a part of s: over s itself the peaks' own curvature would lessen them.
    part = 0.25
    here, *beside = (_parts(np.maximum(q + k * part * sigma_inv_nm, 1e-3 * q), solution) for k in (0, 1, -1))
    extra = sum(p.apart for p in beside) / 2 - here.apart
    lines = min(p.lattice.shape[1] for p in (here, *beside))
    for p in beside:
        extra += ((p.particles[:, :lines] - here.particles[:, :lines]) * p.lattice[:, :lines]).sum(axis=1) / 2
    raw = data.transformed(solution.model) - data.transformed_intensity
    jacobian = slopes(data, solution, names)
    scaled = np.zeros(len(jacobian))
    scaled[: len(q)] = robust_slope(raw) / data.sd(solution.model) * extra / part**2
    moved = np.linalg.lstsq(jacobian, scaled, rcond=1e-6)[0]
    return dict(zip(names, map(float, moved), strict=True))


@dataclass(frozen=True, slots=True)
class _Parts:
    """Of a model: what does not interfere (n,), and of each reflection the particles and the lattice factor (n, r)."""

    apart: FloatArray
    particles: FloatArray
    lattice: FloatArray


def _parts(q: FloatArray, solution: Solution) -> _Parts:
    trial, factors = solution.trial, solution.factors
    averages = particle_averages(trial.shape, q, trial.size_nm, trial.size_spread, locked=trial.locked)
    apart = factors[N_SMOOTH] * averages.intensity
    if trial.phase in ("none", STACK):
        return _Parts(apart, np.zeros((len(q), 1)), np.zeros((len(q), 1)))
    columns = lattice_columns(q, trial, averages)
    apart = apart + factors[N_SMOOTH + 1] * columns.diffuse
    damping = np.exp(-((q * trial.displacement * trial.nearest_nm) ** 2))[:, None]
    if trial.locked:
        particles = damping * squared_along(q, trial.size_nm, trial.size_spread, columns.lines.directions)
    else:
        particles = np.broadcast_to(damping * averages.coherent[:, None], columns.sums.shape)
    # At a slightly higher q one reflection more may come into reach.
    groups = np.repeat(np.arange(len(columns.starts)), np.diff(np.append(columns.starts, len(columns.lines.length))))
    areas = factors[N_SMOOTH + 2 :]
    kept = groups < len(areas)
    return _Parts(apart, particles[:, kept], columns.sums[:, kept] * areas[groups[kept]])
