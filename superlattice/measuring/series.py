"""A series of samples: what each measured quantity does with a parameter, drawn and fitted by a line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from structure.measured.drawing import DATA, MODEL, key_beside
from structure.printed import plus_minus
from superlattice.files import plain, write_json, write_text
from superlattice.measuring.figure_parts import FORMATS, header, write_figure_as
from superlattice.measuring.kinds import kind_named
from superlattice.measuring.table import MeasuredFiles, csv_text
from superlattice.pictures.figures import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

FloatArray = NDArray[np.float64]

MANY = 40
"""Files of a series from which on their marks are small, so that the line is seen."""
MOST_PANELS = 4
"""Quantities that one figure has room for."""
FEWEST = 3
"""Points from which a line can be told."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trend:
    r"""A line through one quantity: :math:`y = y_0 + b\,(x - \bar x)`, weighted by the stated uncertainties.

    Parameters
    ----------
    quantity
        Column.
    n
        Points.
    middle
        Mean of the parameter.
    value, value_sd
        y there and its standard uncertainty [unit of the column].
    slope, slope_sd
        Change per unit of the parameter and its standard uncertainty.
    change, change_sd
        Over the whole range of the parameter.
    chi_square_per_point
        Squared deviations from the line in units of the stated uncertainties, per degree of freedom. Where it is above
        1 the uncertainties of the line are larger by its root.
    """

    quantity: str
    n: int
    middle: float
    value: float
    value_sd: float
    slope: float
    slope_sd: float
    change: float
    change_sd: float
    chi_square_per_point: float

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredSeries:
    """Measured files along a parameter, beside what is predicted and simulated for the same samples.

    Parameters
    ----------
    parameter
        Its name, with the unit in it.
    values
        One for each row, shape (n,); NaN where a file has none.
    table
        What was measured.
    beside
        Curves to draw with the measured ones, by quantity: name, values of the parameter and of the quantity.
    """

    parameter: str
    values: FloatArray
    table: MeasuredFiles
    beside: Mapping[str, Sequence[tuple[str, FloatArray, FloatArray]]] = field(default_factory=dict)

    @property
    def trends(self) -> list[Trend]:
        """A line through every quantity that at least three files tell with an uncertainty."""
        kind = kind_named(self.table.kind)
        made = [self._trend(column, sd) for column, sd, said in kind.numbers if said and sd]
        return [trend for trend in made if trend is not None]

    def points(self, column: str, sd_column: str) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.bool_]]:
        """Parameter, value, uncertainty (NaN where none is stated) and whether it is sure, of the rows that have it.

        Parameters
        ----------
        column, sd_column
            Of the table; values in its unit.

        Returns
        -------
        tuple of ndarray
            Each of shape (m,), in the order of the parameter.
        """
        told = [
            (x, float(row[column]), row.get(sd_column) if sd_column else None, row.get("confidence") == "high")
            for x, row in zip(self.values, self.table.rows, strict=True)
            if math.isfinite(x) and row.get(column) is not None
        ]
        told.sort(key=lambda point: point[0])
        x, y = (np.array([p[i] for p in told], dtype=float) for i in (0, 1))
        sd = np.array([math.nan if p[2] is None else float(p[2]) for p in told])
        return x, y, sd, np.array([p[3] for p in told], dtype=bool)

    def _trend(self, column: str, sd_column: str) -> Trend | None:
        x, y, sd, sure = self.points(column, sd_column)
        used = np.isfinite(sd) & (sd > 0) & (sure if np.count_nonzero(sure) >= FEWEST else True)
        x, y, sd = x[used], y[used], sd[used]
        if len(x) < FEWEST or np.ptp(x) == 0:
            return None
        weight = 1 / sd**2
        middle = float(np.average(x, weights=weight))
        design = np.stack([np.ones_like(x), x - middle], axis=1)
        # About the weighted mean of x both numbers are independent.
        (value, slope), _, _, _ = np.linalg.lstsq(design / sd[:, None], y / sd, rcond=None)
        chi = float(np.sum(((y - design @ [value, slope]) / sd) ** 2)) / (len(x) - 2)
        grown = math.sqrt(max(1.0, chi))
        value_sd = grown / math.sqrt(float(weight.sum()))
        slope_sd = grown / math.sqrt(float(np.sum(weight * (x - middle) ** 2)))
        span = float(np.ptp(x))
        return Trend(
            quantity=column, n=len(x), middle=middle, value=float(value), value_sd=value_sd, slope=float(slope),
            slope_sd=slope_sd, change=float(slope) * span, change_sd=slope_sd * span, chi_square_per_point=chi,
        )  # fmt: skip

    def summary(self) -> str:
        """The trends in words, one line each."""
        words = {column: said for column, _, said in kind_named(self.table.kind).numbers}
        lines = []
        for t in self.trends:
            # Of what does not change, or is nothing, a part says nothing.
            tells = t.value and abs(t.change) > t.change_sd
            relative = f" ({100 * t.change / t.value:+.2g} % of the mean)" if tells else ""
            lines.append(
                f"{words[t.quantity]} over {self.parameter}: changes by {plus_minus(t.change, t.change_sd)} from end "
                f"to end{relative}; {t.n} files, {t.chi_square_per_point:.1f} squared deviations per point from a line"
            )
        missing = int(np.count_nonzero(~np.isfinite(self.values)))
        return "\n".join(lines + ([f"{missing} files have no {self.parameter}"] if missing else []))

    def to_dict(self) -> dict[str, Any]:
        """Plain data: the parameter of each row, and the trends."""
        return {
            "parameter": self.parameter,
            "values": plain(self.values.tolist()),
            "trends": [plain(t.to_dict()) for t in self.trends],
            **self.table.to_dict(),
        }

    def to_dataframe(self) -> DataFrame:
        """The rows for pandas, the parameter first."""
        frame = self.table.to_dataframe()
        frame.insert(0, self.parameter, self.values)
        return frame

    def to_csv(self) -> str:
        """The rows as text, the parameter first."""
        rows = [{self.parameter: x} | dict(row) for x, row in zip(self.values, self.table.rows, strict=True)]
        return csv_text([self.parameter, *self.table.columns], rows)

    def plot(self, quantities: Sequence[str] | None = None) -> Figure:
        """Every quantity that varies against the parameter, with its line; pale where the file is unsure.

        Parameters
        ----------
        quantities
            Columns to draw; None takes the first four that the files tell.

        Raises
        ------
        InputError
            If no file tells any.
        """
        kind = kind_named(self.table.kind)
        told = [n for n in kind.numbers if n[2] and len(self.points(n[0], n[1])[0])]
        chosen = told[:MOST_PANELS] if quantities is None else [n for n in kind.numbers if n[0] in quantities]
        if not chosen:
            raise InputError(f"no file with a {self.parameter} could be measured: there is nothing to draw.")
        trends = {t.quantity: t for t in self.trends}
        figure = new_figure(7.6, 1.1 + 2.0 * len(chosen))
        axes = np.atleast_1d(figure.subplots(len(chosen), 1, sharex=True))
        for ax, (column, sd_column, said) in zip(axes, chosen, strict=True):
            x, y, sd, sure = self.points(column, sd_column)
            for which, style in ((sure, {"color": DATA, "label": "measured"}),
                                 (~sure, {"color": "0.7", "label": "measured, low confidence"})):  # fmt: skip
                if which.any():
                    bars = np.where(np.isfinite(sd[which]), sd[which], 0.0)
                    ax.errorbar(
                        x[which],
                        y[which],
                        bars,
                        fmt="o",
                        ms=3.5 if len(x) < MANY else 2.0,
                        capsize=0,
                        elinewidth=0.8,
                        **style,
                    )
            if (t := trends.get(column)) is not None:
                ends = np.array([x.min(), x.max()])
                ax.plot(ends, t.value + t.slope * (ends - t.middle), color=MODEL, lw=1.2, zorder=4,
                        label=f"line: {plus_minus(t.change, t.change_sd)}{_unit(said)}\nfrom end to end")  # fmt: skip
            for i, (name, at, values) in enumerate(self.beside.get(column, ())):
                ax.plot(at, values, "s-" if len(at) < 30 else "-", ms=4, mfc="w", color=f"C{i}", lw=1.0, label=name)
            ax.set_ylabel(said)
            key_beside(ax)
        axes[-1].set_xlabel(self.parameter)
        header(figure, f"{len(self.table.rows)} {kind.noun}s against {self.parameter}", sure=True)
        return figure


