"""Does a regular array of dots diffract its own light? Bragg reflections and stop bands of a periodic solid."""

from __future__ import annotations

import math
from dataclasses import dataclass

from packing.checks import require_between, require_positive
from packing.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class StopBand:
    """Light that the planes of an array throw back at normal incidence.

    Parameters
    ----------
    order
        Number of wavelengths inside over two periods, m.
    centre_nm
        Vacuum wavelength of its middle [nm].
    relative_width
        Its width over its middle: a ratio, of frequency as of wavelength.
    """

    order: int
    centre_nm: float
    relative_width: float

    @property
    def width_nm(self) -> float:
        """Width of the band [nm]."""
        return self.centre_nm * self.relative_width

    @property
    def depth_periods(self) -> float:
        r"""Number of periods in which the amplitude falls to 1/e, :math:`2\lambda/(\pi m\,\Delta\lambda)`."""
        return math.inf if self.relative_width == 0 else 2 / (math.pi * self.order * self.relative_width)


def bragg_wavelength_nm(period_nm: float, index: float, *, order: int = 1) -> float:
    r"""Longest vacuum wavelength [nm] that planes of a period throw back, :math:`\lambda=2nd/m`, at normal incidence.

    Light of a longer wavelength sees a uniform solid of the index n: no order of diffraction is open. The index must be
    that at the wavelength found.

    Parameters
    ----------
    period_nm
        Distance of the planes [nm].
    index
        Refractive index of the solid.
    order
        Order of the reflection, from 1.

    Raises
    ------
    InputError
        For an order below 1, or lengths that are not positive.

    Examples
    --------
    A superlattice of small dots is no photonic crystal at its own light (some 520 nm):

    >>> round(bragg_wavelength_nm(11.5, 1.75), 1)
    40.2
    """
    if order < 1:
        raise InputError(f"order must be 1 or more, got {order}.")
    return 2 * require_positive("index", index) * require_positive("period_nm", period_nm, "nm") / order


def stop_band(
    edge_nm: float, period_nm: float, core_index: float, host_index: float, *, order: int = 1, lamellar: bool = False
) -> StopBand:
    r"""Stop band of the (100) planes of a simple cubic array of cubes in a host, to first order in the contrast.

    .. math:: \lambda=\frac{2d\sqrt{\bar\varepsilon}}m,\qquad
              \frac{\Delta\lambda}\lambda=\frac{|\varepsilon_m|}{\bar\varepsilon},\qquad
              \varepsilon_m=f\,(\varepsilon_c-\varepsilon_h)\frac{\sin(\pi mL/d)}{\pi m}

    with f the share of a plane that cores cover, :math:`(L/d)^2` for cubes and 1 for layers. Two coupled waves, valid
    for a width well below one: tested against the exact dispersion of layers. P. Yeh, A. Yariv and C.-S. Hong, J. Opt.
    Soc. Am. 67, 423 (1977), doi:10.1364/JOSA.67.000423.

    Parameters
    ----------
    edge_nm, period_nm
        Edge of the cores and period [nm].
    core_index, host_index
        Refractive indices at the wavelength, real.
    order
        Order of the reflection, from 1.
    lamellar
        Whether the cores are layers without end instead of cubes.

    Raises
    ------
    InputError
        For cores that do not fit into the period.

    Examples
    --------
    Dots of 10 nm in Cs4PbBr6 leave visible light alone; cores of 120 nm in the same array would not:

    >>> small, large = (stop_band(edge, 1.5 * edge, 2.2, 1.7) for edge in (10.0, 120.0))
    >>> round(small.centre_nm), round(large.centre_nm), round(large.relative_width, 3)
    (56, 670, 0.069)
    """
    require_positive("period_nm", period_nm, "nm")
    filled = require_between("edge_nm / period_nm", edge_nm / period_nm, 0.0, 1.0)
    require_between("core_index", core_index, 1.0, 10.0)
    require_between("host_index", host_index, 1.0, 10.0)
    covered = 1.0 if lamellar else filled**2
    contrast = covered * (core_index**2 - host_index**2)
    mean = host_index**2 + contrast * filled
    component = contrast * math.sin(math.pi * order * filled) / (math.pi * order)
    return StopBand(
        order=order,
        centre_nm=bragg_wavelength_nm(period_nm, math.sqrt(mean), order=order),
        relative_width=abs(component) / mean,
    )
