"""Nanocrystals as the particles of other libraries: ASE, freud."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError

if TYPE_CHECKING:
    from ase import Atoms

FloatArray = NDArray[np.float64]

STAND_INS = ("Pb", "Se", "Au", "Ag", "Cd", "Te")
"""Elements that stand for kinds of nanocrystals, whose names are no elements."""

ANGSTROM_PER_NM = 10.0


def ase_atoms(
    positions_nm: FloatArray,
    cell_nm: FloatArray | None,
    orientations: FloatArray,
    species: NDArray[np.int64],
    names: Sequence[str],
    *,
    elements: Sequence[str] | None = None,
    dimensions: int = 3,
) -> Atoms:
    """Particles as ASE atoms, in angstrom: one atom of a stand-in element for each nanocrystal.

    Parameters
    ----------
    positions_nm
        Centres [nm], shape (n, 3).
    cell_nm
        Cell vectors as rows [nm], shape (3, 3); None for a free cluster.
    orientations
        Scalar-first quaternions, shape (n, 4), kept as the array ``orientation``.
    species
        Index into ``names``, shape (n,).
    names
        Of the kinds, kept as the array ``kind``.
    elements
        One for each kind; None takes `STAND_INS`.
    dimensions
        3, or 2 for particles in a plane, which repeats along its two directions.

    Raises
    ------
    InputError
        For fewer elements than kinds, or a name that is no element.

    Examples
    --------
    >>> one = np.zeros((1, 3)), 11.0 * np.eye(3), np.array([[1.0, 0, 0, 0]]), np.zeros(1, dtype=np.int64)
    >>> ase_atoms(*one, ("CsPbBr3",)).cell.lengths().tolist()
    [110.0, 110.0, 110.0]
    """
    from ase import Atoms
    from ase.data import atomic_numbers

    chosen = tuple(elements or STAND_INS)
    unknown = [element for element in chosen if element not in atomic_numbers]
    if unknown or len(chosen) < len(names):
        raise InputError(
            f"elements must be {len(names)} chemical symbols, one for each of {', '.join(names)}; got "
            f"{', '.join(chosen)}."
        )
    cell = None if cell_nm is None else ANGSTROM_PER_NM * cell_nm
    atoms = Atoms(
        [chosen[i] for i in species],
        positions=ANGSTROM_PER_NM * positions_nm,
        cell=cell,
        pbc=False if cell is None else (True, True, dimensions == 3),
    )
    atoms.set_array("orientation", np.array(orientations))
    atoms.set_array("kind", np.array([names[i] for i in species]))
    return atoms


def freud_system(box: FloatArray | None, positions_nm: FloatArray, dimensions: int = 3) -> tuple[Any, FloatArray]:
    """Box and points as freud takes them, in nm: ``freud.order.Steinhardt(6).compute(system)``.

    Parameters
    ----------
    box
        (Lx, Ly, Lz, xy, xz, yz), lengths [nm]; None for a free cluster, which gets a box too wide to see its images.
    positions_nm
        Centres [nm], shape (n, 3).
    dimensions
        3, or 2 for particles in a plane.

    Returns
    -------
    tuple
        ``freud.box.Box`` and the points [nm], shape (n, 3).

    Examples
    --------
    >>> freud_box, points = freud_system(np.array([9.0, 9.0, 9.0, 0, 0, 0]), np.zeros((1, 3)))
    >>> round(freud_box.volume)
    729
    """
    import freud

    if box is None:
        middle = (positions_nm.min(axis=0) + positions_nm.max(axis=0)) / 2
        wide = 3 * float(np.ptp(positions_nm, axis=0).max()) + 1.0
        return freud.box.Box.cube(wide), np.asarray(positions_nm - middle)
    lx, ly, lz, xy, xz, yz = (float(v) for v in box)
    if dimensions == 2:
        return freud.box.Box(lx, ly, 0.0, xy, is2D=True), positions_nm * [1.0, 1.0, 0.0]
    return freud.box.Box(lx, ly, lz, xy, xz, yz), positions_nm
