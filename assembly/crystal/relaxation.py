"""Relaxing a crystal of rigid bodies at a pressure with an exact gradient: least U + P V over cell, shifts, turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from assembly.crystal.bodies import Matter
from assembly.crystal.crystals import Crystal
from assembly.crystal.energies import EnergyGradient, energy_gradient

FloatArray = NDArray[np.float64]
CellFreedom = Literal["full", "diag", "scale", "fixed"]

STEP_NM = 0.02
"""What one unit of a scaled variable moves: the first step of L-BFGS has this length, whatever the variable."""
_ROUNDS = 12
_STEPS_A_ROUND = 250
_DONE_KT = 1e-7
"""A round that gains less [kT per body] is the last one."""
_SIX = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Relaxed:
    """A relaxed crystal.

    Parameters
    ----------
    crystal
        The cell that was reached.
    pressure_kt_per_nm3
        Pressure [kT/nm^3].
    energy_kt, enthalpy_kt
        Of one cell [kT].
    largest_force_kt_per_nm
        On a body, or on a bead of one that turns [kT/nm]: how well it is relaxed.
    n_evaluations
        Of the energy.
    """

    crystal: Crystal
    pressure_kt_per_nm3: float
    energy_kt: float
    enthalpy_kt: float
    largest_force_kt_per_nm: float
    n_evaluations: int


def relax(matter: Matter, crystal: Crystal, pressure_kt_per_nm3: float = 0.0, *, cell: CellFreedom = "full") -> Relaxed:
    """The nearest minimum of U + P V over the cell, the centres and the turns.

    Parameters
    ----------
    matter
        Bodies and potentials.
    crystal
        Where to start.
    pressure_kt_per_nm3
        Pressure [kT/nm^3]; 0.001 is 4.1 kPa at 300 K.
    cell
        What of it may change: six strains (``"full"``), lengths along x, y and z (``"diag"``: a rectangular box stays
        one, as engines want it), its size alone (``"scale"``), or nothing.

    Notes
    -----
    L-BFGS over variables scaled to `STEP_NM`. Each round starts from the cell of the last one: strains stay small.

    Examples
    --------
    >>> from assembly.crystal.bodies import BeadBody, radials
    >>> from assembly.system.system import MiePair
    >>> from packing.shapes import Sphere
    >>> ball = BeadBody(
    ...     name="ball", shape=Sphere(diameter_nm=1.0), positions_nm=np.zeros((1, 3)), types=np.array([0])
    ... )
    >>> pairs = radials({(0, 0): MiePair(epsilon_kj_mol=1.0, sigma_nm=1.0, cutoff_nm=1.3)}, 1.0)
    >>> start = Crystal(
    ...     name="sc", cell_nm=1.05 * np.eye(3), fractions=np.zeros((1, 3)), rotations=np.eye(3)[None],
    ...     kinds=np.array([0]),
    ... )
    >>> found = relax(Matter(bodies=(ball,), pairs=pairs), start, cell="scale")
    >>> round(float(found.crystal.cell_nm[0, 0]), 6)  # the minimum of the pair, 2^(1/6)
    1.122462
    """
    now, total, evaluations = crystal, np.inf, 0
    for _ in range(_ROUNDS):
        search = _Search(matter, now, pressure_kt_per_nm3, cell)
        found = minimize(
            search.value, np.zeros(search.size), jac=True, method="L-BFGS-B",
            options={"maxiter": _STEPS_A_ROUND, "maxcor": 20, "ftol": 1e-15, "gtol": 1e-7},
        )  # fmt: skip
        evaluations += int(found.nfev)
        now = search.at(found.x)
        if total - found.fun < _DONE_KT * now.n_bodies:
            break
        total = float(found.fun)
    gradient = energy_gradient(matter, now)
    return Relaxed(
        crystal=now,
        pressure_kt_per_nm3=pressure_kt_per_nm3,
        energy_kt=gradient.energy_kt,
        enthalpy_kt=gradient.energy_kt + pressure_kt_per_nm3 * now.volume_nm3,
        largest_force_kt_per_nm=_largest_force(matter, now, gradient),
        n_evaluations=evaluations,
    )


def _largest_force(matter: Matter, crystal: Crystal, gradient: EnergyGradient) -> float:
    arms = np.array([max(matter.bodies[k].extent_nm, 1e-9) for k in crystal.kinds])
    turning = np.array([matter.bodies[k].turns for k in crystal.kinds])
    twist = np.where(turning, np.linalg.norm(gradient.turn_kt, axis=1) / arms, 0.0)
    return float(max(np.linalg.norm(gradient.shift_kt_per_nm, axis=1).max(), twist.max()))


class _Search:
    """The enthalpy as a function of scaled variables: strain, shifts, turns."""

    def __init__(self, matter: Matter, start: Crystal, pressure: float, cell: CellFreedom) -> None:
        self._matter, self._start, self._pressure = matter, start, pressure
        size = float(np.cbrt(start.volume_nm3))
        self._strains = {
            "full": [_unit(*ij) for ij in _SIX],
            "diag": [_unit(i, i) for i in range(3)],
            "scale": [np.eye(3)],
            "fixed": [],
        }[cell]
        self._strain_step = STEP_NM / size
        self._turning = np.array([matter.bodies[k].turns for k in start.kinds])
        extent = np.array([matter.bodies[k].extent_nm for k in start.kinds])[self._turning]
        self._turn_step = STEP_NM / extent[:, None]
        self.size = len(self._strains) + 3 * start.n_bodies + 3 * int(self._turning.sum())

    def _split(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        n_strain, n = len(self._strains), self._start.n_bodies
        strain = np.eye(3)
        for value, unit in zip(x[:n_strain], self._strains, strict=True):
            strain = strain + value * self._strain_step * unit
        shifts = STEP_NM * x[n_strain : n_strain + 3 * n].reshape(n, 3)
        turns = np.zeros((n, 3))
        turns[self._turning] = self._turn_step * x[n_strain + 3 * n :].reshape(-1, 3)
        return strain, shifts, turns

    def at(self, x: FloatArray) -> Crystal:
        strain, shifts, turns = self._split(x)
        start = self._start
        return Crystal(
            name=start.name,
            cell_nm=start.cell_nm @ strain,
            fractions=start.fractions + shifts @ np.linalg.inv(start.cell_nm),
            rotations=Rotation.from_rotvec(turns).as_matrix() @ start.rotations,
            kinds=start.kinds,
        )

    def value(self, x: FloatArray) -> tuple[float, FloatArray]:
        strain, _, turns = self._split(x)
        crystal = self.at(x)
        found = energy_gradient(self._matter, crystal)
        inverse = np.linalg.inv(strain)
        volume = crystal.volume_nm3
        # d = d0 (1 + strain): dU/dstrain = d0^T F, and dV/dstrain = V (1 + strain)^-T.
        by_strain = inverse.T @ found.strain_kt + self._pressure * volume * inverse.T
        parts = [
            np.array([(by_strain * unit).sum() for unit in self._strains]) * self._strain_step,
            STEP_NM * (found.shift_kt_per_nm @ strain.T).ravel(),
            (self._turn_step * _by_vector(turns, found.turn_kt)[self._turning]).ravel(),
        ]
        return found.energy_kt + self._pressure * volume, np.concatenate(parts)


def _unit(i: int, j: int) -> FloatArray:
    """A unit strain, symmetric."""
    unit = np.zeros((3, 3))
    unit[i, j] = unit[j, i] = 1.0 if i == j else 0.5
    return unit


def _by_vector(turns: FloatArray, torque: FloatArray) -> FloatArray:
    """Gradient by the rotation vector itself, from that by a small turn that is added on the left: J_left^T torque."""
    angle = np.linalg.norm(turns, axis=1)[:, None]
    safe = np.maximum(angle, 1e-6)
    b = np.where(angle > 1e-6, (1 - np.cos(safe)) / safe**2, 0.5)
    c = np.where(angle > 1e-6, (safe - np.sin(safe)) / safe**3, 1 / 6)
    once = np.cross(turns, torque)
    return np.asarray(torque - b * once + c * np.cross(turns, once))
