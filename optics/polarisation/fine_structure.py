"""The bright triplet of a dot: three dipoles along its axes and their thermal weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optics.constants import BOLTZMANN_EV_PER_KELVIN
from packing.checks import require_positive
from packing.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class FineStructure:
    """Energies of the three dipoles of a dot, along its body axes.

    Parameters
    ----------
    splittings_mev
        Energy of the dipole along each body axis above the lowest [meV]: an input, as is which axis is lowest.
    strengths
        Oscillator strength of each, relative.

    Examples
    --------
    >>> tetragonal = FineStructure(splittings_mev=(2.0, 2.0, 0.0))
    >>> [round(float(tetragonal.weights(t)[0] / tetragonal.weights(t)[2]), 3) for t in (4.0, 300.0)]
    [0.003, 0.926]
    """

    splittings_mev: tuple[float, float, float] = (0.0, 0.0, 0.0)
    strengths: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        if len(self.splittings_mev) != 3 or len(self.strengths) != 3 or min(self.strengths) < 0:
            raise InputError(
                "fine structure needs three splittings_mev and three strengths of at least zero, got "
                f"{self.splittings_mev} and {self.strengths}."
            )

    def weights(self, temperature_kelvin: float) -> FloatArray:
        """Share of the light from each dipole in thermal equilibrium, shape (3,); their sum is one.

        Parameters
        ----------
        temperature_kelvin
            Temperature [K].

        Raises
        ------
        InputError
            If no dipole has any strength.
        """
        thermal_mev = 1e3 * BOLTZMANN_EV_PER_KELVIN * require_positive("temperature_kelvin", temperature_kelvin, "K")
        levels = np.array(self.splittings_mev)
        share = np.array(self.strengths) * np.exp(-(levels - levels.min()) / thermal_mev)
        if share.sum() == 0:
            raise InputError("fine structure needs one strength above zero. Give (1, 1, 1) for a cubic dot.")
        return np.asarray(share / share.sum())


SINGLE_AXIS = FineStructure(strengths=(0.0, 0.0, 1.0))
"""One dipole, along the third body axis: the lowest level of a tetragonal dot when it is cold."""

IN_PLANE = FineStructure(strengths=(1.0, 1.0, 0.0))
"""Two dipoles, along the first two body axes: a platelet."""
