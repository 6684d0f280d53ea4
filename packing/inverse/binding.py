"""Which ligands of the library bind to which surface: by head group and class of material."""

from __future__ import annotations

from dataclasses import dataclass

from packing.checks import require_known
from packing.matter.ligands import LIGANDS, LigandEntry, ligand_entry
from packing.matter.material_table import material
from packing.matter.materials import Material
from packing.matter.perovskite import surface_sites
from packing.particles import MAX_CHAINS_PER_NM2
from packing.shapes import Cuboid, Shape

PEROVSKITE, CHALCOGENIDE, OXIDE, FLUORIDE, METAL, OTHER = (
    "halide perovskite", "chalcogenide", "oxide", "fluoride", "metal", "other",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Head groups that hold on one class of surfaces.

    Parameters
    ----------
    heads
        Head groups, see `head_group`.
    source
        Where this is known from.
    """

    heads: tuple[str, ...]
    source: str


BINDING: dict[str, Binding] = {
    PEROVSKITE: Binding(
        heads=("carboxylate", "ammonium", "quaternary ammonium", "zwitterion", "cation", "halide", "pseudohalide"),
        source="ion pairs on CsPbX3: De Roo et al., ACS Nano 10, 2071 (2016), doi:10.1021/acsnano.5b06295; "
        "zwitterions: Krieg et al., ACS Energy Lett. 3, 641 (2018), doi:10.1021/acsenergylett.8b00035",
    ),
    CHALCOGENIDE: Binding(
        heads=("carboxylate", "ammonium", "thiolate", "phosphine oxide", "halide", "pseudohalide"),
        source="X- and L-type ligands on metal chalcogenides: Anderson et al., JACS 135, 18536 (2013), "
        "doi:10.1021/ja4086758",
    ),
    OXIDE: Binding(
        heads=("carboxylate", "phosphine oxide"),
        source="carboxylates on oxides: De Roo et al., Nat. Mater. 15, 517 (2016), doi:10.1038/nmat4554",
    ),
    FLUORIDE: Binding(
        heads=("carboxylate",), source="lanthanide fluorides are made and kept with oleate; other heads: not known here"
    ),
    METAL: Binding(
        heads=("thiolate", "ammonium"), source="Love et al., Chem. Rev. 105, 1103 (2005), doi:10.1021/cr0300789"
    ),
    OTHER: Binding(heads=("carboxylate", "ammonium"), source="estimate for a surface of no known class"),
}

_HEADS = {
    "oleate": "carboxylate",
    "oleylamine": "ammonium",
    "oleate+oleylamine": "carboxylate",
    "ddab": "quaternary ammonium",
    "topo": "phosphine oxide",
    "sulfobetaine": "zwitterion",
    "thiocyanate": "pseudohalide",
    "na+": "cation",
    "k+": "cation",
    "cs+": "cation",
    "fluoride": "halide",
    "chloride": "halide",
    "bromide": "halide",
    "iodide": "halide",
}


def head_group(entry: LigandEntry) -> str:
    """What a ligand of the library binds with.

    Parameters
    ----------
    entry
        Its row.

    Examples
    --------
    >>> head_group(ligand_entry("decylamine")), head_group(ligand_entry("c8 thiol"))
    ('ammonium', 'thiolate')
    """
    if entry.name in _HEADS:
        return _HEADS[entry.name]
    for ending, head in (("amine", "ammonium"), ("thiol", "thiolate"), (" acid", "carboxylate")):
        if entry.name.endswith(ending):
            return head
    return "unknown"


def surface_class(core: Material) -> str:
    """The class of a material's surface: of which `BINDING` knows the head groups."""
    if core.is_halide_perovskite:
        return PEROVSKITE
    if core.is_metal:
        return METAL
    for endings, found in (
        (("S", "Se", "Te"), CHALCOGENIDE),
        (("O", "O2", "O3", "O4"), OXIDE),
        (("F3", "F4"), FLUORIDE),
    ):
        if any(core.name.endswith(ending) for ending in endings):
            return found
    return OTHER


def ligands_that_bind(material_name: str, names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Ligands of the library that hold on a material, those among ``names`` if any are given.

    Parameters
    ----------
    material_name
        Of the core.
    names
        Ligands to choose from; empty for all. Named ones are kept whatever their head.

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
    heads = BINDING[surface_class(material(material_name))].heads
    return tuple(name for name, entry in LIGANDS.items() if head_group(entry) in heads)


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
    if not material(material_name).is_halide_perovskite or not isinstance(shape, Cuboid):
        return MAX_CHAINS_PER_NM2
    edge = shape.volume_nm3 ** (1 / 3)
    sites = surface_sites(edge, material(material_name).name)
    return min(MAX_CHAINS_PER_NM2, sites.highest_coverage_per_nm2(entry.site, entry.chains))


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
