"""Scattering of single atoms."""

from __future__ import annotations

import functools
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import constants

from packing.checks import require_positive
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
    return np.asarray(_xraydb().f0(element, s), dtype=float).reshape(q.shape)


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


#: Constant of the Mott-Bethe formula, m e^2/(8 pi eps0 h^2) [1/angstrom] with s = sin(theta)/lambda.
_MOTT_BETHE = 0.0239337
#: Below this s [1/angstrom] Z - f0 is a small difference of fitted numbers.
_LOWEST_S = 0.06


def electron_form_factor_nm(element: str, q_inv_nm: ArrayLike) -> FloatArray:
    r"""Scattering amplitude of a neutral atom for fast electrons [nm], in the first Born approximation.

    The formula of Mott and Bethe on `atomic_form_factor`, without the relativistic mass:

    .. math:: f_e(s) = \frac{me^2}{8\pi\varepsilon_0h^2}\,\frac{Z - f_0(s)}{s^2},\qquad s = \frac{q}{4\pi}

    Towards q = 0, where the table no longer resolves the difference, 1/f_e is extrapolated linearly in s squared (the
    form of a screened Coulomb potential).

    Parameters
    ----------
    element
        Symbol of a neutral atom.
    q_inv_nm
        Scattering vector [1/nm], any shape.

    Raises
    ------
    InputError
        For a symbol that is not in the table.

    References
    ----------
    H. Bethe, Ann. Phys. 397, 325 (1930), doi:10.1002/andp.19303970303.

    Examples
    --------
    >>> electron_form_factor_nm("Au", [0.0, 26.7]).round(2).tolist()
    [1.05, 0.68]
    """
    q = np.abs(np.asarray(q_inv_nm, dtype=float))
    s = q / (40 * np.pi)
    ends = np.array([_LOWEST_S, 1.5 * _LOWEST_S])
    number = _xraydb().atomic_number(element.rstrip("+-0123456789'"))

    def born(at: FloatArray) -> FloatArray:
        return _MOTT_BETHE * (number - atomic_form_factor(element, at * 40 * np.pi)) / at**2

    slope, start = np.polyfit(ends**2, 1 / born(ends), 1)
    # From 1/angstrom^2 x angstrom^2 the formula gives angstrom: 0.1 nm.
    return np.asarray(0.1 * np.where(s < _LOWEST_S, 1 / (start + slope * s**2), born(np.maximum(s, _LOWEST_S))))


def electron_wavelength_nm(voltage_kv: float) -> float:
    r"""Wavelength of an electron after a voltage [nm], with relativity: :math:`h/\sqrt{2meU(1+eU/2mc^2)}`.

    Parameters
    ----------
    voltage_kv
        Accelerating voltage [kV].

    Raises
    ------
    InputError
        For a voltage that is not positive.

    References
    ----------
    Constants of CODATA 2018 as in scipy.

    Examples
    --------
    >>> round(electron_wavelength_nm(200.0), 6), round(electron_wavelength_nm(300.0), 6)
    (0.002508, 0.001969)
    """
    energy = 1e3 * require_positive("voltage_kv", voltage_kv, "kV") * constants.e
    rest = constants.m_e * constants.c**2
    return float(1e9 * constants.h / np.sqrt(2 * constants.m_e * energy * (1 + energy / (2 * rest))))


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(_xraydb().f0_ions())


def _xraydb() -> ModuleType:
    # A second of imports (a database) that most runs never need.
    import xraydb

    return xraydb
