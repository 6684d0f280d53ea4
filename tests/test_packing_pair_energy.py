"""Pair energy: closed forms against quadrature, limits, and what ligand exchange must do."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize_scalar

from packing.errors import InputError
from packing.matter.lifshitz import tabor_winterton_hamaker_j
from packing.matter.ligands import ligand
from packing.matter.material_table import MATERIALS, hamaker_estimate_j
from packing.matter.media import MEDIA
from packing.pair.energy import PairEnergy, pair_energy
from packing.pair.hamaker import cuboid_cuboid_energy, sphere_sphere_energy
from packing.pair.steric import alexander_de_gennes, alexander_de_gennes_curvature, brush_height_nm, osmotic_elastic
from packing.pair.terms import adhesion_over_sides, facing, over_facing_sides
from packing.particles import Coating, Environment, Nanocrystal
from packing.prediction.prediction import IRREVERSIBLE_KT
from packing.shapes import Cuboid, Sphere, cube

law = settings(deadline=None, max_examples=40)
sizes = st.floats(2.0, 20.0)
gaps = st.floats(0.3, 8.0)


def coated(name: str = "oleate", coverage: float = 3.0) -> Coating:
    return Coating(ligand=ligand(name), coverage_per_nm2=coverage)


def pair(shape=None, name="oleate", coverage=3.0, medium="toluene", **options) -> PairEnergy:
    core = Nanocrystal(material="CsPbBr3", shape=shape or cube(8.6))
    environment = Environment(medium=medium, hamaker_j=options.pop("hamaker_j", None))
    return pair_energy(core, coated(name, coverage), environment, **options)


def cuboid_energy_by_quadrature(gap: float, a: float, b: float, c: float) -> float:
    """The 6-D Hamaker integral as a 3-D one over coordinate differences, on Gauss-Legendre points graded to the gap."""
    x, w = np.polynomial.legendre.leggauss(40)

    def points(high: float, low: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        edges = [low, *[e for e in (low + gap, low + 3 * gap, low + 9 * gap) if e < high], high]
        u = np.concatenate([(p + q) / 2 + (q - p) / 2 * x for p, q in itertools.pairwise(edges)])
        return u, np.concatenate([(q - p) / 2 * w for p, q in itertools.pairwise(edges)])

    (u, wu), (v, wv) = points(a), points(b)
    (z1, w1), (z2, w2) = points(c), points(2 * c, c)
    z, wz = np.concatenate([z1, z2]) + gap, np.concatenate([w1 * z1, w2 * (2 * c - z2)])
    r2 = u[:, None, None] ** 2 + v[None, :, None] ** 2 + z**2
    total = np.einsum("i,j,k,ijk->", 2 * wu * (a - u), 2 * wv * (b - v), wz, r2**-3)
    return float(-total / math.pi**2)


@pytest.mark.parametrize(("a", "b", "c"), [(8.6, 8.6, 8.6), (5.3, 5.3, 5.3), (20.0, 15.0, 2.4), (3.0, 9.0, 30.0)])
@pytest.mark.parametrize("gap", [0.4, 1.0, 4.0, 20.0])
def test_closed_form_equals_the_integral(a, b, c, gap):
    assert cuboid_cuboid_energy(gap, (a, b, c)) == pytest.approx(cuboid_energy_by_quadrature(gap, a, b, c), rel=1e-6)


# The project's reference table, A = 1.13e-19 J at 300 K, given to two or three digits.
TABLE = {
    5.3: [-12.4, -4.4, -2.0, -1.0, -0.59, -0.23],
    8.6: [-39.0, -15.0, -7.3, -4.1, -2.5, -1.1],
    10.6: [-62.7, -24.7, -12.4, -7.1, -4.4, -2.0],
}


@pytest.mark.parametrize("edge", TABLE)
def test_reference_table(edge):
    pairs = pair(cube(edge), hamaker_j=1.13e-19)
    # 4 %: the last printed digit of -1.0 and -0.23 is worth that much.
    np.testing.assert_allclose(pairs.vdw_kt([1.0, 1.5, 2.0, 2.5, 3.0, 4.0]), TABLE[edge], rtol=0.04)


@law
@given(sizes, gaps, st.floats(0.1, 10.0))
def test_energy_over_hamaker_depends_on_the_ratio_only(edge, gap, factor):
    here = cuboid_cuboid_energy(gap, (edge, edge, edge))
    scaled = cuboid_cuboid_energy(gap * factor, (edge * factor,) * 3)
    assert scaled == pytest.approx(here, rel=1e-8)
    assert sphere_sphere_energy(gap * factor, edge * factor) == pytest.approx(sphere_sphere_energy(gap, edge), rel=1e-9)


@law
@given(sizes, gaps)
def test_cubes_attract_less_than_facing_half_spaces_and_more_than_the_sphere_inside(edge, gap):
    cubes = float(cuboid_cuboid_energy(gap, (edge, edge, edge)))
    assert -(edge**2) / (12 * math.pi * gap**2) < cubes < float(sphere_sphere_energy(gap, edge)) < 0


def test_limits_of_the_attraction():
    # Near: the plate formula. Far: two points of volume V.
    assert cuboid_cuboid_energy(0.01, (50.0, 50.0, 50.0)) == pytest.approx(-2500 / (12 * math.pi * 0.01**2), rel=1e-3)
    assert cuboid_cuboid_energy(500.0, (2.0, 2.0, 2.0)) == pytest.approx(-64 / math.pi**2 / 502.0**6, rel=1e-4)
    assert sphere_sphere_energy(0.001, 10.0) == pytest.approx(-5 / (12 * 0.001), rel=5e-3)
    assert sphere_sphere_energy(1000.0, 2.0) == pytest.approx(-16 / 9 / 1002.0**6, rel=1e-4)


@law
@given(st.tuples(sizes, sizes, sizes))
def test_far_form_joins_the_closed_one(edges):
    # The switch is at 12 longest edges; r^-6 itself changes by 1e-5 across this step.
    below, above = cuboid_cuboid_energy(12 * max(edges) * np.array([1 - 1e-6, 1 + 1e-6]), edges)
    assert below == pytest.approx(above, rel=1e-3)


def test_sphere_form_joins_its_series():
    # u = 4 R^2/s^2 crosses 1e-3 at s = 63.2 R.
    s = np.array([31.62, 31.63]) * 2
    energy = sphere_sphere_energy(s - 2.0, 2.0) * s**6
    assert energy[0] == pytest.approx(energy[1], rel=1e-4)


# Israelachvili, Intermolecular and Surface Forces, table 13.2: across vacuum, exact theory [1e-20 J]; from memory.
@pytest.mark.parametrize(
    ("index", "permittivity", "hamaker"),
    [(1.349, 1.84, 3.75), (1.397, 1.95, 4.5), (1.411, 1.99, 4.8), (1.434, 2.05, 5.2), (1.426, 2.03, 5.2)],
)
def test_tabor_winterton_gives_the_known_hydrocarbons(index, permittivity, hamaker):
    value = tabor_winterton_hamaker_j((index, permittivity), (1.0, 1.0))
    assert 1e20 * value == pytest.approx(hamaker, rel=0.07)


# Estimates for CsPbBr3 in the project's reference [1e-20 J]: low, mid and high index and absorption frequency.
@pytest.mark.parametrize(
    ("medium", "estimates"),
    [("vacuum", (27, 35, 46)), ("hexane", (8, 13, 19)), ("octane", (8, 12, 18)), ("toluene", (5, 8, 13))],
)
def test_reference_estimates_are_twice_the_formula(medium, estimates):
    # They follow with 8 sqrt(2) in place of the 16 sqrt(2) of two equal bodies; that factor misses the known
    # hydrocarbons above by two, so the library keeps the formula.
    across = (MEDIA[medium].refractive_index, MEDIA[medium].permittivity)
    inputs = ((1.85, 2.4e15), (1.95, 2.7e15), (2.05, 3.0e15))
    values = [tabor_winterton_hamaker_j((n, 29.0), across, absorption_frequency_hz=f) for n, f in inputs]
    np.testing.assert_allclose(2e20 * np.array(values), estimates, rtol=0.09)


def test_hamaker_constants_of_perovskite_are_ordered_as_the_indices_are():
    values = [hamaker_estimate_j("CsPbBr3", MEDIA[m]) for m in ("vacuum", "hexane", "toluene")]
    assert values == sorted(values, reverse=True)
    assert 1e-20 < values[-1] < 5e-19


@pytest.mark.parametrize("material", MATERIALS)
def test_every_material_attracts_itself_in_every_medium(material):
    for medium in MEDIA.values():
        assert 0 < MATERIALS[material].hamaker_j(medium) < 1e-18


@law
@given(st.floats(0.3, 3.0), st.floats(0.2, 5.0), st.floats(0.05, 0.999))
def test_steric_energy_is_the_work_of_de_gennes_pressure(height, grafting, ratio):
    gap = 2 * height * ratio
    work = quad(lambda d: grafting**1.5 * ((2 * height / d) ** 2.25 - (d / (2 * height)) ** 0.75), gap, 2 * height)[0]
    assert alexander_de_gennes(gap, height, grafting) == pytest.approx(work, rel=1e-7, abs=1e-12)


def test_weak_mixing_is_the_second_virial_term():
    # Dilute swollen shell: (1/2 - chi) (2t)^2/v1 (1/d - 1/2h), and no elastic energy without chains.
    t, h, chi, d = 0.002, 2.0, 0.1, 2.5
    expected = (0.5 - chi) * (2 * t) ** 2 / 0.13 * (1 / d - 1 / (2 * h))
    assert osmotic_elastic(d, h, t, 1e-12, chi) == pytest.approx(expected, rel=2e-3)


def test_brush_height_follows_the_solvent():
    c = coated()
    heights = [brush_height_nm(c, q) for q in ("dry", "theta", "good")]
    assert heights[0] == pytest.approx(c.shell_nm)
    assert heights == sorted(heights)
    assert heights[-1] < c.ligand.length_nm
    full = coated(coverage=5.5)
    assert brush_height_nm(full, "good") == pytest.approx(full.ligand.length_nm)


@pytest.mark.parametrize("shape", [cube(8.6), Sphere(diameter_nm=8.6), Cuboid(edges_nm=(2.4, 15, 20))])
@pytest.mark.parametrize("medium", ["toluene", "hexane", "vacuum", "ethyl acetate"])
def test_sodium_for_oleate_moves_the_minimum_inwards_and_deepens_it(shape, medium):
    before, after = pair(shape, medium=medium), pair(shape, "Na+", 2.9, medium)
    assert after.gap_nm < 0.3 * before.gap_nm
    assert after.depth_kt > 1.3 * before.depth_kt
    # Between the cores alone the difference is far larger; dry coatings also stick to each other.
    assert after.vdw_kt(after.gap_nm) < 10 * before.vdw_kt(before.gap_nm)
    assert after.gap_nm == pytest.approx(2 * ligand("Na+").length_nm, rel=1e-3)


@law
@given(st.floats(3.0, 20.0), st.floats(1.5, 5.5), st.sampled_from(["octylamine", "ddab", "oleate"]))
def test_minimum_is_one(edge, coverage, name):
    found = pair(cube(edge), name, coverage)
    near = found.energy_kt(found.gap_nm * np.array([0.99, 1.0, 1.01]))
    assert near[1] < near[0]
    assert near[1] < near[2]
    assert found.depth_kt == pytest.approx(-near[1], rel=1e-9)
    assert 0 < found.gap_nm <= 2 * found.brush_height_nm * (1 + 1e-9)
    assert found.period_nm == pytest.approx(edge + found.gap_nm)


def test_toluene_is_wide_and_shallow_and_dry_is_the_plate_gap_and_deeper():
    wet, dry = pair(), pair(medium="vacuum")
    assert wet.gap_nm > dry.gap_nm
    assert wet.depth_kt < dry.depth_kt
    assert dry.gap_nm == pytest.approx(2 * coated().shell_nm, rel=0.01)


def test_dry_shells_stick_with_the_surface_tension_of_an_alkane():
    # Second route: the work to part two surfaces is twice the surface tension; hexadecane at 20 C has 27.5 mN/m.
    dry = pair(medium="vacuum")
    kt_per_nm2 = -float(dry.adhesion_kt(2 * dry.brush_height_nm)) / dry.facet_nm2
    tension_mn_m = kt_per_nm2 * 1.380649e-23 * dry.temperature_kelvin / 1e-18 * 1e3 / 2
    assert tension_mn_m == pytest.approx(27.5, rel=0.05)
    assert pair(medium="toluene").adhesion_kt(3.0) == 0


def test_dry_ion_layers_stick_as_a_salt_does():
    # Surface tension of a solid caesium or sodium halide is some 90-180 mN/m (order of magnitude, from memory).
    dry = pair(cube(8.6), "Na+", 2.9, "vacuum")
    attraction = float(dry.vdw_kt(dry.gap_nm) + dry.adhesion_kt(dry.gap_nm))
    tension_mn_m = -attraction / dry.facet_nm2 * 1.380649e-23 * 300 / 1e-18 * 1e3 / 2
    assert 60 < tension_mn_m < 200
    assert pair(cube(8.6), "Na+", 2.9).adhesion_kt(0.4) == 0


def test_the_sticking_of_shells_hardly_moves_the_dry_gap():
    dry = pair(medium="vacuum")
    gaps = np.linspace(2.0, 3.5, 4001)
    without = gaps[np.argmin(dry.vdw_kt(gaps) + dry.steric_kt(gaps))]
    assert dry.gap_nm == pytest.approx(without, abs=0.01)


def test_dry_spheres_touch_at_the_optimal_packing_distance():
    dry = pair(Sphere(diameter_nm=8.6), medium="vacuum")
    opm = 8.6 * (1 + 3 * coated().shell_nm / 4.3) ** (1 / 3)
    assert 2 * dry.brush_height_nm + 8.6 == pytest.approx(opm, rel=1e-12)
    assert dry.period_nm == pytest.approx(opm, rel=0.02)


def test_plates_stack_on_their_large_facets():
    plates = pair(Cuboid(edges_nm=(20.0, 2.4, 15.0)), medium="vacuum")
    assert plates.facet_nm2 == 300.0
    assert plates.period_nm == pytest.approx(2.4 + plates.gap_nm)


def test_sphere_shell_energy_is_the_derjaguin_integral():
    s = pair(Sphere(diameter_nm=8.6))
    flat = quad(lambda d: float(alexander_de_gennes(d, s.brush_height_nm, 3.0)), 1.5, 2 * s.brush_height_nm)[0]
    assert s.steric_kt(1.5) == pytest.approx(math.pi * 4.3 * flat, rel=1e-7)


def test_fully_rounded_cube_pushes_and_sticks_as_a_sphere_does():
    round_cube, sphere = facing(cube(8.0, rounding_nm=4.0)), facing(Sphere(diameter_nm=8.0))
    assert (round_cube.facet_nm2, round_cube.perimeter_nm) == (0.0, 0.0)
    assert round_cube.radius_nm == sphere.radius_nm
    gap = np.array([1.0, 2.0, 3.5])

    def flat(d: np.ndarray) -> np.ndarray:
        return alexander_de_gennes(d, 2.0, 3.0)

    np.testing.assert_allclose(over_facing_sides(flat, gap, 4.0, round_cube), over_facing_sides(flat, gap, 4.0, sphere))


@pytest.mark.parametrize("rounding", [0.0, 0.5, 2.0, 4.0])
def test_sides_by_direct_integration_over_the_facet(rounding):
    # Second route: the local gap of two facing rounded squares, summed on a fine grid of the projected area.
    side = facing(cube(8.0, rounding_nm=rounding))
    flat_half = 4.0 - rounding
    reach = np.sqrt(rounding * 1.0)
    x = np.linspace(0, flat_half + reach, 1201)
    x = (x[1:] + x[:-1]) / 2
    out = np.maximum(x - flat_half, 0.0)
    local = 3.0 + (out[:, None] ** 2 + out[None, :] ** 2) / max(rounding, 1e-300)
    step = (flat_half + reach) / 1200
    brute = 4 * step**2 * alexander_de_gennes(np.minimum(local, 4.0), 2.0, 3.0).sum()
    made = over_facing_sides(lambda d: alexander_de_gennes(d, 2.0, 3.0), np.array(3.0), 4.0, side)
    assert float(made) == pytest.approx(brute, rel=2e-3)
    # Adhesion has no finite reach: integrate the edges by quadrature.
    per_edge = quad(lambda v: 1 / (12 * math.pi * (0.5 + v * v / rounding) ** 2), 0, np.inf)[0] if rounding else 0.0
    caps = rounding / (12 * 0.5)
    expected = -(side.facet_nm2 / (12 * math.pi * 0.25) + side.perimeter_nm * per_edge + caps)
    assert float(adhesion_over_sides(np.array(0.5), side)) == pytest.approx(expected, rel=1e-9)


def test_osmotic_spheres_have_a_minimum_too():
    spheres = pair(Sphere(diameter_nm=8.6), steric="osmotic-elastic")
    assert spheres.gap_nm == pytest.approx(pair(Sphere(diameter_nm=8.6)).gap_nm, rel=0.05)
    assert spheres.stiffness_kt_per_nm2 is None
    assert pair().stiffness_kt_per_nm2 > 0


@pytest.mark.parametrize("medium", ["toluene", "hexane", "dichloromethane", "vacuum"])
@pytest.mark.parametrize("shape", [cube(8.6), cube(8.6, rounding_nm=2.0), Sphere(diameter_nm=8.6)], ids=str)
def test_stiffness_is_the_second_derivative_within_the_touch(shape, medium):
    # Second route: a parabola through points on the shells' side of the minimum, where the energy is smooth.
    found = pair(shape, medium=medium)
    slack = 2 * found.brush_height_nm - found.gap_nm
    assert slack > 0
    step = min(2e-3 * found.gap_nm, 0.4 * slack)
    gaps = found.gap_nm + step * np.arange(-8, 3)
    by_fit = 2 * np.polyfit(gaps - found.gap_nm, found.energy_kt(gaps), 5)[-3]
    assert found.stiffness_kt_per_nm2 == pytest.approx(by_fit, rel=2e-3)


def test_stiffness_of_the_reviewed_case_and_of_kinks():
    # Cubes of 8.6 nm with oleate in toluene: 281.7 kT/nm^2 converged; a stencil across the touch had made 199.2 of it.
    assert pair().stiffness_kt_per_nm2 == pytest.approx(281.7, abs=0.1)
    assert pair(name="Na+", coverage=2.9, medium="vacuum").stiffness_kt_per_nm2 is None
    wall = pair(name="Na+", coverage=2.9)
    gaps = wall.gap_nm * (1 + 1e-3 * np.arange(-4, 5))
    by_fit = 2 * np.polyfit(gaps - wall.gap_nm, wall.energy_kt(gaps), 4)[-3]
    assert wall.stiffness_kt_per_nm2 == pytest.approx(by_fit, rel=1e-3)


@law
@given(st.floats(0.3, 3.0), st.floats(0.2, 5.0), st.floats(0.05, 0.98))
def test_curvature_of_brushes_is_the_slope_of_de_gennes_pressure(height, grafting, ratio):
    gap = 2 * height * ratio
    step = 1e-5 * gap
    slope = [grafting**1.5 * ((2 * height / d) ** 2.25 - (d / (2 * height)) ** 0.75) for d in (gap - step, gap + step)]
    by_hand = (slope[0] - slope[1]) / (2 * step)
    assert alexander_de_gennes_curvature(gap, height, grafting) == pytest.approx(by_hand, rel=1e-6)


def test_the_temperature_is_that_of_the_environment():
    # A Hamaker constant that is given is an energy: in kT it halves where the temperature doubles.
    core, coating = Nanocrystal(material="CsPbBr3", shape=cube(8.6)), coated()
    dry = [Environment(medium="vacuum", temperature_kelvin=t, hamaker_j=1e-19) for t in (300, 600)]
    cold, hot = (pair_energy(core, coating, environment) for environment in dry)
    assert cold.vdw_kt(2.0) == pytest.approx(2 * hot.vdw_kt(2.0), rel=1e-12)
    assert cold.hamaker_kt == pytest.approx(1e-19 / (1.380649e-23 * 300), rel=1e-12)
    # Of the alkane's 5e-20 J the part of zero frequency, 3/4 kT ((e - 1)/(e + 1))^2, rises with the temperature.
    squared = (1.07 / 3.07) ** 2
    rise = 0.75 * 1.380649e-23 * 300 * squared
    assert (hot.shell_hamaker_j - cold.shell_hamaker_j) / rise == pytest.approx(1, rel=1e-6)
    ratio = hot.adhesion_kt(2.0) / cold.adhesion_kt(2.0)
    assert ratio == pytest.approx(hot.shell_hamaker_j / cold.shell_hamaker_j / 2, rel=1e-12)
    estimates = [pair_energy(core, coating, Environment(temperature_kelvin=t)).hamaker_j for t in (300, 600)]
    squared = ((29.0 - 2.38) / (29.0 + 2.38)) ** 2
    rise = 0.75 * 1.380649e-23 * 300 * squared
    assert (estimates[1] - estimates[0]) / rise == pytest.approx(1, rel=1e-6)


@pytest.mark.parametrize(("one", "other"), [(2.0, 1.8), (2.0, 80.0), (29.0, 1.9)])
def test_zero_frequency_part_is_the_first_term_of_lifshitz(one, other):
    # Second route: the static part of Lifshitz' theory is 3/4 kT sum of delta^(2n)/n^3 (Israelachvili, eq 13.15), of
    # which Tabor and Winterton keep n = 1.
    delta = (one - other) / (one + other)
    whole = 0.75 * 1.380649e-23 * 300 * sum(delta ** (2 * n) / n**3 for n in range(1, 200))
    kept = tabor_winterton_hamaker_j((1.5, one), (1.5, other))
    # Ratios: joules are all alike to the absolute tolerance of approx.
    assert kept / (0.75 * 1.380649e-23 * 300 * delta**2) == pytest.approx(1)
    # What is left out is at most that of delta = 1, where the whole is zeta(3) = 1.202 times its first term.
    assert 1 / 1.2020569 < kept / whole <= 1


@pytest.mark.parametrize(
    ("quality", "interaction"),
    [("good", lambda h, s: s / h), ("theta", lambda h, s: (s / h) ** 2)],
)
def test_brush_height_is_where_stretching_and_crowding_balance(quality, interaction):
    # Second route: Flory's energy of a chain in a brush, elastic h^2 plus pair (good) or triple (theta) contacts.
    def height(density: float) -> float:
        return float(minimize_scalar(lambda h: h * h + interaction(h, density), bounds=(1e-3, 50), method="bounded").x)

    expected = height(4.0) / height(1.0)
    heights = [brush_height_nm(coated(coverage=c), quality) for c in (1.0, 4.0)]
    assert heights[1] / heights[0] == pytest.approx(expected, rel=1e-4)


def test_contacts_called_irreversible_outlast_the_drying_of_a_drop():
    """Second route to the threshold: mean first passage out of the pair's own well (Kramers), in toluene."""
    found = pair(hamaker_j=4e-18)
    # Two spheres as wide as the cubes, in 0.56 mPa s.
    diffusion_nm2_per_s = 2 * 1.380649e-23 * 300 / (6 * math.pi * 0.56e-3 * 4.3e-9) * 1e18
    gaps = np.linspace(0.8 * found.gap_nm, 2 * found.gap_nm, 6000)
    step = gaps[1] - gaps[0]

    def lifetime_s(depth_kt: float) -> float:
        energy = found.energy_kt(gaps) * depth_kt / found.depth_kt
        settled = np.cumsum(np.exp(-energy)) * step
        return float(np.sum(np.exp(energy - energy[-1]) * settled) * step) / diffusion_nm2_per_s

    assert lifetime_s(20.0) < 1
    assert 60 < lifetime_s(IRREVERSIBLE_KT) < 6 * 3600


