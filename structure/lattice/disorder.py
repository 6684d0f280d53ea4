r"""Displacements from the lattice: uncorrelated (first kind) and cumulative (second kind).

Along a row of sites the distance between two sites :math:`m` steps apart varies by

.. math:: \mathrm{Var}(m) = 2 \sigma_1^2 + m\,\sigma_2^2

with :math:`\sigma_1` the displacement of every site about a perfect lattice and :math:`\sigma_2` the fluctuation of
every step, which adds up (Hosemann's paracrystal; R. Hosemann and S. N. Bagchi, Direct Analysis of Diffraction by
Matter, North-Holland 1962). A row that closes on itself through a periodic box after :math:`M` steps cannot drift:
there :math:`m` is replaced by :math:`m (1 - m/M)`, the variance of a random walk that returns. In a
cluster whose rows all walk alike the fitted period takes up their common drift: there :math:`m` is replaced by the mean
squared distance of a walk less its straight line of least squares, and the better of both forms is kept. Of eight
layers the step's fluctuation still comes out 4 to 25 % low, most where sites scatter little: one walk is one draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from structure.lattice.sites import SiteIndices

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_MAX_STEPS = 12
_MIN_PAIRS = 8
# Grids of sites are kept dense; a sparse set of sites (a grain shaped like a needle across the axes) is cut off here.
_MAX_GRID = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowDisorder:
    """Disorder along one lattice direction.

    Parameters
    ----------
    uncorrelated_nm, uncorrelated_error_nm
        Displacement of sites along the row, sigma_1, and its standard uncertainty [nm].
    cumulative_nm, cumulative_error_nm
        Fluctuation of each step, sigma_2, and its standard uncertainty [nm].
    steps
        Distances along the row in lattice steps, shape (m,).
    variance_nm2
        Variance of the distance between sites that many steps apart [nm^2], shape (m,).
    model_nm2
        The fitted variance [nm^2], shape (m,).
    """

    uncorrelated_nm: float
    uncorrelated_error_nm: float
    cumulative_nm: float
    cumulative_error_nm: float
    steps: FloatArray
    variance_nm2: FloatArray
    model_nm2: FloatArray

    @property
    def is_cumulative(self) -> bool:
        """Whether the cumulative part stands out of its uncertainty (three times)."""
        return self.cumulative_nm > 3 * self.cumulative_error_nm > 0

    def plot(self, ax: Axes | None = None, **line_style: Any) -> Axes:
        """Draw the variance against the distance in steps and return the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        (points,) = ax.plot(self.steps, self.variance_nm2, "o", **line_style)
        ax.plot(self.steps, self.model_nm2, color=points.get_color())
        ax.set(xlabel="distance along the row [lattice steps]", ylabel="variance of the distance [nm$^2$]")
        ax.set_ylim(bottom=0)
        return ax


def row_disorder(sites: SiteIndices, direction: IntArray, basis_nm: FloatArray) -> RowDisorder | None:
    """Fit both kinds of disorder along a lattice direction; None where too few sites lie in a row.

    Parameters
    ----------
    sites
        The indexed particles.
    direction
        Whole-number direction in the primitive basis, shape (3,).
    basis_nm
        Primitive basis (rows) [nm].
    """
    lookup = _grid(sites)
    if lookup is None:
        return None
    step = direction @ basis_nm
    unit = step / np.linalg.norm(step)
    period = _closing_period(direction, sites.winding)
    rows = []
    for m in range(1, _MAX_STEPS + 1 if period is None else min(period, _MAX_STEPS + 1)):
        first, second = _pairs(sites, lookup, direction * m)
        if len(first) < _MIN_PAIRS:
            break
        along = (sites.unwrapped_nm[second] - sites.unwrapped_nm[first]) @ unit - m * np.linalg.norm(step)
        # Sites of one row share displacements; the number of rows bounds the independent pairs.
        rows.append((m, float(np.mean(along**2)), len(first) / m))
    if len(rows) < 2:
        return None
    length, table = float(np.linalg.norm(step)), np.array(rows)
    steps = table[:, 0]
    if period is not None:
        return _fit(table, steps * (1 - steps / period), length)[1]
    forms = (steps, common_walk(_extent(sites, direction) + 1)[steps.astype(int) - 1])
    return min((_fit(table, drift, length) for drift in forms), key=lambda fit: fit[0])[1]


