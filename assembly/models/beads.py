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


def cuboid_pattern(
    edges_nm: tuple[float, float, float], gap_nm: float, per_edge: tuple[int, int, int], bead_diameter_nm: float
) -> BeadPattern:
    """Beads just inside the faces of the effective cuboid, whose edges are core edge + gap.

    Parameters
    ----------
    edges_nm
        Core edges [nm].
    gap_nm
        Gap between two cores in contact [nm]: half of it belongs to each.
    per_edge
        Tips along each edge.
    bead_diameter_nm
        Diameter [nm]; the bead centres are half of it below the effective surface.

    Examples
    --------
    >>> pattern = cuboid_pattern((8.6, 8.6, 8.6), 2.7, (3, 3, 3), 11.3 / 3)
    >>> len(pattern.tips_nm), len(pattern.hollows_nm)
    (26, 24)
    """
    half = [(edge + gap_nm - bead_diameter_nm) / 2 for edge in edges_nm]
    lines = [np.linspace(-h, h, n) for h, n in zip(half, per_edge, strict=True)]
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


def tips_per_edge(
    edges_nm: tuple[float, float, float], gap_nm: float, shortest: int = TIPS_ON_SHORTEST_EDGE
) -> tuple[tuple[int, int, int], float]:
    """Tips along each edge, and the bead diameter [nm] that makes a closed shell of overlapping tips.

    Examples
    --------
    >>> tips_per_edge((8.6, 8.6, 17.2), 0.4)[0]
    (3, 3, 6)
    """
    effective = np.array(edges_nm) + gap_nm
    mesh = float(effective.min()) / (shortest - 1 + DIAMETER_IN_MESHES)
    diameter = DIAMETER_IN_MESHES * mesh
    a, b, c = (max(2, round((length - diameter) / mesh) + 1) for length in effective)
    return (a, b, c), diameter
