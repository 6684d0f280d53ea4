"""Superballs: the one-parameter family from the sphere (p = 1) to the cube (p to infinity)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import finufft
import numpy as np
from numpy.typing import NDArray

from packing.checks import require_between, require_positive

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Superball:
    r"""A superball :math:`|x|^{2p} + |y|^{2p} + |z|^{2p} \le (a/2)^{2p}`.

    Parameters
    ----------
    edge_nm
        Width ``a`` between opposite faces [nm].
    exponent
        ``p``: 1 is the sphere of diameter ``a``, above about 30 the cube cannot be told from it.

    Examples
    --------
    >>> ball = Superball(edge_nm=2.0, exponent=1.0)
    >>> round(ball.volume_nm3 / (4 / 3 * math.pi), 12)
    1.0
    """

    edge_nm: float
    exponent: float

    def __post_init__(self) -> None:
        require_positive("edge_nm", self.edge_nm, "nm")
        require_between("exponent", self.exponent, 1.0, 100.0, hint="Use a cube for sharper corners.")

    @property
    def volume_nm3(self) -> float:
        r"""Volume :math:`a^3\,\Gamma(1/2p)^3 / (12 p^2\,\Gamma(3/2p))` [nm^3]."""
        p = self.exponent
        return self.edge_nm**3 / (12 * p**2) * math.gamma(1 / (2 * p)) ** 3 / math.gamma(3 / (2 * p))

    @property
    def circumradius_nm(self) -> float:
        """Distance of a corner from the centre [nm]."""
        return math.sqrt(3) * self.edge_nm / 2 * 3 ** (-1 / (2 * self.exponent))

    def scaled(self, factor: float) -> Superball:
        """The same shape with every length multiplied by ``factor``."""
        return Superball(edge_nm=self.edge_nm * factor, exponent=self.exponent)


def superball_from_diagonal(edge_nm: float, face_diagonal_nm: float) -> Superball:
    r"""The superball of width ``a`` whose rounded face has the diagonal ``d``: :math:`p = 1/(1 + 2\log_2(a/d))`.

    Both lengths can be read off a TEM image.

    Parameters
    ----------
    edge_nm
        Width a across opposite faces [nm].
    face_diagonal_nm
        Diameter d along the diagonal of a face [nm]: a for a sphere, up to 1.413 a for a sharp cube.

    Raises
    ------
    InputError
        For a width that is not positive, or a diagonal outside these bounds.

    Examples
    --------
    >>> round(superball_from_diagonal(10.0, 10.0).exponent, 6)
    1.0
    """
    require_positive("edge_nm", edge_nm, "nm")
    require_between("face_diagonal_nm", face_diagonal_nm, edge_nm, 1.413 * edge_nm, "nm")
    return Superball(edge_nm=edge_nm, exponent=1 / (1 + 2 * math.log2(edge_nm / face_diagonal_nm)))


def superball_nodes(superball: Superball, q_max_inv_nm: float) -> tuple[FloatArray, FloatArray]:
    r"""Points and weights that integrate :math:`e^{iq\cdot r}` over a superball up to ``q_max_inv_nm`` [1/nm].

    The body is six pyramids from its centre. On the one over +z a point is :math:`\rho\,g\,(\xi, \eta, 1)` with
    :math:`g = (1 + |\xi|^{2p} + |\eta|^{2p})^{-1/2p}\,a/2`: smooth inside each quadrant, so that Gauss-Legendre nodes
    in :math:`\xi, \eta, \rho` converge fast where the usual Cartesian integral has a root at its end.

    Returns
    -------
    tuple
        Points [nm], shape (m, 3), and weights that sum to 1, shape (m,).
    """
    u = q_max_inv_nm * superball.edge_nm
    # The sharper the corner, the narrower the ridge near xi = 1 where g bends.
    n_side = int(min(14 + u / 6 + 0.8 * superball.exponent, 60))
    n_radial = int(8 + u / 5)
    s, ws = (np.array(a) for a in np.polynomial.legendre.leggauss(n_side))
    s, ws = (s + 1) / 2, ws / 2
    rho, wr = (np.array(a) for a in np.polynomial.legendre.leggauss(n_radial))
    rho, wr = (rho + 1) / 2, wr / 2 * ((rho + 1) / 2) ** 2
    xi, eta = (a.ravel() for a in np.meshgrid(s, s, indexing="ij"))
    p2 = 2 * superball.exponent
    g = superball.edge_nm / 2 * (1 + xi**p2 + eta**p2) ** (-1 / p2)
    weight = (np.outer(ws, ws).ravel() * g**3)[:, None] * wr
    face = np.stack([xi * g, eta * g, g], axis=-1)[:, None, :] * rho[:, None]
    octant = np.concatenate([np.roll(face.reshape(-1, 3), i, axis=1) for i in range(3)])
    signs = np.array([[sx, sy, 1] for sx in (1, -1) for sy in (1, -1)])
    # Half of the body is enough: it has a centre of inversion and only the real part is used.
    points = (signs[:, None, :] * octant).reshape(-1, 3)
    weights = np.tile(weight.ravel(), 12)
    return points, weights / weights.sum()


def superball_amplitude(q_vectors_inv_nm: FloatArray, superball: Superball) -> FloatArray:
    r"""Amplitude of a superball, 1 at q = 0.

    .. math:: f(q) = \frac1V \int_V e^{i q\cdot r}\,d^3r

    summed over `superball_nodes` by a non-uniform fast Fourier transform, to about 1e-6 of f(0).

    Parameters
    ----------
    q_vectors_inv_nm
        Scattering vectors in the axes of the body [1/nm], shape (..., 3).
    superball
        The shape.

    Returns
    -------
    ndarray
        Amplitude over the volume, shape (...).

    Examples
    --------
    >>> sphere = Superball(edge_nm=2.0, exponent=1.0)
    >>> superball_amplitude(np.array([[4.493409, 0.0, 0.0]]), sphere).round(5).tolist()
    [0.0]
    """
    q = np.asarray(q_vectors_inv_nm, dtype=float)
    flat = q.reshape(-1, 3)
    points, weights = superball_nodes(superball, float(np.abs(flat).max(initial=0.0)))
    x, y, z = (np.ascontiguousarray(c) for c in points.T)
    s, t, u = (np.ascontiguousarray(c) for c in flat.T)
    values = finufft.nufft3d3(x, y, z, weights.astype(complex), s, t, u, eps=1e-8, isign=1, nthreads=1)
    return np.asarray(values).real.reshape(q.shape[:-1]) + 0.0
