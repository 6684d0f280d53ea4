"""WAXS of nanocrystals: powder curves of single dots and 2D patterns of superlattices."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import finufft
import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_non_negative, require_positive
from packing.configuration import Configuration
from packing.shapes import Cuboid, Shape, Sphere
from structure.diffraction.atomic import AtomicCrystal, cut_nanocrystal
from structure.diffraction.atoms import atomic_form_factor, debye_waller_factor
from structure.diffraction.library import dot_amplitude
from structure.form_factors.sizes import size_nodes
from structure.patterns.curves import ScatteringCurve, checked_q
from structure.patterns.directions import Texture
from structure.patterns.instrument import Instrument
from structure.patterns.patterns import ScatteringPattern, pattern_axis
from structure.patterns.spots import spots_on_detector
from structure.saxs.debye import pair_histograms, sinc_transform
from structure.saxs.powder import checked_frames

FloatArray = NDArray[np.float64]


def simulate_waxs(
    shape: Shape,
    crystal: AtomicCrystal,
    q_inv_nm: ArrayLike,
    *,
    size_spread: float = 0.0,
    strain_spread: float = 0.0,
    facets: bool = False,
    instrument: Instrument | None = None,
) -> ScatteringCurve:
    r"""Powder WAXS of nanocrystals of one shape, from the reflections of their lattice.

    .. math:: I(q) = \sum_H |F_H|^2\,\frac{(2\pi)^3V}{v^2}\,\frac{l_H(q-H)-l_H(q+H)}{4\pi qH},\qquad
        l_H(x) = \frac1\pi\int_0^\infty \gamma(t\hat H)\cos(xt)\,dt

    with the share :math:`\gamma` of the body that overlaps with itself after a shift: the exact broadening by size
    and shape along each reflection (Bertaut). Shapes other than sharp cuboids and spheres take that of the cuboid of
    their volume. Nanocrystals scatter independently; fringes between them are in `structure.diffraction.multilayer`.

    Parameters
    ----------
    shape
        Sphere or cuboid, its axes those of the crystal's body.
    crystal
        Atomic lattice in the axes of the body.
    q_inv_nm
        Scattering vector [1/nm].
    size_spread
        Standard deviation of the size over its mean.
    strain_spread
        Standard deviation of the lattice constant over its mean, between dots or inside them: it widens each
        reflection by as much of its q (Stokes and Wilson).
    facets
        Whether a reflection has the strength of the atoms that the shape holds, in place of its volume of the crystal.
    instrument
        Resolution, background and counts.

    Returns
    -------
    ScatteringCurve
        Electron units (square electrons per nanocrystal).

    Raises
    ------
    InputError
        For q that does not rise.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.diffraction.atomic import atomic_crystal
    >>> q = np.linspace(9, 12, 301)
    >>> curve = simulate_waxs(cube(8.6), atomic_crystal("CsPbBr3 cubic"), q)
    >>> round(float(q[curve.intensity.argmax()]), 1)
    10.7
    """
    q = checked_q(q_inv_nm)
    require_non_negative("strain_spread", strain_spread)
    sizes, fractions = size_nodes(size_spread, n_sizes=12)
    _, vectors, squared = crystal.reflections(float(q[-1]) + 30 / shape.inradius_nm)
    if facets:
        squared = np.abs(dot_amplitude(crystal, shape, vectors) * crystal.volume_nm3 / shape.volume_nm3) ** 2
    length = np.linalg.norm(vectors, axis=1)
    direction = np.abs(vectors / length[:, None])
    if _cubic(shape):
        direction = np.sort(direction, axis=1)
    intensity = np.zeros(len(q))
    key = np.round(np.column_stack([length, direction]), 7)
    unique, inverse = np.unique(key, axis=0, return_inverse=True)
    power = np.bincount(inverse.ravel(), weights=squared)
    for size, fraction in zip(sizes, fractions, strict=True):
        body = shape.scaled(float(size))
        scale = fraction * (2 * np.pi) ** 3 * body.volume_nm3 / crystal.volume_nm3**2
        for row, weight in zip(unique, power, strict=True):
            strain = strain_spread * float(row[0])
            near = _profile(body, row[1:], q - row[0], strain) - _profile(body, row[1:], q + row[0], strain)
            intensity += scale * weight * near / (4 * np.pi * np.maximum(q, 1e-9) * row[0])
    curve = ScatteringCurve(
        q_inv_nm=q,
        intensity=intensity,
        label=f"WAXS, {crystal.name}",
        provenance={"shape": repr(shape), "crystal": crystal.name, "unit": "electrons^2 per nanocrystal"},
    )
    return curve if instrument is None else instrument.measure(curve)


def debye_waxs(shape: Shape, crystal: AtomicCrystal, q_inv_nm: ArrayLike) -> ScatteringCurve:
    """Powder WAXS of one nanocrystal atom by atom, by Debye's formula: the check of `simulate_waxs`.

    Keeps what the reflections leave out: where the surface cuts the cell, and scattering between reflections. Cost
    grows with the square of the atoms (16 000 in a cube of 8.6 nm).

    Parameters
    ----------
    shape
        Core.
    crystal
        Atomic lattice in the axes of the body.
    q_inv_nm
        Scattering vector [1/nm], rising, shape (n,).

    Raises
    ------
    InputError
        For q that does not rise.

    Notes
    -----
    P. Debye, Ann. Phys. 351, 809 (1915), doi:10.1002/andp.19153510606.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.diffraction.atomic import atomic_crystal
    >>> curve = debye_waxs(cube(2.4), atomic_crystal("CsPbBr3 cubic"), [10.7])
    >>> curve.intensity[0] > 0
    np.True_
    """
    q = checked_q(q_inv_nm)
    elements, positions = cut_nanocrystal(crystal, shape)
    names = sorted(set(elements))
    species = np.array([names.index(e) for e in elements], dtype=np.int64)
    f = [atomic_form_factor(e, q) * debye_waller_factor(crystal.b_factor_nm2, q) for e in names]
    total = sum(np.count_nonzero(species == k) * f[k] ** 2 for k in range(len(names)))
    for (i, j), histogram in pair_histograms(positions, species, len(names)).items():
        total = total + 2 * f[i] * f[j] * sinc_transform(histogram, q)
    return ScatteringCurve(
        q_inv_nm=q,
        intensity=np.asarray(total),
        label=f"Debye, {len(elements)} atoms",
        provenance={"shape": repr(shape), "crystal": crystal.name, "unit": "electrons^2 per nanocrystal"},
    )


def simulate_waxs_2d(
    configurations: Configuration | Sequence[Configuration],
    crystal: AtomicCrystal,
    *,
    texture: Texture | None = None,
    q_max_inv_nm: float = 25.0,
    n_pixels: int = 512,
    wavelength_nm: float = 0.1,
    instrument: Instrument | None = None,
    seed: int = 0,
) -> ScatteringPattern:
    r"""Transmission WAXS pattern: the atomic reflections of every nanocrystal, turned with it.

    Each reflection of each particle is a ball of standard deviation :math:`\sqrt{2\pi}/V^{1/3}` (height and integral of
    the true spot), seen where the Ewald sphere cuts it: spots for a superlattice of aligned dots, rings for loose ones.
    Particles scatter independently of each other.

    Parameters
    ----------
    configurations
        One frame, or frames to average over: only shapes and orientations matter.
    crystal
        Atomic lattice in the axes of the body.
    texture
        How the superlattice is turned against the beam; None is a single crystal with the beam along z. A powder
        averages over random orientations.
    q_max_inv_nm
        Edge of the pattern [1/nm].
    n_pixels
        Pixels along each side.
    wavelength_nm
        Wavelength [nm].
    instrument
        Adds background and counts.
    seed
        Seed of the mosaic, powder orientations and counting noise.

    Returns
    -------
    ScatteringPattern
        Electron units per nanocrystal; `azimuthal` gives the width of the arcs.

    Raises
    ------
    InputError
        For no frames or particles, a wavelength or edge of the pattern that is not positive, and too few pixels.

    Examples
    --------
    >>> from packing.configuration import configuration
    >>> from packing.shapes import cube
    >>> from structure.diffraction.atomic import atomic_crystal
    >>> dot = configuration([[0, 0, 0]], shapes=cube(8.6))
    >>> image = simulate_waxs_2d(dot, atomic_crystal("CsPbBr3 cubic"), n_pixels=128)
    >>> image.azimuthal(9.5, 12.0).c4 > 0.9
    True
    """
    frames = checked_frames(configurations)
    require_positive("wavelength_nm", wavelength_nm, "nm")
    how = texture or Texture()
    rng = np.random.default_rng(seed)
    rotations = how.rotations(seed)
    if how.kind == "powder":
        from scipy.spatial.transform import Rotation

        rotations = Rotation.random(how.n_orientations, rng=rng).as_matrix()
    axis = pattern_axis(q_max_inv_nm, n_pixels)
    image = np.zeros((n_pixels, n_pixels))
    n_total = sum(f.n_particles for f in frames)
    for frame in frames:
        for index, shape in enumerate(frame.shapes):
            turns = frame.rotations[frame.species == index]
            if len(turns):
                image += len(turns) * _particles_image(shape, crystal, turns, rotations, axis, wavelength_nm) / n_total
    pattern = ScatteringPattern(
        qx_inv_nm=axis,
        qy_inv_nm=axis,
        intensity=image,
        label=f"WAXS, {crystal.name}, {how.kind}",
        provenance={"texture": repr(how), "wavelength_nm": wavelength_nm, "unit": "electrons^2 per nanocrystal"},
    )
    if instrument is None:
        return pattern
    return pattern.measured_with(instrument, seed=seed)


def _particles_image(
    shape: Shape,
    crystal: AtomicCrystal,
    turns: FloatArray,
    rotations: FloatArray,
    axis: FloatArray,
    wavelength_nm: float,
) -> FloatArray:
    """Mean pattern of one nanocrystal over the orientations of particles and sample."""
    volume = shape.volume_nm3
    sigma = float(np.sqrt(2 * np.pi) / volume ** (1 / 3))
    _, vectors, squared = crystal.reflections(-float(axis[0]) * np.sqrt(2) + 4 * sigma)
    spots = np.einsum("pij,hj->phi", turns, vectors).reshape(-1, 3)
    weights = np.tile(squared * (2 * np.pi) ** 3 * volume / crystal.volume_nm3**2 / len(turns), len(turns))
    return spots_on_detector(spots, weights, sigma, axis, wavelength_nm, rotations)


def _profile(shape: Shape, direction: FloatArray, x: FloatArray, strain_inv_nm: float = 0.0) -> FloatArray:
    """Profile of a reflection of unit area against the distance from it in q [1/nm], by the overlap function.

    A spread of the reflection's place widens it by a Gaussian of that standard deviation.
    """
    t, w = np.polynomial.legendre.leggauss(48)
    longest, overlap = _overlap(shape, direction)
    t, w = (t + 1) / 2 * longest, w / 2 * longest * overlap((t + 1) / 2 * longest) / np.pi
    w = w * np.exp(-((strain_inv_nm * t) ** 2) / 2)
    reach = 40 / longest * np.pi
    out = np.zeros(len(x))
    # Beyond some tens of fringes the rule no longer resolves the cosine, and the profile is below 1e-4 of its top.
    near = np.abs(x) < reach
    if near.any():
        values = finufft.nufft1d3(t, w.astype(complex), np.ascontiguousarray(x[near]), eps=1e-9, isign=1, nthreads=1)
        out[near] = np.asarray(values).real
    return out


def _overlap(shape: Shape, direction: FloatArray) -> tuple[float, Callable[[FloatArray], FloatArray]]:
    """Longest shift along a direction, and the share of the volume that overlaps after a shift."""
    if isinstance(shape, Sphere):
        d = shape.diameter_nm
        return d, lambda t: 1 - 1.5 * t / d + 0.5 * (t / d) ** 3
    edges = np.array(shape.edges_nm)
    if not isinstance(shape, Cuboid) or shape.rounding_nm or shape.truncation:
        edges = edges * (shape.volume_nm3 / np.prod(edges)) ** (1 / 3)
    slope = np.abs(direction) / edges
    longest = float(1 / slope.max())
    return longest, lambda t: np.prod(1 - np.outer(t, slope), axis=1)


def _cubic(shape: Shape) -> bool:
    return isinstance(shape, Sphere) or shape.is_cube
