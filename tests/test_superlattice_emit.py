"""The files for schedulers: keys as row, SLURM and PBS document them, an array that a fake ``sbatch`` runs, limits."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from assembly.how import How
from assembly.run.cost import Cost
from packing.errors import InputError
from superlattice.campaign.campaign import Campaign, make_campaign
from superlattice.campaign.files import update_document
from superlattice.campaign.jobs import expand_file
from superlattice.campaign.status import campaign_status
from superlattice.cli import main
from superlattice.lock import lock_problem, mount_problem
from superlattice.scheduling.emission import array_script, emit, row_workflow
from superlattice.scheduling.limits import check_limit, stop_margin_s
from superlattice.scheduling.preflight import check_shared_lock
from superlattice.scheduling.queue import queue_words, with_queue
from superlattice.scheduling.site import read_site

STUDY = """
[nanocrystal]
material = "CsPbBr3"
[ligand]
name = "oleate"
[packing]
n_samples = 100
[sweep]
nanocrystal.edge_nm = [6.0, 8.0, 10.0]
"""

# Keys of workflow.toml as row 1.0 documents them.
ACTION_KEYS = {
    "name", "command", "launchers", "previous_actions", "products", "group", "resources", "submit_options", "from",
}  # fmt: skip
GROUP_KEYS = {"include", "sort_by", "reverse_sort", "split_by_sort_key", "maximum_size", "submit_whole"}
RESOURCE_KEYS = {
    "processes", "threads_per_process", "gpus_per_process", "walltime", "memory_per_cpu_mb", "memory_per_gpu_mb",
}  # fmt: skip


def campaign(folder: Path, goal: str = "run") -> Campaign:
    (folder / "edges.toml").write_text(STUDY)
    return make_campaign(expand_file(folder / "edges.toml"), folder / "out", goal=goal)  # type: ignore[arg-type]


def check_action(action: dict[str, Any], names: set[str]) -> None:
    assert set(action) <= ACTION_KEYS
    assert set(action.get("group", {})) <= GROUP_KEYS
    assert set(action["resources"]) <= RESOURCE_KEYS
    for key in ("processes", "walltime"):
        assert len(action["resources"][key]) == 1
        assert set(action["resources"][key]) <= {"per_submission", "per_directory"}
    (walltime,) = action["resources"]["walltime"].values()
    assert re.fullmatch(r"\d{2,}:\d\d:\d\d", walltime)
    # row reads it with speedate, which pydantic does too.
    hours, minutes, seconds = (int(part) for part in walltime.split(":"))
    assert TypeAdapter(timedelta).validate_python(walltime).total_seconds() == hours * 3600 + minutes * 60 + seconds
    assert set(action.get("previous_actions", [])) <= names
    assert all(".." not in product and not product.startswith("/") for product in action["products"])


@pytest.mark.parametrize("how", [How(), How(engine="hoomd", ranks=4, gpu=2, walltime_hours=30.5)])
def test_row_reads_the_workflow(tmp_path: Path, how: How) -> None:
    workflow = tomllib.loads(row_workflow(campaign(tmp_path), how))
    assert set(workflow) == {"workspace", "default", "action"}
    assert workflow["workspace"] == {"path": "workspace", "value_file": "signac_statepoint.json"}
    command = workflow["default"]["action"]["command"]
    assert ("{directories}" in command) != ("{directory}" in command)
    names: set[str] = set()
    for action in workflow["action"]:
        check_action(action, names)
        names.add(action["name"])
    assert [a["name"] for a in workflow["action"]] == ["predict", "assemble", "analyze"]
    if how.gpu is not None:
        assert "--engine hoomd --ranks 4 --gpu 0" in command
        assert workflow["action"][1]["resources"]["gpus_per_process"] == 1
        assert workflow["action"][1]["resources"]["walltime"] == {"per_submission": "30:30:00"}


def test_rows_command_line_runs_from_the_campaigns_folder(tmp_path: Path) -> None:
    made = campaign(tmp_path, "predict")
    emit(made, "row", How())
    workflow = tomllib.loads((made.folder / "workflow.toml").read_text())
    (action,) = workflow["action"]
    jobs = made.job_ids()
    command = workflow["default"]["action"]["command"].replace("{directories}", " ".join(jobs))
    done = subprocess.run(
        ["bash", "-c", command.replace("superlattice ", f"{sys.executable} -m superlattice ", 1)],
        cwd=made.folder,
        env=os.environ | {"ACTION_NAME": action["name"], "ACTION_WALLTIME_IN_MINUTES": "10"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all((made.workspace / job / product).is_file() for job in jobs for product in action["products"])


FAKE_SBATCH = """#!/bin/bash
# Runs every task of the array one after the other, as SLURM would start it: a copy of the script, elsewhere.
script=$(mktemp); cp "$1" "$script"
range=$(sed -n 's/^#SBATCH --array=//p' "$script")
export SLURM_ARRAY_JOB_ID=1 SLURM_SUBMIT_DIR=$PWD
for task in $(seq "${range%-*}" "${range#*-}"); do
  (cd / && SLURM_ARRAY_TASK_ID=$task bash "$script") || exit 1
