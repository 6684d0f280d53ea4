"""Dots that scatter together: reflections of superlattices against sums over atoms, films, electrons, files."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from packing.configuration import configuration, matrices_to_quaternions
from packing.errors import InputError
from packing.shapes import cube
from structure.crystals.build import build_crystal, ideal_gas
from structure.diffraction.atomic import cut_sites
from structure.diffraction.atoms import atomic_form_factor, debye_waller_factor, electron_form_factor_nm
from structure.diffraction.axes import common_axes, symmetry_rotations
from structure.diffraction.film_xrd import row_statistics, simulate_film_xrd
from structure.diffraction.library import crystal_of_material, dot_amplitude
from structure.diffraction.reflections import reflection_spots
from structure.diffraction.saed import simulate_saed
from structure.diffraction.superlattice_waxs import simulate_powder_waxs, simulate_superlattice_waxs_2d
from structure.diffraction.waxs import debye_waxs, simulate_waxs
from structure.patterns.instrument import ewald_q_z
from structure.saxs.powder import spot_sigma_inv_nm

PEROVSKITE = crystal_of_material("CsPbBr3")


def film(n=3, edge=8.6, spacing=11.6, **disorder):
    return build_crystal("sc", spacing_nm=spacing, n_cells=(n, n, n), shapes=cube(edge), **disorder)


def atoms_amplitude(frame, crystal, q):
    """Sum over every atom of every dot, at vectors (m, 3)."""
    site, inner = cut_sites(crystal, frame.shapes[0])
    total = np.zeros(len(q), dtype=complex)
    length = np.linalg.norm(q, axis=1)
    for place, turn in zip(frame.positions_nm, frame.rotations, strict=True):
        at = place + inner @ turn.T
        for k, element in enumerate(crystal.elements):
            phases = np.exp(1j * q @ at[site == k].T).sum(axis=1)
            total += atomic_form_factor(element, length) * phases
    return total * debye_waller_factor(crystal.b_factor_nm2, length)


def test_spots_around_a_reflection_are_those_of_the_sum_over_atoms():
    # Of a crystal with one atom per cell the outline's edge does not matter where it lies between two planes.
    gold = crystal_of_material("Au")
    frame = film(2, edge=9.5 * 0.4078, spacing=6.0, displacement_nm=0.03, misorientation_fwhm_deg=1.0)
    found = [
        s for s in reflection_spots(frame, gold, common_axes(frame, gold), q_range_inv_nm=(29.0, 32.0))
        if s.hkl == (0, 0, 2) or s.hkl == (2, 0, 0)
    ]  # fmt: skip
    assert found
    for spots in found:
        near = np.linalg.norm(spots.vectors_inv_nm - spots.centre_inv_nm, axis=1) < 1.1
        exact = np.abs(atoms_amplitude(frame, gold, spots.vectors_inv_nm[near])) ** 2 / frame.n_particles
        np.testing.assert_allclose(spots.intensities[near].sum(), exact.sum(), rtol=0.08)
        assert np.corrcoef(spots.intensities[near], exact)[0, 1] > 0.995


@pytest.mark.slow
def test_spots_that_are_as_wide_need_not_be_told_apart():
    gold = crystal_of_material("Au")
    frame = film(3, edge=9.5 * 0.4078, spacing=6.0, displacement_nm=0.05, misorientation_fwhm_deg=1.0)
    q = np.arange(29.0, 32.0, 0.05)
    of_box = simulate_powder_waxs(frame, gold, q)
    axes, window = common_axes(frame, gold), (29.0, 32.0)
    # Two of the six that are alike.
    told, untold = (
        list(islice(reflection_spots(frame, gold, axes, q_range_inv_nm=window, **how), 2))
        for how in ({}, {"split": False})
    )
    assert any(spots.bragg.any() for spots in told)
    for one, other in zip(told, untold, strict=True):
        assert not other.bragg.any()
        np.testing.assert_array_equal(one.intensities, other.intensities)
    # A domain a hair larger than the box tells them apart, and makes them no narrower.
    split = simulate_powder_waxs(frame, gold, q, domain_nm=of_box.provenance["domain_nm"] * (1 + 1e-9))
    np.testing.assert_allclose(split.intensity, of_box.intensity, rtol=1e-3)


def blurred(q, intensity, sigma):
    """The powder curve of a body whose every reciprocal point is a ball of standard deviation sigma."""
    kernel = np.exp(-(((q[:, None] - q) / sigma) ** 2) / 2) * (q[1] - q[0]) / np.sqrt(2 * np.pi) / sigma
    return kernel @ (q * intensity) / q


@pytest.mark.slow
def test_a_small_cluster_scatters_as_all_its_atoms_by_debyes_formula():
    """Pair by pair, over all atoms of four dots turned against each other: to a thousandth of the strongest peak."""
    turns = Rotation.from_rotvec([[0, 0, 0], [0.05, 0, 0], [0, -0.06, 0.02], [0.01, 0.03, -0.05]])
    places = np.array([[0.0, 0, 0], [3.1, 0.1, 0], [0, 3.2, 0.2], [3.0, 3.1, 0.1]])
    dots = configuration(
        places, shapes=cube(2.4), box=[40.0] * 3, orientations=matrices_to_quaternions(turns.as_matrix())
    )
    q = np.arange(9.0, 12.4, 0.04)
    found = simulate_powder_waxs(dots, PEROVSKITE, q, domain_nm=20.0)
    assert found.provenance["coherent"]
    site, inner = cut_sites(PEROVSKITE, cube(2.4))
    at = np.concatenate([place + inner @ turn.T for place, turn in zip(places, turns.as_matrix(), strict=True)])
    elements = np.tile(np.array(PEROVSKITE.elements)[site], len(places))
    apart = np.linalg.norm(at[:, None] - at, axis=-1)
    exact = np.zeros(len(q))
    # Every pair of unlike elements once, and twice in the sum.
    for one in set(elements):
        for other in {element for element in elements if element >= one}:
            r = apart[np.ix_(elements == one, elements == other)].ravel()
            forms = (1 + (one != other)) * atomic_form_factor(one, q) * atomic_form_factor(other, q)
            exact += forms * np.array([np.sinc(r * v / np.pi).sum() for v in q])
    exact *= debye_waller_factor(PEROVSKITE.b_factor_nm2, q) ** 2 / len(places)
    inside = (q > 9.8) & (q < 11.6)
    off = (found.intensity - blurred(q, exact, spot_sigma_inv_nm(20.0)))[inside]
    assert np.abs(off).max() < 1e-3 * exact.max()


def test_loose_small_dots_scatter_as_their_atoms():
    """At (100) outlines missed 17 % of a dot of 3.6 nm, at (110) and (200) 7 to 9 %."""
    q = np.linspace(9.5, 22.5, 60)
    loose = configuration(np.eye(3) * 30, shapes=cube(3.6))
    apart = simulate_powder_waxs(loose, PEROVSKITE, q)
    assert not apart.provenance["coherent"]
    np.testing.assert_allclose(apart.intensity, debye_waxs(cube(3.6), PEROVSKITE, q).intensity, rtol=1e-9)
    strained = simulate_powder_waxs(loose, PEROVSKITE, q, strain_spread=0.01).intensity
    assert strained.max() < apart.intensity.max()
    assert strained.sum() == pytest.approx(apart.intensity.sum(), rel=0.01)


@pytest.mark.slow
def test_electron_diffraction_of_one_small_dot_is_that_of_its_atoms():
    alone = configuration([[0, 0, 0]], shapes=cube(3.6), box=[24.0] * 3)
    # Spots so wide that those of the box run into each other, as of a dot that is alone.
    image = simulate_saed(
        alone, PEROVSKITE, cell_nm=24.0 * np.eye(3), q_max_inv_nm=24.0, n_pixels=192, domain_nm=10.0
    ).pattern
    x, y = np.meshgrid(image.qx_inv_nm, image.qy_inv_nm)
    q = np.column_stack([x.ravel(), y.ravel(), ewald_q_z(x, y, image.provenance["wavelength_nm"]).ravel()])
    sigma, exact = spot_sigma_inv_nm(10.0), np.zeros(x.shape)
    nodes, shares = np.polynomial.hermite_e.hermegauss(5)
    for node, share in zip(nodes, shares / shares.sum(), strict=True):
        amplitude = dot_amplitude(PEROVSKITE, cube(3.6), q + np.array([0, 0, sigma * node]), electrons=True)
        exact += share * np.abs(amplitude.reshape(x.shape)) ** 2
    exact = gaussian_filter(exact, sigma / (image.qx_inv_nm[1] - image.qx_inv_nm[0]))
    beyond = np.hypot(x, y) > 2.0
    assert np.corrcoef(image.intensity[beyond], exact[beyond])[0, 1] > 0.999
    for h, k in ((1, 0), (1, 1), (2, 0)):
        near = np.hypot(x - h * 2 * np.pi / 0.587, y - k * 2 * np.pi / 0.587) < 2.0
        assert image.intensity[near].sum() == pytest.approx(exact[near].sum(), rel=0.02)


def test_fringes_are_where_the_period_puts_them_and_go_with_disorder():
    q = np.linspace(9.9, 11.5, 321)
    sharp = simulate_powder_waxs(film(4, displacement_nm=0.02), PEROVSKITE, q, domain_nm=60.0).intensity
    loose = simulate_powder_waxs(film(4, displacement_nm=0.4, seed=3), PEROVSKITE, q, domain_nm=60.0).intensity
    wave = np.exp(1j * q * 11.6)
    contrast = [abs((i - i.mean()) @ wave) / i.sum() for i in (sharp, loose)]
    assert contrast[0] > 5 * contrast[1]
    top = q[sharp.argmax()]
    assert abs(top / (2 * np.pi / 11.6) - round(top / (2 * np.pi / 11.6))) < 0.06


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 23), st.floats(-0.6, 0.6))
def test_axes_know_the_symmetry_of_the_crystal(which, angle):
    """Dots turned by a symmetry of the cube are as aligned as before, and turning all of them turns the mean."""
    group = Rotation.create_group("O").as_matrix()
    whole = Rotation.from_rotvec([0.2, angle, -0.1]).as_matrix()
    turns = np.array([whole, whole @ group[which], whole @ group[5]])
    frame = configuration(np.eye(3) * 9, shapes=cube(4.0), orientations=matrices_to_quaternions(turns))
    found = common_axes(frame, PEROVSKITE)
    assert found.misorientation_deg < 1e-3
    away = np.einsum("ab,kcb->kac", found.mean, group) @ np.eye(3)
    nearest = min(np.abs(whole - a).max() for a in (found.mean @ group))
    assert nearest < 1e-6
    assert away.shape == (24, 3, 3)
    assert len(symmetry_rotations(PEROVSKITE)) == 24


def test_a_perfect_film_is_the_geometric_sum_and_a_loose_one_the_mean_over_stacks():
    q = np.linspace(10.0, 11.4, 181)
    perfect = simulate_film_xrd(film(4), PEROVSKITE, q, row_nm=[0, 0, 11.6], domain_nm=58.0)
    alone = simulate_film_xrd(film(4), PEROVSKITE, q, row_nm=[0, 0, 11.6], domain_nm=11.6).intensity
    stack = np.abs(np.exp(1j * np.outer(q, 11.6 * np.arange(5))).sum(axis=1)) ** 2 / 5
    np.testing.assert_allclose(perfect.intensity, alone * stack, rtol=1e-6, atol=1e-6 * alone.max())
    # Independent displacements: explicit stacks, drawn anew.
    sd, rng = 0.08, np.random.default_rng(1)
    drawn = np.mean(
        [
            np.abs(np.exp(1j * np.outer(q, 11.6 * np.arange(5) + rng.normal(0, sd, 5))).sum(axis=1)) ** 2 / 5
            for _ in range(4000)
        ],
        axis=0,
    )
    loose = film(8, displacement_nm=sd, seed=2)
    rows = row_statistics(loose, [0, 0, 11.6])
    assert rows.sigma_nm == pytest.approx(sd * 2**0.5, rel=0.1)
    found = simulate_film_xrd(loose, PEROVSKITE, q, row_nm=[0, 0, 11.6], domain_nm=58.0).intensity
    assert np.abs(found / alone - drawn).max() < 0.12 * drawn.max()


@pytest.mark.slow
def test_the_period_of_the_fringes_is_that_of_the_lattice_and_is_read_back():
    from structure.lattice.fit import fit_lattice
    from structure.measured.curve import MeasuredCurve
    from structure.xrd_fit.measure import measure_xrd

    # Of fewer layers and dots a random half shows no fringes that stand out, and the answer is unsure.
    q = np.linspace(9.4, 12.0, 260)
    films = [film(6, spacing=11.53, displacement_nm=0.05, misorientation_fwhm_deg=1.0, seed=seed) for seed in (4, 5)]
    lattice = fit_lattice(films[0])
    curve = simulate_film_xrd(films, PEROVSKITE, q, row_nm=lattice.cell_nm[2], domain_nm=80.0)
    assert curve.provenance["period_nm"] == pytest.approx(lattice.period_nm, rel=0.002)
    measured = MeasuredCurve(q_inv_nm=q, intensity=curve.intensity, label="film")
    found = measure_xrd(measured, periods_nm=(11.0, 12.2), n_bootstrap=4)
    assert found.period_nm == pytest.approx(lattice.period_nm, rel=0.002)


def test_electrons_show_superlattice_and_atoms_at_their_places():
    frame = film(3, displacement_nm=0.1, misorientation_fwhm_deg=2.0)
    wide = simulate_saed(frame, PEROVSKITE, cell_nm=11.6 * np.eye(3), q_max_inv_nm=13.0, n_pixels=260)
    middle = simulate_saed(frame, PEROVSKITE, cell_nm=11.6 * np.eye(3), q_max_inv_nm=1.0, n_pixels=200)
    axis = middle.pattern.qx_inv_nm
    row = middle.pattern.intensity[100]
    assert axis[120 + row[120:].argmax()] == pytest.approx(2 * np.pi / 11.6, abs=0.011)
    # Around the beam: the spots of the superlattice are five pixels apart, on either side of it.
    assert abs(wide.pattern.intensity[130].argmax() - 130) < 20
    at = {m.label: m.q_inv_nm for m in wide.atomic}
    assert at["100"] == pytest.approx(2 * np.pi / 0.587, rel=1e-3)
    assert wide.pattern.provenance["kinematic"]
    # Forwards all atoms of a dot scatter in phase: 3.5 times what their strongest reflection has in a perfect crystal
    # (unlike atoms, and their motion). Disorder, whose speckles scatter, takes from the reflections alone.
    assert middle.pattern.intensity.max() > 3.5 * wide.pattern.intensity[:, 190:].max()
    with pytest.raises(InputError, match="co-oriented"):
        simulate_saed(ideal_gas(20, edge_nm=60, shapes=cube(5.0)), PEROVSKITE, cell_nm=np.eye(3) * 20)


@pytest.mark.parametrize("element", ["C", "Br", "Cs", "Pb"])
def test_electrons_are_scattered_by_the_nucleus_far_out_and_evenly_close_in(element):
    """Rutherford's law where the electrons of the atom no longer screen; no step where the table ends."""
    number = {"C": 6, "Br": 35, "Cs": 55, "Pb": 82}[element]
    s = 5.0
    far = float(electron_form_factor_nm(element, 40 * np.pi * s)) * s**2 / 0.00239337
    assert far == pytest.approx(number, rel=0.08)
    near = electron_form_factor_nm(element, np.linspace(0, 15, 400))
    assert np.all(np.diff(near) < 0)
    assert np.abs(np.diff(near)).max() < 0.02 * near[0]


