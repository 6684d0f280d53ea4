"""A campaign on disk: signac's own tools read it, it grows without disturbing what is there, and says what is wrong."""

import json
from pathlib import Path

import pytest
import signac

from assembly.how import How
from packing.errors import InputError
from superlattice.campaign.action import Outcome, act, find_job, say
from superlattice.campaign.campaign import Campaign, make_campaign, open_campaign
from superlattice.campaign.files import read_document, update_document
from superlattice.campaign.jobs import expand_file
from superlattice.campaign.runner import run_campaign
from superlattice.campaign.status import campaign_status
from superlattice.cli import main
from superlattice.lock import is_locked, locked

STUDY = """
title = "cubes"
[nanocrystal]
material = "CsPbBr3"
[ligand]
coverage_per_nm2 = 3.0
[packing]
n_samples = 100
[sweep]
ligand.n_carbons = [8, 12]
nanocrystal.edge_nm = [6.0, 8.0]
"""


def made(folder: Path, text: str = STUDY, *, name: str = "study", goal: str = "predict") -> Campaign:
    study = folder / f"{name}.toml"
    study.write_text(text)
    return make_campaign(expand_file(study, simulated=goal == "run"), folder / "out", goal=goal)  # type: ignore[arg-type]


def snapshot(folder: Path) -> dict[Path, tuple[int, bytes]]:
    return {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.rglob("*") if p.is_file()}


def test_signac_reads_the_project(tmp_path: Path) -> None:
    campaign = made(tmp_path)
    project = signac.get_project(str(campaign.folder))
    project.check()
    assert {job.id for job in project} == set(campaign.job_ids())
    (job,) = project.find_jobs({"ligand.n_carbons": 12, "nanocrystal.edge_nm": 6.0})
    assert job.statepoint["seed"] == 1
    act("predict", Path(job.path), How())
    assert [j.id for j in project.find_jobs({"doc.status": "completed"})] == [job.id]
    job.doc["note"] = "mine"
    update_document(Path(job.path), {"status": "running"})
    assert read_document(Path(job.path))["note"] == "mine"


def test_the_same_study_again_writes_nothing(tmp_path: Path) -> None:
    campaign = made(tmp_path)
    before = snapshot(campaign.folder)
    assert made(tmp_path) == campaign
    assert snapshot(campaign.folder) == before


def test_jobs_and_replicas_are_added_without_touching_those_there(tmp_path: Path) -> None:
    campaign = made(tmp_path)
    first = set(campaign.job_ids())
    for job in first:
        act("predict", campaign.workspace / job, How())
    before = snapshot(campaign.workspace)
    grown = made(tmp_path, STUDY.replace("[8, 12]", "[8, 12, 16]") + "replicas = 2\n")
    assert len(grown.job_ids()) == 12
    assert first < set(grown.job_ids())
    after = snapshot(campaign.workspace)
    assert {path: after[path] for path in before} == before
    assert campaign_status(grown).counts == {"completed": 4, "running": 0, "failed": 0, "waiting": 8}
    signac.get_project(str(grown.folder)).check()


def test_a_job_added_with_signac_is_a_job(tmp_path: Path) -> None:
    campaign = made(tmp_path)
    project = signac.get_project(str(campaign.folder))
    point = dict(campaign.state_point(campaign.job_ids()[0]))
    point["seed"] = 77
    project.open_job(point).init()
    assert len(open_campaign(campaign.folder).job_ids()) == 5
    assert act("predict", find_job(project.open_job(point).path), How()).status == "completed"


def test_measured_files_go_along(tmp_path: Path) -> None:
    (tmp_path / "curve.dat").write_text("0.1 1\n0.2 2\n")
    campaign = made(tmp_path, STUDY + '[compare]\nsaxs = { curve = "curve.dat", q_unit = "1/nm" }\n')
    job, moved = campaign.job_ids()[0], tmp_path / "elsewhere"
    campaign.folder.rename(moved)
    (tmp_path / "curve.dat").unlink()
    study = open_campaign(moved).study(job)
    assert study.compare.saxs is not None
    assert study.path(study.compare.saxs.curve) == (moved / "measured" / "saxs-curve.dat").resolve()
    assert "curve" not in json.dumps(open_campaign(moved).state_point(job))


def test_another_campaigns_folder_is_refused(tmp_path: Path) -> None:
    campaign = made(tmp_path)
    before = snapshot(campaign.folder)
    with pytest.raises(InputError, match="campaign of another study, 'study'"):
        made(tmp_path, name="other")
    with pytest.raises(InputError, match=r"environment.medium = \"toluene\", the study has \"hexane\""):
        made(tmp_path, STUDY.replace("[sweep]", '[environment]\nmedium = "hexane"\n[sweep]'))
    assert snapshot(campaign.folder) == before


