r"""Closed forms of the hard-sphere packing fraction of binary lattices.

With :math:`\gamma = r_B/r_A \le 1` and the diameter of A as the unit of length, each lattice has its constants
:math:`a(\gamma), c(\gamma)` in branches: another pair of particles touches in each. The packing fraction is

.. math:: \eta(\gamma) = \frac{\pi}{6}\,\frac{n_A + n_B\gamma^3}{V_{cell}}

They hold for spheres on the ideal sites (perfect icosahedra in NaZn13, ideal axial ratio in MgZn2), with O = B in
ABO3. All are derived from the contacts named beside them and agree with the contact engine to 1e-5 or better.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_known
from packing.errors import InputError
from packing.lattices.catalogue import BINARY_NAMES, GOLDEN_RATIO, template

FloatArray = NDArray[np.float64]

_SQRT2, _SQRT3, _SQRT5 = math.sqrt(2), math.sqrt(3), math.sqrt(5)
PHASE_SEPARATION = math.pi / (3 * _SQRT2)
"""Packing fraction of fcc, in which each kind of equal spheres packs when it separates from the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedForm:
    """Lattice constants of one lattice against the size ratio, in units of the diameter of A.

    Parameters
    ----------
    name
        Name in the catalogue.
    n_a, n_b
        Particles in the conventional cell (O of ABO3 counts as B).
    volume
        Volume of the conventional cell against gamma.
    length_a
        Lattice constant a against gamma.
    critical
        Size ratios at which the touching pair changes.
    """

    name: str
    n_a: int
    n_b: int
    volume: Callable[[FloatArray], FloatArray]
    length_a: Callable[[FloatArray], FloatArray]
    critical: tuple[float, ...]


def packing_fraction_hs(name: str, gamma: ArrayLike) -> FloatArray:
    """Hard-sphere packing fraction of a binary lattice, vectorised over the size ratio.

    Parameters
    ----------
    name
        Name of a binary lattice.
    gamma
        Radius of B over radius of A, above 0 and at most 1.

    Raises
    ------
    InputError
        For gamma outside (0, 1]: name the larger particle A instead of going beyond 1.

    Examples
    --------
    >>> packing_fraction_hs("NaCl", [0.5, 1.0]).round(6).tolist()
    [0.698132, 0.523599]
    """
    form = closed_form(name)
    g = checked_gamma(gamma)
    return np.asarray(math.pi / 6 * (form.n_a + form.n_b * g**3) / form.volume(g))


def closed_form(name: str) -> ClosedForm:
    """The closed form of a binary lattice by any of its names.

    Raises
    ------
    InputError
        For a lattice that is not binary, or has none.
    """
    resolved = template(name).name
    if resolved in BINARY_NAMES and resolved not in CLOSED_FORMS:
        raise InputError(
            f"lattice {resolved} has no closed form, so mixtures of spheres have no curve of it. "
            f"Pack it at one size ratio with superlattice lattice {resolved}."
        )
    require_known("binary lattice", resolved, CLOSED_FORMS)
    return CLOSED_FORMS[resolved]


def checked_gamma(gamma: ArrayLike) -> FloatArray:
    """Size ratios as an array, all above 0 and at most 1.

    Parameters
    ----------
    gamma
        Size of B over size of A, a number or any array.

    Returns
    -------
    ndarray
        The ratios, dimensionless, cut at 1 where rounding exceeds it.

    Raises
    ------
    InputError
        Naming the value that is not.
    """
    g = np.asarray(gamma, dtype=np.float64)
    bad = ~(np.isfinite(g) & (g > 0) & (g <= 1 + 1e-12))
    if bad.any():
        raise InputError(
            f"gamma must be above 0 and at most 1, got {g[bad].flat[0]:g}. "
            "Call the larger particle A, so that gamma = r_B/r_A is its inverse."
        )
    return np.minimum(g, 1.0)


