"""Packing fraction of any candidate lattice against size ratio, fast: from closed forms or the engine's cache."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.binary.closed_forms import PHASE_SEPARATION, checked_gamma, packing_fraction_hs
from packing.binary.cube_sphere_table import CUBE_NAMES, table_entry
from packing.binary.otm import otm_curve
from packing.binary.soft_particles import SoftParticles, open_kinds, shrunken_fraction
from packing.checks import require_known
from packing.errors import InputError
from packing.lattices.catalogue import BINARY_NAMES, template

FloatArray = NDArray[np.float64]

SPHERES, CUBES_ON_B, CUBES_ON_A = "spheres", "cubes on B", "cubes on A"
CUBES = "cubes"
"""Two kinds of cubes: no curves, see `packing.binary.cube_pairs`."""
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
    undercut
        Whether an OTM branch was left out because it would shrink a particle below its core, shape (G,).
    cones
        Kinds whose size is that of the overlap cone model, empty where it plays no part.
    is_ocm
        Whether it does, shape (G,).
    """

    name: str
    gamma: FloatArray
    packing_fraction: FloatArray
    is_otm: NDArray[np.bool_]
    overfilled: NDArray[np.bool_]
    undercut: NDArray[np.bool_]
    cones: tuple[str, ...]
    is_ocm: NDArray[np.bool_]


def lattice_curve(
    name: str, gamma: ArrayLike, *, model: str = "otm", mixture: str = SPHERES, soft: SoftParticles | None = None
) -> LatticeCurve:
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
    soft
        What lies under the effective sizes of spheres. With it the OTM leaves out branches that would shrink a
        particle below its core, and particles with few neighbours are sized by the overlap cone model
        (`packing.binary.soft_particles.open_kinds`, at the median size ratio) where that holds.

    Raises
    ------
    InputError
        For an unknown lattice, model or mixture, for size ratios that are not above 0 and at most 1, and for two kinds
        of cubes.

    Examples
    --------
    >>> curve = lattice_curve("CaB6", [0.4, 0.5, 0.6])
    >>> curve.packing_fraction.round(3).tolist(), curve.overfilled.tolist()
    ([0.725, 0.916, 0.396], [False, False, True])
    """
    require_known("model", model, ("hs", "otm"))
    require_curves(mixture)
    resolved = template(name).name
    require_known("binary lattice", resolved, BINARY_NAMES)
    g = np.atleast_1d(checked_gamma(gamma))
    if mixture != SPHERES:
        return _curve(resolved, g, table_entry(resolved, mixture[-1]).packing_fraction(g))
    rigid = packing_fraction_hs(resolved, g)
    if model == "hs":
        return _curve(resolved, g, rigid)
    otm = otm_curve(resolved, g)
    vortices = (otm.branch != "") & ~otm.overfilled
    undercut = np.zeros_like(vortices) if soft is None else vortices & soft.undercut(otm.smallest_a, otm.smallest_b)
    vortices &= ~undercut
    fraction = np.where(vortices, otm.packing_fraction, rigid)
    kinds = () if soft is None else _open_kinds(resolved, g, soft)
    bent = np.zeros_like(vortices)
    if soft is not None and kinds:
        coned = shrunken_fraction(
            resolved, g, soft.cone_a if "A" in kinds else np.ones(1), soft.cone_b if "B" in kinds else np.ones(1)
        )
        bent = np.isfinite(coned) & (coned <= 1)
        fraction = np.where(bent, coned, fraction)
    return _curve(
        resolved, g, fraction, is_otm=vortices, overfilled=otm.overfilled, undercut=undercut, cones=kinds, is_ocm=bent
    )


def _open_kinds(name: str, gamma: FloatArray, soft: SoftParticles) -> tuple[str, ...]:
    return open_kinds(name, float(np.median(gamma)), float(np.median(soft.reach_a)), float(np.median(soft.reach_b)))


def _curve(
    name: str, gamma: FloatArray, fraction: FloatArray, cones: tuple[str, ...] = (), **flags: NDArray[np.bool_]
) -> LatticeCurve:
    none = dict.fromkeys(("is_otm", "overfilled", "undercut", "is_ocm"), np.zeros(gamma.shape, dtype=bool))
    return LatticeCurve(name=name, gamma=gamma, packing_fraction=fraction, cones=cones, **{**none, **flags})


def require_curves(mixture: str) -> None:
    """Raise `InputError` for a mixture that is unknown, or has no curves against the size ratio."""
    if mixture == CUBES:
        raise InputError(
            f"mixture: two kinds of cubes have no curves against the size ratio, got {mixture!r}. Rank one pair at its "
            "own ratio with rank_lattices, or search one lattice with packing.binary.cube_pairs.cube_pair(name, gamma)."
        )
    require_known("mixture", mixture, MIXTURES)


def candidate_names(mixture: str) -> tuple[str, ...]:
    """Lattices that a mixture can be ranked over."""
    return BINARY_NAMES if mixture == SPHERES else CUBE_NAMES


def phase_separation(name: str, gamma: ArrayLike, mixture: str = SPHERES) -> FloatArray:
    r"""Packing fraction of the two kinds, each in its own densest crystal, in the ratio that a lattice holds.

    Spheres of either size fill 0.7405 (fcc), cubes all space: :math:`\eta = \sum_i v_i / \sum_i (v_i/\eta_i)`.

    Parameters
    ----------
    name
        Name of the lattice, which holds the proportion.
    gamma
        Size of B over size of A, any shape.
    mixture
        What sits on A and on B, one of `MIXTURES` or two kinds of cubes.

    Returns
    -------
    ndarray
        Packing fraction, of the shape of ``gamma``.

    Examples
    --------
    >>> float(phase_separation("NaCl", 0.5).round(4)), float(phase_separation("NaCl", 0.5, "cubes on B").round(4))
    (0.7405, 0.7795)
    """
    g = np.asarray(gamma, dtype=np.float64)
    if mixture in (SPHERES, CUBES):
        return np.full(g.shape, PHASE_SEPARATION if mixture == SPHERES else 1.0)
    counts = template(name).counts
    others = sum(n for kind, n in counts.items() if kind != "A")
    a, b = (math.pi / 6, 1.0) if mixture == CUBES_ON_B else (1.0, math.pi / 6)
    cubes = others * b * g**3 if mixture == CUBES_ON_B else counts["A"] * a
    spheres = counts["A"] * a if mixture == CUBES_ON_B else others * b * g**3
    return np.asarray((cubes + spheres) / (cubes + spheres / PHASE_SEPARATION))
