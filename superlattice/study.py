"""The study file: what a person writes, checked key by key."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assembly.spec import DEFAULT_DEPTH_CAP_KT
from packing.checks import did_you_mean
from packing.errors import InputError
from packing.ligands import ligand as library_ligand
from packing.ligands import ligand_from_carbons
from packing.particles import Coating, Environment, Ligand, Nanocrystal
from packing.shapes import Cuboid, Shape, Sphere

SCHEMA_VERSION = 1


class Table(BaseModel):
    """A table of the study file: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


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
        """The nanocrystal of the packing models."""
        return Nanocrystal(material=self.material, shape=self.build_shape(), size_spread=self.size_spread)

    def build_shape(self) -> Shape:
        """The mean core shape."""
        if self.diameter_nm is not None:
            return Sphere(diameter_nm=self.diameter_nm)
        edges = self.edges_nm or (self.edge_nm or 0.0,) * 3
        return Cuboid(edges_nm=edges, rounding_nm=self.rounding_nm, truncation=self.truncation)


class LigandTable(Table):
    """``[ligand]``: a name of the library, or ``n_carbons``, or ``length_nm``."""

    name: str | None = None
    n_carbons: int | None = Field(default=None, ge=1, le=40)
    length_nm: float | None = None
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
        return self

    def build(self) -> Coating:
        """The coating of the packing models."""
        if self.length_nm is not None:
            made = Ligand(name=self.name or f"{self.length_nm:g} nm", length_nm=self.length_nm)
        elif self.n_carbons is not None:
            made = ligand_from_carbons(self.n_carbons, length_model=self.length_model)
        else:
            made = library_ligand(self.name or "", length_model=self.length_model)
        coverage = self.coverage_per_nm2
        if coverage is None:
            coverage = default_coverage(self.name or "")
        return Coating(ligand=made, coverage_per_nm2=coverage)


def default_coverage(name: str) -> float:
    """The library's coverage of a named ligand [1/nm^2]."""
    from packing.ligands import default_coverage_per_nm2

    return default_coverage_per_nm2(name)


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

    model: Literal["soft-cube", "explicit-ligand", "hard-cube"] = "soft-cube"
    engine: Literal["auto", "hoomd", "lammps"] = "auto"
    n_particles: int = Field(default=64, ge=1, le=1_000_000)
    temperature_kelvin: float = Field(default=300.0, ge=1.0, le=2000.0)
    seed: int = Field(default=1, ge=0, le=65535)
    protocol: str = "evaporation"
    depth_cap_kt: float = Field(default=DEFAULT_DEPTH_CAP_KT, gt=0, le=50)
    duration: float = Field(default=1.0, gt=0, le=1000)


class StructureTable(Table):
    """``[structure]``: what the instruments would see."""

    wavelength_nm: float = Field(default=0.15406, gt=0.001, lt=2)
    q_max_inv_nm: float = Field(default=3.0, gt=0.1, le=50)
    tem_px_per_nm: float = Field(default=4.0, gt=0.05, le=100)
    tem_blur_nm: float = Field(default=0.5, ge=0, le=10)


class TemTable(Table):
    """``compare.tem``: a micrograph."""

    image: str
    px_per_nm: float | None = None
    scale_bar_nm: float | None = None
    crop: tuple[int, int, int, int] | None = None


class SaxsTable(Table):
    """``compare.saxs``: a small-angle curve."""

    curve: str
    q_unit: Literal["1/angstrom", "1/nm"]


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


class CompareTable(Table):
    """``[compare]``: measured data to put beside the prediction and the simulation."""

    tem: TemTable | None = None
    saxs: SaxsTable | None = None
    published: tuple[PublishedTable, ...] = ()


class ExchangeTable(Table):
    """``[exchange]``: the ligand that replaces ``[ligand]`` in the second half of the study."""

    ligand: LigandTable
    medium: str | None = None


