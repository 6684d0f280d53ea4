"""Nearest neighbours with their image vectors, in any box (however small) or in a free cluster."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import freud
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from packing.configuration import Configuration, box_to_cell
from packing.errors import InputError

# Neighbours count up to this many nearest-neighbour distances: two shells, even with an axial ratio of 1.5.
REACH = 2.1
# Widest cone without a neighbour. In the bulk the widest is 35 degrees (sc along <111>) and a vacancy next door makes
# it 45 in sc and fcc; a missing row at a stepped surface leaves 60, a flat surface 90.
MAX_EMPTY_CONE_DEG = 50.0
# The 24 nearest hold two shells of every lattice here.
_N_COUNTED = 24
_N_DIRECTIONS = 500
_BATCH = 24


def interior_mask(neighbours: Neighbours) -> NDArray[np.bool_]:
    """Particles around which no cone of half angle 50 degrees is free of neighbours, shape (N,).

    Neighbours within 2.1 spacings count. Particles at the surface of a cluster, in a dilute suspension or beside a
    large hole are not interior; in a dense periodic phase all are. The cone is looked for along 500 directions.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> from structure.order.neighbours import nearest_neighbours
    >>> cluster = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=cube(8.6), periodic=False)
    >>> int(interior_mask(nearest_neighbours(cluster, 24)).sum())
    8
    """
    directions = _even_directions(_N_DIRECTIONS).astype(np.float32)
    limit = np.cos(np.radians(MAX_EMPTY_CONE_DEG))
    inside = np.zeros(len(neighbours.indices), dtype=bool)
    counted = neighbours.within(REACH * neighbours.spacing_nm)[:, :_N_COUNTED]
    for start in range(0, len(inside), _BATCH):
        part = slice(start, start + _BATCH)
        near = counted[part][..., None]
        vectors = np.where(near, neighbours.vectors_nm[part, :_N_COUNTED], 0.0)
        unit = vectors / np.where(near, neighbours.distances_nm[part, :_N_COUNTED, None], 1.0)
        # A neighbour that does not count has a zero vector, whose cosine of 0 never reaches the limit.
        cosines = unit.astype(np.float32) @ directions.T
        inside[part] = np.all(cosines.max(axis=1) > limit, axis=1)
    return inside


def _even_directions(n: int) -> NDArray[np.float64]:
    """``n`` nearly even directions: a Fibonacci spiral on the sphere."""
    i = np.arange(n) + 0.5
    z = 1 - 2 * i / n
    azimuth = i * np.pi * (3 - np.sqrt(5))
    rho = np.sqrt(1 - z * z)
    return np.column_stack([rho * np.cos(azimuth), rho * np.sin(azimuth), z])


FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Halfway between the first and second neighbours of sc, in nearest-neighbour distances. It takes 6 neighbours in sc,
# 12 in fcc and hcp, 14 in bcc, 8 in simple hexagonal with c = a.
FIRST_SHELL = (1 + math.sqrt(2)) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The ``k`` nearest neighbours of every particle, sorted by distance.

    Parameters
    ----------
    indices
        Which particle the neighbour is an image of, shape (N, k); -1 where a free cluster has no more particles.
    vectors_nm
        From the particle to the neighbour's nearest images [nm], shape (N, k, 3); infinite where there is none.
    distances_nm
        Their lengths [nm], shape (N, k).
    """

    indices: IntArray
    vectors_nm: FloatArray
    distances_nm: FloatArray

    @property
    def spacing_nm(self) -> float:
        """Typical nearest-neighbour distance [nm]: the median length of the bonds of the first shell.

        The shell ends at 1.207 (halfway to the second neighbours of sc) times the typical mean of the three nearest,
        which even a corner of a cluster has, and then times the median itself.
        """
        nearest = self.distances_nm[:, :3]
        complete = np.isfinite(nearest).all(axis=1)
        spacing = float(np.median(nearest[complete].mean(axis=1) if complete.any() else self.distances_nm[:, 0]))
        for _ in range(2):
            spacing = float(np.median(self.distances_nm[self.within(FIRST_SHELL * spacing)]))
        return spacing

    def within(self, radius_nm: float) -> NDArray[np.bool_]:
        """Mask of the neighbours closer than ``radius_nm`` [nm], shape (N, k)."""
        return self.distances_nm < radius_nm

    def to_freud(self, mask: NDArray[np.bool_]) -> freud.locality.NeighborList:
        """The bonds chosen by ``mask``, shape (N, k), as freud's neighbour list."""
        i, _ = np.nonzero(mask)
        n = len(self.indices)
        return freud.locality.NeighborList.from_arrays(n, n, i, self.indices[mask], self.vectors_nm[mask])


