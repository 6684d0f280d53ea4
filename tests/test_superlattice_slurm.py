"""A real SLURM of one node, brought up on the loopback address: what ``batch --emit slurm`` writes stands what it does.

Nothing of the system's own SLURM is touched: key, socket, state and ports are the test's. Skipped where Debian's
``slurm-wlm`` and ``munge`` are not installed.
"""

from __future__ import annotations

import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from superlattice.campaign.files import read_document

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol")
SBIN = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
MISSING = [name for name in PROGRAMS if shutil.which(name, path=SBIN) is None]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(MISSING), reason=f"no SLURM here ({', '.join(MISSING)}): apt-get install slurm-wlm munge brings one"
    ),
]

CONFIGURATION = """
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={root}/munge/munge.socket
CredType=cred/munge
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmctldPidFile={root}/slurmctld.pid
SlurmdPidFile={root}/slurmd.pid
StateSaveLocation={root}/state
SlurmdSpoolDir={root}/spool
SlurmctldLogFile={root}/log/slurmctld.log
SlurmdLogFile={root}/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0
ReturnToService=2
SlurmdParameters=config_overrides
KillWait=300
SlurmdTimeout=10
MinJobAge=300
NodeName=localhost NodeAddr=127.0.0.1 CPUs=4 RealMemory=500 State=UNKNOWN
PartitionName=main Nodes=localhost Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:4
"""

STUDY = """
title = "cubes on a cluster"
[nanocrystal]
material = "CsPbBr3"
edge_nm = 8.6
[ligand]
name = "oleate"
[packing]
n_samples = 100
[assembly]
engine = "lammps"
n_particles = {n}
duration = {duration}
[structure]
diffraction = false
q_max_inv_nm = 1.0
tem_px_per_nm = 2.0
[sweep]
replicas = {replicas}
"""


@dataclass(frozen=True, kw_only=True)
class Slurm:
    root: Path
    environment: dict[str, str]

    def run(self, *command: str, cwd: Path | None = None, check: bool = True) -> str:
        done = subprocess.run(
            command, cwd=cwd, env=self.environment, capture_output=True, text=True, check=False, timeout=900
        )
        assert done.returncode == 0 or not check, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout + ("" if done.returncode == 0 else done.stderr)

    def start_node(self) -> None:
        self.run("slurmd", "-f", str(self.root / "slurm.conf"), "-N", "localhost")

    def superlattice(self, *words: str, check: bool = True) -> str:
        return self.run(sys.executable, "-m", "superlattice", *words, check=check)

    def submit(self, folder: Path, *options: str) -> str:
        return self.run("sbatch", "--parsable", *options, "campaign.slurm", cwd=folder).strip()

    def limit(self, task: str, *, minutes_from_now: int) -> None:
        """Give a running task another time limit; SLURM counts it from the task's start."""
        (elapsed,) = self.run("squeue", "--noheader", f"--jobs={task}", "--format=%M").split()
        minutes = int(elapsed.split(":")[-2]) + minutes_from_now
        self.run("scontrol", "update", f"jobid={task}", f"timelimit={minutes}")

    def states(self, array: str) -> dict[str, str]:
        """State of every task of an array that SLURM still knows, by its index."""
        lines = self.run("squeue", "--noheader", "--array", "--states=all", "--format=%F %K %T").splitlines()
        return {task: state for job, task, state in (line.split() for line in lines) if job == array}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    root = tmp_path_factory.mktemp("slurm")
    for name in ("munge", "state", "spool", "log"):
        (root / name).mkdir(mode=0o700)
    munge = root / "munge"
    (munge / "munge.key").write_bytes(os.urandom(1024))
    (munge / "munge.key").chmod(0o400)
    (root / "slurm.conf").write_text(
        CONFIGURATION.format(root=root, user=getpass.getuser(), controller_port=free_port(), node_port=free_port())
    )
    # SLURM's own variables of a job that this test may run in would lead it astray.
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SLURM", "PBS"))}
    source = str(Path(__file__).parents[1])
    environment = clean | {
        "PATH": SBIN,
        "SLURM_CONF": str(root / "slurm.conf"),
        "SUPERLATTICE": f"{sys.executable} -m superlattice",
        "PYTHONPATH": os.pathsep.join([source, *filter(None, [clean.get("PYTHONPATH")])]),
        "OMP_NUM_THREADS": "1",
    }
    slurm = Slurm(root=root, environment=environment)
    files = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munged.pid", "log-file": "munged.log"}
    options = [f"--{option}={munge / name}" for option, name in {**files, "seed-file": "munged.seed"}.items()]
    try:
        slurm.run("munged", "--force", "--num-threads=2", *options)
        slurm.run("slurmctld", "-f", str(root / "slurm.conf"))
        slurm.start_node()
        wait_for(
            lambda: "idle" in slurm.run("sinfo", "--noheader", "--format=%T", check=False), "the node to be idle", 60
        )
        yield slurm
    finally:
        tear_down(slurm)


