"""Where to start the fits of a SAXS curve: particle sizes from the form factor, lattices from the peaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from structure.form_factors.averages import particle_averages
from structure.measured.data import FitData
from structure.measured.linear import best_factors, robust
from structure.measured.peaks import Peaks
from structure.saxs_fit.lattice import MAX_ORDER, lines_of
from structure.saxs_fit.model import STACK, Solution, Trial
from structure.saxs_fit.refining import refine
from structure.saxs_fit.solving import smooth_columns, solve

FloatArray = NDArray[np.float64]

PHASES = ("fcc", "hcp", "bcc", "sc", "bct", "A15", STACK)

#: Axial ratios tried first. A bct of 1 is bcc and of sqrt(2) fcc, so it begins between and beside them.
AXIAL_RATIOS = {"hcp": (1.633,), "bct": (0.85, 1.2)}
#: Diameter or edge over the nearest distance. In A15 the chains are half as far apart as the cells.
_FILLINGS = (0.55, 0.65, 0.74, 0.82, 0.9)

COARSE_STEP = 0.012
"""Width over q of the bins that particles without a lattice are fitted on: no oscillation of theirs is narrower."""
SCREEN_STEPS = 4
FEWEST_PEAKS = 3
"""Sharp peaks from which what lies far below them is left out of the fits of lattices."""


def fit_particles(data: FitData) -> tuple[Solution, Solution]:
    """The best curve of particles without a lattice, spheres or cubes, and the best one of the other shape."""
    q = data.q_inv_nm
    # Between these sizes the first oscillation of the form factor lies in the range of q.
    sizes = np.geomspace(3.0 / q[-1], 7.0 / q[0], 32)
    target = data.transformed_intensity
    scored = []
    for spread in (0.05, 0.12):
        for size in sizes:
            column = particle_averages("sphere", q, size, spread).intensity
            columns = np.column_stack([smooth_columns(q), column])
            factors = np.zeros(columns.shape[1])
            factors[-1] = abs(data.intensity[:5].mean()) / column[:5].mean()
            factors[0] = data.lowest
            factors = best_factors(data, columns, factors, max_steps=3)
            residual = robust(data.transformed(columns @ factors) - target)
            scored.append((float(residual @ residual), size, spread))
    scored.sort(key=lambda item: item[0])
    spheres = [Trial(phase="none", shape="sphere", size_nm=size, size_spread=spread) for _, size, spread in scored]
    trials = [*spheres[:2], *(other_shape(t) for t in spheres[:2])]
    made = sorted((refine(data, t) for t in trials), key=lambda found: found.misfit)
    return made[0], next(m for m in made if m.trial.shape != made[0].trial.shape)


def other_shape(trial: Trial) -> Trial:
    """The trial with a cube in place of a sphere or the reverse, of the same radius of gyration."""
    edge_over_diameter = 0.6**0.5
    if trial.shape == "sphere":
        return replace(trial, shape="cube", size_nm=edge_over_diameter * trial.size_nm)
    return replace(trial, shape="sphere", size_nm=trial.size_nm / edge_over_diameter, locked=False)


def window(peaks: Peaks) -> tuple[float, float, Peaks]:
    """Range of q [1/nm] that one lattice can account for, and the peaks in it.

    A spike beside the beam stop is far below all other peaks: the window is where most of what stands out lies.
    """
    q = peaks.q_inv_nm
    height = np.minimum(peaks.prominence, 20.0)
    inside = (q > 0.45 * q[:, None]) & (q < MAX_ORDER * q[:, None])
    # The strongest peak leads, unless others hold more together.
    together = inside @ height
    near = np.flatnonzero(together > 0.9 * together.max())
    lead = near[np.argmax(peaks.prominence[near])]
    kept = inside[lead]
    chosen = Peaks(q[kept], peaks.prominence[kept], peaks.fwhm_inv_nm[kept])
    # A single peak may be a spike on the flank of what it would cut off.
    low = 0.5 * float(chosen.q_inv_nm[0]) if len(chosen.q_inv_nm) >= FEWEST_PEAKS else 0.0
    return low, MAX_ORDER * float(q[lead]), chosen


def lattice_trials(peaks: Peaks, *, smallest_nm: float = 0.0, per_phase: int = 3) -> dict[str, list[Trial]]:
    """For each phase the lattices that put reflections on the observed peaks, best match first.

    Parameters
    ----------
    peaks
        Peaks seen in the curve.
    smallest_nm
        The least distance of neighbours: the size of the particles, where that is known [nm].
    per_phase
        Trials kept of each phase, at most.
    """
    made: dict[str, list[Trial]] = {}
    if not len(peaks.q_inv_nm):
        return made
    order = np.argsort(peaks.prominence)[::-1]
    anchors = {*order[:4].tolist(), *range(min(2, len(order)))}
    fwhm = float(np.median(peaks.fwhm_inv_nm[order[:3]]))
    for phase in PHASES:
        found: list[tuple[float, Trial]] = []
        for ratio in AXIAL_RATIOS.get(phase, (None,)):
            lines = lines_of(phase, ratio)
            lengths = np.unique(lines.length.round(6))[: 2 if phase == STACK else 6]
            for anchor in anchors:
                for length in lengths[:4]:
                    nearest = float(length / peaks.q_inv_nm[anchor])
                    if nearest < smallest_nm and phase != STACK:
                        continue
                    trial = Trial(
                        phase=phase,
                        shape="sphere",
                        size_nm=0.7 * nearest,
                        size_spread=0.06,
                        nearest_nm=nearest,
                        c_over_a=ratio,
                        sigma_inv_nm=0.35 * fwhm,
                        hwhm_inv_nm=0.12 * fwhm,
                    )
                    found.append((_match(lines.length / nearest, peaks, fwhm), trial))
        found.sort(key=lambda item: -item[0])
        made[phase] = _different([t for _, t in found])[: 2 if phase == STACK else per_phase]
    return made


def screened(data: FitData, trials: list[Trial], particles: Trial) -> list[tuple[float, Trial]]:
    """The trials, with the particles of each kind that fit best before anything else is moved: one per kind.

    ``particles`` are those of the fit without a lattice, which are right where little of the sample is ordered.

    Returns
    -------
    list
        Misfit, on the scale of `Solution.misfit`, and trial.
    """
    best: dict[tuple[str, bool], tuple[float, Trial]] = {}
    for trial in trials:
        options = [replace(trial, size_nm=f * trial.nearest_nm) for f in _FILLINGS]
        own = replace(trial, shape=particles.shape, size_nm=particles.size_nm, size_spread=particles.size_spread)
        if trial.phase == STACK:
            # Whatever layers are made of, their orders have any strength.
            options = [own, options[2]]
        elif 0.4 * trial.nearest_nm < particles.size_nm < trial.nearest_nm:
            options.append(own)
        if trial.phase == "sc":
            options += [replace(trial, shape="cube", size_nm=f * trial.nearest_nm, locked=True) for f in _FILLINGS]
        tried = [(_misfit(data, option), option) for option in options]
        if trial.phase != STACK:
            # A cube looks like a sphere of the same radius of gyration as far as this matters yet.
            free = min((t for t in tried if not t[1].locked), key=lambda t: t[0])
            other = other_shape(free[1])
            tried.append((_misfit(data, other), other))
        for misfit, option in tried:
            key = (option.shape if trial.phase != STACK else "", option.locked)
            if key not in best or misfit < best[key][0]:
                best[key] = (misfit, option)
    return list(best.values())


def _misfit(data: FitData, trial: Trial) -> float:
    return solve(data, trial, texture=trial.phase == STACK, max_steps=SCREEN_STEPS).misfit


def _match(positions: FloatArray, peaks: Peaks, fwhm: float) -> float:
    """Prominence of the peaks that reflections explain, less a charge for first reflections that nobody sees."""
    distance = np.abs(peaks.q_inv_nm[:, None] - positions)
    tolerance = 0.5 * fwhm + 0.006 * peaks.q_inv_nm
    height = np.minimum(peaks.prominence, 20.0)
    explained = height @ (distance.min(axis=1) < tolerance)
    first = positions <= peaks.q_inv_nm[peaks.strongest] * 1.02
    # Reflections close to a peak can hide in its foot: only those far from all peaks are missing.
    missed = (distance[:, first] > np.maximum(tolerance, 0.15 * peaks.q_inv_nm)[:, None]).all(axis=0)
    crowd = np.count_nonzero(positions < peaks.q_inv_nm[-1] * 1.02)
    return float(explained - 8.0 * np.count_nonzero(missed) - 0.5 * crowd)


def _different(trials: list[Trial]) -> list[Trial]:
    kept: list[Trial] = []
    for trial in trials:
        if all(abs(trial.nearest_nm / k.nearest_nm - 1) > 0.015 or trial.c_over_a != k.c_over_a for k in kept):
            kept.append(trial)
    return kept
