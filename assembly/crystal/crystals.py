"""A crystal of rigid bodies: cell, centres, turns. Plain numbers; `assembly.crystal.energies` gives what it costs."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.configuration import Configuration, cell_to_box, configuration, matrices_to_quaternions
from packing.contact.packed import PackedLattice
from packing.errors import InputError
from packing.shapes import Shape

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crystal:
    """One cell of a crystal of rigid bodies.

    Parameters
    ----------
    name
        Of the lattice it was made as.
    cell_nm
        Cell vectors as rows [nm], shape (3, 3).
    fractions
        Fractional coordinates of the centres, shape (N, 3).
    rotations
        Matrices that turn body axes into laboratory axes, shape (N, 3, 3).
    kinds
        Kind of each body, an index into the bodies of the `Matter` it is of, shape (N,).
    """

    name: str
    cell_nm: FloatArray
    fractions: FloatArray
    rotations: FloatArray
    kinds: IntArray

    @property
    def volume_nm3(self) -> float:
        """Volume of the cell [nm^3]."""
        return float(abs(np.linalg.det(self.cell_nm)))

    @property
    def centres_nm(self) -> FloatArray:
        """Centres [nm], shape (N, 3)."""
        return np.asarray(self.fractions @ self.cell_nm)

    @property
    def n_bodies(self) -> int:
        """Number of bodies in the cell."""
        return len(self.kinds)

    def repeated(self, repeat: tuple[int, int, int]) -> Crystal:
        """A cell of ``repeat`` cells along its three vectors."""
        times = np.array(repeat)
        offsets = np.array(list(itertools.product(*(range(n) for n in repeat))))
        return Crystal(
            name=self.name,
            cell_nm=self.cell_nm * times[:, None],
            fractions=((self.fractions[None] + offsets[:, None]) / times).reshape(-1, 3),
            rotations=np.tile(self.rotations, (len(offsets), 1, 1)),
            kinds=np.tile(self.kinds, len(offsets)),
        )

    def expanded(self, factor: float) -> Crystal:
        """The same with the cell, not the bodies, larger by a ``factor`` along each axis."""
        return Crystal(
            name=self.name,
            cell_nm=self.cell_nm * factor,
            fractions=self.fractions,
            rotations=self.rotations,
            kinds=self.kinds,
        )

    def to_configuration(self, shapes: tuple[Shape, ...], names: tuple[str, ...]) -> Configuration:
        """As the other rooms know it, with the ``shapes`` and ``names`` of the kinds."""
        box, turn = cell_to_box(self.cell_nm)
        return configuration(
            self.centres_nm @ turn.T,
            shapes=shapes,
            box=box,
            orientations=matrices_to_quaternions(turn @ self.rotations),
            species=self.kinds,
            species_names=names,
        )


def crystal_of(packed: PackedLattice, kind_of: dict[str, int]) -> Crystal:
    """A packed lattice as a crystal.

    Parameters
    ----------
    packed
        From the contact engine or a table.
    kind_of
        Index of the body that sits on each kind of site, such as ``{"A": 1, "B": 0, "O": 0}``.

    Raises
    ------
    InputError
        If a kind of site has no body.

    Examples
    --------
    >>> from packing.contact.packing import densest_packing
    >>> from packing.shapes import Sphere
    >>> spheres = {"A": Sphere(diameter_nm=2.0), "B": Sphere(diameter_nm=1.0)}
    >>> crystal_of(densest_packing("NaCl", spheres), {"A": 0, "B": 1}).kinds.tolist()
    [0, 0, 0, 0, 1, 1, 1, 1]
    """
    from packing.configuration import quaternions_to_matrices

    missing = sorted(set(packed.kinds) - set(kind_of))
    if missing:
        raise InputError(f"kind_of: {packed.name} has sites {', '.join(missing)} without a body. Name one for each.")
    return Crystal(
        name=packed.name,
        cell_nm=np.array(packed.cell_nm),
        fractions=np.array(packed.fractions),
        rotations=quaternions_to_matrices(packed.orientations),
        kinds=np.array([kind_of[kind] for kind in packed.kinds]),
    )
