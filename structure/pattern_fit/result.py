"""`PatternMeasurement`: what a two-dimensional pattern says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from structure.measured.drawing import DATA, FOUND, key_beside, own_axes
from structure.measured.save import save_measurement
from structure.pattern_fit.frame import Frame
from structure.pattern_fit.frame_geometry import FrameGeometry

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PatternMeasurement:
    """Spots or rings of a frame, and their lattice.

    Parameters
    ----------
    kind
        ``"spots"``, ``"rings"``, ``"both"`` or ``"none"``; at grazing incidence spots lie on rods.
    geometry
        ``"transmission"`` or ``"grazing"``.
    lattice
        ``"hexagonal"`` or ``"square"`` in the plane, ``"fcc"``, ``"hcp"``, ``"bcc"``, ``"sc"`` or ``"none"``.
    a_nm, a_sd_nm
        Lattice parameter [nm] and its standard uncertainty; without that of the geometry.
    peaks_inv_nm
        q of the rings, or in-plane q of the rods [1/nm].
    azimuthal_fwhm_deg
        Full width at half maximum of the arcs of each ring [deg]: the mosaic spread; 360 for an even ring; None at
        grazing incidence.
    azimuthal_contrast
        Maximum over median along each ring or rod.
    n_spots
        Maxima along each ring or rod.
    confidence, reasons
        ``"high"`` or ``"low"``, and why.
    notes
        Pixels that were left out: masked, at the detector's limit, hot.
    alternatives
        Lattices tried, best first.
    q_inv_nm, profile
        Mean intensity against q, or against in-plane q.
    widths_inv_nm
        Full width at half maximum of each peak [1/nm].
    frame, place
        The frame that was measured, and its geometry.
    provenance
        File, its SHA-256, and the geometry.
    """

    kind: str
    geometry: str
    lattice: str
    a_nm: float | None
    a_sd_nm: float | None
    peaks_inv_nm: tuple[float, ...]
    azimuthal_fwhm_deg: tuple[float, ...] | None
    azimuthal_contrast: tuple[float, ...]
    n_spots: tuple[int, ...]
    confidence: str
    reasons: tuple[str, ...]
    alternatives: tuple[dict[str, Any], ...]
    q_inv_nm: FloatArray
    profile: FloatArray
    widths_inv_nm: tuple[float, ...]
    frame: Frame
    place: FrameGeometry
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, without the profile and the frame."""
        made: dict[str, Any] = {}
        for key in self.__dataclass_fields__:
            value = getattr(self, key)
            if key not in ("q_inv_nm", "profile", "frame", "place"):
                made[key] = list(value) if isinstance(value, tuple) else value
        made["provenance"] = dict(self.provenance)
        return made

    def summary(self) -> str:
        """A few lines for people."""
        where = "on rods at in-plane q" if self.geometry == "grazing" else "at q"
        kind = {"both": "spots and rings", "none": "peaks"}.get(self.kind, self.kind)
        found = f"{kind} {where} = " + ", ".join(f"{q:.3f}" for q in self.peaks_inv_nm) + " 1/nm"
        lines = [
            f"{self.provenance.get('file', 'frame')}: {found if self.peaks_inv_nm else 'no peak stands out'}",
            f"{self.lattice}, a = {self.a_nm:.2f} ± {self.a_sd_nm:.2f} nm" if self.a_nm else "no lattice",
        ]
        if self.azimuthal_fwhm_deg:
            lines.append("azimuthal width " + ", ".join(f"{w:.0f}" for w in self.azimuthal_fwhm_deg) + " deg")
        return "\n".join([*lines, *self.notes, f"confidence {self.confidence}: " + "; ".join(self.reasons)])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the mean of the frame over q with the peaks that were found, and a key beside; return the axes."""
        ax = own_axes(ax)
        self.draw(ax)
        title = f"{self.kind}; {self.lattice}" + (f", a = {self.a_nm:.2f} nm" if self.a_nm else "")
        ax.set_title(f"{title} ({self.confidence} confidence)", fontsize=9, loc="left")
        key_beside(ax)
        return ax

    def draw(self, ax: Axes, on_lattice: NDArray[np.bool_] | None = None) -> None:
        """Draw the profile and its peaks on ``ax``; ``on_lattice`` tells of each whether a lattice explains it."""
        shown = self.profile > 0
        ax.semilogy(self.q_inv_nm[shown], self.profile[shown], color=DATA, lw=1.0, label="mean of the frame")
        peaks = np.array(self.peaks_inv_nm)
        heights = np.interp(peaks, self.q_inv_nm, self.profile)
        marks: tuple[tuple[NDArray[np.bool_], str, str], ...] = (
            (np.ones(len(peaks), dtype=bool), "peak found", FOUND),
        )
        if on_lattice is not None:
            marks = ((on_lattice, "peak, on the lattice", FOUND), (~on_lattice, "peak, on no reflection", "none"))
        for chosen, label, fill in marks:
            if chosen.any():
                ax.plot(peaks[chosen], heights[chosen], "v", ms=6, mec=FOUND, mfc=fill, label=label)
        what = "in-plane q" if self.geometry == "grazing" else "q"
        ax.set(xlabel=f"{what} [nm⁻¹]", ylabel="mean counts of a pixel")

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write ``pattern.json`` and ``pattern.png`` to a folder; returns it."""
        return save_measurement(self, Path(folder), "pattern")
