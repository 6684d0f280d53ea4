"""Order parameters: limits, published values, second routes, bad input."""

from __future__ import annotations

import json
import math
from typing import Any

import freud
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.spatial.transform import Rotation
from scipy.special import eval_legendre

from packing.configuration import (
    Configuration,
    configuration,
    matrices_to_quaternions,
    quaternions_to_matrices,
    random_quaternions,
)
from packing.cubatic import cubatic_order
from packing.errors import InputError
from packing.shapes import Cuboid, Sphere, cube
from packing.trajectory import Trajectory, write_gsd
from structure.crystals.build import build_crystal, ideal_gas
from structure.lattice.grains import first_shell
from structure.order.alignment import RANDOM_FACING, face_to_face_alignment, misorientation
from structure.order.bond_order import radial_distribution
from structure.order.history import order_history
from structure.order.measure import measure_order
from structure.order.neighbours import FIRST_SHELL, nearest_neighbours

CUBE = cube(8.6)


def sc(n: int = 4, **options: Any) -> Configuration:
    return build_crystal("sc", spacing_nm=11.0, n_cells=(n, n, n), shapes=CUBE, **options)


def legendre_route(lattice: str, degree: int) -> float:
    """q_l without spherical harmonics: by their addition theorem, q_l^2 is the mean P_l of all pairs of directions."""
    shell = first_shell(lattice)[:12] if lattice == "hcp" else first_shell(lattice)
    unit = shell / np.linalg.norm(shell, axis=1, keepdims=True)
    return float(np.sqrt(eval_legendre(degree, unit @ unit.T).mean()))


# The familiar values of perfect crystals: sc over 6, fcc and hcp over 12, bcc over 14 neighbours.
@pytest.mark.parametrize(
    ("lattice", "q4", "q6"), [("sc", 0.764, 0.354), ("fcc", 0.191, 0.575), ("hcp", 0.097, 0.485), ("bcc", 0.036, 0.511)]
)
def test_steinhardt_parameters_of_perfect_crystals(lattice: str, q4: float, q6: float) -> None:
    assert legendre_route(lattice, 4) == pytest.approx(q4, abs=1e-3)
    assert legendre_route(lattice, 6) == pytest.approx(q6, abs=1e-3)
    report = measure_order(build_crystal(lattice, spacing_nm=10.0, n_cells=(4, 4, 4), shapes=CUBE))
    assert report.q4 == pytest.approx(np.full(report.n_particles, q4), abs=1e-3)
    assert report.q6 == pytest.approx(np.full(report.n_particles, q6), abs=1e-3)
    # Averaging over equal neighbours changes nothing; in hcp half of them are mirror images.
    if lattice != "hcp":
        assert report.q6_averaged == pytest.approx(report.q6, abs=1e-4)


def test_averaged_parameters_are_those_of_a_particle_and_its_neighbours_together() -> None:
    # W. Lechner and C. Dellago, J. Chem. Phys. 129, 114707 (2008); here by the addition theorem once more.
    c = sc(4, displacement_nm=0.4, seed=5)
    away = c.positions_nm[None] - c.positions_nm[:, None]
    away -= 44.0 * np.round(away / 44.0)
    distance = np.linalg.norm(away, axis=-1)
    bonded = (distance > 0) & (distance < FIRST_SHELL * 11.0)
    # One weight for all bonds is right only if each particle has as many.
    assert set(bonded.sum(axis=1)) == {6}
    report = measure_order(c)
    for degree in (4, 6):
        for i in range(8):
            group = [i, *np.flatnonzero(bonded[i])]
            unit = np.concatenate([away[k, bonded[k]] / distance[k, bonded[k], None] for k in group])
            both = [getattr(report, f"q{degree}{name}")[i] for name in ("_averaged", "")]
            assert both[0] == pytest.approx(np.sqrt(eval_legendre(degree, unit @ unit.T).mean()), abs=1e-5)
            assert both[1] == pytest.approx(np.sqrt(eval_legendre(degree, unit[:6] @ unit[:6].T).mean()), abs=1e-5)


def test_a_perfect_crystal_of_cubes() -> None:
    report = measure_order(sc())
    assert report.cubatic == pytest.approx(1.0, abs=1e-3)
    assert report.face_alignment == pytest.approx(1.0, abs=1e-6)
    assert report.misorientation_fwhm_deg == pytest.approx(0.0, abs=0.05)
    assert report.sc_fraction == report.sc_fraction_interior == 1.0
    assert report.n_interior == 64
    assert report.spacing_nm == pytest.approx(11.0)
    assert report.dominant == "sc"


