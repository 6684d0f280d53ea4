"""What is wrong, or worth saying, about the inputs of a prediction."""

from __future__ import annotations

import math

from packing.errors import InputError
from packing.matter.material_table import material
from packing.matter.media import medium
from packing.matter.perovskite import binding_warning, coverage_warning, surface_sites
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import Cuboid, Sphere

# Superlattices of perovskite cubes need less (Adv. Mater. 2023, doi:10.1002/adma.202209279, section 2.2).
_ORDERING_SIZE_SPREAD = 0.05


def check_inputs(nanocrystal: Nanocrystal, coating: Coating, environment: Environment) -> None:
    """Refuse what no model can use: unknown material or medium, cores that nothing keeps apart.

    Raises
    ------
    InputError
        Naming the input and what to do.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> bare = Coating(ligand=ligand("oleate"), coverage_per_nm2=0.0)
    >>> check_inputs(Nanocrystal(material="PbS", shape=cube(8.0)), bare, Environment())
    Traceback (most recent call last):
        ...
    packing.errors.InputError: coating of oleate at 0 per nm² is 0 nm thick: nothing keeps the cores apart. \
Raise coverage_per_nm2 or take a longer ligand.
    """
    core = material(nanocrystal.material)
    medium(environment.medium)
    if environment.hamaker_j is not None and not 0 < environment.hamaker_j < 1e-17:
        raise InputError(
            f"hamaker_j must lie between 0 and 1e-17 J, got {environment.hamaker_j:g} J. Give joules: 1e-19 is usual."
        )
    if coating.shell_nm < 0.01:
        raise InputError(
            f"coating of {coating.ligand.name} at {coating.coverage_per_nm2:g} per nm² is {coating.shell_nm:.2g} nm "
            "thick: nothing keeps the cores apart. Raise coverage_per_nm2 or take a longer ligand."
        )
    smallest = nanocrystal.shape.size_nm
    if smallest < core.lattice_nm * (1 - 1e-9):
        key = "diameter_nm" if isinstance(nanocrystal.shape, Sphere) else "edge_nm"
        raise InputError(
            f"{key} is {smallest:g} nm, less than one unit cell of {core.name} ({core.lattice_nm:g} nm). "
            "Give the core size in nm."
        )


def input_warnings(nanocrystal: Nanocrystal, coating: Coating) -> list[str]:
    """Sentences on inputs that can be used but should be looked at."""
    found = []
    sites = coverage_warning(nanocrystal, coating)
    if sites:
        found.append(sites)
    if strange := binding_warning(nanocrystal, coating):
        found.append(strange)
    if coating.is_above_limit:
        found.append(
            f"coverage of {coating.ligand.name} is {coating.coverage_per_nm2:g} per nm², above close-packed chains: "
            f"the models take {coating.ligand.closest_per_nm2:.3g} per nm²."
        )
    if not coating.ligand.is_ionic and coating.coverage_per_nm2 < 0.1:
        found.append(
            f"coverage of {coating.ligand.name} is only {coating.coverage_per_nm2:g} per nm². If it is per Å², "
            f"give {coating.coverage_per_nm2 * 100:g}."
        )
    if nanocrystal.size_spread > _ORDERING_SIZE_SPREAD:
        found.append(
            f"size_spread is {nanocrystal.size_spread:.1%}; superlattices usually need less than "
            f"{_ORDERING_SIZE_SPREAD:.0%}."
        )
    if material(nanocrystal.material).is_metal:
        found.append(
            f"{nanocrystal.material_name} is a metal, which absorbs and has a plasmon resonance: no refractive index "
            "of the solid is given."
        )
    shape = nanocrystal.shape
    if isinstance(shape, Cuboid) and not shape.is_cube:
        found.append("fcc and bcc are predicted for spheres and cubes only; cuboids are stacked face to face.")
    return found


def nearest_cells(nanocrystal: Nanocrystal) -> str | None:
    """The cubes of whole unit cells around a perovskite's mean edge, as text; None for other cores.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> nearest_cells(Nanocrystal(material="CsPbBr3", shape=cube(8.6)))
    '14.65 cells of 0.587 nm; whole cells give 8.22 (14) and 8.80 nm (15)'
    """
    core, shape = material(nanocrystal.material), nanocrystal.shape
    if not core.is_halide_perovskite or not isinstance(shape, Cuboid) or not shape.is_cube:
        return None
    edge = shape.size_nm
    cells = edge / core.lattice_nm
    low = max(1, math.floor(cells))
    nearest = surface_sites(edge, core)
    if abs(cells - nearest.n_cells) < 0.02:
        return f"{nearest.n_cells} cells of {core.lattice_nm:g} nm"
    return (
        f"{cells:.2f} cells of {core.lattice_nm:g} nm; whole cells give {low * core.lattice_nm:.2f} ({low}) and "
        f"{(low + 1) * core.lattice_nm:.2f} nm ({low + 1})"
    )
