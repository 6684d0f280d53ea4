"""Which keys and defaults state points were made with: the same words must mean the same job for ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from packing.errors import InputError
from superlattice.files import write_json
from superlattice.study.study import SCHEMA_VERSION, Study
from superlattice.study.sweep_keys import PHYSICS, inner_table

CAMPAIGN = "campaign.json"
WORKSPACE = "workspace"
STATE_POINT = "signac_statepoint.json"
DOCUMENT = "signac_job_document.json"
ASSEMBLED, DONE = "assembled.json", "done"

Document = dict[str, Any]


def read_document(job: Path) -> Document:
    """What a job says of itself; empty where it has not begun."""
    try:
        data = json.loads((job / DOCUMENT).read_bytes())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def update_document(job: Path, values: Document) -> None:
    """Change some keys of a job's document in one step; others, such as a user's notes, stay. None removes a key.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    merged = read_document(job) | values
    write_json(job / DOCUMENT, {key: value for key, value in merged.items() if value is not None})


def schema() -> dict[str, Any]:
    """The version, and each physics key with its default (None: there is none)."""
    defaults: dict[str, Any] = {}
    for table in PHYSICS:
        inner = inner_table(Study, table)
        assert inner is not None
        defaults |= _defaults(inner, f"{table}.")
    return {"schema_version": SCHEMA_VERSION, "schema": json.loads(json.dumps(defaults))}


def check_schema(folder: Path, campaign: dict[str, Any]) -> None:
    """Refuse a campaign whose jobs were resolved with other keys or defaults.

    Raises
    ------
    InputError
        Naming what changed.
    """
    now = schema()
    before_version, before = campaign["schema_version"], campaign["schema"]
    hint = f"Finish it with superlattice {campaign.get('superlattice', 'of then')}, or choose another --out."
    if before_version != now["schema_version"]:
        raise InputError(
            f"{folder} was made with schema {before_version} of the study file, this superlattice has "
            f"{now['schema_version']}. {hint}"
        )
    keys = sorted(before.keys() | now["schema"].keys())
    changed = [key for key in keys if before.get(key, "absent") != now["schema"].get(key, "absent")]
    if changed:
        key = changed[0]
        was, new = before.get(key, "absent"), now["schema"].get(key, "absent")
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise InputError(
            f"{folder} was made with another schema of the study file: the default of {key} was {json.dumps(was)} and "
            f"is {json.dumps(new)}{more}. {hint}"
        )


def _defaults(model: type[BaseModel], prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, field in model.model_fields.items():
        inner = inner_table(model, key)
        if inner is not None:
            found |= _defaults(inner, f"{prefix}{key}.")
        else:
            found[prefix + key] = None if field.is_required() else field.default
    return found
