"""Numbers of the two notations name the same sphere."""

import pytest
from hypothesis import given, settings, strategies as st

from packing.errors import InputError
from packing.spacing.notation import NOTATIONS, Softness, softness
from packing.spacing.soft_spheres import opm_ratio


@settings(deadline=None, max_examples=30)
@given(st.floats(0.01, 3.0), st.floats(0.0, 1.0))
def test_the_same_sphere_in_both_notations(length_ratio, coverage):
    review = softness("landman-luedtke", x=length_ratio, lambda_=coverage)
    travesset = softness("travesset", lambda_=length_ratio, xi=coverage)
    assert review == travesset
    for name in NOTATIONS:
        letters = {key + "_" if key == "lambda" else key: value for key, value in review.numbers(name).items()}
        assert softness(name, **letters) == review


def test_taking_one_for_the_other_changes_the_answer():
    # S2 eq 4 with its own letters; read as Travesset's the swelling would be that of (0.8, 0.5), here equal in OPM
    # but not in the fcc/bcc criterion: the letters matter.
    sphere = softness("landman-luedtke", x=0.5, lambda_=0.8)
    assert (sphere.length_ratio, sphere.relative_coverage) == (0.5, 0.8)
    assert float(opm_ratio(sphere.length_ratio, sphere.relative_coverage)) == pytest.approx(1.30059, abs=1e-5)


def test_coating_has_the_softness():
    coat = softness("travesset", lambda_=0.5, xi=0.8).coating(8.0)
    assert coat.ligand.length_nm == pytest.approx(2.0)
    assert coat.relative_coverage == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: softness("travesset", x=0.5, lambda_=0.8), r"uses lambda .* and xi .*, got lambda, x"),
        (lambda: softness("landman", x=0.5, lambda_=0.8), "Did you mean 'landman-luedtke'"),
        (lambda: softness("travesset", lambda_=0.5, xi=1.5), "relative_coverage must lie between 0 and 1"),
        (lambda: softness("travesset"), "got nothing"),
        (lambda: Softness(length_ratio=-1, relative_coverage=0.5), "length_ratio must not be negative"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(InputError, match=words):
        call()
