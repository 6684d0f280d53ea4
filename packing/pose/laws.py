"""Which constants act between two coated bodies, and the tables of energy per area they give."""

from __future__ import annotations

from dataclasses import dataclass

from packing.checks import require_positive
from packing.core_material import Material
from packing.lifshitz import BOLTZMANN_J_PER_K
from packing.materials import material
from packing.media import ALKYL, Medium, medium
from packing.pair_terms import gap_medium_of
from packing.particles import Coating, Environment, Nanocrystal
from packing.pose.cores import unlike_hamaker_j
from packing.pose.shells import ShellContact, shell_of
from packing.pose.tabulated import AreaCurve, tabulate

# Shells farther apart than this do not feel each other's facets [nm], or each other's rims.
FACETS_END_NM = 25.0
RIMS_END_NM = 2.0

Curves = tuple[tuple[AreaCurve, ...], ...]


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


def contact_between(first: CoatedBody, second: CoatedBody, environment: Environment) -> tuple[ShellContact, float]:
    """What acts between the shells of two bodies, and the Hamaker constant [J] of their cores.

    The gap is filled with chains if either shell is of chains that no solvent swells; else with what is around.
    ``environment.hamaker_j`` stands for the pair's constant where it is given.
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
    thermal_j = BOLTZMANN_J_PER_K * temperature
    contact = ShellContact(
        first=shell_of(first.coating, around),
        second=shell_of(second.coating, around),
        core_kt=hamaker_j / thermal_j,
        adhesion_kt=_adhesion_j(first, second, around, hamaker_j, temperature) / thermal_j,
    )
    return contact, hamaker_j


def curves_between(
    contact: ShellContact, heights_1_nm: tuple[float, ...], heights_2_nm: tuple[float, ...], has_sphere: bool
) -> Curves:
    """Tables of the energy per area by kind of place: facet, rim, corner of the first, and of the second.

    Parameters
    ----------
    contact
        What acts between the shells.
    heights_1_nm, heights_2_nm
        Thickness of each shell on its facets, rims and corners [nm].
    has_sphere
        Whether one of the bodies is a sphere, whose cap reaches far.
    """

    def one(a: int, b: int) -> AreaCurve:
        h1, h2 = heights_1_nm[a], heights_2_nm[b]
        far = has_sphere or a == b == 0
        end = FACETS_END_NM if far and contact.adhesion_kt else h1 + h2 + rims_end_nm(contact)
        return tabulate(lambda gap: contact.energy_per_nm2(gap, h1, h2), 0.02, end + 0.05)

    return tuple(tuple(one(a, b) for b in range(len(heights_2_nm))) for a in range(len(heights_1_nm)))


def rims_end_nm(contact: ShellContact) -> float:
    """Distance of shells beyond which their rims do not feel each other [nm]: 0 where nothing sticks."""
    return RIMS_END_NM if contact.adhesion_kt else 0.0


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
