"""Held-out multilayer curves for `measure_xrd`: confident and wrong, confident and right, and what errors are worth.

The curves are those of `benchmarks/measure_xrd.py`; right is the period to 0.5 % and sigma to 15 %.

python benchmarks/validation/xrd.py [first_seed] [n]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from measure_xrd import simulated

from structure.xrd_fit.measure import measure_xrd


def main(first: int = 5000, n: int = 20) -> None:
    """Measure, judge and count."""
    wrong, right, deviations = [], 0, {"period_nm": [], "sigma_nm": [], "gap_nm": []}
    for seed in range(first, first + n):
        stack, curve = simulated(seed)
        found = measure_xrd(curve, n_bootstrap=20)
        truth = {"period_nm": stack.period_nm, "sigma_nm": stack.gap_sd_nm, "gap_nm": stack.gap_nm}
        off = {name: getattr(found, name) / value - 1 for name, value in truth.items()}
        correct = abs(off["period_nm"]) < 0.005 and abs(off["sigma_nm"]) < 0.15
        if found.confidence == "high":
            right += correct
            if not correct:
                wrong.append(seed)
            for name, made in deviations.items():
                made.append((getattr(found, name) - truth[name]) / getattr(found, name.replace("_nm", "_sd_nm")))
        print(f"{seed} {found.confidence:>4} period {off['period_nm']:+.3%} sigma {off['sigma_nm']:+.1%}", flush=True)
    print(f"confident and wrong {wrong}; confident and right {right} of {n}")
    for name, made in deviations.items():
        if made:
            print(f"{name}: rms of deviations over stated errors {np.sqrt(np.mean(np.square(made))):.2f} ({len(made)})")


if __name__ == "__main__":
    main(*(int(x) for x in sys.argv[1:3]))
