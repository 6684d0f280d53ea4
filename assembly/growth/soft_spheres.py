"""Mixtures of soft spheres from disorder: point particles that feel the pair energies of coated spheres in a medium.

Spheres that only push freeze by crowding. A fast ramp of the pressure makes a glass; held just above the pressure at
which fluid and crystal coexist they nucleate. So the pressure is stepped from below coexistence to above it, each step
being held.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assembly.crystal.coated import SoftMatter
from assembly.engines.session import Dynamics
from assembly.free_energy.thermal import SpringSession
from assembly.system.bodies import dilute_lattice
from assembly.system.state import State, initial_state
from assembly.system.system import System
from packing.configuration import Configuration, configuration
from packing.errors import InputError
from packing.shapes import Sphere

FloatArray = NDArray[np.float64]

TIMESTEP = 0.03
"""In units of masses of 1 and kT: half a radian of a body between two others pushed in by a kT."""
FRICTION_TIME = 3.0
"""Time in which a particle forgets its velocity, in the same units."""
_BOX_TIME = 15.0
_START_FRACTION, _FLUID_FRACTION = 0.2, 0.5
_START_STEPS, _CROWDING_STEPS = 4_000, 40_000
_KEPT = 0.3
"""Part of a step that is left out of its mean volume."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Growth:
    """What became of a mixture that was held at rising pressures.

    Parameters
    ----------
    frames
        One at the end of each step.
    pressures_kt_per_nm3
        Of each step [kT/nm^3].
    fractions
        Mean share of space inside the effective spheres, of each step.
    n_steps
        Of time, in all.
    """

    frames: tuple[Configuration, ...]
    pressures_kt_per_nm3: tuple[float, ...]
    fractions: tuple[float, ...]
    n_steps: int

    @property
    def last(self) -> Configuration:
        """The end of the last step."""
        return self.frames[-1]


