"""Cubes with spheres: closed forms of named orientations, the optimum, and no overlap by an independent test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from overlap_by_separating_axes import deepest_overlap

from packing.binary.closed_forms import packing_fraction_hs
from packing.binary.cube_sphere_search import cube_sphere_shapes
from packing.binary.cube_sphere_table import CUBE_NAMES, table_entry
from packing.binary.cubes_and_spheres import (
    ROTATED_ORIENTATIONS,
    constant_cell_fraction,
    densest_cubes_and_spheres,
)
from packing.contact.continuation import followed_packing
from packing.contact.packing import densest_packing
from packing.errors import InputError
from packing.lattices.catalogue import template
from packing.ranking.one_lattice import lattice_report
from packing.shapes import Sphere, cube

OCTAHEDRAL = 2**0.5 - 1
# The reference prints 0.8418 for NaCl at its cusp and 0.424 for the 0.85 of its constant cell; its own formulas,
# max(sqrt2, 1 + g) and (4 pi/6 + 4 g^3)/a^3, give 0.84099 there and 0.85 at 0.4263.
GOLDEN = [
    ("NaCl", "aligned", OCTAHEDRAL, 0.84099), ("NaCl", "aligned", 0.6, 0.7223), ("NaCl", "aligned", 1.0, 0.7618),
    ("CsCl", "aligned", 1 - 3**-0.5, 0.5991), ("ABO3", "rotated", OCTAHEDRAL, 0.8079),
    ("ABO3", "aligned", 0.5**0.5, 0.685), ("ABO3", "aligned", 0.5, 0.582), ("ABO3", "rotated", 0.5, 0.582),
    ("AuCu3", "rotated", OCTAHEDRAL, 0.737),
]  # fmt: skip


# Cubic lattice constants, the diameter of the spheres as the unit: face, corner or edge of a cube along the axes
# against a sphere, and edge on edge of face-centre cubes that are turned by 45 degrees about their face normal.
ALIGNED = {
    "NaCl": lambda g: max(2**0.5, 1 + g),
    "CsCl": lambda g: max(1.0, g + 3**-0.5),
    "ABO3": lambda g: max(1.0, g + 2**-0.5, 2 * g),
}
ROTATED = {"ABO3": lambda g: max(1.0, (1 + 2**0.5) * g), "AuCu3": lambda g: max(1.0, (1 + 2**0.5) * g)}


def cube_packing_fraction(name: str, gamma: float, orientation: str) -> float:
    counts = template(name).counts
    cubes = sum(n for kind, n in counts.items() if kind != "A")
    forms = ALIGNED if orientation == "aligned" else ROTATED
    return (counts["A"] * np.pi / 6 + cubes * gamma**3) / forms[name](gamma) ** 3


def mixed(gamma: float):
    return {"A": Sphere(diameter_nm=1.0), "B": cube(gamma)}


@pytest.mark.parametrize(("name", "orientation", "gamma", "expected"), GOLDEN)
def test_golden_packing_fractions_of_named_orientations(
    name: str, orientation: str, gamma: float, expected: float
) -> None:
    assert cube_packing_fraction(name, gamma, orientation) == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize(
    ("name", "orientation"), [*((n, "aligned") for n in ALIGNED), *((n, "rotated") for n in ROTATED)]
)
def test_engine_meets_the_closed_forms_of_named_orientations(name: str, orientation: str) -> None:
    turns = {} if orientation == "aligned" else ROTATED_ORIENTATIONS[name]
    for gamma in np.linspace(0.15, 1.0, 12):
        held = densest_packing(name, mixed(gamma), orientations=turns, n_starts=0)
        assert held.packing_fraction == pytest.approx(cube_packing_fraction(name, gamma, orientation), abs=1e-9)


@pytest.mark.parametrize(("gamma", "at_least"), [(6**-0.5, 0.7617), (0.40, 0.7523), (0.45, 0.703), (0.50, 0.6555),
                                                 (0.55, 0.610), (0.60, 0.565), (0.70, 0.530)])  # fmt: skip
def test_alb2_optimum_is_reached_without_overlap(gamma: float, at_least: float) -> None:
    packing = densest_packing("AlB2", mixed(gamma), link="same")
    assert packing.packing_fraction > at_least
    assert deepest_overlap(packing) == pytest.approx(0.0, abs=1e-9)
    if gamma == 6**-0.5:
        # All spheres touch and the cubes just fit: c/a = 1, so the fraction is known exactly.
        exact = (np.pi / 6 + 2 * gamma**3) / (3**0.5 / 2)
        assert packing.packing_fraction == pytest.approx(exact, abs=1e-6)


@pytest.mark.slow
def test_best_orientation_beats_both_named_ones_between_their_optima() -> None:
    packing = densest_packing("ABO3", mixed(0.5), link="orbit", n_starts=2)
    named = [cube_packing_fraction("ABO3", 0.5, o) for o in ("aligned", "rotated")]
    assert packing.packing_fraction > max(named) + 0.2
    assert deepest_overlap(packing) == pytest.approx(0.0, abs=1e-9)


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(CUBE_NAMES), st.sampled_from(["A", "B"]), st.floats(0.14, 1.0))
def test_no_cell_of_the_table_overlaps_and_one_pair_touches(name: str, cube_on: str, gamma: float) -> None:
    packing = table_entry(name, cube_on).packing(gamma)
    assert deepest_overlap(packing) == pytest.approx(0.0, abs=1e-8)
    # The curve is interpolated in the volume; the cell is a packing in its own right.
    curve = float(table_entry(name, cube_on).packing_fraction(gamma))
    assert packing.packing_fraction == pytest.approx(curve, abs=0.03)


@pytest.mark.parametrize("name", CUBE_NAMES)
@pytest.mark.parametrize("cube_on", ["A", "B"])
@pytest.mark.slow
def test_every_stored_cell_is_a_packing_without_overlap(name: str, cube_on: str) -> None:
    entry = table_entry(name, cube_on)
    for gamma, log_volume in zip(entry.gamma, entry.log_volume, strict=True):
        packing = entry.packing(float(gamma))
        assert deepest_overlap(packing) == pytest.approx(0.0, abs=1e-8)
        assert np.log(packing.volume_nm3) <= log_volume + 1e-8


@pytest.mark.parametrize("name", CUBE_NAMES)
@pytest.mark.parametrize("cube_on", ["A", "B"])
def test_curves_have_no_jump_that_geometry_forbids(name: str, cube_on: str) -> None:
    """A cell holds any smaller B; blown up with B it holds a larger one: 0 <= d ln V / d ln gamma <= 3."""
    entry = table_entry(name, cube_on)
    rise, ratio = np.diff(entry.log_volume), np.diff(np.log(entry.gamma))
    assert np.all(rise >= 0)
    assert np.all(rise <= 3 * ratio + 1e-8)


@pytest.mark.parametrize(("name", "gamma", "at_least"), [("CaCu5", 0.60, 0.6945), ("Fe4C", 0.40, 0.444),
                                                        ("AlB2", 6**-0.5, 0.7617)])  # fmt: skip
def test_cubes_that_each_turn_by_themselves_are_in_the_table(name: str, gamma: float, at_least: float) -> None:
    assert table_entry(name, "B").packing(gamma).packing_fraction > at_least


def test_following_a_packing_never_loosens_it_and_reaches_the_next_optimum() -> None:
    loose = densest_packing("AlB2", mixed(0.35), n_starts=0, link="same")
    assert followed_packing("AlB2", loose).packing_fraction >= loose.packing_fraction - 1e-12
    # All spheres touch up to 1/sqrt6, so the cell is known.
    held = followed_packing("AlB2", densest_packing("AlB2", mixed(0.40), n_starts=2), mixed(6**-0.5))
    assert held.packing_fraction == pytest.approx((np.pi / 6 + 2 * 6**-1.5) / (3**0.5 / 2), abs=1e-6)
    assert deepest_overlap(held) == pytest.approx(0.0, abs=1e-8)
    # A known cell that is far better ends the descent early, with the packing it began from.
    given_up = followed_packing("AlB2", loose, mixed(0.40), worth_nm3=0.1)
    assert deepest_overlap(given_up) == pytest.approx(0.0, abs=1e-8)
    assert given_up.volume_nm3 >= 3**0.5 / 2 - 1e-9


@settings(deadline=None, max_examples=8)
@given(st.sampled_from(["NaCl", "CsCl", "AlB2", "AuCu"]), st.floats(0.2, 1.0), st.integers(0, 100))
def test_no_cell_of_the_search_overlaps(name: str, gamma: float, seed: int) -> None:
    packing = densest_packing(name, mixed(gamma), n_starts=1, link="same", seed=seed)
    assert deepest_overlap(packing) == pytest.approx(0.0, abs=1e-8)


@pytest.mark.parametrize("name", CUBE_NAMES)
def test_table_rises_and_leaves_the_spheres_alone_when_cubes_are_small(name: str) -> None:
    entry = table_entry(name, "B")
    assert np.all(np.diff(entry.log_volume) >= -1e-9)
    # A cube fits into the sphere around it, so it packs at least as well as that sphere.
    gamma = np.array([0.14, 0.3, 0.5])
    volume = np.exp(np.interp(gamma, entry.gamma, entry.log_volume))
    counts = template(name).counts
    n_b = sum(n for kind, n in counts.items() if kind != "A")
    around = gamma * 3**0.5
    spheres = np.pi / 6 * (counts["A"] + n_b * around**3) / packing_fraction_hs(name, np.minimum(around, 1.0))
    assert np.all(volume <= spheres * (1 + 1e-3))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "cube_on", "gamma"), [("NaCl", "B", 0.62), ("AlB2", "B", 0.44), ("CsCl", "A", 0.7),
                                                        ("AuCu3", "B", 0.46), ("Fe4C", "A", 0.5)])  # fmt: skip
def test_a_new_search_finds_what_the_table_holds(name: str, cube_on: str, gamma: float) -> None:
    shapes = cube_sphere_shapes(name, cube_on, gamma)
    found = max(
        densest_packing(name, shapes, link=link, n_starts=6, seed=7).packing_fraction for link in ("orbit", "same")
    )
    held = table_entry(name, cube_on).packing(gamma).packing_fraction
    assert held > found - 0.005
    assert found > held - 0.02


def test_cubes_larger_than_the_spheres_take_the_sites_of_a() -> None:
    report = lattice_report("CsCl", 1.25, b_shape="cube")
    assert report.relabelled
    assert report.gamma == pytest.approx(0.8)
    assert isinstance(report.packing.shapes["A"], type(cube(1.0)))
    # CsCl is the same whichever of its kinds is called A.
    assert report.packing_fraction == pytest.approx(
        densest_packing("CsCl", {"A": Sphere(diameter_nm=0.8), "B": cube(1.0)}).packing_fraction, abs=1e-6
    )


def test_constant_cell_of_the_otm_for_cubes() -> None:
    assert constant_cell_fraction("ABO3", 0.4337) == pytest.approx(0.85, abs=1e-3)
    assert constant_cell_fraction("ABO3", 0.4920) == pytest.approx(1.0, abs=1e-3)
    assert constant_cell_fraction("NaCl", 0.5682) == pytest.approx(1.0, abs=1e-3)
    assert constant_cell_fraction("NaCl", 0.4263) == pytest.approx(0.85, abs=1e-3)
    report = lattice_report("ABO3", 0.45, model="otm", b_shape="cube")
    assert report.packing_fraction == pytest.approx(float(constant_cell_fraction("ABO3", 0.45)), abs=1e-9)
    assert report.gamma_bar == pytest.approx(OCTAHEDRAL)
    with pytest.raises(InputError, match=r"gamma 0.5 is outside the OTM branch of ABO3 with cubes"):
        lattice_report("ABO3", 0.5, model="otm", b_shape="cube")
    with pytest.raises(InputError, match="known for NaCl and ABO3"):
        lattice_report("AlB2", 0.4, model="otm", b_shape="cube")


def test_report_of_cubes_reaches_the_optimum() -> None:
    assert densest_cubes_and_spheres("AlB2", 6**-0.5, n_starts=2).packing_fraction == pytest.approx(0.76173, abs=1e-4)
    with pytest.raises(InputError, match=r"gamma of NaCl with cubes on B must be above 0 and at most 1"):
        table_entry("NaCl", "B").packing_fraction(1.05)
    # Below the table its first cell is kept, which holds smaller cubes.
    assert table_entry("NaCl", "B").packing(0.05).lengths_nm[0] == pytest.approx(2**0.5)
    with pytest.raises(InputError, match="cubes and spheres"):
        table_entry("NaZn13", "B")


def test_the_independent_overlap_test_sees_a_smaller_cell_and_a_turned_cube() -> None:
    packing = densest_packing("AlB2", mixed(6**-0.5), link="same", n_starts=2)
    assert deepest_overlap(replace(packing, cell_nm=0.999 * packing.cell_nm)) > 5e-4
    turned = np.array(packing.orientations)
    turned[packing.kinds.index("B")] = (1.0, 0.0, 0.0, 0.0)
    assert deepest_overlap(replace(packing, orientations=turned)) > 0.05
