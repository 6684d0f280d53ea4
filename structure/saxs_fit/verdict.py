"""Which phase a curve shows, and whether to trust it, with the reasons in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structure.measured.data import FitData
from structure.saxs_fit.errors import standard_errors
from structure.saxs_fit.model import STACK, Solution, Trial
from structure.saxs_fit.phases import DESCRIBED, PhaseFits
from structure.saxs_fit.ranking import RESOLVED, mixture_doubts, odds, rank, resolved
from structure.saxs_fit.solving import gains
from structure.widths import paracrystal_hwhm_inv_nm, voigt_fwhm

FloatArray = NDArray[np.float64]

BROADEST = 0.15
"""Width of the first reflection over its q, above which there is short-range order and no lattice.

Measured (`benchmarks/validation/saxs.py`, seeds 20001 to 20148): crystals 0.05 to 0.14, the best lattices of liquids
0.22 to 0.47.
"""
NARROW = 0.10
"""The same, up to which an answer is sure: of those crystals the right and sure ones have up to 0.099."""
WEAK_WIDTH = 0.07
"""The same where the peaks are small beside the form factor, whose slow errors they must not be taken for."""
CLEAR_ODDS = math.log(1000)
"""Odds against the next phase that high confidence asks for, and a shape to be called settled (their logarithm)."""
FEWEST_RESOLVED = 3
FEWEST_BCT = 5
"""The same for bct, whose axial ratio is free: it has two lengths, as a mixture of two cubic lattices has.

Measured: of 17 mixtures (`benchmarks/validation/saxs.py`) one, of fcc and bcc with its rings merged, was bct by three.
"""
FAR_WORSE = 2.0
AXIAL_DOUBT = 0.92
"""Part of the misfit of fcc or bcc below which bct, whose axial ratio is free, casts doubt on them.

Measured: on the fcc curves of ``data/saxs`` it gains up to 7 %, on simulated mixtures of two lattices 9 to 13 %.
"""
FEWEST_SHARP = 2
"""Peaks found before any lattice is tried: broad waves of a liquid can be taken for many reflections of one."""
FEWEST_ORDERS = 4
"""Even steps that a stack must show: reflections at 1, 2 and 3 are those of cubic lattices with others missing."""
CHANCE = 40.0
"""Fall of the misfit by a lattice that chance does not reach beside particles that describe a curve.

Together with `WEAK_WIDTH` and two sharp peaks. Measured on ``data/saxs``: the weakest superlattice (R5_1stcool_0065,
hcp by its authors) gains 58, with 3 % of width and three peaks; curves without order 31 to 250, 33 to 88 % wide or on
one peak.
"""
NOT_CHANCE = 100.0
"""The same where particles alone miss the data, and a lattice may take up what the form factor leaves over.

