"""Is `measure_saxs` ever sure and wrong, and are its stated errors right? Simulated curves of all kinds.

The curves are sums over distances (`saxs_curves.py`), not the model of the fit. Right is the phase with its nearest
distance to 1 %; the particles are right with their shape and their size to 3 % or four stated errors. Every second
curve comes with the resolution of its instrument, the others without, as most do.

python benchmarks/validation/saxs.py [first_seed] [n] [--out FILE]
"""

from __future__ import annotations

import math
import time

from portions import Record, outcome, run
from saxs_curves import simulated

from structure.saxs_fit.measure import measure_saxs


def judged(seed: int) -> Record:
    """Measure one curve and hold the answer against what it was made of."""
    truth, curve = simulated(seed)
    begin = time.process_time()
    found = measure_saxs(curve, resolution_inv_nm=truth.resolution_inv_nm if seed % 2 else 0.0)
    cpu = time.process_time() - begin
    wanted = truth.phases or {"none": 0.0}
    right = found.phase in wanted
    error = found.nearest_nm / wanted[found.phase] - 1 if right and found.nearest_nm else 0.0
    right = right and abs(error) < 0.01
    deviations = {}
    if right and found.confidence == "high" and len(truth.phases) == 1 and found.nearest_sd_nm:
        deviations["nearest_nm"] = error * wanted[found.phase] / found.nearest_sd_nm
    size, half = (2 * found.radius_nm, 2) if found.radius_nm else (found.edge_nm or math.nan, 1)
    sized = ""
    if truth.kind not in ("lamellar", "sc rounded"):
        off = size / truth.size_nm - 1
        sized = outcome(
            found.shape == truth.shape and abs(off) < max(0.03, 4 * half * found.size_sd_nm / size),
            found.shape_confidence,
        )
        if found.shape == truth.shape and found.shape_confidence == "high":
            deviations["size_nm"] = (size - truth.size_nm) / (half * found.size_sd_nm)
            deviations["size_spread"] = (found.size_spread - truth.size_spread) / found.size_spread_sd
    doubts = "; ".join(found.reasons)[:150] if found.confidence == "low" else ""
    text = (
        f"{truth.shape:>7} -> {found.phase:>8} {found.shape:>6} {error:+.2%} size {size / truth.size_nm - 1:+.1%} "
        f"spread {truth.size_spread:.3f} -> {found.size_spread:.3f}+-{found.size_spread_sd:.3f} "
        f"z {' '.join(f'{v:+.1f}' for v in deviations.values())} cpu {cpu:.1f} {doubts}"
    )
    return Record(
        seed=seed,
        kind=truth.kind,
        good=truth.good,
        outcome=outcome(right, found.confidence),
        text=text,
        deviations=deviations,
        size=sized,
        cpu_s=cpu,
    )


if __name__ == "__main__":
    run("saxs", judged, description=__doc__ or "")
