"""What is done in one job's folder: the body of ``superlattice action``, whoever starts it."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from assembly.how import How
from assembly.run.run import STOP_SIGNALS, stop_reason
from packing.errors import InputError, RunStopped
from superlattice.campaign.campaign import Campaign, open_campaign
from superlattice.campaign.files import ASSEMBLED, DONE, STATE_POINT, WORKSPACE, update_document
from superlattice.files import DISK_TROUBLE, LIGHT, PREDICTED, STABLE, read_json, write_json
from superlattice.lock import FolderBusyError, locked
from superlattice.study.study import Study

Status = Literal["completed", "failed", "stopped", "busy"]
PRODUCTS = {"predict": PREDICTED, "assemble": ASSEMBLED, "analyze": DONE, "run": DONE}
SECONDS_BETWEEN_NOTES = 1.0
LOCK_PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an action ended, with the reason if it is not completed."""

    job: str
    status: Status
    reason: str = ""


def find_job(name: str | Path) -> Path:
    """A job's folder by its path, or by its id from the campaign's folder, as row gives it.

    Raises
    ------
    InputError
        If it is no job of a campaign.
    """
    for path in (Path(name), Path(WORKSPACE) / name):
        if (path / STATE_POINT).is_file():
            return path.resolve()
    raise InputError(
        f"{name} is no job: it has no {STATE_POINT}. Give the folder of a job, in a campaign's workspace/."
    )


def act(action: str, job: Path, how: How) -> Outcome:
    """Carry an action out in a job's folder, unless its product is there; nothing is raised but bugs in this module."""
    try:
        with locked(job, patience_s=LOCK_PATIENCE_S):
            return _act_locked(action, job, how)
    except FolderBusyError:
        return Outcome(job=job.name, status="busy", reason="another process works on it")
    except InputError as error:
        return Outcome(job=job.name, status="failed", reason=_line(error))


def _act_locked(action: str, job: Path, how: How) -> Outcome:
    campaign = open_campaign(job.parent.parent)
    try:
        study = campaign.study(job.name)
        owes = action == "predict" and (owes_light(campaign, job, study) or owes_stability(campaign, job, study))
        if is_done(action, job, study) and not owes:
            return Outcome(job=job.name, status="completed")
        with _signals():
            _tidy(job)
            begun: dict[str, Any] = {"status": "running", "stage": action, "error": None, "task": scheduler_task()}
            update_document(job, {**begun, "common": campaign.common_hash, "updated": time.time()})
            _DO[action](campaign, job, study, how)
    except RunStopped as stop:
        return _ended(job, "stopped", _line(stop))
    except KeyboardInterrupt:
        return _ended(job, "stopped", "interrupted")
    except InputError as error:
        return _ended(job, "failed", _line(error))
    except Exception as error:
        # The log is on the disk that may be full: what is wrong has to be said all the same.
        with suppress(OSError):
            traceback.print_exc()
        return _ended(job, "failed", _bug_line(error, job))
    is_last = action in ("run", "analyze") or (action, campaign.goal) == ("predict", "predict")
    return _ended(job, "completed", "", "completed" if is_last else _HALFWAY[action])


def is_done(action: str, job: Path, study: Study) -> bool:
    """Whether the action's product is there and still answers the study."""
    product = job / PRODUCTS[action]
    if product.name == DONE:
        return product.is_file() and product.read_text().strip() == study.full_hash
    return product.is_file()


def owes_light(campaign: Campaign, job: Path, study: Study) -> bool:
    """Whether a campaign that only predicts asks for light that this job does not hold."""
    if study.optics is None or campaign.goal != "predict":
        return False
    return not (job / LIGHT).is_file() or read_json(job / LIGHT).get("asked") != study.optics.model_dump(mode="json")


def owes_stability(campaign: Campaign, job: Path, study: Study) -> bool:
    """Whether a campaign that only predicts asks for stability that this job does not hold."""
    if study.stability is None or campaign.goal != "predict":
        return False
    return not (job / STABLE).is_file() or read_json(job / STABLE).get("asked") != study.stability.model_dump(
        mode="json"
    )


def scheduler_task() -> str | None:
    """The task of a scheduler's array that this process belongs to, as ``slurm 12_3``; None outside of one."""
    if array := os.environ.get("SLURM_ARRAY_JOB_ID"):
        return f"slurm {array}_{os.environ.get('SLURM_ARRAY_TASK_ID', '0')}"
    if job := os.environ.get("PBS_JOBID"):
        return f"pbs {job}"
    return None


