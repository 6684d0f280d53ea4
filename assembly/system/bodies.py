"""Rigid bodies of beads with exact mass and inertia.

The inertia of a homogeneous core is realised by the bead masses themselves, so that an engine which sums over beads
(LAMMPS) and one that takes mass and inertia from the centre (HOOMD) move the same body.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.spatial import ConvexHull, Delaunay

from assembly.system.system import BodyKind
from packing.checks import require_positive
from packing.errors import InputError
from packing.particles import Coating, Nanocrystal
from packing.shapes import Cuboid, Shape, Sphere


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Nanocrystals of one kind with their coating, and how many of them there are.

    Raises
    ------
    InputError
        If there are none.
    """

    nanocrystal: Nanocrystal
    coating: Coating
    n_particles: int

    def __post_init__(self) -> None:
        if self.n_particles < 1:
            raise InputError(f"n_particles must be at least 1 of each kind, got {self.n_particles}. Take more.")


def dilute_lattice(
    n_particles: int, box_nm: float | tuple[float, float, float], per_edge: tuple[int, int, int] | None = None
) -> NDArray[np.float64]:
    """``n_particles`` sites of a lattice that fills a rectangular box centred on the origin [nm], shape (n, 3).

    Where there are more sites than particles, the vacant ones are spread evenly.

    Parameters
    ----------
    n_particles
        How many sites.
    box_nm
        Edge of a cubic box, or the three edges of a rectangular one [nm].
    per_edge
        Sites along each edge; None takes as many along each.

    Examples
    --------
    >>> dilute_lattice(2, 10.0).shape
    (2, 3)
    >>> dilute_lattice(6, (10.0, 20.0, 30.0), (1, 2, 3))[:3, 2].round(9).tolist()
    [-10.0, 0.0, 10.0]
    """
    n = per_edge or (math.ceil(n_particles ** (1 / 3) - 1e-9),) * 3
    box = np.broadcast_to(np.asarray(box_nm, dtype=float), (3,))
    lines = [((np.arange(k) + 0.5) / k - 0.5) * edge for k, edge in zip(n, box, strict=True)]
    sites = np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1).reshape(-1, 3)
    return sites[np.linspace(0, len(sites) - 1, n_particles).round().astype(int)]


FloatArray = NDArray[np.float64]

AMU_PER_NM3_AT_1_KG_M3 = 6.02214076e26 * 1e-27


def solid_mass_and_inertia(shape: Shape, density_kg_m3: float) -> tuple[float, FloatArray]:
    """Mass [amu] and principal moments of inertia [amu nm^2], shape (3,), of a homogeneous core.

    Closed forms for spheres and sharp cuboids; second moments of a decomposition into tetrahedra for truncated ones;
    the integral of x^2 times the area of the cross-section for rounded ones.

    Parameters
    ----------
    shape
        The core.
    density_kg_m3
        Its density [kg/m^3].

    Raises
    ------
    InputError
        For a density that is not positive.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> mass, inertia = solid_mass_and_inertia(cube(8.6), 4840.0)
    >>> f"{mass:.4g} {inertia[0] / (mass * 8.6**2 / 6):.12f}"
    '1.854e+06 1.000000000000'
    """
    density = require_positive("density_kg_m3", density_kg_m3, "kg/m^3") * AMU_PER_NM3_AT_1_KG_M3
    moments = density * _second_moments_nm5(shape)
    return density * shape.volume_nm3, moments.sum() - moments


def rigid_body(
    name: str,
    shape: Shape,
    density_kg_m3: float,
    bead_positions_nm: FloatArray,
    *,
    bead_types: NDArray[np.int64],
    centre_type: int = 0,
    ballast_type: int | None = None,
) -> BodyKind:
    """A body of the core's mass and inertia with beads at the given places in its principal frame.

    Parameters
    ----------
    name, shape, density_kg_m3
        Of the core.
    bead_positions_nm, bead_types
        Its beads, shapes (n, 3) and (n,).
    centre_type
        Type of the centre.
    ballast_type
        Type of six beads without any interaction, on the axes, that are added where the others sit too close to the
        centre to carry the core's inertia with its mass; None never adds them.

    Raises
    ------
    InputError
        If no non-negative bead masses give that inertia with that mass.
    """
    mass, inertia = solid_mass_and_inertia(shape, density_kg_m3)
    beads, types = np.array(bead_positions_nm, dtype=np.float64), np.array(bead_types, dtype=np.int64)
    try:
        masses = bead_masses(beads, mass, inertia)
    except InputError:
        if ballast_type is None:
            raise
        masses, ballast = _with_ballast(beads, mass, inertia)
        beads, types = np.vstack([beads, ballast]), np.concatenate([types, np.full(6, ballast_type)])
    return BodyKind(
        name=name,
        shape=shape,
        mass_amu=mass,
        inertia_amu_nm2=inertia,
        centre_type=centre_type,
        bead_types=types,
        bead_positions_nm=beads,
        bead_masses_amu=masses,
    )


