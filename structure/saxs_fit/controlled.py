"""The fit of a SAXS curve in which a person decided something: phase, shape, or what numbers may be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structure.form_factors.averages import FitShape
from structure.measured.bounded import best_within, parameters_of
from structure.measured.control import FitControl
from structure.measured.data import FitData
from structure.measured.peaks import Peaks, sharp_peaks
from structure.saxs_fit.model import STACK, Solution, Trial
from structure.saxs_fit.phases import PhaseFits
from structure.saxs_fit.ranking import possible, rank
from structure.saxs_fit.refining import RELATIVE, bounds_of, refine
from structure.saxs_fit.search import AXIAL_RATIOS, COARSE_STEP, PHASES, SCREEN_STEPS, lattice_trials, window
from structure.saxs_fit.solving import solve
from structure.saxs_fit.verdict import Verdict, saxs_verdict

FloatArray = NDArray[np.float64]

SHAPES: tuple[FitShape, ...] = ("sphere", "cube")
STEP = 1.02
"""Ratio of distances of neighbours that are tried one after the other where no peak says where to begin."""
FILLINGS = (0.55, 0.7, 0.82, 0.92)
"""Diameter or edge over the distance of neighbours, tried where the particles alone do not tell their size."""
SPREADS = (0.05, 0.12)
REFINED = 3
"""Starts of each phase that are fitted to the end."""
OF_PARTICLES = ("size_nm", "size_spread")
"""Numbers that a curve has without a lattice too."""
WIDTH = 0.02
"""Widths of the peaks over q of the first reflection, where no peak says more."""


def controlled_fits(data: FitData, *, whole_range: bool) -> PhaseFits:
    """Fits of every phase and shape that a person left open, with the numbers that were fixed or bounded.

    Parameters
    ----------
    data
        Points, with their ``control``.
    whole_range
        Whether lattices are fitted to all points, as where a person gave the range, or to those around the peaks.
    """
    control = data.control
    span = float(data.q_inv_nm[-1] - data.q_inv_nm[0])
    coarse = data.averaged(span / 400, COARSE_STEP)
    alone = _particles(coarse)
    particles, otherwise = alone[0], alone[-1]
    peaks = sharp_peaks(data, solve(data, particles.trial, start=particles.factors, max_steps=3).model)
    none = PhaseFits(coarse, coarse, particles, otherwise, particles.misfit, peaks, (), None, {})
    if control.phase == "none":
        return none
    part = data if whole_range else _around(data, peaks)
    made: list[Solution] = []
    for phase in PHASES if control.phase is None else (control.phase,):
        starts = _starts(part, phase, peaks, particles.trial)
        fits = [_finished(part, refine(part, trial)) for trial in starts]
        made += [m for m in fits if control.phase is not None or possible(m)]
    if not made:
        return none
    made.sort(key=rank)
    best = [m for k, m in enumerate(made) if m.trial.phase not in {n.trial.phase for n in made[:k]}]
    other = [m for m in made if m.trial.phase == best[0].trial.phase and m.trial.shape != best[0].trial.shape]
    return replace(
        none,
        lattice_data=part,
        particles_misfit=solve(part, particles.trial).misfit,
        solutions=tuple(best),
        otherwise=other[0] if other else None,
        screened={m.trial.phase: m.misfit for m in best},
    )


def controlled_verdict(fits: PhaseFits, control: FitControl) -> Verdict:
    """The verdict on fits in which a person decided something: what was decided is not judged again."""
    verdict = saxs_verdict(fits)
    decided = [what for what, value in (("phase", control.phase), ("shape", control.shape)) if value is not None]
    if control.phase not in (None, "none") and verdict.index is None and fits.solutions:
        doubts = ("by itself the curve does not show this phase", *verdict.reasons)
        verdict = replace(verdict, index=0, confidence="low", reasons=doubts, ordered=False)
    if control.shape is not None:
        open_shape = tuple(r for r in verdict.shape_reasons if not r.startswith("the shape is not settled"))
        verdict = replace(verdict, otherwise=None, shape_reasons=open_shape)
    verdict = _against_bounds(verdict, fits, control)
    given = (f"{' and '.join(decided)} given, not found",) if decided else ()
    return replace(verdict, reasons=(*verdict.reasons, *given))


def _against_bounds(verdict: Verdict, fits: PhaseFits, control: FitControl) -> Verdict:
    """The verdict with what ended on a bound: no best fit, but where a person stopped it."""
    trial = (fits.particles if verdict.index is None else fits.solutions[verdict.index]).trial
    names = OF_PARTICLES if verdict.index is None else (*OF_PARTICLES, *bounds_of(trial, fits.lattice_data))
    said = {name: control.ended_on_bounds({name: getattr(trial, name)}) for name in dict.fromkeys(names)}
    of_particles = tuple(text for name in OF_PARTICLES for text in said.get(name, ()))
    others = tuple(text for name, texts in said.items() if name not in OF_PARTICLES for text in texts)
    if of_particles:
        verdict = replace(verdict, shape_reasons=(*of_particles, *verdict.shape_reasons))
    if others:
        reasons = verdict.reasons if verdict.confidence == "low" else ()
        verdict = replace(verdict, confidence="low", reasons=(*others, *reasons))
    return verdict


def _shapes(data: FitData) -> tuple[FitShape, ...]:
    return SHAPES if data.control.shape is None else tuple(s for s in SHAPES if s == data.control.shape)


def _kept(data: FitData, trial: Trial) -> Trial:
    """The trial as the control has it: numbers fixed, begun or moved where it says."""
    names = set(data.control.fixed) | set(data.control.bounds) | set(data.control.start)
    values: dict[str, Any] = {}
    for name in names:
        if trial.phase == "none" and name not in ("size_nm", "size_spread"):
            continue
        if name == "c_over_a" and trial.c_over_a is None:
            continue
        values[name] = data.control.begun(name, getattr(trial, name))
    return replace(trial, **values)


def _particles(data: FitData) -> list[Solution]:
    """The best fit of each shape without a lattice, the best shape first."""
    q = data.q_inv_nm
    sizes = np.geomspace(3.0 / q[-1], 7.0 / q[0], 32)
    low, high = data.control.bounds.get("size_nm", (0.0, np.inf))
    sizes = sizes[(sizes >= low) & (sizes <= high)] if np.any((sizes >= low) & (sizes <= high)) else np.array([low])
    made = []
    for shape in _shapes(data):
        tried = {
            _kept(data, Trial(phase="none", shape=shape, size_nm=float(size), size_spread=spread))
            for size in sizes
            for spread in SPREADS
        }
        scored = sorted(tried, key=lambda t: (solve(data, t, max_steps=3).misfit, t.size_nm))
        fits = [refine(data, trial) for trial in scored[:2]]
        made.append(_finished(data, min(fits, key=lambda m: m.misfit)))
    return sorted(made, key=lambda m: m.misfit)


def _around(data: FitData, peaks: Peaks) -> FitData:
    """The points that one lattice can account for."""
    if not len(peaks.q_inv_nm):
        return data
    low, high, _ = window(peaks)
    part = data.between(low, high)
    return part if len(part.q_inv_nm) >= 20 else data


def _starts(data: FitData, phase: str, peaks: Peaks, particles: Trial) -> list[Trial]:
    """Where to begin with a phase: a few trials with each shape, the best by a rough look first."""
    control = data.control
    by_peaks: list[Trial] = []
    chosen = window(peaks)[2] if len(peaks.q_inv_nm) else None
    if chosen is not None and not {"nearest_nm"} & {*control.fixed, *control.start}:
        low, high = control.bounds.get("nearest_nm", (0.0, np.inf))
        by_peaks = [t for t in lattice_trials(chosen).get(phase, []) if low <= t.nearest_nm <= high]
    trials = by_peaks or [
        Trial(
            phase=phase, shape="sphere", size_nm=particles.size_nm, size_spread=particles.size_spread,
            nearest_nm=float(nearest), c_over_a=ratio, sigma_inv_nm=WIDTH * 6 / float(nearest),
            hwhm_inv_nm=WIDTH * 3 / float(nearest),
        )
        for nearest in _distances(data, particles)
        for ratio in AXIAL_RATIOS.get(phase, (None,))
    ]  # fmt: skip
    found: dict[Trial, float] = {}
    for trial in trials:
        for shape in _shapes(data) if phase != STACK else _shapes(data)[:1]:
            for size in {particles.size_nm, *(f * trial.nearest_nm for f in FILLINGS)}:
                for locked in (False, True) if (phase, shape) == ("sc", "cube") else (False,):
                    begun = _kept(data, replace(trial, shape=shape, size_nm=size, locked=locked))
                    if begun not in found:
                        found[begun] = solve(data, begun, max_steps=SCREEN_STEPS).misfit
    kept: list[Trial] = []
    for shape in _shapes(data):
        ordered = sorted((t for t in found if t.shape == shape), key=found.__getitem__)
        kept += _apart(ordered)[:REFINED]
    return kept


def _apart(trials: list[Trial]) -> list[Trial]:
    """Trials that do not begin in the same place."""
    made: list[Trial] = []
    for trial in trials:
        if all(
            abs(trial.nearest_nm / k.nearest_nm - 1) > 0.015
            or (trial.c_over_a, trial.locked) != (k.c_over_a, k.locked)
            or abs(trial.size_nm / k.size_nm - 1) > 0.2
            for k in made
        ):
            made.append(trial)
    return made


def _distances(data: FitData, particles: Trial) -> FloatArray:
    """Distances of neighbours to begin with [nm]: what was given, or all between touching and twice the size."""
    control = data.control
    for given in (control.fixed, control.start):
        if "nearest_nm" in given:
            return np.array([given["nearest_nm"]])
    low, high = control.bounds.get("nearest_nm", (particles.size_nm, 2 * particles.size_nm))
    return np.geomspace(max(low, 0.1), high, max(2, round(np.log(high / max(low, 0.1)) / np.log(STEP)) + 1))


def _finished(data: FitData, solution: Solution) -> Solution:
    """A fit taken to its end by lmfit, inside the same bounds and with the same numbers fixed."""
    bounds = bounds_of(solution.trial, data)
    if not bounds:
        return solution
    trial, best = solution.trial, [solution]
    limits: dict[str, tuple[float, float]] = {}
    for name, (low, high) in bounds.items():
        unit = getattr(trial, name) if name in RELATIVE else 1.0
        limits[name] = (low * unit, high * unit)
    parameters = parameters_of({name: getattr(trial, name) for name in limits}, limits)
    n_rows = len(data.q_inv_nm) + 2 * len(solution.areas) + 8

    def residual(values: dict[str, float]) -> FloatArray:
        numbers: dict[str, Any] = dict(values)
        tried = solve(data, replace(trial, **numbers), start=best[0].factors, max_steps=6)
        if tried.misfit < best[0].misfit:
            best[0] = tried
        rows = np.append(tried.residual, tried.penalty)
        return np.append(rows, np.zeros(max(0, n_rows - len(rows))))[:n_rows]

    best_within(residual, parameters, max_evaluations=120, diff_step=1e-4)
    return best[0]