done
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_a_fake_sbatch_runs_the_array(tmp_path: Path) -> None:
    made = campaign(tmp_path, "predict")
    done = emit(made, "slurm", How(walltime_hours=1))
    assert done.submit.endswith("sbatch campaign.slurm")
    file = done.file
    subprocess.run(["bash", "-n", str(file)], check=True)
    sbatch = tmp_path / "sbatch"
    sbatch.write_text(FAKE_SBATCH)
    environment = os.environ | {"SUPERLATTICE": f"{sys.executable} -m superlattice"}
    ran = subprocess.run(
        ["bash", str(sbatch), file.name], cwd=made.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert campaign_status(made).counts["completed"] == 3


def test_the_array_covers_every_job_once(tmp_path: Path) -> None:
    made = campaign(tmp_path)
    for n_jobs in (1, 7, 1000, 1001, 12345):
        script = array_script(made, "slurm", How(), n_jobs)
        last = int(re.search(r"--array=0-(\d+)", script)[1])  # type: ignore[index]
        per_task = int(re.search(r"ASK_ID \* (\d+) \+ 1", script)[1])  # type: ignore[index]
        assert last <= 1000
        assert last * per_task < n_jobs <= (last + 1) * per_task


FAKE_ACTION = """#!/bin/bash
trap 'echo checkpoint >> "$LOG"; exit 3' TERM USR1
echo started >> "$LOG"
while :; do sleep 0.05; done
"""


@pytest.mark.parametrize(("number", "requeued"), [(signal.SIGUSR1, True), (signal.SIGTERM, False)])
def test_the_limit_queues_a_task_again_and_scancel_ends_it(
    tmp_path: Path, number: signal.Signals, requeued: bool
) -> None:
    made = campaign(tmp_path)
    file = emit(made, "slurm", How()).file
    log, action, scontrol = tmp_path / "log", tmp_path / "action", tmp_path / "scontrol"
    action.write_text(FAKE_ACTION)
    scontrol.write_text('#!/bin/bash\necho "$@" >> "$LOG"\n')
    for script in (action, scontrol):
        script.chmod(0o755)
    environment = os.environ | {
        "LOG": str(log), "SUPERLATTICE": str(action), "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SLURM_SUBMIT_DIR": str(made.folder), "SLURM_ARRAY_JOB_ID": "12", "SLURM_ARRAY_TASK_ID": "1",
    }  # fmt: skip
    task = subprocess.Popen(["bash", str(file)], env=environment, stdout=subprocess.PIPE, text=True)
    while not log.is_file():
        assert task.poll() is None
    task.send_signal(number)
    said, _ = task.communicate(timeout=60)
    assert task.returncode == (0 if requeued else 3)
    assert log.read_text().splitlines() == ["started", "checkpoint"] + ["requeue 12_1"] * requeued
    assert ("goes back into the queue" in said) == requeued
    assert ("told to end" in said) != requeued


def directives(script: str, prefix: str) -> list[str]:
    return [line.removeprefix(prefix).strip() for line in script.splitlines() if line.startswith(f"{prefix} ")]


# Long options of sbatch, and letters of qsub, that their manuals document.
SBATCH_OPTIONS = {
    "job-name", "comment", "array", "ntasks", "cpus-per-task", "gpus", "time", "signal", "requeue", "open-mode",
    "output", "partition", "account", "gres", "mem-per-cpu", "qos",
}  # fmt: skip
QSUB_LETTERS = set("aACceGhIjJklmMnNopPqrRSuvVWXzx")


@pytest.mark.parametrize("how", [How(), How(engine="hoomd", ranks=4, gpu=2, walltime_hours=30.5)])
def test_sbatch_documents_every_option(tmp_path: Path, how: How) -> None:
    made = campaign(tmp_path)
    options = directives(array_script(made, "slurm", how, 3), "#SBATCH")
    assert {option.removeprefix("--").partition("=")[0] for option in options} <= SBATCH_OPTIONS
    assert ("--gpus=1" in options) == (how.gpu is not None)
    assert f"--cpus-per-task={how.ranks}" in options


@pytest.mark.parametrize("how", [How(), How(engine="hoomd", ranks=4, gpu=2, walltime_hours=30.5)])
def test_qsub_documents_every_option_and_one_task_is_no_array(tmp_path: Path, how: How) -> None:
    made = campaign(tmp_path)
    script = array_script(made, "pbs", how, 3)
    options = directives(script, "#PBS")
    assert all(re.fullmatch(r"-[A-Za-z] \S+", option) and option[1] in QSUB_LETTERS for option in options), options
    assert "-J 0-2" in options
    assert f"-l select=1:ncpus={how.ranks}" + (":ngpus=1" if how.gpu is not None else "") in options
    # qsub -J wants an end above its start.
    assert not any(option.startswith("-J") for option in directives(array_script(made, "pbs", how, 1), "#PBS"))
    file = tmp_path / "script"
    file.write_text(script)
    subprocess.run(["bash", "-n", str(file)], check=True)


def test_a_pbs_task_runs_its_jobs(tmp_path: Path) -> None:
    made = campaign(tmp_path, "predict")
    file = emit(made, "pbs", How()).file
    environment = os.environ | {"SUPERLATTICE": f"{sys.executable} -m superlattice", "PBS_O_WORKDIR": str(made.folder)}
    done = subprocess.run(["bash", str(file)], cwd="/", env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("completed")
    assert campaign_status(made).counts["completed"] == 3


SITE = """#!/bin/bash
# of our cluster
#SBATCH --partition={{ "gpu" if gpus else "main" }}
{% if gpus %}
#SBATCH --gres=gpu:a100:1
{% endif %}
module load cuda
"""


@pytest.mark.parametrize("gpu", [None, 0])
def test_a_sites_lines_come_into_every_script(tmp_path: Path, gpu: int | None) -> None:
    made, site = campaign(tmp_path), tmp_path / "site.sh"
    site.write_text(SITE)
    script = array_script(made, "slurm", How(gpu=gpu), 3, site=site)
    options = directives(script, "#SBATCH")
    assert f"--partition={'main' if gpu is None else 'gpu'}" in options
    assert ("--gres=gpu:a100:1" in options) == (gpu is not None)
    assert "--gpus=1" not in options
    lines = script.splitlines()
    # sbatch reads directives up to the first command.
    assert lines.index("module load cuda") > max(i for i, line in enumerate(lines) if line.startswith("#SBATCH"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read"),
        ("#SBATCH --partition={{ partition }}\n", "is no template"),
        ("{% if gpus %}\n", "is no template"),
        ("#PBS -q long\n", "speaks to pbs"),
    ],
)
def test_a_sites_file_that_cannot_be_used_is_one_line(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "site.sh").write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_site(tmp_path / "site.sh", "slurm", {"gpus": False})
    assert len(str(caught.value).splitlines()) == 1


def test_margins_fit_short_limits_and_those_too_short_are_refused(tmp_path: Path) -> None:
    for seconds_per_stretch in (0.1, 5.0, 60.0, 200.0):
        cost = Cost(seconds=1e4, stretch_s=seconds_per_stretch, checkpoint_s=4 * seconds_per_stretch, memory_mb=200.0)
        least = min(h / 100 for h in range(1, 1000) if not_refused(h / 100, cost))
        for hours in (least, 2 * least, 12.0):
            margin = stop_margin_s(hours, cost)
            # From the earliest moment of the signal there is time to stop; until then, for one checkpoint.
            assert margin >= 45 + seconds_per_stretch
            assert 3600 * hours - margin - 60 >= cost.checkpoint_s
    with pytest.raises(InputError, match=r"walltime_hours must leave time for one checkpoint.* Use at least 0\.0"):
        emit(campaign(tmp_path), "slurm", How(walltime_hours=0.01))
    assert not list((tmp_path / "out").glob("*.slurm"))


def not_refused(hours: float, cost: Cost) -> bool:
    try:
        check_limit(hours, cost)
    except InputError:
        return False
    return True


def test_locks_that_stay_on_one_machine_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = "\n".join(
        [
            "/dev/sda / ext4 rw 0 0",
            "mds:/a /lustre lustre rw,flock,lazystatfs 0 0",
            "mds:/b /lustre/local lustre rw,localflock 0 0",
            "mds:/c /plain lustre rw 0 0",
            "server:/d /old nfs rw,vers=3,nolock 0 0",
            "server:/e /here nfs4 rw,vers=4.2,local_lock=flock 0 0",
            "server:/f /home nfs4 rw,vers=4.2,local_lock=none 0 0",
        ]
    )
    assert mount_problem(Path("/home/me"), mounts) is None
    assert mount_problem(Path("/tmp"), mounts) is None
    assert mount_problem(Path("/lustre/me"), mounts) is None
    assert mount_problem(Path("/lustre/local/me"), mounts) == "lustre mounted with localflock"
    assert mount_problem(Path("/plain"), mounts) == "lustre mounted without flock"
    assert mount_problem(Path("/old/me"), mounts) == "nfs mounted with nolock"
    assert mount_problem(Path("/here"), mounts) == "nfs4 mounted with local_lock=flock"
    assert lock_problem(tmp_path) is None
    monkeypatch.setattr("superlattice.scheduling.preflight.lock_problem", lambda folder: "nfs mounted with nolock")
    with pytest.raises(InputError, match="locks are not shared between nodes"):
        check_shared_lock(tmp_path)


def test_where_the_queue_has_each_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = campaign(tmp_path)
    jobs = made.job_ids()
    (made.folder / "jobs-aaaa.1").write_text("".join(f"{job}\n" for job in jobs))
    (made.folder / "jobs-bbbb.2").write_text("".join(f"{job}\n" for job in jobs[:2]))
    here, other = made.folder, tmp_path
    lines = [
        f"7|0|RUNNING|{here}|superlattice:jobs-aaaa.1",
        f"7|1|PENDING|{here}|superlattice:jobs-aaaa.1",
        f"7|2|CANCELLED|{here}|superlattice:jobs-aaaa.1",
        f"8|0|PENDING|{other}|superlattice:jobs-aaaa.1",
        f"9|0|PENDING|{here}|another's",
        f"9|0|PENDING|{here}|superlattice:jobs-gone.1",
        "nonsense",
    ]
    assert queue_words(here, lines, jobs) == dict(zip(jobs, ("running", "pending", "cancelled"), strict=True))
    # The newest array counts.
    assert queue_words(here, [lines[2], f"10|0|PENDING|{here}|superlattice:jobs-bbbb.2"], jobs) == {
        jobs[0]: "pending", jobs[1]: "pending", jobs[2]: "cancelled",
    }  # fmt: skip
    update_document(made.workspace / jobs[1], {"status": "stopped", "task": "slurm 7_1", "error": "SIGUSR1, time"})
    monkeypatch.setattr("superlattice.scheduling.queue.squeue_lines", lambda: lines)
    status = with_queue(campaign_status(made))
    assert [job.queue for job in status.jobs] == ["running", "requeued", "cancelled"]
    assert status.actions["predict"] == {"completed": 0, "submitted": 2, "eligible": 1, "waiting": 0}
    assert "with the scheduler: 1 requeued, 1 running, 1 cancelled" in status.summary()


def test_a_site_without_a_scheduler_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "edges.toml").write_text(STUDY)
    assert main(["batch", str(tmp_path / "edges.toml"), "--out", str(tmp_path / "out"), "--site", "x"]) == 2
    assert "--site is for --emit slurm or pbs" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
