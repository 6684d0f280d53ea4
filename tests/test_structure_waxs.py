"""WAXS and powder XRD: positions, broadening, orientation, and atoms summed one by one."""

import itertools
from dataclasses import replace
from pathlib import Path

import ase.io
import ase.spacegroup
import matplotlib
import numpy as np
import pytest

from packing.configuration import configuration, random_quaternions
from packing.errors import InputError
from packing.shapes import Sphere, cube
from structure.crystals.build import build_crystal
from structure.diffraction.atomic import atomic_crystal, crystal_from_ase, crystal_from_cif, cut_nanocrystal
from structure.diffraction.atoms import atomic_form_factor
from structure.diffraction.waxs import debye_waxs, simulate_waxs, simulate_waxs_2d
from structure.diffraction.xrd import powder_xrd
from structure.form_factors.table import direction_table
from structure.patterns.directions import Texture
from structure.patterns.instrument import Instrument
from structure.saxs.debye import debye_points, pair_histograms, sinc_transform

matplotlib.use("Agg")

CUBIC = atomic_crystal("CsPbBr3 cubic")


def test_form_factors_start_at_the_electrons() -> None:
    for element, electrons in (("Cs", 55), ("Pb", 82), ("Br", 35), ("Br1-", 36)):
        assert atomic_form_factor(element, [0.0])[0] == pytest.approx(electrons, abs=0.1)
    assert np.all(np.diff(atomic_form_factor("Pb", np.linspace(0, 60, 50))) < 0)


def test_structure_factors_of_the_perovskite() -> None:
    # Pb at the corner, Cs in the middle, Br on the edges: known sums of signs.
    crystal = atomic_crystal("CsPbBr3 cubic", b_factor_nm2=0.0)
    hkl, vectors, squared = crystal.reflections(25.0)
    for index, signs in (((1, 0, 0), (1, -1, 1)), ((1, 1, 0), (1, 1, -1)), ((2, 0, 0), (1, 1, 3))):
        row = int(np.flatnonzero((hkl == index).all(axis=1))[0])
        f = [atomic_form_factor(e, np.linalg.norm(vectors[row])) for e in ("Pb", "Cs", "Br")]
        assert squared[row] == pytest.approx(float(sum(s * x for s, x in zip(signs, f, strict=True))) ** 2, rel=1e-9)


def test_orthorhombic_cell_is_a_tilted_cubic_one() -> None:
    crystal = atomic_crystal("CsPbBr3 orthorhombic", pseudocubic_nm=0.587)
    assert sorted(crystal.elements) == ["Br"] * 12 + ["Cs"] * 4 + ["Pb"] * 4
    assert crystal.volume_nm3 == pytest.approx(4 * 0.587**3)
    # Every lead has six bromides at about half a cell: octahedra, tilted.
    shifts = np.array(list(itertools.product((-1, 0, 1), repeat=3))) @ crystal.cell_nm
    lead = crystal.positions_nm[[e == "Pb" for e in crystal.elements]]
    bromide = crystal.positions_nm[[e == "Br" for e in crystal.elements]]
    r = np.linalg.norm(lead[:, None, None] - bromide[:, None] - shifts, axis=-1).reshape(4, -1)
    nearest = np.sort(r, axis=1)[:, :7]
    np.testing.assert_allclose(nearest[:, :6], 0.30, atol=0.01)
    assert np.all(nearest[:, 6] > 0.45)
    # Its strong reflections lie along the body axes like those of the cube.
    _, vectors, squared = crystal.reflections(12.0)
    strong = vectors[squared > 0.3 * squared.max()]
    assert len(strong) == 6
    assert np.all(np.abs(strong).max(axis=1) / np.linalg.norm(strong, axis=1) > 0.999)


