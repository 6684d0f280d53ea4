"""Packing fraction of any candidate lattice against size ratio, fast: from closed forms or the engine's cache."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_known
from packing.closed_forms import PHASE_SEPARATION, checked_gamma, packing_fraction_hs
from packing.cube_sphere_table import CUBE_NAMES, table_entry
from packing.otm import otm_curve
from packing.template_catalogue import BINARY_NAMES, template

FloatArray = NDArray[np.float64]

SPHERES, CUBES_ON_B, CUBES_ON_A = "spheres", "cubes on B", "cubes on A"
MIXTURES = (SPHERES, CUBES_ON_B, CUBES_ON_A)
"""What a binary lattice is made of; A is the larger particle."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatticeCurve:
    """Packing fraction of one lattice against size ratio.

    Parameters
    ----------
    name
        Name of the lattice.
    gamma
        Size of B over size of A, shape (G,).
    packing_fraction
        Shape (G,); the hard-particle value where an OTM branch does not exist.
    is_otm
        Whether vortices play a part, shape (G,).
    overfilled
        Whether an OTM branch was left out because it would fill more than the cell, shape (G,).
    """

    name: str
    gamma: FloatArray
    packing_fraction: FloatArray
    is_otm: NDArray[np.bool_]
    overfilled: NDArray[np.bool_]


def lattice_curve(name: str, gamma: ArrayLike, *, model: str = "otm", mixture: str = SPHERES) -> LatticeCurve:
    """The curve of one lattice.

    Parameters
    ----------
    name
        Name of a binary lattice.
    gamma
        Size of B over size of A, at most 1.
    model
        ``"hs"`` or ``"otm"``. Cubes have hard-particle curves only: an OTM of theirs is known for two lattices, and
        comparing those with the others would compare models, not lattices.
    mixture
        ``"spheres"``, ``"cubes on B"`` or ``"cubes on A"``.

    Examples
    --------
    >>> curve = lattice_curve("CaB6", [0.4, 0.5, 0.6])
    >>> curve.packing_fraction.round(3).tolist(), curve.overfilled.tolist()
    ([0.725, 0.916, 0.396], [False, False, True])
    """
    require_known("model", model, ("hs", "otm"))
    require_known("mixture", mixture, MIXTURES)
    resolved = template(name).name
    require_known("binary lattice", resolved, BINARY_NAMES)
    g = np.atleast_1d(checked_gamma(gamma))
    none = np.zeros(g.shape, dtype=bool)
    if mixture != SPHERES:
        entry = table_entry(resolved, mixture[-1])
        fraction = entry.packing_fraction(g)
        return LatticeCurve(name=resolved, gamma=g, packing_fraction=fraction, is_otm=none, overfilled=none)
    if model == "hs":
        fraction = packing_fraction_hs(resolved, g)
        return LatticeCurve(name=resolved, gamma=g, packing_fraction=fraction, is_otm=none, overfilled=none)
    otm = otm_curve(resolved, g)
    fraction = np.where(otm.overfilled, packing_fraction_hs(resolved, g), otm.packing_fraction)
    vortices = (otm.branch != "") & ~otm.overfilled
    return LatticeCurve(name=resolved, gamma=g, packing_fraction=fraction, is_otm=vortices, overfilled=otm.overfilled)


def candidate_names(mixture: str) -> tuple[str, ...]:
    """Lattices that a mixture can be ranked over."""
    return BINARY_NAMES if mixture == SPHERES else CUBE_NAMES


def phase_separation(name: str, gamma: ArrayLike, mixture: str = SPHERES) -> FloatArray:
    r"""Packing fraction of the two kinds, each in its own densest crystal, in the ratio that a lattice holds.

    Spheres of either size fill 0.7405 (fcc), cubes all space: :math:`\eta = \sum_i v_i / \sum_i (v_i/\eta_i)`.

    Examples
    --------
    >>> float(phase_separation("NaCl", 0.5).round(4)), float(phase_separation("NaCl", 0.5, "cubes on B").round(4))
    (0.7405, 0.7795)
    """
    g = np.asarray(gamma, dtype=np.float64)
    if mixture == SPHERES:
        return np.full(g.shape, PHASE_SEPARATION)
    counts = template(name).counts
    others = sum(n for kind, n in counts.items() if kind != "A")
    a, b = (math.pi / 6, 1.0) if mixture == CUBES_ON_B else (1.0, math.pi / 6)
    cubes = others * b * g**3 if mixture == CUBES_ON_B else counts["A"] * a
    spheres = counts["A"] * a if mixture == CUBES_ON_B else others * b * g**3
    return np.asarray((cubes + spheres) / (cubes + spheres / PHASE_SEPARATION))
