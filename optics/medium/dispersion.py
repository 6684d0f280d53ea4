"""Index and group index of a superlattice against wavelength."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optics.constants import HC_EV_NM
from optics.materials.properties import Semiconductor
from optics.materials.refraction import extinction, refractive_index
from optics.medium.mixing import hashin_shtrikman_bounds, maxwell_garnett_index
from packing.checks import require_between

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuperlatticeMedium:
    """A superlattice as light of any wavelength sees it, by Maxwell Garnett.

    Parameters
    ----------
    material
        Of the cores, with tabulated n and k.
    core_fraction
        Volume of the cores over all volume; from the frame, not from a prediction.
    host_index
        Refractive index of what is between the cores.
    blue_shift_ev
        By how much the dots' exciton lies above that of the bulk data [eV]: n and k are moved as a whole.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> solid = SuperlatticeMedium(material=semiconductor("CsPbBr3"), core_fraction=0.499, host_index=1.4406)
    >>> round(solid.index(535.0), 3), round(solid.group_index(535.0), 1)
    (1.815, 3.7)
    """

    material: Semiconductor
    core_fraction: float
    host_index: float
    blue_shift_ev: float = 0.0

    def __post_init__(self) -> None:
        require_between("core_fraction", self.core_fraction, 0.0, 1.0)
        require_between("host_index", self.host_index, 1.0, 5.0)

    def complex_index(self, wavelength_nm: float) -> complex:
        """n + ik at a vacuum wavelength [nm].

        Parameters
        ----------
        wavelength_nm
            Vacuum wavelength [nm].
        """
        moved = self._bulk_nm(wavelength_nm)
        core = complex(float(refractive_index(self.material, moved)), float(extinction(self.material, moved)))
        return maxwell_garnett_index([(self.core_fraction, core), (1 - self.core_fraction, self.host_index)])

    def index(self, wavelength_nm: float) -> float:
        """Refractive index at a vacuum wavelength [nm].

        Parameters
        ----------
        wavelength_nm
            Vacuum wavelength [nm].
        """
        return self.complex_index(wavelength_nm).real

    def indices(self, wavelength_nm: ArrayLike) -> FloatArray:
        """Refractive index at each of many wavelengths [nm], same shape.

        Parameters
        ----------
        wavelength_nm
            Vacuum wavelengths [nm], any shape.
        """
        wavelengths = np.asarray(wavelength_nm, dtype=float)
        return np.array([self.index(float(w)) for w in wavelengths.ravel()]).reshape(wavelengths.shape)

    def bounds(self, wavelength_nm: float) -> tuple[float, float]:
        """Hashin-Shtrikman bounds of the index, from the real part of the core's.

        Parameters
        ----------
        wavelength_nm
            Vacuum wavelength [nm].
        """
        return hashin_shtrikman_bounds(
            self.core_fraction, float(refractive_index(self.material, self._bulk_nm(wavelength_nm))), self.host_index
        )

    def group_index(self, wavelength_nm: float, *, step_nm: float = 1.0) -> float:
        r"""Group index :math:`n_g=n-\lambda\,dn/d\lambda`, by a central difference over two steps.

        Near the exciton it is several times the index, and as uncertain as the bulk data there.

        Parameters
        ----------
        wavelength_nm
            Vacuum wavelength [nm].
        step_nm
            Step of the difference [nm].
        """
        high, low = self.index(wavelength_nm + step_nm), self.index(wavelength_nm - step_nm)
        return self.index(wavelength_nm) - wavelength_nm * (high - low) / (2 * step_nm)

    def _bulk_nm(self, wavelength_nm: float) -> float:
        """Where in the bulk data light of a wavelength [nm] belongs."""
        return HC_EV_NM / (HC_EV_NM / wavelength_nm - self.blue_shift_ev)
