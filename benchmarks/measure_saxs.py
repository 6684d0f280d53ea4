"""Confusion table of `measure_saxs` on simulated curves: seeds 0-999 to develop on, from 1000 on held out.

Right is the phase, its spacing to 1 %, the particles' shape, and their size to 3 %.

python benchmarks/measure_saxs.py [first_seed] [n]
"""

from __future__ import annotations

import sys
import time

import numpy as np
from blind.confusion import Confusion

from packing.shapes import Sphere, cube
from structure.form_factors.average import form_factor
from structure.measured.curve import MeasuredCurve
from structure.patterns.instrument import Instrument
from structure.saxs.lattice_model import LatticeModel
from structure.saxs_fit.measure import measure_saxs

PHASES = ("fcc", "hcp", "bcc", "sc", "none")


def simulated(seed: int) -> tuple[dict, MeasuredCurve]:
    """A curve of random particles, lattice, disorder, background, resolution and noise, and what it was made of."""
    rng = np.random.default_rng(seed)
    phase = PHASES[seed % len(PHASES)]
    shape = "cube" if phase == "sc" and rng.random() < 0.8 else ("cube" if rng.random() < 0.15 else "sphere")
    size = rng.uniform(4.0, 10.0)
    spread = rng.uniform(0.03, 0.1)
    body = Sphere(diameter_nm=size) if shape == "sphere" else cube(size)
    gap = rng.uniform(1.0, 3.0)
    nearest = (size + gap) if shape == "sphere" or phase == "sc" else size * 1.35 + gap
    q = np.linspace(0.15, min(5.5, 40.0 / size), int(rng.integers(300, 600)))
    free = form_factor(body, q, size_spread=spread).intensity
    truth = {"phase": phase, "shape": shape, "size_nm": size, "size_spread": spread, "nearest_nm": nearest}
    if phase == "none":
        intensity = free
    else:
        disorder = rng.uniform(0.02, 0.05) * nearest
        first_kind = rng.random() < 0.5
        model = LatticeModel(
            lattice=phase,
            spacing_nm=nearest,
            body=body,
            size_spread=spread,
            displacement_nm=disorder if first_kind else 0.3 * disorder,
            paracrystal_nm=0.0 if first_kind else disorder,
            domain_nm=rng.uniform(8, 25) * nearest,
            peak_shape="gaussian" if rng.random() < 0.5 else "lorentzian",
            locked=shape == "cube" and phase == "sc",
        )
        intensity = model.intensity(q) + rng.choice([0.0, 0.1, 0.5]) * free
    background = 10 ** rng.uniform(-4, -2.5) + 10 ** rng.uniform(-4, -2.5) * (q / q[0]) ** -4
    beam = Instrument(angle_spread_rad=rng.uniform(0.5e-4, 2e-4), counts_at_maximum=10 ** rng.uniform(3.5, 5.5))
    smeared = beam.smear(q, intensity) + background * intensity.max()
    counted, _ = beam.count(smeared, rng)
    return truth, MeasuredCurve(q_inv_nm=q, intensity=counted, label=f"seed {seed}")


def main(first: int = 0, n: int = 50) -> None:
    table = Confusion()
    for seed in range(first, first + n):
        truth, curve = simulated(seed)
        begin = time.process_time()
        found = measure_saxs(curve)
        cpu_s = time.process_time() - begin
        error = 0.0
        if truth["phase"] != "none" and found.nearest_nm:
            error = found.nearest_nm / truth["nearest_nm"] - 1
        size = found.radius_nm * 2 if found.radius_nm else found.edge_nm
        right = found.phase == truth["phase"] and abs(error) < 0.01
        right &= found.shape == truth["shape"] and abs(size / truth["size_nm"] - 1) < 0.03
        text = (
            f"{truth['phase']:>4} {truth['shape']:>6} -> {found.phase:>4} {found.shape:>6} {found.confidence:>4} "
            f"nn {error:+.2%} size {size / truth['size_nm'] - 1:+.1%} spread {truth['size_spread']:.3f} "
            f"{found.size_spread:.3f}"
        )
        table.add(seed, truth["phase"], found.phase, found, right=right, cpu_s=cpu_s, text=text)
    table.show()


if __name__ == "__main__":
    main(*(int(x) for x in sys.argv[1:3]))
