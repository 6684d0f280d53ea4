"""How long an extended alkyl chain is: the models of the literature, by name, all in nm.

``n`` is the number of carbon atoms of the chain, the one of a carboxyl head included. The models differ by 5-10 %,
which is the uncertainty of a predicted shell; none is hidden as a constant.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from packing.checks import require_known
from packing.errors import InputError

# Bond 0.154 nm, angle 112 deg; the head group adds 0.2 nm (Adv. Mater. 2023, doi:10.1002/adma.202209279, eq 8).
_CC_NM, _HALF_ANGLE_DEG, _HEAD_NM = 0.154, 34.0, 0.2


def otm_length_nm(n: int, double_bonds: int = 0) -> float:
    """Extended length [nm], 0.154 cos(34 deg) n + 0.2 = 0.128 n + 0.2, rounded to 0.128 as the literature uses it.

    Double bonds change nothing. Adv. Mater. 2023, doi:10.1002/adma.202209279, eq 8.

    Parameters
    ----------
    n
        Carbons of the chain.
    double_bonds
        Double bonds in it; not counted by this model.

    Examples
    --------
    >>> round(otm_length_nm(18), 3)
    2.504
    """
    return 0.128 * n + _HEAD_NM


def hoodlt_length_nm(n: int, double_bonds: int = 0) -> float:
    """Extended length [nm], 0.153 cos(35.25 deg) per carbon plus 0.2; a double bond takes 0.1333 for 0.1249.

    As tabulated by HOODLT (Travesset group).

    Parameters
    ----------
    n
        Carbons of the chain.
    double_bonds
        Double bonds in it.

    Examples
    --------
    >>> round(hoodlt_length_nm(18, 1), 3)
    2.457
    """
    per_bond = 0.153 * math.cos(math.radians(35.25))
    return per_bond * (n - double_bonds) + 0.1333 * double_bonds + _HEAD_NM


def coropceanu_length_nm(n: int, double_bonds: int = 0) -> float:
    """Extended length [nm], 0.12 (n + 1), as back-computed from the rows of Coropceanu 2019 in HOODLT's table.

    Parameters
    ----------
    n
        Carbons of the chain.
    double_bonds
        Double bonds in it; not counted by this model.
    """
    return 0.12 * (n + 1)


def tanford_length_nm(n: int, double_bonds: int = 0) -> float:
    """Extended length of the hydrocarbon part [nm], 0.154 + 0.1265 n, without a head group.

    C. Tanford, J. Phys. Chem. 76, 3020 (1972).

    Parameters
    ----------
    n
        Carbons of the chain.
    double_bonds
        Double bonds in it; not counted by this model.
    """
    return 0.154 + 0.1265 * n


def bain_length_nm(n: int, double_bonds: int = 0) -> float:
    """Extended length of an alkanethiol with its sulfur [nm], 0.25 + 0.127 n; for thiols.

    C. D. Bain et al., J. Am. Chem. Soc. 111, 321 (1989).

    Parameters
    ----------
    n
        Carbons of the chain.
    double_bonds
        Double bonds in it; not counted by this model.
    """
    return 0.25 + 0.127 * n


LENGTH_MODELS: dict[str, Callable[[int, int], float]] = {
    "otm": otm_length_nm,
    "hoodlt": hoodlt_length_nm,
    "coropceanu": coropceanu_length_nm,
    "tanford": tanford_length_nm,
    "bain": bain_length_nm,
}


def chain_length_nm(n_carbons: int, *, length_model: str = "otm", double_bonds: int = 0) -> float:
    """Extended length [nm] of a chain of ``n_carbons`` by a named model.

    Parameters
    ----------
    n_carbons
        Carbons of the chain, 1 to 40.
    length_model
        A name of `LENGTH_MODELS`.
    double_bonds
        Double bonds in the chain, which only some models count.

    Raises
    ------
    InputError
        For an unknown model, or a number of carbons outside 1 to 40.

    Examples
    --------
    >>> round(chain_length_nm(12, length_model="tanford"), 3)
    1.672
    """
    require_known("length_model", length_model, LENGTH_MODELS)
    if not 1 <= n_carbons <= 40 or n_carbons != int(n_carbons):
        raise InputError(f"n_carbons must be a whole number between 1 and 40, got {n_carbons}.")
    return LENGTH_MODELS[length_model](int(n_carbons), double_bonds)
