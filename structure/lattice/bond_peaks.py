"""Lattice vectors of one grain: where the vectors from particles to their neighbours pile up."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

FloatArray = NDArray[np.float64]

# In nearest-neighbour distances.
BOND_REACH = 1.8
# In radii of the pile.
_SAME_PEAK = 1.2
# A lattice vector leads from nearly every particle to another one. In hcp, vectors between its two sublattices lead on
# from half of the particles only. The limit leaves room for vacancies.
_MIN_OCCUPANCY = 0.65
_INDEX_TOLERANCE = 0.2
_MAX_SAMPLE = 1500


def lattice_vectors(bonds_nm: FloatArray, spacing_nm: float, pile_radius: float) -> FloatArray:
    """Mean bond vectors that (nearly) every particle has [nm], shape (m, 3), shortest first.

    Parameters
    ----------
    bonds_nm
        From each of the best surrounded particles of a grain to its nearest neighbours, shape (n, k, 3).
    spacing_nm
        Nearest-neighbour distance.
    pile_radius
        How far bonds may scatter about a lattice vector, in nearest-neighbour distances.
    """
    step = -(-len(bonds_nm) // _MAX_SAMPLE)
    sample = bonds_nm[::step] / spacing_nm
    lengths = np.linalg.norm(sample, axis=2)
    inside = lengths < BOND_REACH
    tree = cKDTree(sample[inside])
    starts = np.concatenate([sample[i][inside[i]] for i in range(min(5, len(sample)))])
    peaks: list[FloatArray] = []
    for peak in _climb(tree, starts, pile_radius):
        apart = np.linalg.norm(np.array(peaks).reshape(-1, 3) - peak, axis=1)
        if apart.min(initial=np.inf) >= _SAME_PEAK * pile_radius:
            peaks.append(peak)
    counts = [len(tree.query_ball_point(p, pile_radius)) / len(sample) for p in peaks]
    kept = np.array([p for p, c in zip(peaks, counts, strict=True) if c >= _MIN_OCCUPANCY]).reshape(-1, 3)
    # The reach cuts peaks near it in half: leave them to the multiples of the shorter vectors.
    kept = kept[np.linalg.norm(kept, axis=1) < BOND_REACH - 0.05]
    return kept[np.argsort(np.linalg.norm(kept, axis=1))] * spacing_nm


def primitive_basis(vectors_nm: FloatArray, spacing_nm: float) -> FloatArray | None:
    """The shortest three vectors (rows, right-handed) whose whole-number sums are all the others; None if none are.

    Parameters
    ----------
    vectors_nm
        Maxima of the bond density [nm], shape (n, 3), the best first: the first 26 are looked at.
    spacing_nm
        Nearest-neighbour distance [nm], the unit of what counts as whole.
    """
    short = vectors_nm[:26] / spacing_nm
    if len(short) < 3:
        return None
    triples = np.array(list(itertools.combinations(range(len(short)), 3)))
    candidates = short[triples]
    volumes = np.linalg.det(candidates)
    solid = np.abs(volumes) > 0.2
    candidates, volumes = candidates[solid], volumes[solid]
    if len(candidates) == 0:
        return None
    indices = short @ np.linalg.inv(candidates)
    misfit = np.abs(indices - np.round(indices)).max(axis=(1, 2))
    whole = misfit < _INDEX_TOLERANCE
    if not whole.any():
        return None
    candidates, volumes = candidates[whole], volumes[whole]
    size = np.linalg.norm(candidates, axis=2).sum(axis=1)
    best = candidates[np.argmin(size)]
    return best * np.sign(np.linalg.det(best)) * spacing_nm


def _climb(tree: cKDTree, starts: FloatArray, radius: float) -> FloatArray:
    """Mean-shift from each bond to the middle of its pile, shape (n, 3)."""
    positions = starts.copy()
    moving = np.arange(len(starts))
    for _ in range(6):
        near = tree.query_ball_point(positions[moving], radius)
        counts = np.array([len(found) for found in near])
        moving, near, counts = moving[counts > 0], near[counts > 0], counts[counts > 0]
        if len(moving) == 0:
            break
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        moved = np.add.reduceat(tree.data[np.concatenate(near).astype(np.intp)], first, axis=0) / counts[:, None]
        far = np.linalg.norm(moved - positions[moving], axis=1) >= 1e-4
        positions[moving[far]] = moved[far]
        moving = moving[far]
        if len(moving) == 0:
            break
    return positions
