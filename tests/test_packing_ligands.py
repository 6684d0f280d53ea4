"""The ligand library and what a coating makes of a ligand."""

import pytest
from hypothesis import given, settings, strategies as st

from packing.errors import InputError
from packing.matter.ligand_lengths import LENGTH_MODELS, chain_length_nm
from packing.matter.ligands import (
    LIGANDS,
    default_coverage_per_nm2,
    ligand,
    ligand_entry,
    ligand_from_carbons,
    mixed_coating,
)
from packing.particles import MAX_CHAINS_PER_NM2, Coating, Ligand

law = settings(deadline=None, max_examples=50)


@pytest.mark.parametrize(
    ("model", "n", "length"),
    [
        ("otm", 12, 1.736),
        ("otm", 18, 2.504),
        ("hoodlt", 18, 2.449),
        ("coropceanu", 18, 2.28),
        ("tanford", 18, 2.431),
        ("bain", 12, 1.774),
    ],
)
def test_length_models(model, n, length):
    assert chain_length_nm(n, length_model=model) == pytest.approx(length, abs=1e-3)


@pytest.mark.parametrize("model", LENGTH_MODELS)
@pytest.mark.parametrize("n", [4, 8, 12, 18])
def test_length_models_agree_within_a_tenth_and_grow_by_a_bond(model, n):
    assert chain_length_nm(n, length_model=model) == pytest.approx(chain_length_nm(n), rel=0.17 if n == 4 else 0.12)
    step = chain_length_nm(n + 1, length_model=model) - chain_length_nm(n, length_model=model)
    assert 0.119 < step < 0.13


def test_hoodlt_double_bond():
    assert ligand("oleate", length_model="hoodlt").length_nm - ligand(
        "stearic acid", length_model="hoodlt"
    ).length_nm == pytest.approx(0.1333 - 0.1249, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "radius_pm", "tolerance_pm"),
    # Shannon, Acta Cryst. A 32, 751 (1976), coordination six; thiocyanate is the thermochemical radius.
    [("na+", 102, 1), ("k+", 138, 1), ("cs+", 167, 1), ("fluoride", 133, 1), ("chloride", 181, 1), ("bromide", 196, 1),
     ("iodide", 220, 1), ("thiocyanate", 213, 20)],
)  # fmt: skip
def test_ions_are_as_thick_as_they_are_wide(name, radius_pm, tolerance_pm):
    assert ligand(name).length_nm == pytest.approx(2e-3 * radius_pm, abs=2e-3 * tolerance_pm)


def test_crystal_density_of_polyethylene():
    # A0 times the length per CH2 is the crystalline volume, 0.0233 nm^3; liquid alkane is 1.155 times that.
    assert pytest.approx(0.0233, rel=2e-3) == 0.128 / MAX_CHAINS_PER_NM2
    # Tanford, J. Phys. Chem. 76, 3020 (1972): a liquid chain has 0.0274 + 0.0269 n nm^3.
    per_ch2 = 0.0269
    assert per_ch2 / (0.128 / MAX_CHAINS_PER_NM2) == pytest.approx(1.155, rel=2e-3)


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("oleate", "oleate"),
        ("Oleic Acid", "oleate"),
        ("OA", "oleate"),
        ("oleylamine", "oleylamine"),
        ("OA/OLAm", "oleate+oleylamine"),
        ("DDAB", "ddab"),
        ("octylamine", "octylamine"),
        ("octadecylamine", "octadecylamine"),
        ("c9 thiol", "nonanethiol"),
        ("dodecanethiol", "dodecanethiol"),
        ("dodecanoic acid", "lauric acid"),
        ("C4 acid", "butyric acid"),
        ("stearate", "stearic acid"),
        ("TOPO", "topo"),
        ("sulfobetaine", "sulfobetaine"),
        ("SCN-", "thiocyanate"),
        ("halide", "bromide"),
        ("Na+", "na+"),
    ],
)
def test_names_people_use(alias, name):
    assert ligand_entry(alias).name == name


