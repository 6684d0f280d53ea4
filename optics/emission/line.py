"""The emission line of many dots: sizes and the width of each dot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import voigt_profile

from optics.constants import HC_EV_NM
from packing.checks import require_non_negative
from packing.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]
ROOM_TEMPERATURE_FWHM_MEV = 90.0
"""Homogeneous width of one CsPbBr3 dot at 300 K [meV]: an input; single dots have 70 to 110."""
FWHM_PER_SIGMA = float(2 * np.sqrt(2 * np.log(2)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmissionLine:
    """A line of emission.

    Parameters
    ----------
    energy_ev
        Energies [eV], rising, shape (n,).
    intensity
        Photons per energy, highest is 1, shape (n,).
    peak_ev
        Energy of the maximum [eV].
    fwhm_mev
        Full width at half maximum [meV].
    size_sigma_mev
        Standard deviation that the sizes alone give [meV].
    homogeneous_fwhm_mev
        Width of one dot, the input [meV].
    """

    energy_ev: FloatArray
    intensity: FloatArray
    peak_ev: float
    fwhm_mev: float
    size_sigma_mev: float
    homogeneous_fwhm_mev: float

    @property
    def peak_nm(self) -> float:
        """Wavelength of the maximum [nm]; of photons per energy, so that it is that of ``peak_ev``."""
        return HC_EV_NM / self.peak_ev

    @property
    def fwhm_nm(self) -> float:
        """Full width [nm] at the peak."""
        return self.peak_nm * self.fwhm_mev / 1e3 / self.peak_ev

    def plot(self, ax: Axes | None = None, **style: Any) -> Axes:
        """Draw intensity against wavelength and return the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        ax.plot(HC_EV_NM / self.energy_ev, self.intensity, **{"label": f"peak {self.peak_nm:.1f} nm"} | style)
        ax.set(xlabel="Wavelength [nm]", ylabel="Intensity [arb. u.]")
        return ax


def emission_line(
    energies_ev: ArrayLike,
    *,
    homogeneous_fwhm_mev: float = ROOM_TEMPERATURE_FWHM_MEV,
    weights: ArrayLike | None = None,
    n_points: int = 801,
) -> EmissionLine:
    """The line of dots of given energies, each with a Lorentzian of the same width.

    Parameters
    ----------
    energies_ev
        Energy of each dot [eV], shape (N,).
    homogeneous_fwhm_mev
        Width of one dot [meV]; 0 takes 1 meV so that there is a curve.
    weights
        Light of each dot, shape (N,); None for all alike.
    n_points
        Energies of the curve.

    Raises
    ------
    InputError
        For no energies, or energies that are not finite.

    Examples
    --------
    >>> line = emission_line(np.random.default_rng(1).normal(2.41, 0.005, 2000), homogeneous_fwhm_mev=100.0)
    >>> 100 < line.fwhm_mev < 104
    True
    """
    energies = np.ravel(np.asarray(energies_ev, dtype=float))
    if not energies.size or not np.all(np.isfinite(energies)):
        raise InputError(f"energies_ev must be finite and at least one, got {energies.size}.")
    width = max(require_non_negative("homogeneous_fwhm_mev", homogeneous_fwhm_mev, "meV"), 1.0) / 1e3
    share = np.ones(energies.size) if weights is None else np.ravel(np.asarray(weights, dtype=float))
    share = share / share.sum()
    mean = float(share @ energies)
    sigma = float(np.sqrt(share @ (energies - mean) ** 2))
    reach = 4 * sigma + 4 * width
    grid = np.linspace(mean - reach, mean + reach, n_points)
    # Dots in bins far finer than the line: 1e5 of them cost no more than a few hundred.
    n_bins = int(np.clip(np.ceil((np.ptp(energies) + 1e-9) / (width / 20)), 1, 4000))
    counts, ends = np.histogram(energies, bins=n_bins, weights=share)
    centres = (ends[1:] + ends[:-1]) / 2
    curve = voigt_profile(grid[:, None] - centres[None, :], 0.0, width / 2) @ counts
    curve = curve / curve.max()
    peak, fwhm = _peak_and_width(grid, curve)
    return EmissionLine(
        energy_ev=grid,
        intensity=curve,
        peak_ev=peak,
        fwhm_mev=1e3 * fwhm,
        size_sigma_mev=1e3 * sigma,
        homogeneous_fwhm_mev=1e3 * width,
    )


def voigt_fwhm_mev(sigma_mev: float, homogeneous_fwhm_mev: float) -> float:
    """Full width [meV] of a Gaussian spread of sizes with the homogeneous width of one dot.

    Parameters
    ----------
    sigma_mev
        Standard deviation that the sizes give [meV].
    homogeneous_fwhm_mev
        Full width of one dot [meV].

    Examples
    --------
    >>> round(voigt_fwhm_mev(5.0, 0.0), 2), round(voigt_fwhm_mev(0.0, 90.0), 2)
    (11.77, 90.0)
    """
    if homogeneous_fwhm_mev == 0:
        return FWHM_PER_SIGMA * sigma_mev
    half = voigt_profile(0.0, sigma_mev, homogeneous_fwhm_mev / 2) / 2
    high = FWHM_PER_SIGMA * sigma_mev + homogeneous_fwhm_mev
    return float(2 * brentq(lambda e: voigt_profile(e, sigma_mev, homogeneous_fwhm_mev / 2) - half, 0.0, high))


def _peak_and_width(grid: FloatArray, curve: FloatArray) -> tuple[float, float]:
    top = int(np.argmax(curve))
    peak = float(grid[top])
    if 0 < top < len(grid) - 1:
        a, b, c = curve[top - 1 : top + 2]
        peak += float((grid[1] - grid[0]) * (a - c) / (2 * (a - 2 * b + c)))
    above = np.flatnonzero(curve >= 0.5)
    first, last = int(above[0]), int(above[-1])
    low = float(np.interp(0.5, curve[max(first - 1, 0) : first + 1], grid[max(first - 1, 0) : first + 1]))
    high = float(np.interp(-0.5, -curve[last : last + 2], grid[last : last + 2]))
    return peak, high - low
