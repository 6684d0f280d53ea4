"""Whole-number site indices of the particles of a grain, found by walking along lattice bonds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

from structure.order.neighbours import Neighbours

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# An empty site with this share of its surrounding sites occupied is a hole inside. At a flat surface the share of the
# two first shells is at most 13/18 (sc and fcc along <100>), beside another vacancy it is 17/18.
_MIN_SURROUNDED = 0.8


def count_vacancies(sites: SiteIndices, shell: IntArray) -> int:
    """Number of empty lattice sites inside the crystal.

    In a periodic crystal that fills its box the number of sites is known (the determinant of the winding matrix), and
    the missing particles are counted. Elsewhere a hole counts if at least 80 % of the sites around it are occupied; a
    missing particle in the outermost layer is then part of the surface.

    Parameters
    ----------
    sites
        The indexed particles.
    shell
        Whole-number vectors to the sites around a site, shape (k, 3).
    """
    if sites.winding is not None:
        n_sites = abs(round(np.linalg.det(sites.winding))) * sites.n_sublattices
        return max(n_sites - _n_occupied(sites), 0)
    total = 0
    for sublattice in range(sites.n_sublattices):
        total += _holes(sites.site_indices[sites.sublattice == sublattice], shell)
    return total


def _n_occupied(sites: SiteIndices) -> int:
    """Number of different sites, seen modulo the box."""
    assert sites.winding is not None
    turns = sites.site_indices @ np.linalg.inv(sites.winding)
    inside = np.round((turns - np.floor(turns + 1e-9)) @ sites.winding).astype(np.int64)
    return len(np.unique(np.column_stack([sites.sublattice, inside]), axis=0))


def _holes(occupied: IntArray, shell: IntArray) -> int:
    low = occupied.min(axis=0) - np.abs(shell).max(axis=0)
    size = np.ptp(occupied, axis=0) + 1 + 2 * np.abs(shell).max(axis=0)
    strides = np.array([size[1] * size[2], size[2], 1])
    keys = np.unique((occupied - low) @ strides)
    around = ((keys[:, None]) + shell @ strides).ravel()
    sites, counts = np.unique(around, return_counts=True)
    empty = ~np.isin(sites, keys, assume_unique=True)
    return int(np.sum(counts[empty] >= _MIN_SURROUNDED * len(shell)))


# A set of particles that lattice bonds hold together counts as a sublattice from this share of the grain.
_MIN_SHARE = 0.1
# A grain fills the box if it occupies this share of the sites there are.
_MIN_FILLING = 0.7
# Share of bonds that may disagree with the winding of the box.
_MAX_CONFLICTS = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class SiteIndices:
    """Which lattice site each particle sits on.

    Parameters
    ----------
    members
        Indices of the particles that could be indexed, shape (n,).
    site_indices
        Their whole-number coordinates in the primitive basis, shape (n, 3).
    unwrapped_nm
        Their positions without periodic wrapping [nm], shape (n, 3).
    sublattice
        To which sublattice each belongs (hcp has two), shape (n,).
    winding
        Lattice vectors that the three box vectors are, as rows of whole numbers; None for a free cluster, a grain that
        does not close on itself in all three directions, or a box that does not fit the lattice.
    conflict_fraction
        Share of lattice bonds whose two ends disagree on their indices: dislocations, stacking faults.
    """

    members: IntArray
    site_indices: IntArray
    unwrapped_nm: FloatArray
    sublattice: IntArray
    winding: IntArray | None
    conflict_fraction: float

    @property
    def n_sublattices(self) -> int:
        """Number of sites per primitive cell."""
        return int(self.sublattice.max()) + 1


def index_sites(
    neighbours: Neighbours,
    positions_nm: FloatArray,
    members: IntArray,
    basis_nm: FloatArray,
    cell_nm: FloatArray | None,
    capture_nm: float,
) -> SiteIndices:
    """Give each member of a grain its site in the lattice spanned by ``basis_nm`` (rows).

    A bond belongs to the lattice if it ends within ``capture_nm`` of a lattice vector.

    Parameters
    ----------
    neighbours
        Neighbours of all particles of the frame.
    positions_nm
        Positions of all particles [nm], shape (N, 3).
    members
        Indices of the particles of the grain.
    basis_nm
        Primitive basis (rows) [nm].
    cell_nm
        Vectors of the periodic box (rows) [nm], None for a free cluster.
    capture_nm
        Largest distance of a bond's end from its lattice vector [nm].
    """
    i, j, vectors, steps = _lattice_bonds(neighbours, members, basis_nm, capture_nm)
    n = len(positions_nm)
    graph = csr_matrix((np.ones(len(i)), (i, j)), shape=(n, n))
    _, component = connected_components(graph, directed=False)
    sizes = np.bincount(component[members], minlength=component.max() + 1)
    large = np.flatnonzero(sizes >= max(_MIN_SHARE * len(members), 2))
    sites = np.zeros((n, 3), dtype=np.int64)
    unwrapped = positions_nm.copy()
    sublattice = np.full(n, -1)
    lookup = _first_bond(i, j, n)
    for number, label in enumerate(large[np.argsort(-sizes[large], kind="stable")]):
        root = int(np.flatnonzero(component == label)[0])
        order, parent = breadth_first_order(graph, root, directed=False)
        sublattice[order] = number
        _walk(order, parent, lookup, n, steps, vectors, sites, unwrapped)
    kept = np.flatnonzero(sublattice >= 0)
    inside = sublattice[i] >= 0
    slip = sites[j] - sites[i] - steps
    jump = unwrapped[j] - unwrapped[i] - vectors
    winding, conflicts = _close(slip[inside], jump[inside], cell_nm)
    if winding is not None and len(kept) < _MIN_FILLING * abs(np.linalg.det(winding)) * len(large):
        winding = None
    return SiteIndices(kept, sites[kept], unwrapped[kept], sublattice[kept], winding, conflicts)


def _lattice_bonds(
    neighbours: Neighbours, members: IntArray, basis: FloatArray, capture_nm: float
) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
    belongs = np.zeros(len(neighbours.indices) + 1, dtype=bool)
    belongs[members] = True
    # The longest basis vector must be reachable: in hcp the c axis is 1.63 spacings long.
    reach = float(np.linalg.norm(basis, axis=1).max()) + capture_nm
    mask = neighbours.within(reach) & belongs[:-1, None] & belongs[neighbours.indices]
    i, _ = np.nonzero(mask)
    j, vectors = neighbours.indices[mask], neighbours.vectors_nm[mask]
    steps = np.round(vectors @ np.linalg.inv(basis)).astype(np.int64)
    good = np.linalg.norm(vectors - steps @ basis, axis=1) < capture_nm
    good &= np.any(steps != 0, axis=1)
    return i[good], j[good], vectors[good], steps[good]


def _first_bond(i: IntArray, j: IntArray, n: int) -> tuple[IntArray, IntArray]:
    """Sorted keys i n + j of the bonds and, for each, one bond with it."""
    keys, first = np.unique(i * n + j, return_index=True)
    return keys, first


def _walk(
    order: IntArray,
    parent: IntArray,
    lookup: tuple[IntArray, IntArray],
    n: int,
    steps: IntArray,
    vectors: FloatArray,
    sites: IntArray,
    unwrapped: FloatArray,
) -> None:
    """Carry indices and positions from the root outwards; fills ``sites`` and ``unwrapped``."""
    keys, first = lookup
    # scipy gives 32-bit indices, whose products overflow above 46 000 particles.
    children = order[1:].astype(np.int64)
    parents = parent[children].astype(np.int64)
    # A bond is listed from one end only where the other end has too many nearer neighbours.
    forward, backward = parents * n + children, children * n + parents
    at = np.searchsorted(keys, forward).clip(max=len(keys) - 1)
    found = keys[at] == forward
    at_back = np.searchsorted(keys, backward).clip(max=len(keys) - 1)
    bond = np.where(found, first[at], first[at_back])
    sign = np.where(found, 1, -1)
    step, vector = steps[bond] * sign[:, None], vectors[bond] * sign[:, None]
    for child, source, s, v in zip(children.tolist(), parents.tolist(), step, vector, strict=True):
        sites[child] = sites[source] + s
        unwrapped[child] = unwrapped[source] + v


def _close(slip: IntArray, jump: FloatArray, cell: FloatArray | None) -> tuple[IntArray | None, float]:
    """Winding matrix of the box and the share of bonds that neither agree nor wind."""
    if cell is None:
        return None, float(np.mean(np.any(slip != 0, axis=1))) if len(slip) else 0.0
    turns = np.round(jump @ np.linalg.inv(cell)).astype(np.int64)
    windings = np.linalg.lstsq(turns.astype(float), slip.astype(float), rcond=None)[0]
    whole: IntArray = np.asarray(np.round(windings), dtype=np.int64)
    conflicts = float(np.mean(np.any(slip != turns @ whole, axis=1))) if len(slip) else 0.0
    wraps = np.linalg.matrix_rank(turns) == 3
    if not wraps or abs(round(np.linalg.det(whole))) == 0 or conflicts > _MAX_CONFLICTS:
        return None, conflicts
    return whole, conflicts
