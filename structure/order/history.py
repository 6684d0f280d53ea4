"""Order against time along a trajectory."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from packing.configuration import Configuration
from packing.errors import InputError
from packing.results import none_if_nan
from structure.order.measure import OrderReport, measure_together

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

QUANTITIES = ("cubatic", "face_alignment", "sc_fraction", "sc_fraction_interior", "q4", "q6", "misorientation_fwhm_deg")
_TOGETHER = 2000
"""Particles that are classified at once: enough that what a call costs by itself does not matter."""
_DRAWN = {
    "cubatic": "cubatic order",
    "sc_fraction": "simple cubic, all",
    "face_alignment": "face to face",
    "q6": "$q_6$",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrderHistory:
    """Order of the frames of a trajectory; all arrays have shape (n_frames,).

    Parameters
    ----------
    step
        Step of the simulation.
    packing_fraction
        Volume of the cores over the volume of the box; nan for a free cluster.
    cubatic, face_alignment, sc_fraction, sc_fraction_interior, q4, q6, misorientation_fwhm_deg
        As in `structure.order.measure.OrderReport`; q4 and q6 are means over the particles. Not defined is nan.
    first, last
        Full reports of the first and of the last frame.
    """

    step: NDArray[np.int64]
    packing_fraction: FloatArray
    cubatic: FloatArray
    face_alignment: FloatArray
    sc_fraction: FloatArray
    sc_fraction_interior: FloatArray
    q4: FloatArray
    q6: FloatArray
    misorientation_fwhm_deg: FloatArray
    first: OrderReport
    last: OrderReport

    def __len__(self) -> int:
        return len(self.step)

    def __repr__(self) -> str:
        return (
            f"OrderHistory({len(self)} frames, cubatic {self.cubatic[0]:.2f} -> {self.cubatic[-1]:.2f}, "
            f"sc {100 * self.sc_fraction[0]:.0f} % -> {100 * self.sc_fraction[-1]:.0f} %)"
        )

    def ordering_step(self, threshold: float = 0.9) -> int | None:
        """Number of the first step from which the cubatic order stays above ``threshold``; None if it ends below."""
        below = np.flatnonzero(~(self.cubatic > threshold))
        first = 0 if len(below) == 0 else int(below[-1]) + 1
        return int(self.step[first]) if first < len(self) else None

    def to_dict(self) -> dict[str, list[Any]]:
        """Plain lists for JSON; a number that is not defined is None."""
        names = ("step", "packing_fraction", *QUANTITIES)
        return {name: [none_if_nan(v) for v in getattr(self, name).tolist()] for name in names}

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write one row per frame; an undefined number is an empty field."""
        columns = self.to_dict()
        with Path(path).open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))

    def plot(self, ax: Axes | None = None, **line_style: Any) -> Axes:
        """Draw cubatic order, simple-cubic share, facing and q6 against the step and return the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        for name, label in _DRAWN.items():
            values = getattr(self, name)
            if np.isfinite(values).any():
                ax.plot(self.step, values, **{"label": label, "marker": "." if len(self) < 40 else None} | line_style)
        lowest = min(0.0, *(float(np.nanmin(getattr(self, n), initial=0.0)) for n in _DRAWN))
        ax.set(xlabel="step", ylabel="order parameter", ylim=(lowest - 0.02, 1.03))
        ax.legend()
        return ax


def order_history(trajectory: Iterable[Configuration], *, every: int = 1, seed: int = 0) -> OrderHistory:
    """Measure the order of every ``every``-th frame; the last frame is always included.

    Parameters
    ----------
    trajectory
        A `packing.trajectory.Trajectory` or any sequence of configurations.
    every
        Distance between measured frames.
    seed
        Seed of the search for the cubatic director.

    Raises
    ------
    InputError
        If there are no frames, or ``every`` is below one.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal, ideal_gas
    >>> start = ideal_gas(27, edge_nm=60.0, shapes=cube(8.6))
    >>> end = build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.6), displacement_nm=0.3)
    >>> order_history([start, end]).sc_fraction.tolist()
    [0.0, 1.0]
    """
    if every < 1:
        raise InputError(f"every must be at least 1, got {every}.")
    reports: list[OrderReport] = []
    packing: list[float] = []
    for frames in _groups(_every(trajectory, every)):
        reports += measure_together(frames, seed=seed)
        packing += [_packing_fraction(frame) for frame in frames]
    if not reports:
        raise InputError("trajectory must have at least one frame, got none. Run the assembly first.")
    return OrderHistory(
        step=_frozen(np.array([r.step for r in reports], dtype=np.int64)),
        packing_fraction=_frozen(np.array(packing)),
        first=reports[0],
        last=reports[-1],
        **{name: _frozen(np.array([_value(r, name) for r in reports])) for name in QUANTITIES},
    )


def _every(trajectory: Iterable[Configuration], every: int) -> Iterator[Configuration]:
    """Every so many frames, and the last."""
    skipped: Configuration | None = None
    for k, frame in enumerate(trajectory):
        skipped = frame if k % every else None
        if skipped is None:
            yield frame
    if skipped is not None:
        yield skipped


def _groups(frames: Iterable[Configuration]) -> Iterator[list[Configuration]]:
    """Frames that are measured at once."""
    group: list[Configuration] = []
    for frame in frames:
        group.append(frame)
        if sum(one.n_particles for one in group) >= _TOGETHER:
            yield group
            group = []
    if group:
        yield group


def _value(report: OrderReport, name: str) -> float:
    value: float | FloatArray = getattr(report, name)
    return value if isinstance(value, float) else _finite_mean(value)


def _finite_mean(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _packing_fraction(frame: Configuration) -> float:
    if frame.volume_nm3 is None:
        return float("nan")
    volumes = np.array([shape.volume_nm3 for shape in frame.shapes])
    return float(volumes[frame.species].sum() / frame.volume_nm3)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