def _largest(*terms: Callable[[FloatArray], FloatArray | float]) -> Callable[[FloatArray], FloatArray]:
    return lambda g: np.max([np.broadcast_to(term(g), np.shape(g)) for term in terms], axis=0)


def _cubic(
    name: str, n_a: int, n_b: int, critical: tuple[float, ...], *terms: Callable[[FloatArray], FloatArray | float]
) -> ClosedForm:
    length = _largest(*terms)
    return ClosedForm(name=name, n_a=n_a, n_b=n_b, volume=lambda g: length(g) ** 3, length_a=length, critical=critical)


def _branches(g: FloatArray, limits: tuple[float, ...], values: list[FloatArray]) -> FloatArray:
    """Value of the branch that each gamma falls in; a branch's square roots may be imaginary outside it."""
    return np.asarray(
        np.choose(np.searchsorted(limits, g, side="right"), [np.broadcast_to(v, g.shape) for v in values])
    )


def _root(x: FloatArray) -> FloatArray:
    return np.sqrt(np.maximum(x, 0.0))


_ALB2 = (math.sqrt(7 / 3) - 1, 1 / _SQRT3, 2 / 3)
_CACU5 = (2 / _SQRT3 - 1, (1 + 2 * math.sqrt(19)) / 15, 1 / (4 / _SQRT3 - 1))
# Where the neighbouring branches meet (roots of their difference).
_CUBAB13 = (0.2953912880498035, 0.5561943596305106)
_NAZN13 = (0.30322017612775914, 0.5576067027781477)
_FE4C = (_SQRT3 - 1) / (math.sqrt(1.5) + 1)
_TETRAHEDRAL = math.sqrt(1.5) - 1
_LAVES = math.sqrt(2 / 3)


def _aucu_c(g: FloatArray) -> FloatArray:
    return _branches(g, (_SQRT3 - 1,), [np.ones_like(g), _root(g**2 + 2 * g - 1)])


def _alb2_a(g: FloatArray) -> FloatArray:
    return _branches(g, (1 / _SQRT3,), [np.ones_like(g), _SQRT3 * g])


def _alb2_c(g: FloatArray) -> FloatArray:
    one = np.ones_like(g)
    return _branches(g, _ALB2, [one, _root(g**2 + 2 * g - 1 / 3), _root(1 + 2 * g - 3 * g**2), one])


def _cacu5_a(g: FloatArray) -> FloatArray:
    return np.maximum(np.maximum(1.0, _SQRT3 / 2 * (1 + g)), 2 * g)


def _cacu5_c(g: FloatArray) -> FloatArray:
    one = np.ones_like(g)
    return _branches(g, _CACU5[1:], [one, _root(15 * g**2 - 2 * g - 1) / 2, math.sqrt(8 / 3) * g])


def _fe4c_a(g: FloatArray) -> FloatArray:
    u = (1 / g + 1) / 2 / (math.sqrt(1.5) + 1 + 1 / g)
    return _branches(g, (_FE4C,), [np.ones_like(g), g / (_SQRT2 * (1 - 2 * u))])


def _cubab13_a(g: FloatArray) -> FloatArray:
    # The middle form is 0/0 at g = 1, far outside its branch.
    h = np.minimum(g, 0.9)
    middle = _SQRT2 * (3 * h**2 - 2 * h - 1) / (4 * h - _root(-2 * h**2 + 12 * h + 6))
    return np.maximum(np.maximum(1.0, middle), (1 + _SQRT2) * g)


def _nazn13_a(g: FloatArray) -> FloatArray:
    t = (3 + _SQRT5) * math.sqrt(2 / (5 + _SQRT5))
    middle = 2 / 3 * (t * g + _root(3 + 6 * g + (8 / _SQRT5 - 5) * g**2))
    return np.maximum(np.maximum(2.0, middle), NAZN13_B_CONTACT * g)


