"""Crystal system and conventional cell of a measured primitive basis."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache

import numpy as np
from ase.cell import Cell
from ase.geometry import minkowski_reduce
from ase.lattice import identify_lattice
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Number of operations of the point group of a lattice -> its crystal system.
_SYSTEMS = {
    48: "cubic",
    24: "hexagonal",
    16: "tetragonal",
    12: "rhombohedral",
    8: "orthorhombic",
    4: "monoclinic",
    2: "triclinic",
}
# Conventional rows in terms of ASE's standard primitive rows; the lattices not named are primitive already.
_FACE = np.array([[-1, 1, 1], [1, -1, 1], [1, 1, -1]])
_BODY = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
_CENTRING = {
    "FCC": _FACE,
    "ORCF": _FACE,
    "BCC": _BODY,
    "BCT": _BODY,
    "ORCI": _BODY,
    "ORCC": np.array([[1, 1, 0], [-1, 1, 0], [0, 0, 1]]),
    "MCLC": np.array([[1, -1, 0], [1, 1, 0], [0, 0, 1]]),
}


@dataclass(frozen=True, slots=True, eq=False)
class ConventionalCell:
    """How a primitive basis becomes the conventional cell.

    Parameters
    ----------
    crystal_system
        "cubic", "tetragonal", ..., "triclinic".
    bravais
        Pearson-like symbol of ASE: CUB, FCC, BCC, TET, BCT, HEX, RHL, ORC, ORCF, ORCI, ORCC, MCL, MCLC, TRI.
    transformation
        Whole numbers P with conventional rows = P @ primitive rows.
    """

    crystal_system: str
    bravais: str
    transformation: IntArray


def conventional_cell(basis: FloatArray, tolerance: float) -> ConventionalCell:
    """Find the symmetry that a measured basis (rows) has within a relative tolerance of its lengths and cosines.

    The operations are the whole-number matrices W that leave the metric G = B B^T of the reduced basis unchanged,
    W G W^T = G; averaging G over them gives the ideal lattice, which ASE names. A ``tolerance`` so wide that the
    operations form no group is lowered. ``basis`` has the shape (3, 3) and any unit.

    Examples
    --------
    >>> found = conventional_cell(np.array([[0, 5.5, 5.51], [5.5, 0, 5.5], [5.49, 5.5, 0]]), 0.02)
    >>> found.crystal_system, found.bravais
    ('cubic', 'FCC')
    """
    reduced, reduction = minkowski_reduce(basis)
    operations = _point_group(reduced, tolerance)
    metric = reduced @ reduced.T
    ideal = np.mean(operations @ metric @ operations.transpose(0, 2, 1), axis=0)
    lattice, op = identify_lattice(Cell(np.linalg.cholesky(ideal)), eps=1e-5)
    transformation = np.round(_CENTRING.get(lattice.name, np.eye(3)) @ np.linalg.inv(op).T @ reduction)
    if np.linalg.det(transformation @ basis) < 0:
        transformation = -transformation
    return ConventionalCell(_SYSTEMS[len(operations)], lattice.name, transformation.astype(np.int64))


def _point_group(reduced: FloatArray, tolerance: float) -> FloatArray:
    metric = reduced @ reduced.T
    lengths = np.sqrt(np.diag(metric))
    candidates = _unimodular()
    images = candidates @ metric @ candidates.transpose(0, 2, 1)
    error = np.abs(images - metric) / np.outer(lengths, lengths)
    # A length that differs by x changes its square by 2 x.
    worst = error.max(axis=(1, 2)) / 2
    while True:
        chosen = candidates[worst < tolerance]
        if len(chosen) in _SYSTEMS and _is_group(chosen):
            return chosen.astype(float)
        tolerance *= 0.8
        if tolerance < 1e-6:
            return np.array([np.eye(3), -np.eye(3)])


def _is_group(matrices: IntArray) -> bool:
    # Entries are -1, 0, 1 and of products -3 to 3: nine digits of base seven name a matrix.
    digits = 7 ** np.arange(9)
    products = (matrices[:, None] @ matrices[None]).reshape(-1, 9)
    return bool(np.isin((products + 3) @ digits, (matrices.reshape(-1, 9) + 3) @ digits).all())


@cache
def _unimodular() -> IntArray:
    """All matrices with entries -1, 0, 1 and determinant +-1: enough for a Minkowski-reduced basis."""
    rows = np.array(list(itertools.product((-1, 0, 1), repeat=9)), dtype=np.int64).reshape(-1, 3, 3)
    return rows[np.abs(np.round(np.linalg.det(rows))) == 1]
