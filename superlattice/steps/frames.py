"""Configurations from files of other programs: GSD with and without shapes, LAMMPS dumps, XYZ and CIF by way of ASE."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_positive
from packing.configuration import Configuration, cell_to_box, configuration
from packing.errors import InputError
from packing.shapes import Shape, Sphere
from packing.trajectory import Trajectory
from structure.order.neighbours import nearest_neighbours

if TYPE_CHECKING:
    from ase import Atoms

FloatArray = NDArray[np.float64]

ANGSTROM_NM = 0.1
FEWEST_IN_CIF = 64
"""A unit cell is repeated until it holds about this many particles: an interior needs neighbours of neighbours."""

MAY_OVERLAP = 0.9
"""Distance of neighbours over that of two inscribed spheres below which cores cannot be as large as they were said to
be, or the unit of length is another; softened bodies overlap by less."""

ALL = ""
"""The name under which a shape is given to all kinds of particles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """The configurations of a file, and what had to be assumed about it."""

    frames: tuple[Configuration, ...]
    notes: tuple[str, ...] = ()


def read_frames(path: str | Path, *, shapes: Mapping[str, Shape] | None = None, unit_nm: float | None = None) -> Frames:
    """Read all frames of a GSD, LAMMPS dump, XYZ or CIF file.

    Parameters
    ----------
    path
        GSD; ``.dump``, ``.lammpstrj`` or any file that begins with ``ITEM: TIMESTEP``; ``.xyz`` or ``.extxyz``;
        ``.cif``, of which the unit cell is repeated.
    shapes
        Cores [nm] by the name of the type or element, under ``""`` for all others. Needed where the file has none.
    unit_nm
        The file's unit of length [nm]; None for 1 in GSD and 0.1 (angstrom) in all others.

    Raises
    ------
    InputError
        If the file cannot be read, a kind has no shape, or cores would overlap.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from packing.shapes import Sphere
    >>> with TemporaryDirectory() as folder:
    ...     n_written = (Path(folder) / "two.xyz").write_text("2\\n\\nAu 0 0 0\\nAu 0 0 60\\n")
    ...     found = read_frames(Path(folder) / "two.xyz", shapes={"Au": Sphere(diameter_nm=5.0)})
    >>> np.diff(found.frames[0].positions_nm, axis=0).tolist(), found.frames[0].species_names
    ([[0.0, 0.0, 6.0]], ('Au',))
    """
    file, given = Path(path), dict(shapes or {})
    if unit_nm is not None:
        require_positive("unit_nm", unit_nm, "nm")
    form = _format(file)
    if form is None:
        return _gsd(file, given, 1.0 if unit_nm is None else unit_nm)
    unit = ANGSTROM_NM if unit_nm is None else unit_nm
    notes = [] if unit_nm is not None else ["lengths of the file were taken as ångström"]
    images = _read(file, form)
    if form == "cif":
        n = max(2, round((FEWEST_IN_CIF / len(images[0])) ** (1 / 3)))
        images = [images[0].repeat(n)]
        notes.append(f"the unit cell was repeated {n} x {n} x {n} times")
    steps = _steps(file, len(images)) if form == "lammps-dump-text" else range(len(images))
    no_axes = any(not isinstance(shape, Sphere) for shape in given.values()) and "quaternions" not in images[0].arrays
    if no_axes:
        given = {name: _ball(shape) for name, shape in given.items()}
        notes.append(_NO_AXES)
    frames = tuple(
        _configuration(file, atoms, given, unit, int(step)) for atoms, step in zip(images, steps, strict=True)
    )
    _refuse_overlap(file, frames[-1], unit_nm is None, unit)
    return Frames(frames=frames, notes=tuple(notes))


_NO_AXES = "the file has no orientations: bodies with facets stand as spheres of the same volume, their axes not judged"


def _format(file: Path) -> str | None:
    """ASE's name of the format; None for GSD and for what is nothing else either."""
    suffixes = {".cif": "cif", ".xyz": "extxyz", ".extxyz": "extxyz", ".dump": "lammps-dump-text"}
    found = (suffixes | {".lammpstrj": "lammps-dump-text"}).get(file.suffix.lower())
    if found is None and file.is_file():
        with file.open("rb") as stream:
            found = "lammps-dump-text" if stream.read(14) == b"ITEM: TIMESTEP" else None
    return found


def _gsd(file: Path, given: dict[str, Shape], unit_nm: float) -> Frames:
    with Trajectory(file, shapes=given, unit_nm=unit_nm) as trajectory:
        frames = tuple(trajectory)
    if not given or all(isinstance(shape, Sphere) for shape in given.values()):
        return Frames(frames=frames)
    # GSD leaves orientations out that are all as by default, and so says nothing of them.
    if any(np.any(frame.orientations != [1.0, 0.0, 0.0, 0.0]) for frame in frames):
        _refuse_overlap(file, frames[-1], True, unit_nm)
        return Frames(frames=frames)
    with Trajectory(file, shapes={k: _ball(v) for k, v in given.items()}, unit_nm=unit_nm) as trajectory:
        frames = tuple(trajectory)
    _refuse_overlap(file, frames[-1], True, unit_nm)
    has_facets = any(not isinstance(shape, Sphere) for shape in frames[-1].shapes)
    return Frames(frames=frames, notes=() if has_facets else (_NO_AXES,))


