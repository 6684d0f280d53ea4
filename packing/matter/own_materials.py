"""A core material of one's own: the numbers that the models need, checked."""

from __future__ import annotations

from packing.checks import require_between, require_known, require_positive
from packing.errors import InputError
from packing.matter.lifshitz import ABSORPTION_FREQUENCY_HZ
from packing.matter.material_table import MATERIALS
from packing.matter.materials import SURFACES, Material, Prototype

_PROTOTYPES: tuple[Prototype, ...] = (
    "perovskite", "rocksalt", "fcc", "zincblende", "wurtzite", "spinel", "hexagonal", "L1_2", "diamond", "fluorite",
    "anatase", "unknown",
)  # fmt: skip


def own_material(
    name: str,
    *,
    density_kg_m3: float,
    lattice_nm: float,
    refractive_index: float | None = None,
    permittivity: float | None = None,
    hamaker_vacuum_j: float | None = None,
    c_nm: float | None = None,
    prototype: Prototype = "unknown",
    formula: str = "",
    surface: str = "",
    is_metal: bool = False,
    absorption_frequency_hz: float = ABSORPTION_FREQUENCY_HZ,
    source: str = "given",
) -> Material:
    """A material that the library does not have, for `packing.particles.Nanocrystal`.

    Parameters
    ----------
    name
        What to call it.
    density_kg_m3
        Mass density [kg/m^3].
    lattice_nm, c_nm
        Lattice constant, or ``a`` and ``c`` of a hexagonal or tetragonal cell [nm].
    refractive_index
        Below its gap, relative to vacuum. A metal may leave it out.
    permittivity
        Static, relative; its index squared where it is left out, which is that of a solid without dipoles.
    hamaker_vacuum_j
        Hamaker constant across vacuum [J]; computed from the index and the permittivity where it is left out. A metal
        needs it.
    prototype
        Crystal structure, by which `structure` places the atoms; ``"unknown"`` asks for a CIF file there.
    formula
        Chemical formula, where atoms are to be placed and the name is none.
    surface
        One of `packing.matter.materials.SURFACES`; the formula says it where it is left out.
    is_metal
        Whether it is a metal.
    absorption_frequency_hz
        Frequency of the main absorption [Hz], about (Penn gap)/h for a semiconductor.
    source
        Where the numbers come from.

    Raises
    ------
    InputError
        For a name of the library, numbers that no solid has, an index that is missing.

    Examples
    --------
    >>> mine = own_material("Bi2S3", density_kg_m3=6800, lattice_nm=1.115, refractive_index=3.2, permittivity=38)
    >>> mine.surface_kind
    'chalcogenide'
    >>> from packing.particles import Nanocrystal
    >>> from packing.shapes import cube
    >>> Nanocrystal(material=mine, shape=cube(8.0)).material_name
    'Bi2S3'
    """
    if not name.strip():
        raise InputError("name of the material is empty. Give it one, such as its formula.")
    if name.strip().lower() in {known.lower() for known in MATERIALS}:
        raise InputError(f"material {name} is in the library. Leave its numbers out, or give yours another name.")
    require_between("density_kg_m3", density_kg_m3, 200.0, 23000.0, "kg/m³", "Water has 1000: give kg/m³, not g/cm³.")
    require_between("lattice_nm", lattice_nm, 0.2, 5.0, "nm", f"If the value is in Å, give {lattice_nm / 10:g}.")
    if c_nm is not None:
        require_between("c_nm", c_nm, 0.2, 10.0, "nm", f"If the value is in Å, give {c_nm / 10:g}.")
    if is_metal and hamaker_vacuum_j is None:
        raise InputError(
            f"hamaker_vacuum_j of {name} is missing: a metal has no index that gives it. 4e-19 J is usual."
        )
    if refractive_index is None:
        if not is_metal:
            raise InputError(f"refractive_index of {name} is missing. Give that below its gap, such as 2.0.")
        refractive_index = 1.0
    require_between("refractive_index", refractive_index, 0.05, 8.0)
    if permittivity is None:
        permittivity = 1e9 if is_metal else refractive_index**2
    require_between("permittivity", permittivity, 1.0, 1e9)
    if hamaker_vacuum_j is not None:
        require_between("hamaker_vacuum_j", hamaker_vacuum_j, 1e-21, 1e-17, "J", "Give joules: 1e-19 is usual.")
    require_known("prototype", prototype, _PROTOTYPES)
    if surface:
        require_known("surface", surface, SURFACES)
    require_positive("absorption_frequency_hz", absorption_frequency_hz, "Hz")
    return Material(
        name=name.strip(),
        prototype=prototype,
        lattice_nm=lattice_nm,
        c_nm=c_nm,
        density_kg_m3=density_kg_m3,
        refractive_index=refractive_index,
        permittivity=permittivity,
        is_metal=is_metal,
        hamaker_vacuum_j=hamaker_vacuum_j,
        absorption_frequency_hz=absorption_frequency_hz,
        source=source,
        formula=formula,
        surface=surface,
    )
