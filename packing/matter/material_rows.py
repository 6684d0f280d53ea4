"""More rows of the table of core materials: hybrid and zero-dimensional perovskites, semiconductors, oxides, metals.

Lattice constants at room temperature. ``handbook`` are textbook values (CRC Handbook, Landolt-Boernstein) to the digits
that matter here; densities agree with the cell (a test computes them). What a second source has of a number stands in
`checked` (a test holds all of it); a handbook value that is not there is quoted from memory. Indices hold below the
gap.
"""

from __future__ import annotations

from packing.matter.lifshitz import ABSORPTION_FREQUENCY_HZ
from packing.matter.materials import Material, Prototype

_INF = 1e9
_HANDBOOK = "cell, density and permittivity: handbook"
_HYBRID_HZ = 2.7e15


def _row(
    name: str,
    prototype: Prototype,
    lattice_nm: float,
    density_kg_m3: float,
    optical: tuple[float, float],
    source: str,
    *,
    c_nm: float | None = None,
    frequency_hz: float = ABSORPTION_FREQUENCY_HZ,
    formula: str = "",
    hamaker_j: float | None = None,
) -> Material:
    index, permittivity = optical
    return Material(
        name=name,
        prototype=prototype,
        lattice_nm=lattice_nm,
        density_kg_m3=density_kg_m3,
        refractive_index=index,
        permittivity=permittivity,
        c_nm=c_nm,
        absorption_frequency_hz=frequency_hz,
        formula=formula,
        hamaker_vacuum_j=hamaker_j,
        source=source,
    )


def _metal(
    name: str, prototype: Prototype, lattice_nm: float, density_kg_m3: float, source: str, *, index: float = 2.2
) -> Material:
    return Material(
        name=name,
        prototype=prototype,
        lattice_nm=lattice_nm,
        density_kg_m3=density_kg_m3,
        refractive_index=index,
        permittivity=_INF,
        is_metal=True,
        hamaker_vacuum_j=40e-20,
        source=f"{source}; Hamaker constant that of noble metals: estimate",
    )


_POGLITSCH = "cubic cell: Poglitsch and Weber, J. Chem. Phys. 87, 6373 (1987), doi:10.1063/1.453467"
_ADACHI = "index: Adachi, J. Appl. Phys. 66, 6030 (1989), doi:10.1063/1.343580"

