"""Sizes of particles in micrographs: simulated cubes and spheres of known size, whatever blur, noise and scale."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from packing.configuration import Configuration, configuration
from packing.shapes import Cuboid, Shape, Sphere, cube
from structure.imaging.images import TemImage
from structure.imaging.tem import simulate_tem
from structure.micrographs.measure import measure_tem
from structure.study_fit.fit import observed_by


def layer(shape: Shape, period_nm: float, seed: int, *, hexagonal: bool = False, tilt: float = 0.03) -> Configuration:
    """Eight by eight particles, moved by 2 % of the period and tilted a little."""
    rng = np.random.default_rng(seed)
    height = math.sqrt(0.75) if hexagonal else 1.0
    sites = [((i + 0.5 * (j % 2) * hexagonal) * period_nm, j * height * period_nm, 0.0) for i, j in _eight()]
    places = np.array(sites) + rng.normal(0, 0.02 * period_nm, (64, 3))
    turns = Rotation.from_rotvec(rng.normal(0, tilt, (64, 3))).as_quat()[:, [3, 0, 1, 2]]
    box = [8 * period_nm, 8 * height * period_nm, 3 * period_nm]
    return configuration(places, shapes=shape, orientations=turns, box=box)


def _eight() -> list[tuple[int, int]]:
    return list(itertools.product(range(8), range(8)))


def pictured(shape: Shape, gap_nm: float, px_per_nm: float, blur_nm: float, seed: int, **of_layer: bool) -> TemImage:
    size = shape.diameter_nm if isinstance(shape, Sphere) else min(shape.edges_nm)
    crystal = layer(shape, size + gap_nm, seed, **of_layer)
    field = (16 * (size + gap_nm),) * 2
    return simulate_tem(
        crystal, px_per_nm=px_per_nm, blur_nm=blur_nm, field_nm=field, depth_nm=2 * size, dose_per_nm2=1000, seed=seed
    )


@pytest.mark.parametrize(
    ("edge_nm", "gap_nm", "px_per_nm", "blur_nm"),
    [(8.6, 2.4, 2.0, 0.4), (8.6, 2.4, 2.0, 0.8), (6.0, 2.0, 3.0, 0.3), (12.0, 2.4, 1.2, 0.5)],
)
def test_cubes_have_their_edge(edge_nm, gap_nm, px_per_nm, blur_nm):
    found = measure_tem(pictured(cube(edge_nm), gap_nm, px_per_nm, blur_nm, seed=1))
    assert found.particle_outline == "square"
    assert found.particle_edge_nm == pytest.approx(edge_nm, rel=0.02)
    assert found.particle_diameter_nm == pytest.approx(2 / math.sqrt(math.pi) * found.particle_edge_nm)
    # Where a rounded square fits nearly as well, half the difference of the two, 4 %, is in the error.
    assert abs(found.particle_edge_nm - edge_nm) < 3 * found.particle_edge_sd_nm < 3 * 0.045 * edge_nm
    # All are alike: what the noise makes of them would add less than a quarter to a spread of 6 %, in squares.
    assert found.particle_diameter_spread_nm < 0.06 * math.sqrt(1.25**2 - 1) * found.particle_diameter_nm


@pytest.mark.parametrize(
    ("diameter_nm", "px_per_nm", "blur_nm", "hexagonal"), [(7.0, 2.0, 0.4, False), (5.0, 3.0, 0.3, True)]
)
def test_spheres_have_their_diameter_though_they_thin_out_to_the_rim(diameter_nm, px_per_nm, blur_nm, hexagonal):
    image = pictured(Sphere(diameter_nm=diameter_nm), 1.8, px_per_nm, blur_nm, seed=2, hexagonal=hexagonal)
    found = measure_tem(image)
    assert found.lattice == ("hexagonal" if hexagonal else "square")
    assert found.particle_outline == "round"
    # A flat disc with more blur has nearly the same picture (3.6 % smaller, one in five): that is in the error.
    off = abs(found.particle_diameter_nm / diameter_nm - 1)
    assert off < max(0.02, found.particle_diameter_sd_nm / diameter_nm) < 0.1


def test_rounded_cubes_have_the_size_of_their_outline():
    # Their corners are round and their sides thin out together: no square with more blur has their picture.
    body = Cuboid(edges_nm=(10.4,) * 3, rounding_nm=0.2 * 10.4)
    found = measure_tem(pictured(body, 2.4, 2.0, 0.4, seed=6))
    assert found.particle_edge_nm == pytest.approx(10.4 * math.sqrt(1 - (4 - math.pi) * 0.2**2), rel=0.01)


@pytest.mark.slow
def test_where_gaps_are_no_wider_than_the_blur_the_size_says_that_it_is_unsure():
    body = Cuboid(edges_nm=(10.4,) * 3, rounding_nm=0.18 * 10.4)
    found = measure_tem(pictured(body, 2.1, 1.3, 0.8, seed=6))
    off = found.particle_edge_nm - 10.4 * math.sqrt(1 - (4 - math.pi) * 0.18**2)
    assert abs(off) < 2 * found.particle_edge_sd_nm
    assert found.particle_edge_sd_nm > 0.03 * found.particle_edge_nm


def test_an_outline_whose_gaps_the_blur_fills_is_not_the_size():
    # A square of nearly the whole cell, deep and much blurred, fits these rounded cubes better than their own outline.
    body = Cuboid(edges_nm=(10.38,) * 3, rounding_nm=1.85)
    found = measure_tem(pictured(body, 2.02, 1.5, 0.26, seed=1))
    edge_nm = 10.38 * math.sqrt(1 - (4 - math.pi) * (1.85 / 10.38) ** 2)
    assert found.particle_edge_nm == pytest.approx(edge_nm, rel=0.02)
    # That it fits at all is said.
    assert found.particle_edge_sd_nm > 0.03 * edge_nm


def test_cubes_that_turn_look_like_flat_discs_and_not_like_domes():
    crystal = layer(cube(6.69), 10.5, seed=1)
    turned = Rotation.from_euler("z", np.random.default_rng(1).uniform(0, np.pi / 2, (64, 1))).as_quat()
    crystal = replace(crystal, orientations=turned[:, [3, 0, 1, 2]])
    image = simulate_tem(
        crystal, px_per_nm=1.44, blur_nm=0.64, field_nm=(168.0, 168.0), depth_nm=14, dose_per_nm2=1250, seed=1
    )
    found = measure_tem(image)
    # A dome with less blur has nearly the same picture, and a size 3 to 6 % larger.
    assert found.particle_edge_nm == pytest.approx(6.69, abs=2 * found.particle_edge_sd_nm)
    assert found.particle_edge_nm == pytest.approx(6.69, rel=0.025)


def test_spheres_that_absorb_much_of_the_beam_keep_their_diameter():
    # What is thick darkens less than in proportion: a flat part in the picture, with no rim of its own.
    crystal = layer(Sphere(diameter_nm=8.4), 10.5, 7, hexagonal=True)
    image = simulate_tem(
        crystal, px_per_nm=1.9, blur_nm=0.6, field_nm=(168.0, 168.0), depth_nm=20, attenuation_per_nm=0.06, seed=7,
        dose_per_nm2=3000,
    )  # fmt: skip
    found = measure_tem(image)
    assert found.particle_outline == "round"
    assert found.particle_diameter_nm == pytest.approx(8.4, rel=0.02)


def test_a_spread_of_sizes_is_the_spread_and_no_uncertainty_of_the_mean():
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:480, :480].astype(float)
    image = 0.05 * rng.normal(size=x.shape)
    sides = 14.0 * (1 + 0.06 * rng.normal(size=(24, 24)))
    for i, j in itertools.product(range(24), range(24)):
        u, v = np.abs(x - 20 * i - 10), np.abs(y - 20 * j - 10)
        rows, columns = slice(20 * j, 20 * j + 20), slice(20 * i, 20 * i + 20)
        inside = np.clip(sides[i, j] / 2 - u + 0.5, 0, 1) * np.clip(sides[i, j] / 2 - v + 0.5, 0, 1)
        image[rows, columns] -= inside[rows, columns]
    found = measure_tem(TemImage(pixels=image, px_per_nm=2.0), scale_error_relative=0.0)
    assert found.particle_edge_nm == pytest.approx(7.0, rel=0.02)
    spread = found.particle_diameter_spread_nm / found.particle_diameter_nm
    assert spread == pytest.approx(0.06, rel=0.25)
    assert found.particle_diameter_sd_nm / found.particle_diameter_nm < 0.025


def test_a_study_of_cubes_reads_their_edge_and_one_of_spheres_their_diameter():
    found = measure_tem(pictured(cube(8.6), 2.4, 2.0, 0.4, seed=5))
    (edge,) = (o for o in observed_by(found, "TEM", cube(8.6)) if o.quantity == "size_nm")
    assert edge.value == pytest.approx(8.6, abs=2 * edge.sd)
    (diameter,) = (o for o in observed_by(found, "TEM", Sphere(diameter_nm=8.6)) if o.quantity == "size_nm")
    assert diameter.value == pytest.approx(found.particle_diameter_nm)
