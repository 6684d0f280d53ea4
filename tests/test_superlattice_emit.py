"""The files for schedulers: row's schema as documented, and a SLURM array that a fake ``sbatch`` runs."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from assembly.how import How
from superlattice.campaign.campaign import Campaign, make_campaign
from superlattice.campaign.emission import emit, row_workflow, slurm_script
from superlattice.campaign.jobs import expand_file
from superlattice.campaign.status import campaign_status

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
    file, hint = emit(made, "slurm", How(walltime_hours=1))
    assert hint.endswith("sbatch campaign.slurm")
    subprocess.run(["bash", "-n", str(file)], check=True)
    sbatch = tmp_path / "sbatch"
    sbatch.write_text(FAKE_SBATCH)
    environment = os.environ | {"SUPERLATTICE": f"{sys.executable} -m superlattice"}
    done = subprocess.run(
        ["bash", str(sbatch), file.name], cwd=made.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert campaign_status(made).counts["completed"] == 3


def test_the_array_covers_every_job_once(tmp_path: Path) -> None:
    made = campaign(tmp_path)
    for n_jobs in (1, 7, 1000, 1001, 12345):
        script = slurm_script(made, How(), n_jobs)
        last = int(re.search(r"--array=0-(\d+)", script)[1])  # type: ignore[index]
        per_task = int(re.search(r"ASK_ID \* (\d+) \+ 1", script)[1])  # type: ignore[index]
        assert last <= 1000
        assert last * per_task < n_jobs <= (last + 1) * per_task


FAKE_ACTION = """#!/bin/bash
trap 'echo checkpoint >> "$LOG"; exit 3' TERM
echo started >> "$LOG"
while :; do sleep 0.05; done
"""


def test_the_signal_before_the_limit_reaches_the_action_and_the_task_is_queued_again(tmp_path: Path) -> None:
    made = campaign(tmp_path)
    file, _ = emit(made, "slurm", How())
    log, action, scontrol = tmp_path / "log", tmp_path / "action", tmp_path / "scontrol"
    action.write_text(FAKE_ACTION)
    scontrol.write_text('#!/bin/bash\necho "$@" >> "$LOG"\n')
    for script in (action, scontrol):
        script.chmod(0o755)
    environment = os.environ | {
        "LOG": str(log), "SUPERLATTICE": str(action), "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SLURM_SUBMIT_DIR": str(made.folder), "SLURM_ARRAY_JOB_ID": "12", "SLURM_ARRAY_TASK_ID": "1",
    }  # fmt: skip
    task = subprocess.Popen(["bash", str(file)], env=environment)
    while not log.is_file():
        assert task.poll() is None
    task.terminate()
    assert task.wait(60) == 0
    assert log.read_text().splitlines() == ["started", "checkpoint", "requeue 12_1"]
