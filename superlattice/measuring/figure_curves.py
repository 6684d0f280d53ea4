"""Figures of measured curves, of small-angle scattering and of multilayer fringes: data, fit, residual, indices."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from structure.measured.drawing import MODEL, PARTS, key_beside
from structure.printed import with_sd
from structure.saxs_fit.result import UNKNOWN, SaxsMeasurement
from structure.xrd_fit.result import XrdMeasurement
from superlattice.measuring.figure_parts import (
    draw_residual,
    header,
    numbers_beside,
    strip_of_reflections,
    why_low,
)
from superlattice.measuring.reflection_names import named_reflections
from superlattice.pictures.figures import new_figure

FloatArray = NDArray[np.float64]

WIDE, TALL = 8.6, 5.4


def _panels(strips: int) -> tuple[Figure, list[Axes], Axes, Axes]:
    """A page of strips for indices, a panel of data and one of residuals, which share q."""
    figure = new_figure(WIDE, TALL + 0.35 * strips)
    ratios = [0.13] * strips + [2.4, 0.75]
    axes = figure.subplots(strips + 2, 1, sharex=True, height_ratios=ratios)
    layout: Any = figure.get_layout_engine()
    layout.set(hspace=0.0, h_pad=0.02)
    return figure, list(axes[:strips]), axes[strips], axes[strips + 1]


def _limits(ax: Axes, q: FloatArray, *, log: bool) -> None:
    positive = q[q > 0]
    low, high = float(positive[0]), float(positive[-1])
    if log:
        ax.set_xscale("log")
        ax.set_xlim(low / 1.03, high * 1.03)
        # Few ticks, as numbers: powers of ten run into each other over one decade.
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
    else:
        margin = 0.015 * (high - low)
        ax.set_xlim(max(low - margin, 0.0), high + margin)


def saxs_figure(measured: SaxsMeasurement) -> Figure:
    """Curve with its fit, the particles' part of it, the reflections with indices, and the residual."""
    lattice = measured.phase not in ("none", UNKNOWN)
    marked = lattice or (measured.phase == UNKNOWN and bool(measured.peaks_inv_nm))
    figure, strips, ax, below = _panels(1 if marked else 0)
    q = measured.curve.q_inv_nm
    _limits(ax, q, log=not marked and q[-1] > 15 * q[q > 0][0])
    measured.draw(ax)
    ax.set_xlabel("")
    if lattice:
        assert measured.a_nm is not None
        at, names = named_reflections(measured.phase, measured.a_nm, measured.c_nm, float(q[-1]))
        last = float(measured.reflections_inv_nm[-1]) * 1.01 if len(measured.reflections_inv_nm) else np.inf
        strip_of_reflections(strips[0], at[at <= last], [n for n, g in zip(names, at, strict=True) if g <= last])
        strips[0].set_ylabel(f"{measured.phase}  ", rotation=0, ha="right", va="center", fontsize=8, color=MODEL)
    elif marked:
        peaks = np.array(measured.peaks_inv_nm)
        strip_of_reflections(strips[0], peaks, [f"{p:.3g}" for p in peaks], colour="C2")
        strips[0].set_ylabel("peaks  ", rotation=0, ha="right", va="center", fontsize=8, color="C2")
    key_beside(ax)
    numbers_beside(ax, saxs_numbers(measured), below=0.5 if lattice else 0.62)
    residual = (measured.fitted_intensity - measured.model) / measured.fitted_weight_sd
    draw_residual(below, measured.model_q_inv_nm, residual, "noise and the 7 % granted\nto the model, as weighted")
    below.set_xlabel("q [nm⁻¹]")
    header(figure, saxs_headline(measured), sure=measured.confidence == "high")
    return figure


def saxs_headline(measured: SaxsMeasurement) -> str:
    """The answer in one or two lines."""
    lines = measured.summary().split("\n")[0].partition(": ")
    text = [f"{lines[0]}: {lines[2]}, confidence {measured.confidence}"]
    if measured.confidence != "high":
        text += why_low("; ".join(measured.reasons))
    return "\n".join(text)


