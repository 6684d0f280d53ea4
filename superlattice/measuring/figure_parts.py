"""What the figures of measurements share: pages, keys beside the data, strips of reflections, residuals."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from packing.errors import InputError
from structure.measured.drawing import DATA, MODEL
from superlattice.files import write_bytes

FloatArray = NDArray[np.float64]

FORMATS = ("png", "svg", "pdf")
DOTS_PER_INCH = 160


def write_figure_as(figure: Figure, path: Path, formats: Sequence[str]) -> list[Path]:
    """Write a figure once for each format; bytes depend on the picture alone.

    Parameters
    ----------
    figure
        Drawn.
    path
        File without its ending.
    formats
        Of `FORMATS`.

    Raises
    ------
    InputError
        For an unknown format.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    unknown = [kind for kind in formats if kind not in FORMATS]
    if unknown:
        raise InputError(f"a figure is written as {', '.join(FORMATS)}, got {unknown[0]!r}.")
    figure.dpi = DOTS_PER_INCH
    # Laid out once for all formats: saving does it again for each, which takes as long as drawing.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    made = []
    # Names inside an SVG come from random numbers unless a salt is given; text stays text, to be edited.
    with matplotlib.rc_context({"svg.hashsalt": "superlattice", "svg.fonttype": "none", "pdf.fonttype": 42}):
        for kind in formats:
            buffer = io.BytesIO()
            match kind:
                case "png":
                    # Twice as fast as the usual compression, and a tenth larger.
                    how = {"metadata": {"Software": None}, "pil_kwargs": {"compress_level": 2}}
                    FigureCanvasAgg(figure).print_png(buffer, **how)
                case "svg":
                    FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})
                case _:
                    FigureCanvasPdf(figure).print_pdf(buffer, metadata={"CreationDate": None})
            write_bytes(path.with_suffix(f".{kind}"), buffer.getvalue())
            made.append(path.with_suffix(f".{kind}"))
    return made


def key_in(ax: Axes, handles: Sequence[Any], *, columns: int = 1) -> None:
    """The key of every mark in ``columns``, in axes of its own, which hold nothing else."""
    ax.axis("off")
    if handles:
        ax.legend(
            handles=list(handles), loc="upper left", bbox_to_anchor=(0.0, 1.0), ncols=columns, frameon=False,
            fontsize=8, borderaxespad=0.0, borderpad=0.0,
        )  # fmt: skip


def numbers_beside(ax: Axes, lines: Sequence[str], *, below: float) -> None:
    """Lines of numbers to the right of the axes, from a height ``below`` (0 to 1 of the axes) down."""
    text = "\n".join(lines)
    ax.text(1.025, below, text, transform=ax.transAxes, ha="left", va="top", fontsize=8, linespacing=1.5)


def strip_of_reflections(
    ax: Axes, q_inv_nm: FloatArray, names: Sequence[str], *, colour: str = MODEL, label: str = ""
) -> None:
    """Ticks at reflections with their indices above, as many as can be read.

    Parameters
    ----------
    ax
        A narrow strip above the data, which shares its q axis and is as wide.
    q_inv_nm
        Where the reflections are [1/nm], shape (n,).
    names
        Their indices.
    colour
        Of the ticks.
    label
        What they are of, at the left of the strip.
    """
    low, high = ax.get_xlim()
    scale = np.log if ax.get_xscale() == "log" else np.asarray
    width = float(scale(high) - scale(low))
    last = -np.inf
    for q, name in sorted(zip(np.atleast_1d(q_inv_nm), names, strict=True)):
        if not low <= q <= high:
            continue
        ax.axvline(q, ymax=0.35, color=colour, lw=0.9)
        place = float(scale(q))
        if name and (place - last) / width > 0.021:
            ax.text(q, 0.42, name, ha="center", va="bottom", rotation=90, fontsize=7, color=colour)
            last = place
    ax.set(ylim=(0, 1), yticks=[])
    ax.tick_params(bottom=False, labelbottom=False, which="both")
    for side in ("top", "left", "right", "bottom"):
        ax.spines[side].set_visible(False)
    if label:
        ax.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=8)


def draw_residual(ax: Axes, q_inv_nm: FloatArray, residual: FloatArray, unit: str) -> None:
    """Residuals about zero with the band of one standard deviation.

    Parameters
    ----------
    ax
        Axes below the data.
    q_inv_nm
        Points [1/nm], shape (n,).
    residual
        Measured less model over their standard deviation, shape (n,).
    unit
        What that deviation is, in words.
    """
    ax.axhspan(-1, 1, color="0.92", lw=0, zorder=0)
    ax.axhline(0, color="0.5", lw=0.7)
    ax.plot(q_inv_nm, residual, ".", ms=2.5, color=DATA)
    reach = float(np.clip(1.1 * np.max(np.abs(residual), initial=0.0), 2.5, 12.0))
    ax.set(ylim=(-reach, reach), ylabel="residual / σ")
    if np.any(np.abs(residual) > reach):
        for side, mark in ((1, "^"), (-1, "v")):
            beyond = side * residual > reach
            ax.plot(q_inv_nm[beyond], np.full(np.count_nonzero(beyond), side * 0.94 * reach), mark, ms=4, color=MODEL)
        unit += "\n▲ ▼ beyond the panel"
    ax.text(1.025, 1.0, f"band: ± 1 σ,\n{unit}", transform=ax.transAxes, ha="left", va="top", fontsize=7.5, color="0.3")


def header(figure: Figure, text: str, *, sure: bool) -> None:
    """One line above a figure; what is not sure stands in red."""
    figure.suptitle(text, x=0.01, ha="left", fontsize=10, color="black" if sure else "C3")


def why_low(reasons: str, width: int = 125, most: int = 3) -> list[str]:
    """Why a result is not sure, in at most ``most`` lines of ``width`` letters."""
    import textwrap

    lines = textwrap.wrap(f"why low: {reasons}", width)
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1] + " …"]