def grow_spheres(
    soft: SoftMatter,
    counts: Sequence[int],
    pressures_kt_per_nm3: Sequence[float],
    *,
    n_steps: int = 400_000,
    timestep: float = TIMESTEP,
    seed: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> Growth:
    """Mix spheres, crowd them into a fluid, and hold them at one pressure after the other.

    Parameters
    ----------
    soft
        The particles in their medium, all of them spheres.
    counts
        How many of each kind.
    pressures_kt_per_nm3
        Pressures, each held [kT/nm^3].
    n_steps
        Steps at each pressure.
    timestep
        In units of masses of 1 and kT.
    seed
        Of places, velocities and the bath.
    progress
        Told what is being done.

    Raises
    ------
    InputError
        For bodies that are no spheres, counts that do not fit the kinds, or no pressure.

    Examples
    --------
    >>> from assembly.crystal.coated import soft_matter
    >>> from packing.matter.ligands import ligand
    >>> from packing.particles import Coating, Environment, Nanocrystal
    >>> from packing.pose.laws import CoatedBody
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> cores = [Nanocrystal(material="NaGdF4", shape=Sphere(diameter_nm=d)) for d in (20.0, 6.5)]
    >>> soft = soft_matter([CoatedBody(core, oleate) for core in cores], Environment(medium="toluene"))
    >>> grown = grow_spheres(soft, [8, 8], [0.002], n_steps=400)
    >>> grown.last.n_particles, bool(0.3 < grown.fractions[0] < 0.7)
    (16, True)
    """
    kinds = _kinds(soft, counts, np.random.default_rng(seed))
    if not len(pressures_kt_per_nm3) or min(pressures_kt_per_nm3) <= 0:
        raise InputError("pressures_kt_per_nm3 must be one or more positive numbers, rising. Give some.")
    volume = sum(n * sphere_volume_nm3(soft, k) for k, n in enumerate(counts))
    system = _system(soft, kinds, (volume / _START_FRACTION) ** (1 / 3), seed)
    session = SpringSession(system)
    frames, fractions, total = [], [], 0
    try:
        session.restore(initial_state(system, np.random.default_rng(seed)))

        def run(steps: int, index: int, looks: int, end_nm: float | None, pressure: float | None) -> list[State]:
            session.begin(
                Dynamics(
                    ensemble="langevin" if pressure is None else "npt", timestep_ps=timestep, n_steps=steps,
                    kt_start_kj_mol=1.0, kt_end_kj_mol=1.0, body_relaxation_ps=FRICTION_TIME,
                    free_relaxation_ps=FRICTION_TIME, pressure_kj_mol_nm3=pressure or 0.0,
                    pressure_relaxation_ps=_BOX_TIME, seed=1000 * seed + index,
                    box_end=None if end_nm is None else (end_nm, end_nm, end_nm, 0.0, 0.0, 0.0),
                )
            )  # fmt: skip
            seen = []
            for _ in range(looks):
                session.advance(steps // looks)
                seen.append(session.sample().state)
            return seen

        progress("mixing")
        run(_START_STEPS, 0, 1, None, None)
        progress("crowding")
        run(_CROWDING_STEPS, 1, 1, (volume / _FLUID_FRACTION) ** (1 / 3), None)
        total += _START_STEPS + _CROWDING_STEPS
        for i, pressure in enumerate(pressures_kt_per_nm3):
            seen = run(n_steps, 2 + i, 40, None, float(pressure))
            total += n_steps
            kept = seen[int(_KEPT * len(seen)) :]
            fractions.append(volume / float(np.mean([state.volume_nm3 for state in kept])))
            frames.append(_frame(soft, kinds, seen[-1], total))
            progress(f"{pressure:.3g} kT/nm³: fraction {fractions[-1]:.3f}")
    finally:
        session.close()
    return Growth(
        frames=tuple(frames),
        pressures_kt_per_nm3=tuple(float(p) for p in pressures_kt_per_nm3),
        fractions=tuple(fractions),
        n_steps=total,
    )


def sphere_volume_nm3(soft: SoftMatter, kind: int) -> float:
    """Volume inside the effective sphere of a kind: a core and half the gap to its like around it [nm^3].

    Parameters
    ----------
    soft
        The particles.
    kind
        Index of the kind, a sphere.
    """
    shape = soft.effective_shape(kind)
    assert isinstance(shape, Sphere)
    return math.pi / 6 * shape.diameter_nm**3


def _kinds(soft: SoftMatter, counts: Sequence[int], rng: np.random.Generator) -> NDArray[np.int64]:
    if not all(isinstance(body.shape, Sphere) for body in soft.matter.bodies):
        raise InputError("bodies: only spheres grow as points. Cubes grow from a seed, see `assembly.growth.seeded`.")
    if len(counts) != len(soft.bodies) or min(counts) < 0 or sum(counts) < 2:
        raise InputError(f"counts must be one number for each of {len(soft.bodies)} kinds, got {list(counts)}.")
    return rng.permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int64)


def _system(soft: SoftMatter, kinds: NDArray[np.int64], edge_nm: float, seed: int) -> System:
    types = np.array([int(body.types[0]) for body in soft.matter.bodies])
    n = int(types.max()) + 1
    per_edge = math.ceil(len(kinds) ** (1 / 3) - 1e-9)
    return System(
        box=np.array([edge_nm, edge_nm, edge_nm, 0.0, 0.0, 0.0]),
        particle_types=tuple(f"sphere-{i}" for i in range(n)),
        particle_masses_amu=np.ones(n),
        bodies=(),
        body_kind=np.zeros(0, dtype=np.int64),
        centres_nm=np.zeros((0, 3)),
        orientations=np.zeros((0, 4)),
        free_types=types[kinds],
        free_positions_nm=dilute_lattice(len(kinds), (edge_nm, edge_nm, edge_nm), (per_edge,) * 3),
        pairs=dict(soft.tables),
        kt_kj_mol=1.0,
        seed=seed,
    )


def _frame(soft: SoftMatter, kinds: NDArray[np.int64], state: State, step: int) -> Configuration:
    return configuration(
        state.free_positions_nm,
        box=state.box,
        shapes=tuple(body.nanocrystal.shape for body in soft.bodies),
        species=kinds,
        species_names=tuple(f"{body.name}-{i}" for i, body in enumerate(soft.matter.bodies)),
        step=step,
    )
