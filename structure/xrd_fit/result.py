"""`XrdMeasurement`: the stack behind the fringes of an XRD curve, with uncertainties, picture and provenance."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from structure.measured.curve import MeasuredCurve
from structure.measured.drawing import MODEL, draw_measured, key_beside, own_axes
from structure.measured.save import save_measurement
from structure.printed import with_sd
from structure.xrd_fit.verdict import NO_FRINGES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class XrdMeasurement:
    """A stack of nanocrystals that explains the fringes of an XRD curve.

    Parameters
    ----------
    period_nm, period_sd_nm
        Distance from nanocrystal to nanocrystal [nm] and its uncertainty: bootstrap, and other numbers of layers.
    gap_nm, gap_sd_nm
        Distance of the facing outermost planes of neighbours [nm] and its uncertainty.
    sigma_nm, sigma_sd_nm
        Standard deviation of the period [nm], cumulative: of gap and thickness together. Fullerton's sigma_L, per
        interface, is this over sqrt(2).
    n_layers, n_layers_sd
        Nanocrystals in the coherent stack, and how far more or fewer fit as well.
    n_planes, n_planes_others
        Atomic planes of a nanocrystal, and other numbers that fit within the uncertainty.
    plane_spacing_nm, plane_spacing_sd_nm
        Their distance [nm].
    termination
        First plane of the nanocrystals.
    misfit
        Squared deviations per point.
    confidence, reasons
        ``"high"`` or ``"low"``, and why.
    curve, model
        The measured curve and the fit at its q.
    provenance
        File, its SHA-256, and the options.
    """

    period_nm: float
    period_sd_nm: float
    gap_nm: float
    gap_sd_nm: float
    sigma_nm: float
    sigma_sd_nm: float
    n_layers: float
    n_layers_sd: float
    n_planes: int
    n_planes_others: tuple[int, ...]
    plane_spacing_nm: float
    plane_spacing_sd_nm: float
    termination: str
    misfit: float
    confidence: str
    reasons: tuple[str, ...]
    curve: MeasuredCurve
    model: FloatArray
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, without the curves; None for an uncertainty that the data does not tell."""
        made: dict[str, Any] = {}
        for key in self.__dataclass_fields__:
            value = getattr(self, key)
            if key not in ("curve", "model"):
                made[key] = list(value) if isinstance(value, tuple) else value
                if isinstance(value, float) and not np.isfinite(value):
                    made[key] = None
        made["provenance"] = dict(self.provenance)
        return made

    def summary(self) -> str:
        """A few lines for people."""
        return "\n".join(
            [
                f"{self.curve.label or 'curve'}: {self.sentence}",
                f"gap {with_sd(self.gap_nm, self.gap_sd_nm, 'nm')} between outermost planes",
                f"sigma {with_sd(10 * self.sigma_nm, 10 * self.sigma_sd_nm, 'Å')} per period",
                f"{with_sd(self.n_layers, self.n_layers_sd)} layers of {self.planes_told} planes, "
                f"{self.plane_spacing_nm:.4f} nm apart, {self.termination} outside",
                f"confidence {self.confidence}: " + "; ".join(self.reasons),
                *(f"note: {note}" for note in self.curve.notes),
            ]
        )

    @property
    def sentence(self) -> str:
        """The answer: the period, or that no stack shows itself."""
        period = with_sd(self.period_nm, self.period_sd_nm, "nm")
        if NO_FRINGES in self.reasons:
            return f"no fringes of a stack; the fit that misses least has a period of {period}"
        return f"period {period}"

    @property
    def planes_told(self) -> str:
        """The number of planes, with the others that fit as well."""
        others = _ranges(self.n_planes_others)
        return f"{self.n_planes} (or {others})" if others else f"{self.n_planes}"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw data and fit, with a key beside; return the axes."""
        ax = own_axes(ax)
        self.draw(ax)
        numbers = f"{self.sentence}, sigma {10 * self.sigma_nm:.2f} Å"
        ax.set_title(f"{numbers} ({self.confidence} confidence)", fontsize=9, loc="left")
        key_beside(ax)
        return ax

    def draw(self, ax: Axes) -> None:
        """Draw data and fit on ``ax``, each with a label."""
        draw_measured(ax, self.curve, self.curve.q_inv_nm)
        ax.plot(self.curve.q_inv_nm, self.model, color=MODEL, lw=1.2, label="fit of a stack")

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write ``xrd.json`` and ``xrd.png`` to a folder; returns it."""
        return save_measurement(self, Path(folder), "xrd")


def _ranges(numbers: Sequence[int]) -> str:
    """Whole numbers in words, neighbours together.

    Examples
    --------
    >>> _ranges((3, 6, 7, 8, 12, 13))
    '3, 6 to 8, 12, 13'
    """
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = [f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return ", ".join(told)
