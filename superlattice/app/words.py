"""The command and the Python call that do what a panel does: the page runs the one, and shows both."""

from __future__ import annotations

import itertools
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KINDS = {"tem": "micrograph", "saxs": "SAXS curve", "pattern": "detector frame", "xrd": "XRD of a multilayer"}
_PICTURES = {".tif", ".tiff", ".png", ".jpg", ".jpeg", ".dm3", ".dm4", ".mrc", ".ser", ".emd", ".bmp"}
_FRAMES = {".edf", ".cbf", ".h5", ".gz", ".npy"}
_SCANS = {".xrdml", ".xy", ".raw", ".xye"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One piece of work, in both tongues.

    Parameters
    ----------
    arguments
        Of ``superlattice`` on the command line.
    python
        The same in Python.
    imports
        What the Python needs before.
    """

    arguments: tuple[str, ...]
    python: str
    imports: str = "import superlattice as sl"

    @property
    def command(self) -> str:
        """What to type."""
        return "superlattice " + shlex.join(self.arguments)

    @property
    def argv(self) -> list[str]:
        """What to run: this very Python, so that the page and its work are of one version."""
        return [sys.executable, "-m", "superlattice", *self.arguments]


def kind_of(file: str | Path) -> str:
    """What a file most likely is, by its name: a key of `KINDS`.

    Examples
    --------
    >>> kind_of("a.TIF"), kind_of("curve.dat"), kind_of("P144.edf.gz"), kind_of("film.xrdml")
    ('tem', 'saxs', 'pattern', 'xrd')
    """
    suffix = Path(str(file).lower()).suffix
    for kind, suffixes in (("tem", _PICTURES), ("pattern", _FRAMES), ("xrd", _SCANS)):
        if suffix in suffixes:
            return kind
    return "saxs"


def measure_words(kind: str, file: str | Path, save: str | Path, **options: Any) -> Words:
    """``superlattice measure`` of a file with options by their Python names; None leaves one out.

    Parameters
    ----------
    kind
        A key of `KINDS`.
    file, save
        What to measure, and the folder for picture and numbers.
    **options
        Such as ``px_per_nm``, ``crop``, ``q_unit``, ``q_range_inv_nm``, ``geometry``.

    Examples
    --------
    >>> words = measure_words("tem", "a.tif", "out", px_per_nm=2.0, crop=(0, 100, 20, 80))
    >>> words.command
    'superlattice measure tem a.tif --px-per-nm 2 --crop 0:100,20:80 --save out'
    >>> words.python
    "sl.measure_tem('a.tif', px_per_nm=2, crop=(0, 100, 20, 80))"
    """
    given = {key: value for key, value in options.items() if value not in (None, "", False)}
    arguments = ["measure", kind, str(file)]
    for key, value in given.items():
        arguments.append("--" + _OPTIONS.get(key, key).replace("_", "-"))
        if value is not True:
            arguments.append(_as_argument(key, value))
    fixed = ", ".join(f"{key}={given[key]!r}" for key in _CONTROL if key in given)
    said = [f"{key}={_as_python(value)}" for key, value in given.items() if key not in _CONTROL]
    said += [f"control=sl.structure.measured.FitControl({fixed})"] if fixed else []
    python = ", ".join([repr(str(file)), *said])
    return Words(arguments=(*arguments, "--save", str(save)), python=f"sl.measure_{kind}({python})")


# What a fit of a curve is given instead of finding it.
_CONTROL = ("phase", "shape")
_OPTIONS = {
    "region_px": "region",
    "q_range_inv_nm": "q_range",
    "scale_error_relative": "scale_error",
    "lorentz_polarization": "lorentz",
}


def _as_argument(key: str, value: Any) -> str:
    if key == "crop":
        return "{}:{},{}:{}".format(*value)
    if key == "region_px":
        return ";".join(f"{x:g},{y:g}" for x, y in value)
    if key == "q_range_inv_nm":
        return f"{value[0]:g}:{value[1]:g}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _as_python(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)


def many_words(kind: str, files: Sequence[str], save: str | Path, **options: Any) -> Words:
    """``superlattice measure`` of several files with the same options: one table.

    Parameters
    ----------
    kind
        A key of `KINDS`.
    files, save
        What to measure, and the folder for the table and the figures.
    **options
        As of `measure_words`.

    Examples
    --------
    >>> words = many_words("saxs", ["a.dat", "b.dat"], "out", q_unit="1/nm")
    >>> words.command
    'superlattice measure saxs a.dat b.dat --q-unit 1/nm --save out'
    >>> words.python
    "sl.measure_files('saxs', ['a.dat', 'b.dat'], options={'q_unit': '1/nm'}, save='out')"
    """
    one = measure_words(kind, files[0], save, **options)
    said = one.python.removeprefix(f"sl.measure_{kind}({files[0]!r}").removesuffix(")").removeprefix(", ")
    given = f", options=dict({said})" if "control=" in said else ""
    plain = {key: value for key, value in options.items() if value not in (None, "", False)}
    if plain and not given:
        given = f", options={plain!r}"
    arguments = (*one.arguments[:2], *files, *one.arguments[3:])
    return Words(arguments=arguments, python=f"sl.measure_files({kind!r}, {list(files)!r}{given}, save={str(save)!r})")


def study_words(command: str, study: str | Path, *more: str) -> Words:
    """A command on the study, and its call.

    Parameters
    ----------
    command
        predict, run, batch, collect, optics, compare or stability; of collect ``study`` is the campaign's folder.
    study
        The study file.
    *more
        Further arguments.

    Examples
    --------
    >>> study_words("run", "mine.toml", "--out", "runs").python
    "sl.run(sl.load('mine.toml'), 'runs')"
    """
    file = str(study)
    calls = {
        "predict": f"sl.predict(sl.load({file!r}))",
        "run": f"sl.run(sl.load({file!r}), {more[more.index('--out') + 1]!r})" if "--out" in more else "",
        "optics": f"sl.optics_of({file!r})",
        "compare": f"sl.compare({', '.join([repr(file), *_pairs(more)])})",
        "batch": f"sl.make_campaign({file!r}, {more[more.index('--out') + 1]!r})" if "--out" in more else "",
        "collect": f"sl.collect(sl.open_campaign({file!r}))",
        "stability": f"stability(sl.load({file!r}){_stability_said(more)})",
    }
    imports = "import superlattice as sl"
    if command == "stability":
        imports += "\nfrom superlattice.stability import Effort, stability"
    return Words(arguments=(command, file, *more), python=calls[command], imports=imports)


def _stability_said(more: tuple[str, ...]) -> str:
    said = f", {more[more.index('--out') + 1]!r}" if "--out" in more else ""
    if "--pressure" in more:
        said += f", pressure_kt_per_nm3={more[more.index('--pressure') + 1]}"
    if "--dry" in more:
        said += ", state='dry'"
    level = "free-energy" if "--free-energy" in more else "hold" if "--hold" in more else "static"
    return said + (f", effort=Effort(level={level!r})" if level != "static" else "")


def _pairs(more: tuple[str, ...]) -> list[str]:
    names = {"--tem": "tem", "--saxs": "saxs", "--q-unit": "q_unit", "--px-per-nm": "px_per_nm"}
    out = []
    for key, value in itertools.pairwise(more):
        if key in ("--tem", "--saxs"):
            out.append(f"{names[key]}=Path({value!r})")
        elif key in names:
            out.append(f"{names[key]}={value if key == '--px-per-nm' else repr(value)}")
    return out
