"""Does a crystal grow into a melt of its own composition? Half of a box is a seed on its sites, half is disorder.

A seed that is let go before the melt has reached the pressure melts into it; a melt that is squeezed far beyond
coexistence is arrested. So springs hold the seed while the box shrinks along one axis, a hundredth at a time, until the
mean of three blocks of the pressure along that axis has reached the target; then all are let go, at that pressure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assembly.crystal.crystals import Crystal
from assembly.engines.session import Dynamics, Sample
from assembly.free_energy.rigid_bodies import SPRING
from assembly.free_energy.thermal import FRICTION_STEPS, TIMESTEP, SpringSession, Thermal, spring_beads
from assembly.system.state import State
from assembly.system.system import System
from packing.configuration import Configuration, configuration
from packing.errors import InputError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

ROOM = 2.2
"""How much longer the molten half is than the crystal that it was, while it is mixed."""
SHRINK = 0.01
"""Part of the box's length that goes at a time, at most."""
_BLOCK_STEPS, _LOOKS = 300, 5
_BOX_STEPS = 400
_GENTLE_STEPS = 400
_Z = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeededGrowth:
    """What became of a seed in its melt.

    Parameters
    ----------
    frames
        The first when the seed is let go, then evenly spaced, the last at the end.
    is_seed
        Which bodies were the seed, shape (N,).
    reached_kt_per_nm3
        Pressure along the long axis when the seed was let go, the mean of three blocks [kT/nm^3].
    n_steps
        Of time after that.
    """

    frames: tuple[Configuration, ...]
    is_seed: BoolArray
    reached_kt_per_nm3: float
    n_steps: int


