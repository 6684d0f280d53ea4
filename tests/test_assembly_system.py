"""Bodies, systems, their files, and what is refused before an engine sees it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from engine_cases import shell, soft_cubes, two_sizes
from hypothesis import given, settings, strategies as st

from assembly.models.sizes import draw_sizes
from assembly.models.soft.pattern import bead_pattern
from assembly.run.archive import content_hash, load, save
from assembly.run.validation import check_system
from assembly.system.bodies import bead_masses, dilute_lattice, rigid_body, solid_mass_and_inertia
from assembly.system.felt import with_felt_beads
from assembly.system.rigid import RigidBeads
from assembly.system.state import initial_state, temperatures_kelvin
from assembly.system.system import HarmonicBond, MiePair, System
from packing.configuration import quaternions_to_matrices, wrap
from packing.errors import InputError
from packing.shapes import Cuboid, Sphere, cube

SHAPES = {
    "cube": cube(8.6),
    "plate": Cuboid(edges_nm=(20.0, 12.0, 3.0)),
    "rounded": cube(8.6, rounding_nm=1.5),
    "rounded plate": Cuboid(edges_nm=(12.0, 9.0, 5.0), rounding_nm=2.0),
    "truncated": Cuboid(edges_nm=(8.0, 8.0, 8.0), truncation=0.6),
    "sphere": Sphere(diameter_nm=5.0),
}


def inside(shape: Cuboid | Sphere, x: np.ndarray) -> np.ndarray:
    if isinstance(shape, Sphere):
        return (x**2).sum(1) < shape.diameter_nm**2 / 4
    half = np.array(shape.edges_nm) / 2
    r = shape.rounding_nm
    if r > 0:
        return (np.maximum(np.abs(x) - (half - r), 0) ** 2).sum(1) < r**2
    ok = np.all(np.abs(x) < half, axis=1)
    # A corner is cut by the plane through the points that lie t * half edge away from it along its three edges.
    cut = shape.truncation * half.min()
    return ok & ((half - np.abs(x)).sum(1) > cut) if cut else ok


@pytest.mark.parametrize("name", SHAPES)
def test_mass_and_inertia_agree_with_a_sum_over_a_fine_grid(name: str) -> None:
    shape = SHAPES[name]
    size = np.full(3, shape.diameter_nm) if isinstance(shape, Sphere) else np.array(shape.edges_nm)
    n = 120
    lines = [(np.arange(n) + 0.5) / n * s - s / 2 for s in size]
    x = np.stack(np.meshgrid(*lines, indexing="ij"), -1).reshape(-1, 3)
    x = x[inside(shape, x)]
    weight = 5000.0 * 0.602214076 * np.prod(size) / n**3
    second = (x**2).sum(0) * weight
    mass, inertia = solid_mass_and_inertia(shape, 5000.0)
    assert mass == pytest.approx(weight * len(x), rel=4e-3)
    np.testing.assert_allclose(inertia, second.sum() - second, rtol=6e-3)


@pytest.mark.parametrize(
    "edges",
    [(8.6, 8.6, 8.6), (17.2, 8.6, 8.6), (20.0, 12.0, 5.0), (8.6, 8.3, 8.0)],
    ids=lambda e: "x".join(map(str, e)),
)
@pytest.mark.parametrize("gap", [0.4, 2.7])
def test_beads_carry_the_whole_inertia_tensor(edges: tuple[float, float, float], gap: float) -> None:
    shape = Cuboid(edges_nm=edges)
    pattern = bead_pattern(shape, gap)
    body = rigid_body(
        "NC",
        shape,
        4840.0,
        pattern.positions_nm,
        bead_types=np.ones(len(pattern.positions_nm), dtype=int),
        ballast_type=2,
    )
    x, m = body.bead_positions_nm, body.bead_masses_amu
    tensor = np.einsum("n,nij->ij", m, (x**2).sum(1)[:, None, None] * np.eye(3) - x[:, :, None] * x[:, None, :])
    np.testing.assert_allclose(tensor, np.diag(body.inertia_amu_nm2), atol=1e-9 * body.inertia_amu_nm2.max())
    np.testing.assert_allclose(m @ x, 0, atol=1e-9 * body.mass_amu)
    assert m.min() >= 0
    assert m.sum() < body.mass_amu


def test_cube_bead_masses_are_the_closed_form() -> None:
    x = shell(7.0, 4)
    mass, inertia = solid_mass_and_inertia(cube(8.6), 4840.0)
    expected = inertia[0] / (x[:, 1] ** 2 + x[:, 2] ** 2).sum()
    np.testing.assert_allclose(bead_masses(x, mass, inertia), expected, rtol=1e-12)


def test_beads_too_close_to_the_centre_are_refused() -> None:
    mass, inertia = solid_mass_and_inertia(cube(8.6), 4840.0)
    with pytest.raises(InputError, match="too close to the centre"):
        bead_masses(0.01 * np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]), mass, inertia)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), tilted=st.booleans())
def test_placed_beads_are_fitted_back_exactly(seed: int, tilted: bool) -> None:
    rng = np.random.default_rng(seed)
    system = soft_cubes(8, 7.5, rng)
    state = initial_state(system, rng)
    state = replace(state, box=state.box + np.array([0, 0, 0, *(rng.uniform(-0.5, 0.5, 3) if tilted else 3 * [0.0])]))
    beads = RigidBeads(system)
    x, v = beads.place(state)
    wrapped = wrap(x, state.box)
    centres, orientations = beads.fit(wrapped, state.box)
    assert np.abs(wrap(centres - state.centres_nm, state.box)).max() < 1e-12
    np.testing.assert_allclose(
        quaternions_to_matrices(orientations), quaternions_to_matrices(state.orientations), atol=1e-12
    )
    velocities, spins = beads.fit_velocities(wrapped, v, state.box, centres, orientations)
    np.testing.assert_allclose(velocities, state.velocities_nm_ps, atol=1e-15)
    np.testing.assert_allclose(spins, state.angular_velocities_rad_ps, atol=1e-15)
    assert beads.largest_deviation_nm(wrapped, state.box) < 1e-12


def test_start_velocities_are_those_of_the_temperature() -> None:
    rng = np.random.default_rng(3)
    system = soft_cubes(1000, 7.5, rng)
    t_trans, t_rot, t_free = temperatures_kelvin(system, initial_state(system, rng))
    sigma = 300 * np.sqrt(2 / (3 * 1000))
    assert abs(t_trans - 300) < 4 * sigma
    assert abs(t_rot - 300) < 4 * sigma
    assert np.isnan(t_free)


def test_a_system_survives_its_file(tmp_path) -> None:
    system = soft_cubes(8, 7.5, np.random.default_rng(1))
    save(tmp_path / "s.npz", system)
    back = load(tmp_path / "s.npz")
    assert isinstance(back, System)
    assert content_hash(back) == content_hash(system)
    assert back.pairs == system.pairs
    assert back.bodies[0].shape == system.bodies[0].shape
    np.testing.assert_array_equal(back.orientations, system.orientations)
    moved = replace(system, centres_nm=system.centres_nm + 1e-12)
    assert content_hash(moved) != content_hash(system)


@pytest.mark.parametrize("keep", [0, 10, 1000])
def test_a_damaged_file_is_one_clear_line(tmp_path, keep: int) -> None:
    path = tmp_path / "s.npz"
    save(path, soft_cubes(8, 7.5, np.random.default_rng(1)))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match="damaged") as error:
        load(path)
    assert "\n" not in str(error.value)


def test_what_cannot_be_run_is_refused() -> None:
    good = soft_cubes(27, 7.5, np.random.default_rng(1))
    check_system(good)
    bad = good.centres_nm.copy()
    bad[3, 1] = np.nan
    with pytest.raises(InputError, match="finite"):
        check_system(replace(good, centres_nm=bad))
    with pytest.raises(InputError, match="too dense"):
        check_system(replace(good, centres_nm=good.centres_nm * 0.5))
    wide = {(1, 1): MiePair(epsilon_kj_mol=1.0, sigma_nm=1.0, cutoff_nm=12.0)}
    with pytest.raises(InputError, match="twice the cutoff"):
        check_system(replace(good, pairs=wide))
    with pytest.raises(InputError, match="n > m"):
        check_system(replace(good, pairs={(1, 1): MiePair(epsilon_kj_mol=1.0, sigma_nm=1.0, n=6, m=6, cutoff_nm=2)}))
    with pytest.raises(InputError, match="shape"):
        check_system(replace(good, orientations=good.orientations[:-1]))


def test_kinds_of_bodies_that_share_a_type_of_centre_are_refused() -> None:
    # HOOMD would give both of them the beads of the second.
    system = two_sizes(np.random.default_rng(1))
    large, small = system.bodies
    for taken in (large.centre_type, int(large.bead_types[0])):
        with pytest.raises(InputError, match="every kind must have a centre type"):
            replace(system, bodies=(large, replace(small, centre_type=taken)))


def test_drawn_sizes_keep_mean_and_spread() -> None:
    sizes, of = draw_sizes(0.05, 20_000, np.random.default_rng(1))
    assert len(sizes) <= 7
    assert np.mean(sizes[of]) == pytest.approx(1.0, abs=2e-3)
    assert np.std(sizes[of]) == pytest.approx(0.05, rel=0.05)


@pytest.mark.parametrize("n", [1, 5, 27, 64, 100])
def test_the_start_lattice_keeps_particles_apart(n: int) -> None:
    x = dilute_lattice(n, 30.0)
    assert x.shape == (n, 3)
    assert np.abs(x).max() < 15
    away = x[:, None] - x[None]
    away -= 30 * np.round(away / 30)
    distance = np.linalg.norm(away, axis=-1)[~np.eye(n, dtype=bool)]
    assert distance.min(initial=30.0) >= 30 / np.ceil(n ** (1 / 3) - 1e-9) - 1e-9


def test_a_body_without_its_silent_beads_moves_as_the_whole_one() -> None:
    """The inertia tensor is summed over what is left, the centre carrying the rest of the mass."""
    kind = rigid_body(
        "NC", cube(8.6), 4840.0, np.vstack([shell(7.0, 4), shell(6.0, 3)]),
        bead_types=np.repeat([0, 1], [len(shell(7.0, 4)), len(shell(6.0, 3))]), centre_type=3,
    )  # fmt: skip
    system = System(
        box=np.array([50.0] * 3 + [0.0] * 3), particle_types=("out", "in", "mid", "NC"), particle_masses_amu=np.ones(4),
        bodies=(kind,), body_kind=np.array([0]), centres_nm=np.zeros((1, 3)), orientations=np.array([[1.0, 0, 0, 0]]),
        pairs={}, kt_kj_mol=2.5, seed=1,
    )  # fmt: skip
    for felt in (0, 1):
        (body,) = with_felt_beads(system, [(felt, felt)]).bodies
        assert set(body.bead_types) == {felt}
        assert (body.mass_amu, body.name) == (kind.mass_amu, kind.name)
        x, m = body.bead_positions_nm, body.bead_masses_amu
        tensor = np.einsum("n,nij->ij", m, (x**2).sum(1)[:, None, None] * np.eye(3) - x[:, :, None] * x[:, None, :])
        np.testing.assert_allclose(tensor, np.diag(kind.inertia_amu_nm2), rtol=1e-9, atol=1e-9 * tensor.max())
    assert with_felt_beads(system, [(0, 1)]).bodies == (kind,)
    # One bead in the middle carries no inertia: that body keeps what does.
    ball = replace(
        kind, bead_positions_nm=np.vstack([np.zeros((1, 3)), kind.bead_positions_nm]),
        bead_types=np.append(2, kind.bead_types), bead_masses_amu=np.append(0.0, kind.bead_masses_amu),
    )  # fmt: skip
    assert with_felt_beads(replace(system, bodies=(ball,)), [(2, 2)]).bodies == (ball,)
    # Chains name the beads they are bound to by their place in the list, so that list stays.
    bound = replace(system, bond_types=(HarmonicBond(k_kj_mol_nm2=1.0, r0_nm=0.2),), bonds=np.array([[0, 1, 2]]))
    assert with_felt_beads(bound, [(0, 0)]) is bound
