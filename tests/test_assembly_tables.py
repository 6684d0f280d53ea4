"""Tabulated pair potentials: both engines take one smooth function from a table and add it up as plain sums do."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from engine_cases import KT, plain_energy_forces, smooth_table, soft_cubes, still_state, tabulated_mixture
from scipy.interpolate import CubicHermiteSpline

from assembly.engines import Dynamics, start_session
from assembly.engines.session import EnergyForces
from assembly.engines.tables import hoomd_table, mie_table, table_values
from assembly.run.validation import check_system
from assembly.system.potentials import mix_pairs
from assembly.system.system import MiePair, System, TablePair
from packing.errors import InputError

ENGINES = ["lammps", pytest.param("hoomd", marks=pytest.mark.hoomd)]
CASES = {
    "tables": lambda: tabulated_mixture(np.random.default_rng(21)),
    "tables-and-mie": lambda: tabulated_mixture(np.random.default_rng(22), with_mie=True),
}


def run(engine: str, system: System) -> EnergyForces:
    pytest.importorskip(engine, reason=f"{engine} is not installed")
    session = start_session(engine, system)
    try:
        session.restore(still_state(system))
        return session.energy_forces()
    finally:
        session.close()


def largest_difference(got: EnergyForces, expected: EnergyForces) -> float:
    """Over energy, forces and torques, each relative to its largest."""
    found = [abs(got.potential_kj_mol / expected.potential_kj_mol - 1)]
    for name in ("body_forces_kj_mol_nm", "body_torques_kj_mol"):
        a, b = getattr(got, name), getattr(expected, name)
        found.append(float(np.abs(a - b).max() / np.abs(b).max()))
    return max(found)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES)
def test_an_engine_adds_tables_up_as_plain_sums_do(engine: str, case: str) -> None:
    system = CASES[case]()
    check_system(system)
    expected = plain_energy_forces(system, still_state(system))
    assert np.abs(expected.body_forces_kj_mol_nm).min() > 1e-3
    assert largest_difference(run(engine, system), expected) < 1e-6


@pytest.mark.hoomd
@pytest.mark.parametrize("case", CASES)
def test_engines_agree_on_mixtures(case: str) -> None:
    system = CASES[case]()
    assert largest_difference(run("lammps", system), run("hoomd", system)) < 1e-6


def pressed_together(gap: float) -> System:
    """Two cubes so close that beads are inside the first distance of their table."""
    system = soft_cubes(2, 12.0, np.random.default_rng(3))
    return dataclasses.replace(
        system,
        box=np.array([24.0] * 3 + [0.0] * 3),
        centres_nm=np.array([[0.0, 0, 0], [4.0 + gap, 0.1, 0.2]]),
        orientations=np.tile([1.0, 0, 0, 0], (2, 1)),
        pairs={(1, 1): smooth_table(0.5, 1.4, 0.4, 3.0)},
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_an_overlap_costs_energy_and_pushes(engine: str) -> None:
    system = pressed_together(0.4)
    expected = plain_energy_forces(system, still_state(system))
    assert expected.potential_kj_mol > 50
    assert largest_difference(run(engine, system), expected) < 1e-6


@pytest.mark.parametrize("engine", ENGINES)
def test_bodies_that_lie_on_each_other_are_pushed_apart(engine: str) -> None:
    """Where a run blew up beads may all but meet: LAMMPS ended the whole process there, and HOOMD felt nothing."""
    system = pressed_together(-4.0)
    apart = np.array([0.012, -0.004, 0.005])
    system = dataclasses.replace(system, centres_nm=np.array([np.zeros(3), apart]))
    expected, found = plain_energy_forces(system, still_state(system)), run(engine, system)
    assert expected.potential_kj_mol > 1000
    # Splines in r^2 are no good at straight lines to 0, but a wall they are.
    assert found.potential_kj_mol > 0.5 * expected.potential_kj_mol
    assert found.body_forces_kj_mol_nm[1] @ apart > 0


@pytest.mark.parametrize("engine", ENGINES)
def test_new_tables_take_the_place_of_old_ones(engine: str) -> None:
    pytest.importorskip(engine, reason=f"{engine} is not installed")
    weak = CASES["tables"]()
    tables = {key: pair for key, pair in weak.pairs.items() if isinstance(pair, TablePair)}
    strong = {key: dataclasses.replace(t, energy_kj_mol=3 * t.energy_kj_mol, force_kj_mol_nm=3 * t.force_kj_mol_nm)
              for key, t in tables.items()}  # fmt: skip
    session = start_session(engine, weak)
    session.restore(still_state(weak))
    session.set_pairs(mix_pairs(tables, strong, 0.25))
    mixed = session.energy_forces().potential_kj_mol
    session.close()
    assert mixed == pytest.approx(1.5 * run(engine, weak).potential_kj_mol, rel=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_tabulated_system_keeps_its_energy(engine: str) -> None:
    pytest.importorskip(engine, reason=f"{engine} is not installed")
    system = CASES["tables"]()
    still = still_state(system)
    session = start_session(engine, system)
    session.restore(still)
    session.begin(Dynamics(ensemble="nve", timestep_ps=0.05, n_steps=2000, kt_start_kj_mol=KT, kt_end_kj_mol=KT))
    start = session.sample()
    session.advance(2000)
    end = session.sample()
    session.close()
    from assembly.system.state import rotational_energy_kj_mol, translational_energy_kj_mol

    kinetic = translational_energy_kj_mol(system, end.state) + rotational_energy_kj_mol(system, end.state)
    assert kinetic > 1.0
    assert end.potential_kj_mol + kinetic == pytest.approx(start.potential_kj_mol, abs=2e-3 * kinetic)


def test_between_its_points_a_table_is_the_cubic_through_energies_and_forces() -> None:
    table = smooth_table(2.0, 2.0, 0.5, 5.0, n_points=12)
    r = np.linspace(table.r_min_nm, 4.999, 301)
    grid = np.linspace(table.r_min_nm, table.cutoff_nm, 12)
    spline = CubicHermiteSpline(grid, table.energy_kj_mol, -table.force_kj_mol_nm)
    energy, force = table_values(table, r)
    np.testing.assert_allclose(energy, spline(r), atol=1e-12)
    np.testing.assert_allclose(force, -spline(r, 1), atol=1e-12)


def test_a_force_is_the_slope_of_its_energy_in_the_wall_too() -> None:
    table, step = smooth_table(2.0, 2.0, 0.5, 5.0), 1e-6
    r = np.array([0.3, 1.1, 1.7, 2.5, 4.9, 5.1])
    slope = (table_values(table, r - step)[0] - table_values(table, r + step)[0]) / (2 * step)
    np.testing.assert_allclose(table_values(table, r)[1], slope, rtol=1e-5, atol=1e-8)


def test_the_shifted_mie_potential_is_zero_at_its_cutoff_and_has_its_depth() -> None:
    pair = MiePair(epsilon_kj_mol=0.5, sigma_nm=0.6, shift_nm=0.25, cutoff_nm=1.8)
    r = np.array([0.25 + 0.6 * 2 ** (1 / 6), 1.7, 1.8 - 1e-9])
    by_hand = 4 * 0.5 * ((0.6 / (r - 0.25)) ** 12 - (0.6 / (r - 0.25)) ** 6)
    at_cutoff = 4 * 0.5 * ((0.6 / 1.55) ** 12 - (0.6 / 1.55) ** 6)
    np.testing.assert_allclose(table_values(mie_table(pair), r)[0], by_hand - at_cutoff, atol=1e-9)


def test_hoomd_gets_no_point_at_the_cutoff() -> None:
    low, energy, force = hoomd_table(smooth_table(2.0, 2.0, 0.5, 5.0))
    assert low < 1e-3
    assert energy.shape == force.shape
    assert energy[-1] != 0


def test_a_mixture_of_two_tables_is_linear_and_needs_one_grid() -> None:
    a, b = {(0, 0): smooth_table(1.0, 2.0, 0.5, 5.0)}, {(0, 0): smooth_table(4.0, 2.0, 0.3, 5.0)}
    halfway = mix_pairs(a, b, 0.5)[(0, 0)]
    assert isinstance(halfway, TablePair)
    r = np.linspace(1.0, 5.0, 50)
    expected = (table_values(a[(0, 0)], r)[0] + table_values(b[(0, 0)], r)[0]) / 2
    np.testing.assert_allclose(table_values(halfway, r)[0], expected, atol=1e-12)
    with pytest.raises(InputError, match="one grid"):
        mix_pairs(a, {(0, 0): smooth_table(4.0, 2.0, 0.3, 4.0)}, 0.5)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"r_min_nm": 4.0}, "r_min_nm < cutoff_nm"),
        ({"force_kj_mol_nm": np.zeros(4)}, "as many forces"),
        ({"energy_kj_mol": np.full(2000, np.nan)}, "finite"),
        ({"energy_kj_mol": np.append(np.inf, np.zeros(1999))}, "finite"),
        ({"force_kj_mol_nm": np.append(np.zeros(1999), np.nan)}, "finite"),
        ({"energy_kj_mol": np.ones(2000)}, "end with an energy of zero"),
    ],
)
def test_tables_that_cannot_be_used_are_one_line(wrong: dict, match: str) -> None:
    table = dataclasses.replace(smooth_table(1.0, 1.4, 0.4, 3.0), **wrong)
    system = dataclasses.replace(soft_cubes(8, 9.0, np.random.default_rng(1)), pairs={(1, 1): table})
    with pytest.raises(InputError, match=match) as error:
        check_system(system)
    assert "\n" not in str(error.value)


def test_tables_of_one_grid_may_end_at_different_distances() -> None:
    """What ends earlier is zero from there on."""
    far = smooth_table(1.0, 2.0, 0.5, 5.0, n_points=1001)
    step = (far.cutoff_nm - far.r_min_nm) / 1000
    near = dataclasses.replace(
        far,
        cutoff_nm=far.r_min_nm + 600 * step,
        energy_kj_mol=3 * far.energy_kj_mol[:601],
        force_kj_mol_nm=3 * far.force_kj_mol_nm[:601],
    )
    mixed = mix_pairs({(0, 0): near}, {(0, 0): far}, 0.25)[(0, 0)]
    assert isinstance(mixed, TablePair)
    assert mixed.cutoff_nm == far.cutoff_nm
    factor = np.where(np.arange(1001) <= 600, 0.75 * 3 + 0.25, 0.25)
    np.testing.assert_allclose(mixed.energy_kj_mol, factor * far.energy_kj_mol)
    np.testing.assert_allclose(mixed.force_kj_mol_nm, factor * far.force_kj_mol_nm)


def test_a_table_at_one_end_of_a_ramp_comes_and_goes_and_a_mie_potential_is_refused() -> None:
    table, mie = smooth_table(1.0, 1.4, 0.4, 3.0), MiePair(epsilon_kj_mol=1.0, sigma_nm=1.0, cutoff_nm=2.5)
    for start, end, share in (({}, {(0, 1): table}, 0.25), ({(0, 1): table}, {}, 0.75)):
        mixed = mix_pairs(start, end, 0.25)[(0, 1)]
        assert isinstance(mixed, TablePair)
        np.testing.assert_allclose(mixed.energy_kj_mol, share * table.energy_kj_mol)
        np.testing.assert_allclose(mixed.force_kj_mol_nm, share * table.force_kj_mol_nm)
        with pytest.raises(InputError, match="same pairs of types"):
            mix_pairs(start | {(0, 0): mie}, end, 0.25)
