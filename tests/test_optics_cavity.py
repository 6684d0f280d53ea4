"""Modes of a superlattice crystal: the ray rule beside Maxwell's equations, exact poles, and transfer matrices."""

import numpy as np
import pytest
from optics_fdtd import resonances_nm

from optics.cavity.cylinder import capillary_spacing_nm, cylinder_pole, whispering_gallery_guess_nm
from optics.cavity.facets import (
    facet_modes,
    facet_spacing_nm,
    gallery_spacing_nm,
    reflection_phase,
    square_gallery_modes,
)
from optics.cavity.quality import absorption_quality, facet_quality, linewidth_quality, outcoupled_fraction
from optics.materials.table import semiconductor
from optics.medium.dispersion import SuperlatticeMedium
from packing.errors import InputError


def test_golden_gallery_modes() -> None:
    found = {m.order: m.wavelength_nm for m in square_gallery_modes(2000.0, 1.82, (490.0, 560.0))}
    assert [found[m] for m in (18, 19, 20)] == pytest.approx([550.11, 522.21, 497.00], abs=0.01)
    oleate = {m.order: m.wavelength_nm for m in square_gallery_modes(2000.0, 1.69, (490.0, 560.0))}
    sodium = {m.order: m.wavelength_nm for m in square_gallery_modes(2000.0, 2.024, (490.0, 560.0))}
    assert oleate[18] == pytest.approx(512.94, abs=0.01)
    assert [sodium[20], sodium[22]] == pytest.approx([550.70, 502.38], abs=0.01)


@pytest.mark.slow
def test_gallery_modes_of_a_square_against_maxwell_in_two_dimensions() -> None:
    cell = 25.0
    x = (np.arange(120) + 0.5 - 60) * cell
    circle = x[:, None] ** 2 + x[None, :] ** 2 < 1000.0**2
    square = (np.abs(x)[:, None] < 1000) & (np.abs(x)[None, :] < 1000)
    # The grid slows light down; the exact poles of a circle say by how much.
    exact = np.array([cylinder_pole(1000.0, 1.82, m, g)[0] for m, g in ((17, 550.0), (14, 532.0), (18, 522.0))])
    ringing = resonances_nm(circle, 1.82, cell, (515.0, 560.0))[::-1]
    assert len(ringing) == 3
    assert np.ptp(ringing / exact) < 2e-3
    slowed = float(np.mean(ringing / exact))
    assert abs(slowed - 1) < 0.01
    found = resonances_nm(square, 1.82, cell, (490.0, 560.0)) / slowed
    modes = {m.order: m.wavelength_nm for m in square_gallery_modes(2000.0, 1.82, (490.0, 560.0))}
    # Peaks of modes that overlap are told to 0.4 %: by where the sources are, the first lies at 546.6 to 548.7 nm.
    # Neighbouring orders are 5 % apart.
    for order in (18, 20):
        assert np.min(abs(found - modes[order])) < 0.008 * modes[order]


def test_exact_poles_of_a_cylinder() -> None:
    found = [cylinder_pole(1000.0, 1.82, m, guess)[0] for m, guess in ((18, 522.0), (14, 532.0), (17, 550.0))]
    assert found == pytest.approx([522.42, 532.06, 549.87], abs=0.01)


def test_large_cylinder_follows_the_airy_expansion() -> None:
    guess = whispering_gallery_guess_nm(5000.0, 1.7, 90)
    wavelength, quality = cylinder_pole(5000.0, 1.7, 90, guess)
    assert wavelength == pytest.approx(guess, rel=5e-3)
    assert quality > 1e6
    assert cylinder_pole(1000.0, 1.82, 14, 532.0)[1] == pytest.approx(152, abs=1)


def test_capillary_spacing_is_the_difference_of_exact_neighbours() -> None:
    neighbours = []
    for order in (90, 91):
        guess = whispering_gallery_guess_nm(5000.0, 1.7, order)
        neighbours.append(cylinder_pole(5000.0, 1.7, order, guess)[0])
    middle = float(np.mean(neighbours))
    assert neighbours[0] - neighbours[1] == pytest.approx(capillary_spacing_nm(10_000.0, middle, 1.7), rel=0.05)
    assert capillary_spacing_nm(50_000.0, 525.0, 2.5) == pytest.approx(0.70, abs=0.01)


def test_mode_spacing_with_dispersion_needs_the_group_index() -> None:
    solid = SuperlatticeMedium(material=semiconductor("CsPbBr3"), core_fraction=(23 / 29) ** 3, host_index=1.4406)
    modes = square_gallery_modes(20_000.0, solid.index, (550.0, 570.0))
    wavelengths = np.array([m.wavelength_nm for m in modes])
    middle = len(modes) // 2
    spacing = (wavelengths[middle - 1] - wavelengths[middle + 1]) / 2
    right = gallery_spacing_nm(20_000.0, wavelengths[middle], solid.group_index(wavelengths[middle]))
    wrong = gallery_spacing_nm(20_000.0, wavelengths[middle], solid.index(wavelengths[middle]))
    assert spacing == pytest.approx(right, rel=0.03)
    assert abs(spacing / wrong - 1) > 0.15
    assert gallery_spacing_nm(2000.0, 535.0, 3.65) == pytest.approx(13.9, abs=0.05)
    assert gallery_spacing_nm(2000.0, 535.0, 5.3) == pytest.approx(9.5, abs=0.1)


def test_facet_modes_are_the_transmission_maxima_of_a_transfer_matrix() -> None:
    tmm = pytest.importorskip("tmm")
    grid = np.linspace(500.0, 560.0, 1201)
    passed = np.array([tmm.coh_tmm("s", [1, 1.82, 1], [np.inf, 2000.0, np.inf], 0, w)["T"] for w in grid])
    peaks = grid[1:-1][(passed[1:-1] > passed[:-2]) & (passed[1:-1] >= passed[2:])]
    modes = [m.wavelength_nm for m in facet_modes(2000.0, 1.82, (501.0, 559.0))]
    assert np.sort(peaks)[: len(modes)] == pytest.approx(sorted(modes), abs=0.1)
    assert facet_spacing_nm(2000.0, 520.0, 1.82) == pytest.approx(520.0 / 14, rel=1e-9)


def test_reflection_phase_is_fresnels() -> None:
    n, theta = 1.82, np.pi / 4
    decay = np.sqrt(n**2 * np.sin(theta) ** 2 - 1)
    s = (n * np.cos(theta) - 1j * decay) / (n * np.cos(theta) + 1j * decay)
    p = (np.cos(theta) - 1j * n * decay) / (np.cos(theta) + 1j * n * decay)
    assert -np.angle(s) == pytest.approx(2 * reflection_phase(n, "tm"), abs=1e-12)
    assert -np.angle(p) == pytest.approx(2 * reflection_phase(n, "te"), abs=1e-12)


def test_a_low_index_holds_no_gallery_mode() -> None:
    with pytest.raises(InputError, match=r"index must exceed 1\.414.*got 1\.350"):
        square_gallery_modes(2000.0, 1.35, (500.0, 560.0))


def test_quality_bounds_and_the_light_that_leaves() -> None:
    assert linewidth_quality(535.0, 0.4) == pytest.approx(1338, abs=1)
    # A quality of 1338 leaves room for so much absorption at the line.
    assert absorption_quality(1.82, 535.0, 160.0) == pytest.approx(1338, abs=5)
    assert absorption_quality(1.82, 535.0, 0.0) == np.inf
    assert facet_quality(2000.0, 1.82, 535.0) < 50
    assert outcoupled_fraction(2.0) == pytest.approx(1 / (4 * 4.0), rel=0.1)
