"""A study file to begin with: every key that decides something, with a word on each."""

from __future__ import annotations

import json
from pathlib import Path

from packing.errors import InputError
from superlattice.files import write_text
from superlattice.study.study import Study

_TEXT = """\
# {title}
# Lengths in nm. Remove the # before a line to use it; what is left out has a default.
title = {quoted_title}

[nanocrystal]
material = {material}          # a name of the library, or your own with made_of below
shape = {shape}                # cube, cuboid (then edges_nm = [a, b, c]) or sphere (then diameter_nm)
{size}
size_spread = 0.05             # standard deviation over mean: 0.05 is 5 %
# rounding_nm = 0.5            # radius of a cube's edges
# A material of your own: give it a name above, and its numbers here.
# made_of = {{ density_kg_m3 = 5000, lattice_nm = 0.6, refractive_index = 2.0, permittivity = 10 }}

[ligand]
name = {ligand}                # such as oleate, ddab, phenethylammonium, dodecanethiol, Na+
# coverage_per_nm2 = 3.0       # chains per nm² of surface; left out: the usual one of a ligand of the library
# A ligand of your own: give it a name above, one of these two lines, and coverage_per_nm2.
# n_carbons = 18               # with double_bonds = 2, side_carbons = 4, aromatic_rings = 1
# length_nm = 1.2              # with volume_nm3, area_nm2, or molar_mass_g_mol and density_kg_m3

[environment]
medium = "toluene"             # while it assembles; "dry" for none
# hamaker_j = 6e-20            # where you know it better than the estimate

[packing]
lattices = ["sc", "fcc", "bcc"]

[assembly]                     # for superlattice run; superlattice predict does not need it
model = "soft"
n_particles = 60
# protocol = "evaporation"     # quench, destabilise, destabilise+evaporation, destabilise+quench
temperature_kelvin = 300
seed = 1

# [exchange.ligand]            # the ligand that replaces the one above; [exchange] takes another medium, too
# name = "Na+"

# [optics]                     # light: emission, red shift, thresholds
# crystal_um = 2.0

# [compare.saxs]               # your data, beside the prediction and the simulation
# curve = "curve.dat"
# q_unit = "1/angstrom"
# [compare.tem]
# image = "micrograph.tif"
"""


def new_study_text(
    *, material: str = "CsPbBr3", ligand: str = "oleate", shape: str = "cube", size_nm: float = 8.6
) -> str:
    """The text of a study file with comments, which `superlattice.load` reads.

    Parameters
    ----------
    material, ligand
        Names of the library.
    shape
        ``"cube"`` or ``"sphere"``.
    size_nm
        Edge or diameter [nm].

    Raises
    ------
    InputError
        For a name or a size that a study would refuse.

    Examples
    --------
    >>> text = new_study_text(material="PbS", shape="sphere", size_nm=7)
    >>> Study.from_text(text).nanocrystal.build().shape.diameter_nm
    7.0
    """
    if shape not in ("cube", "sphere"):
        raise InputError(f"shape must be cube or sphere, got {shape!r}. A cuboid is written in the file.")
    key = "edge_nm" if shape == "cube" else "diameter_nm"
    title = f"{material} {shape}s of {size_nm:g} nm with {ligand}"
    text = _TEXT.format(
        title=title,
        quoted_title=json.dumps(title, ensure_ascii=False),
        material=json.dumps(material, ensure_ascii=False),
        shape=json.dumps(shape),
        size=f"{key} = {float(size_nm):g}".ljust(31) + "# core without ligand",
        ligand=json.dumps(ligand, ensure_ascii=False),
    )
    Study.from_text(text, source="new")
    return text


def write_new_study(path: str | Path, **wishes: str | float) -> Path:
    """Write `new_study_text` to a file that is not there yet.

    Parameters
    ----------
    path
        Where; ``.toml`` is added where it is missing.
    **wishes
        As for `new_study_text`.

    Raises
    ------
    InputError
        If the file is there, or for wishes that cannot be met.
    """
    file = Path(path)
    if not file.suffix:
        file = file.with_suffix(".toml")
    if file.exists():
        raise InputError(f"{file} is there already. Give another name, or remove it.")
    write_text(file, new_study_text(**wishes))  # type: ignore[arg-type]
    return file
