"""The engine's cache for cubes with spheres: the densest packings found, on a grid of size ratios.

Kept as ``cube_sphere_table.json`` beside this file, which ``python -m packing.binary.cube_sphere_table [NAME ...]``
writes anew from what it holds, so that it only ever gains. Every entry is a packing without overlap and so holds at any
smaller size of the smaller particle; a search can only undershoot the true optimum.
"""

from __future__ import annotations

import json
import math
import sys
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.binary.cube_sphere_search import cube_sphere_shapes, searched_curve
from packing.checks import require_known
from packing.configuration import matrices_to_quaternions, quaternions_to_matrices
from packing.contact.bodies import widened_box
from packing.contact.contact import FilledTemplate, Pairs, States, neighbour_pairs, pair_scales
from packing.contact.continuation import free_state
from packing.contact.densest_search import log_volume
from packing.contact.packed import PackedLattice, packed_lattice
from packing.errors import InputError
from packing.files import write_atomically
from packing.lattices.catalogue import template
from packing.shapes import Shape

FloatArray = NDArray[np.float64]

TABLE_FILE = Path(__file__).with_name("cube_sphere_table.json")
CUBE_NAMES = (
    "NaCl", "CsCl", "ZnS", "CaF2", "Li3Bi", "AuCu", "AuCu3", "ABO3", "AlB2", "CaB6", "CaCu5", "ReO3", "Cr3Si", "Fe4C",
)  # fmt: skip
"""Lattices that the table holds: up to six sites in the primitive cell."""
# A regular grid, and the size ratios at which the aligned and rotated closed forms have their cusps.
_CUSPS = (2**0.5 - 1, 6**-0.5, 1 - 3**-0.5, 0.5, 3**-0.5, 2**-0.5)
_GAMMAS = np.unique(np.round([*np.arange(0.14, 1.0001, 0.02), *_CUSPS], 8))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """One lattice with cubes on one of its kinds: volumes and states against size ratio.

    Parameters
    ----------
    name
        Name of the lattice.
    cube_on
        ``"A"`` or ``"B"`` (with O).
    gamma
        Size of B over size of A (diameter of a sphere, edge of a cube), shape (G,).
    log_volume
        Logarithm of the cell volume with the size of A as the unit, shape (G,), rising.
    states
        What the engine needs to make each packing again.
    """

    name: str
    cube_on: str
    gamma: FloatArray
    log_volume: FloatArray
    states: tuple[dict[str, Any], ...]

    def packing_fraction(self, gamma: ArrayLike) -> FloatArray:
        """Packing fraction interpolated in the cell volume, vectorised; good to about 0.01 at a cusp.

        Below the table's smallest size ratio the cell is kept: it holds any smaller B.

        Parameters
        ----------
        gamma
            Size of B over size of A, any shape.

        Raises
        ------
        InputError
            For a size ratio above 1.
        """
        g = self._checked(gamma)
        counts = template(self.name).counts
        others = sum(n for kind, n in counts.items() if kind != "A")
        a = 1.0 if self.cube_on == "A" else np.pi / 6
        b = np.pi / 6 if self.cube_on == "A" else 1.0
        volume = np.interp(g, self.gamma, np.exp(self.log_volume))
        return np.asarray((counts["A"] * a + others * b * g**3) / volume)

    def packing(self, gamma: float) -> PackedLattice:
        """A packing without overlap at any size ratio up to 1: the denser of the two neighbouring states.

        Parameters
        ----------
        gamma
            Size of B over size of A.
        """
        g = float(self._checked(gamma))
        right = int(np.clip(np.searchsorted(self.gamma, g), 1, len(self.gamma) - 1))
        shapes = cube_sphere_shapes(self.name, self.cube_on, g)
        found = []
        for k in (right - 1, right):
            crystal, state = self._at(k, shapes)
            pairs = neighbour_pairs(crystal, state)
            found.append((_log_volume(crystal, state, pairs), crystal, state, pairs))
        _, crystal, state, pairs = min(found, key=lambda one: one[0])
        return packed_lattice(crystal, state, shapes, pairs)

    def _at(self, index: int, shapes: dict[str, Shape]) -> tuple[FilledTemplate, States]:
        kept = self.states[index]
        known = template(self.name)
        crystal = FilledTemplate(
            known, tuple(widened_box(shapes[kind]) for kind in known.kinds), kept.get("link", "free")
        )
        rotations = quaternions_to_matrices(np.array(kept["orientations"]).reshape(-1, 4))
        coordinates = np.array(kept["coordinates"]).reshape(1, -1)
        return crystal, States(np.array([kept["ratios"]]), coordinates, rotations[None])

    def _checked(self, gamma: ArrayLike) -> FloatArray:
        g = np.asarray(gamma, dtype=np.float64)
        if not np.all((g > 0) & (g <= 1 + 1e-9)):
            raise InputError(
                f"gamma of {self.name} with cubes on {self.cube_on} must be above 0 and at most 1, got "
                f"{g.min():g} to {g.max():g}. Call the larger particle A."
            )
        return np.minimum(g, 1.0)


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(TABLE_FILE.read_text())
    return loaded


