"""A micrograph drawn with its particles: outlines of their sizes, colours of their grains, and a key for every mark."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from structure.imaging.images import TemImage, draw_scale_bar
from structure.measured.drawing import MOST_VECTORS, shown_pixels
from structure.micrographs.tabulated import DIAMETER_PER_SIDE, ParticleTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

GOLDEN = 0.618
"""Step of the hue from grain to grain, so that neighbouring numbers differ most."""
LOOSE, OFF, COVER = "white", "#ff3b30", "#7a5c8e"
DOT = 0.34
"""Diameter of the dot on a particle whose size was not measured, over the distance of neighbours."""


def draw_particles(
    ax: Axes,
    image: TemImage,
    table: ParticleTable,
    *,
    spacing_nm: float,
    feature: str,
    outline: str,
    left_out: NDArray[np.bool_],
) -> list[Any]:
    """Draw the picture with every particle; returns the key.

    Parameters
    ----------
    ax
        Where to draw; it counts in nm from the lower left.
    image, table
        The picture and its particles.
    spacing_nm
        Distance of neighbours [nm], NaN where it is not known.
    feature
        ``dark`` or ``bright``: what was located.
    outline
        ``square`` or ``round``.
    left_out
        Where nothing was measured, of the picture's shape.
    """
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Patch

    height, width = image.size_nm
    pixels = shown_pixels(image.pixels)
    low, high = np.percentile(pixels, [0.2, 99.8])
    ax.imshow(pixels, extent=(0, width, 0, height), cmap="gray", vmin=low, vmax=high, interpolation="antialiased")
    ax.set(xticks=[], yticks=[], anchor="NW")
    draw_scale_bar(ax, width_nm=width, height_nm=height)
    sized, in_grain = np.isfinite(table.diameters_nm), table.grains >= 0
    colours = _grain_colours(table.grains)
    thin = float(np.clip(45 / math.sqrt(max(len(table), 1)), 0.45, 1.5))
    look: dict[str, Any] = {"rasterized": len(table) > MOST_VECTORS}
    for chosen, colour in ((sized & in_grain, colours[sized & in_grain]), (sized & ~in_grain, LOOSE)):
        if chosen.any():
            shapes = _outlines(table, chosen, outline)
            ax.add_collection(PolyCollection(list(shapes), fc="none", ec=colour, lw=thin, **look))
    apart = spacing_nm if math.isfinite(spacing_nm) else math.sqrt(height * width / max(len(table), 1))
    dot = DOT * apart
    if (chosen := ~sized & in_grain).any():
        dots = _circles(table.positions_nm[chosen], np.full(np.count_nonzero(chosen), dot))
        ax.add_collection(PolyCollection(list(dots), fc=colours[chosen], ec="black", lw=0.3 * thin, **look))
    if (chosen := ~sized & ~in_grain).any():
        rings = _circles(table.positions_nm[chosen], np.full(np.count_nonzero(chosen), dot))
        ax.add_collection(PolyCollection(list(rings), fc="none", ec=OFF, lw=thin, **look))
    ax.set(xlim=(0, width), ylim=(0, height))
    marks = _key(table, sized, in_grain, feature=feature, outline=outline)
    if left_out.any():
        cover = shown_pixels(left_out.astype(float)) > 0.5
        tint = np.zeros((*cover.shape, 4))
        tint[cover] = to_rgba(COVER, 0.55)
        ax.imshow(tint, extent=(0, width, 0, height), interpolation="nearest")
        marks.append(Patch(fc=to_rgba(COVER, 0.55), label="left out: legend, or outside the region"))
    return marks


def _key(
    table: ParticleTable, sized: NDArray[np.bool_], in_grain: NDArray[np.bool_], *, feature: str, outline: str
) -> list[Any]:
    """A key for every mark that is there, with how many there are."""
    from matplotlib.lines import Line2D

    entries: list[Any] = []

    def add(chosen: NDArray[np.bool_], label: str, **style: Any) -> None:
        if chosen.any():
            entries.append(Line2D([], [], ls="none", label=f"{label} ({np.count_nonzero(chosen)})", **style))

    shape = "s" if outline == "square" else "o"
    grains = "colour: its grain" if table.grains.max(initial=-1) > 0 else "one grain"
    what = f"{feature} feature"
    add(sized & in_grain, f"{what}, outline of its size; {grains}", mec="C1", mfc="none", marker=shape, ms=7)
    add(sized & ~in_grain, "the same, in no grain", mec=LOOSE, mfc="0.45", marker=shape, ms=7)
    add(~sized & in_grain, f"{what}, its place only; {grains}", mfc="C1", mec="black", mew=0.4, marker="o", ms=5)
    add(~sized & ~in_grain, f"{what}, its place only; in no grain", mfc="none", mec=OFF, marker="o", ms=5)
    return entries


def _grain_colours(grains: NDArray[np.int64]) -> FloatArray:
    from matplotlib import colormaps

    return np.asarray(colormaps["hsv"]((0.08 + np.maximum(grains, 0) * GOLDEN) % 1.0))


def _outlines(table: ParticleTable, chosen: NDArray[np.bool_], outline: str) -> FloatArray:
    """Corners of circles, or of squares turned with their lattice, of each particle's own size [nm]."""
    places, diameters = table.positions_nm[chosen], table.diameters_nm[chosen]
    if outline == "round":
        return _circles(places, diameters)
    half = diameters / DIAMETER_PER_SIDE / 2
    turn = np.radians(table.directions_deg[chosen])
    corners = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], dtype=float)
    c, s = np.cos(turn)[:, None], np.sin(turn)[:, None]
    x = c * corners[:, 0] - s * corners[:, 1]
    y = s * corners[:, 0] + c * corners[:, 1]
    return np.asarray(places[:, None] + half[:, None, None] * np.stack([x, y], axis=-1))


def _circles(places: FloatArray, diameters: FloatArray) -> FloatArray:
    angles = np.linspace(0, 2 * np.pi, 25)[:-1]
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return np.asarray(places[:, None] + diameters[:, None, None] / 2 * ring)
