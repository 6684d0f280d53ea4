"""Attraction and brightness of very many sizes, from a few exact levels."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike, NDArray

from optics.emission.exciton import ExcitonLevel, exciton_level
from optics.materials.properties import Semiconductor
from packing.errors import InputError

FloatArray = NDArray[np.float64]
# So few sizes are computed one by one.
_EXACT = 60
# Among more dots than this, equal sizes are not looked for.
_FEW = 2000


def as_edges_nm(edges_nm: ArrayLike) -> FloatArray:
    """Edges as an array of shape (N, 3): of one number, N edges of cubes, or N rows of three edges.

    Parameters
    ----------
    edges_nm
        Edges [nm]: shape (N,) of cubes, or (N, 3).

    Raises
    ------
    InputError
        For another shape, or edges that are not positive.

    Examples
    --------
    >>> as_edges_nm([8.0, 9.0]).tolist()
    [[8.0, 8.0, 8.0], [9.0, 9.0, 9.0]]
    """
    edges = np.asarray(edges_nm, dtype=np.float64)
    if edges.ndim <= 1:
        edges = np.repeat(np.atleast_1d(edges)[:, None], 3, axis=1)
    if edges.ndim != 2 or edges.shape[1] != 3:
        raise InputError(f"edges_nm must be N cubes, or N rows of three edges, got shape {edges.shape}.")
    if not np.all(np.isfinite(edges)) or np.any(edges <= 0):
        raise InputError(f"edges_nm must be positive, got {np.ravel(edges)[~(np.ravel(edges) > 0)][:1]}.")
    return edges


def attraction_and_brightness(edges_nm: ArrayLike, material: Semiconductor) -> tuple[FloatArray, FloatArray]:
    """What attraction lowers each exciton by [eV], and its brightness K; each of shape (N,).

    Up to 60 different sizes are exact. More are interpolated by Chebyshev polynomials of the logarithm of the edges
    (one dimension for dots of one shape, three for cuboids of any), to better than 0.1 meV (tested).

    Parameters
    ----------
    edges_nm
        Cube edges [nm], shape (N,), or edges, shape (N, 3).
    material
        Masses and permittivity.

    Raises
    ------
    InputError
        For edges outside 2 to 100 nm.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> attraction, brightness = attraction_and_brightness([9.0], semiconductor("CsPbBr3"))
    >>> round(float(attraction[0]), 4)
    0.0782
    """
    edges = as_edges_nm(edges_nm)
    if len(edges) <= _FEW:
        unique, back = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True)
        found = (_exact if len(unique) <= _EXACT else _interpolated)(unique, material)[np.ravel(back)]
    else:
        found = _interpolated(edges, material)
    return found[:, 0], found[:, 1]


def _interpolated(edges: FloatArray, material: Semiconductor) -> FloatArray:
    ratios = edges / edges[:, :1]
    if np.ptp(ratios, axis=0).max() < 1e-9:
        return _one_shape(edges[:, 0], ratios[0], material)
    return _any_shape(edges, material)


def _exact(edges: FloatArray, material: Semiconductor) -> FloatArray:
    return np.array([_values(exciton_level((float(a), float(b), float(c)), material)) for a, b, c in edges])


def _values(level: ExcitonLevel) -> tuple[float, float]:
    return level.attraction_ev, level.brightness


def _one_shape(shortest: FloatArray, ratio: FloatArray, material: Semiconductor) -> FloatArray:
    low, high, n = _range(shortest, n_most=24)
    nodes = chebyshev.chebpts1(n)
    sizes = np.exp(low + (nodes + 1) / 2 * (high - low))
    logs = np.log(_exact(sizes[:, None] * ratio, material))
    x = 2 * (np.log(shortest) - low) / (high - low) - 1
    coefficients = chebyshev.chebfit(nodes, logs, n - 1)
    return np.asarray(np.exp(chebyshev.chebval(x, coefficients)).T)


def _any_shape(edges: FloatArray, material: Semiconductor) -> FloatArray:
    low, high, n = _range(edges, n_most=12)
    nodes = chebyshev.chebpts1(n)
    sizes = np.exp(low + (nodes + 1) / 2 * (high - low))
    values = np.empty((n, n, n, 2))
    for i, j, k in itertools.combinations_with_replacement(range(n), 3):
        level = np.log(_exact(sizes[None, [i, j, k]], material)[0])
        for place in set(itertools.permutations((i, j, k))):
            values[place] = level
    to_coefficients = np.linalg.inv(chebyshev.chebvander(nodes, n - 1))
    coefficients = np.einsum("ai,bj,ck,ijkq->abcq", to_coefficients, to_coefficients, to_coefficients, values)
    return _evaluated(edges, coefficients, lambda e: 2 * (np.log(e) - low) / (high - low) - 1)


def _evaluated(edges: FloatArray, coefficients: FloatArray, scaled: Callable[[FloatArray], FloatArray]) -> FloatArray:
    n = len(coefficients)
    found = np.empty((len(edges), 2))
    for start in range(0, len(edges), 20_000):
        part = slice(start, start + 20_000)
        x, y, z = (chebyshev.chebvander(scaled(edges[part, axis]), n - 1) for axis in range(3))
        along_x = (x @ coefficients.reshape(n, -1)).reshape(len(x), n, n, 2)
        along_y = np.einsum("pbcq,pb->pcq", along_x, y)
        found[part] = np.einsum("pcq,pc->pq", along_y, z)
    return np.exp(found)


def _range(edges: FloatArray, *, n_most: int) -> tuple[float, float, int]:
    """Logarithms of the ends, and the number of nodes that gives 0.1 meV between them."""
    low, high = float(np.log(edges.min())), float(np.log(edges.max()))
    return low, high, min(n_most, 3 + int(np.ceil(3 * (high - low))))
