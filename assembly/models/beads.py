"""Where the beads of a nanocuboid sit: tips on a grid, hollows in the middle of its meshes.

Two like grids of beads that face each other are worst off when aligned: shifted by half a mesh they interlock,
which for 4 x 4 touching beads is 2.5 times as deep and 0.8 nm closer than the aligned contact that a flat face
would prefer. So there are two kinds of beads, and only unlike ones attract: the tips of one face sit over the
hollows of the other exactly when the faces are aligned. Tips repel each other at their diameter, so that edges and
corners stay closed.

Tips still find hollows one mesh off, and rows of cubes lock there. Most of the attraction therefore comes from one
site in the middle of each face: it attracts only its like, and pulls shifted cubes back into line.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError

FloatArray = NDArray[np.float64]

TIPS_ON_SHORTEST_EDGE = 3
"""Tips along the shortest edge: with the hollows enough that no corner gets through a face."""
DIAMETER_IN_MESHES = 1.1
"""Bead diameter over the distance of tips. From 1 up no bead slips between others; overlapping beads make faces
smoother, so that cubes slide into line instead of locking one mesh off."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeadPattern:
    """Bead centres of one body in its own frame [nm]: tips (t, 3), hollows (h, 3) and sites (6, 3) of its faces."""

    tips_nm: FloatArray
    hollows_nm: FloatArray
    sites_nm: FloatArray

    @property
    def positions_nm(self) -> FloatArray:
        """Tips, then hollows, then sites [nm], shape (t + h + 6, 3)."""
        return np.vstack([self.tips_nm, self.hollows_nm, self.sites_nm])


def cuboid_pattern(edges_nm: tuple[float, float, float], gap_nm: float, bead_diameter_nm: float) -> BeadPattern:
    """Beads just inside the faces of the effective cuboid, whose edges are core edge + gap.

    Parameters
    ----------
    edges_nm
        Core edges [nm].
    gap_nm
        Gap between two cores in contact [nm]: half of it belongs to each.
    bead_diameter_nm
        Diameter [nm]; the bead centres are half of it below the effective surface.

    Raises
    ------
    InputError
        If a bead is as large as the effective cuboid.

    Examples
    --------
    >>> pattern = cuboid_pattern((8.6, 8.6, 8.6), 2.7, 4.0)
    >>> len(pattern.tips_nm), len(pattern.hollows_nm)
    (26, 24)
    """
    half = [(edge + gap_nm - bead_diameter_nm) / 2 for edge in edges_nm]
    if min(half) <= 0:
        raise InputError(
            f"soft-cube: beads of {bead_diameter_nm:.3g} nm do not fit into a cuboid of "
            f"{min(edges_nm):.3g} nm. Use a smaller size_spread."
        )
    lines = [np.linspace(-h, h, n) for h, n in zip(half, closing_tips(edges_nm, gap_nm, bead_diameter_nm), strict=True)]
    middles = [(line[1:] + line[:-1]) / 2 for line in lines]
    tips = [
        point
        for point in itertools.product(*lines)
        if any(abs(abs(x) - h) < 1e-9 for x, h in zip(point, half, strict=True))
    ]
    hollows = []
    for axis in range(3):
        choices: list[FloatArray] = list(middles)
        choices[axis] = np.array([-half[axis], half[axis]])
        hollows += list(itertools.product(*choices))
    sites = np.vstack([np.diag(half), -np.diag(half)])
    return BeadPattern(tips_nm=np.array(tips), hollows_nm=np.array(hollows), sites_nm=sites)


def closing_diameter_nm(
    edges_nm: tuple[float, float, float], gap_nm: float, shortest: int = TIPS_ON_SHORTEST_EDGE
) -> float:
    """Diameter [nm] of beads that make a closed shell of overlapping tips, ``shortest`` of them on the shortest edge.

    Parameters
    ----------
    edges_nm
        Edges of the core [nm].
    gap_nm
        Gap between cores in contact [nm]: the shell is half of it thick.
    shortest
        Tips along the shortest edge.

    Examples
    --------
    >>> round(closing_diameter_nm((8.6, 8.6, 8.6), 2.7), 3)
    4.01
    """
    return DIAMETER_IN_MESHES * (min(edges_nm) + gap_nm) / (shortest - 1 + DIAMETER_IN_MESHES)


def closing_tips(edges_nm: tuple[float, float, float], gap_nm: float, bead_diameter_nm: float) -> tuple[int, int, int]:
    """Tips along each edge that close the shell of a cuboid with beads of a given diameter.

    A particle of a spread of sizes gets more of the same beads once its meshes would be wider than a bead: through an
    open mesh a corner slips into the body and the run blows up.

    Parameters
    ----------
    edges_nm, gap_nm
        As in `closing_diameter_nm`.
    bead_diameter_nm
        Diameter of the beads [nm].

    Returns
    -------
    tuple
        Number of tips along each of the edges.

    Examples
    --------
    >>> [closing_tips((edge,) * 3, 2.7, 4.01)[0] for edge in (6.0, 8.6, 11.2)]
    [3, 3, 4]
    >>> closing_tips((8.6, 8.6, 17.2), 0.4, closing_diameter_nm((8.6, 8.6, 17.2), 0.4))
    (3, 3, 6)
    """
    spans = np.array(edges_nm) + gap_nm - bead_diameter_nm
    a, b, c = (max(TIPS_ON_SHORTEST_EDGE, int(np.ceil(span / bead_diameter_nm - 1e-9)) + 1) for span in spans)
    return a, b, c
