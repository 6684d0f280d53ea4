"""GISAXS of a box lattice of spheres on silicon: BornAgain's sums over the same layers, where it is installed."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

from packing.shapes import Sphere
from structure.grazing.film import FilmCrystal
from structure.grazing.gisaxs import gisaxs_intensity, rod_intensity
from structure.grazing.layers import FilmLayers, XrayIndex, substrate_index, xray_index
from structure.widths import FWHM_PER_SIGMA, scherrer_fwhm_inv_nm

WAVE, INCIDENCE_DEG, LATTICE, RADIUS, LAYERS, DOMAIN = 0.124, 0.3, 12.0, 4.0, 10, 80.0

# BornAgain 25.0.0: ten spheres above each other (radius 4 nm, 12 nm apart, index 1 - 1.5e-5 + 1e-6 i) on a substrate
# (5e-6, 6e-8), `Dilute2D` of a `Compound`, at the azimuth where q_y = 2 pi / 12 nm; intensity over the largest.
EXIT_DEG = [
    0.0276875, 0.0430625, 0.1004625, 0.1568375, 0.1783625, 0.2101375, 0.3792625, 0.4684375, 0.4940625, 0.6088625,
    0.7380125, 0.7759375, 0.8989375, 1.0332125, 1.1223875, 1.1521125,
]  # fmt: skip
BORNAGAIN = [
    5.4925e-06, 0.23911, 0.43048, 0.97554, 0.085021, 1.0, 0.17957, 0.00095807, 0.018593, 0.0041727, 0.0010804,
    0.00018443, 0.28091, 0.012202, 1.3002e-05, 0.0070467,
]  # fmt: skip


def film(**more: Any) -> FilmCrystal:
    return FilmCrystal(
        cell_nm=LATTICE * np.eye(3), sites_nm=np.array([[0.0, 0.0, RADIUS]]), body=Sphere(diameter_nm=2 * RADIUS),
        height_nm=LAYERS * LATTICE, domain_nm=DOMAIN, **more,
    )  # fmt: skip


def column(ba: Any, material: Any) -> Any:
    """Ten spheres above each other, the lowest on the substrate."""
    made = ba.Compound()
    for layer in range(LAYERS):
        made.addComponent(ba.Particle(material, ba.Sphere(RADIUS)), ba.R3(0, 0, layer * LATTICE))
    return made


def frame_of(around: XrayIndex | None, averaged: bool, n_phi: int, n_alpha: int) -> Any:
    """Azimuths and exit angles [rad], and BornAgain's frame of columns on a square lattice of all orientations."""
    import bornagain as ba

    dots, silicon = xray_index("Fe3O4", 5.17, WAVE), substrate_index("Si", WAVE)
    material = ba.RefractiveMaterial("dots", (1, 0, 0), dots.delta, dots.beta)
    substrate = ba.RefractiveMaterial("silicon", (0, 0, 1), silicon.delta, silicon.beta)
    detector = ba.SphericalDetector(n_phi, 0.0, np.radians(2.2), n_alpha, np.radians(0.02), np.radians(1.25))
    width = FWHM_PER_SIGMA / scherrer_fwhm_inv_nm(DOMAIN)
    total, n_turns = np.zeros((n_alpha, n_phi)), 45
    for turn in range(n_turns):
        lattice = ba.SquareLattice2D(LATTICE, (turn + 0.5) / n_turns * np.pi / 2)
        crystal = ba.Crystal2D(column(ba, material), lattice)
        crystal.setDecayFunction(ba.Profile2DGauss(width, width, 0.0))
        sample = ba.Sample()
        if around is None:
            layer = ba.Layer(ba.Vacuum())
        else:
            sample.addLayer(ba.Layer(ba.Vacuum()))
            mean = ba.RefractiveMaterial("film", (0, 1, 0), around.delta, around.beta)
            layer = ba.Layer(mean, LAYERS * LATTICE)
        layer.deposit2D(crystal)
        sample.addLayer(layer)
        sample.addLayer(ba.Layer(substrate))
        simulation = ba.ScatteringSimulation(ba.Beam(1e9, WAVE, np.radians(INCIDENCE_DEG)), sample, detector)
        simulation.options().setNumberOfThreads(1)
        simulation.options().setUseAvgMaterials(averaged)
        result = simulation.simulate()
        total += np.array(result.intensities()).reshape(n_alpha, n_phi)
    phi, alpha = np.array(result.xCenters()), np.array(result.yCenters())
    # A pixel of even angles covers less of the sphere farther up.
    return phi, alpha, total / np.cos(alpha)[:, None]


