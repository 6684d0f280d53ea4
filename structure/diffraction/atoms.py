"""Scattering of single atoms."""

from __future__ import annotations

import functools

import numpy as np
import xraydb
from numpy.typing import ArrayLike, NDArray

from packing.errors import InputError

FloatArray = NDArray[np.float64]


def atomic_form_factor(element: str, q_inv_nm: ArrayLike) -> FloatArray:
    r"""Form factor f0(q) of an atom or ion [electrons], from the table of Waasmaier and Kirfel as in xraydb.

    Anomalous scattering is left out: it matters near an absorption edge.

    Parameters
    ----------
    element
        Symbol, such as ``"Pb"`` or ``"Br1-"``.
    q_inv_nm
        Scattering vector [1/nm], any shape.

    Raises
    ------
    InputError
        For a symbol that is not in the table.

    References
    ----------
    D. Waasmaier and A. Kirfel, Acta Cryst. A 51, 416 (1995), doi:10.1107/S0108767394013292.

    Examples
    --------
    >>> atomic_form_factor("Pb", [0.0]).round(0).tolist()
    [82.0]
    """
    q = np.asarray(q_inv_nm, dtype=float)
    require_atom(element)
    # xraydb takes sin(theta)/lambda in 1/angstrom: q/4 pi with 1 nm = 10 angstrom.
    s = np.ascontiguousarray(q.ravel() / (40 * np.pi))
    return np.asarray(xraydb.f0(element, s), dtype=float).reshape(q.shape)


def require_atom(element: str) -> None:
    """Raise unless an atom or ion is in the table.

    Raises
    ------
    InputError
        For a symbol that is not.

    Examples
    --------
    >>> require_atom("Br1-")
    """
    if element not in _known():
        raise InputError(f"atom {element!r} is not known. Give a symbol such as 'Pb' or an ion such as 'Br1-'.")


def debye_waller_factor(b_nm2: float, q_inv_nm: ArrayLike) -> FloatArray:
    r"""Damping of an amplitude by thermal motion, :math:`e^{-Bq^2/16\pi^2}`, with B [nm^2] (1 square angstrom = 0.01).

    Parameters
    ----------
    b_nm2
        Debye-Waller factor B [nm^2]; 0 for atoms at rest.
    q_inv_nm
        Scattering vectors :math:`4\pi\sin\theta/\lambda` [1/nm], any shape.

    Examples
    --------
    >>> debye_waller_factor(0.02, [0.0, 20.0]).round(3).tolist()
    [1.0, 0.951]

    References
    ----------
    K. N. Trueblood et al., Acta Cryst. A 52, 770 (1996), doi:10.1107/S0108767396005697: B is 8 pi^2 times the mean
    square displacement along q.
    """
    q = np.asarray(q_inv_nm, dtype=float)
    return np.asarray(np.exp(-b_nm2 * q**2 / (16 * np.pi**2)))


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(xraydb.f0_ions())