def bead_masses(bead_positions_nm: FloatArray, mass_amu: float, inertia_amu_nm2: FloatArray) -> FloatArray:
    """Masses [amu] of the beads, the rest being on the centre, that give a body its mass and inertia.

    For a cube they are all equal, m = I / sum(y^2 + z^2). Otherwise non-negative least squares finds masses
    with sum m x_i x_j = diag and sum m x = 0.

    Parameters
    ----------
    bead_positions_nm
        Places of the beads in the body's principal frame [nm], shape (n, 3).
    mass_amu
        Mass of the body [amu].
    inertia_amu_nm2
        Its principal moments of inertia [amu nm^2], shape (3,).

    Returns
    -------
    array
        Masses of the beads [amu], shape (n,).

    Raises
    ------
    InputError
        If no such masses exist within the mass of the body.

    Examples
    --------
    >>> corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
    >>> bead_masses(corners, 12.0, np.array([8.0, 8.0, 8.0])).round(6).tolist()
    [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    """
    x = np.asarray(bead_positions_nm, dtype=float)
    second = inertia_amu_nm2.sum() / 2 - inertia_amu_nm2  # sum m x^2 along each axis
    own = (x**2).sum(axis=0)
    if not own.all():
        raise InputError(
            f"bead_positions_nm: {len(x)} beads in one plane or place cannot carry the core's inertia. Place beads on "
            "all sides of it."
        )
    even = second / own
    if np.ptp(even) < 1e-12 * even.max() and _is_centred(x):
        masses = np.full(len(x), even[0])
    else:
        rows = np.vstack([(x**2).T, x.T, x[:, [0, 0, 1]].T * x[:, [1, 2, 2]].T])
        scale = np.concatenate([second, np.full(6, second.mean())])
        guess = np.full(len(x), even.mean())
        target = np.concatenate([second, np.zeros(6)])
        masses = _least_change(rows / scale[:, None], target / scale, guess)
        if np.abs(rows @ masses - target).max() > 1e-9 * second.max():
            raise InputError(
                f"bead_positions_nm: {len(x)} beads cannot carry the core's inertia. Place beads on all sides of it."
            )
    if masses.sum() > mass_amu:
        raise InputError(
            "bead_positions_nm: the beads sit too close to the centre to carry the core's inertia with its mass. "
            "Use more, smaller beads."
        )
    return masses


def _with_ballast(beads: FloatArray, mass: float, inertia: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Masses of beads and of six more on the axes, and the places of those; a fifth of the mass is on the beads."""
    if not _is_centred(beads):
        raise InputError("bead_positions_nm: beads that need ballast must lie symmetrically about the centre.")
    second = inertia.sum() / 2 - inertia
    even = 0.2 * mass / len(beads)
    arms = 1.2 * np.sqrt(3 * second / mass)
    each = (second - even * (beads**2).sum(axis=0)) / (2 * arms**2)
    if each.min() < 0:
        raise InputError("bead_positions_nm: the beads are too far out for the core's inertia. Use smaller beads.")
    places = np.vstack([np.diag(arms), -np.diag(arms)])
    return np.concatenate([np.full(len(beads), even), each, each]), places


def _least_change(rows: FloatArray, target: FloatArray, guess: FloatArray) -> FloatArray:
    """Non-negative masses that fulfil rows @ m = target and stay near the guess where that is possible."""
    shifted = guess + np.linalg.lstsq(rows, target - rows @ guess, rcond=None)[0]
    if shifted.min() >= 0:
        return shifted
    return nnls(rows, target)[0]


def _is_centred(x: FloatArray) -> bool:
    gram = x.T @ x
    return bool(
        np.abs(x.sum(0)).max() < 1e-9 * len(x) and np.abs(gram - np.diag(np.diag(gram))).max() < 1e-9 * gram.max()
    )


def _second_moments_nm5(shape: Shape) -> FloatArray:
    """Integrals of x^2, y^2, z^2 over the shape [nm^5]."""
    if isinstance(shape, Sphere):
        return np.full(3, shape.volume_nm3 * shape.diameter_nm**2 / 20)
    if shape.truncation > 0:
        return _hull_second_moments(shape.vertices_nm)
    if shape.rounding_nm > 0:
        return _rounded_second_moments(shape)
    return shape.volume_nm3 * np.array(shape.edges_nm) ** 2 / 12


def _hull_second_moments(vertices: FloatArray) -> FloatArray:
    tetrahedra = vertices[Delaunay(vertices).simplices]
    volumes = np.abs(np.linalg.det(tetrahedra[:, 1:] - tetrahedra[:, :1])) / 6
    # Over a tetrahedron: int x^2 = V/20 [ sum x_i^2 + (sum x_i)^2 ].
    moments = ((tetrahedra**2).sum(1) + tetrahedra.sum(1) ** 2) / 20
    if not np.isclose(volumes.sum(), ConvexHull(vertices).volume, rtol=1e-9):
        raise InputError("shape: its hull could not be cut into tetrahedra.")
    return volumes @ moments


def _rounded_second_moments(shape: Cuboid) -> FloatArray:
    """Cross-sections across an axis have a known area A(x), so that the moment is the integral of x^2 A(x)."""
    r = shape.rounding_nm
    nodes, weights = np.polynomial.legendre.leggauss(64)
    moments = []
    for axis in range(3):
        a = shape.edges_nm[axis] - 2 * r
        b, c = (shape.edges_nm[i] - 2 * r for i in range(3) if i != axis)
        angle = (nodes + 1) * np.pi / 4  # the cap x = a/2 + r sin t has rounding r cos t in its cross-section
        depth, side = a / 2 + r * np.sin(angle), r * np.cos(angle)
        area = b * c + 2 * side * (b + c) + np.pi * side**2
        cap = np.sum(weights * np.pi / 4 * depth**2 * area * side)
        full = b * c + 2 * r * (b + c) + np.pi * r**2
        moments.append(full * a**3 / 12 + 2 * cap)
    return np.array(moments)
