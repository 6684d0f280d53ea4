"""Chains and layers: how far nanocrystals stack face to face along each of their common axes.

A fully ordered superlattice stacks along three axes, layers (sheets) along two, chains along one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from packing.configuration import Configuration
from packing.cubatic import cubatic_order
from packing.errors import InputError
from packing.shapes import Cuboid
from structure.order.alignment import misorientation
from structure.order.neighbours import Neighbours, nearest_neighbours
from structure.order.template_match import N_CANDIDATES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

# A contact leaves both cuboids through faces within this angle of their normals: sideways by less than half an edge.
_MAX_FACE_ANGLE_DEG = 25.0
# Contacts reach to this many times the smallest distance at which two of the cuboids face each other.
_REACH = 1.35
# An axis counts as stacked if chains along it hold at least this share of the length they could have.
_STACKED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StackReport:
    """Face-to-face stacking along the three common axes of the cuboids.

    Parameters
    ----------
    axes
        The common axes as columns, shape (3, 3).
    contact_share
        Contacts along each axis over the two that every particle could have, shape (3,).
    chain_lengths
        Mean number of cuboids in the chain that a cuboid belongs to, along each axis, shape (3,).
    layer_sizes
        Mean number of cuboids in the layer that a cuboid belongs to, for layers normal to each axis, shape (3,).
    contact_nm
        Mean centre distance of contacts along each axis [nm], nan where there are none, shape (3,).
    """

    axes: FloatArray
    contact_share: FloatArray
    chain_lengths: FloatArray
    layer_sizes: FloatArray
    contact_nm: FloatArray

    @property
    def n_stacked_axes(self) -> int:
        """Along how many axes at least half of the faces meet another face."""
        return int(np.sum(self.contact_share > _STACKED))

    @property
    def kind(self) -> str:
        """ "crystal", "layers", "chains" or "none", for 3, 2, 1 and 0 stacked axes."""
        return ("none", "chains", "layers", "crystal")[self.n_stacked_axes]

    def __repr__(self) -> str:
        return f"StackReport({self.summary()})"

    def summary(self) -> str:
        """One line with the numbers a person asks for first."""
        share = "/".join(f"{100 * s:.0f}" for s in self.contact_share)
        chains = "/".join(f"{x:.1f}" for x in self.chain_lengths)
        return f"{self.kind}: {share} % of faces in contact, chains of {chains}"

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; a number that is not defined is None."""
        return {
            "kind": self.kind,
            "contact_share": self.contact_share.tolist(),
            "chain_lengths": self.chain_lengths.tolist(),
            "layer_sizes": self.layer_sizes.tolist(),
            "contact_nm": [x if math.isfinite(x) else None for x in self.contact_nm.tolist()],
        }

    def plot(self, ax: Axes | None = None, **bar_style: Any) -> Axes:
        """Draw the share of faces in contact along each axis and return the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        ax.bar(["1", "2", "3"], 100 * self.contact_share, **bar_style)
        ax.set(xlabel="common axis", ylabel="faces in contact [%]", ylim=(0, 105))
        return ax


def measure_stacks(configuration: Configuration, *, seed: int = 0) -> StackReport:
    """Find chains and layers of cuboids that stack face to face.

    Two cuboids are in contact if the line between their centres leaves both through faces (within 25 degrees of the
    normals) and is at most 1.35 times as long as the shortest distances in the sample (its first percentile).

    Parameters
    ----------
    configuration
        At least two nanocrystals, all cuboids.
    seed
        Seed of the search for the common axes.

    Raises
    ------
    InputError
        If not all particles are cuboids, or there are fewer than two.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> sheet = build_crystal("sc", spacing_nm=11.0, n_cells=(5, 5, 1), shapes=cube(8.6), periodic=False)
    >>> measure_stacks(sheet).kind
    'layers'
    """
    if not all(isinstance(shape, Cuboid) for shape in configuration.shapes):
        raise InputError("configuration must hold cuboids only to have face-to-face stacks, got other shapes too.")
    neighbours = nearest_neighbours(configuration, N_CANDIDATES)
    _, director = cubatic_order(configuration.orientations, seed)
    axes = misorientation(configuration.orientations, director).mean_axes
    i, j, vectors = _contacts(configuration, neighbours)
    along = np.argmax(np.abs(vectors @ axes), axis=1)
    n = configuration.n_particles
    share, chains, layers, lengths = np.zeros(3), np.zeros(3), np.zeros(3), np.full(3, np.nan)
    for k in range(3):
        on_axis = along == k
        # One contact through each of two opposite faces at most; both ends list it.
        share[k] = on_axis.sum() / (2 * n)
        chains[k] = _mean_cluster(i[on_axis], j[on_axis], n)
        layers[k] = _mean_cluster(i[~on_axis], j[~on_axis], n)
        if on_axis.any():
            lengths[k] = float(np.linalg.norm(vectors[on_axis], axis=1).mean())
    for array in (share, chains, layers, lengths):
        array.flags.writeable = False
    return StackReport(axes=axes, contact_share=share, chain_lengths=chains, layer_sizes=layers, contact_nm=lengths)


def _contacts(
    configuration: Configuration, neighbours: Neighbours
) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
    """Pairs in contact, from both ends: the nearest facing neighbour through each of the six faces."""
    limit = math.cos(math.radians(_MAX_FACE_ANGLE_DEG))
    exists = np.isfinite(neighbours.distances_nm)
    i, _ = np.nonzero(exists)
    j, vectors = neighbours.indices[exists], neighbours.vectors_nm[exists]
    distance = neighbours.distances_nm[exists]
    rotations = configuration.rotations
    unit = vectors / distance[:, None]
    mine = np.einsum("nij,ni->nj", rotations[i], unit)
    theirs = np.einsum("nij,ni->nj", rotations[j], unit)
    facing = (np.abs(mine).max(axis=1) > limit) & (np.abs(theirs).max(axis=1) > limit)
    if not facing.any():
        return i[:0], j[:0], vectors[:0]
    # The distance is compared through each pair of faces: a plate is nearer through its broad faces.
    face = np.argmax(np.abs(mine), axis=1)
    for k in range(3):
        chosen = facing & (face == k)
        if chosen.any():
            facing[chosen] = distance[chosen] < _REACH * np.percentile(distance[chosen], 1)
    i, j, vectors, mine, face = i[facing], j[facing], vectors[facing], mine[facing], face[facing]
    side = 2 * face + (np.take_along_axis(mine, face[:, None], axis=1)[:, 0] > 0)
    # Neighbours are sorted by distance: the first through each face is the nearest.
    _, first = np.unique(i * 6 + side, return_index=True)
    return i[first], j[first], vectors[first]


def _mean_cluster(i: NDArray[np.int64], j: NDArray[np.int64], n: int) -> float:
    """Mean size of the connected cluster a particle belongs to."""
    graph = csr_matrix((np.ones(len(i)), (i, j)), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    return float(np.bincount(label)[label].mean())
