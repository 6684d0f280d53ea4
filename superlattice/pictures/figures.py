"""Pictures on disk, drawn without a display."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from superlattice.files import write_bytes

SIZE_INCHES = (5.6, 4.0)
DOTS_PER_INCH = 140


def new_figure(width_inches: float, height_inches: float) -> Figure:
    """An empty figure; no global state of matplotlib is touched.

    Parameters
    ----------
    width_inches, height_inches
        Size of the page [inches of 2.54 cm].
    """
    figure = Figure(figsize=(width_inches, height_inches), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save_figure(path: Path, draw: Callable[[Any], Any]) -> None:
    """Draw on fresh axes with ``draw(ax)`` and write a PNG."""
    figure = new_figure(*SIZE_INCHES)
    draw(figure.add_subplot())
    write_figure(path, figure)


def add_two_theta(ax: Axes, wavelength_nm: float) -> None:
    """A second axis above one of q [1/nm]: the scattering angle 2θ [degrees] at a wavelength.

    Parameters
    ----------
    ax
        Axes with q along x.
    wavelength_nm
        Wavelength of the radiation [nm].
    """
    q_at_most = 4 * np.pi / wavelength_nm

    def angle_deg(q: Any) -> Any:
        return 2 * np.degrees(np.arcsin(np.clip(np.asarray(q) / q_at_most, -1, 1)))

    def q_inv_nm(angle: Any) -> Any:
        return q_at_most * np.sin(np.radians(np.clip(np.asarray(angle), -180, 180)) / 2)

    top = ax.secondary_xaxis("top", functions=(angle_deg, q_inv_nm))
    top.set_xlabel(f"$2\\theta$ [degrees] at $\\lambda$ = {wavelength_nm:g} nm")


def write_figure(path: Path, figure: Figure) -> None:
    """Write a figure as PNG."""
    buffer = io.BytesIO()
    # Without the software tag the bytes depend on the picture alone.
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    write_bytes(path, buffer.getvalue())