ROWS: tuple[Material, ...] = (
    _row(
        "MAPbI3", "perovskite", 0.6284, 4150.0, (2.27, 60.0),
        "cube root of the tetragonal cell per formula (handbook), density from it; index at 1.2 µm: Phillips et al. "
        "2015 (refractiveindex.info); permittivity: estimate",
        frequency_hz=_HYBRID_HZ, formula="CNH6PbI3",
    ),
    _row(
        "MAPbBr3", "perovskite", 0.5933, 3810.0, (2.06, 40.0),
        f"{_POGLITSCH} gives 0.590 at 240 K, 0.5933 at 298 K: handbook; density from it; index at 0.9 µm: McCleese et "
        "al. 2024, doi:10.1002/adpr.202400019; permittivity: estimate",
        frequency_hz=_HYBRID_HZ, formula="CNH6PbBr3",
    ),
    _row(
        "MAPbCl3", "perovskite", 0.5675, 3150.0, (1.87, 30.0),
        f"{_POGLITSCH}; density from it; index at 0.8 µm: Brennan et al., doi:10.1021/acsami.4c01517; "
        "permittivity: estimate",
        frequency_hz=_HYBRID_HZ, formula="CNH6PbCl3",
    ),
    _row(
        "FAPbI3", "perovskite", 0.6362, 4080.0, (2.3, 50.0),
        "black cubic phase, a = 0.63620(8) nm at 298 K: Weller et al., J. Phys. Chem. Lett. 6, 3209 (2015), "
        "doi:10.1021/acs.jpclett.5b01432; "
        "density from it; index and permittivity as of MAPbI3: estimate",
        frequency_hz=_HYBRID_HZ, formula="CN2H5PbI3",
    ),
    _row(
        "FAPbBr3", "perovskite", 0.599, 3800.0, (2.05, 40.0),
        "cell: handbook; density from it; index and permittivity as of MAPbBr3: estimate",
        frequency_hz=_HYBRID_HZ, formula="CN2H5PbBr3",
    ),
    _row(
        "Cs4PbBr6", "hexagonal", 1.372, 4300.0, (1.8, 10.0),
        "hexagonal setting of R-3c: handbook; density from it; index and permittivity: estimate",
        c_nm=1.732, frequency_hz=_HYBRID_HZ,
    ),
    _row("InAs", "zincblende", 0.6058, 5670.0, (3.47, 15.2), f"{_HANDBOOK}; {_ADACHI}", frequency_hz=1.0e15),
    _row("InSb", "zincblende", 0.6479, 5780.0, (3.95, 16.8), f"{_HANDBOOK}; {_ADACHI}", frequency_hz=0.9e15),
    _row(
        "GaAs", "zincblende", 0.5653, 5320.0, (3.38, 12.9),
        f"{_HANDBOOK}; index: Skauli et al., J. Appl. Phys. 94, 6447 (2003), doi:10.1063/1.1621740",
        frequency_hz=1.2e15,
    ),
    _row("HgTe", "zincblende", 0.6461, 8070.0, (3.7, 20.0), f"{_HANDBOOK}; index: estimate", frequency_hz=0.9e15),
    _row("HgSe", "zincblende", 0.6085, 8240.0, (3.6, 25.0), f"{_HANDBOOK}; index: estimate", frequency_hz=0.9e15),
    _row(
        "ZnS", "zincblende", 0.5409, 4090.0, (2.29, 8.3),
        f"{_HANDBOOK}; index: Amotchkina et al., Appl. Opt. 59, A40 (2020), doi:10.1364/AO.59.000A40",
        frequency_hz=1.8e15,
    ),
    _row(
        "ZnSe", "zincblende", 0.5668, 5270.0, (2.45, 9.1),
        f"{_HANDBOOK}; index: Marple, J. Appl. Phys. 35, 539 (1964), doi:10.1063/1.1713411", frequency_hz=1.6e15,
    ),
    _row(
        "ZnTe", "zincblende", 0.6101, 5640.0, (2.79, 10.1), f"{_HANDBOOK}; index: Marple, as of ZnSe",
        frequency_hz=1.3e15,
    ),
    _row(
        "Si", "diamond", 0.5431, 2330.0, (3.45, 11.7),
        f"{_HANDBOOK}; index: Li, J. Phys. Chem. Ref. Data 9, 561 (1980), doi:10.1063/1.555624", frequency_hz=1.15e15,
    ),
    _row(
        "TiO2", "anatase", 0.3785, 3890.0, (2.45, 38.0),
        f"anatase; {_HANDBOOK} (permittivity: estimate); index: Jolivet et al. (refractiveindex.info)",
        c_nm=0.9514, frequency_hz=1.7e15,
    ),
    _row("CeO2", "fluorite", 0.5411, 7220.0, (2.2, 23.0), f"{_HANDBOOK}; index: estimate", frequency_hz=1.8e15),
    _row("MnO", "rocksalt", 0.4446, 5370.0, (2.2, 18.0), f"{_HANDBOOK}; index: estimate", frequency_hz=2.0e15),
    _row(
        "CoFe2O4", "spinel", 0.8392, 5290.0, (2.4, 16.0),
        "cell and density: handbook; index, permittivity and Hamaker constant as of Fe3O4: estimate", hamaker_j=21e-20,
    ),
    _row(
        "MnFe2O4", "spinel", 0.8499, 4990.0, (2.4, 16.0),
        "cell and density: handbook; index, permittivity and Hamaker constant as of Fe3O4: estimate", hamaker_j=21e-20,
    ),
    _metal("Cu", "fcc", 0.3615, 8960.0, "cell and density: handbook", index=1.01),
    _metal("Ni", "fcc", 0.3524, 8910.0, "cell and density: handbook", index=1.92),
    _metal(
        "FePt", "fcc", 0.3816, 15000.0,
        "disordered A1 as made in solution (annealed it is L1_0): cell handbook, density from it",
    ),
)  # fmt: skip

ALIASES = {
    "ch3nh3pbi3": "MAPbI3",
    "ch3nh3pbbr3": "MAPbBr3",
    "hc(nh2)2pbi3": "FAPbI3",
    "hc(nh2)2pbbr3": "FAPbBr3",
    "copper": "Cu",
    "nickel": "Ni",
    "anatase": "TiO2",
    "titania": "TiO2",
    "ceria": "CeO2",
    "cobalt ferrite": "CoFe2O4",
    "manganese ferrite": "MnFe2O4",
    "silicon": "Si",
}
