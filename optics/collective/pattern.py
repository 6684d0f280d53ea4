"""Where the light of a collective mode goes: its pattern in the far field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optics.collective.hamiltonian import ComplexArray, DipoleMedium
from packing.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmissionPattern:
    """Light of given amplitudes of the dipoles, in every direction.

    Parameters
    ----------
    positions_nm
        Centres [nm], shape (N, 3).
    dipoles
        Unit vectors, shape (N, d, 3).
    amplitudes
        Of each dipole, shape (N d,), the squares of their moduli adding to one.
    medium
        One dipole in the superlattice.
    """

    positions_nm: FloatArray
    dipoles: FloatArray
    amplitudes: ComplexArray
    medium: DipoleMedium

    def intensity(self, directions: ArrayLike) -> FloatArray:
        r"""Photons per solid angle over the rate of one dipole, same shape as the directions without their last axis.

        .. math:: I(\mathbf n)=\frac3{8\pi}\Big|\sum_jc_j\big(\mathbf e_j-\mathbf n(\mathbf n\cdot\mathbf e_j)\big)
                  e^{-ik\mathbf n\cdot\mathbf r_j}\Big|^2

        Its integral over all directions is the decay rate of the mode.

        Parameters
        ----------
        directions
            Unit vectors, shape (..., 3).
        """
        out = np.asarray(directions, dtype=float)
        n, d = self.dipoles.shape[:2]
        moments = np.einsum("ia,iak->ik", self.amplitudes.reshape(n, d), self.dipoles)
        phase = np.exp(-1j * self.medium.wavenumber_inv_nm * out @ self.positions_nm.T)
        field = phase @ moments
        across = field - out * np.sum(out * field, axis=-1, keepdims=True)
        return np.asarray(3 / (8 * np.pi) * np.sum(np.abs(across) ** 2, axis=-1))

    def total(self, *, n_polar: int = 32) -> float:
        """Decay rate over that of one dipole: the integral of `intensity` over all directions.

        Parameters
        ----------
        n_polar
            Number of polar angles of the quadrature; a crystal of several wavelengths needs more.
        """
        cosine, weight = np.polynomial.legendre.leggauss(n_polar)
        angle = np.pi * np.arange(2 * n_polar) / n_polar
        sine = np.sqrt(1 - cosine**2)[:, None]
        sphere = np.stack(
            [sine * np.cos(angle), sine * np.sin(angle), np.broadcast_to(cosine[:, None], (n_polar, len(angle)))], -1
        )
        return float((self.intensity(sphere) * weight[:, None]).sum() * np.pi / n_polar)

    def plot(self, ax: Axes | None = None, *, normal: int = 0, **style: Any) -> Axes:
        """Draw the intensity around a great circle and return the polar axes.

        Parameters
        ----------
        ax
            Polar axes; None makes them.
        normal
            Number of the axis that the circle is around, 0 to 2.
        """
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots(subplot_kw={"projection": "polar"})
        angle = np.linspace(0, 2 * np.pi, 361)
        circle = np.zeros((len(angle), 3))
        first, second = [axis for axis in range(3) if axis != normal]
        circle[:, first], circle[:, second] = np.cos(angle), np.sin(angle)
        ax.plot(angle, self.intensity(circle), **style)
        return ax


def brightest_pattern(
    hamiltonian: ComplexArray, positions_nm: ArrayLike, dipoles: ArrayLike, medium: DipoleMedium
) -> EmissionPattern:
    """Pattern of the brightest mode of a radiative Hamiltonian.

    A regular array smaller than the wavelength sends it where one dipole would, a larger one into lobes. Dots closer
    than half a wavelength inside open no further order of diffraction.

    Parameters
    ----------
    hamiltonian
        From `radiative_hamiltonian` [eV], shape (M, M), of these dipoles.
    positions_nm
        Centres [nm], shape (N, 3).
    dipoles
        Unit vectors, shape (N, d, 3).
    medium
        One dipole in the superlattice.

    Raises
    ------
    InputError
        For a Hamiltonian of another number of dipoles.

    Examples
    --------
    >>> from optics.collective.hamiltonian import radiative_hamiltonian
    >>> x = 11.5 * np.stack(np.meshgrid(*[np.arange(3.0)] * 3), -1).reshape(-1, 3)
    >>> medium = DipoleMedium(lifetime_ps=3600.0, wavelength_nm=514.5, index=1.686)
    >>> e = np.tile([[[0.0, 0.0, 1.0]]], (27, 1, 1))
    >>> pattern = brightest_pattern(radiative_hamiltonian(x, e, np.full(27, 2.41), medium), x, e, medium)
    >>> round(pattern.total()), round(float(pattern.intensity([0.0, 0.0, 1.0])), 6)
    (25, 0.0)
    """
    x, e = np.asarray(positions_nm, dtype=float), np.asarray(dipoles, dtype=float)
    if len(hamiltonian) != e.shape[0] * e.shape[1] or len(x) != len(e):
        raise InputError(
            f"hamiltonian has {len(hamiltonian)} rows, positions_nm {len(x)} and dipoles {e.shape[:2]}. Give those it "
            "was made of."
        )
    mean = np.trace(hamiltonian).real / len(hamiltonian)
    values, vectors = np.linalg.eig(hamiltonian - mean * np.eye(len(hamiltonian)))
    brightest = vectors[:, int(np.argmin(values.imag))]
    amplitudes = np.asarray(brightest / np.linalg.norm(brightest), dtype=np.complex128)
    return EmissionPattern(positions_nm=x, dipoles=e, amplitudes=amplitudes, medium=medium)
