"""The lattices this room knows: cells and bases in units of the lattice parameter a."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_between, require_known

FloatArray = NDArray[np.float64]

LATTICE_NAMES = ("sc", "fcc", "bcc", "hcp", "bct", "simple hexagonal")
DEFAULT_C_OVER_A = {"bct": 1.2, "hcp": math.sqrt(8 / 3), "simple hexagonal": 1.0}

_CENTRED = [[0, 0, 0], [0.5, 0.5, 0.5]]
_FACE_CENTRED = [[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]
_PRIMITIVE_ROWS = {
    "sc": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "fcc": [[0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]],
    "bcc": [[-0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.5, 0.5, -0.5]],
    "bct": [[-0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.5, 0.5, -0.5]],
}


@dataclass(frozen=True, slots=True, eq=False)
class UnitCell:
    """A cell (rows) and the fractional coordinates of its sites; lengths in units of the nearest-neighbour distance."""

    cell: FloatArray
    basis: FloatArray

    def sites(self, n_cells: tuple[int, int, int]) -> FloatArray:
        """All sites of a block of cells, shape (N, 3)."""
        corners = np.array(list(itertools.product(*(range(n) for n in n_cells))), dtype=float)
        return ((corners[:, None] + self.basis).reshape(-1, 3)) @ self.cell


def unit_cell(lattice: str, *, c_over_a: float | None = None, primitive: bool = False) -> UnitCell:
    """The cell of a lattice with nearest neighbours at distance 1.

    Parameters
    ----------
    lattice
        One of `LATTICE_NAMES`.
    c_over_a
        Axial ratio of bct, hcp and simple hexagonal; None takes 1.2, sqrt(8/3) and 1.
    primitive
        Whether to give the primitive cell in place of the orthogonal conventional one.

    Examples
    --------
    >>> len(unit_cell("fcc").basis), len(unit_cell("fcc", primitive=True).basis)
    (4, 1)
    """
    require_known("lattice", lattice, LATTICE_NAMES)
    ratio = DEFAULT_C_OVER_A.get(lattice, 1.0) if c_over_a is None or lattice not in DEFAULT_C_OVER_A else c_over_a
    require_between("c_over_a", ratio, 0.3, 5.0)
    if lattice in _PRIMITIVE_ROWS:
        cell, basis = _cubic_or_tetragonal(lattice, ratio, primitive)
    else:
        cell, basis = _hexagonal(lattice, ratio, primitive)
    return UnitCell(cell / _nearest(cell, basis), basis)


def _cubic_or_tetragonal(lattice: str, ratio: float, primitive: bool) -> tuple[FloatArray, FloatArray]:
    axes = np.diag([1.0, 1.0, ratio])
    if primitive:
        return np.array(_PRIMITIVE_ROWS[lattice]) @ axes, np.zeros((1, 3))
    basis = {"sc": [[0, 0, 0]], "fcc": _FACE_CENTRED}.get(lattice, _CENTRED)
    return axes, np.array(basis, dtype=float)


def _hexagonal(lattice: str, ratio: float, primitive: bool) -> tuple[FloatArray, FloatArray]:
    h = math.sqrt(3)
    if primitive:
        cell = np.array([[1, 0, 0], [-0.5, h / 2, 0], [0, 0, ratio]])
        basis = [[1 / 3, 2 / 3, 0.25], [2 / 3, 1 / 3, 0.75]] if lattice == "hcp" else [[0, 0, 0]]
        return cell, np.array(basis, dtype=float)
    cell = np.diag([1.0, h, ratio])
    layer = [[0, 0, 0], [0.5, 0.5, 0]]
    # The second layer of hcp sits above the centres of triangles: shifted by a third of the long in-plane edge.
    upper = [[0, 1 / 3, 0.5], [0.5, 5 / 6, 0.5]] if lattice == "hcp" else []
    return cell, np.array(layer + upper, dtype=float)


def _nearest(cell: FloatArray, basis: FloatArray) -> float:
    shifts = np.array(list(itertools.product((-2, -1, 0, 1, 2), repeat=3)), dtype=float)
    vectors = (basis[:, None, None] - basis[None, :, None] + shifts) @ cell
    distances = np.linalg.norm(vectors, axis=-1)
    return float(distances[distances > 1e-9].min())
