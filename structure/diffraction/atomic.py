"""The atomic lattice inside a nanocrystal, and how it sits in the body."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ase.io
import ase.spacegroup
import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_known, require_positive
from packing.errors import InputError
from packing.shapes import Cuboid, Shape, Sphere
from structure.diffraction.atoms import atomic_form_factor, debye_waller_factor, electron_form_factor_nm

FloatArray = NDArray[np.float64]

KNOWN_CRYSTALS = ("CsPbBr3 cubic", "CsPbBr3 orthorhombic")


@dataclass(frozen=True, slots=True, eq=False)
class AtomicCrystal:
    """A crystal structure in the axes of a nanocrystal's body.

    Parameters
    ----------
    name
        What it is called.
    cell_nm
        Cell vectors as rows [nm], turned into the axes of the body, shape (3, 3).
    elements
        Symbol of each atom of the cell.
    positions_nm
        Positions of the atoms of the cell in the axes of the body [nm], shape (n, 3).
    b_factor_nm2
        Isotropic thermal factor B [nm^2] of all atoms.
    occupancies
        Share of the cells in which each atom is there; empty for all of them. Vacancies and mixed sites are spread at
        random: they weaken reflections, and their diffuse scattering is left out.
    """

    name: str
    cell_nm: FloatArray
    elements: tuple[str, ...]
    positions_nm: FloatArray
    b_factor_nm2: float = 0.0
    occupancies: tuple[float, ...] = ()

    @property
    def volume_nm3(self) -> float:
        """Volume of the cell [nm^3]."""
        return float(abs(np.linalg.det(self.cell_nm)))

    def reflections(self, q_max_inv_nm: float) -> tuple[NDArray[np.int64], FloatArray, FloatArray]:
        """Indices (m, 3), vectors in body axes [1/nm] (m, 3) and squared structure factors [electrons^2] (m,).

        All reflections of a length up to ``q_max_inv_nm`` [1/nm] are listed, except (000) and those that are extinct.
        """
        reach = [int(q_max_inv_nm * np.linalg.norm(a) / (2 * np.pi)) for a in self.cell_nm]
        hkl = np.array(list(itertools.product(*(range(-n, n + 1) for n in reach))))
        vectors = 2 * np.pi * hkl @ np.linalg.inv(self.cell_nm).T
        length = np.linalg.norm(vectors, axis=1)
        kept = (length <= q_max_inv_nm) & (length > 0)
        hkl, vectors = hkl[kept], vectors[kept]
        squared = np.abs(self.cell_amplitude(vectors)) ** 2
        seen = squared > 1e-9 * squared.max(initial=0.0)
        return hkl[seen], vectors[seen], squared[seen]

    def cell_amplitude(self, q_vectors_inv_nm: FloatArray) -> NDArray[np.complex128]:
        """Amplitude of one cell [electrons] at scattering vectors (m, 3) in body axes, shape (m,).

        ``q_vectors_inv_nm`` need not be reflections [1/nm]; thermal motion is included.
        """
        return self._amplitude(q_vectors_inv_nm, atomic_form_factor)

    def electron_amplitude(self, q_vectors_inv_nm: FloatArray) -> NDArray[np.complex128]:
        """Amplitude of one cell for fast electrons [nm] at scattering vectors (m, 3) in body axes, shape (m,).

        ``q_vectors_inv_nm`` need not be reflections [1/nm].
        """
        return self._amplitude(q_vectors_inv_nm, electron_form_factor_nm)

    def strained(self, strain: float) -> AtomicCrystal:
        """The crystal with all lengths of its cell multiplied by 1 + ``strain``."""
        return replace(self, cell_nm=self.cell_nm * (1 + strain), positions_nm=self.positions_nm * (1 + strain))

    def weights(self) -> FloatArray:
        """Occupancy of each atom of the cell, shape (n,)."""
        return np.array(self.occupancies or (1.0,) * len(self.elements))

    def _amplitude(
        self, q_vectors_inv_nm: FloatArray, form_factor: Callable[[str, FloatArray], FloatArray]
    ) -> NDArray[np.complex128]:
        length = np.linalg.norm(q_vectors_inv_nm, axis=1)
        total = np.zeros(len(length), dtype=complex)
        weights = self.weights()
        for element in sorted(set(self.elements)):
            mine = np.array([e == element for e in self.elements])
            phases = np.exp(1j * q_vectors_inv_nm @ self.positions_nm[mine].T) @ weights[mine]
            total += form_factor(element, length) * phases
        return np.asarray(total * debye_waller_factor(self.b_factor_nm2, length), dtype=complex)


def atomic_crystal(name: str, *, pseudocubic_nm: float | None = None, b_factor_nm2: float = 0.02) -> AtomicCrystal:
    """A crystal structure known by name, its pseudocubic axes along the body axes.

    Parameters
    ----------
    name
        ``"CsPbBr3 cubic"`` (Pm-3m, a = 0.587 nm) or ``"CsPbBr3 orthorhombic"`` (Pnma).
    pseudocubic_nm
        Scales the cell so that the cube root of the volume per formula unit is this [nm]; None keeps the table's.
    b_factor_nm2
        Isotropic thermal factor [nm^2]; 0.02 is 2 square angstrom.

    Raises
    ------
    InputError
        For an unknown name.

    Examples
    --------
    >>> atomic_crystal("CsPbBr3 cubic").elements
    ('Cs', 'Pb', 'Br', 'Br', 'Br')
    >>> len(atomic_crystal("CsPbBr3 orthorhombic").elements)
    20
    """
    require_known("crystal", name, KNOWN_CRYSTALS)
    atoms, rotation = _cubic() if name == "CsPbBr3 cubic" else _orthorhombic()
    if pseudocubic_nm is not None:
        require_positive("pseudocubic_nm", pseudocubic_nm, "nm")
        units = atoms.get_chemical_symbols().count("Pb")
        scale = 10 * pseudocubic_nm / (atoms.get_volume() / units) ** (1 / 3)
        atoms.set_cell(atoms.cell.array * scale, scale_atoms=True)
    return crystal_from_ase(atoms, name=name, rotation=rotation, b_factor_nm2=b_factor_nm2)


def crystal_from_ase(
    atoms: Any, *, name: str = "", rotation: ArrayLike | None = None, b_factor_nm2: float = 0.0
) -> AtomicCrystal:
    """A crystal from ASE atoms (angstrom) and the matrix that turns its axes into those of the body.

    Parameters
    ----------
    atoms
        An `ase.Atoms` with a cell; its periodicity flags are not looked at.
    name
        What the crystal is called, its chemical formula if empty.
    rotation
        Matrix (3, 3) that takes a vector of the cell's axes to body axes, None for the same axes.
    b_factor_nm2
        Debye-Waller factor B of all atoms [nm^2], as in `debye_waller_factor`.

    Raises
    ------
    InputError
        For an element without a form factor, or atoms without a cell.
    """
    symbols = tuple(atoms.get_chemical_symbols())
    for element in set(symbols):
        atomic_form_factor(element, 0.0)
    if not symbols or abs(np.linalg.det(atoms.cell.array)) < 1e-6:
        raise InputError("crystal must have atoms and a cell with a volume above zero.")
    turn = np.eye(3) if rotation is None else np.asarray(rotation, dtype=float)
    return AtomicCrystal(
        name or atoms.get_chemical_formula(),
        atoms.cell.array @ turn.T / 10,
        symbols,
        atoms.get_positions() @ turn.T / 10,
        b_factor_nm2,
    )


def crystal_from_cif(path: str | os.PathLike[str], *, b_factor_nm2: float = 0.0) -> AtomicCrystal:
    """A crystal from a CIF file, its cell axes along the body axes (a along x, b in the xy plane).

    Parameters
    ----------
    path
        CIF file.
    b_factor_nm2
        Isotropic Debye-Waller factor B of all atoms [nm^2].

    Raises
    ------
    InputError
        If the file is missing or cannot be read as CIF.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from ase.build import bulk
    >>> with TemporaryDirectory() as folder:
    ...     bulk("Au", cubic=True).write(Path(folder) / "gold.cif")
    ...     crystal_from_cif(Path(folder) / "gold.cif").name
    'gold'
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(f"crystal {file} is not a file. Give a CIF file.")
    try:
        atoms = ase.io.read(str(file), format="cif")
    except Exception as error:
        raise InputError(f"crystal {file} cannot be read as CIF ({error}).") from error
    return crystal_from_ase(atoms, name=file.stem, b_factor_nm2=b_factor_nm2)


