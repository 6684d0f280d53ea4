"""`MeasuredFiles`: what was measured on many files, as rows, averages, table and data frame."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packing.errors import InputError
from structure.printed import plus_minus, with_sd
from superlattice.files import plain, write_text
from superlattice.measuring.averaging import Average, averages
from superlattice.measuring.kinds import Kind, Row, kind_named
from superlattice.measuring.session import told_option

if TYPE_CHECKING:
    from pandas import DataFrame
    from rich.table import Table

TABLE, AVERAGES = "table.csv", "averages.csv"
SHOWN = 6
"""Quantities that a terminal's table has room for; the file has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredFiles:
    """One row for each file, in the order in which they were given.

    Parameters
    ----------
    kind
        ``tem``, ``saxs``, ``pattern`` or ``xrd``.
    rows
        Values by column: ``file``, the numbers with their uncertainties [units in the names], ``confidence``,
        ``reasons``, ``folder`` where its pictures are, and ``error`` with the reason where it could not be measured.
    results
        The measurements, None where there is none; empty if they were not kept.
    options
        What the files were measured with.
    stopped
        Whether it was interrupted: rows of files that were not reached are missing.
    """

    kind: str
    rows: tuple[Row, ...]
    results: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    stopped: bool = False

    def __repr__(self) -> str:
        return f"MeasuredFiles({self.kind}, {len(self.rows)} files, {self.n_failed} not measured)"

    @property
    def n_failed(self) -> int:
        """Number of the files that could not be measured."""
        return sum(bool(row.get("error")) for row in self.rows)

    @property
    def columns(self) -> list[str]:
        """All columns, in the order in which rows first have them, but reasons and what went wrong last."""
        found = dict.fromkeys(key for row in self.rows for key in row)
        last = ("reasons", "folder", "error")
        return [key for key in found if key not in last] + [key for key in last if key in found]

    @property
    def averages(self) -> list[Average]:
        """Mean, spread between files and uncertainty of every quantity, by lattice or phase."""
        return averages(kind_named(self.kind), self.rows)[0]

    def summary(self) -> str:
        """The averages in words, one line each."""
        kind = kind_named(self.kind)
        made, note = averages(kind, self.rows)
        words = {column: said for column, _, said in kind.numbers}
        lines = [f"{len(self.rows)} {kind.noun}{'s' * (len(self.rows) != 1)}" + (f": {note}" if note else "")]
        for one in made:
            if one.n > 1:
                group = f"{one.group}: " if one.group else ""
                mean = plus_minus(one.mean, one.sd) if one.sd > 0 else f"{one.mean:.4g}"
                lines.append(
                    f"{group}{words[one.quantity]}: mean {mean} over {one.n}, "
                    f"spread between {kind.noun}s {one.spread:.2g}"
                )
        if self.stopped:
            lines.append("interrupted: files that were not reached are missing")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: rows, averages, options."""
        return {
            "kind": self.kind,
            "rows": plain([dict(row) for row in self.rows]),
            "averages": [plain(one.to_dict()) for one in self.averages],
            "options": plain({key: told_option(value) for key, value in self.options.items()}),
            "stopped": self.stopped,
        }

    def to_dataframe(self) -> DataFrame:
        """The rows for pandas, a row per file.

        Raises
        ------
        InputError
            Without pandas.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise InputError('table: pandas is not here. Install it: pip install "superlattice[campaign]".') from error
        return pd.DataFrame(plain([dict(row) for row in self.rows]), columns=self.columns)

    def to_csv(self) -> str:
        """The rows as text; what is not known is empty."""
        return csv_text(self.columns, self.rows)

    def save(self, folder: str | Path) -> list[Path]:
        """Write ``table.csv`` and, of several files, ``averages.csv``; returns them."""
        target = Path(folder)
        write_text(target / TABLE, self.to_csv())
        made = [target / TABLE]
        if len(self.rows) > 1 and (found := self.averages):
            write_text(
                target / AVERAGES, csv_text(list(Average.__dataclass_fields__), [one.to_dict() for one in found])
            )
            made.append(target / AVERAGES)
        return made

    def to_rich(self, width: int = 120) -> Table:
        """The table of a terminal of ``width`` letters: as many quantities, with uncertainties, as it has room for."""
        from rich.console import Console
        from rich.measure import Measurement

        console = Console(width=10_000)
        for n in range(SHOWN, 0, -1):
            table = self._rich(n)
            if Measurement.get(console, console.options, table).maximum <= width:
                break
        return table

    def _rich(self, n: int) -> Table:
        from rich.markup import escape
        from rich.table import Table

        kind = kind_named(self.kind)
        shown = _shown(kind, self.rows)[:n]
        words = [name for name in kind.columns if any(row.get(name) is not None for row in self.rows)][:2]
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("file", overflow="fold")
        for name in words:
            table.add_column(name)
        for _, _, said in shown:
            table.add_column(escape(said), justify="right", no_wrap=True)
        for row in self.rows:
            if row.get("error"):
                table.add_row(escape(row["file"]), "[red]not measured[/red]")
            else:
                cells = [_number(row, column, sd) for column, sd, _ in shown]
                table.add_row(escape(row["file"]), *(str(row.get(name)) for name in words), *cells)
        return table


def _shown(kind: Kind, rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    return [n for n in kind.numbers if n[2] and any(row.get(n[0]) is not None for row in rows)]


def _number(row: Row, column: str, sd_column: str) -> str:
    value = row.get(column)
    if value is None:
        return "–"
    if not sd_column:
        return f"{value:.3g}"
    sd = row.get(sd_column)
    return with_sd(float(value), None if sd is None else float(sd))


def csv_text(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows of ``columns`` as CSV with a line of names; what is not known is empty."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(columns), lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(plain([dict(row) for row in rows]))
    return buffer.getvalue()
