"""GSD files of configurations: what assembly writes, structure reads and OVITO opens.

Files are written in single precision: HOOMD before 7 cannot read a double-precision GSD of schema 2.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import gsd.hoomd
import numpy as np
from numpy.typing import NDArray

from packing.checks import require_positive
from packing.configuration import Configuration, configuration
from packing.errors import InputError
from packing.files import write_atomically
from packing.shape_data import shape_from_dict, shape_to_dict
from packing.shapes import Shape

_SINGLE = {"precision": "single"} if "precision" in gsd.hoomd.open.__code__.co_varnames else {}


class TrajectoryWriter:
    """Appends configurations to a GSD file; use it as a context manager.

    Examples
    --------
    >>> import tempfile
    >>> from packing.shapes import cube
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with TrajectoryWriter(Path(folder) / "t.gsd") as out:
    ...         out.append(configuration([[0, 0, 0]], shapes=cube(8.6), box=[11, 11, 11]))
    ...     len(Trajectory(Path(folder) / "t.gsd"))
    1
    """

    def __init__(self, path: str | os.PathLike[str], *, append: bool = False) -> None:
        self._file = gsd.hoomd.open(str(path), "a" if append else "w", **_SINGLE)

    def append(
        self,
        frame: Configuration,
        log: dict[str, Any] | None = None,
        *,
        particles: Mapping[str, Any] | None = None,
    ) -> None:
        """Write one frame.

        Parameters
        ----------
        frame
            The configuration.
        log
            Scalars to log with it.
        particles
            More arrays of GSD's particles by its names, such as ``mass`` and ``velocity``.
        """
        written = _to_frame(frame, log or {})
        for name, values in (particles or {}).items():
            setattr(written.particles, name, values)
        self._file.append(written)
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> TrajectoryWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Trajectory:
    """Read-only sequence of the `Configuration` objects in a GSD file.

    Particles that are constituents of rigid bodies (HOOMD writes them when asked) are left out. A file of two
    dimensions, or whose box is thinner than the particles in it, gives configurations of two dimensions.

    Parameters
    ----------
    path
        GSD file.
    shapes
        Cores [nm] of particle types to which the file gives no shape, by the type's name; under ``""`` for all others.
    unit_nm
        The file's unit of length [nm].

    Raises
    ------
    InputError
        If the file is missing, is no GSD file, is damaged or has no frames.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, shapes: Mapping[str, Shape] | None = None, unit_nm: float = 1.0
    ) -> None:
        self.path = Path(path)
        self._shapes, self._unit_nm = dict(shapes or {}), require_positive("unit_nm", unit_nm, "nm")
        if not self.path.is_file():
            raise InputError(f"trajectory {self.path} is not a file. Give a GSD file.")
        try:
            self._file = gsd.hoomd.open(str(self.path), "r", **_SINGLE)
        except (RuntimeError, OSError) as error:
            raise InputError(f"trajectory {self.path} cannot be read as GSD ({error}). Is it complete?") from error
        if len(self._file) == 0:
            self._file.close()
            raise InputError(f"trajectory {self.path} has no frames. Run the assembly first.")

    def __len__(self) -> int:
        return len(self._file)

    def __getitem__(self, index: int) -> Configuration:
        return _from_frame(self._file[index], self.path, self._shapes, self._unit_nm)

    def __iter__(self) -> Iterator[Configuration]:
        return (self[i] for i in range(len(self)))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Trajectory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def write_gsd(path: str | os.PathLike[str], frames: Iterable[Configuration]) -> None:
    """Write configurations to a new GSD file, under a temporary name until it is complete.

    Parameters
    ----------
    path
        File to write; one that is there is replaced.
    frames
        Configurations, in order.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from packing.configuration import configuration
    >>> from packing.shapes import cube
    >>> with TemporaryDirectory() as folder:
    ...     write_gsd(Path(folder) / "two.gsd", [configuration([[0, 0, z]], shapes=cube(8.6)) for z in (0, 1)])
    ...     with Trajectory(Path(folder) / "two.gsd") as frames:
    ...         len(frames)
    2
    """
    with write_atomically(path) as temporary, TrajectoryWriter(temporary) as out:
        for frame in frames:
            out.append(frame)


