"""Two-dimensional SAXS patterns of simulated configurations, for any orientation and texture."""

from __future__ import annotations

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
from structure.patterns.instrument import Instrument
from structure.patterns.patterns import ScatteringPattern, pattern_axis, pattern_from_curve
from structure.saxs.images import cluster_image, periodic_image
from structure.saxs.powder import checked_frames, lowest_trusted_q, simulate_saxs, structure_factor

__all__ = ["Texture", "dispersion_saxs", "simulate_saxs_2d", "structure_factor_2d"]

FloatArray = NDArray[np.float64]

_KINDS = {"single": "single crystal", "fibre": "fibre texture", "powder": "powder"}


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
    pattern = _pattern(frames, how, axis, wave, domain_nm, instrument, seed)
    return _recorded(pattern, instrument, seed)


def structure_factor_2d(
    configurations: Configuration | Sequence[Configuration],
    *,
    texture: Texture | None = None,
    q_max_inv_nm: float = 3.0,
    n_pixels: int = 512,
    wavelength_nm: float | None = None,
    domain_nm: float | None = None,
    seed: int = 0,
) -> ScatteringPattern:
    """Pattern of the particle centres alone: `simulate_saxs_2d` with every particle a point of strength 1.

    Parameters
    ----------
    configurations, texture, q_max_inv_nm, n_pixels, wavelength_nm, domain_nm, seed
        As for `simulate_saxs_2d`.

    Raises
    ------
    InputError
        As `simulate_saxs_2d`.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> frame = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=cube(8.6), periodic=False)
    >>> round(float(structure_factor_2d(frame, n_pixels=64).intensity.max()), 3)  # all in phase
    64.0
    """
    frames = checked_frames(configurations)
    how = texture or Texture()
    axis = pattern_axis(q_max_inv_nm, n_pixels)
    if how.kind == "powder":
        q = np.arange(1, n_pixels // 2 + 1) * (2 * q_max_inv_nm / n_pixels)
        curve = structure_factor(frames, q, domain_nm=domain_nm)
        return pattern_from_curve(curve, n_pixels=n_pixels, q_max_inv_nm=q_max_inv_nm)
    return _pattern(frames, how, axis, wavelength_nm, domain_nm, None, seed, points_only=True)


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


def _pattern(
    frames: list[Configuration],
    how: Texture,
    axis: FloatArray,
    wavelength_nm: float | None,
    domain_nm: float | None,
    instrument: Instrument | None,
    seed: int,
    *,
    points_only: bool = False,
) -> ScatteringPattern:
    rotations = how.rotations(seed)
    if frames[0].box is None:
        images = [cluster_image(f, axis, rotations, wavelength_nm, points_only=points_only) for f in frames]
    else:
        images = [
            periodic_image(f, axis, rotations, wavelength_nm, domain_nm, instrument, points_only=points_only)
            for f in frames
        ]
    return ScatteringPattern(
        qx_inv_nm=axis,
        qy_inv_nm=axis,
        intensity=images[0] if len(images) == 1 else np.mean(images, axis=0),
        q_min_trusted_inv_nm=max(lowest_trusted_q(f) for f in frames),
        label=f"{frames[0].n_particles} particles, {_KINDS[how.kind]}",
        provenance={"texture": repr(how), "wavelength_nm": wavelength_nm, "frames": len(frames), "seed": seed},
    )


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