@lru_cache(maxsize=64)
def table_entry(name: str, cube_on: str) -> Entry:
    """The table's curve of a lattice with cubes on A or on B.

    Raises
    ------
    InputError
        For a lattice that the table does not hold.
    """
    resolved = template(name).name
    require_known("lattice of cubes and spheres", resolved, CUBE_NAMES)
    require_known("cube_on", cube_on, ("A", "B"))
    kept = _table()[cube_on][resolved]
    return Entry(
        name=resolved,
        cube_on=cube_on,
        gamma=np.array(kept["gamma"]),
        log_volume=np.array(kept["log_volume"]),
        states=tuple(kept["states"]),
    )


def _reused(entry: Entry) -> dict[float, PackedLattice]:
    """Every packing of a curve at its own size ratio."""
    found = {}
    for index, gamma in enumerate(entry.gamma):
        shapes = cube_sphere_shapes(entry.name, entry.cube_on, float(gamma))
        found[float(gamma)] = packed_lattice(*entry._at(index, shapes), shapes)
    return found


def _kept(packing: PackedLattice) -> dict[str, Any]:
    known = template(packing.name)
    crystal = FilledTemplate(known, tuple(widened_box(packing.shapes[kind]) for kind in known.kinds), "free")
    state = free_state(crystal, packing)
    return {
        "ratios": state.ratios[0].round(10).tolist(),
        "coordinates": state.coordinates[0].round(10).tolist(),
        "orientations": matrices_to_quaternions(state.rotations[0]).round(10).tolist(),
    }


def _log_volume(crystal: FilledTemplate, state: States, pairs: Pairs) -> float:
    return float(log_volume(crystal, state, pair_scales(crystal, state, pairs))[0])


def main() -> None:
    """Search the lattices named on the command line, or all, from what the table holds."""
    for name in sys.argv[1:] or CUBE_NAMES:
        for cube_on in ("B", "A"):
            started = time.process_time()
            n = _renew(name, cube_on)
            spent = time.process_time() - started
            print(f"{name} with cubes on {cube_on}: {n} size ratios in {spent:.0f} s", flush=True)


def _renew(name: str, cube_on: str) -> int:
    """Search one curve anew, write the table and return how many size ratios the curve has."""
    table = json.loads(TABLE_FILE.read_text()) if TABLE_FILE.exists() else {"A": {}, "B": {}}
    held = _reused(table_entry(name, cube_on)) if name in table[cube_on] else {}
    table[cube_on][name] = _written(name, cube_on, searched_curve(name, cube_on, _GAMMAS, held))
    with write_atomically(TABLE_FILE) as temporary:
        temporary.write_text(json.dumps(table, separators=(",", ":")) + "\n")
    return len(table[cube_on][name]["gamma"])


def _written(name: str, cube_on: str, found: dict[float, PackedLattice]) -> dict[str, Any]:
    states = [_kept(packing) for packing in found.values()]
    # The volume of what is written, with its digits: the cell that a reader makes again.
    entry = Entry(name=name, cube_on=cube_on, gamma=np.array([*found]), log_volume=np.zeros(0), states=tuple(states))
    volumes = [math.log(packing.volume_nm3) for packing in _reused(entry).values()]
    rising = np.maximum.accumulate(np.round(volumes, 10)).tolist()
    return {"gamma": [*found], "log_volume": rising, "states": states}


if __name__ == "__main__":
    main()
