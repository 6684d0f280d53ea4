"""Checks of arguments, with one wording for all rooms."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable

from packing.errors import InputError


def require_positive(name: str, value: float, unit: str = "") -> float:
    """Return ``value`` if it is a finite number above zero, else raise `InputError`.

    Examples
    --------
    >>> require_positive("edge_nm", 8.6, "nm")
    8.6
    """
    return _require(name, value, unit, value > 0, "must be positive")


def require_non_negative(name: str, value: float, unit: str = "") -> float:
    """Return ``value`` if it is a finite number of at least zero, else raise `InputError`."""
    return _require(name, value, unit, value >= 0, "must not be negative")


def require_between(name: str, value: float, low: float, high: float, unit: str = "", hint: str = "") -> float:
    """Return ``value`` if ``low <= value <= high``, else raise `InputError` with ``hint`` as the next step.

    Parameters
    ----------
    name
        What the value is called in the message.
    value
        What was given.
    low, high
        The ends, both allowed.
    unit
        Unit of all three, for the message.
    hint
        What to do next, for the message.

    Returns
    -------
    float
        The value, in its own unit.
    """
    suffix = f" {unit}" if unit else ""
    rule = f"must lie between {low:g} and {high:g}{suffix}"
    return _require(name, value, unit, low <= value <= high, rule, hint)


def require_known(name: str, value: str, known: Iterable[str]) -> str:
    """Return ``value`` if it is one of ``known``, else raise `InputError` with the nearest name.

    Examples
    --------
    >>> require_known("ligand name", "oleate", ["oleate", "ddab"])
    'oleate'
    """
    names = sorted(known)
    if value in names:
        return value
    raise InputError(f"{name}: {value!r} is not known.{did_you_mean(value, names)} Known: {', '.join(names)}.")


def require_named(what: str, value: str, known: Iterable[str], of_ones_own: str) -> str:
    """Return ``value`` if it is one of ``known``, else raise `InputError` with the three nearest and a way out.

    Parameters
    ----------
    what
        What is named, for the message.
    value
        What was given.
    known
        A library's names.
    of_ones_own
        How to give what the library does not have, one sentence.

    Examples
    --------
    >>> require_named("ligand", "oleat", ["oleate", "ddab"], "Or give n_carbons.")
    Traceback (most recent call last):
        ...
    packing.errors.InputError: ligand: 'oleat' is not known. Did you mean 'oleate'? Or give n_carbons.
    """
    folded = {name.lower(): name for name in known}
    if value in folded.values():
        return value
    near = [repr(folded[k]) for k in difflib.get_close_matches(value.lower(), sorted(folded), n=3, cutoff=0.3)]
    asked = f" Did you mean {near[0]}?" if near else ""
    asked += f" Near it: {', '.join(near[1:])}." if near[1:] else ""
    raise InputError(f"{what}: {value!r} is not known.{asked} {of_ones_own}")


def did_you_mean(value: str, known: Iterable[str]) -> str:
    """A question after the nearest known name, with a space before it; an empty string where none is near.

    Examples
    --------
    >>> did_you_mean("NaCI", ["NaCl", "CsCl"]), did_you_mean("x", ["NaCl"])
    (" Did you mean 'NaCl'?", '')
    """
    folded = {k.lower(): k for k in known}
    near = difflib.get_close_matches(value.lower(), folded, n=1, cutoff=0.6)
    return f" Did you mean {folded[near[0]]!r}?" if near else ""


def _require(name: str, value: float, unit: str, ok: bool, rule: str, hint: str = "") -> float:
    if math.isfinite(value) and ok:
        return value
    got = f"{value:g}{' ' + unit if unit else ''}"
    raise InputError(f"{name} {rule}, got {got}.{' ' + hint if hint else ''}")
