"""Facets of lead halide perovskite nanocrystals: whole unit cells, and the sites that can hold a ligand.

A cube of n x n x n pseudo-cubic cells has 6 n^2 + 2 A sites and 6 n^2 X sites on its surface (HOODLT). Ammonium
ligands take A sites, carboxylates X sites.
"""

from __future__ import annotations

from dataclasses import dataclass

from packing.checks import require_positive
from packing.errors import InputError
from packing.matter.ligands import LIGANDS
from packing.matter.material_table import Material, material
from packing.particles import Coating, CoreMaterial, Nanocrystal
from packing.shapes import Cuboid


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceSites:
    """Sites on the surface of a perovskite cube of whole cells.

    Parameters
    ----------
    n_cells
        Cells along an edge.
    edge_nm
        Edge [nm].
    a_sites, x_sites
        Surface sites of the A cation and of the halide.
    """

    n_cells: int
    edge_nm: float
    a_sites: int
    x_sites: int

    @property
    def surface_nm2(self) -> float:
        """Surface of the cube [nm^2]."""
        return 6 * self.edge_nm**2

    def highest_coverage_per_nm2(self, site: str = "both", chains: int = 1) -> float:
        """Chains per nm^2 when every site of a kind (``"A"``, ``"X"`` or ``"both"``) holds one ligand.

        Parameters
        ----------
        site
            ``"A"``, ``"X"`` or ``"both"``.
        chains
            Chains per ligand.

        Raises
        ------
        InputError
            For another kind of site.

        Examples
        --------
        >>> cube = surface_sites(8.8)
        >>> round(cube.highest_coverage_per_nm2("X"), 2), round(cube.highest_coverage_per_nm2("A", chains=2), 2)
        (2.9, 5.81)
        """
        counts = {"A": self.a_sites, "X": self.x_sites, "both": self.a_sites + self.x_sites}
        if site not in counts:
            raise InputError(f"site must be A, X or both, got {site!r}.")
        return counts[site] * chains / self.surface_nm2


def surface_sites(edge_nm: float, material_name: str | CoreMaterial = "CsPbBr3") -> SurfaceSites:
    """The cube of whole cells nearest to an edge, with its surface sites.

    Parameters
    ----------
    edge_nm
        Edge of the cube [nm].
    material_name
        A lead halide perovskite.

    Raises
    ------
    InputError
        For a material that is no halide perovskite, or an edge below half a cell.

    Examples
    --------
    >>> sites = surface_sites(5.3)
    >>> sites.n_cells, sites.a_sites, sites.x_sites
    (9, 488, 486)
    """
    cell = _perovskite(material_name).lattice_nm
    n = round(require_positive("edge_nm", edge_nm, "nm") / cell)
    if n < 1:
        raise InputError(f"edge_nm is {edge_nm:g} nm, less than half a cell of {material_name} ({cell:g} nm).")
    return SurfaceSites(n_cells=n, edge_nm=n * cell, a_sites=6 * n * n + 2, x_sites=6 * n * n)


def coverage_warning(nanocrystal: Nanocrystal, coating: Coating) -> str | None:
    """One sentence where a coating asks for more ligands than a perovskite's surface has sites, else None.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> coverage_warning(dots, Coating(ligand=ligand("octylamine"), coverage_per_nm2=4.0))
    'coverage of octylamine is 4 per nm², above the 2.91 per nm² that the A sites of CsPbBr3 can hold.'
    """
    core, ligand = material(nanocrystal.material), coating.ligand
    if not core.is_halide_perovskite or not isinstance(nanocrystal.shape, Cuboid) or ligand.is_ionic:
        return None
    site = LIGANDS[ligand.name].site if ligand.name in LIGANDS else "both"
    mean_edge = nanocrystal.shape.volume_nm3 ** (1 / 3)
    highest = surface_sites(mean_edge, core).highest_coverage_per_nm2(site, ligand.chains)
    if coating.coverage_per_nm2 <= highest * (1 + 1e-9):
        return None
    which = "A and X sites" if site == "both" else f"{site} sites"
    return (
        f"coverage of {ligand.name} is {coating.coverage_per_nm2:g} per nm², above the {highest:.2f} per nm² that "
        f"the {which} of {core.name} can hold."
    )


def binding_warning(nanocrystal: Nanocrystal, coating: Coating) -> str | None:
    """One sentence where a ligand is not known to bind to such a surface, else None.

    Nothing is said where the library does not know to what the ligand binds.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> salt = Nanocrystal(material="NaYF4", shape=cube(8.6))
    >>> binding_warning(salt, Coating(ligand=ligand("dodecanethiol"), coverage_per_nm2=4.0))
    'dodecanethiol is not known to bind to NaYF4 (fluoride): it binds to noble metal, transition metal, chalcogenide, \
pnictide. Check the ligand, or take the answer as if it did.'
    """
    core, ligand = material(nanocrystal.material), coating.ligand
    if not ligand.binds_to or not core.surface_kind or core.surface_kind in ligand.binds_to:
        return None
    return (
        f"{ligand.name} is not known to bind to {core.name} ({core.surface_kind}): it binds to "
        f"{', '.join(ligand.binds_to)}. Check the ligand, or take the answer as if it did."
    )


def _perovskite(name: str | CoreMaterial) -> Material:
    found = material(name)
    if not found.is_halide_perovskite:
        raise InputError(f"material must be a lead halide perovskite for surface sites, got {found.name}.")
    return found
