"""What lies under the effective sizes of a mixture of spheres, and which of its lattices it lets be."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.binary.closed_forms import closed_form, packing_fraction_hs
from packing.binary.otm_branches import BRANCHES
from packing.lattices.catalogue import template
from packing.lattices.templates import Template, cell_matrix, sites

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
    distance, one, other = _distances(known, gamma)
    radii = {"A": reach_a, "B": reach_b * gamma}
    reach = np.array([radii[kind] for kind in known.kinds]) / 2 * (1 + 1e-6)
    met = np.count_nonzero(distance <= reach[one][:, None] + reach[other], axis=1)
    few = (met >= 1) & (met <= OCM_COORDINATION)
    return tuple(kind for k, kind in enumerate(known.kinds) if few[one == k].all())


def _distances(known: Template, gamma: float) -> tuple[FloatArray, NDArray[np.int64], NDArray[np.int64]]:
    """Distances [diameters of A] from one site of each orbit to all sites around it, shape (H, K), and their kinds.

    The cell is that of the closed form, in which nothing but c/a is free in the lattices without vortices.
    """
    form, (step, one, other) = closed_form(known.name), _steps(known)
    ratios, size = np.ones(2), np.array([gamma])
    length = float(form.length_a(size)[0])
    ratios[1] = float(form.volume(size)[0]) / length**3 / np.linalg.det(cell_matrix(known, ratios))
    distance = np.linalg.norm(step @ cell_matrix(known, ratios), axis=-1) * length
    # A site is no neighbour of itself.
    distance[distance < 1e-9] = np.inf
    return distance, one, other


@lru_cache(maxsize=64)
def _steps(known: Template) -> tuple[FloatArray, NDArray[np.int64], NDArray[np.int64]]:
    """Fractional steps from the first site of each orbit to all sites within two cells, with the kinds of both ends.

    Farther ones need not be counted: ligands that reach across two cells meet more than a few on the way.
    """
    table = sites(known)
    _, home = np.unique(table.orbits, return_index=True)
    images = np.array(list(itertools.product(range(-2, 3), repeat=3)))
    at = (table.base + images[:, None]).reshape(-1, 3)
    return at - table.base[home][:, None], table.kinds[home], np.tile(table.kinds, len(images))


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
