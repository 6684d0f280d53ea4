"""Order as the log has it: counted over periodic images, and the same however the crystal is looked at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.spatial.transform import Rotation

from assembly.system.observables import axis_distances_nm, simple_cubic_fraction
from packing.configuration import configuration, wrap
from packing.shapes import cube

PERIOD_NM = 11.0


def crystal(n: int) -> tuple[np.ndarray, np.ndarray]:
    g = (np.arange(n) + 0.5 - n / 2) * PERIOD_NM
    places = np.stack(np.meshgrid(g, g, g, indexing="ij"), -1).reshape(-1, 3)
    return places, np.tile([1.0, 0.0, 0.0, 0.0], (n**3, 1))


def right_angled(edge_nm: float) -> np.ndarray:
    return np.array([edge_nm, edge_nm, edge_nm, 0, 0, 0])


@pytest.mark.parametrize("n", [2, 3, 4])
def test_a_crystal_is_whole_in_a_box_of_any_size(n: int) -> None:
    # Two cubes along an edge: the one neighbour stands on both sides.
    places, aligned = crystal(n)
    assert simple_cubic_fraction(places, aligned, right_angled(n * PERIOD_NM), PERIOD_NM) == 1.0


@settings(max_examples=25)
@given(st.integers(0, 2**31), st.integers(0, 23))
def test_moving_a_crystal_or_renaming_the_axes_of_a_cube_changes_nothing(seed: int, which: int) -> None:
    rng = np.random.default_rng(seed)
    n = 4
    places, aligned = crystal(n)
    box = right_angled(n * PERIOD_NM)
    places = places + rng.normal(scale=1.2, size=places.shape)
    before = simple_cubic_fraction(places, aligned, box, PERIOD_NM)
    turn = Rotation.create_group("O").as_quat(scalar_first=True)[which]
    moved = wrap(places + rng.uniform(-50, 50, 3), box)
    assert simple_cubic_fraction(moved, np.tile(turn, (n**3, 1)), box, PERIOD_NM) == pytest.approx(before)


def test_a_missing_cube_takes_its_six_neighbours_with_it() -> None:
    places, aligned = crystal(5)
    found = simple_cubic_fraction(places[1:], aligned[1:], right_angled(5 * PERIOD_NM), PERIOD_NM)
    assert found == pytest.approx((124 - 6) / 124)


def test_distances_along_the_axes_are_those_of_a_strained_box() -> None:
    places, aligned = crystal(4)
    strain = np.array([1.0, 1.02, 0.98])
    box = np.concatenate([4 * PERIOD_NM * strain, np.zeros(3)])
    frame = configuration(places * strain, shapes=cube(8.6), box=box, orientations=aligned)
    distances = axis_distances_nm(frame, PERIOD_NM)
    assert len(distances) == 6 * 64
    np.testing.assert_allclose(np.unique(distances.round(9)), np.sort(PERIOD_NM * strain))
