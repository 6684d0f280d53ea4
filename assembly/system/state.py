"""`State`: everything that moves, at one step; engine-neutral, so that either engine can go on from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assembly.system.system import KB_KJ_PER_MOL_K, System
from packing.configuration import Configuration, box_to_cell, configuration, quaternions_to_matrices, wrap

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """Positions and velocities of bodies and free particles, and the box, at one step.

    Parameters
    ----------
    step, time_ps
        Steps and time [ps] since the start of the run.
    box
        (Lx, Ly, Lz, xy, xz, yz), centred on the origin [nm].
    centres_nm, orientations
        Of the bodies, shapes (B, 3) and (B, 4); centres are wrapped into the box.
    velocities_nm_ps
        Of the body centres [nm/ps], shape (B, 3).
    angular_velocities_rad_ps
        Of the bodies in the *laboratory* frame [rad/ps], shape (B, 3).
    free_positions_nm, free_velocities_nm_ps
        Of the free particles, shape (F, 3); positions are wrapped into the box.
    """

    step: int
    time_ps: float
    box: FloatArray
    centres_nm: FloatArray
    orientations: FloatArray
    velocities_nm_ps: FloatArray
    angular_velocities_rad_ps: FloatArray
    free_positions_nm: FloatArray
    free_velocities_nm_ps: FloatArray

    @property
    def volume_nm3(self) -> float:
        """Volume of the box [nm^3]."""
        return float(np.prod(self.box[:3]))


def initial_state(system: System, rng: np.random.Generator, kt_kj_mol: float | None = None) -> State:
    """The system at step 0 with Maxwell-Boltzmann velocities and no net momentum.

    Parameters
    ----------
    system
        What is simulated.
    rng
        Source of the velocities.
    kt_kj_mol
        Thermal energy [kJ/mol]; None for that of the system.
    """
    kt = system.kt_kj_mol if kt_kj_mol is None else kt_kj_mol
    masses, inertia = body_masses_amu(system), body_inertia_amu_nm2(system)
    velocities = rng.normal(size=(len(masses), 3)) * np.sqrt(kt / masses)[:, None]
    spin_body = rng.normal(size=inertia.shape) * np.sqrt(kt / inertia)
    rotations = quaternions_to_matrices(system.orientations)
    free_masses = system.particle_masses_amu[system.free_types]
    free_velocities = rng.normal(size=(len(free_masses), 3)) * np.sqrt(kt / free_masses)[:, None]
    total_mass = masses.sum() + free_masses.sum()
    drift = (masses @ velocities + free_masses @ free_velocities) / total_mass
    return State(
        step=0,
        time_ps=0.0,
        box=np.array(system.box),
        centres_nm=np.array(system.centres_nm),
        orientations=np.array(system.orientations),
        velocities_nm_ps=velocities - drift,
        angular_velocities_rad_ps=np.einsum("bij,bj->bi", rotations, spin_body),
        free_positions_nm=np.array(system.free_positions_nm),
        free_velocities_nm_ps=free_velocities - drift,
    )


def body_masses_amu(system: System) -> FloatArray:
    """Mass of every body [amu], shape (B,)."""
    return np.array([kind.mass_amu for kind in system.bodies])[system.body_kind]


def body_inertia_amu_nm2(system: System) -> FloatArray:
    """Principal moments of inertia of every body [amu nm^2], shape (B, 3)."""
    return np.array([kind.inertia_amu_nm2 for kind in system.bodies]).reshape(-1, 3)[system.body_kind]


def translational_energy_kj_mol(system: System, state: State) -> float:
    """Kinetic energy of the body centres [kJ/mol]."""
    return float(0.5 * body_masses_amu(system) @ np.sum(state.velocities_nm_ps**2, axis=1))


def rotational_energy_kj_mol(system: System, state: State) -> float:
    """Rotational kinetic energy of the bodies [kJ/mol]."""
    rotations = quaternions_to_matrices(state.orientations)
    spin_body = np.einsum("bji,bj->bi", rotations, state.angular_velocities_rad_ps)
    return float(0.5 * np.sum(body_inertia_amu_nm2(system) * spin_body**2))


def free_energy_of_motion_kj_mol(system: System, state: State) -> float:
    """Kinetic energy of the free particles [kJ/mol]."""
    masses = system.particle_masses_amu[system.free_types]
    return float(0.5 * masses @ np.sum(state.free_velocities_nm_ps**2, axis=1)) if len(masses) else 0.0


def momentum_flow_kj_mol(system: System, state: State) -> FloatArray:
    """Sums of m v_a v_b over body centres and free particles [kJ/mol], ab = xx, yy, zz, xy, xz, yz; shape (6,)."""
    masses = np.concatenate([body_masses_amu(system), system.particle_masses_amu[system.free_types]])
    v = np.vstack([state.velocities_nm_ps, state.free_velocities_nm_ps])
    flow: FloatArray = masses @ (v[:, [0, 1, 2, 0, 0, 1]] * v[:, [0, 1, 2, 1, 2, 2]])
    return flow


def heights_nm(box: FloatArray) -> FloatArray:
    """Distances [nm] between the three pairs of faces of a (Lx, Ly, Lz, xy, xz, yz) box, shape (3,).

    Parameters
    ----------
    box
        Lengths [nm], tilts without unit, shape (6,).

    Examples
    --------
    >>> heights_nm(np.array([2.0, 3, 4, 0, 0, 0])).tolist()
    [2.0, 3.0, 4.0]
    """
    apart: FloatArray = 1 / np.linalg.norm(np.linalg.inv(box_to_cell(box)), axis=0)
    return apart


def with_least_tilts(state: State) -> State:
    """The same lattice of images in the box whose tilts are smallest: -0.5 to 0.5 of its lengths."""
    lx, ly, lz, *_ = state.box
    cell = box_to_cell(state.box)
    cell[1] -= np.round(cell[1, 0] / lx) * cell[0]
    cell[2] -= np.round(cell[2, 1] / ly) * cell[1]
    cell[2] -= np.round(cell[2, 0] / lx) * cell[0]
    box = np.array([lx, ly, lz, cell[1, 0] / ly, cell[2, 0] / lz, cell[2, 1] / lz])
    if np.array_equal(box, state.box):
        return state
    return replace(
        state, box=box, centres_nm=wrap(state.centres_nm, box), free_positions_nm=wrap(state.free_positions_nm, box)
    )


def temperatures_kelvin(system: System, state: State) -> tuple[float, float, float]:
    """Translational and rotational temperature of the bodies and that of the free particles [K]; nan where none.

    T = 2 E_kin / (3 N k_B); the three degrees of freedom of the total momentum are not subtracted.
    """
    n_bodies, n_free = len(state.centres_nm), len(state.free_positions_nm)
    per_body = 2 / (3 * n_bodies * KB_KJ_PER_MOL_K) if n_bodies else np.nan
    per_free = 2 / (3 * n_free * KB_KJ_PER_MOL_K) if n_free else np.nan
    return (
        per_body * translational_energy_kj_mol(system, state),
        per_body * rotational_energy_kj_mol(system, state),
        per_free * free_energy_of_motion_kj_mol(system, state),
    )


def state_configuration(system: System, state: State) -> Configuration:
    """The cores alone, as the other rooms know them."""
    return configuration(
        state.centres_nm,
        shapes=tuple(kind.shape for kind in system.bodies),
        box=state.box,
        orientations=state.orientations,
        species=system.body_kind,
        species_names=tuple(kind.name for kind in system.bodies),
        step=state.step,
    )


def at_rest(state: State) -> State:
    """The same state without any motion."""
    return replace(
        state,
        velocities_nm_ps=np.zeros_like(state.velocities_nm_ps),
        angular_velocities_rad_ps=np.zeros_like(state.angular_velocities_rad_ps),
        free_velocities_nm_ps=np.zeros_like(state.free_velocities_nm_ps),
    )
