"""What is computed of each candidate lattice of a study, one file each, so that a run goes on where it was stopped."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assembly.crystal.boxes import repeats
from assembly.crystal.coated import SoftMatter
from assembly.crystal.relaxation import relax
from assembly.free_energy.candidates import StaticCandidate, static_candidate
from assembly.free_energy.fluids import fluid
from assembly.free_energy.holding import Held, at_lengths, hold
from assembly.free_energy.rigid_bodies import frenkel_ladd
from assembly.free_energy.thermal import Thermal
from packing.errors import InputError
from packing.lattices.templates import Template
from packing.shapes import Sphere
from superlattice.files import read_json, write_json

STATIC, HOLD, FREE_ENERGY = "static", "hold", "free-energy"
LEVELS = (STATIC, HOLD, FREE_ENERGY)
LOWER = (0.5, 0.25, 0.125)
"""Factors of the pressure at which a lattice is held besides, if it is asked how low it holds."""
_WIDTHS = 2.6
"""Width of the box of a mixture over that of its largest body."""
_CHEAP = 2
"""How many more spheres than cubes a box of a reference may have."""
AROUND = (0.5, 1.0, 2.0)
"""Factors of the pressure at which static enthalpies are given besides, for G(P)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is computed.

    Parameters
    ----------
    level
        ``"static"``: relaxed crystals. ``"hold"``: besides, a thermal run of each. ``"free-energy"``: besides, the free
        energy of each that holds.
    most_bodies
        Bodies of a thermal box, at most.
    hold_steps, spring_steps
        Steps of the thermal run, and of each strength of the springs.
    lowest
        Whether a lattice that holds is held at a half, a quarter and an eighth of the pressure too.
    seed
        Of everything random.
    """

    level: str = STATIC
    most_bodies: int = 64
    hold_steps: int = 8_000
    spring_steps: int = 2_400
    lowest: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise InputError(f"level must be one of {', '.join(LEVELS)}, got {self.level!r}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One candidate: its lattice, and which kinds of nanocrystals sit on its sites (empty: the larger one on A)."""

    lattice: str
    template: Template | None
    kinds: tuple[int, ...]

    @property
    def key(self) -> str:
        """Name of its file."""
        where = "".join(str(k) for k in self.kinds)
        return f"{self.lattice}{'-' + where if where else ''}".replace("/", "_")


def single_names(shape: object) -> tuple[str, ...]:
    """Lattices that one kind is tried on: cubes on sc first, spheres on fcc."""
    return ("fcc", "bcc") if isinstance(shape, Sphere) else ("sc", "bcc")


def candidate_record(
    soft: SoftMatter, asked: Asked, pressure_kt_per_nm3: float, effort: Effort, folder: Path
) -> dict[str, Any]:
    """What is known of a candidate, as plain data: read from its file, or computed and written there.

    Parameters
    ----------
    soft
        The particles in one state.
    asked
        The candidate.
    pressure_kt_per_nm3
        Pressure [kT/nm^3].
    effort
        How much to compute.
    folder
        Where its files are: one for each level, each whole or not there.
    """
    record: dict[str, Any] = {}
    for level in LEVELS[: LEVELS.index(effort.level) + 1]:
        path = folder / f"{asked.key}-{level}.json"
        if not path.is_file():
            write_json(path, _computed(level, soft, asked, pressure_kt_per_nm3, effort, record))
        record[level] = read_json(path)
    return record


def fluid_record(
    soft: SoftMatter, kind: int, of: Mapping[str, Any], pressure_kt_per_nm3: float, effort: Effort, folder: Path
) -> dict[str, Any]:
    """The fluid of a kind whose crystals melt at the pressure, as plain data: read from its file, or computed.

    Parameters
    ----------
    soft
        The particles in one state.
    kind
        Index of the kind.
    of
        The record of one of its crystals, whose lattice gives the number of bodies.
    pressure_kt_per_nm3
        Pressure [kT/nm^3].
    effort
        How much to compute.
    folder
        Where its file is.
    """
    path = folder / f"fluid-{kind}.json"
    if not path.is_file():
        static = static_candidate(soft, of[STATIC]["lattice"], pressure_kt_per_nm3, (kind,))
        thermal, _ = _thermal(soft, static, effort)
        found = fluid(thermal, pressure_kt_per_nm3, n_steps=effort.spring_steps, seed=effort.seed)
        write_json(path, found.to_dict() | {"kind": kind})
    data: dict[str, Any] = read_json(path)
    return data


