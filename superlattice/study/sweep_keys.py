"""Which keys of a study a sweep may go over."""

from __future__ import annotations

from typing import NoReturn

from pydantic import BaseModel

from packing.checks import did_you_mean
from packing.errors import InputError
from superlattice.study.matter_tables import Table
from superlattice.study.study import Study

PHYSICS = ("nanocrystal", "ligand", "environment", "partner", "exchange", "packing", "assembly")
"""Tables that decide what a job is; the others say how it is looked at."""

OPTIONS = ("zip", "replicas", "skip_impossible")
"""Keys of ``[sweep]`` that are no keys of a study."""


def check_key(key: str) -> None:
    """Refuse a dotted name that is no key of the physics of a study.

    Raises
    ------
    InputError
        With the nearest known key.
    """
    *tables, last = key.split(".")
    model = _model_of(key, tables)
    if not tables:
        _refuse_if_no_physics(key, last)
    if last not in model.model_fields or (not tables and last not in PHYSICS):
        _unknown(key, last, model, is_top=not tables)
    if inner_table(model, last) is not None:
        raise InputError(f"sweep: {key} is a table, not a value. Sweep over one of its keys.")


def check_table(key: str) -> None:
    """Refuse a dotted name that is no table of the physics of a study."""
    _model_of(key, key.split("."))


def _model_of(key: str, tables: list[str]) -> type[BaseModel]:
    model: type[BaseModel] = Study
    for i, part in enumerate(tables):
        if i == 0:
            _refuse_if_no_physics(key, part)
        inner = inner_table(model, part) if i or part in PHYSICS else None
        if inner is None:
            _unknown(key, part, model, is_top=i == 0)
        model = inner
    return model


def _refuse_if_no_physics(key: str, table: str) -> None:
    if table in Study.model_fields and table not in PHYSICS:
        raise InputError(
            f"sweep: {key} does not change what is made, only how it is looked at. Sweep over keys of "
            f"{', '.join(PHYSICS)}."
        )


def _unknown(key: str, part: str, model: type[BaseModel], *, is_top: bool) -> NoReturn:
    known = list(PHYSICS) if is_top else list(model.model_fields)
    hint = did_you_mean(part, known)
    if is_top and not hint:
        tables = {t: inner_table(Study, t) for t in PHYSICS}
        owner = next((t for t, m in tables.items() if m is not None and part in m.model_fields), None)
        if owner is not None:
            hint = f" Did you mean '{owner}.{part}'?"
    if is_top and not hint:
        hint = did_you_mean(part, OPTIONS)
    raise InputError(f"sweep: unknown key '{key}'.{hint} Known: {', '.join(known)}.")


def inner_table(model: type[BaseModel], key: str) -> type[Table] | None:
    """The table that a key of a table is, or None where it is a value."""
    field = model.model_fields.get(key)
    if field is None:
        return None
    candidates = [field.annotation, *getattr(field.annotation, "__args__", ())]
    return next((c for c in candidates if isinstance(c, type) and issubclass(c, Table)), None)
