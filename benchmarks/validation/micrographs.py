"""Held-out micrographs for `measure_tem`: confident and wrong, confident and right, and what stated errors are worth.

Painted pictures (square, hexagonal, two grains, chequered, disorder, drift, noise; `benchmarks/measure_tem.py`) and
simulated ones of cubes that are locked or turn freely about the beam. Every tenth picture has no scale: to be refused.

python benchmarks/validation/micrographs.py [first_seed] [n]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

sys.path.insert(0, str(Path(__file__).parents[1]))
from measure_tem import painted

from packing.configuration import configuration
from packing.errors import InputError
from packing.shapes import cube
from structure.imaging.images import TemImage
from structure.imaging.tem import simulate_tem
from structure.micrographs.measure import measure_tem


def cubes(seed: int) -> tuple[dict, TemImage]:
    """A layer of cubes, locked or turned freely about the beam, at a random scale, blur and dose."""
    rng = np.random.default_rng(seed)
    edge, gap, free = rng.uniform(6, 12), rng.uniform(2.0, 3.0), bool(seed % 4 == 1)
    # Cubes that turn need the room of their diagonal.
    period = edge * (1.2 if free else 1.0) + gap
    n = 10
    sites = period * np.array([(i, j, 0) for i in range(n) for j in range(n)], dtype=float)
    sites += rng.normal(0, rng.uniform(0, 0.03) * period, sites.shape) * [1, 1, 0]
    turns = rng.normal(0, 0.03, (n * n, 3))
    turns[:, 2] = rng.uniform(0, np.pi / 2, n * n) if free else turns[:, 2]
    crystal = configuration(
        sites,
        shapes=cube(edge),
        orientations=Rotation.from_rotvec(turns).as_quat()[:, [3, 0, 1, 2]],
        box=[n * period, n * period, 3 * period],
    )
    image = simulate_tem(
        crystal,
        px_per_nm=rng.uniform(1.2, 3.0),
        field_nm=(20 * period, 20 * period),
        depth_nm=2 * edge,
        blur_nm=rng.uniform(0.2, 0.8),
        dose_per_nm2=10 ** rng.uniform(2.5, 4),
        seed=seed,
    )
    return {"kind": "square", "spacing_nm": period, "edge_nm": edge, "free": free}, image


def case(seed: int) -> tuple[dict, TemImage]:
    """Every second seed a simulated layer of cubes, else a painted picture; some with drift along the rows."""
    if seed % 2:
        return cubes(seed)
    truth, pixels = painted(seed // 2)
    if seed % 8 == 0:
        pixels = gaussian_filter1d(pixels, 0.08 * truth["spacing_px"], axis=1)
    return {"kind": truth["kind"], "spacing_nm": truth["spacing_px"] / 1.5}, TemImage(pixels=pixels, px_per_nm=1.5)


def without_scale(pixels: NDArray[np.float64]) -> bool:
    """Whether a file without a scale is refused."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.tif"
        tifffile.imwrite(path, pixels.astype(np.float32), resolution=(300, 300))
        try:
            measure_tem(path)
        except InputError as error:
            return "a scale is missing" in str(error)
    return False


def main(first: int = 5000, n: int = 40) -> None:
    """Measure, judge and count."""
    wrong, right, good, deviations, sizes, unrefused = [], 0, 0, [], [], []
    for seed in range(first, first + n):
        truth, image = case(seed)
        if seed % 10 == 0 and not without_scale(image.pixels):
            unrefused.append(seed)
        found = measure_tem(image, scale_error_relative=0.0)
        error = found.spacing_nm / truth["spacing_nm"] - 1
        ordered = truth["kind"] in ("square", "hexagonal")
        good += ordered
        correct = found.lattice == truth["kind"] and abs(error) < 0.01
        if found.confidence == "high":
            if correct:
                right += 1
                deviations.append((found.spacing_nm - truth["spacing_nm"]) / found.fit_sd_nm)
            elif truth["kind"] != "chequered" or abs((error + 1) / 2**0.5 - 1) > 0.01:
                wrong.append(seed)
        if "edge_nm" in truth and np.isfinite(found.particle_edge_nm):
            sizes.append((found.particle_edge_nm / truth["edge_nm"] - 1, found.particle_edge_sd_nm / truth["edge_nm"]))
        print(f"{seed} {truth['kind']:>12} -> {found.lattice:>9} {found.confidence:>4} {error:+.2%}", flush=True)
    print(f"confident and wrong {wrong}; confident and right {right} of {good} good ones; not refused {unrefused}")
    if deviations:
        print(f"rms of deviations over stated errors {np.sqrt(np.mean(np.square(deviations))):.2f} ({len(deviations)})")
    if sizes:
        off, sd = np.array(sizes).T
        print(
            f"sizes off by {np.abs(off).max():.1%} at most, {np.sqrt(np.mean((off / sd) ** 2)):.2f} stated errors rms"
        )


if __name__ == "__main__":
    main(*(int(x) for x in sys.argv[1:3]))
