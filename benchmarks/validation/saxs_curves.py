"""Simulated SAXS curves that owe nothing to the model of the fit: sums over the distances in finite grains.

Particles that turn freely: Debye's sum over all pairs of a spherical grain cut at random from a lattice. A lattice
vector R occurs in it with the overlap of the grain and the same grain moved by R; displacements damp each pair by
exp(-q^2 u^2), a paracrystal by exp(-q^2 s^2 R/2d). The grain's own outline, which no infinite powder shows, is taken
off as the overlap of a ball of even density. Cubes that are locked to their lattice: Hosemann's ideal paracrystal, the
product of three finite rows, summed over directions with the amplitude of the cube in each. Sizes are normal or
log-normal. None of this uses reciprocal lattices, peak shapes or form factors of the package, but for the amplitude of
a rounded cube.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import map_coordinates, spline_filter

from structure.form_factors.rounded import rounded_cuboid_amplitude
from structure.measured.curve import MeasuredCurve

FloatArray = NDArray[np.float64]
KINDS = (
    "fcc", "bcc", "hcp", "sc locked", "sc free", "sc rounded", "A15", "lamellar", "none", "liquid", "two lattices",
    "fcc", "none", "bcc",
)  # fmt: skip
#: Edges of orthorhombic cells for nearest distance 1, and the sites in them.
CELLS: dict[str, tuple[list[float], list[list[float]]]] = {
    "sc": ([1, 1, 1], [[0, 0, 0]]),
    "bcc": ([2 / 3**0.5] * 3, [[0, 0, 0], [0.5, 0.5, 0.5]]),
    "fcc": ([2**0.5] * 3, [[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]),
    "hcp": ([1, 3**0.5, (8 / 3) ** 0.5], [[0, 0, 0], [0.5, 0.5, 0], [0.5, 1 / 6, 0.5], [0, 2 / 3, 0.5]]),
    "A15": (
        [2, 2, 2],
        [[0, 0, 0], [0.5, 0.5, 0.5], [0.25, 0, 0.5], [0.75, 0, 0.5], [0.5, 0.25, 0], [0.5, 0.75, 0], [0, 0.5, 0.25],
         [0, 0.5, 0.75]],
    ),
}  # fmt: skip
#: Squares of the lengths of rings over that of the first, as far as a judge needs them.
RINGS = {
    "sc": np.array([1, 2, 3, 4, 5, 6, 8, 9, 10, 11]) / 1,
    "bcc": np.arange(1, 11) / 1,
    "fcc": np.array([3, 4, 8, 11, 12, 16, 19, 20, 24, 27]) / 3,
    "hcp": np.array([32, 36, 41, 68, 96, 113, 128, 132, 137]) / 32,
    "A15": np.array([4, 5, 6, 12, 13, 14, 16, 20, 21, 22]) / 4,
}
FIRST = {"sc": 1.0, "bcc": 1.5**0.5, "fcc": 1.5**0.5, "hcp": 2 / 3**0.5, "A15": 1.0}
"""q of the first ring times the nearest distance over 2 pi."""
NEEDED = {"bcc": (6,), "sc": (5, 6), "lamellar": (0, 1, 2, 3)}
"""Rings that must be seen: the seventh of bcc, and for sc those beside the place where it would be."""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What a curve was made of; ``phases`` with their nearest distances [nm], and whether it is good.

    ``resolution_inv_nm`` is the standard deviation of the resolution at the first ring.
    """

    kind: str
    phases: dict[str, float]
    shape: str
    size_nm: float
    size_spread: float
    good: bool
    resolution_inv_nm: float


