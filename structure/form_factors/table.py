"""Amplitudes of one shape over all directions, tabulated once: sizes and size distributions then cost nothing."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.shapes import Cuboid, Sphere
from structure.form_factors.bodies import Body, amplitude
from structure.form_factors.nodes import amplitude_from_nodes
from structure.form_factors.superball import Superball

FloatArray = NDArray[np.float64]

#: Step of u = q x length. The amplitude has no features narrower than 2 pi / sqrt(3) there.
U_STEP = 0.25
_STENCIL = (-2, -1, 0, 1, 2, 3)
_PERMUTATIONS = ([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0])


@dataclass(frozen=True, slots=True, eq=False)
class DirectionTable:
    """Amplitudes of a body of unit length, shape (n_u, n_directions), at u = 0, U_STEP, ... along ``directions``.

    ``weights`` sum to 1: the mean over all orientations of the body is ``mean = values @ weights``.
    """

    directions: FloatArray
    weights: FloatArray
    values: FloatArray
    mean: FloatArray
    mean_square: FloatArray


def length_nm(body: Body) -> float:
    """The length that stands for the size of a body [nm]: its diameter or its longest edge."""
    if isinstance(body, Sphere):
        return body.diameter_nm
    return max(body.edges_nm) if isinstance(body, Cuboid) else body.edge_nm


def with_length(body: Body, new_length_nm: float) -> Body:
    """The body scaled to another diameter or longest edge, ``new_length_nm`` [nm]."""
    return body.scaled(new_length_nm / length_nm(body))


def unit_body(body: Body) -> Body:
    """The body scaled to length 1, rounded so that equal shapes of different size share one table."""
    scaled = with_length(body, 1.0)
    if isinstance(scaled, Cuboid):
        a, b, c = (round(e, 9) for e in scaled.edges_nm)
        return Cuboid(
            edges_nm=(a, b, c), rounding_nm=math.floor(scaled.rounding_nm * 1e9) / 1e9, truncation=scaled.truncation
        )
    if isinstance(scaled, Sphere):
        return Sphere(diameter_nm=1.0)
    return Superball(edge_nm=1.0, exponent=scaled.exponent)


def direction_table(body: Body, u_max: float) -> DirectionTable:
    """The table of the body's shape up to at least ``u_max`` = q x length; built once per shape and reach."""
    return _table(unit_body(body), _reach(u_max))


def amplitudes_along(body: Body, directions: FloatArray, u_max: float) -> FloatArray:
    """Amplitudes of the unit body along given unit vectors (m, 3), shape (n_u, m), on the same u as the table.

    ``directions`` are in body axes; ``u_max`` is the largest q times length that is asked for later.
    """
    key = np.round(directions, 9) + 0.0
    return _along(unit_body(body), key.tobytes(), len(key), _reach(u_max))


def interpolation_matrix(q_inv_nm: FloatArray, lengths_nm: FloatArray, weights: FloatArray, n_u: int) -> FloatArray:
    """Matrix (n_q, n_u) that takes tabulated values to their weighted sum over sizes at each q.

    Six-point Lagrange interpolation; a size distribution is summed into one matrix.

    Parameters
    ----------
    q_inv_nm
        Scattering vectors [1/nm], shape (n_q,).
    lengths_nm, weights
        Length of the body at each size [nm] and what that size counts, shape (n_sizes,).
    n_u
        Number of rows of the table.
    """
    u = np.outer(q_inv_nm, lengths_nm) / U_STEP
    base = np.clip(np.floor(u).astype(int), 0, n_u - 4)
    t = u - base
    rows = np.repeat(np.arange(len(q_inv_nm)), len(lengths_nm))
    flat = np.zeros(len(q_inv_nm) * n_u)
    for offset in _STENCIL:
        others = [k for k in _STENCIL if k != offset]
        value = weights * np.prod([(t - k) / (offset - k) for k in others], axis=0)
        # Amplitudes are even in u: the node before the first is the second.
        column = np.abs(base + offset).ravel()
        flat += np.bincount(rows * n_u + column, weights=value.ravel(), minlength=len(flat))
    return flat.reshape(len(q_inv_nm), n_u)