def _to_frame(c: Configuration, log: dict[str, Any]) -> gsd.hoomd.Frame:
    frame = gsd.hoomd.Frame()
    frame.configuration.step = c.step
    # GSD has no free cluster: a box well around it stands in, and a log entry says that it is not periodic.
    extent = 4 * float(np.abs(c.positions_nm).max(initial=1.0))
    frame.configuration.box = [extent] * 3 + [0, 0, 0] if c.box is None else c.box
    frame.configuration.dimensions = c.dimensions
    frame.particles.N = c.n_particles
    frame.particles.position = c.positions_nm
    frame.particles.orientation = c.orientations
    frame.particles.typeid = c.species
    frame.particles.types = list(c.species_names)
    frame.particles.type_shapes = [s.gsd_shape() | {"superlattice": shape_to_dict(s)} for s in c.shapes]
    frame.log = {key: np.atleast_1d(value) for key, value in log.items()}
    if c.box is None:
        frame.log["superlattice/free_cluster"] = np.array([1])
    return frame


def _from_frame(frame: gsd.hoomd.Frame, path: Path, given: Mapping[str, Shape], unit_nm: float) -> Configuration:
    particles = frame.particles
    body = particles.body
    centres = np.arange(particles.N)
    if body is not None and np.any(body >= 0):
        # HOOMD's convention: the centre of a rigid body carries its own tag as body, free particles -1.
        centres = np.flatnonzero((body == centres) | (body < 0))
    names = list(particles.types)
    entries = particles.type_shapes or [{}] * len(names)
    used = sorted({int(t) for t in particles.typeid[centres]})
    shapes: list[Shape] = []
    for t in used:
        entry = entries[t] if t < len(entries) else {}
        core = given.get(names[t], given.get(""))
        if entry:
            # What a file says of its particles counts: a shape that is given fills in where it says nothing.
            shapes.append(shape_from_dict(entry.get("superlattice", entry)).scaled(unit_nm))
        elif core is not None:
            shapes.append(core)
        else:
            raise InputError(
                f"trajectory {path}: particle type {names[t]!r} has no shape. "
                "Write type_shapes into the GSD file (Sphere or a cuboid ConvexPolyhedron), or give --shape."
            )
    box, dimensions = _box(frame, shapes, unit_nm)
    free = "superlattice/free_cluster" in (frame.log or {})
    return configuration(
        unit_nm * particles.position[centres],
        orientations=particles.orientation[centres],
        box=None if free else box,
        dimensions=dimensions,
        species=np.searchsorted(used, particles.typeid[centres]),
        species_names=tuple(names[t] for t in used),
        shapes=tuple(shapes),
        step=int(frame.configuration.step),
    )


def _box(frame: gsd.hoomd.Frame, shapes: list[Shape], unit_nm: float) -> tuple[NDArray[np.float64], int]:
    """The box [nm, tilts without unit], and the number of its dimensions: a flat one is as high as its particles."""
    box = np.array(frame.configuration.box, dtype=np.float64)
    box[:3] *= unit_nm
    heights = [2 * shape.inradius_nm for shape in shapes]
    is_plane = len(frame.particles.position) >= 5 and not np.ptp(frame.particles.position[:, 2])
    # Bodies that would overlap their own images above and below can only be meant to lie in a plane.
    is_flat = frame.configuration.dimensions == 2 or (is_plane and box[2] < 0.999 * min(heights, default=0.0))
    if not is_flat:
        return box, 3
    return np.array([box[0], box[1], max(heights, default=1.0), box[3], 0.0, 0.0]), 2
