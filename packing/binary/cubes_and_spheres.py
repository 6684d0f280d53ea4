r"""Cubes together with spheres: the optimum over orientations, and the constant-cell OTM.

The size ratio is edge of the cube over diameter of the sphere, :math:`\gamma = l/d`; A is the sphere, the unit of
length its diameter, so :math:`\eta = (n_A\pi/6 + n_B\gamma^3)/V`. No single orientation is densest everywhere:
`densest_packing` searches them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.binary.cube_sphere_search import cube_sphere_shapes
from packing.binary.cube_sphere_table import CUBE_NAMES, table_entry
from packing.checks import require_known, require_positive
from packing.contact.contact import LINKS
from packing.contact.packed import PackedLattice
from packing.contact.packing import densest_packing
from packing.errors import InputError
from packing.lattices.catalogue import template

FloatArray = NDArray[np.float64]

_SQRT2 = math.sqrt(2)
_HALF_TURN = math.pi / 8
_ROTATED_ABOUT_X = (math.cos(_HALF_TURN), math.sin(_HALF_TURN), 0.0, 0.0)
_ROTATED_ABOUT_Z = (math.cos(_HALF_TURN), 0.0, 0.0, math.sin(_HALF_TURN))

ROTATED_ORIENTATIONS = {"ABO3": {"O": _ROTATED_ABOUT_Z}, "AuCu3": {"B": _ROTATED_ABOUT_X}}
"""Orientation of the first site of each kind, for `densest_packing`: cubes turned by 45 degrees about a face normal."""

CONSTANT_CELL_FROM = _SQRT2 - 1
"""Size ratio above which the OTM keeps the A-A contact of NaCl and of (rotated) ABO3 and lets the cubes shrink."""


def constant_cell_fraction(name: str, gamma: ArrayLike) -> FloatArray:
    """OTM packing fraction of NaCl or ABO3 with cubes whose ligands give way; NaN where it would exceed 1.

    Above gamma = sqrt(2) - 1 the cell stays that of the touching spheres while the cubes' effective edge stays at
    that ratio; the volumes counted stay nominal.

    Parameters
    ----------
    name
        ``"NaCl"`` or ``"ABO3"``.
    gamma
        Edge of the cubes on B over diameter of the spheres on A, any shape.

    Raises
    ------
    InputError
        For another lattice.

    Examples
    --------
    >>> constant_cell_fraction("ABO3", [0.45, 0.6]).round(4).tolist()
    [0.8881, nan]
    """
    resolved = template(name).name
    require_known("lattice with an OTM for cubes", resolved, ("NaCl", "ABO3"))
    g = np.asarray(gamma, dtype=np.float64)
    cell = 2 * _SQRT2 if resolved == "NaCl" else 1.0
    fraction = _volume_of_particles(resolved, g) / cell
    return np.asarray(np.where(fraction > 1 + 1e-9, np.nan, fraction))


def densest_cubes_and_spheres(name: str, gamma: float, *, cube_on: str = "B", n_starts: int = 8) -> PackedLattice:
    """The densest packing found of cubes with spheres, with the larger particle on A or wherever it is put.

    Parameters
    ----------
    name
        Name of the lattice.
    gamma
        Size of B over size of A (diameter of a sphere, edge of a cube).
    cube_on
        ``"B"`` (with O) or ``"A"``.
    n_starts
        Random starts of the search, besides the named orientations and the table's.

    Examples
    --------
    >>> round(densest_cubes_and_spheres("AlB2", 6**-0.5).packing_fraction, 4)
    0.7617
    """
    require_positive("gamma", gamma)
    require_known("cube_on", cube_on, ("A", "B"))
    resolved = template(name).name
    shapes = cube_sphere_shapes(resolved, cube_on, gamma)
    # Every cube by itself has too many angles to search in the larger cells.
    links = LINKS if resolved in CUBE_NAMES else ("orbit", "same")
    found = [densest_packing(resolved, shapes, link=link, n_starts=n_starts) for link in links]
    if resolved in CUBE_NAMES and gamma <= 1:
        found.append(table_entry(resolved, cube_on).packing(gamma))
    return max(found, key=lambda packing: packing.packing_fraction)


def constant_cell_packing(name: str, gamma: float) -> PackedLattice:
    """The cell of the cubes' OTM: spheres in contact, cubes at the effective edge that fits between them.

    Parameters
    ----------
    name
        ``"NaCl"`` or ``"ABO3"``.
    gamma
        Edge of the cubes on B over diameter of the spheres on A.

    Raises
    ------
    InputError
        Where the particles would need more than the whole cell.
    """
    resolved = template(name).name
    if gamma > CONSTANT_CELL_FROM and not np.isfinite(constant_cell_fraction(resolved, gamma)):
        cell = 2 * _SQRT2 if resolved == "NaCl" else 1.0
        raise InputError(
            f"gamma {gamma:g} is outside the OTM branch of {resolved} with cubes: it would fill "
            f"{float(_volume_of_particles(resolved, np.asarray(gamma))) / cell:.3f} of the cell, more than all of it. "
            "Use model='hs'."
        )
    effective = min(gamma, CONSTANT_CELL_FROM)
    shapes = cube_sphere_shapes(resolved, "B", effective)
    return densest_packing(resolved, shapes, orientations=ROTATED_ORIENTATIONS.get(resolved, {}))


def _volume_of_particles(name: str, gamma: FloatArray) -> FloatArray:
    counts = template(name).counts
    cubes = sum(n for kind, n in counts.items() if kind != "A")
    return np.asarray(counts["A"] * math.pi / 6 + cubes * gamma**3)