def grow_from_seed(
    thermal: Thermal,
    pressure_kt_per_nm3: float,
    *,
    n_melt_steps: int = 10_000,
    n_steps: int = 20_000,
    n_frames: int = 10,
    timestep: float = TIMESTEP,
    seed: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> SeededGrowth:
    """Melt half of a crystal along z beside the other half, squeeze it to a pressure, and let both go.

    Parameters
    ----------
    thermal
        The crystal, at the pressure, long along z: its lower half is the seed.
    pressure_kt_per_nm3
        Just above that of coexistence [kT/nm^3].
    n_melt_steps
        Steps in which the upper half is mixed, at lower density.
    n_steps
        Steps after the seed is let go.
    n_frames
        Frames of those.
    timestep
        In units of masses of 1 and kT.
    seed
        Of the motion.
    progress
        Told what is being done.

    Raises
    ------
    InputError
        If the melt does not reach the pressure before the box is as long as the crystal was, or for no frame.

    Examples
    --------
    Spheres that push, fcc, eight cells:

    >>> from assembly.crystal.bodies import BeadBody
    >>> from assembly.crystal.crystals import crystal_of
    >>> from assembly.system.system import MiePair
    >>> from packing.contact.packing import densest_packing
    >>> from packing.shapes import Sphere
    >>> ball = BeadBody(
    ...     name="ball", shape=Sphere(diameter_nm=1.0), positions_nm=np.zeros((1, 3)), types=np.array([0])
    ... )
    >>> fcc = crystal_of(densest_packing("fcc", {"A": Sphere(diameter_nm=1.05)}), {"A": 0}).repeated((2, 2, 2))
    >>> push = {(0, 0): MiePair(epsilon_kj_mol=1.0, sigma_nm=1.0, cutoff_nm=2 ** (1 / 6))}
    >>> thermal = Thermal(crystal=fcc, bodies=(ball,), pairs=push)
    >>> grown = grow_from_seed(thermal, 4.0, n_melt_steps=400, n_steps=100, n_frames=2, timestep=0.002)
    >>> len(grown.frames), int(grown.is_seed.sum()), grown.reached_kt_per_nm3 >= 4.0
    (3, 16, True)
    """
    if n_frames < 1 or n_steps < n_frames:
        raise InputError(f"n_frames must be between 1 and n_steps, got {n_frames} of {n_steps} steps.")
    crystal, is_seed = _half_stretched(thermal.crystal)
    held = Thermal(crystal=crystal, bodies=thermal.bodies, pairs=thermal.pairs)
    frames: list[Configuration] = []
    with held.session(seed) as (session, system):
        run = _Run(session, system, timestep, seed)
        beads = spring_beads(system).reshape(-1, 6)
        session.set_springs(beads[is_seed].ravel(), SPRING / 6)
        progress("mixing")
        run.advance(_GENTLE_STEPS, slow=4)
        run.advance(n_melt_steps)
        reached = _squeezed(run, thermal.crystal, pressure_kt_per_nm3, progress)
        session.set_springs(beads[is_seed].ravel(), 0.0)
        frames.append(_frame(system, run.look().state, 0))
        for i in range(n_frames):
            run.advance(n_steps // n_frames, pressure=pressure_kt_per_nm3)
            frames.append(_frame(system, run.look().state, (i + 1) * (n_steps // n_frames)))
            progress(f"grown for {frames[-1].step} of {n_steps} steps")
    return SeededGrowth(frames=tuple(frames), is_seed=is_seed, reached_kt_per_nm3=reached, n_steps=frames[-1].step)


def _half_stretched(crystal: Crystal) -> tuple[Crystal, BoolArray]:
    """The seed in the middle of a box whose other half is longer; which bodies are the seed."""
    fractions = crystal.fractions - np.floor(crystal.fractions)
    # Cut between two layers of sites; a box of an even number of cells has such a gap half way up too.
    z = (fractions[:, _Z] - _widest_gap(fractions[:, _Z])) % 1.0
    is_seed = z < 0.5
    length = 0.5 + 0.5 * ROOM
    moved = np.where(is_seed, z, 0.5 + (z - 0.5) * ROOM) / length
    # `crystal_system` centres the box on its middle: the seed goes there, where a box that shrinks does not move it.
    fractions[:, _Z] = moved + 0.5 - 0.25 / length
    # No body of the seed may cross the box's faces: an engine that begins anew counts its springs from the other side.
    for axis in range(_Z):
        fractions[:, axis] -= _widest_gap(fractions[:, axis])
    cell = np.array(crystal.cell_nm)
    cell[_Z] *= length
    stretched = Crystal(
        name=crystal.name, cell_nm=cell, fractions=fractions, rotations=crystal.rotations, kinds=crystal.kinds
    )
    return stretched, is_seed


def _widest_gap(fractions: FloatArray) -> float:
    """The middle of the widest gap between places along an axis, in parts of the box."""
    sorted_ = np.unique(np.round(fractions % 1.0, 9))
    gaps = np.diff(np.append(sorted_, sorted_[0] + 1.0))
    widest = int(np.argmax(gaps))
    return float(sorted_[widest] + gaps[widest] / 2)


def _squeezed(run: _Run, crystal: Crystal, pressure: float, progress: Callable[[str], None]) -> float:
    """Shrink the box along z until the pressure along z has been at the target for three blocks; that pressure."""
    least = float(crystal.cell_nm[_Z, _Z])
    blocks: list[float] = []
    while True:
        mean = float(np.mean(blocks[-3:])) if len(blocks) >= 3 else 0.0
        progress(f"squeezing: {mean:.3g} of {pressure:.3g} kT/nm³")
        if mean >= pressure:
            return mean
        box = run.look().state.box
        if box[_Z] * (1 - SHRINK) < least:
            raise InputError(
                f"{crystal.name}: the melt is at {mean:.3g} kT/nm³ when it is as dense as the crystal, {pressure:.3g} "
                "was asked for. Lower the pressure."
            )
        # The nearer, the more slowly: a melt needs time to give way.
        part = SHRINK * min(1.0, max(0.1, 1 - mean / pressure))
        run.advance(_BLOCK_STEPS, box_end=(box[0], box[1], box[2] * (1 - part), 0.0, 0.0, 0.0))
        blocks.append(run.mean_pressure_z(_BLOCK_STEPS))


class _Run:
    """Stretches of dynamics, each with a seed of its own."""

    def __init__(self, session: SpringSession, system: System, timestep: float, seed: int) -> None:
        self._session, self._system, self._timestep = session, system, timestep
        self._seed, self._stretch = seed, 0

    def advance(
        self, n_steps: int, *, slow: int = 1, pressure: float | None = None, box_end: tuple[float, ...] | None = None
    ) -> None:
        """Run with a bath, at a pressure or in a box that goes to another."""
        self._begin(n_steps, slow, pressure, box_end)
        self._session.advance(n_steps)

    def mean_pressure_z(self, n_steps: int) -> float:
        """Mean pressure along z [kT/nm^3] over a stretch."""
        self._begin(n_steps, 1, None, None)
        seen = []
        for _ in range(_LOOKS):
            self._session.advance(n_steps // _LOOKS)
            seen.append(float(self.look().pressures_kj_mol_nm3[_Z]))
        return float(np.mean(seen))

    def look(self) -> Sample:
        """What the engine says now."""
        return self._session.sample()

    def _begin(self, n_steps: int, slow: int, pressure: float | None, box_end: tuple[float, ...] | None) -> None:
        self._stretch += 1
        self._session.begin(
            Dynamics(
                ensemble="langevin" if pressure is None else "npt", timestep_ps=self._timestep / slow, n_steps=n_steps,
                kt_start_kj_mol=1.0, kt_end_kj_mol=1.0, body_relaxation_ps=FRICTION_STEPS * self._timestep,
                pressure_kj_mol_nm3=pressure or 0.0, pressure_relaxation_ps=_BOX_STEPS * self._timestep,
                per_axis=True, box_end=box_end, seed=1000 * self._seed + self._stretch,
            )
        )  # fmt: skip


def _frame(system: System, state: State, step: int) -> Configuration:
    names = tuple(kind.name if i == 0 else f"{kind.name} {i}" for i, kind in enumerate(system.bodies))
    return configuration(
        state.centres_nm,
        box=state.box,
        shapes=tuple(kind.shape for kind in system.bodies),
        orientations=state.orientations,
        species=system.body_kind,
        species_names=names,
        step=step,
    )
