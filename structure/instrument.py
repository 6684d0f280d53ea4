"""What a real instrument does to a curve: finite resolution, background and counting noise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_non_negative, require_positive
from structure.curves import ScatteringCurve

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    r"""A small-angle instrument, by its wavelength, spreads, background and counting time.

    Resolution: :math:`\sigma_q^2 = q^2(\Delta\lambda/\lambda)^2 + (2\pi/\lambda)^2\Delta\theta^2` with the standard
    deviations of the relative wavelength and of the scattering angle (beam divergence, beam size and pixel).

    Parameters
    ----------
    wavelength_nm
        Wavelength [nm].
    wavelength_spread
        Standard deviation of the wavelength over its mean.
    angle_spread_rad
        Standard deviation of the scattering angle [rad].
    background
        Constant added to the intensity, in its unit.
    counts_at_maximum
        Counts in the brightest point of a curve or pixel of a pattern; None adds no noise.

    Examples
    --------
    >>> Instrument(wavelength_nm=0.1, angle_spread_rad=1e-4).resolution_inv_nm(np.array([1.0])).round(5).tolist()
    [0.00628]
    """

    wavelength_nm: float = 0.1
    wavelength_spread: float = 0.0
    angle_spread_rad: float = 0.0
    background: float = 0.0
    counts_at_maximum: float | None = None

    def __post_init__(self) -> None:
        require_positive("wavelength_nm", self.wavelength_nm, "nm")
        for name in ("wavelength_spread", "angle_spread_rad", "background"):
            require_non_negative(name, getattr(self, name))
        if self.counts_at_maximum is not None:
            require_positive("counts_at_maximum", self.counts_at_maximum)

    def resolution_inv_nm(self, q_inv_nm: FloatArray) -> FloatArray:
        """Standard deviation of q [1/nm] at each q."""
        angle = 2 * np.pi / self.wavelength_nm * self.angle_spread_rad
        return np.hypot(q_inv_nm * self.wavelength_spread, angle)

    def smear(self, q_inv_nm: FloatArray, intensity: FloatArray) -> FloatArray:
        """The intensity averaged over a Gaussian of the resolution around each q; a constant stays as it is."""
        sigma = self.resolution_inv_nm(q_inv_nm)
        if len(q_inv_nm) < 3 or not sigma.any():
            return intensity
        # A resolution below the step of q cannot be resolved: the narrowest bell is a quarter of a step.
        step = np.gradient(q_inv_nm)
        width = np.maximum(sigma, step / 4)[:, None]
        kernel = np.exp(-(((q_inv_nm - q_inv_nm[:, None]) / width) ** 2) / 2) * step
        return np.asarray(kernel @ intensity / kernel.sum(axis=1))

    def measure(self, curve: ScatteringCurve, *, seed: int = 0) -> ScatteringCurve:
        """The curve as this instrument would record it: smeared, on its background, with Poisson noise and its sd."""
        intensity = self.smear(curve.q_inv_nm, curve.intensity) + self.background
        noisy, sd = self.count(intensity, np.random.default_rng(seed))
        note = {**curve.provenance, "instrument": repr(self), "instrument_seed": seed}
        return replace(curve, intensity=noisy, sd=curve.sd if sd is None else sd, provenance=note)

    def count(self, intensity: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray | None]:
        """Poisson counts scaled back to the unit of the intensity, with their standard deviation."""
        if self.counts_at_maximum is None:
            return intensity, None
        per_unit = self.counts_at_maximum / float(intensity.max())
        counts = rng.poisson(np.maximum(intensity, 0) * per_unit)
        # An empty channel is uncertain by one count, not by none.
        return counts / per_unit, np.sqrt(np.maximum(counts, 1)) / per_unit
