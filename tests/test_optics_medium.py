"""Optical constants, effective index and absorption of dots in a medium."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.special import spherical_jn, spherical_yn

from optics.materials.alloys import optical_material
from optics.materials.hosts import surroundings
from optics.materials.refraction import extinction, permittivity, refractive_index
from optics.materials.table import SEMICONDUCTORS, semiconductor
from optics.medium.absorption import cross_section_cm2, intrinsic_absorption_per_nm
from optics.medium.diffraction import bragg_wavelength_nm, stop_band
from optics.medium.dispersion import SuperlatticeMedium
from optics.medium.homogenise import cube_array_index, homogenised_permittivity
from optics.medium.mixing import bruggeman_index, hashin_shtrikman_bounds, maxwell_garnett_index
from packing.errors import InputError

CSPBBR3 = semiconductor("CsPbBr3")


def test_tabulated_constants() -> None:
    assert refractive_index(CSPBBR3, [700.0, 535.0]) == pytest.approx([2.056, 2.262], abs=1e-3)
    assert float(extinction(CSPBBR3, 515.0)) == pytest.approx(0.273, abs=1e-3)
    # Below the gap the ellipsometer's floor is no absorption.
    assert float(extinction(CSPBBR3, 700.0)) == 0.0


def test_every_source_is_named_and_memory_is_marked() -> None:
    for material in SEMICONDUCTORS.values():
        assert {"mass", "permittivity", "gap", "radiative_lifetime"} <= material.sources.keys()
        for source in material.sources.values():
            assert source.startswith("estimate") or "doi" in source or "arXiv" in source, source


def test_rydberg_and_mass_fit_the_measured_binding_energies() -> None:
    found = [1e3 * semiconductor(n).binding_energy_ev for n in ("CsPbBr3", "CsPbCl3", "CsPbI3")]
    assert found == pytest.approx([32.2, 63.1, 15.5], abs=0.2)


def test_bad_materials_and_wavelengths_are_one_line() -> None:
    with pytest.raises(InputError, match=r"optical material: 'CsPbBr4' is not known\. Did you mean 'CsPbBr3'"):
        optical_material("CsPbBr4")
    with pytest.raises(InputError, match=r"between 200 and 2500 nm.*got 100 nm"):
        refractive_index(CSPBBR3, 100.0)
    with pytest.raises(InputError, match="got nan nm"):
        refractive_index(CSPBBR3, float("nan"))
    with pytest.raises(InputError, match="PbS is tabulated"):
        extinction(semiconductor("PbS"), 1500.0)
    with pytest.raises(InputError, match="gives n only"):
        extinction(semiconductor("PbS"), 5000.0)
    with pytest.raises(InputError, match="chloride and iodide do not mix"):
        optical_material("CsPbCl2I")
    mixed, warnings = optical_material("CsPbBr1.5I1.5")
    assert "Vegard" in warnings[0]
    with pytest.raises(InputError, match="has no optical constants"):
        refractive_index(mixed, 600.0)
    with pytest.raises(InputError, match="surroundings: 'Cs4PbBr5' is not known"):
        surroundings("Cs4PbBr5")


@given(st.floats(0.01, 0.99), st.floats(1.2, 3.0), st.floats(1.0, 1.19))
def test_every_rule_lies_within_the_bounds(fraction: float, core: float, host: float) -> None:
    low, high = hashin_shtrikman_bounds(fraction, core, host)
    for rule in (maxwell_garnett_index, bruggeman_index):
        assert low - 1e-9 <= rule([(fraction, core), (1 - fraction, host)]).real <= high + 1e-9


def test_exact_array_of_spheres_follows_rayleigh() -> None:
    # Second route of the grid: Lord Rayleigh's series for a simple cubic array of spheres, Phil. Mag. 34, 481 (1892).
    n = 48
    axis = (np.arange(n) + 0.5) / n - 0.5
    r2 = axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + axis[None, None, :] ** 2
    sphere = r2 < 0.38**2
    fraction, core = sphere.mean(), 4.0
    d = (core + 2) / (core - 1)
    series = 1 + 3 * fraction / (d - fraction - 1.305 * (core - 1) / (core + 4 / 3) * fraction ** (10 / 3))
    assert homogenised_permittivity(np.where(sphere, core, 1.0)) == pytest.approx(series, rel=4e-3)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_a_homogenised_cell_lies_between_series_and_parallel(seed: int) -> None:
    cell = np.random.default_rng(seed).uniform(1, 5, (6, 6, 6))
    found = homogenised_permittivity(cell)
    assert 1 / np.mean(1 / cell) <= found <= np.mean(cell)


@pytest.mark.parametrize(
    ("core", "host", "size", "exact", "garnett", "bruggeman"),
    [
        (1.95, 1.4406, (23, 29), 1.6834, 1.6828, 1.6884),
        (2.262, 1.4406, (23, 29), 1.8172, 1.8150, 1.8354),
        (2.262, 1.0, (45, 47), 2.024, 2.0233, 2.1066),
    ],
)
def test_golden_indices_of_cube_arrays(
    core: float, host: float, size: tuple[int, int], exact: float, garnett: float, bruggeman: float
) -> None:
    fraction = (size[0] / size[1]) ** 3
    parts = [(fraction, core), (1 - fraction, host)]
    assert maxwell_garnett_index(parts).real == pytest.approx(garnett, abs=1e-4)
    assert bruggeman_index(parts).real == pytest.approx(bruggeman, abs=1e-4)
    # The coarsest grid that fits; twice as fine it is within 2e-4 (6e-4 for Na+) of the golden number.
    found = cube_array_index(size[0], size[1], core, host, n_voxels=size[1])
    assert found == pytest.approx(exact, abs=8e-4)
    low, high = hashin_shtrikman_bounds(fraction, core, host)
    assert low - 1e-3 <= found <= high
    # Trap 4: at a core fraction of 0.88 Bruggeman is 0.08 too high.
    assert abs(maxwell_garnett_index(parts).real - found) < 0.003


@pytest.mark.slow
@pytest.mark.parametrize(("core", "golden"), [(1.95, 1.6834), (2.262, 1.8172)])
def test_finer_grids_converge_to_the_golden_index(core: float, golden: float) -> None:
    coarse, fine = (cube_array_index(23, 29, core, 1.4406, n_voxels=n) for n in (29, 58))
    assert fine + (fine - coarse) / 2 == pytest.approx(golden, abs=2e-4)


def test_absorption_of_a_small_dot_is_the_limit_of_mie() -> None:
    for wavelength in (335.0, 400.0, 500.0):
        n = 1.497
        mie = mie_absorption_nm2(2.0, complex(permittivity(CSPBBR3, wavelength)) ** 0.5, n, wavelength)
        volume = 4 / 3 * np.pi * 2.0**3
        ours = volume * float(intrinsic_absorption_per_nm(CSPBBR3, wavelength, medium_index=n))
        assert ours == pytest.approx(mie, rel=5e-3)


def mie_absorption_nm2(radius: float, core: complex, medium: float, wavelength: float) -> float:
    """Absorption cross-section of a sphere by Mie's series (Bohren and Huffman, chapter 4)."""
    k = 2 * np.pi * medium / wavelength
    x, m = k * radius, core / medium
    order = np.arange(1, 6)

    def riccati(z: complex) -> tuple[np.ndarray, np.ndarray]:
        j, dj = spherical_jn(order, z), spherical_jn(order, z, derivative=True)
        return z * j, j + z * dj

    psi, dpsi = riccati(x)
    inner, dinner = riccati(m * x)
    h = spherical_jn(order, x) + 1j * spherical_yn(order, x)
    dh = spherical_jn(order, x, derivative=True) + 1j * spherical_yn(order, x, derivative=True)
    xi, dxi = x * h, h + x * dh
    a = (m * inner * dpsi - psi * dinner) / (m * inner * dxi - xi * dinner)
    b = (inner * dpsi - m * psi * dinner) / (inner * dxi - m * xi * dinner)
    total = 2 * np.pi / k**2 * np.sum((2 * order + 1) * (a + b).real)
    scattered = 2 * np.pi / k**2 * np.sum((2 * order + 1) * (abs(a) ** 2 + abs(b) ** 2))
    return float(total - scattered)


