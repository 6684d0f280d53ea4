"""A radiating cluster out of a periodic box."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.configuration import box_to_cell
from packing.errors import InputError

FloatArray = NDArray[np.float64]


def cut_at_widest_gap(positions_nm: ArrayLike, box: ArrayLike) -> FloatArray:
    """Positions moved by whole cell vectors so that the box is cut where it is emptiest, shape (N, 3).

    Wrapped positions cut a layer of dots in two: the halves lie a box apart and radiate less together.

    Parameters
    ----------
    positions_nm
        Centres [nm], shape (N, 3).
    box
        Periodic box as in `packing.configuration`.

    Examples
    --------
    >>> wrapped = np.array([[-4.9, 0, 0], [4.9, 0, 0], [3.9, 0, 0]])
    >>> np.ptp(cut_at_widest_gap(wrapped, [10, 10, 10])[:, 0]).round(6)
    np.float64(1.2)
    """
    x = np.asarray(positions_nm, dtype=float)
    edges = np.asarray(box, dtype=float)
    cell = box_to_cell(edges if edges.size == 6 else np.concatenate([edges, np.zeros(3)]))
    fractions = x @ np.linalg.inv(cell)
    for axis in range(3):
        along = np.sort(fractions[:, axis] % 1.0)
        gaps = np.diff(np.append(along, along[0] + 1))
        last = int(np.argmax(gaps))
        cut = along[last] + gaps[last] / 2
        fractions[:, axis] = (fractions[:, axis] - cut) % 1.0
    return np.asarray(fractions @ cell)


def central_cluster(positions_nm: ArrayLike, n_dots: int) -> NDArray[np.int64]:
    """Indices of the dots of a compact sub-cube around the middle, nearest first by the largest coordinate.

    Parameters
    ----------
    positions_nm
        Centres [nm], shape (N, 3).
    n_dots
        Number of dots to take.

    Raises
    ------
    InputError
        If more dots are asked for than there are.
    """
    x = np.asarray(positions_nm, dtype=float)
    if not 1 <= n_dots <= len(x):
        raise InputError(f"n_dots must lie between 1 and {len(x)}, got {n_dots}.")
    middle = (x.max(axis=0) + x.min(axis=0)) / 2
    return np.argsort(np.abs(x - middle).max(axis=1), kind="stable")[:n_dots]