def simulated(seed: int) -> tuple[Truth, MeasuredCurve]:
    """A curve with everything that a measured one has, and what it was made of."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    size, spread = rng.uniform(4.0, 10.0), rng.uniform(0.03, 0.1)
    shape = _shape(kind, rng)
    rounding = rng.uniform(0.05, 0.2) * size if shape == "rounded" else 0.0
    sizes, weights = _sizes(size, spread, lognormal=bool(rng.random() < 0.5))
    q = _grid(size, rng)
    nearest = size + rng.uniform(1.0, 3.0)
    if shape == "cube" and kind != "sc locked":
        nearest += size * rng.uniform(0.15, 0.4)
    square, mean = free_particles(q, shape, size, sizes, weights, rounding)
    phases: dict[str, float] = {}
    rings = np.zeros(0)
    if kind == "none":
        ordered = square
    elif kind == "liquid":
        ordered = square + mean * (percus_yevick(q, rng.uniform(0.25, 0.45), nearest) - 1)
    elif kind == "lamellar":
        nearest = rng.uniform(5.0, 25.0)
        ordered, phases = stack(q, nearest, rng), {"lamellar": nearest}
        rings = 2 * np.pi * np.arange(1, 12) / nearest
    elif kind in ("sc locked", "sc rounded"):
        ordered, phases = locked_cubes(q, nearest, sizes, weights, rounding, rng), {"sc": nearest}
    else:
        phase = kind.split()[0] if kind != "two lattices" else "fcc"
        ordered, phases = powder(q, phase, nearest, square, mean, rng), {phase: nearest}
        if kind == "two lattices":
            second, other = str(rng.choice(["hcp", "bcc"])), nearest * rng.uniform(0.97, 1.1)
            share = rng.uniform(0.3, 0.5)
            ordered = (1 - share) * ordered + share * powder(q, second, other, square, mean, rng)
            phases[second] = other
    if not len(rings) and phases:
        phase = next(iter(phases))
        rings = 2 * np.pi / nearest * FIRST[phase] * np.sqrt(RINGS[phase])
    intensity = ordered + (rng.choice([0.0, 0.1, 0.4]) * square if phases and kind != "lamellar" else 0.0)
    curve, clean, sd, sigma = measured(q, intensity, seed, rng)
    good = _good(kind, phases, rings, q, clean, sd, size)
    truth = Truth(
        kind=kind,
        phases=phases,
        shape=shape,
        size_nm=size,
        size_spread=spread,
        good=good,
        resolution_inv_nm=float(np.interp(rings[0] if len(rings) else 5.0 / size, q, sigma)),
    )
    return truth, curve


def _shape(kind: str, rng: np.random.Generator) -> str:
    if kind == "sc rounded":
        return "rounded"
    if kind.startswith("sc") or (kind not in ("lamellar", "A15") and rng.random() < 0.2):
        return "cube"
    return "sphere"


def _grid(size: float, rng: np.random.Generator) -> FloatArray:
    low, high = rng.uniform(0.05, 0.25), min(rng.uniform(3.5, 5.5), 40.0 / size)
    n = int(rng.integers(300, 700))
    return np.geomspace(low, high, n) if rng.random() < 0.4 else np.linspace(low, high, n)


def _sizes(mean: float, spread: float, *, lognormal: bool, n: int = 25) -> tuple[FloatArray, FloatArray]:
    """Sizes [nm] and their shares, of this mean and relative standard deviation."""
    x = np.linspace(-4, 4, n)
    weights = np.exp(-(x**2) / 2)
    width = np.sqrt(np.log1p(spread**2))
    sizes = mean * np.exp(width * x - width**2 / 2) if lognormal else mean * (1 + spread * x)
    return sizes, weights / weights.sum()


def free_particles(
    q: FloatArray, shape: str, size: float, sizes: FloatArray, weights: FloatArray, rounding: float
) -> tuple[FloatArray, FloatArray]:
    """Mean square of the amplitude and square of the mean one, over sizes and directions, 1 at q = 0 in the limit."""
    if shape == "sphere":
        x = q[:, None] * sizes / 2
        amplitude = sizes**3 * 3 * (np.sin(x) - x * np.cos(x)) / x**3
        squares, means = (amplitude**2) @ weights, amplitude @ weights
    else:
        directions = _octant(300)
        squares, means = np.zeros_like(q), np.zeros_like(q)
        for edge, weight in zip(sizes[::3], weights[::3] / weights[::3].sum(), strict=True):
            amplitude = edge**3 * cube_amplitude(q[:, None, None] * directions, edge, rounding * edge / size)
            squares += weight * (amplitude**2).mean(axis=1)
            means += weight * amplitude.mean(axis=1)
    volume = float(weights @ sizes**6)
    return squares / volume, means**2 / volume


def cube_amplitude(q: FloatArray, edge: float, rounding: float) -> FloatArray:
    """Of one cube at vectors (..., 3), 1 at 0."""
    if rounding > 0:
        return rounded_cuboid_amplitude(q, (edge,) * 3, rounding)
    return np.asarray(np.sinc(q * edge / 2 / np.pi).prod(axis=-1))


def _octant(n: int) -> FloatArray:
    """Even directions in the octant of positive axes, in which a cube repeats."""
    k = np.arange(n) + 0.5
    z, turn = k / n, np.pi / 2 * ((k * 0.6180339887498949) % 1.0)
    s = np.sqrt(1 - z**2)
    return np.stack([s * np.cos(turn), s * np.sin(turn), z], axis=-1)


@functools.cache
def distances(phase: str, largest: float = 30.0) -> tuple[FloatArray, FloatArray, float]:
    """Distances of pairs over the nearest one, how many neighbours a site has there on average, sites per volume."""
    edges, sites = (np.array(part, dtype=float) for part in CELLS[phase])
    reach = [np.arange(-int(largest / e) - 1, int(largest / e) + 2) for e in edges]
    cells = np.stack(np.meshgrid(*reach, indexing="ij"), axis=-1).reshape(-1, 3)
    found = np.zeros(0)
    for step in (a - b for a in sites for b in sites):
        r = np.linalg.norm((cells + step) * edges, axis=1)
        found = np.append(found, r[(r > 1e-6) & (r <= largest)].round(6))
    length, count = np.unique(found, return_counts=True)
    return length, count / len(sites), len(sites) / float(edges.prod())


def powder(
    q: FloatArray, phase: str, nearest: float, square: FloatArray, mean: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Grains of one lattice with free particles on their sites."""
    disorder, first_kind = rng.uniform(0.02, 0.05) * nearest, rng.random() < 0.5
    own = disorder if first_kind else 0.3 * disorder
    step = 0.0 if first_kind else 0.7 * disorder
    diameters = rng.uniform(9, 22) * np.exp(rng.choice([0.0, 0.3]) * np.array([-1.5, -0.75, 0, 0.75, 1.5]))
    diameters = np.minimum(diameters, 30.0)
    shares = np.exp(-(np.array([-1.5, -0.75, 0, 0.75, 1.5]) ** 2) / 2)
    shares /= shares.sum()
    length, count, density = distances(phase)
    overlap = sum(w * _overlap(length / d) for w, d in zip(shares, diameters, strict=True)) * count
    x = q[:, None] * nearest * length
    pairs = (np.sinc(x / np.pi) * np.exp(-(q[:, None] ** 2) * step**2 * length / 2)) @ overlap
    outline = np.zeros_like(q)
    for w, d in zip(shares, diameters, strict=True):
        y = q * nearest * d / 2
        outline += w * density * np.pi / 6 * d**3 * (3 * (np.sin(y) - y * np.cos(y)) / y**3) ** 2
    damping = np.exp(-((q * own) ** 2))
    # Even grains have a little of their outline left where their radius is a whole number of layers.
    return np.maximum(square + mean * (damping * (1 + pairs - outline) - damping), 0.0)


