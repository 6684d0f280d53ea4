"""Every phase fitted to one curve, and put in order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from structure.saxs_fit import MAX_ORDER, Solution, gains, refine, solve
from structure.saxs_fit_data import FitData
from structure.saxs_fit_search import fit_particles, lattice_trials, screened
from structure.saxs_peaks import Peaks, sharp_peaks

FloatArray = NDArray[np.float64]

CLOSE = 2.5
"""Phases that begin with more than this times the misfit of the best are not refined."""

AXIAL_GAIN = 0.8
"""A bct lattice, which has one number more and holds bcc and fcc, must bring the misfit below this part of theirs."""

SPECIAL_RATIOS = (1.0, 2.0**0.5)


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
    particles_misfit
        Its misfit on ``lattice_data``.
    peaks
        Sharp peaks.
    solutions
        Refined fits of lattices, best first.
    screened
        Misfit of each phase before refinement.
    """

    data: FitData
    lattice_data: FitData
    particles: Solution
    particles_misfit: float
    peaks: Peaks
    solutions: tuple[Solution, ...]
    screened: dict[str, float]


def fit_phases(data: FitData) -> PhaseFits:
    """Fit particles alone, then every lattice that the peaks allow."""
    particles = fit_particles(data)
    peaks = sharp_peaks(data, particles.model)
    good = particles.misfit < 3.0 * len(data.q_inv_nm)
    trials = lattice_trials(peaks, smallest_nm=0.97 * particles.trial.size_nm if good else 0.0)
    if not any(trials.values()):
        return PhaseFits(data, data, particles, particles.misfit, peaks, (), {})
    first = float(peaks.q_inv_nm[peaks.strongest])
    part = data.between(0.0, MAX_ORDER * first)
    if len(part.q_inv_nm) < 20:
        part = data
    starts = {phase: screened(part, some, particles.trial) for phase, some in trials.items() if some}
    alone = solve(part, particles.trial)
    least = min(misfit for misfit, _ in starts.values())
    chosen = sorted((s for s in starts.values() if s[0] < CLOSE * least), key=lambda s: s[0])[:4]
    made = [refine(part, trial) for _, trial in chosen]
    # The particles are the same whatever their lattice: what the best fit found may free one that got stuck.
    leader = min(made, key=lambda m: m.misfit)
    best = leader.trial
    for k, solution in enumerate(made):
        differs = abs(solution.trial.size_nm / best.size_nm - 1) > 0.01 or solution.trial.shape != best.shape
        if differs and solution.misfit < 1.7 * leader.misfit:
            again = replace(
                solution.trial, shape=best.shape, size_nm=best.size_nm, size_spread=best.size_spread,
                sigma_inv_nm=best.sigma_inv_nm, hwhm_inv_nm=max(best.hwhm_inv_nm, 1e-3 * best.sigma_inv_nm),
            )  # fmt: skip
            made[k] = min(solution, refine(part, again, max_nfev=80), key=lambda m: m.misfit)
    made = sorted((m for m in made if _possible(m)), key=_rank)
    if made:
        made[0] = refine(part, made[0].trial, max_nfev=90)
    return PhaseFits(
        data,
        part,
        particles,
        alone.misfit,
        peaks,
        tuple(made),
        {phase: misfit for phase, (misfit, _) in starts.items()},
    )


def resolved(data: FitData, solution: Solution) -> int:
    """How many groups of reflections the data shows beyond doubt."""
    rise, _ = gains(data, solution)
    per_point = max(1.0, solution.misfit / len(data.q_inv_nm))
    return int(np.count_nonzero(rise > 25.0 * per_point))


def _rank(solution: Solution) -> float:
    return solution.misfit / AXIAL_GAIN if solution.trial.phase == "bct" else solution.misfit


def _possible(solution: Solution) -> bool:
    """Particles do not overlap, and a bct lattice is neither bcc nor fcc."""
    trial = solution.trial
    if trial.size_nm > 1.03 * trial.nearest_nm:
        return False
    ratio = trial.c_over_a or 0.0
    return trial.phase != "bct" or all(abs(ratio / special - 1) > 0.03 for special in SPECIAL_RATIOS)
