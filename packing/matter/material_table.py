"""The table of core materials.

Sources by tag: ``reference`` is the project's reference table for CsPbBr3; ``handbook`` are textbook values (CRC
Handbook, Landolt-Boernstein) to the digits that matter here; ``x-ray`` densities are computed from the cell;
``estimate`` marks what nobody has measured well. `checked` has second sources; a handbook value without is from memory.
"""

from __future__ import annotations

from packing.checks import require_named
from packing.matter.material_rows import ALIASES, ROWS
from packing.matter.materials import HAMAKER_UNCERTAINTY_FACTOR, Material
from packing.matter.media import ALKYL, Medium
from packing.particles import CoreMaterial

_INF = 1e9
_PEROVSKITE = "lattice and density: reference (CsPbBr3) or x-ray; index beyond the gap, permittivity: estimate"

MATERIALS: dict[str, Material] = {
    m.name: m
    for m in (
        Material(
            name="CsPbBr3",
            prototype="perovskite",
            lattice_nm=0.587,
            density_kg_m3=4840.0,
            refractive_index=1.95,
            permittivity=29.0,
            absorption_frequency_hz=2.7e15,
            source=_PEROVSKITE,
        ),
        Material(
            name="CsPbCl3",
            prototype="perovskite",
            lattice_nm=0.5605,
            density_kg_m3=4210.0,
            refractive_index=1.85,
            permittivity=29.0,
            absorption_frequency_hz=2.7e15,
            source=_PEROVSKITE,
        ),
        Material(
            name="CsPbI3",
            prototype="perovskite",
            lattice_nm=0.6289,
            density_kg_m3=4810.0,
            refractive_index=2.1,
            permittivity=29.0,
            absorption_frequency_hz=2.7e15,
            source=_PEROVSKITE,
        ),
        Material(
            name="CsPbBr2Cl",
            prototype="perovskite",
            lattice_nm=0.578,
            density_kg_m3=4600.0,
            refractive_index=1.92,
            permittivity=29.0,
            absorption_frequency_hz=2.7e15,
            source="interpolated between CsPbBr3 and CsPbCl3 (Vegard): estimate",
        ),
        Material(
            name="PbS",
            prototype="rocksalt",
            lattice_nm=0.5936,
            density_kg_m3=7600.0,
            refractive_index=4.1,
            permittivity=170.0,
            absorption_frequency_hz=0.9e15,
        ),
        Material(
            name="PbSe",
            prototype="rocksalt",
            lattice_nm=0.6124,
            density_kg_m3=8270.0,
            refractive_index=4.82,
            permittivity=210.0,
            absorption_frequency_hz=0.8e15,
        ),
        Material(
            name="PbTe",
            prototype="rocksalt",
            lattice_nm=0.6462,
            density_kg_m3=8160.0,
            refractive_index=5.77,
            permittivity=400.0,
            absorption_frequency_hz=0.7e15,
        ),
        Material(
            name="CdSe",
            prototype="zincblende",
            lattice_nm=0.605,
            density_kg_m3=5820.0,
            refractive_index=2.5,
            permittivity=9.5,
            absorption_frequency_hz=1.4e15,
        ),
        Material(
            name="CdS",
            prototype="zincblende",
            lattice_nm=0.5818,
            density_kg_m3=4830.0,
            refractive_index=2.35,
            permittivity=8.9,
            absorption_frequency_hz=1.5e15,
        ),
        Material(
            name="CdTe",
            prototype="zincblende",
            lattice_nm=0.648,
            density_kg_m3=5850.0,
            refractive_index=2.7,
            permittivity=10.2,
            absorption_frequency_hz=1.2e15,
        ),
        Material(
            name="InP",
            prototype="zincblende",
            lattice_nm=0.5869,
            density_kg_m3=4810.0,
            refractive_index=3.17,
            permittivity=12.5,
            absorption_frequency_hz=1.2e15,
        ),
        Material(
            name="ZnO",
            prototype="wurtzite",
            lattice_nm=0.325,
            c_nm=0.5207,
            density_kg_m3=5610.0,
            refractive_index=2.0,
            permittivity=8.5,
        ),
        Material(
            name="Au",
            prototype="fcc",
            lattice_nm=0.4078,
            density_kg_m3=19300.0,
            refractive_index=0.42,
            permittivity=_INF,
            is_metal=True,
            hamaker_vacuum_j=45e-20,
        ),
        Material(
            name="Ag",
            prototype="fcc",
            lattice_nm=0.4085,
            density_kg_m3=10490.0,
            refractive_index=0.06,
            permittivity=_INF,
            is_metal=True,
            hamaker_vacuum_j=40e-20,
        ),
        Material(
            name="Pd",
            prototype="fcc",
            lattice_nm=0.3891,
            density_kg_m3=12020.0,
            refractive_index=1.64,
            permittivity=_INF,
            is_metal=True,
            hamaker_vacuum_j=40e-20,
        ),
        Material(
            name="Pt",
            prototype="fcc",
            lattice_nm=0.3924,
            density_kg_m3=21450.0,
            refractive_index=2.2,
            permittivity=_INF,
            is_metal=True,
            hamaker_vacuum_j=40e-20,
        ),
        Material(
            name="CoPt3",
            prototype="L1_2",
            lattice_nm=0.385,
            density_kg_m3=18300.0,
            refractive_index=2.2,
            permittivity=_INF,
            is_metal=True,
            hamaker_vacuum_j=40e-20,
        ),
        Material(
            name="Fe3O4",
            prototype="spinel",
            lattice_nm=0.8397,
            density_kg_m3=5180.0,
            refractive_index=2.4,
            permittivity=_INF,
            hamaker_vacuum_j=21e-20,
        ),
        Material(
            name="Fe2O3",
            prototype="spinel",
            lattice_nm=0.8347,
            density_kg_m3=4870.0,
            refractive_index=2.6,
            permittivity=20.0,
            hamaker_vacuum_j=21e-20,
        ),
        Material(
            name="NaGdF4",
            prototype="hexagonal",
            lattice_nm=0.602,
            c_nm=0.360,
            density_kg_m3=5650.0,
            refractive_index=1.48,
            permittivity=7.0,
        ),
        Material(
            name="NaYF4",
            prototype="hexagonal",
            lattice_nm=0.598,
            c_nm=0.353,
            density_kg_m3=4200.0,
            refractive_index=1.47,
            permittivity=7.0,
        ),
        Material(
            name="LaF3",
            prototype="hexagonal",
            lattice_nm=0.7185,
            c_nm=0.7351,
            density_kg_m3=5940.0,
            refractive_index=1.6,
            permittivity=14.0,
        ),
        Material(
            name="SiO2",
            prototype="hexagonal",
            lattice_nm=0.4913,
            c_nm=0.5405,
            density_kg_m3=2200.0,
            refractive_index=1.46,
            permittivity=3.9,
            source="handbook, amorphous; the cell is that of quartz",
        ),
        *ROWS,
    )
}

