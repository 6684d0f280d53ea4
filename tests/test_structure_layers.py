"""Order in a plane: perfect and displaced crystals, random points, and the spacing by a second route."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from packing.configuration import Configuration, configuration
from packing.errors import InputError
from packing.shapes import Sphere
from structure.order.layers import LATTICES, LayerReport, measure_layer
from structure.order.measure import measure_order


def plane(lattice: str, n: int, spacing_nm: float, displacement: float, seed: int) -> Configuration:
    """``n`` by ``n`` particles of a periodic crystal in the plane, displaced along each axis by a share of it."""
    i, j = (a.ravel().astype(float) for a in np.meshgrid(np.arange(n), np.arange(n)))
    x, y = (i, j) if lattice == "square" else (i + 0.5 * (j % 2), j * math.sqrt(3) / 2)
    height = n * (1.0 if lattice == "square" else math.sqrt(3) / 2)
    points = spacing_nm * np.column_stack([x, y, 0 * x])
    points[:, :2] += np.random.default_rng(seed).normal(0, displacement * spacing_nm, (n * n, 2))
    return configuration(
        points,
        shapes=Sphere(diameter_nm=0.8 * spacing_nm),
        box=[n * spacing_nm, height * spacing_nm, spacing_nm],
        dimensions=2,
    )


@settings(deadline=None, max_examples=20)
@given(lattice=st.sampled_from(sorted(LATTICES)), spacing=st.floats(0.5, 40.0), half=st.integers(3, 8))
def test_a_perfect_crystal_has_one_order_and_none_of_the_other(lattice: str, spacing: float, half: int) -> None:
    found = measure_layer(plane(lattice, 2 * half, spacing, 0.0, 0))
    wanted = (1.0, 0.0) if lattice == "square" else (0.0, 1.0)
    assert (found.psi4_mean, found.psi6_mean) == pytest.approx(wanted, abs=1e-4)
    assert (found.psi4_global, found.psi6_global) == pytest.approx(wanted, abs=1e-4)
    assert (found.lattice, found.ordered_fraction) == (lattice, 1.0)
    assert found.spacing_nm == pytest.approx(spacing, rel=1e-5)


@pytest.mark.parametrize("lattice", sorted(LATTICES))
@pytest.mark.parametrize("displacement", [0.02, 0.05, 0.08])
def test_the_spacing_of_a_shaken_crystal_is_that_of_its_density(lattice: str, displacement: float) -> None:
    """The number of particles in the box is the second route: displacements do not change it."""
    found = [measure_layer(plane(lattice, 20, 11.0, displacement, seed)) for seed in range(4)]
    area = 1.0 if lattice == "square" else math.sqrt(3) / 2
    for seed, one in enumerate(found):
        box = plane(lattice, 20, 11.0, displacement, seed).box
        assert box is not None
        by_density = math.sqrt(box[0] * box[1] / 400 / area)
        assert one.lattice == lattice
        assert abs(one.spacing_nm - by_density) < 3 * one.spacing_sd_nm
        assert one.spacing_sd_nm < 0.005 * by_density
    # The plain mean of bonds would be longer by the displacements across them.
    assert np.mean([one.spacing_nm for one in found]) == pytest.approx(11.0, rel=0.005)


@pytest.mark.parametrize("n", [36, 400])
def test_random_points_are_no_lattice(n: int) -> None:
    shares = []
    for seed in range(8):
        points = np.zeros((n, 3))
        points[:, :2] = np.random.default_rng(seed).uniform(0, 100, (n, 2))
        found = measure_layer(configuration(points, shapes=Sphere(diameter_nm=0.1), box=[100, 100, 1], dimensions=2))
        shares.append(found.ordered_fraction)
        assert found.lattice == "none"
        assert math.isnan(found.spacing_nm)
        assert "no lattice" in found.summary()
    assert np.mean(shares) < 0.2


def test_grains_keep_their_order_and_lose_that_of_the_whole() -> None:
    """Two hexagonal grains, one turned by 90 degrees, which is 30: psi6 has the opposite sign there."""
    one = plane("hexagonal", 20, 10.0, 0.0, 0).positions_nm
    other = one[:, [1, 0, 2]] + np.array([250.0, 0.0, 0.0])
    found = measure_layer(
        configuration(np.vstack([one, other]), shapes=Sphere(diameter_nm=8.0), box=[600, 300, 10], dimensions=2)
    )
    assert found.lattice == "hexagonal"
    assert found.psi6_global < 0.2 < 0.8 < found.psi6_mean
    assert found.spacing_nm == pytest.approx(10.0, rel=0.01)


def test_planes_and_spaces_are_not_taken_for_each_other() -> None:
    flat = plane("square", 6, 11.0, 0.0, 0)
    with pytest.raises(InputError, match="two-dimensional"):
        measure_order(flat)
    solid = configuration(flat.positions_nm, shapes=flat.shapes, box=flat.box)
    with pytest.raises(InputError, match="must be two-dimensional"):
        measure_layer(solid)
    with pytest.raises(InputError, match="at least 5"):
        measure_layer(configuration(flat.positions_nm[:4], shapes=flat.shapes, box=flat.box, dimensions=2))


def test_its_numbers_are_plain_data() -> None:
    found = measure_layer(plane("square", 8, 11.0, 0.02, 1))
    assert isinstance(found, LayerReport)
    data = found.to_dict()
    assert data["lattice"] == "square"
    assert "psi" not in data
    assert {"psi4_mean", "psi6_mean", "spacing_nm", "spacing_sd_nm", "ordered_fraction"} <= data.keys()
    assert len(found.plot().collections) >= 1
