"""How fast spacings, pair energies and a whole single-component study are: one core, vectorised.

    python benchmarks/packing_spacings.py [--repeats 5]

Prints the processor time (median of the repeats, after one that warms the caches) and evaluations per second.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from packing.matter.ligands import ligand
from packing.pair.energy import pair_energy
from packing.pair.hamaker import cuboid_cuboid_energy
from packing.particles import Coating, Environment, Nanocrystal
from packing.prediction.prediction import predict
from packing.shapes import Sphere, cube
from packing.spacing.cubes import fill_spacing_nm, plate_spacing_nm, round_spacing_nm
from packing.spacing.layers import cuboid_layers
from packing.spacing.soft_spheres import ocm_ratio, opm_ratio

N = 1_000_000
N_SAMPLES = 10_000


def tasks() -> list[tuple[str, int, Callable[[], object]]]:
    """Label, evaluations and call of each."""
    rng = np.random.default_rng(0)
    ratio, full = rng.uniform(0.1, 2.9, N), np.ones(N)
    edge, shell = rng.uniform(5, 15, N), rng.uniform(0.2, 2.5, N)
    oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    cubes = Nanocrystal(material="CsPbBr3", shape=cube(8.6), size_spread=0.04)
    spheres = Nanocrystal(material="PbS", shape=Sphere(diameter_nm=7.0), size_spread=0.04)
    return [
        ("opm", N, lambda: opm_ratio(ratio, full)),
        ("ocm", N, lambda: ocm_ratio(ratio, full)),
        ("fill, cubes", N, lambda: fill_spacing_nm(edge, shell)),
        ("round, cubes", N, lambda: round_spacing_nm(edge, shell)),
        ("plate, cubes", N, lambda: plate_spacing_nm(edge, shell)),
        ("fill + round + plate, any cuboid", N, lambda: cuboid_layers(cube(8.6), shell, edge / 8.6)),
        ("van der Waals, cubes", N, lambda: cuboid_cuboid_energy(shell, (8.6, 8.6, 8.6))),
        ("pair energy with its minimum", 1, lambda: pair_energy(cubes, oleate, Environment())),
        ("study of cubes, 1e4 samples", 1, lambda: predict(cubes, oleate, n_samples=N_SAMPLES)),
        ("study of spheres, 1e4 samples", 1, lambda: predict(spheres, oleate, n_samples=N_SAMPLES)),
    ]


def timed(function: Callable[[], object]) -> float:
    """Processor seconds of one call."""
    start = time.process_time()
    function()
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    print(f"{'task':<34} {'evaluations':>11} {'seconds':>9} {'per second':>12}")
    for label, count, function in tasks():
        timed(function)
        seconds = median(timed(function) for _ in range(repeats))
        print(f"{label:<34} {count:>11} {seconds:>9.4f} {count / seconds:>12.3g}")


if __name__ == "__main__":
    main()
