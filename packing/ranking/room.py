"""Room in a cell: cores and dry ligand need no more than its volume, in rankings and in designs alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.errors import InputError
from packing.particles import Coating, Nanocrystal

_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Volume of one core and of its ligand at the density of the models [nm^3]."""

    core_nm3: float
    ligand_nm3: float

    @classmethod
    def of(cls, nanocrystal: Nanocrystal, coating: Coating) -> Content:
        """Of one coated nanocrystal."""
        shape = nanocrystal.shape
        return cls(core_nm3=shape.volume_nm3, ligand_nm3=shape.surface_nm2 * coating.shell_nm)

    @property
    def total_nm3(self) -> float:
        """Core and ligand together [nm^3]."""
        return self.core_nm3 + self.ligand_nm3


def has_room(content_nm3: ArrayLike, cell_nm3: ArrayLike) -> NDArray[np.bool_]:
    """Whether cells hold their cores and dry ligand, arrays that broadcast.

    Parameters
    ----------
    content_nm3
        Volume of cores and dry ligand in one cell [nm^3].
    cell_nm3
        Volume of the cell [nm^3].

    Examples
    --------
    >>> has_room([1.9, 2.1], 2.0).tolist()
    [True, False]
    """
    return np.asarray(np.asarray(content_nm3) <= np.asarray(cell_nm3) * (1 + _ROUNDING))


def check_balance(name: str, content_nm3: float, cell_nm3: float) -> None:
    """Raise `InputError` where cores and dry ligand need more than the cell: no model may return such a crystal.

    Parameters
    ----------
    name
        Name of the lattice.
    content_nm3
        Volume of cores and dry ligand in one cell [nm^3].
    cell_nm3
        Volume of the cell [nm^3].
    """
    if not has_room(content_nm3, cell_nm3):
        raise InputError(
            f"the cell of {name} has {cell_nm3:.4g} nm³ for {content_nm3:.4g} nm³ of core and ligand. "
            "Lower the coverage, or take another size model."
        )
