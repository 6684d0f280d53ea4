r"""Sharp cuboids turned any way, summed on planes of reciprocal space by few points each.

On a plane a body scatters as its projection, which a grid of points stands for: the same grid for all bodies, with
weights of each that give its amplitude at enough vectors of the rectangle that a picture shows, by least squares.
Points at :math:`\pm\xi` bear conjugate weights, since the amplitude is real. A rule for the body itself has three
dimensions and takes some four times as many.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: The grid is as fine as the rectangle needs and, over the radius of the body, so much finer: 1e-3 of the amplitude.
_FINER = 9.0
#: Vectors at which an amplitude is fitted, per weight.
_VECTORS_PER_WEIGHT = 2.0
#: More weights than this take longer to fit than the points save.
_MOST_WEIGHTS = 700
#: Points that are worked out together, to bound the memory.
_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class TurnedCuboids:
    """Sharp cuboids of one size.

    Parameters
    ----------
    centres_nm
        Their places [nm], shape (N, 3).
    edges_nm
        Their edges [nm], shape (3,).
    rotations
        From body to laboratory axes, shape (N, 3, 3).
    """

    centres_nm: FloatArray
    edges_nm: FloatArray
    rotations: FloatArray

    @property
    def radius_nm(self) -> float:
        """Radius of the sphere around one [nm]."""
        return float(np.linalg.norm(self.edges_nm)) / 2


def on_planes(
    bodies: TurnedCuboids, across: FloatArray, offsets_inv_nm: FloatArray, reach_inv_nm: tuple[float, float]
) -> Iterator[tuple[FloatArray, FloatArray, Any]] | None:
    r"""Points and strengths that scatter on parallel planes as the bodies do, in parts; None where that does not pay.

    Parameters
    ----------
    bodies
        What scatters.
    across
        Two unit vectors (rows) at right angles that span the planes, shape (2, 3).
    offsets_inv_nm
        A vector to each plane [1/nm], shape (P, 3).
    reach_inv_nm
        How far pictures reach on the planes along either of ``across``, on both sides [1/nm].

    Yields
    ------
    tuple
        Centres [nm], shape (n, 3), points about each [nm], shape (m, 3), and strengths over the volume on each plane,
        shape (P, n, m), complex; with them :math:`\sum_{jk}s_{jk}e^{iq\cdot(r_j+\xi_k)}` at q on the plane, measured
        from its offset, is the amplitude there.

    Examples
    --------
    >>> places, turns = np.zeros((1, 3)), np.eye(3)[None]
    >>> cube = TurnedCuboids(places, np.full(3, 8.0), turns)
    >>> parts = on_planes(cube, np.eye(3)[:2], np.zeros((1, 3)), (1.0, 1.0))
    >>> _, points, strengths = next(parts)
    >>> bool(abs((strengths[0, 0] @ np.exp(0.9j * points[:, 0])) - np.sin(3.6) / 3.6) < 1e-3)
    True
    """
    grid = _grid(bodies.radius_nm, *(math.ceil(q * 100) / 100 for q in reach_inv_nm))
    return None if grid is None else _parts(bodies, across, offsets_inv_nm, *grid)


def _parts(
    bodies: TurnedCuboids, across: FloatArray, offsets: FloatArray, points: FloatArray, vectors: FloatArray,
    even: NDArray[np.float32], odd: NDArray[np.float32],
) -> Iterator[tuple[FloatArray, FloatArray, Any]]:  # fmt: skip
    both = np.concatenate([points, -points]) @ across
    at_once = max(1, _AT_ONCE // (len(both) * len(offsets)))
    for start in range(0, len(bodies.centres_nm), at_once):
        part = slice(start, start + at_once)
        centres, turns = bodies.centres_nm[part], bodies.rotations[part] * bodies.edges_nm / 2
        strengths = np.empty((len(offsets), len(centres), 2, len(points)), dtype=np.complex64)
        for plane, offset in zip(strengths, offsets, strict=True):
            ahead = _amplitudes(offset + vectors @ across, turns)
            flat = not offset.any()
            behind = ahead if flat else _amplitudes(offset - vectors @ across, turns)
            plane.real[:] = ((ahead + behind) @ even)[:, None]
            half = 0.0 if flat else (ahead - behind) @ odd
            plane.imag[:, 0], plane.imag[:, 1] = half, -np.asarray(half)
            if not flat:
                plane *= np.exp(1j * centres @ offset).astype(np.complex64)[:, None, None]
        yield centres, both, strengths.reshape(len(offsets), len(centres), -1)


def _amplitudes(q: FloatArray, half_edges: FloatArray) -> NDArray[np.float32]:
    """Product of three sines over their arguments, in single precision, shape (N, vectors)."""
    product: Any = None
    rows = np.asarray(q, dtype=np.float32).T
    for k in range(3):
        # The quotient is even, and at 1e-3 it is 1 in single precision.
        x = np.abs(half_edges[:, :, k].astype(np.float32) @ rows)
        np.maximum(x, np.float32(1e-3), out=x)
        factor = np.sin(x)
        factor /= x
        product = factor if product is None else np.multiply(product, factor, out=product)
    return np.asarray(product)


@functools.lru_cache(maxsize=16)
def _grid(
    radius: float, reach_u: float, reach_v: float
) -> tuple[FloatArray, FloatArray, NDArray[np.float32], NDArray[np.float32]] | None:
    """Points, of each pair one, vectors at which amplitudes are fitted, and matrices from these to the weights."""
    steps = 2 * np.pi / (2 * np.array([reach_u, reach_v]) + _FINER / radius)
    counts = (radius / steps).astype(int) + 2
    if np.prod(2.0 * counts + 1) > 8 * _MOST_WEIGHTS:
        return None
    x, y = (np.arange(-n, n + 1) * step for n, step in zip(counts, steps, strict=True))
    points = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    points = points[np.hypot(*(points / (radius + steps / 2)).T) < 1]
    points = points[len(points) // 2 :]
    # The middle is its own partner: half of it goes either way.
    if len(points) > _MOST_WEIGHTS:
        return None
    n = 2 * math.ceil(math.sqrt(_VECTORS_PER_WEIGHT * len(points) / 2))
    nodes = np.cos(np.pi * (np.arange(n) + 0.5) / n)
    vectors = np.stack(np.meshgrid(nodes * reach_u, nodes * reach_v, indexing="ij"), axis=-1).reshape(-1, 2)
    vectors = vectors[vectors[:, 1] > 0]
    phases = vectors @ points.T
    # Of the sum and the difference of opposite vectors, twice the even and the odd part.
    even, odd = (np.linalg.pinv(wave, rcond=1e-5).T / 4 for wave in (np.cos(phases), -np.sin(phases)))
    return points, vectors, even.astype(np.float32), odd.astype(np.float32)
