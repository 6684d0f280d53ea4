"""The search behind `cube_sphere_table`: each curve from many starts, then followed along the size ratio."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from packing.contact.continuation import followed_packing
from packing.contact.packed import PackedLattice
from packing.contact.packing import densest_packing
from packing.lattices.catalogue import template
from packing.shapes import Shape, Sphere, cube

FloatArray = NDArray[np.float64]

# Cubes that each turn by themselves have too many angles for random starts alone; kicks of the best go on from there.
_N_STARTS = 4
_N_KICKS = 3
# Of the size ratios that an earlier search covers, each of these many is searched anew.
_ANEW_EVERY = 8
# A neighbour's packing has to be smaller by this much (log volume) to count: sweeps end.
_GAIN = 1e-5
# Between two entries the volume is interpolated: a new one is put where that errs by more than this (log volume).
_INTERPOLATION = 0.004
_FINEST = 0.002


def cube_sphere_shapes(name: str, cube_on: str, gamma: float) -> dict[str, Shape]:
    """Shapes of each kind of a lattice with the size of A as the unit.

    Parameters
    ----------
    name
        Name of the lattice.
    cube_on
        ``"A"`` or ``"B"``: which kind is the cube.
    gamma
        Size of B (diameter of a sphere, edge of a cube) over that of A.
    """
    small: Shape = Sphere(diameter_nm=gamma) if cube_on == "A" else cube(gamma)
    large: Shape = cube(1.0) if cube_on == "A" else Sphere(diameter_nm=1.0)
    return {kind: large if kind == "A" else small for kind in template(name).kinds}


@dataclass(slots=True)
class CurveSearch:
    """The densest packings found of one lattice with cubes on A or on B, by size ratio."""

    name: str
    cube_on: str
    best: dict[float, PackedLattice] = field(default_factory=dict)
    fresh: set[float] = field(default_factory=set)

    @property
    def gammas(self) -> list[float]:
        """Size ratios, rising."""
        return sorted(self.best)

    def offer(self, gamma: float, packing: PackedLattice) -> None:
        """Keep a packing if it is the densest so far at its size ratio.

        Parameters
        ----------
        gamma
            Size ratio that the packing is for.
        packing
            The packing.
        """
        held = self.best.get(gamma)
        if held is not None and math.log(held.volume_nm3 / packing.volume_nm3) <= _GAIN:
            return
        self.best[gamma] = packing
        self.fresh.add(gamma)

    def search(self, gamma: float) -> None:
        """From many starts, under every rule that ties orientations together, and by kicks from the best.

        Parameters
        ----------
        gamma
            Size ratio to search at.
        """
        shapes = cube_sphere_shapes(self.name, self.cube_on, gamma)
        self.offer(gamma, densest_packing(self.name, shapes, n_starts=_N_STARTS))
        # Symmetry can hold a saddle: free turns and kicks leave it.
        self.offer(gamma, followed_packing(self.name, self.best[gamma], n_kicks=_N_KICKS))

    def carry(self, source: float, target: float) -> None:
        """Follow the packing at one size ratio to another, and keep it if that is the densest there.

        Parameters
        ----------
        source
            Size ratio whose packing is followed.
        target
            Size ratio it is followed to.
        """
        shapes = cube_sphere_shapes(self.name, self.cube_on, target)
        known = self.best[target].volume_nm3 if target in self.best else math.inf
        self.offer(target, followed_packing(self.name, self.best[source], shapes, worth_nm3=known))

    def sweep(self) -> None:
        """Carry every packing that is new to its neighbours, until none gains.

        What holds a larger B holds a smaller one in the same cell, and A grows with a cell that is blown up: so
        afterwards the cell's volume rises with the size ratio, and no faster than its cube.
        """
        while self.fresh:
            source = max(self.fresh)
            self.fresh.discard(source)
            grid = self.gammas
            here = grid.index(source)
            for target in (*grid[max(here - 1, 0) : here], *grid[here + 1 : here + 2]):
                self.carry(source, target)

    def refine(self) -> None:
        """Put new size ratios where the interpolated volume is wrong: at cusps."""
        open_ = list(itertools.pairwise(self.gammas))
        while open_:
            low, high = open_.pop()
            middle = round((low + high) / 2, 8)
            if middle in self.best or high - low < 2 * _FINEST:
                continue
            self.carry(high, middle)
            self.carry(low, middle)
            between = (self.best[low].volume_nm3 + self.best[high].volume_nm3) / 2
            if abs(math.log(between / self.best[middle].volume_nm3)) > _INTERPOLATION:
                open_ += [(low, middle), (middle, high)]
            else:
                del self.best[middle]
                self.fresh.discard(middle)


def searched_curve(
    name: str, cube_on: str, gammas: Iterable[float], held: Mapping[float, PackedLattice] | None = None
) -> dict[float, PackedLattice]:
    """The densest packings found of one lattice over a grid of size ratios, which a search refines.

    Parameters
    ----------
    name
        Name of the lattice.
    cube_on
        ``"A"`` or ``"B"`` (with O).
    gammas
        Size ratios to search at.
    held
        Packings from an earlier search by size ratio: the curve ends nowhere above them in volume.
    """
    curve = CurveSearch(name, cube_on)
    for gamma, packing in (held or {}).items():
        curve.offer(gamma, followed_packing(name, packing, n_kicks=_N_KICKS))
    grid = sorted({*map(float, gammas), *curve.gammas})
    for index, gamma in enumerate(grid):
        if gamma not in curve.best or index % _ANEW_EVERY == 0:
            curve.search(gamma)
    curve.sweep()
    curve.refine()
    curve.sweep()
    return {gamma: curve.best[gamma] for gamma in curve.gammas}
