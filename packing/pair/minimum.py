"""Where a pair energy has its outermost minimum."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar

from packing.errors import InputError
from packing.particles import Coating

FloatArray = NDArray[np.float64]


def outermost_minimum(
    energy_kt: Callable[[ArrayLike], FloatArray], shell_nm: float, coating: Coating
) -> tuple[float, float]:
    """Gap [nm] and energy [kT] of the outermost minimum; inside the barrier the attraction of bare cores wins.

    Parameters
    ----------
    energy_kt
        Energy [kT] at gaps [nm].
    shell_nm
        Free thickness of one shell [nm].
    coating
        Whose shell it is, for the error.

    Raises
    ------
    InputError
        If nothing keeps the cores apart.
    """
    touch = 2 * shell_nm
    if touch <= 0.02:
        raise InputError(
            f"coating of {coating.ligand.name} is {shell_nm:.3g} nm thick: nothing keeps the cores apart. "
            "Raise coverage_per_nm2 or take a longer ligand."
        )
    lowest = max(0.02 * touch, 0.01)
    grid = np.linspace(lowest, 1.3 * touch, 1500)
    energy = energy_kt(grid)
    barrier = int(np.argmax(energy))
    inner = barrier + int(np.argmin(energy[barrier:]))
    if inner in (0, len(grid) - 1) or energy[barrier] <= energy[inner] or energy[inner] >= 0:
        raise InputError(
            f"pair energy has no minimum: {coating.coverage_per_nm2:g} {coating.ligand.name} per nm² cannot hold the "
            "cores apart against the van der Waals attraction. Raise coverage_per_nm2 or take a longer ligand."
        )
    found = minimize_scalar(
        lambda d: float(energy_kt(d)),
        bounds=(grid[inner - 1], grid[inner + 1]),
        method="bounded",
        options={"xatol": 1e-7},
    )
    return float(found.x), float(found.fun)


def curvature(energy_kt: Callable[[ArrayLike], FloatArray], gap_nm: float) -> float:
    """Second derivative [kT/nm^2] of a smooth energy at a gap, by differences of fourth order.

    Parameters
    ----------
    energy_kt
        Energy [kT] at gaps [nm]; smooth within 1 % of the gap.
    gap_nm
        Where [nm].

    Examples
    --------
    >>> round(curvature(lambda d: np.asarray(d) ** 3, 2.0), 6)
    12.0
    """
    step = 5e-3 * gap_nm
    weights = np.array([-1.0, 16.0, -30.0, 16.0, -1.0]) / 12
    return float(weights @ energy_kt(gap_nm + step * np.arange(-2, 3)) / step**2)
