"""A measured GISAXS frame: iron-oxide mesocrystals on silicon, with their authors' lattice and direct beam."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import least_squares

from packing.shapes import Sphere
from structure.grazing.film import FilmCrystal
from structure.grazing.gisaxs import gisaxs_intensity
from structure.grazing.layers import FilmLayers, substrate_index
from structure.pattern_fit.frame import read_frame

DATA = Path(os.environ.get("SUPERLATTICE_DATA", Path(__file__).parents[2] / "shared" / "data")) / "gisaxs"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (DATA / "P144_authors_peaks.csv").is_file(), reason=f"no measured peaks in {DATA}"),
]
# Of the frame's header, and the direct beam of its authors: pixels from the left and from the top edge.
WAVE, PIXEL_MM, DISTANCE_MM, BEAM_X_PX, BEAM_Y_PX = 0.17712, 0.16696, 909.994, 108.2, 942.0
K = 2 * np.pi / WAVE
# What is refined: the angle of incidence. The motor that tilts the sample says 0.4.
NOMINAL_DEG, INCIDENCE_DEG = 0.4, 0.353
# Of the 17 peaks in the authors' order: l, and whether the beam came by way of the substrate. None is the Yoneda band.
INDICES = [
    (2, 0), (3, 0), (5, 0), (4, 0), (2, 0), (1, 1), (4, 0), (8, 0), (6, 0), (5, 0), (4, 0), (3, 0), (7, 0), (2, 0),
    (5, 1), None, (8, 0),
]  # fmt: skip


def peaks() -> list[dict[str, float]]:
    """The authors' peaks."""
    rows = csv.DictReader((DATA / "P144_authors_peaks.csv").read_text().splitlines())
    return [{name: float(value) for name, value in row.items()} for row in rows]


def mesocrystal(height_nm: float) -> FilmCrystal:
    """The authors' lattice: hexagonal setting, three spheres a cell; its domains are islands."""
    cell = np.array([[12.5, 0, 0], [-6.25, 12.5 * 3**0.5 / 2, 0], [0, 0, 31.1]])
    sites = np.array([[0, 0, 0], [2 / 3, 1 / 3, 1 / 3], [1 / 3, 2 / 3, 2 / 3]]) @ cell
    return FilmCrystal(
        cell_nm=cell, sites_nm=sites, body=Sphere(diameter_nm=10.04), size_spread=0.06, displacement_nm=0.3,
        domain_nm=400.0, height_nm=height_nm, base_nm=5.02,
    )  # fmt: skip


def on_silicon(incidence_deg: float) -> FilmLayers:
    return FilmLayers(
        wavelength_nm=WAVE, incidence_deg=incidence_deg, substrate=substrate_index("Si", WAVE), thickness_nm=1000.0,
        roughness_nm=2.0,
    )  # fmt: skip


def deviations(incidence_deg: float) -> NDArray[np.float64]:
    """Relative distance in q of each measured peak from the model's maximum beside it on its rod."""
    layers, found = on_silicon(incidence_deg), []
    # Crystals of many heights: that of one alone would show fringes, which the frame does not.
    films = [mesocrystal(height) for height in 31.1 * np.array([4, 5, 7])]
    for row in peaks():
        par, z, rod = row["q_par_invnm"], row["q_z_vacuum_invnm"], row["q_par_calc_a12.5"]
        around = np.linspace(z - 0.06, z + 0.06, 121)
        intensity = sum(gisaxs_intensity(film, layers, np.full(121, rod), around) for film in films)
        # The frame's resolution is about a pixel and a half.
        along = gaussian_filter1d(np.asarray(intensity), 0.009 / 0.001)
        tops = np.flatnonzero((along[1:-1] >= along[:-2]) & (along[1:-1] > along[2:])) + 1
        # Where the model has no maximum it is farther off than the window.
        off = float(np.abs(around[tops] - z).min(initial=0.06))
        found.append(np.hypot(par - rod, off) / np.hypot(par, z))
    return np.array(found)


