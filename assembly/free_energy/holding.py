"""Does a crystal hold at a pressure? A thermal run of it, box lengths free, bodies on their sites at the start."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assembly.crystal.bodies import rotation_group
from assembly.crystal.crystals import Crystal
from assembly.engines.session import Dynamics, UnstableError
from assembly.free_energy.thermal import FRICTION_STEPS, TIMESTEP, Sampled, Thermal, sampled
from packing.errors import InputError

FloatArray = NDArray[np.float64]

LINDEMANN = 0.2
"""Root mean square displacement over the nearest distance beyond which a crystal has not held."""
KEPT = 0.4
"""Share of nearest neighbours that are less than half their distance out of step, from which on a crystal of cuboids
slides and does not flow: 64 wet cubes keep 0.7 to 0.9 in a crystal, 0.2 where they turn freely, 0.1 in a fluid."""
OUT_OF_STEP = 0.5
_NEIGHBOURS = 1.2
"""Distances over the nearest one within which sites are neighbours."""
TURNED_DEG = 40.0
"""A cube that has turned that far off its own rotations is no longer held by its neighbours [degree]."""
_BOX_STEPS = 400
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a thermal run of a crystal showed.

    Parameters
    ----------
    is_held
        Whether bodies stayed on their sites, or, of cuboids alone, only slide: rows and layers of cubes do, and stay
        a crystal of cubes that face each other.
    slides
        Whether they slide.
    kept
        Share of nearest neighbours less than half their distance out of step at the end.
    lengths_nm
        Mean edges of the box [nm].
    volume_nm3, volume_sd_nm3
        Mean volume of the box and its standard error [nm^3].
    rms_nm, largest_nm
        Displacement of bodies from their sites in the last half [nm], the crystal as a whole being free.
    turn_deg
        Root mean square turn of bodies that turn, modulo their own rotations [degree].
    n_bodies
        In the box.
    """

    is_held: bool
    slides: bool
    kept: float = 1.0
    lengths_nm: tuple[float, float, float]
    volume_nm3: float
    volume_sd_nm3: float
    rms_nm: float
    largest_nm: float
    turn_deg: float
    n_bodies: int

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def hold(
    thermal: Thermal,
    pressure_kt_per_nm3: float,
    *,
    n_steps: int = 12_000,
    timestep: float = TIMESTEP,
    seed: int = 1,
) -> Held:
    """Run a crystal at a pressure and say whether it held.

    Parameters
    ----------
    thermal
        The crystal.
    pressure_kt_per_nm3
        Pressure [kT/nm^3].
    n_steps
        Steps, a third of which come before what is counted.
    timestep
        In units of masses of 1 and kT; one that blows up is halved, twice at most.
    seed
        Of the motion.

    Raises
    ------
    InputError
        If the run blows up whatever the time step.
    """
    every = max(20, n_steps // 200)
    for attempt in range(_TRIES):
        step = timestep / 2**attempt
        try:
            with thermal.session(seed) as (session, system):
                start = Dynamics(
                    ensemble="langevin", timestep_ps=step / 4, n_steps=400, kt_start_kj_mol=1.0, kt_end_kj_mol=1.0,
                    body_relaxation_ps=FRICTION_STEPS * step, seed=seed,
                )  # fmt: skip
                session.begin(start)
                session.advance(400)
                dynamics = Dynamics(
                    ensemble="npt", timestep_ps=step, n_steps=n_steps, kt_start_kj_mol=1.0, kt_end_kj_mol=1.0,
                    body_relaxation_ps=FRICTION_STEPS * step, pressure_kj_mol_nm3=pressure_kt_per_nm3,
                    pressure_relaxation_ps=_BOX_STEPS * step, per_axis=True, seed=seed,
                )  # fmt: skip
                seen = sampled(session, system, dynamics, 2 * n_steps // (3 * every), every, n_steps // 3)
            return _judged(thermal, seen)
        except UnstableError as error:
            last = error
    raise InputError(f"{thermal.crystal.name}: a thermal run at {pressure_kt_per_nm3:.3g} kT/nm³ blows up: {last}")


def _judged(thermal: Thermal, seen: Sampled) -> Held:
    crystal = thermal.crystal
    half = len(seen.shifts_nm) // 2
    inner = seen.shifts_nm - seen.shifts_nm.mean(axis=1, keepdims=True)
    late = np.linalg.norm(inner[half:], axis=-1)
    rms = float(np.sqrt((late**2).mean()))
    turns = _turns_deg(thermal, seen.rotations[-1])
    volumes = np.prod(seen.boxes_nm, axis=1)
    blocks = np.array([part.mean() for part in np.array_split(volumes, 6)])
    lengths = seen.boxes_nm.mean(axis=0)
    nearest = _nearest_nm(crystal, lengths)
    kept = _kept(crystal, lengths, inner[half:])
    # Rows and layers that slide part from those beside them, and take their own along. Between spheres none can: there
    # they would take a mixture to another crystal.
    slides = bool(len(turns) == crystal.n_bodies and rms >= LINDEMANN * nearest and kept > KEPT)
    return Held(
        is_held=bool((rms < LINDEMANN * nearest or slides) and turns.max(initial=0.0) < TURNED_DEG),
        slides=slides,
        kept=kept,
        lengths_nm=(float(lengths[0]), float(lengths[1]), float(lengths[2])),
        volume_nm3=float(np.prod(lengths)),
        volume_sd_nm3=float(blocks.std(ddof=1) / np.sqrt(6)),
        rms_nm=rms,
        largest_nm=float(late[-1].max()),
        turn_deg=float(np.sqrt((turns**2).mean())) if len(turns) else 0.0,
        n_bodies=crystal.n_bodies,
    )


def _turns_deg(thermal: Thermal, rotations: FloatArray) -> FloatArray:
    """Turn of each body that turns away from its start, modulo its own rotations [degree]."""
    found = []
    for start, now, kind in zip(thermal.crystal.rotations, rotations, thermal.crystal.kinds, strict=True):
        body = thermal.bodies[int(kind)]
        if body.turns:
            relative = start.T @ now
            best = max(float(np.trace(relative @ g.T)) for g in rotation_group(body.shape))
            found.append(np.degrees(np.arccos(np.clip((best - 1) / 2, -1, 1))))
    return np.array(found)


def _distances_nm(crystal: Crystal, lengths_nm: FloatArray) -> FloatArray:
    apart = crystal.fractions[:, None] - crystal.fractions[None]
    apart = apart - np.round(apart)
    return np.asarray(np.linalg.norm(apart * lengths_nm, axis=-1))


def _nearest_nm(crystal: Crystal, lengths_nm: FloatArray) -> float:
    distance = _distances_nm(crystal, lengths_nm)
    near = distance[distance > 1e-6]
    return float(min(near.min(initial=np.inf), lengths_nm.min()))


def _kept(crystal: Crystal, lengths_nm: FloatArray, shifts_nm: FloatArray) -> float:
    """Share of neighbours that are still in step, in the mean of samples of shape (S, N, 3)."""
    nearest = _nearest_nm(crystal, lengths_nm)
    distance = _distances_nm(crystal, lengths_nm)
    i, j = np.nonzero((distance > 1e-6) & (distance < _NEIGHBOURS * nearest))
    if not len(i):
        return 1.0
    apart = np.linalg.norm(shifts_nm[:, i] - shifts_nm[:, j], axis=-1)
    return float((apart < OUT_OF_STEP * nearest).mean())


def at_lengths(crystal: Crystal, lengths_nm: tuple[float, float, float]) -> Crystal:
    """The same sites in a rectangular box with edges of ``lengths_nm`` [nm]."""
    return Crystal(
        name=crystal.name,
        cell_nm=np.diag(np.array(lengths_nm)),
        fractions=crystal.fractions,
        rotations=crystal.rotations,
        kinds=crystal.kinds,
    )
