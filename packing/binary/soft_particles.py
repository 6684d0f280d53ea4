"""What lies under the effective sizes of a mixture of spheres, and which of its lattices it lets be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.binary.closed_forms import closed_form, packing_fraction_hs
from packing.binary.otm_branches import BRANCHES
from packing.contact.packing import densest_packing
from packing.lattices.catalogue import template
from packing.shapes import Sphere

FloatArray = NDArray[np.float64]

OCM_COORDINATION = 4
"""Most neighbours of a particle that the overlap cone model is for: pairs, chains, squares, tetrahedra."""
_ROUND_OFF = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SoftParticles:
    """Sizes of A and B over their effective (OPM) diameters; numbers or arrays of shape (S,).

    Parameters
    ----------
    core_a, core_b
        Bare cores: what no vortex can make a particle smaller than.
    cone_a, cone_b
        By the overlap cone model; NaN where that does not hold.
    reach_a, reach_b
        Cores with the ligands extended.
    """

    core_a: FloatArray
    core_b: FloatArray
    cone_a: FloatArray
    cone_b: FloatArray
    reach_a: FloatArray
    reach_b: FloatArray

    def exchanged(self) -> SoftParticles:
        """A called B and B called A."""
        return SoftParticles(
            core_a=self.core_b,
            core_b=self.core_a,
            cone_a=self.cone_b,
            cone_b=self.cone_a,
            reach_a=self.reach_b,
            reach_b=self.reach_a,
        )

    def chosen(self, mask: NDArray[np.bool_]) -> SoftParticles:
        """Only the samples where the mask is true.

        Parameters
        ----------
        mask
            Which samples to keep, shape (S,).
        """
        return SoftParticles(**{name: np.atleast_1d(getattr(self, name))[mask] for name in self.__slots__})

    def undercut(self, factor_a: ArrayLike, factor_b: ArrayLike) -> NDArray[np.bool_]:
        """Whether vortices that shrink A and B by these factors would make one smaller than its core.

        A shell gives way, a core does not: such a branch cannot be.

        Parameters
        ----------
        factor_a, factor_b
            Radii of the most shrunken A and B over their nominal ones, any shape.

        Returns
        -------
        ndarray
            Of truth values, in the broadcast shape.
        """
        below_a = np.asarray(factor_a) < self.core_a * (1 - _ROUND_OFF)
        below_b = np.asarray(factor_b) < self.core_b * (1 - _ROUND_OFF)
        return np.asarray(below_a | below_b)


def open_kinds(name: str, gamma: float, reach_a: float, reach_b: float) -> tuple[str, ...]:
    """Kinds whose particles have so few neighbours that the overlap cone model is theirs.

    One to `OCM_COORDINATION` neighbours, where a neighbour is what the extended ligands of both reach, as in the rule
    for bcc (eqs 5 and 6 of Adv. Mater. 2023, doi:10.1002/adma.202209279): particles farther away leave ligands room
    to bend out of a contact. None for lattices with tabulated OTM branches: there vortices say what bends.

    Parameters
    ----------
    name
        Name of a binary lattice.
    gamma
        Effective size ratio.
    reach_a, reach_b
        Core with extended ligands over effective diameter, of A and of B.

    Notes
    -----
    Optimal packing for six neighbours and more, cones for two to four, OTM in between: the review named above, and
    P. Schapotschnikow and T. J. H. Vlugt, J. Chem. Phys. 131, 124705 (2009) on isolated pairs.

    Examples
    --------
    >>> open_kinds("ZnS", 0.5, 1.1, 1.1), open_kinds("NaCl", 0.5, 1.1, 1.1)
    (('A', 'B'), ())
    """
    known = template(name)
    if known.name in BRANCHES:
        return ()
    from ase.neighborlist import neighbor_list

    packing = densest_packing(known, {"A": Sphere(diameter_nm=1.0), "B": Sphere(diameter_nm=gamma)})
    kinds = np.array(packing.kinds)
    radii = np.where(kinds == "A", reach_a, reach_b * gamma) / 2 * (1 + 1e-6)
    # ASE's lengths are tenths of ours.
    met = np.bincount(neighbor_list("i", packing.to_atoms(), 10 * radii), minlength=len(kinds))
    few = (met >= 1) & (met <= OCM_COORDINATION)
    return tuple(kind for kind in known.kinds if few[kinds == kind].all())


def shrunken_fraction(name: str, gamma: FloatArray, factor_a: FloatArray, factor_b: FloatArray) -> FloatArray:
    """Nominal volumes over the cell of particles that are smaller by a factor each; NaN where B would exceed A.

    Parameters
    ----------
    name
        Name of a binary lattice with a closed form.
    gamma
        Diameter of B over that of A, shape (G,).
    factor_a, factor_b
        Sizes of A and of B over their nominal ones; broadcast with ``gamma``.

    Examples
    --------
    Both by a tenth, in the same proportion: the cell is smaller by its cube.

    >>> smaller = shrunken_fraction("ZnS", np.array([0.5]), np.array([0.9]), np.array([0.9]))
    >>> (smaller * 0.9**3 / packing_fraction_hs("ZnS", 0.5)).round(9).tolist()
    [1.0]
    """
    form = closed_form(name)
    a, b = np.broadcast_arrays(factor_a, factor_b)
    bar = gamma * b / a
    holds = np.isfinite(bar) & (bar <= 1)
    fraction = packing_fraction_hs(form.name, np.where(holds, bar, 1.0))
    nominal = form.n_a + form.n_b * gamma**3
    return np.asarray(np.where(holds, fraction * nominal / (form.n_a * a**3 + form.n_b * (b * gamma) ** 3), np.nan))
