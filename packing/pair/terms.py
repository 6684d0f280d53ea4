"""What the pair energy is made of: the facing cores, what fills the gap, and how thick a shell is on a shape."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.matter.lifshitz import tabor_winterton_hamaker_j
from packing.matter.media import ALKYL, Medium
from packing.pair.hamaker import cuboid_cuboid_energy, sphere_sphere_energy
from packing.particles import Coating
from packing.shapes import Cuboid, Shape, Sphere

FloatArray = NDArray[np.float64]

# Israelachvili's cutoff: the distance of two surfaces in contact that turns a Hamaker constant into a surface tension.
CONTACT_CUTOFF_NM = 0.165

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facing:
    """The side of a core that faces its neighbour: a flat facet with rounded rims, or a spherical cap.

    Parameters
    ----------
    core_nm
        Core size along the line of centres [nm].
    facet_nm2
        Area of the flat part [nm^2]; 0 for a sphere.
    perimeter_nm
        Length of the edges of the flat part [nm].
    radius_nm
        Radius of its edges and corners [nm]; of a sphere its own.
    """

    core_nm: float
    facet_nm2: float
    perimeter_nm: float
    radius_nm: float


def facing(shape: Shape) -> Facing:
    """The facing side of a sphere, or of the largest facet of a cuboid."""
    if isinstance(shape, Sphere):
        return Facing(core_nm=shape.diameter_nm, facet_nm2=0.0, perimeter_nm=0.0, radius_nm=shape.diameter_nm / 2)
    c, b, a = sorted(shape.edges_nm)
    r, cut = shape.rounding_nm, shape.truncation * c / 2
    flat = (a - 2 * r) * (b - 2 * r) - 2 * cut**2
    return Facing(core_nm=c, facet_nm2=max(flat, 0.0), perimeter_nm=2 * (a + b - 4 * r), radius_nm=r)


def equal_volume_cuboid_nm(shape: Cuboid) -> tuple[float, float, float]:
    """Edges [nm] of the sharp cuboid of the same height and volume, the facing ones first."""
    c, b, a = sorted(shape.edges_nm)
    squeeze = math.sqrt(shape.volume_nm3 / (a * b * c))
    return a * squeeze, b * squeeze, c


def over_facing_sides(
    flat_energy: Callable[[FloatArray], FloatArray], gap: FloatArray, reach_nm: float, side: Facing
) -> FloatArray:
    r"""Energy [kT] of two facing sides from the energy per area of flat ones [kT/nm^2], after Derjaguin.

    The flat parts, then the edges (two half cylinders, local gap :math:`d+x^2/r`) and the corners, which together are
    a sphere (:math:`\pi r\int_d W`). Exact for a flat facet, and for radii large against the range.
    ``flat_energy`` vanishes beyond ``reach_nm``.

    Parameters
    ----------
    flat_energy
        Energy per area [kT/nm^2] of flat facets at gaps [nm].
    gap
        Gap [nm], any shape.
    reach_nm
        Gap beyond which ``flat_energy`` vanishes [nm].
    side
        The side that both show.
    """
    energy = side.facet_nm2 * flat_energy(gap) if side.facet_nm2 > 0 else np.zeros_like(gap)
    if side.radius_nm <= 0:
        return energy
    left = np.maximum(reach_nm - gap, 0.0)[..., None]
    # Along u in 0..1: x^2 = r * left * u^2 on an edge, depth = left * u in the caps.
    u, w = (_NODES + 1) / 2, _WEIGHTS / 2
    along_edge = np.sqrt(side.radius_nm * left) * w * flat_energy(gap[..., None] + left * u**2)
    in_caps = left * w * flat_energy(gap[..., None] + left * u)
    energy = energy + math.pi * side.radius_nm * in_caps.sum(axis=-1)
    if side.perimeter_nm > 0:
        energy = energy + side.perimeter_nm * along_edge.sum(axis=-1)
    return np.asarray(energy)


def adhesion_over_sides(apart: FloatArray, side: Facing) -> FloatArray:
    r"""Van der Waals energy over the Hamaker constant of two sides at a distance, by the same construction.

    :math:`-1/12\pi D^2` per area, integrated over edges and corners in closed form.

    Parameters
    ----------
    apart
        Distance D of the sides [nm], any shape.
    side
        The side that both show.

    Returns
    -------
    ndarray
        E/A, dimensionless and negative, of the shape of ``apart``.
    """
    flat = side.facet_nm2 / (12 * math.pi * apart**2)
    edges = side.perimeter_nm * math.sqrt(side.radius_nm) / (48 * apart**1.5)
    return np.asarray(-(flat + edges + side.radius_nm / (12 * apart)))


def shell_on_shape_nm(flat_nm: float, shape: Shape, coating: Coating) -> float:
    """Shell thickness on the shape: on a sphere the same volume per core area makes a thinner shell.

    Parameters
    ----------
    flat_nm
        Thickness of the shell on a flat facet [nm].
    shape
        Core.
    coating
        Whose shell it is.
    """
    if isinstance(shape, Cuboid) or coating.ligand.is_ionic:
        return flat_nm
    radius = shape.diameter_nm / 2
    return radius * ((1 + 3 * flat_nm / radius) ** (1 / 3) - 1)


def core_attraction_kt(gap_nm: ArrayLike, shape: Shape, hamaker_kt: float) -> FloatArray:
    """Van der Waals energy of two cores [kT] for a Hamaker constant in kT.

    Parameters
    ----------
    gap_nm
        Gap between the cores [nm], any shape.
    shape
        Core shape.
    hamaker_kt
        Hamaker constant [kT].
    """
    if isinstance(shape, Sphere):
        return hamaker_kt * sphere_sphere_energy(gap_nm, shape.diameter_nm)
    return hamaker_kt * cuboid_cuboid_energy(gap_nm, equal_volume_cuboid_nm(shape))


def gap_medium_of(coating: Coating, around: Medium) -> Medium:
    """What fills the gap: solvent where it swells the chains or lies between ions, else the chains."""
    if coating.ligand.is_ionic or around.quality in ("good", "theta"):
        return around
    return ALKYL


def shell_hamaker_j(coating: Coating, around: Medium, core_j: float, temperature_kelvin: float) -> float:
    """Hamaker constant [J] with which dry coatings attract each other: alkane, or the core's for layers of ions.

    Parameters
    ----------
    coating
        Whose shell it is.
    around
        The medium.
    core_j
        Hamaker constant of the cores [J].
    temperature_kelvin
        Temperature [K].
    """
    if around.quality != "dry" or around is ALKYL:
        return 0.0
    if coating.ligand.is_ionic:
        return core_j
    shell, outside = ((m.refractive_index, m.permittivity) for m in (ALKYL, around))
    return tabor_winterton_hamaker_j(shell, outside, temperature_kelvin=temperature_kelvin)


def shell_adhesion_kt(
    gap_nm: ArrayLike, shape: Shape, shell_nm: float, strength_kt: float, *, is_salt: bool
) -> FloatArray:
    """Energy [kT] of dry coatings that stick to each other, negative, at gaps [nm] between equal cores.

    Parameters
    ----------
    gap_nm
        Gap between the cores [nm], any shape.
    shape
        Core shape.
    shell_nm
        Thickness of one shell [nm].
    strength_kt
        Hamaker constant [kT] of the coatings across vacuum; 0 in a liquid.
    is_salt
        Whether the coatings are ions, whose layer counts as core material.
    """
    gap = np.asarray(gap_nm, dtype=np.float64)
    apart = np.maximum(gap - 2 * shell_nm, 0.0) + CONTACT_CUTOFF_NM
    if is_salt:
        # Core material from contact on: the salts' attraction instead of the cores', which `vdw_kt` has counted.
        return core_attraction_kt(apart, shape, strength_kt) - core_attraction_kt(gap, shape, strength_kt)
    side = facing(shape)
    # Shells touch on a sphere wider by one of them.
    radius = side.radius_nm + shell_nm if isinstance(shape, Sphere) else side.radius_nm
    return strength_kt * adhesion_over_sides(apart, replace(side, radius_nm=radius))
