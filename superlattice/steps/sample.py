"""What is put into an instrument: frames of a run, of a file or of a predicted crystal, with the atoms inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from packing.configuration import Configuration
from packing.errors import InputError
from packing.particles import CoreMaterial
from packing.shapes import Shape
from packing.trajectory import Trajectory
from structure.crystals.build import build_crystal, size_classes
from structure.diffraction.atomic import AtomicCrystal
from structure.diffraction.axes import common_axes
from structure.diffraction.library import crystal_of_material
from structure.grazing.film import FilmCrystal
from structure.grazing.layers import FilmLayers, crystal_index, substrate_index
from structure.grazing.rods import layers_of
from structure.imaging.tem import zone_axis_rotation
from structure.lattice.fit import fit_lattice
from structure.lattice.result import LatticeFit
from superlattice.steps.frames import read_frames
from superlattice.steps.prediction import likeliest, predict_study
from superlattice.study.instrument_table import InstrumentTable
from superlattice.study.study import Study, load_study
from superlattice.study.tables import StructureTable

FloatArray = NDArray[np.float64]

MOST_FRAMES = 4
"""Frames of the end of a trajectory that are averaged over."""
_PREDICTED_CELLS = 5
_LATTICES = {"sc": "sc", "fcc": "fcc", "bcc": "bcc", "hcp": "hcp"}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Frames, what is inside their dots, and what is known of the instruments.

    Parameters
    ----------
    frames
        The frames to average over, the last of which tells the lattice.
    table
        The study's instruments, or the usual ones.
    material
        Material of the dots, empty where nobody said it.
    cif
        CIF file of their atoms, in place of the library's.
    size_spread
        Of the dots, over their mean, where the frames have one size for all.
    notes
        What was assumed.
    """

    frames: tuple[Configuration, ...]
    table: StructureTable
    material: str | CoreMaterial = ""
    cif: Path | None = None
    size_spread: float = 0.0
    notes: tuple[str, ...] = ()

    @cached_property
    def lattice(self) -> LatticeFit:
        """The superlattice of the last frame."""
        return fit_lattice(self.frames[-1])

    @cached_property
    def crystal(self) -> AtomicCrystal:
        """The atoms inside.

        Raises
        ------
        InputError
            Without a material, or for one whose atoms are not known.
        """
        if not self.material and self.cif is None:
            raise InputError("the atoms inside are not known: the file names no material. Give --material or --cif.")
        return crystal_of_material(
            self.material, cif=self.cif, strain=self.table.strain, b_factor_nm2=self.table.b_factor_nm2
        )

    @property
    def domain_nm(self) -> float | None:
        """Size of the domains that a periodic box stands for [nm]; None for a cluster."""
        return None if self.frames[0].box is None else self.table.domain_nm

    def view(self, axis: tuple[int, int, int] | None) -> FloatArray:
        """Rotation from laboratory axes to those of the detector, with a lattice axis along the beam, shape (3, 3).

        ``axis`` are the indices of a direction of the lattice, None for that of the study.

        Raises
        ------
        InputError
            For the axis (0, 0, 0), and where an axis is asked for and there is no lattice.
        """
        if axis is not None and not any(axis):
            raise InputError("axis must not be 0,0,0. Give a direction of the superlattice such as 0,0,1.")
        if not self.lattice.found:
            if axis is not None:
                raise InputError(
                    f"axis is of a superlattice, and none was found: {self.lattice.reason}. Leave --axis out."
                )
            return np.eye(3)
        return zone_axis_rotation(self.lattice.cell_nm, axis or self.table.zone_axis)

    def row_nm(self, axis: tuple[int, int, int] | None) -> FloatArray:
        """The step of the superlattice's rows along an axis [nm], shape (3,).

        ``axis`` are the indices of a direction of the lattice, None for that of the study.

        Raises
        ------
        InputError
            Where there is no lattice, so no rows, and for the axis (0, 0, 0).
        """
        if not self.lattice.found:
            raise InputError(
                f"there are no rows to diffract along: {self.lattice.reason}. Give a frame with a superlattice."
            )
        if axis is not None and not any(axis):
            raise InputError("axis must not be 0,0,0. Give a direction of the superlattice such as 0,0,1.")
        return np.asarray(axis or self.table.zone_axis, dtype=float) @ self.lattice.cell_nm


