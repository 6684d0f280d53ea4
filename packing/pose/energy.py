"""Energy of two coated nanocrystals in any pose."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.errors import InputError
from packing.pair_energy import PairEnergy, pair_energy
from packing.particles import Coating, Environment, Nanocrystal
from packing.pose.approach import closest_approach
from packing.pose.bodies import Body, body_of
from packing.pose.facets import facing_facets_kt, side_of
from packing.pose.tabulated import AreaCurve, tabulate

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CoatedBody:
    """A nanocrystal with its ligands."""

    nanocrystal: Nanocrystal
    coating: Coating


@dataclass(frozen=True, slots=True)
class Facing:
    """The best face-to-face contact."""

    gap_nm: float
    depth_kt: float


@dataclass(frozen=True, slots=True, eq=False)
class PoseEnergy:
    """Energy of two coated nanocrystals in any pose. Build it with `pose_energy`."""

    first: Body
    second: Body
    facing: Facing
    _pair: PairEnergy
    _curve: AreaCurve

    def facing_energy_kt(self, gap_nm: ArrayLike) -> FloatArray:
        """Energy [kT] of aligned cores face to face, at gaps [nm]."""
        return self._pair.energy_kt(gap_nm)

    def energy_kt(self, displacement_nm: ArrayLike, orientation: ArrayLike) -> FloatArray:
        """Energy [kT] of poses, shape (n,); +inf where cores overlap.

        Parameters
        ----------
        displacement_nm
            Centre of the second minus centre of the first [nm], in the body frame of the first, shape (n, 3).
        orientation
            Quaternions, scalar first, that turn the second's body frame into the first's, shape (n, 4).
        """
        shift, rotation = _poses(displacement_nm, orientation)
        approach = closest_approach(self.first, self.second, shift, rotation)
        still = np.zeros((1, 3)), np.eye(3)[None]
        one = side_of(self.first, 0.0, 0.0, *still)
        two = side_of(self.second, 0.0, 0.0, shift, rotation)
        energy = facing_facets_kt(one, two, approach.direction, self._curve)
        return np.where(approach.gap_nm > 0, energy, np.inf)


def pose_energy(first: CoatedBody, second: CoatedBody | None = None, *, environment: Environment) -> PoseEnergy:
    """Energy of two coated nanocrystals in any pose."""
    if second is not None and second != first:
        raise InputError("pose_energy of unlike bodies is not there yet.")
    pair = pair_energy(first.nanocrystal, first.coating, environment)
    body = body_of(first.nanocrystal.shape)
    grid = np.linspace(0.02 * pair.gap_nm, pair.gap_nm, 2000)
    barrier = float(grid[np.argmax(pair.energy_kt(grid))])
    curve = tabulate(lambda gap: pair.energy_kt(gap) / pair.facet_nm2, barrier, 25.0)
    return PoseEnergy(body, body, Facing(pair.gap_nm, pair.depth_kt), pair, curve)


def _poses(displacement_nm: ArrayLike, orientation: ArrayLike) -> tuple[FloatArray, FloatArray]:
    shift = np.atleast_2d(np.asarray(displacement_nm, dtype=np.float64))
    q = np.atleast_2d(np.asarray(orientation, dtype=np.float64))
    if shift.shape[-1] != 3 or q.shape[-1] != 4:
        raise InputError(
            f"displacement_nm and orientation must be of shape (n, 3) and (n, 4), got {shift.shape} and {q.shape}. "
            "Give one row a pose."
        )
    n = max(len(shift), len(q))
    shift, q = np.broadcast_to(shift, (n, 3)), np.broadcast_to(q, (n, 4))
    return shift, rotation_matrices(q)


def rotation_matrices(orientation: FloatArray) -> FloatArray:
    """Matrices of scalar-first quaternions, shape (n, 3, 3); lengths do not matter."""
    w, x, y, z = (orientation / np.linalg.norm(orientation, axis=1, keepdims=True)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)
