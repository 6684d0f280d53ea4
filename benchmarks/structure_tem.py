"""Time of the micrograph tools on one core, in CPU seconds, with the accuracy of each run beside it.

Run ``python benchmarks/structure_tem.py``. CPU time of this process, so that other work on the machine counts little;
set OMP_NUM_THREADS=1 to keep it to one core.
"""

from __future__ import annotations

import itertools
import platform
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from packing.configuration import configuration, random_quaternions
from packing.shapes import cube
from structure.crystals.build import build_crystal
from structure.fourier.fourier import fourier_lattice
from structure.imaging.images import TemImage
from structure.imaging.tem import simulate_tem
from structure.micrographs.measure import measure_tem


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of the second of two calls, and its result."""
    call()
    start = time.process_time()
    result = call()
    return time.process_time() - start, result


def picture(n: int, spacing_px: float, *, grains: int, seed: int = 0) -> NDArray[np.float64]:
    """Blurred points on square lattices, one per grain, with noise."""
    rng = np.random.default_rng(seed)
    seeds = rng.uniform(0, n, (grains, 2))
    image = np.zeros((n, n))
    m = int(2 * n / spacing_px)
    ij = np.stack(np.meshgrid(np.arange(-m, m), np.arange(-m, m)), axis=-1).reshape(-1, 2)
    for g in range(grains):
        turn = rng.uniform(0, np.pi)
        c, s = np.cos(turn), np.sin(turn)
        points = spacing_px * ij @ np.array([[c, s], [-s, c]]) + n / 2 + rng.uniform(0, spacing_px, 2)
        points = points[np.all((points >= 0) & (points < n - 1), axis=1)]
        own = ((points[:, None] - seeds) ** 2).sum(axis=-1).argmin(axis=1) == g
        # Bilinear weights keep the points off the pixel grid.
        base = np.floor(points[own]).astype(int)
        part = points[own] - base
        for dx, dy in itertools.product((0, 1), repeat=2):
            weight = np.abs(1 - dx - part[:, 0]) * np.abs(1 - dy - part[:, 1])
            np.add.at(image, (base[:, 1] + dy, base[:, 0] + dx), -weight)
    image = gaussian_filter(image, 0.2 * spacing_px) * spacing_px**2
    return image + 0.3 * rng.normal(size=image.shape)


def main() -> None:
    """Print the table."""
    print(f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, numpy {np.__version__}")
    print(f"{'call':52s} {'CPU s':>7s}  result")
    for n in (1024, 2048, 4096):
        image = TemImage(pixels=picture(n, 20.3, grains=1), px_per_nm=2.0)
        seconds, found = timed(lambda image=image: fourier_lattice(image))
        error = 100 * (found.spacing_nm * 2.0 / 20.3 - 1)
        print(f"{f'fourier_lattice, {n} px':52s} {seconds:7.2f}  {found.lattice}, spacing off by {error:+.4f} %")
    for spacing_px, grains in ((12.3, 1), (20.3, 12), (40.3, 4)):
        image = TemImage(pixels=picture(2048, spacing_px, grains=grains), px_per_nm=2.0)
        seconds, found = timed(lambda image=image: measure_tem(image))
        error = 100 * (found.spacing_nm * 2.0 / spacing_px - 1)
        name = f"measure_tem, 2048 px, period {spacing_px} px, {grains} grains"
        result = f"{found.lattice}, off by {error:+.3f} %, {found.n_particles} particles, {found.confidence}"
        print(f"{name:52s} {seconds:7.2f}  {result}")
    sites = 10.7 * np.array(list(itertools.product(range(4), repeat=3)))
    box = configuration(sites, shapes=cube(8.6), box=[42.8] * 3)
    seconds, image = timed(lambda: simulate_tem(box, px_per_nm=2.0))
    print(f"{'simulate_tem, 64 cubes drawn 9 times':52s} {seconds:7.2f}  {image}")
    crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(20, 20, 20), shapes=cube(8.6), displacement_nm=0.3)
    turns = random_quaternions(crystal.n_particles, np.random.default_rng(0))
    own = configuration(crystal.positions_nm, shapes=crystal.shapes, orientations=turns, box=crystal.box)
    for px_per_nm, side in ((1.0, 880.0), (2.0, 660.0)):
        seconds, image = timed(lambda px=px_per_nm, w=side: simulate_tem(own, px_per_nm=px, field_nm=(w, w)))
        drawn = round(8000 * (side / 220) ** 2)
        print(f"{f'simulate_tem, 8000 cubes, own orientations, {drawn} drawn':60s} {seconds:7.2f}  {image}", flush=True)


if __name__ == "__main__":
    main()
