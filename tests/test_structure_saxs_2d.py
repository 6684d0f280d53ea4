"""Two-dimensional patterns: geometry, laws, spots against rings."""

import math
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from packing.configuration import (
    Configuration,
    configuration,
    matrices_to_quaternions,
    quaternions_to_matrices,
    random_quaternions,
)
from packing.errors import InputError
from packing.shapes import Cuboid, Sphere, cube
from structure.crystals.build import build_crystal
from structure.diffraction.indexed import in_plane_marks
from structure.form_factors.average import form_factor
from structure.form_factors.bodies import amplitude
from structure.imaging.tem import zone_axis_rotation
from structure.patterns.azimuth import AzimuthalProfile
from structure.patterns.directions import Texture
from structure.patterns.drawing import ring_positions
from structure.patterns.instrument import Detector, Instrument, ewald_q_z
from structure.patterns.patterns import ScatteringPattern, pattern_axis, pattern_from_curve
from structure.patterns.spots import spots_on_detector
from structure.saxs.pattern import dispersion_saxs, simulate_saxs_2d, structure_factor_2d
from structure.saxs.planes import TurnedCuboids, on_planes
from structure.saxs.powder import reciprocal_intensities, simulate_saxs, spot_sigma_inv_nm

matplotlib.use("Agg")


def cluster(n: int = 9, seed: int = 0) -> Configuration:
    rng = np.random.default_rng(seed)
    shapes = (cube(8.6), Sphere(diameter_nm=6.0), Cuboid(edges_nm=(4.0, 6.0, 9.0)))
    return configuration(
        rng.normal(size=(n, 3)) * 15,
        shapes=shapes,
        orientations=random_quaternions(n, rng),
        species=np.arange(n) % 3,
    )


def brute_image(frame: Configuration, axis: np.ndarray, wavelength_nm: float | None) -> np.ndarray:
    qx, qy = np.meshgrid(axis, axis)
    q = np.stack([qx, qy, ewald_q_z(qx, qy, wavelength_nm)], axis=-1).reshape(-1, 3)
    total = np.zeros(len(q), dtype=complex)
    squares = 0.0
    for x, turn, s in zip(frame.positions_nm, frame.rotations, frame.species, strict=True):
        volume = frame.shapes[s].volume_nm3
        total += volume * amplitude(frame.shapes[s], q @ turn) * np.exp(1j * q @ x)
        squares += volume**2
    return (np.abs(total) ** 2 / squares).reshape(qx.shape)


@pytest.mark.parametrize("wavelength_nm", [None, 0.3, 0.05])
def test_cluster_image_against_brute_force(wavelength_nm: float | None) -> None:
    pattern = simulate_saxs_2d(cluster(), q_max_inv_nm=2.0, n_pixels=32, wavelength_nm=wavelength_nm)
    expected = brute_image(cluster(), pattern.qx_inv_nm, wavelength_nm)
    np.testing.assert_allclose(pattern.intensity, expected, rtol=0.01, atol=2e-4)


@pytest.mark.parametrize("wavelength_nm", [None, 0.3])
def test_many_orientations_are_summed_by_as_many_nodes_as_each_needs(wavelength_nm: float | None) -> None:
    rng = np.random.default_rng(5)
    turns = random_quaternions(24, rng)
    turns[:8] = [1.0, 0.0, 0.0, 0.0]
    frame = configuration(rng.normal(size=(24, 3)) * 20, shapes=Cuboid(edges_nm=(5.0, 7.0, 9.0)), orientations=turns)
    pattern = simulate_saxs_2d(frame, q_max_inv_nm=2.5, n_pixels=40, wavelength_nm=wavelength_nm)
    expected = brute_image(frame, pattern.qx_inv_nm, wavelength_nm)
    # The corners may be a little worse.
    inside = pattern.q_inv_nm < 2.5
    np.testing.assert_allclose(pattern.intensity[inside], expected[inside], rtol=0.01, atol=1e-3)


