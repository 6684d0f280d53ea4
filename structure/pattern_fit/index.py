"""Peak positions indexed on the lattices that could make them."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from structure.crystals.reciprocal import lattice_parameters, peak_families
from structure.widths import FWHM_PER_SIGMA

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

CROWDED = ("hcp",)
"""Lattices whose first rings merge where rings are as wide as superlattices have them, so that the peak that they make
lies on none of them: of (100), (002) and (101), 6 and 7 % of q apart, the last is four times as strong as each other.
The rings of the cubic lattices stand apart, or merge in pairs (`MOST_HIDDEN`)."""

PARTS_OF_WIDTH = (0.5, 0.6, 0.7, 0.85, 1.0)
"""Widths of single rings over the median width of the peaks, some of which are merged ones."""

PLAIN_TOP = 0.1
"""Rise of such a top above its surroundings, as a logarithm, from which on a frame shows it: of lower ones, which are
shoulders that a background hides, none is missed."""

WIDTH_STEP = 0.05
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
        starts = _starts(lengths, q_inv_nm)
        tried = [_fit(name, lengths, q_inv_nm, weights, widths, a) for a in starts]
        if name in CROWDED and widths_inv_nm is not None:
            typical = float(np.median(widths))
            made = [(_tops(name, _step(part * typical * a)), a) for part in PARTS_OF_WIDTH for a in starts]
            sets = [(*tops, a) for tops, a in made if tops is not None]
            for tops, plain, strongest, a in sets:
                one = _fit(name, tops, q_inv_nm, weights, widths, a, plain)
                # What misses its strongest ring, which stands first, is another lattice whose first rings are hidden.
                if np.abs(strongest / one.a_nm / q_inv_nm - 1).min() < TOLERANCE:
                    tried.append(one)
        found.append(max(tried, key=lambda i: i.score))
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


def _step(width: float) -> int:
    """The step of a logarithmic scale on which a width lies, so that few sets of tops are worked out."""
    return round(math.log(max(width, 1e-3)) / WIDTH_STEP)


@functools.lru_cache(maxsize=256)
def _tops(lattice: str, step: int) -> tuple[FloatArray, NDArray[np.bool_], float] | None:
    """Where the rings of a powder have their tops, times a, if each has the width of a ``step``: neighbours merge.

    Which of the tops are plain to see, and the strongest; None for rings so wide that no top is left.

    Rings are as strong as their multiplicity and structure factor over q squared, the Lorentz factor of powders.
    """
    width = math.exp(step * WIDTH_STEP)
    families = peak_families(lattice, None, 75.0, merge_axes=True)
    a, _ = lattice_parameters(lattice, 1.0, None)
    lengths = families.length * a
    lengths, strengths = (x[lengths < (_REACH + 1) * lengths[0]] for x in (lengths, families.weights / lengths**2))
    at = np.arange(0.9 * lengths[0], _REACH * lengths[0], max(width / 12, 1e-3 * lengths[0]))
    profile = np.exp(-(((at[:, None] - lengths) / (width / FWHM_PER_SIGMA)) ** 2) / 2) @ strengths
    level = np.log(np.maximum(profile, 1e-12 * profile.max()))
    k, described = find_peaks(level, prominence=0.0)
    if not len(k):
        return None
    left, top, right = (level[k + i] for i in (-1, 0, 1))
    places = at[k] + 0.5 * (left - right) / (left - 2 * top + right) * (at[1] - at[0])
    return places, described["prominences"] >= PLAIN_TOP, float(places[np.argmax(level[k])])


def _starts(lengths: FloatArray, q: FloatArray) -> list[float]:
    return [float(length / peak) for peak in q[:3] for length in lengths[:4]]


def _fit(
    name: str,
    lengths: FloatArray,
    q: FloatArray,
    weights: FloatArray,
    widths: FloatArray,
    a: float,
    plain: NDArray[np.bool_] | None = None,
) -> Indexing:
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
    predicted = (lengths if plain is None else lengths[plain]) / a
    predicted = predicted[(predicted > 0.97 * q[0] * 0.5) & (predicted < reflections[near].max() / a * 1.01)]
    away = np.abs(predicted[:, None] - q)
    hidden = away < np.maximum(widths, TOLERANCE * q)
    under = np.bincount(away.argmin(axis=1)[hidden.any(axis=1)], minlength=len(q))
    # A lattice so dense that every peak has a crowd of reflections under it explains any peaks.
    unseen = int(np.count_nonzero(~hidden.any(axis=1)) + np.maximum(under - MOST_HIDDEN, 0).sum())
    # Tops come with a choice of widths, one more number to fit with: it has to explain as much as it costs.
    unseen += plain is not None
    share = sharp[near] / sharp[near].sum()
    placed = PLACED * widths[near] / q[near]
    spread = max(
        math.sqrt(float(np.sum((share * placed) ** 2))),
        math.sqrt(float(np.sum((share * deviations) ** 2))),
    )
    # A dense set of reflections explains anything: each one that nobody sees counts against the lattice.
    score = indexed - UNSEEN * unseen - 10 * rms
    return Indexing(lattice=name, a_nm=a, a_sd_nm=a * spread, indexed=indexed, rms=rms, score=score)