def test_cross_section_of_a_dot_in_a_medium_is_not_that_in_vacuum() -> None:
    # Trap 8: the local field in vacuum is half as strong.
    found = [1e14 * cross_section_cm2(CSPBBR3, 729.0, 400.0, medium_index=n) for n in (1.497, 1.0)]
    assert found == pytest.approx([4.5, 2.46], abs=0.03)
    assert 1e7 * float(intrinsic_absorption_per_nm(CSPBBR3, 335.0, medium_index=1.497)) == pytest.approx(
        1.61e5, rel=0.01
    )


def test_group_index_is_several_times_the_index() -> None:
    # Trap 4: the phase index, or n = 1.95, in the free spectral range.
    core = SuperlatticeMedium(material=CSPBBR3, core_fraction=1.0, host_index=1.44)
    oleate = SuperlatticeMedium(material=CSPBBR3, core_fraction=(23 / 29) ** 3, host_index=1.4406)
    sodium = SuperlatticeMedium(material=CSPBBR3, core_fraction=(45 / 47) ** 3, host_index=1.0)
    assert core.group_index(535.0) == pytest.approx(6.8, abs=0.1)
    assert [oleate.group_index(w) for w in (535.0, 560.0)] == pytest.approx([3.65, 2.25], abs=0.02)
    assert [sodium.group_index(w) for w in (535.0, 560.0)] == pytest.approx([5.3, 2.80], abs=0.05)


