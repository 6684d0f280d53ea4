"""The ``[sweep]`` table: which keys of a study take which values, and so which studies a campaign holds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from packing.checks import did_you_mean
from packing.errors import InputError
from superlattice.study.sweep_keys import OPTIONS, check_key, check_table

RANGE_KEYS = {"start", "stop", "step", "num"}
SEED = "assembly.seed"
MAX_JOBS, MAX_SEED = 1_000_000, 65535

Column = tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]
"""Keys that change together, and the rows of their values."""

Assignment = dict[str, Any]
"""One value for each swept key, by dotted name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A checked ``[sweep]`` table.

    Parameters
    ----------
    columns
        Groups of keys that change together, each with its rows of values; groups combine with each other.
    replicas
        How many seeds each combination gets, counted up from the study's seed.
    skip_impossible
        Leave combinations out that cannot be, instead of refusing the campaign.

    Examples
    --------
    >>> sweep = read_sweep({"ligand": {"n_carbons": [8, 12]}, "replicas": 2})
    >>> sweep.keys, sweep.n_jobs
    (('ligand.n_carbons',), 4)
    """

    columns: tuple[Column, ...]
    replicas: int = 1
    skip_impossible: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The swept keys by dotted name, without the seed of replicas."""
        return tuple(key for names, _ in self.columns for key in names)

    @property
    def n_jobs(self) -> int:
        """Number of combinations times replicas."""
        return math.prod(len(rows) for _, rows in self.columns) * self.replicas

    def assignments(self) -> Iterator[Assignment]:
        """Every combination, the last column fastest; replicas are the caller's to number."""
        names = self.keys
        for rows in product(*(rows for _, rows in self.columns)):
            yield dict(zip(names, (value for row in rows for value in row), strict=True))


def read_sweep(table: dict[str, Any]) -> Sweep:
    """Check a ``[sweep]`` table.

    Raises
    ------
    InputError
        For keys that no study has, that are no physics, or are given twice; for lists and ranges without values.
    """
    _check_options(table)
    columns: list[Column] = [((key,), _once(key, [(v,) for v in _values(key, given)])) for key, given in _flat(table)]
    zipped = table.get("zip", [])
    columns += [_zip(entry) for entry in ([zipped] if isinstance(zipped, dict) else zipped)]
    sweep = Sweep(
        columns=tuple(columns),
        replicas=table.get("replicas", 1),
        skip_impossible=table.get("skip_impossible", False),
    )
    names = sweep.keys
    for key in names:
        if names.count(key) > 1:
            raise InputError(f"sweep: {key} is given twice. Keep one of them.")
    if SEED in names and sweep.replicas > 1:
        raise InputError(f"sweep: {SEED} and replicas both set the seed. Keep one of them.")
    if sweep.n_jobs > MAX_JOBS:
        raise InputError(f"sweep: {sweep.n_jobs} jobs are more than the limit of {MAX_JOBS}. Use fewer values.")
    return sweep


def _check_options(table: dict[str, Any]) -> None:
    replicas = table.get("replicas", 1)
    if not isinstance(replicas, int) or isinstance(replicas, bool) or not 1 <= replicas <= MAX_SEED:
        raise InputError(f"sweep: replicas must be a whole number from 1 to {MAX_SEED}, got {replicas!r}.")
    if not isinstance(table.get("skip_impossible", False), bool):
        raise InputError(f"sweep: skip_impossible must be true or false, got {table['skip_impossible']!r}.")
    zipped = table.get("zip", [])
    tables = zipped if isinstance(zipped, list) else [zipped]
    if not all(isinstance(entry, dict) for entry in tables):
        raise InputError("sweep: zip must be a table of columns, [sweep.zip], or several, [[sweep.zip]].")


def _flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves by dotted name: TOML nests ``ligand.n_carbons`` unless it is quoted; a range is a leaf."""
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and not (value.keys() & RANGE_KEYS) and name not in OPTIONS:
            if not value:
                raise InputError(f"sweep: {name} is an empty table. Give it values, or remove it.")
            check_table(name)
            yield from _flat(value, f"{name}.")
        elif name in OPTIONS:
            continue
        else:
            check_key(name)
            yield name, value


def _zip(entry: dict[str, Any]) -> Column:
    lists = {key: _values(key, given) for key, given in _flat(entry)}
    if not lists:
        raise InputError("sweep: a zip table has no columns. Give it lists of the same length, or remove it.")
    lengths = {key: len(values) for key, values in lists.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{key} has {n}" for key, n in lengths.items())
        raise InputError(f"sweep: zipped columns must have the same number of values: {shown}.")
    return tuple(lists), _once(f"zip of {', '.join(lists)}", list(zip(*lists.values(), strict=True)))


def _once(what: str, rows: list[tuple[Any, ...]]) -> tuple[tuple[Any, ...], ...]:
    """The rows, if none is there twice; a column of a zip may repeat a value."""
    if len({repr(row) for row in rows}) < len(rows):
        noun = "value" if len(rows[0]) == 1 else "row"
        raise InputError(f"sweep: {what} has a {noun} twice. For several seeds use replicas.")
    return tuple(rows)


def _values(key: str, given: Any) -> list[Any]:
    if isinstance(given, dict):
        return _range(key, given)
    if not isinstance(given, list):
        raise InputError(f"sweep: {key} must be a list or a range {{start, stop, step or num}}, got {given!r}.")
    if not given:
        raise InputError(f"sweep: {key} is an empty list. Give it values, or remove it.")
    if any(isinstance(v, float) and not math.isfinite(v) for v in given):
        raise InputError(f"sweep: {key} has a value that is not finite, {given!r}. Correct it.")
    return given


def _range(key: str, given: dict[str, Any]) -> list[Any]:
    for name, value in given.items():
        if name not in RANGE_KEYS:
            hint = did_you_mean(name, RANGE_KEYS)
            raise InputError(f"sweep: {key}: unknown key '{name}' of a range.{hint} Known: start, stop, step, num.")
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise InputError(f"sweep: {key}: {name} must be a finite number, got {value!r}.")
    if not {"start", "stop"} <= given.keys() or ("step" in given) == ("num" in given):
        raise InputError(f"sweep: {key}: a range needs start, stop, and one of step and num, got {given!r}.")
    start, stop = given["start"], given["stop"]
    if "num" in given:
        if not isinstance(given["num"], int) or not 1 <= given["num"] <= MAX_JOBS:
            raise InputError(f"sweep: {key}: num must be a whole number from 1 to {MAX_JOBS}, got {given['num']!r}.")
        if start == stop and given["num"] > 1:
            raise InputError(f"sweep: {key}: start and stop are both {start!r}, so num must be 1.")
        return [_tidy(float(v)) for v in np.linspace(start, stop, given["num"])]
    step = given["step"]
    if step == 0 or (stop - start) / step < 0:
        raise InputError(f"sweep: {key}: no value lies from {start!r} to {stop!r} in steps of {step!r}.")
    # The last value may miss `stop` by rounding only.
    n = math.floor(_limited(key, (stop - start) / step) + 1e-9) + 1
    values = [start + i * step for i in range(n)]
    return values if all(isinstance(v, int) for v in (start, step)) else [_tidy(v) for v in values]


def _limited(key: str, n: float) -> float:
    if n > MAX_JOBS:
        raise InputError(f"sweep: {key}: the range has more than {MAX_JOBS} values. Use a larger step.")
    return n


def _tidy(value: float) -> float:
    """0.30000000000000004 is 0.3: the last digits of a sum are no choice of the user, but would name another job."""
    return float(f"{value:.12g}")
