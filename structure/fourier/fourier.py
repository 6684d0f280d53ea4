"""The lattice of a micrograph from the spots of its Fourier transform, all indexed and fitted together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from structure.fourier.drawing import draw_spots
from structure.fourier.indexing import (
    IndexedSpots,
    cell_angle_deg,
    direct_cell,
    index_spots,
    lattice_spacing,
    name_lattice,
)
from structure.fourier.local_phase import with_shared_errors
from structure.fourier.spots import Spectrum, find_spots, power_spectrum
from structure.imaging.images import TemImage

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

SYMMETRY_STRAIN = 0.05
_MIN_PERIODS = 5
_WEAKEST_OF_STRONGEST = 2e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FourierLattice:
    """A planar lattice found in one Fourier transform.

    Parameters
    ----------
    lattice
        ``square``, ``hexagonal``, ``rectangular``, ``oblique`` or ``none``.
    spacing_nm, spacing_sd_nm
        Nearest-neighbour distance [nm] and its standard deviation from the fit; NaN where there is no lattice.
    angle_deg, angle_sd_deg
        Angle between the two shortest lattice vectors, from 60 (hexagonal) to 90 (square) [degrees].
    orientation_deg
        Direction of the first lattice vector from the picture's x axis, counter-clockwise [degrees].
    vectors_nm
        Lattice vectors as rows (x right, y up) [nm], shape (2, 2).
    spots_per_nm
        Places of the spots as cycles per nm (2 pi not included), shape (n, 2); one of each pair of opposites.
    spot_indices
        (h, k) of each spot, (0, 0) where it does not belong to the lattice, shape (n, 2).
    spot_signal_to_noise
        Power of each spot over that of the speckle around it, shape (n,).
    explained
        Share of the spots' weight on the lattice; well below 1 for several grains.
    log10_power
        Logarithm of the power around the centre, for the picture, shape (n, n).
    extent_per_nm
        Largest frequency in that picture along x and y [1/nm].
    """

    lattice: str
    spacing_nm: float
    spacing_sd_nm: float
    angle_deg: float
    angle_sd_deg: float
    orientation_deg: float
    vectors_nm: FloatArray
    spots_per_nm: FloatArray
    spot_indices: NDArray[np.int64]
    spot_signal_to_noise: FloatArray
    explained: float
    log10_power: NDArray[np.float32]
    extent_per_nm: tuple[float, float]

    def __repr__(self) -> str:
        return f"FourierLattice({self.summary()})"

    def summary(self) -> str:
        """One line with the numbers a person asks for first."""
        if self.lattice == "none":
            return f"none, {len(self.spots_per_nm)} spots"
        used = int(np.count_nonzero(np.any(self.spot_indices != 0, axis=1)))
        return (
            f"{self.lattice}, spacing {self.spacing_nm:.4g} ± {self.spacing_sd_nm:.2g} nm, "
            f"angle {self.angle_deg:.2f} ± {self.angle_sd_deg:.2g}°, {used} of {len(self.spots_per_nm)} spots"
        )

    def plot(self, ax: Axes | None = None, **imshow_style: Any) -> Axes:
        """Draw the power on a log scale with the spots ringed and indexed, and return the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        draw_spots(
            ax, self.log10_power, self.extent_per_nm, self.spots_per_nm, self.spot_indices, self.spot_signal_to_noise,
            **imshow_style,
        )  # fmt: skip
        return ax


