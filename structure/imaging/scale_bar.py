"""Legends burned into a micrograph: strips, boxes and scale bars, to be measured and to be left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Slices = tuple[slice, slice]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Legend:
    """What is drawn over a micrograph.

    Parameters
    ----------
    rows
        First and last row (excluded) of the picture without a legend strip.
    mask
        Pixels under boxes, bars and labels, shape of the image.
    bar_px
        Length of the scale bar [px], None where none was found.
    bar
        Rows and columns of the bar, None where none was found.
    """

    rows: tuple[int, int]
    mask: BoolArray
    bar_px: float | None
    bar: Slices | None


def find_legend(pixels: FloatArray) -> Legend:
    """Find what an acquisition program drew: the blackest or whitest pixels in strips, boxes and thin bars.

    Strips span the whole width at the top or bottom; boxes lie near an edge; bars are thin with straight ends, or thin
    between two ticks. ``pixels`` are grey values, shape (rows, columns).
    """
    low, high = float(pixels.min()), float(pixels.max())
    margin = 0.04 * (high - low)
    extremes = (pixels >= high - margin, pixels <= low + margin)
    first, last = _strip_rows(extremes)
    mask = np.zeros(pixels.shape, dtype=bool)
    mask[:first] = mask[last:] = True
    bars: list[tuple[bool, int, Slices]] = []
    for extreme in extremes:
        labels, _ = label(extreme)
        for number, box in enumerate(find_objects(labels), start=1):
            part = labels[box] == number
            if _is_box(part, box, pixels.shape):
                mask[_grown(box, 2, pixels.shape)] = True
    for extreme in extremes:
        labels, _ = label(extreme)
        for number, box in enumerate(find_objects(labels), start=1):
            part = labels[box] == number
            if _is_bar(part, pixels.shape):
                bars.append((bool(mask[box].all()), part.shape[1], box))
    if not bars:
        return Legend(rows=(first, last), mask=mask, bar_px=None, bar=None)
    # A bar in a strip or box is certain; over the picture the longest one is taken.
    inside, length, bar = max(bars, key=lambda b: (b[0], b[1]))
    if not inside:
        mask |= _label_around(extremes, bar)
    return Legend(rows=(first, last), mask=mask, bar_px=float(length), bar=bar)


def _strip_rows(extremes: tuple[BoolArray, BoolArray]) -> tuple[int, int]:
    """Rows that are left between full-width strips of one extreme value at the top and at the bottom."""
    n_rows = extremes[0].shape[0]
    limit = n_rows // 4

    def depth(flat: BoolArray, share: FloatArray) -> int:
        if not flat[0]:
            return 0
        end = 0
        for row in range(limit):
            if share[row] > 0.35:
                end = row + 1
            elif row - end > 3:
                break
        return end if end >= max(8, n_rows // 100) else 0

    top = bottom = 0
    for extreme in extremes:
        share = extreme.mean(axis=1)
        flat = share > 0.9
        top = max(top, depth(flat, share))
        bottom = max(bottom, depth(flat[::-1], share[::-1]))
    return top, n_rows - bottom


def _is_box(part: BoolArray, box: Slices, shape: tuple[int, ...]) -> bool:
    """A filled rectangle with holes for its text, near an edge and no more than a seventh of the picture."""
    rows, cols = part.shape
    if rows < 10 or cols < max(24, shape[1] // 30) or part.size > shape[0] * shape[1] / 7:
        return False
    rim = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
    near = min(box[0].start, shape[0] - box[0].stop) < 0.08 * shape[0] or (
        min(box[1].start, shape[1] - box[1].stop) < 0.08 * shape[1]
    )
    return bool(near and rim.mean() > 0.97 and part.mean() > 0.4)


def _is_bar(part: BoolArray, shape: tuple[int, ...]) -> bool:
    rows, cols = part.shape
    if not max(20, 0.03 * shape[1]) <= cols <= 0.9 * shape[1]:
        return False
    full_row = part.mean(axis=1).max() > 0.99
    straight_ends = part[:, 0].mean() > 0.8 and part[:, -1].mean() > 0.8
    solid = rows <= max(6, shape[0] // 30) and cols >= 6 * rows and part.mean() > 0.6
    # A thin line between two ticks.
    full = np.flatnonzero(part.mean(axis=1) > 0.99)
    thin = 0 < len(full) <= rows / 2 and np.ptp(full) == len(full) - 1
    ticked = thin and rows <= max(8, shape[0] // 12) and cols >= 3 * rows and part[:, 3:-3].mean() < 0.6
    return bool(full_row and straight_ends and (solid or ticked))


def _grown(box: Slices, by: int, shape: tuple[int, ...]) -> Slices:
    r, c = (slice(max(0, s.start - by), min(n, s.stop + by)) for s, n in zip(box, shape, strict=True))
    return r, c


def _label_around(extremes: tuple[BoolArray, BoolArray], bar: Slices) -> BoolArray:
    """The bar and the glyphs of the same value just above or below it."""
    extreme = extremes[0] if extremes[0][bar].mean() > extremes[1][bar].mean() else extremes[1]
    shape = extreme.shape
    mask = np.zeros(shape, dtype=bool)
    length = bar[1].stop - bar[1].start
    reach = int(max(12, 0.35 * length, 6 * (bar[0].stop - bar[0].start)))
    reach = min(reach, shape[0] // 10)
    window = _grown((bar[0], bar[1]), reach, shape)
    labels, _ = label(extreme[window], structure=np.ones((3, 3)))
    boxes = [b for k, b in enumerate(find_objects(labels), start=1) if (labels[b] == k).sum() >= 4]
    boxes = [b for b in boxes if b[1].stop - b[1].start <= length and b[0].stop - b[0].start <= reach]
    for b in boxes:
        rows = slice(b[0].start + window[0].start, b[0].stop + window[0].start)
        cols = slice(b[1].start + window[1].start, b[1].stop + window[1].start)
        mask[_grown((rows, cols), 2, shape)] = True
    mask[_grown(bar, 2, shape)] = True
    return mask


def filled(pixels: FloatArray, mask: BoolArray) -> FloatArray:
    """The picture with masked pixels replaced by the median of the rest, box by box from what surrounds it.

    ``pixels`` are grey values of the shape of ``mask``, (rows, columns), and so is the result.
    """
    if not mask.any():
        return pixels
    image = pixels.copy()
    labels, _ = label(mask)
    for number, box in enumerate(find_objects(labels), start=1):
        around = _grown(box, 12, mask.shape)
        ring = pixels[around][~mask[around]]
        image[box][labels[box] == number] = np.median(ring) if ring.size else np.median(pixels[~mask])
    return image
