"""Curves refuse what cannot be a curve and survive a round trip to disk."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest
from scipy.integrate import quad

from packing.errors import InputError
from structure.measured.data import MODEL_ERROR, FitData
from structure.patterns.curves import ScatteringCurve

matplotlib.use("Agg")


def test_round_trip_keeps_every_field(tmp_path: Path) -> None:
    curve = ScatteringCurve(
        q_inv_nm=[0.1, 0.2, 0.4],
        intensity=[3.0, 2.0, 1.0],
        sd=[0.1, 0.1, 0.2],
        q_min_trusted_inv_nm=0.15,
        label="dots",
        provenance={"seed": 3, "frames": [0, 1]},
    )
    back = ScatteringCurve.load(curve.save(tmp_path / "curve"))
    np.testing.assert_array_equal(back.q_inv_nm, curve.q_inv_nm)
    np.testing.assert_array_equal(back.intensity, curve.intensity)
    assert back.sd is not None
    np.testing.assert_array_equal(back.sd, curve.sd)
    assert (back.q_min_trusted_inv_nm, back.label) == (0.15, "dots")
    assert dict(back.provenance) == dict(curve.provenance)
    assert back.trusted.tolist() == [False, True, True]


def test_arrays_are_read_only_copies() -> None:
    q = np.array([0.1, 0.2])
    curve = ScatteringCurve(q_inv_nm=q, intensity=[1.0, 2.0])
    q[0] = 9.0
    assert curve.q_inv_nm[0] == 0.1
    with pytest.raises(ValueError, match="read-only"):
        curve.intensity[0] = 2.0


@pytest.mark.parametrize(
    ("q", "intensity", "words"),
    [
        ([0.2, 0.1], [1, 2], "must rise"),
        ([0.1, 0.1], [1, 2], "must rise"),
        ([0.1, np.nan], [1, 2], "finite and not negative"),
        ([-0.1, 0.1], [1, 2], "finite and not negative"),
        ([], [], "at least one value"),
        ([0.1, 0.2], [1.0], "as many values as q_inv_nm"),
        ([0.1, 0.2], [1.0, np.inf], "intensity must be finite"),
    ],
)
def test_unusable_numbers_are_named(q: list[float], intensity: list[float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        ScatteringCurve(q_inv_nm=q, intensity=intensity)


def test_a_file_that_is_no_curve_is_named(tmp_path: Path) -> None:
    other = tmp_path / "other.npz"
    other.write_text("no zip")
    with pytest.raises(InputError, match="cannot be read"):
        ScatteringCurve.load(other)
    np.savez(other, x=[1.0])
    with pytest.raises(InputError, match="has no q_inv_nm, intensity, meta"):
        ScatteringCurve.load(other)
    with pytest.raises(InputError, match="cannot be read"):
        ScatteringCurve.load(tmp_path / "missing.npz")


def test_plot_shades_what_cannot_be_trusted() -> None:
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    curve = ScatteringCurve(q_inv_nm=[0.1, 0.5], intensity=[2.0, 1.0], q_min_trusted_inv_nm=0.2)
    assert curve.plot(ax) is ax
    assert ax.get_yscale() == "log"
    assert len(ax.patches) == 1


def test_noise_and_relative_error_together_have_one_width_on_the_scale_of_comparison() -> None:
    floor, gain = np.full(6, 0.3), np.full(6, 0.02)
    intensity = np.array([-0.5, -0.1, 0.0, 0.2, 5.0, 400.0])
    data = FitData(np.arange(1.0, 7.0), intensity, floor, gain)

    def scale(i: float) -> float:
        # Below zero there is the noise of no intensity alone.
        return float(quad(lambda x: 1 / np.sqrt(0.3**2 + max(x, 0) * (0.02 + MODEL_ERROR**2 * max(x, 0))), 0, i)[0])

    np.testing.assert_allclose(data.transformed(intensity), [scale(i) for i in intensity], rtol=1e-6, atol=1e-9)
    # Points of a file may all be above zero, or none.
    for some in (np.abs(intensity), -np.abs(intensity)):
        np.testing.assert_allclose(data.transformed(some), [scale(i) for i in some], rtol=1e-6, atol=1e-9)
