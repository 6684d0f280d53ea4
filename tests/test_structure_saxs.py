"""SAXS of configurations: brute force, laws, and the lattice model as a second route."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from packing.configuration import Configuration, configuration, matrices_to_quaternions, random_quaternions
from packing.errors import InputError
from packing.shapes import Cuboid, Shape, Sphere, cube
from structure.crystals.build import build_crystal, ideal_gas, size_classes
from structure.form_factors.average import form_factor
from structure.form_factors.bodies import amplitude
from structure.patterns.directions import hemisphere_nodes, spiral_directions
from structure.patterns.drawing import ring_positions
from structure.patterns.instrument import Instrument
from structure.saxs.debye import debye_points, debye_saxs
from structure.saxs.lattice_model import LatticeModel
from structure.saxs.powder import reciprocal_intensities, simulate_saxs, structure_factor

SHAPES: tuple[Shape, ...] = (
    cube(8.6),
    cube(7.0, rounding_nm=1.0),
    Cuboid(edges_nm=(5.0, 6.0, 9.0), truncation=0.5),
    Sphere(diameter_nm=6.0),
)


def mixed_cluster(n: int = 15, seed: int = 0) -> Configuration:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)) * 12
    # Shapes whose closed form is quick, for the brute-force side.
    shapes = (cube(8.6), Cuboid(edges_nm=(4.0, 6.0, 9.0)), Sphere(diameter_nm=6.0))
    return configuration(x, shapes=shapes, orientations=random_quaternions(n, rng), species=np.arange(n) % 3)


def brute_amplitude(frame: Configuration, q: np.ndarray) -> np.ndarray:
    total = np.zeros(len(q), dtype=complex)
    for x, turn, s in zip(frame.positions_nm, frame.rotations, frame.species, strict=True):
        shape = frame.shapes[s]
        total += shape.volume_nm3 * amplitude(shape, q @ turn) * np.exp(1j * q @ x)
    return total


def squared_volumes(frame: Configuration) -> float:
    return float(sum(frame.shapes[s].volume_nm3 ** 2 for s in frame.species))


def test_cluster_powder_against_brute_force() -> None:
    # Own shape, size and orientation for each particle; the sum over 12000 directions is good to its own 0.1 %.
    frame = mixed_cluster()
    q = np.array([0.05, 0.4, 0.9, 1.8])
    directions = spiral_directions(12_000)
    expected = [np.mean(np.abs(brute_amplitude(frame, x * directions)) ** 2) for x in q] / np.array(
        squared_volumes(frame)
    )
    np.testing.assert_allclose(simulate_saxs(frame, q).intensity, expected, rtol=5e-3)


def test_reciprocal_intensities_against_brute_force_in_a_triclinic_box() -> None:
    rng = np.random.default_rng(2)
    frame = configuration(
        rng.uniform(-15, 15, (12, 3)),
        shapes=SHAPES,
        box=[30, 28, 33, 0.3, -0.2, 0.4],
        orientations=random_quaternions(12, rng),
        species=np.arange(12) % 4,
    )
    g, intensity = reciprocal_intensities(frame, 1.2)
    expected = np.abs(brute_amplitude(frame, g)) ** 2 / squared_volumes(frame)
    np.testing.assert_allclose(intensity, expected, rtol=5e-3, atol=1e-5)
    # Half of all reciprocal points but the origin lie within the sphere.
    assert len(g) == pytest.approx(frame.volume_nm3 * 4 / 3 * np.pi * 1.2**3 / (2 * np.pi) ** 3 / 2, rel=0.05)
    assert np.unique(np.round(np.concatenate([g, -g]), 9), axis=0).shape[0] == 2 * len(g)


@pytest.mark.parametrize("primitive", [False, True])
def test_perfect_crystal_has_n_at_each_reflection(primitive: bool) -> None:
    frame = build_crystal("fcc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.0), primitive=primitive)
    _, s = reciprocal_intensities(frame, 2.0, points_only=True)
    bragg = s > 1e-3
    np.testing.assert_allclose(s[bragg], frame.n_particles, rtol=1e-5)
    assert np.all(s[~bragg] < 1e-6)
    cells = frame.n_particles if primitive else frame.n_particles / 4
    assert bragg.sum() == pytest.approx(bragg.size / cells / (1 if primitive else 4), rel=0.35)


def test_box_shape_does_not_show() -> None:
    # The same crystal in a cubic and in a rhombohedral box, at the same domain size: the same curve.
    q = np.linspace(0.4, 2.5, 100)
    boxes = [
        build_crystal("fcc", spacing_nm=11.0, n_cells=(n, n, n), shapes=cube(8.0), primitive=p)
        for n, p in ((3, False), (5, True))
    ]
    one, two = (simulate_saxs(b, q, domain_nm=60.0).intensity for b in boxes)
    np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-7)


def test_ideal_gas_has_no_structure() -> None:
    q = np.linspace(1.0, 2.5, 60)
    frames = [ideal_gas(300, edge_nm=60.0, shapes=Sphere(diameter_nm=8.0), seed=s) for s in range(3)]
    s = structure_factor(frames, q)
    assert s.intensity.mean() == pytest.approx(1, abs=0.02)
    ratio = simulate_saxs(frames, q).intensity.sum() / form_factor(Sphere(diameter_nm=8.0), q).intensity.sum()
    assert ratio == pytest.approx(1, abs=0.08)
    assert s.q_min_trusted_inv_nm == pytest.approx(2 * np.pi / 60)


def test_rotating_a_cluster_changes_nothing() -> None:
    frame = mixed_cluster(5)
    turn = Rotation.from_rotvec([0.4, -1.0, 0.7]).as_matrix()
    turned = configuration(
        frame.positions_nm @ turn.T,
        shapes=frame.shapes,
        orientations=matrices_to_quaternions(turn @ frame.rotations),
        species=frame.species,
    )
    q = np.linspace(0.1, 1.5, 6)
    np.testing.assert_allclose(simulate_saxs(turned, q).intensity, simulate_saxs(frame, q).intensity, rtol=2e-4)


def test_one_particle_gives_its_form_factor() -> None:
    q = np.linspace(0.05, 3, 30)
    one = configuration([[3.0, 1.0, 2.0]], shapes=cube(8.6))
    np.testing.assert_allclose(simulate_saxs(one, q).intensity, form_factor(cube(8.6), q).intensity, rtol=1e-4)


@pytest.mark.parametrize(
    ("lattice", "body"), [("sc", cube(8.6)), ("fcc", Sphere(diameter_nm=8.6)), ("bcc", cube(7.0, rounding_nm=1.0))]
)
def test_lattice_model_at_peaks(lattice: str, body: Shape) -> None:
    # The same crystal by two routes: explicit particles, displaced at random, and the closed form.
    q = np.array(sorted(ring_positions(lattice, spacing_nm=11.0, q_max_inv_nm=1.8).values()))
    frames = [
        build_crystal(lattice, spacing_nm=11.0, n_cells=(6, 6, 6), shapes=body, displacement_nm=0.3, seed=s)
        for s in range(3)
    ]
    model = LatticeModel(lattice=lattice, spacing_nm=11.0, body=body, displacement_nm=0.3, domain_nm=300.0)
    simulated, expected = simulate_saxs(frames, q, domain_nm=300.0).intensity, model.intensity(q)
    # Peaks that stand above the diffuse part: the rest is that of one random draw.
    peaks = expected > 4 * replace(model, displacement_nm=3.0).intensity(q)
    assert peaks.sum() >= 3
    # The mean of exp(iqu) over n displacements scatters by sqrt((1 - D) / 2n) along itself, D = exp(-q^2 sigma^2); of
    # every ring there are three planes or more.
    damping = np.exp(-((q[peaks] * 0.3) ** 2))
    error = np.sqrt(2 * (1 - damping) / damping / (3 * sum(frame.n_particles for frame in frames)))
    off = simulated[peaks] / expected[peaks] - 1
    assert (np.abs(off) < 4 * error + 0.005).all()
    assert abs(np.average(off, weights=error**-2)) < 4 / np.sqrt(np.sum(error**-2)) + 0.005


def test_lattice_model_with_sizes_at_peaks() -> None:
    # Sizes scatter over the sites: the coherent part is the squared mean amplitude.
    q = 2 * np.pi / 11 * np.sqrt([1, 2, 4, 5])
    classes = size_classes(cube(8.6), 0.06, 9)
    frames = [
        build_crystal("sc", spacing_nm=11.0, n_cells=(9, 9, 9), shapes=classes, displacement_nm=0.3, seed=s)
        for s in range(2)
    ]
    model = LatticeModel(spacing_nm=11.0, body=cube(8.6), size_spread=0.06, displacement_nm=0.3, domain_nm=300.0)
    simulated, expected = simulate_saxs(frames, q, domain_nm=300.0).intensity, model.intensity(q)
    # One draw of displacements and sizes scatters a peak by 1 %; four of them together by half of it.
    np.testing.assert_allclose(simulated, expected, rtol=0.05)
    assert np.mean(simulated / expected) == pytest.approx(1, abs=0.02)


def test_isotropic_shortcut_is_wrong_for_locked_cubes() -> None:
    # The reason why the coupling is there: on-axis zeros of the cube near (100).
    frame = build_crystal("sc", spacing_nm=10.0, n_cells=(4, 4, 4), shapes=cube(8.6), periodic=False)
    q = np.linspace(0.55, 0.7, 7)
    right, shortcut = simulate_saxs(frame, q).intensity, debye_saxs(frame, q).intensity
    assert np.max(np.abs(shortcut / right - 1)) > 0.3


def test_debye_is_exact_for_spheres_of_two_sizes() -> None:
    rng = np.random.default_rng(3)
    frame = configuration(
        rng.normal(size=(30, 3)) * 10,
        shapes=(Sphere(diameter_nm=5.0), Sphere(diameter_nm=8.0)),
        species=np.arange(30) % 2,
    )
    q = np.linspace(0.1, 2.0, 6)
    np.testing.assert_allclose(debye_saxs(frame, q).intensity, simulate_saxs(frame, q).intensity, rtol=2e-3, atol=2e-5)


def test_debye_histogram_against_each_pair() -> None:
    x = np.random.default_rng(0).normal(size=(300, 3)) * 20
    q = np.linspace(0.05, 3, 60)
    r = np.linalg.norm(x[:, None] - x, axis=2)
    exact = np.array([np.sinc(k * r / np.pi).sum() for k in q]) / len(x)
    np.testing.assert_allclose(debye_points(x, q), exact, atol=1e-4)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_debye_points_against_debye_calculator() -> None:
    # One element, so that the peer's I(q) over its squared form factor is the sum itself.
    pytest.importorskip("torch", exc_type=ImportError)
    peer = pytest.importorskip("debyecalculator", exc_type=ImportError)
    x = np.random.default_rng(0).normal(size=(300, 3)) * 10
    make = {"qmin": 0.05, "qmax": 0.30, "qstep": 0.005, "biso": 0.0, "device": "cpu"}
    q, peer_intensity = peer.DebyeCalculator(**make).iq((["Pb"] * len(x), 10 * x))
    _, one = peer.DebyeCalculator(**make).iq((["Pb"], np.zeros((1, 3))))
    ours = debye_points(x, np.asarray(q, dtype=float) * 10)
    peer_s = np.asarray(peer_intensity, dtype=float) / np.asarray(one, dtype=float) / len(x)
    np.testing.assert_allclose(ours, peer_s, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("degree", [4, 11, 30])
def test_hemisphere_rule_is_exact_to_its_degree(degree: int) -> None:
    n, w = hemisphere_nodes(degree)
    assert w.sum() == pytest.approx(1)
    even = degree - degree % 2
    direction = np.array([0.3, -0.5, 0.8]) / np.linalg.norm([0.3, -0.5, 0.8])
    assert w @ (n @ direction) ** even == pytest.approx(1 / (even + 1), rel=1e-9)


def test_instrument_smears_adds_and_counts() -> None:
    q = np.linspace(0.3, 0.9, 601)
    frame = build_crystal("sc", spacing_nm=11.0, n_cells=(5, 5, 5), shapes=cube(8.6))
    ideal = simulate_saxs(frame, q, domain_nm=400.0)
    instrument = Instrument(angle_spread_rad=4e-4, background=0.01)
    real = simulate_saxs(frame, q, domain_nm=400.0, instrument=instrument)
    assert np.trapezoid(real.intensity - 0.01, q) == pytest.approx(np.trapezoid(ideal.intensity, q), rel=0.01)

    def width(y: np.ndarray) -> float:
        near = y[(q > 0.45) & (q < 0.7)]
        return float(np.count_nonzero(near > near.max() / 2) * (q[1] - q[0]))

    expected = np.hypot(0.9 * 2 * np.pi / 400, 2.3548 * 2 * np.pi / 0.1 * 4e-4)
    assert width(real.intensity - 0.01) == pytest.approx(expected, rel=0.05)
    noisy = simulate_saxs(frame, q, instrument=replace(instrument, counts_at_maximum=1e4), seed=1)
    assert noisy.sd is not None
    quiet = simulate_saxs(frame, q, instrument=instrument).intensity
    pulls = (noisy.intensity - quiet) / noisy.sd
    assert np.std(pulls) == pytest.approx(1, abs=0.15)


def test_bad_input_is_named() -> None:
    frame = build_crystal("sc", spacing_nm=11.0, n_cells=(2, 2, 2), shapes=cube(8.0))
    free = build_crystal("sc", spacing_nm=11.0, n_cells=(2, 2, 2), shapes=cube(8.0), periodic=False)
    with pytest.raises(InputError, match="at least one frame"):
        simulate_saxs([])
    with pytest.raises(InputError, match="mix periodic boxes and free clusters"):
        simulate_saxs([frame, free])
    with pytest.raises(InputError, match="needs a periodic box"):
        reciprocal_intensities(free, 1.0)
    with pytest.raises(InputError, match="Use simulate_saxs"):
        debye_saxs(frame, [1.0])
    with pytest.raises(InputError, match="must rise"):
        simulate_saxs(frame, [1.0, 0.5])
    with pytest.raises(InputError, match="positions_nm must be finite"):
        configuration([[np.nan, 0, 0]], shapes=cube(8.0))
    with pytest.raises(InputError, match="no particles"):
        simulate_saxs(configuration(np.empty((0, 3)), shapes=cube(8.0)))
    with pytest.raises(InputError, match="domain_nm must be positive"):
        simulate_saxs(frame, [1.0], domain_nm=-1.0)
    low = simulate_saxs(frame, [0.1, 0.5])
    assert low.trusted.tolist() == [False, True]
    with pytest.raises(InputError, match="smallest reciprocal vector of the box"):
        simulate_saxs(frame, [0.05, 0.06])


def test_a_small_box_stands_for_a_large_sample() -> None:
    # 64 cubes, a few frames, domains of 150 nm: reflections and the smooth part between them, as the lattice model
    # has them, although the box samples the diffuse part at few points.
    q = np.linspace(0.3, 2.0, 200)
    frames = [
        build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=cube(8.6), displacement_nm=0.4, seed=s)
        for s in range(4)
    ]
    model = LatticeModel(spacing_nm=11.0, body=cube(8.6), displacement_nm=0.4, domain_nm=150.0)
    ratio = simulate_saxs(frames, q, domain_nm=150.0).intensity / model.intensity(q)
    assert np.median(np.abs(np.log(ratio))) < 0.15
    assert np.mean(np.log(ratio)) == pytest.approx(0, abs=0.15)


@pytest.mark.parametrize(
    ("modes", "n_points", "single"), [((4, 9, 200), 9999, False), ((4, 9, 200), 60, True), ((130, 131, 140), 60, True)]
)
def test_sums_on_a_grid_are_those_point_by_point_whatever_the_parts(modes, n_points, single):
    """Coarse and fine grids, odd and even numbers of indices, points in one part and in three."""
    from structure.saxs.grids import GridSums

    rng = np.random.default_rng(0)
    angles, strengths = rng.uniform(-np.pi, np.pi, (3, 60)), rng.normal(size=60) + 1j * rng.normal(size=60)
    eps = 1e-3 if single else 1e-7
    whole, parts = (GridSums(modes, n_points, eps=eps, single=single) for _ in range(2))
    whole.add(angles, strengths)
    for part in np.array_split(np.arange(60), 3):
        parts.add(angles[:, part], strengths[part])
    found = whole.result()
    assert found.shape == modes
    np.testing.assert_allclose(found, parts.result(), atol=1e-4)
    places = np.array([rng.integers(0, m, 200) for m in modes])
    places[:, 0], places[:, 1] = 0, [m - 1 for m in modes]
    m = places.T - np.array([m // 2 for m in modes])
    exact = np.exp(1j * m @ angles) @ strengths
    assert np.abs(found[tuple(places)] - exact).max() < 10 * eps * np.sqrt(np.mean(np.abs(exact) ** 2))


def test_the_ways_to_save_time_with_many_particles_change_nothing(monkeypatch):
    """Fewer nodes per cube with fitted weights, and several slabs of the reciprocal lattice summed together."""
    frame = build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.6), displacement_nm=0.3)
    turned = configuration(
        frame.positions_nm,
        shapes=frame.shapes,
        orientations=random_quaternions(frame.n_particles, np.random.default_rng(0)),
        box=frame.box,
    )
    q = np.linspace(0.3, 2.5, 120)
    whole = simulate_saxs(turned, q).intensity
    monkeypatch.setattr("structure.saxs.sources._MANY_CENTRES", 1)
    fitted = simulate_saxs(turned, q).intensity
    np.testing.assert_allclose(fitted, whole, rtol=5e-3, atol=1e-5)
    # Slabs of five planes, summed three at a time, as of more points.
    monkeypatch.setattr("structure.saxs.sums._GRID_VALUES", 5 * (2 * 13 + 1) ** 2)
    np.testing.assert_allclose(simulate_saxs(turned, q).intensity, fitted, rtol=1e-4)
    # A domain larger than the box tells reflections apart: both sums must come in the same slabs.
    monkeypatch.setattr("structure.saxs.sums._TOGETHER", 1)
    alone = simulate_saxs(turned, q, domain_nm=60.0).intensity
    monkeypatch.setattr("structure.saxs.sums._TOGETHER", 3)
    np.testing.assert_allclose(simulate_saxs(turned, q, domain_nm=60.0).intensity, alone, rtol=1e-4)