def test_library_is_complete_and_every_entry_has_its_sources():
    for family in ("amine", "thiol"):
        assert sum(name.endswith(family) for name in LIGANDS) >= 11
    assert sum(name.endswith("acid") for name in LIGANDS) == 15
    for entry in LIGANDS.values():
        made = ligand(entry.name)
        assert 0 < made.length_nm < 3.1
        assert made.source
        assert entry.coverage_source
        Coating(ligand=made, coverage_per_nm2=default_coverage_per_nm2(entry.name))


def test_two_tails_are_counted_by_chain():
    ddab = ligand("ddab")
    assert ddab.chains == 2
    assert ddab.length_nm == pytest.approx(1.736)
    # Every A site of CsPbBr3 with a DDAB: 5.80 chains per nm^2, slightly above close packing.
    assert pytest.approx(5.80, abs=0.01) == 2 / 0.587**2


def test_ions_have_a_size_and_no_chain():
    sodium = ligand("Na+", length_model="hoodlt")
    assert sodium.is_ionic
    assert sodium.n_carbons is None
    coat = Coating(ligand=sodium, coverage_per_nm2=2.9)
    assert coat.shell_nm == sodium.length_nm == pytest.approx(0.204)
    assert not coat.is_above_limit


@law
@given(st.lists(st.tuples(st.integers(4, 18), st.floats(0.1, 1.0)), min_size=1, max_size=5))
def test_mixture_keeps_the_ligand_volume(parts):
    pairs = [(ligand_from_carbons(n), coverage) for n, coverage in parts]
    volume = sum(part.length_nm * coverage / MAX_CHAINS_PER_NM2 for part, coverage in pairs)
    mixed = mixed_coating(pairs)
    assert mixed.shell_nm == pytest.approx(volume, rel=1e-12)
    assert mixed.coverage_per_nm2 == pytest.approx(sum(c for _, c in parts))


@law
@given(st.floats(0.0, 7.0))
def test_shell_grows_with_coverage_up_to_the_extended_chain(coverage):
    coat = Coating(ligand=ligand("oleate"), coverage_per_nm2=coverage)
    assert coat.shell_nm == pytest.approx(min(1.0, coverage / 5.5) * 2.504)
    assert coat.is_above_limit == (coverage > 5.5)


def test_liquid_ligand_is_thicker():
    dense, liquid = (Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0, ligand_density=d) for d in (1.0, 0.866))
    assert liquid.shell_nm == pytest.approx(dense.shell_nm / 0.866)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ligand("oleat acid"), "Did you mean"),
        (lambda: ligand("oleate", length_model="otmm"), "length_model: 'otmm' is not known. Did you mean 'otm'"),
        (lambda: ligand_from_carbons(0), "n_carbons must be a whole number between 1 and 40, got 0"),
        (lambda: ligand_from_carbons(100), "n_carbons"),
        (lambda: Coating(ligand=ligand("oleate"), coverage_per_nm2=8.0), "above the 5.5 1/nm² of close-packed"),
        (lambda: Coating(ligand=ligand("oleate"), coverage_per_nm2=-1.0), "must not be negative"),
        (lambda: Coating(ligand=ligand("oleate"), coverage_per_nm2=float("inf")), "coverage_per_nm2"),
        (lambda: Coating(ligand=ligand("oleate"), coverage_per_nm2=5.4, ligand_density=0.8), "thicker than the"),
        (lambda: Ligand(name="x", length_nm=25.04), "If the value is in Å, give 2.504"),
        (lambda: Ligand(name="x", length_nm=float("nan")), "length_nm"),
        (lambda: mixed_coating([]), "at least one"),
        (lambda: mixed_coating([(ligand("na+"), 1.0)]), "is an ion"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(InputError, match=words):
        call()
