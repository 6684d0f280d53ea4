"""What a real instrument does to a curve: finite resolution, background and counting noise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_non_negative, require_positive
from structure.patterns.curves import ScatteringCurve
from structure.widths import smeared

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    r"""A flat detector at right angles to the beam.

    Parameters
    ----------
    distance_mm
        From sample to detector [mm].
    pixel_mm
        Width of a pixel [mm].
    n_pixels
        Rows and columns.
    wavelength_nm
        Wavelength [nm].
    centre_px
        Where the direct beam hits, (row, column) counted from the outer edge of the first pixel; None is the middle.

    Examples
    --------
    >>> detector = Detector(distance_mm=100.0, pixel_mm=1.0, n_pixels=(3, 3), wavelength_nm=0.1)
    >>> detector.q_vectors_inv_nm()[1, 1].tolist()
    [0.0, 0.0, 0.0]
    """

    distance_mm: float
    pixel_mm: float
    n_pixels: tuple[int, int]
    wavelength_nm: float
    centre_px: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        require_positive("distance_mm", self.distance_mm, "mm")
        require_positive("pixel_mm", self.pixel_mm, "mm")
        require_positive("wavelength_nm", self.wavelength_nm, "nm")

    def q_vectors_inv_nm(self) -> FloatArray:
        r"""Scattering vectors of the pixel centres [1/nm], shape (rows, columns, 3).

        :math:`q = k(\sin2\theta\cos\chi, \sin2\theta\sin\chi, \cos2\theta - 1)`: the beam runs along +z, columns along
        +x and rows along +y.
        """
        rows, columns = self.n_pixels
        row0, column0 = self.centre_px or (rows / 2, columns / 2)
        y = (np.arange(rows) + 0.5 - row0) * self.pixel_mm
        x = (np.arange(columns) + 0.5 - column0) * self.pixel_mm
        ray = np.stack(np.broadcast_arrays(x[None, :], y[:, None], self.distance_mm), axis=-1)
        unit = ray / np.linalg.norm(ray, axis=-1, keepdims=True)
        return 2 * np.pi / self.wavelength_nm * (unit - [0.0, 0.0, 1.0]) + 0.0


def ewald_q_z(q_x_inv_nm: ArrayLike, q_y_inv_nm: ArrayLike, wavelength_nm: float | None) -> FloatArray:
    r"""Component of q along the beam [1/nm] on the Ewald sphere: :math:`\sqrt{k^2-q_x^2-q_y^2} - k`.

    Zero for ``wavelength_nm=None``, the limit of short waves; NaN where no scattered beam has that q.

    Parameters
    ----------
    q_x_inv_nm, q_y_inv_nm
        Components across the beam [1/nm], of shapes that broadcast.
    wavelength_nm
        Wavelength of the beam [nm].

    Examples
    --------
    >>> round(float(ewald_q_z(np.array(1.0), np.array(0.0), 0.1)), 5)
    -0.00796
    """
    if wavelength_nm is None:
        return np.zeros(np.broadcast_shapes(np.shape(q_x_inv_nm), np.shape(q_y_inv_nm)))
    square = np.square(np.asarray(q_x_inv_nm, dtype=float)) + np.square(np.asarray(q_y_inv_nm, dtype=float))
    k = 2 * np.pi / wavelength_nm
    inside = np.where(square <= k**2, k**2 - square, np.nan)
    return np.asarray(-square / (np.sqrt(inside) + k)) + 0.0


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
        """Standard deviation of q [1/nm] at each ``q_inv_nm`` [1/nm]."""
        angle = 2 * np.pi / self.wavelength_nm * self.angle_spread_rad
        return np.hypot(q_inv_nm * self.wavelength_spread, angle)

    def smear(self, q_inv_nm: FloatArray, intensity: FloatArray) -> FloatArray:
        """The intensity averaged over a Gaussian of the resolution around each q; a constant stays as it is.

        Parameters
        ----------
        q_inv_nm
            Scattering vectors, rising [1/nm], shape (n,).
        intensity
            Intensity at each of them in any unit, shape (n,).
        """
        sigma = self.resolution_inv_nm(q_inv_nm)
        if len(q_inv_nm) < 3 or not sigma.any():
            return intensity
        # A resolution below the step of q cannot be resolved: the narrowest bell is a quarter of a step.
        return smeared(q_inv_nm, intensity, np.maximum(sigma, np.gradient(q_inv_nm) / 4))

    def measure(self, curve: ScatteringCurve, *, seed: int = 0) -> ScatteringCurve:
        """The curve as this instrument would record it: smeared, on its background, with Poisson noise and its sd.

        ``seed`` draws the counts.
        """
        intensity = self.smear(curve.q_inv_nm, curve.intensity) + self.background
        noisy, sd = self.count(intensity, np.random.default_rng(seed))
        note = {**curve.provenance, "instrument": repr(self), "instrument_seed": seed}
        return replace(curve, intensity=noisy, sd=curve.sd if sd is None else sd, provenance=note)

    def count(self, intensity: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray | None]:
        """Poisson counts scaled back to the unit of the intensity, with their standard deviation.

        Parameters
        ----------
        intensity
            Expected intensity in any unit, any shape; its maximum gives `counts_at_maximum` counts.
        rng
            Draws the counts.

        Returns
        -------
        tuple
            Intensity and standard deviation, in the unit and shape given; without counts the same intensity and None.
        """
        if self.counts_at_maximum is None:
            return intensity, None
        per_unit = self.counts_at_maximum / float(intensity.max())
        counts = rng.poisson(np.maximum(intensity, 0) * per_unit)
        # An empty channel is uncertain by one count, not by none.
        return counts / per_unit, np.sqrt(np.maximum(counts, 1)) / per_unit
