"""Polarisation from orientations, and dipoles of plates."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.spatial.transform import Rotation

from optics.polarisation.array import misorientation_polarisation, polarised_emission, random_cube_axis
from optics.polarisation.fine_structure import FineStructure
from optics.polarisation.plates import depolarisation_factors, horizontal_dipole_fraction
from packing.errors import InputError


@pytest.mark.parametrize(("spread_deg", "golden"), [(10.0, 0.9409), (20.0, 0.784)])
def test_misorientation_by_closed_form_and_by_drawn_dots(spread_deg: float, golden: float) -> None:
    rng = np.random.default_rng(1)
    turned = Rotation.from_euler("z", spread_deg * rng.normal(size=(100_000, 1)), degrees=True).as_matrix()
    light = polarised_emission(turned, [1.0, 0.0, 0.0])
    assert misorientation_polarisation(spread_deg) == pytest.approx(golden, abs=1e-3)
    assert light.polarisation == pytest.approx(golden, abs=3e-3)


def test_a_random_cube_axis_leaves_no_polarisation() -> None:
    straight = np.tile(np.eye(3), (30_000, 1, 1))
    light = polarised_emission(random_cube_axis(straight, np.random.default_rng(1)), [0.0, 0.0, 1.0])
    # Of 20 000 dots that are seen, those along x and along y differ by five standard deviations at most.
    assert light.polarisation < 5 / 20_000**0.5
    assert polarised_emission(straight, [0.0, 0.0, 1.0], view=(1.0, 0.0, 0.0)).polarisation == pytest.approx(1.0)


@given(st.integers(0, 1000), st.tuples(*[st.floats(0.01, 1.0)] * 3))
def test_polarisation_is_a_share_and_follows_the_sample(seed: int, weights: tuple[float, float, float]) -> None:
    turned = Rotation.random(5, rng=np.random.default_rng(seed))
    whole = Rotation.from_euler("z", 37.0, degrees=True)
    light, moved = (polarised_emission(r.as_matrix(), list(weights)) for r in (turned, whole * turned))
    assert 0 <= light.polarisation <= 1
    assert moved.polarisation == pytest.approx(light.polarisation, abs=1e-9)
    assert light.intensity([0.0, 90.0]).sum() == pytest.approx(1.0)


def test_fine_structure_weights() -> None:
    tetragonal = FineStructure(splittings_mev=(2.0, 2.0, 0.0))
    ratios = [float(w[0] / w[2]) for w in (tetragonal.weights(4.0), tetragonal.weights(300.0))]
    assert ratios == pytest.approx([0.003, 0.93], abs=5e-3)
    with pytest.raises(InputError, match="one strength above zero"):
        FineStructure(strengths=(0.0, 0.0, 0.0)).weights(4.0)


def test_depolarisation_of_an_oblate_spheroid_by_osborns_closed_form() -> None:
    for c in (0.8, 0.5, 0.2):
        e2 = 1 - c**2
        e = np.sqrt(e2)
        along = (1 - np.sqrt(1 - e2) / e * np.arcsin(e)) / e2
        found = depolarisation_factors((1.0, 1.0, c))
        assert found[2] == pytest.approx(along, abs=1e-8)
        assert found.sum() == pytest.approx(1.0, abs=1e-9)


def test_horizontal_dipoles_of_plates() -> None:
    shapes = (1.0, 0.8, 0.6, 0.5, 0.4)
    in_ligand = [horizontal_dipole_fraction((1, 1, c), inside=5.1, outside=2.13) for c in shapes]
    in_solid = [horizontal_dipole_fraction((1, 1, c), inside=5.1, outside=1.686**2) for c in shapes]
    assert in_ligand == pytest.approx([0.667, 0.704, 0.748, 0.773, 0.800], abs=1e-3)
    assert in_solid == pytest.approx([0.667, 0.692, 0.722, 0.740, 0.761], abs=1e-3)


def test_wrong_shapes_are_one_line() -> None:
    with pytest.raises(InputError, match=r"rotations must be \(N, 3, 3\)"):
        polarised_emission(np.eye(3), [1.0, 0.0, 0.0])
