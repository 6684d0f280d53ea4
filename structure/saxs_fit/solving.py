"""Fit of a whole SAXS curve: particles on a lattice, particles beside it, and a smooth background."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from structure.form_factors.averages import particle_averages
from structure.measured.control import BACKGROUNDS
from structure.measured.data import FitData
from structure.measured.linear import best_factors, level_of, nonnegative, robust, robust_slope, strengths
from structure.saxs_fit.lattice import lattice_columns, lattice_slopes
from structure.saxs_fit.model import STACK, Solution, Trial

FloatArray = NDArray[np.float64]

N_SMOOTH = 4
"""Curves of the background; the free particles follow, then the diffuse part of the lattice."""


def smooth_columns(q: FloatArray) -> FloatArray:
    """Backgrounds: constant, scattering of large aggregates (Porod), its inverse-square and a rising slope.

    ``q`` are the points of the curve [1/nm], shape (n,); each background is a column of the result.
    """
    return _smooth(q.tobytes())


def _beside(data: FitData, particles: FloatArray) -> FloatArray:
    """The backgrounds and the free particles, zero where a person left them out, shape (n, N_SMOOTH + 1)."""
    columns = np.column_stack([smooth_columns(data.q_inv_nm), particles])
    chosen = data.control.background
    return columns if chosen is None else columns * [name in chosen for name in BACKGROUNDS]


@functools.lru_cache(maxsize=8)
def _smooth(q_bytes: bytes) -> FloatArray:
    q = np.frombuffer(q_bytes)
    x = q / q[0]
    return np.stack([np.ones_like(q), x**-4.0, x**-2.0, q / q[-1]], axis=1)


def solve(
    data: FitData, trial: Trial, *, texture: bool = True, start: FloatArray | None = None, max_steps: int = 12
) -> Solution:
    """The best linear factors, none negative, for given nonlinear values.

    Parameters
    ----------
    data
        Points.
    trial
        The nonlinear values.
    texture
        Whether the areas of the reflections may depart from those of an ideal powder.
    start
        Factors of a former solution.
    max_steps
        How often they are improved at most.
    """
    q = data.q_inv_nm
    particles = particle_averages(trial.shape, q, trial.size_nm, trial.size_spread, locked=trial.locked)
    texture = texture and not data.control.ideal_powder
    n = N_SMOOTH + 1
    empty = np.zeros(0)
    if trial.phase == "none":
        smooth = np.column_stack([_beside(data, particles.intensity)[:, :N_SMOOTH], particles.intensity])
        first = _first_factors(data, smooth) if start is None else start
        factors = best_factors(data, smooth, first, max_steps=max_steps)
        model = smooth @ factors
        return Solution(trial, model, model, empty, empty, _residual(data, model), factors)
    smooth = _beside(data, particles.intensity)
    lattice = lattice_columns(q, trial, particles)
    m = len(lattice.positions)
    warm = texture and start is not None and len(start) == n + 1 + m and start[n:].any()
    if start is None or not warm:
        strict = np.column_stack([smooth, lattice.diffuse + lattice.peaks.sum(axis=1)])
        factors = _cold(data, strict, max_steps)
        start = np.append(factors[:n], np.full(m + 1, factors[n]))
    if texture and start[n:].any():
        columns = np.column_stack([smooth, lattice.diffuse, lattice.peaks])
        start = best_factors(data, columns, start, alike_after=n, alike_sd=trial.texture, max_steps=max_steps)
    level = level_of(start[n:], strengths(data, np.column_stack([lattice.diffuse, lattice.peaks])))
    relative = start[n:] / level if level > 0 else np.zeros(m + 1)
    base = smooth @ start[:n] + start[n] * lattice.diffuse
    model = base + lattice.peaks @ start[n + 1 :]
    if trial.phase == STACK:
        relative = (start[n:] > 0).astype(float)
        lattice = replace(lattice, peaks=lattice.peaks * start[n + 1 :] / (level or 1.0))
    penalty = (relative - 1) / trial.texture if level > 0 else relative
    return Solution(
        trial,
        model,
        base,
        lattice.positions,
        relative[1:],
        _residual(data, model),
        start,
        level * lattice.peaks,
        penalty,
    )


def slopes(data: FitData, solution: Solution, names: list[str]) -> FloatArray:
    """How the residuals, and below them the penalty, change with numbers of the trial, shape (n + m + 1, len(names)).

    The linear factors follow along: what they can undo is projected out (L. Kaufman, BIT 15, 49 (1975),
    doi:10.1007/BF01932995), so that no fit of factors is repeated for a derivative.
    """
    trial, q = solution.trial, data.q_inv_nm
    particles = particle_averages(trial.shape, q, trial.size_nm, trial.size_spread, locked=trial.locked, slopes=True)
    n, factors = N_SMOOTH + 1, solution.factors
    free = {"size_nm": particles.by_size[0], "size_spread": particles.by_spread[0]}
    columns = _beside(data, particles.intensity)
    made: dict[str, FloatArray] = {}
    if trial.phase != "none":
        lattice = lattice_columns(q, trial, particles)
        columns = np.column_stack([columns, lattice.diffuse, lattice.peaks])
        made = lattice_slopes(q, trial, particles, lattice, factors[n + 1 :], float(factors[n]))
    moved = [made.get(name, 0.0) + (factors[n - 1] * free[name] if name in free else 0.0) for name in names]
    raw = data.transformed(solution.model) - data.transformed_intensity
    scale = (robust_slope(raw) / data.sd(solution.model))[:, None]
    if data.control.ideal_powder and trial.phase != "none":
        # One strength for all that is on the lattice.
        columns, factors = np.column_stack([columns[:, :n], columns[:, n:].sum(axis=1)]), factors[: n + 1]
    rows = len(solution.penalty)
    jacobian = np.vstack([scale * np.stack(moved, axis=1), np.zeros((rows, len(names)))])
    linear = np.vstack([scale * columns, np.zeros((rows, columns.shape[1]))])
    weights = strengths(data, columns[:, n:])
    level = level_of(factors[n:], weights)
    if level > 0 and len(weights) == rows:
        follows = np.outer(factors[n:] / level, weights / weights.sum())
        linear[len(q) :, n:] = (np.eye(rows) - follows) / (trial.texture * level)
    return jacobian - _shared(linear[:, factors > 0], jacobian)


def _shared(linear: FloatArray, jacobian: FloatArray) -> FloatArray:
    """The part of the columns of ``jacobian`` that combinations of ``linear`` make."""
    norms = np.linalg.norm(linear, axis=0)
    basis, triangle = np.linalg.qr(linear[:, norms > 0] / norms[norms > 0])
    basis = basis[:, np.abs(np.diagonal(triangle)) > 1e-9]
    return np.asarray(basis @ (basis.T @ jacobian))


def gains(data: FitData, solution: Solution) -> tuple[FloatArray, FloatArray]:
    """What each group of reflections does for the fit: rise of the misfit without it, and that of an ideal one.

    The second is the squared height of the group of an ideal powder, in standard deviations, summed over points.

    Returns
    -------
    tuple
        Both on the scale of `Solution.misfit`, each of shape (m,).
    """
    residual = solution.residual
    model, peaks = solution.model[:, None], solution.peaks
    without = data.columns_transformed(model - peaks * solution.areas) - data.transformed_intensity[:, None]
    rise = np.sum(robust(without) ** 2, axis=0) - residual @ residual
    base = np.maximum(model - peaks * solution.areas, 0.0)
    ideal = np.sum((data.columns_transformed(base + peaks) - data.columns_transformed(base)) ** 2, axis=0)
    return rise, ideal


def _cold(data: FitData, columns: FloatArray, max_steps: int) -> FloatArray:
    """A fit begun at the factors that are best where intensities themselves are compared, weighted as measured.

    Those are the answer of a convex problem, so that nothing hangs on how much of the sample is taken as ordered first.
    """
    weight = 1 / data.measured_sd
    start = nonnegative(columns * weight[:, None], data.intensity * weight)
    return best_factors(data, columns, start, max_steps=max_steps)


def _first_factors(data: FitData, columns: FloatArray) -> FloatArray:
    """The last column scaled to the data where it is strongest, on a constant background."""
    factors = np.zeros(columns.shape[1])
    last, intensity = columns[:, -1], data.intensity
    # A column that a person left out is zero.
    strong = (last >= np.partition(last, int(0.9 * len(last)))[int(0.9 * len(last))]) & (last > 0)
    ratio = intensity[strong] / last[strong]
    ratio = np.sort(ratio[ratio > 0])
    if len(ratio):
        factors[-1] = float(ratio[len(ratio) // 2])
    factors[0] = data.lowest
    return factors


def _residual(data: FitData, model: FloatArray) -> FloatArray:
    return robust(data.transformed(model) - data.transformed_intensity)
