"""`State` to HOOMD snapshot and back.

HOOMD keeps the angular momentum of a body as the quaternion p = 2 q (0, L), with q its orientation and L the angular
momentum in the body frame. Its rule for rigid bodies, every constituent after its centre and in the order of the
body's definition, is the particle order of `System`, so that bodies never have to be created by HOOMD.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assembly.engines.hoomd_library import load_hoomd
from assembly.system.state import State, body_inertia_amu_nm2, body_masses_amu
from assembly.system.system import System
from packing.configuration import quaternions_to_matrices, wrap

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def to_snapshot(system: System, state: State, device: Any) -> Any:
    """The snapshot of a state: centres, beads in place, free particles and topology (filled on rank 0 alone)."""
    snapshot = load_hoomd().Snapshot(device.communicator)
    if device.communicator.rank != 0:
        return snapshot
    snapshot.configuration.box = [float(x) for x in state.box]
    snapshot.particles.types = list(system.particle_types)
    snapshot.bonds.types = [f"bond{i}" for i in range(len(system.bond_types))]
    snapshot.angles.types = [f"angle{i}" for i in range(len(system.angle_types))]
    arrays = particle_arrays(system, state)
    snapshot.particles.N = len(arrays["typeid"])
    for name, values in arrays.items():
        getattr(snapshot.particles, name)[:] = values
    for group, rows in ((snapshot.bonds, system.bonds), (snapshot.angles, system.angles)):
        group.N = len(rows)
        if len(rows):
            group.typeid[:] = rows[:, 0]
            group.group[:] = rows[:, 1:]
    return snapshot


def from_snapshot(system: System, snapshot: Any, step: int, time_ps: float) -> State:
    """The state that a snapshot holds (rank 0); ``step`` and ``time_ps`` [ps] are not in it and are given."""
    particles, n_bodies = snapshot.particles, len(system.body_kind)
    n_free = len(system.free_types)
    free = slice(particles.N - n_free, particles.N)
    orientations = np.array(particles.orientation[:n_bodies], dtype=float)
    orientations /= np.linalg.norm(orientations, axis=1, keepdims=True)
    momenta = _body_vector(orientations, np.array(particles.angmom[:n_bodies], dtype=float))
    spin = np.divide(momenta, body_inertia_amu_nm2(system))
    return State(
        step=step,
        time_ps=time_ps,
        box=np.array(snapshot.configuration.box, dtype=float),
        centres_nm=np.array(particles.position[:n_bodies], dtype=float),
        orientations=orientations,
        velocities_nm_ps=np.array(particles.velocity[:n_bodies], dtype=float),
        angular_velocities_rad_ps=np.einsum("bij,bj->bi", quaternions_to_matrices(orientations), spin),
        free_positions_nm=np.array(particles.position[free], dtype=float),
        free_velocities_nm_ps=np.array(particles.velocity[free], dtype=float),
    )


def bead_counts(system: System) -> IntArray:
    """Beads of every body, shape (B,)."""
    return np.array([len(kind.bead_types) for kind in system.bodies], dtype=np.int64)[system.body_kind]


def particle_arrays(system: System, state: State) -> dict[str, Any]:
    """Arrays of centres, beads in place and free particles, by the names that HOOMD and GSD give them.

    Returns
    -------
    dict of ndarray
        ``position`` [nm], ``velocity`` [nm/ps], ``mass`` [amu], ``moment_inertia`` [amu nm^2], ``orientation``,
        ``angmom``, ``typeid``, ``body``: each of n particles.
    """
    n_bodies, n_free, counts = len(system.body_kind), len(system.free_types), bead_counts(system)
    n = n_bodies + int(counts.sum()) + n_free
    beads, free = slice(n_bodies, n - n_free), slice(n - n_free, n)
    rotations = quaternions_to_matrices(state.orientations)
    kinds = [system.bodies[k] for k in system.body_kind]
    typeid, body, mass = np.zeros(n, dtype=np.int64), np.full(n, -1), np.ones(n)
    position, velocity, moments = np.zeros((n, 3)), np.zeros((n, 3)), np.zeros((n, 3))
    orientation, angmom = np.tile([1.0, 0.0, 0.0, 0.0], (n, 1)), np.zeros((n, 4))
    typeid[:n_bodies] = [kind.centre_type for kind in kinds]
    position[:n_bodies] = wrap(state.centres_nm, state.box)
    if counts.sum():
        typeid[beads] = np.concatenate([kind.bead_types for kind in kinds])
        placed = [
            centre + kind.bead_positions_nm @ rotation.T
            for kind, centre, rotation in zip(kinds, state.centres_nm, rotations, strict=True)
        ]
        position[beads] = wrap(np.concatenate(placed), state.box)
    typeid[free] = system.free_types
    position[free] = wrap(state.free_positions_nm, state.box)
    velocity[:n_bodies] = state.velocities_nm_ps
    velocity[free] = state.free_velocities_nm_ps
    mass[:n_bodies] = body_masses_amu(system)
    mass[free] = system.particle_masses_amu[system.free_types]
    inertia = body_inertia_amu_nm2(system)
    moments[:n_bodies] = inertia
    orientation[:n_bodies] = state.orientations
    spin_body = np.einsum("bji,bj->bi", rotations, state.angular_velocities_rad_ps)
    angmom[:n_bodies] = _angular_momentum(state.orientations, inertia * spin_body)
    centres = np.where(counts > 0, np.arange(n_bodies), -1)
    body[:n_bodies] = centres
    body[beads] = np.repeat(centres, counts)
    return {
        "typeid": typeid, "position": position, "velocity": velocity, "mass": mass, "moment_inertia": moments,
        "orientation": orientation, "angmom": angmom, "body": body,
    }  # fmt: skip


def _angular_momentum(q: FloatArray, body_momentum: FloatArray) -> FloatArray:
    """2 q (0, L)."""
    w, v = q[:, :1], q[:, 1:]
    scalar = -np.sum(v * body_momentum, axis=1, keepdims=True)
    vector = w * body_momentum + np.cross(v, body_momentum)
    return np.asarray(2 * np.concatenate([scalar, vector], axis=1))


def _body_vector(q: FloatArray, momentum: FloatArray) -> FloatArray:
    """L of p = 2 q (0, L): the vector part of conj(q) p / 2."""
    w, v = q[:, :1], -q[:, 1:]
    s, u = momentum[:, :1], momentum[:, 1:]
    return np.asarray((w * u + s * v + np.cross(v, u)) / 2)
