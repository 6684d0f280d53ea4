"""Miller indices of the reflections that a measurement shows, as a figure writes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from structure.crystals.reciprocal import lattice_parameters, peak_families

FloatArray = NDArray[np.float64]

PLANAR = ("hexagonal", "square")
SAME = 0.006
"""Reflections nearer to each other than this part of their q are one mark: a fit gives them one area."""


def named_reflections(phase: str, a_nm: float, c_nm: float | None, q_max_inv_nm: float) -> tuple[FloatArray, list[str]]:
    """Where the reflections of a phase lie and what they are called, lowest first.

    Parameters
    ----------
    phase
        A cubic, hexagonal or tetragonal phase of `structure.crystals.cells`, ``"lamellar"``, or ``"hexagonal"`` and
        ``"square"`` in the plane.
    a_nm, c_nm
        Lattice parameters [nm]; c of hcp and bct.
    q_max_inv_nm
        Highest q [1/nm].

    Returns
    -------
    ndarray, list of str
        Scattering vectors [1/nm] and indices; of reflections in one place the first family stands for all.

    Examples
    --------
    >>> q, names = named_reflections("fcc", 12.73, None, 1.75)
    >>> names, q.round(2).tolist()
    (['111', '200', '220', '311', '222'], [0.85, 0.99, 1.4, 1.64, 1.71])
    >>> named_reflections("hexagonal", 10.0, None, 1.5)[1]
    ['10', '11', '20']
    """
    if phase == "lamellar":
        orders = np.arange(1, int(q_max_inv_nm * a_nm / (2 * np.pi)) + 1)
        return np.asarray(2 * np.pi * orders / a_nm, dtype=np.float64), [str(n) for n in orders]
    if phase in PLANAR:
        return _planar(phase, a_nm, q_max_inv_nm)
    ratio = None if c_nm is None else c_nm / a_nm
    nearest = a_nm / lattice_parameters(phase, 1.0, ratio)[0]
    families = peak_families(phase, ratio, q_max_inv_nm * nearest * 1.02, merge_axes=True)
    kept = families.length / nearest <= q_max_inv_nm
    hkl = families.hkl[kept]
    if phase == "hcp":
        hkl = _hexagonal_indices(hkl)
    elif phase == "bct":
        hkl = np.column_stack([hkl[:, :2].max(axis=1), hkl[:, :2].min(axis=1), hkl[:, 2]])
    return _merged(families.length[kept] / nearest, [_name(row) for row in hkl])


def _planar(lattice: str, a_nm: float, q_max: float) -> tuple[FloatArray, list[str]]:
    h, k = (x.ravel() for x in np.meshgrid(np.arange(0, 13), np.arange(0, 13), indexing="ij"))
    square = h**2 + k**2 if lattice == "square" else (h**2 + h * k + k**2) * 4 / 3
    q = 2 * np.pi / a_nm * np.sqrt(square)
    kept = (q > 0) & (q <= q_max) & (h >= k)
    order = np.argsort(q[kept], kind="stable")
    return _merged(q[kept][order], [f"{i}{j}" for i, j in zip(h[kept][order], k[kept][order], strict=True)])


def _hexagonal_indices(hkl: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices of the hexagonal cell from those of the orthogonal one with b = sqrt(3) a, which the sums use.

    Of equivalent ones those that are not negative: of |h|, |k| and |h + k| the largest is the sum of the other two.
    """
    h, k, m = hkl.T
    k = (k - h) // 2
    basal = np.sort(np.abs(np.stack([h, k, h + k])), axis=0)
    return np.stack([basal[1], basal[0], m], axis=1)


def _name(hkl: Sequence[int]) -> str:
    """``111``; with a bar as a sign, and blanks where an index has two digits."""
    parts = [str(int(i)) for i in hkl]
    return (" " if any(len(p.lstrip("-")) > 1 for p in parts) else "").join(parts)


def _merged(q: FloatArray, names: list[str]) -> tuple[FloatArray, list[str]]:
    if not len(q):
        return q, []
    first = np.flatnonzero(np.append(True, np.diff(q) > SAME * q[:-1]))
    return q[first], [names[i] for i in first]
