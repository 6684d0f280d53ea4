"""What ``analyze`` is pointed at: a run directory, or a file of configurations from this or another program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from packing.errors import InputError
from packing.particles import CoreMaterial
from packing.shapes import Cuboid, Shape, Sphere
from structure.diffraction.library import crystal_of_material
from superlattice.files import read_json
from superlattice.steps.analysis import Analysis, analyze_frames, analyze_trajectory
from superlattice.steps.frames import read_frames
from superlattice.steps.layer import LayerAnalysis, analyze_layers
from superlattice.study.study import load_study
from superlattice.study.tables import StructureTable


def analyze_target(
    target: str | Path,
    *,
    shapes: Mapping[str, Shape] | Shape | None = None,
    unit_nm: float | None = None,
    material: str | CoreMaterial = "",
    cif: Path | None = None,
) -> Analysis | LayerAnalysis:
    """Analyse a run directory, or a file of configurations: GSD, LAMMPS dump, XYZ or CIF.

    Parameters
    ----------
    target
        Run directory, finished or not, or file.
    shapes
        Core [nm] of the particles of a file that does not say it, or cores by the names of its kinds.
    unit_nm
        The file's unit of length [nm]; None for 1 in GSD and 0.1 (angstrom) in all others.
    material, cif
        What the dots of a file are made of, for the page on diffraction; that of a run is its study's.

    Returns
    -------
    Analysis or LayerAnalysis
        The second of a file of two dimensions.

    Raises
    ------
    InputError
        If it is none of these, or a kind of particles has no shape.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from packing.shapes import cube
    >>> from packing.trajectory import write_gsd
    >>> from structure.crystals.build import build_crystal
    >>> crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.6), displacement_nm=0.2)
    >>> with TemporaryDirectory() as folder:
    ...     write_gsd(Path(folder) / "crystal.gsd", [crystal])
    ...     found = analyze_target(Path(folder) / "crystal.gsd")
    >>> found.finding.question, found.finding.word
    ('is a crystal', 'yes')
    """
    path = Path(target)
    given = {"": shapes} if isinstance(shapes, Sphere | Cuboid) else shapes
    if not path.is_dir():
        read = read_frames(path, shapes=given, unit_nm=unit_nm)
        if read.frames[-1].dimensions == 2:
            return analyze_layers(read.frames, notes=read.notes)
        if material or cif is not None:
            # What cannot be used is said before the work.
            crystal_of_material(material, cif=cif)
        return replace(analyze_frames(read.frames, StructureTable(), material=material, cif=cif), notes=read.notes)
    if not (path / "trajectory.gsd").is_file():
        raise InputError(
            f"{path} has no trajectory.gsd. Give a run directory (or its before/ or after/) or a GSD file."
        )
    if given or unit_nm is not None:
        raise InputError(f"{path} is a run directory, whose trajectory has shapes and is in nm. Leave --shape out.")
    if material or cif is not None:
        raise InputError(f"{path} is a run directory, whose study says what the dots are. Leave --material out.")
    return analyze_run(path)


def analyze_run(folder: Path) -> Analysis:
    """Analyse a run directory, finished or not, as its study says.

    Raises
    ------
    InputError
        If its files are damaged.
    """
    files = [file for file in (folder / "study.toml", folder.parent / "study.toml") if file.is_file()]
    study = load_study(files[0]) if files else None
    table = study.structure if study else StructureTable()
    material, cif = study.inside if study else ("", None)
    summary = read_json(folder / "assembly.json") if (folder / "assembly.json").is_file() else {}
    return analyze_trajectory(
        folder / "trajectory.gsd",
        table,
        sampling_from=summary.get("sampling_from_step"),
        material=material,
        cif=cif,
    )
