"""Packing fractions by the orbifold topological model (OTM), with the bound that nothing fills more than the cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.binary.closed_forms import checked_gamma, closed_form, packing_fraction_hs
from packing.binary.nazn13_vortices import lattice_constant
from packing.binary.otm_branches import BRANCHES, HOODLT_NAZN13, Branch
from packing.errors import InputError
from packing.lattices.catalogue import template

FloatArray = NDArray[np.float64]

_ROUND_OFF = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OtmCurve:
    """OTM packing fraction of one lattice against size ratio.

    Parameters
    ----------
    name
        Name of the lattice.
    gamma
        Nominal size ratio, shape (G,).
    packing_fraction
        Shape (G,); NaN where the branch would fill more than the cell, that is where it does not exist.
    gamma_bar
        Effective size ratio, shape (G,); gamma where nothing shrinks, NaN where the branch does not exist.
    smallest_a, smallest_b
        Radius of the most shrunken A and B over its nominal one, shape (G,); 1 where nothing shrinks.
    branch
        Label of the branch, shape (G,); empty where the lattice is one of hard spheres.
    overfilled
        Whether the branch would need a packing fraction above 1, shape (G,).
    """

    name: str
    gamma: FloatArray
    packing_fraction: FloatArray
    gamma_bar: FloatArray
    smallest_a: FloatArray
    smallest_b: FloatArray
    branch: NDArray[np.str_]
    overfilled: NDArray[np.bool_]


def otm_curve(name: str, gamma: ArrayLike, *, nazn13_form: str = "exact") -> OtmCurve:
    """OTM packing fraction of a binary lattice, vectorised over the size ratio.

    Parameters
    ----------
    name
        Name of a binary lattice.
    gamma
        Radius of B over radius of A, above 0 and at most 1.
    nazn13_form
        ``"exact"`` or the published ``"hoodlt"`` vertex contact of NaZn13.

    References
    ----------
    A. Travesset, Soft Matter 13, 147 (2017); reviewed in Adv. Mater. 2023, doi:10.1002/adma.202209279.
    The branches were derived anew from its contacts; their published numbers are in tests/test_packing_otm.py.

    Examples
    --------
    >>> curve = otm_curve("Li3Bi", [0.2, 0.57])
    >>> curve.packing_fraction.round(4).tolist(), curve.branch.tolist()
    ([0.7583, 0.8419], ['', 'II'])
    """
    form = closed_form(name)
    g = np.atleast_1d(checked_gamma(gamma))
    fraction, bar = packing_fraction_hs(form.name, g), g.copy()
    smallest_a, smallest_b = np.ones(g.shape), np.ones(g.shape)
    labels = np.full(g.shape, "", dtype="<U8")
    for branch in branches(form.name, nazn13_form):
        inside = (g >= branch.low) & (g < branch.high if branch.high < 1 else g <= 1)
        if inside.any():
            fraction[inside] = branch_packing_fraction(form.name, branch, g[inside])
            bar[inside] = branch.gamma_bar(g[inside])
            smallest_a[inside], smallest_b[inside] = branch.smallest_factors(g[inside])
            labels[inside] = branch.label
    over = fraction > 1 + _ROUND_OFF
    fraction[over], bar[over] = np.nan, np.nan
    return OtmCurve(
        name=form.name,
        gamma=g,
        packing_fraction=fraction,
        gamma_bar=bar,
        smallest_a=smallest_a,
        smallest_b=smallest_b,
        branch=labels,
        overfilled=over,
    )


def branches(name: str, nazn13_form: str = "exact") -> tuple[Branch, ...]:
    """The OTM branches of a lattice, none where it has no vortices.

    Parameters
    ----------
    name
        Name of a lattice.
    nazn13_form
        ``"exact"``, or ``"hoodlt"`` for the form of the published code.

    Raises
    ------
    InputError
        For an unknown lattice or form.

    Examples
    --------
    >>> [branch.shrinks for branch in branches("NaCl")]
    []
    """
    resolved = template(name).name
    if nazn13_form not in ("exact", "hoodlt"):
        raise InputError(f"nazn13_form must be 'exact' or 'hoodlt', got {nazn13_form!r}.")
    if resolved == "NaZn13" and nazn13_form == "hoodlt":
        return (HOODLT_NAZN13,)
    return BRANCHES.get(resolved, ())


def branch_at(name: str, gamma: float, nazn13_form: str = "exact") -> Branch | None:
    """The branch that a size ratio falls in, or None where the lattice is one of hard spheres.

    Parameters
    ----------
    name
        Name of a binary lattice.
    gamma
        Size of B over size of A.
    nazn13_form
        ``"exact"`` or ``"hoodlt"``.

    Raises
    ------
    InputError
        Where the branch would fill more than the cell.
    """
    curve = otm_curve(name, gamma, nazn13_form=nazn13_form)
    if not curve.branch[0]:
        return None
    branch = next(b for b in branches(name, nazn13_form) if b.label == curve.branch[0])
    if curve.overfilled[0]:
        would_be = float(branch_packing_fraction(curve.name, branch, np.array([gamma]))[0])
        raise InputError(
            f"gamma {gamma:g} is outside the OTM branch {branch.label} of {curve.name}: it would fill {would_be:.3f} "
            "of the cell, more than all of it. Use model='hs', or another lattice."
        )
    return branch


def branch_packing_fraction(name: str, branch: Branch, gamma: FloatArray) -> FloatArray:
    """Packing fraction of a branch, with no regard to its bounds; above 1 it does not exist.

    Parameters
    ----------
    name
        Name of a binary lattice.
    branch
        One of its branches.
    gamma
        Diameter of B over that of A, shape (G,).
    """
    form = closed_form(name)
    nominal = form.n_a + form.n_b * gamma**3
    bar = branch.gamma_bar(gamma)
    if branch.shrinks == "vertex B":
        return np.asarray(np.pi / 6 * nominal / lattice_constant(gamma, bar, branch.label) ** 3)
    if branch.shrinks == "centre B":
        # Only one B of the four gives way: the cell is that of the A-O contact, a = (1 + gamma)/sqrt(2).
        return np.asarray(np.pi / 6 * nominal / ((1 + gamma) / np.sqrt(2)) ** 3)
    a, b = branch.factors(gamma)
    return np.asarray(_fraction_at(form.name, bar) * nominal / (form.n_a * a**3 + form.n_b * (b * gamma) ** 3))


def _fraction_at(name: str, gamma_bar: FloatArray) -> FloatArray:
    # A branch may lead to any ratio while its bounds are still unknown; none beyond (0, 1] is kept.
    return packing_fraction_hs(name, np.clip(gamma_bar, 1e-6, 1.0))