def _overlap(x: FloatArray) -> FloatArray:
    """Share of a ball of diameter 1 that lies in the same ball moved by x."""
    return np.where(x < 1, 1 - 1.5 * x + 0.5 * x**3, 0.0)


def locked_cubes(
    q: FloatArray, nearest: float, sizes: FloatArray, weights: FloatArray, rounding: float, rng: np.random.Generator
) -> FloatArray:
    """Grains of cubes face to face: finite paracrystalline rows, and the cubes' amplitude along each direction."""
    disorder = rng.uniform(0.02, 0.05) * nearest
    own, step = (disorder, 0.0) if rng.random() < 0.5 else (0.3 * disorder, 0.7 * disorder)
    layers = [int(n) for n in rng.integers(8, 22) * np.array([0.9, 1.15])]
    directions, even = _sector(*(48, 24) if rounding > 0 else (90, 45))
    fine = np.linspace(0.0, q[-1] * 1.001, 8000)
    # Gauss-Hermite nodes of the same law: few are enough, as the amplitude is no wilder than a polynomial over them.
    x, shares = np.polynomial.hermite_e.hermegauss(3 if rounding > 0 else 6)
    nodes, shares = np.interp(x, np.linspace(-4, 4, len(sizes)), sizes), shares / shares.sum()
    # Grains with flat faces scatter in rods between the rings; those without have pairs that die out like a Gaussian.
    faceted = rng.random() < 0.3
    rows = [_row(fine * nearest, fine * step, n, faceted=faceted) for n in layers]
    if faceted:
        outlines = [n * np.sinc(fine * nearest * n / 2 / np.pi) ** 2 for n in layers]
    else:
        outlines = [np.sqrt(np.pi) * n / 2 * np.exp(-((fine * nearest * n / 4) ** 2)) for n in layers]
    mean_size = float(weights @ sizes)
    rounded = _rounded_table(rounding / mean_size, q[-1] * nodes[-1]) if rounding > 0 else None
    # The widths of the rings are many of these steps.
    at = np.unique(np.append(q[:: max(1, len(q) // 350)], q[-1]))
    made = np.zeros_like(at)
    for k, length in enumerate(at):
        along = length * directions
        place = along / fine[1]
        index = place.astype(int)
        part = place - index
        interference = np.zeros(len(directions))
        for row, outline in zip(rows, outlines, strict=True):
            of_axis = row[index] + part * (row[index + 1] - row[index])
            interference += of_axis.prod(axis=1) / len(layers)
            if length * nearest < 5.0:
                interference -= np.interp(along, fine, outline).prod(axis=1) / len(layers)
        if rounded is not None:
            amplitude = np.stack([e**3 * rounded(along * e) for e in nodes])
        else:
            amplitude = np.stack([e**3 * (np.sin(x) / x).prod(axis=1) for e in nodes for x in [along * e / 2 + 1e-9]])
        squared, meaned = shares @ amplitude**2, (shares @ amplitude) ** 2
        made[k] = even @ (squared + np.exp(-((length * own) ** 2)) * meaned * (interference - 1))
    logarithm = PchipInterpolator(at, np.log(np.maximum(made, 1e-9 * made.max())))
    return np.asarray(np.exp(logarithm(q))) / float(weights @ sizes**6)


def _sector(n_radial: int, n_turn: int) -> tuple[FloatArray, FloatArray]:
    """Directions with z >= x >= y >= 0, a 48th of the sphere, and their shares: Gauss nodes of x/z and y/x."""
    (s, ws), (t, wt) = (np.polynomial.legendre.leggauss(n) for n in (n_radial, n_turn))
    s, t = (s[:, None] + 1) / 2, (t + 1) / 2
    x, y = s + 0 * t, s * t
    weight = (ws[:, None] * wt * s * (1 + x**2 + y**2) ** -1.5).ravel()
    directions = np.stack([x, y, np.ones_like(x)], axis=-1).reshape(-1, 3)
    return directions / np.linalg.norm(directions, axis=1, keepdims=True), weight / weight.sum()


def _rounded_table(rounding: float, largest: float, step: float = 0.7) -> Callable[[FloatArray], FloatArray]:
    """Amplitude of a rounded cube of edge 1 at vectors (n, 3) of positive components, by splines between nodes."""
    n = int(largest / step) + 4
    axis = np.arange(n)
    i, j, k = (x.ravel() for x in np.meshgrid(axis, axis, axis, indexing="ij"))
    first = (i <= j) & (j <= k)
    values = rounded_cuboid_amplitude(step * np.stack([i, j, k], axis=1)[first].astype(float), (1.0,) * 3, rounding)
    ordered = np.sort(np.stack([i, j, k], axis=1), axis=1)
    table = np.zeros((n, n, n))
    table[i[first], j[first], k[first]] = values
    coefficients = spline_filter(table[tuple(ordered.T)].reshape(n, n, n), mode="mirror")
    return lambda u: map_coordinates(coefficients, u.T / step, prefilter=False, mode="mirror")


def _row(phase: FloatArray, step: FloatArray, n: int, *, faceted: bool = True) -> FloatArray:
    """Interference of a row of points with independent steps (R. Hosemann's paracrystal), 1 on average.

    Of n points, or of many with pairs that count less the farther they are, as in rows of about n points.
    """
    p = np.exp(1j * phase - step**2 / 2)
    m = np.arange(1, n if faceted else 2 * n)
    share = (n - m) / n if faceted else np.exp(-((2 * m / n) ** 2))
    return 1 + 2 * np.sum(share * (p[:, None] ** m), axis=1).real


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


def stack(q: FloatArray, period: float, rng: np.random.Generator) -> FloatArray:
    """Layers of a fifth to a half of the period: finite rows of one-dimensional paracrystals over q squared."""
    thick, step = rng.uniform(0.2, 0.5) * period, rng.uniform(0.01, 0.03) * period
    layer = np.sinc(q * thick / 2 / np.pi) ** 2 * np.exp(-((q * 0.4) ** 2)) / q**2
    n = int(rng.integers(8, 20))
    rows = [_row(q * period, q * step, m) for m in (n - n // 3, n - n // 6, n, n + n // 6, n + n // 3)]
    return np.mean(rows, axis=0) * layer / layer.max()


def measured(
    q: FloatArray, intensity: FloatArray, seed: int, rng: np.random.Generator
) -> tuple[MeasuredCurve, FloatArray, FloatArray, FloatArray]:
    """The curve with background, beam stop, resolution and counts; without noise; its noise; its resolution."""
    flat = 10 ** rng.uniform(-4, -2.5)
    steep = (10 ** rng.uniform(-4, -2.5)) * (q / q[0]) ** -4 * (q[0] / 0.15) ** -3
    total = intensity / intensity.max() + flat + steep + rng.uniform(0, 1) * flat * q / q[-1]
    if rng.random() < 0.3:
        # The shadow of a beam stop, with the parasitic scattering of its edge.
        total = total / (1 + np.exp(-(q - 1.15 * q[0]) / (0.03 * q[0])))
    sigma = np.hypot(rng.uniform(0.003, 0.012), rng.uniform(0.001, 0.003) * q)
    clean = _smeared(q, total, sigma)
    # An integrator averages many pixels in a ring: counts rise with q.
    per_unit = 10 ** rng.uniform(3.5, 5.5) / clean.max() * np.maximum(q / q[0], 1.0) ** 0.5
    sd = np.sqrt(np.maximum(clean, 1 / per_unit) / per_unit)
    counted = rng.poisson(clean * per_unit) / per_unit + rng.normal(size=len(q)) * 0.005 * clean
    given = sd if rng.random() < 0.5 else None
    curve = MeasuredCurve(q_inv_nm=q, intensity=counted, sd=given, label=f"seed {seed}")
    return curve, clean, np.hypot(sd, 0.005 * clean), sigma


def _smeared(q: FloatArray, intensity: FloatArray, sigma: FloatArray) -> FloatArray:
    """Averaged over a Gaussian of width ``sigma`` at each point."""
    at = q[:, None] + sigma[:, None] * np.linspace(-2.5, 2.5, 11)
    weights = np.exp(-(np.linspace(-2.5, 2.5, 11) ** 2) / 2)
    values = np.exp(np.interp(at, q, np.log(np.maximum(intensity, 1e-12))))
    return np.asarray(values @ weights / weights.sum())


def _good(
    kind: str,
    phases: dict[str, float],
    rings: FloatArray,
    q: FloatArray,
    clean: FloatArray,
    sd: FloatArray,
    size: float,
) -> bool:
    """Whether the noise-free rings stand out of the noise as far as the phase needs."""
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
