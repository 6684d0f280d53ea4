"""What is packed: a nanocrystal, its coating of ligands, and what surrounds them."""

from __future__ import annotations

from dataclasses import dataclass

from packing.checks import require_between, require_non_negative
from packing.shapes import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Nanocrystal:
    """One population of nanocrystals of one material and mean shape.

    Parameters
    ----------
    material
        A name known to `packing.materials`, such as ``"CsPbBr3"``.
    shape
        Mean shape of the core; ligands are not included.
    size_spread
        Standard deviation of the size over its mean (0.04 is 4 %).
    """

    material: str
    shape: Shape
    size_spread: float = 0.0

    def __post_init__(self) -> None:
        require_between("size_spread", self.size_spread, 0.0, 0.5, hint="Give a fraction: 0.04 is 4 %.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ligand:
    """A ligand as the packing models see it.

    Parameters
    ----------
    name
        What it is called in tables.
    length_nm
        Length of the extended chain including the head [nm]; for an ion the thickness it adds.
    chains
        Chains per head group: 2 for DDAB. Coverage counts chains.
    is_ionic
        Whether it is an ion with a size and no chain (Na+, halide).
    """

    name: str
    length_nm: float
    chains: int = 1
    is_ionic: bool = False

    def __post_init__(self) -> None:
        require_non_negative("length_nm", self.length_nm, "nm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coating:
    """A ligand at a coverage.

    Parameters
    ----------
    ligand
        The ligand.
    coverage_per_nm2
        Chains per surface area [1/nm^2].
    """

    ligand: Ligand
    coverage_per_nm2: float

    def __post_init__(self) -> None:
        require_non_negative("coverage_per_nm2", self.coverage_per_nm2, "1/nm^2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What is around the nanocrystals.

    Parameters
    ----------
    medium
        A name known to `packing.media`: ``"toluene"``, ``"hexane"``, ``"vacuum"`` (dry).
    temperature_kelvin
        Temperature [K].
    hamaker_j
        Hamaker constant [J] of core across medium; None takes the estimate of the material and medium tables.
    """

    medium: str = "toluene"
    temperature_kelvin: float = 300.0
    hamaker_j: float | None = None

    def __post_init__(self) -> None:
        require_between("temperature_kelvin", self.temperature_kelvin, 1.0, 2000.0, "K")
