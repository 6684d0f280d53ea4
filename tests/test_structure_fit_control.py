"""Fits in which a person decides something: phase, shape, fixed numbers, bounds, regions; and white residuals."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2

from packing.errors import InputError
from packing.shapes import Sphere
from structure.diffraction.multilayer import Multilayer, multilayer_intensity
from structure.diffraction.multilayer_planes import perovskite_planes
from structure.imaging.images import TemImage
from structure.imaging.region import inside_polygon
from structure.measured.control import FitControl
from structure.measured.curve import MeasuredCurve
from structure.measured.data import fit_data
from structure.measured.linear import parameter_sds
from structure.micrographs.measure import measure_tem
from structure.saxs.lattice_model import LatticeModel
from structure.saxs_fit.controlled import _finished
from structure.saxs_fit.errors import _bounded
from structure.saxs_fit.measure import measure_saxs
from structure.saxs_fit.model import Trial
from structure.saxs_fit.solving import solve
from structure.xrd_fit.data import stack_data
from structure.xrd_fit.measure import measure_xrd


def counted(q: np.ndarray, pure: np.ndarray, counts: float, seed: int) -> MeasuredCurve:
    scale = counts / pure.max()
    return MeasuredCurve(q_inv_nm=q, intensity=np.random.default_rng(seed).poisson(pure * scale) / scale)


def fcc_curve(seed: int, *, n: int = 240) -> MeasuredCurve:
    model = LatticeModel(
        lattice="fcc", spacing_nm=9.0, body=Sphere(diameter_nm=7.0), size_spread=0.06, displacement_nm=0.4,
        domain_nm=150, background=1e-3,
    )  # fmt: skip
    q = np.linspace(0.3, 3.5, n)
    return counted(q, model.intensity(q), 3e5, seed)


def chance_of_correlation(residual: np.ndarray, lags: int = 8) -> float:
    """Probability of as much autocorrelation by chance (G. M. Ljung and G. E. P. Box, doi:10.1093/biomet/65.2.297)."""
    x = residual - residual.mean()
    n = len(x)
    r = np.array([x[k:] @ x[:-k] for k in range(1, lags + 1)]) / (x @ x)
    return float(chi2.sf(n * (n + 2) * np.sum(r**2 / (n - np.arange(1, lags + 1))), lags))


DECIDED = FitControl(phase="fcc", shape="sphere", background=("constant",), ideal_powder=True)


@pytest.mark.slow
def test_residuals_of_a_perfect_model_are_white():
    chances = []
    for seed in range(3):
        found = measure_saxs(fcc_curve(seed), control=DECIDED)
        chances.append(chance_of_correlation((found.fitted_intensity - found.model) / found.fitted_weight_sd))
    # Of three draws the least is below 0.002 in less than one of a hundred.
    assert min(chances) > 0.002
    # A model that is wrong, here of another size, leaves waves.
    wrong = measure_saxs(fcc_curve(0), control=FitControl(phase="fcc", shape="sphere", fixed={"size_nm": 5.6}))
    residual = (wrong.fitted_intensity - wrong.model) / wrong.fitted_weight_sd
    assert chance_of_correlation(residual) < 1e-6


def test_what_is_fixed_stays_and_has_no_uncertainty():
    control = FitControl(phase="fcc", shape="sphere", fixed={"size_nm": 7.0}, bounds={"nearest_nm": (8.5, 9.5)})
    found = measure_saxs(fcc_curve(1), control=control)
    assert (found.phase, found.shape, found.radius_nm, found.size_sd_nm) == ("fcc", "sphere", 3.5, 0.0)
    assert abs(found.nearest_nm - 9.0) < 3 * found.nearest_sd_nm
    assert 0 < found.nearest_sd_nm < 0.01
    assert "3.5 nm (fixed)" in found.summary()
    assert found.provenance["options"]["control"]["fixed"] == {"size_nm": 7.0}
    assert "phase and shape given, not found" in found.reasons


def test_what_small_numbers_share_among_them_stays_inside_their_bounds():
    """Spread and displacement near zero do the same to a curve: the size has not the error of that line without end."""
    bounds = {"size_nm": (0.6, 1.6), "size_spread": (0.003, 0.35), "displacement": (0.0, 0.16)}
    values = [8.0, 0.03, 0.1]
    x = np.linspace(-1, 1, 50)
    # Size and spread along one line but for a ten-thousandth part, displacement by itself.
    jacobian = np.column_stack([50 + 10 * x, 70 + 14 * x + 1e-3 * x**2, 1e4 * x])
    free = parameter_sds(jacobian, 4.0)
    held = parameter_sds(_bounded(jacobian, values, bounds, 4.0), 4.0)
    assert free[1] > 100
    # Of the square, even over its bounds.
    assert 2 * 0.03 * held[1] == pytest.approx((0.35**2 - 0.003**2) / np.sqrt(12), rel=0.02)
    # What spread can do, the size can: 70 / 50 of it.
    assert held[0] == pytest.approx(1.4 * held[1], rel=0.05)
    assert held[2] == pytest.approx(free[2], rel=0.02)
    # What is not seen at all is not made up.
    assert np.isinf(parameter_sds(_bounded(jacobian * [1, 0, 1], values, bounds, 4.0), 4.0)[1])


def test_bounds_hold():
    control = FitControl(phase="fcc", shape="sphere", bounds={"nearest_nm": (9.05, 9.2)})
    found = measure_saxs(fcc_curve(1), control=control)
    assert 9.05 <= found.nearest_nm <= 9.2 + 1e-9
    assert found.nearest_nm < 9.06


def test_a_fit_is_finished_in_the_unit_of_its_bounds():
    """From a start that is 8 % off in size and 1 % in distance; what is bounded ends on the bound and not beyond."""
    begun = Trial(phase="fcc", shape="sphere", size_nm=7.56, size_spread=0.06, nearest_nm=9.09)
    data = fit_data(fcc_curve(1))
    free = _finished(data, solve(data, begun)).trial
    assert (free.size_nm, free.nearest_nm) == (pytest.approx(7.0, rel=0.01), pytest.approx(9.0, rel=2e-3))
    held = replace(data, control=FitControl(bounds={"nearest_nm": (9.05, 9.2), "size_nm": (7.2, 8.0)}))
    bounded = _finished(held, solve(held, begun)).trial
    assert 9.05 - 1e-9 <= bounded.nearest_nm < 9.06
    assert 7.2 - 1e-9 <= bounded.size_nm <= 8.0


def test_a_phase_that_the_curve_does_not_show_is_fitted_and_doubted():
    found = measure_saxs(fcc_curve(1), control=FitControl(phase="bcc", shape="sphere"))
    assert found.phase == "bcc"
    assert found.confidence == "low"


@pytest.mark.parametrize(
    ("control", "words"),
    [
        ({"fixed": {"radius": 3.0}}, "the fit has no 'radius'"),
        ({"phase": "hpc"}, "Did you mean 'hcp'"),
        ({"shape": "rod"}, "'sphere' or 'cube'"),
        ({"bounds": {"nearest_nm": (3.0, 2.0)}}, "must rise"),
        ({"fixed": {"size_nm": 5.0}, "bounds": {"size_nm": (6.0, 7.0)}}, "outside its bounds"),
        ({"background": ("none",)}, "background has no 'none'"),
    ],
)
def test_what_cannot_be_decided_is_one_line(control, words):
    with pytest.raises(InputError, match=words) as error:
        measure_saxs(fcc_curve(0, n=60), control=FitControl(**control))
    assert "\n" not in str(error.value)


def test_a_control_comes_back_from_plain_data():
    control = FitControl(
        phase="sc", shape="cube", fixed={"size_nm": 7.0}, bounds={"nearest_nm": (8, 9)}, start={"nearest_nm": 8.5},
        background=("constant", "slope"), ideal_powder=True,
    )  # fmt: skip
    again = FitControl.from_dict(control.to_dict())
    assert again == control
    assert not FitControl().decides
    with pytest.raises(InputError, match="control has no 'fix'"):
        FitControl.from_dict({"fix": {}})


@pytest.mark.slow
def test_fixed_numbers_and_bounds_of_a_multilayer_hold():
    film = Multilayer(planes=perovskite_planes("CsPbBr3"), n_planes=29, n_layers=7, gap_nm=3.0, gap_sd_nm=0.08)
    q = np.linspace(9.0, 13.0, 220)
    curve = counted(q, multilayer_intensity(q, film), 2e4, 1)
    control = FitControl(fixed={"n_layers": 7.0, "n_planes": 29}, bounds={"sigma_nm": (0.02, 0.2)})
    found = measure_xrd(curve, periods_nm=(11.0, 12.0), n_bootstrap=6, control=control, q_range_inv_nm=(9.3, 12.7))
    assert (found.n_layers, found.n_layers_sd, found.n_planes) == (7.0, 0.0, 29)
    assert found.curve.q_inv_nm[0] >= 9.3
    assert abs(found.period_nm - film.period_nm) < max(4 * found.period_sd_nm, 1e-3)
    assert abs(found.sigma_nm - 0.08) < max(4 * found.sigma_sd_nm, 2e-3)
    residual = (found.curve.intensity - found.model) / found.curve.sd
    assert chance_of_correlation(residual) > 0.002
    with pytest.raises(InputError, match="the fit has no 'nearest_nm'"):
        measure_xrd(curve, control=FitControl(fixed={"nearest_nm": 9.0}))


def two_lattices() -> np.ndarray:
    """Discs 14 px apart in the left half, 18 px in the right one."""
    y, x = np.mgrid[:200, :400]
    made = np.ones(x.shape)
    for spacing, half in ((14.0, x < 200), (18.0, x >= 200)):
        dx, dy = (v - spacing * np.round(v / spacing) for v in (x, y))
        made -= half * np.clip(0.36 * spacing - np.hypot(dx, dy) + 0.5, 0, 1)
    return made + 0.1 * np.random.default_rng(0).normal(size=made.shape)


@pytest.mark.parametrize(
    ("corners", "spacing"),
    [([(2, 2), (190, 10), (180, 195), (5, 190)], 14), ([(215, 5), (395, 5), (395, 195), (215, 195)], 18)],
)
def test_a_region_is_measured_alone(corners, spacing):
    image = TemImage(pixels=two_lattices(), px_per_nm=2.0)
    found = measure_tem(image, region_px=corners)
    assert found.lattice == "square"
    assert found.spacing_nm == pytest.approx(spacing / 2, rel=0.005)
    # No particle outside, back in columns and rows of the whole picture.
    _, r1, c0, _ = found.provenance["rows_and_columns"]
    places = found.positions_nm * 2.0 * [1, -1] + [c0, r1]
    inside = inside_polygon((200, 400), corners)
    assert inside[np.clip(places[:, 1].astype(int), 0, 199), np.clip(places[:, 0].astype(int), 0, 399)].mean() > 0.99


@pytest.mark.parametrize(
    ("corners", "words"),
    [([(0, 0), (50, 50)], "at least 3 corners"), ([(500, 500), (600, 500), (600, 600)], "no pixel of the picture"),
     ([(10, 10), (30, 10), (30, 30)], "less than 32 pixels")],
)  # fmt: skip
def test_a_region_that_is_none_is_one_line(corners, words):
    with pytest.raises(InputError, match=words):
        measure_tem(TemImage(pixels=two_lattices(), px_per_nm=2.0), region_px=corners)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("phase", ["fcc", "bcc", "sc"])
def test_a_paracrystal_of_sasmodels_gives_its_own_numbers(phase):
    """The paracrystals of sasmodels at their default radius and distance, with phase and size fixed, then size free."""
    pytest.importorskip("sasmodels")
    from sasmodels.core import load_model
    from sasmodels.direct_model import call_kernel

    q = np.linspace(0.15, 2.2, 260)
    try:
        kernel = load_model(f"{phase}_paracrystal", dtype="double", platform="dll").make_kernel([q / 10])
    except Exception as error:
        pytest.skip(f"sasmodels cannot compile its kernels here: {error}")
    # Its example has d_factor 0.06, peaks as wide as a liquid's; a third of it is a lattice. Lengths in angstrom.
    parameters = {"dnn": 220.0, "d_factor": 0.02, "radius": 80.0, "background": 0.0, "scale": 1.0}
    pure = np.asarray(call_kernel(kernel, parameters))
    curve = counted(q, pure + 1e-4 * pure.max(), 1e5, 1)
    given = {"phase": phase, "shape": "sphere", "background": ("constant",), "bounds": {"nearest_nm": (20.0, 24.0)}}
    found = measure_saxs(curve, control=FitControl(**given, fixed={"size_nm": 16.0, "size_spread": 0.003}))
    assert abs(found.nearest_nm - 22.0) < 3 * found.nearest_sd_nm
    # Its paracrystal is not of the kind that the fit has, and its peaks are a little askew: not more than this.
    assert found.nearest_nm == pytest.approx(22.0, rel=0.003)
    assert found.nearest_sd_nm < 0.003 * 22.0
    free = measure_saxs(curve, control=FitControl(**given))
    assert abs(free.nearest_nm - 22.0) < 3 * free.nearest_sd_nm
    assert abs(free.radius_nm - 8.0) < 2 * free.size_sd_nm
    assert free.size_sd_nm < 0.03 * 8.0


@pytest.mark.slow
@pytest.mark.parametrize(("name", "radius_nm"), [("sphere_80.txt", 8.0), ("sphere_60_q0_2.txt", 6.0)])
def test_spheres_of_sasview_have_the_radius_of_its_example(name, radius_nm):
    sasdata = pytest.importorskip("sasdata", reason="sasdata is not installed")
    path = Path(sasdata.__file__).parent / "example_data" / "1d_data" / name
    if not path.is_file():
        pytest.skip("this sasdata ships no example files")
    control = FitControl(phase="none", shape="sphere", background=("constant",))
    found = measure_saxs(path, q_unit="1/angstrom", control=control)
    assert abs(found.radius_nm - radius_nm) < 2 * found.size_sd_nm
    assert found.size_sd_nm < 0.003 * radius_nm
    fixed = FitControl(phase="none", shape="sphere", fixed={"size_nm": 2 * radius_nm})
    # One size of particle: the spread ends on its lower bound.
    assert measure_saxs(path, q_unit="1/angstrom", control=fixed).size_spread < 0.005


def stack_curve(seed: int = 1, n: int = 220) -> tuple[Multilayer, MeasuredCurve]:
    film = Multilayer(planes=perovskite_planes("CsPbBr3"), n_planes=29, n_layers=7, gap_nm=3.0, gap_sd_nm=0.08)
    q = np.linspace(9.0, 13.0, n)
    return film, counted(q, multilayer_intensity(q, film), 2e4, seed)


@pytest.mark.parametrize(
    ("control", "words"),
    [
        ({"phase": "fcc"}, "has no phase"),
        ({"shape": "cube"}, "has no shape"),
        ({"ideal_powder": True}, "has no ideal_powder"),
        ({"background": ("porod",)}, "background of this fit has no 'porod'.* Known: constant, slope"),
        ({"fixed": {"n_planes": 29.5}}, "n_planes is fixed at 29.5: give a whole number"),
        ({"start": {"n_layers": 0.5}}, "n_layers begins at 0.5"),
        ({"start": {"period_nm": 12.0}, "bounds": {"period_nm": (10.0, 11.5)}}, "begins at 12, outside its bounds"),
        ({"fixed": {"period_nm": 7.0, "n_planes": 29}}, "no stack of period 6.9 to 7.1 nm.* that were given"),
    ],
)
def test_what_no_stack_can_have_is_one_line(control, words):
    with pytest.raises(InputError, match=words) as error:
        measure_xrd(stack_curve(n=60)[1], control=FitControl(**control), n_bootstrap=2)
    assert "\n" not in str(error.value)


def test_a_stack_with_all_numbers_fixed_is_drawn_and_has_no_uncertainties():
    film, curve = stack_curve()
    fixed = {
        "period_nm": film.period_nm, "plane_spacing_nm": film.planes.plane_spacing_nm, "sigma_nm": 0.08,
        "n_layers": 7.0, "n_planes": 29,
    }  # fmt: skip
    found = measure_xrd(curve, control=FitControl(fixed=fixed), termination="AX", n_bootstrap=2)
    numbers = ("period", "gap", "sigma", "plane_spacing")
    assert [getattr(found, f"{name}_sd_nm") for name in numbers] == [0.0] * 4
    assert (found.period_nm, found.n_planes, found.termination) == (film.period_nm, 29, "CsBr")
    assert "(fixed)" in found.summary()
    assert "termination given, not found" in found.reasons
    assert found.misfit < 1.3


@pytest.mark.slow
def test_a_number_that_is_known_makes_the_others_surer():
    # The gap is the period less all planes: with their distance known it is as sure as the period.
    film, curve = stack_curve()
    free = measure_xrd(curve, periods_nm=(11.0, 12.0), n_bootstrap=6, termination="AX")
    known = FitControl(fixed={"plane_spacing_nm": film.planes.plane_spacing_nm})
    held = measure_xrd(curve, periods_nm=(11.0, 12.0), n_bootstrap=6, termination="AX", control=known)
    assert held.plane_spacing_sd_nm == 0.0
    assert held.gap_sd_nm < 0.6 * free.gap_sd_nm
    assert held.gap_sd_nm == pytest.approx(held.period_sd_nm, rel=1e-6)
    assert abs(held.gap_nm - film.gap_nm) < 4 * held.gap_sd_nm


def test_a_stack_that_runs_against_a_bound_is_doubted():
    film, curve = stack_curve()
    control = FitControl(bounds={"period_nm": (film.period_nm + 0.05, film.period_nm + 0.3)})
    found = measure_xrd(curve, control=control, n_bootstrap=2, termination="AX")
    assert found.period_nm == pytest.approx(film.period_nm + 0.05, abs=1e-3)
    assert found.confidence == "low"
    assert f"period_nm ended on its bound {film.period_nm + 0.05:g} and may lie beyond" in found.reasons


def test_a_stack_is_begun_where_a_person_says():
    film, curve = stack_curve()
    control = FitControl(start={"period_nm": film.period_nm + 0.03, "n_planes": 29, "n_layers": 6.0})
    found = measure_xrd(curve, control=control, n_bootstrap=2, termination="AX")
    assert found.n_planes == 29
    assert found.period_nm == pytest.approx(film.period_nm, abs=max(4 * found.period_sd_nm, 1e-3))


def test_a_slope_that_is_not_allowed_stays_away():
    _, curve = stack_curve()
    tilted = MeasuredCurve(
        q_inv_nm=curve.q_inv_nm, intensity=curve.intensity + 0.3 * curve.intensity.max() * (curve.q_inv_nm - 9.0) / 4
    )
    control = {"fixed": {"n_planes": 29, "n_layers": 7.0}, "bounds": {"period_nm": (11.0, 11.5)}}
    both, level = (
        measure_xrd(tilted, control=FitControl(**control, background=kept), n_bootstrap=2, termination="AX").misfit
        for kept in (None, ("constant",))
    )
    assert level > 10 * both


def test_points_without_a_count_err_as_one_count():
    # Beside the reflection the scan counts nothing in many points: they are no sharper than one count.
    _, curve = stack_curve()
    per_count = curve.intensity[curve.intensity > 0].min()
    data = stack_data(curve, 0.0, None, False)
    assert np.any(curve.intensity == 0)
    assert np.all(data.sd > 0.4 * per_count)


@pytest.mark.slow
def test_residuals_of_a_perfect_stack_are_white():
    chances, misfits = [], []
    for seed in range(3):
        _, curve = stack_curve(seed)
        found = measure_xrd(curve, periods_nm=(10.8, 11.8), n_bootstrap=2)
        chances.append(chance_of_correlation((found.curve.intensity - found.model) / found.curve.sd))
        misfits.append(found.misfit)
    assert min(chances) > 0.002
    # The noise is read from the curve itself, to a third or so.
    assert all(0.4 < misfit < 2.0 for misfit in misfits)
    # One whose period fluctuates too little leaves waves.
    wrong = measure_xrd(curve, control=FitControl(fixed={"sigma_nm": 0.02, "n_planes": 29}), n_bootstrap=2)
    assert chance_of_correlation((wrong.curve.intensity - wrong.model) / wrong.curve.sd) < 1e-6
