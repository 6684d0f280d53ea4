"""A flat detector across the beam: which pixel sees which scattering vector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_positive

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


def ewald_q_z(q_x_inv_nm: FloatArray, q_y_inv_nm: FloatArray, wavelength_nm: float | None) -> FloatArray:
    r"""Component of q along the beam [1/nm] on the Ewald sphere: :math:`\sqrt{k^2-q_x^2-q_y^2} - k`.

    Zero for ``wavelength_nm=None``, the limit of short waves; NaN where no scattered beam has that q.

    Examples
    --------
    >>> round(float(ewald_q_z(np.array(1.0), np.array(0.0), 0.1)), 5)
    -0.00796
    """
    if wavelength_nm is None:
        return np.zeros(np.broadcast_shapes(np.shape(q_x_inv_nm), np.shape(q_y_inv_nm)))
    square = np.asarray(q_x_inv_nm**2 + q_y_inv_nm**2, dtype=float)
    k = 2 * np.pi / wavelength_nm
    inside = np.where(square <= k**2, k**2 - square, np.nan)
    return np.asarray(-square / (np.sqrt(inside) + k)) + 0.0
