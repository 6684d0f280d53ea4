"""The lattices this room knows, from the table in `packing`: orthogonal and primitive cells with their sites."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_between, require_known
from packing.lattices.single import SINGLE_LATTICES

FloatArray = NDArray[np.float64]

LATTICE_NAMES = ("sc", "fcc", "bcc", "hcp", "bct", "simple hexagonal")
"""Lattices whose sites are all alike, which one particle's surroundings tell apart."""
CELL_NAMES = (*LATTICE_NAMES, "A15")
"""Lattices with a cell here; the sites of A15 are of two kinds."""
DEFAULT_C_OVER_A = {"bct": 1.2, "hcp": SINGLE_LATTICES["hcp"].lengths[2], "simple hexagonal": 1.0}

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

    @property
    def volume_per_site(self) -> float:
        """Volume per particle over the cube of the nearest-neighbour distance."""
        edges = np.diag(self.cell)
        right_angled = not np.any(self.cell - np.diag(edges))
        volume = float(np.prod(edges)) if right_angled else abs(float(np.linalg.det(self.cell)))
        return volume / len(self.basis)

    def sites(self, n_cells: tuple[int, int, int]) -> FloatArray:
        """All sites of a block of ``n_cells`` cells along the three vectors, shape (N, 3), the first corner at 0."""
        corners = np.array(list(itertools.product(*(range(n) for n in n_cells))), dtype=float)
        return ((corners[:, None] + self.basis).reshape(-1, 3)) @ self.cell


def unit_cell(lattice: str, *, c_over_a: float | None = None, primitive: bool = False) -> UnitCell:
    """The cell of a lattice with nearest neighbours at distance 1.

    Parameters
    ----------
    lattice
        One of `CELL_NAMES`.
    c_over_a
        Axial ratio of bct, hcp and simple hexagonal; None takes 1.2, sqrt(8/3) and 1.
    primitive
        Whether to give the primitive cell in place of the orthogonal conventional one (of A15 they are the same).

    Raises
    ------
    InputError
        For an unknown lattice, or an axial ratio outside 0.3 to 5.

    Examples
    --------
    >>> len(unit_cell("fcc").basis), len(unit_cell("fcc", primitive=True).basis)
    (4, 1)
    """
    require_known("lattice", lattice, CELL_NAMES)
    ratio = DEFAULT_C_OVER_A.get(lattice, 1.0) if c_over_a is None or lattice not in DEFAULT_C_OVER_A else c_over_a
    require_between("c_over_a", ratio, 0.3, 5.0)
    if lattice not in ("hcp", "simple hexagonal"):
        cell, basis = _cubic_or_tetragonal(lattice, ratio, primitive)
    else:
        cell, basis = _hexagonal(lattice, ratio, primitive)
    return UnitCell(cell / _nearest(cell, basis), basis)


def _cubic_or_tetragonal(lattice: str, ratio: float, primitive: bool) -> tuple[FloatArray, FloatArray]:
    axes = np.diag([1.0, 1.0, ratio])
    if primitive and lattice in _PRIMITIVE_ROWS:
        return np.array(_PRIMITIVE_ROWS[lattice]) @ axes, np.zeros((1, 3))
    # bct is a bcc cell drawn out along c.
    return axes, np.array(SINGLE_LATTICES["bcc" if lattice == "bct" else lattice].sites, dtype=float)


def _hexagonal(lattice: str, ratio: float, primitive: bool) -> tuple[FloatArray, FloatArray]:
    h = math.sqrt(3)
    if primitive:
        single = SINGLE_LATTICES[lattice]
        return np.array(single.axes) * [[1.0], [1.0], [ratio]], np.array(single.sites, dtype=float)
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