def sample_of(
    target: str | Path,
    *,
    frame: int | None = None,
    material: str | CoreMaterial | None = None,
    cif: Path | None = None,
    shapes: Mapping[str, Shape] | None = None,
    unit_nm: float | None = None,
) -> Sample:
    """The sample that a run directory, a file of configurations or a study file stands for.

    Parameters
    ----------
    target
        Run directory (or its ``before/`` or ``after/``), GSD, LAMMPS dump, XYZ or CIF file, or study file, which stands
        for the crystal that it predicts.
    frame
        Number of one frame, from 0 or from the end (-1); None averages over the end of the trajectory.
    material, cif
        What the dots are made of, in place of the study's.
    shapes, unit_nm
        For files without shapes or of another unit, as for `superlattice.steps.target.analyze_target`.

    Raises
    ------
    InputError
        If it is none of these, or has no such frame.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from packing.shapes import cube
    >>> from packing.trajectory import write_gsd
    >>> crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.6))
    >>> with TemporaryDirectory() as folder:
    ...     write_gsd(Path(folder) / "crystal.gsd", [crystal])
    ...     sample = sample_of(Path(folder) / "crystal.gsd", material="CsPbBr3")
    >>> sample.crystal.name, sample.lattice.structure
    ('CsPbBr3', 'sc')
    """
    path = Path(target)
    notes: tuple[str, ...] = ()
    study: Study | None = None
    if path.is_dir():
        if not (path / "trajectory.gsd").is_file():
            raise InputError(
                f"{path} has no trajectory.gsd. Give a run directory (or its before/ or after/) or a file."
            )
        with Trajectory(path / "trajectory.gsd") as trajectory:
            frames = tuple(trajectory)
        files = [f for f in (path / "study.toml", path.parent / "study.toml") if f.is_file()]
        study = load_study(files[0]) if files else None
    elif path.suffix.lower() == ".toml":
        study = load_study(path)
        if study.exchange is not None:
            raise InputError(f"{path} is two studies, before and after an exchange. Give the run directory of one.")
        frames = (_predicted(study),)
        notes = ("the crystal that the study predicts: aligned, without displacements",)
    else:
        read = read_frames(path, shapes=shapes, unit_nm=unit_nm)
        frames, notes = read.frames, read.notes
    if not frames:
        raise InputError(f"{path} has no frames. Run superlattice assemble again.")
    if frames[-1].dimensions == 2:
        raise InputError(f"{path} is two-dimensional, and scattering is of three dimensions. Give another file.")
    own, given = study.inside if study else ("", None)
    return Sample(
        frames=_chosen(path, frames, frame),
        table=study.structure if study else StructureTable(),
        material=own if material is None else material,
        # A material that is named takes the place of the study's file too.
        cif=cif if cif is not None or material is not None else given,
        size_spread=study.nanocrystal.size_spread if study else 0.0,
        notes=notes,
    )


def sample_film(
    sample: Sample, how: InstrumentTable, wavelength_nm: float, axis: tuple[int, int, int] | None
) -> tuple[FilmCrystal, FilmLayers]:
    """A film of the sample's last frame on a substrate, with a lattice axis along the normal.

    The film's index is that of the dots, diluted by the share of the box that they fill, at ``wavelength_nm`` [nm];
    ligands are left out. ``axis`` are the indices of the lattice direction along the normal.

    Raises
    ------
    InputError
        Where there is no superlattice or no box, for an unknown substrate, and without a material.
    """
    frame = sample.frames[-1]
    sample.row_nm(axis)
    if frame.volume_nm3 is None:
        raise InputError("a film needs a periodic frame: this one is a free cluster. Give another frame.")
    view = sample.view(axis)
    kinds, counts = np.unique(frame.species, return_counts=True)
    sizes = np.cbrt([frame.shapes[k].volume_nm3 for k in kinds])
    mean = float(np.average(sizes, weights=counts))
    spread = float(np.sqrt(np.average((sizes / mean - 1) ** 2, weights=counts)))
    body = frame.shapes[kinds[np.abs(sizes - mean).argmin()]]
    filled = float(np.sum(sizes**3 * counts)) / frame.volume_nm3
    film = FilmCrystal(
        cell_nm=sample.lattice.cell_nm @ view.T,
        sites_nm=frame.positions_nm @ view.T,
        volume_per_site_nm3=frame.volume_nm3 / frame.n_particles,
        body=body.scaled(mean / float(np.cbrt(body.volume_nm3))),
        body_turn=view @ common_axes(frame, sample.crystal).mean,
        size_spread=min(spread, 0.3) if len(kinds) > 1 else sample.size_spread,
        domain_nm=how.domain_nm or sample.table.domain_nm,
        height_nm=how.film_nm,
    )
    stack = layers_of(film)
    if stack is not None:
        # The lowest layer lies on the substrate: its middle is half a period up.
        lift = stack.period_nm / 2 - float(stack.places_nm[:, 2].mean())
        film = replace(film, sites_nm=film.sites_nm + np.array([0.0, 0.0, lift]))
    layers = FilmLayers(
        wavelength_nm=wavelength_nm,
        incidence_deg=how.incidence_deg,
        substrate=substrate_index(how.substrate, wavelength_nm),
        film=crystal_index(sample.crystal, wavelength_nm).diluted(filled),
        thickness_nm=how.film_nm,
    )
    return film, layers


def _chosen(path: Path, frames: tuple[Configuration, ...], frame: int | None) -> tuple[Configuration, ...]:
    if frame is None:
        end = frames[-max(1, -(-len(frames) // 5)) :]
        return end[:: max(1, len(end) // MOST_FRAMES)][-MOST_FRAMES:]
    if not -len(frames) <= frame < len(frames):
        raise InputError(
            f"{path} has frames 0 to {len(frames) - 1}, got {frame}. Give one of them, or -1 for the last."
        )
    return (frames[frame],)


def _predicted(study: Study) -> Configuration:
    """The predicted crystal of a study of one kind of dots."""
    if study.partner is not None:
        raise InputError("the predicted crystal of a mixture is not built here. Give its run directory.")
    prediction = predict_study(study)
    best = likeliest(prediction)
    name = _LATTICES.get(best.name, "sc") if best else "sc"
    shape = study.nanocrystal.build().shape
    spread = study.nanocrystal.size_spread
    return build_crystal(
        name,
        spacing_nm=prediction.period_nm,
        n_cells=(_PREDICTED_CELLS,) * 3 if name == "sc" else (3, 3, 3),
        shapes=size_classes(shape, spread, 5) if spread > 0 else shape,
    )