def nearest_neighbours(configuration: Configuration, n_neighbours: int) -> Neighbours:
    """Find the nearest neighbours of all particles, counting periodic images as particles of their own.

    A particle's own images count too, so that a crystal of one cell has neighbours.

    Parameters
    ----------
    configuration
        At least two particles, in a periodic box (triclinic too) or as a free cluster.
    n_neighbours
        How many of each.

    Raises
    ------
    InputError
        If there are fewer than two particles, two of them lie on one point, or all move in a plane only.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(2, 2, 2), shapes=cube(8.6))
    >>> nearest_neighbours(crystal, 6).distances_nm[0].round(3).tolist()
    [11.0, 11.0, 11.0, 11.0, 11.0, 11.0]
    """
    if configuration.dimensions != 3:
        raise InputError("configuration is two-dimensional, and this is of three dimensions. Use measure_layer.")
    if configuration.n_particles < 2:
        raise InputError(
            f"configuration must have at least 2 particles to have neighbours, got {configuration.n_particles}."
        )
    if configuration.box is None:
        found = _query(configuration.positions_nm, configuration.positions_nm, None, n_neighbours)
    else:
        found = _periodic(configuration.positions_nm, configuration.box, n_neighbours)
    if found.distances_nm[:, 0].min() < 1e-9:
        raise InputError("positions_nm must differ, got two particles on one point. Remove the copies.")
    return found


def _periodic(positions: FloatArray, box: FloatArray, k: int) -> Neighbours:
    cell = box_to_cell(box)
    volume = abs(np.linalg.det(cell))
    # Radius of a sphere that holds k particles on average, with room for fluctuations.
    pad = 1.3 * (3 * (k + 1) / (4 * np.pi * len(positions) / volume)) ** (1 / 3)
    while True:
        images, owners = _with_images(positions, cell, pad)
        found = _query(positions, images, owners, k)
        if found.distances_nm.max() <= pad:
            return found
        pad = min(found.distances_nm.max() * (1 + 1e-9), 2 * pad)


def _with_images(positions: FloatArray, cell: FloatArray, pad_nm: float) -> tuple[FloatArray, IntArray]:
    inverse = np.linalg.inv(cell)
    # A layer of thickness pad around the cell, in fractions of the distance between opposite faces.
    margin = pad_nm * np.linalg.norm(inverse, axis=0)
    reach = np.ceil(margin).astype(int)
    fractions = positions @ inverse
    points, owners = [positions], [np.arange(len(positions))]
    for shift in itertools.product(*(range(-r, r + 1) for r in reach)):
        if any(shift):
            moved = fractions + shift
            near = np.flatnonzero(np.all(np.abs(moved) <= 0.5 + margin, axis=1))
            points.append(moved[near] @ cell)
            owners.append(near)
    return np.concatenate(points), np.concatenate(owners)


def _query(positions: FloatArray, points: FloatArray, owners: IntArray | None, k: int) -> Neighbours:
    distances, found = cKDTree(points).query(positions, k=k + 1)
    # The first hit is the particle itself, which is stored at its own index.
    own = found == np.arange(len(positions))[:, None]
    own[~own.any(axis=1), 0] = True
    keep = ~own
    distances, found = distances[keep].reshape(-1, k), found[keep].reshape(-1, k)
    missing = ~np.isfinite(distances)
    safe = np.where(missing, 0, found)
    vectors = points[safe] - positions[:, None]
    vectors[missing] = np.inf
    indices = safe if owners is None else owners[safe]
    return Neighbours(np.where(missing, -1, indices).astype(np.int64), vectors, distances)
