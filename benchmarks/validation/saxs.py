"""Is `measure_saxs` ever sure and wrong? Simulated curves of all kinds, judged against what they were made of.

Seeds below 1000 are for development, from 1000 on held out. A curve is good if its noise-free reflections stand out of
its noise as far as the phase needs (the seventh ring for bcc and sc), or without a lattice if its first minimum does.

python benchmarks/validation/saxs.py [first_seed] [n]
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from packing.shapes import Cuboid, Shape, Sphere, cube
from structure.crystals.reciprocal import peak_families
from structure.form_factors.average import form_factor
from structure.measured.curve import MeasuredCurve
from structure.patterns.instrument import Instrument
from structure.saxs.lattice_model import LatticeModel
from structure.saxs_fit.measure import measure_saxs
from structure.widths import smeared

FloatArray = NDArray[np.float64]
KINDS = (
    "fcc", "bcc", "hcp", "sc locked", "sc free", "sc rounded", "A15", "lamellar", "none", "liquid", "two lattices",
    "fcc", "none", "bcc",
)  # fmt: skip
#: Rings that must be seen: the seventh of bcc, and for sc those beside the place where it would be.
NEEDED = {"bcc": (6,), "sc": (5, 6), "lamellar": (0, 1, 2, 3)}


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What a curve was made of; ``phases`` with their spacings [nm], and whether it is good."""

    kind: str
    phases: dict[str, float]
    shape: str
    size_nm: float
    good: bool


def simulated(seed: int) -> tuple[Truth, MeasuredCurve]:
    """A curve with everything that a measured one has, and what it was made of."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    size, spread = rng.uniform(4.0, 10.0), rng.uniform(0.03, 0.1)
    body, shape = _body(kind, size, rng)
    q = _grid(size, rng)
    free = form_factor(body, q, size_spread=spread).intensity
    gap = rng.uniform(1.0, 3.0)
    nearest = size + gap
    if shape == "cube" and kind not in ("sc locked", "sc rounded"):
        nearest = size * rng.uniform(1.15, 1.4) + gap
    if kind == "lamellar":
        nearest = rng.uniform(5.0, 25.0)
    phases: dict[str, float] = {}
    if kind == "none":
        ordered, rings = free, []
    elif kind == "liquid":
        liquid = percus_yevick(q, rng.uniform(0.25, 0.45), nearest)
        average = form_factor(body, q, size_spread=spread)
        ordered, rings = average.intensity + average.coherent_random * (liquid - 1), []
    elif kind == "lamellar":
        ordered, phases = _stack(q, nearest, rng), {"lamellar": nearest}
        rings = [2 * np.pi * n / nearest for n in range(1, 12)]
    else:
        phase = kind.split()[0] if kind != "two lattices" else "fcc"
        model = _model(phase, nearest, body, spread, kind in ("sc locked", "sc rounded"), rng)
        ordered, phases = model.intensity(q), {phase: nearest}
        rings = list(np.unique(peak_families(phase, None, 45.0, merge_axes=True).length.round(6))[:30] / nearest)
        if kind == "two lattices":
            second = replace(
                model, lattice=str(rng.choice(["hcp", "bcc"])), spacing_nm=nearest * rng.uniform(0.97, 1.1)
            )
            share = rng.uniform(0.3, 0.5)
            ordered = (1 - share) * ordered + share * second.intensity(q)
            phases[second.lattice] = second.spacing_nm
    intensity = ordered + (rng.choice([0.0, 0.1, 0.4]) * free if phases and kind != "lamellar" else 0.0)
    if kind == "lamellar":
        free = np.zeros_like(q)
    curve, clean, sd = _measured(q, intensity, kind, seed, rng)
    good = _good(kind, phases, rings, q, clean, sd, size)
    return Truth(kind=kind, phases=phases, shape=shape, size_nm=size, good=good), curve


def _body(kind: str, size: float, rng: np.random.Generator) -> tuple[Shape, str]:
    if kind == "sc rounded":
        return Cuboid(edges_nm=(size,) * 3, rounding_nm=rng.uniform(0.05, 0.2) * size), "rounded"
    if kind.startswith("sc") or (kind not in ("lamellar", "A15") and rng.random() < 0.2):
        return cube(size), "cube"
    return Sphere(diameter_nm=size), "sphere"


def _grid(size: float, rng: np.random.Generator) -> FloatArray:
    low, high = rng.uniform(0.05, 0.25), min(rng.uniform(3.5, 5.5), 40.0 / size)
    n = int(rng.integers(300, 700))
    return np.geomspace(low, high, n) if rng.random() < 0.4 else np.linspace(low, high, n)


def _model(
    phase: str, nearest: float, body: Shape, spread: float, locked: bool, rng: np.random.Generator
) -> LatticeModel:
    disorder, first_kind = rng.uniform(0.02, 0.05) * nearest, rng.random() < 0.5
    return LatticeModel(
        lattice=phase,
        spacing_nm=nearest,
        body=body,
        size_spread=spread,
        displacement_nm=disorder if first_kind else 0.3 * disorder,
        paracrystal_nm=0.0 if first_kind else 0.7 * disorder,
        domain_nm=rng.uniform(8, 30) * nearest,
        peak_shape="gaussian" if rng.random() < 0.5 else "lorentzian",
        locked=locked,
    )


def percus_yevick(q: FloatArray, packing: float, diameter_nm: float) -> FloatArray:
    """Structure factor of hard spheres (Percus and Yevick; closed form as in M. Kotlarchyk and S.-H. Chen, 1983)."""
    eta, x = packing, q * diameter_nm
    a = (1 + 2 * eta) ** 2 / (1 - eta) ** 4
    b = -6 * eta * (1 + eta / 2) ** 2 / (1 - eta) ** 4
    c = eta * a / 2
    s, k = np.sin(x), np.cos(x)
    g = a * (s - x * k) / x**2 + b * (2 * x * s + (2 - x**2) * k - 2) / x**3
    g += c * (-(x**4) * k + 4 * ((3 * x**2 - 6) * k + (x**3 - 6 * x) * s + 6)) / x**5
    return np.asarray(1 / (1 + 24 * eta * g / x))


def _stack(q: FloatArray, period: float, rng: np.random.Generator) -> FloatArray:
    """Layers of a fifth to a half of the period: Hosemann's one-dimensional paracrystal over q squared."""
    thick, step = rng.uniform(0.2, 0.5) * period, rng.uniform(0.01, 0.03) * period
    fine = np.linspace(q[0] * 0.5, q[-1] * 1.1, 12000)
    h = np.exp(-((fine * step) ** 2) / 2)
    interference = (1 - h**2) / (1 - 2 * h * np.cos(fine * period) + h**2)
    layer = np.sinc(fine * thick / 2 / np.pi) ** 2 * np.exp(-((fine * 0.4) ** 2)) / fine**2
    sigma = 0.9 * 2 * np.pi / (rng.uniform(8, 20) * period) / 2.355
    width = int(6 * sigma / (fine[1] - fine[0]))
    bell = np.exp(-((np.arange(-width, width + 1) * (fine[1] - fine[0]) / sigma) ** 2) / 2)
    made = np.convolve(interference, bell / bell.sum(), mode="same") * layer
    return np.interp(q, fine, made) / layer.max()


