"""One candidate lattice at a pressure: relaxed, classified, in the medium and dry; how far two models of it differ."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assembly.crystal.boxes import rectangular
from assembly.crystal.classification import Became, classify
from assembly.crystal.coated import SoftMatter
from assembly.crystal.crystals import Crystal
from assembly.crystal.energies import body_pairs
from assembly.crystal.lattice_starts import LatticeStart, lattice_start
from assembly.crystal.relaxation import Relaxed, relax
from assembly.crystal.vibrations import quasi_harmonic
from packing.contact.continuation import followed_packing
from packing.contact.free_sites import freed_packing
from packing.lattices.templates import Template
from packing.shapes import Sphere

FloatArray = NDArray[np.float64]

STATIC = (2, 2, 2)
"""Cells whose waves a quasi-harmonic free energy counts."""
_FEW_SITES = 3
_CORES_TOUCH_NM = 0.1
_CORE_REACH = 1.8
"""Distances over the nearest one within which cores of a dry crystal count as neighbours."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StaticCandidate:
    """A lattice relaxed at a pressure.

    Parameters
    ----------
    name
        Of the lattice.
    counts
        Bodies of each kind in a cell.
    relaxed
        Cell, energy and enthalpy.
    became
        What it is after relaxation.
    packed_nm3
        Volume of the cell by the contact engine, coated cuboids being as round as their shells are thick [nm^3].
    free_energy_kt
        Quasi-harmonic, of a cell [kT]; nan where something is not held, as in every crystal of shells that only push.
    lowest
        Smallest eigenvalue of the Hessian [kT/nm^2 or kT].
    core_kt
        Van der Waals energy of the cores in a cell [kT].
    """

    name: str
    counts: tuple[int, ...]
    relaxed: Relaxed
    became: Became
    packed_nm3: float
    free_energy_kt: float
    lowest: float
    core_kt: float

    @property
    def n_bodies(self) -> int:
        """Number of bodies in a cell."""
        return sum(self.counts)


def static_candidate(
    soft: SoftMatter, lattice: str | Template, pressure_kt_per_nm3: float, kinds: tuple[int, ...] | None = None
) -> StaticCandidate:
    """Relax a lattice with its cell, its sites and its turns free, and say what it became.

    Parameters
    ----------
    soft
        The particles in one state.
    lattice
        A name of the catalogue, or a template.
    pressure_kt_per_nm3
        Pressure [kT/nm^3].
    kinds
        Which kinds sit on A and on B; None puts the larger one on A.

    Raises
    ------
    InputError
        For a lattice without a template, or of more kinds than there are.
    """
    start = lattice_start(soft, lattice, kinds)
    box = rectangular(start.crystal)
    found = relax(soft.matter, box, pressure_kt_per_nm3, cell="diag")
    shapes = [body.shape for body in soft.matter.bodies]
    waves = quasi_harmonic(soft.matter, found.crystal, STATIC)
    cells = box.n_bodies // start.crystal.n_bodies
    return StaticCandidate(
        name=start.crystal.name,
        counts=tuple(int((box.kinds == k).sum()) for k in range(len(soft.bodies))),
        relaxed=found,
        became=classify(box, found.crystal, shapes),
        packed_nm3=cells * rounded_volume_nm3(soft, start, lattice),
        free_energy_kt=waves.free_energy_kt * box.n_bodies if waves.is_stable else math.nan,
        lowest=waves.lowest,
        core_kt=core_energy_kt(soft, found.crystal),
    )


def rounded_volume_nm3(soft: SoftMatter, start: LatticeStart, lattice: str | Template) -> float:
    """Volume of the densest packing found of coated bodies as round as their shells are thick [nm^3].

    Parameters
    ----------
    soft
        The particles.
    start
        The lattice, as it starts.
    lattice
        What it was made from.
    """
    packed = start.packing
    by_kind = dict(zip(packed.kinds, start.crystal.kinds.tolist(), strict=True))
    rounded = {kind: soft.effective_shape(by_kind[kind]) for kind in packed.shapes}
    if all(isinstance(shape, Sphere) for shape in rounded.values()):
        return packed.volume_nm3
    found = followed_packing(lattice, packed, rounded)
    # Few sites may leave their places too, as they do when a crystal is relaxed.
    if isinstance(lattice, str) and len(packed.kinds) <= _FEW_SITES and len(rounded) > 1:
        found = freed_packing(found)
    return min(found.volume_nm3, packed.volume_nm3)


def core_energy_kt(soft: SoftMatter, crystal: Crystal) -> float:
    """Van der Waals energy of neighbouring cores of a cell, across what is between them [kT]."""
    near = body_pairs(soft.matter, crystal)
    d = crystal.centres_nm[near.j] + near.images @ crystal.cell_nm - crystal.centres_nm[near.i]
    distance = np.linalg.norm(d, axis=1)
    ki, kj = crystal.kinds[near.i], crystal.kinds[near.j]
    total = 0.0
    for i, j in soft.poses:
        rows = np.flatnonzero(((ki == i) & (kj == j)) | ((ki == j) & (kj == i)))
        rows = rows[distance[rows] < _CORE_REACH * distance[rows].min(initial=math.inf)]
        if not len(rows):
            continue
        turned = ki[rows] != i
        first = np.where(turned, near.j[rows], near.i[rows])
        second = np.where(turned, near.i[rows], near.j[rows])
        away = np.where(turned[:, None], -d[rows], d[rows])
        one, other = crystal.rotations[first], crystal.rotations[second]
        shift = np.einsum("nji,nj->ni", one, away)
        turn = one.swapaxes(1, 2) @ other
        pose = soft.poses[i, j]
        keep = pose.approach((shift, turn)).gap_nm > _CORES_TOUCH_NM
        if keep.any():
            poses = shift[keep], turn[keep]
            total += float(pose.cores_kt(poses, pose.approach(poses)).sum())
    return total
