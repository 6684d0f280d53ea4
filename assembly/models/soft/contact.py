"""Bead potentials of one contact: fitted to the pair energy of poses, and what they give for any pose."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assembly.models.soft.pattern import FACE, RIM, BeadPattern
from assembly.models.soft.radial import RadialBasis, pair_histograms

FloatArray = NDArray[np.float64]
KindPair = tuple[int, int]

_FINE_POINTS = 4000
_BLEND_NM = 0.2
LEAST_WALL_KT_PER_NM = 10.0
"""What two beads push each other apart with, at least, further in than any pose of the fit [kT/nm]."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeadContact:
    """Two patterns and the potentials between their kinds of beads.

    Parameters
    ----------
    first, second
        Beads of the two bodies.
    basis
        Functions that the potentials are made of.
    coefficients_kt
        Of each pair of kinds (of the first, of the second) [kT]; for equal bodies the lower kind first.
    seen_nm
        Shortest distance of each pair of kinds in the poses of the fit [nm]: further in, a wall.
    is_like
        Whether the bodies are equal.
    wall_kt_per_nm2
        By how much the force grows inside of it [kT/nm^2].
    rms_kt, n_held_out
        Deviation in poses on ways in that were left out of the fit, as far as thermal motion reaches [kT]; how many.
    """

    first: BeadPattern
    second: BeadPattern
    basis: RadialBasis
    coefficients_kt: dict[KindPair, FloatArray]
    seen_nm: dict[KindPair, float]
    is_like: bool
    wall_kt_per_nm2: float
    rms_kt: float
    n_held_out: int

    def potential_kt(self, kinds: KindPair, r_nm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Energy [kT] and force -dU/dr [kT/nm] of two beads at distances ``r_nm`` [nm] within those of the basis."""
        spline = self.basis.spline(self.coefficients_kt[kinds])
        return np.asarray(spline(r_nm)), np.asarray(-spline(r_nm, 1))

    def walled_kt(self, kinds: KindPair, r_nm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The same at any distance ``r_nm`` [nm]: a growing wall inside what the fit has seen, zero beyond."""
        inner = max(self.seen_nm[kinds], self.basis.first_nm)
        inside = np.clip(r_nm, inner, self.basis.cutoff_nm)
        energy, force = self.potential_kt(kinds, inside)
        # Engines interpolate: not even the slope of the force jumps where the wall begins. What the fit does there may
        # pull, which further in would end in a well that no pair energy has: the wall pushes, whatever that is.
        depth = np.maximum(inner - r_nm, 0.0)
        own = float(self.basis.spline(self.coefficients_kt[kinds])(inner, 2))
        stiff = max(own, self.wall_kt_per_nm2)
        least = np.maximum(force, LEAST_WALL_KT_PER_NM)
        fading = np.exp(-depth / _BLEND_NM)
        start, slope = force - least, own - stiff + (force - least) / _BLEND_NM
        push = least + stiff * depth + (start + slope * depth) * fading
        gone = _BLEND_NM * (1 - fading)
        work = least * depth + stiff / 2 * depth**2 + start * gone + slope * _BLEND_NM * (gone - depth * fading)
        return energy + work, np.where(depth > 0, push, force)

    def energy_kt(self, displacement_nm: FloatArray, orientation: FloatArray) -> FloatArray:
        """Energy [kT] of poses, shape (n,).

        Parameters
        ----------
        displacement_nm, orientation
            Poses as in `packing.pose`: displacements (n, 3) [nm] and scalar-first quaternions (n, 4).
        """
        r = np.linspace(self.basis.first_nm, self.basis.cutoff_nm, _FINE_POINTS)
        return self.sum_kt(displacement_nm, orientation, lambda kinds, at: self.walled_kt(kinds, at)[0], lambda _: r)

    def sum_kt(
        self,
        displacement_nm: FloatArray,
        orientation: FloatArray,
        potential_kt: Callable[[KindPair, FloatArray], FloatArray],
        grid_nm: Callable[[KindPair], FloatArray],
        kind_pairs: Collection[KindPair] | None = None,
    ) -> FloatArray:
        """Energy [kT] of poses for any potential between the kinds of beads.

        Parameters
        ----------
        displacement_nm, orientation
            Poses as in `packing.pose`: displacements (n, 3) [nm] and scalar-first quaternions (n, 4).
        potential_kt
            Energies [kT] of two kinds at the distances of their grid.
        grid_nm
            Even grids of distances [nm] of two kinds.
        kind_pairs
            Kinds that feel each other; None for those of this contact.
        """
        shift = np.atleast_2d(np.asarray(displacement_nm, dtype=float))
        turn = np.broadcast_to(np.atleast_2d(np.asarray(orientation, dtype=float)), (len(shift), 4))
        total = np.zeros(len(shift))
        for kinds in self.coefficients_kt if kind_pairs is None else kind_pairs:
            r = grid_nm(kinds)
            u = potential_kt(kinds, r)
            for a, b in orders(kinds, is_like=self.is_like):
                total += pair_histograms(of_kind(self.first, a), of_kind(self.second, b), shift, turn, r) @ u
        return total


def of_kind(pattern: BeadPattern, kind: int) -> FloatArray:
    """Places of the beads of one ``kind`` (an index) [nm]."""
    return pattern.positions_nm[pattern.kinds == kind]


def kind_pairs(first: BeadPattern, second: BeadPattern, *, is_like: bool, rim: int) -> list[KindPair]:
    """Pairs of kinds that need a potential of their own; ``rim`` is the kind of edges that is felt where there is one.

    A body without jagged edges is felt by its straight ones.
    """
    felt = []
    for pattern in (first, second):
        there = {int(kind) for kind in pattern.kinds}
        felt.append(sorted(there & {FACE, rim if rim in there else RIM}))
    pairs = [(a, b) for a in felt[0] for b in felt[1]]
    return [(a, b) for a, b in pairs if not is_like or a <= b]


def orders(kinds: KindPair, *, is_like: bool) -> list[KindPair]:
    """The kinds of (first, second) that a potential stands for: of equal bodies either may bring either kind."""
    a, b = kinds
    return [(a, b), (b, a)] if is_like and a != b else [(a, b)]
