"""The protocol both engines implement: a `Session` carries a `System` from one `State` to the next.

A session knows nothing of files, stages, observables or restarts: `assembly.run.driver` does those for both engines.
It is single-threaded and runs in the worker process; under MPI every rank makes the same calls and gets the
same answers back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assembly.system.protocol import Ensemble
from assembly.system.state import State
from assembly.system.system import PairPotential
from packing.errors import InputError

FloatArray = NDArray[np.float64]
Pairs = Mapping[tuple[int, int], PairPotential]


class UnstableError(InputError):
    """The simulation blew up: lost particles, numbers that are not finite, a bond or table out of range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dynamics:
    """How everything moves from now on, for ``n_steps``: what a stage of a protocol is cut into.

    Parameters
    ----------
    ensemble
        ``langevin``: friction and noise on translation and rotation of bodies and on free particles.
        ``nve``: no thermostat. ``nvt``: a thermostat without friction. ``npt``: thermostat and barostat.
        ``limit``: free particles move at most ``max_displacement_nm`` a step, bodies stay (ligand relaxation).
    timestep_ps
        Time step [ps].
    n_steps
        Length; temperature and box go linearly from start to end over it.
    kt_start_kj_mol, kt_end_kj_mol
        kT [kJ/mol] at the start and the end.
    body_relaxation_ps, free_relaxation_ps
        Langevin: M/gamma [ps] of bodies (translation and rotation alike) and of free particles;
        nvt, npt: period of the thermostat [ps].
    box_end
        (Lx, Ly, Lz, xy, xz, yz) at the end, lengths [nm] and tilts without unit; None keeps the box (or
        leaves it to the barostat). Body centres and free particles move along with it, bodies stay rigid.
    pressure_kj_mol_nm3, pressure_relaxation_ps
        npt: target [kJ/mol/nm^3] and period [ps].
    per_axis
        npt: every box length on its own; otherwise isotropic.
    moduli_kj_mol_nm3
        npt: the tilts of the box move too. What strains of a length and of a tilt cost, about [kJ/mol/nm^3], for an
        engine whose barostat asks for it; None keeps the tilts.
    max_displacement_nm
        limit: largest step [nm].
    seed
        Of everything random in this stretch; the driver gives a fresh one each time.
    """

    ensemble: Ensemble
    timestep_ps: float
    n_steps: int
    kt_start_kj_mol: float
    kt_end_kj_mol: float
    body_relaxation_ps: float = 100.0
    free_relaxation_ps: float = 0.5
    box_end: tuple[float, ...] | None = None
    pressure_kj_mol_nm3: float = 0.0
    pressure_relaxation_ps: float = 1000.0
    per_axis: bool = False
    moduli_kj_mol_nm3: tuple[float, float] | None = None
    max_displacement_nm: float = 0.02
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """What a session reports at one step.

    ``potential_kj_mol`` is the whole potential energy. ``pressures_kj_mol_nm3`` are the *molecular* pressures xx, yy,
    zz, xy, xz and yz, P_ab = [sum over bodies and free particles of m v_a v_b + r_b F_a] / V: what pushes lengths and
    tilts of the box; no forces of constraint are in them.
    """

    state: State
    potential_kj_mol: float
    pressures_kj_mol_nm3: FloatArray  # (6,)

    @property
    def pressure_kj_mol_nm3(self) -> float:
        """Mean of the three pressures along x, y and z [kJ/mol/nm^3]."""
        return float(self.pressures_kj_mol_nm3[:3].mean())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EnergyForces:
    """Potential energy and what it does to bodies and free particles (no thermostat).

    ``torques_kj_mol`` are about the body centres, in the laboratory frame.
    """

    potential_kj_mol: float
    body_forces_kj_mol_nm: FloatArray  # (B, 3)
    body_torques_kj_mol: FloatArray  # (B, 3)
    free_forces_kj_mol_nm: FloatArray  # (F, 3)


class Session(Protocol):
    """A running engine. Order of calls: constructor(system), restore(state), then begin / advance / sample at will.

    ``restore`` makes the engine forget its history (neighbour lists, random numbers, order of particles): after it,
    a run goes on exactly as one that starts from that state. The driver restores at each checkpoint, so that a run that
    was killed and resumed is the same as one that was not.
    """

    name: str
    version: str
    device: str
    rank: int
    n_ranks: int

    def restore(self, state: State) -> None:
        """Put bodies, free particles, velocities, box and step to ``state``."""
        ...

    def set_pairs(self, pairs: Pairs) -> None:
        """Use these pair potentials (same types, new parameters) from the next step on."""
        ...

    def begin(self, dynamics: Dynamics) -> None:
        """Move like this from now on; ramps start at the present box and step."""
        ...

    def advance(self, n_steps: int) -> None:
        """Run ``n_steps``; raises `UnstableError`, after which the session can only be closed."""
        ...

    def sample(self) -> Sample:
        """State, energy and pressure at the present step; does not disturb the run."""
        ...

    def energy_forces(self) -> EnergyForces:
        """Energy, forces and torques at the present positions, without dynamics."""
        ...

    def agree(self, value: int) -> int:
        """The number ``value`` of rank 0, on every rank (``value`` itself on one rank)."""
        ...

    def close(self) -> None:
        """Let the engine go."""
        ...