def test_the_anchor_of_cadmium_selenide_is_on_the_sizing_curve() -> None:
    # Yu et al., Chem. Mater. 15, 2854 (2003): diameter of the sphere from the wavelength of the first absorption peak.
    anchor = semiconductor("CdSe").anchor
    assert anchor is not None
    w = anchor.wavelength_nm
    diameter = 1.6122e-9 * w**4 - 2.6575e-6 * w**3 + 1.6242e-3 * w**2 - 0.4277 * w + 41.57
    assert anchor.edge_nm == pytest.approx(diameter * (np.pi / 6) ** (1 / 3), abs=0.02)


def test_stop_band_of_layers_by_their_exact_dispersion() -> None:
    # Second route: the half trace of the transfer matrix of a period exceeds one inside the band.
    for core, host, tolerance in ((1.75, 1.7, 0.01), (2.0, 1.7, 0.03)):
        edge, period = 100.0, 180.0
        band = stop_band(edge, period, core, host, lamellar=True)
        wavelength = np.linspace(band.centre_nm - 3 * band.width_nm, band.centre_nm + 3 * band.width_nm, 60_001)
        a, b = 2 * np.pi * core * edge / wavelength, 2 * np.pi * host * (period - edge) / wavelength
        trace = np.cos(a) * np.cos(b) - (core / host + host / core) / 2 * np.sin(a) * np.sin(b)
        closed = wavelength[np.abs(trace) > 1]
        assert closed[-1] - closed[0] == pytest.approx(band.width_nm, rel=2 * tolerance)
        assert closed.mean() == pytest.approx(band.centre_nm, rel=tolerance)
        # At the middle the wave falls by the arcosh of the half trace in a period.
        deepest = float(np.arccosh(np.abs(trace).max()))
        assert 1 / deepest == pytest.approx(band.depth_periods, rel=2 * tolerance)


def test_an_array_of_dots_diffracts_no_light_that_it_emits() -> None:
    band = stop_band(10.0, 15.0, 2.2, 1.7)
    assert band.centre_nm < 100
    assert band.relative_width < stop_band(10.0, 15.0, 2.2, 1.7, lamellar=True).relative_width
    assert stop_band(10.0, 15.0, 1.7, 1.7).relative_width == 0
    assert bragg_wavelength_nm(11.5, 1.75, order=2) == pytest.approx(1.75 * 11.5)
    with pytest.raises(InputError, match="order must be 1 or more, got 0"):
        bragg_wavelength_nm(11.5, 1.75, order=0)


def test_a_film_of_nanocrystals_is_not_taken_for_the_bulk() -> None:
    page = semiconductor("CsPbI3").index_page
    assert page is not None
    assert "film of nanocrystals" in page.note
