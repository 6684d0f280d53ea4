"""Absorption of dots in a medium: intrinsic coefficient, cross-section and coefficient of a film."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optics.materials.properties import Semiconductor
from optics.materials.refraction import permittivity
from packing.checks import require_between, require_positive

FloatArray = NDArray[np.float64]


def intrinsic_absorption_per_nm(
    material: Semiconductor, wavelength_nm: ArrayLike, *, medium_index: float
) -> FloatArray:
    r"""Absorption of a small dot per volume [1/nm], with the local field of a sphere.

    .. math:: \mu_i=\frac{2\pi}{\lambda n}\Big|\frac{3n^2}{\varepsilon+2n^2}\Big|^2\mathrm{Im}\,\varepsilon

    with the bulk permittivity :math:`\varepsilon` and the index n around the dot: that of the solid for dots in a
    superlattice. Hens and Moreels, J. Mater. Chem. 22, 10406 (2012), doi:10.1039/c2jm30760j.

    Parameters
    ----------
    material
        Its bulk n and k are used: far above the gap confinement hardly changes them.
    wavelength_nm
        Vacuum wavelength [nm], any shape.
    medium_index
        Refractive index around the dot.

    Raises
    ------
    InputError
        For a material without tabulated k, or a wavelength outside the table.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> mu = intrinsic_absorption_per_nm(semiconductor("CsPbBr3"), 400.0, medium_index=1.497)
    >>> round(float(mu) * 1e7)
    61536
    """
    n = require_between("medium_index", medium_index, 1.0, 5.0)
    wavelength = np.asarray(wavelength_nm, dtype=float)
    epsilon = permittivity(material, wavelength)
    local = np.abs(3 * n**2 / (epsilon + 2 * n**2)) ** 2
    return np.asarray(2 * np.pi / (wavelength * n) * local * epsilon.imag)


def cross_section_cm2(
    material: Semiconductor, volume_nm3: float, wavelength_nm: float, *, medium_index: float
) -> float:
    """Absorption cross-section of one dot [cm^2]: volume times intrinsic absorption.

    Published values of CsPbBr3 scatter by a factor of ten (arXiv:2004.05093); a measured one should be given instead.

    Parameters
    ----------
    volume_nm3
        Volume of the dot [nm^3].
    wavelength_nm
        Vacuum wavelength [nm].
    medium_index
        Refractive index around the dot.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> sigma = cross_section_cm2(semiconductor("CsPbBr3"), 9.0**3, 400.0, medium_index=1.497)
    >>> round(sigma * 1e14, 1)
    4.5
    """
    volume = require_positive("volume_nm3", volume_nm3, "nm^3")
    mu = float(intrinsic_absorption_per_nm(material, wavelength_nm, medium_index=medium_index))
    return volume * mu * 1e-14


def film_absorption_per_um(
    material: Semiconductor, wavelength_nm: ArrayLike, core_fraction: float, *, medium_index: float
) -> FloatArray:
    """Absorption coefficient of a superlattice [1/um], core fraction times intrinsic absorption.

    Parameters
    ----------
    wavelength_nm
        Vacuum wavelength [nm], any shape.
    core_fraction
        Core volume over volume.
    medium_index
        Refractive index around the dot.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> alpha = film_absorption_per_um(semiconductor("CsPbBr3"), 400.0, 0.411, medium_index=1.69)
    >>> 2.7 < float(alpha) < 3.0
    True
    """
    phi = require_between("core_fraction", core_fraction, 0.0, 1.0)
    return 1e3 * phi * intrinsic_absorption_per_nm(material, wavelength_nm, medium_index=medium_index)
