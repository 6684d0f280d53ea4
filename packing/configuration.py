"""`Configuration`: where all rooms meet.

Conventions, said once: lengths in nm; box as (Lx, Ly, Lz, xy, xz, yz) like HOOMD and freud; cell vectors are
rows, like ASE (freud's matrix has columns); positions are wrapped to the box centred on the origin; quaternions
are scalar first and turn body axes into laboratory axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.errors import InputError
from packing.shapes import Shape

if TYPE_CHECKING:
    from ase import Atoms

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Configuration:
    """Nanocrystals at one moment: box, positions, orientations and what each particle is.

    Build it with `configuration`, which checks and freezes the arrays.

    Parameters
    ----------
    box
        (Lx, Ly, Lz, xy, xz, yz), lengths in nm, tilts dimensionless; None for a free cluster.
    positions_nm
        Centres [nm], shape (N, 3).
    orientations
        Unit quaternions, scalar first, shape (N, 4).
    species
        Index into ``species_names`` and ``shapes``, shape (N,).
    species_names
        One name per species. Particles of one kind but of different size are different species.
    shapes
        The shape of the *core* (no ligand) of each species.
    step
        Step of the simulation it comes from, 0 where there is none.
    dimensions
        3, or 2 where particles move in a plane: the box is then only as high as one of them, and not repeated upwards.
    """

    box: FloatArray | None
    positions_nm: FloatArray
    orientations: FloatArray
    species: NDArray[np.int64]
    species_names: tuple[str, ...]
    shapes: tuple[Shape, ...]
    step: int = 0
    dimensions: int = 3

    @property
    def n_particles(self) -> int:
        """Number of nanocrystals."""
        return len(self.positions_nm)

    @property
    def cell_nm(self) -> FloatArray | None:
        """Cell vectors as rows [nm], shape (3, 3); None for a free cluster."""
        return None if self.box is None else box_to_cell(self.box)

    @property
    def volume_nm3(self) -> float | None:
        """Volume of the box [nm^3]; None for a free cluster."""
        return None if self.box is None else float(np.prod(self.box[:3]))

    @property
    def rotations(self) -> FloatArray:
        """Rotation matrices, shape (N, 3, 3): ``rotations[i] @ body_vector`` is the laboratory vector."""
        return quaternions_to_matrices(self.orientations)

    def to_ase(self, elements: Sequence[str] | None = None) -> Atoms:
        """ASE atoms in angstrom, one of a stand-in element (or of ``elements``) for each nanocrystal."""
        from packing.foreign import ase_atoms

        kinds = (self.orientations, self.species, self.species_names)
        return ase_atoms(self.positions_nm, self.cell_nm, *kinds, elements=elements, dimensions=self.dimensions)

    def to_freud(self) -> tuple[Any, FloatArray]:
        """The box of freud and the points [nm], shape (N, 3): what its methods take as a system."""
        from packing.foreign import freud_system

        return freud_system(self.box, self.positions_nm, self.dimensions)

    def __repr__(self) -> str:
        where = "free cluster" if self.box is None else "box " + " x ".join(f"{x:.2f}" for x in self.box[:3]) + " nm"
        return f"Configuration({self.n_particles} x {'/'.join(self.species_names)}, {where}, step {self.step})"


def configuration(
    positions_nm: ArrayLike,
    *,
    shapes: Shape | tuple[Shape, ...],
    box: ArrayLike | None = None,
    orientations: ArrayLike | None = None,
    species: ArrayLike | None = None,
    species_names: tuple[str, ...] | None = None,
    step: int = 0,
    dimensions: int = 3,
) -> Configuration:
    """Build a checked, read-only `Configuration`; positions are wrapped into the box.

    Parameters
    ----------
    positions_nm
        Centres [nm], shape (N, 3).
    shapes
        Shape of each species; a single one for all particles.
    box
        (Lx, Ly, Lz) or (Lx, Ly, Lz, xy, xz, yz) as in HOOMD [nm, tilts without unit]; None for a free cluster.
    orientations
        Scalar-first quaternions, shape (N, 4), that turn body into laboratory axes; None for none turned.
    species
        Index into ``shapes``, shape (N,); None for all 0.
    species_names
        One name for each shape.
    step
        Step of the simulation.
    dimensions
        3, or 2 for particles in the plane z = 0.

    Raises
    ------
    InputError
        For arrays that do not fit each other, non-finite numbers, or a box without volume.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> configuration([[0, 0, 0]], shapes=cube(8.6), box=[11, 11, 11])
    Configuration(1 x NC, box 11.00 x 11.00 x 11.00 nm, step 0)
    """
    x = _frozen("positions_nm", positions_nm)
    if x.ndim != 2 or x.shape[1] != 3:
        raise InputError(f"positions_nm must have shape (N, 3), got {x.shape}.")
    n = len(x)
    shape_tuple = shapes if isinstance(shapes, tuple) else (shapes,)
    names = species_names or (("NC",) if len(shape_tuple) == 1 else tuple(f"NC{i}" for i in range(len(shape_tuple))))
    if len(names) != len(shape_tuple):
        raise InputError(f"species_names and shapes must be as many, got {len(names)} and {len(shape_tuple)}.")
    q = np.tile([1.0, 0.0, 0.0, 0.0], (n, 1)) if orientations is None else np.array(orientations, dtype=np.float64)
    if q.shape != (n, 4):
        raise InputError(f"orientations must have shape ({n}, 4), got {q.shape}.")
    norms = np.linalg.norm(q, axis=1, keepdims=True)
    if not np.all(np.isfinite(norms)) or np.any(norms < 1e-6):
        raise InputError("orientations must be finite quaternions of non-zero length.")
    s = np.zeros(n, dtype=np.int64) if species is None else np.array(species, dtype=np.int64)
    if s.shape != (n,) or (n and (s.min() < 0 or s.max() >= len(shape_tuple))):
        raise InputError(f"species must be {n} indices between 0 and {len(shape_tuple) - 1}, got shape {s.shape}.")
    b = None if box is None else _checked_box(box)
    if b is not None:
        x = _frozen("positions_nm", wrap(x, b))
    if dimensions not in (2, 3):
        raise InputError(f"dimensions must be 2 or 3, got {dimensions}.")
    return Configuration(
        b, x, _frozen("orientations", q / norms), _readonly(s), tuple(names), shape_tuple, step, dimensions
    )


def box_to_cell(box: ArrayLike) -> FloatArray:
    """Cell vectors as rows, shape (3, 3), of a (Lx, Ly, Lz, xy, xz, yz) box.

    Parameters
    ----------
    box
        (Lx, Ly, Lz, xy, xz, yz): lengths [nm], tilts without unit.

    Examples
    --------
    >>> box_to_cell([1, 2, 3, 0, 0, 0]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 3.0]]
    """
    lx, ly, lz, xy, xz, yz = np.asarray(box, dtype=float)
    return np.array([[lx, 0, 0], [xy * ly, ly, 0], [xz * lz, yz * lz, lz]])


def cell_to_box(cell: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """The box of any right-handed cell (rows) and the rotation R that takes laboratory vectors into its frame.

    ``new = old @ R.T``. The first cell vector comes to lie along x and the second in the xy plane.

    Parameters
    ----------
    cell
        Cell vectors as rows [nm], shape (3, 3).

    Returns
    -------
    tuple of ndarray
        The box (Lx, Ly, Lz [nm], xy, xz, yz), shape (6,), and the rotation matrix, shape (3, 3).

    Raises
    ------
    InputError
        For a cell that is left-handed or flat.
    """
    m = np.asarray(cell, dtype=float)
    if np.linalg.det(m) <= 0:
        raise InputError("cell must be right-handed with a volume above zero.")
    # QR of the transposed cell: m.T = q r, with the diagonal of r made positive.
    q, r = np.linalg.qr(m.T)
    signs = np.sign(np.diag(r))
    q, r = q * signs, (r.T * signs).T
    lx, ly, lz = np.diag(r)
    return np.array([lx, ly, lz, r[0, 1] / ly, r[0, 2] / lz, r[1, 2] / lz]), q.T


def wrap(positions_nm: ArrayLike, box: ArrayLike) -> FloatArray:
    """Positions moved by whole cell vectors into the box centred on the origin.

    Parameters
    ----------
    positions_nm
        Centres [nm], shape (N, 3).
    box
        (Lx, Ly, Lz, xy, xz, yz): lengths [nm], tilts without unit.

    Returns
    -------
    ndarray
        Positions [nm], shape (N, 3).
    """
    cell = box_to_cell(box)
    fractions = np.asarray(positions_nm, dtype=float) @ np.linalg.inv(cell)
    return (fractions - np.floor(fractions + 0.5)) @ cell


def quaternions_to_matrices(quaternions: ArrayLike) -> FloatArray:
    """Rotation matrices, shape (N, 3, 3), of scalar-first unit quaternions, shape (N, 4).

    Parameters
    ----------
    quaternions
        Scalar first, of unit length, shape (N, 4).
    """
    w, x, y, z = np.moveaxis(np.asarray(quaternions, dtype=float), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def matrices_to_quaternions(matrices: ArrayLike) -> FloatArray:
    """Scalar-first unit quaternions with a non-negative scalar part, shape (N, 4), of rotation matrices (N, 3, 3).

    Parameters
    ----------
    matrices
        Rotation matrices, shape (N, 3, 3).
    """
    from scipy.spatial.transform import Rotation

    xyzw = Rotation.from_matrix(np.asarray(matrices, dtype=float)).as_quat(canonical=True)
    return np.roll(xyzw, 1, axis=-1)


def random_quaternions(n: int, rng: np.random.Generator) -> FloatArray:
    """``n`` orientations drawn uniformly over all rotations, shape (n, 4)."""
    q = rng.normal(size=(n, 4))
    return q / np.linalg.norm(q, axis=1, keepdims=True)


def _checked_box(box: ArrayLike) -> FloatArray:
    b = np.array(box, dtype=np.float64).ravel()
    if b.size == 3:
        b = np.concatenate([b, np.zeros(3)])
    if b.size != 6 or not np.all(np.isfinite(b)) or np.any(b[:3] <= 0):
        raise InputError(f"box must be (Lx, Ly, Lz, xy, xz, yz) with positive lengths, got {b.tolist()}.")
    return _readonly(b)


def _frozen(name: str, values: ArrayLike) -> FloatArray:
    array = np.array(values, dtype=np.float64)
    if not np.all(np.isfinite(array)):
        raise InputError(f"{name} must be finite, got {np.count_nonzero(~np.isfinite(array))} values that are not.")
    return _readonly(array)


def _readonly(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