def cut_nanocrystal(crystal: AtomicCrystal, shape: Shape) -> tuple[tuple[str, ...], FloatArray]:
    """Elements and positions [nm] of the atoms of a crystal inside a shape, a cell centre at its centre.

    Rounded and truncated cuboids are cut as such.

    Raises
    ------
    InputError
        For a crystal with partly occupied sites, which `cut_sites` takes.
    """
    if crystal.occupancies and min(crystal.occupancies) < 1:
        raise InputError(f"{crystal.name} has sites that are partly occupied, so its atoms cannot be told one by one.")
    site, positions = cut_sites(crystal, shape)
    return tuple(crystal.elements[k] for k in site), positions


def cut_sites(crystal: AtomicCrystal, shape: Shape) -> tuple[NDArray[np.int64], FloatArray]:
    """Number in the cell and position [nm] of every site of a crystal inside a shape; else as `cut_nanocrystal`.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> site, positions = cut_sites(atomic_crystal("CsPbBr3 cubic"), cube(1.2))
    >>> len(site), positions.shape
    (71, (71, 3))
    """
    reach = shape.circumradius_nm
    spacing = 1 / np.linalg.norm(np.linalg.inv(crystal.cell_nm), axis=0)
    counts = [int(reach / s) + 2 for s in spacing]
    index = np.array(list(itertools.product(*(range(-n, n + 1) for n in counts))), dtype=float)
    corners = (index - 0.5) @ crystal.cell_nm
    positions = (corners[:, None] + crystal.positions_nm).reshape(-1, 3)
    inside = _inside(shape, positions)
    site = np.tile(np.arange(len(crystal.elements)), len(corners))
    return site[inside], positions[inside]