class Study(Table):
    """A study, complete and checked.

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
    compare: CompareTable = CompareTable()
    sweep: dict[str, Any] = Field(default_factory=dict)
    folder: Annotated[Path, Field(exclude=True)] = Path(".")
    name: Annotated[str, Field(exclude=True)] = "study"

    @classmethod
    def from_text(cls, text: str, *, source: str = "study", folder: Path = Path("."), name: str = "study") -> Study:
        """Parse TOML; every problem is an `InputError` of one line that begins with ``source``."""
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"{source}: not valid TOML: {error}.") from error
        for key in ("folder", "name"):
            if key in data:
                raise InputError(f"{source}: unknown key '{key}'.{_nearest_key((key,), cls)}")
        try:
            study = cls(**data, folder=folder, name=name)
        except ValidationError as error:
            raise InputError(f"{source}: {_one_line(error, cls)}") from error
        study.check(source)
        return study

    def check(self, source: str) -> None:
        """Build every physical object once, so that a bad value is refused before anything runs."""
        parts: list[tuple[str, Any]] = [("nanocrystal", self.nanocrystal.build), ("ligand", self.ligand.build)]
        if self.exchange:
            parts.append(("exchange.ligand", self.exchange.ligand.build))
        if self.partner:
            parts += [("partner", self.partner.build), ("partner.ligand", self.partner.ligand.build)]
        for label, build in parts:
            try:
                build()
            except InputError as error:
                raise InputError(f"{source}: {label}: {error}") from error
        try:
            self._check_physics()
        except InputError as error:
            raise InputError(f"{source}: {error}") from error

    def _check_physics(self) -> None:
        from packing.prediction import check_inputs

        check_inputs(self.nanocrystal.build(), self.ligand.build(), self.build_environment())
        if self.exchange:
            check_inputs(self.nanocrystal.build(), self.exchange.ligand.build(), self.build_environment())
        for entry in (self.compare.tem and self.compare.tem.image, self.compare.saxs and self.compare.saxs.curve):
            if entry and not self.path(entry).is_file():
                raise InputError(f"compare: {self.path(entry)} is not a file. Give a path relative to the study file.")
        tem = self.compare.tem
        if tem and tem.px_per_nm is not None and tem.px_per_nm <= 0:
            raise InputError(f"compare.tem: px_per_nm must be positive, got {tem.px_per_nm:g}.")

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

    def variants(self) -> dict[str, Study]:
        """The single-ligand studies inside: one, or before and after an exchange."""
        if self.exchange is None:
            return {"": self}
        before = self.model_copy(update={"exchange": None})
        updates: dict[str, Any] = {"exchange": None, "ligand": self.exchange.ligand, "compare": CompareTable()}
        if self.exchange.medium:
            updates["environment"] = self.environment.model_copy(update={"medium": self.exchange.medium})
        return {"before": before, "after": self.model_copy(update=updates)}

    def resolved(self) -> dict[str, Any]:
        """Plain data with every default filled in."""
        return self.model_dump(mode="json", exclude_none=True)

    @property
    def physics_hash(self) -> str:
        """Hash of what the simulation depends on; changing only data or instruments keeps it."""
        keep = {"nanocrystal", "ligand", "environment", "partner", "exchange", "packing", "assembly"}
        return _hash({k: v for k, v in self.resolved().items() if k in keep} | {"schema": SCHEMA_VERSION})

    @property
    def full_hash(self) -> str:
        """Hash of everything, including the bytes of the measured files."""
        files = [self.compare.tem and self.compare.tem.image, self.compare.saxs and self.compare.saxs.curve]
        digests = [hashlib.sha256(self.path(f).read_bytes()).hexdigest() for f in files if f]
        return _hash(self.resolved() | {"schema": SCHEMA_VERSION, "files": digests})

    @property
    def study_id(self) -> str:
        """Name of the run directory: the study file's name and twelve digits of `physics_hash`."""
        return f"{self.name}-{self.physics_hash[:12]}"


def load_study(path: str | Path) -> Study:
    """Read a study file.

    Raises
    ------
    InputError
        If the file is missing, is not TOML, or holds a key or value that cannot be used.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(f"{file}: no such study file. Give the path of a TOML file.")
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not a text file ({error.reason}). Give a TOML study file.") from error
    return Study.from_text(text, source=str(file), folder=file.parent, name=file.stem)


def _hash(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _one_line(error: ValidationError, model: type[BaseModel]) -> str:
    first = error.errors()[0]
    location = tuple(first["loc"])
    where = ".".join(str(part) for part in location)
    got = first.get("input")
    match first["type"]:
        case "extra_forbidden":
            table = ".".join(str(p) for p in location[:-1])
            return f"{table + ': ' if table else ''}unknown key '{location[-1]}'.{_nearest_key(location, model)}"
        case "missing":
            return f"{where} is missing. Add it to the study file."
        case "value_error":
            return f"{where + ': ' if where else ''}{first['ctx']['error']}"
        case "finite_number":
            return f"{where} must be a finite number, got {got!r}. Correct it."
        case _:
            shown = f", got {got!r}" if isinstance(got, str | int | float | bool | list | tuple) else ""
            return f"{where}: {first['msg'][0].lower()}{first['msg'][1:]}{shown}. Correct the value."


def _nearest_key(location: tuple[Any, ...], model: type[BaseModel]) -> str:
    for part in location[:-1]:
        field = model.model_fields.get(str(part))
        inner = _table_of(field.annotation) if field else None
        if inner is None:
            break
        model = inner
    known = [k for k, f in model.model_fields.items() if not f.exclude]
    return f"{did_you_mean(str(location[-1]), known)} Known keys: {', '.join(known)}."


def _table_of(annotation: Any) -> type[BaseModel] | None:
    candidates = [annotation, *getattr(annotation, "__args__", ())]
    return next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)
