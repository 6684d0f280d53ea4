"""Rooms keep their arrows: packing <- assembly, packing <- structure, all of them <- superlattice."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = {
    "packing": {"packing"},
    "assembly": {"packing", "assembly"},
    "structure": {"packing", "structure"},
    "superlattice": {"packing", "assembly", "structure", "superlattice"},
}
ENGINES = {"hoomd", "lammps", "mpi4py"}


def imported_packages(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: write imports from the package's name, not relative ones"
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("room", ALLOWED)
def test_rooms_import_only_along_the_arrows(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    for file in files:
        crossed = imported_packages(file) & (set(ALLOWED) - ALLOWED[room])
        assert not crossed, f"{file.relative_to(ROOT)} imports {crossed}"


@pytest.mark.parametrize("room", ["packing", "structure", "superlattice"])
def test_only_assembly_touches_engines(room: str) -> None:
    for file in (ROOT / room).rglob("*.py"):
        assert not imported_packages(file) & ENGINES, file


def test_tests_are_flat_so_that_they_hide_no_room() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
