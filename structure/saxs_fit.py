"""Fit of a whole SAXS curve: particles on a lattice, particles beside it, and a smooth background."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from structure.saxs_fit_data import FitData
from structure.saxs_fit_lattice import lattice_columns
from structure.saxs_fit_linear import best_factors, robust
from structure.saxs_fit_particles import FitShape, particle_averages

FloatArray = NDArray[np.float64]

TEXTURE = 0.35
"""Granted relative scatter of peak areas about those of an ideal powder: grains are never quite at random."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Values of everything that enters a curve nonlinearly.

    Parameters
    ----------
    phase
        Lattice, or ``"none"``.
    shape
        ``"sphere"`` or ``"cube"``.
    size_nm
        Diameter or edge [nm].
    size_spread
        Standard deviation of the size over its mean.
    nearest_nm
        Distance of nearest neighbours [nm].
    c_over_a
        Axial ratio of hcp and bct.
    sigma_inv_nm, hwhm_inv_nm
        Gaussian standard deviation and Lorentzian half width of all peaks [1/nm].
    paracrystal
        Standard deviation of a step between neighbours over its length: peaks widen with the square of q.
    displacement
        Standard deviation of independent displacements over the nearest distance: peaks weaken.
    """

    phase: str
    shape: FitShape
    size_nm: float
    size_spread: float
    nearest_nm: float = 10.0
    c_over_a: float | None = None
    sigma_inv_nm: float = 0.01
    hwhm_inv_nm: float = 0.005
    paracrystal: float = 0.0
    displacement: float = 0.05

    @property
    def locked(self) -> bool:
        """Whether the particles' axes follow the lattice: cubes face to face."""
        return self.shape == "cube" and self.phase == "sc"


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """A trial with the factors that enter linearly, and how well it describes the data.

    Parameters
    ----------
    trial
        The nonlinear values.
    model
        Calculated intensity at the data, shape (n,).
    particles_only
        The part of it without peaks, shape (n,).
    groups_inv_nm
        Positions of the groups of reflections [1/nm], shape (m,).
    areas
        Area of each group over that of an ideal powder, shape (m,).
    residual
        Robust residuals in units of the weights, shape (n,).
    factors
        The linear factors, to start a later solution with.
    peaks
        Intensity of each group of an ideal powder, shape (n, m).
    """

    trial: Trial
    model: FloatArray
    particles_only: FloatArray
    groups_inv_nm: FloatArray
    areas: FloatArray
    residual: FloatArray
    factors: FloatArray
    peaks: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))

    @property
    def penalty(self) -> FloatArray:
        """Departure of the areas from an ideal powder in units of the scatter granted, shape (m,)."""
        return (self.areas - 1.0) / TEXTURE if self.areas.any() else np.zeros_like(self.areas)

    @property
    def misfit(self) -> float:
        """Sum of squared robust residuals, and of the penalty."""
        return float(self.residual @ self.residual + self.penalty @ self.penalty)


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