def tabulated_at(values: FloatArray, u: FloatArray) -> FloatArray:
    """Table entries at any u = q x length, by the same interpolation, in the unit of the table and the shape of ``u``.

    ``values`` are the entries at multiples of `U_STEP`, shape (n_u,).
    """
    x = np.asarray(u) / U_STEP
    base = np.clip(np.floor(x).astype(int), 0, len(values) - 4)
    t = x - base
    total = np.zeros_like(x)
    for offset in _STENCIL:
        others = [k for k in _STENCIL if k != offset]
        weight = functools.reduce(np.multiply, [(t - k) / (offset - k) for k in others])
        total += weight * values[np.abs(base + offset)]
    return total


def direction_nodes(body: Body, u_max: float) -> tuple[FloatArray, FloatArray]:
    """Unit vectors (m, 3) and weights (m,) that average the squared amplitude of a body over all its orientations.

    A sphere needs one direction, a shape with all symmetries of the cube 1/48 of the sphere, a cuboid an octant.

    Parameters
    ----------
    body
        The body, of any size.
    u_max
        Largest q times length for which the average shall hold; more directions are taken for a larger one.

    Returns
    -------
    tuple
        Unit vectors in body axes, shape (m, 3), and weights that sum to 1, shape (m,).
    """
    if isinstance(body, Sphere):
        return np.array([[0.0, 0.0, 1.0]]), np.ones(1)
    s, ws = _unit_interval(12 + int(0.3 * u_max))
    t, wt = _unit_interval(10 + int(0.2 * u_max))
    # z >= x >= y >= 0 with x/z = s and y/x = t.
    x, y = s[:, None] + 0 * t, s[:, None] * t
    weight = (ws * s)[:, None] * wt * (1 + x**2 + y**2) ** -1.5
    sector = np.stack([x, y, np.ones_like(x)], axis=-1).reshape(-1, 3)
    sector /= np.linalg.norm(sector, axis=1, keepdims=True)
    if not isinstance(body, Cuboid) or body.is_cube:
        return sector, weight.ravel() / weight.sum()
    octant = np.concatenate([sector[:, p] for p in _PERMUTATIONS])
    return octant, np.tile(weight.ravel(), 6) / (6 * weight.sum())


def _unit_interval(n: int) -> tuple[FloatArray, FloatArray]:
    x, w = np.polynomial.legendre.leggauss(n)
    return (x + 1) / 2, w / 2


def _reach(u_max: float) -> int:
    """The next of a few lengths of table, so that close calls share one."""
    return int(16 * math.ceil((u_max + 1) / 16))


@functools.lru_cache(maxsize=32)
def _table(unit: Body, reach: int) -> DirectionTable:
    directions, weights = direction_nodes(unit, reach)
    values = _values(unit, directions, reach)
    return DirectionTable(directions, weights, values, values @ weights, values**2 @ weights)


@functools.lru_cache(maxsize=64)
def _along(unit: Body, directions: bytes, n: int, reach: int) -> FloatArray:
    return _values(unit, np.frombuffer(directions).reshape(n, 3), reach)


def _values(unit: Body, directions: FloatArray, reach: int) -> FloatArray:
    u = np.arange(0, reach + 6 * U_STEP, U_STEP)
    vectors = (u[:, None, None] * directions).reshape(-1, 3)
    closed = isinstance(unit, Sphere) or (isinstance(unit, Cuboid) and not unit.rounding_nm and not unit.truncation)
    values = amplitude(unit, vectors) if closed or len(vectors) < 2000 else amplitude_from_nodes(unit, vectors)
    return values.reshape(len(u), len(directions))
