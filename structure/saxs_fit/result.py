"""`SaxsMeasurement`: what a SAXS curve says, with uncertainties, picture and provenance."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from structure.measured.curve import MeasuredCurve
from structure.measured.drawing import MODEL, PARTS, draw_measured, key_beside, own_axes
from structure.measured.save import save_measurement
from structure.printed import with_sd
from structure.saxs_fit.model import STACK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

UNKNOWN = "unknown"
"""Ordered, as sharp peaks show, in a phase that is not among those tried."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SaxsMeasurement:
    """Lattice and particles from a fit of a whole SAXS curve.

    Parameters
    ----------
    phase
        ``"fcc"``, ``"hcp"``, ``"bcc"``, ``"sc"``, ``"bct"``, ``"A15"``, ``"lamellar"`` (a stack of layers),
        ``"unknown"`` (sharp peaks that none of these explains) or ``"none"``.
    a_nm, a_sd_nm
        Lattice parameter, of a stack its period [nm], and its standard uncertainty; without the calibration of q, which
        the file does not tell.
    c_nm
        Second lattice parameter of hcp and bct [nm].
    nearest_nm, nearest_sd_nm
        Distance of nearest neighbours [nm], None where there is no lattice.
    shape
        ``"sphere"`` or ``"cube"``.
    radius_nm, edge_nm
        Size of a sphere or of a cube [nm]; the other is None.
    shape_confidence, shape_reasons
        Of the particles, ``"high"`` or ``"low"`` with the reasons. Where the other shape is not ruled out, then
        ``size_sd_nm`` covers its size too.
    size_sd_nm
        Standard uncertainty of that radius or edge [nm].
    size_spread, size_spread_sd
        Standard deviation of the size over its mean, and its uncertainty.
    domain_nm
        Size of coherent domains [nm] from the width of the peaks, a lower bound where the instrument's resolution is
        not given.
    displacement_nm, displacement_sd_nm
        Standard deviation per axis of independent displacements [nm], and its uncertainty.
    paracrystal_nm, paracrystal_sd_nm
        Standard deviation per axis of a step from neighbour to neighbour [nm], and its uncertainty.
    confidence
        ``"high"`` or ``"low"``: of the phase and its lattice, or of there being none.
    reasons
        Why.
    peaks_inv_nm
        Where sharp peaks stand out [1/nm], found before any lattice is tried.
    alternatives
        Every phase tried, best first: phase, shape, a_nm, nearest_nm, misfit per point, refined or not.
    curve, model, particles_only, reflections_inv_nm
        The measured curve, the fit [its unit] at ``model_q_inv_nm``, its part without peaks, and where reflections lie.
    fitted_intensity, fitted_sd, fitted_weight_sd
        The points that were fitted, averages of measured ones, at ``model_q_inv_nm``: intensity, standard deviation of
        its noise, and what it was weighted with, which holds the 7 % granted to the model beside the noise.
    provenance
        File, its SHA-256, and the options.
    """

    phase: str
    a_nm: float | None
    a_sd_nm: float | None
    c_nm: float | None
    nearest_nm: float | None
    nearest_sd_nm: float | None
    shape: str
    shape_confidence: str
    shape_reasons: tuple[str, ...]
    radius_nm: float | None
    edge_nm: float | None
    size_sd_nm: float
    size_spread: float
    size_spread_sd: float
    domain_nm: float | None
    displacement_nm: float | None
    displacement_sd_nm: float | None
    paracrystal_nm: float | None
    paracrystal_sd_nm: float | None
    confidence: str
    reasons: tuple[str, ...]
    alternatives: tuple[dict[str, Any], ...]
    curve: MeasuredCurve
    model_q_inv_nm: FloatArray
    fitted_intensity: FloatArray
    fitted_sd: FloatArray
    fitted_weight_sd: FloatArray
    model: FloatArray
    particles_only: FloatArray
    reflections_inv_nm: FloatArray
    peaks_inv_nm: tuple[float, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    _ARRAYS = (
        "curve", "model_q_inv_nm", "fitted_intensity", "fitted_sd", "fitted_weight_sd", "model", "particles_only",
        "reflections_inv_nm",
    )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, without the curves; None for what is not known."""
        made: dict[str, Any] = {}
        for key in self.__dataclass_fields__:
            value = getattr(self, key)
            if key in self._ARRAYS:
                continue
            if isinstance(value, float) and not np.isfinite(value):
                value = None
            made[key] = (
                dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, tuple) else value
            )
        return made

    def summary(self) -> str:
        """A few lines for people."""
        lines = [
            f"{self.curve.label or 'curve'}: {_sentence(self)}",
            f"confidence {self.confidence}: " + "; ".join(self.reasons),
        ]
        if self.phase == UNKNOWN:
            lines.append("peaks at " + ", ".join(f"{q:.4g}" for q in self.peaks_inv_nm) + " 1/nm")
        if self.domain_nm is not None and self.phase == STACK:
            lines.append(f"domains {self.domain_nm:.0f} nm")
        elif self.nearest_nm is not None and self.domain_nm is not None:
            lines.append(
                f"nearest neighbours {with_sd(self.nearest_nm, self.nearest_sd_nm, 'nm')}, "
                f"domains {self.domain_nm:.0f} nm, "
                f"displacements {with_sd(self.displacement_nm, self.displacement_sd_nm, 'nm')}, "
                f"spread of the steps between neighbours {with_sd(self.paracrystal_nm, self.paracrystal_sd_nm, 'nm')}"
            )
        if self.phase != STACK:
            size = "radius" if self.radius_nm else "edge"
            lines.append(
                f"particles: {self.shape}, {size} {with_sd(self.radius_nm or self.edge_nm, self.size_sd_nm, 'nm')}, "
                f"size spread {with_sd(_percent(self.size_spread), _percent(self.size_spread_sd), '%')}, confidence "
                f"{self.shape_confidence}" + "".join(f"; {reason}" for reason in self.shape_reasons)
            )
        for other in self.alternatives[1:4]:
            if other["a_nm"] is not None:
                lines.append(f"  instead {other['phase']}, a = {other['a_nm']:.2f} nm: misfit {other['misfit']:.1f}")
        lines += [f"note: {note}" for note in self.curve.notes]
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw data, fit, the particles' part of it and the reflections, with a key beside; return the axes."""
        ax = own_axes(ax)
        self.draw(ax)
        for k, q in enumerate(self.reflections_inv_nm if self.phase not in ("none", UNKNOWN) else ()):
            ax.axvline(q, ymax=0.03, color=MODEL, lw=0.8, label=None if k else "reflections")
        ax.set_title(f"{_sentence(self)} ({self.confidence} confidence)", fontsize=9, loc="left")
        key_beside(ax)
        return ax

    def draw(self, ax: Axes) -> None:
        """Draw data, fit and its part without reflections on ``ax``, each with a label."""
        draw_measured(ax, self.curve, self.model_q_inv_nm)
        ax.plot(self.model_q_inv_nm, self.model, color=MODEL, lw=1.3, label="fit")
        if self.phase not in ("none", UNKNOWN):
            ax.plot(
                self.model_q_inv_nm, self.particles_only, color=PARTS, lw=1.0, ls="--",
                label="its part without reflections:\nparticles and background",
            )  # fmt: skip

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write ``saxs.json`` and ``saxs.png`` to a folder; returns it."""
        return save_measurement(self, Path(folder), "saxs")


def _sentence(measurement: SaxsMeasurement) -> str:
    if measurement.phase == UNKNOWN:
        return "ordered, phase unknown"
    if measurement.phase == "none" or measurement.a_nm is None:
        return "no superlattice"
    a = with_sd(measurement.a_nm, measurement.a_sd_nm, "nm")
    if measurement.phase == STACK:
        return f"a stack of layers, period {a}"
    axial = f", c = {measurement.c_nm:.2f} nm" if measurement.c_nm is not None else ""
    return f"{measurement.phase}, a = {a}{axial}"


def _percent(fraction: float) -> float:
    return 100 * fraction
