"""Simulated beside measured data of one study, and what the data says about the study's inputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from packing.errors import InputError
from structure.crystals.cells import LATTICE_NAMES, unit_cell
from structure.imaging.images import TemImage
from structure.patterns.curves import ScatteringCurve
from structure.study_fit.curves import CurveComparison, compare_curves, fitted_curve, studied_crystal
from structure.study_fit.fit import implied_inputs, observed_by
from structure.study_fit.result import ImpliedInputs
from superlattice.pictures.figures import new_figure, write_figure
from superlattice.steps.prediction import likeliest

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from structure.micrographs.result import TemMeasurement
    from structure.saxs_fit.result import SaxsMeasurement
    from superlattice.comparison.spacings import Measurements, Side
    from superlattice.study.study import Study

UNKNOWN_DISORDER = 0.03
"""Displacements over the spacing in the curve of a predicted crystal: a prediction has none of its own."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DataComparison:
    """Curves and pictures of a study beside the measured ones, and the inputs that the data speaks for.

    Parameters
    ----------
    curve
        The study's curve (simulated, or of its predicted crystal) on the measured one; None without SAXS.
    fitted
        The least-squares fit of the measured curve, with nothing of the study in it; None without SAXS.
    tem, picture
        The measured micrograph and the simulated one; None where there is none.
    inputs
        What data and study say about gap, coverage, sizes and disorder; None where the data shows no lattice.
    notes
        What is left out and why.
    """

    curve: CurveComparison | None = None
    fitted: CurveComparison | None = None
    tem: TemMeasurement | None = None
    picture: TemImage | None = None
    inputs: ImpliedInputs | None = None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, with the curves and their residuals."""
        return {
            "saxs": self.curve.to_dict() if self.curve else None,
            "saxs_fitted": self.fitted.to_dict() if self.fitted else None,
            "inputs": self.inputs.to_dict() if self.inputs else None,
            "notes": list(self.notes),
        }

    def summary(self) -> str:
        """A few lines for people."""
        drawn = self._drawn
        low, high = _common_range([curve for curve, _ in drawn])
        lines = [
            f"SAXS, {curve.label}: {misfit:.1f} squared deviations per point between {low:.2f} and {high:.2f} 1/nm"
            for curve, misfit in drawn
        ]
        if self.inputs:
            lines += [
                "what the data says of the study's inputs:",
                *(f"  {x}" for x in self.inputs.summary().split("\n")),
            ]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    @property
    def _drawn(self) -> list[tuple[CurveComparison, float]]:
        """The curves with their misfits over the range that all of them have: misfits of other points say nothing."""
        drawn = [c for c in (self.curve, self.fitted) if c is not None]
        low, high = _common_range(drawn)
        return [(c, c.misfit_between(low, high)) for c in drawn]

    def save(self, folder: Path) -> list[Path]:
        """Write ``measured_saxs/compared.png`` and ``measured_tem/compared.png``, what there is of them."""
        made = []
        for name, draw in (
            ("saxs", self.plot_saxs if self._drawn else None),
            ("tem", self.plot_tem if self.tem else None),
        ):
            if draw is not None:
                path = folder / f"measured_{name}" / "compared.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                write_figure(path, draw())
                made.append(path)
        return made

    def plot_saxs(self) -> Figure:
        """Measured curve with the study's and its own least-squares fit, over their residuals."""
        figure = new_figure(7.0, 6.0)
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2.6, 1))
        widest = max((c for c, _ in self._drawn), key=lambda c: len(c.q_inv_nm))
        positive = np.where(widest.measured > 0, widest.measured, np.nan)
        above.semilogy(widest.q_inv_nm, positive, ".", ms=3, c="0.45", label="measured")
        low, high = _common_range([curve for curve, _ in self._drawn])
        below.axvspan(low, high, color="0.95", lw=0, zorder=0)
        for comparison, misfit in self._drawn:
            colour = "C3" if comparison is self.fitted else "C0"
            label = f"{comparison.label} (misfit {misfit:.1f} in the grey range)"
            above.semilogy(comparison.q_inv_nm, comparison.simulated, c=colour, lw=1.2, label=label)
            below.plot(comparison.q_inv_nm, comparison.residual, c=colour, lw=0.8)
        above.set_ylabel("$I$ [arb. u.]")
        above.set_ylim(0.4 * float(np.nanquantile(positive, 0.01)), 2.5 * float(np.nanmax(positive)))
        above.legend(frameon=False, fontsize=8)
        below.axhline(0, c="0.6", lw=0.7)
        below.set(xlabel="$q$ [nm$^{-1}$]", ylabel="measured − model\n[standard deviations]")
        return figure

    def plot_tem(self) -> Figure:
        """The simulated and the measured micrograph at one magnification."""
        shown = [(image, words) for image, words in self._pictures() if image is not None]
        side = min(min(image.size_nm) for image, _ in shown)
        figure = new_figure(4.6 * len(shown), 4.8)
        for ax, (image, words) in zip(np.atleast_1d(figure.subplots(1, len(shown))), shown, strict=True):
            _plot_middle(ax, image, side, words)
        return figure

    def _pictures(self) -> tuple[tuple[TemImage | None, str], ...]:
        return (self.picture, "simulated"), (self.tem.image if self.tem else None, "measured")


