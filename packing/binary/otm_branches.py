r"""Branches of the orbifold topological model (OTM) for binary lattices of spheres.

A particle that would lose contact keeps the dense geometry because the ligands at its contacts bend away around
*vortices*: its effective radius shrinks, by the factor a for A or b for B. The cell is then the hard-sphere cell of
the barred radii, at :math:`\bar\gamma = \gamma\,b/a`; the ligand volume is conserved, so the packing fraction keeps
the nominal volumes,

.. math:: \bar\eta(\gamma) = \eta_{HS}(\bar\gamma)\,
          \frac{n_A + n_B\gamma^3}{n_A a^3 + n_B b^3\gamma^3} \le 1.

A branch ends where its geometry does, or where it would fill more than the whole cell. NaCl, CsCl, AlB2, ZnS and
the others that are not listed here have none: their OTM is the hard-sphere curve.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.binary.closed_forms import CLOSED_FORMS
from packing.binary.nazn13_vortices import vertex_ratio

FloatArray = NDArray[np.float64]

_SQRT2, _SQRT3 = math.sqrt(2), math.sqrt(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One stretch of size ratios in which named particles of a lattice shrink.

    Parameters
    ----------
    label
        Name of the branch.
    low, high
        Size ratios between which its geometry holds; the bound on the packing fraction may end it earlier.
    gamma_bar
        Effective size ratio against gamma.
    shrinks
        ``"A"``, ``"B"`` (every one), ``"centre B"`` (of ABO3) or ``"vertex B"`` (of NaZn13).
    """

    label: str
    low: float
    high: float
    gamma_bar: Callable[[FloatArray], FloatArray]
    shrinks: str

    def factors(self, gamma: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Radii of A and of B over their nominal ones, (a, b); only for branches where all of a kind shrink.

        Parameters
        ----------
        gamma
            Diameter of B over that of A, shape (G,).

        Returns
        -------
        tuple of ndarray
            Factors on the radii of A and of B, dimensionless, shape (G,) each.
        """
        one = np.ones_like(gamma)
        ratio = self.gamma_bar(gamma) / gamma
        return (1 / ratio, one) if self.shrinks == "A" else (one, ratio)

    def smallest_factors(self, gamma: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Radii of the most shrunken A and of the most shrunken B over their nominal ones.

        Parameters
        ----------
        gamma
            Diameter of B over that of A, shape (G,).

        Returns
        -------
        tuple of ndarray
            Factors on the radii of A and of B, dimensionless, shape (G,) each.
        """
        if self.shrinks in ("centre B", "vertex B"):
            return np.ones_like(gamma), self.gamma_bar(gamma) / gamma
        return self.factors(gamma)


def _constant(value: float) -> Callable[[FloatArray], FloatArray]:
    return lambda g: np.full_like(g, value)


def _aucu(g: FloatArray) -> FloatArray:
    return (g**2 - np.sqrt(np.maximum(2 * g**4 - g**2, 0.0))) / np.maximum(1 - g**2, 1e-12)


def _b(label: str, low: float, high: float, gamma_bar: Callable[[FloatArray], FloatArray]) -> Branch:
    return Branch(label=label, low=low, high=high, gamma_bar=gamma_bar, shrinks="B")


def _a(label: str, low: float, high: float, gamma_bar: Callable[[FloatArray], FloatArray]) -> Branch:
    return Branch(label=label, low=low, high=high, gamma_bar=gamma_bar, shrinks="A")


_OCTAHEDRAL = _SQRT2 - 1
_TETRAHEDRAL = math.sqrt(1.5) - 1
_LAVES = math.sqrt(2 / 3)
_LAVES_AB = _SQRT2 / (math.sqrt(11) - _SQRT2)
_CACU5 = CLOSED_FORMS["CaCu5"].critical
_CACU5_BB = (8 + math.sqrt(19)) / (10 * _SQRT3)
_BCCAB6 = CLOSED_FORMS["bccAB6"].critical
_ABO3 = CLOSED_FORMS["ABO3"].critical[1]
_FE4C = CLOSED_FORMS["Fe4C"].critical[0]
_CUBAB13 = CLOSED_FORMS["cubAB13"].critical[1]
_NAZN13 = CLOSED_FORMS["NaZn13"].critical[1]
_LAVES_RATIO = 2 * math.sqrt(11 / 12)

BRANCHES: dict[str, tuple[Branch, ...]] = {
    "MgZn2": (
        _a("II", 0.0, _LAVES_AB, lambda g: _LAVES_RATIO * g / (1 + g)),
        _a("I", _LAVES_AB, _LAVES, _constant(_LAVES)),
    ),
    "AuCu": (_a("I", 1 / _SQRT2, _SQRT3 - 1, _aucu),),
    "CaB6": (_b("I", _OCTAHEDRAL, 1.0, _constant(_OCTAHEDRAL)),),
    "Fe4C": (_b("I", _FE4C, 1.0, _constant(_FE4C)),),
    "cubAB13": (_b("I", _CUBAB13, 1.0, _constant(_CUBAB13)),),
    "AuCu3": (
        _b("I", _OCTAHEDRAL, 1 / _SQRT2, _constant(_OCTAHEDRAL)),
        _b("II", 1 / _SQRT2, 1.0, lambda g: 2 * g - 1),
    ),
    "Li3Bi": (
        _b("I", _TETRAHEDRAL, _OCTAHEDRAL, _constant(_TETRAHEDRAL)),
        _b("II", _OCTAHEDRAL, 1.0, lambda g: _SQRT3 / 2 * (1 + g) - 1),
    ),
    "bccAB6": (
        _b("I", _BCCAB6[0], 1 / math.sqrt(6), _constant(_BCCAB6[0])),
        _b("II", 1 / math.sqrt(6), _BCCAB6[1], lambda g: math.sqrt(10) * g - 1),
        _b("III", _BCCAB6[1], 1.0, _constant(_BCCAB6[1])),
    ),
    "ABO3": (
        _b("I", _OCTAHEDRAL, 0.5, _constant(_OCTAHEDRAL)),
        _b("II", 0.5, _ABO3, lambda g: 2 * _SQRT2 * g - 1),
        Branch(
            label="III",
            low=_ABO3,
            high=1.0,
            gamma_bar=lambda g: (1 + (1 - _SQRT2) * g) / _SQRT2,
            shrinks="centre B",
        ),
    ),
    "CaCu5": (
        _a("A", 0.0, _CACU5[1], _constant(_CACU5[1])),
        _b("B1", _CACU5[1], _CACU5_BB, _constant(_CACU5[1])),
        _b("B2", _CACU5_BB, _CACU5[2], lambda g: 4 * g / _SQRT3 - 1),
    ),
    "NaZn13": (
        Branch(
            label="exact",
            low=_NAZN13,
            high=1.0,
            gamma_bar=lambda g: vertex_ratio(g, "exact"),
            shrinks="vertex B",
        ),
    ),
}
"""Branches of each lattice that has some, in order of gamma."""

HOODLT_NAZN13 = Branch(
    label="hoodlt",
    low=_NAZN13,
    high=1.0,
    gamma_bar=lambda g: vertex_ratio(g, "hoodlt"),
    shrinks="vertex B",
)
"""The published form of the NaZn13 branch, whose vertex contact is exact only where nothing shrinks."""