def tops_along(q_z: np.ndarray, intensity: np.ndarray, least: float) -> list[tuple[float, float]]:
    """Place [1/nm] and height of the maxima of a column above ``least``, by a parabola through three points."""
    found = []
    for i in range(1, len(q_z) - 1):
        low, mid, high = intensity[i - 1 : i + 2]
        if mid > least and mid >= low and mid > high:
            shift = 0.5 * (low - high) / (low - 2 * mid + high)
            found.append((q_z[i] + shift * (q_z[i + 1] - q_z[i]), mid - 0.25 * (low - high) * shift))
    return found


def test_a_column_of_spheres_is_that_of_bornagain_at_every_exit_angle() -> None:
    layers = FilmLayers(
        wavelength_nm=WAVE, incidence_deg=INCIDENCE_DEG, substrate=XrayIndex(delta=5e-6, beta=6e-8), thickness_nm=1.0
    )
    own = rod_intensity(film(), layers, [2 * np.pi / LATTICE, 0.0], np.radians(EXIT_DEG))
    np.testing.assert_allclose(own / own.max(), BORNAGAIN, rtol=0.005, atol=3e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("filled", "averaged"), [(0.0, False), (4 / 3 * np.pi * (RADIUS / LATTICE) ** 3, False), (None, True)]
)
def test_frames_of_a_box_lattice_on_silicon_are_those_of_bornagain(filled: float | None, averaged: bool) -> None:
    """Islands in vacuum; a film of a mean index given to both; and a film that BornAgain averages by itself."""
    if find_spec("bornagain") is None:
        pytest.skip("bornagain is not installed")
    dots = xray_index("Fe3O4", 5.17, WAVE)
    given = dots.diluted(filled) if filled else None
    # In a process of its own: BornAgain crashes where LAMMPS was loaded, whose symbols are global.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        phi, alpha, theirs = pool.submit(frame_of, given, averaged, 40, 300).result()
    # Averaged materials fill the height from the lowest sphere's foot to the highest one's top.
    thickness = LAYERS * LATTICE - (LATTICE - 2 * RADIUS if averaged else 0.0)
    if averaged:
        given = dots.diluted(LAYERS * 4 / 3 * np.pi * RADIUS**3 / (LATTICE**2 * thickness))
    layers = FilmLayers(
        wavelength_nm=WAVE, incidence_deg=INCIDENCE_DEG, substrate=substrate_index("Si", WAVE), thickness_nm=thickness,
        film=given or XrayIndex(),
    )  # fmt: skip
    k, start = layers.k_inv_nm, np.radians(INCIDENCE_DEG)
    q_x = k * (np.cos(alpha)[:, None] * np.cos(phi) - np.cos(start))
    q_par = np.hypot(q_x, k * np.cos(alpha)[:, None] * np.sin(phi))
    q_z = np.broadcast_to(k * (np.sin(alpha) + np.sin(start))[:, None], q_par.shape)
    own = gisaxs_intensity(film(), layers, q_par, q_z, diffuse=0)
    seen = (q_par > 0.3) & (q_par < 1.25)
    scale = (theirs * own)[seen].sum() / (own**2)[seen].sum()
    rms = np.sqrt(((theirs - scale * own)[seen] ** 2).sum() / (theirs**2)[seen].sum())
    assert rms < 0.005
    compared = 0
    for column_index in range(len(phi)):
        if not seen[:, column_index].all():
            continue
        mine, other = (
            tops_along(q_z[:, 0], i[:, column_index], 1e-3 * i[seen].max()) for i in (scale * own, theirs)
        )  # fmt: skip
        for place, height in other:
            near = min(mine, key=lambda top: abs(top[0] - place))
            assert near[0] == pytest.approx(place, rel=0.002)
            assert near[1] == pytest.approx(height, rel=0.05)
            compared += 1
    assert compared > 50
