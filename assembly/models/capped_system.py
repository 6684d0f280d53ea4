"""Capped cores put at positions: the `System` of explicit-ligand, with its topology and force field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assembly.models.capped_core import CORE_BEAD_NM, CappedCore
from assembly.models.chains import Chain, ChainForceField, chain_angle, chain_bond, ligand_pair, repulsive_pair
from assembly.system.bodies import bead_masses
from assembly.system.system import BodyKind, PairPotential, System
from packing.configuration import quaternions_to_matrices

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CappedKind:
    """A kind of nanocrystal in explicit-ligand: its capped core, its name, mass and principal moments of inertia."""

    name: str
    core: CappedCore
    mass_amu: float
    inertia_amu_nm2: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placement:
    """Where the nanocrystals are: box, kind (B,), centres [nm] (B, 3) and orientations (B, 4)."""

    box: FloatArray
    kind: IntArray
    centres_nm: FloatArray
    orientations: FloatArray


def capped_system(
    kinds: tuple[CappedKind, ...], placement: Placement, force_field: ChainForceField, kt_kj_mol: float, seed: int
) -> System:
    """The `System` of capped cores at given places, every chain stretched out.

    Particle types: one per kind for the centres (no interaction), ``core`` for shell beads, ``anchor`` for grafting
    points (bonded only) and one ``ligand`` type per different chain.

    Parameters
    ----------
    kinds
        The different cores with their chains.
    placement
        Box, and kind, place and orientation of every particle.
    force_field
        Bonds, angles and pair potentials of the chains.
    kt_kj_mol
        Thermal energy [kJ/mol].
    seed
        Of everything random in the run.
    """
    chains = _chains(kinds)
    core_type, anchor_type, first_ligand = len(kinds), len(kinds) + 1, len(kinds) + 2
    ligand_names = ("ligand",) if len(chains) == 1 else tuple(f"ligand{i}" for i in range(len(chains)))
    bodies = tuple(_body(k, i, core_type, anchor_type) for i, k in enumerate(kinds))
    chain_of_kind = np.array([chains.index(k.core.chain) for k in kinds], dtype=np.int64)
    free = _free_particles(kinds, placement, first_ligand + chain_of_kind)
    bonds, angles = _topology(kinds, placement, chain_of_kind)
    return System(
        box=np.asarray(placement.box, dtype=float),
        particle_types=(*(k.name for k in kinds), "core", "anchor", *ligand_names),
        particle_masses_amu=np.array(
            [*(k.mass_amu for k in kinds), *(2 * [chains[0].bead_mass_amu]), *(c.bead_mass_amu for c in chains)]
        ),
        bodies=bodies,
        body_kind=placement.kind,
        centres_nm=placement.centres_nm,
        orientations=placement.orientations,
        free_types=free[0],
        free_positions_nm=free[1],
        pairs=capped_pairs(kinds, force_field),
        bond_types=tuple(chain_bond(c, force_field) for c in chains),
        bonds=bonds,
        angle_types=(chain_angle(force_field),),
        angles=angles,
        kt_kj_mol=kt_kj_mol,
        seed=seed,
    )


def _body(kind: CappedKind, centre_type: int, core_type: int, anchor_type: int) -> BodyKind:
    core = kind.core
    types = np.concatenate([np.full(len(core.shell_nm), core_type), np.full(core.n_chains, anchor_type)])
    beads = np.concatenate([core.shell_nm, core.anchors_nm])
    return BodyKind(
        name=kind.name,
        shape=core.shape,
        mass_amu=kind.mass_amu,
        inertia_amu_nm2=np.asarray(kind.inertia_amu_nm2, dtype=float),
        centre_type=centre_type,
        bead_types=types.astype(np.int64),
        bead_positions_nm=beads,
        bead_masses_amu=bead_masses(beads, kind.mass_amu, np.asarray(kind.inertia_amu_nm2, dtype=float)),
    )


def _free_particles(
    kinds: tuple[CappedKind, ...], placement: Placement, ligand_type: IntArray
) -> tuple[IntArray, FloatArray]:
    rotations = quaternions_to_matrices(placement.orientations)
    types, positions = [], []
    for kind, centre, rotation in zip(placement.kind, placement.centres_nm, rotations, strict=True):
        beads = kinds[kind].core.chain_beads_nm.reshape(-1, 3)
        positions.append(centre + beads @ rotation.T)
        types.append(np.full(len(beads), ligand_type[kind], dtype=np.int64))
    return np.concatenate(types), np.concatenate(positions)


def _topology(
    kinds: tuple[CappedKind, ...], placement: Placement, chain_of_kind: IntArray
) -> tuple[IntArray, IntArray]:
    """Bonds and angles by particle index: centres first, then the beads of each body, then the chains."""
    n_bodies = len(placement.kind)
    body_beads = [len(kinds[k].core.shell_nm) + kinds[k].core.n_chains for k in placement.kind]
    body_start = n_bodies + np.concatenate([[0], np.cumsum(body_beads)])
    free_start = int(body_start[-1])
    bonds, angles = [], []
    for body, k in enumerate(placement.kind):
        core = kinds[k].core
        anchors = int(body_start[body]) + len(core.shell_nm) + np.arange(core.n_chains)
        beads = free_start + np.arange(core.n_chains * core.chain.n_beads).reshape(core.n_chains, -1)
        free_start += beads.size
        whole = np.column_stack([anchors, beads])
        bonds.append(_tuples(whole, 2, int(chain_of_kind[k])))
        angles.append(_tuples(whole, 3, 0))
    return np.concatenate(bonds), np.concatenate(angles)


def _tuples(chains: IntArray, size: int, kind: int) -> IntArray:
    """Runs of ``size`` neighbours along each chain, with their type in front."""
    windows = np.lib.stride_tricks.sliding_window_view(chains, min(size, chains.shape[1]), axis=1)
    rows = windows.reshape(-1, windows.shape[-1]) if chains.shape[1] >= size else np.zeros((0, size), dtype=np.int64)
    return np.column_stack([np.full(len(rows), kind, dtype=np.int64), rows]).astype(np.int64)


def capped_pairs(kinds: tuple[CappedKind, ...], force_field: ChainForceField) -> dict[tuple[int, int], PairPotential]:
    """Pair potentials by the indices of two particle types: repulsive cores, attractive ligands.

    Diameters mix by the arithmetic mean.
    """
    sigmas = [chain.bead_nm for chain in _chains(kinds)]
    core_type, first_ligand, repulsion = len(kinds), len(kinds) + 2, force_field.repulsion_kj_mol
    pairs: dict[tuple[int, int], PairPotential] = {(core_type, core_type): repulsive_pair(CORE_BEAD_NM, repulsion)}
    for i, sigma in enumerate(sigmas):
        pairs[core_type, first_ligand + i] = repulsive_pair((CORE_BEAD_NM + sigma) / 2, repulsion)
        for j in range(i, len(sigmas)):
            pairs[first_ligand + i, first_ligand + j] = ligand_pair((sigma + sigmas[j]) / 2, force_field)
    return pairs


def _chains(kinds: tuple[CappedKind, ...]) -> list[Chain]:
    """The different chains, one ligand type each."""
    return list(dict.fromkeys(kind.core.chain for kind in kinds))
