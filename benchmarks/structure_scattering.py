"""Scattering against its peers, side by side on one core: ``python benchmarks/structure_scattering.py [--quick]``.

Seconds are processor time, all threads counted. Pairs run alternately and the shortest of a few runs counts, so that
the *ratio* holds on a busy machine too.
Peers that are not installed are left out of the table (sasmodels, DebyeCalculator with torch, freud).
"""

from __future__ import annotations

import argparse
import functools
import os
import resource
import sys
import time
from collections.abc import Callable

import numpy as np

from packing.configuration import Configuration, configuration, random_quaternions
from packing.shapes import cube
from structure.crystals.build import build_crystal
from structure.diffraction.library import crystal_of_material
from structure.diffraction.superlattice_waxs import simulate_powder_waxs
from structure.form_factors.average import form_factor
from structure.form_factors.superball import Superball
from structure.saxs.debye import debye_points
from structure.saxs.lattice_model import LatticeModel
from structure.saxs.pattern import simulate_saxs_2d, structure_factor_2d
from structure.saxs.powder import simulate_saxs

Job = Callable[[], object]
Q = np.linspace(0.05, 3.0, 200)


def shortest(jobs: dict[str, Job], runs: int) -> dict[str, float]:
    """Seconds of the fastest run of each job, the jobs taking turns."""
    best = dict.fromkeys(jobs, np.inf)
    for _ in range(runs):
        for name, job in jobs.items():
            start = time.process_time()
            job()
            best[name] = min(best[name], time.process_time() - start)
    return best


def report(title: str, seconds: dict[str, float], target: str) -> None:
    ours, *peers = seconds.items()
    ratios = "; ".join(f"{name} {s:.3g} s = {s / ours[1]:.3g} x ours" for name, s in peers) or "no peer"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"| {title} | {ours[1]:.4g} s | {ratios} | {target} | {peak:.2f} GB |", flush=True)


def oriented(n_side: int, *, periodic: bool, same: bool = False) -> Configuration:
    """A displaced simple cubic crystal of cubes, each with its own orientation unless ``same``."""
    frame = build_crystal(
        "sc", spacing_nm=11.0, n_cells=(n_side,) * 3, shapes=cube(8.6), displacement_nm=0.3, periodic=periodic
    )
    if same:
        return frame
    turns = random_quaternions(frame.n_particles, np.random.default_rng(0))
    return configuration(frame.positions_nm, shapes=frame.shapes, orientations=turns, box=frame.box)


def powder_of_points(n_side: int, runs: int) -> None:
    x = oriented(n_side, periodic=False, same=True).positions_nm
    jobs: dict[str, Job] = {"ours": lambda: debye_points(x, Q)}
    try:
        import torch
        from debyecalculator import DebyeCalculator

        torch.set_num_threads(1)
        peer = DebyeCalculator(
            qmin=0.005, qmax=0.305, qstep=0.0015, biso=0.0, device="cpu", pair_sum="grid", num_threads=1
        )
        jobs["DebyeCalculator grid"] = lambda: peer.iq((["Pb"] * len(x), 10 * x))
    except ImportError as error:
        print(f"(DebyeCalculator: {str(error).splitlines()[0]})")
    report(f"powder of {len(x)} points, 200 q", shortest(jobs, runs), "faster than the peer")


def powder_of_cubes(n_side: int, runs: int) -> None:
    frame = oriented(n_side, periodic=True)
    title = f"powder of {frame.n_particles} cubes, own orientations, periodic, 200 q to 3 1/nm"
    report(title, shortest({"ours": lambda: simulate_saxs(frame, Q)}, runs), "10 s, no peer")
    same = oriented(n_side, periodic=True, same=True)
    title = f"powder of {frame.n_particles} cubes, one orientation, periodic"
    report(title, shortest({"ours": lambda: simulate_saxs(same, Q)}, runs), "10 s")
    free = oriented(n_side, periodic=False, same=True)
    title = f"powder of {frame.n_particles} cubes, one orientation, free cluster"
    report(title, shortest({"ours": lambda: simulate_saxs(free, Q)}, 1), "10 s")


