"""The study file: what a person writes, checked key by key."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from packing.errors import InputError
from packing.matter.materials import Material
from packing.particles import Environment
from packing.prediction.inputs import check_inputs
from superlattice.study.matter_tables import LigandTable, NanocrystalTable, Table
from superlattice.study.names import check_lattices
from superlattice.study.optics_table import OpticsTable, check_optics
from superlattice.study.problems import nearest_key, one_line
from superlattice.study.stability_table import StabilityTable
from superlattice.study.tables import (
    AssemblyTable,
    CompareTable,
    EnvironmentTable,
    ExchangeTable,
    PackingTable,
    PartnerTable,
    StructureTable,
)

SCHEMA_VERSION = 1


class Study(Table):
    """A study, complete and checked: one study, never the many of a ``[sweep]``, which `campaign_jobs` expands.

    Examples
    --------
    >>> study = Study.from_text('''
    ... [nanocrystal]
    ... material = "CsPbBr3"
    ... edge_nm = 8.6
    ... [ligand]
    ... name = "oleate"
    ... ''')
    >>> study.nanocrystal.build().shape.edges_nm
    (8.6, 8.6, 8.6)
    """

    title: str = "untitled study"
    nanocrystal: NanocrystalTable
    ligand: LigandTable
    environment: EnvironmentTable = EnvironmentTable()
    partner: PartnerTable | None = None
    exchange: ExchangeTable | None = None
    packing: PackingTable = PackingTable()
    assembly: AssemblyTable = AssemblyTable()
    structure: StructureTable = StructureTable()
    optics: OpticsTable | None = None
    stability: StabilityTable | None = None
    compare: CompareTable = CompareTable()
    # Only ever empty, see `_no_sweep`; declared so that a misspelt `[sweep]` is told its name.
    sweep: dict[str, Any] = Field(default_factory=dict)
    folder: Annotated[Path, Field(exclude=True)] = Path(".")
    name: Annotated[str, Field(exclude=True)] = "study"
    # Of the second half of an exchange: the first.
    before: Annotated[Study | None, Field(exclude=True)] = None

    @classmethod
    def from_text(cls, text: str, *, source: str = "study", folder: Path = Path("."), name: str = "study") -> Study:
        """Parse TOML; every problem is an `InputError` of one line that begins with ``source``."""
        return cls.from_data(_parsed(text, source), source=source, folder=folder, name=name)

    @classmethod
    def from_data(cls, data: dict[str, Any], *, source: str, folder: Path = Path("."), name: str = "study") -> Study:
        """Check the tables of a study; as `from_text`, for data that is not in a file.

        Raises
        ------
        InputError
            For a key or value that cannot be used.
        """
        for key in ("folder", "name", "before"):
            if key in data:
                raise InputError(f"{source}: unknown key '{key}'.{nearest_key((key,), cls)}")
        try:
            study = cls(**data, folder=folder, name=name)
        except ValidationError as error:
            raise InputError(f"{source}: {one_line(error, cls)}") from error
        study.check(source)
        return study

    @model_validator(mode="before")
    @classmethod
    def _no_sweep(cls, data: Any) -> Any:
        # Before the rest is checked: a study may leave out what its sweep gives. An empty table gives nothing.
        if isinstance(data, dict) and data.get("sweep"):
            raise ValueError(
                "[sweep] makes it a campaign of many studies, and this takes one. Use superlattice batch STUDY "
                "--out DIR (with --predict-only where no simulation is wanted), or remove [sweep]."
            )
        return data

    def check(self, source: str) -> None:
        """Build every physical object and look every name up, so that what is wrong is told before anything runs.

        Raises
        ------
        InputError
            Naming the table, what is wrong with it and, for a name, the nearest known one.
        """
        parts: list[tuple[str, Any]] = [("nanocrystal", self.nanocrystal.build), ("ligand", self.ligand.build)]
        if self.exchange and self.exchange.ligand:
            parts.append(("exchange.ligand", self.exchange.ligand.build))
        if self.partner:
            parts += [("partner", self.partner.build), ("partner.ligand", self.partner.ligand.build)]
        for label, build in parts:
            try:
                build()
            except InputError as error:
                raise InputError(f"{source}: {label}: {error}") from error
        for label, check in (("", self._check_physics), *self._later()):
            try:
                check()
            except InputError as error:
                raise InputError(f"{source}: {label}{error}") from error

    def _check_physics(self) -> None:
        check_inputs(self.nanocrystal.build(), self.ligand.build(), self.build_environment())
        for entry in self.compare.files:
            if not self.path(entry).is_file():
                raise InputError(f"compare: {self.path(entry)} is not a file. Give a path relative to the study file.")
        if self.structure.cif and not self.path(self.structure.cif).is_file():
            raise InputError(f"structure: {self.path(self.structure.cif)} is not a file. Give a path of a CIF file.")
        tem = self.compare.tem
        if tem and tem.px_per_nm is not None and tem.px_per_nm <= 0:
            raise InputError(f"compare.tem: px_per_nm must be positive, got {tem.px_per_nm:g}.")

    def _later(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        """Where in the study what a later step would be the first to refuse stands, and the check of it."""
        for name, variant in self.variants().items():
            if name == "after":
                yield "exchange: ", variant._check_physics
        if self.partner:
            partner = (self.partner.build(), self.partner.ligand.build(), self.build_environment())
            yield "partner: ", lambda: check_inputs(*partner)
        yield "packing: ", lambda: check_lattices(self.packing.lattices, is_binary=self.partner is not None)
        yield "assembly: ", self._check_assembly
        if self.optics is not None:
            yield (
                "optics: ",
                partial(check_optics, self.optics, self.nanocrystal.material, is_binary=self.partner is not None),
            )

    def _check_assembly(self) -> None:
        if self.assembly.build().is_destabilised and self.exchange is None and self.before is None:
            raise InputError(
                f"protocol {self.assembly.protocol} needs an [exchange]: the ligand or the medium that destabilises "
                "the dispersion. Add one, or use evaporation."
            )

    def path(self, relative: str) -> Path:
        """A data file of the study; relative paths start at the study file."""
        return (self.folder / Path(relative).expanduser()).resolve()

    def build_environment(self) -> Environment:
        """The environment of the packing models."""
        return Environment(
            medium=self.environment.medium,
            temperature_kelvin=self.assembly.temperature_kelvin,
            hamaker_j=self.environment.hamaker_j,
        )

    @property
    def inside(self) -> tuple[str | Material, Path | None]:
        """Material and CIF file of the dots; empty for a mixture, whose kinds have different atoms."""
        cif = self.path(self.structure.cif) if self.structure.cif else None
        return ("", None) if self.partner else (self.nanocrystal.core, cif)

    def variants(self) -> dict[str, Study]:
        """The single-ligand studies inside: one, or before and after an exchange.

        Where a dispersion is destabilised that is the half after; before, it evaporates.
        """
        if self.exchange is None:
            return {"": self}
        calm = self.assembly.protocol
        if self.assembly.build().is_destabilised:
            calm = calm.partition("+")[2] or "evaporation"
        assembly = self.assembly.model_copy(update={"protocol": calm})
        before = self.model_copy(update={"exchange": None, "assembly": assembly})
        updates: dict[str, Any] = {"exchange": None, "before": before, "compare": CompareTable()}
        if self.exchange.ligand:
            updates["ligand"] = self.exchange.ligand
        if self.exchange.medium:
            updates["environment"] = self.environment.model_copy(update={"medium": self.exchange.medium})
        return {"before": before, "after": self.model_copy(update=updates)}

    def resolved(self) -> dict[str, Any]:
        """Plain data with every default filled in; the path of a CIF file is of use from any folder."""
        data = self.model_dump(mode="json", exclude_none=True, exclude={"sweep"})
        if self.structure.cif:
            data["structure"]["cif"] = str(self.path(self.structure.cif))
        return data

    @property
    def physics_hash(self) -> str:
        """Hash of what the simulation depends on; changing only data or instruments keeps it."""
        keep = {"nanocrystal", "ligand", "environment", "partner", "exchange", "packing", "assembly"}
        return _hash({k: v for k, v in self.resolved().items() if k in keep} | {"schema": SCHEMA_VERSION})

    @property
    def full_hash(self) -> str:
        """Hash of everything, including the bytes of the measured files."""
        digests = [hashlib.sha256(self.path(f).read_bytes()).hexdigest() for f in self.compare.files]
        return _hash(self.resolved() | {"schema": SCHEMA_VERSION, "files": digests})

    @property
    def study_id(self) -> str:
        """Name of the run directory: the study file's name and twelve digits of `physics_hash`."""
        return f"{self.name}-{self.physics_hash[:12]}"


def load_study(path: str | Path) -> Study:
    """Read a study file.

    Parameters
    ----------
    path
        TOML file; its folder is where relative paths in it start.

    Raises
    ------
    InputError
        If the file is missing, is not TOML, or holds a key or value that cannot be used; also if it holds a
        ``[sweep]``, which is many studies.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import tomli_w
    >>> tables = {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6}, "ligand": {"name": "oleate"}}
    >>> with TemporaryDirectory() as folder:
    ...     n_written = (Path(folder) / "cubes.toml").write_text(tomli_w.dumps(tables))
    ...     study = load_study(Path(folder) / "cubes.toml")
    >>> study.name, study.assembly.n_particles
    ('cubes', 60)
    """
    file = Path(path)
    return Study.from_data(read_tables(file), source=str(file), folder=file.parent, name=file.stem)


def read_tables(file: Path) -> dict[str, Any]:
    """The tables of a study file as they stand, not yet checked.

    Raises
    ------
    InputError
        If the file cannot be read, or is not TOML.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: no such study file ({error.strerror}). Give the path of a TOML file.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not a text file ({error.reason}). Give a TOML study file.") from error
    return _parsed(text, str(file))


def _parsed(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{source}: not valid TOML: {error}.") from error


def _hash(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