_ALIASES = {
    "gold": "Au",
    "silver": "Ag",
    "palladium": "Pd",
    "platinum": "Pt",
    "magnetite": "Fe3O4",
    "maghemite": "Fe2O3",
    "silica": "SiO2",
    "γ-fe2o3": "Fe2O3",
    **ALIASES,
}


def material(core: str | CoreMaterial) -> Material:
    """The material of that name; case does not matter. A material of your own is handed back.

    Raises
    ------
    InputError
        For an unknown name, with the nearest ones and how to give one's own.

    Examples
    --------
    >>> material("cspbbr3").lattice_nm
    0.587
    """
    if isinstance(core, Material):
        return core
    name = str(core)
    folded = {k.lower(): k for k in MATERIALS} | _ALIASES
    key = folded.get(name.strip().lower(), name)
    return MATERIALS[require_named("material", key, MATERIALS, _OF_ONES_OWN)]


_OF_ONES_OWN = "Or give your own: own_material(...), in a study the table [nanocrystal.made_of]."


def hamaker_estimate_j(material_name: str, gap_medium: Medium = ALKYL, temperature_kelvin: float = 300.0) -> float:
    """Estimated Hamaker constant [J] of a named material across a medium (by default its ligand shell).

    Parameters
    ----------
    material_name
        Name in the table.
    gap_medium
        What lies between the bodies.
    temperature_kelvin
        Temperature [K].

    Examples
    --------
    >>> round(1e20 * hamaker_estimate_j("CsPbBr3"), 1)
    5.2
    """
    return material(material_name).hamaker_j(gap_medium, temperature_kelvin)


__all__ = ["HAMAKER_UNCERTAINTY_FACTOR", "MATERIALS", "Material", "hamaker_estimate_j", "material"]
