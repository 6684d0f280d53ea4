"""Every particle of a micrograph with what is known of it: place, grain, bond order, direction and size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structure.micrographs.grains import grain_numbers
from structure.micrographs.order import IDEAL_CELLS
from structure.micrographs.order_result import MicrographOrder
from structure.micrographs.outlines import Outlines, particle_outlines

FloatArray = NDArray[np.float64]

DIAMETER_PER_SIDE = 2 / math.sqrt(math.pi)
"""Diameter of a circle over the edge of the square of its area."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParticleTable:
    """The particles of a micrograph, one by one.

    Parameters
    ----------
    positions_nm
        From the lower left corner of the measured part [nm], shape (n, 2).
    grains
        Number of the grain, -1 for none, shape (n,).
    on_lattice
        Whether it sits on a lattice with its neighbours, shape (n,).
    interior
        Whether its neighbours are all in the picture, so that its bond order counts, shape (n,).
    psi4, psi6
        Magnitude of the bond order, Voronoi sides as weights, shape (n,).
    directions_deg
        Direction of the bonds of psi4 (square lattices) or psi6 from the x axis, counter-clockwise, 0 to 90 or 0 to 60
        [degrees], shape (n,).
    diameters_nm
        Diameter of the circle of the same projected area [nm], NaN where it was not measured, shape (n,). The noise of
        the picture is in each of them.
    """

    positions_nm: FloatArray
    grains: NDArray[np.int64]
    on_lattice: NDArray[np.bool_]
    interior: NDArray[np.bool_]
    psi4: FloatArray
    psi6: FloatArray
    directions_deg: FloatArray
    diameters_nm: FloatArray

    def __len__(self) -> int:
        return len(self.positions_nm)


def particle_table(
    pixels: FloatArray, order: MicrographOrder | None, px_per_nm: float, *, sized: bool
) -> tuple[ParticleTable, Outlines | None]:
    """The particles of the best order of a picture, and the outline of their mean where they have one.

    Parameters
    ----------
    pixels
        Grey values, shape (rows, columns).
    order
        Both routes to the lattice; None where nothing was found.
    px_per_nm
        Pixels per nm.
    sized
        Whether the features are particles, whose size means something, and not gaps between them.
    """
    if order is None or not len(order.particles.particles):
        empty, flags = np.zeros(0), np.zeros(0, dtype=bool)
        none = ParticleTable(
            positions_nm=np.zeros((0, 2)), grains=np.zeros(0, dtype=np.int64), on_lattice=flags, interior=flags,
            psi4=empty, psi6=empty, directions_deg=empty, diameters_nm=empty,
        )  # fmt: skip
        return none, None
    found, located = order.particles, order.particles.particles
    fold = 4 if found.lattice == "square" else 6
    psi = located.psi4 if fold == 4 else located.psi6
    spacing = found.spacing_px if math.isfinite(found.spacing_px) else order.tried_px
    outlines = None
    if found.lattice != "none" and sized:
        cell = IDEAL_CELLS[found.lattice]
        outlines = particle_outlines(pixels, located, found.ordered, cell, fold, spacing, found.strain)
    sides = np.full(len(located), np.nan) if outlines is None else outlines.side_of_each_px
    # Rows count down, the picture's y up.
    table = ParticleTable(
        positions_nm=_readonly((located.positions_px * [1, -1] + [0.5, pixels.shape[0] - 0.5]) / px_per_nm),
        grains=_readonly(grain_numbers(located.positions_px, found.ordered, psi, spacing, fold)),
        on_lattice=_readonly(found.ordered),
        interior=_readonly(located.interior),
        psi4=_readonly(np.abs(located.psi4)),
        psi6=_readonly(np.abs(located.psi6)),
        directions_deg=_readonly(np.degrees(-np.angle(psi) / fold) % (360 / fold)),
        diameters_nm=_readonly(DIAMETER_PER_SIDE * sides / px_per_nm),
    )
    return table, outlines


def _readonly(array: NDArray[Any]) -> NDArray[Any]:
    array = np.array(array)
    array.flags.writeable = False
    return array
