"""One contact while its solvent leaves: from swollen and shallow to dry and deep, at real depths.

The gap shrinks evenly over the first three quarters of the way, and the depth grows geometrically. So the attraction
grows at first by a fraction of kT and in the end by hundreds, while cubes that have lined up stay lined up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assembly.models.soft.contact import BeadContact, KindPair
from assembly.models.soft.fit import SHALLOW_KT
from packing.pose import PoseEnergy

FloatArray = NDArray[np.float64]

COLLAPSED = 0.75
"""Part of the way on which the gap shrinks: a contact of hundreds of kT that still moved would shake its crystal."""
LEAST_DEPTH_KT = 0.05
"""Where the geometric growth begins, for a contact that nothing holds in the medium [kT]."""
FADED_KT = 20.0
"""Depth at which a dry contact is so deep that nothing is left of the medium's shallow one [kT]."""
_TABLE_POINTS = 2500
WALL_NM = 1.5
"""How far a table reaches into the wall; further in, the force of its first point goes on."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DryingContact:
    """The contact of two kinds of nanocrystals in the medium, dry, and in between.

    Parameters
    ----------
    poses
        Pair energies in the medium and dry.
    beads
        The bead potentials fitted to them.
    """

    poses: tuple[PoseEnergy, PoseEnergy]
    beads: tuple[BeadContact, BeadContact]

    @property
    def kind_pairs(self) -> list[KindPair]:
        """Pairs of kinds of beads that feel each other in the medium or dry."""
        return sorted({kinds for b in self.beads for kinds in b.coefficients_kt})

    def gap_nm(self, dryness: float) -> float:
        """Gap of the best contact [nm] when ``dryness``, a part of the way (0 in the medium, 1 dry), is gone."""
        wet, dry = (pose.facing.gap_nm for pose in self.poses)
        return wet + min(dryness / COLLAPSED, 1.0) * (dry - wet)

    def depth_kt(self, dryness: float) -> float:
        """Its depth [kT] at a ``dryness``."""
        wet, dry = (pose.facing.depth_kt for pose in self.poses)
        if dryness <= 0 or dry <= 0:
            return wet
        start = max(wet, LEAST_DEPTH_KT)
        return float(start * (dry / start) ** dryness)

    def shares(self, dryness: float) -> tuple[float, float]:
        """Dimensionless factors of the potentials in the medium and dry that give the depth at a ``dryness`` (0 to 1).

        Returns
        -------
        tuple of float
            Factor of the medium's and of the dry potential, dimensionless.
        """
        wet, dry = (pose.facing.depth_kt for pose in self.poses)
        if dryness <= 0:
            return 1.0, 0.0
        share = max(0.0, 1 - dryness / self._medium_felt_until)
        return share, (self.depth_kt(dryness) - share * wet) / dry if dry > 0 else dryness

    @property
    def _medium_felt_until(self) -> float:
        """Part of the way on which the medium's potential fades: a shallow one until dry contacts are deep."""
        wet, dry = (pose.facing.depth_kt for pose in self.poses)
        start = max(wet, LEAST_DEPTH_KT)
        if wet >= SHALLOW_KT or dry <= FADED_KT:
            return 1.0
        return math.log(FADED_KT / start) / math.log(dry / start)

    def reach_nm(self, dryness: float, kinds: KindPair) -> float:
        """Distance from which on beads of two ``kinds`` don't feel each other at a ``dryness`` [nm]; 0 if never."""
        used = zip(self.shares(dryness), self.poses, self.beads, strict=True)
        reaches = [
            b.basis.cutoff_nm + self.gap_nm(dryness) - p.facing.gap_nm
            for share, p, b in used
            if share and kinds in b.coefficients_kt
        ]
        return max(reaches, default=0.0)

    def grid_nm(self, kinds: KindPair) -> FloatArray:
        """Distances of the tables of two kinds of beads [nm]: the same ones whatever solvent is left."""
        shift = abs(self.poses[0].facing.gap_nm - self.poses[1].facing.gap_nm)
        first = min(b.seen_nm[kinds] for b in self.beads if kinds in b.seen_nm) - shift - WALL_NM
        last = max(b.basis.cutoff_nm for b in self.beads) + shift + 1e-9
        return np.linspace(max(first, 0.1 * last), last, _TABLE_POINTS)

    def grid_until_nm(self, kinds: KindPair, cutoff_nm: float) -> FloatArray:
        """The first points of `grid_nm`, or as many more as it takes to pass ``cutoff_nm`` [nm], all in nm."""
        r = self.grid_nm(kinds)
        n = int(np.ceil((cutoff_nm - r[0]) / (r[1] - r[0]) - 1e-9)) + 1
        return r[0] + (r[1] - r[0]) * np.arange(n)

    def potential_kt(self, kinds: KindPair, dryness: float, r_nm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Real energy [kT] and force [kT/nm] of two beads at distances ``r_nm`` [nm] and a ``dryness``."""
        energy, force = np.zeros_like(r_nm), np.zeros_like(r_nm)
        for share, pose, beads in zip(self.shares(dryness), self.poses, self.beads, strict=True):
            if share == 0 or kinds not in beads.coefficients_kt:
                continue
            u, f = beads.walled_kt(kinds, r_nm - (self.gap_nm(dryness) - pose.facing.gap_nm))
            energy, force = energy + share * u, force + share * f
        energy[-1], force[-1] = 0.0, 0.0
        return energy, force

    def energy_kt(self, dryness: float, displacement_nm: FloatArray, orientation: FloatArray) -> FloatArray:
        """Energy of poses [kT] by the beads at a ``dryness``.

        Parameters
        ----------
        displacement_nm, orientation
            Poses as in `packing.pose`: displacements (n, 3) [nm] and scalar-first quaternions (n, 4).
        """
        return self.beads[0].sum_kt(
            displacement_nm,
            orientation,
            lambda kinds, r: self.potential_kt(kinds, dryness, r)[0],
            self.grid_nm,
            self.kind_pairs,
        )