def patterns(n_side: int, runs: int) -> None:
    points = oriented(n_side, periodic=False, same=True)
    jobs: dict[str, Job] = {"ours": lambda: structure_factor_2d(points, q_max_inv_nm=3.0)}
    try:
        import freud

        freud.parallel.set_num_threads(1)
        box = freud.box.Box.cube(float(np.ptp(points.positions_nm)) + 11)
        peer = freud.diffraction.DiffractionPattern(512, 512)
        places = points.positions_nm.astype(np.float32)
        freud_job = functools.partial(peer.compute, (box, places), view_orientation=[1, 0, 0, 0])
        jobs["freud"] = freud_job
    except ImportError:
        freud_job = None
    report(f"pattern 512 x 512 to 3 1/nm, {points.n_particles} points alone", shortest(jobs, 3 * runs), "freud's time")
    for periodic, same, target in ((False, True, "0.1 s"), (False, False, "0.5 s"), (True, False, "0.5 s")):
        frame = oriented(n_side, periodic=periodic, same=same)
        jobs = {"ours": lambda f=frame: simulate_saxs_2d(f, q_max_inv_nm=3.0)}  # type: ignore[misc]
        if freud_job is not None:
            jobs["freud, points only"] = freud_job
        kind = ("periodic" if periodic else "free") + (", one orientation" if same else ", own orientations")
        report(f"pattern 512 x 512 to 3 1/nm, {frame.n_particles} cubes, {kind}", shortest(jobs, runs), target)


def waxs(n_side: int) -> None:
    """Powder of a superlattice of dots of 4429 atoms, every reflection with the interference of all dots."""
    film = build_crystal(
        "sc", spacing_nm=8.0, n_cells=(n_side,) * 3, shapes=cube(5.6), displacement_nm=0.2, misorientation_fwhm_deg=3.0
    )
    crystal = crystal_of_material("CsPbBr3")
    job = functools.partial(simulate_powder_waxs, film, crystal, np.arange(8.5, 24.5, 0.025))
    report(f"powder WAXS of {film.n_particles} dots of 4429 atoms, coherent", shortest({"ours": job}, 1), "60 s, 2 GB")


def superball(runs: int) -> None:
    body = Superball(edge_nm=8.6, exponent=3.0)
    start = time.process_time()
    form_factor(body, Q, size_spread=0.05, n_sizes=20)
    print(f"(superball table built in {time.process_time() - start:.2f} s, once per shape)")
    jobs: dict[str, Job] = {"ours": lambda: form_factor(body, Q, size_spread=0.05, n_sizes=20)}
    seconds = shortest(jobs, 5 * runs)
    try:
        from sasmodels.core import load_model
        from sasmodels.direct_model import call_kernel

        kernel = load_model("superball", dtype="double", platform="dll").make_kernel([Q / 10])
        start = time.process_time()
        call_kernel(kernel, {"length_a": 86.0, "exponent_p": 3.0, "background": 0.0})
        # One size is timed; a distribution of 20 repeats it 20 times.
        seconds["sasmodels, 20 times one size"] = 20 * (time.process_time() - start)
    except ImportError:
        pass
    report("superball P(q), 20 sizes, 200 q", seconds, "0.02 s")


def lattice(runs: int) -> None:
    for name, disorder in (("displacement", {"displacement_nm": 0.3}), ("cumulative", {"paracrystal_nm": 0.4})):
        model = LatticeModel(spacing_nm=11.0, body=cube(8.6), size_spread=0.05, **disorder)  # type: ignore[arg-type]
        model.intensity(Q)
        jobs: dict[str, Job] = {"ours": lambda m=model: m.intensity(Q)}  # type: ignore[misc]
        report(f"lattice model of cubes, 5 % sizes, {name}, 200 q", shortest(jobs, 10 * runs), "0.01 s")


def large(n_side: int) -> None:
    frame = oriented(n_side, periodic=True, same=True)
    title = f"powder of {frame.n_particles} cubes, one orientation, periodic, to 3 1/nm"
    report(title, shortest({"ours": lambda: simulate_saxs(frame, Q)}, 1), "4 GB")
    free = oriented(n_side, periodic=False)
    title = f"pattern 512 x 512, {frame.n_particles} cubes, own orientations"
    report(title, shortest({"ours": lambda: simulate_saxs_2d(free, q_max_inv_nm=3.0)}, 1), "4 GB")


def on_one_core() -> None:
    """Start again with one thread for linear algebra: libraries read that only when they are loaded."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    if any(os.environ.get(name) != "1" for name in names):
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | dict.fromkeys(names, "1"))


def main() -> None:
    on_one_core()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 times fewer particles")
    parser.add_argument("--large", action="store_true", help="1e5 particles too")
    options = parser.parse_args()
    n_side, runs = (10, 2) if options.quick else (22, 3)
    print("| what | ours (processor time) | peers | target | peak memory so far |\n|---|---|---|---|---|")
    lattice(runs)
    superball(runs)
    patterns(n_side, runs)
    powder_of_points(n_side, runs)
    powder_of_cubes(n_side, 1)
    waxs(n_side)
    if options.large:
        large(47)


if __name__ == "__main__":
    main()
