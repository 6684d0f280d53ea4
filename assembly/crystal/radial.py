"""Pair potentials of beads with two derivatives, and their sums over the beads of two rigid bodies."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assembly.system.system import MiePair, PairPotential, TablePair

FloatArray = NDArray[np.float64]


class Radial(Protocol):
    """A potential of a distance."""

    cutoff_nm: float

    def energy_slope(self, r_nm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Energy [kT] and its slope dU/dr [kT/nm] at distances ``r_nm`` [nm] below the cutoff."""
        ...

    def curvature(self, r_nm: FloatArray) -> FloatArray:
        """Second derivative [kT/nm^2] at distances ``r_nm`` [nm] below the cutoff."""
        ...


class TableRadial:
    """A `TablePair` as the cubics through its energies and forces; a straight line below its first distance.

    Parameters
    ----------
    pair
        The table [kJ/mol].
    kt_kj_mol
        What energies are divided by.
    """

    def __init__(self, pair: TablePair, kt_kj_mol: float) -> None:
        self.cutoff_nm = pair.cutoff_nm
        self._first = pair.r_min_nm
        n = len(pair.energy_kj_mol) - 1
        self._last = n - 1
        self._spacing = (pair.cutoff_nm - pair.r_min_nm) / n
        u = np.asarray(pair.energy_kj_mol, dtype=float) / kt_kj_mol
        f = -np.asarray(pair.force_kj_mol_nm, dtype=float) / kt_kj_mol * self._spacing
        rise = u[1:] - u[:-1]
        self._cubics = np.stack([u[:-1], f[:-1], 3 * rise - 2 * f[:-1] - f[1:], f[:-1] + f[1:] - 2 * rise], axis=-1)
        self._wall = f[0] / self._spacing

    def energy_slope(self, r_nm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Energy [kT] and slope [kT/nm] at distances ``r_nm`` [nm]."""
        t, c = self._place(r_nm)
        inside = np.minimum(r_nm - self._first, 0.0)
        energy = c[..., 0] + t * (c[..., 1] + t * (c[..., 2] + t * c[..., 3])) + self._wall * inside
        return energy, (c[..., 1] + t * (2 * c[..., 2] + t * 3 * c[..., 3])) / self._spacing

    def curvature(self, r_nm: FloatArray) -> FloatArray:
        """Second derivative [kT/nm^2] at distances ``r_nm`` [nm]."""
        t, c = self._place(r_nm)
        bent = (2 * c[..., 2] + 6 * t * c[..., 3]) / self._spacing**2
        return np.where(r_nm < self._first, 0.0, bent)

    def _place(self, r: FloatArray) -> tuple[FloatArray, FloatArray]:
        place = np.maximum((r - self._first) / self._spacing, 0.0)
        i = np.minimum(place.astype(np.int64), self._last)
        return place - i, self._cubics[i]


class MieRadial:
    """A `MiePair`, cut and shifted.

    Parameters
    ----------
    pair
        The potential [kJ/mol].
    kt_kj_mol
        What energies are divided by.
    """

    def __init__(self, pair: MiePair, kt_kj_mol: float) -> None:
        self.cutoff_nm = pair.cutoff_nm
        self._pair = pair
        n, m = pair.n, pair.m
        self._scale = n / (n - m) * (n / m) ** (m / (n - m)) * pair.epsilon_kj_mol / kt_kj_mol
        self._end = float(self._raw(np.array([pair.cutoff_nm]), 0)[0])

    def energy_slope(self, r_nm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Energy [kT] and slope [kT/nm] at distances ``r_nm`` [nm]."""
        return self._raw(r_nm, 0) - self._end, self._raw(r_nm, 1)

    def curvature(self, r_nm: FloatArray) -> FloatArray:
        """Second derivative [kT/nm^2] at distances ``r_nm`` [nm]."""
        return self._raw(r_nm, 2)

    def _raw(self, r: FloatArray, order: int) -> FloatArray:
        p = self._pair
        x = p.sigma_nm / (r - p.shift_nm)
        total = np.zeros_like(x)
        for power, sign in ((p.n, 1.0), (p.m, -1.0)):
            factor = (1.0, -power, power * (power + 1))[order]
            total = total + sign * factor * x ** (power + order)
        return np.asarray(self._scale * total / p.sigma_nm**order)


def radial_of(pair: PairPotential, kt_kj_mol: float) -> Radial:
    """A pair potential of a `System` with energies in kT.

    Parameters
    ----------
    pair
        Mie or table.
    kt_kj_mol
        What energies are divided by [kJ/mol].

    Examples
    --------
    >>> pair = MiePair(epsilon_kj_mol=2.0, sigma_nm=1.0, cutoff_nm=2.0 ** (1 / 6))
    >>> energy, slope = radial_of(pair, 1.0).energy_slope(np.array([1.0]))
    >>> float(energy[0].round(9)), float(slope[0])
    (2.0, -48.0)
    """
    return TableRadial(pair, kt_kj_mol) if isinstance(pair, TablePair) else MieRadial(pair, kt_kj_mol)
