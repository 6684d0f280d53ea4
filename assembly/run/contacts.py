"""Which nanocrystals hold each other, frame by frame: energies of pairs by the beads that were simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ase.neighborlist import primitive_neighbor_list as neighbour_list
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from assembly.system.state import heights_nm
from assembly.system.system import BodyKind, PairPotential, System, TablePair
from packing.configuration import Configuration, box_to_cell, quaternions_to_matrices

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Pairs = Mapping[tuple[int, int], PairPotential]

CONTACT_PART = 0.25
"""Part of the depth of the best contact from which on a pair counts as one: facets that share a quarter keep it."""
_PAIRS_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Contacts of a stretch of frames.

    Parameters
    ----------
    per_particle
        Contacts of a particle in every frame, mean over particles.
    largest_cluster
        Share of the particles in the largest cluster, frame by frame.
    made_per_particle, broken_per_particle
        Contacts that are there in one frame and were not in the one before, and the other way round, per particle,
        summed over the frames. What is made and broken between two frames is not seen.
    cluster_sizes
        Of the last frame, the largest first.
    """

    per_particle: tuple[float, ...]
    largest_cluster: tuple[float, ...]
    made_per_particle: float
    broken_per_particle: float
    cluster_sizes: tuple[int, ...]


def contacts_of(frames: Sequence[Configuration], system: System, pairs: Pairs, threshold_kj_mol: float) -> Contacts:
    """Contacts in frames of one stretch with one force field.

    Parameters
    ----------
    frames
        In the order of time.
    system
        What was simulated.
    pairs
        The force field, of tables alone.
    threshold_kj_mol
        Energy below which a pair counts as a contact [kJ/mol].

    Examples
    --------
    >>> contacts_of([], None, {}, -1.0).cluster_sizes
    ()
    """
    per_particle, largest, sizes = [], [], np.zeros(0, dtype=int)
    before: set[tuple[int, int]] | None = None
    made = broken = 0
    n = len(frames[0].positions_nm) if frames else 1
    for frame in frames:
        close, energy = pair_energies_kj_mol(frame, system, pairs)
        held = close[energy < threshold_kj_mol]
        now = set(map(tuple, held.tolist()))
        per_particle.append(2 * len(now) / n)
        graph = coo_array((np.ones(len(held)), (held[:, 0], held[:, 1])), shape=(n, n))
        sizes = np.sort(np.bincount(connected_components(graph, directed=False)[1]))[::-1]
        largest.append(float(sizes[0]) / n)
        if before is not None:
            made, broken = made + len(now - before), broken + len(before - now)
        before = now
    return Contacts(
        per_particle=tuple(per_particle),
        largest_cluster=tuple(largest),
        made_per_particle=2 * made / n,
        broken_per_particle=2 * broken / n,
        cluster_sizes=tuple(int(s) for s in sizes),
    )


def pair_energies_kj_mol(frame: Configuration, system: System, pairs: Pairs) -> tuple[IntArray, FloatArray]:
    """Pairs of bodies that can feel each other, shape (p, 2), and their energies [kJ/mol], shape (p,).

    Parameters
    ----------
    frame
        Centres and orientations in a box.
    system
        Bodies and their beads.
    pairs
        Potentials between the types of beads, all tables.
    """
    if frame.box is None:
        return np.zeros((0, 2), dtype=np.int64), np.zeros(0)
    felt = {t for key in pairs for t in key}
    kinds = [_felt_beads(kind, felt) for kind in system.bodies]
    reach = max(float(np.linalg.norm(x, axis=1).max(initial=0.0)) for x, _ in kinds)
    cutoff = min(2 * reach + max(p.cutoff_nm for p in pairs.values()), 0.5 * float(heights_nm(frame.box).min()))
    # Shorter than half the box, so that of each pair one image is in reach.
    i, j, away = neighbour_list("ijD", (True, True, True), box_to_cell(frame.box), frame.positions_nm, cutoff)
    order = np.lexsort((j, i))
    order = order[i[order] < j[order]]
    close, away = np.column_stack([i, j])[order].astype(np.int64), away[order]
    turns = quaternions_to_matrices(frame.orientations)
    energy = np.zeros(len(close))
    of = np.asarray(system.body_kind)[close]
    for a, b in np.unique(of, axis=0):
        which = np.flatnonzero((of[:, 0] == a) & (of[:, 1] == b))
        for some in np.array_split(which, max(1, len(which) // _PAIRS_AT_ONCE)):
            energy[some] = _summed(kinds[a], kinds[b], away[some], turns[close[some, 0]], turns[close[some, 1]], pairs)
    return close, energy


def _felt_beads(kind: BodyKind, felt: set[int]) -> tuple[FloatArray, IntArray]:
    keep = np.isin(kind.bead_types, list(felt))
    return kind.bead_positions_nm[keep], kind.bead_types[keep]


def _summed(
    first: tuple[FloatArray, IntArray],
    second: tuple[FloatArray, IntArray],
    away: FloatArray,
    turn: FloatArray,
    other: FloatArray,
    pairs: Pairs,
) -> FloatArray:
    here = np.einsum("pij,bj->pbi", turn, first[0])
    there = np.einsum("pij,bj->pbi", other, second[0]) + away[:, None]
    squares = (here**2).sum(-1)[:, :, None] + (there**2).sum(-1)[:, None] - 2 * here @ there.transpose(0, 2, 1)
    total = np.zeros(len(away))
    for (a, b), pair in pairs.items():
        assert isinstance(pair, TablePair)
        grid = np.linspace(pair.r_min_nm, pair.cutoff_nm, len(pair.energy_kj_mol))
        for i, j in {(a, b), (b, a)}:
            chosen = squares[:, first[1] == i][:, :, second[1] == j]
            near = np.nonzero(chosen < pair.cutoff_nm**2)
            r = np.sqrt(np.maximum(chosen[near], 0.0))
            wall = np.maximum(pair.r_min_nm - r, 0.0) * pair.force_kj_mol_nm[0]
            total += np.bincount(near[0], np.interp(r, grid, pair.energy_kj_mol) + wall, len(total))
    return total
