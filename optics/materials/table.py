"""The table of materials.

``sources`` says where each number comes from. "estimate (quoted from memory)" marks what was not looked up when the
table was written: a result that rests on it says so.
"""

from __future__ import annotations

from dataclasses import replace

from optics.materials.properties import Anchor, IndexPage, Semiconductor
from packing.checks import require_known
from packing.errors import InputError

MEMORY = "estimate (quoted from memory)"
_YANG = f"{MEMORY}: measured by Yang et al., ACS Energy Lett. 2, 1621 (2017); equal masses assumed"
_GALKOWSKI = "upper end of Galkowski et al., Energy Environ. Sci. 9, 962 (2016), doi:10.1039/C5EE03435C"

SEMICONDUCTORS: dict[str, Semiconductor] = {
    m.name: m
    for m in (
        Semiconductor(
            name="CsPbBr3",
            electron_mass=0.252,
            hole_mass=0.252,
            permittivity=7.3,
            gap_ev=2.342,
            gap_kelvin=4.0,
            kane_energy_ev=(20.0, 27.8),
            radiative_lifetime_ps=3600.0,
            cold_lifetime_ps=300.0,
            index_page=IndexPage(
                shelf="other",
                book="CsPbBr3",
                page="Brennan",
                reference="Brennan et al. 2024, doi:10.1557/s43579-024-00576-x",
            ),
            anchor=Anchor(
                edge_nm=9.0, wavelength_nm=514.5, source="Wang et al., Adv. Mater. 2015, doi:10.1002/adma.201503573"
            ),
            sources={
                "mass": _YANG,
                "permittivity": "7.3 as in Nanomaterials 11, 3054 (2021), doi:10.3390/nano11113054",
                "gap": MEMORY,
                "kane_energy": f"{MEMORY} for 27.8 eV; 20 eV as in arXiv:2004.05093; magneto-optics: 12-15 eV with "
                "mu = 0.18 and eps = 8.7: arXiv:2307.07035",
                "radiative_lifetime": "3.6 ns: Wang et al., Adv. Mater. 2015, doi:10.1002/adma.201503573",
                "cold_lifetime": f"{MEMORY}: 0.2-0.4 ns at 4 K",
                "barrier": MEMORY,
            },
        ),
        Semiconductor(
            name="CsPbCl3",
            electron_mass=0.404,
            hole_mass=0.404,
            permittivity=6.6,
            gap_ev=3.056,
            gap_kelvin=4.0,
            radiative_lifetime_ps=2500.0,
            index_page=IndexPage(
                shelf="other", book="CsPbCl3", page="Zhang", reference="Zhang et al. 2023, doi:10.1002/adfm.202310945"
            ),
            sources={"mass": MEMORY, "permittivity": MEMORY, "gap": MEMORY, "radiative_lifetime": MEMORY},
        ),
        Semiconductor(
            name="CsPbI3",
            electron_mass=0.228,
            hole_mass=0.228,
            permittivity=10.0,
            gap_ev=1.723,
            gap_kelvin=4.0,
            kane_energy_ev=(17.0, 17.0),
            radiative_lifetime_ps=20000.0,
            index_page=IndexPage(
                shelf="other",
                book="CsPbI3",
                page="Aftenieva",
                reference="Aftenieva et al. 2023, doi:10.1021/acsnano.2c09482",
                note="of a film of nanocrystals, ligands included: index and absorption of the cores are higher",
            ),
            sources={
                "mass": _YANG,
                "permittivity": _YANG,
                "gap": MEMORY,
                "kane_energy": "17 eV as in arXiv:2004.05093",
                "radiative_lifetime": MEMORY,
            },
        ),
        Semiconductor(
            name="MAPbBr3",
            electron_mass=0.234,
            hole_mass=0.234,
            permittivity=7.5,
            gap_ev=2.292,
            gap_kelvin=4.0,
            radiative_lifetime_ps=10000.0,
            index_page=IndexPage(
                shelf="other",
                book="CH3NH3PbBr3",
                page="McCleese",
                reference="McCleese et al. 2024, doi:10.1002/adpr.202400019",
            ),
            # Sizes of the same publication part from the model by up to 160 meV: less than four times this.
            anchor=Anchor(
                edge_nm=9.9,
                wavelength_nm=524.0,
                source="Commun. Phys. 2023, doi:10.1038/s42005-023-01459-8",
                uncertainty_ev=0.045,
            ),
            sources={
                "mass": f"0.117: {_GALKOWSKI}; equal masses assumed",
                "permittivity": MEMORY,
                "gap": MEMORY,
                "radiative_lifetime": MEMORY,
            },
        ),
        Semiconductor(
            name="PbS",
            electron_mass=0.085,
            hole_mass=0.085,
            permittivity=17.2,
            gap_ev=0.41,
            gap_kelvin=300.0,
            radiative_lifetime_ps=1e6,
            index_page=IndexPage(
                shelf="main", book="PbS", page="Zemel", reference="Zemel et al. 1965, doi:10.1103/PhysRev.140.A330"
            ),
            sources={
                "mass": MEMORY,
                "permittivity": MEMORY,
                "gap": MEMORY,
                "radiative_lifetime": "1 to 3 us: Moreels et al., ACS Nano 3, 3023 (2009), doi:10.1021/nn900863a",
            },
        ),
        Semiconductor(
            name="CdSe",
            electron_mass=0.13,
            hole_mass=0.45,
            permittivity=9.5,
            gap_ev=1.74,
            gap_kelvin=300.0,
            radiative_lifetime_ps=20000.0,
            index_page=IndexPage(
                shelf="main",
                book="CdSe",
                page="Ninomiya-cubic",
                reference="Ninomiya and Adachi 1995, doi:10.1063/1.359815",
            ),
            anchor=Anchor(
                edge_nm=3.69,
                wavelength_nm=600.0,
                source="sizing curve of absorption, sphere of 4.58 nm: Yu et al. 2003, doi:10.1021/cm034081k",
                uncertainty_ev=0.040,
            ),
            sources={"mass": MEMORY, "permittivity": MEMORY, "gap": MEMORY, "radiative_lifetime": MEMORY},
        ),
    )
}


def semiconductor(name: str) -> Semiconductor:
    """The material of that name; mixed halides such as ``"CsPbBr2Cl"`` are interpolated by `optics.materials.alloys`.

    Raises
    ------
    InputError
        For a name without optical constants here, with those that have them.

    Examples
    --------
    >>> round(1e3 * semiconductor("CsPbI3").binding_energy_ev, 1)
    15.5
    """
    folded = {k.lower(): k for k in SEMICONDUCTORS}
    key = folded.get(name.strip().lower(), name)
    return SEMICONDUCTORS[require_known("optical material", key, SEMICONDUCTORS)]


def with_anchor(material: Semiconductor, edge_nm: float, wavelength_nm: float, source: str = "given") -> Semiconductor:
    """The material with another measured pair of size and emission.

    Parameters
    ----------
    edge_nm
        Edge of the cube [nm].
    wavelength_nm
        Measured emission [nm].

    Raises
    ------
    InputError
        If one of the two numbers is not positive.
    """
    if edge_nm <= 0 or wavelength_nm <= 0:
        raise InputError(
            f"an anchor needs a positive edge_nm and wavelength_nm, got {edge_nm:g} and {wavelength_nm:g}. "
            "Give a measured pair, such as 9 nm and 514.5 nm."
        )
    return replace(material, anchor=Anchor(edge_nm=edge_nm, wavelength_nm=wavelength_nm, source=source))
