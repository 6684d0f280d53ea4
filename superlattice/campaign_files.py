"""Files of a campaign: what each is called, and how a job's document is read and written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from superlattice.files import write_json

CAMPAIGN = "campaign.json"
WORKSPACE = "workspace"
STATE_POINT = "signac_statepoint.json"
DOCUMENT = "signac_job_document.json"
PREDICTED, ASSEMBLED, DONE = "prediction.json", "assembled.json", "done"

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