def fourier_lattice(
    image: TemImage,
    *,
    crop: tuple[int, int, int, int] | None = None,
    spacing_range_nm: tuple[float, float] | None = None,
) -> FourierLattice:
    """Lattice, spacing and angle of a micrograph of one grain from the spots of its Fourier transform.

    A wide-Gaussian background is taken off, a Hann window is laid over the picture, spots of the power spectrum are
    placed below the bin by a parabola through the logarithms, and one reciprocal lattice is fitted to all spots by
    weighted least squares. Square: a = 1/f10. Hexagonal: a = 2/(sqrt 3 f10). The uncertainty is that of the spots and
    of the mean strain, by the scatter of the local displacements.

    Parameters
    ----------
    image
        The micrograph. Several grains give several lattices: only the strongest is fitted, and ``explained`` is low;
        `structure.micrographs.measure.measure_tem` treats grains.
    crop
        First and last row, first and last column to use (last excluded); None uses all.
    spacing_range_nm
        Shortest and longest period to look for [nm]; None looks from 2.5 px to a fifth of the picture.

    Raises
    ------
    InputError
        For a crop that leaves fewer than 32 pixels a side.

    Examples
    --------
    >>> y, x = np.mgrid[:256, :256]
    >>> waves = np.cos(2 * np.pi * x / 20.0) + np.cos(2 * np.pi * y / 20.0)
    >>> found = fourier_lattice(TemImage(pixels=waves, px_per_nm=2.0))
    >>> found.lattice, round(found.spacing_nm, 3), round(found.angle_deg, 2)
    ('square', 10.0, 90.0)
    """
    pixels = cropped(image.pixels, crop)
    spectrum = power_spectrum(pixels)
    lowest = _MIN_PERIODS / min(pixels.shape)
    if spacing_range_nm is not None:
        lowest = max(lowest, 1 / (spacing_range_nm[1] * image.px_per_nm))
    spots = find_spots(spectrum, min_frequency_per_px=lowest)
    indexed = None
    if len(spots) >= 2:
        weights = fit_weights(spots.power)
        bin_size = float(spectrum.bin_per_px.max())
        # Position error of a maximum in speckle: about half a bin over the root of the power ratio; 0.01 bin is
        # what remains of interpolation.
        errors = bin_size * np.hypot(0.5 / np.sqrt(spots.signal_to_noise), 0.01)
        indexed = index_spots(spots.frequency_per_px, weights, errors, tolerance=2.0 * bin_size)
        if indexed is not None:
            indexed = with_shared_errors(indexed, pixels, spots.signal_to_noise)
    return _result(image.px_per_nm, spectrum, spots.frequency_per_px, spots.signal_to_noise, indexed)


def fit_weights(power: FloatArray) -> FloatArray:
    """Significance of spots for indexing: logarithm of their power over a five-hundredth of the strongest.

    A first order may be a hundred times weaker than its harmonics; what is weaker than a five-hundredth, such as the
    faint spots of a repeated simulation box, shall not choose the cell, though it may refine it. ``power`` is that of
    each spot in any unit, shape (n,).
    """
    return np.maximum(np.log(power / (_WEAKEST_OF_STRONGEST * power.max())), 0.02)


def cropped(pixels: FloatArray, crop: tuple[int, int, int, int] | None) -> FloatArray:
    """The part of an image between rows and columns, checked.

    Parameters
    ----------
    pixels
        Grey values, shape (rows, columns).
    crop
        First row, last row, first and last column, the last ones excluded; None for the whole image.

    Returns
    -------
    ndarray
        Grey values of the part: a view, not a copy.

    Raises
    ------
    InputError
        For a crop that is not four numbers or leaves the image, or a part below 32 pixels a side.
    """
    rows, cols = pixels.shape
    if crop is None:
        crop = (0, rows, 0, cols)
    if len(crop) != 4:
        raise InputError(f"crop must be four numbers R0, R1, C0, C1, got {crop}.")
    r0, r1, c0, c1 = (int(v) for v in crop)
    if not (0 <= r0 < r1 <= rows and 0 <= c0 < c1 <= cols):
        raise InputError(f"crop {r0}:{r1},{c0}:{c1} must lie inside the image of {rows} rows and {cols} columns.")
    if min(r1 - r0, c1 - c0) < 32:
        raise InputError(f"image must have at least 32 pixels a side, got {r1 - r0} x {c1 - c0}. Give a larger one.")
    return pixels[r0:r1, c0:c1]


