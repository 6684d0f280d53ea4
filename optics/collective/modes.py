"""Modes of the radiative Hamiltonian: how fast each decays, who takes part, and what a thermal exciton does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optics.collective.hamiltonian import ComplexArray
from optics.constants import BOLTZMANN_EV_PER_KELVIN
from packing.checks import require_positive

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CollectiveModes:
    """Modes of one shared excitation.

    Parameters
    ----------
    energies_ev
        Real part of each eigenvalue [eV], shape (M,), sorted by rate, brightest first.
    rates
        Decay rate over that of one dipole, shape (M,).
    participation
        How many dots take part in each, shape (M,).
    """

    energies_ev: FloatArray
    rates: FloatArray
    participation: FloatArray

    @property
    def brightest_rate(self) -> float:
        """Rate of the brightest mode relative to that of one dipole; alone it predicts no superfluorescence."""
        return float(self.rates[0])

    @property
    def brightest_shift_ev(self) -> float:
        """Energy of the brightest mode less the mean [eV]."""
        return float(self.energies_ev[0] - self.energies_ev.mean())

    def thermal_rate(self, temperature_kelvin: float) -> float:
        """Mean rate over that of one dipole with the modes in thermal equilibrium.

        Parameters
        ----------
        temperature_kelvin
            Temperature [K].
        """
        thermal = BOLTZMANN_EV_PER_KELVIN * require_positive("temperature_kelvin", temperature_kelvin, "K")
        weight = np.exp(-(self.energies_ev - self.energies_ev.min()) / thermal)
        return float(weight @ self.rates / weight.sum())

    def plot(self, ax: Axes | None = None, **style: Any) -> Axes:
        """Draw the rate of each mode against its energy and return the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        offset = 1e3 * (self.energies_ev - self.energies_ev.mean())
        drawn = {"s": 12, "c": self.participation, "cmap": "viridis"} | style
        points = ax.scatter(offset, self.rates, **drawn)  # type: ignore[arg-type]
        ax.figure.colorbar(points, ax=ax, label="Dots that take part")
        ax.axhline(1.0, lw=0.8, color="0.5")
        ax.set(xlabel="Energy from the mean [meV]", ylabel="Rate over that of one dipole", yscale="log")
        return ax


def collective_modes(hamiltonian: ComplexArray, linewidth_ev: float, *, dipoles_per_dot: int = 1) -> CollectiveModes:
    r"""Diagonalise a radiative Hamiltonian: :math:`\Gamma_\nu=-2\,\mathrm{Im}\,\lambda_\nu`.

    Participation is :math:`1/\sum_ip_i^2` with the share :math:`p_i` of each dot.

    Parameters
    ----------
    hamiltonian
        From `radiative_hamiltonian` [eV], shape (M, M).
    linewidth_ev
        Of one dipole [eV]; rates come out in units of it.
    dipoles_per_dot
        Neighbouring rows that belong to one dot.

    Examples
    --------
    Two dots a sixth of a wavelength apart share their excitation into a bright and a dark mode:

    >>> from optics.collective.hamiltonian import DipoleMedium, radiative_hamiltonian
    >>> medium = DipoleMedium(lifetime_ps=1000.0, wavelength_nm=2 * np.pi, index=1.0)
    >>> h = radiative_hamiltonian([[0, 0, 0], [1, 0, 0]], [[[0, 0, 1]]] * 2, [0.0, 0.0], medium)
    >>> modes = collective_modes(h, medium.linewidth_ev)
    >>> modes.rates.round(3).tolist(), modes.participation.round(3).tolist()
    ([1.81, 0.19], [2.0, 2.0])
    """
    # The mean is taken off first: 2.4 eV beside a fraction of a microvolt costs digits.
    mean = float(np.trace(hamiltonian).real / len(hamiltonian))
    values, vectors = np.linalg.eig(hamiltonian - mean * np.eye(len(hamiltonian)))
    rates = -2 * values.imag / linewidth_ev
    order = np.argsort(-rates)
    share = (np.abs(vectors) ** 2).reshape(-1, dipoles_per_dot, len(values)).sum(axis=1)
    share = share / share.sum(axis=0)
    return CollectiveModes(
        energies_ev=values.real[order] + mean, rates=rates[order], participation=(1 / (share**2).sum(axis=0))[order]
    )


def decay_matrix(hamiltonian: ComplexArray, linewidth_ev: float) -> FloatArray:
    r"""Hermitian part of the decay, :math:`i(H-H^\dagger)` over the rate of one dipole, shape (M, M), real.

    Parameters
    ----------
    hamiltonian
        From `radiative_hamiltonian` [eV], shape (M, M).
    linewidth_ev
        Of one dipole [eV].
    """
    return np.asarray((1j * (hamiltonian - hamiltonian.conj().T)).real / linewidth_ev)


def burst_variance(decay: ArrayLike) -> float:
    r"""Variance of the collective rates, :math:`\overline{\Gamma_\nu^2}/\gamma_0^2-1`: a fully inverted array bursts
    above 1.

    :math:`\dot I(0)/I(0)=\gamma_0(\mathrm{Var}-1)`. S. J. Masson and A. Asenjo-Garcia, Nat. Commun. 13, 2285 (2022),
    doi:10.1038/s41467-022-29805-4.

    Parameters
    ----------
    decay
        Matrix of decay rates over that of one dipole, shape (M, M).

    Examples
    --------
    >>> burst_variance(np.ones((64, 64)))
    63.0
    """
    matrix = np.asarray(decay, dtype=float)
    return float((matrix**2).sum() / len(matrix) - 1)


def brightest_decay(decay: ArrayLike) -> float:
    """Largest collective rate, over that of one dipole, if all dots had one energy.

    Parameters
    ----------
    decay
        Matrix of decay rates over that of one dipole, shape (M, M).
    """
    return float(np.linalg.eigvalsh(np.asarray(decay, dtype=float))[-1])
