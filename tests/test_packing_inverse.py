"""From a measured spacing back to coverage and length."""

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st

from packing.errors import InputError
from packing.matter.ligands import ligand
from packing.particles import Coating, Nanocrystal
from packing.shapes import Cuboid, Sphere, cube
from packing.spacing.inverse import implied_shells
from packing.spacing.layers import cuboid_layers
from packing.spacing.soft_spheres import ocm_ratio, opm_ratio

law = settings(deadline=None, max_examples=40)


def coated(coverage: float = 3.0, name: str = "oleate") -> Coating:
    return Coating(ligand=ligand(name), coverage_per_nm2=coverage)


@law
@given(
    st.floats(2.0, 20.0),
    st.floats(0.5, 5.5),
    st.floats(0.0, 0.3),
    st.sampled_from([(1, 1, 1), (1, 4, 5), (3, 1, 2)]),
)
@example(2.0, 5.5, 0.28125, (1, 1, 1))
def test_cuboids_give_back_the_coverage_they_were_made_with(size, coverage, rounding, ratios):
    shape = Cuboid(edges_nm=tuple(size * r for r in ratios), rounding_nm=rounding * size)
    layers = cuboid_layers(shape, coated(coverage).shell_nm).by_model()
    core = Nanocrystal(material="CdSe", shape=shape)
    for model, layer in layers.items():
        if layer <= 0:
            continue
        found = {x.model: x for x in implied_shells(core, coated(coverage), size + 2 * float(layer))}[model]
        assert found.coverage_per_nm2 == pytest.approx(coverage, rel=1e-6)
        assert found.length_nm == pytest.approx(2.504, rel=1e-6)
        assert found.problem == ""


@law
@given(st.floats(3.0, 20.0), st.floats(4.0, 5.5))
def test_spheres_give_back_the_coverage_they_were_made_with(diameter, coverage):
    coat = coated(coverage, "octanethiol")
    inputs = (2 * coat.ligand.length_nm / diameter, coat.relative_coverage)
    core = Nanocrystal(material="Au", shape=Sphere(diameter_nm=diameter))
    for model, ratio in (("opm", opm_ratio), ("ocm", ocm_ratio)):
        if model == "ocm" and inputs[0] > 6 * inputs[1] - 3:
            continue
        found = {x.model: x for x in implied_shells(core, coat, diameter * float(ratio(*inputs)))}[model]
        assert found.coverage_per_nm2 == pytest.approx(coverage, rel=1e-6)


def test_uncertainty_against_monte_carlo():
    rng = np.random.default_rng(3)
    core = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    found = {x.model: x for x in implied_shells(core, coated(), 11.0, spacing_sd_nm=0.05, size_sd=0.01)}["fill"]
    a, edge = rng.normal(11.0, 0.05, 200_000), 8.6 * rng.normal(1, 0.01, 200_000)
    shells = (a**3 - edge**3) / (6 * edge**2)
    assert found.shell_sd_nm == pytest.approx(shells.std(), rel=0.02)
    coverage = shells * 5.5 / (2.504 * rng.normal(1, 0.04, 200_000))
    assert found.coverage_sd_per_nm2 == pytest.approx(coverage.std(), rel=0.02)


def test_too_wide_a_spacing_is_flagged_and_not_hidden():
    core = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    found = implied_shells(core, coated(3.0, "butylamine"), 13.0)
    assert all("too short for this spacing" in x.problem for x in found)
    assert found[0].to_dict()["coverage_per_nm2"] > 5.5


@pytest.mark.parametrize(
    ("coat", "spacing", "words"),
    [
        (coated(), 8.6, "not above the core size of 8.6 nm"),
        (coated(), -1.0, "spacing_nm must be positive"),
        (coated(), float("inf"), "spacing_nm must be positive"),
        (coated(2.9, "Na+"), 9.0, "is an ion"),
    ],
)
def test_refusals(coat, spacing, words):
    with pytest.raises(InputError, match=words):
        implied_shells(Nanocrystal(material="CsPbBr3", shape=cube(8.6)), coat, spacing)