def _predict(campaign: Campaign, job: Path, study: Study, how: How) -> None:
    from superlattice.steps.prediction import predict_parts

    if study.optics is not None and owes_light(campaign, job, study):
        from superlattice.steps.light import optics_study

        found = optics_study(study).variants
        parts = {name or "study": light.to_dict() for name, light in found.items()}
        write_json(job / LIGHT, {"asked": study.optics.model_dump(mode="json"), "parts": parts})
    predict_parts(study, job)
    if study.stability is not None and owes_stability(campaign, job, study):
        from superlattice.pipeline.winning import stability_parts

        told = {name or "study": found.to_dict() for name, found in stability_parts(study, job, _notes(job)).items()}
        write_json(job / STABLE, {"asked": study.stability.model_dump(mode="json"), "parts": told})


def _assemble(campaign: Campaign, job: Path, study: Study, how: How) -> None:
    from superlattice.steps.simulation import simulate_part

    if not (job / PREDICTED).is_file():
        _predict(campaign, job, study, how)
    results = {
        name or "study": simulate_part(name, variant, job / name, how=how, progress=_notes(job)).to_dict()
        for name, variant in study.variants().items()
    }
    write_json(job / ASSEMBLED, results)


def _run(campaign: Campaign, job: Path, study: Study, how: How) -> None:
    from superlattice.pipeline.run import run_in

    parts = run_in(job, study, how=how, progress=_notes(job)).results["parts"]
    # What `assemble` leaves, so that row sees it done; the prediction is there.
    write_json(job / ASSEMBLED, {name: part["assembly"] for name, part in parts.items()})


_DO: dict[str, Callable[[Campaign, Path, Study, How], None]] = {
    "predict": _predict,
    "assemble": _assemble,
    "analyze": _run,
    "run": _run,
}
_HALFWAY = {"predict": "predicted", "assemble": "assembled"}


def _notes(job: Path) -> Callable[[str, Any], None]:
    """Progress for the job's document: each new stage, else about once a second."""
    last_stage, last_time = "", 0.0

    def note(label: str, event: Any) -> None:
        nonlocal last_stage, last_time
        stage = event.stage if event is not None else label.split(" of the ")[0].split(", lattice")[0]
        now = time.time()
        if stage == last_stage and now - last_time < SECONDS_BETWEEN_NOTES:
            return
        last_stage, last_time = stage, now
        numbers = {key: getattr(event, key, None) for key in ("step", "n_steps", "steps_per_s", "remaining_s")}
        # A note that cannot be written is no reason to stop: the simulation's own files will tell.
        with suppress(InputError):
            update_document(job, {"stage": stage, "updated": now, **numbers})

    return note


def _ended(job: Path, status: Status, reason: str, word: str | None = None) -> Outcome:
    values: dict[str, Any] = {"status": word or status, "error": reason or None, "updated": time.time()}
    with suppress(InputError):
        update_document(job, {**values, "steps_per_s": None, "remaining_s": None})
    return Outcome(job=job.name, status=status, reason=reason)


def _tidy(job: Path) -> None:
    """Remove what a killed process was writing; whole files have other names."""
    for left in job.rglob("*.tmp"):
        left.unlink(missing_ok=True)


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _bug_line(error: Exception, job: Path) -> str:
    """What a traceback ends with; of a disk that takes nothing more, that it is no bug."""
    text = str(error).strip()
    if "\n" not in text:
        text = f"{type(error).__name__}: {text}"
    numbers = {int(number) for number in re.findall(r"\[Errno (\d+)\]", text)}
    if refused := numbers & DISK_TROUBLE:
        return f"{job} cannot be written: {os.strerror(min(refused))}."
    # The exception of a worker comes as text of several lines; the last that is not indented names it.
    lines = [line for line in text.splitlines() if line.strip() and not line[0].isspace()]
    return _line(Exception(lines[-1] if lines else text))


@contextmanager
def _signals() -> Iterator[None]:
    """A signal stops an action between checkpoints too; while the engine runs, assembly writes its checkpoint first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: Any) -> None:
        raise RunStopped(f"{stop_reason(number)}: stopped between checkpoints")

    # Ctrl-C comes as KeyboardInterrupt.
    previous = {number: signal.signal(number, stop) for number in STOP_SIGNALS if number != signal.SIGINT}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def say(outcome: Outcome) -> None:
    """One line about a job that is not completed, for a person or a scheduler's log."""
    if outcome.status != "completed":
        print(f"{outcome.job}: {outcome.status}: {outcome.reason}", file=sys.stderr)
