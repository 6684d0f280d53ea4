"""Columns of numbers out of a text file: comments, headers, separators and decimal commas."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError

FloatArray = NDArray[np.float64]

_BEGINS_WITH_NUMBER = re.compile(r"[-+]?[.,]?\d")
COMMENT_MARKS = ("#", "%", "!", "//", "'", '"')
MAX_COLUMNS = 4
NIST_COLUMNS = 6
"""q, I, its deviation, that of q, the mean q and the shadow factor: what NIST and ANSTO write."""

_INVERSE_NM = re.compile(
    r"(1\s*/\s*nm|n_?m\s*\^?\s*\{?[-\u2212\u207b]\s*[1\u00b9]|(?<![a-z])inv(?:erse)?[ _]?nm)", re.IGNORECASE
)
_INVERSE_ANGSTROM = re.compile(
    r"(1\s*/\s*(?:A\b|\u00c5|\u212b|ang)|(?:\bA|\u00c5|\u212b|angstroms?)\s*\^?\s*\{?[-\u2212\u207b]\s*[1\u00b9]"
    r"|(?<![a-z])inv(?:erse)?[ _]?ang)",
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
    """The table of numbers in a text, with two to four columns, or the six that NIST writes.

    Lines before the table are its header, words after its last row its trailer (Anton Paar writes XML there). A comma
    is a decimal comma only where blanks, tabs or semicolons part the columns; where commas alone could be both, the
    file is refused. Missing values (``nan``, ``-1.#IND``) are kept as NaN.

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
    rows = [(n, re.split(r"\s#", line)[0].strip()) for n, line in lines if not line.startswith(COMMENT_MARKS)]
    separator, decimal_comma = _separator([line for _, line in rows], name)
    parsed = [(n, _numbers(line, separator, decimal_comma)) for n, line in rows]
    widths = Counter(len(numbers) for _, numbers in parsed if numbers is not None and len(numbers) >= 2)
    if not widths:
        raise InputError(f"{name} has no rows of two or more numbers. Give columns q, intensity, perhaps uncertainty.")
    width = widths.most_common(1)[0][0]
    if width > MAX_COLUMNS and width != NIST_COLUMNS:
        raise InputError(f"{name} has {width} columns. Keep q, intensity and perhaps its uncertainty and that of q.")
    of_width = [k for k, (_, numbers) in enumerate(parsed) if numbers is not None and len(numbers) == width]
    first, last = _table_start(parsed, of_width), of_width[-1]
    table = []
    for n, numbers in parsed[first : last + 1]:
        if numbers is None or len(numbers) != width:
            raise InputError(f"{name}, line {n}: expected {width} numbers as in the rows before. Remove or repair it.")
        table.append(numbers)
    values = np.array(table)
    if width == NIST_COLUMNS:
        values = _of_nist(values, name)
    trailer = [line for _, line in rows[last + 1 :]]
    for n, line in rows[last + 1 :]:
        if _BEGINS_WITH_NUMBER.match(line):
            raise InputError(f"{name}, line {n}: expected {width} numbers as in the rows before. Remove or repair it.")
    header = comments + [line for _, line in rows[:first]]
    notes = [f"{first} header line{'s' * (first != 1)} skipped"] if first else []
    if trailer:
        notes.append(f"{len(trailer)} line{'s' * (len(trailer) != 1)} after the table skipped")
    if width == NIST_COLUMNS:
        notes.append("six columns as NIST writes them: the width of q, its mean and the shadow factor are not used")
    if decimal_comma:
        notes.append("commas read as decimal commas")
    shown = {None: "blanks", "\t": "tab"}.get(separator, separator or "")
    return TextColumns(values, _unit_named(header) or _unit_named(trailer), shown, tuple(notes))


def _table_start(parsed: list[tuple[int, list[float] | None]], of_width: list[int]) -> int:
    """The first of the rows from which every second one at least is a row: a header may hold rows as wide."""
    for k, start in enumerate(of_width[:-1]):
        if of_width[k + 1] == start + 1:
            # Headers of Anton Paar and of ISIS hold lines of numbers too: the table begins after the last break.
            inside = [n for n in range(start, min(start + 8, len(parsed))) if n in of_width]
            if len(inside) == min(8, len(parsed) - start):
                return start
    return of_width[0]


def _of_nist(values: FloatArray, name: str) -> FloatArray:
    """q, I and its deviation of the six columns that NIST and ANSTO write.

    Raises
    ------
    InputError
        If the fifth column is no mean q, or the last no shadow factor.
    """
    q, mean_q, shadow = values[:, 0], values[:, 4], values[:, 5]
    near = np.abs(mean_q - q) <= 0.5 * np.abs(q)
    if np.mean(near) < 0.9 or np.any(shadow < 0) or np.any(shadow > 1.05):
        raise InputError(f"{name} has 6 columns. Keep q, intensity and perhaps its uncertainty and that of q.")
    return values[:, :3]


def _separator(lines: list[str], name: str) -> tuple[str | None, bool]:
    """Column separator (None is blanks) and whether a comma is the decimal mark."""
    body = [line for line in lines if _BEGINS_WITH_NUMBER.match(line)][:200] or lines[:200]
    for mark in (";", "\t"):
        if sum(mark in line for line in body) > len(body) / 2:
            comma = any(re.search(r"\d,\d", line) for line in body) and not any("." in line for line in body)
            return mark, comma
    if sum("," in line for line in body) <= len(body) / 2:
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


# How compilers of Windows print what is no number.
_NOT_A_NUMBER = re.compile(r"[-+]?1\.#(?:IND|QNAN|SNAN|INF)\d*", re.IGNORECASE)


def _plain(word: str, decimal_comma: bool) -> str:
    if _NOT_A_NUMBER.fullmatch(word):
        return "nan"
    if decimal_comma:
        word = word.replace(",", ".")
    # Fortran writes 1.0D-03.
    return re.sub(r"(?<=[\d.])[dD](?=[-+\d])", "e", word)


def _unit_named(header: list[str]) -> str | None:
    text = "\n".join(header)
    found = {u for u, pattern in (("1/nm", _INVERSE_NM), ("1/angstrom", _INVERSE_ANGSTROM)) if pattern.search(text)}
    return found.pop() if len(found) == 1 else None
