"""The free energy of the endless fcc crystal of hard spheres at 1.04086, from boxes of 256 and 864 spheres.

F/N + ln N/N is linear in 1/N (J. M. Polson et al., J. Chem. Phys. 112, 5339 (2000)); published for an endless crystal
is 4.9590 kT (C. Vega, E. G. Noya, J. Chem. Phys. 127, 154113 (2007)). Three runs of each take three minutes of
processor time.

python benchmarks/validation/hard_spheres.py RUNS
"""

from __future__ import annotations

import math
import sys

import numpy as np

from assembly.free_energy.hard_spheres import hard_sphere_crystal

PUBLISHED_KT = 4.9590


def main() -> None:
    """Print both sizes, and what they extrapolate to."""
    n_runs = int(sys.argv[1])
    found = []
    for n_cells, n_sweeps in ((4, 1300), (6, 450)):
        runs = [
            hard_sphere_crystal(n_cells=n_cells, n_sweeps=n_sweeps, n_copies=6, n_nodes=10, seed=31 + i)
            for i in range(n_runs)
        ]
        n = runs[0].n_bodies
        mean = float(np.mean([run.per_body_kt for run in runs]))
        sd = math.sqrt(sum(run.sd_per_body_kt**2 for run in runs)) / n_runs
        print(f"{n} spheres: F/N {mean:.4f} ± {sd:.4f} kT, with ln N/N {mean + math.log(n) / n:.4f}", flush=True)
        found.append((1 / n, mean + math.log(n) / n, sd))
    (x, y, sd), (u, v, su) = found
    endless = v - u * (y - v) / (x - u)
    error = math.hypot(su * x / (x - u), sd * u / (x - u))
    print(f"endless: {endless:.4f} ± {error:.4f} kT, published {PUBLISHED_KT:.4f}")


if __name__ == "__main__":
    main()
