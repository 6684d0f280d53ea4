"""What is wanted of a superlattice, and from what it may be made."""

from __future__ import annotations

from dataclasses import dataclass, field

from packing.checks import require_known, require_positive
from packing.errors import InputError
from packing.matter.ligands import ligand_entry
from packing.matter.material_table import material

QUANTITIES = ("period_nm", "gap_nm", "q_inv_nm", "core_fraction", "depth_kt")
"""Numbers that can be wanted of a crystal of one kind: its period, the gap between cores, its first Bragg peak, the
part of space that is core, and the depth of a contact in the medium."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A number and how far off it may be.

    Parameters
    ----------
    quantity
        One of `QUANTITIES`.
    value, tolerance
        In the unit of the name.

    Raises
    ------
    InputError
        For another quantity, or a tolerance that is not positive.
    """

    quantity: str
    value: float
    tolerance: float

    def __post_init__(self) -> None:
        require_known("quantity", self.quantity, QUANTITIES)
        require_positive("tolerance", self.tolerance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cores:
    """Nanocrystals whose size, ligand and coverage may be free.

    Parameters
    ----------
    material
        Name of the material.
    shape
        ``"cube"`` or ``"sphere"``.
    size_nm
        Lowest and highest edge or diameter [nm]; equal where the size is given.
    ligands
        Names of ligands to choose from; empty for all that bind to the material.
    coverage_per_nm2
        Lowest and highest coverage [1/nm^2]; None leaves it to the ligand and the surface.
    """

    material: str
    shape: str
    size_nm: tuple[float, float]
    ligands: tuple[str, ...] = ()
    coverage_per_nm2: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        material(self.material)
        require_known("shape", self.shape, ("cube", "sphere"))
        low, high = self.size_nm
        require_positive("size_nm", low, "nm")
        if high < low:
            raise InputError(f"size_nm must be (lowest, highest), got ({low:g}, {high:g}). Exchange them.")
        if self.coverage_per_nm2 is not None:
            require_positive("coverage_per_nm2", self.coverage_per_nm2[0], "1/nm²")
            if self.coverage_per_nm2[1] < self.coverage_per_nm2[0]:
                raise InputError("coverage_per_nm2 must be (lowest, highest). Exchange them.")
        for name in self.ligands:
            ligand_entry(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Relative standard uncertainties of what is made, against what was meant.

    Parameters
    ----------
    size, coverage, length
        Of the mean size, the coverage and the ligand's length. A size that is aimed at is met less well than one that
        has been measured: 2 %, against the 1 % of a prediction.
    """

    size: float = 0.02
    coverage: float = 0.10
    length: float = 0.04


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A target: what is wanted, of which nanocrystals.

    Parameters
    ----------
    cores
        The nanocrystals.
    partner
        Those of the second kind; needed for a binary lattice.
    wanted
        Numbers of the crystal of the first kind.
    lattice
        A binary lattice that is to be denser than all others and than separate crystals; empty asks for none.
    medium
        Of the contact's depth.
    spread
        How well inputs are met.

    Raises
    ------
    InputError
        If nothing is wanted, or a binary lattice of one kind.
    """

    cores: Cores
    partner: Cores | None = None
    wanted: tuple[Wanted, ...] = ()
    lattice: str = ""
    medium: str = "toluene"
    spread: Spread = field(default_factory=Spread)

    def __post_init__(self) -> None:
        if not self.wanted and not self.lattice:
            raise InputError(
                f"target: nothing is wanted. Give a lattice, or one of {', '.join(QUANTITIES)} with a tolerance."
            )
        if self.lattice and self.partner is None:
            raise InputError(f"target: {self.lattice} is of two kinds. Add a [partner].")
        if self.wanted and self.lattice:
            raise InputError(
                f"target: {self.lattice} and {self.wanted[0].quantity} together are not searched. Ask for one of them."
            )
