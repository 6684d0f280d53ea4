"""The contact engine against other routes: least squares for distances, brute force for crystals, laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from overlap_by_separating_axes import deepest_overlap
from scipy.optimize import lsq_linear
from scipy.spatial.transform import Rotation

from packing.contact.bodies import WidenedBox, contact_scales, widened_box
from packing.contact.contact import FilledTemplate, Pairs, States, all_pairs, ideal_ratios, neighbour_pairs, separations
from packing.contact.packing import densest_packing
from packing.errors import InputError
from packing.lattices.catalogue import BINARY_NAMES, template
from packing.lattices.templates import sites
from packing.shapes import Cuboid, Sphere, cube

seeds = st.integers(0, 2**32 - 1)
gammas = st.floats(0.2, 1.0)


def spheres(gamma: float, unit: float = 1.0) -> dict[str, Sphere]:
    return {"A": Sphere(diameter_nm=unit), "B": Sphere(diameter_nm=gamma * unit)}


def random_case(rng: np.random.Generator):
    delta = rng.normal(size=3)
    turns = Rotation.random(2, rng=rng).as_matrix()
    halves = rng.uniform(0.2, 1.0, (2, 3))
    return delta, turns, halves


def box_distance(delta, turns, halves) -> float:
    """Distance of two boxes as a bounded least-squares problem: no case distinction at all."""
    matrix = np.hstack([turns[0], -turns[1]])
    bound = halves.ravel()
    solution = lsq_linear(matrix, delta, bounds=(-bound, bound), method="bvls", tol=1e-14)
    return float(np.linalg.norm(matrix @ solution.x - delta))


@settings(deadline=None, max_examples=40)
@given(seeds)
def test_rounded_boxes_touch_where_least_squares_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    delta, turns, halves = random_case(rng)
    radii = rng.uniform(0.05, 0.4, 2)
    one, other = (WidenedBox(tuple(h), r) for h, r in zip(halves, radii, strict=True))
    scale = contact_scales(delta[None], one, turns[:1], other, turns[1:])[0]
    assert box_distance(scale * delta, turns, halves) == pytest.approx(radii.sum(), abs=1e-7)


@settings(deadline=None, max_examples=40)
@given(seeds)
def test_sharp_boxes_touch_where_least_squares_says(seed: int) -> None:
    delta, turns, halves = random_case(np.random.default_rng(seed))
    one, other = (WidenedBox(tuple(h), 0.0) for h in halves)
    scale = contact_scales(delta[None], one, turns[:1], other, turns[1:])[0]
    assert box_distance(0.999 * scale * delta, turns, halves) == pytest.approx(0.0, abs=1e-7)
    assert box_distance(1.001 * scale * delta, turns, halves) > 1e-6


@settings(deadline=None, max_examples=40)
@given(seeds)
def test_sphere_and_box_touch_where_least_squares_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    delta, turns, halves = random_case(rng)
    box, ball = WidenedBox(tuple(halves[0]), 0.1), WidenedBox((0.0, 0.0, 0.0), 0.3)
    scale = contact_scales(delta[None], box, turns[:1], ball, turns[1:])[0]
    there = contact_scales(-delta[None], ball, turns[1:], box, turns[:1])[0]
    nearest = lsq_linear(turns[0], scale * delta, bounds=(-halves[0], halves[0]), method="bvls", tol=1e-14)
    assert np.linalg.norm(turns[0] @ nearest.x - scale * delta) == pytest.approx(0.4, abs=1e-7)
    assert there == pytest.approx(scale, rel=1e-12)


def test_rounding_leads_from_the_sharp_cube_to_the_sphere() -> None:
    turns = Rotation.random(2, rng=np.random.default_rng(1)).as_matrix()
    delta = np.array([[1.0, 0.3, -0.2]])

    def scale(rounding: float) -> float:
        body = widened_box(cube(1.0, rounding_nm=rounding))
        return float(contact_scales(delta, body, turns[:1], body, turns[1:])[0])

    assert scale(1e-7) == pytest.approx(scale(0.0), rel=1e-5)
    assert scale(0.5) == pytest.approx(1.0 / np.linalg.norm(delta), rel=1e-12)
    scales = [scale(r) for r in np.linspace(0, 0.5, 11)]
    assert np.all(np.diff(scales) < 0)


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(BINARY_NAMES), gammas)
def test_no_returned_cell_of_spheres_overlaps_and_one_pair_touches(name: str, gamma: float) -> None:
    packing = densest_packing(name, spheres(gamma), n_starts=2)
    if name == "NaZn13":  # 112 sites: only those around the first of each orbit
        distance = packing.to_atoms().get_distances(0, range(1, 112), mic=True) / 10
        assert distance.min() > 0.5 + gamma / 2 - 1e-9
        return
    assert deepest_overlap(packing) == pytest.approx(0.0, abs=1e-9)


@settings(deadline=None, max_examples=10)
@given(st.sampled_from(["NaCl", "AlB2", "CaB6", "CsCl"]), gammas, st.floats(0.1, 50.0))
def test_packing_fraction_does_not_know_the_unit_of_length(name: str, gamma: float, unit: float) -> None:
    one, other = (
        densest_packing(name, spheres(gamma), n_starts=1),
        densest_packing(name, spheres(gamma, unit), n_starts=1),
    )
    assert other.packing_fraction == pytest.approx(one.packing_fraction, rel=1e-7)
    assert other.lengths_nm == pytest.approx([unit * x for x in one.lengths_nm], rel=1e-6)
    assert one.scaled(unit).lengths_nm == pytest.approx([unit * x for x in one.lengths_nm], rel=1e-12)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("fcc", np.pi / 18**0.5), ("hcp", np.pi / 18**0.5), ("bcc", 3**0.5 * np.pi / 8), ("sc", np.pi / 6)],
)
def test_equal_spheres_pack_as_known(name: str, expected: float) -> None:
    assert densest_packing(name, {"A": Sphere(diameter_nm=3.0)}).packing_fraction == pytest.approx(expected, abs=1e-8)


def test_cubes_and_plates_fill_space_on_the_simple_cubic_lattice() -> None:
    assert densest_packing("sc", {"A": cube(8.6)}, n_starts=1).packing_fraction == pytest.approx(1.0, abs=1e-9)
    plates = densest_packing("sc", {"A": Cuboid(edges_nm=(3.0, 15.0, 9.0))}, n_starts=1)
    assert plates.packing_fraction == pytest.approx(1.0, abs=1e-6)
    assert sorted(plates.lengths_nm) == pytest.approx([3.0, 9.0, 15.0], rel=1e-6)


def test_rounded_cubes_leave_just_their_rounding_empty() -> None:
    shape = cube(1.0, rounding_nm=0.1)
    packing = densest_packing("sc", {"A": shape}, n_starts=1)
    assert packing.packing_fraction == pytest.approx(shape.volume_nm3, rel=1e-9)


def test_relaxed_lattices_are_denser_where_the_literature_holds_them_ideal() -> None:
    # Reference values of the free 96i coordinates and of the free axial ratio.
    zn13 = densest_packing("NaZn13", spheres(0.578), relax=True)
    assert zn13.packing_fraction == pytest.approx(0.7482, abs=1e-4)
    assert zn13.parameters["y"] == pytest.approx(0.1153, abs=1e-4)
    y, dz = zn13.parameters["y"], zn13.parameters["dz"]
    assert (1 + 5**0.5) / 2 * y + dz == pytest.approx(0.1805, abs=1e-4)
    assert densest_packing("MgZn2", spheres(0.78), relax=True).packing_fraction == pytest.approx(0.675, abs=5e-4)
    assert densest_packing("MgZn2", spheres(0.78)).packing_fraction == pytest.approx(0.663, abs=5e-4)


def test_a_third_kind_on_the_oxygen_sites_sets_its_own_contacts() -> None:
    shapes = {**spheres(0.4), "O": Sphere(diameter_nm=0.3)}
    packing = densest_packing("ABO3", shapes)
    # The edge A-A, the face diagonal A-O-A and the edge through the centre, B-O-B: the largest of them holds.
    expected = max(1.0, (1 + 0.3) / 2**0.5, 0.4 + 0.3)
    assert packing.lengths_nm[0] == pytest.approx(expected, rel=1e-12)
    big = densest_packing("ABO3", {**spheres(0.9), "O": Sphere(diameter_nm=0.6)})
    assert big.lengths_nm[0] == pytest.approx(0.9 + 0.6, rel=1e-12)
    assert big.limiting_contact == "B-O"


def test_what_the_engine_cannot_take_is_named() -> None:
    with pytest.raises(InputError, match="truncation must be 0"):
        densest_packing("sc", {"A": Cuboid(edges_nm=(1, 1, 1), truncation=0.3)})
    with pytest.raises(InputError, match="B is missing"):
        densest_packing("NaCl", {"A": Sphere(diameter_nm=1)})
    with pytest.raises(InputError, match="link"):
        densest_packing("NaCl", spheres(0.5), link="bond")


@pytest.mark.parametrize("slack", [1.0, 1.5])
@pytest.mark.parametrize(
    "halves",
    [
        ((1.05, 0.3, 0.3), (0.1, 0.1, 0.1)),
        ((1.6, 0.5, 0.5), (0.1, 0.1, 0.1)),
        ((0.5, 0.3, 0.3), (0.3, 0.3, 0.3)),
    ],
)
@pytest.mark.parametrize(("name", "stretch"), [("CsCl", 1.0), ("AlB2", 0.7), ("AlB2", 2.0)])
def test_no_pair_that_could_touch_is_left_out(
    name: str, stretch: float, halves: tuple[tuple[float, float, float], ...], slack: float
) -> None:
    crystal = FilledTemplate(template(name), tuple(WidenedBox(half, 0.0) for half in halves))
    ratios = ideal_ratios(crystal.template)[None] * np.array([1.0, stretch])
    state = States(ratios, np.empty((1, 0)), np.empty((1, 0, 3, 3)))
    found = neighbour_pairs(crystal, state, slack)
    # By brute force over seven cells: rods' circumscribed spheres reach far beyond the inscribed ones that touch.
    every = all_pairs(crystal, np.full(3, 6))
    distance = np.linalg.norm(separations(crystal, state, every)[0], axis=-1)
    kinds = sites(crystal.template).kinds
    inner, outer = (np.array([of(half) for half in halves])[kinds] for of in (np.min, np.linalg.norm))
    met = (inner[every.i] + inner[every.j]) / distance
    could = (outer[every.i] + outer[every.j]) / distance * slack >= met.max() * (1 - 1e-9)
    assert could.sum() > 10
    assert _named(found) == _named(every.chosen(could))


def _named(pairs: Pairs) -> set[tuple[int, ...]]:
    return set(zip(pairs.i.tolist(), pairs.j.tolist(), *pairs.image.T.tolist(), strict=True))
