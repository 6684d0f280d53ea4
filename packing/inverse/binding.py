"""Which ligands of the library are in question for a surface, and how many of them it holds."""

from __future__ import annotations

from packing.checks import require_known
from packing.matter.ligands import LIGANDS, ligand, ligand_entry
from packing.matter.material_table import material
from packing.matter.perovskite import surface_sites
from packing.shapes import Cuboid, Shape


def ligands_that_bind(material_name: str, names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Ligands of the library that hold on a material by its ``binds_to``, or those ``names`` that are given.

    Parameters
    ----------
    material_name
        Of the core.
    names
        Ligands to choose from; empty for all. Named ones are kept whatever they bind to.

    Raises
    ------
    InputError
        For an unknown material or ligand.

    Examples
    --------
    >>> "decanethiol" in ligands_that_bind("CsPbBr3"), "decanethiol" in ligands_that_bind("Au")
    (False, True)
    """
    if names:
        return tuple(dict.fromkeys(ligand_entry(name).name for name in names))
    surface = material(material_name).surface_kind
    return tuple(name for name, entry in LIGANDS.items() if surface in entry.binds_to)


def highest_coverage_per_nm2(material_name: str, shape: Shape, ligand_name: str) -> float:
    """Most chains that a surface holds: close-packed ones, and on a perovskite cube no more than its sites [1/nm^2].

    Parameters
    ----------
    material_name, shape
        The core.
    ligand_name
        A ligand of the library.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> round(highest_coverage_per_nm2("CsPbBr3", cube(8.6), "decylamine"), 2)
    2.91
    """
    entry = ligand_entry(require_known("ligand name", ligand_entry(ligand_name).name, LIGANDS))
    # Chains with rings or branches are thicker than alkyl ones.
    closest = ligand(entry.name).closest_per_nm2
    if not material(material_name).is_halide_perovskite or not isinstance(shape, Cuboid):
        return closest
    edge = shape.volume_nm3 ** (1 / 3)
    sites = surface_sites(edge, material(material_name).name)
    return min(closest, sites.highest_coverage_per_nm2(entry.site, entry.chains))


def usual_coverage_per_nm2(material_name: str, shape: Shape, ligand_name: str) -> float:
    """The library's usual coverage, or all sites of the surface where they are fewer [1/nm^2].

    Parameters
    ----------
    material_name, shape
        The core.
    ligand_name
        A ligand of the library.
    """
    return min(ligand_entry(ligand_name).coverage_per_nm2, highest_coverage_per_nm2(material_name, shape, ligand_name))
