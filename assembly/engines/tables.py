"""A `TablePair` between its grid points, and as the file that LAMMPS reads.

The engines interpolate on grids of their own (LAMMPS with splines in r^2, HOOMD linearly in r). What they share is the
function that the table stands for: the cubic Hermite through its energies and forces, a straight line below its first
distance, zero beyond its cutoff. Each engine gets that function on a grid so fine that they agree to 1e-6 (but for the
straight line below some hundredths of the cutoff, where a spline in r^2 is no good: a wall, of about that height).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assembly.system.system import MiePair, TablePair

FloatArray = NDArray[np.float64]

LAMMPS_POINTS, HOOMD_POINTS = 4000, 32_000
"""Points of the engines' own grids: 1e-6 of the energy for potentials that decay over 0.2 nm."""
INNERMOST = 1e-4
"""Shortest distance of an engine's grid over the cutoff. Only a run that blew up gets there, and may have to be told:
further in HOOMD feels nothing, and LAMMPS ends the whole process, out of which no error finds its way."""
MIE_WALL = 8.0
"""Energy over the depth at which the table of a shifted Mie potential begins."""


def table_values(pair: TablePair, r_nm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Energies [kJ/mol] and forces -dU/dr [kJ/mol/nm] at distances ``r_nm`` [nm], of its shape.

    Examples
    --------
    >>> line = TablePair(
    ...     r_min_nm=1.0, cutoff_nm=2.0, energy_kj_mol=np.array([3.0, 0.0]), force_kj_mol_nm=np.array([3.0, 3.0])
    ... )
    >>> [x.tolist() for x in table_values(line, np.array([0.5, 1.5, 2.5]))]
    [[4.5, 1.5, 0.0], [3.0, 3.0, 0.0]]
    """
    r = np.asarray(r_nm, dtype=float)
    energy, force = pair.energy_kj_mol, pair.force_kj_mol_nm
    spacing = (pair.cutoff_nm - pair.r_min_nm) / (len(energy) - 1)
    place = np.clip((r - pair.r_min_nm) / spacing, 0.0, len(energy) - 1)
    i = np.minimum(place.astype(int), len(energy) - 2)
    t = place - i
    e0, e1, f0, f1 = energy[i], energy[i + 1], force[i] * spacing, force[i + 1] * spacing
    u = e0 + t * (-f0 + t * (3 * (e1 - e0) + 2 * f0 + f1 + t * (2 * (e0 - e1) - f0 - f1)))
    push = f0 - t * (2 * (3 * (e1 - e0) + 2 * f0 + f1) + 3 * t * (2 * (e0 - e1) - f0 - f1))
    inside, outside = np.minimum(r - pair.r_min_nm, 0.0), r >= pair.cutoff_nm
    return np.where(outside, 0.0, u - force[0] * inside), np.where(outside, 0.0, push / spacing)


def mie_table(pair: MiePair, n_points: int = 12_000) -> TablePair:
    """A Mie potential as a table of ``n_points`` even distances: for an engine that cannot shift one.

    Examples
    --------
    >>> table = mie_table(MiePair(epsilon_kj_mol=0.5, sigma_nm=0.6, shift_nm=0.25, cutoff_nm=1.8))
    >>> round(float(table_values(table, np.array([1.7]))[0][0]), 5)
    -0.00328
    """
    n, m = pair.n, pair.m
    scale = n / (n - m) * (n / m) ** (m / (n - m)) * pair.epsilon_kj_mol

    def energy(reduced: FloatArray) -> FloatArray:
        return np.asarray(scale * (reduced**-n - reduced**-m))

    first = (scale / (MIE_WALL * pair.epsilon_kj_mol)) ** (1 / n) if pair.epsilon_kj_mol > 0 else 1.0
    r = np.linspace(pair.shift_nm + pair.sigma_nm * 0.9 * first, pair.cutoff_nm, n_points)
    reduced = (r - pair.shift_nm) / pair.sigma_nm
    force = scale * (n * reduced ** (-n - 1) - m * reduced ** (-m - 1)) / pair.sigma_nm
    return TablePair(
        r_min_nm=float(r[0]),
        cutoff_nm=pair.cutoff_nm,
        energy_kj_mol=energy(reduced) - energy(reduced[-1:]),
        force_kj_mol_nm=force,
    )


def lammps_table(pair: TablePair, name: str) -> str:
    """A section of a file for ``pair_style table spline``, with points where LAMMPS wants them: even in r^2."""
    low = INNERMOST * pair.cutoff_nm
    r = np.sqrt(np.linspace(low**2, pair.cutoff_nm**2, LAMMPS_POINTS))
    r[[0, -1]] = low, pair.cutoff_nm
    energy, force = table_values(pair, r)
    head = f"{name}\nN {LAMMPS_POINTS} RSQ {low:.17g} {pair.cutoff_nm:.17g}\n\n"
    rows = zip(r.tolist(), energy.tolist(), force.tolist(), strict=True)
    return head + "".join([f"{i} {x!r} {u!r} {f!r}\n" for i, (x, u, f) in enumerate(rows, 1)]) + "\n"


def hoomd_table(pair: TablePair) -> tuple[float, FloatArray, FloatArray]:
    """First distance [nm], energies [kJ/mol] and forces [kJ/mol/nm] for HOOMD, whose grid ends before the cutoff."""
    low = INNERMOST * pair.cutoff_nm
    r = np.linspace(low, pair.cutoff_nm, HOOMD_POINTS + 1)[:-1]
    return low, *table_values(pair, r)
