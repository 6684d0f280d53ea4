"""The part of a SAXS fit that knows the lattice: groups of reflections of a powder, what is diffuse, and their slopes.

The terms are those of `structure.saxs.lattice_model.lattice_intensity`, one column for each group of reflections.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structure.crystals.cells import unit_cell
from structure.crystals.reciprocal import peak_families, powder_peak, powder_peak_slopes, spot_weights
from structure.form_factors.averages import ParticleAverages, squared_along
from structure.saxs_fit.model import STACK, Trial
from structure.widths import paracrystal_hwhm_inv_nm

FloatArray = NDArray[np.float64]

MAX_ORDER = 5.5
"""Reflections up to this multiple of the first are fitted; beyond, a measured curve shows the particles alone."""

UNRESOLVED = 0.006
"""Reflections closer than this part of their q are one group with one area."""

_REACH = MAX_ORDER * 2 * np.pi * 1.25
_STACK_ORDERS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Reflections of a lattice for one axial ratio, lengths over the nearest-neighbour distance, shape (n,).

    ``hkl`` (n, 3) and ``directions`` (n, 3) are of one reflection of each family; ``volume`` per site.
    """

    length: FloatArray
    weights: FloatArray
    hkl: FloatArray
    directions: FloatArray
    volume: float


def lines_of(phase: str, c_over_a: float | None, *, by_direction: bool = False) -> Lines:
    """The reflections of a phase, shortest first; of one length only where ``by_direction`` keeps directions apart.

    ``c_over_a`` is the axial ratio of a tetragonal or hexagonal phase, to two digits, None for a cubic one.
    """
    if phase == STACK:
        return _stack_lines()
    if c_over_a is None:
        return _cubic_lines(phase, by_direction)
    hkl, weights = _axial_indices(phase, round(c_over_a, 2))
    edges, volume = _cell(phase, c_over_a)
    g = 2 * np.pi * hkl / edges
    length = np.linalg.norm(g, axis=1)
    order = np.argsort(length, kind="stable")
    return Lines(length[order], weights[order], hkl[order], (g / length[:, None])[order], volume)


def _cell(phase: str, c_over_a: float) -> tuple[FloatArray, float]:
    cell = unit_cell(phase, c_over_a=c_over_a)
    return np.diag(cell.cell), cell.volume_per_site


@functools.lru_cache(maxsize=2)
def _stack_lines() -> Lines:
    """Orders of layers: a row of spots, whose areas are free."""
    n = np.arange(1, _STACK_ORDERS + 1.0)
    along = np.tile([0.0, 0.0, 1.0], (len(n), 1))
    return Lines(2 * np.pi * n, np.full(len(n), 2.0), n[:, None] * along, along, 1.0)


@functools.lru_cache(maxsize=16)
def _cubic_lines(phase: str, by_direction: bool) -> Lines:
    families = peak_families(phase, None, _REACH, merge_axes=True)
    kept = families.length <= _REACH
    length, weights = families.length[kept], families.weights[kept]
    hkl, directions = families.hkl[kept].astype(float), families.directions[kept]
    if not by_direction:
        first = np.flatnonzero(np.append(True, np.diff(length) > 1e-6 * length[:-1]))
        length, weights = length[first], np.add.reduceat(weights, first)
        hkl, directions = hkl[first], directions[first]
    return Lines(length, weights, hkl, directions, families.volume_per_site)


@functools.lru_cache(maxsize=256)
def _axial_indices(phase: str, c_over_a: float) -> tuple[FloatArray, FloatArray]:
    """Indices (n, 3) and weights of an axial lattice about some ratio, those of one length for any ratio merged."""
    families = peak_families(phase, c_over_a, _REACH * 1.02, merge_axes=False)
    kept = families.length <= _REACH
    h, k, m = families.hkl[kept].T
    basal = 3 * h**2 + k**2 if phase == "hcp" else h**2 + k**2
    _, first, group = np.unique(basal * 1000 + m, return_index=True, return_inverse=True)
    weights: FloatArray = np.bincount(group.ravel(), weights=families.weights[kept]).astype(np.float64)
    return families.hkl[kept][first].astype(float), weights


@dataclass(frozen=True, slots=True, eq=False)
class LatticeColumns:
    """Groups of reflections at ``positions`` (m,) [1/nm], intensities ``peaks`` (n, m), ``diffuse`` part (n,).

    ``sums`` are the lattice sums of single reflections (n, r) without the particles, ``starts`` where groups begin.
    """

    positions: FloatArray
    peaks: FloatArray
    diffuse: FloatArray
    lines: Lines
    sums: FloatArray
    starts: NDArray[np.int64]


def lattice_columns(q: FloatArray, trial: Trial, particles: ParticleAverages) -> LatticeColumns:
    """What a lattice adds to a curve, for points ``q`` (n,) [1/nm]."""
    d = trial.nearest_nm
    lines, sums, starts, grouped = _powder(
        q.tobytes(),
        trial.phase,
        trial.c_over_a,
        d,
        trial.sigma_inv_nm,
        trial.hwhm_inv_nm,
        trial.paracrystal,
        trial.locked,
    )
    damping = np.exp(-((q * trial.displacement * d) ** 2))
    if trial.locked:
        along = squared_along(q, trial.size_nm, trial.size_spread, lines.directions)
        peaks = damping[:, None] * np.add.reduceat(sums * along, starts, axis=1)
    elif trial.phase == STACK:
        # Layers have a form factor of their own, which their free areas follow. By the powder's average alone their
        # intensity falls with the square of q, where the peaks of a lattice of points have one factor q.
        flank = (q[0] / q)[:, None]
        return LatticeColumns(lines.length[starts] / d, flank * grouped, particles.intensity, lines, sums, starts)
    else:
        peaks = (damping * particles.coherent)[:, None] * grouped
    # Beyond the last reflection that is summed the structure factor is taken as 1.
    last = lines.length[-1] / d
    left = np.maximum(particles.intensity - damping * particles.coherent, 0.0)
    return LatticeColumns(
        lines.length[starts] / d, peaks, np.where(q <= last, left, particles.intensity), lines, sums, starts
    )


