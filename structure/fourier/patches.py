"""Local lattices of a micrograph: overlapping patches, each about a dozen periods wide, each indexed for itself.

Grains, bends and holes smear the spots of the whole picture to arcs and rings; within a patch they stay spots. A
patch gives a cell or nothing, and the cells are judged together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from scipy.signal import find_peaks

from structure.fourier.indexing import direct_cell, index_spots
from structure.fourier.spots import flattened, hann, local_maxima, power_spectrum

FloatArray = NDArray[np.float64]

PATCH_PERIODS = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PatchLattices:
    """Cells of patches.

    Parameters
    ----------
    centres_px
        Row and column of the middle of each patch, shape (n, 2).
    cells_px
        Reduced direct cell of each, vectors as rows (x right, y up) [px], shape (n, 2, 2); NaN where there is none.
    explained
        Share of the spots' weight on the lattice, 0 where there is none, shape (n,).
    superstructure
        Power between the spots over the background around: mean at the middles of the cell's edges and face (near and
        far ones), and at the thirds of a hexagonal cell (near and far); about 1 for a primitive cell, shape (n, 4),
        NaN where there is no lattice.
    textured
        Whether the patch has any spot at all, shape (n,): bare support does not count as disorder.
    patch_px
        Side of a patch [px].
    """

    centres_px: FloatArray
    cells_px: FloatArray
    explained: FloatArray
    superstructure: FloatArray
    textured: NDArray[np.bool_]
    patch_px: int

    @property
    def found(self) -> NDArray[np.bool_]:
        """Patches with a lattice, shape (n,)."""
        return self.explained > 0

    @property
    def score(self) -> float:
        """Share of the textured picture that lattices explain, 0 to 1."""
        return float(self.explained.sum() / max(np.count_nonzero(self.textured), 1))


def candidate_periods_px(pixels: FloatArray, max_candidates: int = 4) -> list[float]:
    """Periods at which the azimuthal mean of the power spectrum has a peak [px], the most prominent peak first.

    ``pixels`` are grey values, shape (rows, columns); at most ``max_candidates`` periods are given.
    """
    spectrum = power_spectrum(pixels)
    radius = np.hypot(spectrum.y_per_px[:, None], spectrum.x_per_px)
    lowest, highest = 4 / min(pixels.shape), 0.4
    step = 0.025
    n_bins = int(np.log(highest / lowest) / step)
    with np.errstate(divide="ignore"):
        index = np.floor(np.log(radius / lowest) / step)
    inside = (index >= 0) & (index < n_bins)
    index = index[inside].astype(int)
    counts = np.bincount(index, minlength=n_bins)
    sums = np.bincount(index, weights=spectrum.power[inside], minlength=n_bins)
    centres = lowest * np.exp((np.arange(n_bins) + 0.5) * step)
    filled = counts > 0
    log_power = np.interp(np.log(centres), np.log(centres[filled]), np.log(sums[filled] / counts[filled] + 1e-30))
    smooth = np.convolve(np.pad(log_power, 2, mode="edge"), np.array([1, 2, 3, 2, 1]) / 9, mode="valid")
    height = smooth - median_filter(smooth, int(0.9 / step) | 1, mode="nearest")
    peaks, properties = find_peaks(height, prominence=0.12)
    best = peaks[np.argsort(-properties["prominences"])][:max_candidates]
    return [float(1 / centres[k]) for k in best]


def patch_lattices(
    pixels: FloatArray,
    period_px: float,
    *,
    mask: NDArray[np.bool_] | None = None,
    max_patches: int = 160,
) -> PatchLattices:
    """Index every patch of an image, about `PATCH_PERIODS` of ``period_px`` wide.

    Parameters
    ----------
    pixels
        Grey values.
    period_px
        Rough period [px]; lattices with planes from 0.45 to three times as far apart are found.
    mask
        Pixels to leave out (legends); patches with more than a tenth of them are skipped.
    max_patches
        Patches are set further apart to stay below this number.
    """
    rows, cols = pixels.shape
    side = int(np.clip(2 * round(PATCH_PERIODS * period_px / 2), 32, min(rows, cols)))
    image = flattened(pixels, 1.5 * period_px)
    if mask is not None:
        image = np.where(mask, np.float32(0), image)
    starts = _grid(rows, cols, side, max_patches)
    if mask is not None:
        starts = [(r, c) for r, c in starts if mask[r : r + side, c : c + side].mean() < 0.1]
    window = np.outer(hann(side), hann(side))
    cells = np.full((len(starts), 2, 2), np.nan)
    explained, textured = np.zeros(len(starts)), np.zeros(len(starts), dtype=bool)
    between = np.full((len(starts), 4), np.nan)
    for k, (r, c) in enumerate(starts):
        patch = image[r : r + side, c : c + side]
        cells[k], explained[k], between[k], textured[k] = _index_patch((patch - patch.mean()) * window, 1 / period_px)
    return PatchLattices(
        centres_px=np.array(starts, dtype=float).reshape(-1, 2) + side / 2,
        cells_px=cells,
        explained=explained,
        superstructure=between,
        textured=textured,
        patch_px=side,
    )


def _grid(rows: int, cols: int, side: int, max_patches: int) -> list[tuple[int, int]]:
    step = max(1, side // 2)
    while (1 + (rows - side) // step) * (1 + (cols - side) // step) > max_patches:
        step = int(1.15 * step) + 1
    places = [
        np.unique(np.linspace(0, n - side, 1 + max(0, round((n - side) / step))).astype(int)) for n in (rows, cols)
    ]
    return [(int(r), int(c)) for r in places[0] for c in places[1]]


def _index_patch(patch: NDArray[np.float32], frequency: float) -> tuple[FloatArray, float, FloatArray, bool]:
    """Direct cell [px], explained share, power between the spots and whether there are any, of one windowed patch."""
    none, nothing = np.full((2, 2), np.nan), np.full(4, np.nan)
    side, padded = len(patch), scipy.fft.next_fast_len(2 * len(patch), real=True)
    transform = scipy.fft.rfft2(patch, (padded, padded))
    keep = min(int(3.2 * frequency * padded) + 2, padded // 2 - 2)
    index = np.arange(-keep, keep + 1)
    part = transform[-index, : keep + 1]
    power = part.real**2 + part.imag**2
    radius = np.hypot(index[:, None], index[: keep + 1][None, :] + keep) / padded
    background = _ring_background(power, radius * padded)
    inside = (radius > 0.3 * frequency) & (radius < min(2.4 * frequency, 0.45))
    threshold = np.where(inside, 8 * background, np.inf).astype(np.float32)
    r, c = local_maxima(power, threshold)
    ok = (r > 0) & (r < 2 * keep) & (c < keep) & ~((c == 0) & (index[r] <= 0))
    r, c = r[ok][:16], c[ok][:16]
    if len(r) < 2:
        return none, 0.0, nothing, len(r) > 0
    peak = power[r, c]
    left = np.where(c == 0, power[2 * keep - r, 1], power[r, c - 1])
    # Offsets of a spectrum padded twofold are those of a window of half the width: the bias is negligible there.
    dx, dy = (_plain_parabola(lo, peak, hi) for lo, hi in ((left, power[r, c + 1]), (power[r - 1, c], power[r + 1, c])))
    spots = np.stack([c + dx, index[r] + dy], axis=1) / padded
    snr = (peak / background[r, c]).astype(float)
    weights = np.maximum(np.minimum(np.log(peak / (1e-2 * peak.max())), np.log(snr / 8) + 0.3), 0.02).astype(float)
    errors = np.hypot(0.5 / np.sqrt(snr), 0.05) / side
    found = index_spots(spots, weights, errors, tolerance=1.0 / side)
    if found is None or found.explained < 0.5:
        return none, 0.0, nothing, True
    cell = direct_cell(found.reciprocal)
    return cell, found.explained, _between(power / background, np.linalg.inv(cell).T * padded), True


# In the reciprocal basis of an acute cell, which is obtuse: middles near and far, thirds near and far.
_BETWEEN = (
    np.array([[0.5, 0.0], [0.0, 0.5], [0.5, 0.5]]),
    np.array([[0.5, 1.0], [1.0, 0.5], [0.5, -0.5]]),
    np.array([[2 / 3, 1 / 3], [1 / 3, 2 / 3]]),
    np.array([[4 / 3, 2 / 3], [2 / 3, 4 / 3], [2 / 3, -2 / 3]]),
)


def _between(ratio: NDArray[np.float32], reciprocal_bins: FloatArray) -> FloatArray:
    """Mean power over background at the middles and at the thirds between the spots; spots there mean a larger cell."""
    keep = ratio.shape[1] - 1
    means = []
    for points in _BETWEEN:
        values = []
        for x, y in points @ reciprocal_bins:
            c, r = (round(x), round(y)) if x >= 0 else (round(-x), round(-y))
            if 1 <= c < keep and abs(r) < keep:
                values.append(float(ratio[keep + r - 1 : keep + r + 2, c - 1 : c + 2].mean()))
        means.append(np.mean(values) if values else np.nan)
    return np.array(means)


def _plain_parabola(left: NDArray[np.float32], middle: NDArray[np.float32], right: NDArray[np.float32]) -> FloatArray:
    lo, mid, hi = (np.log(np.maximum(v, 1e-30)).astype(float) for v in (left, middle, right))
    return np.clip(0.5 * (lo - hi) / np.minimum(lo - 2 * mid + hi, -1e-9), -0.5, 0.5)


def _ring_background(power: NDArray[np.float32], radius_bins: FloatArray) -> NDArray[np.float32]:
    """Mean speckle power on each ring from its median, so that a spot does not raise its own background."""
    ring = np.minimum((radius_bins / 2).astype(int), int(radius_bins.max() / 2))
    values = power.ravel()[np.lexsort((power.ravel(), ring.ravel()))]
    counts = np.bincount(ring.ravel())
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    filled = counts > 0
    medians = np.interp(np.arange(len(counts)), np.flatnonzero(filled), values[(first + counts // 2)[filled]])
    smooth = median_filter(medians, 5, mode="nearest") / np.log(2)
    return np.maximum(smooth, 1e-12 * float(power.max()) + 1e-30).astype(np.float32)[ring]