def test_osmotic_form_repels_more_in_a_better_solvent():
    good, worse = (pair(steric="osmotic-elastic", chi=chi) for chi in (0.1, 0.45))
    assert good.steric_kt(3.0) > worse.steric_kt(3.0) > 0
    assert np.isinf(good.steric_kt(2.0))
    assert good.gap_nm == pytest.approx(pair().gap_nm, rel=0.02)


def test_given_hamaker_constant_is_taken_and_not_called_an_estimate():
    given_one = pair(hamaker_j=1e-19)
    assert not given_one.hamaker_is_estimate
    assert given_one.hamaker_kt == pytest.approx(24.15, rel=1e-3)
    assert pair().to_dict()["hamaker_uncertainty_factor"] == 2.0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"coverage": 0.0}, "nothing keeps the cores apart"),
        ({"coverage": 0.05}, "no minimum"),
        ({"medium": "tolune"}, "Did you mean 'toluene'"),
        ({"steric": "hard"}, "steric: 'hard' is not known"),
        ({"steric": "osmotic-elastic", "medium": "vacuum"}, "needs a solvent"),
        ({"hamaker_j": -1e-19}, "hamaker_j must be positive"),
        ({"hamaker_j": 27.0}, "Give joules"),
    ],
)
def test_refusals_name_the_input(options, words):
    with pytest.raises(InputError, match=words):
        pair(**options)


def test_unknown_material_is_named():
    dot = Nanocrystal(material="CsPbBr4", shape=cube(8.6))
    with pytest.raises(InputError, match="Did you mean 'CsPbBr3'"):
        pair_energy(dot, coated(), Environment())


def test_plot_marks_the_minimum():
    from matplotlib.figure import Figure

    ax = pair().plot(Figure().add_subplot())
    assert "gap" in ax.get_xlabel()
    assert ax.get_ylim()[0] < 0 < ax.get_ylim()[1]
