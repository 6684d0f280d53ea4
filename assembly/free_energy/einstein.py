r"""From springs to the crystal: Frenkel and Ladd's integration for rigid bodies, its reference and its quadrature.

Springs hold every body to its site: :math:`\tfrac k2 |\Delta R|^2` on its centre, and on a body that turns
:math:`\kappa(1-\cos\theta)`, with :math:`\theta` the angle of its turn.
Springs of K = k/n on n beads of a body whose places sum to zero and have an isotropic second moment S do exactly
that: :math:`\kappa = \tfrac23 K S`, S the sum of r^2. The centre of mass is free, so no term diverges: its part of
the springs is taken out exactly, which needs one k for all.

:math:`F = U_0 - \ln\frac{V}{N_p} - \frac{3N}{2}\ln\frac{2\pi}{k} - n_C\ln Z_r + \frac32\ln\frac{2\pi}{Nk}
- \ln\langle e^{-(U-U_0)}\rangle_0 - \int_0^1 \frac{\langle E_\lambda\rangle}{\lambda}d\lambda`

with :math:`\lambda` the factor of the springs beside the full U, E the internal energy of springs :math:`\lambda k`,
:math:`Z_r = e^{-\kappa}[I_0(\kappa)-I_1(\kappa)]` over all turns as 1. Lengths are in nm, energies in kT, thermal
wavelengths 1 nm. D. Frenkel, A. J. C. Ladd, J. Chem. Phys. 81, 3188 (1984), doi:10.1063/1.448024; the finite size by
J. M. Polson et al., J. Chem. Phys. 112, 5339 (2000), doi:10.1063/1.481102.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, ive

FloatArray = NDArray[np.float64]

NODES = 6
OFFSET = 0.01
"""Nodes are Gauss's in ln(lambda + offset): the integrand is large where springs fade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EinsteinCrystal:
    """A crystal of bodies on springs.

    Parameters
    ----------
    n_bodies, n_turning
        Bodies, and how many of them turn.
    spring_kt_per_nm2
        k of every centre [kT/nm^2].
    turn_spring_kt
        kappa of every body that turns [kT].
    volume_nm3
        Of the box [nm^3].
    n_primitive
        Primitive cells in it.
    """

    n_bodies: int
    n_turning: int
    spring_kt_per_nm2: float
    turn_spring_kt: float
    volume_nm3: float
    n_primitive: int

    @property
    def free_energy_kt(self) -> float:
        """Of the box without interactions, its centre of mass free in one primitive cell [kT].

        Examples
        --------
        A body alone is free in its volume:

        >>> one = EinsteinCrystal(
        ...     n_bodies=1, n_turning=0, spring_kt_per_nm2=100.0, turn_spring_kt=0.0, volume_nm3=8.0, n_primitive=1
        ... )
        >>> round(one.free_energy_kt + math.log(8.0), 12)
        0.0
        """
        k, n = self.spring_kt_per_nm2, self.n_bodies
        free = -math.log(self.volume_nm3 / self.n_primitive) - 1.5 * n * math.log(2 * math.pi / k)
        free += 1.5 * math.log(2 * math.pi / (n * k))
        if self.n_turning:
            free -= self.n_turning * math.log(turn_share(self.turn_spring_kt))
        return free


def turn_share(kappa_kt: float) -> float:
    r"""Part of all turns that :math:`\kappa(1-\cos\theta)` leaves, a share: Haar's measure of all turns is 1.

    Parameters
    ----------
    kappa_kt
        Strength of the spring [kT].

    Examples
    --------
    >>> round(turn_share(1e-9), 6)
    1.0
    """
    return float(ive(0, kappa_kt) - ive(1, kappa_kt))


def quadrature(n: int = NODES, offset: float = OFFSET) -> tuple[FloatArray, FloatArray]:
    r"""Factors of the springs, rising, and their weights for :math:`\int_0^1 f\,d\lambda`; shapes (n,), dimensionless.

    Parameters
    ----------
    n
        Number of nodes.
    offset
        c of ln(lambda + c).

    Examples
    --------
    >>> nodes, weights = quadrature()
    >>> round(float(weights @ (1 / (nodes + 0.01))), 9) == round(math.log(101), 9)
    True
    """
    x, w = np.polynomial.legendre.leggauss(n)
    low, high = math.log(offset), math.log(1 + offset)
    points = np.exp(low + (x + 1) / 2 * (high - low))
    return points - offset, w * (high - low) / 2 * points


@dataclass(frozen=True, slots=True, kw_only=True)
class CrystalFreeEnergy:
    """A free energy with its statistical error.

    Parameters
    ----------
    free_energy_kt, sd_kt
        Of the box, and its standard error [kT].
    n_bodies
        Bodies in the box.
    integral_kt, integral_sd_kt
        From the springs at full strength, with interactions, to none [kT].
    switch_kt, forward_kt, reverse_kt
        What switching the interactions on costs at full springs [kT], by Bennett's ratio of both samples, and by
        averages without and with interactions alone: all agree where springs are strong enough.
    """

    free_energy_kt: float
    sd_kt: float
    n_bodies: int
    integral_kt: float
    integral_sd_kt: float
    switch_kt: float
    forward_kt: float
    reverse_kt: float

    @property
    def per_body_kt(self) -> float:
        """Free energy of one body on average [kT]."""
        return self.free_energy_kt / self.n_bodies

    @property
    def sd_per_body_kt(self) -> float:
        """Its standard error [kT]."""
        return self.sd_kt / self.n_bodies


