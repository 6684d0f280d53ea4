"""Rigid bodies of beads and the potentials between their beads, as plain values in nm and kT."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assembly.crystal.radial import Radial, radial_of
from assembly.system.system import PairPotential, System
from packing.errors import InputError
from packing.shapes import Shape, Sphere

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeadBody:
    """A rigid body.

    Parameters
    ----------
    name
        What it is called.
    shape
        Its core.
    positions_nm
        Places of the beads in the body frame [nm], shape (n, 3).
    types
        Type of each bead, shape (n,).
    """

    name: str
    shape: Shape
    positions_nm: FloatArray
    types: IntArray

    @property
    def extent_nm(self) -> float:
        """Largest distance of a bead from the centre [nm]."""
        return float(np.linalg.norm(self.positions_nm, axis=1).max())

    @property
    def turns(self) -> bool:
        """Whether its orientation matters: a bead in the middle has none."""
        return self.extent_nm > 1e-9

    def of_type(self, kind: int) -> FloatArray:
        """Places of the beads of one type, an index ``kind``, [nm], shape (m, 3)."""
        return self.positions_nm[self.types == kind]


@dataclass(frozen=True, kw_only=True, eq=False)
class Matter:
    """What a crystal can be made of: kinds of bodies, and how their beads act on each other.

    Parameters
    ----------
    bodies
        The kinds.
    pairs
        Potentials between types of beads, the lower first, in kT and nm; types without one do not feel each other.

    Raises
    ------
    InputError
        If two kinds of bodies have no potential between any of their beads.
    """

    bodies: tuple[BeadBody, ...]
    pairs: Mapping[tuple[int, int], Radial]

    def __post_init__(self) -> None:
        for i, j in itertools.combinations_with_replacement(range(len(self.bodies)), 2):
            if not self.between(i, j):
                raise InputError(
                    f"pairs: {self.bodies[i].name} and {self.bodies[j].name} have no pair energy, so no crystal of "
                    "both has one. Give a potential between their beads."
                )

    def between(self, first: int, second: int) -> list[tuple[int, int, Radial]]:
        """Types of beads that feel each other, of the kinds with indices ``first`` and ``second``; the potentials."""
        return [
            (int(a), int(b), self.pairs[min(a, b), max(a, b)])
            for a in np.unique(self.bodies[first].types)
            for b in np.unique(self.bodies[second].types)
            if (min(a, b), max(a, b)) in self.pairs
        ]

    @cached_property
    def reach_nm(self) -> FloatArray:
        """Distance of centres from which on two kinds do not feel each other [nm], shape (K, K)."""
        n = len(self.bodies)
        reach = np.zeros((n, n))
        for i in range(n):
            for j in range(n):
                cut = max(radial.cutoff_nm for *_, radial in self.between(i, j))
                reach[i, j] = cut + self.bodies[i].extent_nm + self.bodies[j].extent_nm
        return reach


def matter_of(system: System, kt_kj_mol: float | None = None) -> Matter:
    """Bodies and potentials of a `System`.

    Parameters
    ----------
    system
        Bodies of beads; free particles are left out.
    kt_kj_mol
        What a kT is [kJ/mol]; None takes that of the system.
    """
    kt = system.kt_kj_mol if kt_kj_mol is None else kt_kj_mol
    active = {i for pair in system.pairs for i in pair}
    bodies = []
    for kind in system.bodies:
        felt = np.isin(kind.bead_types, list(active))
        bodies.append(
            BeadBody(
                name=kind.name,
                shape=kind.shape,
                positions_nm=np.asarray(kind.bead_positions_nm)[felt],
                types=np.asarray(kind.bead_types)[felt],
            )
        )
    return Matter(bodies=tuple(bodies), pairs=radials(system.pairs, kt))


def radials(pairs: Mapping[tuple[int, int], PairPotential], kt_kj_mol: float) -> dict[tuple[int, int], Radial]:
    """Potentials ``pairs`` [kJ/mol] by types of beads (indices), in kT, a kT being ``kt_kj_mol`` [kJ/mol]."""
    return {key: radial_of(pair, kt_kj_mol) for key, pair in pairs.items()}


def rotation_group(shape: Shape) -> FloatArray:
    """Rotations that map a shape onto itself, shape (n, 3, 3); of a sphere only the identity, since it has no turns.

    Examples
    --------
    >>> from packing.shapes import Cuboid, cube
    >>> len(rotation_group(cube(2.0))), len(rotation_group(Cuboid(edges_nm=(1.0, 2.0, 3.0))))
    (24, 4)
    """
    if isinstance(shape, Sphere):
        return np.eye(3)[None]
    found = []
    for order in ((0, 1, 2), (1, 2, 0), (2, 0, 1), (0, 2, 1), (2, 1, 0), (1, 0, 2)):
        edges = np.array(shape.edges_nm)
        if not np.allclose(edges[list(order)], edges):
            continue
        for signs in np.ndindex(2, 2, 2):
            turn = np.eye(3)[list(order)] * np.where(np.array(signs), -1.0, 1.0)[:, None]
            if np.linalg.det(turn) > 0:
                found.append(turn)
    return np.array(found)
