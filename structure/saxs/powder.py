"""SAXS of simulated configurations: powder curves with each particle's own shape, size and orientation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_positive
from packing.configuration import Configuration
from packing.errors import InputError
from structure.crystals.reciprocal import powder_peak
from structure.patterns.curves import ScatteringCurve, checked_q
from structure.patterns.directions import hemisphere_nodes, spiral_directions
from structure.patterns.instrument import Instrument
from structure.saxs.bragg import split_slabs
from structure.saxs.sources import sources_of
from structure.saxs.sums import reciprocal_slabs, sums_at
from structure.widths import FWHM_PER_SIGMA, scherrer_fwhm_inv_nm

FloatArray = NDArray[np.float64]

#: More scattering vectors than this are thinned out, and the error that makes is given.
_MAX_VECTORS = 4_000_000
_CHUNK_VECTORS = 1_500_000
_BINS_PER_SIGMA = 12


def simulate_saxs(
    configurations: Configuration | Sequence[Configuration],
    q_inv_nm: ArrayLike | None = None,
    *,
    instrument: Instrument | None = None,
    domain_nm: float | None = None,
    seed: int = 0,
) -> ScatteringCurve:
    r"""Powder SAXS curve of one or several frames of a simulation.

    .. math:: I(q) = \Big\langle \Big|\sum_j V_jf_j(R_j^Tq)\,e^{iq\cdot r_j}\Big|^2\Big\rangle \Big/ \sum_jV_j^2

    over all directions of q: positions and orientations keep their coupling. The result is 1 per particle at q = 0
    without interference, so that :math:`I\to P(q)` where there is no order.

    A *periodic* box scatters only at its reciprocal lattice, :math:`G = 2\pi h`: each point becomes a spherical spot
    with the width of a domain of ``domain_nm`` (FWHM :math:`0.9\cdot2\pi/D`), averaged over directions exactly. For
    domains larger than the box only the reflections (structure factor above 12) get as narrow as that; what scatters
    between them keeps the width of the box, since it is sampled at few points. A *free
    cluster* scatters at every q: directions are summed by a rule that is exact for its diameter; where that takes
    more than four million vectors a spiral of fewer is used and the curve carries its standard error.

    Parameters
    ----------
    configurations
        One frame, or frames to average over.
    q_inv_nm
        Scattering vector [1/nm]; None takes 400 values up to 4, and 200 for a free cluster.
    instrument
        Resolution, background and counts; None is a perfect instrument.
    domain_nm
        Size of the coherent domains that a periodic box stands for [nm], such as that of the sample; None takes the
        narrowest width of the box.
    seed
        Seed of the counting noise.

    Returns
    -------
    ScatteringCurve
        With the lowest trustworthy q: the smallest reciprocal vector of the box, or 4 pi over the cluster's diameter.

    Raises
    ------
    InputError
        For no frames or particles, q that does not rise or lies wholly below what a periodic box shows, or
        frames with and without a box together.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> frame = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=cube(8.6))
    >>> curve = simulate_saxs(frame, np.linspace(0.3, 1.0, 71))
    >>> round(float(curve.q_inv_nm[curve.intensity.argmax()]), 2)
    0.57
    """
    frames = checked_frames(configurations)
    periodic = frames[0].box is not None
    q = checked_q(np.linspace(0.05, 4.0, 400 if periodic else 200) if q_inv_nm is None else q_inv_nm)
    if periodic:
        domain = domain_of_box_nm(frames[0], domain_nm)
        intensity = np.mean([_periodic_powder(f, q, domain) for f in frames], axis=0)
        error: FloatArray | None = None
    else:
        parts = [_cluster_powder(f, q) for f in frames]
        intensity = np.mean([p[0] for p in parts], axis=0)
        error = np.sqrt(np.sum([p[1] ** 2 for p in parts], axis=0)) / len(parts)
    curve = ScatteringCurve(
        q_inv_nm=q,
        intensity=intensity,
        sd=error if error is not None and error.any() else None,
        q_min_trusted_inv_nm=trusted_from(frames, q),
        label=f"{frames[0].n_particles} particles",
        provenance={
            "route": "reciprocal lattice of the box" if periodic else "directions over a free cluster",
            "frames": len(frames),
            "domain_nm": domain if periodic else None,
            "unit": "1 per particle at q = 0 without interference",
        },
    )
    return curve if instrument is None else instrument.measure(curve, seed=seed)


def structure_factor(
    configurations: Configuration | Sequence[Configuration],
    q_inv_nm: ArrayLike | None = None,
    *,
    domain_nm: float | None = None,
) -> ScatteringCurve:
    """Structure factor S(q) of the particle centres: `simulate_saxs` with every particle a point of strength 1.

    Parameters
    ----------
    configurations, q_inv_nm, domain_nm
        As for `simulate_saxs`.

    Raises
    ------
    InputError
        As `simulate_saxs`.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> frame = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=cube(8.6))
    >>> curve = structure_factor(frame, np.linspace(0.3, 0.7, 81))
    >>> abs(float(curve.q_inv_nm[curve.intensity.argmax()]) - 2 * np.pi / 11.0) < 0.01
    True
    """
    frames = checked_frames(configurations)
    q = checked_q(np.linspace(0.05, 4.0, 400) if q_inv_nm is None else q_inv_nm)
    if frames[0].box is None:
        values = [_cluster_powder(f, q, points_only=True)[0] for f in frames]
    else:
        domain = domain_of_box_nm(frames[0], domain_nm)
        values = [_periodic_powder(f, q, domain, points_only=True) for f in frames]
    return ScatteringCurve(
        q_inv_nm=q,
        intensity=np.mean(values, axis=0),
        q_min_trusted_inv_nm=trusted_from(frames, q),
        label="S(q)",
        provenance={"frames": len(frames), "unit": "per particle"},
    )


def reciprocal_intensities(
    frame: Configuration, q_max_inv_nm: float, *, points_only: bool = False
) -> tuple[FloatArray, FloatArray]:
    """All reciprocal vectors of a periodic box up to ``q_max_inv_nm`` [1/nm], and the intensity per particle at each.

    Returns
    -------
    tuple
        Vectors [1/nm], shape (m, 3), one of each pair G and -G; intensities over the sum of squared volumes, shape
        (m,). For ``points_only`` they are S(G), which is N for every reflection of a perfect crystal.

    Raises
    ------
    InputError
        For a free cluster, which has no reciprocal lattice.
    """
    if frame.box is None:
        raise InputError("reciprocal_intensities needs a periodic box: this configuration is a free cluster.")
    sources = sources_of(frame, require_positive("q_max_inv_nm", q_max_inv_nm), points_only=points_only)
    assert frame.cell_nm is not None
    slabs = list(reciprocal_slabs(sources, frame.cell_nm, q_max_inv_nm))
    return np.concatenate([s[0] for s in slabs]), np.concatenate([s[1] for s in slabs]) / sources.sum_of_squares


def spot_sigma_inv_nm(domain_nm: float) -> float:
    """Standard deviation of a spot [1/nm] from a domain of ``domain_nm``, FWHM 0.9 x 2 pi/D (Scherrer)."""
    return scherrer_fwhm_inv_nm(domain_nm) / FWHM_PER_SIGMA


def lowest_trusted_q(frame: Configuration) -> float:
    """Lowest q [1/nm] at which a frame shows its inside: smallest reciprocal vector, or 4 pi over the diameter."""
    if frame.cell_nm is None:
        return 4 * np.pi / cluster_diameter_nm(frame)
    return float(2 * np.pi / np.linalg.norm(frame.cell_nm, axis=1).max())


def trusted_from(frames: Sequence[Configuration], q_inv_nm: FloatArray) -> float:
    """Lowest trustworthy q of some frames [1/nm]; an `InputError` if a periodic box shows nothing at any ``q_inv_nm``.

    A free cluster scatters as it does below it too: as that cluster, not as a piece of a larger crystal.
    """
    limit = max(lowest_trusted_q(f) for f in frames)
    if frames[0].box is not None and q_inv_nm[-1] < limit:
        raise InputError(
            f"q_inv_nm must reach above {limit:.3g} 1/nm, the smallest reciprocal vector of the box, "
            f"got at most {q_inv_nm[-1]:.3g}. Ask for higher q, or give a larger box."
        )
    return limit


def cluster_diameter_nm(frame: Configuration) -> float:
    """Diameter [nm] of a sphere around the centre of a cluster and all its particles."""
    centred = frame.positions_nm - frame.positions_nm.mean(axis=0)
    return float(2 * (np.linalg.norm(centred, axis=1).max() + max(s.circumradius_nm for s in frame.shapes)))


def checked_frames(configurations: Configuration | Sequence[Configuration]) -> list[Configuration]:
    """The frames as a list; an `InputError` if there are none, some lack particles, or only some have a box."""
    frames = [configurations] if isinstance(configurations, Configuration) else list(configurations)
    if not frames:
        raise InputError("configurations is empty: give at least one frame.")
    if any(f.n_particles == 0 for f in frames):
        raise InputError("configuration has no particles: give frames that have some.")
    if len({f.box is None for f in frames}) > 1:
        raise InputError("configurations mix periodic boxes and free clusters: give one kind at a time.")
    return frames


def domain_of_box_nm(frame: Configuration, domain_nm: float | None) -> float:
    """Size of the coherent domains that a periodic box stands for [nm]: ``domain_nm``, or its narrowest width."""
    if domain_nm is not None:
        return require_positive("domain_nm", domain_nm, "nm")
    assert frame.cell_nm is not None
    return float((1 / np.linalg.norm(np.linalg.inv(frame.cell_nm), axis=0)).min())


def _periodic_powder(frame: Configuration, q: FloatArray, domain_nm: float, points_only: bool = False) -> FloatArray:
    box_nm = domain_of_box_nm(frame, None)
    sharp, smooth = spot_sigma_inv_nm(domain_nm), spot_sigma_inv_nm(min(domain_nm, box_nm))
    q_max = float(q[-1]) + 4 * smooth
    n_bins = int(q_max / sharp * _BINS_PER_SIGMA) + 1
    # Rows: diffuse, reflections.
    power, moment = np.zeros((2, n_bins)), np.zeros((2, n_bins))
    for g, intensity, bragg in split_slabs(frame, q_max, points_only=points_only, split=domain_nm > 1.01 * box_nm):
        length = np.sqrt(np.einsum("gi,gi->g", g, g))
        index = np.minimum((length * (n_bins / q_max)).astype(np.int32), n_bins - 1)
        moments = intensity * length
        for kind in (0, 1):
            # All of one kind, as mostly, are not copied.
            mine = bragg == bool(kind)
            some = slice(None) if mine.all() else np.flatnonzero(mine)
            power[kind] += np.bincount(index[some], weights=intensity[some], minlength=n_bins)
            moment[kind] += np.bincount(index[some], weights=moments[some], minlength=n_bins)
    total = np.zeros(len(q))
    for kind, sigma in ((0, smooth), (1, sharp)):
        filled = power[kind] > 0
        spots = powder_peak(q[:, None], moment[kind, filled] / power[kind, filled], sigma, 0.0)
        total += spots @ power[kind, filled]
    assert frame.volume_nm3 is not None
    # Twice: each vector stands for its opposite too.
    return 2 * (2 * np.pi) ** 3 / frame.volume_nm3 * total


def _cluster_powder(frame: Configuration, q: FloatArray, points_only: bool = False) -> tuple[FloatArray, FloatArray]:
    sources = sources_of(_centred(frame), float(q[-1]), points_only=points_only)
    diameter = cluster_diameter_nm(frame)
    degrees = 2 * np.ceil((q * diameter + 8 + 2 * np.cbrt(q * diameter)) / 2).astype(int)
    needed = degrees.astype(float) ** 2 / 4
    thin = min(1.0, _MAX_VECTORS / needed.sum())
    sets = [
        (spiral_directions(max(50, int(n * thin)), turn=float(i)), None) if thin < 1 else hemisphere_nodes(int(d))
        for i, (n, d) in enumerate(zip(needed, degrees, strict=True))
    ]
    mean, error = np.empty(len(q)), np.zeros(len(q))
    for part in _parts([len(s[0]) for s in sets]):
        vectors = np.concatenate([q[i] * sets[i][0] for i in part])
        squared = np.abs(sums_at(sources, vectors, eps=1e-6 if thin == 1 else 1e-3)) ** 2 / sources.sum_of_squares
        ends = np.cumsum([len(sets[i][0]) for i in part])
        for i, values in zip(part, np.split(squared, ends[:-1]), strict=True):
            weights = sets[i][1]
            mean[i] = values.mean() if weights is None else values @ weights
            error[i] = 0.0 if weights is not None else values.std() / math.sqrt(len(values))
    return mean, error


def _parts(counts: list[int]) -> list[list[int]]:
    """Consecutive indices in groups of about `_CHUNK_VECTORS`."""
    parts: list[list[int]] = [[]]
    size = 0
    for i, n in enumerate(counts):
        if size + n > _CHUNK_VECTORS and parts[-1]:
            parts.append([])
            size = 0
        parts[-1].append(i)
        size += n
    return parts


def _centred(frame: Configuration) -> Configuration:
    return replace(frame, positions_nm=frame.positions_nm - frame.positions_nm.mean(axis=0))
