"""Confusion table of `measure_tem` on painted micrographs: seeds 0-999 to develop on, from 1000 on held out.

Right is the lattice and its spacing to 1 %; a picture of disorder is right without high confidence.

python benchmarks/measure_tem.py [first_seed] [n]
"""

from __future__ import annotations

import math
import sys
import time

import numpy as np
from blind.confusion import Confusion
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from structure.imaging.images import TemImage
from structure.micrographs.measure import measure_tem

CELLS = {
    "square": np.eye(2),
    "hexagonal": np.array([[1.0, 0.0], [0.5, np.sqrt(0.75)]]),
    # Two kinds of particles in turn: the picture's lattice is that of all of them or of one kind, never sure.
    "chequered": np.eye(2),
}
KINDS = ("square", "hexagonal", "square", "hexagonal", "disorder", "chequered", "dense liquid")


def painted(seed: int) -> tuple[dict, NDArray]:
    """A picture of random lattice, grains, particles, holes, contrast, blur, noise and gradient, and its truth."""
    rng = np.random.default_rng(seed)
    kind, n, spacing = KINDS[seed % len(KINDS)], int(rng.integers(300, 700)), float(rng.uniform(7.0, 30.0))
    spacing = min(spacing, n / 14)
    places, turns, weights = _places(kind, n, spacing, rng)
    kept = rng.random(len(places)) >= rng.choice([0.0, 0.1, 0.3])
    places, turns, weights = places[kept], turns[kept], weights[kept]
    places = places + rng.normal(0, rng.uniform(0, 0.07) * spacing, places.shape)
    sides = spacing * rng.uniform(0.6, 0.85) * (1 + rng.uniform(0, 0.08) * rng.normal(size=len(places)))
    weights = weights * np.clip(1 + rng.uniform(0, 0.4) * rng.normal(size=len(places)), 0.1, None)
    image = _drawn(n, places, turns, sides, weights, cubes=rng.random() < 0.5)
    image = gaussian_filter(image, rng.uniform(0.02, 0.12) * spacing)
    y, x = np.mgrid[:n, :n] / n
    image += rng.uniform(0, 2) * (x - 0.7 * y) + rng.uniform(0, 1) * np.sin(3 * x + rng.uniform(0, 6))
    image += rng.uniform(0, 0.8) * rng.normal(size=image.shape)
    truth = {"kind": kind, "spacing_px": spacing}
    return truth, -image if rng.random() < 0.4 else image


def _places(kind: str, n: int, spacing: float, rng: np.random.Generator) -> tuple[NDArray, NDArray, NDArray]:
    if kind in ("disorder", "dense liquid"):
        least = 0.8 if kind == "disorder" else 0.95
        points = np.zeros((0, 2))
        for p in rng.uniform(0, n, (int((8 if kind == "disorder" else 40) * (n / spacing) ** 2), 2)):
            if not len(points) or np.min(((points - p) ** 2).sum(axis=1)) > (least * spacing) ** 2:
                points = np.vstack([points, p])
        return points, rng.uniform(0, np.pi, len(points)), np.ones(len(points))
    grains = int(rng.choice([1, 1, 2, 6]))
    seeds, parts = rng.uniform(0, n, (grains, 2)), []
    for g in range(grains):
        turn = rng.uniform(0, np.pi)
        m = int(2.5 * n / spacing)
        ij = np.stack(np.meshgrid(np.arange(-m, m), np.arange(-m, m)), axis=-1).reshape(-1, 2)
        c, s = np.cos(turn), np.sin(turn)
        points = spacing * ij @ CELLS[kind] @ np.array([[c, s], [-s, c]]) + n / 2 + rng.uniform(0, spacing, 2)
        inside = np.all((points > -spacing) & (points < n + spacing), axis=1)
        points, ij = points[inside], ij[inside]
        own = ((points[:, None] - seeds) ** 2).sum(axis=-1).argmin(axis=1) == g
        weight = np.where(ij.sum(axis=1) % 2, 0.4, 1.0) if kind == "chequered" else np.ones(len(ij))
        parts.append(np.column_stack([points, np.full(len(points), turn), weight])[own])
    joined = np.concatenate(parts)
    return joined[:, :2], joined[:, 2], joined[:, 3]


def _drawn(n: int, places: NDArray, turns: NDArray, sides: NDArray, weights: NDArray, *, cubes: bool) -> NDArray:
    image = np.zeros((n, n))
    for (x, y), turn, side, weight in zip(places, turns, sides, weights, strict=True):
        reach = int(side) + 2
        rows = np.arange(max(0, int(y) - reach), min(n, int(y) + reach + 1))
        cols = np.arange(max(0, int(x) - reach), min(n, int(x) + reach + 1))
        dx, dy = cols[None] - x, rows[:, None] - y
        if cubes:
            u, v = np.cos(turn) * dx + np.sin(turn) * dy, np.cos(turn) * dy - np.sin(turn) * dx
            dark = np.clip(side / 2 - np.abs(u) + 0.5, 0, 1) * np.clip(side / 2 - np.abs(v) + 0.5, 0, 1)
        else:
            dark = np.clip(side / 2 - np.hypot(dx, dy) + 0.5, 0, 1)
        image[np.ix_(rows, cols)] -= weight * dark
    return image


def main(first: int = 0, n: int = 50) -> None:
    table = Confusion()
    for seed in range(first, first + n):
        truth, pixels = painted(seed)
        begin = time.process_time()
        found = measure_tem(TemImage(pixels=pixels, px_per_nm=1.5))
        cpu_s = time.process_time() - begin
        error = found.spacing_nm * 1.5 / truth["spacing_px"] - 1
        right = found.lattice == truth["kind"] and abs(error) < 0.01
        if truth["kind"] in ("disorder", "dense liquid"):
            right = found.lattice == "none"
        if truth["kind"] == "chequered":
            # All particles, or those of one kind, whose square lattice is wider by the square root of two.
            right = found.lattice == "square" and min(abs(error), abs((error + 1) / 2**0.5 - 1)) < 0.01
        text = (
            f"{truth['kind']:>12} {truth['spacing_px']:5.1f} px -> {found.lattice:>9} {found.confidence:>4} "
            f"{f'{error:+.2%}' if math.isfinite(error) else '-':>6} grains {found.n_grains}"
        )
        table.add(seed, truth["kind"], found.lattice, found, right=right, cpu_s=cpu_s, text=text)
    table.show()


if __name__ == "__main__":
    main(*(int(x) for x in sys.argv[1:3]))
