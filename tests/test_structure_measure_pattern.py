"""Frames: rings and spots made by hand, geometries that do not fit, and a real grazing-incidence frame."""

from __future__ import annotations

import json
import os
from pathlib import Path

import fabio
import numpy as np
import pytest
from scipy.signal import find_peaks

from packing.errors import InputError
from structure.pattern_fit.frame import frame_of, read_frame
from structure.pattern_fit.index import index_peaks
from structure.pattern_fit.measure import _shared_out, measure_pattern

DATA = Path(os.environ.get("SUPERLATTICE_DATA", Path(__file__).parents[2] / "shared" / "data")) / "gisaxs"
GEOMETRY = {
    "distance_mm": 1500.0,
    "pixel_mm": 0.3,
    "beam_x_px": 200.0,
    "beam_y_px": 195.0,
    "wavelength_nm": 0.1,
}


def pattern(lengths, a_nm, *, spots):
    rows, columns = np.indices((400, 400)) + 0.5
    x, y = columns - 200.0, 195.0 - rows
    q = 4 * np.pi / 0.1 * np.sin(np.arctan2(np.hypot(x, y) * 0.3, 1500.0) / 2)
    chi = np.arctan2(y, x)
    intensity = 40 / (0.3 + q) ** 2
    for k, length in enumerate(lengths):
        ring = 900 * 0.6**k * np.exp(-(((q - 2 * np.pi * length / a_nm) / 0.012) ** 2) / 2)
        intensity = intensity + ring * (np.exp(-((np.sin(3 * chi) / 0.25) ** 2)) if spots else 1.0)
    return np.random.default_rng(1).poisson(intensity).astype(float)


def test_the_profile_of_whole_columns_has_no_saw_teeth():
    """Columns of a grazing frame have nearly one q: bins of one and a half pixels must not hold one and two in turn."""
    rows, columns = np.indices((400, 400)) + 0.5
    # Bright at the bottom, where columns are straight, and dim above, where they bend.
    smooth = 1000 * np.exp(-((columns - 200) ** 2 + (rows - 330) ** 2) / 2 / 80**2) + 5
    found = measure_pattern(frame_of(smooth), geometry=GEOMETRY | {"beam_y_px": 330.0, "incidence_deg": 0.4})
    # Between the first pixels and the last column, of which a part is in the picture.
    away = (found.q_inv_nm > 0.1 * found.q_inv_nm[-1]) & (found.q_inv_nm < 0.95 * found.q_inv_nm[-1])
    level = np.log(found.profile[away])
    # By the middles of pixels alone neighbouring points were 30 % apart.
    assert np.abs(np.diff(level, 2)).max() < 0.01
    assert found.peaks_inv_nm == ()


def test_a_pixel_is_shared_out_whole():
    rng = np.random.default_rng(0)
    values, intensity = rng.uniform(0.0, 2.9, 500), rng.uniform(1.0, 5.0, 500)
    count, total = _shared_out(values, intensity, 0.08, np.arange(0.0, 3.05, 0.1))
    assert count.sum() == pytest.approx(500)
    assert total.sum() == pytest.approx(intensity.sum())
    # One whose middle is 0.01 from a border has five eighths on its own side.
    count, _ = _shared_out(np.array([0.51]), np.ones(1), 0.08, np.arange(0.0, 1.05, 0.1))
    assert count[4:6] == pytest.approx([0.375, 0.625])


@pytest.mark.slow
def test_rings_of_a_powder():
    found = measure_pattern(frame_of(pattern(np.sqrt([3.0, 4.0, 8.0, 11.0]), 13.0, spots=False)), geometry=GEOMETRY)
    assert (found.kind, found.lattice) == ("rings", "fcc")
    assert found.a_nm == pytest.approx(13.0, rel=0.005)
    # As a file it has all numbers but those of pixels and bins.
    told = json.loads(json.dumps(found.to_dict()))
    assert {"a_nm", "lattice", "confidence", "peaks_inv_nm", "provenance"} <= set(told)
    assert not {"frame", "profile", "q_inv_nm", "place"} & set(told)


@pytest.mark.slow
def test_spots_of_a_single_layer(tmp_path):
    lengths = np.sqrt([1.0, 3.0, 4.0, 7.0]) * 2 / np.sqrt(3)
    found = measure_pattern(frame_of(pattern(lengths, 11.0, spots=True)), geometry=GEOMETRY)
    assert (found.kind, found.lattice) == ("spots", "hexagonal")
    assert found.a_nm == pytest.approx(11.0, rel=0.005)
    assert set(found.n_spots) == {6}
    assert (found.save(tmp_path) / "pattern.png").is_file()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"beam_x_px": 5000.0}, "far off"),
        ({"distance_mm": -1.0}, "positive"),
        ({"distance_mm": 1e6}, "no superlattice shows"),
        ({"distanse_mm": 1.0}, "Did you mean"),
    ],
)
def test_a_geometry_that_does_not_fit_is_refused(change, word):
    with pytest.raises(InputError, match=word):
        measure_pattern(frame_of(pattern([1.0], 11.0, spots=False)), geometry=GEOMETRY | change)


def test_frames_that_are_none(tmp_path):
    with pytest.raises(InputError, match="nothing to measure"):
        frame_of(np.ones((50, 50)))
    with pytest.raises(InputError, match="no colour"):
        frame_of(np.zeros((50, 50, 3)))
    (tmp_path / "frame.edf").write_bytes(b"not a frame at all")
    with pytest.raises(InputError, match="no detector frame"):
        read_frame(tmp_path / "frame.edf")


