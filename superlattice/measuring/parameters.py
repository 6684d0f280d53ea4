"""Which value of a series' parameter each file has: from a table, from its name, or from its place."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from pathlib import Path

from packing.errors import InputError


def parameter_of(text: str, files: Sequence[Path]) -> tuple[str, list[float]]:
    """The parameter of a series and its value for each file, from ``NAME=WHERE``.

    WHERE is a CSV file with the columns ``file`` and NAME, a pattern of the file name with the number in brackets, or
    ``start:step`` for files in their order. A file without a value has NaN.

    Raises
    ------
    InputError
        For a text of no such form, a file without those columns, and where no file has a value.

    Examples
    --------
    >>> parameter_of("temperature_c=T([0-9]+)", [Path("T20.dat"), Path("T180.dat")])
    ('temperature_c', [20.0, 180.0])
    >>> parameter_of("time_s=0:2.5", [Path("a.dat"), Path("b.dat")])
    ('time_s', [0.0, 2.5])
    """
    name, sign, where = text.partition("=")
    if not sign or not name or not where:
        raise InputError(
            f"--against must look like NAME=WHERE, got {text!r}. WHERE: a CSV file, a pattern, start:step."
        )
    name = name.strip()
    if where.lower().endswith(".csv"):
        values = _from_csv(Path(where), name, files)
    elif re.fullmatch(r"[-+0-9.eE]+:[-+0-9.eE]+", where):
        start, step = (float(part) for part in where.split(":"))
        values = [start + i * step for i in range(len(files))]
    else:
        values = _from_names(where, files)
    if not any(map(math.isfinite, values)):
        raise InputError(f"--against: no file has a {name} by {where!r}, as for {files[0].name}. Correct it.")
    return name, values


def _from_names(pattern: str, files: Sequence[Path]) -> list[float]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise InputError(f"--against: {pattern!r} is no pattern ({error}). Put the number in brackets.") from error
    if compiled.groups != 1:
        raise InputError(f"--against: {pattern!r} needs one pair of brackets, around the number, as in T_([0-9.]+)C.")
    made = []
    for file in files:
        found = compiled.search(file.name)
        try:
            made.append(float(found.group(1)) if found else math.nan)
        except ValueError:
            made.append(math.nan)
    return made


def _from_csv(path: Path, name: str, files: Sequence[Path]) -> list[float]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"--against: {path} cannot be read ({error}). Give a CSV file.") from error
    if not rows or not {"file", name} <= rows[0].keys():
        raise InputError(
            f"--against: {path} needs the columns file and {name}, it has {', '.join(rows[0]) if rows else 'none'}."
        )
    try:
        by_name = {Path(row["file"]).name: float(row[name]) for row in rows if row[name].strip()}
    except (ValueError, AttributeError) as error:
        raise InputError(f"--against: {path} has a {name} that is no number ({error}). Correct it.") from error
    return [by_name.get(file.name, math.nan) for file in files]
