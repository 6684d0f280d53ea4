"""A region of a picture: any polygon, as an image program gives its corners."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError


def inside_polygon(shape: tuple[int, ...], region_px: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    """Which pixels of a picture have their centre inside a polygon.

    Parameters
    ----------
    shape
        Rows and columns of the picture.
    region_px
        Corners (column, row) from the upper left [px], at least three, in order around the region.

    Returns
    -------
    ndarray
        True inside, shape (rows, columns).

    Raises
    ------
    InputError
        For fewer than three corners, corners that are no numbers, or a polygon without a pixel of the picture.

    Examples
    --------
    >>> int(inside_polygon((10, 10), [(0, 0), (4, 0), (4, 5), (0, 5)]).sum())
    20
    """
    corners = np.array([[float(x), float(y)] for x, y in region_px])
    if len(corners) < 3 or not np.all(np.isfinite(corners)):
        raise InputError(f"region_px needs at least 3 corners (column, row) in pixels, got {len(corners)}. Add some.")
    from skimage.draw import polygon2mask

    # Pixel centres stand at half numbers of an image program's coordinates.
    inside = np.asarray(polygon2mask(shape, corners[:, ::-1] - 0.5), dtype=bool)
    if not inside.any():
        raise InputError(
            f"region_px holds no pixel of the picture, which has {shape[1]} columns and {shape[0]} rows. Give corners "
            "inside it, (column, row) from the upper left."
        )
    return inside


def within(area: tuple[int, int, int, int], region_px: Sequence[tuple[float, float]]) -> tuple[int, int, int, int]:
    """The smallest rows and columns of ``area`` that hold a region.

    Parameters
    ----------
    area
        First and last row, first and last column (last excluded) [px].
    region_px
        Corners (column, row) of the region [px].

    Raises
    ------
    InputError
        Where they have less than 32 pixels a side in common.

    Examples
    --------
    >>> within((0, 100, 0, 100), [(10, 20), (60, 20), (60, 90.5)])
    (20, 91, 10, 60)
    """
    columns, rows = zip(*region_px, strict=True)
    r0, r1, c0, c1 = area
    made = (
        max(r0, math.floor(min(rows))),
        min(r1, math.ceil(max(rows))),
        max(c0, math.floor(min(columns))),
        min(c1, math.ceil(max(columns))),
    )
    if made[1] - made[0] < 32 or made[3] - made[2] < 32:
        raise InputError("region_px leaves less than 32 pixels a side of the picture. Give a larger region.")
    return made


BY_CHANCE = 5.0
"""Correlation of neighbouring pixels, over its standard deviation by chance, up to which pixels vary by themselves."""


def emptiness(pixels: NDArray[np.float64], left_out: NDArray[np.bool_]) -> str:
    """Why a region shows nothing at all, in words; empty where it may show something.

    Whatever a microscope draws is wider than a pixel, so that neighbours are alike; counts of nothing are not.

    Parameters
    ----------
    pixels
        The picture, shape (rows, columns).
    left_out
        True where it is not looked at, the same shape.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(60, 80))
    >>> nowhere = np.zeros(noise.shape, dtype=bool)
    >>> emptiness(noise, nowhere)
    'its pixels vary as noise does, each by itself'
    >>> emptiness(noise + np.sin(np.arange(80)), nowhere)
    ''
    """
    inside = ~left_out
    values = np.where(inside, pixels - pixels[inside].mean(), 0.0)
    variance = float(np.square(values).sum()) / max(1, int(inside.sum()))
    if variance <= 1e-20 * float(np.square(pixels[inside]).mean()):
        return "all its pixels are alike"
    chances = []
    for here, there in ((np.s_[:, 1:], np.s_[:, :-1]), (np.s_[1:], np.s_[:-1])):
        pairs = int(np.sum(inside[here] & inside[there]))
        chances.append(float(np.sum(values[here] * values[there])) / variance / math.sqrt(max(1, pairs)))
    return "its pixels vary as noise does, each by itself" if max(map(abs, chances)) < BY_CHANCE else ""
