"""Second sources of the library's numbers: what was looked up elsewhere, and where.

A number of a row in `packing.matter.materials`, `packing.matter.media` or `packing.matter.ligands` that has a `Check`
here agrees with it within `TOLERANCES` (a test holds all of them). What has none is as its row says: from the one
source that is named there, from memory, or an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

# A number's name, a source, and what that source says of which materials.
_Rows = tuple[tuple[str, str, dict[str, float]], ...]

_SZE = "S. M. Sze, Physics of Semiconductor Devices, 2nd ed. (1981), appendix F"
_COD = "Crystallography Open Database, entry "
_NIST = "certificate of NIST SRM "
_KASAP = (
    "S. O. Kasap, table of crystals and densities to Principles of Electronic Materials and Devices, 2nd ed. (2002)"
)
_MENDELEEV = "mendeleev 1.3 (table of the elements)"
_IOFFE = "archive of the Ioffe Institute, New Semiconductor Materials"
_CARDARELLI = "F. Cardarelli, Materials Handbook (2018)"
_CRC = "CRC Handbook of Chemistry and Physics, 95th ed., as in chemicals 1.5"
_RII = "refractiveindex.info, "
_OXIDES = "table 1 of BMC Materials 1, 2 (2019), doi:10.1186/s42833-019-0002-6"
_ZALKIN = "A. Zalkin and D. H. Templeton, Acta Cryst. B 41, 91 (1985), doi:10.1107/S0108768185001689"
_XU = "xrayutilities 1.8 (table of crystals)"

_OF_MATERIALS: _Rows = (
    (
        "lattice_nm",
        _SZE,
        {
            "Si": 0.543095, "GaAs": 0.56533, "InAs": 0.60584, "InP": 0.58686, "InSb": 0.64794, "CdS": 0.5832,
            "CdSe": 0.6050, "CdTe": 0.6482, "ZnS": 0.5420, "ZnSe": 0.5668, "ZnTe": 0.6103, "PbS": 0.59362,
            "PbSe": 0.6126, "PbTe": 0.64620,
        },
    ),
    ("lattice_nm", _XU, {"HgSe": 0.6085, "MnO": 0.4444, "Fe3O4": 0.83958}),
    ("lattice_nm", f"{_COD}9008459", {"Ag": 0.40862}),
    ("lattice_nm", f"{_COD}9008463", {"Au": 0.407825}),
    ("lattice_nm", f"{_COD}9008468", {"Cu": 0.361496}),
    ("lattice_nm", f"{_COD}9008476", {"Ni": 0.352387}),
    ("lattice_nm", f"{_COD}9008478", {"Pd": 0.38898}),
    ("lattice_nm", f"{_COD}9008480", {"Pt": 0.39231}),
    ("lattice_nm", f"{_COD}9008213", {"TiO2": 0.37842}),
    ("c_nm", f"{_COD}9008213", {"TiO2": 0.95146}),
    ("lattice_nm", f"{_NIST}674b", {"CeO2": 0.5411651, "ZnO": 0.32499}),
    ("c_nm", f"{_NIST}674b", {"ZnO": 0.52065}),
    ("lattice_nm", f"{_ZALKIN} (as cited)", {"LaF3": 0.7185}),
    ("c_nm", f"{_ZALKIN} (as cited)", {"LaF3": 0.7351}),
    ("lattice_nm", _OXIDES, {"Fe3O4": 0.8396, "Fe2O3": 0.83474}),
    ("lattice_nm", "quartz of NCrystal's library", {"SiO2": 0.4913437}),
    ("c_nm", "quartz of NCrystal's library", {"SiO2": 0.5405118}),
    ("lattice_nm", "Boyer-Richard et al., cited by Sci. Rep. 9 (2019), doi:10.1038/s41598-019-50108-0",
     {"MAPbCl3": 0.56804}),
    (
        "lattice_nm",
        "Weller et al., J. Phys. Chem. Lett. 6, 3209 (2015), doi:10.1021/acs.jpclett.5b01432",
        {"FAPbI3": 0.6362},
    ),
    ("density_kg_m3", _MENDELEEV,
     {"Au": 19300, "Ag": 10500, "Pd": 12000, "Pt": 21500, "Cu": 8960, "Ni": 8900, "Si": 2329.6}),
    (
        "density_kg_m3",
        _KASAP,
        {"CdS": 4820, "CdTe": 5860, "GaAs": 5318, "InAs": 5660, "InP": 4800, "InSb": 5770, "PbS": 7590, "PbSe": 8260,
         "PbTe": 8200},
    ),
    ("density_kg_m3", _OXIDES, {"Fe3O4": 5180, "Fe2O3": 4870}),
    ("density_kg_m3", "CRC Handbook of Chemistry and Physics, 92nd ed., p. 4.69 (as cited)", {"LaF3": 5900}),
    ("permittivity", _IOFFE, {"GaAs": 12.9, "InP": 12.5, "InAs": 15.15, "InSb": 16.8}),
    ("permittivity", _CARDARELLI, {"Si": 11.8, "CdS": 9.12, "ZnSe": 9.2, "ZnTe": 10.4}),
    ("refractive_index", f"{_RII}Zemel et al. at 5 µm, doi:10.1103/PhysRev.140.A330", {"PbS": 4.137}),
    ("refractive_index", f"{_RII}PbSe, page Zemel, at 6 µm", {"PbSe": 4.823}),
    ("refractive_index", f"{_RII}Weiting and Yixun at 6 µm, doi:10.1016/0020-0891(90)90055-Z", {"PbTe": 5.771}),
    ("refractive_index", f"{_RII}Bieniewski and Czyzak at 1 µm, doi:10.1364/JOSA.53.000496", {"CdS": 2.342}),
    ("refractive_index", f"{_RII}Bond, doi:10.1063/1.1703106: CdSe at 1.5 µm, ZnO at 0.6 µm",
     {"CdSe": 2.487, "ZnO": 1.999}),
    ("refractive_index", f"{_RII}DeBell et al. at 7 µm, doi:10.1364/AO.18.003114", {"CdTe": 2.680}),
    ("refractive_index", f"{_RII}Pettit and Turner at 1.5 µm, doi:10.1063/1.1714410", {"InP": 3.171}),
    ("refractive_index", f"{_RII}Lorimor and Spitzer at 6 µm, doi:10.1063/1.1714362", {"InAs": 3.452}),
    ("refractive_index", f"{_RII}Skauli et al. at 1.5 µm, doi:10.1063/1.1621740", {"GaAs": 3.376}),
    ("refractive_index", f"{_RII}Li at 2 µm, doi:10.1063/1.555624", {"Si": 3.451}),
    ("refractive_index", f"{_RII}Amotchkina et al. at 1 µm, doi:10.1364/AO.59.000A40", {"ZnS": 2.298}),
    ("refractive_index", f"{_RII}Marple, doi:10.1063/1.1713411: ZnSe at 1.2 µm, ZnTe at 1 µm",
     {"ZnSe": 2.462, "ZnTe": 2.789}),
    ("refractive_index", f"{_RII}Jolivet et al., anatase, at 0.7 µm, doi:10.1016/j.apsusc.2022.155214",
     {"TiO2": 2.447}),
    ("refractive_index", f"{_RII}Laihoa and Lakkistoa at 0.588 µm, doi:10.1080/13642818308226470", {"LaF3": 1.604}),
    ("refractive_index", f"{_RII}Malitson at 0.588 µm, doi:10.1364/JOSA.55.001205", {"SiO2": 1.4585}),
    ("refractive_index", f"{_RII}Querry (1985) at 0.6 µm", {"Fe3O4": 2.346}),
    ("refractive_index", f"{_RII}Phillips et al. at 1.2 µm, doi:10.1016/j.dib.2015.10.026", {"MAPbI3": 2.268}),
    ("refractive_index", f"{_RII}McCleese et al. at 0.9 µm, doi:10.1002/adpr.202400019", {"MAPbBr3": 2.065}),
    ("refractive_index", f"{_RII}Brennan et al. at 0.8 µm, doi:10.1021/acsami.4c01517", {"MAPbCl3": 1.874}),
    ("refractive_index", f"{_RII}Brennan et al. at 1.5 µm, doi:10.1557/s43579-024-00576-x", {"CsPbBr3": 1.991}),
    ("refractive_index", f"{_RII}Ermolaev et al. at 0.75 µm, mean over the axes, doi:10.1021/acs.nanolett.2c04792",
     {"CsPbCl3": 1.875}),
    ("refractive_index", f"{_RII}Johnson and Christy at 0.55 µm, doi:10.1103/PhysRevB.6.4370",
     {"Au": 0.424, "Ag": 0.0596, "Cu": 1.007}),
    ("refractive_index", f"{_RII}Johnson and Christy at 0.55 µm, doi:10.1103/PhysRevB.9.5056",
     {"Pd": 1.641, "Ni": 1.921}),
    ("refractive_index", f"{_RII}Rakić et al. at 0.589 µm, doi:10.1364/AO.37.005271", {"Pt": 2.193}),
)  # fmt: skip

_OF_MEDIA: _Rows = (
    (
        "refractive_index",
        f"{_CRC}, D line, 20 or 25 °C",
        {
            "hexane": 1.3727, "octane": 1.3944, "decane": 1.409, "cyclohexane": 1.4235, "toluene": 1.4941,
            "chloroform": 1.4459, "dichloromethane": 1.4242, "tetrachloroethylene": 1.5059, "ethyl acetate": 1.3723,
            "acetonitrile": 1.3442, "ethanol": 1.3611, "methanol": 1.3288,
        },
    ),
    (
        "permittivity",
        f"{_CRC}, 20 to 30 °C",
        {
            "hexane": 1.8865, "octane": 1.948, "decane": 1.9853, "cyclohexane": 2.0243, "toluene": 2.379,
            "chloroform": 4.8069, "dichloromethane": 8.93, "tetrachloroethylene": 2.268, "ethyl acetate": 6.0814,
            "acetonitrile": 36.64, "ethanol": 25.3, "methanol": 33.0,
        },
    ),
)  # fmt: skip

_RADII_OF_IONS: tuple[tuple[str, dict[str, float]], ...] = (
    (
        f"R. D. Shannon, Acta Cryst. A 32, 751 (1976), doi:10.1107/S0567739476001551, by {_MENDELEEV}",
        {"na+": 0.102, "k+": 0.138, "cs+": 0.167, "fluoride": 0.133, "chloride": 0.181, "bromide": 0.196,
         "iodide": 0.220},
    ),
)  # fmt: skip

TOLERANCES = {
    "lattice_nm": 0.003,
    "c_nm": 0.003,
    "density_kg_m3": 0.015,
    "refractive_index": 0.03,
    "permittivity": 0.04,
    "thickness_nm": 0.002,
}
"""Relative, by the name of the field: how far two handbooks differ, and an index over the wavelengths it is used at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One number of the library, as another source has it.

    Parameters
    ----------
    name
        Material, medium or ligand.
    field
        Name of the number, with its unit: a field of the row.
    value
        What the other source says, in the same unit.
    source
        Which that is.
    """

    name: str
    field: str
    value: float
    source: str

    def __str__(self) -> str:
        return f"{self.name}, {self.field}: {self.value:g} ({self.source})"


CHECKS: tuple[Check, ...] = (
    *(
        Check(name=name, field=field, value=value, source=source)
        for field, source, values in (*_OF_MATERIALS, *_OF_MEDIA)
        for name, value in values.items()
    ),
    *(
        Check(name=name, field="thickness_nm", value=2 * radius, source=f"twice the radius, {source}")
        for source, radii in _RADII_OF_IONS
        for name, radius in radii.items()
    ),
)
"""All second sources, of several for one number each."""


def second_sources(name: str) -> tuple[Check, ...]:
    """What other sources say of a material's, medium's or ion's numbers, by its name in the library.

    Parameters
    ----------
    name
        Such as ``"PbSe"``, ``"toluene"``, ``"na+"``.

    Examples
    --------
    >>> [(check.field, check.value) for check in second_sources("HgSe")]
    [('lattice_nm', 0.6085)]
    """
    return tuple(check for check in CHECKS if check.name == name)