def mean_azimuthal(misorientation_fwhm_deg, seeds):
    profiles = [
        simulate_superlattice_waxs_2d(
            film(3, misorientation_fwhm_deg=misorientation_fwhm_deg, seed=seed), PEROVSKITE,
            q_max_inv_nm=13.0, n_pixels=200, wavelength_nm=0.02,
        ).azimuthal(9.5, 11.8)
        for seed in seeds
    ]  # fmt: skip
    return replace(profiles[0], intensity=np.mean([p.intensity for p in profiles], axis=0))


def test_misorientation_draws_spots_into_arcs():
    # Twenty-seven dots make a few speckles: the arcs are those of many such grains.
    sharp, loose = (mean_azimuthal(w, range(6)) for w in (0.5, 12.0))
    assert loose.arc_fwhm_deg > sharp.arc_fwhm_deg
    assert sharp.c4 > loose.c4


def test_the_library_places_atoms_and_says_where_it_cannot():
    iron = crystal_of_material("Fe2O3")
    assert iron.weights().sum() == pytest.approx(8 + 16 * 5 / 6 + 32)
    _, vectors, _ = crystal_of_material("Pd").reflections(40.0)
    assert np.linalg.norm(vectors, axis=1).min() == pytest.approx(2 * np.pi * 3**0.5 / 0.3891)
    stretched = crystal_of_material("PbS", strain=0.01)
    assert stretched.cell_nm[0, 0] == pytest.approx(0.5936 * 1.01)
    with pytest.raises(InputError, match="Give a CIF file"):
        crystal_of_material("NaYF4")
    with pytest.raises(InputError, match="strain"):
        crystal_of_material("PbS", strain=0.5)


