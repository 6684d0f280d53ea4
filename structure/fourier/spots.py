"""Power spectrum of a micrograph and its spots, found against the local background and placed below the pixel.

Frequencies are cycles per pixel here (no 2 pi), as vectors (x to the right, y upwards in the picture).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, maximum_filter, median_filter

FloatArray = NDArray[np.float64]
Floats = NDArray[np.floating[Any]]

# Above 0.4 cycles per pixel a period has less than 2.5 pixels and nothing there can be trusted.
MAX_FREQUENCY_PER_PX = 0.4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spots:
    """Maxima of a power spectrum in one half plane, strongest first.

    ``frequency_per_px`` (n, 2) as (x, y), ``power`` (n,) and ``signal_to_noise`` (n,), power over the mean background.
    """

    frequency_per_px: FloatArray
    power: FloatArray
    signal_to_noise: FloatArray

    def __len__(self) -> int:
        return len(self.power)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spectrum:
    """Half-plane power spectrum: ``power`` (rows, cols), rows run from the lowest to the highest y frequency."""

    power: NDArray[np.float32]
    x_per_px: FloatArray
    y_per_px: FloatArray
    n_rows: int
    n_cols: int

    @property
    def bin_per_px(self) -> FloatArray:
        """Width of a frequency bin along x and y [cycles per pixel]."""
        return np.array([1 / self.n_cols, 1 / self.n_rows])


def flattened(pixels: FloatArray, sigma_px: float) -> NDArray[np.float32]:
    """The image minus its mean over a Gaussian of ``sigma_px``, which is smooth enough to find on a coarse grid.

    ``pixels`` are grey values, shape (rows, columns), and so is the result, with a mean near 0.
    """
    image = np.asarray(pixels, dtype=np.float32)
    step = max(1, int(sigma_px / 4))
    rows, cols = (max(1, n // step) for n in image.shape)
    row_edges, col_edges = (
        np.linspace(0, n, m + 1).astype(int) for n, m in zip(image.shape, (rows, cols), strict=True)
    )
    coarse = np.add.reduceat(np.add.reduceat(image, row_edges[:-1], axis=0), col_edges[:-1], axis=1)
    coarse = coarse / np.outer(np.diff(row_edges), np.diff(col_edges))
    coarse = gaussian_filter(
        coarse, (sigma_px * rows / image.shape[0], sigma_px * cols / image.shape[1]), mode="nearest"
    )
    up = _linear_weights(row_edges, image.shape[0]) @ coarse.astype(np.float32)
    return image - up @ _linear_weights(col_edges, image.shape[1]).T


def _linear_weights(edges: NDArray[np.int64], n: int) -> NDArray[np.float32]:
    centres = (edges[:-1] + edges[1:] - 1) / 2
    weights = np.zeros((n, len(centres)), dtype=np.float32)
    place = np.interp(np.arange(n), centres, np.arange(len(centres)))
    left = np.minimum(place.astype(int), max(len(centres) - 2, 0))
    fraction = place - left
    weights[np.arange(n), left] = 1 - fraction
    if len(centres) > 1:
        weights[np.arange(n), left + 1] += fraction
    return weights


def hann(n: int) -> NDArray[np.float32]:
    """Periodic Hann window of ``n`` points, shape (n,), dimensionless from 0 to 1."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)).astype(np.float32)


def power_spectrum(pixels: FloatArray, background_sigma_px: float | None = None) -> Spectrum:
    """Hann-windowed power spectrum after a wide-Gaussian background is taken off, up to `MAX_FREQUENCY_PER_PX`.

    ``pixels`` are grey values, shape (rows, columns); ``background_sigma_px`` is the standard deviation of the Gaussian
    [px], None for a tenth of the shorter side.
    """
    rows, cols = pixels.shape
    sigma = background_sigma_px if background_sigma_px is not None else min(rows, cols) / 10
    image = flattened(pixels, sigma)
    image -= image.mean()
    image *= hann(rows)[:, None]
    image *= hann(cols)
    transform = scipy.fft.rfft(image, axis=1)[:, : int(cols * MAX_FREQUENCY_PER_PX) + 2]
    transform = scipy.fft.fft(transform, axis=0, overwrite_x=True)
    keep = int(rows * MAX_FREQUENCY_PER_PX) + 1
    index = np.arange(-keep, keep + 1)
    part = transform[-index]  # y upwards: row index k of the picture is frequency -k
    power = part.real**2 + part.imag**2
    return Spectrum(
        power=power, x_per_px=np.arange(power.shape[1]) / cols, y_per_px=index / rows, n_rows=rows, n_cols=cols
    )


