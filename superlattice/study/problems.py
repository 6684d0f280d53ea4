"""What is wrong with a study file, in one line of its own words."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from packing.checks import did_you_mean


def one_line(error: ValidationError, model: type[BaseModel]) -> str:
    """The first problem of a table: where it is, what is wrong, and what to do."""
    first = error.errors()[0]
    location = tuple(first["loc"])
    where = ".".join(str(part) for part in location)
    got = first.get("input")
    match first["type"]:
        case "extra_forbidden":
            table = ".".join(str(p) for p in location[:-1])
            return f"{table + ': ' if table else ''}unknown key '{location[-1]}'.{nearest_key(location, model)}"
        case "missing":
            return f"{where} is missing. Add it to the study file."
        case "value_error":
            return f"{where + ': ' if where else ''}{first['ctx']['error']}"
        case "finite_number":
            return f"{where} must be a finite number, got {got!r}. Correct it."
        case _:
            shown = f", got {got!r}" if isinstance(got, str | int | float | bool | list | tuple) else ""
            return f"{where}: {first['msg'][0].lower()}{first['msg'][1:]}{shown}. Correct the value."


def nearest_key(location: tuple[Any, ...], model: type[BaseModel]) -> str:
    """What a key may have meant, and the keys that there are."""
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
