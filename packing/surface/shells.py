"""How two ligand shells act on each other per area, and how thin a shell is where chains splay."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from packing.matter.media import Medium
from packing.pair.steric import ION_WALL_POWER, SWELLING_EXPONENT, alexander_de_gennes, brush_height_nm
from packing.pair.terms import CONTACT_CUTOFF_NM
from packing.particles import Coating
from packing.surface.bodies import Body

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """A ligand shell on a flat facet of a core.

    Parameters
    ----------
    height_nm
        Thickness when nothing presses on it [nm].
    grafting_per_nm2
        Chains per area [1/nm^2].
    is_ionic
        Whether it is a layer of ions: it does not give way and does not splay.
    swelling_exponent
        How its thickness on a facet grows with the grafting: 1 dry, 1/3 in a good solvent.
    """

    height_nm: float
    grafting_per_nm2: float
    is_ionic: bool
    swelling_exponent: float


def shell_of(coating: Coating, around: Medium) -> Shell:
    """The shell of a coating in a medium, on a flat facet."""
    return Shell(
        height_nm=brush_height_nm(coating, around.quality),
        grafting_per_nm2=min(coating.coverage_per_nm2, coating.ligand.closest_per_nm2),
        is_ionic=coating.ligand.is_ionic,
        swelling_exponent=SWELLING_EXPONENT[around.quality],
    )


@lru_cache(maxsize=256)
def splayed_height_nm(
    flat_nm: float, radius_nm: float, sizes: tuple[float, float, float], swelling_exponent: float = 1.0
) -> float:
    r"""Thickness of a shell where its chains splay [nm], from the one they have on a flat facet.

    .. math:: \int_0^h\left[\frac{A(r+t)}{A(r)}\right]^\nu dt = h_0,\quad A(s) = S_2 + S_1 s + S_0 s^2

    A is the area of the parallel surfaces over the ground from which chains reach the place: all within their own
    height :math:`h_0` of it. A chain is stretched by :math:`\xi^\nu` (`packing.pair.steric.SWELLING_EXPONENT`), with
    the grafting :math:`\xi\,A(r)/A(r+t)` that is left at t. Dry (:math:`\nu=1`) that is Steiner's formula: the chains
    keep their volume; on a sphere the shell of the optimal packing model. In a good solvent (1/3) it is the star of
    M. Daoud and J. P. Cotton, J. Phys. (Paris) 43, 531 (1982), doi:10.1051/jphys:01982004303053100. No parameter is
    fitted.

    Parameters
    ----------
    flat_nm
        Thickness on a flat facet, :math:`h_0` [nm].
    radius_nm
        Radius of the edge or corner, r [nm].
    sizes
        Flat area :math:`S_2` from which chains reach the place; length of its edges times the angle of their
        normals, :math:`S_1`; solid angle of its own normals, :math:`S_0`.
    swelling_exponent
        The exponent :math:`\nu`.

    Examples
    --------
    A sharp right-angled edge and a cube's corner, dry and in a good solvent:

    >>> edge = (2.0, math.pi / 2, 0.0)
    >>> corner = (3 * math.pi / 4, 3 * math.pi / 2, math.pi / 2)
    >>> [round(splayed_height_nm(1.0, 0.0, x, nu), 3) for x in (edge, corner) for nu in (1, 1 / 3)]
    [0.768, 0.906, 0.597, 0.809]
    """
    if flat_nm <= 0:
        return flat_nm
    nodes, weights = np.polynomial.legendre.leggauss(24)

    def area(t: FloatArray) -> FloatArray:
        s = radius_nm + t
        return sizes[0] + sizes[1] * s + sizes[2] * s**2

    def excess(h: float) -> float:
        ratio = area(h * (nodes + 1) / 2) / area(np.zeros(1))
        return h / 2 * float(weights @ ratio**swelling_exponent) - flat_nm

    return float(brentq(excess, 0.0, flat_nm, xtol=1e-12))


def edge_heights_nm(body: Body, shell: Shell) -> FloatArray:
    """Thickness of the shell on every edge [nm], shape (E,)."""
    h = shell.height_nm
    if shell.is_ionic:
        return np.full(len(body.edges), h)
    places = [(2 * h, round(float(angle), 12), 0.0) for angle in body.fan_angles]
    return np.array([splayed_height_nm(h, body.radius_nm, p, shell.swelling_exponent) for p in places])


def corner_heights_nm(body: Body, shell: Shell) -> FloatArray:
    """Thickness of the shell on every corner [nm], shape (V,); on a sphere that of `packing.pair.energy`."""
    h = shell.height_nm
    if shell.is_ionic:
        return np.full(len(body.vertices_nm), h)
    if not len(body.normals):
        return np.array([splayed_height_nm(h, body.radius_nm, (0.0, 0.0, 1.0))])
    found = []
    for corner in range(len(body.vertices_nm)):
        at = (body.edges == corner).any(axis=1)
        flat, edges = body.facet_angle_at(corner) * h**2 / 2, float(body.fan_angles[at].sum()) * h
        place = (flat, edges, body.solid_angle_at(corner))
        found.append(splayed_height_nm(h, body.radius_nm, place, shell.swelling_exponent))
    return np.array(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellContact:
    """What acts between two shells: both brushes or ion layers, the cores' attraction and that of dry shells.

    Parameters
    ----------
    first, second
        The shells.
    core_kt
        Hamaker constant of the cores across what fills the gap [kT].
    adhesion_kt
        Hamaker constant of the shells across vacuum [kT]; 0 in a liquid.
    melt_modulus_kt_per_nm3
        Bulk modulus with which dry chains resist [kT/nm^3], in place of the law of brushes; 0 keeps that.
    """

    first: Shell
    second: Shell
    core_kt: float
    adhesion_kt: float
    melt_modulus_kt_per_nm3: float = 0.0

    @property
    def reaches_out(self) -> bool:
        """Whether the shells act on each other before they touch: dry ones stick, and a wall of ions has a tail."""
        return self.adhesion_kt != 0 or (self.first.is_ionic and self.second.is_ionic)

    def stick_per_nm2(self, apart_nm: FloatArray) -> FloatArray:
        """Attraction per area [kT/nm^2] of dry shells at a distance; constant where they are pushed together.

        ``apart_nm`` is the distance of the shells [nm], any shape.
        """
        apart = np.maximum(apart_nm, 0.0) + CONTACT_CUTOFF_NM
        return np.asarray(-self.adhesion_kt / (12 * math.pi * apart**2))

    def push_per_nm2(self, gap_nm: FloatArray, height_1_nm: float, height_2_nm: float) -> FloatArray:
        """What else there is per area [kT/nm^2] of shells of local thickness as given, at gaps between the cores.

        Two springs in series that carry the same pressure; a layer of ions is a stiff one. Dry layers of ions count
        as core material, so the attraction of the cores, counted elsewhere, is taken back. A melt is as stiff as
        its bulk modulus.

        ``gap_nm`` is the gap [nm], ``height_1_nm`` and ``height_2_nm`` the thickness of the shells there [nm].
        """
        gap = np.maximum(np.asarray(gap_nm, dtype=np.float64), 1e-3)
        one, two = self.first.grafting_per_nm2, self.second.grafting_per_nm2
        touch = height_1_nm + height_2_nm
        if self.first.is_ionic and self.second.is_ionic:
            return self._ion_wall(gap, touch) + self.adhesion_kt / (12 * math.pi * gap**2)
        if self.melt_modulus_kt_per_nm3 > 0:
            # The modulus acts in what is not of ions.
            ions = sum(h for h, s in ((height_1_nm, self.first), (height_2_nm, self.second)) if s.is_ionic)
            return melt_per_nm2(gap - ions, touch - ions, self.melt_modulus_kt_per_nm3)
        if self.first.is_ionic:
            return _against_wall(gap - height_1_nm, height_2_nm, two)
        if self.second.is_ionic:
            return _against_wall(gap - height_2_nm, height_1_nm, one)
        return brushes_in_series_per_nm2(gap, (height_1_nm, height_2_nm), (one, two))

    def _ion_wall(self, gap: FloatArray, contact_nm: float) -> FloatArray:
        # The wall balances the attraction just outside contact, so that two facets rest there.
        pull = (self.core_kt - self.adhesion_kt) / contact_nm**3 + self.adhesion_kt / CONTACT_CUTOFF_NM**3
        push = max(pull, 0.0) / (6 * math.pi) * contact_nm / ION_WALL_POWER
        return np.asarray(push * (contact_nm / gap) ** ION_WALL_POWER)


def brushes_in_series_per_nm2(
    gap_nm: FloatArray, heights_nm: tuple[float, float], grafting_per_nm2: tuple[float, float]
) -> FloatArray:
    r"""Energy per area of two unlike brushes [kT/nm^2]: the gap is shared so that both carry the same pressure.

    Each is half of Alexander's and de Gennes' pair, :math:`p(d)=\sigma^{3/2}kT[(h/d)^{9/4}-(d/h)^{3/4}]`, against the
    plane where they meet (P. G. de Gennes, Adv. Colloid Interface Sci. 27, 189 (1987),
    doi:10.1016/0001-8686(87)85003-0). Equal brushes give `packing.pair.steric.alexander_de_gennes`.

    ``gap_nm`` is the gap [nm], ``heights_nm`` the free heights [nm] and ``grafting_per_nm2`` the chains per area
    [1/nm^2].

    Examples
    --------
    >>> brushes_in_series_per_nm2(np.array([2.0, 4.0]), (2.0, 2.0), (3.0, 3.0)).round(2)
    array([14.57,  0.  ])
    """
    (h1, h2), (s1, s2) = heights_nm, (s**1.5 for s in grafting_per_nm2)
    gap = np.asarray(gap_nm, dtype=np.float64)
    if min(h1, s1) <= 0 or min(h2, s2) <= 0:
        h, s = (h2, s2) if min(h1, s1) <= 0 else (h1, s1)
        return _against_wall(gap, h, s ** (2 / 3))
    if abs(s1 - s2) < 1e-9 * s1:
        return alexander_de_gennes(gap, (h1 + h2) / 2, grafting_per_nm2[0])
    # By the pressure, largest first, so that the gap grows along the table.
    ratio = np.unique(np.concatenate([np.geomspace(1e-3, 1.0, 3000), 1 - np.geomspace(1e-6, 0.5, 1500)]))
    pressure = s1 * (ratio**-2.25 - ratio**0.75)
    other = np.interp(-pressure / s2, -(ratio**-2.25 - ratio**0.75), ratio)
    share = h1 * ratio + h2 * other
    energy = s1 * h1 * _half(ratio) + s2 * h2 * _half(other)
    return np.interp(gap, share, energy)


def melt_per_nm2(gap_nm: FloatArray, touch_nm: float, modulus_kt_per_nm3: float) -> FloatArray:
    r"""Energy per area of a melt that fills a gap and is squeezed [kT/nm^2], :math:`KD(x-1-\ln x)`, x = d/D < 1.

    A constant bulk modulus: the pressure is :math:`K(D/d-1)`, and nothing flows out at the rims.

    ``gap_nm`` is the gap [nm], ``touch_nm`` that at which the shells touch, ``modulus_kt_per_nm3`` the bulk modulus
    [kT/nm^3].

    Examples
    --------
    1 GPa, 2.73 nm squeezed to 1.7 nm:

    >>> float(melt_per_nm2(np.array(1.7), 2.73, 241.0).round(1))
    63.4
    """
    x = np.clip(np.asarray(gap_nm, dtype=np.float64) / touch_nm, 1e-3, 1.0) if touch_nm > 0 else np.ones_like(gap_nm)
    return np.asarray(modulus_kt_per_nm3 * touch_nm * (x - 1 - np.log(x)))


def _half(ratio: FloatArray) -> FloatArray:
    return 0.8 * (ratio**-1.25 - 1) - 4 / 7 * (1 - ratio**1.75)


def _against_wall(gap: FloatArray, height_nm: float, grafting_per_nm2: float) -> FloatArray:
    if height_nm <= 0 or grafting_per_nm2 <= 0:
        return np.zeros_like(gap)
    ratio = np.clip(gap / height_nm, 1e-3, 1.0)
    return grafting_per_nm2**1.5 * height_nm * _half(ratio)