def test_a_disordered_start_is_told_from_a_superlattice() -> None:
    # The limits that the first frame of the main job has to meet.
    report = measure_order(ideal_gas(64, edge_nm=60.0, shapes=CUBE, seed=1))
    assert report.cubatic < 0.35
    assert report.sc_fraction < 0.05
    assert abs(report.face_alignment) < 0.15


def test_cubatic_order_falls_with_the_number_of_random_orientations() -> None:
    values = [cubatic_order(random_quaternions(n, np.random.default_rng(2)))[0] for n in (30, 300, 3000)]
    assert values[0] > values[1] > values[2]
    assert values[2] < 0.05


@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 1000), fwhm=st.floats(1.0, 20.0))
def test_cubatic_order_does_not_know_which_axis_is_which(seed: int, fwhm: float) -> None:
    rng = np.random.default_rng(seed)
    c = sc(3, misorientation_fwhm_deg=fwhm, seed=seed)
    symmetry = Rotation.create_group("O").as_matrix()[rng.integers(24, size=27)]
    relabelled = matrices_to_quaternions(c.rotations @ symmetry)
    assert cubatic_order(c.orientations)[0] == pytest.approx(cubatic_order(relabelled)[0], abs=0.01)


def test_twelve_replicates_find_the_order_that_one_misses() -> None:
    q = sc(4, misorientation_fwhm_deg=8.0, seed=3).orientations
    single = []
    for seed in range(12):
        search = freud.order.Cubatic(t_initial=5.0, t_final=0.001, scale=0.95, n_replicates=1, seed=seed)
        search.compute(q)
        single.append(search.order)
    orders = [cubatic_order(q, seed)[0] for seed in range(6)]
    assert min(orders) == pytest.approx(max(orders), abs=0.01)
    assert min(orders) >= max(single) - 0.01


@pytest.mark.parametrize("fwhm", [3.0, 9.6, 15.0])
def test_misorientation_is_recovered(fwhm: float) -> None:
    # 9.6 degrees is the spread of {hk0} spots of CsPbBr3 supraparticles (van der Burgt et al. 2018).
    c = sc(10, misorientation_fwhm_deg=fwhm, seed=4)
    report = measure_order(c)
    assert report.misorientation_fwhm_deg == pytest.approx(fwhm, rel=4 / math.sqrt(2 * 3 * 1000))


def test_misorientation_by_a_second_route() -> None:
    # The standard deviation of the rotation vectors from the known mean orientation.
    turn = Rotation.from_euler("xyz", [20, 35, -50], degrees=True)
    small = Rotation.from_rotvec(np.random.default_rng(5).normal(scale=math.radians(4.0), size=(2000, 3)))
    q = matrices_to_quaternions((turn * small).as_matrix())
    found = misorientation(q, cubatic_order(q)[1])
    direct = 2.3548 * np.degrees(small.as_rotvec().std(axis=0)).mean()
    assert found.fwhm_deg == pytest.approx(direct, rel=0.02)
    assert np.abs(found.mean_axes.T @ turn.as_matrix()).max(axis=0) == pytest.approx(np.ones(3), abs=1e-3)


def test_random_orientations_have_no_misorientation() -> None:
    q = random_quaternions(500, np.random.default_rng(6))
    assert math.isnan(misorientation(q, cubatic_order(q)[1]).fwhm_deg)


