"""The radiative Hamiltonian of N dots: coupling of their dipoles through the field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optics.constants import HBAR_EV_PS
from packing.checks import require_positive
from packing.errors import InputError

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
LARGEST_MATRIX = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class DipoleMedium:
    """One dipole in the medium of the superlattice.

    Parameters
    ----------
    lifetime_ps
        Radiative lifetime of one dipole of one dot in this medium [ps]: an input.
    wavelength_nm
        Vacuum wavelength of the emission [nm].
    index
        Refractive index of the superlattice; 1 only for dots in vacuum.
    """

    lifetime_ps: float
    wavelength_nm: float
    index: float

    def __post_init__(self) -> None:
        require_positive("lifetime_ps", self.lifetime_ps, "ps")
        require_positive("wavelength_nm", self.wavelength_nm, "nm")
        require_positive("index", self.index)

    @property
    def wavenumber_inv_nm(self) -> float:
        """2 pi n / lambda [1/nm]."""
        return 2 * np.pi * self.index / self.wavelength_nm

    @property
    def linewidth_ev(self) -> float:
        """hbar / tau of one dipole [eV]."""
        return HBAR_EV_PS / self.lifetime_ps

    def near_coupling_ev(self, distance_nm: float) -> float:
        r"""Near-field coupling of two neighbours [eV], :math:`J=\tfrac34\hbar\gamma_0/(kr)^3`.

        Parameters
        ----------
        distance_nm
            Distance [nm].
        """
        return 0.75 * self.linewidth_ev / (self.wavenumber_inv_nm * require_positive("distance_nm", distance_nm)) ** 3


def radiative_hamiltonian(
    positions_nm: ArrayLike, dipoles: ArrayLike, energies_ev: ArrayLike, medium: DipoleMedium
) -> ComplexArray:
    r"""Non-Hermitian Hamiltonian [eV] of one excitation shared by dipoles, complex symmetric.

    .. math:: H=\mathrm{diag}\big(E_i-\tfrac{i\gamma_0}2\big)
              -\frac{3\pi\gamma_0}k\,\mathbf e_a\cdot G(\mathbf r_{ij})\mathbf e_b,
              \quad G=\frac{e^{ix}}{4\pi r}\Big[\big(1+\tfrac ix-\tfrac1{x^2}\big)I
              +\big(-1-\tfrac{3i}x+\tfrac3{x^2}\big)\hat r\hat r\Big],\ x=kr

    R. H. Lehmberg, Phys. Rev. A 2, 883 (1970), doi:10.1103/PhysRevA.2.883.

    Parameters
    ----------
    positions_nm
        Centre of each dot [nm], shape (N, 3), of a free cluster (see `cut_at_widest_gap`).
    dipoles
        Unit vectors, shape (N, d, 3): d dipoles a dot.
    energies_ev
        Energy of each dot [eV], shape (N,), or of each dipole, shape (N, d).
    medium
        One dipole in the superlattice.

    Returns
    -------
    ndarray
        Shape (N d, N d), the dipoles of one dot side by side.

    Raises
    ------
    InputError
        For arrays that do not fit each other, or more dipoles than the matrix bears.

    Examples
    --------
    >>> medium = DipoleMedium(lifetime_ps=1000.0, wavelength_nm=2 * np.pi, index=1.0)
    >>> h = radiative_hamiltonian([[0, 0, 0], [1, 0, 0]], [[[0, 0, 1]]] * 2, [0.0, 0.0], medium)
    >>> rates = -2 * np.linalg.eigvals(h).imag / medium.linewidth_ev
    >>> np.sort(rates).round(6).tolist()
    [0.189547, 1.810453]
    """
    x = np.asarray(positions_nm, dtype=float)
    e = np.asarray(dipoles, dtype=float)
    if x.ndim != 2 or x.shape[1] != 3 or e.ndim != 3 or e.shape[0] != len(x) or e.shape[2] != 3:
        raise InputError(f"positions_nm must be (N, 3) and dipoles (N, d, 3), got {x.shape} and {e.shape}.")
    n, d = e.shape[:2]
    if n * d > LARGEST_MATRIX:
        side = int((LARGEST_MATRIX // d) ** (1 / 3))
        raise InputError(
            f"{n} dots with {d} dipoles make a matrix of {n * d} rows, above the limit of {LARGEST_MATRIX}. "
            f"Take a sub-cube "
            f"of {side} x {side} x {side} dots, or one dipole a dot."
        )
    levels = np.asarray(energies_ev, dtype=float)
    levels = np.broadcast_to(levels[:, None] if levels.ndim == 1 else levels, (n, d)).ravel()
    k, linewidth = medium.wavenumber_inv_nm, medium.linewidth_ev
    apart = x[:, None, :] - x[None, :, :]
    r = np.linalg.norm(apart, axis=-1)
    np.fill_diagonal(r, 1.0)
    if r.min() <= 0:
        raise InputError("two dots stand at the same place. Give positions that differ.")
    unit = apart / r[..., None]
    kr = k * r
    wave = np.exp(1j * kr) / (4 * np.pi * r)
    plain = wave * (1 + 1j / kr - 1 / kr**2)
    along = wave * (-1 - 3j / kr + 3 / kr**2)
    np.fill_diagonal(plain, 0.0)
    np.fill_diagonal(along, 0.0)
    projected = np.einsum("ijk,iak->ija", unit, e), np.einsum("ijk,jbk->ijb", unit, e)
    coupling = np.einsum("iak,jbk->iajb", e, e) * plain[:, None, :, None]
    coupling = coupling + np.einsum("ija,ijb,ij->iajb", projected[0], projected[1], along)
    h = -3 * np.pi * linewidth / k * coupling.reshape(n * d, n * d)
    h[np.diag_indices(n * d)] = levels - 0.5j * linewidth
    return np.asarray(h)


def triplet_dipoles(rotations: ArrayLike, axes: tuple[int, ...] = (0, 1, 2)) -> FloatArray:
    """Dipoles along chosen body axes of each dot, shape (N, d, 3); all three for a cubic dot, ``(2,)`` for a cold
    tetragonal.

    Parameters
    ----------
    rotations
        Rotation matrices body to laboratory, shape (N, 3, 3).
    axes
        Which body axes, numbers 0 to 2.

    Examples
    --------
    >>> triplet_dipoles(np.eye(3)[None]).shape
    (1, 3, 3)
    """
    return np.asarray(np.swapaxes(np.asarray(rotations, dtype=float), 1, 2)[:, list(axes), :])
