"""Order of cubes during a run: cheap enough to be looked at all the time."""

from __future__ import annotations

import numpy as np
from ase.neighborlist import primitive_neighbor_list as neighbour_list
from numpy.typing import NDArray

from packing.configuration import Configuration, box_to_cell, quaternions_to_matrices

FloatArray = NDArray[np.float64]


def simple_cubic_fraction(
    centres_nm: FloatArray,
    orientations: FloatArray,
    box: FloatArray,
    period_nm: float,
    *,
    cone_deg: float = 20.0,
    reach: float = 1.25,
) -> float:
    """Fraction of cubes in simple-cubic surroundings.

    A cube counts when it has six neighbours near plus and minus its own three axes: along each of the six directions
    another centre within ``cone_deg`` of the axis and closer than ``reach`` periods. ``period_nm`` is edge + gap.

    Parameters
    ----------
    centres_nm
        Centres of the cubes [nm], shape (N, 3).
    orientations
        Scalar-first quaternions, shape (N, 4).
    box
        (Lx, Ly, Lz, xy, xz, yz): lengths [nm], tilts without unit.
    period_nm
        Edge plus gap [nm].
    cone_deg
        Half angle of the cone about each axis [degrees].
    reach
        Largest distance over the period, a ratio.

    Examples
    --------
    >>> g = np.arange(4) * 11.0
    >>> x = np.stack(np.meshgrid(g, g, g), -1).reshape(-1, 3)
    >>> simple_cubic_fraction(x, np.tile([1.0, 0, 0, 0], (64, 1)), np.array([44.0, 44, 44, 0, 0, 0]), 11.0)
    1.0
    """
    found = _axis_neighbours(centres_nm, orientations, box, period_nm, cone_deg, reach)
    return float(np.mean(np.isfinite(found).all(axis=1))) if len(found) else 0.0


def axis_distances_nm(c: Configuration, period_nm: float) -> FloatArray:
    """Distances [nm] to the six axis neighbours of all cubes in simple-cubic surroundings, shape (6 n,).

    Parameters
    ----------
    c
        Configuration in a box.
    period_nm
        Edge plus gap [nm].
    """
    if c.box is None:
        return np.zeros(0)
    found = _axis_neighbours(c.positions_nm, c.orientations, c.box, period_nm, 20.0, 1.25)
    return found[np.isfinite(found).all(axis=1)].ravel()


def _axis_neighbours(
    centres: FloatArray, orientations: FloatArray, box: FloatArray, period: float, cone_deg: float, reach: float
) -> FloatArray:
    """Distance of the nearest neighbour in the cone about each of six axes, inf where there is none; shape (n, 6).

    Periodic images count one by one: in a box of two cubes a neighbour is on both sides.
    """
    found = np.full((len(centres), 6), np.inf)
    i, j, away, distance = neighbour_list("ijDd", (True, True, True), box_to_cell(box), centres, reach * period)
    others = i != j  # no cube is its own neighbour
    i, away, distance = i[others], away[others], distance[others]
    along = np.einsum("nji,nj->ni", quaternions_to_matrices(orientations)[i], away / distance[:, None])
    cosine = np.cos(np.radians(cone_deg))
    for axis in range(3):
        for sign, column in ((1, axis), (-1, axis + 3)):
            hit = sign * along[:, axis] > cosine
            np.minimum.at(found, (i[hit], np.full(hit.sum(), column)), distance[hit])
    return found
