"""The answer of ``superlattice simulate``: a curve, a pattern or an image, with what is known about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from packing.errors import InputError
from structure.diffraction.indexed import IndexedPattern
from structure.imaging.images import TemImage
from structure.patterns.curves import ScatteringCurve
from structure.patterns.exports import CURVE_SUFFIXES, PATTERN_SUFFIXES, write_curve, write_pattern
from superlattice.pictures.figures import add_two_theta, new_figure, write_figure
from superlattice.study.instrument_table import InstrumentTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What an instrument shows: a curve, a pattern, or an image, and numbers about it."""

    kind: str
    facts: dict[str, Any]
    wavelength_nm: float | None = None
    curve: ScatteringCurve | None = None
    pattern: IndexedPattern | None = None
    middle: IndexedPattern | None = None
    image: TemImage | None = None
    notes: tuple[str, ...] = ()
    instrument: InstrumentTable = field(default_factory=InstrumentTable)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: the facts, the curve, and the indices of the spots; patterns are files."""
        data: dict[str, Any] = {"kind": self.kind, **self.facts, "notes": list(self.notes)}
        if self.curve is not None:
            data["curve"] = {"q_inv_nm": self.curve.q_inv_nm, "intensity": self.curve.intensity}
        if self.pattern is not None:
            names = ("lattice", "hkl", "q_inv_nm", "spacing_nm")
            data["spots"] = [dict(zip(names, row, strict=True)) for row in self.pattern.rows()]
        return data

    def summary(self) -> str:
        """The facts, and the innermost spots."""
        lines = [f"{self.kind}: {self._title()}"]
        lines += [f"  {name}: {_text(value)}" for name, value in self.facts.items()]
        rows = self.pattern.rows() if self.pattern else []
        for lattice in ("superlattice", "atoms"):
            shown = [row for row in rows if row[0] == lattice][:8]
            if shown:
                spots = ", ".join(f"{hkl} at {q:.3g}" for _, hkl, q, _ in shown)
                lines.append(f"  spots of the {lattice} [1/nm]: {spots}")
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    def plot(self) -> Figure:
        """The curve, the pattern (and its middle, where atoms and superlattice are in it) or the image."""
        panels: list[Any] = [p.plot for p in (self.pattern, self.middle) if p is not None]
        if self.curve is not None:
            panels.append(self._plot_curve)
        if self.image is not None:
            panels.append(self.image.plot)
        figure = new_figure(5.6 * len(panels), 4.6)
        for ax, draw in zip(np.atleast_1d(figure.subplots(1, len(panels))), panels, strict=True):
            draw(ax)
        return figure

    def save(self, path: str | Path) -> Path:
        """Write to a file by its suffix: a picture, the curve, the table of spots' curve, or the detector frame.

        Raises
        ------
        InputError
            For a suffix that this kind has no file of.
        """
        target = Path(path)
        suffix = target.suffix.lower()
        target.parent.mkdir(parents=True, exist_ok=True)
        if suffix == ".png":
            write_figure(target, self.plot())
            return target
        if self.curve is not None and suffix in CURVE_SUFFIXES:
            return write_curve(self.curve, target)
        if self.pattern is not None and suffix in PATTERN_SUFFIXES:
            wave = self.wavelength_nm or 0.1
            detector = self.instrument.detector
            place = None if detector is None else detector.build(wave)
            return write_pattern(self.pattern.pattern, target, detector=place, wavelength_nm=wave)
        known = [".png", *(CURVE_SUFFIXES if self.curve else ()), *(PATTERN_SUFFIXES if self.pattern else ())]
        raise InputError(f"{target}: {self.kind} is written as {', '.join(dict.fromkeys(known))}. Change the name.")

    def _plot_curve(self, ax: Axes) -> None:
        assert self.curve is not None
        self.curve.plot(ax)
        if self.wavelength_nm is not None:
            add_two_theta(ax, self.wavelength_nm)

    def _title(self) -> str:
        if self.pattern is not None:
            return self.pattern.pattern.label
        return self.curve.label if self.curve is not None else repr(self.image)


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.5g}"
    return ",".join(str(v) for v in value) if isinstance(value, list) else str(value)
