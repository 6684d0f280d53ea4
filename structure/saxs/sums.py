"""Fast sums of exp(iq.r): on a reciprocal lattice, at any set of vectors, and on a detector plane."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import finufft
import numpy as np
from numpy.typing import NDArray

from structure.saxs.sources import SourceGroup, Sources

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

#: Largest number of values of one grid, which bounds the memory to about 1.5 GB.
_GRID_VALUES = 12_000_000
#: From so many points on, single precision (1e-3 of an amplitude) pays.
_MANY_POINTS = 1_000_000


def reciprocal_slabs(
    sources: Sources, cell_nm: FloatArray, q_max_inv_nm: float
) -> Iterator[tuple[FloatArray, FloatArray]]:
    r"""Reciprocal lattice vectors of a periodic box and the squared amplitude there, slab by slab.

    :math:`A(G) = \sum_j V_jf_j(G)e^{iG\cdot r_j}` with :math:`G = 2\pi h\,(\mathrm{cell}^{-1})^T` for any cell. Only
    half of the vectors is given: :math:`A(-G) = A^*(G)`. G = 0 is left out.

    Parameters
    ----------
    sources
        The scatterers.
    cell_nm
        Vectors of the box (rows) [nm].
    q_max_inv_nm
        Length of the longest vector [1/nm].

    Yields
    ------
    tuple
        Vectors [1/nm], shape (m, 3), and squared amplitudes [nm^6], shape (m,).
    """
    inverse = np.asarray(np.linalg.inv(cell_nm), dtype=np.float64)
    # |G| <= q bounds each index by q |a_i| / 2 pi, whatever the tilt.
    highest = [int(q_max_inv_nm * np.linalg.norm(a) / (2 * np.pi)) for a in cell_nm]
    _, ny, nz = modes = [2 * h + 1 for h in highest]
    per_slab = max(1, min(highest[0] + 1, _GRID_VALUES // (ny * nz)))
    for first in range(0, highest[0] + 1, per_slab):
        h = np.arange(first, min(first + per_slab, highest[0] + 1))
        kept = _within(inverse, h, highest, q_max_inv_nm)
        x, y, z = np.nonzero(kept)
        g = 2 * np.pi * np.column_stack([h[x], y - highest[1], z - highest[2]]) @ inverse.T
        del x, y, z
        total = np.zeros(len(g), dtype=complex)
        for group in sources.groups:
            sums = _grid_sums(group, inverse, first, (len(h), modes[1], modes[2]))
            total += group.with_envelope(sums[kept], g)
        yield g, np.abs(total) ** 2


def _within(inverse: FloatArray, h: NDArray[np.int64], highest: list[int], q_max_inv_nm: float) -> NDArray[np.bool_]:
    """Which indices of a slab are shorter than q_max and in the half of reciprocal space that is kept."""
    k, m = (np.arange(-n, n + 1) for n in highest[1:])
    a, b, c = 2 * np.pi * inverse.T
    square = ((h**2 * (a @ a))[:, None] + 2 * (a @ b) * np.outer(h, k) + k**2 * (b @ b))[:, :, None] + m**2 * (c @ c)
    square += 2 * m * (h[:, None, None] * (a @ c) + k[:, None] * (b @ c))
    kept = square <= q_max_inv_nm**2
    # Of the plane h = 0 one half is enough too.
    kept[h == 0] &= (k[:, None] > 0) | ((k[:, None] == 0) & (m > 0))
    return np.asarray(kept)


def sums_at(sources: Sources, q_vectors_inv_nm: FloatArray, *, eps: float = 1e-6) -> ComplexArray:
    """Amplitude [nm^3] at any ``q_vectors_inv_nm`` (m, 3) [1/nm], shape (m,), to ``eps`` of its root mean square."""
    out = np.zeros(len(q_vectors_inv_nm), dtype=complex)
    extent = max(float(np.ptp(g.centres_nm, axis=0).max(initial=0.0)) for g in sources.groups) + 40.0
    for block in _blocks(q_vectors_inv_nm, extent):
        q = q_vectors_inv_nm[block]
        targets = [np.ascontiguousarray(c) for c in q.T]
        for group in sources.groups:
            sums = np.zeros(len(q), dtype=complex)
            for points, strengths in group.chunks():
                source = [np.ascontiguousarray(c) for c in points]
                sums += finufft.nufft3d3(*source, strengths.astype(complex), *targets, eps=eps, isign=1, nthreads=1)
            out[block] += group.with_envelope(sums, q)
    return out


def plane_sums(group: SourceGroup, rotation: FloatArray, step_inv_nm: float, n_pixels: int, q_z: FloatArray) -> Any:
    """Sums over the points of a group on an even detector grid, for a few q_z; shape (n_q_z, columns, rows).

    Parameters
    ----------
    group
        Points that share an amplitude.
    rotation
        Takes laboratory vectors into the frame of the detector, whose z axis is the beam, shape (3, 3).
    step_inv_nm
        Distance of neighbouring pixels in q [1/nm].
    n_pixels
        Pixels along each side; q = 0 is on pixel ``n_pixels // 2``.
    q_z
        Components of q along the beam [1/nm], shape (n_q_z,).
    """
    total = np.zeros((len(q_z), n_pixels, n_pixels), dtype=complex)
    flat = not q_z.any()
    for points, strengths in group.chunks(rotation[:2] if flat else rotation):
        number = Precision(points.shape[1])
        x, y = (np.ascontiguousarray(points[i] * step_inv_nm, dtype=number.real_type) for i in (0, 1))
        c = strengths if flat else strengths * np.exp(1j * np.outer(q_z, points[2]))
        # A picture needs no more; the small grid is what costs, so it is oversampled little.
        sums = finufft.nufft2d1(
            x,
            y,
            np.ascontiguousarray(c, dtype=number.complex_type),
            (n_pixels, n_pixels),
            eps=max(number.eps, 1e-5),
            isign=1,
            nthreads=1,
            upsampfac=1.25,
        )
        total += np.asarray(sums).reshape(total.shape)
    return total


def _grid_sums(group: SourceGroup, inverse: FloatArray, first: int, modes: tuple[int, int, int]) -> Any:
    """Sums at h = first ... first + modes[0] - 1 and all k, l around zero."""
    total: Any = 0.0
    # Rows of the transposed inverse give fractions of the cell vectors.
    for points, strengths in group.chunks(2 * np.pi * inverse.T):
        number = Precision(points.shape[1])
        # The transform gives indices from -n/2 on: a phase shifts the slab there.
        c = strengths * np.exp(1j * (first + modes[0] // 2) * points[0])
        x, y, z = (np.ascontiguousarray(f, dtype=number.real_type) for f in points)
        total = total + finufft.nufft3d1(
            x,
            y,
            z,
            c.astype(number.complex_type),
            modes,
            eps=number.eps,
            isign=1,
            nthreads=1,
            upsampfac=1.25 if math.prod(modes) > 2_000_000 else 2.0,
        )
    return total


class Precision:
    """Number types and accuracy of a sum over so many points: single where many points share the work."""

    def __init__(self, n_points: int) -> None:
        single = n_points > _MANY_POINTS
        self.real_type: Any = np.float32 if single else np.float64
        self.complex_type: Any = np.complex64 if single else np.complex128
        # What is lost leaks from vectors just outside the grid, where the particles scatter little.
        self.eps = 1e-3 if single else 1e-6


def _blocks(q: FloatArray, extent_nm: float) -> Iterator[NDArray[np.intp]]:
    """Parts of q that lie in one cube each, so that the grid between points and vectors stays small."""
    span = np.ptp(q, axis=0).max(initial=1e-9)
    grid = (2 * extent_nm * span / (2 * np.pi) * 1.3) ** 3
    n = max(1, math.ceil((grid / _GRID_VALUES) ** (1 / 3)))
    if n == 1:
        yield np.arange(len(q))
        return
    cell = np.minimum((q - q.min(axis=0)) / (span * (1 + 1e-9)) * n, n - 1).astype(int)
    label = (cell[:, 0] * n + cell[:, 1]) * n + cell[:, 2]
    order = np.argsort(label, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
