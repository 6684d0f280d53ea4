r"""The OTM branch of NaZn13: the twelve B of each icosahedron shrink, the B in its middle does not.

With the diameter of A as the unit, :math:`w = (\gamma + y)/2` is the distance from the centre of an icosahedron to
its vertices and :math:`y` the effective diameter of a vertex in the contacts that are lost. Neighbouring icosahedra,
turned by 90 degrees, touch where two of their vertices are y apart:

.. math:: a(y) = \frac{4\varphi w + 2\sqrt{y^2(1+\varphi^2) - 2 w^2}}{\sqrt{1+\varphi^2}}

and the contact of A at (1/4, 1/4, 1/4) with a vertex of full size fixes y:

.. math:: w^2 + \tfrac{3}{16}a^2 - \frac{(1+\varphi)\,a\,w}{2\sqrt{1+\varphi^2}} = \Big(\frac{1+\gamma}{2}\Big)^2 .

The published (HOODLT) form has :math:`a(y) = 4w\,[\varphi + \sqrt{\varphi^2-1}\,y/(\gamma+y)]/\sqrt{1+\varphi^2}`,
which keeps the shape of the contact at y = gamma and so is exact only there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from packing.lattices.catalogue import GOLDEN_RATIO

FloatArray = NDArray[np.float64]

_LENGTH = np.sqrt(1 + GOLDEN_RATIO**2)
_STEPS = 60


def lattice_constant(gamma: FloatArray, y: FloatArray, form: str) -> FloatArray:
    """Lattice constant over the diameter of A, by the ``"exact"`` or the ``"hoodlt"`` vertex contact.

    Parameters
    ----------
    gamma
        Diameter of B over that of A, shape (G,).
    y
        Effective diameter of the vertex B over the diameter of A, shape (G,).
    form
        ``"exact"`` or ``"hoodlt"``.

    Returns
    -------
    ndarray
        Lattice constant over the diameter of A, shape (G,).

    Raises
    ------
    InputError
        For an unknown form.
    """
    w = (gamma + y) / 2
    if form == "exact":
        across = np.sqrt(np.maximum(y**2 * (1 + GOLDEN_RATIO**2) - 2 * w**2, 0.0))
        return np.asarray((4 * GOLDEN_RATIO * w + 2 * across) / _LENGTH)
    if form == "hoodlt":
        return np.asarray(4 * w * (GOLDEN_RATIO + np.sqrt(GOLDEN_RATIO**2 - 1) * y / (gamma + y)) / _LENGTH)
    raise InputError(f"form must be 'exact' or 'hoodlt', got {form!r}.")


def vertex_ratio(gamma: FloatArray, form: str = "exact") -> FloatArray:
    """Effective diameter of the vertex B over that of A, which keeps the contact of A with the vertices.

    Parameters
    ----------
    gamma
        Diameter of B over that of A, shape (G,).
    form
        ``"exact"`` or ``"hoodlt"``.

    Returns
    -------
    ndarray
        Ratio of diameters, shape (G,).

    Examples
    --------
    >>> vertex_ratio(np.array([0.6, 0.7]), "exact").round(4).tolist()
    [0.5705, 0.6025]
    """
    # Below the branch (where all radii are nominal) nothing shrinks, and the equation has no root.
    g = np.asarray(gamma, dtype=np.float64)
    return _bisected(lambda y: _missing_contact(g, y, form), 0.4 * g, 1.6 * g)


def _missing_contact(gamma: FloatArray, y: FloatArray, form: str) -> FloatArray:
    a, w = lattice_constant(gamma, y, form), (gamma + y) / 2
    return w**2 + 3 * a**2 / 16 - (1 + GOLDEN_RATIO) * a * w / (2 * _LENGTH) - ((1 + gamma) / 2) ** 2


def _bisected(function: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray) -> FloatArray:
    rising = function(high) > 0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        above = (function(middle) > 0) == rising
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2


def icosahedral_coordinate(gamma: FloatArray, y: FloatArray, form: str) -> FloatArray:
    """Fractional coordinate of the vertices (0, u, golden ratio times u) at distance w from the centre.

    Parameters
    ----------
    gamma
        Diameter of B over that of A, shape (G,).
    y
        Effective diameter of the vertex B over the diameter of A, shape (G,).
    form
        ``"exact"`` or ``"hoodlt"``.
    """
    return np.asarray((gamma + y) / 2 / _LENGTH / lattice_constant(gamma, y, form))
