"""Which constants act between two coated bodies, and the tables of energy per area they give."""

from __future__ import annotations

import math
from dataclasses import dataclass

from packing.checks import require_positive
from packing.core_material import Material
from packing.lifshitz import BOLTZMANN_J_PER_K, PLANCK_J_S, tabor_winterton_hamaker_j
from packing.materials import material
from packing.media import ALKYL, Medium, medium
from packing.pair_terms import gap_medium_of
from packing.particles import Coating, Environment, Nanocrystal
from packing.pose.rims import PushCurves, RoundParts
from packing.pose.shells import ShellContact, shell_of
from packing.pose.tabulated import AreaCurve, tabulate

# Shells farther apart than this do not feel each other's facets [nm], or each other's rims.
FACETS_END_NM = 100.0
RIMS_END_NM = 2.0

_LEAST_GAP_NM = 0.02
# Bulk modulus of a dense alkane melt [Pa], of order 1 GPa.
MELT_MODULUS_PA = 1e9


@dataclass(frozen=True, slots=True)
class CoatedBody:
    """A nanocrystal with its ligands.

    Parameters
    ----------
    nanocrystal
        The core.
    coating
        Its ligands.
    """

    nanocrystal: Nanocrystal
    coating: Coating


def unlike_hamaker_j(first: Material, second: Material, across: Medium, temperature_kelvin: float = 300.0) -> float:
    r"""Hamaker constant [J] of two bodies of unlike materials across a medium; negative where they repel.

    .. math:: A = \frac34 kT\,f_1f_2 + \frac{3h\nu_e}{8\sqrt2}
              \frac{(n_1^2-n_3^2)(n_2^2-n_3^2)}{s_1s_2(s_1+s_2)},\quad
              f_i=\frac{\varepsilon_i-\varepsilon_3}{\varepsilon_i+\varepsilon_3},\ s_i=\sqrt{n_i^2+n_3^2}

    with the geometric mean of the two absorption frequencies (D. Tabor and R. H. S. Winterton, Proc. R. Soc. A 312,
    435 (1969), doi:10.1098/rspa.1969.0169; J. N. Israelachvili, Intermolecular and Surface Forces, section 13). Term
    by term: the geometric mean of two constants would lose the sign where the medium's index lies between the two.
    Metals, whose constants across vacuum are tabulated, combine as
    :math:`(\sqrt{A_{11}}-\sqrt{A_{33}})(\sqrt{A_{22}}-\sqrt{A_{33}})`; a metal and a dielectric by the geometric mean
    of the two constants across the medium, with the sign of the dielectric's contrast.

    Examples
    --------
    >>> from packing.materials import material
    >>> from packing.media import medium
    >>> dots, spheres = material("CsPbBr3"), material("NaGdF4")
    >>> [round(1e21 * unlike_hamaker_j(dots, spheres, medium(m)), 2) for m in ("toluene", "hexane")]
    [-0.38, 15.06]
    """
    if first.hamaker_vacuum_j is not None and second.hamaker_vacuum_j is not None:
        here = math.sqrt(
            tabor_winterton_hamaker_j(
                (across.refractive_index, across.permittivity), (1.0, 1.0), temperature_kelvin=temperature_kelvin
            )
        )
        return (math.sqrt(first.hamaker_vacuum_j) - here) * (math.sqrt(second.hamaker_vacuum_j) - here)
    if first.hamaker_vacuum_j is not None or second.hamaker_vacuum_j is not None:
        dielectric = second if first.hamaker_vacuum_j is not None else first
        mean = math.sqrt(first.hamaker_j(across, temperature_kelvin) * second.hamaker_j(across, temperature_kelvin))
        return math.copysign(mean, dielectric.refractive_index - across.refractive_index)
    zero, contrast, root = 0.75 * BOLTZMANN_J_PER_K * temperature_kelvin, 1.0, []
    medium_square = across.refractive_index**2
    for body in (first, second):
        zero *= (body.permittivity - across.permittivity) / (body.permittivity + across.permittivity)
        contrast *= body.refractive_index**2 - medium_square
        root.append(math.sqrt(body.refractive_index**2 + medium_square))
    frequency = math.sqrt(first.absorption_frequency_hz * second.absorption_frequency_hz)
    (s1, s2) = root
    return zero + 3 * PLANCK_J_S * frequency / (8 * math.sqrt(2)) * contrast / (s1 * s2 * (s1 + s2))


