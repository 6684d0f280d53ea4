"""What a crystal leaves open, as one vector of free numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from packing.configuration import quaternions_to_matrices
from packing.contact.contact import FilledTemplate, States, ideal_ratios
from packing.lattices.templates import Template, sites

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Freedom:
    """The free numbers of a crystal as one vector: log axial ratios, coordinates, rotation vectors of the units."""

    template: Template
    n_units: int
    fixed: FloatArray | None
    distorts: bool
    ratios: tuple[int, ...]
    coordinates: tuple[int, ...]
    low: FloatArray
    high: FloatArray

    @property
    def n_lattice(self) -> int:
        """Numbers that are ratios or coordinates."""
        return len(self.low)

    @property
    def n(self) -> int:
        """Number of all of them."""
        return self.n_lattice + 3 * self.n_turning

    @property
    def n_turning(self) -> int:
        """Number of orientations that are free."""
        return 0 if self.fixed is not None else self.n_units

    def states(self, x: FloatArray, start: FloatArray) -> States:
        """States for parameter vectors ``x``, shape (P, n), turned on from orientations ``start``, (P, U, 3, 3)."""
        ratios = np.tile(ideal_ratios(self.template), (len(x), 1))
        for column, which in enumerate(self.ratios):
            ratios[:, which] = np.exp(x[:, column])
        names = self.template.coordinate_names
        ideal = np.array([p.ideal for p in self.template.parameters if p.name in names])
        coordinates = np.tile(ideal, (len(x), 1))
        coordinates[:, list(self.coordinates)] = x[:, len(self.ratios) : self.n_lattice]
        if self.n_turning == 0:
            held = np.empty((0, 3, 3)) if self.fixed is None else self.fixed
            return States(ratios, coordinates, np.tile(held, (len(x), 1, 1, 1)))
        turned = Rotation.from_rotvec(x[:, self.n_lattice :].reshape(-1, 3)).as_matrix()
        return States(ratios, coordinates, turned.reshape(-1, self.n_units, 3, 3) @ start)


def freedom_of(
    crystal: FilledTemplate, relax: bool, distort: bool, orientations: dict[str, FloatArray] | None
) -> Freedom:
    """What is free in a crystal: with ``relax`` all its parameters, with ``distort`` also both axial ratios.

    Parameters
    ----------
    crystal
        Sites and bodies.
    relax
        Whether parameters that the literature holds are free too.
    distort
        Whether both axial ratios are free, whatever the symmetry says.
    orientations
        Fixed orientation of each kind, scalar-first quaternions of shape (4,); None leaves all free.
    """
    template = crystal.template
    free = [p for p in template.parameters if relax or not p.relaxed_only]
    names = template.coordinate_names
    bounds: dict[int, tuple[float, float]] = {}
    for which, name in enumerate(("b/a", "c/a")):
        found = next((p for p in free if p.name == name), None)
        if found is not None:
            bounds[which] = (np.log(found.low), np.log(found.high))
        if distort:
            middle = np.log(ideal_ratios(template)[which])
            bounds[which] = (middle - np.log(30.0), middle + np.log(30.0))
    moving = [p for p in free if p.name in names]
    limits = [bounds[k] for k in sorted(bounds)] + [(p.low, p.high) for p in moving]
    array = np.array(limits, dtype=float).reshape(-1, 2)
    coordinates = tuple(names.index(p.name) for p in moving)
    unit_of_site = crystal.unit_of_site()
    units = int(unit_of_site.max()) + 1
    held = None
    if orientations is not None:
        first = [int(np.flatnonzero(unit_of_site == unit)[0]) for unit in range(units)]
        kinds = [template.kinds[sites(template).kinds[site]] for site in first]
        given = np.array([orientations.get(kind, (1.0, 0.0, 0.0, 0.0)) for kind in kinds]).reshape(-1, 4)
        held = quaternions_to_matrices(given / np.linalg.norm(given, axis=1, keepdims=True))
    return Freedom(template, units, held, distort, tuple(sorted(bounds)), coordinates, array[:, 0], array[:, 1])
