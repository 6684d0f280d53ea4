"""Is `measure_pattern` ever sure and wrong, and are its stated errors right? Simulated detector frames.

Rings, arcs and spots of powders and of turned layers, rods at grazing incidence, broad rings of liquids, smooth
scattering with hot pixels only; with beam stops, module gaps, saturated and hot pixels. The place of every pixel is
calculated here. Right is the lattice with its parameter to 1 %; of a frame without one, to say so or to be unsure.

python benchmarks/validation/frames.py [first_seed] [n] [--out FILE]
"""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray
from portions import Record, outcome, run
from scipy.ndimage import gaussian_filter

from structure.pattern_fit.frame import frame_of
from structure.pattern_fit.measure import measure_pattern

FloatArray = NDArray[np.float64]
KINDS = (
    "powder fcc", "powder bcc", "powder hcp", "arcs fcc", "layer hexagonal", "layer square", "two grains", "rods",
    "liquid", "hot pixels", "powder sc", "powder fcc",
)  # fmt: skip
#: Squares of q a / 2 pi of rings, and a relative strength.
RINGS = {
    "fcc": [3, 4, 8, 11, 12, 16, 19, 20, 24, 27],
    "bcc": [2, 4, 6, 8, 10, 12, 14, 16, 18, 20],
    "sc": [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12],
}
MULTIPLICITY = {
    "fcc": [8, 6, 12, 24, 8, 6, 24, 24, 24, 32],
    "bcc": [12, 6, 24, 12, 24, 8, 48, 6, 36, 24],
    "sc": [6, 12, 8, 6, 24, 24, 12, 30, 24, 24, 8],
}


def hcp_rings(a: float) -> tuple[FloatArray, FloatArray]:
    """q [1/nm] and strength of ideal hcp."""
    h, k, m = (x.ravel() for x in np.meshgrid(*[np.arange(-5, 6)] * 3))
    square = 4 / 3 * (h**2 + h * k + k**2) + m**2 * 3 / 8
    factor = np.abs(1 + np.exp(2j * np.pi * ((h + 2 * k) / 3 + m / 2))) ** 2
    seen = (factor > 1e-9) & (square > 0)
    key, index = np.unique(square[seen].round(9), return_inverse=True)
    return 2 * np.pi / a * np.sqrt(key), np.bincount(index.ravel(), factor[seen]) / 4


