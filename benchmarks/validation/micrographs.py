"""Is `measure_tem` ever sure and wrong, and are its stated errors right? Painted and simulated pictures of all kinds.

Painted: square, hexagonal, several grains, chequered, disorder, dense liquids, drift (`benchmarks/measure_tem.py`).
Simulated, by chords through every particle: cubes locked and free, rounded cubes, spheres, two grains of cubes. From
files: pixels that are not square and no scale, which both have to be refused for that reason. Right is the lattice and
its spacing to 1 %, of disorder to say so or to be unsure; the particles are right to 3 % or three stated errors.

python benchmarks/validation/micrographs.py [first_seed] [n] [--out FILE]
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from portions import Record, outcome, run
from scipy.ndimage import gaussian_filter1d, zoom
from scipy.spatial.transform import Rotation

sys.path.insert(0, str(Path(__file__).parents[1]))
from measure_tem import painted

from packing.configuration import configuration
from packing.errors import InputError
from packing.shapes import Cuboid, Sphere
from structure.imaging.images import TemImage
from structure.imaging.tem import simulate_tem
from structure.micrographs.measure import measure_tem

KINDS = (
    "painted", "painted", "drift", "painted", "cubes locked", "cubes locked", "cubes free", "cubes rounded", "spheres",
    "two grains", "unequal pixels", "no scale",
)  # fmt: skip
REFUSED = {"unequal pixels": "square pixels", "no scale": "a scale is missing"}
PX_PER_NM = 1.5


def simulated(kind: str, seed: int) -> tuple[dict, TemImage]:
    """A layer of particles at a random scale, spread, blur and dose."""
    rng = np.random.default_rng(seed)
    size, gap, spread = rng.uniform(6, 12), rng.uniform(2.0, 3.0), rng.uniform(0.0, 0.06)
    # Cubes that turn need the room of their diagonal.
    period = size * (1.2 if kind == "cubes free" else 1.0) + gap
    hexagonal, n = kind == "spheres", int(rng.integers(18, 28))
    cell = np.array([[1.0, 0.0], [0.5, 0.75**0.5]]) if hexagonal else np.eye(2)
    ij = np.stack(np.meshgrid(np.arange(-n, n), np.arange(-n, n)), axis=-1).reshape(-1, 2)
    turns = rng.uniform(0, np.pi / 2, 2) if kind == "two grains" else np.full(2, rng.uniform(0, np.pi / 2))
    parts = []
    for side, turn in zip((-1, 1), turns, strict=True):
        c, s = np.cos(turn), np.sin(turn)
        places = period * ij @ cell @ np.array([[c, s], [-s, c]]) + rng.uniform(0, period, 2)
        places = places if kind != "two grains" else places[side * places[:, 0] > 0.25 * period]
        inside = np.abs(places).max(axis=1) < (n / 2 + 1) * period
        parts.append(np.column_stack([places, np.full(len(places), turn)])[inside])
        if kind != "two grains":
            break
    joined = np.concatenate(parts)
    joined = joined[rng.random(len(joined)) > rng.choice([0.0, 0.05])]
    sites = np.column_stack([joined[:, :2], np.zeros(len(joined))])
    sites[:, :2] += rng.normal(0, rng.uniform(0, 0.03) * period, (len(sites), 2))
    tilt = rng.normal(0, 0.03, (len(sites), 3))
    about = rng.uniform(0, np.pi / 2, len(sites)) if kind == "cubes free" else joined[:, 2] + tilt[:, 2]
    tilted = Rotation.from_rotvec(tilt * [1, 1, 0]) * Rotation.from_euler("z", about[:, None])
    # Eleven sizes stand for the distribution.
    sizes = size * (1 + spread * np.linspace(-2, 2, 11))
    which = rng.choice(11, len(sites), p=(lambda w: w / w.sum())(np.exp(-(np.linspace(-2, 2, 11) ** 2) / 2)))
    rounding = rng.uniform(0.08, 0.2) if kind == "cubes rounded" else 0.0
    shapes = [
        Sphere(diameter_nm=d) if hexagonal else Cuboid(edges_nm=(d,) * 3, rounding_nm=rounding * d) for d in sizes
    ]
    layer = configuration(sites, shapes=tuple(shapes), species=which, orientations=tilted.as_quat()[:, [3, 0, 1, 2]])
    image = simulate_tem(
        layer,
        px_per_nm=rng.uniform(1.2, 3.0),
        field_nm=(n * period, n * period),
        depth_nm=3 * size,
        blur_nm=rng.uniform(0.2, 0.8),
        dose_per_nm2=10 ** rng.uniform(2.5, 4),
        seed=seed,
    )
    side = sizes[which].mean()
    # The root of the projected area: corners are lost to the rounding, a circle has 0.886 of its diameter.
    side *= math.sqrt(math.pi / 4) if hexagonal else math.sqrt(1 - (4 - math.pi) * rounding**2)
    truth = {"lattice": "hexagonal" if hexagonal else "square", "spacing_nm": period, "edge_nm": side}
    return truth | {"spread": float(np.std(sizes[which]) / sizes[which].mean()), "good": True}, image


def drawn(kind: str, seed: int) -> tuple[dict, TemImage]:
    """A painted picture; some with the drift of a scan along their rows."""
    truth, pixels = painted(seed)
    if kind == "drift":
        pixels = gaussian_filter1d(pixels, 0.08 * truth["spacing_px"], axis=1)
    spacing = truth["spacing_px"] / PX_PER_NM
    good = truth["kind"] in ("square", "hexagonal")
    return {"lattice": truth["kind"], "spacing_nm": spacing, "good": good}, TemImage(pixels=pixels, px_per_nm=PX_PER_NM)


def judged(seed: int) -> Record:
    """Measure one picture and hold the answer against what it was made of."""
    kind = KINDS[seed % len(KINDS)]
    if kind in ("painted", "drift", "unequal pixels", "no scale"):
        truth, image = drawn(kind, seed)
    else:
        truth, image = simulated(kind, seed)
    if kind in REFUSED:
        squeezed = np.random.default_rng(seed).uniform(0.75, 0.93) if kind == "unequal pixels" else None
        said = _from_file(image.pixels, seed, squeezed)
        told = outcome(REFUSED[kind] in said, "high")
        return Record(seed=seed, kind=kind, good=True, outcome=told, text=said[:80])
    begin = time.process_time()
    found = measure_tem(image, scale_error_relative=0.0)
    cpu = time.process_time() - begin
    error = found.spacing_nm / truth["spacing_nm"] - 1
    lattice = truth["lattice"]
    right = found.lattice == lattice and abs(error) < 0.01
    if lattice in ("disorder", "dense liquid"):
        right = found.lattice == "none"
    if lattice == "chequered":
        # All particles, or those of one kind, whose square lattice is wider by the square root of two.
        right = found.lattice == "square" and min(abs(error), abs((error + 1) / 2**0.5 - 1)) < 0.01
    deviations, sized = {}, ""
    if right and found.confidence == "high" and truth["good"]:
        deviations["spacing_nm"] = (found.spacing_nm - truth["spacing_nm"]) / found.fit_sd_nm
    whole = found.fourier
    if kind in ("cubes locked", "cubes free", "cubes rounded", "spheres") and whole.lattice == lattice:
        deviations["fourier.spacing_nm"] = (whole.spacing_nm - truth["spacing_nm"]) / whole.spacing_sd_nm
    size = found.particle_edge_nm / truth["edge_nm"] - 1 if "edge_nm" in truth else math.nan
    if math.isfinite(size):
        sd = found.particle_edge_sd_nm / truth["edge_nm"]
        sized = outcome(abs(size) < max(0.03, 3 * sd), "high")
        deviations["particle_edge_nm"] = size / sd
    words = "; ".join(found.reasons)[:130] if found.confidence == "low" else ""
    return Record(
        seed=seed,
        kind=kind if kind != "painted" else lattice,
        good=truth["good"],
        outcome=outcome(right, found.confidence),
        text=f"{lattice:>12} -> {found.lattice:>9} {error:+.2%} size {size:+.1%} "
        f"z {' '.join(f'{v:+.1f}' for v in deviations.values())} cpu {cpu:.1f} {words}",
        deviations=deviations,
        size=sized,
        cpu_s=cpu,
    )


def _from_file(pixels: NDArray[np.float64], seed: int, squeezed: float | None) -> str:
    """What is said of a TIFF without a scale, or with pixels higher than wide."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"picture_{seed}.tif"
        if squeezed is None:
            tifffile.imwrite(path, pixels.astype(np.float32), resolution=(300, 300))
        else:
            squashed = zoom(pixels, (squeezed, 1.0), order=1)
            squeezed = squashed.shape[0] / pixels.shape[0]
            tifffile.imwrite(
                path,
                squashed.astype(np.float32),
                imagej=True,
                resolution=(PX_PER_NM, PX_PER_NM * squeezed),
                metadata={"unit": "nm"},
            )
        try:
            return repr(measure_tem(path, scale_error_relative=0.0))
        except InputError as error:
            return str(error)


if __name__ == "__main__":
    run("micrographs", judged, description=__doc__ or "")
