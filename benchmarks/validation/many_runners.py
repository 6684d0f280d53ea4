"""Many runners on one campaign, killed again and again: is every job done once, and as if nobody had disturbed it?

``python benchmarks/validation/many_runners.py --jobs 1000 --runners 20 --kills 50`` simulates as many nodes by as many
processes on one machine; ``--lock files`` does without ``flock``. Runners do what the tasks of an array do, in orders
of their own, and as long as jobs are left a killed one is followed by another. Jobs are predictions, no simulations.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from assembly.how import How
from superlattice.campaign.action import act
from superlattice.campaign.campaign import Campaign, make_campaign
from superlattice.campaign.jobs import expand
from superlattice.campaign.status import campaign_status
from superlattice.files import PREDICTED

STUDY = {
    "nanocrystal": {"material": "CsPbBr3"},
    "ligand": {"name": "oleate"},
    "packing": {"n_samples": 100},
}


def campaign(folder: Path, n_jobs: int) -> Campaign:
    """A campaign of predictions for cubes of 5 to 12 nm."""
    edges = {"start": 5.0, "stop": 12.0, "num": n_jobs}
    study = STUDY | {"sweep": {"nanocrystal": {"edge_nm": edges}}}
    jobs = expand(study, source="many", folder=folder, name="many", simulated=False)
    return make_campaign(jobs, folder / "out", goal="predict")


def runner(made: Campaign, seed: int, journal: Path) -> None:
    """Do what is left, in an order of its own; the journal gets a line for every product, before it is renamed."""
    handle = os.open(journal, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)

    def note(event: str, args: tuple[object, ...]) -> None:
        if event == "os.rename" and str(args[1]).endswith(PREDICTED):
            there = "again" if os.path.exists(str(args[1])) else "new"
            os.write(handle, f"{Path(str(args[1])).parent.name} {os.getpid()} {there}\n".encode())

    sys.addaudithook(note)
    jobs = made.job_ids()
    random.Random(seed).shuffle(jobs)
    while jobs:
        jobs = [job for job in jobs if act("predict", made.workspace / job, How()).status != "completed"]


def disturbed(made: Campaign, n_runners: int, n_kills: int, journal: Path) -> int:
    """Run with kills of random runners, spread evenly over the work; returns how many processes it took."""
    rng = random.Random(1)
    running: dict[int, int] = {}
    doomed: set[int] = set()
    started = kills = 0
    n_jobs = len(made.job_ids())

    def start() -> None:
        nonlocal started
        started += 1
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                runner(made, started, journal)
                code = 0
            finally:
                os._exit(code)
        running[pid] = started

    for _ in range(n_runners):
        start()
    while running:
        done, status = os.waitpid(-1, os.WNOHANG)
        if done:
            running.pop(done)
            doomed.discard(done)
            # One that came to its end found nothing left; one that was killed is followed by another.
            if status != 0:
                start()
            continue
        products = len(journal.read_bytes().splitlines()) if journal.is_file() else 0
        alive = sorted(running.keys() - doomed)
        if kills < n_kills and alive and products >= kills * n_jobs / n_kills:
            doomed.add(victim := rng.choice(alive))
            os.kill(victim, signal.SIGKILL)
            kills += 1
        time.sleep(rng.uniform(0, 0.02))
    return started


def main() -> int:
    """Print what happened as one line of JSON; exit with 1 if a job was lost, done twice or came out otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--runners", type=int, default=20)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--lock", choices=["flock", "files"], default="flock")
    args = parser.parse_args()
    os.environ["SUPERLATTICE_LOCK"] = args.lock
    with TemporaryDirectory() as scratch:
        made, quiet = (campaign(Path(scratch) / name, args.jobs) for name in ("disturbed", "quiet"))
        for job in quiet.job_ids():
            act("predict", quiet.workspace / job, How())
        journal = Path(scratch) / "journal"
        began = time.perf_counter()
        started = disturbed(made, args.runners, args.kills, journal)
        seconds = time.perf_counter() - began
        lines = [line.split() for line in journal.read_text().splitlines()]
        written = Counter(job for job, _, _ in lines)
        same = [
            (made.workspace / job / PREDICTED).read_bytes() == (quiet.workspace / job / PREDICTED).read_bytes()
            for job in made.job_ids()
        ]
        result = {
            "jobs": args.jobs,
            "runners": args.runners,
            "kills": args.kills,
            "lock": args.lock,
            "processes": started,
            "completed": campaign_status(made).counts["completed"],
            "products": len(written),
            "done_twice": sum(there == "again" for _, _, there in lines),
            "killed_while_writing": sum(written.values()) - len(written),
            "as_undisturbed": sum(same),
            "left_over_files": len(list(made.folder.rglob("*.tmp"))),
            "seconds": round(seconds, 1),
        }
    print(json.dumps(result))
    whole = result["completed"] == result["as_undisturbed"] == result["products"] == args.jobs
    return 0 if whole and not result["done_twice"] else 1


if __name__ == "__main__":
    sys.exit(main())