def saxs_numbers(measured: SaxsMeasurement) -> list[str]:
    """What the fit found, a line each."""
    lines = []
    if measured.nearest_nm is not None:
        lines.append(f"a = {with_sd(measured.a_nm, measured.a_sd_nm, 'nm')}")
        if measured.c_nm is not None:
            lines.append(f"c = {measured.c_nm:.2f} nm")
        if measured.phase != "lamellar":
            lines += [
                f"neighbours {with_sd(measured.nearest_nm, measured.nearest_sd_nm, 'nm')}",
                f"displacement {with_sd(measured.displacement_nm, measured.displacement_sd_nm, 'nm')}",
                f"step spread {with_sd(measured.paracrystal_nm, measured.paracrystal_sd_nm, 'nm')}",
            ]
        if measured.domain_nm is not None:
            lines.append(f"domains {measured.domain_nm:.0f} nm")
    if measured.phase != "lamellar":
        noun, size = ("radius", measured.radius_nm) if measured.radius_nm is not None else ("edge", measured.edge_nm)
        sure = "" if measured.shape_confidence == "high" else " (unsure)"
        lines += [
            f"{measured.shape}s{sure}",
            f"{noun} {with_sd(size, measured.size_sd_nm, 'nm')}",
            f"size spread {with_sd(100 * measured.size_spread, 100 * measured.size_spread_sd, '%')}",
        ]
    return lines


def xrd_figure(measured: XrdMeasurement) -> Figure:
    """Fringes with their fit, the orders of the stack and the reflections of its crystals, and the residual."""
    figure, strips, ax, below = _panels(2)
    q = measured.curve.q_inv_nm
    _limits(ax, q, log=False)
    measured.draw(ax)
    ax.set_xlabel("")
    first = 2 * np.pi / measured.period_nm
    orders = np.arange(np.ceil(q[0] / first), np.floor(q[-1] / first) + 1)
    strip_of_reflections(strips[0], orders * first, [f"{int(n)}" for n in orders], colour=PARTS)
    strips[0].set_ylabel("stack order  ", rotation=0, ha="right", va="center", fontsize=8, color=PARTS)
    # A perovskite's cell has two planes along its axis.
    cell = 2 * measured.plane_spacing_nm
    atomic = np.arange(np.ceil(q[0] * cell / (2 * np.pi)), np.floor(q[-1] * cell / (2 * np.pi)) + 1)
    strip_of_reflections(strips[1], atomic * 2 * np.pi / cell, [f"00{int(n)}" for n in atomic], colour="C2")
    strips[1].set_ylabel("crystal  ", rotation=0, ha="right", va="center", fontsize=8, color="C2")
    key_beside(ax)
    numbers_beside(ax, xrd_numbers(measured), below=0.68)
    assert measured.curve.sd is not None
    residual = (measured.curve.intensity - measured.model) / measured.curve.sd
    draw_residual(below, q, residual, "noise and the 2 % granted\nto the model, as weighted")
    below.set_xlabel("q [nm⁻¹]")
    header(figure, xrd_headline(measured), sure=measured.confidence == "high")
    return figure


def xrd_headline(measured: XrdMeasurement) -> str:
    """The answer in one or two lines."""
    text = [f"{measured.curve.label or 'curve'}: {measured.sentence}, confidence {measured.confidence}"]
    if measured.confidence != "high":
        text += why_low("; ".join(measured.reasons))
    return "\n".join(text)


def xrd_numbers(measured: XrdMeasurement) -> list[str]:
    """What the fit found, a line each."""
    return [
        f"Λ = {with_sd(measured.period_nm, measured.period_sd_nm, 'nm')}",
        f"gap {with_sd(measured.gap_nm, measured.gap_sd_nm, 'nm')}",
        f"σ = {with_sd(measured.sigma_nm, measured.sigma_sd_nm, 'nm')}",
        f"layers {with_sd(measured.n_layers, measured.n_layers_sd)}",
        f"planes {measured.planes_told}",
        f"plane spacing {with_sd(measured.plane_spacing_nm, measured.plane_spacing_sd_nm, 'nm')}",
        f"{measured.termination} outside",
    ]
