"""The face-to-face contact: the minimum of its curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError

FloatArray = NDArray[np.float64]

_TOO_THIN = (
    "pose energy has no minimum: the coatings, which touch at {:.3g} nm, cannot hold the cores apart against the van "
    "der Waals attraction. Raise coverage_per_nm2 or take a longer ligand."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facing:
    """The best contact face to face.

    Parameters
    ----------
    gap_nm
        Gap between the cores [nm]; where the shells touch if nothing holds them together.
    depth_kt
        Depth of the minimum [kT], positive; 0 if there is none.
    """

    gap_nm: float
    depth_kt: float


def require_apart(touch_nm: float) -> None:
    """Refuse shells that are not there.

    Parameters
    ----------
    touch_nm
        Gap at which they touch [nm].

    Raises
    ------
    InputError
        If it is that of an atom or less.
    """
    if touch_nm < 0.2:
        raise InputError(_TOO_THIN.format(touch_nm))


def best_contact(energy_kt: Callable[[FloatArray], FloatArray], touch_nm: float, least_nm: float) -> Facing:
    """The outermost minimum of a facing curve, outside the barrier that keeps bare cores apart.

    Parameters
    ----------
    energy_kt
        Energy [kT] at gaps [nm].
    touch_nm
        Gap at which the shells touch [nm].
    least_nm
        Smallest gap that counts [nm].

    Raises
    ------
    InputError
        If the shells cannot hold the cores apart.
    """
    grid = np.linspace(least_nm, 1.3 * touch_nm, 48)
    energy = energy_kt(grid)
    barrier = int(np.argmax(energy))
    best = barrier + int(np.argmin(energy[barrier:]))
    if energy[barrier] <= max(energy[best], 0.0):
        raise InputError(_TOO_THIN.format(touch_nm))
    if energy[best] >= 0 or best == len(grid) - 1:
        return Facing(gap_nm=touch_nm, depth_kt=0.0)
    for _ in range(3):
        grid = np.linspace(grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)], 11)
        energy = energy_kt(grid)
        best = int(np.argmin(energy))
    return Facing(gap_nm=float(grid[best]), depth_kt=float(-energy[best]))
