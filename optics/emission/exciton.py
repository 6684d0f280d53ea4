"""Ground state of an exciton in a cuboid: kinetic energy, attraction and how bright it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from optics.constants import COULOMB_EV_NM, HBAR2_OVER_2M0_EV_NM2
from optics.emission.overlaps import gaussian_moments, legendre
from optics.materials.properties import Semiconductor
from packing.checks import require_between
from packing.errors import InputError

FloatArray = NDArray[np.float64]
SHORTEST_EDGE_NM, LONGEST_EDGE_NM = 2.0, 100.0
N_EXPONENTS, N_COULOMB = 12, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcitonLevel:
    """The lowest exciton of one dot, measured from the gap.

    Parameters
    ----------
    edges_nm
        Edges of the dot [nm].
    kinetic_ev
        Confinement of electron plus hole without attraction [eV].
    energy_ev
        With attraction [eV]; below zero in a large dot, and then minus the bulk binding energy.
    brightness
        Oscillator enhancement K, the squared integral of psi(r, r): 1 for uncorrelated carriers, growing with volume.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> level = exciton_level((9.0, 9.0, 9.0), semiconductor("CsPbBr3"))
    >>> round(level.energy_ev, 4), round(level.brightness, 1)
    (0.0323, 4.9)
    """

    edges_nm: tuple[float, float, float]
    kinetic_ev: float
    energy_ev: float
    brightness: float

    @property
    def attraction_ev(self) -> float:
        """What attraction and correlation lower the energy by [eV]."""
        return self.kinetic_ev - self.energy_ev


def kinetic_energy_ev(edges_nm: tuple[float, float, float], mass: float) -> float:
    """Confinement energy [eV] of one carrier of a mass [m0] between hard walls.

    Parameters
    ----------
    edges_nm
        The three edges [nm].
    mass
        Effective mass in the dot [m0], relative.
    """
    return float(HBAR2_OVER_2M0_EV_NM2 / mass * np.pi**2 * sum(1 / edge**2 for edge in edges_nm))


def exciton_level(edges_nm: tuple[float, float, float], material: Semiconductor) -> ExcitonLevel:
    r"""Variational ground state of an exciton in a cuboid with hard walls.

    The trial state is the ground state of the box for each carrier times a sum of Gaussians of their distance, so it
    holds from strong confinement to the bulk exciton:

    .. math:: \psi=\varphi(\mathbf r_e)\varphi(\mathbf r_h)\sum_kc_ke^{-a_k|\mathbf r_e-\mathbf r_h|^2},\qquad
              K=\Big(\sum_kc_k\Big)^2

    Parameters
    ----------
    edges_nm
        The three edges [nm].
    material
        Masses and permittivity.

    Raises
    ------
    InputError
        For edges below 2 or above 100 nm, where the effective-mass model or its basis does not hold.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> small, large = (exciton_level((edge,) * 3, semiconductor("CsPbBr3")) for edge in (5.5, 9.0))
    >>> round(1e3 * small.energy_ev), round(1e3 * large.energy_ev)
    (176, 32)

    Notes
    -----
    Checked against configuration interaction in 32768 products of box states (`tests/test_optics_exciton.py`) to
    3e-4 eV for cubes; for edges of 6, 9 and 12 nm it lies 0.9 meV above. Parabolic bands, one mass per carrier, hard
    walls, uniform permittivity; unverified below 4 nm.
    """
    a, b, c = (require_between("edges_nm", e, SHORTEST_EDGE_NM, LONGEST_EDGE_NM, "nm") for e in edges_nm)
    return _level((float(a), float(b), float(c)), material.electron_mass, material.hole_mass, material.permittivity)


@lru_cache(maxsize=4096)
def _level(edges: tuple[float, float, float], m_e: float, m_h: float, eps: float) -> ExcitonLevel:
    mu = m_e * m_h / (m_e + m_h)
    kinetic = kinetic_energy_ev(edges, m_e) + kinetic_energy_ev(edges, m_h)
    bohr = 2 * HBAR2_OVER_2M0_EV_NM2 / COULOMB_EV_NM * eps / mu
    widest = 0.02 / max(*edges, 2 * bohr) ** 2
    exponents = np.concatenate([[0.0], np.geomspace(widest, 300.0 / bohr**2, N_EXPONENTS - 1)])
    sums = exponents[:, None] + exponents[None, :]
    overlap, relative = _overlap_and_relative(edges, sums)
    products = exponents[:, None] * exponents[None, :]
    hamiltonian = (
        kinetic * overlap
        + HBAR2_OVER_2M0_EV_NM2 / mu * 4 * products * relative
        - COULOMB_EV_NM / eps * _inverse_distance(edges, sums)
    )
    energy, c = _lowest(hamiltonian, overlap)
    return ExcitonLevel(edges_nm=edges, kinetic_ev=kinetic, energy_ev=energy, brightness=float(c.sum() ** 2))


def _overlap_and_relative(edges: tuple[float, float, float], sums: FloatArray) -> tuple[FloatArray, FloatArray]:
    moments = [gaussian_moments(edge, sums) for edge in edges]
    (sx, mx), (sy, my), (sz, mz) = moments
    return sx * sy * sz, mx * sy * sz + sx * my * sz + sx * sy * mz


def _inverse_distance(edges: tuple[float, float, float], sums: FloatArray) -> FloatArray:
    r"""Matrix of :math:`e^{-Ar^2}/r`, by :math:`1/r=(2/\sqrt\pi)\int_0^\infty e^{-t^2r^2}dt`; it falls as t^-3."""
    x, w = legendre(N_COULOMB)
    scale = 1.5 / min(edges)
    t, dt = scale * x / (1 - x), scale * w / (1 - x) ** 2
    unique, back = np.unique(np.round(sums, 14), return_inverse=True)
    exponent = unique[:, None] + t[None, :] ** 2
    cache: dict[float, FloatArray] = {}
    product = np.ones_like(exponent)
    for edge in edges:
        if edge not in cache:
            cache[edge] = gaussian_moments(edge, exponent)[0]
        product = product * cache[edge]
    return np.asarray((2 / np.sqrt(np.pi) * product @ dt)[back].reshape(sums.shape))


def _lowest(hamiltonian: FloatArray, overlap: FloatArray) -> tuple[float, FloatArray]:
    """Lowest generalised eigenpair; near-dependent combinations of the basis are left out."""
    norm = 1 / np.sqrt(np.diag(overlap))
    s, h = overlap * np.outer(norm, norm), hamiltonian * np.outer(norm, norm)
    values, vectors = eigh(s)
    keep = values > 1e-9
    basis = vectors[:, keep] / np.sqrt(values[keep])
    energies, states = eigh(basis.T @ h @ basis)
    c = (basis @ states[:, 0]) * norm
    return float(energies[0]), c


def finite_wall_nm(mass: float, barrier_ev: float, barrier_mass: float) -> float:
    """How much longer a hard-walled edge must be to stand for a finite barrier [nm], to first order.

    The wave leaks by its decay length on each side, weighted by the masses (BenDaniel-Duke); it hardly depends on the
    edge.

    Parameters
    ----------
    mass
        Effective mass in the dot [m0], relative.
    barrier_ev
        Height of the barrier [eV].
    barrier_mass
        Effective mass in it, relative to the free electron's.

    Raises
    ------
    InputError
        For a barrier or a mass that is not positive.

    Examples
    --------
    >>> round(finite_wall_nm(0.252, 3.0, 0.3), 2)
    0.49
    """
    if barrier_ev <= 0 or barrier_mass <= 0 or mass <= 0:
        raise InputError(
            f"barrier_ev and masses must be positive, got {barrier_ev:g} eV, {barrier_mass:g} and {mass:g}."
        )
    decay_inv_nm = np.sqrt(barrier_ev * barrier_mass / HBAR2_OVER_2M0_EV_NM2)
    return float(2 * barrier_mass / mass / decay_inv_nm)
