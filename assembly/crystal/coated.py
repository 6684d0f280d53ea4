"""The coated nanocrystals of the model soft as matter of crystals, in the medium or dry, with real depths in kT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from assembly.crystal.bodies import BeadBody, Matter, radials
from assembly.models.soft.contacts import drying_contact, felt_kinds
from assembly.models.soft.drying import DryingContact
from assembly.system.system import TablePair
from packing.errors import InputError
from packing.particles import Environment
from packing.pose import CoatedBody, PoseEnergy
from packing.shapes import Cuboid, Shape, Sphere

FloatArray = NDArray[np.float64]
State = Literal["medium", "dry"]

SQUEEZED_KT = 1.0
"""Energy of a contact from which on its shells are squeezed [kT]."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SoftMatter:
    """Kinds of coated nanocrystals in one state, as beads and potentials.

    Parameters
    ----------
    bodies
        What they are.
    state
        ``"medium"`` or ``"dry"``.
    matter
        Bodies of beads and potentials in kT, for the numpy crystal.
    tables
        The same potentials [kT as kJ/mol], for an engine.
    gaps_nm
        Gap between the cores of two kinds in contact [nm], by their indices, the lower first.
    depths_kt
        Depth of these contacts by the pair energy [kT]; 0 where nothing holds them.
    squeeze_kt_per_nm3
        Pressure from which on drying squeezes shells [kT/nm^3]: see `squeeze_pressure_kt_per_nm3`.
    poses
        Pair energies of the contacts.
    rms_kt
        Deviation of the beads from the pair energy [kT] of each contact, as far as thermal motion reaches.
    """

    bodies: tuple[CoatedBody, ...]
    state: State
    matter: Matter
    tables: Mapping[tuple[int, int], TablePair]
    gaps_nm: Mapping[tuple[int, int], float]
    depths_kt: Mapping[tuple[int, int], float]
    squeeze_kt_per_nm3: float
    poses: Mapping[tuple[int, int], PoseEnergy]
    rms_kt: Mapping[tuple[int, int], float]

    def effective_shape(self, kind: int, *, rounded: bool = True) -> Shape:
        """Core and half the gap to its like: a sphere, or a cuboid whose edges its shell rounds.

        Parameters
        ----------
        kind
            Index of the body.
        rounded
            Whether a coated cuboid has round edges, as a shell of even thickness has.
        """
        core, gap = self.bodies[kind].nanocrystal.shape, self.gaps_nm[kind, kind]
        if isinstance(core, Sphere):
            return Sphere(diameter_nm=core.diameter_nm + gap)
        a, b, c = (edge + gap for edge in core.edges_nm)
        rounding = min(core.rounding_nm + gap / 2, min(a, b, c) / 2)
        return Cuboid(edges_nm=(a, b, c), rounding_nm=rounding if rounded else 0.0)


def soft_matter(bodies: Sequence[CoatedBody], environment: Environment, state: State = "medium") -> SoftMatter:
    """Beads and potentials of one or more kinds of coated nanocrystals.

    Parameters
    ----------
    bodies
        The kinds.
    environment
        Medium and temperature.
    state
        ``"medium"``: ligands swollen; ``"dry"``: no solvent left.

    Raises
    ------
    InputError
        If two of the kinds are equal, or a shape has no beads.
    """
    if len(set(bodies)) < len(bodies):
        raise InputError("bodies: two kinds are equal, so they are one. Give each kind once.")
    dryness = 1.0 if state == "dry" else 0.0
    pick = 1 if state == "dry" else 0
    contacts: dict[tuple[int, int], DryingContact] = {}
    for i, first in enumerate(bodies):
        for j in range(i, len(bodies)):
            contacts[i, j] = drying_contact(first, bodies[j] if j > i else None, environment)
    kinds: list[BeadBody] = []
    types: list[dict[int, int]] = []
    used = 0
    for i, body in enumerate(bodies):
        pattern = contacts[i, i].beads[pick].first.of(felt_kinds(i, contacts, state=pick))
        present = [int(k) for k in np.unique(pattern.kinds)]
        types.append({k: used + n for n, k in enumerate(present)})
        used += len(present)
        core = body.nanocrystal
        kinds.append(
            BeadBody(
                name=f"{core.material} {core.shape.size_nm:g} nm",
                shape=core.shape,
                positions_nm=np.asarray(pattern.positions_nm),
                types=np.array([types[i][int(k)] for k in pattern.kinds], dtype=np.int64),
            )
        )
    tables: dict[tuple[int, int], TablePair] = {}
    for (i, j), contact in contacts.items():
        for pair in contact.beads[pick].coefficients_kt:
            r = contact.grid_nm(pair)
            r = r[: int(np.searchsorted(r, contact.reach_nm(dryness, pair))) + 1]
            energy, force = contact.potential_kt(pair, dryness, r)
            a, b = types[i][pair[0]], types[j][pair[1]]
            tables[min(a, b), max(a, b)] = TablePair(
                r_min_nm=float(r[0]), cutoff_nm=float(r[-1]), energy_kj_mol=energy, force_kj_mol_nm=force
            )
    poses = {key: contact.poses[pick] for key, contact in contacts.items()}
    return SoftMatter(
        bodies=tuple(bodies),
        state=state,
        matter=Matter(bodies=tuple(kinds), pairs=radials(tables, 1.0)),
        tables=tables,
        gaps_nm={key: pose.facing.gap_nm for key, pose in poses.items()},
        depths_kt={key: pose.facing.depth_kt for key, pose in poses.items()},
        squeeze_kt_per_nm3=min(squeeze_pressure_kt_per_nm3(poses[i, i]) for i in range(len(bodies))),
        poses=poses,
        rms_kt={key: contact.beads[pick].rms_kt for key, contact in contacts.items()},
    )


def squeeze_pressure_kt_per_nm3(pose: PoseEnergy) -> float:
    r"""Pressure at which drying begins to squeeze the shells of like nanocrystals [kT/nm^3].

    Shells that touch face to face cost 1 kT when they are pushed in by :math:`\lambda`. Thermal motion keeps hard
    particles of free path :math:`\lambda` apart at the pressure :math:`P = kT / (\lambda A)`, with A the area of a face
    of the cell (its volume to the power 2/3): below it crowding alone spaces the crystal, above it shells give way.

    Parameters
    ----------
    pose
        Pair energy of one kind with its like.
    """
    touch = pose.facing.gap_nm
    floor = float(pose.facing_energy_kt(touch))

    def above(push: float) -> float:
        return float(pose.facing_energy_kt(touch - push)) - floor - SQUEEZED_KT

    depth = float(brentq(above, 1e-6, 0.6 * touch)) if above(0.6 * touch) > 0 else 0.6 * touch
    shape = pose.first.nanocrystal.shape
    if isinstance(shape, Sphere):
        area = (shape.diameter_nm + touch) ** 2 / 2 ** (1 / 3)  # fcc: a volume of d^3 / sqrt 2 a particle
    else:
        area = float(np.prod(np.array(shape.edges_nm) + touch)) ** (2 / 3)
    return 1 / (depth * area)
