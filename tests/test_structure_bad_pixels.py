"""Pixels that hold no intensity are found and said, and a lattice is sure only where chance does not make it."""

from __future__ import annotations

from pathlib import Path

import fabio
import numpy as np
import pytest

from packing.errors import InputError
from structure.pattern_fit.frame import frame_of, read_frame
from structure.pattern_fit.index import chance_of_indexing, index_peaks
from structure.pattern_fit.measure import measure_pattern
from structure.pattern_fit.pixels import bad_pixels

PLACE = {"distance_mm": 2000, "pixel_mm": 0.5, "beam_x_px": 200.5, "beam_y_px": 330.5, "wavelength_nm": 0.1}
N = 400
Y, X = np.indices((N, N))
SMOOTH = 200 * np.exp(-np.hypot(X - 200.5, Y - 330.5) / 60) + 3
CASE = Path(__file__).parents[2] / "shared" / "data" / "cases" / "pattern-hot-pixels"


def with_hot(seed: int, n_hot: int, value: float) -> tuple[np.ndarray, set[tuple[int, int]]]:
    rng = np.random.default_rng(seed)
    frame = rng.poisson(SMOOTH).astype(float)
    places = {(int(rng.integers(0, 320)), int(rng.integers(0, N))) for _ in range(n_hot)}
    for row, column in places:
        frame[row, column] = value
    return frame, places


@pytest.mark.parametrize("grazing", [True, False])
@pytest.mark.parametrize(("seed", "n_hot"), [(1, 3), (2, 5), (3, 8), (4, 20)])
def test_hot_pixels_alone_make_no_lattice(seed: int, n_hot: int, grazing: bool) -> None:
    frame, places = with_hot(seed, n_hot, 4194279.0)
    measured = measure_pattern(frame_of(frame), geometry=PLACE | ({"incidence_deg": 0.4} if grazing else {}))
    assert (measured.lattice, measured.confidence) == ("none", "low")
    assert f"left out: {len(places)} hot pixel" in measured.notes[0]


def test_the_hot_pixels_are_the_ones_that_were_set() -> None:
    frame, places = with_hot(5, 12, 3000.0)
    bad, _ = bad_pixels(frame, np.ones(frame.shape, dtype=bool))
    assert set(map(tuple, np.argwhere(bad).tolist())) == places


@pytest.mark.parametrize("unit", [1.0, 1e-7, 0.37])
def test_noise_and_spots_of_an_instrument_are_not_hot(unit: float) -> None:
    rng = np.random.default_rng(6)
    spots = sum(
        4000 * np.exp(-((X - x) ** 2 + (Y - y) ** 2) / (2 * 0.8**2)) for x, y in ((50, 60), (300, 111), (0, 200))
    )
    frame = unit * rng.poisson(SMOOTH + spots)
    bad, notes = bad_pixels(frame, np.ones(frame.shape, dtype=bool))
    assert not bad.any(), notes


def test_a_detectors_limit_and_its_mask_are_left_out_and_said() -> None:
    frame = np.random.default_rng(7).poisson(SMOOTH).astype(float)
    frame[100:140, 50:60] = 2.0**32 - 1
    frame[:, 200:207] = -2.0
    made = frame_of(frame)
    assert not made.valid[100:140, 50:60].any()
    assert not made.valid[:, 200:207].any()
    assert np.count_nonzero(~made.valid) == 400 + 7 * N
    assert made.notes == (
        "left out: 2800 pixels masked (negative or not finite)",
        "left out: 400 pixels at the detector's limit of 4294967295",
    )


def test_a_mask_file_is_used_and_must_fit(tmp_path: Path) -> None:
    frame = np.random.default_rng(8).poisson(SMOOTH).astype(np.int32)
    mask = np.zeros((N, N), dtype=np.uint8)
    mask[:50] = 1
    for name, data in (("frame", frame), ("mask", mask), ("small", mask[:100])):
        fabio.edfimage.EdfImage(data=data).write(str(tmp_path / f"{name}.edf"))
    found = read_frame(tmp_path / "frame.edf", mask=tmp_path / "mask.edf")
    assert not found.valid[:50].any()
    assert found.valid[50:].all()
    with pytest.raises(InputError, match=r"mask small.edf has shape \(100, 400\), the frame \(400, 400\)"):
        read_frame(tmp_path / "frame.edf", mask=tmp_path / "small.edf")
    with pytest.raises(InputError, match="mask goes with a file"):
        measure_pattern(found, geometry=PLACE, mask=tmp_path / "mask.edf")


def test_peaks_at_random_places_are_seldom_as_good_as_a_lattice() -> None:
    a = 12.0
    rods = 2 * np.pi / a * np.sqrt(np.array([4, 12, 16, 28, 36, 48]) / 3)
    found = index_peaks(rods, np.ones(6), planar=True)
    assert (found[0].lattice, round(found[0].a_nm, 6)) == ("hexagonal", a)
    assert chance_of_indexing(found[0], rods, planar=True) == 0
    # Two peaks lie on some lattice wherever they are.
    pair = np.array([0.5, 0.83])
    assert chance_of_indexing(index_peaks(pair, np.ones(2), planar=False)[0], pair, planar=False) == 1


def test_the_case_of_hot_pixels() -> None:
    if not CASE.is_dir():
        pytest.skip(f"{CASE} is not there")
    for name, n_hot in (("hot.edf", 5), ("clean.edf", 0)):
        measured = measure_pattern(CASE / name, geometry=CASE / "g.toml")
        assert (measured.lattice, measured.confidence) == ("none", "low")
        assert measured.notes == ((f"left out: {n_hot} hot pixels",) if n_hot else ())