def tear_down(slurm: Slurm) -> None:
    """Leave nothing running, whatever failed."""
    root = slurm.root
    if (root / "slurmd.pid").is_file():
        slurm.run("scancel", "--full", "--signal=KILL", f"--user={getpass.getuser()}", check=False)
        for pid in watchers(slurm):
            end(pid, signal.SIGKILL)
    for pid in processes(named=str(root.parent).encode()):
        end(pid, signal.SIGKILL)
    for file in (root / "slurmctld.pid", root / "munge" / "munged.pid"):
        if file.is_file():
            end(int(file.read_text()), signal.SIGTERM)


def end(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 600.0) -> Any:
    """Far longer than it takes: on a machine that others use, only what never comes is a failure."""
    give_up = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < give_up, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.3)
    return found


def campaign(slurm: Slurm, folder: Path, name: str, *, replicas: int, n: int, duration: float) -> Path:
    study, out = folder / f"{name}.toml", folder / name
    study.write_text(STUDY.format(replicas=replicas, n=n, duration=duration))
    slurm.superlattice("batch", str(study), "--out", str(out), "--emit", "slurm", "--walltime-hours", "1")
    return out


def jobs_of(out: Path) -> list[str]:
    """Jobs in the order of the array's tasks."""
    (file,) = out.glob("jobs-*")
    return file.read_text().split()


def document(out: Path, job: str) -> dict[str, Any]:
    return read_document(out / "workspace" / job)


def has_checkpoint(out: Path, job: str) -> bool:
    return any((out / "workspace" / job).rglob("checkpoint.npz"))


def processes(*, named: bytes) -> list[int]:
    """Every process with a word of its command line that begins like this, but for this one."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if any(word.startswith(named) for word in words) and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def working_in(folder: Path) -> list[int]:
    """Every process whose working directory this is: the job script and what it started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            found += [int(entry.name)] if os.readlink(entry / "cwd") == str(folder.resolve()) else []
        except OSError:
            continue
    return found


def watchers(slurm: Slurm) -> list[int]:
    """SLURM's own processes on this node, of this test's SLURM alone."""
    daemon = int((slurm.root / "slurmd.pid").read_text())
    spool = str(slurm.root / "spool").encode()
    found = [daemon]
    for pid in processes(named=b"slurmstepd"):
        environment = Path(f"/proc/{pid}/environ")
        try:
            mine = str(slurm.root).encode() in environment.read_bytes() or any(
                spool in os.fsencode(os.readlink(link)) for link in Path(f"/proc/{pid}/fd").iterdir()
            )
        except OSError:
            continue
        found += [pid] if mine else []
    return found


def output(out: Path, array: str, task: int) -> str:
    return (out / f"slurm-{array}_{task}.out").read_text()