def whole_cells_debye(n: int, q: np.ndarray) -> np.ndarray:
    """A cube of n x n x n whole cells, atom by atom."""
    corners = np.array(list(itertools.product(range(n), repeat=3))) @ CUBIC.cell_nm
    x = (corners[:, None] + CUBIC.positions_nm).reshape(-1, 3)
    elements = np.tile(np.array(CUBIC.elements), n**3)
    names = sorted(set(CUBIC.elements))
    species = np.searchsorted(names, elements)
    f = [atomic_form_factor(e, q) * np.exp(-CUBIC.b_factor_nm2 * q**2 / 16 / np.pi**2) for e in names]
    total = sum(np.count_nonzero(species == k) * f[k] ** 2 for k in range(3))
    for (i, j), h in pair_histograms(x, species, 3).items():
        total = total + 2 * f[i] * f[j] * sinc_transform(h, q)
    return np.asarray(total)


def test_peaks_against_atoms() -> None:
    # Reflections with the overlap function against every atom: areas of the peaks that stand alone.
    n = 6
    q = np.linspace(9.0, 25.0, 600)
    peaks, atoms = simulate_waxs(cube(n * 0.587), CUBIC, q).intensity, whole_cells_debye(n, q)
    for length in (1, np.sqrt(2), 2):
        g = 2 * np.pi / 0.587 * length
        near = np.abs(q - g) < 1.2
        assert np.trapezoid(peaks[near], q[near]) == pytest.approx(np.trapezoid(atoms[near], q[near]), rel=0.08)
        assert q[near][peaks[near].argmax()] == pytest.approx(q[near][atoms[near].argmax()], abs=0.08)


def test_size_broadening_of_a_cube_and_a_sphere() -> None:
    # Along (100) a cube has sinc^2, FWHM 5.566/L; a sphere has the transform of its overlap, FWHM 6.96/D.
    q = np.linspace(9.5, 12, 4001)
    for shape, expected in ((cube(20.0), 5.566 / 20), (Sphere(diameter_nm=20.0), 6.95 / 20)):
        y = simulate_waxs(shape, CUBIC, q).intensity
        above = q[y > y.max() / 2]
        assert above[-1] - above[0] == pytest.approx(expected, rel=0.02)


def test_one_cut_nanocrystal_by_two_sums() -> None:
    # A crystal of one element is a set of points: Debye of atoms against Debye of points.
    from ase.build import bulk

    gold = crystal_from_ase(bulk("Au", cubic=True))
    _, x = cut_nanocrystal(gold, Sphere(diameter_nm=2.5))
    q = np.array([5.0, 20.0, 30.0])
    expected = atomic_form_factor("Au", q) ** 2 * len(x) * debye_points(x, q)
    np.testing.assert_allclose(debye_waxs(Sphere(diameter_nm=2.5), gold, q).intensity, expected, rtol=1e-6)
    assert len(x) == pytest.approx(4 * np.pi / 6 * 2.5**3 / gold.volume_nm3, rel=0.1)


def test_superlattice_spots_and_loose_rings() -> None:
    keep = {"q_max_inv_nm": 17.0, "n_pixels": 256}
    texture, profiles = Texture(mosaic_fwhm_deg=10.0, n_orientations=100), []
    # The directions of 64 dots have a width of their own: that of the law is the mean over several such crystals.
    for seed in range(4):
        aligned = build_crystal(
            "sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=cube(8.6), misorientation_fwhm_deg=8.0, seed=seed
        )
        pattern = simulate_waxs_2d(aligned, CUBIC, texture=texture, seed=seed, **keep)  # type: ignore[arg-type]
        profiles.append(pattern.azimuthal(14.5, 15.8).intensity)
    spots = replace(pattern.azimuthal(14.5, 15.8), intensity=np.mean(profiles, axis=0))
    assert spots.arc_fwhm_deg < 30.0
    # Mosaic, misorientation and the size of the dots (FWHM 5.9/L seen from 15.1 1/nm) add in squares, and arcs of a
    # Gaussian in the angle, of standard deviation s, have a fourfold strength of exp(-8 s^2).
    expected = np.hypot(np.radians(np.hypot(10, 8)) / 2.355, np.sqrt(2 * np.pi) / 8.6 / 15.1)
    assert np.sqrt(-np.log(spots.c4) / 8) == pytest.approx(expected, rel=0.08)
    rng = np.random.default_rng(0)
    loose = configuration(rng.normal(size=(60_000, 3)), shapes=cube(8.6), orientations=random_quaternions(60_000, rng))
    ring = simulate_waxs_2d(loose, CUBIC, **keep).azimuthal(14.5, 15.8)  # type: ignore[arg-type]
    assert ring.c4 < 0.05
    assert ring.arc_fwhm_deg == 360.0


