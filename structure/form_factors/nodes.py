"""A body as weighted points that scatter like it, up to a largest q."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence

import finufft
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from packing.shapes import Cuboid, Sphere
from structure.form_factors.bodies import Body
from structure.form_factors.superball import Superball, superball_nodes

FloatArray = NDArray[np.float64]

_MOST_FITTED = 1300
"""Nodes in space whose weights are fitted at once, at most: a fit of more takes longer than it saves."""


def body_nodes(body: Body, q_max_inv_nm: float, *, tolerance: float = 1e-6) -> tuple[FloatArray, FloatArray]:
    r"""Points and weights with :math:`\sum_k w_k e^{iq\cdot r_k} = f(q)` for :math:`|q|` up to ``q_max_inv_nm``.

    Gauss-Legendre rules, per axis as many nodes as the phase over the body needs. Rotated particles become rotated
    points, which a fast Fourier transform can sum.

    Parameters
    ----------
    body
        The shape.
    q_max_inv_nm
        Largest scattering vector [1/nm].
    tolerance
        Error of the amplitude of a sharp cuboid relative to f(0); the other shapes stay near it.

    Returns
    -------
    tuple
        Points [nm], shape (m, 3), and weights that sum to 1, shape (m,).

    Examples
    --------
    >>> from packing.shapes import cube
    >>> points, weights = body_nodes(cube(8.0), 1.0)
    >>> len(points), round(float(weights.sum()), 9)
    (343, 1.0)
    """
    if isinstance(body, Superball):
        points, weights = superball_nodes(body, q_max_inv_nm)
        return np.concatenate([points, -points]), np.concatenate([weights, weights]) / 2
    if isinstance(body, Sphere):
        # A sphere is the cuboid that is all rounding.
        d = body.diameter_nm
        body = Cuboid(edges_nm=(d, d, d), rounding_nm=d / 2)
    points, weights = _cuboid_nodes(body, q_max_inv_nm, tolerance)
    return points, weights / weights.sum()


def shared_nodes(
    bodies: Sequence[tuple[Body, FloatArray]], q_max_inv_nm: float, *, tolerance: float
) -> tuple[FloatArray, FloatArray]:
    r"""Points that stand for several bodies about one place, each with weights of its own.

    Sharp cuboids of about one size share the points, on as few as do: two cubic grids, each in the middle of the
    other's cells and denser towards the faces, for wanted are vectors in a ball, which a cubic grid would also know in
    the corners of the cube around it. Their weights fit the amplitudes of all the bodies in that ball by least squares.
    Where that takes too many, for large bodies or small errors, the points are those of a rule along each axis, whose
    weights are fitted axis by axis. Other bodies have the points of `body_nodes` each.

    Parameters
    ----------
    bodies
        Bodies and where their centres are [nm], shape (3,).
    q_max_inv_nm
        Largest scattering vector [1/nm].
    tolerance
        Error of an amplitude relative to f(0).

    Returns
    -------
    tuple
        Points [nm], shape (m, 3), and weights, shape (number of bodies, m), of which each row sums to about 1.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> two = [(cube(8.0), np.zeros(3)), (cube(7.5), np.full(3, 0.25))]
    >>> points, weights = shared_nodes(two, 2.0, tolerance=1e-2)
    >>> abs(weights @ np.exp(2j * points[:, 0]) - np.sinc([8 / np.pi, 7.5 / np.pi]) * [1, np.exp(0.5j)]).max() < 0.01
    np.True_
    """
    sharp = [b for b, _ in bodies if isinstance(b, Cuboid) and b.rounding_nm == 0 and b.truncation == 0]
    if len(sharp) < len(bodies):
        parts = [body_nodes(b, q_max_inv_nm, tolerance=tolerance) for b, _ in bodies]
        points = [x + centre for (x, _), (_, centre) in zip(parts, bodies, strict=True)]
        return np.concatenate(points), np.asarray(block_diag(*(w for _, w in parts)))
    # Whole cells make outlines of one kind equal to the last digits but one.
    key = np.round([(*b.edges_nm, *centre) for b, (_, centre) in zip(sharp, bodies, strict=True)], 9)
    fitted = _interlaced(tuple(map(tuple, key.tolist())), q_max_inv_nm, tolerance)
    if fitted is not None:
        return fitted
    edges, centres = np.hsplit(key, 2)
    lines = [_shared_line(centres[:, k], edges[:, k], q_max_inv_nm, tolerance) for k in range(3)]
    grid = np.stack(np.meshgrid(*(x for x, _ in lines), indexing="ij"), axis=-1).reshape(-1, 3)
    return grid, np.einsum("si,sj,sk->sijk", *(w for _, w in lines)).reshape(len(bodies), -1)


@functools.lru_cache(maxsize=64)
def _interlaced(
    cuboids: tuple[tuple[float, ...], ...], q_max: float, tolerance: float
) -> tuple[FloatArray, FloatArray] | None:
    """Nodes for cuboids, given by their edges and centres, on two grids, and weights (cuboids, nodes); None of many."""
    edges, centres = np.hsplit(np.array(cuboids), 2)
    low, high = (centres - edges / 2).min(axis=0), (centres + edges / 2).max(axis=0)
    rng, more = np.random.default_rng(0), 0.4 * np.log(1 / tolerance)
    while True:
        # Planes across each axis, every other of one grid.
        planes = np.maximum(np.ceil(0.4 * q_max * (high - low) + more), 2).astype(int)
        if np.prod(planes) / 4 > _MOST_FITTED:
            return None
        lines = [a + (b - a) * _between(n) for a, b, n in zip(low, high, planes, strict=True)]
        grids = [np.meshgrid(*(x[k::2] for x in lines), indexing="ij") for k in (0, 1)]
        x = np.concatenate([np.stack(g, axis=-1).reshape(-1, 3) for g in grids])
        # Most of a ball is close to its surface; some of the vectors are on it.
        q = rng.normal(size=(5 * len(x), 3))
        q *= q_max * np.minimum(1.2 * rng.random((len(q), 1)), 1) ** (1 / 3) / np.linalg.norm(q, axis=1, keepdims=True)
        waves = np.exp(1j * q @ x.T)
        wanted = np.exp(1j * q @ centres.T) * np.sinc(q[:, None] * edges / (2 * np.pi)).prod(axis=2)
        system, right = np.concatenate([waves.real, waves.imag]), np.concatenate([wanted.real, wanted.imag])
        normal = system.T @ system
        # A little of the weights' own squares keeps them from growing against each other.
        normal[np.diag_indices(len(x))] += 1e-6 * np.trace(normal) / len(x)
        weights = np.linalg.solve(normal, system.T @ right)
        if np.abs(waves @ weights - wanted).max() < tolerance:
            return x, weights.T
        more += 0.5


def _shared_line(
    centres: FloatArray, lengths: FloatArray, q_max: float, tolerance: float
) -> tuple[FloatArray, FloatArray]:
    """Nodes for several edges on one line, and weights of each edge, shape (edges, nodes)."""
    low, high = (centres - lengths / 2).min(), (centres + lengths / 2).max()
    q = np.linspace(-q_max, q_max, 128)
    wanted = np.exp(1j * np.outer(q, centres)) * np.sinc(np.outer(q, lengths) / (2 * np.pi))
    for n in range(2, 400):
        x = (high + low) / 2 + (high - low) / 2 * np.polynomial.legendre.leggauss(n)[0]
        waves = np.exp(1j * np.outer(q, x))
        system, right = np.concatenate([waves.real, waves.imag]), np.concatenate([wanted.real, wanted.imag])
        weights = np.linalg.lstsq(system, right, rcond=1e-8)[0]
        if np.abs(waves @ weights - wanted).max() < tolerance:
            break
    return x, weights.T


def _between(n: int) -> FloatArray:
    """Numbers between 0 and 1, halfway between evenly spaced and spaced like those of Chebyshev."""
    k = np.arange(1, n + 1)
    return np.asarray(((k - 0.5) / n + (1 - np.cos(np.pi * k / (n + 1))) / 2) / 2)


def amplitude_from_nodes(body: Body, q_vectors_inv_nm: FloatArray, *, eps: float = 1e-8) -> FloatArray:
    """Amplitude over the volume at many vectors (m, 3) by a fast Fourier transform of `body_nodes`, shape (m,).

    ``q_vectors_inv_nm`` are scattering vectors in body axes [1/nm]; ``eps`` is the error allowed, relative to the
    amplitude at q = 0, of the nodes and of the transform.
    """
    q_max = float(np.linalg.norm(q_vectors_inv_nm, axis=1).max(initial=0.0))
    points, weights = body_nodes(body, q_max, tolerance=eps)
    source = [np.ascontiguousarray(c) for c in points.T]
    target = [np.ascontiguousarray(c) for c in q_vectors_inv_nm.T]
    values = finufft.nufft3d3(*source, weights.astype(complex), *target, eps=eps, isign=1, nthreads=1)
    return np.asarray(np.asarray(values).real)


@functools.lru_cache(maxsize=256)
def legendre_nodes(half_phase: float, tolerance: float) -> tuple[FloatArray, FloatArray]:
    """The smallest Gauss-Legendre rule on [-1, 1] (mean, not integral) for cos(k x) with k up to ``half_phase``.

    Returns
    -------
    tuple
        Nodes and weights that sum to 1, both of shape (n,); no mean of a cosine is off by ``tolerance`` or more.
    """
    k = np.linspace(0, half_phase, 64)
    for n in range(2, 400):
        x, w = np.polynomial.legendre.leggauss(n)
        if np.abs(np.cos(np.outer(k, x)) @ w / 2 - np.sinc(k / np.pi)).max() < tolerance:
            break
    return x, w / 2


def _line(length: float, q_max: float, tolerance: float) -> tuple[FloatArray, FloatArray]:
    """Nodes on [-length/2, length/2] with weights that sum to the length."""
    # Rounded up, so that near equal lengths share a rule.
    x, w = legendre_nodes(float(np.ceil(q_max * length / 2 * 4) / 4), tolerance)
    return x * length / 2, w * length


def _cuboid_nodes(body: Cuboid, q_max: float, tolerance: float) -> tuple[FloatArray, FloatArray]:
    if body.rounding_nm > 0:
        return _rounded_nodes(body, q_max, tolerance)
    axes = [_line(edge, q_max, tolerance) for edge in body.edges_nm]
    points = np.stack(np.meshgrid(*(a[0] for a in axes), indexing="ij"), axis=-1).reshape(-1, 3)
    weights = np.einsum("i,j,k->ijk", *(a[1] for a in axes)).ravel()
    if body.truncation == 0:
        return points, weights
    # The cut corners are subtracted as eight tetrahedra with three right-angled legs.
    leg = body.truncation * min(body.edges_nm) / 2
    corner, minus = _corner_tetrahedron(leg, q_max, tolerance)
    half = np.array(body.edges_nm) / 2
    signs = np.array(list(itertools.product((-1, 1), repeat=3)))
    cut = (signs[:, None, :] * (half - corner)).reshape(-1, 3)
    return np.concatenate([points, cut]), np.concatenate([weights, -np.tile(minus, 8)])


def _corner_tetrahedron(leg: float, q_max: float, tolerance: float) -> tuple[FloatArray, FloatArray]:
    x, w = legendre_nodes(q_max * leg, tolerance)
    x, w = (x + 1) / 2, w
    a, b, c = (g.ravel() for g in np.meshgrid(x, x, x, indexing="ij"))
    weight = np.einsum("i,j,k->ijk", w, w, w).ravel() * a**2 * b * leg**3
    return leg * np.stack([a * (1 - b), a * b * (1 - c), a * b * c], axis=-1), weight


def _rounded_nodes(body: Cuboid, q_max: float, tolerance: float) -> tuple[FloatArray, FloatArray]:
    """Slices along x; each is a rounded rectangle of which lines along z are the parts."""
    r = body.rounding_nm
    half = np.array(body.edges_nm) / 2 - r
    x, wx, rx = _profile(half[0], r, q_max, tolerance)
    points, weights = [], []
    for xi, wi, ri in zip(x, wx, rx, strict=True):
        y, wy, ry = _profile(half[1], ri, q_max, tolerance)
        for yj, wj, rj in zip(y, wy, ry, strict=True):
            z, wz = _line(2 * (half[2] + rj), q_max, tolerance)
            points.append(np.column_stack([np.full(len(z), xi), np.full(len(z), yj), z]))
            weights.append(wi * wj * wz)
    return np.concatenate(points), np.concatenate(weights)


def _profile(half: float, r: float, q_max: float, tolerance: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Nodes across a rounded section, their weights and the radius of the rounding that is left at each."""
    s, w = legendre_nodes(float(np.ceil(q_max * r * 4) / 4) + 2.0, tolerance)
    angle, w = (s + 1) * np.pi / 4, w * np.pi / 2
    cap, cap_weight, left = half + r * np.sin(angle), w * r * np.cos(angle), r * np.cos(angle)
    if half < 1e-9:
        flat, flat_weight = np.empty(0), np.empty(0)
    else:
        flat, flat_weight = _line(2 * half, q_max, tolerance)
    x = np.concatenate([-cap, flat, cap])
    return x, np.concatenate([cap_weight, flat_weight, cap_weight]), np.concatenate([left, np.full(len(flat), r), left])
