"""Which two-dimensional lattice explains a set of Fourier spots, fitted to all of them together."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Floats = NDArray[np.floating[Any]]
IntArray = NDArray[np.int64]

HEXAGONAL_CELL = np.array([[1.0, 0.0], [0.5, np.sqrt(0.75)]])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IndexedSpots:
    """A reciprocal lattice fitted to spots.

    Parameters
    ----------
    reciprocal
        Basis as rows, shape (2, 2), in the unit of the spots.
    covariance
        Of the four numbers of ``reciprocal`` row by row, shape (4, 4), where each spot errs for itself.
    indices
        (h, k) of each spot, shape (n, 2); (0, 0) where it does not belong.
    explained
        Share of the spots' weight that belongs.
    """

    reciprocal: FloatArray
    covariance: FloatArray
    indices: IntArray
    explained: float

    @property
    def member(self) -> NDArray[np.bool_]:
        """Which spots belong, shape (n,)."""
        return np.any(self.indices != 0, axis=1)


def index_spots(spots: FloatArray, weights: FloatArray, errors: FloatArray, tolerance: float) -> IndexedSpots | None:
    """The lattice that explains the most weight with the fewest empty places, or None where two spots span none.

    Every pair of the strongest spots proposes a lattice. A lattice scores the weight of the spots on it, less half
    the weight of those off it, less half a mean spot for every place without one within the reach of the strong
    spots. So neither a multiple cell (many empty places) nor a cell of the second order (the first order left
    unexplained) can win, whichever order is the strongest.

    Parameters
    ----------
    spots
        Frequency vectors in one half plane, shape (n, 2).
    weights
        Significance of each, shape (n,).
    errors
        Standard deviation of each position, shape (n,), for the final fit.
    tolerance
        Largest distance of a spot from its lattice point.
    """
    if len(spots) < 2:
        return None
    strong = np.argsort(-weights)[:12]
    bases = np.array([[spots[i], spots[j]] for i, j in itertools.combinations(strong, 2)])
    lengths = np.linalg.norm(bases, axis=2)
    sine = np.abs(np.linalg.det(bases)) / lengths.prod(axis=1)
    # Where the first order is extinct, only spots at a small angle, such as (11) and (21), span the whole lattice.
    bases = bases[sine > 0.15]
    if len(bases) == 0:
        return None
    bases = _reduced_many(bases)
    best = reduced(bases[int(np.argmax(_scores(bases, spots, weights, tolerance)))])
    return _fit(best, spots, weights, errors, tolerance)


def _assign(basis: FloatArray, spots: FloatArray, tolerance: float) -> tuple[IntArray, NDArray[np.bool_]]:
    indices = np.rint(spots @ np.linalg.inv(basis)).astype(np.int64)
    off = np.linalg.norm(spots - indices @ basis, axis=1)
    # On a fine lattice everything is near a point: the tolerance never exceeds a fifth of its shortest vector.
    limit = min(tolerance, 0.2 * float(np.linalg.norm(basis, axis=1).min()))
    return indices, (off < limit) & np.any(indices != 0, axis=1) & np.all(np.abs(indices) <= 12, axis=1)


def _scores(bases: FloatArray, spots: FloatArray, weights: FloatArray, tolerance: float) -> FloatArray:
    """Score of each of many reduced bases, shape (m, 2, 2) to (m,)."""
    indices = np.rint(spots @ np.linalg.inv(bases))
    off = np.linalg.norm(spots - indices @ bases, axis=2)
    limit = np.minimum(tolerance, 0.2 * np.linalg.norm(bases, axis=2).min(axis=1))
    key = np.abs(indices[..., 0] * 64 + indices[..., 1])
    member = (off < limit[:, None]) & (key > 0) & (np.abs(indices).max(axis=2) <= 12)
    radii = np.linalg.norm(spots, axis=1)
    n_members = np.maximum(member.sum(axis=1), 1)
    mean_weight = (member * weights).sum(axis=1) / n_members
    # How far the strong spots reach: the largest radius among the six heaviest members.
    order = np.argsort(-weights)
    rank = np.cumsum(member[:, order], axis=1)
    reach = (radii[order] * member[:, order] * (rank <= 6)).max(axis=1)
    inside = member & (radii <= 1.02 * reach[:, None])
    sorted_keys = np.sort(np.where(inside, key, -1.0), axis=1)
    seen = ((np.diff(sorted_keys, axis=1) > 0) & (sorted_keys[:, 1:] > 0)).sum(axis=1) + (sorted_keys[:, 0] > 0)
    places = (np.pi * (1.1 * reach) ** 2 / np.abs(np.linalg.det(bases)) - 1) / 2
    empty = np.maximum(0.0, places - seen)
    score = (member * weights).sum(axis=1) - 0.5 * (~member * weights).sum(axis=1) - 0.5 * mean_weight * empty
    return np.where(member.sum(axis=1) >= 2, score, -np.inf)


def _fit(
    basis: FloatArray, spots: FloatArray, weights: FloatArray, errors: FloatArray, tolerance: float
) -> IndexedSpots | None:
    for _ in range(3):
        indices, member = _assign(basis, spots, tolerance)
        h = indices[member].astype(float)
        if np.linalg.matrix_rank(h) < 2:
            return None
        w = 1 / errors[member] ** 2
        normal = np.linalg.inv(h.T @ (w[:, None] * h))
        basis = normal @ h.T @ (w[:, None] * spots[member])
    residual = spots[member] - h @ basis
    freedom = 2 * len(h) - 4
    # Two spots leave nothing to judge the fit by: then the expected errors stand.
    scale = max(1.0, float((w[:, None] * residual**2).sum() / freedom)) if freedom > 0 else 1.0
    basis, turn = _reduction(basis)
    one_axis = turn @ normal @ turn.T * scale
    covariance = np.zeros((4, 4))
    for axis in range(2):
        covariance[axis::2, axis::2] = one_axis
    back = np.linalg.inv(turn)
    new_indices = np.where(member[:, None], np.rint(indices @ back).astype(np.int64), 0)
    return IndexedSpots(
        reciprocal=basis,
        covariance=covariance,
        indices=new_indices,
        explained=float(weights[member].sum() / weights.sum()),
    )


def _reduced_many(bases: FloatArray) -> FloatArray:
    """Shortest bases of many lattices at once, shape (m, 2, 2); handedness is left as it comes."""
    b = np.array(bases)
    for _ in range(30):
        swap = np.einsum("mi,mi->m", b[:, 1], b[:, 1]) < np.einsum("mi,mi->m", b[:, 0], b[:, 0])
        b[swap] = b[swap][:, ::-1]
        n = np.rint(np.einsum("mi,mi->m", b[:, 0], b[:, 1]) / np.einsum("mi,mi->m", b[:, 0], b[:, 0]))
        if not n.any():
            break
        b[:, 1] -= n[:, None] * b[:, 0]
    return b


def reduced(basis: Floats) -> FloatArray:
    """The two shortest vectors of a planar lattice, right-handed, with an angle between 60 and 90 degrees."""
    return _reduction(basis)[0]


def _reduction(basis: Floats) -> tuple[FloatArray, FloatArray]:
    """Reduced basis and the integer matrix that makes it: ``new = turn @ old``."""
    turn = np.eye(2)
    b = np.array(basis, dtype=float)
    for _ in range(100):
        if b[1] @ b[1] < b[0] @ b[0]:
            b, turn = b[::-1].copy(), turn[::-1].copy()
        n = np.rint((b[0] @ b[1]) / (b[0] @ b[0]))
        if n == 0:
            break
        b[1] -= n * b[0]
        turn[1] -= n * turn[0]
    if b[1] @ b[1] < b[0] @ b[0]:
        b, turn = b[::-1].copy(), turn[::-1].copy()
    if b[0] @ b[1] < 0:
        b[1], turn[1] = -b[1], -turn[1]
    if np.linalg.det(b) < 0:
        # A right-handed basis with the same acute angle: exchange the vectors (their lengths may differ by rounding).
        b, turn = b[::-1].copy(), turn[::-1].copy()
    return b, turn


def direct_cell(reciprocal: Floats) -> FloatArray:
    """Reduced direct basis (rows) of a reciprocal basis (rows) without 2 pi, shape (2, 2), in the inverse unit."""
    return reduced(np.linalg.inv(reciprocal).T)


def strain_from(cell: FloatArray, ideal: FloatArray) -> float:
    """How far a cell is from a scaled and turned ideal one: logarithm of the ratio of the principal stretches.

    ``cell`` and ``ideal`` are bases (rows, shape (2, 2)) of any unit; the result is 0 for the same shape.
    """
    stretches = np.linalg.svd(np.linalg.inv(ideal) @ cell, compute_uv=False)
    return float(np.log(stretches[0] / stretches[1]))


def name_lattice(cell: FloatArray, tolerance: float) -> str:
    """``square``, ``hexagonal``, ``rectangular`` or ``oblique``: the highest symmetry within the strain tolerance.

    ``cell`` is a reduced basis (rows) of any unit; ``tolerance`` is the largest `strain_from` the ideal cell, and for
    ``rectangular`` the largest cosine of its angle.
    """
    if strain_from(cell, np.eye(2)) <= tolerance:
        return "square"
    if strain_from(cell, HEXAGONAL_CELL) <= tolerance:
        return "hexagonal"
    lengths = np.linalg.norm(cell, axis=1)
    cosine = float(cell[0] @ cell[1] / lengths.prod())
    return "rectangular" if abs(cosine) <= tolerance else "oblique"


def lattice_spacing(cell: FloatArray, lattice: str) -> float:
    """Nearest-neighbour distance: from the cell's area for square and hexagonal lattices, else its shortest vector.

    ``cell`` is a reduced basis (rows, shape (2, 2)); the distance is in the unit of its vectors.
    """
    area = abs(float(np.linalg.det(cell)))
    if lattice == "square":
        return float(np.sqrt(area))
    if lattice == "hexagonal":
        return float(np.sqrt(area / np.sqrt(0.75)))
    return float(np.linalg.norm(cell, axis=1).min())


def cell_angle_deg(cell: Floats) -> float:
    """Angle between the cell's vectors [degrees]."""
    lengths = np.linalg.norm(cell, axis=1)
    return float(np.degrees(np.arccos(np.clip(cell[0] @ cell[1] / lengths.prod(), -1, 1))))
