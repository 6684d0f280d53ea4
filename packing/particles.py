"""What is packed: a nanocrystal, its coating of ligands, and what surrounds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from packing.checks import require_between, require_non_negative, require_positive
from packing.errors import InputError
from packing.shapes import Shape, Sphere

# Alkyl chains stand no closer than in crystalline polyethylene (HOODLT's value; 0.1818 nm^2 per chain).
MAX_CHAINS_PER_NM2 = 5.5
# Measured coverages exceed the flat-surface limit a little (5.88 on 4.1 nm gold); beyond this it is a slip.
REFUSED_CHAINS_PER_NM2 = 7.0
# An extended chain of 40 carbons is 5.3 nm.
MAX_LENGTH_NM = 10.0
# Alkyl chains are the thinnest there are; 0.01 nm^2 below the models' 0.1818 is left for another length model.
THINNEST_CHAIN_NM2 = 0.17


class CoreMaterial(Protocol):
    """A material that brings its own numbers: `packing.matter.Material`."""

    @property
    def name(self) -> str:
        """What it is called in tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nanocrystal:
    """One population of nanocrystals of one material and mean shape.

    Parameters
    ----------
    material
        A name known to `packing.matter.material_table`, such as ``"CsPbBr3"``, or a material of your own.
    shape
        Mean shape of the core; ligands are not included.
    size_spread
        Standard deviation of the size over its mean (0.04 is 4 %).

    Raises
    ------
    InputError
        For a size no nanocrystal has, which is most often a slip of the unit.
    """

    material: str | CoreMaterial
    shape: Shape
    size_spread: float = 0.0

    def __post_init__(self) -> None:
        _refuse_unit_slips(self.material_name, self.shape)
        require_between("size_spread", self.size_spread, 0.0, 0.5, hint="Give a fraction: 0.04 is 4 %.")

    @property
    def material_name(self) -> str:
        """What the material is called in tables."""
        return self.material if isinstance(self.material, str) else self.material.name


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
    n_carbons
        Carbon atoms per chain; None where it is not an alkyl chain.
    source
        Where the length comes from.
    volume_nm3
        Volume of one chain with its share of the head, as dense as the models take chains to be [nm^3]; None for an
        alkyl chain, which fills 0.1818 nm^2 along its whole length.
    binds_to
        The surfaces it is known to bind to, of `packing.matter.materials.SURFACES`; empty where nobody said.

    Raises
    ------
    InputError
        For a length that is negative or that no chain of the volume has.
    """

    name: str
    length_nm: float
    chains: int = 1
    is_ionic: bool = False
    n_carbons: int | None = None
    source: str = "given"
    volume_nm3: float | None = None
    binds_to: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_non_negative("length_nm", self.length_nm, "nm")
        require_between(
            "length_nm",
            self.length_nm,
            0.0,
            MAX_LENGTH_NM,
            "nm",
            f"If the value is in Å, give {self.length_nm / 10:g}; the models are for alkyl chains, not polymers.",
        )
        if self.volume_nm3 is not None:
            require_positive(f"volume_nm3 of {self.name}", self.volume_nm3, "nm³")
            longest = self.volume_nm3 / THINNEST_CHAIN_NM2
            if self.length_nm > longest * (1 + 1e-9):
                raise InputError(
                    f"length_nm of {self.name} is {self.length_nm:.3g} nm, longer than its volume of "
                    f"{self.volume_nm3:.3g} nm³ allows: no chain is thinner than {THINNEST_CHAIN_NM2:g} nm². Give at "
                    f"most {longest:.3g} nm, or a larger volume_nm3."
                )

    @property
    def closest_per_nm2(self) -> float:
        """Chains per area when they stand side by side on a flat facet [1/nm^2]: length over volume."""
        return MAX_CHAINS_PER_NM2 if self.volume_nm3 is None else self.length_nm / self.volume_nm3


@dataclass(frozen=True, slots=True, kw_only=True)
class Coating:
    """A ligand at a coverage.

    Parameters
    ----------
    ligand
        The ligand.
    coverage_per_nm2
        Chains per surface area [1/nm^2]; two per DDAB. The coverage of an ion changes nothing here.
    ligand_density
        Density of the ligand layer over that of crystalline polyethylene, which the packing models assume; 0.866
        is a liquid alkane (0.0233 and 0.0269 nm^3 per CH2).

    Raises
    ------
    InputError
        For more chains than a surface can hold, or a layer thicker than the extended chain.

    Examples
    --------
    >>> oleate = Ligand(name="oleate", length_nm=2.504)
    >>> round(Coating(ligand=oleate, coverage_per_nm2=3.0).shell_nm, 3)
    1.366
    """

    ligand: Ligand
    coverage_per_nm2: float
    ligand_density: float = 1.0

    def __post_init__(self) -> None:
        require_non_negative("coverage_per_nm2", self.coverage_per_nm2, "1/nm²")
        require_between("ligand_density", self.ligand_density, 0.5, 1.0, hint="1 is crystalline, 0.866 liquid alkane.")
        if self.ligand.is_ionic:
            return
        most = self.ligand.closest_per_nm2
        if self.coverage_per_nm2 > most * REFUSED_CHAINS_PER_NM2 / MAX_CHAINS_PER_NM2 * (1 + 1e-12):
            kind = "alkyl chains" if self.ligand.volume_nm3 is None else f"chains of {1 / most:.2g} nm² each"
            raise InputError(
                f"coverage_per_nm2 of {self.ligand.name} is {self.coverage_per_nm2:g} 1/nm², above the "
                f"{most:.3g} 1/nm² of close-packed {kind}. Give the chains per nm² of surface (2-4 is usual)."
            )
        if self.relative_coverage > 1 + 1e-12:
            raise InputError(
                f"ligand_density of {self.ligand_density:g} at {self.coverage_per_nm2:g} chains per nm² needs a layer "
                f"thicker than the extended {self.ligand.name}. Lower coverage_per_nm2 or raise ligand_density."
            )

    @property
    def relative_coverage(self) -> float:
        """Dry layer thickness over extended length, xi, a ratio: coverage over its limit, at most 1; 1 for an ion."""
        if self.ligand.is_ionic:
            return 1.0
        return min(1.0, self.coverage_per_nm2 / self.ligand.closest_per_nm2) / self.ligand_density

    @property
    def shell_nm(self) -> float:
        """Thickness of the dry ligand layer on a flat facet [nm]: ligand volume per area, xi L."""
        return self.relative_coverage * self.ligand.length_nm

    @property
    def is_above_limit(self) -> bool:
        """Whether the coverage exceeds close-packed chains, so that the models take it as that limit."""
        return not self.ligand.is_ionic and self.coverage_per_nm2 > self.ligand.closest_per_nm2


Coated = tuple[Nanocrystal, Coating]
"""A nanocrystal with its ligands: one building block of a mixture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What is around the nanocrystals.

    Parameters
    ----------
    medium
        A name known to `packing.matter.media`: ``"toluene"``, ``"hexane"``, ``"vacuum"`` (dry).
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


def _refuse_unit_slips(material: str, shape: Shape) -> None:
    key, sizes = ("diameter_nm", (shape.diameter_nm,)) if isinstance(shape, Sphere) else ("edge_nm", shape.edges_nm)
    # Caesium lead halide cubes are made up to some 25 nm; plates are wide, so the shortest edge decides.
    if material.lower().startswith("cspb") and min(sizes) > 40.0:
        size, limit = min(sizes), 40.0
    else:
        size, limit = max(sizes), 100.0
    if size > limit:
        raise InputError(
            f"{key} is {size:g} nm, above the {limit:g} nm limit for a nanocrystal of {material}. "
            f"If the value is in Å, give {size / 10:g} instead."
        )
    if min(sizes) < 0.5:
        raise InputError(
            f"{key} is {min(sizes):g} nm, less than a unit cell of {material}. "
            f"If the value is in µm, give {min(sizes) * 1000:g} instead."
        )
