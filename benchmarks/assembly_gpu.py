"""A GPU through the project and by a hand-written HOOMD script, steps per second of wall time, run alternately.

``python benchmarks/assembly_gpu.py [GPU [N ...]]``, for the day a GPU is there: no GPU ran it yet. First the check of
``superlattice check gpu``; then both for each number of cubes, after as many steps as tuning the kernels takes.
"""

from __future__ import annotations

import statistics
import sys
import time

from assembly_engines import crystal, hoomd_by_hand, through_the_project

from assembly.engines.hoomd_library import open_device
from assembly.run.gpu_check import check_gpu

STEPS, ROUNDS, WARM_UP = 1000, 7, 8


def main(gpu: int, sizes: list[int]) -> None:
    """Print the check and the medians."""
    print(check_gpu(gpu, sizes=tuple(sizes)).summary())
    for n_cubes in sizes:
        system, state, timestep_ps = crystal(n_cubes)
        runs = {
            "project": through_the_project("hoomd", system, state, timestep_ps, gpu),
            "by hand": hoomd_by_hand(system, state, timestep_ps, open_device(gpu)),
        }
        rates: dict[str, list[float]] = {name: [] for name in runs}
        for i in range(WARM_UP + ROUNDS):
            for name, run in runs.items():
                start = time.perf_counter()
                run(STEPS)
                if i >= WARM_UP:
                    rates[name].append(STEPS / (time.perf_counter() - start))
        project, hand = (statistics.median(rates[name]) for name in runs)
        print(f"{n_cubes} cubes: project {project:.0f}, by hand {hand:.0f} steps/s, ratio {project / hand:.3f}")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(numbers[0] if numbers else 0, numbers[1:] or [64, 512, 4096])