def pixel_q(place: dict, n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """q [1/nm], azimuth [rad] and horizontal part of q for n x n pixels of a flat detector across the beam."""
    y, x = np.mgrid[:n, :n] + 0.5
    right, up = (x - place["beam_x_px"]) * place["pixel_mm"], (place["beam_y_px"] - y) * place["pixel_mm"]
    radius, turn = np.hypot(right, up), np.arctan2(up, right)
    angle = np.arctan2(radius, place["distance_mm"])
    k = 2 * np.pi / place["wavelength_nm"]
    q = 2 * k * np.sin(angle / 2)
    return q, turn, k * np.sin(angle) * np.cos(turn)


def simulated(seed: int) -> tuple[dict, FloatArray, dict]:
    """What a frame shows, its counts with everything that detectors do, and its geometry."""
    rng = np.random.default_rng(seed)
    kind, n = KINDS[seed % len(KINDS)], 400
    grazing = kind == "rods"
    place = {
        "distance_mm": rng.uniform(1800, 3500),
        "pixel_mm": 0.172 * 487 / n,
        "beam_x_px": n * rng.uniform(0.45, 0.55),
        "beam_y_px": n * (rng.uniform(0.85, 0.95) if grazing else rng.uniform(0.45, 0.55)),
        "wavelength_nm": rng.uniform(0.09, 0.16),
    }
    if grazing:
        place["incidence_deg"] = rng.uniform(0.1, 0.4)
    q, turn, q_y = pixel_q(place, n)
    reach = float(np.quantile(q, 0.9))
    # The first ring lies where a few more follow inside the frame.
    first = reach * rng.uniform(0.22, 0.36)
    width = rng.uniform(0.012, 0.03) * first * 2
    envelope = np.exp(-((q / first) ** 2) * rng.uniform(0.08, 0.25))
    truth = {"kind": kind, "lattice": "none", "a_nm": math.nan, "good": False}
    made = np.zeros_like(q)
    if kind.startswith(("powder", "arcs")):
        lattice = kind.split()[1]
        if lattice == "hcp":
            a = 2 * np.pi / first * (4 / 3) ** 0.5
            rings, strengths = hcp_rings(a)
        else:
            squares = np.array(RINGS[lattice])
            a = 2 * np.pi / first * squares[0] ** 0.5
            rings, strengths = 2 * np.pi / a * np.sqrt(squares), np.array(MULTIPLICITY[lattice], dtype=float)
        for at, strength in zip(rings, strengths / strengths[0], strict=True):
            if at > 1.3 * q.max():
                break
            along = 1.0
            if kind.startswith("arcs"):
                fold, wide = int(rng.choice([2, 4, 6])), rng.uniform(0.15, 0.4)
                nearest = (turn - rng.uniform(0, 2 * np.pi) + np.pi / fold) % (2 * np.pi / fold) - np.pi / fold
                along = 0.1 + np.exp(-((nearest / wide) ** 2) / 2)
            made += strength * (first / at) ** 2 * along * np.exp(-(((q - at) / width) ** 2) / 2)
        truth |= {"lattice": lattice, "a_nm": a, "good": lattice != "sc"}
    elif kind in ("layer hexagonal", "layer square", "two grains"):
        lattice = "square" if kind == "layer square" else "hexagonal"
        a = 2 * np.pi / first * (1.0 if lattice == "square" else (4 / 3) ** 0.5)
        for grain in rng.uniform(0, np.pi, {"layer hexagonal": 1, "layer square": 1, "two grains": 2}[kind]):
            made += spots(q, turn, lattice, first, grain, width, rng.uniform(0.02, 0.08))
        truth |= {"lattice": lattice, "a_nm": a, "good": True}
    elif grazing:
        lattice = "hexagonal"
        a = 2 * np.pi / first * (4 / 3) ** 0.5
        for square in (1, 3, 4, 7, 9, 12, 13):
            made += square**-0.7 * np.exp(-(((np.abs(q_y) - first * square**0.5) / width) ** 2) / 2)
        # Two rods are no lattice yet: the third, which is twice as far out as the first, has to lie on the frame.
        truth |= {"lattice": lattice, "a_nm": a, "good": bool(np.abs(q_y).max() > 2 * first + 2 * width)}
    elif kind == "liquid":
        for order in (1, 2, 3):
            made += np.exp(-(((q - 1.03 * order * first) / (0.18 * first * order)) ** 2) / 2) / order**2
    smooth = 10 ** rng.uniform(-2, -0.7) * (1 + rng.uniform(0, 3) * np.exp(-((q / (0.7 * first)) ** 2)))
    expected = (made * envelope + smooth * np.exp(-q / reach)) * 10 ** rng.uniform(1.5, 3.2)
    if rng.random() < 0.5:
        expected = gaussian_filter(expected, rng.uniform(0.5, 1.0))
    counts = rng.poisson(expected).astype(float)
    return truth, spoiled(counts, place, seed, rng), place


def spots(
    q: FloatArray, turn: FloatArray, lattice: str, first: float, grain: float, width: float, wide: float
) -> FloatArray:
    """Spots of one turned layer: Gaussian in q and in azimuth."""
    h, k = (x.ravel() for x in np.meshgrid(np.arange(-5, 6), np.arange(-5, 6)))
    if lattice == "square":
        x, y = h.astype(float), k.astype(float)
    else:
        # Reciprocal vectors of length 1 at 60 degrees.
        x, y = h + 0.5 * k, 0.75**0.5 * k
    made = np.zeros_like(q)
    for u, v in zip(x, y, strict=True):
        at = math.hypot(u, v)
        if 0 < at < 4.2:
            off = (turn - math.atan2(v, u) - grain + np.pi) % (2 * np.pi) - np.pi
            made += at**-1.5 * np.exp(-(((q - first * at) / width) ** 2) / 2 - (off / wide) ** 2 / 2)
    return made


def spoiled(counts: FloatArray, place: dict, seed: int, rng: np.random.Generator) -> FloatArray:
    """Beam stop, module gaps, hot and saturated pixels: -1, the counter's limit, or only dark."""
    n = len(counts)
    y, x = np.mgrid[:n, :n]
    stop = np.hypot(x - place["beam_x_px"], y - place["beam_y_px"]) < rng.uniform(8, 16)
    stop |= (np.abs(x - place["beam_x_px"]) < 3) & (y > place["beam_y_px"])
    counts = np.where(stop, -1.0 if rng.random() < 0.5 else rng.poisson(0.3, counts.shape), counts)
    if rng.random() < 0.5:
        gap = np.zeros_like(stop)
        gap[n // 2 - 4 : n // 2 + 4] = gap[:, n // 3 : n // 3 + 3] = True
        counts[gap] = -1.0 if rng.random() < 0.5 else 2.0**20 - 1
    hot = rng.integers(0, n, (int(rng.integers(0, 40)), 2))
    counts[hot[:, 0], hot[:, 1]] = 10 ** rng.uniform(3.5, 6, len(hot))
    if KINDS[seed % len(KINDS)] == "hot pixels":
        counts[rng.integers(0, n, 5), rng.integers(0, n, 5)] = 5000.0
    return counts


def judged(seed: int) -> Record:
    """Measure one frame and hold the answer against what it was made of."""
    truth, counts, place = simulated(seed)
    begin = time.process_time()
    found = measure_pattern(frame_of(counts), geometry=place)
    cpu = time.process_time() - begin
    error = found.a_nm / truth["a_nm"] - 1 if found.a_nm else math.nan
    right = found.lattice == truth["lattice"] and (truth["lattice"] == "none" or abs(error) < 0.01)
    deviations = {}
    if right and found.confidence == "high" and found.a_sd_nm:
        deviations["a_nm"] = (found.a_nm - truth["a_nm"]) / found.a_sd_nm
    words = "; ".join(found.reasons)[:130] if found.confidence == "low" else ""
    return Record(
        seed=seed,
        kind=truth["kind"],
        good=truth["good"],
        outcome=outcome(right, found.confidence),
        text=f"-> {found.lattice:>9} {error:+.2%} {found.kind} {len(found.peaks_inv_nm)} peaks "
        f"z {' '.join(f'{v:+.1f}' for v in deviations.values())} cpu {cpu:.1f} {words}",
        deviations=deviations,
        cpu_s=cpu,
    )


if __name__ == "__main__":
    run("frames", judged, description=__doc__ or "")