def _measured(
    q: FloatArray, intensity: FloatArray, kind: str, seed: int, rng: np.random.Generator
) -> tuple[MeasuredCurve, FloatArray, FloatArray]:
    flat = 10 ** rng.uniform(-4, -2.5)
    steep = (10 ** rng.uniform(-4, -2.5)) * (q / q[0]) ** -4 * (q[0] / 0.15) ** -3
    total = intensity / intensity.max() + flat + steep + rng.uniform(0, 1) * flat * q / q[-1]
    if rng.random() < 0.3:
        # The shadow of a beam stop, with the parasitic scattering of its edge.
        total = total / (1 + np.exp(-(q - 1.15 * q[0]) / (0.03 * q[0])))
    # An integrator averages many pixels in a ring: counts rise with q.
    counts = 10 ** rng.uniform(3.5, 5.5)
    beam = Instrument(angle_spread_rad=rng.uniform(0.5e-4, 2e-4))
    clean = smeared(q, total, np.maximum(beam.resolution_inv_nm(q), np.gradient(q) / 4))
    per_unit = counts / clean.max() * np.maximum(q / q[0], 1.0) ** 0.5
    counted = rng.poisson(clean * per_unit) / per_unit
    sd = np.sqrt(np.maximum(clean, 1 / per_unit) / per_unit)
    counted += rng.normal(size=len(q)) * 0.005 * clean
    given = sd if rng.random() < 0.5 else None
    curve = MeasuredCurve(q_inv_nm=q, intensity=counted, sd=given, label=f"seed {seed}")
    return curve, clean, np.hypot(sd, 0.005 * clean)


