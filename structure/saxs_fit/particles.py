"""Averages of the form factor of spheres and cubes over size and orientation, fast enough for the inside of a fit."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from packing.shapes import cube
from structure.form_factors.bodies import cuboid_amplitude, sphere_amplitude
from structure.form_factors.sizes import size_nodes
from structure.form_factors.table import direction_table

FloatArray = NDArray[np.float64]
FitShape = Literal["sphere", "cube"]

_N_SIZES = 15
_FAR = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class ParticleAverages:
    """Averages over a population, each 1 at q = 0 for one size, shape (n_q,).

    Parameters
    ----------
    intensity
        Mean squared amplitude, over sizes and orientations.
    coherent_random
        Squared mean amplitude: what interferes when every particle has its own orientation.
    """

    intensity: FloatArray
    coherent_random: FloatArray


def particle_averages(shape: FitShape, q_inv_nm: FloatArray, size_nm: float, size_spread: float) -> ParticleAverages:
    """Averages for diameter or edge ``size_nm`` [nm] with a Gaussian spread of number fractions.

    The same quantities as `structure.form_factors.average.form_factor`, without its generality.
    """
    return _particle_averages(shape, np.ascontiguousarray(q_inv_nm).tobytes(), float(size_nm), float(size_spread))


@functools.lru_cache(maxsize=8)
def _particle_averages(shape: FitShape, q_bytes: bytes, size_nm: float, size_spread: float) -> ParticleAverages:
    # Most steps of a fit move numbers of the lattice alone: the last answers are kept.
    q_inv_nm = np.frombuffer(q_bytes)
    sizes, fractions = size_nodes(size_spread, n_sizes=_N_SIZES)
    volumes = sizes**3
    u = q_inv_nm[:, None] * (size_nm * sizes)
    if shape == "sphere":
        amplitude = sphere_amplitude(u, 0.5)
        mean, square = amplitude, amplitude**2
    else:
        mean_of, square_of = _cube_splines()
        near = np.minimum(u, _FAR)
        # Far out only the mean of the square matters, and it falls with Porod's power of the argument.
        mean = np.where(u < _FAR, mean_of(near), 0.0)
        square = np.where(u < _FAR, square_of(near), 24 * np.pi / 2 / np.maximum(u, 1.0) ** 4)
    norm = float(fractions @ volumes**2)
    return ParticleAverages(square @ (fractions * volumes**2) / norm, (mean @ (fractions * volumes)) ** 2 / norm)


def squared_along(q_inv_nm: FloatArray, edge_nm: float, size_spread: float, directions: FloatArray) -> FloatArray:
    """Squared size-averaged amplitude of a cube along unit vectors (m, 3), shape (n_q, m), normalised alike."""
    keys = (np.ascontiguousarray(a).tobytes() for a in (q_inv_nm, directions))
    return _squared_along(*keys, float(edge_nm), float(size_spread))


@functools.lru_cache(maxsize=8)
def _squared_along(q_bytes: bytes, direction_bytes: bytes, edge_nm: float, size_spread: float) -> FloatArray:
    q_inv_nm, directions = np.frombuffer(q_bytes), np.frombuffer(direction_bytes).reshape(-1, 3)
    sizes, fractions = size_nodes(size_spread, n_sizes=9)
    total = np.zeros((len(q_inv_nm), len(directions)))
    for size, fraction in zip(sizes, fractions, strict=True):
        vectors = q_inv_nm[:, None, None] * directions
        total += fraction * size**3 * cuboid_amplitude(vectors, (edge_nm * size,) * 3)
    return total**2 / float(fractions @ sizes**6)


@functools.lru_cache(maxsize=1)
def _cube_splines() -> tuple[CubicSpline, CubicSpline]:
    table = direction_table(cube(1.0), _FAR)
    u = np.linspace(0.0, _FAR, int(_FAR / 0.1) + 1)
    vectors = u[:, None, None] * table.directions
    amplitude = cuboid_amplitude(vectors, (1.0, 1.0, 1.0))
    return CubicSpline(u, amplitude @ table.weights), CubicSpline(u, amplitude**2 @ table.weights)
