"""Two-dimensional SAXS patterns of simulated configurations, for any orientation and texture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.configuration import Configuration
from packing.shapes import Shape
from structure.form_factors.average import form_factor
from structure.form_factors.bodies import Body, CoreShell
from structure.patterns.curves import ScatteringCurve
from structure.patterns.directions import Texture
from structure.patterns.instrument import Instrument, ewald_q_z
from structure.patterns.patterns import ScatteringPattern, pattern_axis, pattern_from_curve
from structure.patterns.spots import spots_on_detector
from structure.saxs.bragg import split_slabs
from structure.saxs.powder import (
    checked_frames,
    domain_of_box_nm,
    lowest_trusted_q,
    simulate_saxs,
    spot_sigma_inv_nm,
)
from structure.saxs.sources import Envelope, Sources, sources_of
from structure.saxs.sums import plane_sums, sums_at

__all__ = ["Texture", "dispersion_saxs", "simulate_saxs_2d"]

FloatArray = NDArray[np.float64]

_KINDS = {"single": "single crystal", "fibre": "fibre texture", "powder": "powder"}

#: Beyond so many values of q_z a general transform is cheaper than planes.
_MAX_PLANES = 24


def simulate_saxs_2d(
    configurations: Configuration | Sequence[Configuration],
    *,
    texture: Texture | None = None,
    q_max_inv_nm: float = 3.0,
    n_pixels: int = 512,
    wavelength_nm: float | None = None,
    instrument: Instrument | None = None,
    domain_nm: float | None = None,
    seed: int = 0,
) -> ScatteringPattern:
    r"""Transmission SAXS pattern of one or several frames of a simulation.

    Intensities are those of `simulate_saxs`: per particle, over the mean squared volume. A *periodic* box gives the
    spots of its reciprocal lattice that the Ewald sphere cuts, each a ball with the width of ``domain_nm``, so that the
    shape of the box does not show. A *free cluster* is summed on the sphere itself.

    Parameters
    ----------
    configurations
        One frame, or frames to average over.
    texture
        Orientation and its spread; None is a single crystal with the beam along z.
    q_max_inv_nm
        Edge of the pattern [1/nm].
    n_pixels
        Pixels along each side.
    wavelength_nm
        Wavelength [nm] that sets the curvature of the Ewald sphere; None takes the instrument's, or a flat sphere.
    instrument
        Adds background and counts; its resolution widens the spots of a periodic box.
    domain_nm
        Size of coherent domains of a periodic box [nm]; None takes the narrowest width of the box.
    seed
        Seed of mosaic orientations and counting noise.

    Returns
    -------
    ScatteringPattern
        Intensity on even axes of q across the beam.

    Raises
    ------
    InputError
        For an unknown texture, no particles, or frames with and without a box together.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> frame = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=cube(8.6))
    >>> pattern = simulate_saxs_2d(frame, n_pixels=128, q_max_inv_nm=1.0)
    >>> round(pattern.azimuthal(0.5, 0.64).c4, 1)
    0.9
    """
    frames = checked_frames(configurations)
    how = texture or Texture()
    wave = instrument.wavelength_nm if wavelength_nm is None and instrument is not None else wavelength_nm
    axis = pattern_axis(q_max_inv_nm, n_pixels)
    if how.kind == "powder":
        q = np.arange(1, n_pixels // 2 + 1) * (2 * q_max_inv_nm / n_pixels)
        curve = simulate_saxs(frames, q, domain_nm=domain_nm, instrument=_without_noise(instrument))
        pattern = pattern_from_curve(curve, n_pixels=n_pixels, q_max_inv_nm=q_max_inv_nm)
        return _recorded(pattern, instrument, seed, background_done=True)
    rotations = how.rotations(seed)
    if frames[0].box is None:
        images = [_cluster_image(f, axis, rotations, wave) for f in frames]
    else:
        images = [_periodic_image(f, axis, rotations, wave, domain_nm, instrument) for f in frames]
    pattern = ScatteringPattern(
        qx_inv_nm=axis,
        qy_inv_nm=axis,
        intensity=np.mean(images, axis=0),
        q_min_trusted_inv_nm=max(lowest_trusted_q(f) for f in frames),
        label=f"{frames[0].n_particles} particles, {_KINDS[how.kind]}",
        provenance={"texture": repr(how), "wavelength_nm": wave, "frames": len(frames), "seed": seed},
    )
    return _recorded(pattern, instrument, seed)


def dispersion_saxs(
    body: Body | CoreShell | Shape,
    q_inv_nm: ArrayLike,
    *,
    size_spread: float = 0.0,
    instrument: Instrument | None = None,
) -> ScatteringCurve:
    """SAXS of dots that are not assembled: the form factor of particles far apart and turned at random.

    `pattern_from_curve` makes the rings of it.

    Parameters
    ----------
    body
        Shape, body, or core with a shell.
    q_inv_nm
        Scattering vector [1/nm], rising, shape (n,).
    size_spread
        Standard deviation of the size over its mean.
    instrument
        Resolution, background and counts; None is a perfect instrument.

    Raises
    ------
    InputError
        For q that does not rise, or a spread above 0.4.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> dispersion_saxs(cube(8.6), [0.01, 0.5]).intensity.round(3).tolist()
    [0.999, 0.179]
    """
    q = np.asarray(q_inv_nm, dtype=float)
    curve = ScatteringCurve(
        q_inv_nm=q,
        intensity=form_factor(body, q, size_spread=size_spread).intensity,
        label="dispersion",
        provenance={"body": repr(body), "size_spread": size_spread, "unit": "1 per particle at q = 0"},
    )
    return curve if instrument is None else instrument.measure(curve)


def _periodic_image(
    frame: Configuration,
    axis: FloatArray,
    rotations: FloatArray,
    wavelength_nm: float | None,
    domain_nm: float | None,
    instrument: Instrument | None,
) -> FloatArray:
    box_nm = domain_of_box_nm(frame, None)
    domain = domain_of_box_nm(frame, domain_nm)
    q_max = -float(axis[0])
    smooth = spot_sigma_inv_nm(min(domain, box_nm))
    assert frame.volume_nm3 is not None
    image = np.zeros((len(axis), len(axis)))
    slabs = split_slabs(frame, math.sqrt(2) * q_max + 4 * smooth, points_only=False, split=domain > 1.01 * box_nm)
    for g, intensity, bragg in slabs:
        for mine, sigma in ((bragg, spot_sigma_inv_nm(domain)), (~bragg, smooth)):
            if instrument is not None:
                sigma = math.hypot(sigma, float(instrument.resolution_inv_nm(np.array([q_max / 2]))[0]))
            weight = (2 * np.pi) ** 3 / frame.volume_nm3 * np.tile(intensity[mine], 2)
            both = np.concatenate([g[mine], -g[mine]])
            image += spots_on_detector(both, weight, sigma, axis, wavelength_nm, rotations)
    return image


def _cluster_image(
    frame: Configuration, axis: FloatArray, rotations: FloatArray, wavelength_nm: float | None
) -> FloatArray:
    # The corners of the picture lie outside the asked q and may be a little worse.
    sources = sources_of(frame, 1.1 * -float(axis[0]), tolerance=1e-3)
    qx, qy = np.meshgrid(axis, axis)
    q_z = ewald_q_z(qx, qy, wavelength_nm)
    image = np.zeros(q_z.shape)
    flat = wavelength_nm is None
    for rotation in rotations:
        if flat:
            image += _flat_image(sources, rotation, axis)
        else:
            image += _curved_image(sources, rotation, axis, np.stack([qx, qy, q_z], axis=-1))
    return image / (len(rotations) * sources.sum_of_squares)


def _flat_image(sources: Sources, rotation: FloatArray, axis: FloatArray) -> FloatArray:
    """Squared amplitude on the plane across the beam."""
    n = len(axis)
    total = np.zeros((n, n), dtype=complex)
    for group in sources.groups:
        sums = plane_sums(group, rotation, float(axis[1] - axis[0]), n, np.zeros(1))[0].T
        total += sums if group.envelope is None else sums * _even_on_plane(group.envelope, rotation, axis)
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
    if len(planes) > _MAX_PLANES:
        image = np.full(q_z.shape, np.nan)
        image[seen] = np.abs(sums_at(sources, q[seen] @ rotation)) ** 2
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
    """Barycentric interpolation in q_z of plane transforms (n, columns, rows) to each pixel."""
    weights = (-1.0) ** np.arange(len(planes))
    weights[[0, -1]] /= 2
    top = np.zeros(q_z.shape, dtype=complex)
    bottom = np.zeros(q_z.shape)
    for value, at, weight in zip(sums, planes, weights, strict=True):
        distance = q_z - at
        # On a node the quotient is 0/0: a distance of 1e-14 gives the value there.
        factor = weight / np.where(np.abs(distance) < 1e-14, 1e-14, distance)
        top += factor * value.T
        bottom += factor
    return np.asarray(top / bottom)


def _without_noise(instrument: Instrument | None) -> Instrument | None:
    return None if instrument is None else replace(instrument, counts_at_maximum=None)


def _recorded(
    pattern: ScatteringPattern, instrument: Instrument | None, seed: int, background_done: bool = False
) -> ScatteringPattern:
    if instrument is None:
        return pattern
    image = pattern.intensity + (0.0 if background_done else instrument.background)
    seen = np.isfinite(image)
    counted = image.copy()
    counted[seen], _ = instrument.count(image[seen], np.random.default_rng(seed))
    return replace(pattern, intensity=counted, provenance={**pattern.provenance, "instrument": repr(instrument)})
