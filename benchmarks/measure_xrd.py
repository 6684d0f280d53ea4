"""Blind multilayer curves made by Monte Carlo with noise: period, sigma and number of layers that `measure_xrd` finds.

Right is the period to 0.5 % and sigma to 15 %.

python benchmarks/measure_xrd.py [first_seed] [n]
"""

from __future__ import annotations

import sys
import time

import numpy as np

from structure.diffraction.multilayer import Multilayer
from structure.diffraction.multilayer_planes import perovskite_planes
from structure.diffraction.multilayer_stacks import monte_carlo_intensity
from structure.measured.curve import MeasuredCurve
from structure.xrd_fit.measure import measure_xrd


def simulated(seed: int) -> tuple[Multilayer, MeasuredCurve]:
    """A stack of random crystals, gaps, disorder and layers, and its noisy curve around one or two reflections."""
    rng = np.random.default_rng(seed)
    stack = Multilayer(
        planes=perovskite_planes("CsPbBr3", termination=str(rng.choice(["AX", "BX2"]))),
        n_planes=int(rng.choice([25, 27, 29, 31, 33])),
        n_layers=int(rng.integers(4, 15)),
        gap_nm=rng.uniform(2.3, 4.0),
        gap_sd_nm=10 ** rng.uniform(np.log10(0.03), np.log10(0.2)),
    )
    q = np.linspace(rng.uniform(8.5, 9.5), float(rng.choice([12.5, 23.0])), int(rng.integers(250, 500)))
    intensity, _ = monte_carlo_intensity(q, stack, n_stacks=1200, seed=seed)
    per_unit = 10 ** rng.uniform(3.5, 5.0) / intensity.max()
    background = 10 ** rng.uniform(-3, -1.3) * intensity.max()
    counts = rng.poisson((intensity + background) * per_unit) / per_unit
    return stack, MeasuredCurve(q_inv_nm=q, intensity=counts, label=f"seed {seed}")


def main(first: int = 0, n: int = 20) -> None:
    wrong_and_sure, right = [], 0
    for seed in range(first, first + n):
        stack, curve = simulated(seed)
        begin = time.process_time()
        found = measure_xrd(curve, n_bootstrap=20)
        cpu = time.process_time() - begin
        period, sigma = found.period_nm / stack.period_nm - 1, found.sigma_nm / stack.gap_sd_nm - 1
        good = abs(period) < 0.005 and abs(sigma) < 0.15
        right += good
        if found.confidence == "high" and not good:
            wrong_and_sure.append(seed)
        layers = (found.n_layers - stack.n_layers) / max(found.n_layers_sd, 1e-9)
        print(
            f"{seed:5d} {found.confidence:>4} period {period:+.3%} sigma {10 * stack.gap_sd_nm:.2f} A {sigma:+.1%} "
            f"(sd {found.sigma_sd_nm / found.sigma_nm:.1%}) layers {stack.n_layers} -> {found.n_layers:.1f} ± "
            f"{found.n_layers_sd:.1f} ({layers:+.1f} sd) planes {stack.n_planes} -> {found.n_planes} "
            f"cpu {cpu:.1f} {'' if good else 'WRONG'} {'; '.join(found.reasons)[:100]}",
            flush=True,
        )
    print(f"right {right} of {n}; high confidence and wrong: {wrong_and_sure}")


if __name__ == "__main__":
    main(*(int(x) for x in sys.argv[1:3]))