def find_spots(spectrum: Spectrum, *, min_frequency_per_px: float, max_spots: int = 60) -> Spots:
    """Spots that stand out of the speckle around them.

    The speckle of one spectrum is exponentially distributed, so among n pixels none exceeds its mean by ln n + 6 but
    in one picture of 400; the mean comes from block medians, which spots cannot raise.

    Parameters
    ----------
    spectrum
        Power spectrum of a picture.
    min_frequency_per_px
        Spots nearer to the origin are not looked at [1/px].
    max_spots
        The strongest spots that are kept, at most.
    """
    power = spectrum.power
    background = _block_background(power)
    threshold = np.log(power.size) + 6
    radius = np.hypot(spectrum.y_per_px[:, None], spectrum.x_per_px)
    usable = (power > threshold * background) & (radius >= min_frequency_per_px) & (radius <= MAX_FREQUENCY_PER_PX)
    # The x = 0 column holds both halves: only its upper half counts.
    usable[spectrum.y_per_px <= 0, 0] = False
    usable[[0, -1]] = False
    usable[:, -1] = False
    rows, cols = np.nonzero(usable)
    if len(rows) > 20000:
        strongest = np.argpartition(-(power / background)[rows, cols], 20000)[:20000]
        rows, cols = rows[strongest], cols[strongest]
    peak = power[rows, cols]
    is_top = np.ones(len(rows), dtype=bool)
    for dr, dc in ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)):
        is_top &= peak >= _with_mirror(spectrum, rows + dr, cols + dc)
    rows, cols, peak = rows[is_top], cols[is_top], peak[is_top]
    order = np.argsort(-peak)[:max_spots]
    rows, cols, peak = rows[order], cols[order], peak[order]
    dx = parabola_offset(_with_mirror(spectrum, rows, cols - 1), peak, power[rows, cols + 1])
    dy = parabola_offset(power[rows - 1, cols], peak, power[rows + 1, cols])
    frequency = np.stack(
        [spectrum.x_per_px[cols] + dx / spectrum.n_cols, spectrum.y_per_px[rows] + dy / spectrum.n_rows]
    )
    return Spots(
        frequency_per_px=frequency.T,
        power=peak.astype(np.float64),
        signal_to_noise=(peak / background[rows, cols]).astype(np.float64),
    )


def _with_mirror(spectrum: Spectrum, rows: NDArray[np.int64], cols: NDArray[np.int64]) -> NDArray[np.float32]:
    """Power at (rows, cols), where column -1 is the mirror image of column 1."""
    mirrored = np.where(cols < 0, len(spectrum.y_per_px) - 1 - rows, rows)
    return spectrum.power[mirrored, np.abs(cols)]


def _block_background(power: NDArray[np.float32], block: int = 16) -> NDArray[np.float32]:
    """Mean speckle power around each pixel, from medians of blocks (median of an exponential: ln 2 of its mean)."""
    rows, cols = power.shape
    block = max(4, min(block, rows // 8, cols // 8))
    r, c = rows // block, cols // block
    blocks = power[: r * block, : c * block].reshape(r, block, c, block).transpose(0, 2, 1, 3).reshape(r, c, -1)
    middle = median_filter(np.partition(blocks, block * block // 2, axis=2)[..., block * block // 2], 3, mode="nearest")
    full_rows = np.minimum(np.arange(rows) // block, r - 1)
    full_cols = np.minimum(np.arange(cols) // block, c - 1)
    floor = np.float32(max(float(power.max()) * 1e-12, 1e-30))
    return np.maximum(middle / np.float32(np.log(2)), floor)[full_rows][:, full_cols]


def parabola_offset(left: Floats, middle: Floats, right: Floats) -> FloatArray:
    """Sub-pixel place of a maximum from a parabola through the logarithms, freed of its bias for a Hann window.

    The main lobe of the Hann window is not quite a Gaussian, so the parabola is off by up to 0.04 bins; the exact
    transform of the window gives the curve that undoes it. Broad spots move by no more than that.

    Parameters
    ----------
    left, middle, right
        Power in the bin before, at and after the maximum, of one shape and any unit.

    Returns
    -------
    ndarray
        Place of the maximum from the middle bin, in bins, -0.5 to 0.5.
    """
    tiny = 1e-12
    lo, mid, hi = (
        np.log(np.maximum(np.asarray(v, dtype=float) / np.maximum(middle, 1e-300), tiny)) for v in (left, middle, right)
    )
    curvature = np.minimum(lo - 2 * mid + hi, -1e-9)
    raw = np.clip(0.5 * (lo - hi) / curvature, -0.5, 0.5)
    found, true = _hann_parabola_table()
    return np.interp(raw, found, true)


@functools.cache
def _hann_parabola_table() -> tuple[FloatArray, FloatArray]:
    true: FloatArray = np.linspace(-0.5, 0.5, 101)

    def log_power(offset: FloatArray) -> FloatArray:
        # Transform of the Hann window at ``offset`` bins: sinc(x) / (1 - x^2).
        return 2 * np.log(np.abs(np.sinc(offset) / (1 - offset**2)) + 1e-300)

    lo, mid, hi = (log_power(k - true + 1e-9) for k in (-1, 0, 1))
    return 0.5 * (lo - hi) / (lo - 2 * mid + hi), true


def local_maxima(
    power: NDArray[np.float32], threshold: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the maxima above a threshold, strongest first.

    Parameters
    ----------
    power
        Power spectrum, shape (rows, columns).
    threshold
        What a maximum must exceed at each place, of the same shape and unit.

    Returns
    -------
    tuple
        Row and column indices, both of shape (n,).
    """
    rows, cols = np.nonzero((power >= maximum_filter(power, 3)) & (power > threshold))
    order = np.argsort(-power[rows, cols])
    return rows[order], cols[order]
