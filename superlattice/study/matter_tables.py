"""The tables of a study that say what is there: a core of a material, known or one's own, and a ligand."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from packing.checks import require_known
from packing.errors import InputError
from packing.matter.ligand_lengths import LENGTH_MODELS
from packing.matter.ligands import default_coverage_per_nm2, ligand as library_ligand
from packing.matter.materials import Material, Prototype
from packing.matter.own_ligands import own_ligand
from packing.matter.own_materials import own_material
from packing.particles import Coating, Nanocrystal
from packing.shapes import Cuboid, Shape, Sphere


class Table(BaseModel):
    """A table of the study file: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class MaterialTable(Table):
    """``[nanocrystal.made_of]``: the numbers of a material that the library does not have (see `own_material`)."""

    density_kg_m3: float
    lattice_nm: float
    refractive_index: float | None = None
    permittivity: float | None = None
    hamaker_vacuum_j: float | None = None
    c_nm: float | None = None
    prototype: Prototype = "unknown"
    formula: str = ""
    surface: str = ""
    is_metal: bool = False
    absorption_frequency_hz: float = 3.0e15
    source: str = "given"

    def build(self, name: str) -> Material:
        """The material, called ``name``."""
        return own_material(name, **self.model_dump())


class NanocrystalTable(Table):
    """``[nanocrystal]``: the core."""

    material: str
    shape: Literal["cube", "cuboid", "sphere"] = "cube"
    edge_nm: float | None = None
    edges_nm: tuple[float, float, float] | None = None
    diameter_nm: float | None = None
    rounding_nm: float = 0.0
    truncation: float = 0.0
    size_spread: float = 0.0
    made_of: MaterialTable | None = None

    @model_validator(mode="after")
    def _one_size(self) -> NanocrystalTable:
        wanted = {"cube": "edge_nm", "cuboid": "edges_nm", "sphere": "diameter_nm"}[self.shape]
        for key in ("edge_nm", "edges_nm", "diameter_nm"):
            given = getattr(self, key) is not None
            if given and key != wanted:
                raise ValueError(f"{key} does not go with shape = '{self.shape}'. Give {wanted}.")
            if not given and key == wanted:
                raise ValueError(f"{wanted} is missing: shape = '{self.shape}' needs it.")
        return self

    def build(self) -> Nanocrystal:
        """The nanocrystal of the packing models, one for the table however often it is asked for."""
        return self._built

    @cached_property
    def _built(self) -> Nanocrystal:
        return Nanocrystal(material=self.core, shape=self._shape(), size_spread=self.size_spread)

    @property
    def core(self) -> str | Material:
        """The name of the material, or the material that ``made_of`` describes."""
        return self.material if self.made_of is None else self.made_of.build(self.material)

    def _shape(self) -> Shape:
        if self.diameter_nm is not None:
            return Sphere(diameter_nm=self.diameter_nm)
        edges = self.edges_nm or (self.edge_nm or 0.0,) * 3
        return Cuboid(edges_nm=edges, rounding_nm=self.rounding_nm, truncation=self.truncation)


class LigandTable(Table):
    """``[ligand]``: a name of the library, or one's own by ``n_carbons`` or ``length_nm`` (see `own_ligand`)."""

    name: str | None = None
    n_carbons: int | None = Field(default=None, ge=1, le=40)
    double_bonds: int | None = Field(default=None, ge=0, le=12)
    side_carbons: int | None = Field(default=None, ge=0, le=40)
    aromatic_rings: int | None = Field(default=None, ge=0, le=4)
    length_nm: float | None = None
    volume_nm3: float | None = None
    area_nm2: float | None = None
    molar_mass_g_mol: float | None = None
    density_kg_m3: float | None = None
    chains: int | None = Field(default=None, ge=1, le=4)
    binds_to: tuple[str, ...] | None = None
    coverage_per_nm2: float | None = None
    length_model: str = "otm"

    @model_validator(mode="after")
    def _one_source(self) -> LigandTable:
        given = [k for k in ("name", "n_carbons", "length_nm") if getattr(self, k) is not None]
        if not given:
            raise ValueError("a ligand needs one of name, n_carbons or length_nm.")
        if "n_carbons" in given and "length_nm" in given:
            raise ValueError("n_carbons and length_nm cannot be used together: give one of them.")
        if self.coverage_per_nm2 is None and self.name is None:
            raise ValueError("coverage_per_nm2 is missing: only named ligands have a default coverage.")
        own = [k for k in _OWN if getattr(self, k) is not None]
        if own and given == ["name"]:
            raise ValueError(f"{', '.join(own)}: a ligand of your own needs n_carbons or length_nm. Give one of them.")
        return self

    def build(self) -> Coating:
        """The coating of the packing models, one for the table however often it is asked for."""
        return self._built

    @cached_property
    def _built(self) -> Coating:
        require_known("length_model", self.length_model, LENGTH_MODELS)
        if self.n_carbons is None and self.length_nm is None:
            made = library_ligand(self.name or "", length_model=self.length_model)
        else:
            given = {key: value for key in _OWN if (value := getattr(self, key)) is not None}
            made = own_ligand(
                self.name or "",
                n_carbons=self.n_carbons,
                length_nm=self.length_nm,
                length_model=self.length_model,
                **given,
            )
        coverage = self.coverage_per_nm2
        if coverage is None:
            coverage = self._usual_coverage()
        return Coating(ligand=made, coverage_per_nm2=coverage)

    def _usual_coverage(self) -> float:
        try:
            return default_coverage_per_nm2(self.name or "")
        except InputError:
            if self.n_carbons is None and self.length_nm is None:
                raise
            raise InputError(
                f"coverage_per_nm2 of {self.name} is missing: only ligands of the library have a usual one. Give the "
                "chains per nm² (2-4 is usual)."
            ) from None


_OWN = (
    "double_bonds", "side_carbons", "aromatic_rings", "volume_nm3", "area_nm2", "molar_mass_g_mol", "density_kg_m3",
    "chains", "binds_to",
)  # fmt: skip