def test_incidence_follows_from_peaks_seen_by_both_beams_and_leaves_the_direct_beam_where_it_was() -> None:
    heights = np.array([row["y_mm"] for row in peaks()]) / PIXEL_MM
    orders = np.array([index or (0, 0) for index in INDICES])
    used = [i for i, index in enumerate(INDICES) if index is not None]

    def model(values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Height of each peak over the frame's lower edge [pixels]."""
        start, beam, c_nm = np.radians(values[0]), values[1], values[2] if len(values) > 2 else 31.1
        q_z = orders[used, 0] * 2 * np.pi / c_nm + orders[used, 1] * 2 * K * np.sin(start)
        return beam + DISTANCE_MM / PIXEL_MM * np.tan(start + np.arcsin(q_z / K - np.sin(start)))

    fit = least_squares(lambda v: model(v) - heights[used], [NOMINAL_DEG, 80.0], loss="soft_l1")
    spread = np.sqrt((fit.fun**2).sum() / (len(used) - 2) * np.diag(np.linalg.inv(fit.jac.T @ fit.jac)))
    assert fit.x[0] == pytest.approx(INCIDENCE_DEG, abs=0.003)
    assert spread[0] < 0.01
    assert 1024 - fit.x[1] == pytest.approx(BEAM_Y_PX, abs=0.5)
    # Heights on the frame, whose distortion is not corrected, are 1.3 % too long: that does not change the incidence.
    free = least_squares(lambda v: model(v) - heights[used], [NOMINAL_DEG, 80.0, 31.1], loss="soft_l1")
    assert free.x[0] == pytest.approx(INCIDENCE_DEG, abs=0.005)
    assert free.x[2] == pytest.approx(30.7, abs=0.1)
    assert np.sqrt((free.fun**2).mean()) < 0.6


def test_peaks_of_mesocrystals_are_those_of_the_authors_lattice() -> None:
    """With the nominal incidence the peaks by way of the substrate lie off; refined, all but one are within 1 %."""
    by_substrate = [i for i, index in enumerate(INDICES) if index is not None and index[1]]
    nominal, refined = deviations(NOMINAL_DEG), deviations(INCIDENCE_DEG)
    assert nominal[by_substrate].max() > 0.015
    assert np.count_nonzero(refined < 0.01) >= 16
    assert refined.max() < 0.012


def test_the_peak_that_is_off_is_two_on_the_frame() -> None:
    """The highest order of the first rod has a shoulder; of two Gaussians the main one is 1.0 % from the model."""
    row, off = peaks()[7], deviations(INCIDENCE_DEG)
    assert off.argmax() == 7
    x, y = int(row["x_mm"] / PIXEL_MM), 1024 - int(row["y_mm"] / PIXEL_MM)
    frame = read_frame(DATA / "P144.edf.gz")
    seen = np.where(frame.valid, frame.intensity, np.nan)[y - 13 : y + 12, x - 6 : x + 7]
    # No gap between modules and no beam stop cuts it.
    assert np.isfinite(seen).all()
    down, across = np.mgrid[y - 13 : y + 12, x - 6 : x + 7] + 0.5

    def misfit(v: NDArray[np.float64]) -> NDArray[np.float64]:
        model = v[0] + v[1] * (across - x) + v[2] * (down - y)
        for top, at_x, at_y in v[5:].reshape(-1, 3):
            model = model + top * np.exp(-(((across - at_x) / v[3]) ** 2) / 2 - ((down - at_y) / v[4]) ** 2 / 2)
        return ((model - seen) / np.sqrt(np.maximum(seen, 1.0))).ravel()

    start = [np.median(seen), 0.0, 0.0, 1.7, 4.0]
    one = least_squares(misfit, [*start, seen.max(), x, y])
    two = least_squares(misfit, [*start, seen.max() / 2, x, y - 4, seen.max() / 2, x, y + 4])
    assert two.cost < 0.75 * one.cost
    top, at_x, at_y = max(two.x[5:].reshape(-1, 3).tolist())
    q_z = K * (BEAM_Y_PX - at_y) * PIXEL_MM / DISTANCE_MM
    q_par = K * (at_x - BEAM_X_PX) * PIXEL_MM / DISTANCE_MM
    moved = np.hypot(q_par - row["q_par_calc_a12.5"], q_z - 8 * 2 * np.pi / 31.1) / np.hypot(q_par, q_z)
    assert top > 2 * min(two.x[5:].reshape(-1, 3).tolist())[0]
    assert moved < 0.0105
    assert moved < off[7] - 0.001


def test_the_yoneda_band_is_that_of_dots_on_silicon() -> None:
    """Between the rods lone dots scatter; of those that lie on the substrate the band is below its critical angle."""
    frame = read_frame(DATA / "P144.edf.gz")
    between = np.where(frame.valid, frame.intensity, np.nan)[880:900, 295:335]
    q_par = K * PIXEL_MM / DISTANCE_MM * (315 - BEAM_X_PX)
    rows = np.nanmean(between, axis=1)
    top = int(rows.argmax())
    low, mid, high = rows[top - 1 : top + 2]
    row = 880.5 + top + 0.5 * (low - high) / (low - 2 * mid + high)
    measured = K * (BEAM_Y_PX - row) * PIXEL_MM / DISTANCE_MM
    lone, q_z, bands = mesocrystal(1e-3), np.arange(0.26, 0.5, 0.0005), {}
    for incidence in (NOMINAL_DEG, INCIDENCE_DEG):
        layers, across = on_silicon(incidence), np.full(len(q_z), q_par)
        # What does not belong to the rods.
        own = gisaxs_intensity(lone, layers, across, q_z) - gisaxs_intensity(lone, layers, across, q_z, diffuse=0)
        bands[incidence] = q_z[gaussian_filter1d(own, 0.009 / 0.0005).argmax()]
    assert bands[INCIDENCE_DEG] == pytest.approx(measured, rel=0.01)
    assert bands[NOMINAL_DEG] > 1.05 * measured
