"""Fourier transform of any convex polyhedron, as a sum over tetrahedra."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import ConvexHull

FloatArray = NDArray[np.float64]

#: Nearest distance of two phases; closer ones are moved apart by this much, which errs by its square.
_GAP = 1e-3
_SERIES_BELOW = 0.5
_CHUNK = 20_000


def polyhedron_amplitude(q_vectors_inv_nm: ArrayLike, vertices_nm: ArrayLike) -> NDArray[np.complex128]:
    r"""Amplitude of a convex polyhedron of uniform density, 1 at q = 0.

    The hull is cut into tetrahedra with one corner at the centroid of the vertices. Over a tetrahedron of volume
    :math:`V` whose corners have the phases :math:`t_i = q\cdot v_i`,

    .. math:: \int e^{i q\cdot r}\,d^3r = 6V\,\exp[it_0, it_1, it_2, it_3]

    with the divided difference of the exponential (Hermite-Genocchi). It is exact; where phases coincide they are
    moved apart by 1e-3, where all are small its power series is used. Relative to f(0) the error stays below 1e-6.

    Parameters
    ----------
    q_vectors_inv_nm
        Scattering vectors [1/nm], shape (..., 3).
    vertices_nm
        Corners [nm], shape (n, 3).

    Returns
    -------
    ndarray
        Amplitude over the volume, shape (...); real where the body has a centre of inversion at the origin.

    Examples
    --------
    >>> import itertools
    >>> corners = list(itertools.product((-4, 4), repeat=3))
    >>> abs(polyhedron_amplitude([[math.pi / 4, 0, 0]], corners)).round(5).item()
    0.0
    """
    q = np.asarray(q_vectors_inv_nm, dtype=float)
    points = np.asarray(vertices_nm, dtype=float)
    hull = ConvexHull(points)
    centre = points.mean(axis=0)
    corners = points[hull.simplices] - centre
    volumes = np.abs(np.linalg.det(corners)) / 6
    flat = q.reshape(-1, 3)
    out = np.empty(len(flat), dtype=complex)
    for start in range(0, len(flat), _CHUNK):
        block = flat[start : start + _CHUNK]
        total = np.zeros(len(block), dtype=complex)
        for tetrahedron, volume in zip(corners, volumes, strict=True):
            total += 6 * volume * _divided_difference(block @ tetrahedron.T)
        out[start : start + _CHUNK] = total * np.exp(1j * block @ centre)
    return (out / volumes.sum()).reshape(q.shape[:-1])


def _divided_difference(phases: FloatArray) -> NDArray[np.complex128]:
    """Divided difference of exp at i(0, t1, t2, t3), shape (n,), of phases (n, 3)."""
    t = np.sort(np.concatenate([np.zeros((len(phases), 1)), phases], axis=1), axis=1)
    small = np.abs(t).max(axis=1) < _SERIES_BELOW
    out = np.empty(len(t), dtype=complex)
    out[small] = _series(t[small])
    out[~small] = _by_formula(_spread(t[~small]))
    return out


def _series(t: FloatArray) -> NDArray[np.complex128]:
    """Sum of complete homogeneous polynomials h_n(it)/(n+3)!."""
    x = 1j * t
    powers = [np.sum(x**k, axis=1) for k in range(12)]
    h = [np.ones(len(x), dtype=complex)]
    for n in range(1, 12):
        # Newton's identity: n h_n = sum_k p_k h_(n-k).
        h.append(np.sum([powers[k] * h[n - k] for k in range(1, n + 1)], axis=0) / n)
    return np.sum([term / math.factorial(n + 3) for n, term in enumerate(h)], axis=0)


def _spread(t: FloatArray) -> FloatArray:
    """Phases with gaps of about `_GAP` at least; each cluster keeps its mean, so the first-order error vanishes."""
    t = t.copy()
    for _ in range(4):
        for i in range(3):
            push = np.maximum(0.0, (_GAP - (t[:, i + 1] - t[:, i])) / 2)
            t[:, i] -= push
            t[:, i + 1] += push
    return t


def _by_formula(t: FloatArray) -> NDArray[np.complex128]:
    e = np.exp(1j * t)
    total = np.zeros(len(t), dtype=complex)
    for i in range(4):
        product = np.ones(len(t))
        for j in range(4):
            if j != i:
                product = product * (t[:, i] - t[:, j])
        total += e[:, i] / product
    # Three differences of i t in each denominator: 1/i^3 = i.
    return 1j * total
