"""Rectangular cells of crystals, as engines want them."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from assembly.crystal.crystals import Crystal
from packing.errors import InputError

FloatArray = NDArray[np.float64]

_STEPS = (-2, -1, 0, 1, 2)
_RIGHT = 1e-6


def rectangular(crystal: Crystal) -> Crystal:
    """The smallest rectangular cell of a crystal, its edges along x, y and z: of a hexagonal one c, a and a + 2 b.

    Parameters
    ----------
    crystal
        Any cell.

    Raises
    ------
    InputError
        If no three lattice vectors of up to two cells are at right angles.

    Examples
    --------
    >>> hexagonal = np.array([[1.0, 0, 0], [-0.5, 3**0.5 / 2, 0], [0, 0, 1.2]])
    >>> plane = Crystal(
    ...     name="hexagons", cell_nm=hexagonal, fractions=np.zeros((1, 3)), rotations=np.eye(3)[None],
    ...     kinds=np.array([0]),
    ... )
    >>> rectangular(plane).n_bodies, rectangular(plane).cell_nm.diagonal().round(3).tolist()
    (2, [1.2, 1.0, 1.732])
    """
    vectors = _right_vectors(crystal.cell_nm)
    if vectors is None:
        raise InputError(
            f"cell of {crystal.name} has no rectangular supercell of up to two cells an edge. Use another."
        )
    cell = vectors @ crystal.cell_nm
    n = round(abs(float(np.linalg.det(vectors))))
    inside = []
    for offset in itertools.product(range(-4, 5), repeat=3):
        places = (crystal.fractions + np.array(offset)) @ np.linalg.inv(vectors)
        wrapped = np.floor(places + 1e-7)
        inside += [(i, places[i]) for i in np.flatnonzero((wrapped == 0).all(axis=1))]
    which = np.array([i for i, _ in inside])
    assert len(which) == n * crystal.n_bodies
    turn = (cell / np.linalg.norm(cell, axis=1)[:, None]) if np.linalg.det(cell) > 0 else np.eye(3)
    return Crystal(
        name=crystal.name,
        cell_nm=np.diag(np.linalg.norm(cell, axis=1)),
        fractions=np.array([place for _, place in inside]),
        rotations=turn @ crystal.rotations[which],
        kinds=crystal.kinds[which],
    )


def _right_vectors(cell: FloatArray) -> NDArray[np.int64] | None:
    """Integer combinations of the cell's vectors at right angles, of the least volume; the cell itself if it is so."""
    gram = cell @ cell.T
    if np.abs(gram - np.diag(np.diag(gram))).max() < _RIGHT * gram.max():
        return np.eye(3, dtype=np.int64)
    tried = np.array([v for v in itertools.product(_STEPS, repeat=3) if any(v)])
    lengths = np.linalg.norm(tried @ cell, axis=1)
    tried = tried[np.argsort(lengths, kind="stable")]
    best: tuple[float, NDArray[np.int64]] | None = None
    dots = (tried @ cell) @ (tried @ cell).T
    size = np.sqrt(np.diag(dots))
    right = np.abs(dots) < 1e-4 * size[:, None] * size[None]
    for i in range(len(tried)):
        for j in np.flatnonzero(right[i, i + 1 :]) + i + 1:
            for k in np.flatnonzero(right[i, j + 1 :] & right[j, j + 1 :]) + j + 1:
                volume = float(np.linalg.det(tried[[i, j, k]] @ cell))
                rows = tried[[i, j, k]] if volume > 0 else tried[[j, i, k]]
                if best is None or abs(volume) < best[0] - 1e-9:
                    best = abs(volume), rows
        if best is not None and i > 60:
            break
    return None if best is None else best[1]


def repeats(crystal: Crystal, least_nm: float, most_bodies: int) -> tuple[int, int, int]:
    """Cells along each edge for a box at least so wide, unless that takes too many bodies.

    Parameters
    ----------
    crystal
        One rectangular cell.
    least_nm
        Shortest edge of the box that is wanted [nm].
    most_bodies
        Bodies that it may have at most; one cell is always allowed.
    """
    lengths = np.diag(crystal.cell_nm)
    counts = [max(1, math.ceil(least_nm / length - 1e-9)) for length in lengths]
    while math.prod(counts) * crystal.n_bodies > most_bodies and max(counts) > 1:
        widest = int(np.argmax([n * length if n > 1 else 0.0 for n, length in zip(counts, lengths, strict=True)]))
        counts[widest] -= 1
    return counts[0], counts[1], counts[2]