def _unit(said: str) -> str:
    """The unit in ``spacing [nm]``, with a blank before it."""
    return f" {said[said.index('[') + 1 : -1]}" if said.endswith("]") else ""


def series_of(
    table: MeasuredFiles,
    parameter: str,
    values: Sequence[float],
    *,
    beside: Mapping[str, Sequence[tuple[str, FloatArray, FloatArray]]] | None = None,
) -> MeasuredSeries:
    """Measured files as a series.

    Parameters
    ----------
    table
        From `measure_files`.
    parameter
        Name of the parameter, with its unit.
    values
        One for each row; NaN where it is not known.
    beside
        As in `MeasuredSeries`.

    Raises
    ------
    InputError
        If there are not as many values as rows.
    """
    if len(values) != len(table.rows):
        raise InputError(
            f"a series needs a value of {parameter} for each of {len(table.rows)} rows, got {len(values)}."
        )
    x = np.array(values, dtype=float)
    x.flags.writeable = False
    return MeasuredSeries(parameter=parameter, values=x, table=table, beside=beside or {})


def save_series(series: MeasuredSeries, folder: str | Path, *, formats: Sequence[str] = ("png", "svg")) -> list[Path]:
    """Write ``series.csv``, ``series.json`` and the figure into a folder; returns them.

    ``formats`` are of `FORMATS`.
    """
    target = Path(folder)
    made = write_figure_as(series.plot(), target / "series", [f for f in formats if f in FORMATS])
    write_text(target / "series.csv", series.to_csv())
    write_json(target / "series.json", series.to_dict())
    return [*made, target / "series.csv", target / "series.json"]
