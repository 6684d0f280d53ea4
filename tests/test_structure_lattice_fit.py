"""Fitted lattices: right parameters, honest uncertainties, and no lattice where there is none."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.signal import lfilter

from packing.configuration import (
    Configuration,
    box_to_cell,
    cell_to_box,
    configuration,
    matrices_to_quaternions,
    quaternions_to_matrices,
)
from packing.errors import InputError
from packing.shapes import Cuboid, Sphere, cube
from structure.crystals.build import build_crystal, ideal_gas
from structure.crystals.cells import unit_cell
from structure.lattice.conventional import conventional_cell
from structure.lattice.fit import fit_lattice
from structure.lattice.result import LatticeFit, with_error
from structure.lattice.series import blocked_error, fit_lattice_trajectory

BALL = Sphere(diameter_nm=7.0)
CUBE = cube(8.6)


def sc(n: int = 4, **options: Any) -> Configuration:
    return build_crystal("sc", **({"spacing_nm": 11.0, "n_cells": (n, n, n), "shapes": CUBE} | options))


# Conventional cells in units of the nearest-neighbour distance.
CELLS = {
    "sc": ("cubic", "CUB", [1, 1, 1, 90, 90, 90]),
    "fcc": ("cubic", "FCC", [2**0.5] * 3 + [90] * 3),
    "bcc": ("cubic", "BCC", [2 / 3**0.5] * 3 + [90] * 3),
    "hcp": ("hexagonal", "HEX", [1, 1, (8 / 3) ** 0.5, 90, 90, 120]),
    "bct": ("tetragonal", "BCT", [1.0783, 1.0783, 1.2940, 90, 90, 90]),
    "simple hexagonal": ("hexagonal", "HEX", [1, 1, 1, 90, 90, 120]),
}


@pytest.mark.parametrize("lattice", CELLS)
@pytest.mark.parametrize("primitive", [False, True])
def test_each_lattice_is_recovered_warm_and_with_vacancies(lattice: str, primitive: bool) -> None:
    n_cells = (5, 5, 5) if primitive or lattice != "sc" else (6, 6, 6)
    c = build_crystal(
        lattice,
        spacing_nm=10.0,
        n_cells=n_cells,
        shapes=BALL,
        primitive=primitive,
        displacement_nm=0.3,
        vacancy_fraction=0.02,
        seed=1,
    )
    n_sites = len(unit_cell(lattice, primitive=primitive).sites(n_cells))
    fit = fit_lattice(c)
    system, bravais, parameters = CELLS[lattice]
    assert (fit.structure, fit.crystal_system, fit.bravais) == (lattice, system, bravais)
    # The box of a periodic crystal fixes its lattice.
    assert fit.fills_box
    assert fit.parameters == pytest.approx([10 * p for p in parameters[:3]] + parameters[3:], rel=1e-4)
    assert fit.n_vacancies == n_sites - c.n_particles
    assert fit.n_indexed == c.n_particles
    assert fit.sigma_rms_nm == pytest.approx(0.3, rel=0.12)
    assert len(fit.grains) == 1


@pytest.mark.slow
def test_pulls_are_one() -> None:
    # Free clusters: nothing but the particles' scatter decides how well the lattice is known.
    pulls = []
    for seed in range(40):
        fit = fit_lattice(sc(5, periodic=False, displacement_nm=0.4, seed=seed))
        truth = np.array([11, 11, 11, 90, 90, 90])
        pulls.append((fit.parameters - truth) / fit.parameter_errors)
    assert np.mean(pulls) == pytest.approx(0, abs=4 / math.sqrt(240))
    assert np.std(pulls) == pytest.approx(1, abs=4 / math.sqrt(2 * 240))


@pytest.mark.slow
def test_pulls_of_the_period_are_one() -> None:
    fits = [fit_lattice(sc(4, periodic=False, displacement_nm=0.3, seed=seed)) for seed in range(30)]
    pulls = np.array([(f.period_nm - 11.0) / f.period_error_nm for f in fits])
    assert abs(pulls.mean()) < 4 / math.sqrt(30)
    assert pulls.std() == pytest.approx(1, abs=4 / math.sqrt(60))


@pytest.mark.slow
@pytest.mark.parametrize("lattice", ["fcc", "bcc", "hcp", "bct"])
def test_pulls_of_other_lattices_are_one(lattice: str) -> None:
    truth = np.array(CELLS[lattice][2]) * [10, 10, 10, 1, 1, 1]
    truth[:3] = np.array(
        fit_lattice(build_crystal(lattice, spacing_nm=10, n_cells=(3, 3, 3), shapes=BALL)).parameters[:3]
    )
    pulls = []
    for seed in range(20):
        c = build_crystal(
            lattice, spacing_nm=10.0, n_cells=(4, 4, 4), shapes=BALL, periodic=False, displacement_nm=0.3, seed=seed
        )
        fit = fit_lattice(c)
        assert fit.bravais == CELLS[lattice][1]
        pulls.append((fit.parameters - truth) / fit.parameter_errors)
    # The axes of a cubic or tetragonal cell come in any order and the deviations of the three angles are correlated.
    assert np.std(pulls) == pytest.approx(1, abs=0.3)


def test_a_box_does_not_make_the_lattice_exact() -> None:
    fit = fit_lattice(sc(4, displacement_nm=0.3, seed=2))
    assert fit.fills_box
    assert fit.period_nm == pytest.approx(11.0, abs=1e-9)
    # Least squares of 64 free particles: 0.3 / sqrt(sum of squared indices) = 0.3 / sqrt(64 x 1.25), over three axes.
    assert fit.period_error_nm == pytest.approx(0.3 / math.sqrt(80) / math.sqrt(3), rel=0.25)


def test_64_noisy_cubes() -> None:
    fit = fit_lattice(sc(4, displacement_nm=0.5, misorientation_fwhm_deg=8.0, seed=3))
    assert fit.found
    assert fit.crystal_system == "cubic"
    assert fit.gap_nm == pytest.approx(2.4, abs=3 * fit.gap_error_nm + 1e-9)
    assert fit.n_vacancies == 0


# At 11 % two particles sometimes share the nearest site: of 28 such crystals none lacked more than 4 of 64 places.
@pytest.mark.parametrize(("displacement", "n_missed"), [(0.8, 0), (1.2, 6)])
def test_a_very_soft_crystal_still_has_its_lattice(displacement: float, n_missed: int) -> None:
    # 7 and 11 % of the period per axis: cubes that assembled but are not yet annealed scatter like this.
    c = sc(4, displacement_nm=displacement, misorientation_fwhm_deg=15.0, seed=12)
    fit = fit_lattice(c)
    assert fit.crystal_system == "cubic"
    assert fit.n_vacancies <= n_missed
    assert fit.sigma_rms_nm == pytest.approx(displacement, rel=0.2)


def test_zero_temperature_is_exact() -> None:
    fit = fit_lattice(sc(4))
    assert fit.parameters == pytest.approx([11, 11, 11, 90, 90, 90], abs=1e-9)
    assert fit.sigma_rms_nm == pytest.approx(0, abs=1e-9)
    assert fit.conflict_fraction == 0.0


def test_tetragonal_plates_have_no_short_name_but_a_lattice() -> None:
    plates = sc(5, shapes=Cuboid(edges_nm=(9.0, 9.0, 5.0)), displacement_nm=0.1)
    squeezed = configuration(
        plates.positions_nm * [1, 1, 0.7], shapes=plates.shapes, box=np.asarray(plates.box) * [1, 1, 0.7, 1, 1, 1]
    )
    fit = fit_lattice(squeezed)
    assert (fit.crystal_system, fit.bravais) == ("tetragonal", "TET")
    assert fit.period_nm == pytest.approx(7.7, abs=1e-6)
    assert fit.gap_nm == pytest.approx(2.7, abs=1e-6)


def test_a_sheared_crystal_is_monoclinic() -> None:
    cell = np.array([[44.0, 0, 0], [0, 46.2, 0], [6.0, 0, 48.4]])
    steps = np.array([[i, j, k] for i in range(4) for j in range(4) for k in range(4)]) / 4
    box, turn = cell_to_box(cell)
    fit = fit_lattice(configuration(steps @ cell @ turn.T, shapes=CUBE, box=box))
    assert fit.crystal_system == "monoclinic"
    assert sorted(fit.parameters[:3]) == pytest.approx([11.0, 11.55, math.hypot(1.5, 12.1)])
    assert fit.parameters[3:].min() == pytest.approx(math.degrees(math.atan2(12.1, 1.5)))


@settings(deadline=None, max_examples=8)
@given(
    q=st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda q: np.linalg.norm(q) > 0.1),
    shift=st.lists(st.floats(-60, 60), min_size=3, max_size=3),
)
def test_the_lattice_does_not_depend_on_the_frame(q: list[float], shift: list[float]) -> None:
    c = sc(4, periodic=False, displacement_nm=0.3, seed=4)
    turn = quaternions_to_matrices(np.array(q) / np.linalg.norm(q))
    moved = configuration(
        c.positions_nm @ turn.T + shift, shapes=CUBE, orientations=matrices_to_quaternions(turn @ c.rotations)
    )
    a, b = fit_lattice(c), fit_lattice(moved)
    assert sorted(a.parameters[:3]) == pytest.approx(sorted(b.parameters[:3]), rel=1e-6)
    assert a.period_nm == pytest.approx(b.period_nm, rel=1e-6)
    assert a.period_error_nm == pytest.approx(b.period_error_nm, rel=1e-3)
    assert a.gap_nm == pytest.approx(b.gap_nm, rel=1e-6)


@settings(deadline=None, max_examples=6)
@given(row=st.permutations([0, 1, 2]), times=st.integers(-2, 2), shift=st.floats(-30, 30))
def test_the_lattice_does_not_depend_on_the_box(row: list[int], times: int, shift: float) -> None:
    c = sc(4, displacement_nm=0.3, seed=5)
    assert c.box is not None
    sheared = box_to_cell(c.box)
    sheared[row[0]] += times * sheared[row[1]]
    box, turn = cell_to_box(sheared)
    other = configuration((c.positions_nm + shift) @ turn.T, shapes=CUBE, box=box)
    fit = fit_lattice(other)
    assert fit.fills_box
    assert fit.parameters == pytest.approx([11, 11, 11, 90, 90, 90], rel=1e-9)


def test_a_turned_crystal_in_a_cubic_box_is_not_read_from_the_box() -> None:
    turn = [math.cos(0.2), 0.1, 0.15, 0.05]
    cluster = sc(5, periodic=False, displacement_nm=0.2, rotation=turn, seed=6)
    boxed = configuration(cluster.positions_nm, shapes=CUBE, orientations=cluster.orientations, box=[97.0] * 3)
    fit = fit_lattice(boxed)
    assert not fit.fills_box
    assert fit.n_indexed == 125
    assert fit.period_nm == pytest.approx(11.0, abs=4 * fit.period_error_nm)
    assert fit.gap_nm == pytest.approx(2.4, abs=4 * fit.gap_error_nm)


def test_vacancies_inside_a_free_cluster_are_counted() -> None:
    c = sc(6, periodic=False, displacement_nm=0.2, seed=7)
    inner = np.flatnonzero(np.abs(c.positions_nm).max(axis=1) < 17)
    kept = np.setdiff1d(np.arange(c.n_particles), inner[[0, 21, 42]])
    holed = configuration(c.positions_nm[kept], shapes=CUBE, orientations=c.orientations[kept])
    assert fit_lattice(c).n_vacancies == 0
    assert fit_lattice(holed).n_vacancies == 3


def test_mixed_sizes_give_the_mean_gap() -> None:
    shapes = (cube(8.0), cube(9.0))
    fit = fit_lattice(sc(4, shapes=shapes))
    assert fit.gap_nm == pytest.approx(11 - 8.5)


@pytest.mark.parametrize(
    ("c", "reason"),
    [
        (ideal_gas(200, edge_nm=60.0, shapes=BALL), "no particle has neighbours|do not repeat"),
        (build_crystal("sc", spacing_nm=11.0, n_cells=(2, 2, 2), shapes=CUBE, periodic=False), "neighbours all around"),
        (configuration([[0, 0, 0], [11, 0, 0], [0, 11, 0]], shapes=CUBE), "3 particles are too few"),
        (build_crystal("sc", spacing_nm=11.0, n_cells=(6, 6, 1), shapes=CUBE, periodic=False), "neighbours all around"),
    ],
)
def test_no_lattice_is_said_and_not_guessed(c: Configuration, reason: str) -> None:
    fit = fit_lattice(c)
    assert not fit.found
    assert not fit.fills_box
    assert fit.reason
    assert re.search(reason, fit.reason)
    assert math.isnan(fit.period_nm)
    assert "no Bravais fit" in fit.summary()
    json.dumps(fit.to_dict(), allow_nan=False)


def test_a_dense_glass_has_no_lattice() -> None:
    rng = np.random.default_rng(8)
    c = sc(6, displacement_nm=3.0, seed=8)
    fit = fit_lattice(configuration(c.positions_nm + rng.normal(scale=1.0, size=(216, 3)), shapes=CUBE, box=c.box))
    assert not fit.found


def test_single_particles_are_refused() -> None:
    with pytest.raises(InputError, match="at least 2 particles, got 1"):
        fit_lattice(configuration([[0, 0, 0]], shapes=CUBE))


def test_frames_are_averaged_with_their_fluctuation() -> None:
    # The box of each frame fluctuates by 0.1 nm: that, not the scatter in one frame, is the error of the mean.
    rng = np.random.default_rng(9)
    spacings = 11 + 0.1 * rng.normal(size=20)
    series = fit_lattice_trajectory(sc(3, spacing_nm=s, displacement_nm=0.05, seed=k) for k, s in enumerate(spacings))
    assert series.found
    assert series.n_used == 20
    assert series.period_nm == pytest.approx(spacings.mean(), rel=1e-9)
    assert series.period_error_nm >= spacings.std(ddof=1) / math.sqrt(20) * 0.999
    assert series.period_error_nm < 2 * spacings.std(ddof=1) / math.sqrt(20)
    assert series.gap_nm == pytest.approx(series.period_nm - 8.6)
    json.dumps(series.to_dict(), allow_nan=False)


def test_frames_in_a_fixed_box_keep_the_uncertainty_of_one() -> None:
    series = fit_lattice_trajectory(sc(4, displacement_nm=0.3, seed=k) for k in range(4))
    assert series.period_error_nm == pytest.approx(np.mean([f.period_error_nm for f in series.fits]), rel=0.05)


def test_blocking_sees_correlation() -> None:
    # AR(1) with coefficient rho: statistical inefficiency (1 + rho) / (1 - rho), in the mean of twelve chains.
    rng = np.random.default_rng(10)
    rho, n = 0.9, 20_000
    chains = lfilter([1.0], [1.0, -rho], rng.normal(size=(12, n)))
    found = [blocked_error(x) / x.std() for x in chains]
    expected = math.sqrt((1 + rho) / (1 - rho) / n)
    scatter = float(np.std(found, ddof=1)) / math.sqrt(len(found))
    assert np.mean(found) == pytest.approx(expected, abs=0.15 * expected + 3 * scatter)
    assert np.mean(found) > 3 / math.sqrt(n)


def test_no_frames_and_no_lattice_in_frames() -> None:
    with pytest.raises(InputError, match="frames must not be empty"):
        fit_lattice_trajectory([])
    series = fit_lattice_trajectory([ideal_gas(64, edge_nm=60.0, shapes=CUBE)])
    assert not series.found
    assert "0 of 1 frames" in series.reason
    json.dumps(series.to_dict(), allow_nan=False)


@pytest.mark.parametrize("lattice", ["sc", "fcc", "bcc", "bct", "hcp"])
def test_symmetry_is_found_in_any_basis(lattice: str) -> None:
    rng = np.random.default_rng(11)
    cell = unit_cell(lattice, primitive=True).cell * 10
    for _ in range(4):
        mixed = np.eye(3, dtype=int)
        for _ in range(3):
            i, j = rng.permutation(3)[:2]
            mixed[i] += rng.integers(-1, 2) * mixed[j]
        found = conventional_cell(mixed @ cell + rng.normal(scale=0.02, size=(3, 3)), 0.02)
        assert (found.crystal_system, found.bravais) == CELLS[lattice][:2]


def test_numbers_are_written_with_their_uncertainty() -> None:
    assert with_error(11.034, 0.041) == "11.03(4)"
    assert with_error(11.0, 0.0096) == "11.00(1)"
    assert with_error(2.4, math.nan) == "2.400"


def test_fits_are_frozen_and_drawn() -> None:
    from matplotlib.figure import Figure

    fit: LatticeFit = fit_lattice(sc(5, displacement_nm=0.3))
    with pytest.raises(ValueError, match="read-only"):
        fit.parameters[0] = 1.0
    ax = fit.plot(Figure().subplots())
    assert "nm" in ax.get_ylabel()
    assert len(ax.lines) == 6
