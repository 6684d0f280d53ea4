"""The engine's cache for cubes with spheres: the densest packings found, on a grid of size ratios.

Kept as ``cube_sphere_table.json`` beside this file, which ``python -m packing.cube_sphere_table [NAME ...]`` writes
anew (all of it in some ten minutes). Every entry is a packing without overlap and so holds at any smaller size of
the smaller particle; a search can only undershoot the true optimum.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_known
from packing.configuration import matrices_to_quaternions, quaternions_to_matrices
from packing.contact import Crystal, States, neighbour_pairs, pair_scales
from packing.contact_shapes import widened_box
from packing.densest import densest_state
from packing.densest_search import log_volume
from packing.errors import InputError
from packing.packed_lattice import PackedLattice, packed_lattice
from packing.shapes import Shape, Sphere, cube
from packing.template_catalogue import template

FloatArray = NDArray[np.float64]

TABLE_FILE = Path(__file__).with_name("cube_sphere_table.json")
CUBE_NAMES = (
    "NaCl", "CsCl", "ZnS", "CaF2", "Li3Bi", "AuCu", "AuCu3", "ABO3", "AlB2", "CaB6", "CaCu5", "ReO3", "Cr3Si", "Fe4C",
)  # fmt: skip
"""Lattices that the table holds: up to six sites in the primitive cell."""
# A regular grid, and the size ratios at which the aligned and rotated closed forms have their cusps.
_CUSPS = (2**0.5 - 1, 6**-0.5, 1 - 3**-0.5, 0.5, 3**-0.5, 2**-0.5)
# Cubes that each turn by themselves gain 0.04 in CaCu5 and 0.015 in Fe4C, and nothing in twelve other spot checks, at
# ten times the cost; `densest_cubes_and_spheres` tries that too.
_LINKS = ("orbit", "same")
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
        """A packing without overlap at any size ratio up to 1: the denser of the two neighbouring states."""
        g = float(self._checked(gamma))
        right = int(np.clip(np.searchsorted(self.gamma, g), 1, len(self.gamma) - 1))
        shapes = cube_sphere_shapes(self.name, self.cube_on, g)
        crystals = [self._at(k, shapes) for k in (right - 1, right)]
        crystal, state = min(crystals, key=lambda found: _log_volume(*found))
        return packed_lattice(crystal, state, shapes)

    def _at(self, index: int, shapes: dict[str, Shape]) -> tuple[Crystal, States]:
        kept = self.states[index]
        known = template(self.name)
        crystal = Crystal(known, tuple(widened_box(shapes[kind]) for kind in known.kinds), kept["link"])
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


def cube_sphere_shapes(name: str, cube_on: str, gamma: float) -> dict[str, Shape]:
    """Shapes of each kind of a lattice with the size of A as the unit."""
    small: Shape = Sphere(diameter_nm=gamma) if cube_on == "A" else cube(gamma)
    large: Shape = cube(1.0) if cube_on == "A" else Sphere(diameter_nm=1.0)
    return {kind: large if kind == "A" else small for kind in template(name).kinds}


def searched_entry(name: str, cube_on: str, gammas: Iterable[float], n_starts: int = 8) -> dict[str, Any]:
    """Search the densest packings of one lattice over a grid of size ratios, from large to small."""
    states: list[dict[str, Any]] = []
    volumes: list[float] = []
    grid = sorted((float(g) for g in gammas), reverse=True)
    for g in grid:
        shapes = cube_sphere_shapes(name, cube_on, g)
        searches = [densest_state(name, shapes, link=link, n_starts=n_starts) for link in _LINKS]
        found = min(searches, key=lambda s: s.log_volume)
        kept = {
            "link": found.crystal.link,
            "ratios": found.state.ratios[0].round(10).tolist(),
            "coordinates": found.state.coordinates[0].round(10).tolist(),
            "orientations": matrices_to_quaternions(found.state.rotations[0]).round(10).tolist(),
        }
        volume = found.log_volume
        if states:
            # What holds a larger B holds a smaller one too, at the same or a smaller scale.
            before = _reused(name, shapes, states[-1])
            if before < volume:
                volume, kept = before, states[-1]
        states.append(kept)
        volumes.append(volume)
    return {"gamma": grid[::-1], "log_volume": np.round(volumes[::-1], 10).tolist(), "states": states[::-1]}


def _reused(name: str, shapes: dict[str, Shape], kept: dict[str, Any]) -> float:
    entry = Entry(name=name, cube_on="", gamma=np.zeros(1), log_volume=np.zeros(1), states=(kept,))
    return _log_volume(*entry._at(0, shapes))


def _log_volume(crystal: Crystal, state: States) -> float:
    return float(log_volume(crystal, state, pair_scales(crystal, state, neighbour_pairs(crystal, state)))[0])


def main() -> None:
    """Search the lattices named on the command line, or all, and write the table anew after each."""
    table = json.loads(TABLE_FILE.read_text()) if TABLE_FILE.exists() else {"A": {}, "B": {}}
    for name in sys.argv[1:] or CUBE_NAMES:
        for cube_on in ("A", "B"):
            table[cube_on][name] = searched_entry(name, cube_on, _GAMMAS)
        written = TABLE_FILE.with_suffix(".tmp")
        written.write_text(json.dumps(table, separators=(",", ":")) + "\n")
        written.replace(TABLE_FILE)
        print(name, flush=True)


if __name__ == "__main__":
    main()