def _computed(
    level: str, soft: SoftMatter, asked: Asked, pressure: float, effort: Effort, record: Mapping[str, Any]
) -> dict[str, Any]:
    lattice = asked.template or asked.lattice
    kinds = asked.kinds or None
    static = static_candidate(soft, lattice, pressure, kinds)
    if level == STATIC:
        return _static_record(soft, static, pressure)
    thermal, cells = _thermal(soft, static, effort)
    if level == HOLD:
        run = hold(thermal, pressure, n_steps=effort.hold_steps, seed=effort.seed)
        lowest = _lowest(soft, thermal, pressure, effort) if effort.lowest and run.is_held else None
        return run.to_dict() | {"cells": cells, "lowest_held_kt_per_nm3": lowest}
    held = record[HOLD]
    if not held["is_held"]:
        return {"free_energy_kt": None}
    lengths = tuple(held["lengths_nm"])
    box = relax(soft.matter, at_lengths(thermal.crystal, lengths), cell="fixed").crystal
    n_primitive = cells * _primitive_cells(static)
    springs = frenkel_ladd(
        Thermal(crystal=box, bodies=thermal.bodies, pairs=thermal.pairs),
        n_primitive=n_primitive,
        n_steps=effort.spring_steps,
        seed=effort.seed,
    )
    return {
        "free_energy_kt": springs.free_energy_kt / cells,
        "sd_kt": springs.sd_kt / cells,
        "forward_kt": springs.forward_kt,
        "reverse_kt": springs.reverse_kt,
        "switch_kt": springs.switch_kt,
        # What a small box lacks of an endless crystal, but for terms in 1 / N (J. M. Polson et al., see `einstein`).
        "size_kt": math.log(box.n_bodies) / cells,
        "g_kt": (springs.free_energy_kt + math.log(box.n_bodies) + pressure * math.prod(lengths)) / cells,
    }


def _lowest(soft: SoftMatter, thermal: Thermal, pressure: float, effort: Effort) -> float:
    """Lowest of the pressures that were tried at which it still holds [kT/nm^3]."""
    lowest = pressure
    for factor in LOWER:
        looser = relax(soft.matter, thermal.crystal, factor * pressure, cell="diag").crystal
        run = Thermal(crystal=looser, bodies=thermal.bodies, pairs=thermal.pairs)
        if not hold(run, factor * pressure, n_steps=effort.hold_steps, seed=effort.seed).is_held:
            break
        lowest = factor * pressure
    return lowest


def _primitive_cells(static: StaticCandidate) -> int:
    from assembly.crystal.vibrations import translations_of

    return translations_of(static.relaxed.crystal)


def _thermal(soft: SoftMatter, static: StaticCandidate, effort: Effort) -> tuple[Thermal, int]:
    cell = static.relaxed.crystal
    kinds = [k for k in range(len(soft.bodies)) if static.counts[k]]
    widest = max(soft.effective_shape(k).size_nm for k in kinds)
    if len(kinds) > 1:
        times = repeats(cell, _WIDTHS * widest, effort.most_bodies)
    else:
        # A reference enters every formation: it gets all bodies there are, and spheres, which cost little, more.
        more = 1 if soft.matter.bodies[kinds[0]].turns else _CHEAP
        times = repeats(cell, _WIDTHS * widest * effort.most_bodies, more * effort.most_bodies)
    return Thermal(crystal=cell.repeated(times), bodies=soft.matter.bodies, pairs=soft.tables), math.prod(times)


def _static_record(soft: SoftMatter, static: StaticCandidate, pressure: float) -> dict[str, Any]:
    cell = static.relaxed.crystal
    around = {}
    for factor in AROUND:
        found = static.relaxed if factor == 1.0 else relax(soft.matter, cell, factor * pressure, cell="diag")
        around[f"{factor:g}"] = found.enthalpy_kt
    return {
        "lattice": static.name,
        "counts": list(static.counts),
        "volume_nm3": cell.volume_nm3,
        "lengths_nm": cell.cell_nm.diagonal().tolist(),
        "energy_kt": static.relaxed.energy_kt,
        "enthalpy_kt": static.relaxed.enthalpy_kt,
        "enthalpies_around_kt": around,
        "packed_nm3": static.packed_nm3,
        "quasi_harmonic_kt": static.free_energy_kt if math.isfinite(static.free_energy_kt) else None,
        "lowest_eigenvalue": static.lowest,
        "core_kt": static.core_kt,
        "became": static.became.to_dict(),
        "largest_force_kt_per_nm": static.relaxed.largest_force_kt_per_nm,
    }


def held_of(record: Mapping[str, Any]) -> Held | None:
    """The thermal run of a candidate, if there was one."""
    data = record.get(HOLD)
    if data is None:
        return None
    return Held(**{key: value for key, value in data.items() if key not in ("cells", "lowest_held_kt_per_nm3")})
