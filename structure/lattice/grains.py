"""Grains: connected particles in the same kind of surroundings with (nearly) the same lattice axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.transform import Rotation

from structure.crystals.cells import unit_cell
from structure.order.classify import LABELS, NONE, LocalStructure
from structure.order.neighbours import FIRST_SHELL, Neighbours
from structure.order.templates import sites_around

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Neighbours in one grain differ by less: thermal noise of 7 % of the spacing turns local axes by about 2 degrees, and
# high-angle grain boundaries start at 10 to 15 degrees.
MAX_TURN_DEG = 8.0
_MIN_CORE = 6
# A particle joins a grain if it sits this close to one of its sites, in nearest-neighbour distances.
_ON_SITE = 0.3
_ATTACH_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grain:
    """One grain.

    Parameters
    ----------
    lattice
        What most of its particles are in: "sc", "fcc", ...
    members
        Indices of its particles, shape (n,).
    axes
        Mean lattice axes as columns, shape (3, 3).
    angle_deg
        Smallest rotation that takes the axes of the largest grain to those of this one, symmetry counted [degrees].
    domain_size_nm
        Edge of the cube of the same volume [nm].
    """

    lattice: str
    members: IntArray
    axes: FloatArray
    angle_deg: float
    domain_size_nm: float

    @property
    def n_particles(self) -> int:
        """Number of particles."""
        return len(self.members)


def find_grains(neighbours: Neighbours, local: LocalStructure) -> tuple[Grain, ...]:
    """Split a configuration into grains, the largest first; empty where nothing is crystalline.

    Neighbours belong together if they have the same label and their local axes differ by less than 8 degrees. Then
    particles without a label (at surfaces, next to defects) that sit on a site next to a particle of a grain join it.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.order.classify import classify_surroundings
    >>> from structure.crystals.build import build_bicrystal
    >>> from structure.order.neighbours import nearest_neighbours
    >>> pair = build_bicrystal("sc", twist_deg=30, spacing_nm=11.0, n_cells=(5, 6, 6), shapes=cube(8.6))
    >>> near = nearest_neighbours(pair, 24)
    >>> [round(grain.angle_deg, 1) for grain in find_grains(near, classify_surroundings(near))]
    [0.0, 30.0]
    """
    spacing = neighbours.spacing_nm
    mask = neighbours.within(FIRST_SHELL * spacing)
    i, _ = np.nonzero(mask)
    j = neighbours.indices[mask]
    labels = local.label_indices
    same = (labels[i] == labels[j]) & (labels[i] != LABELS.index(NONE))
    i_same, j_same = i[same], j[same]
    aligned = _turns_deg(local.frames[i_same], local.frames[j_same], labels[i_same]) < MAX_TURN_DEG
    graph = csr_matrix((np.ones(aligned.sum()), (i_same[aligned], j_same[aligned])), shape=(len(labels),) * 2)
    _, component = connected_components(graph, directed=False)
    sizes = np.bincount(component)
    large = np.flatnonzero(sizes >= _MIN_CORE)
    number = np.full(len(sizes), -1)
    number[large[np.argsort(-sizes[large], kind="stable")]] = np.arange(len(large))
    grain_of = number[component]
    cores = [_label_and_axes(np.flatnonzero(grain_of == g), local) for g in range(len(large))]
    grain_of = _attach(grain_of, cores, i, j, neighbours.vectors_nm[mask] / spacing)
    return _describe(grain_of, cores, local, spacing)


def _attach(
    grain_of: IntArray, cores: list[tuple[int, FloatArray]], i: IntArray, j: IntArray, vectors: FloatArray
) -> IntArray:
    """Let a particle without a grain join the grain that most of its first neighbours have a site for it in."""
    grain_of = grain_of.copy()
    n = len(grain_of)
    shells = [first_shell(LABELS[label]) @ axes.T for label, axes in cores]
    for _ in range(_ATTACH_ROUNDS):
        open_bonds = np.flatnonzero((grain_of[i] >= 0) & (grain_of[j] < 0))
        owner = grain_of[i[open_bonds]]
        votes = []
        for g in np.unique(owner):
            bonds = open_bonds[owner == g]
            offsets = np.linalg.norm(vectors[bonds, None] - shells[g], axis=2).min(axis=1)
            votes.append(j[bonds[offsets < _ON_SITE]] * n + g)
        if not votes or sum(map(len, votes)) == 0:
            break
        keys, counts = np.unique(np.concatenate(votes), return_counts=True)
        # Sorted by count, so that the last entry written for a particle is the largest.
        order = np.argsort(counts, kind="stable")
        grain_of[keys[order] // n] = keys[order] % n
    return grain_of


def first_shell(lattice: str) -> FloatArray:
    """First-shell sites of a lattice in nearest-neighbour distances, shape (n, 3); for hcp those of both its sites."""
    around = sites_around(lattice, 18)
    near = around[np.linalg.norm(around, axis=1) < FIRST_SHELL]
    return np.concatenate([near, -near]) if lattice == "hcp" else near


def _label_and_axes(members: IntArray, local: LocalStructure) -> tuple[int, FloatArray]:
    labels = local.label_indices[members]
    label = int(np.bincount(labels, minlength=len(LABELS))[:-1].argmax())
    return label, _mean_axes(local.frames[members[labels == label]], label)


def _describe(
    grain_of: IntArray, cores: list[tuple[int, FloatArray]], local: LocalStructure, spacing_nm: float
) -> tuple[Grain, ...]:
    sizes = np.bincount(grain_of[grain_of >= 0], minlength=len(cores))
    grains: list[Grain] = []
    for g in np.argsort(-sizes, kind="stable"):
        label, axes = cores[g]
        members = np.flatnonzero(grain_of == g)
        # Between different lattices no symmetry applies to both; that of the largest grain's is used.
        reference = cores[int(np.argmax(sizes))]
        angle = _turns_deg(reference[1][None], axes[None], np.array([reference[0]]))[0]
        grains.append(
            Grain(
                lattice=LABELS[label],
                members=members,
                axes=axes,
                angle_deg=float(angle),
                domain_size_nm=float(np.cbrt(sizes[g] * _site_volume(label, members, local)) * spacing_nm),
            )
        )
    return tuple(grains)


def _site_volume(label: int, members: IntArray, local: LocalStructure) -> float:
    """Volume per particle over the cube of the nearest-neighbour distance, with the axial ratio that the grain has."""
    if LABELS[label] != "bct":
        return unit_cell(LABELS[label]).volume_per_site
    ratios = local.axial_ratios[members[local.label_indices[members] == label]]
    return unit_cell("bct", c_over_a=float(np.median(ratios))).volume_per_site


def _group(label: int) -> FloatArray:
    """Proper rotations of the lattice, shape (g, 3, 3)."""
    name = "D6" if LABELS[label] in ("hcp", "simple hexagonal") else "O"
    return np.asarray(Rotation.create_group(name).as_matrix())


def _turns_deg(a: FloatArray, b: FloatArray, labels: IntArray) -> FloatArray:
    """Smallest rotation angle between two sets of axes, symmetry counted [degrees], shape (n,)."""
    relative = np.einsum("nji,njk->nik", a, b)
    angle = np.empty(len(a))
    for label in np.unique(labels):
        chosen = labels == label
        # trace(M S) for every operation S.
        trace = np.einsum("nij,gji->ng", relative[chosen], _group(label)).max(axis=1)
        angle[chosen] = np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1)))
    return angle


def _mean_axes(frames: FloatArray, label: int) -> FloatArray:
    """Mean of axes that are equal up to symmetry."""
    group = _group(label)
    mean = frames[0]
    for _ in range(2):
        trace = np.einsum("ji,njk,gki->ng", mean, frames, group)
        aligned = frames @ group[trace.argmax(axis=1)]
        left, _, right = np.linalg.svd(aligned.mean(axis=0))
        mean = left @ right
    return np.asarray(mean)
