"""What pictures of measured data share: colours, points in and out of the fitted range, keys beside the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from structure.measured.curve import MeasuredCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

FITTED = "#eef3fa"
"""Colour behind the range that was fitted."""
MODEL, PARTS, DATA, FOUND = "C3", "C0", "0.25", "C1"
"""Colours of a fit, of a part of it, of data, and of what was found in them."""
MOST_VECTORS = 600
"""Marks of one kind beyond which a drawing holds them as pixels: an SVG of ten thousand outlines opens slowly."""


def draw_measured(ax: Axes, curve: MeasuredCurve, fitted_q_inv_nm: FloatArray) -> None:
    """Draw measured points on a log axis, those outside the fitted range pale, and the range shaded.

    The panel is as high as the fitted points; what lies beyond it, or not above zero, is marked at its edge.

    Parameters
    ----------
    ax
        Where to draw.
    curve
        The data.
    fitted_q_inv_nm
        The q that were fitted, rising [1/nm], shape (n,).
    """
    low, high = float(fitted_q_inv_nm[0]), float(fitted_q_inv_nm[-1])
    positive = curve.intensity > 0
    inside = (curve.q_inv_nm >= low) & (curve.q_inv_nm <= high)
    ax.axvspan(low, high, color=FITTED, lw=0, zorder=0, label="fitted range")
    q, intensity = curve.q_inv_nm, curve.intensity
    ax.plot(q[positive & inside], intensity[positive & inside], ".", ms=3.5, color=DATA, label="measured")
    outside = positive & ~inside & (q > 0)
    if outside.any():
        ax.plot(q[outside], intensity[outside], ".", ms=2.5, color="0.65", label="measured, not fitted")
    ax.set_yscale("log")
    shown = intensity[positive & inside]
    bottom, top = 0.5 * float(np.quantile(shown, 0.01)), 2.0 * float(shown.max())
    above = outside & (intensity > top)
    if above.any():
        edge = np.full(np.count_nonzero(above), bottom * (top / bottom) ** 0.975)
        ax.plot(q[above], edge, "^", ms=4, color="0.55", label="not fitted, above the panel")
    beneath = (intensity < bottom) & (q > 0)
    if beneath.any():
        edge = np.full(np.count_nonzero(beneath), bottom * (top / bottom) ** 0.015)
        ax.plot(q[beneath], edge, "v", ms=2.5, color="0.55", label="below the panel")
    ax.set(ylim=(bottom, top), xlabel="q [nm⁻¹]", ylabel="intensity [arb. u.]")


def key_beside(ax: Axes, **style: Any) -> None:
    """The key of every mark, to the right of the axes, where it hides no data; ``style`` goes to ``Axes.legend``."""
    ax.legend(**{"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "frameon": False, "fontsize": 8} | style)


def key_below(ax: Axes, handles: Sequence[Any], *, columns: int = 2, below: float = -0.015) -> None:
    """The key of every mark in ``columns``, right below a picture; ``below`` is where, in heights of the picture."""
    if handles:
        ax.legend(
            handles=list(handles), loc="upper left", bbox_to_anchor=(0.0, below), ncols=columns, frameon=False,
            fontsize=8, borderaxespad=0.0, borderpad=0.0,
        )  # fmt: skip


def shown_pixels(pixels: FloatArray, most: int = 1600) -> FloatArray:
    """A picture of shape (rows, columns) for a page: ``pixels`` in blocks where it has over ``most`` along a side."""
    step = -(-max(pixels.shape) // most)
    if step == 1:
        return pixels
    rows, columns = (n // step for n in pixels.shape)
    return np.asarray(pixels[: rows * step, : columns * step].reshape(rows, step, columns, step).mean(axis=(1, 3)))


def own_axes(ax: Axes | None, width_inch: float = 7.0, height_inch: float = 4.5) -> Axes:
    """The axes ``ax``, or those of a new figure that makes room for a key beside them.

    Parameters
    ----------
    ax
        Axes to draw in, if there are any.
    width_inch, height_inch
        Of the new figure [inch].
    """
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    made: Axes = plt.figure(figsize=(width_inch, height_inch), layout="constrained").add_subplot()
    return made
