"""What a docstring owes its reader: the meaning of numbers, the unit or kind of a result, and the errors to expect.

``python tests/test_docstrings.py`` prints what each room still owes.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = tuple(name for name in ("packing", "structure", "assembly", "optics", "superlattice") if (ROOT / name).is_dir())
# Rooms that owe nothing any more: they must not begin to.
PAID = ("packing", "structure", "assembly", "optics", "superlattice")

NUMERIC = re.compile(r"\b(float|int|complex|ArrayLike|NDArray|FloatArray|IntArray|ComplexArray|ndarray)\b")
UNITS = (
    "nm", "nm2", "nm3", "nm4", "inv_nm", "kt", "j", "k", "kelvin", "deg", "rad", "hz", "s", "ps", "px", "kev", "ev",
    "pa", "kg_m3",
)  # fmt: skip
NAMED_UNIT = re.compile(rf"_({'|'.join(UNITS)})$")
# A unit in brackets, a shape, or a word that says what kind of number it is.
SAID_UNIT = re.compile(
    r"\[[^\]]*(nm|kT|J|K|1/|deg|rad|Hz|s|px|eV|%|cells?|particles?|atoms?)[^\]]*\]|\bshape \(|\bshape of\b"
    r"|\b(fractions?|ratios?|share|index|indices|dimensionless|number|count|factor|probability|angle|degrees?|quaternions?"
    r"|matri(x|ces)|coordinates?|logarithm|constant|scale|names?|relative|over the|how many|length of|in the unit)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Owed:
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def functions(file: Path) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Public functions of a module and public methods of its public classes."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name, node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


def section(text: str, title: str) -> str:
    """The lines under a numpydoc heading, empty without one."""
    found = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[^\n]*\n-+\n|\Z)", text, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


def described(name: str, text: str) -> bool:
    """Whether a parameter is named at the head of an entry under Parameters, or in the prose."""
    heads = [line.split(" : ")[0] for line in section(text, "Parameters").splitlines() if line[:1].strip()]
    listed = {word.strip(" *") for head in heads for word in head.split(",")}
    prose = text.partition("Examples\n--------")[0]
    return name in listed or f"``{name}``" in prose


def says_what_it_returns(node: ast.FunctionDef, text: str) -> bool:
    return bool(
        NAMED_UNIT.search(node.name) or section(text, "Returns") or SAID_UNIT.search(text.partition("\n>>>")[0])
    )


def raised_directly(node: ast.FunctionDef) -> bool:
    """Whether ``raise InputError(...)`` stands in the body itself, not in a function inside it."""
    todo: list[ast.AST] = list(node.body)
    while todo:
        one = todo.pop()
        if isinstance(one, ast.Raise) and isinstance(one.exc, ast.Call) and "InputError" in ast.unparse(one.exc.func):
            return True
        if not isinstance(one, ast.FunctionDef | ast.Lambda):
            todo += ast.iter_child_nodes(one)
    return False


def owed_by(room: Path) -> Iterator[Owed]:
    for file in sorted(room.rglob("*.py")):
        for name, node in functions(file):
            text = ast.get_docstring(node) or ""
            where = f"{file.relative_to(room.parent)}: {name}"
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            for argument in arguments:
                kind = ast.unparse(argument.annotation) if argument.annotation else ""
                if NUMERIC.search(kind) and not described(argument.arg, text):
                    yield Owed(where, f"parameter {argument.arg} has no meaning")
            kind = ast.unparse(node.returns) if node.returns else ""
            if NUMERIC.search(kind) and not says_what_it_returns(node, text):
                yield Owed(where, "the result has no unit or kind")
            if raised_directly(node) and "InputError" not in text:
                yield Owed(where, "an InputError is not said")


def handed_out(room: Path) -> Iterator[tuple[Path, str]]:
    """Names that a room hands out, by its stub or by what its face imports for type checking, with their files."""
    stub = room / "__init__.pyi"
    face = stub if stub.exists() else room / "__init__.py"
    for node in ast.walk(ast.parse(face.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module != "__future__":
            for alias in node.names:
                base = room if node.level else room.parent
                yield base / f"{node.module.replace('.', '/')}.py", alias.name


def without_example(room: Path) -> Iterator[str]:
    for file, name in handed_out(room):
        if not file.exists():  # of a library
            continue
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if (
                isinstance(node, ast.FunctionDef)
                and node.name == name
                and ">>> " not in (ast.get_docstring(node) or "")
            ):
                yield name


@pytest.mark.parametrize("room", PAID)
def test_numbers_have_a_meaning_results_a_unit_and_errors_a_word(room: str) -> None:
    assert [str(owed) for owed in owed_by(ROOT / room)] == []


@pytest.mark.parametrize("room", ["packing", "structure", "optics", "assembly"])
def test_what_a_room_hands_out_shows_how_it_is_called(room: str) -> None:
    assert list(handed_out(ROOT / room))
    assert list(without_example(ROOT / room)) == []


def test_what_is_owed_is_found(tmp_path: Path) -> None:
    """The test of the test: each kind of debt, once; and its payment."""
    room = tmp_path / "room"
    room.mkdir()
    (room / "owing.py").write_text('''def width(edge_nm: float, n: int) -> float:
    """Something of a cube.

    Parameters
    ----------
    n
        How often.
    """
    if n < 0:
        raise InputError("n")
    return edge_nm


class Kind:
    def worth(self, x: float) -> float:
        """What ``x`` is worth [kT]."""
        return x
''')
    assert [owed.what for owed in owed_by(room)] == [
        "parameter edge_nm has no meaning",
        "the result has no unit or kind",
        "an InputError is not said",
    ]
    (room / "__init__.pyi").write_text("from .owing import Kind as Kind, width as width\n")
    assert list(without_example(room)) == ["width"]


if __name__ == "__main__":
    for room_name in ROOMS:
        debts = [*owed_by(ROOT / room_name)]
        kinds = Counter(re.sub(r"parameter \w+", "parameter", debt.what) for debt in debts)
        shown = [*without_example(ROOT / room_name)] if (ROOT / room_name / "__init__.pyi").exists() else []
        print(f"{room_name}: {dict(kinds)}; handed out without an example: {', '.join(shown) or 'none'}")
