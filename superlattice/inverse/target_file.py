"""The target file: what is wanted of a superlattice, and from what it may be made."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from packing.errors import InputError
from packing.inverse.wanted import QUANTITIES, Cores, Question, Spread, Wanted
from packing.lattices.catalogue import template
from packing.matter.media import medium
from superlattice.study.study import read_tables
from superlattice.study.tables import Table

Range = float | tuple[float, float]


class ValueTable(Table):
    """A wanted number and how far off it may be."""

    value: float
    tolerance: float = Field(gt=0)


class WantedTable(Table):
    """``[target]``: a lattice, or numbers of a crystal of one kind."""

    lattice: str = ""
    medium: str = "toluene"
    period_nm: ValueTable | None = None
    gap_nm: ValueTable | None = None
    q_inv_nm: ValueTable | None = None
    core_fraction: ValueTable | None = None
    depth_kt: ValueTable | None = None


class CoresTable(Table):
    """``[nanocrystal]`` and ``[partner]``: a number fixes a size or coverage, two free it between them."""

    material: str
    shape: Literal["cube", "sphere"] = "cube"
    edge_nm: Range | None = None
    diameter_nm: Range | None = None
    ligands: tuple[str, ...] = ()
    coverage_per_nm2: Range | None = None

    @model_validator(mode="after")
    def _one_size(self) -> CoresTable:
        wanted, other = ("edge_nm", "diameter_nm") if self.shape == "cube" else ("diameter_nm", "edge_nm")
        if getattr(self, other) is not None:
            raise ValueError(f"{other} does not go with shape = '{self.shape}'. Give {wanted}.")
        if getattr(self, wanted) is None:
            raise ValueError(f"{wanted} is missing: shape = '{self.shape}' needs it, as a number or [lowest, highest].")
        return self

    def build(self) -> Cores:
        """As the search knows them."""
        size = self.edge_nm if self.shape == "cube" else self.diameter_nm
        assert size is not None
        coverage = self.coverage_per_nm2
        return Cores(
            material=self.material,
            shape=self.shape,
            size_nm=_both(size),
            ligands=self.ligands,
            coverage_per_nm2=None if coverage is None else _both(coverage),
        )


class SpreadTable(Table):
    """``[spread]``: relative standard uncertainties of what is made."""

    size: float = Field(default=0.02, ge=0, le=0.3)
    coverage: float = Field(default=0.10, ge=0, le=0.5)
    length: float = Field(default=0.04, ge=0, le=0.3)


class TargetFile(Table):
    """A target, complete and checked."""

    title: str = "untitled target"
    target: WantedTable
    nanocrystal: CoresTable
    partner: CoresTable | None = None
    spread: SpreadTable = SpreadTable()

    def build(self) -> Question:
        """The question that is asked.

        Raises
        ------
        InputError
            If nothing is wanted, or a name is unknown.
        """
        wanted = [(name, getattr(self.target, name)) for name in QUANTITIES]
        medium(self.target.medium)
        return Question(
            cores=self.nanocrystal.build(),
            partner=self.partner.build() if self.partner else None,
            wanted=tuple(
                Wanted(quantity=name, value=given.value, tolerance=given.tolerance) for name, given in wanted if given
            ),
            lattice=template(self.target.lattice).name if self.target.lattice else "",
            medium=self.target.medium,
            spread=Spread(**self.spread.model_dump()),
        )


def _both(given: Range) -> tuple[float, float]:
    return given if isinstance(given, tuple) else (given, given)


def load_target(path: str | Path) -> Question:
    """Read a target file.

    Parameters
    ----------
    path
        TOML file.

    Raises
    ------
    InputError
        If it cannot be read, or holds something that cannot be used, in one line.
    """
    file = Path(path)
    return target_of(read_tables(file), source=str(file))


def target_of(tables: dict[str, Any], *, source: str = "target") -> Question:
    """A question from the tables of a target file.

    Parameters
    ----------
    tables
        As TOML has them.
    source
        What errors begin with.

    Raises
    ------
    InputError
        For a key or value that cannot be used, in one line.

    Examples
    --------
    >>> question = target_of(
    ...     {
    ...         "target": {"period_nm": {"value": 10.0, "tolerance": 0.2}},
    ...         "nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6},
    ...     }
    ... )
    >>> question.cores.size_nm, question.wanted[0].tolerance
    ((8.6, 8.6), 0.2)
    """
    try:
        return TargetFile(**tables).build()
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = str(first["ctx"]["error"]) if first["type"] == "value_error" else _said(first["type"], first["msg"])
        raise InputError(f"{source}: {where + ': ' if where else ''}{said}") from error
    except InputError as error:
        raise InputError(f"{source}: {error}") from error


def _said(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown key. Remove it, or correct its name."
    if kind == "missing":
        return "is missing. Add it to the target file."
    return f"{message[0].lower()}{message[1:]}. Correct the value."
