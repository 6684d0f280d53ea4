"""Chains, layers and crystals of cuboids are told apart."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from packing.configuration import configuration, matrices_to_quaternions, quaternions_to_matrices
from packing.errors import InputError
from packing.shapes import Cuboid, Sphere, cube
from structure.crystals.build import build_crystal, ideal_gas
from structure.order.stacks import measure_stacks

CUBE = cube(8.6)


@pytest.mark.parametrize(
    ("n_cells", "kind", "chain", "layer"),
    [((5, 5, 5), "crystal", 5, 25), ((6, 6, 1), "layers", 6, 36), ((12, 1, 1), "chains", 12, 12)],
)
def test_free_stacks_of_one_two_and_three_dimensions(
    n_cells: tuple[int, int, int], kind: str, chain: int, layer: int
) -> None:
    c = build_crystal("sc", spacing_nm=11.0, n_cells=n_cells, shapes=CUBE, periodic=False, displacement_nm=0.3, seed=1)
    found = measure_stacks(c)
    assert found.kind == kind
    assert found.chain_lengths.max() == pytest.approx(chain)
    assert found.layer_sizes.max() == pytest.approx(layer)
    # An N-long row of cubes has N - 1 contacts of the N that a closed one has.
    assert sorted(found.contact_share) == pytest.approx(sorted((n - 1) / n for n in n_cells))


def test_layers_that_slid_over_each_other_are_layers() -> None:
    # Every second sheet is shifted by half a period along both of its axes: no face meets a face across the gap.
    c = build_crystal("sc", spacing_nm=11.0, n_cells=(6, 6, 4), shapes=CUBE)
    level = np.round((c.positions_nm[:, 2] - c.positions_nm[:, 2].min()) / 11).astype(int)
    shifted = c.positions_nm + np.where(level % 2 == 1, 5.5, 0.0)[:, None] * [1, 1, 0]
    found = measure_stacks(configuration(shifted, shapes=CUBE, box=c.box))
    assert found.kind == "layers"
    assert found.layer_sizes.max() == pytest.approx(36)


def test_plates_stack_through_their_broad_faces() -> None:
    plate = Cuboid(edges_nm=(20.0, 20.0, 4.0))
    points = np.array([[0, 0, 6.0 * k] for k in range(10)])
    found = measure_stacks(configuration(points, shapes=plate))
    assert found.kind == "chains"
    assert np.nanmin(found.contact_nm) == pytest.approx(6.0)


def test_a_missing_cube_ends_a_chain() -> None:
    row = np.array([[11.0 * k, 0, 0] for k in range(11)])
    whole = measure_stacks(configuration(row, shapes=CUBE))
    broken = measure_stacks(configuration(np.delete(row, 5, axis=0), shapes=CUBE))
    assert whole.chain_lengths.max() == pytest.approx(11)
    # Two rows of five: each cube is in one of five, and four of twenty faces look at no one.
    assert broken.chain_lengths.max() == pytest.approx(5)
    assert broken.contact_share.max() == pytest.approx(16 / 20)


def test_a_gas_of_cubes_does_not_stack() -> None:
    assert measure_stacks(ideal_gas(200, edge_nm=120.0, shapes=CUBE, seed=2)).kind == "none"


@settings(deadline=None, max_examples=6)
@given(q=st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda q: np.linalg.norm(q) > 0.1))
def test_stacks_turn_with_the_sample(q: list[float]) -> None:
    c = build_crystal(
        "sc", spacing_nm=11.0, n_cells=(5, 4, 1), shapes=CUBE, periodic=False, displacement_nm=0.2, seed=3
    )
    turn = quaternions_to_matrices(np.array(q) / np.linalg.norm(q))
    moved = configuration(
        c.positions_nm @ turn.T, shapes=CUBE, orientations=matrices_to_quaternions(turn @ c.rotations)
    )
    a, b = measure_stacks(c), measure_stacks(moved)
    assert sorted(a.chain_lengths) == pytest.approx(sorted(b.chain_lengths))
    assert sorted(a.contact_share) == pytest.approx(sorted(b.contact_share))


def test_spheres_are_refused_and_reports_are_plain() -> None:
    with pytest.raises(InputError, match="cuboids only"):
        measure_stacks(build_crystal("sc", spacing_nm=9.0, n_cells=(2, 2, 2), shapes=Sphere(diameter_nm=7.0)))
    report = measure_stacks(build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=CUBE))
    json.dumps(report.to_dict(), allow_nan=False)
    assert report.summary().startswith("crystal: 100/100/100 %")
