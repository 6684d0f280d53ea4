"""Rooms and sub-rooms keep their arrows, and no two files import each other in a circle.

The order below is the picture in ARCHITECTURE.md: a sub-room imports only from those on lines above its own. Imports
inside functions and those for type checking count like any other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = {
    "packing": {"packing"},
    "assembly": {"packing", "assembly"},
    "structure": {"packing", "structure"},
    "optics": {"packing", "optics"},
    "superlattice": {"packing", "assembly", "structure", "optics", "superlattice"},
}
# "" is the room's own files: the language that its sub-rooms share. "face" is what hands out names and starts commands.
LAYERS: dict[str, list[set[str]]] = {
    "packing": [
        {""},
        {"matter", "spacing", "lattices"},
        {"pair", "contact"},
        {"binary", "surface"},
        {"ranking", "pose"},
        {"prediction", "inverse"},
    ],
    "structure": [
        {""},
        {"crystals", "imaging", "measured"},
        {"order", "patterns", "fourier"},
        {"form_factors", "lattice", "micrographs", "pattern_fit"},
        {"saxs", "saxs_fit"},
        {"diffraction", "study_fit"},
        {"xrd_fit", "grazing", "multislice"},
    ],
    "optics": [
        {""},
        {"materials"},
        {"emission", "polarisation", "medium"},
        {"excitation"},
        {"cavity", "red_shift", "collective"},
        {"fingerprints"},
    ],
    "assembly": [
        {"", "system"},
        {"engines", "models"},
        {"run", "pair_force", "crystal"},
        {"export", "free_energy"},
        {"growth"},
    ],
    "superlattice": [
        {"", "study"},
        {"pictures"},
        {"steps", "inverse", "stability", "measuring", "plots"},
        {"comparison"},
        {"pipeline", "sharing"},
        {"campaign"},
        {"scheduling"},
        {"app"},
        {"commands"},
        {"face"},
    ],
}
FACES = {"superlattice/__init__.py": "face", "superlattice/cli.py": "face", "superlattice/__main__.py": "face"}
ENGINES = {"hoomd", "lammps", "mpi4py"}
MOST_FILES = 15
MOST_LINES = 300


def source_files(root: Path, room: str) -> list[Path]:
    return sorted((root / room).rglob("*.py"))


@cache
def imported_modules(root: Path, file: Path) -> set[str]:
    """Dotted names of the modules that a file imports; of a package, the modules that are named after ``import``."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: write imports from the package's name, not relative ones"
            module = node.module or ""
            inside = {f"{module}.{alias.name}" for alias in node.names}
            found = {name for name in inside if path_of(root, name)}
            names |= found or {module}
    return names


def path_of(root: Path, module: str) -> Path | None:
    """The file of a module of this house."""
    base = root / module.replace(".", "/")
    for file in (base.with_suffix(".py"), base / "__init__.py"):
        if file.is_file():
            return file
    return None


def place(root: Path, file: Path) -> tuple[str, str]:
    """Room and sub-room of a file."""
    parts = file.relative_to(root).parts
    named = FACES.get("/".join(parts))
    return parts[0], named or (parts[1] if len(parts) > 2 else "")


def crossings(root: Path, rooms: Iterable[str] = ROOMS) -> list[str]:
    """Every import that runs against the arrows, as text."""
    wrong = []
    for room in rooms:
        level = {sub: i for i, layer in enumerate(LAYERS[room]) for sub in layer}
        for file in source_files(root, room):
            room_here, sub = place(root, file)
            where = file.relative_to(root).as_posix()
            if sub not in level:
                wrong.append(f"{where}: sub-room {room_here}.{sub} stands in no layer")
                continue
            for module in imported_modules(root, file):
                target = path_of(root, module)
                top = module.split(".")[0]
                if top in ROOMS and top not in ROOMS[room]:
                    wrong.append(f"{where} imports {module}: {room} does not import {top}")
                elif target is not None and top == room:
                    other = place(root, target)[1]
                    if other != sub and level.get(other, -1) >= level[sub] and (other, sub) not in LANGUAGE:
                        wrong.append(f"{where} imports {module}: {room}.{sub or 'root'} stands below {other or 'root'}")
    return wrong


# The room's own files and its vocabulary stand on one line, and know each other.
LANGUAGE = {("", "system"), ("study", ""), ("", "study")}


