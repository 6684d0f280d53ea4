"""Every phase fitted to one curve, and put in order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from structure.measured.data import FitData
from structure.measured.peaks import Peaks, sharp_peaks
from structure.saxs_fit.model import STACK, Solution, Trial
from structure.saxs_fit.ranking import RESOLVED, possible, rank, site_nm3
from structure.saxs_fit.refining import refine
from structure.saxs_fit.search import (
    AXIAL_RATIOS,
    COARSE_STEP,
    PHASES,
    SCREEN_STEPS,
    fit_particles,
    lattice_trials,
    other_shape,
    screened,
    window,
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

DESCRIBED = 3.0
"""Sum of squares per point up to which particles alone are a description of a curve: what is ordered is little."""

OTHER_SHAPE = 4.0
"""A shape that has this times the misfit of the other on the likeliest lattice is not fitted on the rest."""

PER_WIDTH = 4.0
"""Points over the width of a peak that a lattice is fitted on."""


@dataclass(frozen=True, slots=True, eq=False)
class PhaseFits:
    """What was tried on a curve.

    Parameters
    ----------
    data
        All points, averaged as far as particles allow.
    lattice_data
        The points that the lattices were fitted to, averaged as far as the widths of the peaks allow.
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
    span = float(data.q_inv_nm[-1] - data.q_inv_nm[0])
    coarse = data.averaged(span / 400, COARSE_STEP)
    particles, particles_otherwise = fit_particles(coarse)
    fine = solve(data, particles.trial, start=particles.factors, max_steps=3)
    peaks = sharp_peaks(data, fine.model)
    described = particles.misfit < DESCRIBED * len(coarse.q_inv_nm)
    none = PhaseFits(coarse, coarse, particles, particles_otherwise, particles.misfit, peaks, (), None, {})
    if not len(peaks.q_inv_nm):
        return none
    low, high, chosen = window(peaks)
    trials = lattice_trials(chosen, smallest_nm=0.97 * particles.trial.size_nm if described else 0.0)
    if not any(trials.values()):
        return none
    part = data.between(low, high)
    if len(part.q_inv_nm) < 20:
        part = data
    strongest = np.argsort(chosen.prominence)[::-1][:3]
    step = float(np.median(chosen.fwhm_inv_nm[strongest])) / PER_WIDTH
    part = part.averaged(step, step / (2 * float(chosen.q_inv_nm[0])))
    starts = {phase: screened(part, some, particles.trial) for phase, some in trials.items() if some}
    alone = solve(part, particles.trial)
    made = _first_fits(part, starts)
    made = [_fundamental(part, m) if m.trial.phase == STACK else m for m in made]
    made, otherwise = _by_shape([m for m in made if possible(m)])
    made, otherwise = _polished(part, made, otherwise)
    return replace(
        none,
        lattice_data=part,
        particles_misfit=alone.misfit,
        solutions=tuple(made),
        otherwise=otherwise,
        screened={phase: min(misfit for misfit, _ in found) for phase, found in starts.items()},
    )


def _first_fits(data: FitData, starts: dict[str, list[tuple[float, Trial]]]) -> list[Solution]:
    """Every phase with spheres and with cubes: from the wrong shape a fit does not find the other.

    hcp and bct, whose many reflections make them slow, wait for the shape that the cubic phases found.
    """
    least = min(misfit for found in starts.values() for misfit, _ in found)
    near = {phase: found for phase, found in starts.items() if min(m for m, _ in found) < CLOSE * least}
    made: list[Solution] = []
    for phase in sorted(near, key=lambda phase: min(m for m, _ in near[phase])):
        if phase in AXIAL:
            continue
        settled = _settled_shape(made)
        for misfit, trial in near[phase]:
            if (
                settled is not None
                and phase != STACK
                and trial.shape != settled.trial.shape
                and (not trial.locked or misfit > PLAUSIBLE * settled.misfit)
            ):
                continue
            made.append(refine(data, trial, max_steps=ROUGH))
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


def _settled_shape(made: list[Solution]) -> Solution | None:
    """The best fit of the first lattice, if its particles turn freely and the other shape is out of the running."""
    free = [m for m in made if m.trial.phase == made[0].trial.phase and not m.trial.locked and m.trial.phase != STACK]
    free.sort(key=lambda m: m.misfit)
    others = [m for m in free if m.trial.shape != free[0].trial.shape]
    return free[0] if others and others[0].misfit > OTHER_SHAPE * free[0].misfit else None


