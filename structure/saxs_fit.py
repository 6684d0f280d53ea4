"""Fit of a whole SAXS curve: particles on a lattice, particles beside it, and a smooth background."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import lmfit
import numpy as np
from numpy.typing import NDArray

from structure.lattice_model_peaks import peak_families, powder_peak
from structure.saxs_fit_data import FitData
from structure.saxs_fit_linear import best_factors, robust
from structure.saxs_fit_particles import FitShape, particle_averages, squared_along

FloatArray = NDArray[np.float64]

TEXTURE = 0.35
"""Granted relative scatter of peak areas about those of an ideal powder: grains are never quite at random."""

MAX_ORDER = 5.5
"""Reflections up to this multiple of the first are fitted; beyond, a measured curve shows the particles alone."""


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


def solve(data: FitData, trial: Trial, *, texture: bool = True, start: FloatArray | None = None) -> Solution:
    """The best linear factors, none negative, for given nonlinear values; ``start`` is a former solution's factors."""
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
    positions, peaks, diffuse = _lattice_columns(q, trial, particles.intensity, particles.coherent_random)
    strict = np.column_stack([smooth, diffuse + peaks.sum(axis=1)])
    warm = start is not None and start[n] > 0
    if start is not None and warm:
        factors = best_factors(data, strict, start[: n + 1])
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
        free = best_factors(data, columns, first, ones_after=n, prior_sd=TEXTURE)
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


def refine(data: FitData, trial: Trial, *, texture: bool = True, max_nfev: int = 140) -> Solution:
    """The solution of the trial moved to the best fit."""
    parameters = _parameters(trial, data)
    first = solve(data, trial, texture=texture)
    best: list[Any] = [first.misfit, first.factors]
    most = 2 * len(first.areas) + 8

    def residual(values: Any) -> FloatArray:
        solution = solve(data, _moved(trial, values), texture=texture, start=best[1])
        if solution.misfit < 0.98 * best[0] and len(solution.factors) == len(best[1]):
            best[:] = [solution.misfit, solution.factors]
        # The number of groups can change with the axial ratio, the length of the residual must not.
        return np.append(solution.residual, np.pad(solution.penalty, (0, max(0, most - len(solution.penalty))))[:most])

    fitted = lmfit.minimize(
        residual, parameters, method="leastsq", max_nfev=max_nfev, epsfcn=1e-6, ftol=1e-3, xtol=1e-3, calc_covar=False
    )
    moved = solve(data, _moved(trial, fitted.params), texture=texture, start=best[1])
    return moved if moved.misfit < first.misfit else first


def standard_errors(data: FitData, solution: Solution) -> dict[str, float]:
    """Standard uncertainty of each nonlinear value of a solution, the others being free.

    From the curvature of the misfit, scaled to the scatter about the fit; a value that the data does not move has none
    (infinity).
    """
    trial = solution.trial
    names = [p for p in _parameters(trial, data) if p != "c_over_a" or trial.c_over_a is not None]
    steps = {n: 1e-3 * getattr(trial, n) if n in _RELATIVE else 2e-3 for n in names}
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


_RELATIVE = ("size_nm", "nearest_nm", "sigma_inv_nm", "hwhm_inv_nm")


def _moved(trial: Trial, values: Any) -> Trial:
    numbers = {name: float(values[name].value) for name in values}
    scaled: dict[str, Any] = {n: v * getattr(trial, n) if n in _RELATIVE else v for n, v in numbers.items()}
    return replace(trial, **scaled)


def _fixed(penalty: FloatArray, length: int = 400) -> FloatArray:
    return np.pad(penalty, (0, max(0, length - len(penalty))))[:length]


def _parameters(trial: Trial, data: FitData) -> Any:
    parameters = lmfit.Parameters()
    parameters.add("size_nm", 1.0, min=0.6, max=1.6)
    parameters.add("size_spread", float(np.clip(trial.size_spread, 0.01, 0.33)), min=0.003, max=0.35)
    if trial.phase == "none":
        return parameters
    if trial.phase in ("hcp", "bct"):
        low, high = (1.5, 1.75) if trial.phase == "hcp" else (0.55, 1.9)
        parameters.add("c_over_a", trial.c_over_a, min=low, max=high)
    parameters.add("nearest_nm", 1.0, min=0.94, max=1.06)
    step = float(np.median(np.diff(data.q_inv_nm)))
    sigma, hwhm = trial.sigma_inv_nm, trial.hwhm_inv_nm
    parameters.add("sigma_inv_nm", 1.0, min=min(0.3, 0.25 * step / sigma), max=max(6.0, 2 * step / sigma))
    parameters.add("hwhm_inv_nm", 1.0, min=0.02, max=max(8.0, 2 * step / hwhm))
    parameters.add("paracrystal", max(trial.paracrystal, 0.01), min=0.0, max=0.15)
    parameters.add("displacement", trial.displacement, min=0.0, max=0.16)
    return parameters


def _lattice_columns(
    q: FloatArray, trial: Trial, intensity: FloatArray, coherent: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Positions of groups of reflections, their intensities (n_q, m), and the diffuse part of the lattice (n_q,)."""
    d = trial.nearest_nm
    reach = min(float(q[-1]) * d * 1.05, MAX_ORDER * 2 * np.pi * 1.25)
    families = peak_families(trial.phase, trial.c_over_a, reach, merge_axes=True)
    kept = families.length <= reach
    g = families.length[kept] / d
    hwhm = trial.hwhm_inv_nm + q[:, None] ** 2 * (trial.paracrystal * d) ** 2 / (2 * d)
    density = (2 * np.pi) ** 3 / (families.volume_per_site * d**3) * families.weights[kept]
    peaks = density * powder_peak(q[:, None], g, trial.sigma_inv_nm, hwhm)
    damping = np.exp(-((q * trial.displacement * d) ** 2))
    if trial.locked:
        coherent_peaks = squared_along(q, trial.size_nm, trial.size_spread, families.directions[kept])
        peaks *= damping[:, None] * coherent_peaks
    else:
        peaks *= (damping * coherent)[:, None]
    # Beyond the last reflection that is summed the structure factor is taken as 1.
    inside = q <= g[-1]
    peaks[~inside] = 0.0
    diffuse = np.where(inside, np.maximum(intensity - damping * coherent, 0.0), intensity)
    starts = np.flatnonzero(np.append(True, np.diff(g) > 0.004 * g[:-1]))
    return g[starts], np.add.reduceat(peaks, starts, axis=1), diffuse


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