def contact_between(
    first: CoatedBody, second: CoatedBody, environment: Environment, is_melt: bool = False
) -> tuple[ShellContact, float]:
    """What acts between the shells of two bodies, and the Hamaker constant [J] of their cores.

    The gap is filled with chains if either shell is of chains that no solvent swells; else with what is around.
    ``environment.hamaker_j`` stands for the pair's constant where it is given. With ``is_melt`` dry chains resist with
    a bulk modulus.
    """
    around, temperature = medium(environment.medium), environment.temperature_kelvin
    one, two = material(first.nanocrystal.material), material(second.nanocrystal.material)
    fills = [gap_medium_of(body.coating, around) for body in (first, second)]
    between = ALKYL if any(fill is ALKYL for fill in fills) else around
    hamaker_j = environment.hamaker_j
    if hamaker_j is None:
        hamaker_j = unlike_hamaker_j(one, two, between, temperature)
    else:
        require_positive("hamaker_j", hamaker_j, "J")
    has_chains = not all(body.coating.ligand.is_ionic for body in (first, second))
    thermal_j = BOLTZMANN_J_PER_K * temperature
    contact = ShellContact(
        first=shell_of(first.coating, around),
        second=shell_of(second.coating, around),
        core_kt=hamaker_j / thermal_j,
        adhesion_kt=_adhesion_j(first, second, around, hamaker_j, temperature) / thermal_j,
        melt_modulus_kt_per_nm3=MELT_MODULUS_PA * 1e-27 / thermal_j
        if is_melt and has_chains and around.quality == "dry"
        else 0.0,
    )
    return contact, hamaker_j


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShellCurves:
    """Tables of the energy per area [kT/nm^2].

    Parameters
    ----------
    push
        Against the gap, by kind of place on the first and on the second: facet, rim, corner or cap.
    stick_rims, stick_facets
        Attraction of dry shells against their distance, for rims and for facets (and caps), which reach farther.
    """

    push: PushCurves
    stick_rims: AreaCurve
    stick_facets: AreaCurve


def curves_between(contact: ShellContact, first: RoundParts, second: RoundParts) -> ShellCurves:
    """The tables of two shells on their bodies."""
    rims_end = rims_end_nm(contact)
    has_sphere = first.is_sphere or second.is_sphere

    def push(a: int, b: int) -> AreaCurve:
        h1, h2 = first.heights_nm[a], second.heights_nm[b]
        far = (has_sphere or a == b == 0) and contact.reaches_out
        end = FACETS_END_NM if far else h1 + h2 + rims_end + 0.05
        return tabulate(lambda gap: contact.push_per_nm2(gap, h1, h2), _LEAST_GAP_NM, end)

    return ShellCurves(
        push=tuple(tuple(push(a, b) for b in range(3)) for a in range(3)),
        stick_rims=tabulate(contact.stick_per_nm2, 0.0, FACETS_END_NM if has_sphere else RIMS_END_NM),
        stick_facets=tabulate(contact.stick_per_nm2, 0.0, FACETS_END_NM),
    )


def rims_end_nm(contact: ShellContact) -> float:
    """Distance of shells beyond which their rims do not feel each other [nm]: 0 where there is nothing but brushes."""
    return RIMS_END_NM if contact.reaches_out else 0.0


def _adhesion_j(
    first: CoatedBody, second: CoatedBody, around: Medium, core_j: float, temperature_kelvin: float
) -> float:
    """Hamaker constant [J] of two dry shells across what is around: alkane for chains, the core's for ions."""
    if around.quality != "dry" or around is ALKYL:
        return 0.0
    ionic = [body.coating.ligand.is_ionic for body in (first, second)]
    if all(ionic):
        return core_j
    alkane = Material(
        name="alkyl shell",
        prototype="fcc",
        lattice_nm=1.0,
        density_kg_m3=1.0,
        refractive_index=ALKYL.refractive_index,
        permittivity=ALKYL.permittivity,
    )
    sides = [
        material(body.nanocrystal.material) if ion else alkane for body, ion in zip((first, second), ionic, strict=True)
    ]
    return unlike_hamaker_j(sides[0], sides[1], around, temperature_kelvin)
