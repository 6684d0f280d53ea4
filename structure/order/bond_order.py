"""Steinhardt order parameters, computed by freud, and the radial distribution function."""

from __future__ import annotations

import math
from collections.abc import Sequence

import freud
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError, cKDTree

from packing.configuration import Configuration
from structure.order.neighbours import Neighbours, with_images

FloatArray = NDArray[np.float64]

_RDF_SPACINGS = 4.5
_RDF_BINS_PER_SPACING = 40
# Edge of the blocks of particles whose distances are worked out together, over the longest distance.
_BLOCK = 0.9
# A direction along which no two sites of a lattice are at one height.
_ASKEW = np.array([0.5377, 0.6180, 0.5734])


def freud_box(configuration: Configuration) -> freud.box.Box:
    """The box as freud's; a free cluster gets one so large that no images interact."""
    if configuration.box is not None:
        return freud.box.Box(*configuration.box)
    extent = float(np.ptp(configuration.positions_nm, axis=0).max(initial=1.0))
    return freud.box.Box.cube(10 * extent)


def steinhardt(
    configuration: Configuration, neighbours: Neighbours, bonds: NDArray[np.bool_], degrees: Sequence[int]
) -> tuple[FloatArray, FloatArray]:
    """Steinhardt q_l of every particle over its bonds, shape (N, degrees), and averaged; nan without bonds.

    Steinhardt, Nelson and Ronchetti, Phys. Rev. B 28, 784 (1983), doi:10.1103/PhysRevB.28.784; averaged over the
    particle and its neighbours after Lechner and Dellago, J. Chem. Phys. 129, 114707 (2008), doi:10.1063/1.2977970.

    Parameters
    ----------
    configuration
        N particles.
    neighbours
        Their neighbours.
    bonds
        Which of those count, shape (N, k).
    degrees
        l, such as 4 and 6.

    Returns
    -------
    tuple
        q_l, and the mean over a particle and its neighbours, each of shape (N, number of degrees).

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> from structure.order.neighbours import nearest_neighbours
    >>> crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=cube(8.6))
    >>> near = nearest_neighbours(crystal, 6)
    >>> steinhardt(crystal, near, np.ones((64, 6), dtype=bool), [4])[0][0].round(4).tolist()  # sqrt(7/12)
    [0.7638]
    """
    shape = (configuration.n_particles, len(degrees))
    if not bonds.any():
        return np.full(shape, np.nan), np.full(shape, np.nan)
    system, bonded = (freud_box(configuration), centred(configuration)), neighbours.to_freud(bonds)
    # One pass of freud for all degrees: its harmonics are those of each particle, its order is the averaged one.
    parameter = freud.order.Steinhardt(list(degrees), average=True).compute(system, neighbors=bonded)
    harmonics = parameter.particle_harmonics
    own = np.empty(shape)
    for k, (degree, each) in enumerate(zip(degrees, [harmonics] if len(degrees) == 1 else harmonics, strict=True)):
        own[:, k] = np.sqrt(4 * math.pi / (2 * degree + 1) * np.sum(np.abs(each) ** 2, axis=1, dtype=np.float64))
    return own, np.asarray(parameter.particle_order, dtype=np.float64).reshape(shape)


