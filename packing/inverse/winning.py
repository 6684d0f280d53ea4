"""Which lattice wins a mixture at each size ratio, among those whose cells have room for cores and ligand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.binary.curves import CUBES_ON_A, CUBES_ON_B, SPHERES, candidate_names, lattice_curve, phase_separation
from packing.errors import InputError
from packing.lattices.catalogue import template
from packing.ranking.room import has_room

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SEPARATE = "separate crystals"
SPARE = 0.01
"""Part of its cell that a wanted lattice must leave over: the curves of cubes with spheres are that good, and a study
file rounds sizes and coverages."""
_GAMMAS = 1501
_SMALLEST_GAMMA = 0.14


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Winners:
    """How densely each lattice packs at each size ratio of a mixture; L lattices, G ratios.

    Parameters
    ----------
    log_ratio
        Logarithm of the ratio of effective sizes, first kind over second, rising, shape (G,).
    fractions
        Packing fraction of each lattice, 0 where it has no curve, shape (L, G).
    apart
        Packing fraction of separate crystals in the proportion of each lattice, shape (L, G).
    numbers
        Particles of A and of the other kinds in a cell of each lattice, shape (L, 2).
    own
        Index of the wanted lattice.
    names
        Lattices, the last being separate crystals, which have no row in the arrays.
    """

    log_ratio: FloatArray
    fractions: FloatArray
    apart: FloatArray
    numbers: FloatArray
    own: int
    names: tuple[str, ...]

    def winner(self, possible: BoolArray | None = None) -> NDArray[np.int64]:
        """Index into ``names`` of the winner at each ratio, shape (G,).

        Parameters
        ----------
        possible
            Which lattices have room, shape (L,); None for all.
        """
        fractions = self.fractions if possible is None else np.where(possible[:, None], self.fractions, 0.0)
        # As `rank_lattices` has it: the densest of all, unless separate crystals are denser than every lattice.
        held = (fractions > self.apart).any(axis=0)
        return np.asarray(np.where(held, fractions.argmax(axis=0), len(self.names) - 1))

    def at(self, log_ratio: FloatArray, possible: BoolArray | None = None) -> NDArray[np.int64]:
        """Index of the winner at drawn ratios, given by ``log_ratio``, their logarithm, and of its shape."""
        return np.asarray(self.winner(possible)[self._place(log_ratio)])

    def volume_over_separate(self, log_ratio: FloatArray) -> FloatArray:
        """Volume of the wanted lattice over that of its own separate crystals, a ratio; ``log_ratio`` as in `at`."""
        own, apart = (values[self.own, self._place(log_ratio)] for values in (self.fractions, self.apart))
        return np.divide(apart, own, out=np.ones(own.shape), where=own > 0)

    def with_room(
        self,
        log_ratio: FloatArray,
        particles_nm3: tuple[ArrayLike, ArrayLike],
        contents_nm3: tuple[ArrayLike, ArrayLike],
        rows: slice,
    ) -> BoolArray:
        """Which cells hold what is in them, of which the wanted lattice's must leave `SPARE` over, shape (rows, ...).

        Parameters
        ----------
        log_ratio
            As in `at`, shape (...).
        particles_nm3
            Volume of the effective particle of the first and of the second kind [nm^3]; arrays broadcast to (...).
        contents_nm3
            Volume of core and dry ligand of either [nm^3], likewise.
        rows
            Of which lattices.
        """
        fractions = self.fractions[rows][:, self._place(log_ratio)]
        first_larger = log_ratio >= 0
        numbers = self.numbers[rows].reshape(-1, 2, *(1,) * log_ratio.ndim)
        first, second = (np.where(first_larger, numbers[:, k], numbers[:, 1 - k]) for k in (0, 1))
        filled = first * particles_nm3[0] + second * particles_nm3[1]
        cells = np.divide(filled, fractions, out=np.full(fractions.shape, np.inf), where=fractions > 0)
        left = np.where(np.arange(len(self.fractions))[rows] == self.own, 1 - SPARE, 1.0)
        cells *= left.reshape(-1, *(1,) * log_ratio.ndim)
        return has_room(first * contents_nm3[0] + second * contents_nm3[1], cells)

    def _place(self, log_ratio: FloatArray) -> NDArray[np.int64]:
        step = self.log_ratio[1] - self.log_ratio[0]
        place = np.rint((log_ratio - self.log_ratio[0]) / step).astype(np.int64)
        return np.asarray(np.clip(place, 0, len(self.log_ratio) - 1))


@lru_cache(maxsize=32)
def winners(lattice: str, first_shape: str, second_shape: str) -> Winners:
    """The packing of a mixture of cubes and spheres, or of two kinds of spheres.

    Parameters
    ----------
    lattice
        The wanted one.
    first_shape, second_shape
        ``"cube"`` or ``"sphere"``.

    Raises
    ------
    InputError
        For two kinds of cubes, and for a lattice without a curve.
    """
    if first_shape == second_shape == "cube":
        raise InputError(
            "target: two kinds of cubes have no curves to search over. Rank single designs with rank_lattices."
        )
    reach = -math.log(_SMALLEST_GAMMA)
    log_ratio = np.linspace(-reach, reach, _GAMMAS)
    ratio = np.exp(log_ratio)
    names: tuple[str, ...] = ()
    for sign in (True, False):
        names = tuple(dict.fromkeys((*names, *candidate_names(_mixture(first_shape, second_shape, first_larger=sign)))))
    if lattice not in names:
        raise InputError(f"target: {lattice} has no curve of packing for this mixture. Known: {', '.join(names)}.")
    fractions, apart = np.zeros((2, len(names), _GAMMAS))
    for first_larger in (True, False):
        mixture = _mixture(first_shape, second_shape, first_larger=first_larger)
        here = ratio >= 1 if first_larger else ratio < 1
        gamma = np.minimum(1 / ratio[here] if first_larger else ratio[here], 1.0)
        for i, name in enumerate(names):
            if name in candidate_names(mixture):
                fractions[i, here] = lattice_curve(name, gamma, model="hs", mixture=mixture).packing_fraction
                apart[i, here] = phase_separation(name, gamma, mixture)
    counts = [template(name).counts for name in names]
    return Winners(
        log_ratio=log_ratio,
        fractions=fractions,
        apart=apart,
        numbers=np.array([(one["A"], sum(one.values()) - one["A"]) for one in counts], dtype=float),
        own=names.index(lattice),
        names=(*names, SEPARATE),
    )


def _mixture(first: str, second: str, *, first_larger: bool) -> str:
    if first == second:
        return SPHERES
    cube_is_larger = (first == "cube") == first_larger
    return CUBES_ON_A if cube_is_larger else CUBES_ON_B
