"""Multislice micrographs against weak phases, and what is refused; abTEM does the multislice."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from packing.configuration import configuration, quaternions_to_matrices, random_quaternions
from packing.errors import InputError
from packing.shapes import Cuboid, cube
from structure.diffraction.atomic import cut_nanocrystal
from structure.diffraction.atoms import electron_form_factor_nm, electron_wavelength_nm
from structure.diffraction.library import crystal_of_material
from structure.multislice.image import MOST_ATOMS, scherzer_defocus_nm, simulate_multislice

CRYSTAL = crystal_of_material("Si", b_factor_nm2=0.0)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_thin_light_dot_is_a_weak_phase() -> None:
    """One event only: the image is 1 + 2 lambda f(q) sin(chi) summed over the atoms, as the lens passes it.

    Half the difference of opposite defocus is free of what is of second order in the phase.
    """
    pytest.importorskip("abtem")
    thin = Cuboid(edges_nm=(2.0, 1.5, 0.25))
    turn = random_quaternions(1, np.random.default_rng(2))
    dot = configuration([[0, 0, 0]], shapes=thin, orientations=turn)
    volt, angle, defocus = 300.0, 0.012, 45.0
    under, over = (
        simulate_multislice(
            dot, CRYSTAL, field_nm=(4.0, 3.0), depth_nm=4.0, px_per_nm=25.0, voltage_kv=volt, defocus_nm=away,
            spherical_mm=0.0, aperture_mrad=1e3 * angle,
        ).pixels
        for away in (defocus, -defocus)
    )  # fmt: skip
    wave = electron_wavelength_nm(volt)
    elements, inner = cut_nanocrystal(CRYSTAL, thin)
    places = inner @ quaternions_to_matrices(turn)[0].T
    # The sum over scattering vectors on a field much larger than the picture.
    side, limit = 12.0, 2 * np.pi * angle / wave
    one = 2 * np.pi / side * np.arange(-int(limit * side / 6.28) - 1, int(limit * side / 6.28) + 2)
    qx, qy = (v.ravel() for v in np.meshgrid(one, one))
    length = np.hypot(qx, qy)
    qx, qy, length = (v[length <= limit] for v in (qx, qy, length))
    k = length / (2 * np.pi)
    chi = -np.pi * wave * k**2 * defocus
    total = np.exp(-1j * (np.outer(qx, places[:, 0]) + np.outer(qy, places[:, 1]))).sum(axis=1)
    # Moving electrons are heavier than those of the form factor, which is of slow ones.
    heavier = 1 + volt / 510.999
    scattered = heavier * wave * electron_form_factor_nm(elements[0], length) * total * 2 * np.sin(chi) / side**2
    x = (np.arange(100) + 0.5) / 25.0 - 2.0
    y = 1.5 - (np.arange(75) + 0.5) / 25.0
    weak = np.real(np.einsum("rq,q,cq->rc", np.exp(1j * np.outer(y, qy)), scattered, np.exp(1j * np.outer(x, qx))))
    ours = (under - over) / 2
    assert np.corrcoef(ours.ravel(), weak.ravel())[0, 1] > 0.99
    assert (ours * weak).sum() / (weak**2).sum() == pytest.approx(1.0, abs=0.05)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_dot_of_heavy_atoms_shows_its_columns_where_they_are() -> None:
    pytest.importorskip("abtem")
    crystal = crystal_of_material("PbS", b_factor_nm2=0.0)
    dot = configuration([[0, 0, 0]], shapes=cube(2.4))
    options: dict[str, Any] = {"field_nm": (4.0, 4.0), "depth_nm": 4.0, "px_per_nm": 25.0}
    image = simulate_multislice(dot, crystal, **options)
    power = np.abs(np.fft.rfft2(image.pixels - image.pixels.mean())) ** 2
    rows, cols = np.unravel_index(power.argmax(), power.shape)
    strongest = np.array([np.fft.fftfreq(100, 0.04)[rows], np.fft.rfftfreq(100, 0.04)[cols]]) * 0.5936 / 2
    # {200} or {220} planes, to the width of a spot of such a small dot.
    assert np.abs(strongest).max() == pytest.approx(1.0, abs=0.07)
    assert strongest == pytest.approx(np.rint(strongest), abs=0.07)
    assert image.provenance["multislice"]
    same = simulate_multislice(dot, crystal, **options)
    assert np.array_equal(image.pixels, same.pixels)


def test_scherzer_defocus_is_that_of_textbooks() -> None:
    # 200 kV, 1 mm: about 61 nm.
    assert scherzer_defocus_nm(1.0, 200.0) == pytest.approx(61.3, abs=0.1)


@pytest.mark.parametrize(
    ("crystal", "change", "words"),
    [
        ("CsPbBr3", {"field_nm": (200.0, 200.0)}, "field_nm of 200 x 200 nm takes a grid"),
        ("CsPbBr3", {"depth_nm": 5000.0}, f"at most {MOST_ATOMS}"),
        ("CsPbBr3", {"depth_nm": -1.0}, "depth_nm must be positive"),
        ("CsPbBr3", {"rotation": np.ones((3, 3))}, "must be a rotation matrix"),
        ("MAPbBr3", {}, "one whole atom on every site"),
    ],
)
def test_unusable_options_are_named(crystal: str, change: dict[str, Any], words: str) -> None:
    options: dict[str, Any] = {"field_nm": (12.0, 12.0), "depth_nm": 10.0} | change
    box = configuration([[0, 0, 0]], shapes=cube(8.6), box=[11, 11, 11])
    with pytest.raises(InputError, match=words) as error:
        simulate_multislice(box, crystal_of_material(crystal), **options)
    assert "\n" not in str(error.value)


def test_without_abtem_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "abtem", None)
    dot = configuration([[0, 0, 0]], shapes=cube(1.8))
    with pytest.raises(InputError, match=r'pip install "superlattice\[multislice\]"'):
        simulate_multislice(dot, CRYSTAL, field_nm=(3.0, 3.0), depth_nm=3.0)
