"""How fast lattices are ranked and mapped: closed forms and cache, bare engine, Monte Carlo.

    python benchmarks/packing_phase_map.py [--repeats 5]

Prints the median of several repeats after one that warms the caches (which is printed too), the number of evaluations
and the ratio of the bare engine to the closed forms, taken alternately.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from packing.binary.closed_forms import packing_fraction_hs
from packing.binary.curves import CUBES_ON_A, CUBES_ON_B
from packing.contact.packing import densest_packing
from packing.contact.sphere_curves import sphere_curve
from packing.lattices.catalogue import BINARY_NAMES
from packing.particles import Coating, Ligand, Nanocrystal
from packing.ranking.maps import phase_map
from packing.ranking.ranking import rank_lattices
from packing.shapes import Sphere, cube

# 19 lattices on as many size ratios as make 20 x 500.
N_GAMMA = -(-20 * 500 // len(BINARY_NAMES))
GAMMA = np.linspace(0.15, 1.0, N_GAMMA)


def engine_map() -> float:
    """Packing fraction of every lattice from its sites alone; returns the largest deviation from the closed forms."""
    worst = 0.0
    for name in BINARY_NAMES:
        curve = sphere_curve(name, {"A": 1.0, "B": GAMMA})
        worst = max(worst, float(np.abs(curve.packing_fraction - packing_fraction_hs(name, GAMMA)).max()))
    return worst


def study() -> float:
    """One binary study of spheres with 10^4 samples."""
    ligands = [Ligand(name=f"C{n}", length_nm=0.128 * n + 0.2) for n in (9, 18)]
    parts = [
        (
            Nanocrystal(material=m, shape=Sphere(diameter_nm=d), size_spread=0.04),
            Coating(ligand=x, coverage_per_nm2=4.5),
        )
        for m, d, x in zip(("PbS", "Au"), (7.0, 4.1), ligands, strict=True)
    ]
    return rank_lattices(*parts, n_samples=10_000).densest.packing_fraction


def cube_study() -> float:
    """One binary study of cubes with spheres, 10^4 samples."""
    ligand = Ligand(name="C12", length_nm=1.736)
    dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6), size_spread=0.04)
    spheres = Nanocrystal(material="Fe3O4", shape=Sphere(diameter_nm=18.0), size_spread=0.04)
    coating = Coating(ligand=ligand, coverage_per_nm2=4.0)
    return rank_lattices((dots, coating), (spheres, coating), n_samples=10_000).densest.packing_fraction


def timed(function: Callable[[], object]) -> tuple[float, object]:
    """Seconds and result of one call."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    tasks: list[tuple[str, int, Callable[[], object]]] = [
        ("map, closed forms (hs)", N_GAMMA * len(BINARY_NAMES), lambda: phase_map(model="hs", gamma=GAMMA)),
        ("map, closed forms (otm)", N_GAMMA * len(BINARY_NAMES), lambda: phase_map(model="otm", gamma=GAMMA)),
        ("map, cubes on B (cache)", N_GAMMA * 14, lambda: phase_map(mixture=CUBES_ON_B, gamma=GAMMA)),
        ("map, cubes on A (cache)", N_GAMMA * 14, lambda: phase_map(mixture=CUBES_ON_A, gamma=GAMMA)),
        ("map, bare engine", N_GAMMA * len(BINARY_NAMES), engine_map),
        ("study, spheres, 1e4 samples", 10_000, study),
        ("study, cubes, 1e4 samples", 10_000, cube_study),
        (
            "engine, AlB2 with cubes, one gamma",
            1,
            lambda: densest_packing("AlB2", {"A": Sphere(diameter_nm=1.0), "B": cube(6**-0.5)}, link="same"),
        ),
    ]
    first = [timed(function)[0] for _, _, function in tasks]
    rounds = [[timed(function)[0] for _, _, function in tasks] for _ in range(repeats)]
    seconds = [median(column) for column in zip(*rounds, strict=True)]
    print(f"{'task':<36} {'evaluations':>11} {'first (s)':>10} {'median (s)':>10}")
    for (label, count, _), cold, warm in zip(tasks, first, seconds, strict=True):
        print(f"{label:<36} {count:>11} {cold:>10.3f} {warm:>10.4f}")
    print(f"bare engine / closed forms (hs): {seconds[4] / seconds[0]:.0f} x")
    print(f"largest deviation of the engine from the closed forms: {engine_map():.1e}")


if __name__ == "__main__":
    main()