NAZN13_B_CONTACT = 2 * (2 * GOLDEN_RATIO + math.sqrt(GOLDEN_RATIO**2 - 1)) / math.sqrt(1 + GOLDEN_RATIO**2)
"""Lattice constant of NaZn13 over the diameter of B where neighbouring icosahedra touch."""

_FORMS = (
    _cubic("NaCl", 4, 4, (_SQRT2 - 1,), lambda g: _SQRT2, lambda g: 1 + g),
    _cubic("CsCl", 1, 1, (_SQRT3 - 1,), lambda g: 1.0, lambda g: (1 + g) / _SQRT3),
    _cubic("ZnS", 4, 4, (_TETRAHEDRAL,), lambda g: _SQRT2, lambda g: 2 * (1 + g) / _SQRT3),
    _cubic("CaF2", 4, 8, (_TETRAHEDRAL,), lambda g: _SQRT2, lambda g: 2 * (1 + g) / _SQRT3),
    _cubic("Li3Bi", 4, 12, (_TETRAHEDRAL,), lambda g: _SQRT2, lambda g: 2 * (1 + g) / _SQRT3),
    _cubic("AuCu3", 1, 3, (_SQRT2 - 1,), lambda g: 1.0, lambda g: (1 + g) / _SQRT2),
    _cubic(
        "ABO3", 1, 4, (_SQRT2 - 1, 1 / (2 * _SQRT2 - 1)), lambda g: 1.0, lambda g: (1 + g) / _SQRT2, lambda g: 2 * g
    ),
    ClosedForm(
        name="AuCu",
        n_a=2,
        n_b=2,
        volume=lambda g: 2 * _aucu_c(g),
        length_a=lambda g: np.full_like(g, _SQRT2),
        critical=(_SQRT3 - 1,),
    ),
    ClosedForm(
        name="AlB2",
        n_a=1,
        n_b=2,
        volume=lambda g: _SQRT3 / 2 * _alb2_a(g) ** 2 * _alb2_c(g),
        length_a=_alb2_a,
        critical=_ALB2,
    ),
    ClosedForm(
        name="CaCu5",
        n_a=1,
        n_b=5,
        volume=lambda g: _SQRT3 / 2 * _cacu5_a(g) ** 2 * _cacu5_c(g),
        length_a=_cacu5_a,
        critical=_CACU5,
    ),
    ClosedForm(
        name="MgZn2",
        n_a=4,
        n_b=8,
        volume=lambda g: _SQRT2 * np.maximum(2 * _LAVES, 2 * g) ** 3,
        length_a=lambda g: np.maximum(2 * _LAVES, 2 * g),
        critical=(_LAVES,),
    ),
    _cubic("MgCu2", 8, 16, (_LAVES,), lambda g: 4 / _SQRT3, lambda g: 2 * _SQRT2 * g),
    _cubic("CaB6", 1, 6, (_SQRT2 - 1,), lambda g: 1.0, lambda g: (1 + _SQRT2) * g),
    _cubic(
        "bccAB6",
        2,
        12,
        (_SQRT5 / _SQRT3 - 1, 1 / (math.sqrt(10) - 1)),
        lambda g: 2 / _SQRT3,
        lambda g: 2 * (1 + g) / _SQRT5,
        lambda g: 2 * _SQRT2 * g,
    ),
    _cubic(
        "Cr3Si",
        2,
        6,
        (_SQRT5 / _SQRT3 - 1, 1 / (_SQRT5 - 1)),
        lambda g: 2 / _SQRT3,
        lambda g: 2 * (1 + g) / _SQRT5,
        lambda g: 2 * g,
    ),
    _cubic("Fe4C", 1, 4, (_FE4C,), _fe4c_a),
    _cubic("cubAB13", 1, 13, _CUBAB13, _cubab13_a),
    _cubic("NaZn13", 8, 104, _NAZN13, _nazn13_a),
    _cubic("ReO3", 1, 3, (), lambda g: 1 + g),
)

CLOSED_FORMS = {form.name: form for form in _FORMS}
"""Every lattice with a closed form, by name."""
