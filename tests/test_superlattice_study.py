"""The study file: every mistake a person makes is one line that says what to do."""

from pathlib import Path

import pytest

from packing.errors import InputError
from superlattice.steps.prediction import predict_study
from superlattice.study.study import Study, load_study

GOOD = """
title = "t"
[nanocrystal]
material = "CsPbBr3"
edge_nm = 8.6
[ligand]
name = "oleate"
coverage_per_nm2 = 3.0
"""

BAD = {
    "broken TOML": ("[nanocrystal\n", r"not valid TOML"),
    "no nanocrystal": ("title = 't'\n[ligand]\nname='oleate'", r"nanocrystal is missing"),
    "unknown table": (GOOD + "[assembli]\nseed=1", r"unknown key 'assembli'. Did you mean 'assembly'\?"),
    "unknown key": (
        GOOD + "[assembly]\nn_particle=1",
        r"assembly: unknown key 'n_particle'. Did you mean 'n_particles'",
    ),
    "reserved key": ("folder = 'x'\n" + GOOD, r"unknown key 'folder'"),
    "unit slip": (GOOD.replace("8.6", "86"), r"edge_nm.*86.*8\.6"),
    "negative edge": (GOOD.replace("8.6", "-8.6"), r"must be positive, got -8.6 nm"),
    "zero edge": (GOOD.replace("8.6", "0"), r"must be positive, got 0 nm"),
    "edge as text": (GOOD.replace("8.6", "'big'"), r"edge_nm.*got 'big'"),
    "infinite edge": (GOOD.replace("8.6", "inf"), r"edge_nm must be a finite number"),
    "no size": (GOOD.replace("edge_nm = 8.6", ""), r"edge_nm is missing"),
    "two sizes": (GOOD.replace("edge_nm = 8.6", "edge_nm = 8.6\ndiameter_nm = 3"), r"diameter_nm does not go with"),
    "unknown ligand": (
        GOOD.replace("oleate", "oleat3"),
        r"'oleat3' is not known. Did you mean 'oleate'.*your own: n_carbons",
    ),
    "unknown material": (GOOD.replace("CsPbBr3", "CsPbBr4"), r"'CsPbBr4' is not known.*Did you mean 'CsPbBr3'"),
    "unknown medium": (GOOD + "[environment]\nmedium='tolune'", r"'tolune' is not known.*Did you mean 'toluene'"),
    "coverage too high": (GOOD.replace("3.0", "30"), r"coverage_per_nm2.*30"),
    "q beyond the wavelength's reach": (
        GOOD + "[structure]\nwavelength_nm = 1.5\nq_max_inv_nm = 9.0",
        r"q_max_inv_nm must be at most 4 pi / wavelength_nm = 8.38 1/nm",
    ),
    "missing image": (GOOD + "[compare]\ntem={image='no.tif', px_per_nm=2}", r"no.tif is not a file"),
    "sweep": (GOOD + "[sweep]\nligand.n_carbons = [8, 12]", r"many studies.* superlattice batch STUDY --out DIR"),
    "sweep that gives what is missing": ("[sweep]\nnanocrystal.edge_nm = [8, 12]", r"many studies"),
    "sweep misspelt": (GOOD + "[sweeep]\nreplicas = 2", r"unknown key 'sweeep'. Did you mean 'sweep'\?"),
    "tables nested without end": ("x = " + 5000 * "[", r"not valid TOML"),
    "model": (GOOD + "[assembly]\nmodel='sotf'", r"assembly.model.*got 'sotf'"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_study_is_refused_in_one_line(case: str) -> None:
    text, message = BAD[case]
    with pytest.raises(InputError, match=message) as caught:
        Study.from_text(text, source="bad.toml")
    assert str(caught.value).startswith("bad.toml: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such study file"):
        load_study(tmp_path / "none.toml")


def test_a_folder_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such study file \(Is a directory\)"):
        load_study(tmp_path)


def test_a_binary_file_is_no_study(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"not a text file"):
        load_study(tmp_path / "x.toml")


def test_the_run_directory_depends_on_physics_only() -> None:
    study = Study.from_text(GOOD)
    renamed = Study.from_text(GOOD.replace('"t"', '"another title"'))
    longer = Study.from_text(GOOD + "[structure]\nq_max_inv_nm = 5.0")
    hotter = Study.from_text(GOOD + "[assembly]\ntemperature_kelvin = 350")
    assert study.study_id == renamed.study_id == longer.study_id != hotter.study_id
    assert len({s.full_hash for s in (study, renamed, longer, hotter)}) == 4


def test_the_resolved_study_reads_back_as_itself() -> None:
    import tomli_w

    study = Study.from_text(GOOD + "[exchange.ligand]\nname='Na+'")
    text = tomli_w.dumps(study.resolved())
    again = Study.from_text(text)
    assert again.resolved() == study.resolved()
    assert again.physics_hash == study.physics_hash
    # An empty table asks for no second study; run directories of earlier versions hold one.
    assert Study.from_text(text + "\n[sweep]\n").full_hash == study.full_hash


def test_an_exchange_is_not_predicted_as_if_it_were_not_there() -> None:
    with pytest.raises(InputError, match=r"study\.variants\(\)"):
        predict_study(Study.from_text(GOOD + "[exchange.ligand]\nname='Na+'"))


def test_an_exchange_has_two_parts_that_differ_only_in_the_ligand() -> None:
    study = Study.from_text(GOOD + "[exchange.ligand]\nname='Na+'")
    before, after = study.variants().values()
    assert before.ligand == study.ligand
    assert after.ligand.name == "Na+"
    assert before.nanocrystal == after.nanocrystal
    assert before.assembly == after.assembly


@pytest.mark.parametrize("file", sorted((Path(__file__).parents[1] / "examples").glob("*.toml")), ids=lambda f: f.stem)
def test_every_example_is_a_good_study(file: Path) -> None:
    if "[sweep]" in file.read_text():
        from superlattice.campaign.jobs import expand_file

        assert expand_file(file, simulated=False)
    else:
        assert load_study(file).title


SPHERES = """
[nanocrystal]
material = "PbS"
shape = "sphere"
diameter_nm = 7.0
[ligand]
name = "oleate"
"""
PARTNER = """
[partner]
material = "Au"
shape = "sphere"
diameter_nm = 3.0
[partner.ligand]
name = "dodecanethiol"
"""
LENGTH = GOOD.replace('name = "oleate"', "length_nm = 2.0")


@pytest.mark.parametrize(
    ("text", "where", "nearest"),
    [
        (GOOD + "[environment]\nmedium = 'tolueen'", "medium", "toluene"),
        (GOOD + "[exchange]\nmedium = 'tolueen'\n[exchange.ligand]\nname = 'Na+'", "exchange: medium", "toluene"),
        (GOOD + "[packing]\nlattices = ['sc', 'fccc']", "packing: lattice", "fcc"),
        (GOOD + "[assembly]\nprotocol = 'evaporaton'", "assembly: protocol", "evaporation"),
        (LENGTH + "length_model = 'tanfrod'", "ligand: length_model", "tanford"),
        (SPHERES + PARTNER.replace("Au", "PbSeS"), "partner: material", "PbSe"),
        (SPHERES + PARTNER + "[packing]\nlattices = ['NaCI']", "packing: lattice", "NaCl"),
        (SPHERES + PARTNER.replace("dodecanethiol", "dodecanethio"), "partner.ligand", "dodecanethiol"),
    ],
)
def test_every_name_is_looked_up_when_the_study_is_loaded(text: str, where: str, nearest: str) -> None:
    with pytest.raises(InputError) as caught:
        Study.from_text(text, source="study.toml")
    said = str(caught.value)
    assert said.startswith("study.toml: ")
    assert where in said
    assert f"Did you mean '{nearest}'?" in said
    assert "\n" not in said


def test_lattices_of_the_other_kind_of_study_are_told_apart() -> None:
    with pytest.raises(InputError, match="two kinds of particles: add a partner"):
        Study.from_text(GOOD + "[packing]\nlattices = ['NaCl']")
    assert Study.from_text(SPHERES + PARTNER + "[packing]\nlattices = ['NaCl', 'fcc']").partner is not None


def test_a_nanocrystal_and_its_coating_are_built_once() -> None:
    study = Study.from_text(SPHERES + PARTNER)
    assert study.partner is not None
    for table in (study.nanocrystal, study.ligand, study.partner, study.partner.ligand):
        assert table.build() is table.build()
    alone = Study.from_text(GOOD)
    assert predict_study(alone).nanocrystal is alone.nanocrystal.build()
    # Another table is another nanocrystal, also in a copy of a study that has been built.
    larger = Study.from_text(SPHERES.replace("7.0", "8.0")).nanocrystal
    assert study.model_copy(update={"nanocrystal": larger}).nanocrystal.build() == larger.build()


def test_a_ligand_and_a_material_of_ones_own() -> None:
    text = """
    [nanocrystal]
    material = "Bi2S3"
    edge_nm = 8.0
    made_of = { density_kg_m3 = 6800, lattice_nm = 1.115, refractive_index = 3.2, permittivity = 38 }
    [ligand]
    name = "my diene"
    n_carbons = 18
    double_bonds = 2
    coverage_per_nm2 = 3.2
    """
    study = Study.from_text(text)
    assert study.ligand.build().ligand.name == "my diene"
    assert study.ligand.build().ligand.length_nm == pytest.approx(2.504)
    assert study.nanocrystal.build().material_name == "Bi2S3"
    # What a run directory keeps is the study again.
    assert Study.from_data(study.resolved(), source="run").physics_hash == study.physics_hash
    assert Study.from_text(text.replace("6800", "6700")).physics_hash != study.physics_hash


@pytest.mark.parametrize(
    ("ligand", "words"),
    [
        ('name = "my diene"\nn_carbons = 18', "coverage_per_nm2 of my diene is missing"),
        ('name = "my diene"\ndouble_bonds = 2', "needs n_carbons or length_nm"),
        ('name = "my diene"', "Did you mean .*give your own: n_carbons"),
        ("length_nm = 3.0\nvolume_nm3 = 0.3\ncoverage_per_nm2 = 2", "longer than its volume of 0.3 nm³ allows"),
        ('name = "polystyrene"\nn_carbons = 18\ncoverage_per_nm2 = 2', "is a polymer"),
        ('n_carbons = 18\ncoverage_per_nm2 = 2\nbinds_to = ["oxyde"]', "Did you mean 'oxide'"),
    ],
)
def test_a_ligand_of_ones_own_that_cannot_be(ligand: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Study.from_text(f'[nanocrystal]\nmaterial = "PbS"\nedge_nm = 8.0\n[ligand]\n{ligand}\n')


def test_a_material_of_ones_own_that_cannot_be() -> None:
    with pytest.raises(InputError, match=r"nanocrystal: .*density_kg_m3 must lie between .* not g/cm³"):
        Study.from_text(
            '[nanocrystal]\nmaterial = "X"\nedge_nm = 8.0\nmade_of = { density_kg_m3 = 6.8, lattice_nm = 0.6 }\n'
            '[ligand]\nname = "oleate"\n'
        )
