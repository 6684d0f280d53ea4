"""Fast sums of exp(iq.r): on a reciprocal lattice, at any set of vectors, and on a detector plane."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import finufft
import numpy as np
from numpy.typing import NDArray

from structure.saxs.grids import GridSums
from structure.saxs.planes import on_planes
from structure.saxs.sources import SourceGroup, Sources

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

#: Largest number of values of one slab, which bounds the memory to about 1 GB.
_GRID_VALUES = 8_000_000
#: Slabs that are summed together where there are four times as many points: those are spread anew each time.
_TOGETHER = 2
_LARGE_GRID = 2_000_000
#: Up to so many planes of a grid are summed one by one.
_FEW_PLANES = 4
#: From so many points on, single precision (1e-3 of an amplitude) pays.
_MANY_POINTS = 1_000_000


def reciprocal_slabs(
    sources: Sources, cell_nm: FloatArray, q_max_inv_nm: float, n_planes: int | None = None
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
    n_planes
        How high the first index goes; None is as high as the length allows.

    Yields
    ------
    tuple
        Vectors [1/nm], shape (m, 3), and squared amplitudes [nm^6], shape (m,).
    """
    inverse = np.asarray(np.linalg.inv(cell_nm), dtype=np.float64)
    # |G| <= q bounds each index by q |a_i| / 2 pi, whatever the tilt.
    highest = [int(q_max_inv_nm * np.linalg.norm(a) / (2 * np.pi)) for a in cell_nm]
    if n_planes is not None:
        highest[0] = min(highest[0], n_planes)
    _, ny, nz = (2 * h + 1 for h in highest)
    per_slab = max(1, min(highest[0] + 1, _GRID_VALUES // (ny * nz)))
    # As many slabs as that takes, of equal thickness.
    per_slab = -(-(highest[0] + 1) // -(-(highest[0] + 1) // per_slab))
    n_points = sum(group.n_points for group in sources.groups)
    together = per_slab * max(1, min(_TOGETHER, n_points // (4 * per_slab * ny * nz)))
    for first in range(0, highest[0] + 1, together):
        h = np.arange(first, min(first + together, highest[0] + 1))
        parts = [h[start : start + per_slab] for start in range(0, len(h), per_slab)]
        slabs = [(part, _within(inverse, part, highest, q_max_inv_nm)) for part in parts]
        totals: list[Any] = [0.0] * len(slabs)
        for group in sources.groups:
            sums = _grid_sums(group, inverse, first, (len(h), ny, nz))
            for k, (slab, kept) in enumerate(slabs):
                values = sums[slab[0] - first : slab[-1] - first + 1][kept]
                if group.envelope is not None:
                    values = group.with_envelope(values, _vectors(inverse, slab, highest, kept))
                totals[k] = totals[k] + values
            del sums
        for (slab, kept), total in zip(slabs, totals, strict=True):
            squared = np.square(total.real, dtype=np.float64) + np.square(total.imag, dtype=np.float64)
            yield _vectors(inverse, slab, highest, kept), squared


def _vectors(inverse: FloatArray, h: NDArray[np.int64], highest: list[int], kept: NDArray[np.bool_]) -> FloatArray:
    x, y, z = np.nonzero(kept)
    whole = np.column_stack([h[x], y - highest[1], z - highest[2]]).astype(np.int32)
    return np.asarray(whole @ (2 * np.pi * inverse.T))


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


def sums_at(
    sources: Sources, q_vectors_inv_nm: FloatArray, *, eps: float = 1e-6, axes: FloatArray | None = None
) -> ComplexArray:
    """Amplitude [nm^3] at any ``q_vectors_inv_nm`` (m, 3) [1/nm], shape (m,), to ``eps`` of its root mean square.

    The vectors are along ``axes`` (rows; None is x, y, z); fastest are axes along which some of them hardly reach.
    """
    rows = np.eye(3) if axes is None else axes
    out = np.zeros(len(q_vectors_inv_nm), dtype=complex)
    extents = np.max([np.ptp(g.centres_nm @ rows.T, axis=0) for g in sources.groups], axis=0) + 40.0
    for block in _blocks(q_vectors_inv_nm, extents):
        q = q_vectors_inv_nm[block]
        for group in sources.groups:
            sums = np.zeros(len(q), dtype=complex)
            for points, strengths in group.chunks(rows):
                number = Precision(points.shape[1] if eps > 1e-4 else 0)
                source = [np.ascontiguousarray(c, dtype=number.real_type) for c in points]
                targets = [np.ascontiguousarray(c, dtype=number.real_type) for c in q.T]
                c = strengths.astype(number.complex_type)
                # Twice a grid over all is large; where little is asked of it, it is oversampled little.
                little = 1.25 if eps > 1e-4 else 2.0
                sums += finufft.nufft3d3(*source, c, *targets, eps=eps, isign=1, nthreads=1, upsampfac=little)
            out[block] += group.with_envelope(sums, q @ rows)
    return out


def plane_sums(group: SourceGroup, rotation: FloatArray, step_inv_nm: float, n_pixels: int, q_z: FloatArray) -> Any:
    """Sums over the points of a group on an even detector grid, for a few q_z; shape (n_q_z, rows, columns).

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
    total: Any = 0.0
    flat = not q_z.any()
    if group.cuboids is not None:
        offsets, edge = q_z[:, None] * rotation[2], n_pixels // 2 * step_inv_nm
        parts = on_planes(group.cuboids, rotation[:2], offsets, (edge, edge))
        if parts is not None:
            # The first axis of the sums is that of rows.
            return _sums_on_planes(parts, group.volume_nm3, step_inv_nm * rotation[1::-1], (n_pixels, n_pixels))
    for points, strengths in group.chunks(rotation[:2] if flat else rotation):
        number = Precision(points.shape[1])
        x, y = (np.ascontiguousarray(points[i] * step_inv_nm, dtype=number.real_type) for i in (0, 1))
        c = strengths if flat else strengths * np.exp(1j * np.outer(q_z, points[2]))
        # A picture needs no more; the small grid is what costs, so it is oversampled little.
        sums = finufft.nufft2d1(
            y,
            x,
            np.ascontiguousarray(c, dtype=number.complex_type),
            (n_pixels, n_pixels),
            eps=max(number.eps, 1e-5),
            isign=1,
            nthreads=1,
            upsampfac=1.25,
            spread_sort=group.sorting,
        )
        total = sums if isinstance(total, float) else np.add(total, sums, out=total)
    return np.asarray(total).reshape(len(q_z), n_pixels, n_pixels)


def _sums_on_planes(
    parts: Iterator[tuple[FloatArray, FloatArray, Any]], volume_nm3: float, rows: FloatArray, modes: tuple[int, int]
) -> Any:
    """Sums over points on parallel planes, shape (planes, *modes); ``rows`` (2, 3) times a place are its angles."""
    total: Any = 0.0
    for centres, points, strengths in parts:
        of_centres, about = (np.asarray(rows @ places.T, dtype=np.float32) for places in (centres, points))
        x, y = of_centres[:, :, None] + about[:, None]
        flat = strengths.reshape(len(strengths), -1)
        # On a finer grid a point spreads over fewer values: worth it where points are more than those of the grid.
        finer = 2.0 if 4 * math.prod(modes) < x.size else 1.25
        sums = finufft.nufft2d1(
            x.ravel(), y.ravel(), flat, modes, eps=1e-3, isign=1, nthreads=1, upsampfac=finer, spread_sort=0
        )
        total = total + np.asarray(sums).reshape(-1, *modes)
    return volume_nm3 * total


def _grid_sums(group: SourceGroup, inverse: FloatArray, first: int, modes: tuple[int, int, int]) -> Any:
    """Sums at h = first ... first + modes[0] - 1 and all k, l around zero."""
    total: Any = 0.0
    if modes[0] <= _FEW_PLANES and group.cuboids is not None and group.disc is not None:
        normal = np.cross(inverse[:, 1], inverse[:, 2])
        across = group.disc.axes_on_plane(normal / np.linalg.norm(normal))
        offsets = 2 * np.pi * np.arange(first, first + modes[0])[:, None] * inverse[:, 0]
        parts = on_planes(group.cuboids, across, offsets, group.disc.reach_on_plane(across, offsets))
        if parts is not None:
            return _sums_on_planes(parts, group.volume_nm3, 2 * np.pi * inverse.T[1:], modes[1:])
    number = Precision(group.n_points)
    planes, space = modes[0] <= _FEW_PLANES, GridSums(modes, group.n_points, eps=number.eps, single=number.single)
    # Rows of the transposed inverse give fractions of the cell vectors.
    for points, strengths in group.chunks(2 * np.pi * inverse.T):
        x, y, z = (np.ascontiguousarray(f, dtype=number.real_type) for f in points)
        if not planes:
            # Indices of the transform are from -n/2 on: a phase shifts the slab there.
            waves = _waves(x * number.real_type(first + modes[0] // 2), number.complex_type)
            waves *= strengths.astype(number.real_type)
            space.add((x, y, z), waves, sorting=group.sorting)
            continue
        # Plane by plane a point spreads over fewer values of the grid than in three dimensions.
        c = np.empty((modes[0], len(x)), dtype=number.complex_type)
        c[0] = strengths
        turn = _waves(x, number.complex_type)
        for _ in range(first):
            c[0] *= turn
        for k in range(1, modes[0]):
            np.multiply(c[k - 1], turn, out=c[k])
        options: Any = {"eps": number.eps, "isign": 1, "nthreads": 1, "spread_sort": group.sorting}
        options["upsampfac"] = 1.25 if math.prod(modes) > _LARGE_GRID else 2.0
        total = total + np.asarray(finufft.nufft2d1(y, z, c, modes[1:], **options)).reshape(modes)
    return total if planes else space.result()


class Precision:
    """Number types and accuracy of a sum over so many points: single where many points share the work."""

    def __init__(self, n_points: int) -> None:
        self.single = single = n_points > _MANY_POINTS
        self.real_type: Any = np.float32 if single else np.float64
        self.complex_type: Any = np.complex64 if single else np.complex128
        # What is lost leaks from vectors just outside the grid, where the particles scatter little.
        self.eps = 1e-3 if single else 1e-6


def _waves(phases: Any, complex_type: Any) -> Any:
    """Cosine and sine in place: the complex exponential takes three times as long."""
    out = np.empty(phases.shape, dtype=complex_type)
    np.cos(phases, out=out.real)
    np.sin(phases, out=out.imag)
    return out


def _blocks(q: FloatArray, extents_nm: FloatArray) -> Iterator[NDArray[np.intp]]:
    """Parts of q that lie in one cuboid each, so that the grid between points and vectors stays small."""
    spans = np.ptp(q, axis=0) * (1 + 1e-9) + 1e-9
    # The transform pads each side by the width of its kernel.
    grid = float(np.prod(2 * extents_nm * spans / (2 * np.pi) * 1.3 + 20))
    n = max(1, math.ceil((grid / _GRID_VALUES) ** (1 / 3)))
    if n == 1:
        yield np.arange(len(q))
        return
    cell = np.minimum((q - q.min(axis=0)) / spans * n, n - 1).astype(int)
    label = (cell[:, 0] * n + cell[:, 1]) * n + cell[:, 2]
    order = np.argsort(label, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
