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
"""A peak belongs to a reflection when it lies within this part of its q: a tenth to a half of the width that rings of
superlattices have (5 to 15 % of q), by which neighbours that merge with one move it."""

PLACED = 0.05
"""Standard error of a peak's place over its width: what slopes under it and merged neighbours do, far more than counts.

Measured: over the frames of ``benchmarks/validation/frames.py`` (seeds below 50000).
"""

UNSEEN = 0.07
"""What a reflection that nobody sees costs, in shares of explained peaks: a lattice may miss one of its first dozen
reflections to a minimum of the form factor, and no more."""

MOST_HIDDEN = 2
"""Reflections that one peak may be made of: neighbours of a cubic lattice, as fcc's (311) and (222), come in pairs."""

_REACH = 9.0
"""Reflections are listed up to this multiple of the first: no frame shows more."""


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


def planar_lengths(lattice: str, n: int = 40) -> FloatArray:
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
    h, k = np.meshgrid(np.arange(-12, 13), np.arange(-12, 13))
    square = h**2 + k**2 if lattice == "square" else (h**2 + h * k + k**2) * 4 / 3
    return 2 * math.pi * np.sqrt(np.unique(square[square > 0].astype(float).round(6))[:n])


def index_peaks(
    q_inv_nm: FloatArray, weights: FloatArray, *, planar: bool, widths_inv_nm: FloatArray | None = None
) -> list[Indexing]:
    """Every lattice that explains the peaks, best first; one peak alone says nothing.

    Parameters
    ----------
    q_inv_nm
        Lengths of the scattering vectors of the peaks [1/nm], in the plane for a ``planar`` lattice, shape (n,).
    weights
        What each peak counts, shape (n,).
    planar
        Whether the rods of a single layer are meant rather than the spots of a crystal.
    widths_inv_nm
        Full width at half maximum of each [1/nm], shape (n,); reflections closer than that hide under a peak. None
        takes the tolerance.
    """
    if len(q_inv_nm) < 2:
        return []
    widths = TOLERANCE * q_inv_nm if widths_inv_nm is None else widths_inv_nm
    names = ("hexagonal", "square") if planar else ("fcc", "hcp", "bcc", "sc", "hexagonal", "square")
    found = []
    for name in names:
        lengths = _lengths(name)
        best = max(
            (_fit(name, lengths, q_inv_nm, weights, widths, a) for a in _starts(lengths, q_inv_nm)),
            key=lambda i: i.score,
        )
        found.append(best)
    return sorted(found, key=lambda i: -i.score)


def chance_of_indexing(
    best: Indexing, q_inv_nm: FloatArray, *, planar: bool, widths_inv_nm: FloatArray | None = None
) -> float:
    """Share of sets of as many peaks, at random places of the same range of q, that some lattice explains as well.

    Parameters
    ----------
    best
        The lattice found.
    q_inv_nm
        Its peaks [1/nm], shape (n,).
    planar
        Whether only planar lattices are tried.
    widths_inv_nm
        As for `index_peaks`.

    Returns
    -------
    float
        Of the sets tried, which are fewer where the share is plainly above `MAX_CHANCE`.
    """
    rng = np.random.default_rng(1)
    low, high = float(q_inv_nm.min()), float(q_inv_nm.max())
    weights = np.ones(len(q_inv_nm))
    as_good = n_tried = 0
    while n_tried < _N_CHANCES and as_good <= MAX_CHANCE * _N_CHANCES:
        n_tried += 1
        inner = rng.uniform(low, high, max(len(q_inv_nm) - 2, 0))
        peaks = np.sort(np.concatenate([[low], inner, [high]]))[: len(q_inv_nm)]
        as_good += index_peaks(peaks, weights, planar=planar, widths_inv_nm=widths_inv_nm)[0].score >= best.score
    return as_good / n_tried


@functools.cache
def _lengths(lattice: str) -> FloatArray:
    """Lengths of the reflections times a, rising."""
    if lattice in ("hexagonal", "square"):
        lengths = planar_lengths(lattice)
    else:
        families = peak_families(lattice, None, 75.0, merge_axes=True)
        a, _ = lattice_parameters(lattice, 1.0, None)
        lengths = np.unique((families.length * a).round(6))
    return lengths[lengths < _REACH * lengths[0]]


def _starts(lengths: FloatArray, q: FloatArray) -> list[float]:
    return [float(length / peak) for peak in q[:3] for length in lengths[:4]]


def _fit(name: str, lengths: FloatArray, q: FloatArray, weights: FloatArray, widths: FloatArray, a: float) -> Indexing:
    near = np.zeros(len(q), dtype=bool)
    reflections = lengths[:1]
    # What a peak says of the lattice is as exact as it is narrow.
    sharp = weights * (q / widths) ** 2
    for _ in range(3):
        index = np.abs(lengths / a - q[:, None]).argmin(axis=1)
        reflections = lengths[index]
        near = np.abs(reflections / a / q - 1) < TOLERANCE
        if not near.any():
            return Indexing(lattice=name, a_nm=a, a_sd_nm=math.inf, indexed=0.0, rms=math.inf, score=-math.inf)
        a = float(np.average(reflections[near] / q[near], weights=sharp[near]))
    deviations = reflections[near] / a / q[near] - 1
    rms = float(np.sqrt(np.average(deviations**2, weights=weights[near])))
    indexed = float(weights[near].sum() / weights.sum())
    # Beyond the last one that is seen nothing is missed: intensities fall, and a lone peak far out may be none.
    predicted = lengths / a
    predicted = predicted[(predicted > 0.97 * q[0] * 0.5) & (predicted < reflections[near].max() / a * 1.01)]
    away = np.abs(predicted[:, None] - q)
    hidden = away < np.maximum(widths, TOLERANCE * q)
    under = np.bincount(away.argmin(axis=1)[hidden.any(axis=1)], minlength=len(q))
    # A lattice so dense that every peak has a crowd of reflections under it explains any peaks.
    unseen = int(np.count_nonzero(~hidden.any(axis=1)) + np.maximum(under - MOST_HIDDEN, 0).sum())
    share = sharp[near] / sharp[near].sum()
    placed = PLACED * widths[near] / q[near]
    spread = max(
        math.sqrt(float(np.sum((share * placed) ** 2))),
        math.sqrt(float(np.sum((share * deviations) ** 2))),
    )
    # A dense set of reflections explains anything: each one that nobody sees counts against the lattice.
    score = indexed - UNSEEN * unseen - 10 * rms
    return Indexing(lattice=name, a_nm=a, a_sd_nm=a * spread, indexed=indexed, rms=rms, score=score)
