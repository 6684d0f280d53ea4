"""Beads of all rigid bodies of a system: where they are, and which body motion they show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assembly.system.state import State, body_inertia_amu_nm2, body_masses_amu
from assembly.system.system import System
from packing.configuration import box_to_cell, matrices_to_quaternions, quaternions_to_matrices

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class RigidBeads:
    """Centres and beads of all bodies, in the order of `System`.

    Attributes
    ----------
    n_bound
        Number of centres and beads.
    members
        A slice over them in arrays of all particles.
    members_body
        The body of each, shape (n_bound,).
    reference_nm
        Place of each in its body frame [nm], shape (n_bound, 3).
    masses_amu, types
        Of each, the centre carrying what its beads do not.
    extent_nm
        Largest distance of a bead from its centre [nm].
    """

    def __init__(self, system: System) -> None:
        kinds = [system.bodies[k] for k in system.body_kind]
        counts = np.array([len(kind.bead_types) for kind in kinds], dtype=np.int64)
        n_bodies = len(kinds)
        self._n_bodies = n_bodies
        self._body_masses, self._inertia = body_masses_amu(system), body_inertia_amu_nm2(system)
        self.n_bound = n_bodies + int(counts.sum())
        self.members = slice(0, self.n_bound)
        self.members_body: IntArray = np.concatenate([np.arange(n_bodies), np.repeat(np.arange(n_bodies), counts)])
        beads = [kind.bead_positions_nm for kind in kinds]
        self.reference_nm = np.vstack([np.zeros((n_bodies, 3)), *beads])
        centre_masses = [kind.mass_amu - kind.bead_masses_amu.sum() for kind in kinds]
        self.masses_amu = np.concatenate([centre_masses, *(kind.bead_masses_amu for kind in kinds)])
        self.types: IntArray = np.concatenate(
            [[kind.centre_type for kind in kinds], *(k.bead_types for k in kinds)]
        ).astype(int)
        self.extent_nm = float(np.linalg.norm(self.reference_nm, axis=1).max(initial=0.0))

    def place(self, state: State) -> tuple[FloatArray, FloatArray]:
        """Positions [nm], not wrapped, and velocities [nm/ps] of centres and beads, shapes (n_bound, 3)."""
        body = self.members_body
        arms = np.einsum("nij,nj->ni", quaternions_to_matrices(state.orientations)[body], self.reference_nm)
        return (
            state.centres_nm[body] + arms,
            state.velocities_nm_ps[body] + np.cross(state.angular_velocities_rad_ps[body], arms),
        )

    def fit(self, x: FloatArray, box: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Centres and orientations that put the beads nearest to ``x`` (Kabsch, Acta Cryst. A 32, 922 (1976)).

        Parameters
        ----------
        x
            Positions of centres and beads [nm], wrapped or not, shape (n_bound, 3).
        box
            (Lx, Ly, Lz, xy, xz, yz): lengths [nm], tilts without unit.

        Returns
        -------
        tuple of arrays
            Centres [nm], shape (n_bodies, 3), and scalar-first quaternions, shape (n_bodies, 4).
        """
        arms = self._arms(x, box)
        outer = np.zeros((self._n_bodies, 3, 3))
        np.add.at(outer, self.members_body, arms[:, :, None] * self.reference_nm[:, None, :])
        u, _, vt = np.linalg.svd(outer)
        u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]
        rotations = u @ vt
        counts = np.bincount(self.members_body, minlength=self._n_bodies)
        placed = np.einsum("nij,nj->ni", rotations[self.members_body], self.reference_nm)
        return x[: self._n_bodies] + self._sum(arms - placed) / counts[:, None], matrices_to_quaternions(rotations)

    def fit_velocities(
        self, x: FloatArray, v: FloatArray, box: FloatArray, centres: FloatArray, orientations: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Velocities of the centres and angular velocities (laboratory frame) from momentum and angular momentum.

        Parameters
        ----------
        x, v
            Positions [nm] and velocities [nm/ps] of centres and beads, shape (n_bound, 3).
        box
            (Lx, Ly, Lz, xy, xz, yz): lengths [nm], tilts without unit.
        centres, orientations
            Centres [nm] and quaternions of the bodies, from `fit`.

        Returns
        -------
        tuple of arrays
            Velocities [nm/ps] and angular velocities [rad/ps], shapes (n_bodies, 3).
        """
        mass = self.masses_amu[:, None]
        velocities = self._sum(mass * v) / self._body_masses[:, None]
        rotations = quaternions_to_matrices(orientations)
        arms = np.einsum("nij,nj->ni", rotations[self.members_body], self.reference_nm)
        momentum = self._sum(mass * np.cross(arms, v - velocities[self.members_body]))
        spin_body = np.einsum("bji,bj->bi", rotations, momentum) / self._inertia
        return velocities, np.einsum("bij,bj->bi", rotations, spin_body)

    def forces_and_torques(self, x: FloatArray, state: State, forces: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Total force [kJ/mol/nm] and torque about the centre [kJ/mol] of each body, from those on its members.

        Parameters
        ----------
        x
            Positions of centres and beads [nm], wrapped or not, shape (n_bound, 3).
        state
            Orientations of the bodies.
        forces
            Forces on centres and beads [kJ/mol/nm], shape (n_bound, 3).
        """
        arms = self._lever_arms(state)
        return self._sum(forces), self._sum(np.cross(arms, forces))

    def moment_of_forces(self, x: FloatArray, state: State, forces: FloatArray) -> FloatArray:
        """Sum of (r - R) f over members [kJ/mol], shape (3, 3): what the virial of atoms has more than that of bodies.

        Parameters
        ----------
        x
            Positions of centres and beads [nm], wrapped or not, shape (n_bound, 3).
        state
            Orientations of the bodies.
        forces
            Forces on centres and beads [kJ/mol/nm], shape (n_bound, 3).
        """
        return self._lever_arms(state).T @ forces

    def largest_deviation_nm(self, x: FloatArray, box: FloatArray) -> float:
        """How far a bead of ``x`` is from its place on its rigid body [nm].

        Parameters
        ----------
        x
            Positions of centres and beads [nm], wrapped or not, shape (n_bound, 3).
        box
            (Lx, Ly, Lz, xy, xz, yz): lengths [nm], tilts without unit.
        """
        centres, orientations = self.fit(x, box)
        rotations = quaternions_to_matrices(orientations)[self.members_body]
        away = x - centres[self.members_body] - np.einsum("nij,nj->ni", rotations, self.reference_nm)
        return float(np.abs(_nearest_image(away, box)).max())

    def _lever_arms(self, state: State) -> FloatArray:
        rotations = quaternions_to_matrices(state.orientations)[self.members_body]
        return np.einsum("nij,nj->ni", rotations, self.reference_nm)

    def _arms(self, x: FloatArray, box: FloatArray) -> FloatArray:
        return _nearest_image(x - x[self.members_body], box)

    def _sum(self, values: FloatArray) -> FloatArray:
        return np.column_stack(
            [np.bincount(self.members_body, weights=values[:, i], minlength=self._n_bodies) for i in range(3)]
        )


def _nearest_image(arms: FloatArray, box: FloatArray) -> FloatArray:
    """Vectors that are short against the box, without what whole cell vectors have added to them."""
    cell = box_to_cell(box)
    return arms - np.round(arms @ np.linalg.inv(cell)) @ cell
