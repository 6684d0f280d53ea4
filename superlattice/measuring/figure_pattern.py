"""The figure of a measured detector frame: the frame itself with what was found on it, and its profile."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from structure.measured.drawing import FOUND, MODEL, key_below
from structure.pattern_fit.measure import grazing_axes
from structure.pattern_fit.result import PatternMeasurement
from superlattice.measuring.figure_parts import header, key_in, strip_of_reflections, why_low
from superlattice.measuring.reflection_names import named_reflections
from superlattice.pictures.figures import new_figure

FloatArray = NDArray[np.float64]

MASKED = "0.82"
PARTLY = "0.93"
LATTICE = MODEL
ON = 0.012
"""A peak bears the name of a reflection within this part of its q."""


def pattern_figure(measured: PatternMeasurement) -> Figure:
    """The frame with rings or rods where peaks were found, named where a lattice explains them, and the profile."""
    rows, columns = measured.frame.intensity.shape
    tall = float(np.clip(4.7 * rows / columns, 3.2, 7.0))
    figure = new_figure(12.0, tall + 1.3)
    halves: Any = figure.subfigures(1, 2, width_ratios=(6.4, 5.6))
    left, right = halves
    names = names_of_peaks(measured)
    picture = left.add_subplot()
    key_below(picture, _draw_frame(picture, measured, names), columns=3, below=-0.13)
    above, below, below_key = right.subplots(3, 1, height_ratios=(0.05 * tall, tall, 0.5))
    told = _draw_profile(above, below, measured, names)
    key_in(below_key, told, columns=3 if len(told) < 4 else 2)
    header(figure, pattern_headline(measured), sure=measured.confidence == "high")
    return figure


def pattern_headline(measured: PatternMeasurement) -> str:
    """The answer in one or two lines."""
    where = {"both": "spots and rings", "none": "nothing stands out"}.get(measured.kind, measured.kind)
    if measured.geometry == "grazing" and measured.peaks_inv_nm:
        where = "rods with spots, at grazing incidence"
    lattice = (
        f"{measured.lattice}, a = {measured.a_nm:.2f} ± {measured.a_sd_nm:.2f} nm" if measured.a_nm else "no lattice"
    )
    text = [f"{measured.provenance.get('file', 'frame')}: {where}; {lattice}, confidence {measured.confidence}"]
    if measured.confidence != "high":
        text += why_low("; ".join(measured.reasons))
    return "\n".join(text)


def names_of_peaks(measured: PatternMeasurement) -> list[str]:
    """The indices of each peak found, empty for one that the lattice does not explain."""
    peaks = np.array(measured.peaks_inv_nm)
    if measured.a_nm is None or not len(peaks):
        return [""] * len(peaks)
    at, names = _reflections(measured, 1.05 * float(peaks.max()))
    nearest = np.abs(at - peaks[:, None]).argmin(axis=1)
    return [names[k] if abs(at[k] / q - 1) < ON else "" for k, q in zip(nearest, peaks, strict=True)]


def _reflections(measured: PatternMeasurement, q_max: float) -> tuple[FloatArray, list[str]]:
    assert measured.a_nm is not None
    c_nm = measured.a_nm * np.sqrt(8 / 3) if measured.lattice == "hcp" else None
    return named_reflections(measured.lattice, measured.a_nm, c_nm, q_max)


def _draw_frame(ax: Axes, measured: PatternMeasurement, names: list[str]) -> list[Any]:
    """The counts with what was found; returns the key."""
    frame, place = measured.frame, measured.place
    rows, columns = frame.intensity.shape
    shown = np.where(frame.valid, frame.intensity, np.nan)
    positive = shown[np.isfinite(shown) & (shown > 0)]
    low, high = np.percentile(positive, [2, 99.9])
    low = max(float(low), float(high) * 1e-5)
    from matplotlib import colormaps
    from matplotlib.colors import LogNorm

    colours = colormaps["viridis"].with_extremes(bad=MASKED)
    picture = np.where(np.isfinite(shown), np.maximum(shown, low), np.nan)
    drawn = ax.imshow(picture, norm=LogNorm(low, max(high, 1.001 * low)), cmap=colours, extent=(0, columns, rows, 0),
                      interpolation="nearest")  # fmt: skip
    ax.set(xlabel="column [px]", ylabel="row [px]")
    # Tied to the picture, whose height follows from its pixels.
    ax.figure.colorbar(drawn, cax=ax.inset_axes((1.02, 0.0, 0.03, 1.0)), label="counts, log scale")
    ax.set_anchor("NW")
    q = _vectors(measured)
    grazing = place.incidence_deg is not None
    across = _signed_across(q, place.incidence_deg or 0.0) if grazing else np.linalg.norm(q, axis=-1)
    peaks = np.array(measured.peaks_inv_nm)
    marks: list[Any] = []
    if len(peaks):
        _draw_places(ax, across, peaks, names, grazing=grazing)
        noun = "rod" if grazing else "ring"
        marks.append(Line2D([], [], color=FOUND, lw=1.1, label=f"{noun} found, indices if known"))
    if 0 <= place.beam_x_px <= columns and 0 <= place.beam_y_px <= rows:
        ax.plot(place.beam_x_px, place.beam_y_px, "+", color="white", ms=11, mew=2.6)
        ax.plot(place.beam_x_px, place.beam_y_px, "+", color="C3", ms=10, mew=1.4)
        marks.append(Line2D([], [], ls="none", marker="+", color="C3", ms=9, label="direct beam"))
    if not frame.valid.all():
        marks.append(Patch(color=MASKED, label=f"left out ({np.count_nonzero(~frame.valid)} pixels)"))
    ax.set(xlim=(0, columns), ylim=(rows, 0))
    return marks


def _vectors(measured: PatternMeasurement) -> FloatArray:
    return measured.place.scattering_vectors(measured.frame.intensity.shape)


def _seen(measured: PatternMeasurement) -> NDArray[np.bool_]:
    """Rows with a pixel that is used."""
    return np.asarray(measured.frame.valid.any(axis=1))


def _signed_across(q: FloatArray, incidence_deg: float) -> FloatArray:
    """In-plane q with the sign of its side, so that both rods of a pair are drawn and nothing between them."""
    across, _ = grazing_axes(q, incidence_deg)
    return np.where(q[..., 1] < 0, -across, across)


def _draw_places(ax: Axes, across: FloatArray, peaks: FloatArray, names: list[str], *, grazing: bool) -> None:
    """Contours of q through the frame, whatever its tilt, each named once at its end."""
    from matplotlib import patheffects

    rows, columns = across.shape
    step = max(1, max(rows, columns) // 600)
    y, x = np.arange(rows)[::step] + 0.5, np.arange(columns)[::step] + 0.5
    part = across[::step, ::step]
    levels = np.unique(np.concatenate([-peaks, peaks]) if grazing else peaks)
    inside = levels[(levels > part.min()) & (levels < part.max())]
    if not len(inside):
        return
    ax.contour(x, y, part, levels=inside, colors=FOUND, linewidths=0.8, linestyles="solid", alpha=0.9)
    dark = [patheffects.withStroke(linewidth=2.0, foreground="black")]
    last, low = -np.inf, False
    for turn, (q, name) in enumerate(sorted(zip(peaks, names, strict=True))):
        if not name:
            continue
        # A rod is named at the top, each ring in another direction than the one before.
        near = np.abs(part - q) < 0.7 * max(float(np.median(np.abs(np.diff(part, axis=1)))), 1e-9)
        where = np.argwhere(near)
        if not len(where):
            continue
        angle = np.radians(15 + 40 * turn)
        outwards = where @ [-np.sin(angle), np.cos(angle)]
        r, c = where[np.argmin(where[:, 0])] if grazing else where[np.argmax(outwards)]
        # Names of close rods stand in two rows.
        low = grazing and abs(x[c] - last) < 0.04 * columns and not low
        last = x[c]
        ax.text(
            x[c], y[r] + (0.035 + 0.04 * low) * rows * grazing, name, color="white", fontsize=8, ha="center",
            va="center", path_effects=dark,
        )  # fmt: skip


def _draw_profile(above: Axes, ax: Axes, measured: PatternMeasurement, names: list[str]) -> list[Any]:
    """The mean of the frame with its peaks, and the reflections of the lattice above; returns the key."""
    positive = measured.profile > 0
    peaks = np.array(measured.peaks_inv_nm)
    measured.draw(ax, np.array([bool(name) for name in names]) if measured.a_nm is not None else None)
    low = float(measured.q_inv_nm[0])
    high = min(float(measured.q_inv_nm[-1]), 1.8 * float(peaks.max())) if len(peaks) else float(measured.q_inv_nm[-1])
    ax.set_xlim(low, high)
    if measured.place.incidence_deg is not None:
        across = np.abs(_signed_across(_vectors(measured), measured.place.incidence_deg))
        reached = float(
            np.where(measured.frame.valid, across, np.inf).min(axis=1).max(initial=low, where=_seen(measured))
        )
        if reached > low:
            # The mean steps where the dim rows come in.
            ax.axvspan(low, reached, color=PARTLY, lw=0, zorder=0, label="not in every row of the frame")
    shown = measured.profile[positive & (measured.q_inv_nm <= high)]
    ax.set_ylim(0.7 * float(shown.min()), 1.6 * float(shown.max()))
    above.set_xlim(ax.get_xlim())
    if measured.a_nm is not None:
        strip_of_reflections(above, *_reflections(measured, high), colour=LATTICE)
        above.set_ylabel(f"{measured.lattice}  ", rotation=0, ha="right", va="center", fontsize=8, color=LATTICE)
    else:
        above.set_visible(False)
    return list(ax.get_legend_handles_labels()[0])