def test_points_alone_are_the_sum_of_their_phases() -> None:
    frame = cluster(30)
    pattern = structure_factor_2d(frame, q_max_inv_nm=2.0, n_pixels=32)
    qx, qy = np.meshgrid(pattern.qx_inv_nm, pattern.qy_inv_nm)
    waves = np.exp(1j * np.tensordot(frame.positions_nm[:, :2], np.stack([qx, qy]), axes=1))
    np.testing.assert_allclose(pattern.intensity, np.abs(waves.sum(axis=0)) ** 2 / 30, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("beam", [(0.0, 0.0, 1.0), (1.0, 1.0, 0.0), (0.3, 0.2, 1.0)])
@pytest.mark.parametrize("wavelength_nm", [None, 0.2])
def test_a_periodic_picture_needs_no_more_than_the_planes_it_meets(
    beam: tuple[float, float, float], wavelength_nm: float | None
) -> None:
    """All reciprocal vectors of a sheared box, worked out one and all, make the same picture."""
    rng = np.random.default_rng(7)
    box = [40.0, 44.0, 48.0, 0.2, -0.1, 0.15]
    places = rng.uniform(-0.5, 0.5, (12, 3)) @ configuration([[0, 0, 0]], shapes=cube(5.0), box=box).cell_nm
    frame = configuration(places, shapes=cube(5.0), orientations=random_quaternions(12, rng), box=box)
    texture = Texture(beam_axis=beam)
    pattern = simulate_saxs_2d(
        frame, texture=texture, q_max_inv_nm=1.5, n_pixels=64, wavelength_nm=wavelength_nm, domain_nm=30.0
    )
    g, intensity = reciprocal_intensities(frame, 1.5 * np.sqrt(2) + 1.0)
    weight = (2 * np.pi) ** 3 / frame.volume_nm3 * np.tile(intensity, 2)
    expected = spots_on_detector(
        np.concatenate([g, -g]), weight, spot_sigma_inv_nm(30.0), pattern.qx_inv_nm, wavelength_nm, texture.rotations(0)
    )
    inside = pattern.q_inv_nm < 1.5
    np.testing.assert_allclose(pattern.intensity[inside], expected[inside], rtol=0.01, atol=2e-4 * expected.max())


def test_one_orientation_takes_the_closed_form() -> None:
    frame = build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.6), periodic=False)
    pattern = simulate_saxs_2d(frame, q_max_inv_nm=2.0, n_pixels=40)
    np.testing.assert_allclose(pattern.intensity, brute_image(frame, pattern.qx_inv_nm, None), rtol=1e-4, atol=1e-6)


def test_rotating_sample_and_beam_together_changes_nothing() -> None:
    frame = cluster()
    turn = Rotation.from_rotvec([0.0, 0.9, 0.0]).as_matrix()
    turned = configuration(
        frame.positions_nm @ turn.T,
        shapes=frame.shapes,
        orientations=matrices_to_quaternions(turn @ frame.rotations),
        species=frame.species,
    )
    beam = tuple(turn @ [0.0, 0.0, 1.0])
    one = simulate_saxs_2d(frame, q_max_inv_nm=1.5, n_pixels=24)
    two = simulate_saxs_2d(turned, q_max_inv_nm=1.5, n_pixels=24, texture=Texture(beam_axis=beam))  # type: ignore[arg-type]
    np.testing.assert_allclose(two.intensity, one.intensity, rtol=0.01, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("turn", [0.001, 0.3, np.pi - 0.002])
def test_spots_are_where_the_view_puts_them(turn: float) -> None:
    """Also where the beam runs nearly against z, and the smallest rotation onto it turns the picture by any angle."""
    axes = Rotation.from_rotvec([turn, 0.0, 0.0]).as_matrix() @ Rotation.from_rotvec([0.0, 0.002, 0.2]).as_matrix()
    sites = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), axis=-1).reshape(-1, 3) * 11.0
    frame = configuration(sites @ axes.T, shapes=Sphere(diameter_nm=8.0))
    view = zone_axis_rotation((11.0 * axes).T)
    pattern = simulate_saxs_2d(frame, texture=Texture.seen_from(view), q_max_inv_nm=1.0, n_pixels=200)
    marks = in_plane_marks((11.0 * axes).T, view, 0.6)
    assert len(marks) == 4
    step = pattern.qx_inv_nm[1] - pattern.qx_inv_nm[0]
    for mark in marks:
        column, row = (round((v - pattern.qx_inv_nm[0]) / step) for v in (mark.qx_inv_nm, mark.qy_inv_nm))
        # All 64 in phase.
        assert pattern.intensity[row, column] > 0.85 * 64 * form_factor(frame.shapes[0], [0.571]).intensity[0]
    with pytest.raises(InputError, match="right_axis"):
        Texture(right_axis=(0.0, 0.0, 2.0))


