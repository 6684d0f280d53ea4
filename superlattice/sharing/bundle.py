"""A run as one archive for a data repository: its files, where they come from, and an RO-Crate that describes them."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packing.errors import InputError
from packing.files import write_atomically
from superlattice.files import read_json
from superlattice.lock import locked
from superlattice.sharing.citations import works_to_cite
from superlattice.study.study import load_study
from superlattice.version import __version__

CRATE = "ro-crate-metadata.json"
"""Name of the description, as RO-Crate 1.1 (https://w3id.org/ro/crate/1.1) asks for."""

_TYPES = {".toml": "application/toml", ".gsd": "application/octet-stream", ".md": "text/markdown",
          ".json": "application/json", ".h5": "application/x-hdf5"}  # fmt: skip
_LEFT_OUT = (".tmp", ".lock", ".pid")
_LICENSES = {"CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
             "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/"}  # fmt: skip


def bundle_run(
    run: str | Path,
    out: str | Path | None = None,
    *,
    data: Sequence[str | Path] = (),
    author: str = "",
    license: str = "CC-BY-4.0",
) -> Path:
    """Write a finished run as a zip file with an RO-Crate.

    Parameters
    ----------
    run
        Run directory.
    out
        The zip file; by default the run's name with ``.zip`` beside it.
    data
        Measured files to put beside the run, under ``data/``.
    author
        Who made it, for the description.
    license
        ``"CC-BY-4.0"``, ``"CC0-1.0"`` or an address.

    Raises
    ------
    InputError
        For a folder that is no finished run, a file of data that is not there, a zip file that is there already.
    """
    folder = Path(run)
    if not (folder / "done").is_file():
        raise InputError(f"{folder} is not a finished run. Give the run directory, and finish it first.")
    target = Path(out) if out is not None else folder.resolve().with_suffix(".zip")
    if target.exists():
        raise InputError(f"{target} is there already. Remove it, or give --out.")
    measured = {f"data/{Path(file).name}": Path(file) for file in data}
    for file in measured.values():
        if not file.is_file():
            raise InputError(f"{file} is not a file. Give the measured files with --data.")
    if len(measured) < len(data):
        raise InputError("two files of --data have the same name. Rename one.")
    with locked(folder):
        own = {f"run/{file.relative_to(folder).as_posix()}": file for file in sorted(folder.rglob("*")) if _kept(file)}
        files = own | measured
        about = _crate(folder, files, author=author, license=_LICENSES.get(license, license))
        with write_atomically(target) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(CRATE, json.dumps(about, indent=2, ensure_ascii=False) + "\n")
            for name, file in files.items():
                archive.write(file, name)
    return target


def _kept(file: Path) -> bool:
    return file.is_file() and not file.name.startswith(".") and file.suffix not in _LEFT_OUT


def _crate(folder: Path, files: dict[str, Path], *, author: str, license: str) -> dict[str, Any]:
    study = load_study(folder / "study.toml")
    results = read_json(folder / "results.json")
    made = read_json(folder / "provenance.json") if (folder / "provenance.json").is_file() else {}
    written = str(made.get("written") or results.get("written") or datetime.now(UTC).isoformat(timespec="seconds"))
    programs = _programs(folder)
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": study.title,
        "description": f"Predicted, simulated and analysed with superlattice {__version__}; run {study.study_id}. "
        "run/study.toml is what was asked, run/results.json the answer, run/report.html the page to read.",
        "datePublished": written,
        "license": {"@id": license},
        "hasPart": [{"@id": name} for name in files],
        "mentions": {"@id": "#run"},
    }
    people = [{"@id": "#author", "@type": "Person", "name": author}] if author else []
    if people:
        root["author"] = {"@id": "#author"}
    action = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"superlattice run of {study.study_id}",
        "endTime": written,
        "instrument": [{"@id": program["@id"]} for program in programs],
        "object": [{"@id": name} for name in files if name == "run/study.toml" or name.startswith("data/")],
        "result": [{"@id": name} for name in ("run/results.json", "run/report.html") if name in files],
    }
    described = {"@id": CRATE, "@type": "CreativeWork", "about": {"@id": "./"},
                 "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"}}  # fmt: skip
    rights = {"@id": license, "@type": "CreativeWork", "name": license}
    entities = [_entity(name, file) for name, file in files.items()]
    return {
        "@context": "https://w3id.org/ro/crate/1.1/context",
        "@graph": [described, root, *entities, action, *programs, *people, rights],
    }


def _programs(folder: Path) -> list[dict[str, Any]]:
    """The works to cite as programs; without provenance this package alone."""
    has_provenance = (folder / "provenance.json").is_file()
    works = works_to_cite(folder) if has_provenance else works_to_cite()[:1]
    return [
        {
            "@id": f"https://doi.org/{work.doi}" if work.doi else f"#{work.key}",
            "@type": "SoftwareApplication",
            "name": work.key,
            "citation": work.text(),
        }
        for work in works
    ]


def _entity(name: str, file: Path) -> dict[str, Any]:
    kind = _TYPES.get(file.suffix.lower()) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return {
        "@id": name,
        "@type": "File",
        "name": file.name,
        "encodingFormat": kind,
        "contentSize": str(file.stat().st_size),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }
