"""Powder X-ray diffraction of nanocrystals against the diffraction angle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_non_negative, require_positive
from packing.errors import InputError
from structure.diffraction.atomic import AtomicCrystal
from structure.widths import FWHM_PER_SIGMA, SCHERRER_CONSTANT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

#: Mean wavelength of Cu K-alpha [nm], as papers on nanocrystals quote it (K-alpha1).
CU_K_ALPHA_NM = 0.15406


@dataclass(frozen=True, slots=True, eq=False)
class PowderXrd:
    """A powder diffraction pattern.

    Parameters
    ----------
    two_theta_deg
        Diffraction angle [degrees], shape (n,).
    intensity
        Intensity, 100 at the highest point, shape (n,).
    peaks
        (hkl, two_theta_deg, relative area) of each reflection, strongest area 100.
    wavelength_nm
        Wavelength [nm].
    label
        What it shows.
    """

    two_theta_deg: FloatArray
    intensity: FloatArray
    peaks: tuple[tuple[str, float, float], ...]
    wavelength_nm: float
    label: str

    def plot(self, ax: Axes | None = None, **style: Any) -> Axes:
        """Draw the pattern, with sticks and indices of the stronger reflections."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        ax.plot(self.two_theta_deg, self.intensity, **{"label": self.label} | style)
        low, high = self.two_theta_deg[[0, -1]]
        shown = [p for p in self.peaks if p[2] > 8 and low <= p[1] <= high]
        ax.vlines([p[1] for p in shown], -6, -1, color="0.4", lw=1)
        for hkl, angle, area in shown:
            # Of reflections closer than a degree only the strongest is named.
            if all(abs(angle - other[1]) > 1 or area >= other[2] for other in shown):
                height = float(np.interp(angle, self.two_theta_deg, self.intensity))
                ax.annotate(hkl, (angle, height), ha="center", va="bottom", fontsize=7)
        ax.set(xlabel=r"$2\theta$ [degrees]", ylabel="intensity [% of highest]")
        return ax


def powder_xrd(
    crystal: AtomicCrystal,
    *,
    size_nm: float,
    two_theta_deg: ArrayLike | None = None,
    wavelength_nm: float = CU_K_ALPHA_NM,
    scherrer_constant: float = SCHERRER_CONSTANT,
    instrument_fwhm_deg: float = 0.0,
) -> PowderXrd:
    r"""Powder diffraction of a crystal with size broadening after Scherrer.

    Peaks are Gaussians of FWHM :math:`K\lambda/(L\cos\theta)`, with the instrument's added in squares. Areas are
    :math:`m|F|^2(1+\cos^22\theta)/(\sin^2\theta\cos\theta)` (Lorentz and polarisation factor of a powder
    diffractometer without monochromator).

    Parameters
    ----------
    crystal
        Atomic structure.
    size_nm
        Size L of the coherent domains [nm].
    two_theta_deg
        Angles [degrees]; None takes 10 to 50 in steps of 0.02.
    wavelength_nm
        Wavelength [nm].
    scherrer_constant
        K: 0.89 to 0.94 for equal-sided bodies.
    instrument_fwhm_deg
        Full width at half maximum of the instrument [degrees of 2 theta].

    Raises
    ------
    InputError
        For angles outside 0 to 180 degrees or a size that is not positive.

    References
    ----------
    A. L. Patterson, Phys. Rev. 56, 978 (1939), doi:10.1103/PhysRev.56.978.

    Examples
    --------
    >>> from structure.diffraction.atomic import atomic_crystal
    >>> pattern = powder_xrd(atomic_crystal("CsPbBr3 cubic"), size_nm=9.0)
    >>> [(hkl, round(angle, 1)) for hkl, angle, area in pattern.peaks if area > 80]
    [('110', 21.4), ('200', 30.4)]
    """
    require_positive("size_nm", size_nm, "nm")
    require_positive("wavelength_nm", wavelength_nm, "nm")
    require_non_negative("instrument_fwhm_deg", instrument_fwhm_deg, "degrees")
    angles = np.arange(10, 50.001, 0.02) if two_theta_deg is None else np.asarray(two_theta_deg, dtype=float)
    if angles.ndim != 1 or not np.all((angles > 0) & (angles < 180)):
        raise InputError("two_theta_deg must be a list of angles between 0 and 180 degrees.")
    q_max = 4 * np.pi / wavelength_nm * math.sin(math.radians(min(float(angles.max()) + 10, 179.9) / 2))
    intensity = np.zeros(len(angles))
    rows = []
    for hkl, q, power in _families(crystal, q_max):
        theta = math.asin(q * wavelength_nm / (4 * np.pi))
        two_theta = math.degrees(2 * theta)
        lorentz = (1 + math.cos(2 * theta) ** 2) / (math.sin(theta) ** 2 * math.cos(theta))
        size = math.degrees(scherrer_constant * wavelength_nm / (size_nm * math.cos(theta)))
        sigma = math.hypot(size, instrument_fwhm_deg) / FWHM_PER_SIGMA
        area = power * lorentz
        intensity += area / sigma * np.exp(-(((angles - two_theta) / sigma) ** 2) / 2)
        rows.append((hkl, two_theta, area))
    strongest = max((r[2] for r in rows), default=1.0)
    peaks = tuple((hkl, angle, 100 * area / strongest) for hkl, angle, area in rows)
    top = float(intensity.max(initial=0.0)) or 1.0
    return PowderXrd(angles, 100 * intensity / top, peaks, wavelength_nm, f"{crystal.name}, {size_nm:g} nm")


def _families(crystal: AtomicCrystal, q_max: float) -> list[tuple[str, float, float]]:
    """Indices, length and summed squared structure factor of all reflections of one length."""
    hkl, vectors, squared = crystal.reflections(q_max)
    length = np.round(np.linalg.norm(vectors, axis=1), 6)
    out = []
    for value in np.unique(length):
        mine = length == value
        rows = [tuple(int(i) for i in row) for row in hkl[mine]]
        # A family goes by its member without minus signs that counts down, such as 210.
        name = max((row for row in rows if min(row) >= 0), default=rows[0])
        out.append(("".join(str(i) for i in name), float(value), float(squared[mine].sum())))
    return out
