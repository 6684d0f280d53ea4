"""The tables of a study file, one class each; every key is checked where it is declared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from assembly.spec import AssemblySpec
from superlattice.study.matter_tables import LigandTable, NanocrystalTable, Table as Table


class EnvironmentTable(Table):
    """``[environment]``: what is around the nanocrystals while they assemble."""

    medium: str = "toluene"
    hamaker_j: float | None = None


class PartnerTable(NanocrystalTable):
    """``[partner]``: the second nanocrystal of a binary superlattice."""

    ligand: LigandTable
    fraction: float = Field(default=0.5, gt=0, lt=1)


class PackingTable(Table):
    """``[packing]``: which lattices to rank, and how."""

    lattices: tuple[str, ...] = ()
    n_samples: int = Field(default=10_000, ge=100, le=1_000_000)


class AssemblyTable(Table):
    """``[assembly]``: what to simulate."""

    model: Literal["soft", "explicit-ligand", "hard-cube", "soft-cube"] = "soft"
    engine: Literal["auto", "hoomd", "lammps"] = "auto"
    n_particles: int = Field(default=60, ge=1, le=1_000_000)
    temperature_kelvin: float = Field(default=300.0, ge=1.0, le=2000.0)
    seed: int = Field(default=1, ge=0, le=65535)
    protocol: str = "evaporation"
    duration: float = Field(default=1.0, gt=0, le=1000)
    solvent_left: float = Field(default=0.0, ge=0, le=1)
    pressure_kt_per_nm3: float | None = Field(default=None, gt=0)
    # Of 0.1: told to be unused by the run.
    depth_cap_kt: float | None = Field(default=None, gt=0, le=50)

    def build(self, n_partner: int = 0) -> AssemblySpec:
        """What assembly is asked for; ``n_partner`` of the particles are of the partner's kind."""
        return AssemblySpec(
            model=self.model,
            n_particles=self.n_particles - n_partner,
            seed=self.seed,
            protocol=self.protocol,
            depth_cap_kt=self.depth_cap_kt,
            duration=self.duration,
            solvent_left=self.solvent_left,
            pressure_kt_per_nm3=self.pressure_kt_per_nm3,
        )


class StructureTable(Table):
    """``[structure]``: what the instruments would see; ``wavelength_nm`` gives q its scattering angle.

    ``cif``, ``strain``, ``strain_spread`` and ``b_factor_nm2`` are of the atoms inside the dots, for the page on
    diffraction, which ``diffraction = false`` leaves out; ``voltage_kv`` and ``zone_axis`` are of its electrons.
    """

    wavelength_nm: float = Field(default=0.15406, gt=0.001, lt=2)
    q_max_inv_nm: float = Field(default=3.0, gt=0.1, le=50)
    domain_nm: float = Field(default=150.0, gt=10, le=100_000)
    tem_px_per_nm: float = Field(default=4.0, gt=0.05, le=100)
    tem_blur_nm: float = Field(default=0.5, ge=0, le=10)
    diffraction: bool = True
    cif: str | None = None
    strain: float = Field(default=0.0, ge=-0.1, le=0.1)
    strain_spread: float = Field(default=0.0, ge=0, le=0.05)
    b_factor_nm2: float = Field(default=0.02, ge=0, le=1)
    voltage_kv: float = Field(default=200.0, ge=10, le=3000)
    zone_axis: tuple[int, int, int] = (0, 0, 1)

    @model_validator(mode="after")
    def _q_is_reached(self) -> StructureTable:
        if (highest := 4 * math.pi / self.wavelength_nm) < self.q_max_inv_nm:
            raise ValueError(
                f"q_max_inv_nm must be at most 4 pi / wavelength_nm = {highest:.3g} 1/nm, where the beam is scattered "
                f"straight back, got {self.q_max_inv_nm:g}. Lower it, or give a shorter wavelength_nm."
            )
        if not any(self.zone_axis):
            raise ValueError("zone_axis must not be [0, 0, 0]. Give a direction of the superlattice such as [0, 0, 1].")
        return self


class TemTable(Table):
    """``compare.tem``: a micrograph."""

    image: str
    px_per_nm: float | None = None
    scale_bar_nm: float | None = None
    scale_error_relative: float | None = Field(default=None, ge=0, lt=0.5)
    crop: tuple[int, int, int, int] | None = None


class SaxsTable(Table):
    """``compare.saxs``: a small-angle curve."""

    curve: str
    q_unit: Literal["1/angstrom", "1/nm"]


class XrdTable(Table):
    """``compare.xrd``: a scan with the fringes of a multilayer."""

    curve: str
    q_unit: Literal["1/angstrom", "1/nm", "two_theta_deg"] | None = None
    wavelength_nm: float | None = Field(default=None, gt=0)
    material: str | None = None
    lorentz: bool = False
    q_range_inv_nm: tuple[float, float] | None = None


class PublishedTable(Table):
    """``[[compare.published]]``: a number somebody reported, with what it is and is not."""

    quantity: str
    value_nm: float | None = None
    before_nm: float | None = None
    after_nm: float | None = None
    source: str
    note: str = ""

    @model_validator(mode="after")
    def _some_value(self) -> PublishedTable:
        if self.value_nm is None and self.before_nm is None and self.after_nm is None:
            raise ValueError("a published number needs value_nm, or before_nm and after_nm.")
        return self


class SampleTable(Table):
    """``[[compare.sample]]``: the measured files of one sample of a sweep, for the jobs with these swept values."""

    when: dict[str, bool | int | float | str] = Field(min_length=1)
    tem: TemTable | None = None
    saxs: SaxsTable | None = None
    xrd: XrdTable | None = None

    @model_validator(mode="after")
    def _some_file(self) -> SampleTable:
        if self.tem is None and self.saxs is None and self.xrd is None:
            raise ValueError("a sample needs tem, saxs or xrd, the files that were measured of it.")
        return self

    def matches(self, values: Mapping[str, object]) -> bool:
        """Whether a job with these swept ``values`` by dotted name is of this sample."""
        return all(values.get(key) == value for key, value in self.when.items())


class CompareTable(Table):
    """``[compare]``: measured data to put beside the prediction and the simulation."""

    tem: TemTable | None = None
    saxs: SaxsTable | None = None
    xrd: XrdTable | None = None
    published: tuple[PublishedTable, ...] = ()
    sample: tuple[SampleTable, ...] = ()

    @property
    def files(self) -> list[str]:
        """Every measured file, as the study names it; those of samples last."""
        tables: tuple[CompareTable | SampleTable, ...] = (self, *self.sample)
        return [
            file
            for table in tables
            for file in (
                table.tem and table.tem.image,
                table.saxs and table.saxs.curve,
                table.xrd and table.xrd.curve,
            )
            if file
        ]

    def of_job(self, values: Mapping[str, object]) -> CompareTable:
        """The table of one job of a sweep, with the files of its own sample where it has one."""
        mine = [sample for sample in self.sample if sample.matches(values)]
        update: dict[str, object] = {"sample": ()}
        for sample in mine:
            update |= {key: table for key in ("tem", "saxs", "xrd") if (table := getattr(sample, key)) is not None}
        return self.model_copy(update=update)


class ExchangeTable(Table):
    """``[exchange]``: the ligand that replaces ``[ligand]``, the medium that replaces the first, or both."""

    ligand: LigandTable | None = None
    medium: str | None = None

    @model_validator(mode="after")
    def _something_changes(self) -> ExchangeTable:
        if self.ligand is None and self.medium is None:
            raise ValueError("nothing is exchanged. Give it a ligand, a medium, or both.")
        return self
