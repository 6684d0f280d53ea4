"""Columns of numbers out of a text file: comments, headers, separators and decimal commas."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError

FloatArray = NDArray[np.float64]

COMMENT_MARKS = ("#", "%", "!", "//", "'", '"')
MAX_COLUMNS = 4

_INVERSE_NM = re.compile(r"(1\s*/\s*nm|nm\s*\^?\s*\{?[-\u2212\u207b]\s*[1\u00b9]|\binv(?:erse)?[ _]?nm)", re.IGNORECASE)
_INVERSE_ANGSTROM = re.compile(
    r"(1\s*/\s*(?:A\b|\u00c5|\u212b|ang)|(?:\bA|\u00c5|\u212b|angstroms?)\s*\^?\s*\{?[-\u2212\u207b]\s*[1\u00b9]"
    r"|\binv(?:erse)?[ _]?ang)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TextColumns:
    """The numbers of a text file (rows, columns), the unit of q its header names, and how it was read."""

    values: FloatArray
    header_unit: str | None
    separator: str
    notes: tuple[str, ...]


def read_columns(text: str, name: str) -> TextColumns:
    """The table of numbers in a text, with two to four columns.

    Lines before the table are its header. A comma is a decimal comma only where blanks, tabs or semicolons part the
    columns; where commas alone could be both, the file is refused.

    Raises
    ------
    InputError
        If there is no table, a line inside it cannot be read, or commas are ambiguous.

    Examples
    --------
    >>> read_columns("q;I\\n0,10;5\\n0,20;3,5\\n", "demo").values.tolist()
    [[0.1, 5.0], [0.2, 3.5]]
    """
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise InputError(f"{name} is empty. Give a file with columns q, intensity and perhaps its uncertainty.")
    comments = [line for _, line in lines if line.startswith(COMMENT_MARKS)]
    rows = [(n, line.split("#")[0].strip()) for n, line in lines if not line.startswith(COMMENT_MARKS)]
    separator, decimal_comma = _separator([line for _, line in rows], name)
    parsed = [(n, _numbers(line, separator, decimal_comma)) for n, line in rows]
    widths = Counter(len(numbers) for _, numbers in parsed if numbers is not None and len(numbers) >= 2)
    if not widths:
        raise InputError(f"{name} has no rows of two or more numbers. Give columns q, intensity, perhaps uncertainty.")
    width = widths.most_common(1)[0][0]
    if width > MAX_COLUMNS:
        raise InputError(f"{name} has {width} columns. Keep q, intensity and perhaps its uncertainty and that of q.")
    first = next(k for k, (_, numbers) in enumerate(parsed) if numbers is not None and len(numbers) == width)
    table = []
    for n, numbers in parsed[first:]:
        if numbers is None or len(numbers) != width:
            raise InputError(f"{name}, line {n}: expected {width} numbers as in the rows before. Remove or repair it.")
        table.append(numbers)
    header = comments + [line for _, line in rows[:first]]
    notes = [f"{first} header lines skipped"] if first else []
    if decimal_comma:
        notes.append("commas read as decimal commas")
    shown = {None: "blanks", "\t": "tab"}.get(separator, separator or "")
    return TextColumns(np.array(table), _unit_named(header), shown, tuple(notes))


def _separator(lines: list[str], name: str) -> tuple[str | None, bool]:
    """Column separator (None is blanks) and whether a comma is the decimal mark."""
    body = [line for line in lines if re.match(r"[-+]?[.,]?\d", line)][:200] or lines[:200]
    for mark in (";", "\t"):
        if sum(mark in line for line in body) > len(body) / 2:
            comma = any(re.search(r"\d,\d", line) for line in body) and not any("." in line for line in body)
            return mark, comma
    if not any("," in line for line in body):
        return None, False
    # With blanks between columns, "0,1 5,2" has commas inside the words and "0.1, 5.2" only at their ends.
    words = [line.split() for line in body]
    inside = all(len(w) >= 2 and not any(x.endswith(",") or x.count(",") > 1 for x in w) for w in words)
    if inside and not any("." in line for line in body):
        return None, True
    fields = [len([f for f in line.split(",") if f.strip()]) for line in body]
    if not any("." in line for line in body) and max(fields) >= 4 and not any(", " in line for line in body):
        raise InputError(
            f"{name}: commas could be decimal marks or separators. Write decimal points or use semicolons."
        )
    return ",", False


def _numbers(line: str, separator: str | None, decimal_comma: bool) -> list[float] | None:
    words = [w.strip() for w in (line.split(separator) if separator else line.split())]
    while words and not words[-1]:
        words.pop()
    try:
        return [float(_plain(w, decimal_comma)) for w in words]
    except ValueError:
        return None


def _plain(word: str, decimal_comma: bool) -> str:
    if decimal_comma:
        word = word.replace(",", ".")
    # Fortran writes 1.0D-03.
    return re.sub(r"(?<=[\d.])[dD](?=[-+\d])", "e", word)


def _unit_named(header: list[str]) -> str | None:
    text = "\n".join(header)
    found = {u for u, pattern in (("1/nm", _INVERSE_NM), ("1/angstrom", _INVERSE_ANGSTROM)) if pattern.search(text)}
    return found.pop() if len(found) == 1 else None
