"""Mutated study files give exit 0 or 2 and one line, never a traceback."""

import os
import random
import re
from pathlib import Path

import pytest
from conftest import shifted

from superlattice.cli import main

SEEDS = (
    """
title = "cubes"
[nanocrystal]
material = "CsPbBr3"
shape = "cube"
edge_nm = 8.6
size_spread = 0.03
[ligand]
name = "oleate"
coverage_per_nm2 = 3.0
[environment]
medium = "toluene"
[packing]
lattices = ["sc", "fcc"]
n_samples = 100
[assembly]
n_particles = 64
temperature_kelvin = 300
seed = 1
[structure]
wavelength_nm = 0.15406
[sweep]
ligand.n_carbons = [8, 12]
assembly.depth_cap_kt = { start = 4, stop = 6, step = 1 }
replicas = 2
""",
    """
title = "exchange"
[nanocrystal]
material = "CsPbBr3"
edges_nm = [8.6, 8.6, 4.0]
shape = "cuboid"
truncation = 0.1
[ligand]
n_carbons = 18
coverage_per_nm2 = 3.0
length_model = "otm"
[exchange]
medium = "hexane"
[exchange.ligand]
name = "Na+"
[packing]
n_samples = 100
[[compare.published]]
quantity = "gap"
value_nm = 3.0
source = "nobody"
[[sweep.zip]]
nanocrystal.size_spread = [0.0, 0.1]
assembly.duration = [1, 2]
""",
    """
[nanocrystal]
material = "PbS"
shape = "sphere"
diameter_nm = 6.0
[ligand]
length_nm = 1.8
coverage_per_nm2 = 4.0
[partner]
material = "Au"
shape = "sphere"
diameter_nm = 4.0
[partner.ligand]
name = "dodecanethiol"
[packing]
lattices = ["NaCl"]
n_samples = 100
""",
)

VALUES = (
    "0", "-1", "1", "3", "1e-300", "1e300", "inf", "-inf", "nan", "true", "''", '"x"', '"é\\u0000"', "[]", "[1]",
    '["a", 2]', "{}", "{ a = 1 }", "{ start = 1, stop = 2, num = 3 }", "[[1, 2, 3], [4, 5, 6]]", "1979-05-27", "0.5",
    "65536", "99999999999999999999", "-0.0", '"oleate"', '"cube"', "[nan, 1]", "[true, false]", "12:30:00",
)  # fmt: skip


def mutated(rng: random.Random, *, swept: bool) -> str:
    """A study file after one to three accidents."""
    text = rng.choice(SEEDS)
    lines = (text if swept else re.split(r"\[+sweep", text)[0]).strip().splitlines()
    for _ in range(rng.choice([1, 1, 2, 3])):
        i = rng.randrange(len(lines))
        match rng.choice([0, 1, 2, 3, 3, 3, 4, 5, 6, 7]):
            case 0:
                del lines[i]
            case 1:
                lines.insert(rng.randrange(len(lines)), lines[i])
            case 3 if any(c.isdigit() for c in lines[i]):
                j = rng.choice([k for k, c in enumerate(lines[i]) if c.isdigit()])
                lines[i] = lines[i][:j] + rng.choice("0123456789") + lines[i][j + 1 :]
            case 2 if "=" in lines[i]:
                lines[i] = lines[i].split("=")[0] + "= " + rng.choice(VALUES)
            case 4 if lines[i]:
                j = rng.randrange(len(lines[i]))
                lines[i] = lines[i][:j] + rng.choice('\t"#0=[]{é😀') + lines[i][j + 1 :]
            case 5 if len(lines[i]) > 1:
                j = rng.randrange(len(lines[i]) - 1)
                lines[i] = lines[i][:j] + lines[i][j + 1] + lines[i][j] + lines[i][j + 2 :]
            case 6:
                lines[i] = lines[i][: rng.randrange(len(lines[i]) + 1)]
            case _:
                lines.insert(i, f"{rng.choice(['x', 'seed', 'name', 'folder', 'sweep', 'ligand', 'replicas'])} = "
                                f"{rng.choice(VALUES)}")  # fmt: skip
        lines = lines or [""]
    return "\n".join(lines) + "\n"


def check(n: int, seed: int, folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[int, int]:
    rng = random.Random(shifted(seed))
    study = folder / "study.toml"
    seen = {0: 0, 2: 0}
    for i in range(n):
        # One in ten keeps its sweep for a command that takes one study.
        study.write_text(mutated(rng, swept=i % 4 != 0 or i % 40 == 0), encoding="utf-8")
        words = ["batch", str(study), "--out", str(folder / "out"), "--dry-run"]
        if i % 4 == 0:
            words = ["predict", str(study)]
        elif i % 3 == 0:
            words.append("--predict-only")
        status = main(words)
        said = capsys.readouterr()
        assert status in seen, f"{words}: exit {status}\n{said.err}\n{study.read_text()}"
        if status == 2:
            assert len(said.err.strip().splitlines()) == 1, f"{said.err}\n{study.read_text()}"
            assert said.out == ""
        assert "Traceback" not in said.err
        seen[status] += 1
    assert not (folder / "out").exists()
    return seen


def test_mutated_study_files_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = check(150, 1, tmp_path, capsys)
    assert min(seen.values()) > 5, "the mutations do not reach both ends"


@pytest.mark.slow
def test_many_mutated_study_files_are_one_line_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``SUPERLATTICE_MUTATED=2000`` for the full measurement; every shift of the seeds draws others."""
    n = int(os.environ.get("SUPERLATTICE_MUTATED", "500"))
    seen = check(n, 2, tmp_path, capsys)
    assert min(seen.values()) > n / 20
