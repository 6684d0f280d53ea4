"""Smooth functions of a bead distance, and the sum of one over the beads of two bodies as a linear map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline

from packing.configuration import quaternions_to_matrices

FloatArray = NDArray[np.float64]

_BINS = 1600
LOW, HIGH = 0.4, 1.0
_POSES_AT_ONCE = 100
_GROWTH = 1.25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RadialBasis:
    """Cubic B-splines in the distance of two beads, narrow where facing beads are in contact, zero at the cutoff.

    Build it with `radial_basis`. Energy, force and curvature go to zero smoothly at the last knot.
    """

    knots_nm: FloatArray

    @property
    def first_nm(self) -> float:
        """Where it begins [nm]."""
        return float(self.knots_nm[0])

    @property
    def cutoff_nm(self) -> float:
        """Where it ends [nm]."""
        return float(self.knots_nm[-1])

    @property
    def size(self) -> int:
        """Number of functions."""
        return len(self.knots_nm) - 7

    def values(self, r_nm: FloatArray) -> FloatArray:
        """All functions at distances ``r_nm`` [nm], shape (n, size)."""
        inside = np.clip(r_nm, self.first_nm, self.cutoff_nm - 1e-12)
        return np.asarray(BSpline.design_matrix(inside, self.knots_nm, 3).toarray()[:, : self.size])

    def spline(self, coefficients: FloatArray) -> BSpline:
        """The function with these ``coefficients``."""
        return BSpline(self.knots_nm, np.concatenate([coefficients, np.zeros(3)]), 3)

    def roughness(self) -> FloatArray:
        """Second differences of the coefficients, the ones beyond the cutoff being zero, shape (size + 1, size)."""
        return np.asarray(np.diff(np.eye(self.size + 3), 2, axis=0)[:, : self.size])


def radial_basis(first_nm: float, cutoff_nm: float, contact_nm: float, narrow_nm: float, wide_nm: float) -> RadialBasis:
    """Knots from ``first_nm`` to ``cutoff_nm``, ``narrow_nm`` apart around ``contact_nm``, else up to ``wide_nm`` [nm].

    Examples
    --------
    >>> basis = radial_basis(2.0, 7.0, 5.0, 0.1, 0.4)
    >>> basis.size > 20, basis.first_nm, basis.cutoff_nm
    (True, 2.0, 7.0)
    """
    low, high = contact_nm - LOW, contact_nm + HIGH
    middle = np.arange(max(low, first_nm), min(high, cutoff_nm), narrow_nm)
    outer = _growing(float(middle[-1]), cutoff_nm, narrow_nm, wide_nm)
    inner = -_growing(-float(middle[0]), -first_nm, narrow_nm, wide_nm)[::-1]
    knots = np.concatenate([inner[:-1], middle, outer[1:]])
    return RadialBasis(knots_nm=np.concatenate([[first_nm] * 3, knots, [cutoff_nm] * 3]))


def _growing(start: float, end: float, first: float, widest: float) -> FloatArray:
    """Points from start to end, each step a quarter longer than the one before."""
    steps = [first]
    while sum(steps) < end - start:
        steps.append(min(_GROWTH * steps[-1], widest))
    places = np.concatenate([[0.0], np.cumsum(steps)])
    stretched = start + places * (end - start) / places[-1]
    stretched[-1] = end
    return np.asarray(stretched)


def pair_histograms(
    first_nm: FloatArray,
    second_nm: FloatArray,
    displacement_nm: FloatArray,
    orientation: FloatArray,
    r_nm: FloatArray,
) -> FloatArray:
    """How often beads of two bodies are at the distances of an even grid, pose by pose, shape (n, len(r_nm)).

    Each pair is shared by the two points beside it; pairs beyond the last point are left out, those below the first
    count there. The sum of u over the pairs is this times u at the points.

    Parameters
    ----------
    first_nm, second_nm
        Beads in the frames of the bodies [nm], shapes (a, 3) and (b, 3).
    displacement_nm, orientation
        Poses: displacements (n, 3) [nm] and scalar-first quaternions (n, 4).
    r_nm
        The grid [nm].
    """
    turns = quaternions_to_matrices(orientation)
    n_points, spacing = len(r_nm), float(r_nm[1] - r_nm[0])
    found = np.zeros((len(displacement_nm), n_points))
    own = (first_nm**2).sum(axis=1)
    for start in range(0, len(displacement_nm), _POSES_AT_ONCE):
        some = slice(start, start + _POSES_AT_ONCE)
        there = np.einsum("nij,bj->nbi", turns[some], second_nm) + displacement_nm[some, None]
        squares = own[None, :, None] + (there**2).sum(axis=-1)[:, None] - 2 * np.einsum("ai,nbi->nab", first_nm, there)
        pose, *_ = near = np.nonzero(squares < r_nm[-1] ** 2)
        place = np.maximum((np.sqrt(np.maximum(squares[near], 0.0)) - r_nm[0]) / spacing, 0.0)
        i = np.minimum(place.astype(np.int64), n_points - 2)
        right, cell = place - i, pose * n_points + i
        size = len(there) * n_points
        counts = np.bincount(cell, 1 - right, size) + np.bincount(cell + 1, right, size + 1)[:size]
        found[some] = counts.reshape(-1, n_points)
    return found


def summed_basis(
    basis: RadialBasis,
    first_nm: FloatArray,
    second_nm: FloatArray,
    displacement_nm: FloatArray,
    orientation: FloatArray,
) -> FloatArray:
    """Sums of every function of a basis over the pairs of beads, pose by pose, shape (n, size).

    Parameters
    ----------
    basis
        The functions.
    first_nm, second_nm, displacement_nm, orientation
        Beads [nm] and poses as for `pair_histograms`.
    """
    r = np.linspace(basis.first_nm, basis.cutoff_nm, _BINS + 1)
    return pair_histograms(first_nm, second_nm, displacement_nm, orientation, r) @ basis.values(r)