def _good(
    kind: str,
    phases: dict[str, float],
    rings: list[float],
    q: FloatArray,
    clean: FloatArray,
    sd: FloatArray,
    size: float,
) -> bool:
    if kind in ("liquid", "two lattices"):
        return False
    if not phases:
        beyond = q > 10.0 / size
        return bool(q[0] < 7.0 / size and np.any(clean[beyond] - clean.min() > 5 * sd[beyond]))
    # A ring stands out if it rises above straight lines to its valleys by five standard deviations over its width.
    seen = []
    for left, at, right in zip([0.8 * rings[0], *rings], rings, rings[1:], strict=False):
        span = (q > (left + at) / 2) & (q < (at + right) / 2)
        if np.count_nonzero(span) < 4:
            seen.append(False)
            continue
        base = np.interp(q[span], q[span][[0, -1]], clean[span][[0, -1]])
        rise, noise = clean[span] - base, sd[span]
        seen.append(bool(np.sqrt(np.sum((np.maximum(rise, 0) / noise) ** 2)) > 8 and rise.max() > 0.08 * base.max()))
    phase = next(iter(phases))
    return sum(seen[:8]) >= 4 and all(seen[k] for k in NEEDED.get(phase, ()))


def main(first: int = 0, n: int = 56) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    sure_wrong, cpu, deviations = [], [], []
    for seed in range(first, first + n):
        truth, curve = simulated(seed)
        begin = time.process_time()
        found = measure_saxs(curve)
        cpu.append(time.process_time() - begin)
        wanted = truth.phases or {"none": 0.0}
        right = found.phase in wanted
        error = found.nearest_nm / wanted[found.phase] - 1 if right and found.nearest_nm else 0.0
        right = right and abs(error) < 0.01
        size = 2 * found.radius_nm if found.radius_nm else (found.edge_nm or 0.0)
        sure = found.confidence == "high"
        wrong_size = (
            found.shape_confidence == "high"
            and truth.kind not in ("lamellar", "sc rounded")
            and (found.shape != truth.shape or abs(size / truth.size_nm - 1) > max(0.03, 4 * found.size_sd_nm / size))
        )
        if sure and not right:
            sure_wrong.append(seed)
        word = ("high" if sure else "low") + (" right" if right else " wrong")
        counts[truth.kind, word] += 1
        counts[truth.kind, "good"] += truth.good
        counts[truth.kind, "good high right"] += truth.good and sure and right
        counts[truth.kind, "size sure wrong"] += wrong_size
        counts[truth.kind, "size sure"] += found.shape_confidence == "high"
        if sure and right and len(truth.phases) == 1 and found.nearest_sd_nm:
            deviations.append(("spacing", error * wanted[found.phase] / found.nearest_sd_nm))
            width = 0.9 * 2 * np.pi / (found.domain_nm or 1e9) * found.nearest_nm / 2 / np.pi
            stated = found.nearest_sd_nm / found.nearest_nm
            print(f"      spacing off by {error:+.5f}, stated {stated:.5f}, width {width:.4f}")
        if found.shape == truth.shape and found.shape_confidence == "high" and truth.kind != "lamellar":
            half = 2 if found.radius_nm else 1
            deviations.append(("size", (size - truth.size_nm) / (half * found.size_sd_nm)))
        mark = " !" if wrong_size else ""
        doubts = "" if sure else "; ".join(found.reasons)[:150]
        print(
            f"{seed:5d} {truth.kind:>12} {truth.shape:>7} {'good' if truth.good else '    '} -> {found.phase:>8} "
            f"{found.shape:>6} {word:>10} {error:+.2%} size {size / truth.size_nm - 1:+.1%}{mark} "
            f"cpu {cpu[-1]:.1f} {doubts}",
            flush=True,
        )
    columns = (
        "high right",
        "low right",
        "low wrong",
        "high wrong",
        "good",
        "good high right",
        "size sure",
        "size sure wrong",
    )
    print(f"{'':>14}" + "".join(f"{c:>16}" for c in columns))
    for kind in dict.fromkeys(KINDS):
        print(f"{kind:>14}" + "".join(f"{counts[kind, c]:16d}" for c in columns))
    total = {c: sum(counts[k, c] for k in dict.fromkeys(KINDS)) for c in columns}
    print(f"{'all':>14}" + "".join(f"{total[c]:16d}" for c in columns))
    share = total["good high right"] / max(total["good"], 1)
    print(f"sure and wrong: {sure_wrong}; good and confident and right: {share:.0%}")
    for what in ("spacing", "size"):
        z = np.array([d for name, d in deviations if name == what])
        if len(z) > 2:
            print(f"{what}: {len(z)} deviations over stated errors, mean {z.mean():+.2f}, sd {z.std():.2f}")
    print(f"cpu median {np.median(cpu):.2f} s, most {max(cpu):.2f} s")


if __name__ == "__main__":
    main(*(int(x) for x in sys.argv[1:3]))
