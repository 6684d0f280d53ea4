"""The densest packing near one that symmetry holds: every site may leave its place, as B of AlB2 leaves z = 1/2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from packing.contact.continuation import followed_packing
from packing.contact.packed import PackedLattice
from packing.errors import InputError
from packing.lattices.templates import Orbit, Parameter, Template, cell_matrix
from packing.shapes import Shape

MOST_SITES = 8
"""Sites of a cell that can be let go: each has three coordinates and, if it is a cube, three turns."""
REACH = 0.2
"""How far a coordinate may go, in parts of the cell."""
_BROKEN = 0.015
_AXES = ("x", "y", "z")


def freed_packing(
    packing: PackedLattice, shapes: Mapping[str, Shape] | None = None, *, seed: int = 0, n_tries: int = 2
) -> PackedLattice:
    """A packing that is as dense or denser, with every coordinate but those of the first site free, and c/a and b/a.

    Parameters
    ----------
    packing
        Where to start, such as a lattice of the catalogue at its densest.
    shapes
        Shape of each kind where others are packed than the packing's.
    seed
        Of the small shifts that break the symmetry: a site that symmetry holds feels no force to leave.
    n_tries
        How often that is done.

    Returns
    -------
    PackedLattice
        Named as the one it came from; its ``fractions`` say where the sites went.

    Raises
    ------
    InputError
        For a cell of more than eight sites.

    Examples
    --------
    >>> from packing.contact.packing import densest_packing
    >>> from packing.shapes import Sphere
    >>> ideal = densest_packing("CsCl", {"A": Sphere(diameter_nm=1.0), "B": Sphere(diameter_nm=0.6)})
    >>> freed_packing(ideal).packing_fraction >= ideal.packing_fraction - 1e-9
    True
    """
    if len(packing.kinds) > MOST_SITES:
        raise InputError(f"packing: {packing.name} has {len(packing.kinds)} sites a cell, more than {MOST_SITES}.")
    full = dict(packing.shapes if shapes is None else shapes)
    template = _of_its_sites(packing)
    names = template.coordinate_names
    rng = np.random.default_rng(seed)
    a, b, c = packing.lengths_nm
    best = followed_packing(packing.name, packing, full)
    for attempt in range(n_tries):
        shifts = dict(zip(names, rng.normal(0, _BROKEN * (attempt > 0) + 1e-4, len(names)), strict=True))
        loose = replace(packing, name=template.name, parameters={**shifts, "b/a": b / a, "c/a": c / a})
        found = followed_packing(template, loose, full)
        if found.volume_nm3 < best.volume_nm3:
            best = replace(found, name=packing.name)
    return best


def _of_its_sites(packing: PackedLattice) -> Template:
    """Every site by itself, without symmetry."""
    a, b, c = packing.lengths_nm
    parameters = [
        Parameter(name="b/a", ideal=b / a, low=0.5 * b / a, high=2 * b / a),
        Parameter(name="c/a", ideal=c / a, low=0.5 * c / a, high=2 * c / a),
    ]
    orbits = []
    for i, (kind, place) in enumerate(zip(packing.kinds, packing.fractions, strict=True)):
        along = []
        for axis, unit in zip(_AXES, np.eye(3), strict=True):
            if i:
                name = f"{axis}{i}"
                parameters.append(Parameter(name=name, ideal=0.0, low=-REACH, high=REACH))
                along.append((name, (float(unit[0]), float(unit[1]), float(unit[2]))))
        at = (float(place[0]), float(place[1]), float(place[2]))
        orbits.append(Orbit(kind=kind, at=at, along=tuple(along)))
    unit_cell = packing.cell_nm / np.linalg.norm(packing.cell_nm, axis=1)[:, None]
    axes = tuple((float(row[0]), float(row[1]), float(row[2])) for row in unit_cell)
    made = Template(
        name=f"{packing.name} freed",
        spacegroup=1,
        orbits=tuple(orbits),
        elements=tuple(dict.fromkeys(packing.elements)),
        axes=(axes[0], axes[1], axes[2]),
        parameters=tuple(parameters),
    )
    assert np.allclose(cell_matrix(made, np.array([b / a, c / a])) * a, packing.cell_nm)
    return made
