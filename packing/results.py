"""What every result shares: arrays that nobody can change, and numbers that JSON can hold."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray


def frozen(values: ArrayLike) -> NDArray[np.float64]:
    """A read-only copy in double precision, of the shape and unit of ``values``.

    Parameters
    ----------
    values
        Any array.

    Returns
    -------
    ndarray
        Of the same shape and unit.

    Examples
    --------
    >>> frozen([1, 2]).flags.writeable
    False
    """
    copy = np.array(values, dtype=np.float64)
    copy.flags.writeable = False
    return copy


def none_if_nan(value: float) -> float | None:
    """The number, or None where it is infinite or none: JSON has no word for either.

    Parameters
    ----------
    value
        A number.

    Returns
    -------
    float or None
        In the unit of ``value``.

    Examples
    --------
    >>> none_if_nan(2.5), none_if_nan(math.nan)
    (2.5, None)
    """
    return float(value) if math.isfinite(value) else None
