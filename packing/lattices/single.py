"""Crystals of one kind of sphere: cells in units of the nearest-neighbour distance, and what they hold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from packing.checks import require_known

Triple = tuple[float, float, float]

_RIGHT = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_HEX = ((1.0, 0.0, 0.0), (-0.5, math.sqrt(3) / 2, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleLattice:
    """A lattice of equal spheres that touch.

    Parameters
    ----------
    name
        What it is called.
    lengths
        a, b, c over the nearest-neighbour distance.
    sites
        Fractional coordinates in the conventional cell.
    coordination
        Near neighbours, the 2 + 12 of A15's chains included.
    axes
        Directions of the cell vectors.
    dimension
        3, or 2 for a monolayer (c is then the thickness of one sphere).
    """

    name: str
    lengths: Triple
    sites: tuple[Triple, ...]
    coordination: int
    axes: tuple[Triple, Triple, Triple] = _RIGHT
    dimension: int = 3

    @property
    def cell_volume(self) -> float:
        """Volume of the conventional cell over the cube of the nearest-neighbour distance."""
        a, b, c = self.lengths
        return a * b * c * abs(float(np.linalg.det(np.array(self.axes))))

    @property
    def sphere_fraction(self) -> float:
        """Share of space (of area, for a monolayer) that touching spheres fill.

        Examples
        --------
        >>> round(single_lattice("fcc").sphere_fraction, 6)
        0.74048
        """
        if self.dimension == 2:
            return len(self.sites) * math.pi / 4 / (self.cell_volume / self.lengths[2])
        return len(self.sites) * math.pi / 6 / self.cell_volume


_S2, _S3 = math.sqrt(2), math.sqrt(3)
_FCC: tuple[Triple, ...] = ((0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0))
_DIAMOND = tuple((x + d, y + d, z + d) for d in (0.0, 0.25) for x, y, z in _FCC)
_A15: tuple[Triple, ...] = (
    (0, 0, 0), (0.5, 0.5, 0.5), (0.25, 0, 0.5), (0.75, 0, 0.5),
    (0.5, 0.25, 0), (0.5, 0.75, 0), (0, 0.5, 0.25), (0, 0.5, 0.75),
)  # fmt: skip

SINGLE_LATTICES: dict[str, SingleLattice] = {
    lattice.name: lattice
    for lattice in (
        SingleLattice(name="fcc", lengths=(_S2,) * 3, sites=_FCC, coordination=12),
        SingleLattice(
            name="hcp",
            lengths=(1.0, 1.0, math.sqrt(8 / 3)),
            sites=((1 / 3, 2 / 3, 0.25), (2 / 3, 1 / 3, 0.75)),
            coordination=12,
            axes=_HEX,
        ),
        SingleLattice(name="bcc", lengths=(2 / _S3,) * 3, sites=((0, 0, 0), (0.5, 0.5, 0.5)), coordination=8),
        SingleLattice(name="sc", lengths=(1.0,) * 3, sites=((0, 0, 0),), coordination=6),
        SingleLattice(name="simple hexagonal", lengths=(1.0,) * 3, sites=((0, 0, 0),), coordination=8, axes=_HEX),
        SingleLattice(name="diamond", lengths=(4 / _S3,) * 3, sites=_DIAMOND, coordination=4),
        SingleLattice(name="A15", lengths=(2.0,) * 3, sites=_A15, coordination=14),
        SingleLattice(
            name="2D hexagonal", lengths=(1.0,) * 3, sites=((0, 0, 0),), coordination=6, axes=_HEX, dimension=2
        ),
        SingleLattice(name="2D square", lengths=(1.0,) * 3, sites=((0, 0, 0),), coordination=4, dimension=2),
    )
}


def single_lattice(name: str) -> SingleLattice:
    """The lattice of that name.

    Raises
    ------
    InputError
        For an unknown name, with the nearest one.
    """
    folded = {key.lower(): key for key in SINGLE_LATTICES}
    key = folded.get(name.strip().lower(), name)
    return SINGLE_LATTICES[require_known("lattice", key, SINGLE_LATTICES)]
