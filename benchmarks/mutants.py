"""Do the tests bite? Deliberate errors, one at a time, in a copy of the tree; which of them no test notices.

    python benchmarks/mutants.py --room packing --n 30 --seed 1

Numbers are doubled, comparisons turned, + and - and * and / exchanged, roots and signs removed, min and max swapped, in
the code of a room and never in what it prints or draws. For each error the tests run that import the module, directly
or through others, the nearest first, until one fails; doctests do not count, since many of them copy an output. A test
that runs into the limit of processor time has noticed. Slow tests are left out unless ``--slow`` asks for them.
``--at FILE:LINE``
takes every error on a line instead of a drawing, ``--tests FILE`` other tests than those that reach the module.

Where the error is inside a function, it is put into a fork of a process that has loaded house and tests already. What
lives there runs again in a fresh process: the function may have done its work while modules were loaded.

Why a script of its own: mutmut 3 leaves out decorated functions and everything outside functions, which is where
properties and most physical constants are, and reaches functions through trampolines that dataclasses with slots,
doctests and lazy stubs do not survive; cosmic-ray has no doubled numbers, removed roots or swapped extremes, no seeded
choice, and one test command for all modules. Every other project would take one of them.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import functools
import importlib
import inspect
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("packing", "structure", "optics", "assembly", "superlattice")
# Loaded once, for all tests; not hypothesis, whose asserts pytest wants to rewrite.
LIBRARIES = (
    "numpy",
    "scipy.optimize",
    "scipy.spatial",
    "scipy.integrate",
    "matplotlib.pyplot",
    "ase",
    "ase.spacegroup",
)
# Exit codes of a fork that ran its tests are those of pytest and this; any other says that they did not run.
RAN = 100
# In place of a code of pytest: the error is not inside a function.
OUTSIDE = 50
MEMORY_BYTES = 6 * 2**30
# A test that waits for what never comes uses no processor time: it ends after so many times the limit by the clock.
WAITS = 10
# Rows of data from handbooks: a wrong one is found by reading it, not by a law.
DATA = {"packing/matter/material_table.py"}
# Numbers below this are tolerances and steps.
SMALL = 1e-5

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
COMBINED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
}  # fmt: skip
SWAPPED = {
    "min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "argmin": "argmax", "argmax": "argmin",
    "any": "all", "all": "any", "cos": "sin", "sin": "cos", "floor": "ceil", "ceil": "floor", "mean": "sum",
}  # fmt: skip
SHOWING = ("plot", "draw", "repr", "summary", "text")
DROPPED = {"sqrt", "cbrt", "abs", "log", "log1p", "exp", "radians", "degrees"}


@dataclass(frozen=True)
class Mutant:
    """One deliberate error: bytes ``start`` to ``stop`` of a file become ``after``."""

    file: str
    line: int
    start: int
    stop: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.before}  ->  {self.after}"


def changed(node: ast.AST) -> str | None:
    """The source of a node with one error in it, None where this kind of node takes none."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float) and not 0 < abs(node.value) < SMALL:
        return repr(node.value * 2 or 1)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return repr(not node.value)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        return _source(ast.Compare(node.left, [COMPARED[type(node.ops[0])](), *node.ops[1:]], node.comparators))
    if isinstance(node, ast.BinOp) and type(node.op) in COMBINED:
        return _source(ast.BinOp(node.left, COMBINED[type(node.op)](), node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        return _source(node.operand)
    if isinstance(node, ast.BoolOp):
        return _source(ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values))
    if isinstance(node, ast.Call):
        return _changed_call(node)
    return None


def _changed_call(node: ast.Call) -> str | None:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in DROPPED and len(node.args) == 1:
        return _source(node.args[0])
    if name not in SWAPPED:
        return None
    other = SWAPPED[name]
    function: ast.expr = ast.Name(other)
    if isinstance(node.func, ast.Attribute):
        function = ast.Attribute(node.func.value, other, ast.Load())
    return _source(ast.Call(function, node.args, node.keywords))


def _source(node: ast.AST) -> str:
    return f"({ast.unparse(ast.fix_missing_locations(node))})"


def numbers_and_steps(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes that decide what a program computes: no messages, drawings, annotations or printed text."""
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom | ast.Assert):
        return
    if isinstance(node, ast.FunctionDef) and any(word in node.name for word in SHOWING):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "slice"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from numbers_and_steps(child)


def mutants_of(file: Path, root: Path) -> list[Mutant]:
    """Every error that fits into a file."""
    raw = file.read_bytes()
    starts = [0]
    for line in raw.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node in numbers_and_steps(ast.parse(raw)):
        after = changed(node)
        if after is None or not isinstance(node, ast.expr):
            continue
        start = starts[node.lineno - 1] + node.col_offset
        stop = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        before = " ".join(raw[start:stop].decode().split())
        found.append(Mutant(file.relative_to(root).as_posix(), node.lineno, start, stop, before, after))
    return found


@functools.cache
def imports(file: Path) -> set[str]:
    """Modules of the house that a file imports, those of a package's lazy face included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in names if name.split(".")[0] in ROOMS}


def module_name(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def tests_of(file: str, root: Path, graph: dict[str, set[str]]) -> list[list[str]]:
    """Test files that reach a module: those that import it themselves, then those of its room that do by others."""
    target, room = module_name(file), file.split("/")[0]
    reaching = {target}
    while True:
        more = {name for name, used in graph.items() if used & reaching} - reaching
        if not more:
            break
        reaching |= more
    tests = sorted((root / "tests").glob("test_*.py"))
    near = [t for t in tests if target in imports(t)]
    far = [t for t in tests if t not in near and imports(t) & reaching and t.name.startswith(f"test_{room}")]
    # Short files first: the sooner one fails the better.
    far.sort(key=lambda t: t.stat().st_size)
    return [[f"tests/{t.name}" for t in group] for group in (near, far) if group]


def notices(tree: Path, groups: list[list[str]], limit_s: float, slow: bool, mutant: Mutant | None = None) -> str:
    """``"killed"`` by a test, ``"time"`` where one ran into the limit, or ``"lives"``."""
    for group in groups:
        tested = multiprocessing.get_context("fork").Process(target=_test, args=(tree, group, slow, mutant, limit_s))
        tested.start()
        tested.join(WAITS * limit_s)
        if tested.is_alive():
            tested.kill()
            tested.join()
            return "time"
        if tested.exitcode == -signal.SIGXCPU:
            return "time"
        code = (tested.exitcode or 0) - RAN
        if code == OUTSIDE:
            return "outside"
        if code in (int(pytest.ExitCode.TESTS_FAILED), int(pytest.ExitCode.INTERRUPTED)):
            return "killed"
        # Nothing is collected where all tests of a file are slow.
        if code not in (int(pytest.ExitCode.OK), int(pytest.ExitCode.NO_TESTS_COLLECTED)):
            raise SystemExit(f"mutants: {', '.join(group)} did not run (exit code {tested.exitcode}).")
    return "lives"


def _test(tree: Path, files: list[str], slow: bool, mutant: Mutant | None, limit_s: float) -> None:
    """Run tests in this process, a fork of one that has loaded libraries, house and tests."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    _bounded(limit_s)
    if mutant is not None and not put_in(tree, mutant):
        os._exit(RAN + OUTSIDE)
    os._exit(RAN + int(pytest.main([*_options(slow), "-x", *files])))


def _bounded(limit_s: float) -> None:
    """An error that asks for all memory there is fails its test instead of the machine; one that never ends, ends.

    The limit is of processor time: on a machine that others use, tests that wait for a core notice nothing by that.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + limit_s) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 10))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def notices_afresh(tree: Path, groups: list[list[str]], limit_s: float, slow: bool) -> str:
    """As `notices`, in processes that have loaded nothing yet: the error is in the file."""
    for group in groups:
        words = [sys.executable, "-m", "pytest", *_options(slow), "-x", *group]
        try:
            done = subprocess.run(
                words, cwd=tree, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=WAITS * limit_s,
                preexec_fn=functools.partial(_bounded, limit_s),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return "time"
        if done.returncode == -signal.SIGXCPU:
            return "time"
        if done.returncode in (int(pytest.ExitCode.TESTS_FAILED), int(pytest.ExitCode.INTERRUPTED)):
            return "killed"
    return "lives"


def _options(slow: bool) -> list[str]:
    marked = "not hoomd" if slow else "not slow and not hoomd"
    # Of modules that are there already pytest cannot rewrite the asserts.
    ignored = "ignore::pytest.PytestAssertRewriteWarning"
    return ["-n0", "-q", "-p", "no:cacheprovider", "--no-header", "-m", marked, "-W", ignored]


def load(tree: Path, files: list[str]) -> None:
    """Load house and tests from the copy, for every fork."""
    os.chdir(tree)
    sys.path[:] = [str(tree), *(p for p in sys.path if Path(p or ".").resolve() != ROOT)]
    os.environ["PYTHONPATH"] = str(tree)
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        if pytest.main([*_options(slow=True), "--collect-only", *files]):
            raise SystemExit("mutants: the tests cannot be collected. Mend them first.")


def put_in(tree: Path, mutant: Mutant) -> bool:
    """Change the loaded function that holds the error; False where it stands outside of all."""
    raw = (tree / mutant.file).read_bytes()
    changed_source = raw[: mutant.start] + mutant.after.encode() + raw[mutant.stop :]
    module = importlib.import_module(module_name(mutant.file))
    codes = {code.co_qualname: code for code in _codes(compile(changed_source, str(tree / mutant.file), "exec"))}
    found = False
    for function in _functions(module):
        code = codes.get(function.__code__.co_qualname)
        if code is not None and code != function.__code__:
            function.__code__, found = code, True
    return found


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _codes(constant)


def _functions(holder: Any) -> Iterator[types.FunctionType]:
    """Functions and methods of a module, without what wraps them."""
    name = getattr(holder, "__module__", holder.__name__)
    for value in list(vars(holder).values()):
        if isinstance(value, type) and value.__module__ == name and value is not holder:
            yield from _functions(value)
            continue
        for inner in (value, *(getattr(value, word, None) for word in ("fget", "func", "__func__"))):
            unwrapped = inspect.unwrap(inner) if callable(inner) else None
            if isinstance(unwrapped, types.FunctionType) and unwrapped.__module__ == name:
                yield unwrapped


def copied(into: Path) -> Path:
    """A copy of what git knows of the tree, with its data beside it."""
    tree = into / "tree"
    words = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    if (ROOT.parent / "shared").exists():
        (into / "shared").symlink_to((ROOT.parent / "shared").resolve())
    return tree


def chosen(rooms: list[str], n: int, seed: int, under: str) -> list[Mutant]:
    """A seeded choice, spread over files before it takes two of one."""
    rng = random.Random(seed)
    files = [f for room in rooms for f in sorted((ROOT / room).rglob("*.py")) if f.name != "__init__.py"]
    by_file = [mutants_of(f, ROOT) for f in files if f.relative_to(ROOT).as_posix() not in DATA and under in str(f)]
    pools = [rng.sample(pool, len(pool)) for pool in by_file if pool]
    taken: list[Mutant] = []
    while pools and len(taken) < n:
        rng.shuffle(pools)
        taken += [pool.pop() for pool in pools[: n - len(taken)]]
        pools = [pool for pool in pools if pool]
    return taken


def on_lines(places: list[str]) -> list[Mutant]:
    """Every error that fits on the lines named as ``FILE:LINE``."""
    found = []
    for place in places:
        file, _, line = place.rpartition(":")
        found += [m for m in mutants_of(ROOT / file, ROOT) if m.line == int(line)]
    return found


def compiled(tree: Path) -> None:
    """Bytecode for all that stays as it is: what is changed is newer than its own, so that it is compiled again."""
    words = [sys.executable, "-m", "compileall", "-q", *ROOMS]
    subprocess.run(words, cwd=tree, stdout=subprocess.DEVNULL, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--room", choices=ROOMS, action="append", help="default: all five")
    parser.add_argument("--under", default="", help="only files whose path has this in it")
    parser.add_argument("--at", action="append", metavar="FILE:LINE", help="every error on this line, no drawing")
    parser.add_argument("--tests", nargs="+", metavar="FILE", help="run these tests for every error")
    parser.add_argument("--n", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--limit", type=float, default=300.0, help="seconds of processor time for the tests of one error"
    )
    parser.add_argument("--slow", action="store_true", help="run slow tests too")
    parser.add_argument("--list", action="store_true", help="show the errors and run nothing")
    parser.add_argument("--log", type=Path, help="JSON lines; what is in it already is not run again")
    args = parser.parse_args()
    mutants = on_lines(args.at) if args.at else chosen(args.room or [*ROOMS], args.n, args.seed, args.under)
    known = {}
    if args.log and args.log.exists():
        known = {json.loads(line)["mutant"]: json.loads(line)["outcome"] for line in args.log.read_text().splitlines()}
    if args.list:
        print(*mutants, sep="\n")
        return
    for library in LIBRARIES:
        importlib.import_module(library)
    sys.dont_write_bytecode = True
    graph = {
        module_name(f.relative_to(ROOT).as_posix()): imports(f) for room in ROOMS for f in (ROOT / room).rglob("*.py")
    }
    with tempfile.TemporaryDirectory(prefix="mutants_") as folder:
        tree = copied(Path(folder))
        compiled(tree)
        tests = {m: [args.tests] if args.tests else tests_of(m.file, ROOT, graph) for m in mutants}
        load(tree, sorted({file for groups in tests.values() for group in groups for file in group}))
        first = tests[mutants[0]]
        if notices(tree, first[:1], args.limit, args.slow) != "lives":
            raise SystemExit(f"mutants: {', '.join(first[0])} fail without any error. Mend the tests first.")
        for mutant in mutants:
            if str(mutant) in known:
                continue
            started = time.monotonic()
            outcome = notices(tree, tests[mutant], args.limit, args.slow, mutant)
            if outcome in ("lives", "outside"):
                file = tree / mutant.file
                whole = file.read_bytes()
                file.write_bytes(whole[: mutant.start] + mutant.after.encode() + whole[mutant.stop :])
                outcome = notices_afresh(tree, tests[mutant], args.limit, args.slow)
                file.write_bytes(whole)
            known[str(mutant)] = outcome
            print(f"{outcome:6} {time.monotonic() - started:6.0f} s  {mutant}", flush=True)
            if args.log:
                with args.log.open("a") as log:
                    log.write(json.dumps({"mutant": str(mutant), "outcome": outcome, **asdict(mutant)}) + "\n")
        os.chdir(ROOT)
    living = [str(m) for m in mutants if known[str(m)] == "lives"]
    print(f"\n{len(living)} of {len(mutants)} live", *living, sep="\n  ")


if __name__ == "__main__":
    main()
