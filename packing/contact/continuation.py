"""Following a packing: from the optimum of one size to that of another, and out of a local one."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from packing.configuration import quaternions_to_matrices
from packing.contact.bodies import widened_box
from packing.contact.contact import FilledTemplate, States
from packing.contact.densest_search import TIE, follow
from packing.contact.freedom import freedom_of
from packing.contact.packed import PackedLattice, packed_lattice
from packing.contact.packing import with_oxygen
from packing.lattices.catalogue import template as template_by_name
from packing.lattices.templates import Template
from packing.shapes import Shape

FloatArray = NDArray[np.float64]

# Small kicks leave a saddle that symmetry holds, large ones find another basin.
_KICKS = (0.03, 0.15, 0.6)


def followed_packing(
    lattice: str | Template,
    packing: PackedLattice,
    shapes: Mapping[str, Shape] | None = None,
    *,
    n_kicks: int = 0,
    worth_nm3: float = math.inf,
    seed: int = 0,
) -> PackedLattice:
    """The local optimum that a packing leads to, with every particle free to turn by itself.

    Parameters
    ----------
    lattice
        The packing's template, or its name in the catalogue.
    packing
        Where to start: its axial ratios, coordinates and orientations.
    shapes
        Shape of each kind, when others than the packing's; spheres and cuboids may not change places.
    n_kicks
        How often the best so far is shaken and followed again.
    worth_nm3
        Volume of a cell [nm^3] that is known already: a descent that does not come near it is given up early.
    seed
        Of the shaking.

    Returns
    -------
    PackedLattice
        A packing without overlap; with the packing's own shapes never a looser one.

    Examples
    --------
    >>> from packing.contact.packing import densest_packing
    >>> from packing.shapes import Sphere, cube
    >>> fits = densest_packing("AlB2", {"A": Sphere(diameter_nm=1), "B": cube(0.40)}, n_starts=2)
    >>> tighter = followed_packing("AlB2", fits, {"A": Sphere(diameter_nm=1), "B": cube(6**-0.5)})
    >>> round(tighter.packing_fraction, 4)
    0.7617
    """
    template = template_by_name(lattice) if isinstance(lattice, str) else lattice
    full = with_oxygen(template, packing.shapes if shapes is None else shapes)
    crystal = FilledTemplate(template, tuple(widened_box(full[kind]) for kind in template.kinds), "free")
    freedom = freedom_of(crystal, relax=True, distort=False, orientations=None)
    rng = np.random.default_rng(seed)
    best, state = follow(crystal, freedom, free_state(crystal, packing), math.log(worth_nm3))
    for kick in range(n_kicks if freedom.n else 0):
        value, found = follow(crystal, freedom, _shaken(state, _KICKS[kick % len(_KICKS)], rng), best)
        if value < best - TIE:
            best, state = value, found
    return packed_lattice(crystal, state, full)


def free_state(crystal: FilledTemplate, packing: PackedLattice) -> States:
    """The state (P = 1) of a crystal whose particles each turn by themselves that a packing stands for."""
    a, b, c = packing.lengths_nm
    names = crystal.template.coordinate_names
    coordinates = np.array([[packing.parameters[name] for name in names]]).reshape(1, -1)
    units = crystal.unit_of_site()
    first = [int(np.flatnonzero(units == unit)[0]) for unit in range(int(units.max()) + 1)]
    rotations = quaternions_to_matrices(packing.orientations[first].reshape(-1, 4))
    return States(np.array([[b / a, c / a]]), coordinates, rotations[None])


def _shaken(state: States, angle: float, rng: np.random.Generator) -> States:
    turns = Rotation.from_rotvec(rng.normal(0, angle, (state.rotations.shape[1], 3))).as_matrix()
    return States(state.ratios, state.coordinates, turns.reshape(-1, 3, 3) @ state.rotations)
