"""Images of one frame on a detector: the spots of a periodic box, or a free cluster summed on the Ewald sphere."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from packing.configuration import Configuration
from structure.patterns.instrument import Instrument, ewald_q_z
from structure.patterns.spots import spots_on_detector
from structure.saxs.bragg import split_slabs
from structure.saxs.powder import domain_of_box_nm, spot_sigma_inv_nm
from structure.saxs.sources import Disc, Envelope, Sources, sources_of
from structure.saxs.sums import plane_sums, sums_at

FloatArray = NDArray[np.float64]

#: Beyond so many values of q_z a general transform is cheaper than planes.
_MAX_PLANES = 24
#: Of so many points the general transform is cheaper anyway.
_MANY_POINTS = 300_000
#: How far the particles of a picture scatter as they should, over its edge: the corners may be a little worse.
_TRUSTED_EDGES = 1.1
_TOLERANCE = 1e-3
#: A spot farther than this many standard deviations from the sphere is not seen.
_REACH = 4.0


def periodic_image(
    frame: Configuration,
    axis_inv_nm: FloatArray,
    rotations: FloatArray,
    wavelength_nm: float | None,
    domain_nm: float | None,
    instrument: Instrument | None,
    *,
    points_only: bool = False,
) -> FloatArray:
    """Spots of the reciprocal lattice of a box that the Ewald sphere meets, shape (n, n), per particle.

    Pixels are at ``axis_inv_nm`` [1/nm] along both sides; ``rotations`` (k, 3, 3) take the laboratory to the frame of
    the detector. A spot is as wide as ``domain_nm`` [nm] and the ``instrument`` make it, at a wavelength of
    ``wavelength_nm`` [nm] (None: a flat sphere). ``points_only`` leaves the shapes out.
    """
    box_nm = domain_of_box_nm(frame, None)
    domain = domain_of_box_nm(frame, domain_nm)
    edge = -float(axis_inv_nm[0])
    smooth = spot_sigma_inv_nm(min(domain, box_nm))
    resolution = 0.0 if instrument is None else float(instrument.resolution_inv_nm(np.array([edge / 2]))[0])
    sigmas = [math.hypot(sigma, resolution) for sigma in (spot_sigma_inv_nm(domain), smooth)]
    assert frame.volume_nm3 is not None
    assert frame.cell_nm is not None
    along = _lowest_q_z(edge, wavelength_nm) + _REACH * max(sigmas)
    cell, n_planes = _planes_met(frame.cell_nm, rotations, edge, along)
    slabs = split_slabs(
        frame,
        math.sqrt(2) * edge + 4 * smooth,
        points_only=points_only,
        split=domain > 1.01 * box_nm,
        cell_nm=cell,
        n_planes=n_planes,
        disc=Disc(rotations, _TRUSTED_EDGES * edge, along, edge + 4 * smooth, _TOLERANCE),
    )
    image = np.zeros((len(axis_inv_nm), len(axis_inv_nm)))
    for g, intensity, bragg in slabs:
        for mine, sigma in ((bragg, sigmas[0]), (~bragg, sigmas[1])):
            weight = (2 * np.pi) ** 3 / frame.volume_nm3 * np.tile(intensity[mine], 2)
            both = np.concatenate([g[mine], -g[mine]])
            image += spots_on_detector(both, weight, sigma, axis_inv_nm, wavelength_nm, rotations)
    return image


def cluster_image(
    frame: Configuration,
    axis_inv_nm: FloatArray,
    rotations: FloatArray,
    wavelength_nm: float | None,
    *,
    points_only: bool = False,
) -> FloatArray:
    """Intensity of a free cluster on the Ewald sphere, shape (n, n), per particle.

    ``axis_inv_nm`` [1/nm], ``rotations`` (k, 3, 3) and ``wavelength_nm`` [nm] are as for `periodic_image`.
    """
    axis, edge = axis_inv_nm, -float(axis_inv_nm[0])
    qx, qy = np.meshgrid(axis, axis)
    q_z = ewald_q_z(qx, qy, wavelength_nm)
    disc = Disc(rotations, _TRUSTED_EDGES * edge, _lowest_q_z(edge, wavelength_nm), edge, _TOLERANCE)
    sources = sources_of(frame, disc.q_max_inv_nm, tolerance=_TOLERANCE, points_only=points_only, disc=disc)
    image = np.zeros(q_z.shape)
    for rotation in rotations:
        if wavelength_nm is None:
            image += _flat_image(sources, rotation, axis)
        else:
            image += _curved_image(sources, rotation, axis, np.stack([qx, qy, q_z], axis=-1))
    image /= len(rotations) * sources.sum_of_squares
    return image


def _lowest_q_z(edge_inv_nm: float, wavelength_nm: float | None) -> float:
    """How far the Ewald sphere falls back within a picture [1/nm]."""
    if wavelength_nm is None:
        return 0.0
    k = 2 * np.pi / wavelength_nm
    corner = min(math.sqrt(2) * edge_inv_nm, k)
    return k - math.sqrt(k**2 - corner**2)


def _planes_met(
    cell_nm: FloatArray, rotations: FloatArray, edge_inv_nm: float, along_inv_nm: float
) -> tuple[FloatArray, int]:
    """Vectors (rows) of the same lattice and how high the first index goes in what pictures show of its reciprocal.

    Reciprocal vectors of one index lie on planes across its vector: across a vector near the beam few are met.
    """
    best, fewest = cell_nm, 2**31
    for steps in itertools.product(range(-2, 3), repeat=3):
        first = next((i for i, s in enumerate(steps) if abs(s) == 1), None)
        if first is None:
            continue
        vector = np.asarray(steps) @ cell_nm
        x, y, z = np.abs(rotations @ vector).T
        met = int((edge_inv_nm * (x + y) + along_inv_nm * z).max() / (2 * np.pi))
        if met < fewest:
            # In place of one that it holds once, it spans the lattice with the others.
            best, fewest = np.array([vector, *(a for i, a in enumerate(cell_nm) if i != first)]), met
    return best, fewest


def _flat_image(sources: Sources, rotation: FloatArray, axis: FloatArray) -> FloatArray:
    """Squared amplitude on the plane across the beam."""
    total: Any = 0.0
    for group in sources.groups:
        sums = plane_sums(group, rotation, float(axis[1] - axis[0]), len(axis), np.zeros(1))[0]
        if group.envelope is not None:
            sums = sums * _even_on_plane(group.envelope, rotation, axis)
        total = sums if isinstance(total, float) else total + sums
    return np.asarray(total.real**2 + total.imag**2)


def _even_on_plane(envelope: Envelope, rotation: FloatArray, axis: FloatArray) -> FloatArray:
    """An even function of q on the plane, computed on one half of it."""
    n, half = len(axis), len(axis) // 2

    def at(x: FloatArray, y: FloatArray) -> FloatArray:
        # Rows of the rotation are the detector's axes in the laboratory.
        return envelope(x[:, None] * rotation[0] + y[:, None] * rotation[1])

    out = np.empty((n, n))
    upper = axis[half:]
    out[half:] = at(np.tile(axis, len(upper)), np.repeat(upper, n)).reshape(len(upper), n)
    if n % 2:
        out[:half] = out[half + 1 :][::-1, ::-1]
        return out
    # For an even number of pixels the first row and column have no partner on the other side.
    out[1:half, 1:] = out[half + 1 :, 1:][::-1, ::-1]
    out[0] = at(axis, np.full(n, axis[0]))
    out[1:half, 0] = at(np.full(half - 1, axis[0]), axis[1:half])
    return out


def _curved_image(sources: Sources, rotation: FloatArray, axis: FloatArray, q: FloatArray) -> FloatArray:
    """Squared amplitude on the sphere: plane transforms at a few q_z, interpolated between them."""
    q_z = q[..., 2]
    seen = np.isfinite(q_z)
    low = float(q_z[seen].min())
    along = np.concatenate([g.centres_nm for g in sources.groups]) @ rotation[2]
    phase = -low / 2 * (np.ptp(along) / 2 + 20.0)
    planes = _chebyshev(low, 8 + math.ceil(phase))
    # Cuboids that are turned many ways have few points on a plane, and as many as there are in space.
    n_points = sum(g.n_points for g in sources.groups if g.cuboids is None)
    if len(planes) > (_MAX_PLANES if n_points < _MANY_POINTS else 2):
        image = np.full(q_z.shape, np.nan)
        image[seen] = np.abs(sums_at(sources, q[seen], eps=_TOLERANCE / 3, axes=rotation)) ** 2
        return image
    total = np.zeros(q_z.shape, dtype=complex)
    laboratory = q @ rotation
    for group in sources.groups:
        sums = plane_sums(group, rotation, float(axis[1] - axis[0]), len(axis), planes)
        total += group.with_envelope(_interpolated(sums, planes, q_z), laboratory)
    return np.asarray(total.real**2 + total.imag**2)


def _chebyshev(low: float, n: int) -> FloatArray:
    """Chebyshev points of the second kind on [low, 0]."""
    return low / 2 * (1 - np.cos(np.pi * np.arange(n) / (n - 1)))


def _interpolated(sums: NDArray[np.complex128], planes: FloatArray, q_z: FloatArray) -> NDArray[np.complex128]:
    """Barycentric interpolation in q_z of plane transforms (n, rows, columns) to each pixel."""
    weights = (-1.0) ** np.arange(len(planes))
    weights[[0, -1]] /= 2
    top = np.zeros(q_z.shape, dtype=complex)
    bottom = np.zeros(q_z.shape)
    for value, at, weight in zip(sums, planes, weights, strict=True):
        distance = q_z - at
        # On a node the quotient is 0/0: a distance of 1e-14 gives the value there.
        factor = weight / np.where(np.abs(distance) < 1e-14, 1e-14, distance)
        top += factor * value
        bottom += factor
    return np.asarray(top / bottom)
