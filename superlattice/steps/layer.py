"""What a two-dimensional trajectory looks like: order and lattice in its plane, and nothing that needs a third axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packing.configuration import Configuration
from structure.order.layers import LayerReport, measure_layer
from superlattice.pictures.figures import new_figure, save_figure
from superlattice.steps.crystal import CrystalFinding, find_layer

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NOTE = "two-dimensional: scattering, TEM and the Bravais lattice are of three dimensions, and were left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerAnalysis:
    """Everything measured on a two-dimensional trajectory: the order of its frames.

    ``notes`` say what was assumed of the file and what was left out.
    """

    layers: tuple[LayerReport, ...]
    notes: tuple[str, ...] = (NOTE,)

    @property
    def first(self) -> LayerReport:
        """Order of the first frame."""
        return self.layers[0]

    @property
    def last(self) -> LayerReport:
        """Order of the last frame."""
        return self.layers[-1]

    @property
    def finding(self) -> CrystalFinding:
        """Whether the last frame is a crystal of the plane, and by what."""
        return find_layer(self.layers)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "dimensions": 2,
            "assembles": self.finding.assembles,
            "is_crystal": self.finding.word,
            "assembles_by": self.finding.note,
            "order_first": self.first.to_dict(),
            "order_last": self.last.to_dict(),
            "notes": list(self.notes),
        }

    def summary(self) -> str:
        """The numbers a person asks for first."""
        lines = [self.finding.sentence()]
        lines += [f"order at the start: {self.first.summary()}"] if len(self.layers) > 1 else []
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    def plot(self) -> Figure:
        """The last frame coloured by its order, beside the order of all frames."""
        figure = new_figure(10.0, 4.4)
        left, right = figure.subplots(1, 2)
        self.last.plot(left)
        self._plot_history(right)
        return figure

    def save_figures(self, folder: Path) -> None:
        """Write ``layer.png`` and ``order.png``."""
        save_figure(folder / "layer.png", self.last.plot)
        save_figure(folder / "order.png", self._plot_history)

    def _plot_history(self, ax: Axes) -> Axes:
        steps = [layer.step for layer in self.layers]
        numbered = len(set(steps)) < len(steps)
        xs = list(range(len(steps))) if numbered else steps
        ax.plot(xs, [layer.psi4_mean for layer in self.layers], marker=".", label="$|\\psi_4|$")
        ax.plot(xs, [layer.psi6_mean for layer in self.layers], marker=".", label="$|\\psi_6|$")
        ax.set(xlabel="frame" if numbered else "step", ylabel="bond order, mean over particles", ylim=(0, 1.03))
        ax.legend()
        return ax


def analyze_layers(frames: Sequence[Configuration], *, notes: Sequence[str] = ()) -> LayerAnalysis:
    """Measure the frames of a two-dimensional trajectory.

    Raises
    ------
    InputError
        If a frame has fewer than five particles, or all of them on a line.
    """
    return LayerAnalysis(layers=tuple(measure_layer(frame) for frame in frames), notes=(NOTE, *notes))
