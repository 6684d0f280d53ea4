"""Pictures that a notebook shows by themselves, and two general ones: things side by side, curves by name."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

DOTS_PER_INCH = 90
Drawn = Any
"""Something with a method ``plot(ax)``, or a function of an axes."""


class Picture(Figure):
    """A matplotlib figure that a notebook shows where it is the last word of a cell; all else is as ever."""

    def __init__(self, width_in: float = 6.0, height_in: float = 4.0) -> None:
        super().__init__(figsize=(width_in, height_in), layout="constrained")
        FigureCanvasAgg(self)

    def _repr_png_(self) -> bytes:
        out = io.BytesIO()
        self.savefig(out, format="png", dpi=DOTS_PER_INCH)
        return out.getvalue()


def plot_together(
    things: Mapping[str, Drawn], *, columns: int | None = None, size_in: tuple[float, float] = (5.5, 4.2)
) -> Picture:
    """Several results side by side, each under its title.

    Parameters
    ----------
    things
        By title: a result that has ``plot(ax)``, such as a measurement, a pattern or a fit, or a function that draws
        into the axes it is given.
    columns
        How many in a row; None puts up to three there.
    size_in
        Width and height of each [inch].

    Examples
    --------
    >>> from superlattice import cube, structure
    >>> crystal = structure.build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 1), shapes=cube(8.6))
    >>> image = structure.simulate_tem(crystal, px_per_nm=1.0, field_nm=(33, 33))
    >>> figure = plot_together({"a micrograph": image, "a line": lambda ax: ax.plot([0, 1])})
    >>> [ax.get_title() for ax in figure.axes[:2]]
    ['a micrograph', 'a line']
    """
    across = columns or min(3, len(things))
    down = math.ceil(len(things) / across)
    figure = Picture(size_in[0] * across, size_in[1] * down)
    axes = figure.subplots(down, across, squeeze=False).flat
    for title, thing in things.items():
        ax = next(axes)
        draw: Callable[[Axes], Any] = thing.plot if hasattr(thing, "plot") else thing
        draw(ax)
        ax.set_title(title)
    for ax in axes:
        ax.set_axis_off()
    return figure


def plot_curves(
    x: Iterable[float],
    curves: Mapping[str, Sequence[float] | np.ndarray[Any, Any]],
    *,
    x_label: str = "",
    y_label: str = "",
    title: str = "",
    log: str = "",
    ax: Axes | None = None,
) -> Axes | Picture:
    """Curves over the same x, each by its name.

    Parameters
    ----------
    x
        Where, one number for each point.
    curves
        By name: values of the same number.
    x_label, y_label, title
        What they are, with units.
    log
        ``"x"``, ``"y"`` or ``"xy"`` for logarithmic axes.
    ax
        Axes to draw into; None makes a picture.

    Returns
    -------
    Axes or Picture
        The axes that were given, else the picture.

    Examples
    --------
    >>> figure = plot_curves([1.0, 2.0], {"a": [1, 2], "b": [3, 1]}, x_label="q [1/nm]", log="x")
    >>> len(figure.axes[0].lines), figure.axes[0].get_xscale()
    (2, 'log')
    """
    figure = None
    if ax is None:
        figure = Picture()
        ax = figure.add_subplot()
    at = np.asarray(list(x), dtype=float)
    for name, values in curves.items():
        ax.plot(at, np.asarray(values, dtype=float), label=name)
    ax.set(xlabel=x_label, ylabel=y_label, title=title)
    if "x" in log:
        ax.set_xscale("log")
    if "y" in log:
        ax.set_yscale("log")
    ax.legend(fontsize=8)
    return ax if figure is None else figure
