"""Peak positions indexed on the lattices that could make them."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structure.crystals.reciprocal import lattice_parameters, peak_families

FloatArray = NDArray[np.float64]

MAX_CHANCE = 0.02
"""A lattice is sure only where peaks at random places would fit one as well in at most this share of cases."""
_N_CHANCES = 100

TOLERANCE = 0.015
"""A peak belongs to a reflection when it lies within this part of its q."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexing:
    """Peaks on one lattice.

    Parameters
    ----------
    lattice
        ``"hexagonal"`` or ``"square"`` in the plane, or ``"fcc"``, ``"hcp"``, ``"bcc"``, ``"sc"``.
    a_nm, a_sd_nm
        Lattice parameter [nm] and its standard uncertainty from the scatter of the peaks.
    indexed
        Share of the peaks' weight that has a reflection.
    rms
        Root mean square of the relative deviation of these.
    score
        Larger is better.
    """

    lattice: str
    a_nm: float
    a_sd_nm: float
    indexed: float
    rms: float
    score: float


def planar_lengths(lattice: str, n: int = 14) -> FloatArray:
    """Lengths of the first ``n`` rods of a planar lattice times its a, rising.

    Returns
    -------
    ndarray
        Lengths of in-plane reciprocal vectors times the edge of the cell, dimensionless, shape (n,).

    Examples
    --------
    >>> (planar_lengths("hexagonal")[:3] / planar_lengths("hexagonal")[0]).round(3).tolist()
    [1.0, 1.732, 2.0]
    """
    h, k = np.meshgrid(np.arange(-8, 9), np.arange(-8, 9))
    square = h**2 + k**2 if lattice == "square" else (h**2 + h * k + k**2) * 4 / 3
    return 2 * math.pi * np.sqrt(np.unique(square[square > 0].astype(float).round(6))[:n])


def index_peaks(q_inv_nm: FloatArray, weights: FloatArray, *, planar: bool) -> list[Indexing]:
    """Every lattice that explains the peaks, best first; one peak alone says nothing.

    Parameters
    ----------
    q_inv_nm
        Lengths of the scattering vectors of the peaks [1/nm], in the plane for a ``planar`` lattice, shape (n,).
    weights
        What each peak counts, shape (n,).
    planar
        Whether the rods of a single layer are meant rather than the spots of a crystal.
    """
    if len(q_inv_nm) < 2:
        return []
    names = ("hexagonal", "square") if planar else ("fcc", "hcp", "bcc", "sc", "hexagonal", "square")
    found = []
    for name in names:
        lengths = planar_lengths(name) if name in ("hexagonal", "square") else _lengths(name)
        best = max(
            (_fit(name, lengths, q_inv_nm, weights, a) for a in _starts(lengths, q_inv_nm)), key=lambda i: i.score
        )
        found.append(best)
    return sorted(found, key=lambda i: -i.score)


def chance_of_indexing(best: Indexing, q_inv_nm: FloatArray, *, planar: bool) -> float:
    """Share of sets of as many peaks, at random places of the same range of q, that some lattice explains as well.

    Parameters
    ----------
    best
        The lattice found.
    q_inv_nm
        Its peaks [1/nm], shape (n,).
    planar
        Whether only planar lattices are tried.
    """
    rng = np.random.default_rng(1)
    low, high = float(q_inv_nm.min()), float(q_inv_nm.max())
    weights = np.ones(len(q_inv_nm))
    as_good = 0
    for _ in range(_N_CHANCES):
        inner = rng.uniform(low, high, max(len(q_inv_nm) - 2, 0))
        peaks = np.sort(np.concatenate([[low], inner, [high]]))[: len(q_inv_nm)]
        as_good += index_peaks(peaks, weights, planar=planar)[0].score >= best.score
    return as_good / _N_CHANCES


@functools.cache
def _lengths(phase: str) -> FloatArray:
    families = peak_families(phase, None, 24.0, merge_axes=True)
    a, _ = lattice_parameters(phase, 1.0, None)
    return np.unique((families.length[families.length < 24.0] * a).round(6))


def _starts(lengths: FloatArray, q: FloatArray) -> list[float]:
    return [float(length / peak) for peak in q[:3] for length in lengths[:4]]


def _fit(name: str, lengths: FloatArray, q: FloatArray, weights: FloatArray, a: float) -> Indexing:
    near = np.zeros(len(q), dtype=bool)
    reflections = lengths[:1]
    for _ in range(3):
        index = np.abs(lengths / a - q[:, None]).argmin(axis=1)
        reflections = lengths[index]
        near = np.abs(reflections / a / q - 1) < TOLERANCE
        if not near.any():
            return Indexing(lattice=name, a_nm=a, a_sd_nm=math.inf, indexed=0.0, rms=math.inf, score=-math.inf)
        a = float(np.average(reflections[near] / q[near], weights=weights[near]))
    deviations = reflections[near] / a / q[near] - 1
    rms = float(np.sqrt(np.average(deviations**2, weights=weights[near])))
    indexed = float(weights[near].sum() / weights.sum())
    predicted = int(np.count_nonzero((lengths / a > 0.97 * q[0] * 0.5) & (lengths / a < q[-1] * 1.01)))
    unseen = max(0, predicted - len(np.unique(reflections[near])))
    spread = max(rms, 1e-3) / math.sqrt(max(1, int(np.count_nonzero(near)) - 1))
    # A dense set of reflections explains anything: each one that nobody sees counts against the lattice.
    score = indexed - 0.07 * unseen - 10 * rms
    return Indexing(lattice=name, a_nm=a, a_sd_nm=a * spread, indexed=indexed, rms=rms, score=score)
