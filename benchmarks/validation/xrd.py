"""Is `measure_xrd` ever sure and wrong, and are its stated errors right? Simulated multilayer curves of all kinds.

The pairs of a stack are summed one by one, each with the damping of its own number of steps, where the fit has a closed
form; then background, resolution and counts. (A thousand stacks drawn at random would not do: their scatter of some per
cent is far above the noise of a good curve.) Right is the period to 0.5 %, sigma to 15 % and the gap to 5 %, half a
plane's distance.

python benchmarks/validation/xrd.py [first_seed] [n] [--out FILE]
"""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray
from portions import Record, outcome, run

from structure.diffraction.multilayer import Multilayer
from structure.diffraction.multilayer_planes import perovskite_planes
from structure.measured.curve import MeasuredCurve
from structure.xrd_fit.measure import measure_xrd

KINDS = ("one reflection", "two reflections", "few counts", "few layers", "with errors", "no fringes", "smeared")


def simulated(seed: int) -> tuple[str, Multilayer, MeasuredCurve, float, bool]:
    """Kind, stack, noisy curve, resolution [1/nm], and whether the fringes are in the data."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    stack = Multilayer(
        planes=perovskite_planes("CsPbBr3", termination=str(rng.choice(["AX", "BX2"]))),
        n_planes=int(rng.choice([25, 27, 29, 31, 33])),
        n_layers=int(rng.integers(2, 5)) if kind == "few layers" else int(rng.integers(5, 15)),
        gap_nm=rng.uniform(2.3, 4.0),
        gap_sd_nm=rng.uniform(0.5, 0.9) if kind == "no fringes" else 10 ** rng.uniform(np.log10(0.03), np.log10(0.2)),
    )
    last = 23.0 if kind == "two reflections" else 12.5
    q = np.linspace(rng.uniform(8.5, 9.5), last, int(rng.integers(250, 500)))
    wide = 0.004 if kind == "smeared" else 0.0
    fine = np.linspace(q[0] - 0.05, q[-1] + 0.05, 5 * len(q)) if wide else q
    intensity = summed(fine, stack)
    if wide:
        at = q[:, None] + wide * np.linspace(-2.5, 2.5, 11)
        bell = np.exp(-(np.linspace(-2.5, 2.5, 11) ** 2) / 2)
        intensity = np.interp(at, fine, intensity) @ bell / bell.sum()
    top = 10 ** (rng.uniform(2.3, 3.0) if kind == "few counts" else rng.uniform(3.5, 5.0))
    background = 10 ** rng.uniform(-3, -1.3) * (1 + rng.uniform(-0.5, 0.5) * (q - q[0]) / (q[-1] - q[0]))
    expected = (intensity / intensity.max() + background) * top
    counts = rng.poisson(expected).astype(float)
    sd = np.sqrt(np.maximum(counts, 1.0)) if kind == "with errors" else None
    curve = MeasuredCurve(q_inv_nm=q, intensity=counts, sd=sd, label=f"seed {seed}")
    good = kind not in ("few counts", "no fringes", "few layers")
    return kind, stack, curve, wide, good


def summed(q: NDArray[np.float64], stack: Multilayer) -> NDArray[np.float64]:
    """Mean intensity per crystal of stacks whose periods fluctuate independently, pair by pair."""
    apart = np.arange(1, stack.n_layers)
    pairs = (stack.n_layers - apart) / stack.n_layers
    damping = np.exp(-np.outer(q**2, apart) * stack.gap_sd_nm**2 / 2)
    interference = 1 + 2 * (np.cos(np.outer(q, apart) * stack.period_nm) * damping) @ pairs
    return np.abs(stack.planes.amplitude(q, stack.n_planes)) ** 2 * interference


def judged(seed: int) -> Record:
    """Measure one curve and hold the answer against what it was made of."""
    kind, stack, curve, resolution, good = simulated(seed)
    begin = time.process_time()
    found = measure_xrd(curve, resolution_inv_nm=resolution, n_bootstrap=20)
    cpu = time.process_time() - begin
    truth = {"period_nm": stack.period_nm, "sigma_nm": stack.gap_sd_nm, "gap_nm": stack.gap_nm}
    off = {name: getattr(found, name) / value - 1 for name, value in truth.items()}
    right = abs(off["period_nm"]) < 0.005 and abs(off["sigma_nm"]) < 0.15 and abs(off["gap_nm"]) < 0.05
    deviations = {}
    if found.confidence == "high":
        for name, value in truth.items():
            deviations[name] = (getattr(found, name) - value) / getattr(found, name.replace("_nm", "_sd_nm"))
        if math.isfinite(found.n_layers_sd):
            # An error that is told to be unknown states nothing to deviate from.
            deviations["n_layers"] = (found.n_layers - stack.n_layers) / found.n_layers_sd
    words = f"misfit {found.misfit:.2f}; " + "; ".join(found.reasons)[:130]
    return Record(
        seed=seed,
        kind=kind,
        good=good,
        outcome=outcome(right, found.confidence),
        text=f"period {off['period_nm']:+.3%} sigma {10 * stack.gap_sd_nm:.2f} A {off['sigma_nm']:+.1%} (stated "
        f"{found.sigma_sd_nm / found.sigma_nm:.1%}) layers {stack.n_layers} -> {found.n_layers:.1f}"
        f"+-{found.n_layers_sd:.1f} planes {stack.n_planes} -> {found.n_planes} "
        f"z {' '.join(f'{v:+.1f}' for v in deviations.values())} cpu {cpu:.1f} {words}",
        deviations=deviations,
        cpu_s=cpu,
    )


if __name__ == "__main__":
    run("xrd", judged, description=__doc__ or "")
