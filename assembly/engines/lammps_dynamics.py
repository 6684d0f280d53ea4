"""`Dynamics` as LAMMPS fixes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assembly.engines.session import Dynamics, Pairs
from assembly.system.state import body_masses_amu
from assembly.system.system import System
from packing.configuration import box_to_cell

FloatArray = NDArray[np.float64]

BOX_STEPS = 10, 50
"""Steps in which a box gives back a strain of a length and of a tilt: rows that slide need time."""


SKIN_FLIGHTS = 300.0
"""Thickness of the skin of neighbour lists, in distances that a body flies in a step: measured optimum for soft, where
building lists takes most of the time in a dispersion and none in a dry crystal."""
SKINS = 0.08, 0.36
"""The same at least and at most, in parts of the longest cutoff."""
FREE_SKIN_NM = 0.3
"""Where chains move, whose beads are light."""


def skin_nm(system: System, pairs: Pairs, d: Dynamics | None) -> float:
    """Thickness of the skin of neighbour lists [nm] in a stretch of dynamics; None for energies alone."""
    if len(system.free_types):
        return FREE_SKIN_NM
    cutoff = max((pair.cutoff_nm for pair in pairs.values()), default=1.0)
    if d is None or not len(system.body_kind):
        return SKINS[0] * cutoff
    kt = max(d.kt_start_kj_mol, d.kt_end_kj_mol)
    flight = d.timestep_ps * float(np.sqrt(kt / body_masses_amu(system).min()))
    return float(np.clip(SKIN_FLIGHTS * flight, SKINS[0] * cutoff, SKINS[1] * cutoff))


def dynamics_commands(system: System, d: Dynamics) -> list[str]:
    """The ``fix`` commands of a stretch of dynamics."""
    seed = d.seed % 900_000_000 + 1
    kt = f"{d.kt_start_kj_mol:.17g} {d.kt_end_kj_mol:.17g}"
    commands = ["fix store all store/force"]
    barostat = ""
    tilts = d.ensemble == "npt" and d.moduli_kj_mol_nm3 is not None
    if d.ensemble == "npt" and not tilts:
        axes = "aniso" if d.per_axis else "iso"
        p = f"{d.pressure_kj_mol_nm3:.17g}"
        barostat = f" {axes} {p} {p} {d.pressure_relaxation_ps:.17g} dilate all"
    if len(system.body_kind) and d.ensemble != "limit":
        style = {"nvt": "rigid/nvt/small", "npt": "rigid/npt/small"}.get(d.ensemble, "rigid/nve/small")
        style = "rigid/nve/small" if tilts else style
        thermostat = f" temp {kt} {d.body_relaxation_ps:.17g}" if d.ensemble in ("nvt", "npt") and not tilts else ""
        commands.append(f"fix bodies bodies {style} molecule reinit no{thermostat}{barostat}")
        if d.ensemble == "langevin" or tilts:
            commands.append(f"fix bath bodies langevin {kt} {d.body_relaxation_ps:.17g} {seed}")
    if len(system.free_types):
        if d.ensemble in ("nvt", "npt"):
            own = barostat if not len(system.body_kind) else ""
            style = "npt" if own else "nvt"
            commands.append(
                f"fix free free {style} temp {kt} {d.free_relaxation_ps:.17g}{own.replace(' dilate all', '')}"
            )
        else:
            style = f"nve/limit {d.max_displacement_nm:.17g}" if d.ensemble == "limit" else "nve"
            commands.append(f"fix free free {style}")
        if d.ensemble in ("langevin", "limit"):
            commands.append(f"fix freebath free langevin {kt} {d.free_relaxation_ps:.17g} {seed + 7}")
    if tilts:
        commands.append(_tilting_barostat(d))
    if d.box_end is not None:
        commands.append(f"fix shrink all deform 1 {_box_end(np.array(d.box_end))} remap x units box flip no")
    return commands


def _tilting_barostat(d: Dynamics) -> str:
    """Lengths and tilts at a rate in proportion to what the stress is off: ``rigid/npt`` knows no tilted box."""
    assert d.moduli_kj_mol_nm3 is not None
    along, shear = (1 / (m * n * d.timestep_ps) for m, n in zip(d.moduli_kj_mol_nm3, BOX_STEPS, strict=True))
    p = f"{d.pressure_kj_mol_nm3:.17g}"
    lengths = " ".join(f"{axis} pressure {p} {along:.17g}" for axis in "xyz")
    tilts = " ".join(f"{axes} pressure 0 {shear:.17g}" for axes in ("xy", "xz", "yz"))
    return f"fix shrink all deform/pressure 1 {lengths} {tilts} remap x flip no"


def _box_end(box: FloatArray) -> str:
    cell = box_to_cell(box)
    low = -cell.sum(axis=0) / 2
    ends = [f"{x} final {a:.17g} {a + b:.17g}" for x, a, b in zip("xyz", low, box[:3], strict=True)]
    if np.any(box[3:]):
        ends.append(f"xy final {cell[1, 0]:.17g} xz final {cell[2, 0]:.17g} yz final {cell[2, 1]:.17g}")
    return " ".join(ends)
