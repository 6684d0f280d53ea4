"""Exact effective permittivity of a periodic array, solved on a grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from packing.checks import require_between, require_positive
from packing.errors import InputError

FloatArray = NDArray[np.float64]
LARGEST_GRID = 200


def homogenised_permittivity(permittivity: FloatArray, *, axis: int = 0, tolerance: float = 1e-8) -> float:
    r"""Effective permittivity along an axis of a periodic cell of voxels.

    Solves :math:`\nabla\cdot\varepsilon(\nabla u+\mathbf e)=0` with forward differences and harmonic means on the
    faces of the voxels, by conjugate gradients with the uniform medium as preconditioner (FFT). Valid where the cell
    is small against the wavelength.

    Parameters
    ----------
    permittivity
        Relative permittivity of each voxel, shape (n, n, n); real and positive.
    axis
        Direction of the field.
    tolerance
        Relative residual at which it stops.

    Raises
    ------
    InputError
        For an array that is not a cube of positive numbers, or larger than 200 voxels an edge.

    Examples
    --------
    >>> layers = np.ones((8, 8, 8))
    >>> layers[:, :4] = 3.0
    >>> round(homogenised_permittivity(layers, axis=0), 6), round(homogenised_permittivity(layers, axis=1), 6)
    (2.0, 1.5)
    """
    cell = np.asarray(permittivity, dtype=float)
    n = cell.shape[0]
    if cell.ndim != 3 or len(set(cell.shape)) != 1 or n > LARGEST_GRID:
        raise InputError(f"permittivity must be (n, n, n) with n of at most {LARGEST_GRID}, got shape {cell.shape}.")
    if not np.all(cell > 0):
        raise InputError("permittivity must be positive everywhere. Absorbing cells are mixed by Maxwell Garnett.")
    faces = [2 / (1 / cell + 1 / np.roll(cell, -1, a)) for a in range(3)]
    k = 2 - 2 * np.cos(2 * np.pi * fft.fftfreq(n))
    kz = 2 - 2 * np.cos(2 * np.pi * fft.rfftfreq(n))
    laplace = k[:, None, None] + k[None, :, None] + kz[None, None, :]
    laplace[0, 0, 0] = 1.0

    def operate(u: FloatArray) -> FloatArray:
        out = np.zeros_like(u)
        for a, face in enumerate(faces):
            flux = face * (np.roll(u, -1, a) - u)
            out += np.roll(flux, 1, a) - flux
        return out

    def precondition(r: FloatArray) -> FloatArray:
        spectrum = fft.rfftn(r) / laplace
        spectrum[0, 0, 0] = 0.0
        return np.asarray(fft.irfftn(spectrum, s=r.shape))

    u = np.zeros_like(cell)
    r = faces[axis] - np.roll(faces[axis], 1, axis)
    z = precondition(r)
    p, rz = z, float(np.vdot(r, z))
    start = rz
    for _ in range(2000):
        if rz <= tolerance**2 * start or start == 0:
            break
        ap = operate(p)
        alpha = rz / float(np.vdot(p, ap))
        u += alpha * p
        r -= alpha * ap
        z = precondition(r)
        new = float(np.vdot(r, z))
        p, rz = z + (new / rz) * p, new
    return float(np.mean(faces[axis] * (np.roll(u, -1, axis) - u + 1)))


def cube_array_index(
    core_edge_nm: float, period_nm: float, core_index: float, host_index: float, *, n_voxels: int | None = None
) -> float:
    """Exact refractive index of a simple cubic array of cubes in a uniform host, at long wavelength.

    Parameters
    ----------
    core_edge_nm, period_nm
        Edge of the cubes and period of the array [nm].
    core_index, host_index
        Refractive indices, real.
    n_voxels
        Voxels along an edge of the cell; None takes the smallest of 29 to 60 that represents the filled part best.

    Raises
    ------
    InputError
        For cubes that do not fit into the period.

    Examples
    --------
    >>> round(cube_array_index(23.0, 29.0, 2.262, 1.4406, n_voxels=29), 3)
    1.816
    """
    require_positive("period_nm", period_nm, "nm")
    ratio = require_between("core_edge_nm / period_nm", core_edge_nm / period_nm, 0.0, 1.0)
    n = n_voxels or min(range(29, 61), key=lambda m: (round(abs(round(ratio * m) / m - ratio), 4), m))
    filled = round(ratio * n)
    cell = np.full((n, n, n), host_index**2)
    cell[:filled, :filled, :filled] = core_index**2
    return float(np.sqrt(homogenised_permittivity(cell)))
