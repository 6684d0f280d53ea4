"""Bodies without the beads that a force field leaves silent: what an engine need not list as neighbours."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from assembly.system.bodies import bead_masses
from assembly.system.system import BodyKind, System
from packing.errors import InputError


def with_felt_beads(system: System, pairs: Collection[tuple[int, int]]) -> System:
    """The same bodies with only those of their beads that some other feels: their motion is the same.

    Parameters
    ----------
    system
        Bodies and free particles.
    pairs
        Pairs of types that feel each other.

    Returns
    -------
    System
        With masses [amu] of the beads that give each body its mass and inertia; a body whose felt beads cannot carry
        these keeps all, and so does every body where chains are bound to beads.
    """
    if len(system.bonds):
        return system
    felt = sorted({kind for pair in pairs for kind in pair})
    return replace(system, bodies=tuple(_with_felt_beads(body, felt) for body in system.bodies))


def _with_felt_beads(body: BodyKind, felt: Sequence[int]) -> BodyKind:
    kept = np.isin(body.bead_types, felt)
    if kept.all() or not kept.any():
        return body
    places = body.bead_positions_nm[kept]
    try:
        masses = bead_masses(places, body.mass_amu, body.inertia_amu_nm2)
    except InputError:
        return body
    return replace(body, bead_types=body.bead_types[kept], bead_positions_nm=places, bead_masses_amu=masses)