def test_scancel_cancels_and_the_time_limit_queues_again(slurm: Slurm, tmp_path: Path) -> None:
    # Some ten minutes on a fast machine: a run that is done before the time limit is never told of it.
    out = campaign(slurm, tmp_path, "long", replicas=2, n=27, duration=6.0)
    first, second = jobs_of(out)
    array = slurm.submit(out, "--time=60", "--signal=B:USR1@180")
    assert "with the scheduler: 2 " in slurm.superlattice("status", str(out))
    wait_for(lambda: has_checkpoint(out, first) and has_checkpoint(out, second), "checkpoints")
    assert "with the scheduler: 2 running" in slurm.superlattice("status", str(out))

    slurm.run("scancel", f"{array}_0")
    stopped = wait_for(lambda: (d := document(out, first))["status"] == "stopped" and d, "the task to be cancelled")
    assert stopped["error"].startswith("SIGTERM: stopped at step")
    wait_for(lambda: slurm.states(array).get("0") == "CANCELLED", "SLURM to call it cancelled")
    assert "told to end" in output(out, array, 0)

    slurm.limit(f"{array}_1", minutes_from_now=4)  # the signal comes within a minute, whatever the machine did so far
    limited = wait_for(lambda: (d := document(out, second))["status"] == "stopped" and d, "the time limit")
    assert limited["error"].startswith("SIGUSR1, time limit of the scheduler: stopped at step")
    wait_for(lambda: slurm.states(array).get("1") == "PENDING", "the task to be queued again")
    assert "goes back into the queue" in output(out, array, 1)
    assert "with the scheduler: 1 requeued, 1 cancelled" in slurm.superlattice("status", str(out))

    # A requeued task waits for two minutes; this ends that.
    slurm.run("scontrol", "update", f"jobid={array}_1", "starttime=now")
    wait_for(
        lambda: (d := document(out, second))["status"] == "running" and (d.get("step") or 0) > limited["step"],
        "the task to go on from its checkpoint",
    )
    assert "start 2" in output(out, array, 1)
    slurm.run("scancel", array)
    wait_for(lambda: slurm.states(array).get("1") == "CANCELLED", "SLURM to call it cancelled")
    wait_for(lambda: not processes(named=str(out).encode()), "all processes to be gone")
    assert "with the scheduler: 2 cancelled" in slurm.superlattice("status", str(out))
    assert "2 waiting" in slurm.superlattice("status", str(out))


def same(one: Any, other: Any, where: str = "") -> list[str]:
    """Where two results differ by more than rounding."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [place for key in one for place in same(one[key], other[key], f"{where}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [place for k, (a, b) in enumerate(zip(one, other, strict=True)) for place in same(a, b, f"{where}[{k}]")]
    if isinstance(one, float) and isinstance(other, float):
        return [] if one == pytest.approx(other, rel=1e-5, abs=1e-9) else [f"{where}: {one} is not {other}"]
    return [] if one == other else [f"{where}: {one!r} is not {other!r}"]


def test_a_node_that_dies_costs_no_job(slurm: Slurm, tmp_path: Path) -> None:
    out = campaign(slurm, tmp_path, "short", replicas=1, n=8, duration=0.05)
    (job,) = jobs_of(out)
    array = slurm.submit(out)
    wait_for(lambda: has_checkpoint(out, job), "a checkpoint")
    # A power cut: SLURM's daemon, its watchers and the job's processes end at once, and nobody is told.
    doomed = [*watchers(slurm), *working_in(out), *processes(named=str(out).encode())]
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in doomed:
            end(pid, number)
    wait_for(lambda: not working_in(out), "the processes to be gone")
    assert document(out, job)["status"] == "running"
    slurm.start_node()
    wait_for(lambda: slurm.states(array).get("0") == "PENDING", "the lost task to be queued again")
    assert "with the scheduler: 1 requeued" in slurm.superlattice("status", str(out))
    slurm.run("scontrol", "update", f"jobid={array}_0", "starttime=now")
    wait_for(lambda: document(out, job)["status"] == "completed", "the job to be done")
    assert "start 2" in output(out, array, 0)
    wait_for(lambda: "completed" in output(out, array, 0), "the task's last line")

    quiet = tmp_path / "quiet"
    slurm.superlattice("batch", str(tmp_path / "short.toml"), "--out", str(quiet))
    # Fits of its picture are the same but for rounding: SLURM's processes may have another number of threads.
    assert same(result(out, job), result(quiet, job)) == []


def result(out: Path, job: str) -> Any:
    (found,) = (out / "workspace" / job).rglob("results.json")
    return json.loads(found.read_text())


def test_what_slurm_would_refuse_is_one_line_before_anything_is_submitted(slurm: Slurm, tmp_path: Path) -> None:
    study, site = tmp_path / "study.toml", tmp_path / "site.sh"
    study.write_text(STUDY.format(replicas=1, n=8, duration=1.0))
    site.write_text("#SBATCH --partition=gpu\n")
    words = ("batch", str(study), "--out", str(tmp_path / "out"), "--emit", "slurm")
    said = slurm.superlattice(*words, "--site", str(site), check=False)
    assert "invalid partition" in said
    assert "Asked for: gpu. Partitions here: main." in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "out" / "campaign.slurm").exists()
    site.write_text("#SBATCH --partition=main\n")
    assert "submit it: " in slurm.superlattice(*words, "--site", str(site))
    assert slurm.run("squeue", "--noheader", "--name=study") == ""
