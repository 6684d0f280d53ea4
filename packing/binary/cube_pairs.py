"""Two kinds of cubes on a lattice: no table, so the contact engine at the size ratio that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.binary.closed_forms import checked_gamma
from packing.binary.cube_sphere_table import CUBE_NAMES
from packing.checks import require_known
from packing.contact.bodies import widened_box
from packing.contact.contact import FilledTemplate, neighbour_pairs, pair_scales
from packing.contact.continuation import followed_packing, free_state
from packing.contact.densest_search import log_volume
from packing.contact.packed import PackedLattice
from packing.contact.packing import densest_packing
from packing.lattices.catalogue import template
from packing.shapes import Shape, cube

FloatArray = NDArray[np.float64]

# A study waits for some ten of these: sites are tied together first and let loose afterwards.
_LINKS = ("orbit", "same")
_N_STARTS, _N_KICKS = 1, 2
_KNOTS = 25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CubePair:
    """The densest packing found of two kinds of cubes, with the edge of A as the unit.

    Parameters
    ----------
    name
        Name of the lattice.
    gamma
        Edge of B over edge of A.
    packing
        The cell.
    """

    name: str
    gamma: float
    packing: PackedLattice

    def packing_fraction(self, gamma: ArrayLike) -> FloatArray:
        """Packing fraction at other size ratios with the orientations kept, of the shape of ``gamma``.

        A lower bound but for the interpolation between the 25 size ratios that are looked at.
        """
        g = np.asarray(gamma, dtype=np.float64)
        knots = np.unique([*np.linspace(g.min(), g.max(), _KNOTS), self.gamma])
        volume = np.exp(np.interp(g, knots, [self._log_volume(float(knot)) for knot in knots]))
        counts = template(self.name).counts
        return np.asarray((counts["A"] + (sum(counts.values()) - counts["A"]) * g**3) / volume)

    def _log_volume(self, gamma: float) -> float:
        known, shapes = template(self.name), _shapes(self.name, gamma)
        crystal = FilledTemplate(known, tuple(widened_box(shapes[kind]) for kind in known.kinds), "free")
        state = free_state(crystal, self.packing)
        return float(log_volume(crystal, state, pair_scales(crystal, state, neighbour_pairs(crystal, state)))[0])


@lru_cache(maxsize=64)
def cube_pair(name: str, gamma: float) -> CubePair:
    """Search the densest packing of two kinds of cubes on one lattice, within seconds.

    Parameters
    ----------
    name
        A lattice of `packing.binary.cube_sphere_table.CUBE_NAMES`.
    gamma
        Edge of B (and O) over edge of A, above 0 and at most 1.

    Raises
    ------
    InputError
        For another lattice or size ratio.

    Examples
    --------
    Eight equal cubes of NaCl are one simple cubic crystal, which leaves no void:

    >>> round(cube_pair("NaCl", 1.0).packing.packing_fraction, 6)
    1.0
    """
    resolved = template(name).name
    require_known("lattice of two kinds of cubes", resolved, CUBE_NAMES)
    checked_gamma(gamma)
    tied = [densest_packing(resolved, _shapes(resolved, gamma), link=link, n_starts=_N_STARTS) for link in _LINKS]
    best = max(tied, key=lambda packing: packing.packing_fraction)
    return CubePair(name=resolved, gamma=gamma, packing=followed_packing(resolved, best, n_kicks=_N_KICKS))


def _shapes(name: str, gamma: float) -> dict[str, Shape]:
    return {kind: cube(1.0) if kind == "A" else cube(gamma) for kind in template(name).kinds}