def _inside(shape: Shape, x: FloatArray) -> NDArray[np.bool_]:
    if isinstance(shape, Sphere):
        return np.asarray(np.linalg.norm(x, axis=1) <= shape.diameter_nm / 2)
    return _inside_cuboid(shape, np.abs(x))


def _inside_cuboid(shape: Cuboid, x: FloatArray) -> NDArray[np.bool_]:
    half = np.array(shape.edges_nm) / 2
    # A hair inside, so that of two planes on opposite faces one belongs to the next cell.
    box = np.all((x <= half + 1e-9), axis=1)
    if shape.rounding_nm > 0:
        over = np.maximum(x - (half - shape.rounding_nm), 0)
        return np.asarray(box & (np.linalg.norm(over, axis=1) <= shape.rounding_nm + 1e-9))
    if shape.truncation > 0:
        return np.asarray(box & ((half - x).sum(axis=1) >= shape.truncation * half.min() - 1e-9))
    return np.asarray(box)


def _cubic() -> tuple[Any, None]:
    atoms = ase.spacegroup.crystal(
        ["Cs", "Pb", "Br"],
        [(0.5, 0.5, 0.5), (0, 0, 0), (0.5, 0, 0)],
        spacegroup=221,
        cellpar=[5.87, 5.87, 5.87, 90, 90, 90],
    )
    return atoms, None


def _orthorhombic() -> tuple[Any, FloatArray]:
    # Cell at room temperature (measured; quoted from memory); the fractional coordinates are those of a
    # density-functional relaxation (Materials Project, Pnma), since tilts relax little with the cell.
    atoms = ase.spacegroup.crystal(
        ["Cs", "Pb", "Br", "Br"],
        [(0.0602, 0.75, 0.0195), (0.0, 0.0, 0.5), (0.2010, 0.0317, 0.8028), (0.0063, 0.25, 0.4403)],
        spacegroup=62,
        cellpar=[8.255, 11.759, 8.207, 90, 90, 90],
    )
    # Pseudocubic axes: (a + c)/2 and (c - a)/2 across, b/2 up; brought to x, y and z as near as a rotation can.
    h = np.sqrt(0.5)
    return atoms, np.array([[h, 0, h], [h, 0, -h], [0, 1, 0]])
