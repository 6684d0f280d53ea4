r"""Centre distance of coated spheres over their core diameter, by the models of the literature.

Notation of Travesset: :math:`\lambda = L/R` (extended ligand length over core radius), :math:`\xi` (coverage over its
limit), :math:`\tau = D_{nn}/2R`. Landman and Luedtke, and the perovskite review, write x for lambda and lambda for
xi; `packing.spacing.notation` translates by name. Everything works on arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.errors import InputError

FloatArray = NDArray[np.float64]


def opm_ratio(length_ratio: ArrayLike, relative_coverage: ArrayLike) -> FloatArray:
    r"""Optimal packing model: ligands fill the cones along lines of contact, :math:`\tau=(1+3\xi\lambda)^{1/3}`.

    The sphere of diameter tau D holds the core and all its ligand at crystalline density. For dense crystals (about
    six neighbours or more), dry or in a poor solvent.

    Parameters
    ----------
    length_ratio
        lambda, ligand length over core radius.
    relative_coverage
        xi, between 0 and 1.

    Returns
    -------
    ndarray
        Centre distance over core diameter, a ratio of at least 1.

    Notes
    -----
    U. Landman and W. D. Luedtke, Faraday Discuss. 125, 1 (2004), doi:10.1039/b312640b; eq 4 of Adv. Mater. 2023,
    doi:10.1002/adma.202209279, whose eq 2 must read V0 = A0 L.

    Examples
    --------
    >>> float(opm_ratio(0.5, 1.0).round(5))
    1.35721
    """
    lam, xi = _checked(length_ratio, relative_coverage)
    return np.cbrt(1 + 3 * xi * lam)


def ocm_ratio(length_ratio: ArrayLike, relative_coverage: ArrayLike, *, invalid: str = "raise") -> FloatArray:
    r"""Overlap cone model: the distance of an isolated pair, whose ligands bend out of the way.

    .. math:: \tau=\tfrac12(1+\lambda)\left[-1+\sqrt{1+8(1+3\xi\lambda)/(1+\lambda)^3}\right]

    Valid for :math:`\lambda\le6\xi-3`; beyond, the formula puts the cores into each other.

    Parameters
    ----------
    length_ratio, relative_coverage
        lambda and xi.
    invalid
        ``"raise"``, or ``"nan"`` where a table must go on.

    Raises
    ------
    InputError
        Beyond the validity, unless ``invalid="nan"``.

    Notes
    -----
    P. Schapotschnikow and T. J. H. Vlugt, J. Chem. Phys. 131, 124705 (2009). At full coverage tau never exceeds
    1.2419, whatever the chain.

    Examples
    --------
    >>> float(ocm_ratio(1.0, 1.0).round(5))
    1.23607
    """
    lam, xi = _checked(length_ratio, relative_coverage)
    beyond = lam > (6 * xi - 3) * (1 + 1e-12) + 1e-12
    if invalid == "raise" and np.any(beyond):
        i = np.unravel_index(int(np.argmax(beyond)), np.broadcast(lam, xi).shape)
        at_lam, at_xi = (float(np.broadcast_to(v, np.broadcast(lam, xi).shape)[i]) for v in (lam, xi))
        raise InputError(
            f"overlap cone model (ocm) holds up to ligand length / core radius = 6 xi - 3 = {6 * at_xi - 3:.3g} "
            f"at a relative coverage xi = {at_xi:.3g}, got {at_lam:.3g}. Use the optimal packing model (opm)."
        )
    u = 1 + lam
    tau = 0.5 * u * (np.sqrt(1 + 8 * (1 + 3 * xi * lam) / (u * u * u)) - 1)
    return np.where(beyond, np.nan, tau)


def oxm_ratio(cone_angle_rad: ArrayLike, length_ratio: ArrayLike, relative_coverage: ArrayLike) -> FloatArray:
    r"""Packing of ligands in a cone of any half angle, :math:`\tau=[2c^2(1+3\xi\lambda)/(1+c)]^{1/3}`, c its cosine.

    At zero angle this is the OPM; at `ocm_cone_angle_rad` it is the OCM.

    Parameters
    ----------
    cone_angle_rad
        Half angle of the overlap cone, below pi/2 [rad].
    length_ratio
        Extended ligand over radius of the core, lambda.
    relative_coverage
        Share of close packing, xi, at most 1; all three broadcast.

    Raises
    ------
    InputError
        For an angle of pi/2 or more, and ratios that are negative or above their limit.

    Examples
    --------
    >>> float(oxm_ratio(0.0, 0.5, 1.0).round(5))
    1.35721
    """
    lam, xi = _checked(length_ratio, relative_coverage)
    c = np.cos(np.asarray(cone_angle_rad, dtype=np.float64))
    if np.any(c <= 0):
        raise InputError("cone_angle_rad must be below pi/2. Give the half angle of the overlap cone in radians.")
    return np.cbrt(2 * c * c / (1 + c) * (1 + 3 * xi * lam))


def ocm_cone_angle_rad(length_ratio: ArrayLike, relative_coverage: ArrayLike) -> FloatArray:
    r"""Half angle [rad] of the cone where the extended ligands of a pair meet, :math:`\cos\theta=\tau/(1+\lambda)`.

    Parameters
    ----------
    length_ratio
        lambda, ligand length over core radius.
    relative_coverage
        xi, between 0 and 1; both broadcast.

    Examples
    --------
    >>> float(np.degrees(ocm_cone_angle_rad(0.5, 1.0)).round(2))
    35.33
    """
    lam, xi = _checked(length_ratio, relative_coverage)
    return np.arccos(np.minimum(ocm_ratio(lam, xi) / (1 + lam), 1.0))


def otm_ratio(length_ratio: ArrayLike, relative_coverage: ArrayLike) -> FloatArray:
    """Orbifold topological model for one component: the OPM, since no contact of fcc, hcp or bcc is lost.

    A. Travesset, Soft Matter 13, 147 (2017). Vortices, and so new numbers, appear in binary crystals only.

    Parameters
    ----------
    length_ratio
        lambda, ligand length over core radius.
    relative_coverage
        xi, between 0 and 1; both broadcast.

    Returns
    -------
    ndarray
        Centre distance over core diameter, a ratio of at least 1.
    """
    return opm_ratio(length_ratio, relative_coverage)


SOFTNESS_MODELS: dict[str, Callable[[ArrayLike, ArrayLike], FloatArray]] = {
    "opm": opm_ratio,
    "ocm": ocm_ratio,
    "otm": otm_ratio,
}


def fcc_bcc_boundary(relative_coverage: ArrayLike) -> FloatArray:
    r"""Ligand length over core radius above which bcc replaces fcc, :math:`\lambda_B(\xi)`.

    The positive root of :math:`1+\lambda=(2/\sqrt3)(1+3\xi\lambda)^{1/3}`, eqs 5 and 6 of Adv. Mater. 2023,
    doi:10.1002/adma.202209279: the extended ligands then reach the second neighbours of bcc.

    Parameters
    ----------
    relative_coverage
        xi, between 0 and 1, any shape.

    Returns
    -------
    ndarray
        Ratio of ligand length to core radius, of the shape of ``relative_coverage``.

    Raises
    ------
    InputError
        For a coverage outside 0 to 1.

    Examples
    --------
    >>> fcc_bcc_boundary([1.0, 0.8, 0.5]).round(4)
    array([0.6637, 0.5039, 0.3126])
    """
    _, xi = _checked(1.0, relative_coverage)
    s = 8 / (3 * math.sqrt(3))
    # f(x) = x^3 + 3 x^2 + 3 (1 - s xi) x + 1 - s: f(0) < 0 and one sign change, so Newton from the right falls to it.
    x = np.ones_like(xi)
    for _ in range(60):
        f = ((x + 3) * x + 3 * (1 - s * xi)) * x + 1 - s
        slope = (3 * x + 6) * x + 3 * (1 - s * xi)
        x = x - f / slope
    return x


def prefers_bcc(length_ratio: ArrayLike, relative_coverage: ArrayLike) -> NDArray[np.bool_]:
    """Whether the softness favours bcc over fcc (see `fcc_bcc_boundary`).

    Parameters
    ----------
    length_ratio
        lambda, ligand length over core radius.
    relative_coverage
        xi, between 0 and 1; both broadcast.

    Returns
    -------
    ndarray
        Of truth values, in the broadcast shape.

    Examples
    --------
    >>> bool(prefers_bcc(0.7, 1.0)), bool(prefers_bcc(0.6, 1.0))
    (True, False)
    """
    lam, xi = _checked(length_ratio, relative_coverage)
    return np.asarray(1 + lam > 2 / math.sqrt(3) * np.cbrt(1 + 3 * xi * lam))


def _checked(length_ratio: ArrayLike, relative_coverage: ArrayLike) -> tuple[FloatArray, FloatArray]:
    lam, xi = np.asarray(length_ratio, dtype=np.float64), np.asarray(relative_coverage, dtype=np.float64)
    # min and max also catch nan, without a temporary of the size of the array.
    if lam.size and not (lam.min() >= 0 and lam.max() < np.inf):
        raise InputError("length_ratio must be finite and not negative. Give ligand length / core radius.")
    if xi.size and not (xi.min() >= 0 and xi.max() <= 1 + 1e-12):
        raise InputError("relative_coverage must lie between 0 and 1. Give coverage / 5.5 chains per nm², at most 1.")
    return lam, xi