def test_a_new_key_can_be_swept_later(tmp_path: Path) -> None:
    first = set(made(tmp_path).job_ids())
    grown = made(tmp_path, STUDY + 'environment.medium = ["toluene", "hexane"]\n')
    assert first < set(grown.job_ids())
    assert len(grown.job_ids()) == 8


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("x")
    with pytest.raises(InputError, match="neither empty nor a campaign"):
        made(tmp_path)
    with pytest.raises(InputError, match="is no campaign"):
        open_campaign(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 0}, "made with schema 0 of the study file, this superlattice has 1"),
        ({"schema": {"environment.medium": "water"}}, "another schema of the study file"),
    ],
)
def test_a_schema_change_is_named(tmp_path: Path, change: dict[str, object], message: str) -> None:
    campaign = made(tmp_path)
    file = campaign.folder / "campaign.json"
    data = json.loads(file.read_text())
    if "schema" in change:
        change = {"schema": data["schema"] | change["schema"]}  # type: ignore[operator]
    file.write_text(json.dumps(data | change))
    with pytest.raises(InputError, match=message) as caught:
        open_campaign(campaign.folder)
    assert "Finish it with superlattice 0.1.0" in str(caught.value)
    if "schema" in change:
        assert 'environment.medium was "water" and is "toluene"' in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema_version": 1}'])
def test_a_damaged_campaign_is_one_line(tmp_path: Path, text: str) -> None:
    campaign = made(tmp_path)
    (campaign.folder / "campaign.json").write_text(text)
    with pytest.raises(InputError, match=r"campaign.json"):
        open_campaign(campaign.folder)


@pytest.mark.parametrize(
    "change", [{"common": 0}, {"keys": [["a"]]}, {"base": []}, {"goal": "dream"}, {"schema": 3}, {"jobs": None}]
)
def test_a_wrong_value_in_the_campaigns_file_is_one_line(
    tmp_path: Path, change: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    campaign = made(tmp_path)
    file = campaign.folder / "campaign.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    assert main(["status", str(campaign.folder)]) == 2
    said = capsys.readouterr().err
    assert f"{file} is damaged" in said
    assert len(said.splitlines()) == 1


def test_a_job_another_process_has_is_left_alone(tmp_path: Path) -> None:
    campaign = made(tmp_path)
    job = campaign.workspace / campaign.job_ids()[0]
    with locked(job):
        assert is_locked(job)
        assert act("predict", job, How()) == Outcome(job=job.name, status="busy", reason="another process works on it")
    assert not is_locked(job)
    assert act("predict", job, How()).status == "completed"


def test_a_job_of_a_dead_process_waits_again(tmp_path: Path) -> None:
    campaign = made(tmp_path)
    job = campaign.job_ids()[0]
    update_document(campaign.workspace / job, {"status": "running", "stage": "evaporate", "step": 5, "n_steps": 10})
    status = campaign_status(campaign)
    assert status.counts == {"completed": 0, "running": 0, "failed": 0, "waiting": 4}
    with locked(campaign.workspace / job):
        now = campaign_status(campaign)
        assert now.counts["running"] == 1
        assert "evaporate, 50 %" in now.summary()
        assert now.actions["predict"] == {"completed": 0, "submitted": 1, "eligible": 3, "waiting": 0}


def test_status_speaks_rows_words(tmp_path: Path) -> None:
    campaign = made(tmp_path, goal="run")
    first, second, *_ = (campaign.workspace / job for job in campaign.job_ids())
    act("predict", first, How())
    (second / "prediction.json").write_text("{}")
    (second / "assembled.json").write_text("{}")
    assert campaign_status(campaign).actions == {
        "predict": {"completed": 2, "submitted": 0, "eligible": 2, "waiting": 0},
        "assemble": {"completed": 1, "submitted": 0, "eligible": 1, "waiting": 2},
        "analyze": {"completed": 0, "submitted": 0, "eligible": 1, "waiting": 3},
    }


def test_changing_how_results_are_looked_at_makes_finished_jobs_due_again(tmp_path: Path) -> None:
    campaign = made(tmp_path, goal="run")
    job = campaign.workspace / campaign.job_ids()[0]
    (job / "done").write_text("x")
    update_document(job, {"status": "completed", "common": campaign.common_hash})
    assert campaign_status(campaign).counts["completed"] == 1
    changed = made(tmp_path, STUDY + "[structure]\nq_max_inv_nm = 4.0\n", goal="run")
    assert campaign_status(changed).counts["completed"] == 0


def test_a_prediction_campaign_can_become_a_simulated_one_but_not_back(tmp_path: Path) -> None:
    assert made(tmp_path).goal == "predict"
    assert made(tmp_path, goal="run").goal == "run"
    assert made(tmp_path).goal == "run"


def test_the_runner_names_what_fails_and_goes_on(tmp_path: Path) -> None:
    campaign = made(tmp_path)
    broken = campaign.job_ids()[1]
    point = campaign.workspace / broken / "signac_statepoint.json"
    good = point.read_text()
    point.write_text("{}")
    result = run_campaign(campaign, jobs=1)
    assert (result.n_jobs, result.completed) == (4, 3)
    assert "no job of superlattice" in result.failed[broken]
    assert not result.is_complete
    point.write_text(good)
    assert run_campaign(campaign, jobs=1).is_complete


def test_only_a_job_that_is_not_completed_is_spoken_of(capsys: pytest.CaptureFixture[str]) -> None:
    say(Outcome(job="a", status="completed"))
    assert capsys.readouterr().err == ""
    say(Outcome(job="b", status="failed", reason="no room"))
    assert capsys.readouterr().err == "b: failed: no room\n"


def test_a_key_without_a_value_leaves_the_document(tmp_path: Path) -> None:
    update_document(tmp_path, {"status": "failed", "error": "no room", "note": 0})
    update_document(tmp_path, {"status": "completed", "error": None})
    assert read_document(tmp_path) == {"status": "completed", "note": 0}
