"""Grains are found, counted and measured."""

from __future__ import annotations

import numpy as np
import pytest

from packing.configuration import configuration
from packing.shapes import Sphere, cube
from structure.crystals.build import build_bicrystal, build_crystal, ideal_gas
from structure.lattice.fit import fit_lattice
from structure.lattice.grains import Grain, find_grains
from structure.order.classify import classify_surroundings
from structure.order.neighbours import nearest_neighbours

CUBE = cube(8.6)


def grains(c: object) -> tuple[Grain, ...]:
    near = nearest_neighbours(c, 24)  # type: ignore[arg-type]
    return find_grains(near, classify_surroundings(near))


@pytest.mark.parametrize("twist_deg", [15.0, 30.0, 45.0])
def test_two_twisted_grains_are_two(twist_deg: float) -> None:
    pair = build_bicrystal("sc", twist_deg=twist_deg, spacing_nm=11.0, n_cells=(5, 6, 6), shapes=CUBE)
    found = grains(pair)
    assert [g.lattice for g in found] == ["sc", "sc"]
    assert found[1].angle_deg == pytest.approx(twist_deg, abs=0.5)
    assert sum(g.n_particles for g in found) == pair.n_particles
    for g in found:
        assert g.n_particles == pytest.approx(180, abs=18)


@pytest.mark.parametrize("twist_deg", [0.0, 90.0])
def test_a_twist_that_the_lattice_does_not_notice_leaves_one_grain(twist_deg: float) -> None:
    pair = build_bicrystal("sc", twist_deg=twist_deg, spacing_nm=11.0, n_cells=(5, 6, 6), shapes=CUBE)
    assert len(grains(pair)) == 1


def test_domain_size_is_the_edge_of_a_cube_of_the_same_volume() -> None:
    c = build_crystal("sc", spacing_nm=11.0, n_cells=(8, 8, 8), shapes=CUBE, displacement_nm=0.3)
    (grain,) = grains(c)
    assert grain.domain_size_nm == pytest.approx(88.0, rel=0.02)


@pytest.mark.parametrize("lattice", ["fcc", "bcc", "bct", "hcp", "simple hexagonal"])
def test_one_warm_crystal_is_one_grain(lattice: str) -> None:
    c = build_crystal(
        lattice, spacing_nm=10.0, n_cells=(5, 5, 5), shapes=Sphere(diameter_nm=7.0), displacement_nm=0.4, seed=1
    )
    assert grains(c)[0].n_particles >= 0.98 * c.n_particles


def test_a_gas_has_no_grains() -> None:
    assert grains(ideal_gas(300, edge_nm=60.0, shapes=CUBE)) == ()


def test_a_crystal_beside_a_gas_is_one_grain_without_the_gas() -> None:
    crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(5, 5, 5), shapes=CUBE, periodic=False)
    gas = ideal_gas(40, edge_nm=200.0, shapes=CUBE, seed=3).positions_nm
    gas = gas[np.abs(gas).max(axis=1) > 45]
    both = configuration(np.concatenate([crystal.positions_nm, gas]), shapes=CUBE, box=[200.0] * 3)
    found = fit_lattice(both)
    assert found.grains[0].n_particles == 125
    assert found.n_indexed == 125
    assert found.period_nm == pytest.approx(11.0, abs=1e-6)
    assert not found.fills_box


def test_grains_of_a_lattice_fit_carry_their_sizes() -> None:
    fit = fit_lattice(build_bicrystal("sc", twist_deg=30, spacing_nm=11.0, n_cells=(5, 6, 6), shapes=CUBE))
    assert len(fit.grains) == len(fit.domain_sizes_nm) == 2
    assert fit.period_nm == pytest.approx(11.0, abs=1e-6)


@pytest.mark.parametrize("c_over_a", [1.15, 1.25])
def test_the_size_of_a_bct_grain_is_that_of_the_volume_of_its_cells(c_over_a: float) -> None:
    crystal = build_crystal(
        "bct", spacing_nm=10.0, n_cells=(7, 7, 6), shapes=Sphere(diameter_nm=7.0), c_over_a=c_over_a
    )
    (grain,) = grains(crystal)
    assert grain.lattice == "bct"
    assert grain.domain_size_nm == pytest.approx(crystal.volume_nm3 ** (1 / 3), rel=2e-3)
