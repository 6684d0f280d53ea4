"""The averages of `form_factor` on a grid of q x size and spread, made once per shape: for the inside of a fit.

Between the nodes both are interpolated with cubics, right to 1e-5 of the local mean.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from packing.shapes import Cuboid, Sphere, cube
from structure.form_factors.average import SizedTerm, mean_amplitude, random_averages
from structure.form_factors.sizes import size_nodes
from structure.form_factors.table import amplitudes_along, direction_table, interpolation_matrix

FloatArray = NDArray[np.float64]
FitShape = Literal["sphere", "cube"]

_BODIES: dict[str, Sphere | Cuboid] = {"sphere": Sphere(diameter_nm=1.0), "cube": cube(1.0)}
#: 2 pi S / V^2 of the unit body: the law of Porod for its form factor, P = this over (q x size)^4.
POROD = {"sphere": 72.0, "cube": 12 * np.pi}
_FAR = 60.0
"""Beyond this q x size only the mean square matters, and Porod's law holds."""
_U_STEP, _S_STEP = 0.06, 0.01
_TABLE = 110.0
_NONE = np.zeros(0)
_U = np.arange(-1, int(_FAR / _U_STEP) + 3) * _U_STEP


@dataclass(frozen=True, slots=True, eq=False)
class ParticleAverages:
    """Averages over a population, each 1 at q = 0 for one size, shape (n_q,).

    Parameters
    ----------
    intensity
        Mean squared amplitude, over sizes and orientations.
    coherent
        What interferes: the squared mean amplitude, over sizes and orientations where every particle has its own; where
        all have one orientation, the square over sizes alone, then averaged over the powder.
    by_size, by_spread
        Derivatives of the two with respect to the size [1/nm] and to the spread, where they were asked for.
    """

    intensity: FloatArray
    coherent: FloatArray
    by_size: tuple[FloatArray, FloatArray] = (_NONE, _NONE)
    by_spread: tuple[FloatArray, FloatArray] = (_NONE, _NONE)


def particle_averages(
    shape: FitShape,
    q_inv_nm: FloatArray,
    size_nm: float,
    size_spread: float,
    *,
    locked: bool = False,
    slopes: bool = False,
) -> ParticleAverages:
    """Averages for diameter or edge ``size_nm`` [nm] with a Gaussian spread of number fractions.

    The same quantities as `structure.form_factors.average.form_factor`, from a grid, with their derivatives.

    Parameters
    ----------
    shape
        ``"sphere"`` or ``"cube"``.
    q_inv_nm
        Scattering vector [1/nm], shape (n,).
    size_nm
        Diameter or edge [nm].
    size_spread
        Standard deviation of the size over its mean, 0 to 0.4.
    locked
        Whether all particles have one orientation, that of a lattice.
    slopes
        Whether to give the derivatives too.

    Examples
    --------
    >>> q = np.array([0.001, 1.0])
    >>> particle_averages("sphere", q, 7.0, 0.05).intensity.round(4).tolist()
    [1.0, 0.0392]
    """
    q_bytes = np.ascontiguousarray(q_inv_nm).tobytes()
    return _averages(shape, q_bytes, float(size_nm), float(size_spread), locked and shape == "cube", slopes)


@functools.lru_cache(maxsize=16)
def _averages(
    shape: FitShape, q_bytes: bytes, size_nm: float, size_spread: float, locked: bool, slopes: bool
) -> ParticleAverages:
    # Steps of a fit that move numbers of the lattice alone find the last answers here.
    q_inv_nm = np.frombuffer(q_bytes)
    u = q_inv_nm * size_nm
    near = u < _FAR
    tail = POROD[shape] / np.maximum(u, 1.0) ** 4
    s2 = size_spread**2
    moments = (1 + s2) / (1 + 15 * s2 + 45 * s2**2 + 15 * s2**3)
    weights, by_s = _cubic(size_spread / _S_STEP)
    first = int(np.floor(size_spread / _S_STEP)) - 1
    rows = np.stack([_row(shape, abs(first + k), locked) for k in range(4)])
    table, table_s = np.tensordot(weights, rows, 1), np.tensordot(by_s / _S_STEP, rows, 1)
    at = np.where(near, u, 0.0) / _U_STEP
    in_u, by_u = _cubic(at)
    taps = np.floor(at).astype(int)[None] + np.arange(4)[:, None]
    values = table[:, taps]
    both = np.einsum("kn,ckn->cn", in_u, values)
    square, mean = np.where(near, both[0], moments * tail), np.where(near, both[1], 0.0)
    if not slopes:
        return ParticleAverages(square, mean)
    size = np.einsum("kn,ckn->cn", by_u / _U_STEP, values) * q_inv_nm
    spread = np.einsum("kn,ckn->cn", in_u, table_s[:, taps])
    by_size = (np.where(near, size[0], -4 * moments * tail / size_nm), np.where(near, size[1], 0.0))
    by_spread = (np.where(near, spread[0], 0.0), np.where(near, spread[1], 0.0))
    return ParticleAverages(square, mean, by_size, by_spread)


