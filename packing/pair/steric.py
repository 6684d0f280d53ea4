"""How ligand shells push back: energy per facing area of two coated flat facets, in kT per nm^2.

A brush in a medium is described by the thickness it has when nothing presses on it (``brush_height_nm``), its dry
thickness and its chains per area; an ion by the gap it leaves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.errors import InputError
from packing.matter.media import Quality
from packing.particles import Coating

FloatArray = NDArray[np.float64]

# h = L xi^nu. A dry melt keeps its volume; the others are Alexander's scaling for a brush of blobs that is fully
# stretched at xi = 1 (S. Alexander, J. Phys. (Paris) 38, 983 (1977)).
SWELLING_EXPONENT: dict[Quality, float] = {"dry": 1.0, "poor": 1.0, "theta": 0.5, "good": 1 / 3}

# Volume of one solvent molecule in the Flory-Huggins mixing energy: 0.13 nm^3 is 80 cm^3/mol, between chloroform
# and toluene.
SOLVENT_VOLUME_NM3 = 0.13

# Steepness of the wall of an ionic layer; any large power puts the minimum at the ion's size.
ION_WALL_POWER = 12


def brush_height_nm(coating: Coating, quality: Quality) -> float:
    r"""Free thickness of a ligand shell on a flat facet [nm], :math:`h = L\,\xi^\nu`.

    :math:`\nu = 1` without or in a poor solvent (then h is the volume-conserving dry thickness), 1/2 in a theta
    and 1/3 in a good solvent. The thickness of an ionic layer does not depend on the medium.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> round(brush_height_nm(oleate, "dry"), 3), round(brush_height_nm(oleate, "good"), 3)
    (1.366, 2.046)
    """
    if coating.ligand.is_ionic:
        return coating.ligand.length_nm
    return coating.ligand.length_nm * coating.relative_coverage ** SWELLING_EXPONENT[quality]


def alexander_de_gennes(gap_nm: ArrayLike, height_nm: float, grafting_per_nm2: float) -> FloatArray:
    r"""Steric energy per area of two brushes that touch at twice their height [kT/nm^2].

    .. math:: \frac{E}{kT} = \sigma^{3/2}\,2h\left\{\tfrac45\left[(2h/d)^{5/4}-1\right]
              - \tfrac47\left[1-(d/2h)^{7/4}\right]\right\},\quad d<2h

    The integral of de Gennes' pressure :math:`\sigma^{3/2}kT[(2h/d)^{9/4}-(d/2h)^{3/4}]`, an osmotic push and the
    elastic relief of shorter chains (P. G. de Gennes, Adv. Colloid Interface Sci. 27, 189 (1987)).
    Scaling theory: the prefactor is one within a factor of order one.
    Alkyl shells are short for it; the gap it gives depends on h, hardly on the prefactor.

    Parameters
    ----------
    gap_nm
        Gap between the facets [nm], any shape.
    height_nm
        Free height of one brush [nm].
    grafting_per_nm2
        Chains per area [1/nm^2].

    Examples
    --------
    >>> alexander_de_gennes([2.0, 4.0, 5.0], 2.0, 3.0).round(2)
    array([14.57,  0.  ,  0.  ])
    """
    gap = np.asarray(gap_nm, dtype=np.float64)
    if height_nm <= 0 or grafting_per_nm2 <= 0:
        return np.zeros_like(gap)
    ratio = np.minimum(gap / (2 * height_nm), 1.0)
    osmotic, elastic = 0.8 * (ratio**-1.25 - 1), 4 / 7 * (1 - ratio**1.75)
    return grafting_per_nm2**1.5 * 2 * height_nm * (osmotic - elastic)


def alexander_de_gennes_curvature(gap_nm: ArrayLike, height_nm: float, grafting_per_nm2: float) -> FloatArray:
    r"""Second derivative of `alexander_de_gennes` by the gap [kT/nm^4], from within where the brushes just touch.

    .. math:: \frac{E''}{kT} = \frac{\sigma^{3/2}}{2h}
              \left[\tfrac94(2h/d)^{13/4}+\tfrac34(2h/d)^{1/4}\right],\quad d\le2h

    It steps from :math:`3\sigma^{3/2}/2h` to 0 there, so that no difference quotient across the touch has a limit.

    Parameters
    ----------
    gap_nm
        Gap between the facets [nm], any shape.
    height_nm
        Free height of one brush [nm].
    grafting_per_nm2
        Chains per area [1/nm^2].

    Returns
    -------
    ndarray
        In kT/nm^4, of the shape of ``gap_nm``; zero beyond the touch.

    Examples
    --------
    >>> alexander_de_gennes_curvature([4.0, 4.1], 2.0, 1.0)
    array([0.75, 0.  ])
    """
    gap = np.asarray(gap_nm, dtype=np.float64)
    if height_nm <= 0 or grafting_per_nm2 <= 0:
        return np.zeros_like(gap)
    touch = 2 * height_nm
    ratio = touch / gap
    within = grafting_per_nm2**1.5 / touch * (2.25 * ratio**3.25 + 0.75 * ratio**0.25)
    # The gap of two shells in contact may miss the touch by rounding.
    return np.where(gap <= touch * (1 + 1e-12), within, 0.0)


def osmotic_elastic(
    gap_nm: ArrayLike, height_nm: float, dry_nm: float, grafting_per_nm2: float, chi: float
) -> FloatArray:
    r"""Steric energy per area from Flory-Huggins mixing and ideal chain elasticity [kT/nm^2].

    The ligand of both shells, :math:`2t` per area, fills a gap :math:`d<2h` evenly,
    :math:`\varphi(d)=2t/d`:

    .. math:: \frac{E}{kT} = \frac1{v_1}\left[d\,f(\varphi)-2h\,f(t/h)\right]
              + 2\sigma\left[\tfrac12(\alpha^2-1)-\ln\alpha\right],\quad
              f=(1-\varphi)\ln(1-\varphi)+\chi\varphi(1-\varphi),\ \alpha=d/2h

    It diverges in slope at the dry gap :math:`2t`, below which it is infinite. The form of B. Vincent et al.,
    Colloids Surf. 18, 261 (1986), with the whole mixing energy in place of its second-order term; chi < 1/2 repels.

    Parameters
    ----------
    gap_nm
        Gap between the facets [nm], any shape.
    height_nm
        Free height of one brush [nm].
    dry_nm
        Thickness of one brush without solvent [nm].
    grafting_per_nm2
        Chains per area [1/nm^2].
    chi
        Flory-Huggins parameter of chain and solvent.

    Raises
    ------
    InputError
        Where the shell holds no solvent (dry or poor): there is nothing to be squeezed out.

    Examples
    --------
    >>> osmotic_elastic([3.0, 4.0], 2.0, 1.2, 3.0, 0.4).round(1)
    array([2.8, 0. ])
    """
    gap = np.asarray(gap_nm, dtype=np.float64)
    if height_nm <= 0 or grafting_per_nm2 <= 0:
        return np.zeros_like(gap)
    if dry_nm >= height_nm * (1 - 1e-9):
        raise InputError(
            "steric='osmotic-elastic' needs a solvent in the ligand shell: choose a good solvent as medium, "
            "or steric='alexander-de-gennes'."
        )
    d = np.minimum(gap, 2 * height_nm)
    fraction = np.minimum(2 * dry_nm / d, 1.0)
    mixing = d * _flory_huggins(fraction, chi) - 2 * height_nm * _flory_huggins(np.array(dry_nm / height_nm), chi)
    alpha = d / (2 * height_nm)
    elastic = 2 * grafting_per_nm2 * (0.5 * (alpha**2 - 1) - np.log(alpha))
    return np.where(d < 2 * dry_nm, np.inf, mixing / SOLVENT_VOLUME_NM3 + elastic)


def ion_wall(gap_nm: ArrayLike, contact_nm: float, pull_kt_per_nm: float) -> FloatArray:
    r"""Energy of a layer of ions between two facets [kT]: an inverse power that balances the attraction at contact.

    .. math:: E = -\frac{d_0\,E'_\mathrm{pull}}{n}\left(\frac{d_0}{d}\right)^{n},\quad n=12

    with :math:`d_0` the gap the ions leave and ``pull_kt_per_nm`` the slope of the attraction there, so that the
    minimum is at :math:`d_0` whatever the Hamaker constant. A named stiff form, not a theory of the ion.

    Parameters
    ----------
    gap_nm
        Gap between the facets [nm], any shape.
    contact_nm
        Gap that the ions leave [nm].
    pull_kt_per_nm
        Slope of the attraction at that gap [kT/nm].
    """
    gap = np.asarray(gap_nm, dtype=np.float64)
    return pull_kt_per_nm * contact_nm / ION_WALL_POWER * (contact_nm / gap) ** ION_WALL_POWER


def _flory_huggins(fraction: FloatArray, chi: float) -> FloatArray:
    free = np.maximum(1 - fraction, 1e-300)
    return free * np.log(free) + chi * fraction * free