def test_many_orientations_give_the_powder() -> None:
    # The azimuthal mean over random orientations of a cluster against the 1D route.
    frame = cluster(6)
    rng = np.random.default_rng(1)
    images = []
    for r in Rotation.random(100, rng=rng).as_matrix():
        turned = configuration(
            frame.positions_nm @ r.T,
            shapes=frame.shapes,
            orientations=matrices_to_quaternions(r @ frame.rotations),
            species=frame.species,
        )
        images.append(simulate_saxs_2d(turned, q_max_inv_nm=0.8, n_pixels=32).intensity)
    axis = pattern_axis(0.8, 32)
    each = [ScatteringPattern(qx_inv_nm=axis, qy_inv_nm=axis, intensity=image).radial(8) for image in images]
    rings = np.array([ring.intensity for ring in each])[:, 1:]
    # The powder in the same pixels: near the beam it falls steeply within a ring.
    powder = simulate_saxs(frame, np.linspace(0.01, 1.2, 120))
    image = np.interp(np.hypot(axis[:, None], axis[None, :]), powder.q_inv_nm, powder.intensity)
    expected = ScatteringPattern(qx_inv_nm=axis, qy_inv_nm=axis, intensity=image).radial(8).intensity[1:]
    # To a tenth, and a hundred orientations to their own scatter.
    allowed = 0.1 * expected + 4 * rings.std(axis=0, ddof=1) / np.sqrt(len(rings))
    assert (np.abs(rings.mean(axis=0) - expected) < allowed).all()
    assert (allowed < 0.6 * expected).all()


def test_periodic_spots_sit_on_the_lattice_and_carry_its_symmetry() -> None:
    frame = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=cube(8.6), displacement_nm=0.3)
    pattern = simulate_saxs_2d(frame, q_max_inv_nm=1.5, n_pixels=256, domain_nm=150.0)
    row, column = np.unravel_index(np.argmax(pattern.intensity), pattern.intensity.shape)
    assert pattern.q_inv_nm[row, column] == pytest.approx(2 * np.pi / 11, rel=0.02)
    ring = pattern.azimuthal(0.5, 0.64)
    assert ring.c4 > 0.95
    assert ring.arc_fwhm_deg < 8


def test_box_shape_does_not_show_in_the_pattern() -> None:
    # freud's open question: the same crystal in boxes of another shape.
    patterns = [
        simulate_saxs_2d(
            build_crystal("sc", spacing_nm=11.0, n_cells=n, shapes=cube(8.0)), n_pixels=96, domain_nm=60.0
        ).intensity
        for n in ((4, 4, 4), (2, 6, 3))
    ]
    np.testing.assert_allclose(patterns[0], patterns[1], rtol=1e-3, atol=1e-6 * patterns[0].max())


@pytest.mark.slow
def test_texture_runs_from_spots_to_rings() -> None:
    frame = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=cube(8.6))
    keep = {"q_max_inv_nm": 1.0, "n_pixels": 128, "domain_nm": 200.0}

    def profile(mosaic_deg: float) -> AzimuthalProfile:
        texture = Texture(mosaic_fwhm_deg=mosaic_deg, n_orientations=1500)
        return simulate_saxs_2d(frame, texture=texture, **keep).azimuthal(0.52, 0.62)  # type: ignore[arg-type]

    def squared_width(seen: AzimuthalProfile) -> float:
        """Of a Gaussian of this variance about the nearest of four spots, which the raster of pixels hardly changes."""
        off = (seen.angle_deg + 45) % 90 - 45
        return float(np.average(off**2, weights=seen.intensity)) * 8 * math.log(2)

    # A Gaussian mosaic about each axis widens the arcs of a single crystal by its width, in squares.
    own = squared_width(profile(0.0))
    for mosaic_deg in (8.0, 16.0):
        assert math.sqrt(squared_width(profile(mosaic_deg)) - own) == pytest.approx(mosaic_deg, rel=0.12)
    assert profile(8.0).arc_fwhm_deg == pytest.approx(math.hypot(8.0, math.sqrt(own)), rel=0.2)
    fibre = simulate_saxs_2d(frame, texture=Texture(kind="fibre", n_orientations=720), **keep)  # type: ignore[arg-type]
    powder = simulate_saxs_2d(frame, texture=Texture(kind="powder"), **keep)  # type: ignore[arg-type]
    for pattern in (fibre, powder):
        ring = pattern.azimuthal(0.52, 0.62)
        assert ring.c4 < 0.02
        assert ring.arc_fwhm_deg == 360.0