def _cubic(x: FloatArray | float) -> tuple[FloatArray, FloatArray]:
    """Weights of the nodes before, at, after and two after, for the value at x and for its slope, each (4, ...)."""
    t = np.asarray(x - np.floor(x))
    value = [
        -t * (t - 1) * (t - 2) / 6,
        (t + 1) * (t - 1) * (t - 2) / 2,
        -(t + 1) * t * (t - 2) / 2,
        (t + 1) * t * (t - 1) / 6,
    ]
    slope = [
        -(3 * t**2 - 6 * t + 2) / 6,
        (3 * t**2 - 4 * t - 1) / 2,
        -(3 * t**2 - 2 * t - 2) / 2,
        (3 * t**2 - 1) / 6,
    ]
    return np.stack(value), np.stack(slope)


@functools.lru_cache(maxsize=96)
def _row(shape: FitShape, node: int, locked: bool) -> FloatArray:
    """Mean square and what interferes at every u, shape (2, n_u), for one spread."""
    spread = node * _S_STEP
    # Two sizes next to each other differ by less than half an oscillation at the far end of the grid.
    sizes, fractions = size_nodes(spread, n_sizes=15 + int(300 * spread))
    u = np.abs(_U)
    norm = float(fractions @ sizes**6)
    dense, square_of, mean_of = _one_size(shape)
    at = np.outer(u, sizes)
    square = np.interp(at, dense, square_of) @ (fractions * sizes**6)
    mean = np.interp(at, dense, mean_of) @ (fractions * sizes**3)
    far = POROD[shape] * float(fractions @ sizes**2) / np.maximum(u, 1.0) ** 4
    inside = u * sizes.max() < dense[-1]
    coherent = _locked(spread) if locked else np.where(inside, mean**2, 0.0) / norm
    return np.stack([np.where(inside, square, far) / norm, coherent])


def _locked(spread: float) -> FloatArray:
    """Powder average of the squared size-averaged amplitude of cubes at every u, shape (n_u,)."""
    sizes, fractions = size_nodes(spread, n_sizes=15)
    u = np.asarray(_U[1::2], dtype=np.float64)
    term = SizedTerm(_BODIES["cube"], sizes, sizes**3)
    reach = float(u[-1] * sizes[-1])
    amplitude = mean_amplitude(u, [term], fractions, reach)
    square = amplitude**2 @ direction_table(_BODIES["cube"], reach).weights / float(fractions @ sizes**6)
    # Times u^4 it swings about a level for one size: there a cubic between every second node is right to 1e-4.
    return np.asarray(CubicSpline(u, square, bc_type="not-a-knot")(np.abs(_U)))


@functools.lru_cache(maxsize=2)
def _one_size(shape: FitShape) -> tuple[FloatArray, FloatArray, FloatArray]:
    """u, mean square and mean amplitude of one size, so dense that straight lines between are right to 5e-5."""
    u = np.arange(0.0, _TABLE, 0.01)
    square, mean = random_averages(u, SizedTerm(_BODIES[shape], np.ones(1), np.ones(1)), np.ones(1))
    return u, square, mean


def squared_along(q_inv_nm: FloatArray, edge_nm: float, size_spread: float, directions: FloatArray) -> FloatArray:
    """Squared size-averaged amplitude of a cube along unit vectors (m, 3), shape (n_q, m), 1 at q = 0 for one size.

    Parameters
    ----------
    q_inv_nm
        Scattering vectors, rising [1/nm], shape (n_q,).
    edge_nm
        Mean edge [nm].
    size_spread
        Standard deviation of the edge over its mean.
    directions
        Unit vectors in the axes of the cube, shape (m, 3).
    """
    sizes, fractions = size_nodes(size_spread, n_sizes=15)
    reach = float(q_inv_nm[-1]) * edge_nm * float(sizes.max())
    values = amplitudes_along(_BODIES["cube"], directions, reach)
    matrix = interpolation_matrix(q_inv_nm, edge_nm * sizes, fractions * sizes**3, len(values))
    return np.asarray((matrix @ values) ** 2 / float(fractions @ sizes**6))
