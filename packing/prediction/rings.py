"""The first reflections of a superlattice: where to look on the detector."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_positive
from packing.contact.packed import PackedLattice
from packing.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflection:
    """One powder line of a superlattice.

    Parameters
    ----------
    hkl
        One member of the family.
    q_inv_nm
        Momentum transfer [1/nm], 2 pi included.
    multiplicity
        Reciprocal lattice points of the family that scatter.
    strength
        Mean structure factor squared of the family, over that of the forward direction: 1 for a primitive lattice.
        The form factor of the particles multiplies it.
    """

    hkl: tuple[int, int, int]
    q_inv_nm: float
    multiplicity: int
    strength: float

    @property
    def d_nm(self) -> float:
        """Spacing of the planes [nm]."""
        return 2 * math.pi / self.q_inv_nm

    def two_theta_deg(self, wavelength_nm: float) -> float:
        """Scattering angle [degrees] at a wavelength [nm].

        Parameters
        ----------
        wavelength_nm
            Wavelength [nm].

        Raises
        ------
        InputError
            For a wavelength that is not positive, or so long that the line cannot be seen with it.

        Examples
        --------
        >>> line = Reflection(hkl=(1, 0, 0), q_inv_nm=0.6, multiplicity=6, strength=1.0)
        >>> round(line.two_theta_deg(0.15406), 3)
        0.843
        """
        require_positive("wavelength_nm", wavelength_nm, "nm")
        sine = self.q_inv_nm * wavelength_nm / (4 * math.pi)
        if sine > 1:
            raise InputError(
                f"wavelength_nm must be at most {4 * math.pi / self.q_inv_nm:.4g} nm to show the line at "
                f"{self.q_inv_nm:.4g} 1/nm, got {wavelength_nm:g} nm."
            )
        return 2 * math.degrees(math.asin(sine))

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "hkl": list(self.hkl),
            "q_inv_nm": self.q_inv_nm,
            "d_nm": self.d_nm,
            "multiplicity": self.multiplicity,
            "strength": self.strength,
        }


def reflections(
    crystal: PackedLattice, *, n_lines: int = 10, weights: dict[str, float] | None = None
) -> tuple[Reflection, ...]:
    """The first lines that do not vanish, by q.

    Parameters
    ----------
    crystal
        The cell.
    n_lines
        How many lines.
    weights
        Scattering power of each kind, such as core volume times contrast; equal if left out. Extinctions between kinds
        that scatter alike depend on it.

    Returns
    -------
    tuple of Reflection
        With q in 1/nm, d in nm, multiplicity and strength, in the order of q.

    Raises
    ------
    InputError
        For no lines, or weights that leave out a kind.

    Examples
    --------
    >>> from packing.contact.packing import densest_packing
    >>> from packing.shapes import Sphere
    >>> fcc = densest_packing("fcc", {"A": Sphere(diameter_nm=10.0)})
    >>> [(line.hkl, line.multiplicity) for line in reflections(fcc, n_lines=4)]
    [((1, 1, 1), 8), ((2, 0, 0), 6), ((2, 2, 0), 12), ((3, 1, 1), 24)]
    """
    require_positive("n_lines", n_lines)
    missing = set(crystal.kinds).difference(crystal.kinds if weights is None else weights)
    if missing:
        raise InputError(f"weights must name every kind of {crystal.name}, {', '.join(sorted(missing))} is missing.")
    reciprocal = np.asarray(2 * math.pi * np.linalg.inv(crystal.cell_nm).T, dtype=np.float64)
    power = np.array([1.0 if weights is None else weights[kind] for kind in crystal.kinds])
    forward = float(power.sum()) ** 2
    q_max = 2 * math.pi / crystal.volume_nm3 ** (1 / 3)
    while True:
        indices, q = _within(reciprocal, crystal.cell_nm, q_max)
        phases = np.exp(2j * math.pi * indices @ crystal.fractions.T)
        strengths = np.abs(phases @ power) ** 2 / forward
        lines = _families(indices, q, strengths)
        if len(lines) >= n_lines:
            return lines[:n_lines]
        q_max *= 1.5


def _within(reciprocal: FloatArray, cell: FloatArray, q_max: float) -> tuple[NDArray[np.int64], FloatArray]:
    """All non-zero indices with |q| up to ``q_max``: |h| cannot exceed q_max |a| / 2 pi."""
    most = np.floor(q_max * np.linalg.norm(cell, axis=1) / (2 * math.pi) + 1e-9).astype(int)
    grid = np.array(list(itertools.product(*(range(-m, m + 1) for m in most))))
    q = np.linalg.norm(grid @ reciprocal, axis=1)
    keep = (q > 1e-12) & (q <= q_max)
    return grid[keep], q[keep]


def _families(indices: NDArray[np.int64], q: FloatArray, strengths: FloatArray) -> tuple[Reflection, ...]:
    visible = strengths > 1e-9
    order = np.argsort(q[visible], kind="stable")
    indices, q, strengths = indices[visible][order], q[visible][order], strengths[visible][order]
    lines = []
    for _, group in itertools.groupby(range(len(q)), key=lambda i: int(np.searchsorted(_steps(q), i, side="right"))):
        members = list(group)
        best = max(members, key=lambda i: (int(np.sum(indices[i] >= 0)), tuple(indices[i])))
        h, k, ell = (int(x) for x in indices[best])
        lines.append(
            Reflection(
                hkl=(h, k, ell),
                q_inv_nm=float(q[best]),
                multiplicity=len(members),
                strength=float(strengths[members].mean()),
            )
        )
    return tuple(lines)


def _steps(q: FloatArray) -> NDArray[np.int64]:
    """Where a new line begins: q jumps by more than rounding."""
    return np.flatnonzero(np.diff(q) > 1e-7 * q[1:]) + 1
