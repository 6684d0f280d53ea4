"""Blind cases judged in portions: every case is one record of a JSON file, so that a count can stop and go on.

Outcomes are ``right, high``, ``right, low``, ``wrong, low``, ``WRONG, HIGH`` and ``refused``; a case that has to be
refused and is counts as ``right, high``. Seeds below 50000 are for development, those above for reports.

python benchmarks/validation/portions.py FILE ...   prints the tables of records already there
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

OUTCOMES = ("right, high", "right, low", "wrong, low", "WRONG, HIGH", "refused")


@dataclass(kw_only=True)
class Record:
    """One case: what it was, how it was answered, and the deviations of its numbers over their stated errors.

    Parameters
    ----------
    seed
        Seed of the case.
    kind
        What was simulated.
    good
        Whether the data holds the answer, by the simulation and not by the fit.
    outcome
        One of `OUTCOMES`.
    text
        One line for people.
    deviations
        (found - true) over the standard uncertainty, by the name of the quantity.
    size
        ``""``, or how the particles were answered, in the same words.
    cpu_s
        Processor time of the measurement [s].
    """

    seed: int
    kind: str
    good: bool
    outcome: str
    text: str = ""
    deviations: dict[str, float] = field(default_factory=dict)
    size: str = ""
    cpu_s: float = 0.0


def outcome(right: bool, confidence: str) -> str:
    """The word for an answer."""
    if confidence == "high":
        return OUTCOMES[0] if right else OUTCOMES[3]
    return OUTCOMES[1] if right else OUTCOMES[2]


def run(name: str, judged: Callable[[int], Record], *, description: str) -> None:
    """Judge the seeds that the command line names and that the file does not hold yet, then print the tables."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("first", type=int, nargs="?", default=0, help="first seed")
    parser.add_argument("n", type=int, nargs="?", default=20, help="number of seeds")
    parser.add_argument("--out", type=Path, default=Path(f"validation_{name}.json"), help="records, read and written")
    parser.add_argument("--again", action="store_true", help="judge seeds anew that the file holds")
    options = parser.parse_args()
    records = {}
    if options.out.exists():
        records = {r["seed"]: Record(**r) for r in json.loads(options.out.read_text())["records"]}
    for seed in range(options.first, options.first + options.n):
        if seed in records and not options.again:
            continue
        records[seed] = judged(seed)
        r = records[seed]
        print(f"{seed} {r.kind:>14} {'good' if r.good else '    '} {r.outcome:>11} {r.size:>11} {r.text}", flush=True)
        _write(options.out, name, records.values())
    wanted = [records[s] for s in range(options.first, options.first + options.n)]
    print("\n".join(tables(wanted)))


def _write(path: Path, name: str, records: Iterable[Record]) -> None:
    part = path.with_suffix(".part")
    described = {"name": name, "commit": _commit(), "records": [asdict(r) for r in records]}
    part.write_text(json.dumps(described, indent=0))
    part.replace(path)


def _commit() -> str:
    made = subprocess.run(
        ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"], capture_output=True, text=True
    )
    return made.stdout.strip()


def tables(records: list[Record]) -> list[str]:
    """Counts by kind, those of the particles, and what stated errors are worth, as lines of Markdown."""
    lines = ["", "| kind | n | " + " | ".join(OUTCOMES) + " | good | good and right, high |", "|---" * 9 + "|"]
    kinds = sorted({r.kind for r in records})
    for kind in [*kinds, "all"]:
        some = [r for r in records if kind in (r.kind, "all")]
        counts = [str(sum(r.outcome == o for r in some)) for o in OUTCOMES]
        good = [r for r in some if r.good]
        sure = sum(r.outcome == OUTCOMES[0] for r in good)
        share = f"{sure} ({sure / len(good):.0%})" if good else "-"
        lines.append(f"| {kind} | {len(some)} | " + " | ".join(counts) + f" | {len(good)} | {share} |")
    wrong = [r.seed for r in records if r.outcome == OUTCOMES[3]]
    lines += ["", f"confident and wrong: {wrong}"]
    sized = [r for r in records if r.size]
    if sized:
        counted = ", ".join(f"{o} {sum(r.size == o for r in sized)}" for o in OUTCOMES[:4])
        lines.append(f"particles: {counted}; seeds {[r.seed for r in sized if r.size == OUTCOMES[3]]}")
    names = sorted({n for r in records for n in r.deviations})
    if names:
        lines += ["", "| deviation over stated error | n | mean | sd | robust sd | beyond 3 |", "|---" * 6 + "|"]
    for n in names:
        z = np.array([r.deviations[n] for r in records if np.isfinite(r.deviations.get(n, np.nan))])
        if len(z) > 2:
            # 1.4826 median absolute deviations are one standard deviation of a normal law, whatever lies far out.
            robust = 1.4826 * np.median(np.abs(z - np.median(z)))
            lines.append(
                f"| {n} | {len(z)} | {z.mean():+.2f} | {z.std(ddof=1):.2f} | {robust:.2f} | {np.sum(np.abs(z) > 3)} |"
            )
    cpu = [r.cpu_s for r in records if r.cpu_s]
    if cpu:
        lines += ["", f"processor time of a measurement: median {np.median(cpu):.2f} s, most {max(cpu):.2f} s"]
    return lines


def show(paths: list[str]) -> None:
    """Print the tables of files of records, several of one kind together."""
    records = {}
    for path in paths:
        for r in json.loads(Path(path).read_text())["records"]:
            records[r["seed"]] = Record(**r)
    print("\n".join(tables([records[s] for s in sorted(records)])))


if __name__ == "__main__":
    show(sys.argv[1:])