def _fundamental(data: FitData, stack: Solution) -> Solution:
    """A stack of the period that the orders seen have in common: every second order alone is a stack of half of it."""
    rise, _ = gains(data, stack)
    seen = np.flatnonzero(rise > RESOLVED * max(1.0, stack.misfit / len(data.q_inv_nm))) + 1
    common = int(np.gcd.reduce(seen)) if len(seen) > 1 else 1
    if common == 1:
        return stack
    return refine(data, replace(stack.trial, nearest_nm=stack.trial.nearest_nm / common), max_steps=ROUGH)


def _by_shape(made: list[Solution]) -> tuple[list[Solution], Solution | None]:
    """The better shape of each phase, best phase first, and the best phase with the other shape."""
    made = sorted(made, key=rank)
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
    made[0] = _settled(data, made[0])
    if otherwise is not None and otherwise.misfit < NEAR * made[0].misfit:
        otherwise = _settled(data, otherwise)
        if otherwise.misfit < made[0].misfit and possible(otherwise):
            made[0], otherwise = otherwise, made[0]
    best = made[0].trial
    for k, solution in enumerate(made):
        if k > 0 and solution.misfit < NEAR * made[0].misfit and solution.trial.phase != STACK:
            made[k] = min(solution, refine(data, _with_particles(solution.trial, best)), key=lambda m: m.misfit)
    for phase in PHASES:
        fits = [m for m in made if m.trial.phase == phase]
        if STACK in (phase, best.phase):
            continue
        rivals = [] if any(abs(site_nm3(m.trial) / site_nm3(best) - 1) < 0.03 for m in fits) else [None]
        twin = TWINS.get((best.phase, phase))
        if twin is not None and not any(abs(m.trial.nearest_nm / (twin * best.nearest_nm) - 1) < 0.005 for m in fits):
            rivals.append(twin * best.nearest_nm)
        for nearest in rivals:
            misfit, trial = _of_same_density(data, best, phase, nearest)
            if misfit < PLAUSIBLE * made[0].misfit:
                fits.append(refine(data, trial, max_steps=10))
        if fits:
            made = [m for m in made if m.trial.phase != phase] + [min(fits, key=lambda m: m.misfit)]
    made = sorted((m for m in made if possible(m)), key=rank)
    if not made:
        # The last fit may move the only lattice to where its particles overlap.
        return [], None
    first = made[0].trial
    if otherwise is None or (otherwise.trial.phase, otherwise.trial.shape) != (first.phase, other_shape(first).shape):
        otherwise = refine(data, other_shape(first))
    return made, otherwise if possible(otherwise) else None


def _settled(data: FitData, rough: Solution) -> Solution:
    """A rough fit taken to its end, and a second time from a usual spread where it ended with hardly any or too much.

    The spread enters by its square: near zero no slope leads out.
    """
    found = refine(data, rough.trial, start=rough.factors)
    if 0.025 < found.trial.size_spread < 0.2:
        return found
    again = refine(data, replace(found.trial, size_spread=0.07), start=found.factors)
    return min(found, again, key=lambda m: m.misfit)


TWINS = {("sc", "bcc"): 1.5**0.5, ("bcc", "sc"): 1.5**-0.5, ("fcc", "hcp"): 1.0, ("hcp", "fcc"): 1.0}
"""Neighbour distances over each other of lattices that are easily mistaken: six reflections in the same places, or the
same layers in another order."""


def _with_particles(trial: Trial, best: Trial) -> Trial:
    """A lattice with the particles of the best one, where they have room."""
    if best.size_nm >= 1.02 * trial.nearest_nm:
        return trial
    locked = trial.phase == "sc" and best.shape == "cube" and (trial.locked or best.locked)
    return replace(trial, shape=best.shape, size_nm=best.size_nm, size_spread=best.size_spread, locked=locked)


def _of_same_density(data: FitData, best: Trial, phase: str, nearest_nm: float | None) -> tuple[float, Trial]:
    """Another lattice with as many of the same particles in a volume: what a crowd of merged peaks may hide.

    ``nearest_nm`` is its neighbour distance if not that of the same density.
    """
    tried = []
    for ratio in AXIAL_RATIOS.get(phase, (None,)):
        trial = replace(best, phase=phase, c_over_a=ratio, locked=best.locked and phase == "sc")
        if nearest_nm is None:
            nearest = best.nearest_nm * (site_nm3(best) / site_nm3(trial)) ** (1 / 3)
            moved = [replace(trial, nearest_nm=factor * nearest) for factor in (0.96, 0.98, 1.0, 1.02, 1.04)]
        else:
            moved = [replace(trial, nearest_nm=nearest_nm)]
        if phase == "sc" and best.shape == "cube":
            moved += [replace(t, locked=not t.locked) for t in moved]
        tried += [(solve(data, t, max_steps=SCREEN_STEPS).misfit, t) for t in moved]
    return min(tried, key=lambda found: found[0])