@functools.lru_cache(maxsize=24)
def _powder(
    q_bytes: bytes,
    phase: str,
    c_over_a: float | None,
    d: float,
    sigma: float,
    hwhm: float,
    paracrystal: float,
    by_direction: bool,
) -> tuple[Lines, FloatArray, NDArray[np.int64], FloatArray]:
    # Steps of a fit that move numbers of the particles find the last answers here.
    q = np.frombuffer(q_bytes)
    lines = lines_of(phase, c_over_a, by_direction=by_direction)
    n = max(1, int(np.searchsorted(lines.length, q[-1] * d * 1.05)))
    lines = Lines(lines.length[:n], lines.weights[:n], lines.hkl[:n], lines.directions[:n], lines.volume)
    g = lines.length / d
    widths = (hwhm + paracrystal_hwhm_inv_nm(q, paracrystal * d, d))[:, None]
    sums = spot_weights(lines.weights, lines.volume, d) * powder_peak(q[:, None], g, sigma, widths)
    sums[q > g[-1]] = 0.0
    starts = np.flatnonzero(np.append(True, np.diff(g) > UNRESOLVED * g[:-1]))
    return lines, sums, starts, np.add.reduceat(sums, starts, axis=1)


def lattice_slopes(
    q: FloatArray, trial: Trial, particles: ParticleAverages, columns: LatticeColumns, areas: FloatArray, share: float
) -> dict[str, FloatArray]:
    """How peaks of ``areas`` (m,) and ``share`` of the diffuse part change with each number of a trial, (n,) each.

    ``q`` are the points of the curve [1/nm], shape (n,); a slope is per unit of its number (nm, 1/nm or none).
    """
    d, delta = trial.nearest_nm, trial.displacement
    lines, starts = columns.lines, columns.starts
    g = lines.length / d
    inside = q <= g[-1]
    damping = np.exp(-((q * delta * d) ** 2))
    of_line = np.repeat(areas, np.diff(np.append(starts, len(g))))
    widths = (trial.hwhm_inv_nm + paracrystal_hwhm_inv_nm(q, trial.paracrystal * d, d))[:, None]
    slopes = powder_peak_slopes(q[:, None], g, trial.sigma_inv_nm, widths)
    weight = spot_weights(lines.weights, lines.volume, d)
    if trial.locked:
        along = squared_along(q, trial.size_nm, trial.size_spread, lines.directions)
        factor = damping[:, None] * along * of_line
    elif trial.phase == STACK:
        factor = (q[0] / q)[:, None] * of_line
    else:
        factor = (damping * particles.coherent)[:, None] * of_line
    factor = np.where(inside[:, None], factor, 0.0)
    by_g, by_sigma, by_hwhm = (
        np.sum(factor * weight * s, axis=1) for s in (slopes.by_g * g, slopes.by_sigma, slopes.by_hwhm)
    )
    total = np.sum(factor * columns.sums, axis=1)
    coherent = np.where(inside, share * damping * particles.coherent, 0.0)
    coherent = np.where(columns.diffuse > 0, coherent, 0.0)
    if trial.phase == STACK:
        coherent, inside = np.zeros_like(q), np.zeros_like(inside)
    moved = -2 * q**2 * (total - coherent) if trial.phase != STACK else np.zeros_like(q)
    made = {
        # Positions, density of the reciprocal lattice, the paracrystal's width and the displacements follow d.
        "nearest_nm": (-by_g - 3 * total) / d + by_hwhm * q**2 * trial.paracrystal**2 / 2 + moved * delta**2 * d,
        "sigma_inv_nm": by_sigma,
        "hwhm_inv_nm": by_hwhm,
        "paracrystal": by_hwhm * q**2 * trial.paracrystal * d,
        "displacement": moved * delta * d**2,
    }
    if trial.c_over_a is not None:
        made["c_over_a"] = _by_ratio(trial, lines, factor * weight * (slopes.by_g * g), total)
    for name, own, (square, mean) in (
        ("size_nm", trial.size_nm, particles.by_size),
        ("size_spread", 0.1, particles.by_spread),
    ):
        free = share * np.where(inside & (columns.diffuse > 0), square - damping * mean, np.where(inside, 0.0, square))
        if trial.locked:
            step = 1e-3 * own
            moved_along = squared_along(
                q,
                trial.size_nm + (step if name == "size_nm" else 0.0),
                trial.size_spread + (step if name == "size_spread" else 0.0),
                lines.directions,
            )
            peaks = damping * np.sum(columns.sums * (moved_along - along) * of_line, axis=1) / step
        elif trial.phase == STACK:
            peaks = np.zeros_like(q)
        else:
            peaks = damping * mean * np.sum(columns.sums * of_line, axis=1)
        made[name] = free + peaks
    return made


def _by_ratio(trial: Trial, lines: Lines, by_log_g: FloatArray, total: FloatArray) -> FloatArray:
    """Slope of the peaks with the axial ratio: each reflection moves its own way, and the cell's volume changes."""
    assert trial.c_over_a is not None
    step = 1e-4
    edges, volume = _cell(trial.phase, trial.c_over_a + step)
    moved = np.linalg.norm(2 * np.pi * lines.hkl / edges, axis=1)
    relative = np.log(moved / lines.length) / step
    return np.asarray(by_log_g @ relative - total * np.log(volume / lines.volume) / step)
