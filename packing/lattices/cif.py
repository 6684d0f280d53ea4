"""Crystal templates from CIF files: any prototype can be packed with nanocrystals."""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from packing.lattices.templates import Orbit, Parameter, Template, Triple, sites

FloatArray = NDArray[np.float64]

_MOVE = 0.05
# Coordinates in files have four digits or more.
_ROUNDING = 2e-4


def template_from_cif(path: str | Path, *, kinds: Mapping[str, str] | None = None, name: str | None = None) -> Template:
    """A template with the sites, symmetry and freedom of a crystal in a CIF file.

    Axial ratios that the crystal system leaves open are free; coordinates that the site symmetry leaves open are
    freed by ``relax=True``, within 0.05 of the file's.

    Parameters
    ----------
    path
        The CIF; its first block is taken.
    kinds
        Kind of nanocrystal for each element, e.g. ``{"Mg": "A", "Zn": "B"}``; left out, A, B, C, ... in order of
        appearance.
    name
        Name of the template; left out, the file's.

    Raises
    ------
    InputError
        For a file that cannot be read as a CIF, or an element without a kind.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from packing.contact.packing import densest_packing
    >>> from packing.shapes import Sphere
    >>> sizes = {"A": Sphere(diameter_nm=6.0), "B": Sphere(diameter_nm=3.0)}
    >>> with TemporaryDirectory() as folder:
    ...     densest_packing("NaCl", sizes).save(Path(folder) / "rocksalt.cif")
    ...     salt = template_from_cif(Path(folder) / "rocksalt.cif", name="salt")
    >>> round(densest_packing(salt, sizes).packing_fraction, 4)
    0.6981
    """
    target = Path(path)
    block = _first_block(target)
    listed = block.get_unsymmetrized_structure()
    group = block.get_spacegroup(subtrans_included=True)
    elements = tuple(dict.fromkeys(listed.get_chemical_symbols()))
    named = dict(kinds) if kinds is not None else dict(zip(elements, string.ascii_uppercase, strict=False))
    missing = [e for e in elements if e not in named]
    if missing:
        raise InputError(f"kinds must name every element of {target.name}, {', '.join(missing)} is missing.")
    template = _template(name or target.stem, listed, int(group.no), int(group.setting), named)
    expected = block.get_atoms()
    if len(sites(template).kinds) != len(expected):
        # A setting that the tables do not have: every site of the cell is then given by itself, without freedom.
        template = _template(name or target.stem, expected, 1, 1, named)
    return template


def _first_block(path: Path) -> Any:
    from ase.io.cif import parse_cif

    try:
        with path.open("rb") as stream:
            block = next(iter(parse_cif(stream)))
        block.get_unsymmetrized_structure()
    except OSError as error:
        raise InputError(f"path {path.name!r} cannot be read ({error.strerror}). Give a CIF file.") from error
    except Exception as error:
        raise InputError(f"path {path.name!r} holds no crystal that ASE can read as CIF ({error}).") from error
    return block


def _template(name: str, atoms: Any, number: int, setting: int, kinds: Mapping[str, str]) -> Template:
    cell = np.asarray(atoms.cell.array, dtype=float)
    lengths = np.linalg.norm(cell, axis=1)
    axes = [tuple(float(x) for x in row) for row in cell / lengths[:, None]]
    parameters = _ratios(number, lengths)
    orbits: list[Orbit] = []
    for symbol, point in zip(atoms.get_chemical_symbols(), atoms.get_scaled_positions(), strict=True):
        along: list[tuple[str, Triple]] = []
        exact, directions = _site(number, setting, point) if number > 1 else (point, np.empty((0, 3)))
        for k, direction in enumerate(directions):
            label = f"{symbol}{len(orbits) + 1}{'uvw'[k]}"
            along.append((label, (float(direction[0]), float(direction[1]), float(direction[2]))))
            parameters.append(Parameter(name=label, ideal=0.0, low=-_MOVE, high=_MOVE, relaxed_only=True))
        at = (float(exact[0]), float(exact[1]), float(exact[2]))
        orbits.append(Orbit(kind=kinds[symbol], at=at, along=tuple(along)))
    by_kind: dict[str, str] = {}
    for symbol in atoms.get_chemical_symbols():
        by_kind.setdefault(kinds[symbol], symbol)
    return Template(
        name=name,
        spacegroup=number,
        setting=setting,
        orbits=tuple(orbits),
        elements=tuple(by_kind.values()),
        axes=(_triple(axes[0]), _triple(axes[1]), _triple(axes[2])),
        parameters=tuple(parameters),
    )


def _triple(values: tuple[float, ...]) -> Triple:
    return values[0], values[1], values[2]


def _ratios(number: int, lengths: FloatArray) -> list[Parameter]:
    """Axial ratios that a crystal system leaves open: none if cubic, c/a from tetragonal to hexagonal, else both.

    In P1 they are held (``relaxed_only``), as the file may be any crystal that was written without its symmetry.
    """
    if number >= 195:
        return []
    found = []
    for which, name in ((1, "b/a"), (2, "c/a")):
        if which == 1 and number >= 75:
            continue
        ideal = float(lengths[which] / lengths[0])
        found.append(Parameter(name=name, ideal=ideal, low=0.4 * ideal, high=2.5 * ideal, relaxed_only=number == 1))
    return found


def _site(number: int, setting: int, point: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A site freed of the file's rounding, and the directions in which it can move and keep its symmetry.

    Both follow from the operations that hold the site: their mean leaves the site where it is, and a direction as it
    is or turns it to nothing.
    """
    from ase.spacegroup import Spacegroup

    held, images = [], []
    for rotation, translation in Spacegroup(number, setting).get_symop():
        image = np.asarray(rotation) @ point + np.asarray(translation)
        away = image - point
        if np.all(np.abs(away - np.round(away)) < _ROUNDING):
            held.append(np.asarray(rotation, dtype=float))
            images.append(image - np.round(away))
    left, strength, _ = np.linalg.svd(np.mean(held, axis=0))
    return np.mean(images, axis=0), np.asarray(left[:, strength > 0.5].T)