def common_walk(n_sites: int) -> FloatArray:
    """Mean squared distance of sites 1, 2, ... steps apart about a fitted period, shape (n_sites - 1,).

    Of a row whose steps fluctuate independently, with variance 1, after its straight line of least squares is taken
    off: with the covariance C of the walk and the projector P that takes the line off, of the elements of P C P.

    Parameters
    ----------
    n_sites
        Sites of the row, a number.

    Examples
    --------
    >>> common_walk(4).round(3).tolist()
    [0.673, 0.56, 0.06]
    """
    place = np.arange(n_sites) - (n_sites - 1) / 2
    projector = np.eye(n_sites) - 1 / n_sites - np.outer(place, place) / (place @ place)
    walk = np.minimum.outer(np.arange(n_sites), np.arange(n_sites))
    left = projector @ walk @ projector
    square = np.diag(left)
    return np.array(
        [np.mean(square[m:] + square[:-m] - 2 * np.diag(left, m)) for m in range(1, n_sites)], dtype=np.float64
    )


def _extent(sites: SiteIndices, direction: IntArray) -> int:
    """Number of steps from the first to the last site along a direction."""
    along = np.linalg.lstsq(direction[None].T.astype(float), sites.site_indices.T.astype(float), rcond=None)[0][0]
    return max(round(float(np.ptp(along))), 2)


def _fit(rows: FloatArray, drift: FloatArray, step_nm: float) -> tuple[float, RowDisorder]:
    """Weighted residual and fit, with what a fluctuation of 1 of every step would add at each distance."""
    m, variance, independent = rows.T
    design = np.column_stack([2 * np.ones_like(m), drift])
    # The variance of a variance from n values is 2 v^2 / n.
    floor = (1e-6 * step_nm) ** 2
    error = np.maximum(variance, floor) * np.sqrt(2 / independent)
    solution, residual = nnls(design / error[:, None], variance / error)
    scatter = np.linalg.pinv((design / error[:, None]).T @ (design / error[:, None]))
    sigma = np.sqrt(solution)
    # d sigma = d(sigma^2) / (2 sigma); at zero the square root of the error of sigma^2 is the scale.
    spread = np.sqrt(np.diag(scatter))
    uncertainty = np.where(solution > spread, spread / (2 * np.maximum(sigma, 1e-300)), np.sqrt(spread))
    result = RowDisorder(
        uncorrelated_nm=float(sigma[0]),
        uncorrelated_error_nm=float(uncertainty[0]),
        cumulative_nm=float(sigma[1]),
        cumulative_error_nm=float(uncertainty[1]),
        steps=m,
        variance_nm2=variance,
        model_nm2=design @ solution,
    )
    return float(residual), result


def _closing_period(direction: IntArray, winding: IntArray | None) -> int | None:
    """After how many steps along a direction the box brings a row back to its start; None if it never does."""
    if winding is None:
        return None
    turns = direction @ np.linalg.inv(winding)
    for m in range(1, 1000):
        if np.allclose(m * turns, np.round(m * turns), atol=1e-6):
            return m
    return None


def _grid(sites: SiteIndices) -> IntArray | None:
    """Which entry sits at each (sublattice, index) of the bounding box of the sites; -1 where none does."""
    low = sites.site_indices.min(axis=0)
    shape = (sites.n_sublattices, *(np.ptp(sites.site_indices, axis=0) + 1))
    if np.prod([float(x) for x in shape]) > _MAX_GRID:
        return None
    grid = np.full(shape, -1, dtype=np.int64)
    grid[(sites.sublattice, *(sites.site_indices - low).T)] = np.arange(len(sites.members))
    return grid


def _pairs(sites: SiteIndices, grid: IntArray, shift: IntArray) -> tuple[IntArray, IntArray]:
    """Entries whose sites are one ``shift`` apart."""
    target = sites.site_indices - sites.site_indices.min(axis=0) + shift
    fits = np.flatnonzero(np.all((target >= 0) & (target < grid.shape[1:]), axis=1))
    partner = grid[(sites.sublattice[fits], *target[fits].T)]
    return fits[partner >= 0], partner[partner >= 0]