def radial_distribution(configuration: Configuration, spacing_nm: float) -> tuple[FloatArray, FloatArray]:
    """Distances [nm] and g(r) up to 4.5 spacings, or to half the smallest width of the box where that is less.

    For a free cluster the density that g(r) is relative to is that inside the convex hull grown by half a spacing; g(r)
    then falls off towards the size of the cluster.

    Parameters
    ----------
    configuration
        Particles in a box, or a free cluster.
    spacing_nm
        Typical distance of neighbours [nm].

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(6, 6, 6), shapes=cube(8.6), displacement_nm=0.2)
    >>> r_nm, g = radial_distribution(crystal, 11.0)
    >>> bool(g[np.abs(r_nm - 11.0) < 0.5].max() > 3), bool(g[np.abs(r_nm - 13.2) < 1.0].max() < 0.1)
    (True, True)
    """
    r_max = _RDF_SPACINGS * spacing_nm
    if configuration.cell_nm is not None:
        widths = 1 / np.linalg.norm(np.linalg.inv(configuration.cell_nm), axis=0)
        r_max = min(r_max, 0.499 * float(widths.min()))
    bins = max(int(_RDF_BINS_PER_SPACING * r_max / spacing_nm), 10)
    edges = np.linspace(0.0, r_max, bins + 1)
    counts = _pairs_by_distance(configuration, r_max, bins)
    n, volume = configuration.n_particles, configuration.volume_nm3
    if volume is None:
        volume = _cluster_volume(configuration.positions_nm, spacing_nm)
    shells = 4 / 3 * math.pi * np.diff(edges**3)
    return (edges[1:] + edges[:-1]) / 2, counts * volume / (n * n * shells)


def _pairs_by_distance(configuration: Configuration, r_max_nm: float, bins: int) -> FloatArray:
    """How many neighbours all particles have together in each of so many equal bins of distance, shape (bins,).

    Block by block of particles, all distances to what is around the block in one product; each pair is counted from the
    end that is behind along a direction that no lattice has, and doubled.
    """
    x = centred(configuration)
    points = x if configuration.cell_nm is None else with_images(x, configuration.cell_nm, r_max_nm)[0]
    tree = cKDTree(points, balanced_tree=False, compact_nodes=False)
    behind, ahead = x @ _ASKEW, points @ _ASKEW
    cells = np.floor((x - x.min(axis=0)) / (_BLOCK * r_max_nm)).astype(np.int64)
    _, block = np.unique(cells, axis=0, return_inverse=True)
    order = np.argsort(block.ravel(), kind="stable")
    # |a|^2 + |b|^2 - 2 a.b in one product.
    lifted = np.column_stack([-2 * x, np.ones(len(x)), np.sum(x**2, axis=1)])
    lifted_points = np.column_stack([points, np.sum(points**2, axis=1), np.ones(len(points))])
    counts = np.zeros(bins, dtype=np.int64)
    for mine in np.split(order, np.flatnonzero(np.diff(block.ravel()[order])) + 1):
        low, high = x[mine].min(axis=0), x[mine].max(axis=0)
        near = np.array(tree.query_ball_point((low + high) / 2, r_max_nm + float(np.linalg.norm(high - low)) / 2))
        near = near[ahead[near] > behind[mine].min()]
        squares = lifted[mine] @ lifted_points[near].T
        counted = (squares < r_max_nm**2) & (ahead[near] > behind[mine, None])
        index = np.sqrt(np.maximum(squares[counted], 0.0)) * (bins / r_max_nm)
        counts += np.bincount(np.minimum(index.astype(np.int64), bins - 1), minlength=bins)
    return np.asarray(2.0 * counts)


def centred(configuration: Configuration) -> FloatArray:
    """Positions [nm] for freud's box, shape (N, 3): a free cluster is moved to its middle."""
    x = configuration.positions_nm
    return x if configuration.box is not None else x - (x.max(axis=0) + x.min(axis=0)) / 2


def _cluster_volume(positions: FloatArray, spacing_nm: float) -> float:
    try:
        hull = ConvexHull(positions)
    except (QhullError, ValueError):
        # A chain or a sheet has no hull: every particle owns a cube of one spacing.
        return len(positions) * spacing_nm**3
    half = spacing_nm / 2
    # Steiner's formula; the mean width is that of the sphere of equal volume.
    radius = (3 * hull.volume / (4 * math.pi)) ** (1 / 3)
    return float(hull.volume + hull.area * half + 4 * math.pi * radius * half**2 + 4 / 3 * math.pi * half**3)