@pytest.mark.parametrize("fwhm_deg", [6.0, 16.0, 24.0, 35.0])
def test_grains_and_pixels_do_not_cut_a_wide_arc_into_narrow_ones(fwhm_deg: float) -> None:
    """Four Gaussian arcs of a known width, smooth and with dips of a third: few orientations leave such."""
    angle = np.arange(180) * 2.0
    off = (angle + 45) % 90 - 45
    smooth = np.exp(-4 * math.log(2) * (off / fwhm_deg) ** 2)
    for dips in (0.0, 0.35):
        seen = AzimuthalProfile(angle, smooth * (1 - dips * (np.arange(180) % 4 == 2)), (0.5, 0.6))
        assert seen.arc_fwhm_deg == pytest.approx(fwhm_deg, rel=0.15)


@pytest.mark.slow
def test_spot_density_integrates_to_the_powder_average() -> None:
    # One spot turned through all orientations against the closed powder profile.
    axis = pattern_axis(1.5, 64)
    # One in ten turns brings the spot into the picture, spread over twenty rings.
    turns = Rotation.random(16_000, rng=np.random.default_rng(0)).as_matrix()
    image = spots_on_detector(np.array([[0.9, 0, 0]]), np.ones(1), 0.08, axis, None, turns)
    radial = ScatteringPattern(qx_inv_nm=axis, qy_inv_nm=axis, intensity=image).radial(20)
    from structure.crystals.reciprocal import powder_peak

    expected = powder_peak(radial.q_inv_nm, np.array(0.9), 0.08, 0.0)
    near = expected > 0.3 * expected.max()
    np.testing.assert_allclose(radial.intensity[near], expected[near], rtol=0.12)


def test_detector_geometry_against_pyfai() -> None:
    integrator = pytest.importorskip("pyFAI.integrator.azimuthal")
    detector = Detector(
        distance_mm=120.0, pixel_mm=0.172, n_pixels=(90, 110), wavelength_nm=0.1, centre_px=(40.0, 60.5)
    )
    peer = integrator.AzimuthalIntegrator(
        dist=0.12, poni1=40.0 * 0.172e-3, poni2=60.5 * 0.172e-3, pixel1=0.172e-3, pixel2=0.172e-3, wavelength=1e-10
    )
    q = detector.q_vectors_inv_nm()
    np.testing.assert_allclose(np.linalg.norm(q, axis=-1), peer.qArray(q.shape[:2]), rtol=2e-5, atol=1e-9)
    chi = np.arctan2(q[..., 1], q[..., 0])
    np.testing.assert_allclose(np.exp(1j * chi), np.exp(1j * peer.chiArray(q.shape[:2])), atol=1e-5)


def test_all_detector_vectors_are_elastic() -> None:
    detector = Detector(distance_mm=50.0, pixel_mm=1.0, n_pixels=(60, 60), wavelength_nm=0.1)
    k = 2 * np.pi / 0.1
    outgoing = detector.q_vectors_inv_nm() + np.array([0, 0, k])
    np.testing.assert_allclose(np.linalg.norm(outgoing, axis=-1), k)
    q = detector.q_vectors_inv_nm()
    np.testing.assert_allclose(ewald_q_z(q[..., 0], q[..., 1], 0.1), q[..., 2], atol=1e-9)


def test_pattern_on_a_detector() -> None:
    curve = dispersion_saxs(cube(8.6), np.linspace(0, 3, 600))
    pattern = pattern_from_curve(curve, n_pixels=512)
    detector = Detector(distance_mm=2000.0, pixel_mm=1.0, n_pixels=(80, 80), wavelength_nm=0.1)
    image = pattern.on_detector(detector)
    q = np.linalg.norm(detector.q_vectors_inv_nm()[..., :2], axis=-1)
    np.testing.assert_allclose(
        image,
        form_factor(cube(8.6), np.sort(q.ravel() + np.arange(q.size) * 1e-12))
        .intensity[np.argsort(np.argsort(q.ravel()))]
        .reshape(q.shape),
        rtol=0.02,
    )


