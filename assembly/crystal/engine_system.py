"""A crystal as the `System` of an engine: for thermal runs, and as the second route to its energy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assembly.crystal.bodies import BeadBody
from assembly.crystal.crystals import Crystal
from assembly.system.system import BodyKind, PairPotential, System
from packing.configuration import matrices_to_quaternions
from packing.errors import InputError

FloatArray = NDArray[np.float64]

MASS = 1.0
"""Of every body: averages do not depend on it, and equal ones move at one pace."""
_TILTED = 1e-9
_ARM_NM = 0.4
_LIGHT = 1e-3
"""Of the mass, on the beads that are felt."""


def crystal_system(
    crystal: Crystal,
    bodies: Sequence[BeadBody],
    pairs: Mapping[tuple[int, int], PairPotential],
    *,
    kt_kj_mol: float = 1.0,
    seed: int = 1,
) -> System:
    """The bodies of a crystal in a rectangular box, with masses of 1 and a moment of inertia that turns them as fast.

    Parameters
    ----------
    crystal
        Its cell must be rectangular.
    bodies
        The kinds that it counts.
    pairs
        Potentials between types of beads [kJ/mol].
    kt_kj_mol
        What a kT is [kJ/mol].
    seed
        Of what is random.

    Raises
    ------
    InputError
        For a cell that is not rectangular: repeat or relax it with ``cell="diag"``.

    Examples
    --------
    >>> from assembly.system.system import MiePair
    >>> from packing.shapes import Sphere
    >>> ball = BeadBody(
    ...     name="ball", shape=Sphere(diameter_nm=1.0), positions_nm=np.zeros((1, 3)), types=np.array([0])
    ... )
    >>> sc = Crystal(
    ...     name="sc", cell_nm=9 * np.eye(3), fractions=np.zeros((1, 3)), rotations=np.eye(3)[None], kinds=np.array([0])
    ... )
    >>> pair = MiePair(epsilon_kj_mol=1.0, sigma_nm=1.0, cutoff_nm=1.2)
    >>> crystal_system(sc, [ball], {(0, 0): pair}).particle_types
    ('bead-0', 'silent', 'ball')
    """
    lengths = np.diag(crystal.cell_nm)
    if np.abs(crystal.cell_nm - np.diag(lengths)).max() > _TILTED * lengths.max() or lengths.min() <= 0:
        raise InputError(f"cell_nm of {crystal.name} is not rectangular. Give a cell with right angles along x, y, z.")
    n_types = 1 + max(int(t) for body in bodies for t in body.types)
    silent = n_types
    names = [f"bead-{i}" for i in range(n_types)] + ["silent"]
    kinds = []
    for body in bodies:
        kinds.append(_kind(body, len(names), silent))
        names.append(body.name if body.name not in names else f"{body.name}-{len(names)}")
    centred = crystal.fractions - np.floor(crystal.fractions) - 0.5
    # A body on the very edge of the box has beads whose images flip with the last digit.
    centred = (centred + 1e-3) - np.floor(centred + 1e-3 + 0.5)
    return System(
        box=np.concatenate([lengths, np.zeros(3)]),
        particle_types=tuple(names),
        particle_masses_amu=np.ones(len(names)),
        bodies=tuple(kinds),
        body_kind=crystal.kinds,
        centres_nm=centred * lengths,
        orientations=matrices_to_quaternions(crystal.rotations),
        pairs=dict(pairs),
        kt_kj_mol=kt_kj_mol,
        seed=seed,
    )


def _kind(body: BeadBody, centre_type: int, silent: int) -> BodyKind:
    """A body whose inertia sits on six silent beads; the others weigh next to nothing, the centre half of it."""
    arm = max(0.6 * body.extent_nm, _ARM_NM)
    places = np.vstack([body.positions_nm, arm * np.eye(3), -arm * np.eye(3)])
    light = _LIGHT / len(body.types)
    masses = np.concatenate([np.full(len(body.types), light), np.full(6, MASS / 12)])
    second = masses @ places**2
    return BodyKind(
        name=body.name,
        shape=body.shape,
        mass_amu=MASS,
        inertia_amu_nm2=second.sum() - second,
        centre_type=centre_type,
        bead_types=np.concatenate([body.types, np.full(6, silent)]).astype(np.int64),
        bead_positions_nm=places,
        bead_masses_amu=masses,
    )
