"""WAXS of simulated superlattices: dots scatter together where they are co-oriented, and each for itself elsewhere."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_non_negative, require_positive
from packing.configuration import Configuration, configuration
from packing.errors import InputError
from structure.crystals.reciprocal import powder_of_spots
from structure.diffraction.atomic import AtomicCrystal
from structure.diffraction.axes import CommonAxes, common_axes
from structure.diffraction.library import sizes_of, sums_atoms
from structure.diffraction.reflections import reflection_spots
from structure.diffraction.waxs import debye_waxs, simulate_waxs
from structure.patterns.curves import ScatteringCurve, checked_q
from structure.patterns.directions import Texture
from structure.patterns.instrument import Instrument, ewald_q_z
from structure.patterns.patterns import ScatteringPattern, pattern_axis
from structure.patterns.spots import spots_on_detector
from structure.saxs.powder import checked_frames, domain_of_box_nm, spot_sigma_inv_nm

FloatArray = NDArray[np.float64]


def simulate_powder_waxs(
    configurations: Configuration | Sequence[Configuration],
    crystal: AtomicCrystal,
    q_inv_nm: ArrayLike,
    *,
    domain_nm: float | None = None,
    strain_spread: float = 0.0,
    instrument: Instrument | None = None,
    seed: int = 0,
) -> ScatteringCurve:
    r"""Powder WAXS of simulated frames, with the interference of the dots of a superlattice.

    Where the dots of a periodic frame are co-oriented, every reciprocal vector of the box around every reflection is a
    spot with the width of the domain, in all directions: {100} carries the fringes of the layers. Elsewhere (loose,
    free clusters) each dot scatters for itself, as `simulate_waxs`; of small dots every atom counts (`debye_waxs`).

    Parameters
    ----------
    configurations
        One frame, or frames to average over.
    crystal
        Atomic lattice in the axes of the bodies.
    q_inv_nm
        Scattering vector [1/nm], rising, shape (n,).
    domain_nm
        Size of the coherent domains that a periodic box stands for [nm]; None takes the narrowest width of the box.
    strain_spread
        Standard deviation of the lattice constant between dots over its mean: reflections widen with q.
    instrument
        Resolution, background and counts.
    seed
        Seed of the counting noise.

    Returns
    -------
    ScatteringCurve
        Square electrons per nanocrystal; ``provenance["coherent"]`` says whether the dots interfere.

    Raises
    ------
    InputError
        For q that does not rise, no frames or particles, or frames with and without a box together.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> from structure.diffraction.atomic import atomic_crystal
    >>> film = build_crystal("sc", spacing_nm=11.6, n_cells=(3, 3, 3), shapes=cube(8.6))
    >>> curve = simulate_powder_waxs(film, atomic_crystal("CsPbBr3 cubic"), np.linspace(9.5, 12.0, 251))
    >>> curve.provenance["coherent"]
    True
    """
    q = checked_q(q_inv_nm)
    frames = checked_frames(configurations)
    require_non_negative("strain_spread", strain_spread)
    axes = [common_axes(f, crystal) for f in frames]
    coherent = frames[0].box is not None and all(a.aligned for a in axes)
    if coherent:
        parts = [_coherent(f, crystal, a, q, domain_nm, strain_spread) for f, a in zip(frames, axes, strict=True)]
    else:
        parts = [_separate(f, crystal, q, strain_spread) for f in frames]
    curve = ScatteringCurve(
        q_inv_nm=q,
        intensity=np.maximum(np.mean(parts, axis=0), 0.0),
        label=f"WAXS, {crystal.name}, powder of {'superlattices' if coherent else 'loose dots'}",
        provenance={
            "crystal": crystal.name, "coherent": coherent, "frames": len(frames), "unit": "electrons^2 per nanocrystal",
            "misorientation_deg": max(a.misorientation_deg for a in axes),
            "domain_nm": domain_of_box_nm(frames[0], domain_nm) if coherent else None,
        },
    )  # fmt: skip
    return curve if instrument is None else instrument.measure(curve, seed=seed)


def reflections_image(
    frame: Configuration,
    crystal: AtomicCrystal,
    axes: CommonAxes,
    axis_inv_nm: FloatArray,
    rotations: FloatArray,
    *,
    q_range_inv_nm: tuple[float, float],
    wavelength_nm: float,
    domain_nm: float | None,
    strain_spread: float = 0.0,
    electrons: bool = False,
) -> FloatArray:
    """Intensity per particle of co-oriented dots on a detector, shape (n, n), averaged over rotations of the sample.

    The pixels are at ``axis_inv_nm`` [1/nm] along both sides; ``rotations`` (k, 3, 3) take the laboratory to the
    frame of the detector. Atomic reflections of ``q_range_inv_nm`` [1/nm] meet a beam of ``wavelength_nm`` [nm], in
    spots as wide as ``domain_nm`` [nm], None for the box, and the relative ``strain_spread`` make them.
    """
    assert frame.volume_nm3 is not None
    box_nm = domain_of_box_nm(frame, None)
    domain = domain_of_box_nm(frame, domain_nm)
    widths = {True: spot_sigma_inv_nm(domain), False: spot_sigma_inv_nm(min(domain, box_nm))}
    image = np.zeros((len(axis_inv_nm),) * 2)

    def met(centre: FloatArray, reach_inv_nm: float) -> bool:
        """Whether the Ewald sphere may cut a reflection or its opposite, in any of the rotations."""
        turned = centre @ np.swapaxes(rotations, 1, 2)
        both = np.concatenate([turned, -turned])
        on_sphere = ewald_q_z(both[:, 0], both[:, 1], wavelength_nm)
        inside = np.abs(both[:, :2]).max(axis=1) < -float(axis_inv_nm[0]) + reach_inv_nm
        return bool(np.any(inside & (np.abs(both[:, 2] - on_sphere) < reach_inv_nm)))

    spots = reflection_spots(
        frame, crystal, axes, q_range_inv_nm=q_range_inv_nm, electrons=electrons, keep=met, split=domain > box_nm
    )
    gathered: dict[tuple[bool, float], list[tuple[FloatArray, FloatArray]]] = {}
    for one in spots:
        spread = strain_spread * float(np.linalg.norm(one.centre_inv_nm))
        for bragg in (False, True):
            mine = one.bragg == bragg
            if mine.any():
                sigma = round(math.hypot(widths[bragg], spread), 6)
                gathered.setdefault((bragg, sigma), []).append((one.vectors_inv_nm[mine], one.intensities[mine]))
    for (_, sigma), parts in gathered.items():
        g = np.concatenate([p[0] for p in parts])
        weight = (2 * np.pi) ** 3 / frame.volume_nm3 * np.concatenate([p[1] for p in parts])
        # Each reflection and its opposite.
        both, weights = np.concatenate([g, -g]), np.tile(weight, 2)
        image += spots_on_detector(both, weights, sigma, axis_inv_nm, wavelength_nm, rotations)
    return image


def simulate_superlattice_waxs_2d(
    configurations: Configuration | Sequence[Configuration],
    crystal: AtomicCrystal,
    *,
    texture: Texture | None = None,
    q_max_inv_nm: float = 25.0,
    n_pixels: int = 512,
    wavelength_nm: float = 0.1,
    domain_nm: float | None = None,
    strain_spread: float = 0.0,
    instrument: Instrument | None = None,
    seed: int = 0,
) -> ScatteringPattern:
    """Transmission WAXS pattern of co-oriented dots, fringes included; in `simulate_waxs_2d` each scatters for itself.

    Parameters
    ----------
    configurations
        One periodic frame, or frames to average over.
    crystal
        Atomic lattice in the axes of the bodies.
    texture
        How the superlattice is turned against the beam, and its mosaic; None is a single crystal with the beam along z.
    q_max_inv_nm
        Edge of the pattern [1/nm].
    n_pixels
        Pixels along each side.
    wavelength_nm
        Wavelength [nm].
    domain_nm
        Size of the coherent domains that the box stands for [nm]; None takes the narrowest width of the box.
    strain_spread
        Standard deviation of the lattice constant between dots over its mean.
    instrument
        Adds background and counts.
    seed
        Seed of the mosaic and of counting noise.

    Raises
    ------
    InputError
        For a free cluster, dots that are not co-oriented, a powder, and sizes that are not positive.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> from structure.diffraction.atomic import atomic_crystal
    >>> film = build_crystal("sc", spacing_nm=11.6, n_cells=(3, 3, 3), shapes=cube(8.6))
    >>> image = simulate_superlattice_waxs_2d(film, atomic_crystal("CsPbBr3 cubic"), q_max_inv_nm=13.0)
    >>> image.azimuthal(9.5, 12.0).c4 > 0.8
    True
    """
    frames = checked_frames(configurations)
    require_positive("wavelength_nm", wavelength_nm, "nm")
    how = texture or Texture()
    axes = [common_axes(f, crystal) for f in frames]
    if frames[0].box is None or how.kind == "powder" or not all(a.aligned for a in axes):
        raise InputError(
            "the dots must be co-oriented in a periodic box to scatter together, and no powder. Use simulate_waxs_2d."
        )
    axis = pattern_axis(q_max_inv_nm, n_pixels)
    rotations = how.rotations(seed)
    images = [
        reflections_image(
            f, crystal, a, axis, rotations, q_range_inv_nm=(1e-6, math.sqrt(2) * q_max_inv_nm),
            wavelength_nm=wavelength_nm, domain_nm=domain_nm, strain_spread=strain_spread,
        )
        for f, a in zip(frames, axes, strict=True)
    ]  # fmt: skip
    pattern = ScatteringPattern(
        qx_inv_nm=axis,
        qy_inv_nm=axis,
        intensity=np.mean(images, axis=0),
        label=f"WAXS, {crystal.name}, co-oriented dots",
        provenance={
            "texture": repr(how), "wavelength_nm": wavelength_nm, "domain_nm": domain_of_box_nm(frames[0], domain_nm),
            "coherent": True, "unit": "electrons^2 per nanocrystal",
        },
    )  # fmt: skip
    return pattern if instrument is None else pattern.measured_with(instrument, seed=seed)


def _coherent(
    frame: Configuration, crystal: AtomicCrystal, axes: CommonAxes, q: FloatArray, domain_nm: float | None,
    strain_spread: float,
) -> FloatArray:  # fmt: skip
    assert frame.volume_nm3 is not None
    box_nm = domain_of_box_nm(frame, None)
    domain = domain_of_box_nm(frame, domain_nm)
    total, near = np.zeros(len(q)), np.zeros(len(q), dtype=bool)
    ends = (max(float(q[0]) - 2, 1e-6), float(q[-1]) + 2)
    # A domain no larger than the box makes all spots as wide.
    for one in reflection_spots(frame, crystal, axes, q_range_inv_nm=ends, split=domain > box_nm):
        at = float(np.linalg.norm(one.centre_inv_nm))
        length = np.sqrt(np.einsum("gi,gi->g", one.vectors_inv_nm, one.vectors_inv_nm))
        near |= np.abs(q - at) < one.reach_inv_nm
        for bragg in (False, True) if one.bragg.any() else (False,):
            mine = one.bragg == bragg if one.bragg.any() else slice(None)
            sigma = math.hypot(spot_sigma_inv_nm(domain if bragg else min(domain, box_nm)), strain_spread * at)
            total += powder_of_spots(q, length[mine], one.intensities[mine], sigma)
    scale = 2 * (2 * np.pi) ** 3 / frame.volume_nm3
    return np.where(near, scale * total, np.maximum(scale * total, _by_outline(frame, crystal, q, strain_spread)))


def _separate(frame: Configuration, crystal: AtomicCrystal, q: FloatArray, strain_spread: float) -> FloatArray:
    """Mean powder curve of the dots, each for itself: around reflections by its atoms, farther out by its outline."""
    total = np.zeros(len(q))
    if sums_atoms(frame, crystal) and min(crystal.weights()) == 1:
        # A spread of lattice constants is a mean over dots that are stretched.
        nodes, weights = np.polynomial.hermite_e.hermegauss(9 if strain_spread > 0 else 1)
        for (share, shape), (node, weight) in itertools.product(sizes_of(frame), zip(nodes, weights, strict=True)):
            stretched = crystal.strained(float(node) * strain_spread)
            total += share * weight / weights.sum() * debye_waxs(shape, stretched, q).intensity
        return total
    for share, shape in sizes_of(frame):
        side = 5 * shape.circumradius_nm
        alone = configuration([[0, 0, 0]], shapes=shape, box=[side] * 3)
        axes = CommonAxes(np.eye(3), np.eye(3)[None], 0.0)
        powder, near = np.zeros(len(q)), np.zeros(len(q), dtype=bool)
        ends = (max(float(q[0]) - 2, 1e-6), float(q[-1]) + 2)
        for one in reflection_spots(alone, crystal, axes, q_range_inv_nm=ends, together=False):
            sigma = math.hypot(spot_sigma_inv_nm(side), strain_spread * float(np.linalg.norm(one.centre_inv_nm)))
            powder += powder_of_spots(q, np.linalg.norm(one.vectors_inv_nm, axis=1), one.separate, sigma)
            near |= np.abs(q - np.linalg.norm(one.centre_inv_nm)) < one.reach_inv_nm
        total += share * 2 * (2 * np.pi) ** 3 / side**3 * powder
    return np.where(near, total, np.maximum(total, _by_outline(frame, crystal, q, strain_spread)))


def _by_outline(frame: Configuration, crystal: AtomicCrystal, q: FloatArray, strain_spread: float) -> FloatArray:
    """The same with one outline for all kinds of atoms, at any distance from the reflections."""
    total = np.zeros(len(q))
    for share, shape in sizes_of(frame):
        total += share * simulate_waxs(shape, crystal, q, strain_spread=strain_spread, facets=True).intensity
    return total
