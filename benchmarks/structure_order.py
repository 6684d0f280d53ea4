"""What `measure_order` and `fit_lattice` cost next to bare freud calls for the same particles.

freud has no classification into lattices and no lattice fit: the ratio is the price of those. Both sides are timed in
turn in one process, so that the load of the machine hits both alike; the median ratio of the turns is printed.

    python benchmarks/structure_order.py [--sizes 1000 10000 100000] [--repeats 3]
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable

import freud

from packing.configuration import Configuration
from packing.shapes import cube
from structure.crystals.build import build_crystal
from structure.lattice.fit import fit_lattice
from structure.order.measure import measure_order

SPACING_NM = 11.0


def bare_freud(c: Configuration) -> None:
    """RDF, q4 and q6 with and without averaging over 6 neighbours, cubatic order: what freud itself can do of it."""
    system = (freud.box.Box(*c.box), c.positions_nm)
    freud.density.RDF(bins=180, r_max=min(4.5 * SPACING_NM, 0.49 * c.box[0])).compute(system)
    for degree in (4, 6):
        for average in (False, True):
            freud.order.Steinhardt(degree, average=average).compute(system, neighbors={"num_neighbors": 6})
    freud.order.Cubatic(t_initial=5.0, t_final=0.001, scale=0.95, n_replicates=12, seed=0).compute(c.orientations)


def seconds(call: Callable[[Configuration], object], c: Configuration) -> float:
    start = time.perf_counter()
    call(c)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    freud.parallel.set_num_threads(1)
    print("| particles | freud [s] | measure_order [s] | ratio | fit_lattice [s] | ratio | peak memory [GB] |")
    print("|---|---|---|---|---|---|---|")
    for size in options.sizes:
        n = round(size ** (1 / 3))
        c = build_crystal(
            "sc",
            spacing_nm=SPACING_NM,
            n_cells=(n, n, n),
            shapes=cube(8.6),
            displacement_nm=0.4,
            misorientation_fwhm_deg=6.0,
        )
        turns = [[seconds(f, c) for f in (bare_freud, measure_order, fit_lattice)] for _ in range(options.repeats)]
        freud_s, order_s, lattice_s = (statistics.median(column) for column in zip(*turns, strict=True))
        order_ratio = statistics.median(t[1] / t[0] for t in turns)
        lattice_ratio = statistics.median(t[2] / t[0] for t in turns)
        # Linux counts in kilobytes.
        peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            f"| {c.n_particles} | {freud_s:.2f} | {order_s:.2f} | {order_ratio:.1f} | "
            f"{lattice_s:.2f} | {lattice_ratio:.1f} | {peak_gb:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