def _plot_middle(ax: Axes, image: TemImage, side_nm: float, words: str) -> None:
    """The middle ``side_nm`` of a picture, so that two of them have one magnification."""
    wanted = round(side_nm * image.px_per_nm)
    rows, columns = (slice((n - wanted) // 2 if n > wanted else 0, (n + wanted) // 2) for n in image.pixels.shape)
    TemImage(pixels=image.pixels[rows, columns], px_per_nm=image.px_per_nm).plot(ax)
    ax.set_title(f"{words}, {side_nm:.0f} nm wide", fontsize=10)


def compare_data(study: Study, side: Side, measurements: Measurements) -> DataComparison | None:
    """Put the measured files of a study beside its simulation, or beside its predicted crystal; None without files."""
    saxs, tem = measurements.saxs, measurements.tem
    measured = [(one, kind.upper()) for kind, one in measurements.by_kind().items()]
    if not measured:
        return None
    notes: list[str] = []
    inputs = _inputs(study, measured, notes)
    curve = fitted = None
    if saxs is not None:
        simulated = _study_curve(study, side, saxs, notes)
        curve = _compared(simulated, saxs, notes) if simulated is not None else None
        fitted = fitted_curve(saxs)
    picture = side.analysis.tem if tem is not None and side.analysis is not None else None
    if tem is not None and picture is None:
        notes.append("nothing was simulated, so no picture stands beside the micrograph")
    return DataComparison(curve=curve, fitted=fitted, tem=tem, picture=picture, inputs=inputs, notes=tuple(notes))


def _inputs(study: Study, measured: list[tuple[Any, str]], notes: list[str]) -> ImpliedInputs | None:
    nanocrystal = study.nanocrystal.build()
    observed = tuple(o for measurement, name in measured for o in observed_by(measurement, name, nanocrystal.shape))
    try:
        return implied_inputs(nanocrystal, study.ligand.build(), observed)
    except InputError as error:
        notes.append(str(error))
        return None


def _study_curve(study: Study, side: Side, saxs: SaxsMeasurement, notes: list[str]) -> ScatteringCurve | None:
    if side.analysis is not None:
        simulated = side.analysis.saxs
        label = f"simulated, {side.analysis.n_sampled} frames"
        return ScatteringCurve(
            q_inv_nm=simulated.q_inv_nm,
            intensity=simulated.intensity,
            q_min_trusted_inv_nm=simulated.q_min_trusted_inv_nm,
            label=label,
        )
    best = likeliest(side.prediction)
    if best is None or best.name not in LATTICE_NAMES:
        notes.append("no curve stands beside the measured one: the study is neither simulated nor of one kind")
        return None
    nearest = best.a_nm / float(unit_cell(best.name).cell[0, 0])
    model = replace(
        studied_crystal(study.nanocrystal.build().shape, best.name, nearest),
        size_spread=study.nanocrystal.size_spread,
        displacement_nm=UNKNOWN_DISORDER * nearest,
        domain_nm=study.structure.domain_nm,
    )
    curve = model.curve(saxs.curve.q_inv_nm[saxs.curve.q_inv_nm > 0])
    return replace(curve, label=f"predicted {best.name}, {nearest:.2f} nm")


def _common_range(drawn: list[CurveComparison]) -> tuple[float, float]:
    """The range of q that all curves have [1/nm]; where they have none in common, the first one's."""
    if not drawn:
        return 0.0, 0.0
    low, high = max(c.q_inv_nm[0] for c in drawn), min(c.q_inv_nm[-1] for c in drawn)
    return (low, high) if low < high else (drawn[0].q_inv_nm[0], drawn[0].q_inv_nm[-1])


def _compared(curve: ScatteringCurve, saxs: SaxsMeasurement, notes: list[str]) -> CurveComparison | None:
    try:
        return compare_curves(curve, saxs.curve)
    except InputError as error:
        notes.append(str(error))
        return None
