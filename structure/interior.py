"""Which particles are inside, with neighbours all around them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from structure.neighbours import Neighbours

# Neighbours count up to this many nearest-neighbour distances: two shells, even with an axial ratio of 1.5.
REACH = 2.1
# Widest cone without a neighbour. In the bulk the widest is 35 degrees (sc along <111>) and a vacancy next door makes
# it 45 in sc and fcc; a missing row at a stepped surface leaves 60, a flat surface 90.
MAX_EMPTY_CONE_DEG = 50.0
# The 24 nearest hold two shells of every lattice here.
_N_COUNTED = 24
_N_DIRECTIONS = 500
_BATCH = 512


def interior_mask(neighbours: Neighbours) -> NDArray[np.bool_]:
    """Particles around which no cone of half angle 50 degrees is free of neighbours, shape (N,).

    Neighbours within 2.1 spacings count. Particles at the surface of a cluster, in a dilute suspension or beside a
    large hole are not interior; in a dense periodic phase all are. The cone is looked for along 500 directions.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals import build_crystal
    >>> from structure.neighbours import nearest_neighbours
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
