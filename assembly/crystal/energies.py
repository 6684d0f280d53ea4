"""Energy of a crystal of rigid bodies and its exact gradient: strain, shifts and turns.

A pair of bodies at centre distance d has the energy of its beads. Under a strain eps of the crystal, d becomes
(1 + eps) d while the bodies stay as they are, so dU/d eps is the sum of d (dU/dd) over pairs of bodies.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assembly.crystal.bodies import Matter
from assembly.crystal.crystals import Crystal

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_PAIRS_AT_ONCE = 256


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EnergyGradient:
    """Energy of a cell, and how it changes.

    Parameters
    ----------
    energy_kt
        Energy of one cell [kT].
    shift_kt_per_nm
        Gradient by the centres [kT/nm], shape (N, 3).
    turn_kt
        Gradient by rotation vectors in laboratory axes [kT], shape (N, 3).
    strain_kt
        Gradient by the strain [kT], shape (3, 3), not symmetrised.
    """

    energy_kt: float
    shift_kt_per_nm: FloatArray
    turn_kt: FloatArray
    strain_kt: FloatArray

    def pressure_kt_per_nm3(self, volume_nm3: float) -> float:
        """What the static crystal presses with [kT/nm^3] at the ``volume_nm3`` of its cell."""
        return float(-np.trace(self.strain_kt) / (3 * volume_nm3))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BodyPairs:
    """Pairs of bodies within reach, each once.

    Parameters
    ----------
    i, j
        The bodies, shape (M,).
    images
        In which cell the second is, shape (M, 3).
    """

    i: IntArray
    j: IntArray
    images: IntArray


def body_pairs(matter: Matter, crystal: Crystal) -> BodyPairs:
    """All pairs of bodies of a crystal whose beads can feel each other, images included, each once."""
    reach = matter.reach_nm[crystal.kinds[:, None], crystal.kinds[None]]
    most = float(reach.max())
    # Planes of the lattice are that far apart; how many cells are needed along each vector.
    heights = 1 / np.linalg.norm(np.linalg.inv(crystal.cell_nm), axis=0)
    spread = np.ptp(crystal.fractions, axis=0)
    counts = np.ceil(most / heights + spread).astype(int)
    cells = np.array(list(itertools.product(*(range(-n, n + 1) for n in counts))))
    offsets = cells @ crystal.cell_nm
    centres = crystal.centres_nm
    found: list[IntArray] = []
    for i in range(crystal.n_bodies):
        d = centres[None, :] + offsets[:, None] - centres[i]
        near = (d**2).sum(axis=-1) < reach[i][None] ** 2
        cell, j = np.nonzero(near)
        # Each pair once: the later body, or of an image of the body itself the cells of one half space.
        half = cells[cell]
        first = np.where(half[:, 0] != 0, half[:, 0], np.where(half[:, 1] != 0, half[:, 1], half[:, 2]))
        keep = (j > i) | ((j == i) & (first > 0))
        found.append(np.column_stack([np.full(keep.sum(), i), j[keep], half[keep]]))
    rows = np.concatenate(found).astype(np.int64)
    return BodyPairs(i=rows[:, 0], j=rows[:, 1], images=rows[:, 2:])


def energy_gradient(matter: Matter, crystal: Crystal, pairs: BodyPairs | None = None) -> EnergyGradient:
    """Energy of one cell and its gradient.

    Parameters
    ----------
    matter
        Bodies and potentials.
    crystal
        The cell.
    pairs
        Its pairs, if they are known; bodies must not have moved out of them.

    Examples
    --------
    >>> from assembly.crystal.bodies import BeadBody, radials
    >>> from assembly.system.system import MiePair
    >>> from packing.shapes import Sphere
    >>> ball = BeadBody(
    ...     name="ball", shape=Sphere(diameter_nm=1.0), positions_nm=np.zeros((1, 3)), types=np.array([0])
    ... )
    >>> pairs = radials({(0, 0): MiePair(epsilon_kj_mol=1.0, sigma_nm=1.0, cutoff_nm=1.2)}, 1.0)
    >>> sc = Crystal(
    ...     name="sc", cell_nm=np.eye(3), fractions=np.zeros((1, 3)), rotations=np.eye(3)[None], kinds=np.array([0])
    ... )
    >>> round(energy_gradient(Matter(bodies=(ball,), pairs=pairs), sc).energy_kt, 6)  # three contacts a body
    2.672896
    """
    near = body_pairs(matter, crystal) if pairs is None else pairs
    n = crystal.n_bodies
    centres = crystal.centres_nm
    d = centres[near.j] + near.images @ crystal.cell_nm - centres[near.i]
    energy = np.zeros(len(d))
    push = np.zeros((len(d), 3))
    turns = np.zeros((2, len(d), 3))
    ki, kj = crystal.kinds[near.i], crystal.kinds[near.j]
    for a, b in {(int(x), int(y)) for x, y in zip(ki, kj, strict=True)}:
        rows = np.flatnonzero((ki == a) & (kj == b))
        for start in range(0, len(rows), _PAIRS_AT_ONCE):
            some = rows[start : start + _PAIRS_AT_ONCE]
            one, other = crystal.rotations[near.i[some]], crystal.rotations[near.j[some]]
            energy[some], push[some], turns[0, some], turns[1, some] = _of_pairs(matter, (a, b), d[some], one, other)
    shift, turn = np.zeros((n, 3)), np.zeros((n, 3))
    np.add.at(shift, near.j, push)
    np.add.at(shift, near.i, -push)
    np.add.at(turn, near.i, turns[0])
    np.add.at(turn, near.j, turns[1])
    return EnergyGradient(
        energy_kt=float(energy.sum()), shift_kt_per_nm=shift, turn_kt=turn, strain_kt=np.asarray(d.T @ push)
    )


def _of_pairs(
    matter: Matter, kinds: tuple[int, int], d: FloatArray, one: FloatArray, other: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Energies of pairs of bodies, their gradients by the second centre and by the turns of both."""
    first, second = (matter.bodies[k] for k in kinds)
    m = len(d)
    energy, push = np.zeros(m), np.zeros((m, 3))
    torque = np.zeros((2, m, 3))
    for a, b, radial in matter.between(*kinds):
        arms1 = np.einsum("mij,bj->mbi", one, first.of_type(a))
        arms2 = np.einsum("mij,bj->mbi", other, second.of_type(b))
        there = arms2 + d[:, None]
        near = bead_distances(arms1, there, radial.cutoff_nm)
        if near is None:
            continue
        (pair, i, j), r = near
        u, slope = radial.energy_slope(r)
        energy += np.bincount(pair, u, m)
        weights = np.zeros((m, arms1.shape[1], arms2.shape[1]))
        weights[pair, i, j] = slope / r
        # Gradient by the beads of the second body: sum over the first's of (x2 - x1) u'(r) / r.
        back = weights.sum(axis=1)[..., None] * there - np.einsum("mab,mai->mbi", weights, arms1)
        front = weights.sum(axis=2)[..., None] * arms1 - np.einsum("mab,mbi->mai", weights, there)
        push += back.sum(axis=1)
        torque[0] += np.cross(arms1, front).sum(axis=1)
        torque[1] += np.cross(arms2, back).sum(axis=1)
    return energy, push, torque[0], torque[1]


def bead_distances(
    one: FloatArray, other: FloatArray, cutoff_nm: float
) -> tuple[tuple[IntArray, IntArray, IntArray], FloatArray] | None:
    """Pairs of beads nearer than a cutoff, (pair of bodies, bead, bead), and their distances [nm]; None if none is.

    Parameters
    ----------
    one, other
        Beads of the two bodies of each pair [nm], shapes (M, a, 3) and (M, b, 3).
    cutoff_nm
        The cutoff [nm].
    """
    squares = (
        (one**2).sum(axis=-1)[:, :, None] + (other**2).sum(axis=-1)[:, None] - 2 * np.matmul(one, other.swapaxes(1, 2))
    )
    near = np.nonzero(squares < cutoff_nm**2)
    if not len(near[0]):
        return None
    away = other[near[0], near[2]] - one[near[0], near[1]]
    r = np.sqrt(np.maximum((away**2).sum(axis=-1), 1e-12))
    keep = r < cutoff_nm
    return (near[0][keep], near[1][keep], near[2][keep]), r[keep]