def test_counting_noise_and_round_trip(tmp_path: Path) -> None:
    frame = build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.6))
    noisy = simulate_saxs_2d(frame, n_pixels=64, instrument=Instrument(counts_at_maximum=100, background=1e-3), seed=4)
    unit = noisy.intensity[noisy.intensity > 0].min()
    np.testing.assert_allclose(noisy.intensity / unit, np.rint(noisy.intensity / unit), atol=1e-6)
    back = ScatteringPattern.load(noisy.save(tmp_path / "pattern"))
    np.testing.assert_array_equal(back.intensity, noisy.intensity)
    assert back.label == noisy.label


def test_plot_shows_beamstop_and_rings() -> None:
    from matplotlib.figure import Figure

    frame = build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.6))
    pattern = simulate_saxs_2d(frame, n_pixels=64, q_max_inv_nm=1.2)
    rings = ring_positions("sc", spacing_nm=11.0, q_max_inv_nm=1.2)
    assert list(rings) == ["100", "110", "111", "200"]
    ax = pattern.plot(Figure().subplots(), rings=rings)
    assert len(ax.patches) == 1 + len(rings)
    assert ax.get_xlabel().startswith("$q_x$")
    pattern.azimuthal(0.4, 0.8).plot(Figure().subplots())


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="Did you mean 'fibre'"):
        Texture(kind="fiber")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="beam_axis must be a direction"):
        Texture(beam_axis=(0.0, 0.0, 0.0))
    axis = pattern_axis(1.0, 8)
    with pytest.raises(InputError, match="must have shape"):
        ScatteringPattern(qx_inv_nm=axis, qy_inv_nm=axis, intensity=np.zeros((3, 8)))
    pattern = ScatteringPattern(qx_inv_nm=axis, qy_inv_nm=axis, intensity=np.ones((8, 8)))
    with pytest.raises(InputError, match="too few for 180 bins"):
        pattern.azimuthal(0.1, 0.2)


@pytest.mark.parametrize("texture", [None, Texture(kind="powder")])
@pytest.mark.parametrize("option", [{"n_pixels": 1}, {"q_max_inv_nm": -1.0}])
def test_a_pattern_without_pixels_is_refused(texture, option):
    frame = build_crystal("sc", spacing_nm=11.0, n_cells=(2, 2, 2), shapes=cube(8.6))
    with pytest.raises(InputError, match=next(iter(option))):
        simulate_saxs_2d(frame, texture=texture, **option)


@pytest.mark.parametrize("reach", [(3.0, 3.0), (0.8, 2.0)])
@pytest.mark.parametrize("ahead", [0.0, 0.03, 0.4])
def test_few_points_scatter_on_a_plane_as_turned_cuboids_do(reach: tuple[float, float], ahead: float) -> None:
    rng = np.random.default_rng(11)
    n, edges = 30, np.array([8.6, 6.0, 10.0])
    turns = quaternions_to_matrices(random_quaternions(n, rng))
    axes = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    # A plane that is not met head on.
    offset = ahead * (axes[2] + 0.3 * axes[0])
    bodies = TurnedCuboids(rng.normal(size=(n, 3)) * 20, edges, turns)
    parts = on_planes(bodies, axes[:2], offset[None], reach)
    assert parts is not None
    ((centres, points, strengths),) = parts
    assert len(points) < 300
    u, v = (np.linspace(-r, r, 25) for r in reach)
    q = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2) @ axes[:2]
    phases = np.exp(1j * q @ points.T)
    for place, turn, mine in zip(centres, turns, strengths[0], strict=True):
        body = np.prod(np.sinc((q + offset) @ turn * edges / (2 * np.pi)), axis=1)
        expected = body * np.exp(1j * (q + offset) @ place)
        np.testing.assert_allclose(phases @ mine * np.exp(1j * q @ place), expected, atol=2e-3)


def test_very_many_points_on_a_plane_do_not_pay() -> None:
    bodies = TurnedCuboids(np.zeros((1, 3)), np.full(3, 30.0), np.eye(3)[None])
    assert on_planes(bodies, np.eye(3)[:2], np.zeros((1, 3)), (8.0, 8.0)) is None
