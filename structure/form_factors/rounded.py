"""Amplitude of a cuboid with rounded edges and corners."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_CHUNK = 20_000


def rounded_cuboid_amplitude(
    q_vectors_inv_nm: FloatArray, edges_nm: tuple[float, float, float], rounding_nm: float
) -> FloatArray:
    r"""Amplitude of a cuboid whose edges and corners are rounded with one radius, 1 at q = 0.

    The body is the sum (Minkowski) of an inner box and a sphere. It is cut into the inner box and six plates on it,
    whose transforms are products of :math:`\sin x/x`; twelve quarter cylinders, which need one numerical integral;
    and eight octants of a sphere, which need two. The integrals use Gauss-Legendre nodes in the polar angle, in which
    the integrands are smooth; the error is below 1e-7 of f(0).

    Parameters
    ----------
    q_vectors_inv_nm
        Scattering vectors in the axes of the body [1/nm], shape (..., 3).
    edges_nm
        Outer edges [nm].
    rounding_nm
        Radius of the rounding [nm].

    Returns
    -------
    ndarray
        Amplitude over the volume, shape (...).

    Examples
    --------
    >>> rounded_cuboid_amplitude(np.zeros((1, 3)), (8.0, 8.0, 8.0), 1.0).round(6).tolist()
    [1.0]
    """
    q = np.asarray(q_vectors_inv_nm, dtype=float)
    flat = q.reshape(-1, 3)
    half = np.array(edges_nm) / 2 - rounding_nm
    volume = _octant_sum(np.zeros((1, 3)), half, rounding_nm, 12)[0]
    out = np.empty(len(flat))
    for start in range(0, len(flat), _CHUNK):
        block = flat[start : start + _CHUNK]
        n = 8 + int(np.abs(block).max(initial=0.0) * rounding_nm)
        out[start : start + _CHUNK] = _octant_sum(block, half, rounding_nm, n) / volume
    return out.reshape(q.shape[:-1])


def _octant_sum(q: FloatArray, half: FloatArray, r: float, n: int) -> FloatArray:
    """Integral of cos(qx x) cos(qy y) cos(qz z) over the positive octant of the body, shape (n_q,)."""
    angle, weight = np.polynomial.legendre.leggauss(n)
    angle, weight = (angle + 1) * np.pi / 4, weight * np.pi / 4
    box = [_segment(q[:, i], 0.0, half[i]) for i in range(3)]
    plate = [_segment(q[:, i], half[i], r) for i in range(3)]
    total = box[0] * box[1] * box[2]
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        total += plate[i] * box[j] * box[k]
        total += box[i] * _quarter_disc(q[:, j], q[:, k], half[j], half[k], r, angle, weight)
    for a, w in zip(angle, weight, strict=True):
        # x = r sin(a) and dx = r cos(a) da; the section there is a quarter disc of radius r cos(a).
        section = _quarter_disc(q[:, 1], q[:, 2], half[1], half[2], r * np.cos(a), angle, weight)
        total += w * r * np.cos(a) * np.cos(q[:, 0] * (half[0] + r * np.sin(a))) * section
    return total


def _quarter_disc(
    qy: FloatArray, qz: FloatArray, y0: float, z0: float, r: float, angle: FloatArray, weight: FloatArray
) -> FloatArray:
    total = np.zeros(len(qy))
    for a, w in zip(angle, weight, strict=True):
        height = r * np.cos(a)
        total += w * height * np.cos(qy * (y0 + r * np.sin(a))) * _segment(qz, z0, height)
    return total


def _segment(q: FloatArray, start: float, length: float) -> FloatArray:
    """Integral of cos(q z) from ``start`` over ``length``; stable for q to 0."""
    return length * np.cos(q * (start + length / 2)) * np.sinc(q * length / (2 * np.pi))
