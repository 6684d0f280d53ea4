"""The part of a SAXS fit that knows the lattice: groups of reflections of a powder, and what is diffuse."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structure.crystals.reciprocal import peak_families, powder_peak, spot_weights
from structure.saxs_fit.model import Trial
from structure.saxs_fit.particles import squared_along
from structure.widths import paracrystal_hwhm_inv_nm

FloatArray = NDArray[np.float64]

MAX_ORDER = 5.5
"""Reflections up to this multiple of the first are fitted; beyond, a measured curve shows the particles alone."""

UNRESOLVED = 0.006
"""Reflections closer than this part of their q are one group with one area."""


def lattice_columns(
    q: FloatArray, trial: Trial, intensity: FloatArray, coherent: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Positions of groups of reflections, their intensities (n_q, m), and the diffuse part of the lattice (n_q,)."""
    d = trial.nearest_nm
    powder = _powder(
        q.tobytes(), trial.phase, trial.c_over_a, d, trial.sigma_inv_nm, trial.hwhm_inv_nm, trial.paracrystal
    )
    damping = np.exp(-((q * trial.displacement * d) ** 2))
    if trial.locked:
        along = squared_along(q, trial.size_nm, trial.size_spread, powder.directions)
        grouped = damping[:, None] * np.add.reduceat(powder.peaks * along, powder.starts, axis=1)
    else:
        grouped = (damping * coherent)[:, None] * powder.grouped
    # Beyond the last reflection that is summed the structure factor is taken as 1.
    diffuse = np.where(q <= powder.g_inv_nm[-1], np.maximum(intensity - damping * coherent, 0.0), intensity)
    return powder.g_inv_nm[powder.starts], grouped, diffuse


@dataclass(frozen=True, slots=True, eq=False)
class _Powder:
    """Lattice sums of reflections that point particles would show: each (n_q, n), and added up in groups (n_q, m)."""

    g_inv_nm: FloatArray
    directions: FloatArray
    peaks: FloatArray
    starts: NDArray[np.int64]
    grouped: FloatArray


@functools.lru_cache(maxsize=8)
def _powder(
    q_bytes: bytes, phase: str, c_over_a: float | None, d: float, sigma: float, hwhm: float, paracrystal: float
) -> _Powder:
    # Steps of a fit that move numbers of the particles find the last answers here.
    q = np.frombuffer(q_bytes)
    reach = min(float(q[-1]) * d * 1.05, MAX_ORDER * 2 * np.pi * 1.25)
    families = peak_families(phase, c_over_a, reach, merge_axes=True)
    kept = families.length <= reach
    length, weights, directions = families.length[kept], families.weights[kept], families.directions[kept]
    if phase != "sc":
        # Only locked particles ask for the direction of a reflection: for others those of one length are one.
        first = np.flatnonzero(np.append(True, np.diff(length) > 1e-6 * length[:-1]))
        length, weights, directions = length[first], np.add.reduceat(weights, first), directions[first]
    g = length / d
    widths = hwhm + paracrystal_hwhm_inv_nm(q, paracrystal * d, d)
    peaks = spot_weights(weights, families.volume_per_site, d) * powder_peak(q[:, None], g, sigma, widths[:, None])
    peaks[q > g[-1]] = 0.0
    starts = np.flatnonzero(np.append(True, np.diff(g) > UNRESOLVED * g[:-1]))
    return _Powder(g, directions, peaks, starts, np.add.reduceat(peaks, starts, axis=1))
