"""A crystal of touching particles: cell, sites, orientations and the contacts that hold it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from packing.configuration import (
    Configuration,
    cell_to_box,
    configuration,
    matrices_to_quaternions,
    quaternions_to_matrices,
)
from packing.contact.contact import FilledTemplate, Pairs, States, ideal_ratios, neighbour_pairs, pair_scales
from packing.errors import InputError
from packing.lattices.templates import cell_matrix, sites
from packing.results import frozen
from packing.shapes import Shape

if TYPE_CHECKING:
    from ase import Atoms

FloatArray = NDArray[np.float64]

_TOUCHING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackedLattice:
    """The conventional cell of a lattice at contact; lengths in the unit of the shapes it was made of (nm).

    Parameters
    ----------
    name
        Name of the template.
    kinds
        Kind of every site, in order.
    elements
        Element that stands for every site in exported files.
    fractions
        Fractional coordinates, shape (N, 3).
    cell_nm
        Cell vectors as rows [nm], shape (3, 3).
    orientations
        Orientation of every particle, scalar-first quaternions, shape (N, 4).
    shapes
        Effective shape of each kind.
    parameters
        Axial ratios and free coordinates that were reached.
    limiting_contact
        Kinds that touch, such as ``"A-A, A-B"``.
    packing_fraction
        Volume of the shapes over the volume of the cell.
    """

    name: str
    kinds: tuple[str, ...]
    elements: tuple[str, ...]
    fractions: FloatArray
    cell_nm: FloatArray
    orientations: FloatArray
    shapes: dict[str, Shape]
    parameters: dict[str, float]
    limiting_contact: str
    packing_fraction: float

    @property
    def lengths_nm(self) -> tuple[float, float, float]:
        """a, b and c [nm]."""
        a, b, c = np.linalg.norm(self.cell_nm, axis=1)
        return float(a), float(b), float(c)

    @property
    def volume_nm3(self) -> float:
        """Volume of the conventional cell [nm^3]."""
        return float(np.linalg.det(self.cell_nm))

    @property
    def positions_nm(self) -> FloatArray:
        """Cartesian positions [nm], shape (N, 3)."""
        return np.asarray(self.fractions @ self.cell_nm)

    def __repr__(self) -> str:
        a, b, c = self.lengths_nm
        return (
            f"PackedLattice({self.name}, a {a:.4g} b {b:.4g} c {c:.4g} nm, packing fraction "
            f"{self.packing_fraction:.4f}, contacts {self.limiting_contact})"
        )

    def scaled(self, factor: float) -> PackedLattice:
        """The same packing with every length multiplied by ``factor``."""
        return PackedLattice(
            name=self.name,
            kinds=self.kinds,
            elements=self.elements,
            fractions=self.fractions,
            cell_nm=frozen(self.cell_nm * factor),
            orientations=self.orientations,
            shapes={kind: shape.scaled(factor) for kind, shape in self.shapes.items()},
            parameters=self.parameters,
            limiting_contact=self.limiting_contact,
            packing_fraction=self.packing_fraction,
        )

    def to_atoms(self) -> Atoms:
        """The cell as ASE atoms, one nanometre as one angstrom times ten; kinds and orientations as arrays."""
        from ase import Atoms

        atoms = Atoms(self.elements, scaled_positions=self.fractions, cell=10 * self.cell_nm, pbc=True)
        atoms.set_array("kind", np.array(self.kinds))
        atoms.set_array("orientation", np.array(self.orientations))
        return atoms

    def save(self, path: str | Path) -> None:
        """Write the cell as ``.cif`` or ``.xyz`` (extended XYZ), lengths in angstrom as these formats have it.

        Parameters
        ----------
        path
            File to write; its ending says the format.

        Raises
        ------
        InputError
            For another ending.
        """
        from ase.io import write

        target = Path(path)
        formats = {".cif": "cif", ".xyz": "extxyz"}
        if target.suffix not in formats:
            raise InputError(f"path must end in .cif or .xyz, got {target.name!r}.")
        write(str(target), self.to_atoms(), format=formats[target.suffix])

    def to_configuration(
        self, repeat: tuple[int, int, int] = (1, 1, 1), shapes: dict[str, Shape] | None = None
    ) -> Configuration:
        """The crystal as a `Configuration`: ``repeat`` cells, with the core shapes where they are given.

        Parameters
        ----------
        repeat
            Cells along a, b and c.
        shapes
            Shape of the core of each kind; left out, the effective shapes are kept.
        """
        offsets = np.array(list(itertools.product(*(range(n) for n in repeat))))
        fractions = (self.fractions[None] + offsets[:, None]).reshape(-1, 3)
        box, turn = cell_to_box(self.cell_nm * np.array(repeat)[:, None])
        names = tuple(dict.fromkeys(self.kinds))
        kept = shapes or self.shapes
        rotations = turn @ quaternions_to_matrices(self.orientations)
        return configuration(
            fractions @ self.cell_nm @ turn.T,
            shapes=tuple(kept[name] for name in names),
            box=box,
            orientations=np.tile(matrices_to_quaternions(rotations), (len(offsets), 1)),
            species=np.tile([names.index(kind) for kind in self.kinds], len(offsets)),
            species_names=names,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        a, b, c = self.lengths_nm
        return {
            "name": self.name,
            "a_nm": a,
            "b_nm": b,
            "c_nm": c,
            "cell_nm": self.cell_nm.tolist(),
            "kinds": list(self.kinds),
            "fractions": self.fractions.tolist(),
            "orientations": self.orientations.tolist(),
            "parameters": dict(self.parameters),
            "packing_fraction": self.packing_fraction,
            "limiting_contact": self.limiting_contact,
        }


def packed_lattice(
    crystal: FilledTemplate, state: States, shapes: dict[str, Shape], pairs: Pairs | None = None
) -> PackedLattice:
    """The result for one state of a crystal (P = 1), scaled so that the closest pair touches.

    Parameters
    ----------
    crystal, state
        What is where.
    shapes
        Shape of each kind.
    pairs
        Its `neighbour_pairs`, where they are known already.
    """
    template, table = crystal.template, sites(crystal.template)
    pairs = neighbour_pairs(crystal, state) if pairs is None else pairs
    scales = pair_scales(crystal, state, pairs)[0]
    cell = scales.max() * cell_matrix(template, state.ratios[0])
    kinds = tuple(template.kinds[k] for k in table.kinds)
    closest = scales > scales.max() * (1 - _TOUCHING)
    touching = {"-".join(sorted((kinds[i], kinds[j]))) for i, j in zip(pairs.i[closest], pairs.j[closest], strict=True)}
    volume = sum(shapes[kind].volume_nm3 for kind in kinds)
    fractions = table.fractions(state.coordinates[0])
    values = dict(zip(template.coordinate_names, state.coordinates[0], strict=True))
    for which, name in enumerate(("b/a", "c/a")):
        if template.parameter(name) or not np.isclose(state.ratios[0, which], ideal_ratios(template)[which]):
            values[name] = state.ratios[0, which]
    return PackedLattice(
        name=template.name,
        kinds=kinds,
        elements=tuple(template.elements[k] for k in table.kinds),
        fractions=frozen(fractions - np.floor(fractions + 1e-9)),
        cell_nm=frozen(cell),
        orientations=frozen(_site_orientations(crystal, state)),
        shapes=shapes,
        parameters={name: float(value) for name, value in values.items()},
        limiting_contact=", ".join(sorted(touching)),
        packing_fraction=float(volume / np.linalg.det(cell)),
    )


def _site_orientations(crystal: FilledTemplate, state: States) -> FloatArray:
    units, turns = crystal.unit_of_site(), crystal.site_rotations()
    rotations = np.tile(np.eye(3), (len(units), 1, 1))
    turned = units >= 0
    rotations[turned] = turns[turned] @ state.rotations[0][units[turned]]
    return matrices_to_quaternions(rotations)
