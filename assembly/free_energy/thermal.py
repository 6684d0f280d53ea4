"""A crystal of rigid bodies in motion, on LAMMPS: with springs to its sites, or held by nothing but a pressure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assembly.crystal.bodies import BeadBody
from assembly.crystal.crystals import Crystal
from assembly.crystal.engine_system import crystal_system
from assembly.engines.lammps_session import LammpsSession
from assembly.engines.session import Dynamics, Pairs
from assembly.system.state import State, initial_state
from assembly.system.system import PairPotential, System
from packing.configuration import quaternions_to_matrices

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TIMESTEP = 0.008
"""Of wet crystals, in units of masses of 1 and kT: stable for shells of a few hundred kT/nm^2."""
SKIN_NM = 2.0
"""Of the neighbour lists [nm]."""
FRICTION_STEPS = 120
"""Steps in which a body forgets its velocity."""


class SpringSession(LammpsSession):
    """LAMMPS with springs from beads to where they are when the springs are set.

    Raises
    ------
    InputError
        As `LammpsSession`.
    """

    def restore(self, state: State) -> None:
        """Build everything anew from a state, with neighbour lists for bodies of very different size."""
        super().restore(state)
        self._tethered = False
        # One large sphere would else make the bins and the skin of all the small beads of cubes as wide as its own.
        self._command(f"neighbor {SKIN_NM:g} multi")
        self._command(f"comm_modify cutoff {self._beads.extent_nm * 1.02 + SKIN_NM:.17g}")

    def set_springs(self, atoms: IntArray, spring: float) -> None:
        """Hold some beads where they are now, each with energy K/2 r^2; a K of zero lets them go.

        Parameters
        ----------
        atoms
            Indices of beads, as `System` counts them.
        spring
            K in kJ/mol/nm^2.
        """
        if self._tethered:
            self._command("unfix springs")
            self._command("group tethered delete")
        self._tethered = spring > 0
        if self._tethered:
            self._command("group tethered id " + " ".join(str(int(i) + 1) for i in atoms))
            self._command(f"fix springs tethered spring/self {spring:.17g}")

    def _carried(self, system: System, pairs: Pairs) -> System:
        """All beads: springs hold silent ones, counted as `System` counts them."""
        return system

    _tethered = False


def spring_beads(system: System) -> IntArray:
    """Beads that springs hold, shape (6 N,): of a body the six silent ones on its axes, which lie evenly.

    Parameters
    ----------
    system
        From `assembly.crystal.engine_system.crystal_system`: the last six beads of every body are silent.
    """
    n = len(system.body_kind)
    sizes = np.array([len(system.bodies[k].bead_types) for k in system.body_kind])
    last = n + np.cumsum(sizes)
    return (last[:, None] - np.arange(6, 0, -1)[None]).ravel().astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sampled:
    """States of a run.

    Parameters
    ----------
    shifts_nm
        How far each body is from its site [nm], shape (S, N, 3).
    rotations
        Turn of each body, shape (S, N, 3, 3).
    energies_kt
        Potential energy without springs [kT], shape (S,).
    boxes_nm
        Box lengths [nm], shape (S, 3).
    end
        The last state.
    """

    shifts_nm: FloatArray
    rotations: FloatArray
    energies_kt: FloatArray
    boxes_nm: FloatArray
    end: State


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thermal:
    """A crystal that an engine can move.

    Parameters
    ----------
    crystal
        In a rectangular box.
    bodies
        Kinds of bodies.
    pairs
        Potentials between types of beads in kT (kJ/mol with a kT of 1).
    """

    crystal: Crystal
    bodies: tuple[BeadBody, ...]
    pairs: Mapping[tuple[int, int], PairPotential]

    @property
    def system(self) -> System:
        """As engines know it, with the potentials of bodies that are there alone."""
        there = {int(t) for k in set(self.crystal.kinds.tolist()) for t in self.bodies[k].types}
        used = {key: pair for key, pair in self.pairs.items() if there >= set(key)}
        return crystal_system(self.crystal, self.bodies, used)

    @contextmanager
    def session(self, seed: int) -> Iterator[tuple[SpringSession, System]]:
        """LAMMPS with the crystal in it, its bodies on their sites.

        Parameters
        ----------
        seed
            Of the velocities.
        """
        system = self.system
        session = SpringSession(system)
        try:
            session.restore(initial_state(system, np.random.default_rng(seed)))
            yield session, system
        finally:
            session.close()


def common_shift(moved: FloatArray) -> FloatArray:
    """How far bodies moved together, in parts of the box along each axis, between -1/2 and 1/2.

    Parameters
    ----------
    moved
        How far each moved, in parts of the box, known but for whole boxes, shape (N, 3).

    Examples
    --------
    >>> common_shift(np.array([[0.45, 0.0, 0.1], [-0.45, 0.0, 0.3]])).round(6).tolist()
    [0.5, 0.0, 0.2]
    """
    return np.asarray(np.angle(np.exp(2j * np.pi * moved).mean(axis=0)) / (2 * np.pi))


def sampled(
    session: SpringSession, system: System, dynamics: Dynamics, n_samples: int, every: int, skip: int = 0
) -> Sampled:
    """Run and look every so many steps.

    Parameters
    ----------
    session, system
        From `Thermal.session`.
    dynamics
        How it moves; its length is taken from the numbers that follow.
    n_samples, every, skip
        Looks, steps between two, and steps before the first.
    """
    session.begin(dynamics)
    if skip:
        session.advance(skip)
    sites = system.centres_nm / system.box[:3]
    shifts, turns, energies, boxes = [], [], [], []
    unwrapped: FloatArray | None = None
    for _ in range(n_samples):
        session.advance(every)
        look = session.sample()
        state = look.state
        lengths = state.box[:3]
        moved = state.centres_nm / lengths - sites
        # Bodies move less than half a box between two looks. Before the first the crystal may have drifted any way as a
        # whole, so that its bodies are looked for about where most of them went.
        moved = moved - np.round(moved - (common_shift(moved) if unwrapped is None else unwrapped))
        unwrapped = moved
        shifts.append(moved * lengths)
        turns.append(np.array(state.orientations))
        energies.append(look.potential_kj_mol)
        boxes.append(np.array(lengths))
    return Sampled(
        shifts_nm=np.array(shifts),
        rotations=np.array([quaternions_to_matrices(q) for q in turns]),
        energies_kt=np.array(energies),
        boxes_nm=np.array(boxes),
        end=look.state,
    )
