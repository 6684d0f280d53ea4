"""Energy of two coated nanocrystals against the gap between their cores, with its minimum."""

from __future__ import annotations

import math
from dataclasses import replace

from packing.checks import require_known, require_positive
from packing.errors import InputError
from packing.matter.material_table import material
from packing.matter.media import medium
from packing.once import remembered
from packing.pair.curve import STERIC_MODELS, PairEnergy, Steric
from packing.pair.minimum import outermost_minimum
from packing.pair.steric import brush_height_nm
from packing.pair.terms import gap_medium_of, shell_hamaker_j, shell_on_shape_nm
from packing.particles import Coating, Environment, Nanocrystal

__all__ = ["STERIC_MODELS", "PairEnergy", "Steric", "pair_energy"]


@remembered
def pair_energy(
    nanocrystal: Nanocrystal,
    coating: Coating,
    environment: Environment,
    *,
    steric: Steric = "alexander-de-gennes",
    chi: float | None = None,
) -> PairEnergy:
    r"""The energy of two equal coated nanocrystals, with its minimum: the gap they keep and how strongly.

    The attraction is Hamaker's pairwise sum over the two cores (exact for spheres and aligned cuboids). The
    repulsion is that of the ligand shells: brushes whose height depends on the solvent, or a wall at the size of an
    ion. The gap is filled with ligand when dry or in a poor solvent, so the Hamaker constant is then the one across
    alkyl; in a good solvent it is the one across the solvent; between ions in vacuum the one across vacuum.

    Parameters
    ----------
    nanocrystal
        Core. The attraction of a rounded or truncated cuboid is that of a sharp one of the same height and volume;
        its shell acts on the flat part of the facet and, by Derjaguin's construction, on rounded edges and corners.
    coating
        Ligands.
    environment
        Medium, temperature and, where known, the Hamaker constant.
    steric
        ``"alexander-de-gennes"`` or ``"osmotic-elastic"`` (needs a good or theta solvent). Ions always have a wall.
    chi
        Flory-Huggins parameter for ``"osmotic-elastic"``; None takes the medium's estimate.

    Raises
    ------
    InputError
        For an unknown material, medium or model, or ligands too few to keep the cores apart.

    Notes
    -----
    Without a solvent the shells also stick to each other, as two alkane surfaces do: the energy of the layered
    half spaces, :math:`-A_L/12\pi(s+D_0)^2` per area at a distance s of the shells, with Israelachvili's cutoff
    :math:`D_0` = 0.165 nm (Intermolecular and Surface Forces, section 13), which gives an alkane's surface tension.
    It holds a dry superlattice together (hundreds of kT a facet) and hardly moves its gap. In a liquid it is left
    out: shells and good solvents are alike. Dry layers of ions count as core material: two salts that touch, at
    :math:`D_0`, in place of two cores at the ions' distance.

    Spheres use Derjaguin's approximation for the shells, and shells on spheres are thinner by the volume they
    share (dry, this is the contact distance of the optimal packing model).

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> pair = pair_energy(dots, oleate, Environment(medium="vacuum"))
    >>> round(pair.gap_nm, 2), round(pair.period_nm, 2)
    (2.73, 11.33)
    """
    require_known("steric", steric, STERIC_MODELS)
    around = medium(environment.medium)
    gap_medium = gap_medium_of(coating, around)
    core = material(nanocrystal.material)
    temperature = environment.temperature_kelvin
    hamaker_j = environment.hamaker_j
    if hamaker_j is None:
        hamaker_j = core.hamaker_j(gap_medium, temperature)
    require_positive("hamaker_j", hamaker_j, "J")
    if hamaker_j > 1e-17:
        raise InputError(f"hamaker_j must be below 1e-17 J, got {hamaker_j:g} J. Give joules: 1e-19 is usual.")
    shape = nanocrystal.shape
    free = brush_height_nm(coating, around.quality)
    height, dry = (shell_on_shape_nm(x, shape, coating) for x in (free, coating.shell_nm))
    trial = PairEnergy(
        gap_nm=math.nan,
        depth_kt=math.nan,
        shape=shape,
        hamaker_j=hamaker_j,
        hamaker_is_estimate=environment.hamaker_j is None,
        gap_medium=gap_medium.name,
        shell_hamaker_j=shell_hamaker_j(coating, around, hamaker_j, temperature),
        brush_height_nm=height,
        dry_shell_nm=dry,
        grafting_per_nm2=min(coating.coverage_per_nm2, coating.ligand.closest_per_nm2),
        steric="ion-wall" if coating.ligand.is_ionic else steric,
        chi=None if steric != "osmotic-elastic" else (around.chi if chi is None else chi),
        temperature_kelvin=temperature,
    )
    gap, energy = outermost_minimum(trial.energy_kt, trial.brush_height_nm, coating)
    return replace(trial, gap_nm=gap, depth_kt=-energy)
