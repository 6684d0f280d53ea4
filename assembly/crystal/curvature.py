"""Second derivatives of a crystal's energy, exactly: by shifts and turns of its bodies, for any wave vector.

A body's coordinates are its centre and a rotation vector in laboratory axes, theta: a bead at the arm a moves by
theta x a + [theta (theta . a) - a theta^2] / 2. Two bodies of a pair give one 12 x 12 block; blocks add up, the one
between a body and an image n with the phase of the cell it is in. So a supercell of any number of cells costs as much
as one: its Hessian falls apart into those of its wave vectors.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assembly.crystal.bodies import Matter
from assembly.crystal.crystals import Crystal
from assembly.crystal.energies import BodyPairs, bead_distances, body_pairs

FloatArray = NDArray[np.float64]

ZERO_MODES = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hessian:
    """Second derivatives of one crystal [kT, kT/nm, kT/nm^2].

    Parameters
    ----------
    crystal
        The cell.
    turning
        Whether each body has turns, shape (N,).
    pairs
        Its pairs of bodies.
    blocks
        Of each pair by (shift, turn) of its first and of its second body, shape (M, 12, 12).
    """

    crystal: Crystal
    turning: NDArray[np.bool_]
    pairs: BodyPairs
    blocks: FloatArray

    @property
    def free(self) -> NDArray[np.int64]:
        """Which of the 6 N coordinates exist: spheres have no turns."""
        mask = np.ones((self.crystal.n_bodies, 6), dtype=bool)
        mask[:, 3:] = self.turning[:, None]
        return np.flatnonzero(mask.ravel())

    def matrix(self, wave: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> NDArray[np.complex128]:
        """Hessian at a vector ``wave`` in units of the reciprocal cell, shape (n, n), Hermitian."""
        n = self.crystal.n_bodies
        full = np.zeros((n, n, 6, 6), dtype=complex)
        phase = np.exp(2j * np.pi * (self.pairs.images @ np.array(wave)))
        i, j = self.pairs.i, self.pairs.j
        np.add.at(full, (i, i), self.blocks[:, :6, :6])
        np.add.at(full, (j, j), self.blocks[:, 6:, 6:])
        across = self.blocks[:, :6, 6:] * phase[:, None, None]
        np.add.at(full, (i, j), across)
        np.add.at(full, (j, i), across.conj().swapaxes(1, 2))
        flat = full.transpose(0, 2, 1, 3).reshape(6 * n, 6 * n)[np.ix_(self.free, self.free)]
        return np.asarray((flat + flat.conj().T) / 2)

    def eigenvalues(self, repeat: tuple[int, int, int] = (1, 1, 1)) -> FloatArray:
        """Eigenvalues of a supercell of ``repeat`` cells [kT/nm^2, kT], rising; those of whole translations are zero.

        Parameters
        ----------
        repeat
            Cells along the three vectors.
        """
        waves = itertools.product(*(np.arange(n) / n for n in repeat))
        found = [np.linalg.eigvalsh(self.matrix((a, b, c))) for a, b, c in waves]
        return np.sort(np.concatenate(found))


def hessian(matter: Matter, crystal: Crystal) -> Hessian:
    """Second derivatives of a crystal's energy.

    Parameters
    ----------
    matter
        Bodies and potentials.
    crystal
        The cell; need not be relaxed.

    Examples
    --------
    >>> from assembly.crystal.bodies import BeadBody, radials
    >>> from assembly.system.system import MiePair
    >>> from packing.shapes import Sphere
    >>> ball = BeadBody(
    ...     name="ball", shape=Sphere(diameter_nm=1.0), positions_nm=np.zeros((1, 3)), types=np.array([0])
    ... )
    >>> pairs = radials({(0, 0): MiePair(epsilon_kj_mol=1.0, sigma_nm=1.0, cutoff_nm=1.5)}, 1.0)
    >>> half = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]) * 2 ** (1 / 6 - 1 / 2)
    >>> fcc = Crystal(
    ...     name="fcc", cell_nm=half, fractions=np.zeros((1, 3)), rotations=np.eye(3)[None], kinds=np.array([0])
    ... )
    >>> values = hessian(Matter(bodies=(ball,), pairs=pairs), fcc).eigenvalues((2, 2, 2))
    >>> int((abs(values) < 1e-9).sum()), bool(values[3] > 1)
    (3, True)
    """
    near = body_pairs(matter, crystal)
    d = crystal.centres_nm[near.j] + near.images @ crystal.cell_nm - crystal.centres_nm[near.i]
    blocks = np.zeros((len(d), 12, 12))
    ki, kj = crystal.kinds[near.i], crystal.kinds[near.j]
    for m in range(len(d)):
        one, other = crystal.rotations[near.i[m]], crystal.rotations[near.j[m]]
        blocks[m] = _block(matter, (int(ki[m]), int(kj[m])), d[m], one, other)
    return Hessian(
        crystal=crystal,
        turning=np.array([matter.bodies[k].turns for k in crystal.kinds]),
        pairs=near,
        blocks=blocks,
    )


def _cross_matrices(arms: FloatArray) -> FloatArray:
    """Matrices X with X theta = theta x a, shape (n, 3, 3)."""
    x, y, z = arms.T
    zero = np.zeros_like(x)
    return np.array([[zero, z, -y], [-z, zero, x], [y, -x, zero]]).transpose(2, 0, 1)


def _block(matter: Matter, kinds: tuple[int, int], d: FloatArray, one: FloatArray, other: FloatArray) -> FloatArray:
    first, second = (matter.bodies[k] for k in kinds)
    total = np.zeros((12, 12))
    for a, b, radial in matter.between(*kinds):
        arms1, arms2 = first.of_type(a) @ one.T, second.of_type(b) @ other.T
        near = bead_distances(arms1[None], (arms2 + d)[None], radial.cutoff_nm)
        if near is None:
            continue
        (_, i, j), r = near
        n = (arms2[j] + d - arms1[i]) / r[:, None]
        slope, bent = radial.energy_slope(r)[1], radial.curvature(r)
        along = n[:, :, None] * n[:, None]
        stiff = (bent - slope / r)[:, None, None] * along + (slope / r)[:, None, None] * np.eye(3)
        ones = np.broadcast_to(np.eye(3), (len(r), 3, 3))
        # How the vector from bead to bead moves with the twelve coordinates.
        moves = np.concatenate([-ones, -_cross_matrices(arms1[i]), ones, _cross_matrices(arms2[j])], axis=2)
        total += np.einsum("kai,kab,kbj->ij", moves, stiff, moves)
        pull = slope[:, None] * n
        total[3:6, 3:6] -= _bending(pull, arms1[i])
        total[9:, 9:] += _bending(pull, arms2[j])
    return total


def _bending(force: FloatArray, arms: FloatArray) -> FloatArray:
    """Second derivative of sum force . bead by a rotation vector."""
    outer = force.T @ arms
    return np.asarray((outer + outer.T) / 2 - np.trace(outer) * np.eye(3))
