"""The face-to-face contact: the minimum of its curve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from packing.errors import InputError

FloatArray = NDArray[np.float64]


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
    grid = np.linspace(min(least_nm, 0.5 * touch_nm), 1.3 * touch_nm, 160)
    energy = energy_kt(grid)
    barrier = int(np.argmax(energy))
    inner = barrier + int(np.argmin(energy[barrier:]))
    if energy[barrier] <= max(energy[inner], 0.0):
        raise InputError(
            "pose energy has no minimum: the coatings cannot hold the cores apart against the van der Waals "
            f"attraction (shells touch at {touch_nm:.3g} nm). Raise coverage_per_nm2 or take a longer ligand."
        )
    if energy[inner] >= 0 or inner == len(grid) - 1:
        return Facing(gap_nm=touch_nm, depth_kt=0.0)
    found = minimize_scalar(
        lambda gap: float(energy_kt(np.array([gap]))[0]),
        bounds=(grid[max(inner - 1, 0)], grid[inner + 1]),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return Facing(gap_nm=float(found.x), depth_kt=float(-found.fun))