def test_facing_of_random_directions_is_zero() -> None:
    directions = np.random.default_rng(7).normal(size=(200_000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    largest = np.abs(directions).max(axis=1)
    assert largest.mean() == pytest.approx(RANDOM_FACING, abs=5 * largest.std() / math.sqrt(len(largest)))


def test_facing_of_cubes_turned_about_one_axis() -> None:
    # Turned by 45 degrees about z, four of six bonds leave through edges (largest cosine 1/sqrt 2).
    c = sc(3)
    eighth = [math.cos(math.pi / 8), 0, 0, math.sin(math.pi / 8)]
    turned = configuration(c.positions_nm, shapes=CUBE, box=c.box, orientations=np.tile(eighth, (27, 1)))
    near = nearest_neighbours(turned, 18)
    value = face_to_face_alignment(turned.rotations, near, near.within(FIRST_SHELL * 11.0))
    mean = (2 + 4 / math.sqrt(2)) / 6
    assert value == pytest.approx((mean - RANDOM_FACING) / (1 - RANDOM_FACING), abs=1e-6)


def test_rdf_peaks_at_the_shells_of_the_lattice() -> None:
    report = measure_order(sc(6, displacement_nm=0.15, seed=8))
    r, g = report.rdf_r_nm, report.rdf
    for shell in (1.0, math.sqrt(2), math.sqrt(3), 2.0):
        near = np.abs(r - 11 * shell) < 1.5
        assert r[near][np.argmax(g[near])] == pytest.approx(11 * shell, abs=0.5)
        assert g[near].max() > 2.0


def test_rdf_of_an_ideal_gas_is_one() -> None:
    report = measure_order(ideal_gas(500, edge_nm=60.0, shapes=Sphere(diameter_nm=3.0), seed=9))
    pairs = 500 * 500 / 2 * 4 / 3 * math.pi * report.rdf_r_nm[-1] ** 3 / 60**3
    assert np.average(report.rdf, weights=report.rdf_r_nm**2) == pytest.approx(1.0, abs=5 / math.sqrt(pairs))


def test_rdf_of_a_cluster_has_the_density_of_the_crystal() -> None:
    cluster, crystal = (measure_order(sc(8, displacement_nm=0.2, periodic=p)) for p in (False, True))
    in_cluster, in_crystal = (
        np.trapezoid((r.rdf * r.rdf_r_nm**2)[r.rdf_r_nm < 13], r.rdf_r_nm[r.rdf_r_nm < 13]) for r in (cluster, crystal)
    )
    # Of the bonds of an 8 x 8 x 8 cluster 7/8 are there.
    assert in_cluster / in_crystal == pytest.approx(7 / 8, rel=0.06)


def test_free_cluster_counts_its_surface_out() -> None:
    report = measure_order(sc(4, periodic=False, displacement_nm=0.3, seed=1))
    assert report.n_interior == 8
    assert report.sc_fraction_interior == 1.0
    assert report.sc_fraction == pytest.approx(8 / 64)


def test_spheres_have_no_axes() -> None:
    report = measure_order(build_crystal("fcc", spacing_nm=8.0, n_cells=(3, 3, 3), shapes=Sphere(diameter_nm=6.0)))
    assert math.isnan(report.cubatic)
    assert report.to_dict()["cubatic"] is None
    assert report.dominant == "fcc"


def test_cubes_among_spheres_are_measured_by_themselves() -> None:
    c = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=(CUBE, Sphere(diameter_nm=8.0)), seed=1)
    assert measure_order(c).cubatic == pytest.approx(1.0, abs=1e-3)


@settings(deadline=None, max_examples=6)
@given(q=st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda q: np.linalg.norm(q) > 0.1))
def test_order_does_not_depend_on_the_frame(q: list[float]) -> None:
    c = sc(4, periodic=False, displacement_nm=0.2, misorientation_fwhm_deg=6.0, seed=2)
    turn = quaternions_to_matrices(np.array(q) / np.linalg.norm(q))
    moved = configuration(
        c.positions_nm @ turn.T + 7.0, shapes=CUBE, orientations=matrices_to_quaternions(turn @ c.rotations)
    )
    a, b = measure_order(c), measure_order(moved)
    assert a.cubatic == pytest.approx(b.cubatic, abs=0.01)
    assert a.face_alignment == pytest.approx(b.face_alignment, abs=1e-9)
    assert a.misorientation_fwhm_deg == pytest.approx(b.misorientation_fwhm_deg, rel=0.02)
    # Harmonics in single precision: 2e-4 where bonds lie near their pole; a bond more or less is above 0.02.
    assert a.q6 == pytest.approx(b.q6, abs=1e-3)
    # Whether one bin more fits is a matter of the last digit of the farthest corner: means over a tenth of the range.
    assert abs(len(a.rdf) - len(b.rdf)) <= 1
    one, other = ([part.mean() for part in np.array_split(x.rdf, 10)] for x in (a, b))
    assert one == pytest.approx(other, rel=0.2, abs=0.2)


def test_report_is_plain_data_and_frozen() -> None:
    report = measure_order(sc(3))
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["fractions"]["sc"] == 1.0
    assert "sc 100 %" in report.summary()
    with pytest.raises(AttributeError):
        report.cubatic = 0.0  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        report.q6[0] = 1.0