def test_rotating_dots_and_beam_together_changes_nothing() -> None:
    tilt = np.array([[np.cos(0.35), np.sin(0.35), 0, 0]])
    plain = configuration([[0, 0, 0]], shapes=cube(8.6))
    tilted = configuration([[0, 0, 0]], shapes=cube(8.6), orientations=tilt)
    beam = tuple(tilted.rotations[0] @ [0.0, 0.0, 1.0])
    one = simulate_waxs_2d(plain, CUBIC, n_pixels=96)
    two = simulate_waxs_2d(tilted, CUBIC, n_pixels=96, texture=Texture(beam_axis=beam))  # type: ignore[arg-type]
    np.testing.assert_allclose(two.intensity, one.intensity, atol=1e-6 * one.intensity.max())


def test_spot_height_and_area_are_those_of_the_shape() -> None:
    # The Gaussian ball that stands for |f|^2: height 1 and integral (2 pi)^3/V.
    volume = 8.6**3
    sigma = np.sqrt(2 * np.pi) / volume ** (1 / 3)
    assert (2 * np.pi * sigma**2) ** 1.5 == pytest.approx((2 * np.pi) ** 3 / volume)
    table = direction_table(cube(1.0), 60.0)
    u = np.arange(len(table.mean_square)) * 0.25
    assert np.trapezoid(4 * np.pi * u**2 * table.mean_square, u) == pytest.approx((2 * np.pi) ** 3, rel=0.15)


def test_powder_xrd_of_cspbbr3() -> None:
    pattern = powder_xrd(CUBIC, size_nm=9.0)
    angles = {hkl: angle for hkl, angle, _ in pattern.peaks}
    for hkl, square in (("100", 1), ("110", 2), ("200", 4)):
        expected = 2 * np.degrees(np.arcsin(0.15406 * np.sqrt(square) / 2 / 0.587))
        assert angles[hkl] == pytest.approx(expected, abs=1e-6)
    assert angles["100"] == pytest.approx(15.1, abs=0.1)
    assert angles["110"] == pytest.approx(21.4, abs=0.1)
    assert angles["200"] == pytest.approx(30.5, abs=0.1)


def test_scherrer_width() -> None:
    angles = np.linspace(28, 33, 5001)
    for size, instrument in ((9.0, 0.0), (20.0, 0.3)):
        pattern = powder_xrd(CUBIC, size_nm=size, two_theta_deg=angles, instrument_fwhm_deg=instrument)
        above = angles[pattern.intensity > 50]
        scherrer = np.degrees(0.9 * 0.15406 / (size * np.cos(np.radians(30.43 / 2))))
        assert above[-1] - above[0] == pytest.approx(np.hypot(scherrer, instrument), rel=0.02)


def test_cif_round_trip_and_plot(tmp_path: Path) -> None:
    from matplotlib.figure import Figure

    salt = ase.spacegroup.crystal(
        ["Na", "Cl"], [(0, 0, 0), (0.5, 0.5, 0.5)], spacegroup=225, cellpar=[5.64] * 3 + [90] * 3
    )
    ase.io.write(tmp_path / "salt.cif", salt)
    pattern = powder_xrd(crystal_from_cif(tmp_path / "salt.cif"), size_nm=50.0)
    strongest = max(pattern.peaks, key=lambda p: p[2])
    assert strongest[0] == "200"
    assert strongest[1] == pytest.approx(31.7, abs=0.1)
    ax = pattern.plot(Figure().subplots())
    assert ax.get_xlabel() == r"$2\theta$ [degrees]"


