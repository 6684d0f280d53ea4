"""What would go wrong on the cluster, found before anything is submitted."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from packing.errors import InputError
from superlattice.lock import lock_problem

ANSWER_S = 30.0
UNREACHABLE = ("unable to contact", "connection refused", "timed out", "zero bytes", "configuration source", "munge")


def check_shared_lock(folder: Path) -> None:
    """Refuse a folder in which two nodes could take the same job.

    Raises
    ------
    InputError
        Saying why, and what to do.
    """
    problem = lock_problem(folder)
    if problem is not None:
        raise InputError(
            f"{folder}: locks are not shared between nodes here ({problem}), so two could take the same job. Choose an "
            "--out on a file system with flock, or set SUPERLATTICE_LOCK=files here and on the nodes."
        )


def check_with_slurm(script: str, folder: Path) -> str:
    """Let SLURM look at a script without submitting it; a note where there is no SLURM to ask, else empty.

    Parameters
    ----------
    script
        Text of the job script.
    folder
        Where it is to be submitted.

    Raises
    ------
    InputError
        If SLURM would refuse it: a partition or account that does not exist, a limit that is not allowed.
    """
    if shutil.which("sbatch") is None:
        return "not checked against a SLURM: there is no sbatch here"
    try:
        done = subprocess.run(
            ["sbatch", "--test-only"], input=script, cwd=folder, timeout=ANSWER_S,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"not checked against SLURM: sbatch --test-only gave {type(error).__name__}"
    if done.returncode == 0:
        return ""
    said = " ".join(done.stderr.replace("sbatch: error:", "").replace("allocation failure:", "").split())
    if any(word in said.lower() for word in UNREACHABLE):
        return f"not checked against SLURM: {said}"
    raise InputError(f"SLURM refuses the script: {said}.{_known_partitions(said, script)}")


def _known_partitions(said: str, script: str) -> str:
    hint = " Change --walltime-hours or the file of --site."
    if "partition" not in said.lower():
        return hint
    asked = re.findall(r"^#SBATCH\s+(?:--partition[= ]|-p\s*)(\S+)", script, re.MULTILINE)
    known = sorted(set(_answer(["sinfo", "--noheader", "--format=%R"]).split()))
    given = f" Asked for: {asked[-1]}." if asked else ""
    return f"{given} Partitions here: {', '.join(known)}.{hint}" if known else hint


def _answer(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=ANSWER_S).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
