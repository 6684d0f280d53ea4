"""Functions of plain values that several steps of a run ask for: worked out once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def remembered(function: F) -> F:
    """The function with its last 256 answers kept: asked again with equal arguments, it gives the same object.

    Only for functions that depend on nothing but their arguments, which must be frozen, as their answer must be.

    Examples
    --------
    >>> @remembered
    ... def area(edge_nm: float) -> list[float]:
    ...     return [edge_nm**2]
    >>> area(2.0) is area(2.0)
    True
    """
    return cast(F, lru_cache(maxsize=256)(function))