def test_powder_intensities_are_those_of_debyes_sum() -> None:
    """Lorentz factor and multiplicities by a second route: the sum over pairs of a small crystal, peak by peak."""
    import ase.build

    edge_nm, n, wavelength_nm = 0.335, 14, 0.15406
    step = np.arange(-(n - 1), n)
    weight = n - np.abs(step)
    squares = (step[:, None, None] ** 2 + step[None, :, None] ** 2 + step[None, None, :] ** 2).ravel()
    pairs = (weight[:, None, None] * weight[None, :, None] * weight[None, None, :]).ravel()
    square, which = np.unique(squares, return_inverse=True)
    two_theta = np.arange(15, 85, 0.02)
    theta = np.radians(two_theta / 2)
    q = 4 * np.pi / wavelength_nm * np.sin(theta)
    debye = np.sinc(np.outer(q, edge_nm * np.sqrt(square)) / np.pi) @ np.bincount(which, pairs)
    debye *= np.abs(atomic_form_factor("Po", q)) ** 2 * (1 + np.cos(2 * theta) ** 2)
    names = ("100", "110", "111", "200", "210", "211")
    centres = 2 * np.degrees(np.arcsin(np.sqrt(np.arange(1, 7)) / edge_nm * wavelength_nm / 2))
    limits = np.concatenate([[1.5 * centres[0] - centres[1] / 2], (centres[1:] + centres[:-1]) / 2])
    limits = np.append(limits, 1.5 * centres[-1] - centres[-2] / 2)
    summed = {
        k: debye[(two_theta > a) & (two_theta < b)].sum() for k, a, b in zip(names, limits, limits[1:], strict=False)
    }
    polonium = crystal_from_ase(ase.build.bulk("Po", "sc", a=10 * edge_nm))
    pattern = powder_xrd(polonium, size_nm=50.0, two_theta_deg=two_theta, wavelength_nm=wavelength_nm)
    area = {hkl: value for hkl, _, value in pattern.peaks}
    # The tails of strong neighbours are a sixth of the weak 200; without cos(theta) 211 would be off by 13 %.
    for hkl in ("100", "111", "210", "211"):
        assert area[hkl] / area["110"] == pytest.approx(summed[hkl] / summed["110"], rel=0.06)


def test_an_empty_channel_is_as_uncertain_as_one_count() -> None:
    instrument = Instrument(counts_at_maximum=50)
    intensity = np.array([0.0, 0.0, 0.02, 1.0, 2.0])
    counted, sd = instrument.count(intensity, np.random.default_rng(0))
    per_unit = 50 / 2.0
    np.testing.assert_allclose(sd[counted == 0], 1 / per_unit)
    np.testing.assert_allclose(sd[counted > 0], np.sqrt(counted[counted > 0] / per_unit))


def test_instrument_on_a_pattern() -> None:
    dot = configuration([[0, 0, 0]], shapes=cube(8.6))
    noisy = simulate_waxs_2d(dot, CUBIC, n_pixels=64, instrument=Instrument(counts_at_maximum=50), seed=3)
    unit = noisy.intensity[noisy.intensity > 0].min()
    np.testing.assert_allclose(noisy.intensity / unit, np.rint(noisy.intensity / unit), atol=1e-6)


def test_bad_input_is_named(tmp_path: Path) -> None:
    from ase import Atoms

    with pytest.raises(InputError, match="atom 'Qq' is not known"):
        atomic_form_factor("Qq", [1.0])
    with pytest.raises(InputError, match="Did you mean 'CsPbBr3 cubic'"):
        atomic_crystal("CsPbBr3 cubik")
    with pytest.raises(InputError, match="is not a file"):
        crystal_from_cif(tmp_path / "missing.cif")
    (tmp_path / "bad.cif").write_text("not a cif")
    with pytest.raises(InputError, match="cannot be read as CIF"):
        crystal_from_cif(tmp_path / "bad.cif")
    with pytest.raises(InputError, match="a cell with a volume above zero"):
        crystal_from_ase(Atoms("Au"))
    with pytest.raises(InputError, match="between 0 and 180"):
        powder_xrd(CUBIC, size_nm=9.0, two_theta_deg=[-1.0])
