"""One component of coated spheres: golden values, laws and limits of OPM, OCM and OXM, and the lattices they fill."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.optimize import brentq

from packing.errors import InputError
from packing.lattices.single import SINGLE_LATTICES, single_lattice
from packing.spacing.soft_spheres import (
    fcc_bcc_boundary,
    ocm_cone_angle_rad,
    ocm_ratio,
    opm_ratio,
    otm_ratio,
    oxm_ratio,
    prefers_bcc,
)

law = settings(deadline=None, max_examples=60)
lambdas = st.floats(1e-3, 3.0)
coverages = st.floats(0.0, 1.0)


@st.composite
def cone_inputs(draw):
    """lambda and xi inside the validity of the overlap cone model."""
    xi = draw(st.floats(0.55, 1.0))
    return draw(st.floats(1e-3, 1.0)) * (6 * xi - 3), xi


@pytest.mark.parametrize(
    ("lam", "xi", "opm", "ocm"),
    [
        (0.25, 1.0, 1.20507, 1.16123),
        (0.5, 1.0, 1.35721, 1.22379),
        (1.0, 1.0, 1.58740, math.sqrt(5) - 1),
        (2.0, 1.0, 1.91293, 1.12996),
        (0.5, 0.8, 1.30059, 1.11971),
        (1.0, 0.8, 1.50369, 1.09762),
    ],
)
def test_golden_values(lam, xi, opm, ocm):
    assert opm_ratio(lam, xi) == pytest.approx(opm, abs=1e-5)
    assert ocm_ratio(lam, xi) == pytest.approx(ocm, abs=1e-5)


@pytest.mark.parametrize(("lam", "angle_deg"), [(0.25, 21.723), (0.5, 35.328), (1.0, 51.827)])
def test_golden_cone_angles(lam, angle_deg):
    assert math.degrees(ocm_cone_angle_rad(lam, 1.0)) == pytest.approx(angle_deg, abs=1e-3)


BOUNDARIES = {
    1.0: 0.6637, 0.95: 0.6224, 0.9: 0.5819, 0.85: 0.5423, 0.8: 0.5039, 0.75: 0.4671, 0.7: 0.4319, 0.6: 0.3678,
    0.5: 0.3126,
}  # fmt: skip


@pytest.mark.parametrize("xi", BOUNDARIES)
def test_golden_fcc_bcc_boundary(xi):
    assert fcc_bcc_boundary(xi) == pytest.approx(BOUNDARIES[xi], abs=1e-4)


@law
@given(lambdas, coverages)
def test_hard_sphere_of_opm_holds_core_and_ligand(lam, xi):
    # The volume identity that defines the model, for R = 1: t = xi lambda.
    tau = float(opm_ratio(lam, xi))
    assert 4 / 3 * math.pi * tau**3 == pytest.approx(4 / 3 * math.pi + 4 * math.pi * xi * lam, rel=1e-12)


@law
@given(cone_inputs())
def test_order_of_the_models(inputs):
    lam, xi = inputs
    ocm, opm = float(ocm_ratio(lam, xi)), float(opm_ratio(lam, xi))
    assert 1 - 1e-9 <= ocm <= opm * (1 + 1e-12)
    assert opm <= (1 + lam) * (1 + 1e-12)


@law
@given(cone_inputs())
def test_cone_of_any_angle_joins_opm_and_ocm(inputs):
    lam, xi = inputs
    assert oxm_ratio(0.0, lam, xi) == pytest.approx(float(opm_ratio(lam, xi)), rel=1e-12)
    assert oxm_ratio(ocm_cone_angle_rad(lam, xi), lam, xi) == pytest.approx(float(ocm_ratio(lam, xi)), rel=1e-9)


@law
@given(cone_inputs())
def test_ocm_by_its_own_geometry(inputs):
    # Second route: the cone cos(theta) = tau/(1 + lambda) holds its ligand up to the midplane.
    lam, xi = inputs

    def residual(tau: float) -> float:
        c = tau / (1 + lam)
        return tau**3 * (1 + c) / c**2 - 2 * (1 + 3 * xi * lam)

    root = brentq(residual, 1e-6, 1 + lam + 1e-9)
    assert float(ocm_ratio(lam, xi)) == pytest.approx(root, rel=1e-9)


@law
@given(lambdas, st.floats(0.05, 1.0), st.floats(1e-4, 0.1))
def test_longer_ligands_keep_cores_further_apart(lam, xi, more):
    assert opm_ratio(lam + more, xi) > opm_ratio(lam, xi)


def test_limits():
    small = 1e-6
    assert opm_ratio(small, 0.7) - 1 == pytest.approx(0.7 * small, rel=1e-4)
    assert ocm_ratio(small, 0.7) - 1 == pytest.approx(0.4 * small, rel=1e-4)
    assert opm_ratio(2.0, 0.0) == 1.0
    # All three models agree at the (unphysical) coverage 1 + lambda + lambda^2/3; it is reached at lambda = 0 only.
    assert float(ocm_ratio(0.0, 1.0)) == float(opm_ratio(0.0, 1.0)) == 1.0


def test_ocm_is_one_at_its_limit_and_has_its_known_maximum():
    for xi in (0.6, 0.8, 1.0):
        assert float(ocm_ratio(6 * xi - 3, xi)) == pytest.approx(1.0, abs=1e-12)
    lam = np.linspace(0.5, 1.2, 70001)
    tau = ocm_ratio(lam, 1.0)
    assert tau.max() == pytest.approx(1.241914, abs=1e-6)
    assert lam[tau.argmax()] == pytest.approx(0.7947, abs=1e-4)


def test_otm_of_one_component_is_opm():
    np.testing.assert_array_equal(otm_ratio([0.2, 1.0], 0.9), opm_ratio([0.2, 1.0], 0.9))


@law
@given(lambdas, st.floats(0.1, 1.0))
def test_boundary_is_where_bcc_takes_over(lam, xi):
    assert bool(prefers_bcc(lam, xi)) == (lam > float(fcc_bcc_boundary(xi)))


@law
@given(st.floats(0.0, 1.0))
def test_boundary_is_the_positive_root_found_by_bisection(xi):
    root = brentq(lambda x: 1 + x - 2 / math.sqrt(3) * (1 + 3 * xi * x) ** (1 / 3), 1e-9, 5)
    assert float(fcc_bcc_boundary(xi)) == pytest.approx(root, rel=1e-9)


FRACTIONS = {
    "fcc": math.pi / (3 * math.sqrt(2)),
    "hcp": math.pi / (3 * math.sqrt(2)),
    "bcc": math.sqrt(3) * math.pi / 8,
    "sc": math.pi / 6,
    "simple hexagonal": math.pi / (3 * math.sqrt(3)),
    "diamond": math.sqrt(3) * math.pi / 16,
    "A15": 0.523599,
    "2D hexagonal": math.pi / (2 * math.sqrt(3)),
    "2D square": math.pi / 4,
}


@pytest.mark.parametrize("name", SINGLE_LATTICES)
def test_lattices_touch_at_one_and_fill_what_they_should(name):
    lattice = SINGLE_LATTICES[name]
    assert lattice.sphere_fraction == pytest.approx(FRACTIONS[name], rel=1e-6)
    cell = np.array(lattice.lengths)[:, None] * np.array(lattice.axes)
    n = np.arange(-2, 3)
    shifts = np.array(np.meshgrid(n, n, n if lattice.dimension == 3 else [0])).reshape(3, -1).T
    sites = np.array(lattice.sites)
    vectors = (sites[None, :, None] - sites[:, None, None] + shifts) @ cell
    distances = np.linalg.norm(vectors, axis=-1)
    assert distances[distances > 1e-9].min() == pytest.approx(1.0, abs=1e-12)


@law
@given(lambdas, coverages)
def test_core_fraction_times_swelling_is_the_hard_sphere_fraction(lam, xi):
    for name in ("fcc", "bcc"):
        hard = single_lattice(name).sphere_fraction
        core = hard / float(opm_ratio(lam, xi)) ** 3
        assert core * (1 + 3 * xi * lam) == pytest.approx(hard, rel=1e-12)


def test_million_spacings_are_one_array_operation():
    lam = np.linspace(0.01, 2.9, 1_000_000)
    assert opm_ratio(lam, 1.0).shape == ocm_ratio(lam, 1.0).shape == lam.shape


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ocm_ratio(2.0, 0.8), r"6 xi - 3 = 1\.8 at a relative coverage xi = 0\.8, got 2\. Use"),
        (lambda: ocm_ratio([0.1, 0.2], 0.4), "overlap cone model"),
        (lambda: opm_ratio(-0.1, 1.0), "length_ratio must be finite"),
        (lambda: opm_ratio(float("inf"), 1.0), "length_ratio must be finite"),
        (lambda: opm_ratio(float("nan"), 1.0), "length_ratio must be finite"),
        (lambda: opm_ratio(0.5, 1.2), "relative_coverage must lie between 0 and 1"),
        (lambda: oxm_ratio(2.0, 0.5, 1.0), "cone_angle_rad must be below"),
        (lambda: single_lattice("fc"), "Did you mean 'fcc'"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_a_table_may_go_on_beyond_the_cone_model():
    tau = ocm_ratio([0.5, 5.0], 1.0, invalid="nan")
    assert np.isnan(tau).tolist() == [False, True]