def _ball(shape: Shape) -> Sphere:
    """A sphere of the same volume."""
    return Sphere(diameter_nm=float(np.cbrt(6 * shape.volume_nm3 / np.pi)))


def _read(file: Path, form: str) -> list[Atoms]:
    from ase.io import read

    if not file.is_file():
        raise InputError(f"{file} is not a file. Give a run directory, or a GSD, LAMMPS dump, XYZ or CIF file.")
    try:
        images: Any = read(str(file), index=":", format=form)
    # ASE's readers raise whatever their parsing stumbles over.
    except Exception as error:
        words = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{file} cannot be read as {_WORDS[form]} ({words}). Is it complete?") from error
    if not images or not len(images[0]):
        raise InputError(f"{file} has no particles. Give a file with positions.")
    return list(images)


_WORDS = {"cif": "CIF", "extxyz": "XYZ", "lammps-dump-text": "a LAMMPS dump"}


def _steps(file: Path, n_frames: int) -> Sequence[int]:
    found = [int(step) for step in re.findall(r"ITEM: TIMESTEP\s+(\d+)", file.read_text(errors="replace"))]
    return found if len(found) == n_frames else range(n_frames)


def _configuration(file: Path, atoms: Atoms, given: Mapping[str, Shape], unit_nm: float, step: int) -> Configuration:
    kinds = [str(k) for k in atoms.arrays["type"]] if "type" in atoms.arrays else atoms.get_chemical_symbols()
    names = tuple(dict.fromkeys(kinds))
    shapes = []
    for name in names:
        shape = given.get(name, given.get(ALL))
        if shape is None:
            known = f"Its kinds: {', '.join(names)}."
            raise InputError(
                f"{file}: particles of kind {name!r} have no shape. Give --shape cube:EDGE, cuboid:AxBxC or "
                f"sphere:DIAMETER in nm, or --shape {name}=cube:EDGE for one kind. {known}"
            )
        shapes.append(shape)
    positions, box = _placed(atoms, unit_nm, 4 * max(2 * shape.inradius_nm for shape in shapes))
    return configuration(
        positions,
        shapes=tuple(shapes),
        species=[names.index(kind) for kind in kinds],
        species_names=names,
        orientations=atoms.arrays.get("quaternions"),
        box=box,
        step=step,
    )


def _placed(atoms: Atoms, unit_nm: float, margin_nm: float) -> tuple[FloatArray, FloatArray | None]:
    """Places [nm] in the frame of the box, and the box; along open sides it is so wide that images do not touch."""
    positions = unit_nm * np.asarray(atoms.positions, dtype=float)
    if not atoms.pbc.any():
        return positions - positions.mean(axis=0), None
    cell = unit_nm * np.asarray(atoms.cell.complete(), dtype=float)
    for axis in np.flatnonzero(~np.asarray(atoms.pbc)):
        unit = cell[axis] / np.linalg.norm(cell[axis])
        cell[axis] = unit * (np.ptp(positions @ unit) + margin_nm)
    if np.linalg.det(cell) < 0:
        raise InputError("the cell is left-handed. Exchange two of its vectors.")
    box, turn = cell_to_box(cell)
    if not np.allclose(turn, np.eye(3), atol=1e-9) and "quaternions" in atoms.arrays:
        raise InputError("the cell's first vector does not lie along x, as orientations need. Turn the file.")
    turned = positions @ turn.T
    # Along open sides particles must not be wrapped apart: their middle goes to the middle of the box.
    middle = (turned.max(axis=0) + turned.min(axis=0)) / 2
    return turned - np.where(atoms.pbc, 0.0, middle), box


def _refuse_overlap(file: Path, frame: Configuration, is_assumed: bool, unit_nm: float) -> None:
    if frame.n_particles < 2 or frame.dimensions == 2:
        return
    nearest = nearest_neighbours(frame, 1)
    inside = np.array([shape.inradius_nm for shape in frame.shapes])[frame.species]
    room = nearest.distances_nm[:, 0] / (inside + inside[nearest.indices[:, 0]])
    if np.median(room) < MAY_OVERLAP:
        distance = float(np.median(nearest.distances_nm[:, 0]))
        was = "taken" if is_assumed else "given"
        raise InputError(
            f"{file}: cores overlap, neighbours are {distance:.3g} nm apart with the unit of length {was} as "
            f"{unit_nm:g} nm. Give --unit-nm, or a smaller --shape."
        )
