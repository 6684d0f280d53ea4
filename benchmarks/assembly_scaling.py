"""How set-up, steps per second and memory of soft cubes grow with their number, and what a second MPI rank gains.

``python benchmarks/assembly_scaling.py [--sizes N ...] [--no-ranks]``: steps are timed by the processor time of the
process, sizes taken in turns; two ranks by wall time against one, in turns, which needs two idle cores. The set-up of
each size (bead fit, plan, engine ready to run) happens in a process of its own, whose peak memory is given.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from assembly_engines import BY_HAND, Run, crystal, through_the_project

from assembly.engines import available_engines, start_session
from assembly.engines.lammps_library import mpiexec_path

SIZES = (64, 512, 1728, 4096)
STRETCH = 200
"""Steps from one sample to the next: the shortest stretches of the default protocol, the same at every size."""
CUBE_STEPS = 100_000
"""Cubes times steps of one timing, at least one stretch: a few seconds for small systems."""
ROUNDS = 3
RANKED_CUBES, RANKED_STEPS = 512, 400


def stretches(n_cubes: int) -> int:
    """Stretches of one timing."""
    return max(1, CUBE_STEPS // (STRETCH * n_cubes))


def scaling(engines: list[str], sizes: list[int]) -> None:
    """Cost of a step against the number of cubes, beside that of a script by hand."""
    print("| engine | cubes | steps per s | us per cube and step | growth | by hand: us | growth |")
    print("|---|---|---|---|---|---|---|")
    for engine in engines:
        first: list[float] = []
        for n in sizes:
            ways = [through_the_project(engine, *crystal(n)), BY_HAND[engine](*crystal(n))]
            cost = cost_s(ways, n)
            first = first or cost
            us, ratios = [1e6 * c for c in cost], [c / f for c, f in zip(cost, first, strict=True)]
            print(
                f"| {engine} | {n} | {1 / (cost[0] * n):.1f} | {us[0]:.1f} | {ratios[0]:.2f} | {us[1]:.1f} "
                f"| {ratios[1]:.2f} |",
                flush=True,
            )


def cost_s(ways: list[Run], n_cubes: int) -> list[float]:
    """Processor time per cube and step of each way, taken in turns, the median of the rounds [s]."""
    found: list[list[float]] = [[] for _ in ways]
    for run in ways:
        run(STRETCH // 10)
    for _ in range(ROUNDS):
        for run, times in zip(ways, found, strict=True):
            start = time.process_time()
            for _ in range(stretches(n_cubes)):
                run(STRETCH)
            times.append((time.process_time() - start) / (stretches(n_cubes) * STRETCH * n_cubes))
    return [statistics.median(times) for times in found]


def set_up(engine: str, n_cubes: int) -> None:
    """Everything up to the first step, and the memory it took (a process of its own)."""
    start = time.process_time()
    system, state, _ = crystal(n_cubes)
    session = start_session(engine, system)
    session.restore(state)
    seconds = time.process_time() - start
    # Of this program alone: what getrusage gives counts the parent that it was started from.
    status = Path("/proc/self/status").read_text()
    peak_gb = int(status.split("VmHWM:")[1].split()[0]) / 1e6
    print(f"| {n_cubes} cubes on {engine} | {seconds:.2f} | {peak_gb:.2f} |", flush=True)
    session.close()


def ranked() -> None:
    """Wall time of a stretch of dynamics; every rank runs this, rank 0 prints the seconds."""
    system, state, timestep_ps = crystal(RANKED_CUBES)
    session = start_session("lammps", system)
    session.close()
    run = through_the_project("lammps", system, state, timestep_ps)
    run(RANKED_STEPS // 4)
    start = time.perf_counter()
    run(RANKED_STEPS)
    if session.rank == 0:
        print(time.perf_counter() - start)


def ranks() -> None:
    """One rank and two, in turns."""
    mpiexec = mpiexec_path()
    if mpiexec is None:
        print("(no mpiexec: two ranks were not measured)")
        return
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for n, times in seconds.items():
            command = [mpiexec, "-n", str(n), sys.executable, str(Path(__file__)), "--ranked"]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            times.append(float(done.stdout.split()[-1]))
    one, two = (statistics.median(seconds[n]) for n in (1, 2))
    print(
        f"\n{RANKED_CUBES} cubes on LAMMPS, {RANKED_STEPS} steps: one rank {one:.2f} s, two ranks {two:.2f} s (wall),"
    )
    print(f"two over one {one / two:.2f}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--no-ranks", action="store_true", help="leave MPI out")
    parser.add_argument("--set-up", nargs=2, metavar=("ENGINE", "N"), help=argparse.SUPPRESS)
    parser.add_argument("--ranked", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.set_up:
        set_up(options.set_up[0], int(options.set_up[1]))
        return
    if options.ranked:
        ranked()
        return
    engines = [e.name for e in available_engines() if e.version]
    scaling(engines, options.sizes)
    print("\n| set-up of | processor time [s] | peak memory [GB] |\n|---|---|---|", flush=True)
    for engine in engines:
        for n in ("64", "1000"):
            subprocess.run([sys.executable, str(Path(__file__)), "--set-up", engine, n], check=True)
    if not options.no_ranks and "lammps" in engines:
        ranks()


if __name__ == "__main__":
    main()