def test_files_are_read_by_others(tmp_path):
    pyfai = pytest.importorskip("pyFAI")
    import fabio

    from structure.patterns.exports import write_curve, write_pattern
    from structure.patterns.patterns import ScatteringPattern, pattern_axis

    axis = pattern_axis(2.0, 200)
    ring = np.exp(-(((np.hypot(axis, axis[:, None]) - 1.2) / 0.03) ** 2) / 2)
    pattern = ScatteringPattern(qx_inv_nm=axis, qy_inv_nm=axis, intensity=ring)
    file = write_pattern(pattern, tmp_path / "ring.edf", wavelength_nm=0.1)
    geometry = pyfai.load(str(tmp_path / "ring.poni"))
    q, intensity = geometry.integrate1d(fabio.open(str(file)).data, 200, unit="q_nm^-1")[:2]
    assert q[intensity.argmax()] == pytest.approx(1.2, abs=0.02)
    curve = simulate_waxs(cube(5.0), PEROVSKITE, np.linspace(9, 12, 50))
    write_curve(curve, tmp_path / "curve.nxs")
    from structure.measured.reading import read_curve

    back = read_curve(tmp_path / "curve.nxs")
    np.testing.assert_allclose(back.intensity, curve.intensity)
    with pytest.raises(InputError, match="Change the name"):
        write_curve(curve, tmp_path / "curve.docx")
