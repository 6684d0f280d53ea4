r"""Free energy of a crystal that vibrates in the bottom of its energy: right where contacts are deep, dry crystals.

:math:`F = U - \ln(V/N_p) - \tfrac32\ln N - \tfrac{n}{2}\ln 2\pi + \tfrac12\sum\ln w + n_C\ln 8\pi^2`: w are the n
eigenvalues of the Hessian without the three of whole translations, V the volume of N_p primitive cells of N bodies in
all, n_C of which turn; thermal wavelengths are 1 nm and turns are counted as a fraction of all turns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from assembly.crystal.bodies import Matter
from assembly.crystal.crystals import Crystal
from assembly.crystal.curvature import ZERO_MODES, hessian
from assembly.crystal.energies import energy_gradient
from packing.errors import InputError

SOFT_KT = 1e-3
"""Eigenvalues below this [kT/nm^2, kT] belong to a coordinate that nothing holds: a thermal shift of 30 nm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuasiHarmonic:
    """Free energy of a supercell by its vibrations.

    Parameters
    ----------
    free_energy_kt
        Of one body on average [kT]; nan where the crystal is not stable.
    energy_kt
        Static energy of one body on average [kT].
    lowest
        Smallest eigenvalue besides those of whole translations [kT/nm^2 or kT].
    n_bodies
        Bodies in the supercell.
    """

    free_energy_kt: float
    energy_kt: float
    lowest: float
    n_bodies: int

    @property
    def is_stable(self) -> bool:
        """Whether every shift and turn is held."""
        return self.lowest > SOFT_KT


def quasi_harmonic(
    matter: Matter, crystal: Crystal, repeat: tuple[int, int, int] = (2, 2, 2), *, n_primitive: int | None = None
) -> QuasiHarmonic:
    """The quasi-harmonic free energy of ``repeat`` cells of a relaxed crystal.

    Parameters
    ----------
    matter
        Bodies and potentials.
    crystal
        One relaxed cell.
    repeat
        Cells of the supercell whose waves are counted.
    n_primitive
        Primitive cells in one ``crystal``; None takes one for each translation that maps it onto itself.

    Raises
    ------
    InputError
        If the number of primitive cells is not positive.

    Examples
    --------
    >>> from assembly.crystal.bodies import BeadBody, radials
    >>> from assembly.system.system import MiePair
    >>> from packing.shapes import Sphere
    >>> ball = BeadBody(
    ...     name="ball", shape=Sphere(diameter_nm=1.0), positions_nm=np.zeros((1, 3)), types=np.array([0])
    ... )
    >>> pairs = radials({(0, 0): MiePair(epsilon_kj_mol=50.0, sigma_nm=1.0, cutoff_nm=1.5)}, 1.0)
    >>> half = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]) * 2 ** (1 / 6 - 1 / 2)
    >>> fcc = Crystal(
    ...     name="fcc", cell_nm=half, fractions=np.zeros((1, 3)), rotations=np.eye(3)[None], kinds=np.array([0])
    ... )
    >>> found = quasi_harmonic(Matter(bodies=(ball,), pairs=pairs), fcc)
    >>> found.is_stable, found.n_bodies
    (True, 8)
    """
    primitive = translations_of(crystal) if n_primitive is None else n_primitive
    if primitive < 1:
        raise InputError(f"n_primitive must be at least 1, got {primitive}. Give the primitive cells in one cell.")
    curved = hessian(matter, crystal)
    values = curved.eigenvalues(repeat)
    cells = math.prod(repeat)
    n = crystal.n_bodies * cells
    n_turning = int(curved.turning.sum()) * cells
    energy = energy_gradient(matter, crystal).energy_kt * cells
    # The three of whole translations are the ones nearest to zero; a soft or unstable mode besides them stays.
    modes = np.delete(values, np.argsort(np.abs(values))[:ZERO_MODES])
    lowest = float(modes.min(initial=np.inf))
    free = math.nan
    if lowest > SOFT_KT:
        total = (
            energy
            - math.log(crystal.volume_nm3 / primitive)
            - 1.5 * math.log(n)
            - len(modes) / 2 * math.log(2 * math.pi)
            + 0.5 * float(np.log(modes).sum())
            + n_turning * math.log(8 * math.pi**2)
        )
        free = total / n
    return QuasiHarmonic(free_energy_kt=free, energy_kt=energy / n, lowest=lowest, n_bodies=n)


def translations_of(crystal: Crystal, tolerance_nm: float = 0.05) -> int:
    """How many translations within the cell map a crystal onto itself: its number of primitive cells.

    Parameters
    ----------
    crystal
        The cell.
    tolerance_nm
        How far a body may then be from one of its kind [nm].

    Examples
    --------
    >>> places = np.array([[0.0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    >>> fcc = Crystal(
    ...     name="fcc", cell_nm=np.eye(3), fractions=places, rotations=np.tile(np.eye(3), (4, 1, 1)),
    ...     kinds=np.zeros(4, dtype=int),
    ... )
    >>> translations_of(fcc)
    4
    """
    kinds, f = crystal.kinds, crystal.fractions
    rarest = min(set(kinds.tolist()), key=lambda k: int((kinds == k).sum()))
    sites = np.flatnonzero(kinds == rarest)
    count = 0
    for site in sites:
        moved = f + f[site] - f[sites[0]]
        apart = moved[:, None] - f[None]
        away = np.linalg.norm((apart - np.round(apart)) @ crystal.cell_nm, axis=-1)
        match = np.where(kinds[:, None] == kinds[None], away, np.inf)
        nearest = match.argmin(axis=1)
        turned = np.abs(crystal.rotations - crystal.rotations[nearest]).max()
        count += bool(match.min(axis=1).max() < tolerance_nm and turned < 0.02)
    return count
