"""The figure of a measured micrograph: particles outlined, spots indexed, sizes counted."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Patch
from numpy.typing import NDArray

from structure.measured.drawing import key_below
from structure.micrographs.result import TemMeasurement
from structure.micrographs.tabulated import DIAMETER_PER_SIDE
from structure.printed import plus_minus
from superlattice.measuring.figure_parts import header, key_in, why_low
from superlattice.pictures.figures import new_figure

FloatArray = NDArray[np.float64]

REACH = 0.93
"""Part of the transform's picture that holds the names of its spots."""


def tem_figure(measured: TemMeasurement) -> Figure:
    """Picture with its particles, Fourier transform with its spots, and the distribution of sizes or of bond order."""
    height, width = measured.image.size_nm
    tall = float(np.clip(7.0 * height / width, 5.2, 8.5))
    said = headline(measured)
    # A second line of the header and a third one of the key take their room from no picture.
    figure = new_figure(7.0 + 3.4, tall + 0.85 + 0.2 * said.count("\n"))
    halves: Any = figure.subfigures(1, 2, width_ratios=(7.0, 3.4))
    left, right = halves
    picture = left.add_subplot()
    key_below(picture, measured.draw(picture))
    above, above_key, below, below_key = right.subplots(4, 1, height_ratios=(3.0, 0.55, 1.9, 0.4))
    key_in(above_key, _draw_transform(above, measured))
    key_in(below_key, _draw_distribution(below, measured))
    header(figure, said, sure=measured.confidence == "high")
    return figure


def headline(measured: TemMeasurement) -> str:
    """The answer in one or two lines."""
    if measured.lattice == "none":
        text = "no lattice"
    else:
        text = f"{measured.lattice} lattice, spacing {plus_minus(measured.spacing_nm, measured.spacing_sd_nm)} nm"
    file = measured.provenance.get("file")
    name = f"{Path(str(file)).name}: " if file else ""
    lines = [f"{name}{text}, {measured.n_particles} particles, confidence {measured.confidence}"]
    if measured.confidence != "high" and measured.reasons:
        lines += why_low(" ".join(measured.reasons))
    return "\n".join(lines)


def _draw_transform(ax: Axes, measured: TemMeasurement) -> list[Any]:
    """The power on a log scale with every spot found; returns the key."""
    from matplotlib import patheffects

    fourier = measured.fourier
    x, y = fourier.extent_per_nm
    low, high = np.percentile(fourier.log10_power, [30, 99.95])
    ax.imshow(
        fourier.log10_power, extent=(-x, x, -y, y), origin="lower", cmap="gray", vmin=low, vmax=high,
        interpolation="nearest",
    )  # fmt: skip
    ax.set(xlim=(-x, x), ylim=(-y, y), xlabel="frequency along x [nm⁻¹]", ylabel="frequency along y [nm⁻¹]")
    member = np.any(fourier.spot_indices != 0, axis=1)
    marks: list[Any] = []
    styles: tuple[tuple[Any, dict[str, Any], str], ...] = (
        (member, {"mec": "C1", "mfc": "none", "marker": "o", "ms": 8}, "spot of the strongest lattice, with its hk"),
        (~member, {"color": "C2", "marker": "x", "ms": 4}, "spot of no lattice, or of another grain"),
    )
    for chosen, style, label in styles:
        if chosen.any():
            spots = np.concatenate([fourier.spots_per_nm[chosen], -fourier.spots_per_nm[chosen]])
            marks += ax.plot(spots[:, 0], spots[:, 1], ls="none", label=label, **style)
    dark = [patheffects.withStroke(linewidth=2.2, foreground="black")]
    named: set[tuple[int, int]] = set()
    edges = np.array([x, y])
    for spot, hk in zip(fourier.spots_per_nm[member], fourier.spot_indices[member], strict=True):
        index = (int(hk[0]), int(hk[1]))
        if index in named or abs(index[0]) + abs(index[1]) > 2:
            continue
        named.add(index)
        step = 0.13 * max(x, y) / max(float(np.hypot(*spot)), 1e-9)
        for place, name in ((spot, index), (-spot, (-index[0], -index[1]))):
            # Outside the spot, and inside it where the picture ends there.
            away = next(
                (p for p in (place * (1 + step), place * (1 - step)) if np.all(np.abs(p) < REACH * edges)), None
            )
            if away is not None:
                ax.text(
                    away[0], away[1], _miller(*name), color="w", fontsize=9, ha="center", va="center", path_effects=dark
                )
    if measured.lattice in ("square", "hexagonal"):
        radius = (1.0 if measured.lattice == "square" else 2 / math.sqrt(3)) / measured.spacing_nm
        ax.add_patch(Circle((0, 0), radius, fill=False, ec="C9", ls="--", lw=1.2))
        marks.append(Line2D([], [], color="C9", ls="--", lw=1.2, label="first ring of the spacing measured"))
    ax.set_title("Fourier transform", fontsize=9, loc="left")
    ax.tick_params(labelsize=8)
    return marks


def _miller(h: int, k: int) -> str:
    return "".join(f"$\\bar{{{-i}}}$" if i < 0 else str(i) for i in (h, k))


def _draw_distribution(ax: Axes, measured: TemMeasurement) -> list[Any]:
    """Sizes of the particles; where none could be measured, the bond order. Returns the key."""
    table = measured.particles
    sizes = table.diameters_nm[np.isfinite(table.diameters_nm)]
    if len(sizes):
        square = measured.particle_outline == "square"
        value, sd = (
            (measured.particle_edge_nm, measured.particle_edge_sd_nm)
            if square
            else (measured.particle_diameter_nm, measured.particle_diameter_sd_nm)
        )
        sizes = sizes / DIAMETER_PER_SIDE if square else sizes
        noun = "edge" if square else "diameter"
        _histogram(ax, sizes, np.quantile(sizes, [0.002, 0.998]))
        ax.axvspan(value - sd, value + sd, color="C3", alpha=0.25, lw=0)
        ax.axvline(value, color="C3", lw=1.2)
        handles = [
            Patch(color="0.7", label=f"{len(sizes)} particles, each with its noise"),
            Line2D([], [], color="C3", label=f"mean picture: {plus_minus(value, sd)} nm (band)"),
        ]
        ax.set(xlabel=f"{noun} of equal area [nm]", ylabel="particles")
        title = "Sizes"
    else:
        handles = []
        for name, values, colour in (("ψ₄", table.psi4, "C0"), ("ψ₆", table.psi6, "C2")):
            inside = values[table.interior]
            if len(inside):
                ax.hist(inside, bins=np.linspace(0, 1, 26).tolist(), histtype="step", color=colour)
                handles.append(Line2D([], [], color=colour, label=f"|{name}|, mean {inside.mean():.2f}"))
        ax.set(xlim=(0, 1), xlabel="bond order", ylabel="particles")
        title = f"Bond order (no size: {_why_no_size(measured)})"
    ax.set_title(title, fontsize=9, loc="left")
    ax.tick_params(labelsize=8)
    return handles


def _why_no_size(measured: TemMeasurement) -> str:
    if np.count_nonzero(measured.particles.on_lattice) < 20:
        return "fewer than 20 on a lattice"
    return "gaps located" if measured.feature == "bright" else "particles touch"


def _histogram(ax: Axes, values: FloatArray, reach: FloatArray) -> None:
    n_bins = int(np.clip(np.sqrt(len(values)), 8, 40))
    ax.hist(np.clip(values, *reach), bins=n_bins, color="0.7")
