"""The exciton in a cuboid by configuration interaction in products of box states: the second route of the variational
one."""

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh
from scipy.special import erf

from optics.constants import COULOMB_EV_NM, HBAR2_OVER_2M0_EV_NM2


def box_exciton(
    edges_nm: tuple[float, float, float], mass: float, permittivity: float, *, n_states: int = 8, n_grid: int = 160
) -> tuple[float, float]:
    """Ground-state energy [eV] of electron and hole of one mass in a cuboid, and its brightness.

    Per axis the pairs (n, m) of box states with n + m even; 1/r by a sum of Gaussians of the distance, each averaged
    over the cells of a grid so that a narrow one is not missed. The brightness is the squared overlap of psi(r, r) with
    one.
    """
    pairs = [(n, m) for n in range(1, n_states + 1) for m in range(1, n_states + 1) if (n + m) % 2 == 0]
    u, w = np.polynomial.legendre.leggauss(40)
    u, w = (u + 1) / 2, w / 2
    scale = 2.0 / min(edges_nm)
    t, dt = scale * u / (1 - u), scale * w / (1 - u) ** 2
    made = {edge: _along(edge, pairs, t, n_states, n_grid) for edge in set(edges_nm)}
    along = [made[edge] for edge in edges_nm]
    squares = np.array([n**2 + m**2 for n, m in pairs])
    kinetic = [HBAR2_OVER_2M0_EV_NM2 / mass * (np.pi / edge) ** 2 * squares for edge in edges_nm]
    diagonal = kinetic[0][:, None, None] + kinetic[1][None, :, None] + kinetic[2][None, None, :]
    factor = -COULOMB_EV_NM / permittivity * 2 / np.sqrt(np.pi)
    size = len(pairs)

    def apply(vector: np.ndarray) -> np.ndarray:
        c = vector.reshape(size, size, size)
        out = diagonal * c
        for vx, vy, vz, weight in zip(*along, dt, strict=True):
            y = np.tensordot(vx, c, axes=(1, 0))
            y = np.tensordot(y, vy, axes=(1, 1))
            y = np.tensordot(y, vz, axes=(1, 1))
            out += factor * weight * y
        return out.ravel()

    operator = LinearOperator((size**3, size**3), matvec=apply, dtype=float)
    start = np.zeros(size**3)
    start[0] = 1.0
    energy, vector = eigsh(operator, k=1, which="SA", v0=start, tol=1e-6)
    equal = np.array([n == m for n, m in pairs])
    return float(energy[0]), float(vector[:, 0].reshape(size, size, size)[np.ix_(equal, equal, equal)].sum() ** 2)


def _along(edge: float, pairs: list[tuple[int, int]], t: np.ndarray, n_states: int, n_grid: int) -> list[np.ndarray]:
    """The Gaussian kernels of one edge between the pairs."""
    step = edge / n_grid
    x = (np.arange(n_grid) + 0.5) * step
    states = np.sqrt(2 / edge) * np.sin(np.pi * np.arange(1, n_states + 1)[:, None] * x / edge)
    products = np.einsum("nx,mx->nmx", states, states)
    index = np.array(pairs).T - 1
    found = []
    for value in t:
        kernel = _cell_average(x[:, None] - x[None, :], step, value)
        v = np.einsum("abx,xy,cdy->acbd", products, kernel, products, optimize=True) * step**2
        found.append(v[index[0], index[1]][:, index[0], index[1]])
    return found


def _cell_average(distance: np.ndarray, step: float, t: float) -> np.ndarray:
    """exp(-t^2 d^2) averaged over both cells: second difference of its second integral."""
    z = t * np.stack([distance - step, distance, distance + step])
    second = (z * np.sqrt(np.pi) / 2 * erf(z) + np.exp(-(z**2)) / 2) / t**2
    return (second[0] - 2 * second[1] + second[2]) / step**2