def test_a_frame_survives_its_file(tmp_path):
    data = np.arange(2500, dtype=np.int32).reshape(50, 50)
    fabio.edfimage.EdfImage(data=data).write(str(tmp_path / "frame.edf"))
    np.testing.assert_array_equal(read_frame(tmp_path / "frame.edf").intensity, data)


@pytest.mark.skipif(not (DATA / "P144.edf.gz").is_file(), reason=f"no measured frame in {DATA}")
def test_rods_of_a_measured_frame():
    found = measure_pattern(
        DATA / "P144.edf.gz",
        geometry={
            "distance_mm": 909.994,
            "pixel_mm": 0.16696,
            "beam_x_px": 108.2,
            "beam_y_px": 942.0,
            "wavelength_nm": 0.17712,
            "incidence_deg": 0.4,
        },
    )
    assert (found.kind, found.lattice) == ("spots", "hexagonal")
    assert found.a_nm == pytest.approx(12.5, rel=0.01)


def test_reflections_hidden_under_a_broad_ring_are_not_missed():
    # Ideal hcp by its structure factor; rings of 9 % of the first q, each with all reflections that it covers.
    a, width = 12.0, 0.055
    h, k, m = (x.ravel() for x in np.meshgrid(*[np.arange(-4, 5)] * 3))
    square = 4 / 3 * (h**2 + h * k + k**2) + 3 / 8 * m**2
    factor = np.abs(1 + np.exp(2j * np.pi * ((h + 2 * k) / 3 + m / 2))) ** 2
    q = np.linspace(0.3, 1.7, 3000)
    at = 2 * np.pi / a * np.sqrt(square[(square > 0) & (factor > 1e-9)])
    strength = factor[(square > 0) & (factor > 1e-9)] / at**2
    profile = np.exp(-(((q[:, None] - at) / (width / 2.355)) ** 2) / 2) @ strength
    tops = np.flatnonzero((profile[1:-1] > profile[:-2]) & (profile[1:-1] > profile[2:])) + 1
    found = index_peaks(q[tops], np.ones(len(tops)), planar=False, widths_inv_nm=np.full(len(tops), width))
    assert found[0].lattice == "hcp"
    assert abs(found[0].a_nm - a) < 3 * found[0].a_sd_nm
    assert found[0].score - found[1].score > 0.1


def test_a_peaks_place_is_as_exact_as_it_is_narrow():
    # Four rings of hexagonal rods, all off by a thirtieth of their width, in turn: a is off by less than it says.
    q = 2 * np.pi / 12.0 * np.sqrt(np.array([4, 12, 16, 28]) / 3)
    width = 0.08 * q[0] * np.ones(4)
    offs = []
    for signs in np.stack(np.meshgrid(*[[-1, 1]] * 4), axis=-1).reshape(-1, 4):
        best = index_peaks(q + signs * width / 30, np.ones(4), planar=True, widths_inv_nm=width)[0]
        offs.append((best.a_nm - 12.0) / best.a_sd_nm)
    assert 0.3 < np.sqrt(np.mean(np.square(offs))) < 1.3


@pytest.mark.parametrize(("lattice", "planar"), [("square", True), ("hexagonal", True), ("fcc", False)])
def test_a_lattice_may_miss_one_of_its_first_dozen_reflections_and_no_more(lattice: str, planar: bool) -> None:
    squares = {
        "square": [1, 2, 4, 5, 8, 9, 10, 13, 16, 17, 18, 20],
        "hexagonal": [1, 3, 4, 7, 9, 12, 13, 16, 19, 21, 25, 27],
        "fcc": [3, 4, 8, 11, 12, 16, 19, 20, 24, 27, 32, 35],
    }[lattice]
    q = np.sqrt(np.array(squares, dtype=float))

    def score(kept: np.ndarray) -> float:
        found = index_peaks(kept, np.ones(len(kept)), planar=planar)
        return next(f.score for f in found if f.lattice == lattice)

    whole = score(q)
    one, two = whole - score(np.delete(q, 5)), whole - score(np.delete(q, [5, 8]))
    # A peak that no reflection explains costs a twelfth of a dozen.
    assert one < 1 / 12 < two


@pytest.mark.parametrize("width", [0.03, 0.055, 0.075])
def test_rings_of_hcp_are_named_however_far_they_merge(width: float) -> None:
    # Ideal hcp by its structure factor; of its first three rings one top is left where rings are wider than 8 % of q.
    a = 12.0
    h, k, m = (x.ravel() for x in np.meshgrid(*[np.arange(-5, 6)] * 3))
    square = 4 / 3 * (h**2 + h * k + k**2) + 3 / 8 * m**2
    factor = np.abs(1 + np.exp(2j * np.pi * ((h + 2 * k) / 3 + m / 2))) ** 2
    seen = (square > 0) & (square < 20) & (factor > 1e-9)
    q = np.linspace(0.3, 2.2, 3000)
    at = 2 * np.pi / a * np.sqrt(square[seen])
    profile = np.exp(-(((q[:, None] - at) / (width / 2.355)) ** 2) / 2) @ (factor[seen] / at**2)
    tops, described = find_peaks(np.log(profile + 0.02 * profile.max()), prominence=0.04, width=0)
    widths = described["widths"] * (q[1] - q[0])
    found = index_peaks(q[tops], np.ones(len(tops)), planar=False, widths_inv_nm=widths)
    assert found[0].lattice == "hcp"
    assert found[0].a_nm == pytest.approx(a, rel=0.003)
    assert found[0].score - found[1].score > 0.1