def test_plots_are_labelled() -> None:
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert measure_order(sc(3)).plot(ax) is ax
    assert "nm" in ax.get_xlabel()


def test_history_follows_the_transition(tmp_path: Any) -> None:
    frames = [ideal_gas(64, edge_nm=70.0, shapes=CUBE, seed=1)]
    frames += [sc(4, displacement_nm=d, misorientation_fwhm_deg=5.0, seed=k) for k, d in enumerate((0.6, 0.3))]
    steps = (0, 500, 1000)
    numbered = [
        configuration(f.positions_nm, shapes=CUBE, box=f.box, orientations=f.orientations, step=s)
        for f, s in zip(frames, steps, strict=True)
    ]
    write_gsd(tmp_path / "t.gsd", numbered)
    with Trajectory(tmp_path / "t.gsd") as trajectory:
        history = order_history(trajectory)
    assert history.step.tolist() == [0, 500, 1000]
    assert history.cubatic[0] < 0.4 < 0.9 < history.cubatic[-1]
    assert history.sc_fraction.tolist() == [0.0, 1.0, 1.0]
    assert history.ordering_step() == 500
    assert history.packing_fraction[-1] == pytest.approx((8.6 / 11) ** 3, rel=1e-5)
    history.write_csv(tmp_path / "order.csv")
    lines = (tmp_path / "order.csv").read_text().splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("step,packing_fraction,cubatic")
    json.dumps(history.to_dict(), allow_nan=False)


def test_history_skips_frames_but_keeps_the_last() -> None:
    frames = [sc(3, seed=k) for k in range(5)]
    assert len(order_history(frames, every=3)) == 3
    assert len(order_history(frames, every=2)) == 3


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="at least one frame, got none"):
        order_history([])
    with pytest.raises(InputError, match="every must be at least 1, got 0"):
        order_history([sc(3)], every=0)
    with pytest.raises(InputError, match=r"at least 2 particles .* got 1"):
        measure_order(configuration([[0, 0, 0]], shapes=CUBE, box=[11, 11, 11]))
    with pytest.raises(InputError, match="two particles on one point"):
        measure_order(configuration([[0, 0, 0], [0, 0, 0], [5, 0, 0]], shapes=CUBE))
    with pytest.raises(InputError, match="positions_nm must be finite"):
        measure_order(configuration([[0, 0, np.nan], [1, 0, 0]], shapes=CUBE))


def test_plates_are_cuboids_too() -> None:
    plate = Cuboid(edges_nm=(12.0, 12.0, 4.0))
    report = measure_order(build_crystal("sc", spacing_nm=14.0, n_cells=(3, 3, 3), shapes=plate))
    assert report.cubatic == pytest.approx(1.0, abs=1e-3)


def test_what_is_not_defined_is_not_in_the_sentence() -> None:
    spheres = build_crystal("fcc", spacing_nm=6.0, n_cells=(3, 3, 3), shapes=Sphere(diameter_nm=4.0))
    assert "nan" not in measure_order(spheres).summary()
    loose = ideal_gas(64, edge_nm=60.0, shapes=cube(8.6), seed=1)
    said = measure_order(loose).summary()
    assert "nan" not in said
    assert "no common axes" in said


def test_the_g_of_a_cluster_is_relative_to_the_density_in_a_cube_grown_by_half_a_spacing() -> None:
    n, spacing = 6, 10.0
    cluster = build_crystal("sc", spacing_nm=spacing, n_cells=(n, n, n), shapes=cube(7.0), periodic=False)
    r, g = radial_distribution(cluster, spacing)
    # Steiner: V + S h + 3 pi a h^2 + 4/3 pi h^3 of a cube of edge a.
    a, h = (n - 1) * spacing, spacing / 2
    volume = a**3 + 6 * a**2 * h + 3 * np.pi * a * h**2 + 4 / 3 * np.pi * h**3
    x = cluster.positions_nm
    distances = np.linalg.norm(x[:, None] - x, axis=-1)
    first = (r > 0.9 * spacing) & (r < 1.1 * spacing)
    shells = 4 * np.pi * r**2 * (r[1] - r[0])
    pairs = np.count_nonzero((distances > 0.9 * spacing) & (distances < 1.1 * spacing)) / len(x)
    assert (g * shells)[first].sum() * len(x) / volume == pytest.approx(pairs, rel=0.012)