Measured: 75 by broad peaks on R5_SAXS_0076, which has none; thousands for curves with sharp peaks.
"""
SUPPORTED = 5.0
"""Rise of the misfit without a group of reflections that chance brings in 3 of 100 (chi squared)."""
WORST_MISFIT = 9.0
"""Largest sum of squares per point, in units of noise and 7 % model error, that still is a description."""


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """The phase, the solution that stands for it, and why to trust it or not.

    Parameters
    ----------
    index
        Index of the solution among the lattices, or None for no lattice.
    confidence
        ``"high"`` or ``"low"``.
    reasons
        In words.
    otherwise
        The fit with particles of the other shape, where that is not ruled out.
    ordered
        Whether there are sharp peaks that no lattice here explains: ordered, phase unknown.
    shape_reasons
        Why the particles' shape and size are not to be trusted; empty where they are.
    """

    index: int | None
    confidence: str
    reasons: tuple[str, ...]
    otherwise: Solution | None = None
    ordered: bool = False
    shape_reasons: tuple[str, ...] = ()


def saxs_verdict(fits: PhaseFits) -> Verdict:
    """Decide between the fitted lattices and none."""
    particles_ok = fits.particles.misfit < DESCRIBED * len(fits.data.q_inv_nm)
    for index, solution in enumerate(fits.solutions):
        # Where a liquid's broad waves fit best, no lattice that fits far worse is meant instead.
        if solution.misfit > FAR_WORSE * fits.solutions[0].misfit:
            break
        if relative_width(solution) < BROADEST and _needed(fits, solution, particles_ok):
            return _lattice(fits, index, particles_ok)
    return _none(fits, particles_ok)


def relative_width(solution: Solution) -> float:
    """Ratio of the full width at half maximum of the first seen reflection to its q; infinite if none is seen."""
    seen = np.flatnonzero(solution.areas > 0.1)
    if not len(seen):
        return math.inf
    return fwhm_inv_nm(solution.trial, float(solution.groups_inv_nm[seen[0]])) / float(solution.groups_inv_nm[seen[0]])


def fwhm_inv_nm(trial: Trial, q_inv_nm: float) -> float:
    """Full width at half maximum [1/nm] of the peaks of ``trial`` at ``q_inv_nm`` [1/nm]."""
    cumulative = paracrystal_hwhm_inv_nm(q_inv_nm, trial.paracrystal * trial.nearest_nm, trial.nearest_nm)
    return voigt_fwhm(trial.sigma_inv_nm, trial.hwhm_inv_nm + float(cumulative))


def _needed(fits: PhaseFits, solution: Solution, particles_ok: bool) -> bool:
    """Whether the lattice explains more than chance, by more than one reflection."""
    points = len(fits.lattice_data.q_inv_nm)
    per_point = max(1.0, solution.misfit / points)
    improvement = (fits.particles_misfit - solution.misfit) / per_point
    rise, _ = gains(fits.lattice_data, solution)
    supported = np.count_nonzero(rise > SUPPORTED * per_point)
    if particles_ok:
        # Little of the sample is ordered, if any: ask for sharp peaks where the lattice has reflections.
        strongest = float(solution.groups_inv_nm[int(np.argmax(rise))])
        narrow = fwhm_inv_nm(solution.trial, strongest) < WEAK_WIDTH * strongest
        return bool(improvement > CHANCE and supported >= 2 and narrow and _on_peaks(fits, solution) >= 2)
    return improvement > NOT_CHANCE and resolved(fits.lattice_data, solution) >= 2


def _on_peaks(fits: PhaseFits, solution: Solution) -> int:
    """How many sharp peaks have a reflection within half their width."""
    distance = np.abs(fits.peaks.q_inv_nm[:, None] - solution.groups_inv_nm).min(axis=1)
    near = distance < 0.5 * fits.peaks.fwhm_inv_nm + 0.005 * fits.peaks.q_inv_nm
    inside = fits.peaks.q_inv_nm < 3.0 * solution.groups_inv_nm[0]
    return int(np.count_nonzero(near & inside & (fits.peaks.prominence > 2.0)))


def _lattice(fits: PhaseFits, index: int, particles_ok: bool) -> Verdict:
    solution = fits.solutions[index]
    doubts = []
    n_seen = resolved(fits.lattice_data, solution)
    per_point = solution.misfit / len(fits.lattice_data.q_inv_nm)
    if particles_ok:
        doubts.append("the curve is nearly that of free particles: little of the sample is ordered")
    fewest = FEWEST_BCT if solution.trial.phase == "bct" else FEWEST_RESOLVED
    if n_seen < fewest:
        doubts.append(f"reflections that stand out: {n_seen}, and {fewest} are needed")
    on_peaks = _on_peaks(fits, solution)
    if on_peaks < FEWEST_SHARP:
        doubts.append(f"sharp peaks where it has reflections: {on_peaks}, and {FEWEST_SHARP} are needed")
    if index > 0:
        doubts.append(f"{fits.solutions[0].trial.phase} fits better, with peaks too broad for a lattice")
    others = [s for k, s in enumerate(fits.solutions) if k != index]
    if others:
        rival = min(others, key=lambda s: _as_rival(s, solution))
        if odds(fits.lattice_data, solution, _as_rival(rival, solution)) < CLEAR_ODDS:
            ratio = rival.misfit / solution.misfit
            doubts.append(f"{rival.trial.phase} fits nearly as well (misfit {ratio:.2f} times)")
    doubts += mixture_doubts(solution, others)
    otherwise, remarks = _other_shape(fits.lattice_data, solution, fits.otherwise)
    if solution.trial.phase == STACK:
        otherwise, remarks = None, ["a stack's curve says nothing of particles"]
    if per_point > WORST_MISFIT:
        doubts.append(f"the best fit misses the data: {per_point:.1f} squared deviations per point")
    width = relative_width(solution)
    if width > NARROW:
        doubts.append(f"the first reflection is {width:.0%} of its q wide")
    missed = unexplained(fits, solution)
    if missed:
        doubts.append("peaks without a reflection at " + ", ".join(f"{q:.3g}" for q in missed[:3]) + " 1/nm")
    doubts += _absent(fits, solution)
    doubts += _gaps(fits, solution) if solution.trial.phase == STACK else _seventh_ring(fits, solution)
    error = standard_errors(fits.lattice_data, solution)["nearest_nm"] / solution.trial.nearest_nm
    if not error < 0.01:
        doubts.append("the lattice parameter is uncertain by more than 1 %")
    if solution.trial.phase != STACK and not _oscillates(fits.data, solution.trial):
        remarks.append("the range of q does not reach beyond the first minimum of the form factor")
    if per_point > WORST_MISFIT:
        remarks.append("the best fit misses the data")
    if doubts:
        return Verdict(index, "low", tuple(doubts), otherwise, shape_reasons=tuple(remarks))
    why = (f"{n_seen} reflections indexed", f"{per_point:.1f} squared deviations per point")
    return Verdict(index, "high", why, otherwise, shape_reasons=tuple(remarks))


def _none(fits: PhaseFits, particles_ok: bool) -> Verdict:
    per_point = fits.particles.misfit / len(fits.data.q_inv_nm)
    doubts = []
    if not particles_ok:
        doubts.append(f"free particles miss the data ({per_point:.1f} squared deviations per point)")
    otherwise, remarks = _other_shape(fits.data, fits.particles, fits.particles_otherwise)
    if fits.particles.trial.size_spread > 0.3:
        remarks.append("the sizes are too spread to tell a size")
    if not _oscillates(fits.data, fits.particles.trial):
        remarks.append("the curve has no oscillation of a form factor to tell a size from")
    if not particles_ok:
        remarks.append("free particles miss the data")
    sharp = fits.peaks.prominence > 8
    broad = bool(fits.solutions) and relative_width(fits.solutions[0]) >= BROADEST and not particles_ok
    if broad:
        doubts.append("broad maxima: short-range order, no lattice")
    ordered = not particles_ok and not broad and int(np.count_nonzero(sharp)) >= FEWEST_RESOLVED
    if sharp.any() and not particles_ok:
        shown = ", ".join(f"{q:.3g}" for q in fits.peaks.q_inv_nm[sharp][:12])
        doubts.append(f"{np.count_nonzero(sharp)} peaks that no lattice explains, at {shown} 1/nm")
    # Without an oscillation there may be anything under the curve, a lattice beyond the range of q too.
    doubts += remarks[-1:] if not _oscillates(fits.data, fits.particles.trial) and particles_ok else []
    if doubts:
        return Verdict(None, "low", tuple(doubts), otherwise, bool(ordered), tuple(remarks))
    why = ("free particles describe the curve, and no reflections stand out",)
    return Verdict(None, "high", why, otherwise, shape_reasons=tuple(remarks))


def _other_shape(data: FitData, best: Solution, otherwise: Solution | None) -> tuple[Solution | None, list[str]]:
    """The fit with the other shape where it is not ruled out, and what to say of it."""
    against = math.inf if otherwise is None else odds(data, best, otherwise.misfit)
    if otherwise is None or against > CLEAR_ODDS:
        return None, []
    trial = otherwise.trial
    size = f"diameter {trial.size_nm:.2f}" if trial.shape == "sphere" else f"edge {trial.size_nm:.2f}"
    return otherwise, [f"the shape is not settled: {trial.shape}s of {size} nm fit nearly as well"]


def unexplained(fits: PhaseFits, solution: Solution) -> list[float]:
    """Strong sharp peaks [1/nm] farther from every reflection than its width."""
    inside = fits.peaks.q_inv_nm <= fits.lattice_data.q_inv_nm[-1]
    strong = inside & (fits.peaks.prominence > max(10.0, 0.2 * float(fits.peaks.prominence.max(initial=0.0))))
    made = []
    for q in fits.peaks.q_inv_nm[strong]:
        nearest = np.abs(solution.groups_inv_nm - q).min()
        if nearest > 0.6 * fwhm_inv_nm(solution.trial, float(q)) + 0.006 * q:
            made.append(float(q))
    return made


def _absent(fits: PhaseFits, solution: Solution) -> list[str]:
    """Reflections among the first that an ideal powder would show strongly and the data does not."""
    _, ideal = gains(fits.lattice_data, solution)
    first = slice(0, 5)
    gone = solution.groups_inv_nm[first][(solution.areas[first] < 0.12) & (ideal[first] > 300.0)]
    return [f"no intensity where a reflection belongs, at {q:.3g} 1/nm" for q in gone[:2]]


def _as_rival(other: Solution, best: Solution) -> float:
    """Misfit of another phase as it counts against the best: a little better is not enough for a number more."""
    return other.misfit if other.misfit < AXIAL_DOUBT * best.misfit else rank(other)


def _seventh_ring(fits: PhaseFits, solution: Solution) -> list[str]:
    """Why bcc and sc are not told apart: their first six reflections lie in the same places, only bcc has a seventh.

    The strengths of the six differ too, but those of grains that are not at random follow no law.
    """
    phase = solution.trial.phase
    if phase not in ("bcc", "sc"):
        return []
    first = 2 * math.pi / solution.trial.nearest_nm * (1.0 if phase == "sc" else 1.5**0.5)
    at = 7**0.5 * first
    unsure = [f"the seventh ring, at {at:.3g} 1/nm, which only bcc has and sc has not, is not resolved"]
    twins = [s for s in fits.solutions if s.trial.phase == "bcc"]
    if not twins:
        # Nothing at all fits as bcc: that was found without the seventh ring.
        return []
    bcc = twins[0]
    rise, ideal = gains(fits.lattice_data, bcc)
    ring = int(np.argmin(np.abs(bcc.groups_inv_nm - at)))
    if abs(bcc.groups_inv_nm[ring] / at - 1) > 0.02:
        return [] if phase == "sc" else unsure
    enough = RESOLVED * max(1.0, solution.misfit / len(fits.lattice_data.q_inv_nm))
    seen = bool(rise[ring] > enough)
    beside = np.array([abs(solution.groups_inv_nm - root * first).argmin() for root in (6**0.5, 8**0.5)])
    # Where the rings on both sides are seen, one between them would be.
    could = ideal[ring] > 4 * enough or np.all(gains(fits.lattice_data, solution)[0][beside] > enough)
    missing = bool(could and bcc.areas[ring] < 0.3)
    return [] if (seen if phase == "bcc" else missing and not seen) else unsure


def _gaps(fits: PhaseFits, solution: Solution) -> list[str]:
    """Why a stack of layers is not settled: its orders must follow each other, and be too many for chance."""
    rise, _ = gains(fits.lattice_data, solution)
    seen = np.flatnonzero(rise > RESOLVED * max(1.0, solution.misfit / len(fits.lattice_data.q_inv_nm)))
    if len(seen) < FEWEST_ORDERS:
        return [f"only {len(seen)} orders of a stack stand out, {FEWEST_ORDERS} are needed"]
    if len(seen) < 0.7 * (seen[-1] + 1):
        return [f"only {len(seen)} of the first {seen[-1] + 1} orders of a stack stand out"]
    return []


def _oscillates(data: FitData, trial: Trial) -> bool:
    """Whether the form factor reaches its first minimum inside the data, above the noise."""
    first_minimum = (4.49 * 2 if trial.shape == "sphere" else 7.16) / trial.size_nm
    beyond = data.q_inv_nm > 1.15 * first_minimum
    return bool(np.any(data.intensity[beyond] > 3 * data.noise[beyond])) and data.q_inv_nm[0] < 0.8 * first_minimum