def _result(
    px_per_nm: float, spectrum: Spectrum, frequency: FloatArray, snr: FloatArray, indexed: IndexedSpots | None
) -> FourierLattice:
    nan = float("nan")
    lattice, spacing, spacing_sd, angle, angle_sd, orientation = "none", nan, nan, nan, nan, nan
    cell = np.full((2, 2), nan)
    indices = np.zeros((len(frequency), 2), dtype=np.int64)
    explained = 0.0
    if indexed is not None:
        indices, explained = indexed.indices, indexed.explained
        cell = direct_cell(indexed.reciprocal)
        spacing_of, angle_of = (_sd(indexed, which) for which in (0, 1))
        lattice = name_lattice(cell, SYMMETRY_STRAIN)
        spacing, spacing_sd = (
            lattice_spacing(cell, lattice) / px_per_nm,
            spacing_of * lattice_spacing(cell, lattice) / px_per_nm,
        )
        angle, angle_sd = cell_angle_deg(cell), angle_of
        orientation = float(np.degrees(np.arctan2(cell[0, 1], cell[0, 0])) % 180)
        cell = cell / px_per_nm
    picture, extent = _picture(spectrum, frequency[np.any(indices != 0, axis=1)])
    return FourierLattice(
        lattice=lattice,
        spacing_nm=spacing,
        spacing_sd_nm=spacing_sd,
        angle_deg=angle,
        angle_sd_deg=angle_sd,
        orientation_deg=orientation,
        vectors_nm=_readonly(cell),
        spots_per_nm=_readonly(frequency * px_per_nm),
        spot_indices=_readonly(indices),
        spot_signal_to_noise=_readonly(snr),
        explained=explained,
        log10_power=_readonly(picture),
        extent_per_nm=(extent[0] * px_per_nm, extent[1] * px_per_nm),
    )


def _sd(indexed: IndexedSpots, which: int) -> float:
    """Standard deviation of the relative spacing (0) or of the angle in degrees (1), by numerical propagation."""

    def value(reciprocal: FloatArray) -> float:
        cell = np.linalg.inv(reciprocal).T
        return float(0.5 * np.log(abs(np.linalg.det(cell)))) if which == 0 else cell_angle_deg(cell)

    gradient = np.zeros(4)
    step = 1e-6 * float(np.linalg.norm(indexed.reciprocal))
    for k in range(4):
        shift = np.zeros(4)
        shift[k] = step
        up, down = (value(indexed.reciprocal + s * shift.reshape(2, 2)) for s in (1, -1))
        gradient[k] = (up - down) / (2 * step)
    return float(np.sqrt(gradient @ indexed.covariance @ gradient))


def _picture(spectrum: Spectrum, members: FloatArray) -> tuple[NDArray[np.float32], tuple[float, float]]:
    """Log power of the full plane around the centre, out to a little beyond the lattice's spots."""
    reach = 1.25 * float(np.quantile(np.linalg.norm(members, axis=1), 0.8)) if len(members) else 0.4
    reach = min(reach, float(spectrum.x_per_px[-2]))
    n_x = max(4, round(reach * spectrum.n_cols))
    n_y = min(max(4, round(reach * spectrum.n_rows)), len(spectrum.y_per_px) // 2)
    middle = len(spectrum.y_per_px) // 2
    right = spectrum.power[middle - n_y : middle + n_y + 1, : n_x + 1]
    full = np.concatenate([right[::-1, :0:-1], right], axis=1)
    # Blocks keep the largest value, so that no spot is lost when a large transform is shown small.
    block = max(1, min(full.shape) // 500)
    r, c = full.shape[0] // block, full.shape[1] // block
    full = full[: r * block, : c * block].reshape(r, block, c, block).max(axis=(1, 3))
    log = np.log10(np.maximum(full, 1e-12 * full.max()))
    return log.astype(np.float32), ((n_x + 0.5) / spectrum.n_cols, (n_y + 0.5) / spectrum.n_rows)


def _readonly(array: NDArray[Any]) -> NDArray[Any]:
    array = np.array(array)
    array.flags.writeable = False
    return array