def circles(root: Path, rooms: Iterable[str] = ROOMS) -> list[str]:
    """A circle of files, if there is one. What only hands names on (a lazy face) is no file of a circle."""
    graph: dict[str, set[str]] = {}
    for room in rooms:
        for file in source_files(root, room):
            targets = {path_of(root, m) for m in imported_modules(root, file) if m.split(".")[0] in ROOMS}
            graph[str(file.relative_to(root))] = {
                str(t.relative_to(root)) for t in targets if t is not None and t != file and t.name != "__init__.py"
            }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [str(part) for part in error.args[1]]
    return []


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_and_sub_rooms_import_only_along_the_arrows(room: str) -> None:
    assert source_files(ROOT, room)
    assert crossings(ROOT, [room]) == []


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circles(ROOT) == []


@pytest.mark.parametrize("room", ["packing", "structure", "optics", "superlattice"])
def test_only_assembly_touches_engines(room: str) -> None:
    for file in source_files(ROOT, room):
        assert not {m.split(".")[0] for m in imported_modules(ROOT, file)} & ENGINES, file


@pytest.mark.parametrize("room", ROOMS)
def test_a_folder_answers_one_question_and_a_file_can_be_read_at_once(room: str) -> None:
    folders: dict[Path, int] = {}
    for file in source_files(ROOT, room):
        folders[file.parent] = folders.get(file.parent, 0) + 1
        assert len(file.read_text(encoding="utf-8").splitlines()) <= MOST_LINES, file
    assert not {folder: n for folder, n in folders.items() if n > MOST_FILES}


def write_house(root: Path, **files: str) -> None:
    """A small house with the same rooms: ``packing__pair__energy="import ..."``."""
    for name, text in files.items():
        file = root / (name.replace("__", "/") + ".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"packing__a": "", "structure__b": "", "packing__c": "from structure.b import x"}, "packing does not import"),
        ({"packing__pair__a": "", "packing__matter__b": "from packing.pair.a import x"}, "packing.matter stands below"),
        ({"packing__pair__a": "", "packing__contact__b": "import packing.pair.a"}, "packing.contact stands below"),
        (
            {"packing__pair__a": "", "packing__b": "def f():\n    from packing.pair import a"},
            "packing.root stands below",
        ),
        ({"packing__attic__a": ""}, "stands in no layer"),
        (
            {"assembly__run__a": "", "assembly__models__b": "from assembly.run.a import x"},
            "assembly.models stands below",
        ),
    ],
)
def test_an_arrow_that_is_turned_is_found(tmp_path: Path, files: dict[str, str], named: str) -> None:
    write_house(tmp_path, **files)
    (found,) = crossings(tmp_path)
    assert named in found


def test_an_arrow_along_the_layers_is_none_that_is_turned(tmp_path: Path) -> None:
    write_house(
        tmp_path, packing__a="", packing__pair__b="from packing.a import x", structure__c="from packing.a import x"
    )
    assert crossings(tmp_path) == []
    assert circles(tmp_path) == []


@pytest.mark.parametrize("last", ["import packing.pair.a", "def f():\n    from packing.pair import a"])
def test_a_circle_of_files_is_found(tmp_path: Path, last: str) -> None:
    write_house(
        tmp_path, packing__pair__a="from packing.pair.b import x", packing__pair__b="from packing.pair.c import x"
    )
    write_house(tmp_path, packing__pair__c=last)
    assert {Path(name).stem for name in circles(tmp_path)} == {"a", "b", "c"}


def test_no_module_bears_the_name_of_what_its_package_hands_out() -> None:
    """A later import of such a module would rebind the name to the module."""
    for room in ROOMS:
        for stub in (ROOT / room).rglob("__init__.pyi"):
            modules = {file.stem for file in stub.parent.glob("*.py")} | {
                d.name for d in stub.parent.iterdir() if d.is_dir()
            }
            for node in ast.parse(stub.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ImportFrom) and node.module:
                    assert not modules & {alias.name for alias in node.names}, stub


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_hands_out_its_names(room: str) -> None:
    package = import_module(room)
    names = [name for name in dir(package) if not name.startswith("_")]
    assert names
    assert all(hasattr(package, name) for name in names)
    with pytest.raises(AttributeError):
        package.nothing  # noqa: B018


def test_tests_are_flat_so_that_they_hide_no_room() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
