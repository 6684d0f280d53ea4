"""Every lattice is named right, cold and warm; disorder has no name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from packing.configuration import Configuration, box_to_cell, cell_to_box, configuration, quaternions_to_matrices
from packing.shapes import Sphere
from structure.crystals.build import build_crystal, ideal_gas
from structure.crystals.cells import LATTICE_NAMES
from structure.order.classify import STRAIN_WEIGHT, SURE_COST, LocalStructure, classify_surroundings
from structure.order.neighbours import nearest_neighbours
from structure.order.template_match import N_CANDIDATES, QUICK, match_template
from structure.order.templates import SITE_TEMPLATES, SiteTemplate, in_range, strain

SPACING_NM = 10.0
BALL = Sphere(diameter_nm=7.0)
CELLS = {"sc": (6, 6, 6), "fcc": (4, 4, 4), "hcp": (5, 3, 4), "simple hexagonal": (6, 4, 5)}


def crystal(lattice: str, displacement: float, *, periodic: bool = True, seed: int = 0) -> Configuration:
    return build_crystal(
        lattice,
        spacing_nm=SPACING_NM,
        n_cells=CELLS.get(lattice, (5, 5, 5)),
        shapes=BALL,
        periodic=periodic,
        displacement_nm=displacement * SPACING_NM,
        seed=seed,
    )


def surroundings(c: Configuration) -> LocalStructure:
    return classify_surroundings(nearest_neighbours(c, N_CANDIDATES))


@pytest.mark.parametrize("lattice", LATTICE_NAMES)
@pytest.mark.parametrize(("displacement", "share"), [(0.0, 0.99), (0.05, 0.9)])
@pytest.mark.parametrize("periodic", [True, False])
def test_interior_particles_are_named_right(lattice: str, displacement: float, share: float, periodic: bool) -> None:
    local = surroundings(crystal(lattice, displacement, periodic=periodic, seed=3))
    assert local.is_interior.sum() > 50
    assert local.fractions(local.is_interior)[lattice] >= share


@pytest.mark.slow
@pytest.mark.parametrize("lattice", LATTICE_NAMES)
def test_a_large_warm_crystal_is_named_right(lattice: str) -> None:
    c = build_crystal(
        lattice, spacing_nm=SPACING_NM, n_cells=(9, 9, 9), shapes=BALL, displacement_nm=0.05 * SPACING_NM, seed=11
    )
    assert surroundings(c).fractions()[lattice] >= 0.97


@pytest.mark.parametrize("lattice", LATTICE_NAMES)
def test_scatter_is_the_displacement_that_was_put_in(lattice: str) -> None:
    local = surroundings(crystal(lattice, 0.03, seed=1))
    assert np.sqrt(np.mean(local.scatter**2)) == pytest.approx(0.03, rel=0.08)


@pytest.mark.parametrize(("ratio", "name"), [(0.8, "bct"), (1.0, "bcc"), (1.2, "bct"), (2**0.5, "fcc")])
def test_the_bain_path_is_named_by_its_axial_ratio(ratio: float, name: str) -> None:
    c = build_crystal("bct", spacing_nm=SPACING_NM, n_cells=(4, 4, 4), shapes=BALL, c_over_a=ratio)
    assert surroundings(c).fractions()[name] == 1.0


@pytest.mark.parametrize(("ratio", "share"), [(1.5, 1.0), (1.7, 1.0), (2.2, 0.0)])
def test_hcp_may_be_stretched_a_little(ratio: float, share: float) -> None:
    c = build_crystal("hcp", spacing_nm=SPACING_NM, n_cells=(4, 3, 3), shapes=BALL, c_over_a=ratio)
    assert surroundings(c).fractions()["hcp"] == share


def test_an_ideal_gas_is_no_crystal() -> None:
    assert surroundings(ideal_gas(200, edge_nm=60.0, shapes=BALL)).fractions()["none"] > 0.99


def test_a_strongly_disordered_crystal_is_no_crystal() -> None:
    assert surroundings(crystal("sc", 0.25)).fractions()["none"] > 0.9


def test_four_cells_across_are_enough() -> None:
    c = build_crystal("sc", spacing_nm=SPACING_NM, n_cells=(4, 4, 4), shapes=BALL, displacement_nm=0.5, seed=5)
    assert surroundings(c).fractions()["sc"] == 1.0


def test_vacancies_leave_their_neighbours_recognised() -> None:
    c = build_crystal(
        "sc", spacing_nm=SPACING_NM, n_cells=(6, 6, 6), shapes=BALL, displacement_nm=0.4, vacancy_fraction=0.02, seed=2
    )
    assert surroundings(c).fractions()["sc"] > 0.97


def test_interior_of_a_free_cube_is_all_but_its_outer_layer() -> None:
    for n in (3, 4, 6):
        c = build_crystal("sc", spacing_nm=SPACING_NM, n_cells=(n, n, n), shapes=BALL, periodic=False)
        assert surroundings(c).is_interior.sum() == (n - 2) ** 3


@settings(deadline=None, max_examples=8)
@given(
    lattice=st.sampled_from(LATTICE_NAMES),
    quaternion=st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda q: np.linalg.norm(q) > 0.1),
    shift=st.lists(st.floats(-50, 50), min_size=3, max_size=3),
)
def test_names_do_not_depend_on_rotation_or_translation(
    lattice: str, quaternion: list[float], shift: list[float]
) -> None:
    cold = build_crystal(
        lattice, spacing_nm=SPACING_NM, n_cells=(4, 3, 3), shapes=BALL, periodic=False, displacement_nm=0.2
    )
    turn = quaternions_to_matrices(np.array(quaternion) / np.linalg.norm(quaternion))
    moved = configuration(cold.positions_nm @ turn.T + shift, shapes=BALL)
    before, after = surroundings(cold), surroundings(moved)
    # The 500 directions of the interior test do not turn with the crystal: borderline particles may change sides.
    both = before.is_interior & after.is_interior
    assert both.sum() >= 0.8 * before.is_interior.sum() - 2
    assert np.array_equal(before.label_indices[both], after.label_indices[both])


@settings(deadline=None, max_examples=8)
@given(
    lattice=st.sampled_from(LATTICE_NAMES),
    row=st.permutations([0, 1, 2]),
    times=st.integers(-2, 2),
)
def test_names_do_not_depend_on_the_choice_of_the_box(lattice: str, row: list[int], times: int) -> None:
    c = build_crystal(lattice, spacing_nm=SPACING_NM, n_cells=(3, 3, 3), shapes=BALL, displacement_nm=0.3, seed=4)
    assert c.box is not None
    sheared = box_to_cell(c.box)
    sheared[row[0]] += times * sheared[row[1]]
    box, turn = cell_to_box(sheared)
    other = configuration(c.positions_nm @ turn.T, shapes=BALL, box=box)
    assert np.array_equal(surroundings(c).label_indices, surroundings(other).label_indices)


def test_templates_have_the_coordination_shells_of_the_textbook() -> None:
    shells = {
        "sc": {1.0: 6, 1.414: 12},
        "bcc": {1.0: 8, 1.155: 6},
        "fcc": {1.0: 12, 1.414: 6},
        "hcp": {1.0: 12, 1.414: 6},
        "simple hexagonal": {1.0: 8, 1.414: 12},
    }
    for template in SITE_TEMPLATES:
        distances, counts = np.unique(np.linalg.norm(template.sites, axis=1).round(3), return_counts=True)
        assert dict(zip(distances.tolist(), counts.tolist(), strict=True)) == shells[template.name]


def test_the_other_hand_of_a_seed_says_the_same_where_its_plane_is_a_mirror() -> None:
    mirrors = {template.name: template.seed_mirrors for template in SITE_TEMPLATES}
    # The plane of two neighbours at 60 degrees is a twin plane of fcc, and so is one of the two of hcp.
    assert mirrors == {
        "sc": (True,), "bcc": (True,), "fcc": (False,), "hcp": (True, False), "simple hexagonal": (True, True)
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("template", SITE_TEMPLATES[:1] + SITE_TEMPLATES[2:4], ids=lambda t: t.name)
def test_a_match_that_ends_the_search_is_not_beaten_by_a_later_template(template: SiteTemplate) -> None:
    later = SITE_TEMPLATES[SITE_TEMPLATES.index(template) + 1 :]
    sure = 0
    for seed, displacement in enumerate(np.linspace(0.02, 0.09, 8)):
        vectors = nearest_neighbours(crystal(template.name, displacement, seed=seed), N_CANDIDATES).vectors_nm
        costs = [_cost(vectors, one) for one in (template, *later)]
        ends = costs[0] <= SURE_COST[template.name]
        assert (np.min(costs[1:], axis=0) > costs[0])[ends].all()
        sure += int(ends.sum())
    assert sure > 300


def _cost(vectors: np.ndarray, template: SiteTemplate) -> np.ndarray:
    match = match_template(vectors, template, QUICK)
    cost = np.hypot(match.scatter, STRAIN_WEIGHT * strain(template.name, match.stretches))
    return np.where(in_range(template.name, match.stretches), cost, np.inf)