def integrated(
    reference: EinsteinCrystal,
    static_kt: float,
    nodes: Sequence[float],
    weights: Sequence[float],
    blocks_kt: Sequence[FloatArray],
    switch_kt: float,
    switch_sd_kt: float,
    one_way_kt: tuple[float, float],
) -> CrystalFreeEnergy:
    """The free energy from what was sampled at each node.

    Parameters
    ----------
    reference
        The Einstein crystal.
    static_kt
        Energy with every body on its site [kT].
    nodes, weights
        From `quadrature`.
    blocks_kt
        Block averages at each node of the internal energy that springs of full strength would have [kT].
    switch_kt, switch_sd_kt
        Cost of switching the interactions on beside springs of full strength, over the static energy [kT].
    one_way_kt
        The same by averages without and with interactions alone [kT].
    """
    means = np.array([float(np.mean(b)) for b in blocks_kt])
    errors = np.array([float(np.std(b, ddof=1) / math.sqrt(len(b))) for b in blocks_kt])
    weight = np.asarray(weights)
    integral, sd = float(weight @ means), float(np.sqrt((weight**2) @ errors**2))
    return CrystalFreeEnergy(
        free_energy_kt=reference.free_energy_kt + static_kt + switch_kt - integral,
        sd_kt=math.hypot(sd, switch_sd_kt),
        n_bodies=reference.n_bodies,
        integral_kt=integral,
        integral_sd_kt=sd,
        switch_kt=switch_kt,
        forward_kt=one_way_kt[0],
        reverse_kt=one_way_kt[1],
    )


def spring_mean_kt(kappa_kt: float) -> float:
    r"""Mean of :math:`\kappa(1-\cos\theta)` over turns with that weight [kT].

    Parameters
    ----------
    kappa_kt
        Strength of the spring [kT].

    Examples
    --------
    Strong springs are harmonic, half a kT each of three:

    >>> round(spring_mean_kt(1e4), 3)
    1.5
    """
    step = 1e-4 * kappa_kt
    return -kappa_kt * (math.log(turn_share(kappa_kt + step)) - math.log(turn_share(kappa_kt - step))) / (2 * step)


def switch_cost(excess_kt: FloatArray) -> tuple[float, float]:
    """Minus ln of the mean of exp(-x), and its standard error by jackknife over ten blocks [kT].

    Parameters
    ----------
    excess_kt
        Energies over the static one of configurations without interactions [kT], shape (n,).
    """

    def cost(x: FloatArray) -> float:
        least = float(x.min())
        return least - math.log(float(np.mean(np.exp(-(x - least)))))

    blocks = np.array_split(np.asarray(excess_kt, dtype=float), 10)
    left = np.array([cost(np.concatenate(blocks[:i] + blocks[i + 1 :])) for i in range(10)])
    return cost(excess_kt), float(math.sqrt(9 / 10 * ((left - left.mean()) ** 2).sum()))


def bennett_cost(without_kt: FloatArray, with_kt: FloatArray) -> tuple[float, float]:
    """Cost of switching interactions on from samples of both ends, and its standard error by jackknife [kT].

    C. H. Bennett, J. Comput. Phys. 22, 245 (1976), doi:10.1016/0021-9991(76)90078-4.

    Parameters
    ----------
    without_kt, with_kt
        Energies of the interactions over the static one, of configurations that were sampled without them and with
        them [kT].

    Examples
    --------
    Gaussian energies of variance v at a mean m cost m - v/2; with interactions they lie v lower:

    >>> rng = np.random.default_rng(1)
    >>> cost, sd = bennett_cost(rng.normal(5, 2, 4000), rng.normal(1, 2, 4000))
    >>> bool(abs(cost - 3) < 5 * sd), bool(sd < 0.1)
    (True, True)
    """

    def cost(a: FloatArray, b: FloatArray) -> float:
        shift = math.log(len(a) / len(b))

        def uneven(f: float) -> float:
            return float(expit(f - a - shift).sum() - expit(b - f + shift).sum())

        low, high = min(a.min(), b.min()) - 50, max(a.max(), b.max()) + 50
        return float(brentq(uneven, low, high))

    parts = [np.array_split(np.asarray(x, dtype=float), 10) for x in (without_kt, with_kt)]
    left = np.array([cost(*(np.concatenate(p[:i] + p[i + 1 :]) for p in parts)) for i in range(10)])
    value = cost(np.asarray(without_kt, dtype=float), np.asarray(with_kt, dtype=float))
    return value, float(math.sqrt(9 / 10 * ((left - left.mean()) ** 2).sum()))
