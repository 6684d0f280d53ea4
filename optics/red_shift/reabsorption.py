"""Reabsorption on the way out: the line that leaves a crystal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optics.constants import HC_EV_NM
from optics.materials.properties import Semiconductor
from optics.materials.refraction import exciton_nm, tabulated_range_nm
from optics.medium.absorption import film_absorption_per_um
from packing.checks import require_between, require_non_negative, require_positive

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EscapingLine:
    """A line before and after its way through absorbing matter.

    Parameters
    ----------
    energy_ev
        Energies [eV], shape (n,).
    emitted, escaped
        Photons per energy, the same unit, shape (n,).
    absorption_per_um
        Absorption coefficient of the crystal [1/um], shape (n,).
    """

    energy_ev: FloatArray
    emitted: FloatArray
    escaped: FloatArray
    absorption_per_um: FloatArray

    @property
    def peak_nm(self) -> float:
        """Wavelength of the maximum that leaves [nm]."""
        return HC_EV_NM / _peak(self.energy_ev, self.escaped)

    @property
    def shift_ev(self) -> float:
        """Shift of the maximum [eV]; negative is red."""
        return _peak(self.energy_ev, self.escaped) - _peak(self.energy_ev, self.emitted)

    @property
    def lost_fraction(self) -> float:
        """Share of the photons that are absorbed once or more."""
        return 1 - float(self.escaped.sum() / self.emitted.sum())


def crystal_absorption(
    material: Semiconductor,
    energy_ev: FloatArray,
    peak_ev: float,
    stokes_mev: float,
    *,
    core_fraction: float,
    index: float,
) -> FloatArray:
    """Absorption of the crystal [1/um] at energies [eV], its exciton moved to a Stokes shift above the emission.

    The bulk n and k are moved as a whole, so that the dots' edge stands where the measured shift puts it. What lies
    beyond the table's ends counts as transparent below and as the last value above.

    Parameters
    ----------
    material
        Of the dots.
    energy_ev
        Energies [eV], shape (n,).
    peak_ev
        Maximum of the emission [eV].
    stokes_mev
        Distance from it to the exciton of the absorption [meV], an input.
    core_fraction, index
        Of the crystal: volume fraction of cores, refractive index around a dot.
    """
    require_non_negative("stokes_mev", stokes_mev, "meV")
    moved = energy_ev - blue_shift_ev(material, peak_ev, stokes_mev)
    low, high = tabulated_range_nm(material)
    wavelengths = np.clip(HC_EV_NM / moved, low, high)
    return film_absorption_per_um(material, wavelengths, core_fraction, medium_index=index)


def blue_shift_ev(material: Semiconductor, peak_ev: float, stokes_mev: float) -> float:
    """By how much the exciton of dots that emit at an energy lies above that of the bulk data [eV].

    Parameters
    ----------
    peak_ev
        Maximum of the emission [eV].
    stokes_mev
        Distance from the emission to the exciton of the absorption [meV], an input.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> round(blue_shift_ev(semiconductor("CsPbBr3"), 2.41, 40.0), 3)
    0.052
    """
    around = HC_EV_NM / peak_ev
    return peak_ev + stokes_mev / 1e3 - HC_EV_NM / exciton_nm(material, (around - 45.0, around + 60.0))


def reabsorbed_line(
    energy_ev: FloatArray, emitted: FloatArray, absorption_per_um: FloatArray, length_um: float
) -> EscapingLine:
    r"""The line out of a crystal in which light starts anywhere along a straight path of a length.

    .. math:: I_\mathrm{out}=I\,\frac{1-e^{-\alpha l}}{\alpha l}

    Without re-emission; a lower bound of the shift where light is trapped by total reflection, see `recycled_line`.

    Parameters
    ----------
    energy_ev
        Energies [eV], shape (n,).
    emitted
        Photons per energy before the way out, shape (n,).
    absorption_per_um
        Absorption coefficient of the crystal [1/um], shape (n,).
    length_um
        Length of the way [um].

    Examples
    --------
    >>> energy = np.linspace(2.2, 2.6, 401)
    >>> line = np.exp(-(((energy - 2.41) / 0.04) ** 2))
    >>> edge = 2.0 / (1 + np.exp(-(energy - 2.43) / 0.01))
    >>> reabsorbed_line(energy, line, edge, 2.0).shift_ev < 0
    True
    """
    depth = absorption_per_um * require_positive("length_um", length_um, "um")
    escaped = emitted * -np.expm1(-depth) / np.maximum(depth, 1e-30)
    escaped = np.where(depth < 1e-12, emitted, escaped)
    return EscapingLine(energy_ev=energy_ev, emitted=emitted, escaped=escaped, absorption_per_um=absorption_per_um)


def gaussian_line(peak_ev: float, fwhm_mev: float, *, n_points: int = 2001) -> tuple[FloatArray, FloatArray]:
    """Energies [eV] and a Gaussian of a width [meV], three widths to each side.

    Parameters
    ----------
    peak_ev
        Maximum of the emission [eV].
    fwhm_mev
        Full width at half maximum [meV].
    n_points
        Number of energies.
    """
    width = require_between("fwhm_mev", fwhm_mev, 0.1, 500.0, "meV") / 1e3
    energy = np.linspace(peak_ev - 3 * width, peak_ev + 3 * width, n_points)
    return energy, np.exp(-4 * np.log(2) * ((energy - peak_ev) / width) ** 2)


def _peak(energy_ev: FloatArray, intensity: FloatArray) -> float:
    top = int(np.clip(np.argmax(intensity), 1, len(intensity) - 2))
    a, b, c = intensity[top - 1 : top + 2]
    curvature = a - 2 * b + c
    offset = 0.0 if curvature == 0 else (a - c) / (2 * curvature)
    return float(energy_ev[top] + offset * (energy_ev[1] - energy_ev[0]))
