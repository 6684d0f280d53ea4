"""Every phase fitted to one curve, and put in order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from structure.crystals.cells import unit_cell
from structure.measured.data import FitData
from structure.measured.peaks import Peaks, sharp_peaks
from structure.saxs_fit.lattice import MAX_ORDER
from structure.saxs_fit.model import Solution, Trial
from structure.saxs_fit.refining import refine
from structure.saxs_fit.search import (
    AXIAL_RATIOS,
    PHASES,
    fit_particles,
    lattice_trials,
    other_shape,
    screened,
)
from structure.saxs_fit.solving import gains, solve

FloatArray = NDArray[np.float64]

CLOSE = 2.5
"""Phases that begin with more than this times the misfit of the best are not refined."""

ROUGH = 6
"""Steps of the fits that only have to show which phases and shapes are in the running."""

NEAR = 2.2
"""Phases up to this times the misfit of the best are fitted a second time, with the particles of the best."""

AXIAL = ("hcp", "bct")

PLAUSIBLE = 6.0
"""A lattice of the same density that begins with more than this times the misfit of the best is not fitted."""

AXIAL_GAIN = 0.8
"""A bct lattice, which has one number more and holds bcc and fcc, must bring the misfit below this part of theirs."""

SPECIAL_RATIOS = (1.0, 2.0**0.5)

DESCRIBED = 3.0
"""Sum of squares per point up to which particles alone are a description of a curve: what is ordered is little."""


@dataclass(frozen=True, slots=True, eq=False)
class PhaseFits:
    """What was tried on a curve.

    Parameters
    ----------
    data
        All points.
    lattice_data
        The points that the lattices were fitted to.
    particles
        The best fit without a lattice, to all points.
    particles_otherwise
        The best fit without a lattice of the other shape.
    particles_misfit
        Misfit of ``particles`` on ``lattice_data``.
    peaks
        Sharp peaks.
    solutions
        Refined fits of lattices, best first.
    otherwise
        The best lattice with particles of the other shape.
    screened
        Misfit of each phase before refinement.
    """

    data: FitData
    lattice_data: FitData
    particles: Solution
    particles_otherwise: Solution
    particles_misfit: float
    peaks: Peaks
    solutions: tuple[Solution, ...]
    otherwise: Solution | None
    screened: dict[str, float]


def fit_phases(data: FitData) -> PhaseFits:
    """Fit particles alone, then every lattice that the peaks allow."""
    particles, particles_otherwise = fit_particles(data)
    peaks = sharp_peaks(data, particles.model)
    described = particles.misfit < DESCRIBED * len(data.q_inv_nm)
    trials = lattice_trials(peaks, smallest_nm=0.97 * particles.trial.size_nm if described else 0.0)
    if not any(trials.values()):
        return PhaseFits(data, data, particles, particles_otherwise, particles.misfit, peaks, (), None, {})
    first = float(peaks.q_inv_nm[peaks.strongest])
    part = data.between(0.0, MAX_ORDER * first)
    if len(part.q_inv_nm) < 20:
        part = data
    starts = {phase: screened(part, some, particles.trial) for phase, some in trials.items() if some}
    alone = solve(part, particles.trial)
    made = _first_fits(part, starts)
    made, otherwise = _by_shape([m for m in made if _possible(m)])
    made, otherwise = _polished(part, made, otherwise)
    return PhaseFits(
        data,
        part,
        particles,
        particles_otherwise,
        alone.misfit,
        peaks,
        tuple(made),
        otherwise,
        {phase: min(misfit for misfit, _ in found) for phase, found in starts.items()},
    )


def _first_fits(data: FitData, starts: dict[str, list[tuple[float, Trial]]]) -> list[Solution]:
    """Every phase with spheres and with cubes: from the wrong shape a fit does not find the other.

    hcp and bct, whose many reflections make them slow, wait for the shape that the cubic phases found.
    """
    least = min(misfit for found in starts.values() for misfit, _ in found)
    near = {phase: found for phase, found in starts.items() if min(m for m, _ in found) < CLOSE * least}
    made = [
        refine(data, trial, max_steps=ROUGH)
        for phase, found in near.items()
        if phase not in AXIAL
        for _, trial in found
    ]
    leader = min(made, key=lambda m: m.misfit) if made else None
    for phase in AXIAL:
        found = sorted(near.get(phase, []), key=lambda start: start[0])
        if leader is None:
            made += [refine(data, trial, max_steps=ROUGH) for _, trial in found]
        elif found:
            # The particles are the same whatever their lattice.
            _, trial = next(f for f in found if f[1].shape == leader.trial.shape)
            if 0.5 < leader.trial.size_nm / trial.nearest_nm < 0.95:
                trial = replace(trial, size_nm=leader.trial.size_nm, size_spread=leader.trial.size_spread)
            made.append(refine(data, trial, max_steps=ROUGH))
    return made


def _by_shape(made: list[Solution]) -> tuple[list[Solution], Solution | None]:
    """The better shape of each phase, best phase first, and the best phase with the other shape."""
    made = sorted(made, key=_rank)
    best = [m for k, m in enumerate(made) if m.trial.phase not in {n.trial.phase for n in made[:k]}]
    otherwise = [m for m in made if m.trial.phase == best[0].trial.phase and m.trial.shape != best[0].trial.shape]
    return best, otherwise[0] if otherwise else None


def _polished(
    data: FitData, made: list[Solution], otherwise: Solution | None
) -> tuple[list[Solution], Solution | None]:
    """The best fit and everything that comes near it, fitted again with the particles of the best.

    A rival that got stuck would lend the best fit a lead that it has not.
    """
    if not made:
        return made, otherwise
    made[0] = refine(data, made[0].trial)
    if otherwise is not None and otherwise.misfit < NEAR * made[0].misfit:
        otherwise = refine(data, otherwise.trial)
        if otherwise.misfit < made[0].misfit and _possible(otherwise):
            made[0], otherwise = otherwise, made[0]
    best = made[0].trial
    for k, solution in enumerate(made):
        if k > 0 and solution.misfit < NEAR * made[0].misfit:
            trial = solution.trial
            if best.size_nm < 1.02 * trial.nearest_nm:
                trial = replace(trial, shape=best.shape, size_nm=best.size_nm, size_spread=best.size_spread)
            made[k] = min(solution, refine(data, trial), key=lambda m: m.misfit)
    for phase in PHASES:
        fits = [m for m in made if m.trial.phase == phase]
        if any(abs(_site_nm3(m.trial) / _site_nm3(best) - 1) < 0.03 for m in fits):
            continue
        misfit, trial = _of_same_density(data, best, phase)
        if misfit < PLAUSIBLE * made[0].misfit:
            again = refine(data, trial, max_steps=10)
            made = [m for m in made if m.trial.phase != phase] + [min([*fits, again], key=lambda m: m.misfit)]
    made = sorted((m for m in made if _possible(m)), key=_rank)
    if not made:
        # The last fit may move the only lattice to where its particles overlap.
        return [], None
    first = made[0].trial
    if otherwise is None or (otherwise.trial.phase, otherwise.trial.shape) != (first.phase, other_shape(first).shape):
        otherwise = refine(data, other_shape(first))
    return made, otherwise if _possible(otherwise) else None


def _of_same_density(data: FitData, best: Trial, phase: str) -> tuple[float, Trial]:
    """Another lattice with as many of the same particles in a volume: what a crowd of merged peaks may hide."""
    tried = []
    for ratio in AXIAL_RATIOS.get(phase, (None,)):
        trial = replace(best, phase=phase, c_over_a=ratio)
        nearest = best.nearest_nm * (_site_nm3(best) / _site_nm3(trial)) ** (1 / 3)
        moved = [replace(trial, nearest_nm=factor * nearest) for factor in (0.96, 0.98, 1.0, 1.02, 1.04)]
        tried += [(solve(data, t).misfit, t) for t in moved]
    return min(tried, key=lambda found: found[0])


def _site_nm3(trial: Trial) -> float:
    return unit_cell(trial.phase, c_over_a=trial.c_over_a).volume_per_site * trial.nearest_nm**3


def odds(data: FitData, best: Solution, rival_misfit: float) -> float:
    """Logarithm of the odds for a fit against a rival, in the scatter that is there.

    Half the difference of their misfits, were the residuals white and of the size they are weighted with. What a model
    leaves over is neither: the difference counts in units of the scatter about the best fit (where that is above 1)
    and of the number of points over which it is correlated.
    """
    scatter = max(1.0, best.misfit / len(data.q_inv_nm))
    return (rival_misfit - best.misfit) / (2 * scatter * correlated_points(best.residual))


def correlated_points(residual: FloatArray) -> float:
    """Number of neighbouring points that err together: 1 plus twice the autocorrelations up to the first below 0.

    Examples
    --------
    >>> white = np.random.default_rng(1).normal(size=4000)
    >>> bool(correlated_points(white) < 1.3), bool(4 < correlated_points(np.repeat(white, 5)) < 6.5)
    (True, True)
    """
    n = len(residual)
    power = np.abs(np.fft.rfft(residual, 2 * n)) ** 2
    correlation = np.fft.irfft(power)[:n]
    if correlation[0] <= 0:
        return 1.0
    relative = correlation / correlation[0]
    below = np.flatnonzero(relative < 0)
    return float(max(1.0, 2 * relative[: below[0] if len(below) else n].sum() - 1))


def resolved(data: FitData, solution: Solution) -> int:
    """How many groups of reflections the data shows beyond doubt."""
    rise, _ = gains(data, solution)
    per_point = max(1.0, solution.misfit / len(data.q_inv_nm))
    return int(np.count_nonzero(rise > 25.0 * per_point))


def _rank(solution: Solution) -> float:
    return solution.misfit / AXIAL_GAIN if solution.trial.phase == "bct" else solution.misfit


def _possible(solution: Solution) -> bool:
    """Particles do not overlap or fill more than all space, and a bct lattice is neither bcc nor fcc."""
    trial = solution.trial
    if trial.size_nm > 1.03 * trial.nearest_nm:
        return False
    volume = trial.size_nm**3 * (np.pi / 6 if trial.shape == "sphere" else 1.0)
    if volume > 1.1 * _site_nm3(trial):
        return False
    ratio = trial.c_over_a or 0.0
    return trial.phase != "bct" or all(abs(ratio / special - 1) > 0.03 for special in SPECIAL_RATIOS)
