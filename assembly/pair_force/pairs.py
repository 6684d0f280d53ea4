"""Two coated nanocrystals with explicit chains that meet head on, along x."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assembly.models.capped_system import Placement
from assembly.models.explicit_ligand import ExplicitLigandSpec, capped_kinds, place_explicit_ligand
from assembly.system.system import System
from packing.checks import require_known
from packing.configuration import matrices_to_quaternions
from packing.errors import InputError
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import Shape, Sphere

FloatArray = NDArray[np.float64]
Meeting = Literal["face", "edge", "corner"]

_WAYS = {"face": (1.0, 0.0, 0.0), "edge": (1.0, 1.0, 0.0), "corner": (1.0, 1.0, 1.0)}
_MARGIN_NM = 1.0
"""Room between chains and their periodic images [nm]: beyond the reach of a bead's pair potential."""


def pair_system(
    nanocrystal: Nanocrystal,
    coating: Coating,
    environment: Environment,
    meeting: Meeting,
    gap_nm: float,
    *,
    seed: int = 1,
    solvent: str | None = None,
) -> System:
    """The pair in a box of its own, equally turned, so that what meets is parallel.

    Parameters
    ----------
    nanocrystal, coating, environment
        What each of them is; its size spread is left out.
    meeting
        What of the one meets the same of the other: ``"face"``, ``"edge"`` or ``"corner"``; of spheres any.
    gap_nm
        Distance of the cores along the line of their centres [nm].
    seed
        Of the places of the chains.
    solvent
        As for `ExplicitLigandSpec`.

    Raises
    ------
    InputError
        For a gap that is not above zero, or a way to meet that is not known.
    """
    require_known("meeting", meeting, list(_WAYS))
    if not gap_nm > 0:
        raise InputError(f"gap_nm must be above 0 nm, got {gap_nm:g}.")
    rng = np.random.default_rng(seed)
    spec = ExplicitLigandSpec(n_particles=2, solvent=solvent)
    one_size = Nanocrystal(material=nanocrystal.material, shape=nanocrystal.shape)
    kinds, kind = capped_kinds(one_size, coating, spec, rng)
    way = np.array(_WAYS[meeting]) / np.linalg.norm(_WAYS[meeting])
    apart = width_nm(nanocrystal.shape, way) + gap_nm
    across = 2 * kinds[0].core.reach_nm + _MARGIN_NM
    turn = matrices_to_quaternions(_along_x(way)[None])
    placement = Placement(
        box=np.array([apart + across, across, across, 0.0, 0.0, 0.0]),
        kind=kind,
        centres_nm=np.array([[-apart / 2, 0.0, 0.0], [apart / 2, 0.0, 0.0]]),
        orientations=np.repeat(turn, 2, axis=0),
    )
    return place_explicit_ligand(kinds, placement, environment, spec, seed=seed)


def width_nm(shape: Shape, way: FloatArray) -> float:
    """Distance of two planes across ``way`` (3,), a unit vector, that hold a core between them [nm].

    Examples
    --------
    >>> from packing.shapes import cube
    >>> round(width_nm(cube(4.0), np.array([1.0, 1.0, 0.0]) / 2**0.5), 4)
    5.6569
    """
    if isinstance(shape, Sphere):
        return shape.diameter_nm
    heights = shape.vertices_nm @ way
    return float(np.ptp(heights) + 2 * shape.rounding_nm)


def chain_owners(system: System) -> NDArray[np.int64]:
    """The body that each free particle hangs on, found along the bonds, shape (F,)."""
    counts = [len(system.bodies[k].bead_types) for k in system.body_kind]
    n_bodies, n_free = len(counts), len(system.free_types)
    owner = np.concatenate([np.arange(n_bodies), np.repeat(np.arange(n_bodies), counts), np.full(n_free, -1)])
    for _, i, j in system.bonds:
        owner[j] = owner[i]
    return owner[len(owner) - n_free :].astype(np.int64)


def _along_x(way: FloatArray) -> FloatArray:
    """A rotation that takes a unit vector to x."""
    side = np.cross([0.0, 0.0, 1.0], way) if abs(way[2]) < 0.9 else np.cross([0.0, 1.0, 0.0], way)
    side /= np.linalg.norm(side)
    return np.array([way, side, np.cross(way, side)])
