"""Measure a two-dimensional pattern: spots or rings, how far they spread, and the lattice their q belongs to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, median_filter
from scipy.signal import find_peaks

from packing.errors import InputError
from structure.pattern_fit.frame import Frame, read_frame
from structure.pattern_fit.frame_geometry import FrameGeometry, geometry_of
from structure.pattern_fit.index import MAX_CHANCE, Indexing, chance_of_indexing, index_peaks
from structure.pattern_fit.result import PatternMeasurement

FloatArray = NDArray[np.float64]

N_AZIMUTHS = 180
SPOTTY = 4.0
"""Azimuthal maximum over median from which a ring counts as spots."""
EVEN = 1.8
"""The same, below which it counts as a ring."""
LEAST_RING, LEAST_ROD = 0.04, 0.1
"""Height of a peak over its foot, as a logarithm. Along a rod lie whole columns of a detector, whose modules and masks
differ by some percent, whatever the counts."""
LEFT_OF_NOISE = 0.67
"""What smoothing leaves of the noise of neighbouring points, 14 % of which is shared."""


def measure_pattern(
    frame: str | os.PathLike[str] | Frame,
    *,
    geometry: FrameGeometry | Mapping[str, Any] | str | os.PathLike[str],
    incidence_deg: float | None = None,
    mask: str | os.PathLike[str] | None = None,
) -> PatternMeasurement:
    """Spots or rings, azimuthal spread, and lattice of a detector frame.

    In transmission the peaks lie on circles of q, and the intensity along each tells spots from rings. At grazing
    incidence the frame is taken to in-plane and out-of-plane q in vacuum: a superlattice on a substrate makes rods at
    fixed in-plane q, which are indexed on a planar lattice; maxima along a rod are spots. Refraction moves spots along
    the rods and leaves their in-plane q.

    Parameters
    ----------
    frame
        File, or a frame already read.
    geometry
        PONI file, TOML file or mapping of distance_mm, pixel_mm, beam_x_px, beam_y_px, wavelength_nm and, for grazing
        incidence, incidence_deg.
    incidence_deg
        Grazing angle [deg], for a PONI file, which does not carry it.
    mask
        Image file, not zero where pixels of the frame are to be left out; with a frame's file only.

    Returns
    -------
    PatternMeasurement
        Kind, peaks, lattice, azimuthal spread, confidence.

    Raises
    ------
    InputError
        For a frame or mask that cannot be read, or a geometry that does not fit it.

    Examples
    --------
    Rings of a powder with lines at 1 and at 1.155 1/nm, as of fcc:

    >>> import numpy as np
    >>> place = {"distance_mm": 1000.0, "pixel_mm": 0.1, "beam_x_px": 150.0, "beam_y_px": 150.0, "wavelength_nm": 0.1}
    >>> y, x = np.mgrid[:300, :300]
    >>> q = 4 * np.pi / 0.1 * np.sin(np.arctan(np.hypot(x - 150, y - 150) * 0.1 / 1000.0) / 2)
    >>> rings = sum(np.exp(-(((q - at) / 0.01) ** 2) / 2) for at in (0.5, 0.5774, 0.8165, 0.9574))
    >>> frame = Frame(intensity=100 * rings + 1, valid=np.ones(q.shape, dtype=bool))
    >>> measure_pattern(frame, geometry=place).kind
    'rings'
    """
    if isinstance(frame, Frame) and mask is not None:
        raise InputError("mask goes with a file: a Frame says in valid which of its pixels count.")
    image = frame if isinstance(frame, Frame) else read_frame(frame, mask=mask)
    place = geometry_of(geometry, image.intensity.shape, incidence_deg)
    q = place.scattering_vectors(image.intensity.shape)
    grazing = place.incidence_deg is not None
    across, along = grazing_axes(q, place.incidence_deg or 0.0) if grazing else _polar_axes(q)
    centres, profile = _profile(across, image, along > 0.02 * float(along.max()) if grazing else image.valid)
    peaks, heights, widths = _peaks(centres, profile, LEAST_ROD if grazing else LEAST_RING)
    spreads, contrasts, counts = _along_peaks(image, across, along, peaks, widths, grazing)
    weights = np.minimum(heights, 3 * np.median(heights)) if len(heights) else heights
    found = index_peaks(peaks, weights, planar=grazing, widths_inv_nm=widths)
    kind = _kind(contrasts, heights, grazing)
    confidence, reasons = _judge(found, peaks, widths, kind, planar=grazing)
    best = found[0] if found and found[0].indexed >= 0.5 else None
    return PatternMeasurement(
        kind=kind,
        geometry="grazing" if grazing else "transmission",
        lattice=best.lattice if best else "none",
        a_nm=best.a_nm if best else None,
        a_sd_nm=best.a_sd_nm if best else None,
        peaks_inv_nm=tuple(float(x) for x in peaks),
        azimuthal_fwhm_deg=None if grazing else tuple(spreads),
        azimuthal_contrast=tuple(contrasts),
        n_spots=tuple(counts),
        confidence=confidence,
        reasons=reasons,
        alternatives=tuple({"lattice": i.lattice, "a_nm": i.a_nm, "indexed": i.indexed, "rms": i.rms} for i in found),
        q_inv_nm=centres,
        profile=profile,
        widths_inv_nm=tuple(float(w) for w in widths),
        frame=image,
        place=place,
        notes=image.notes,
        provenance={
            **image.provenance,
            "options": {k: getattr(place, k) for k in place.__dataclass_fields__},
        },
    )


def grazing_axes(q_inv_nm: FloatArray, incidence_deg: float) -> tuple[FloatArray, FloatArray]:
    """In-plane and out-of-plane q [1/nm] in the axes of the surface, shape (rows, columns) each.

    Parameters
    ----------
    q_inv_nm
        Scattering vectors of the pixels, as `FrameGeometry.scattering_vectors` has them [1/nm], (rows, columns, 3).
    incidence_deg
        Grazing angle of incidence [degrees].
    """
    q = q_inv_nm
    angle = np.radians(incidence_deg)
    forward = q[..., 0] * np.cos(angle) + q[..., 2] * np.sin(angle)
    normal = -q[..., 0] * np.sin(angle) + q[..., 2] * np.cos(angle)
    return np.hypot(forward, q[..., 1]), normal


def _polar_axes(q: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Length of q [1/nm] and azimuth [deg, 0 to 360]."""
    return np.linalg.norm(q, axis=-1), np.degrees(np.arctan2(q[..., 2], q[..., 1])) % 360.0


def _profile(across: FloatArray, image: Frame, region: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Mean intensity against q, in bins of about a pixel."""
    used = image.valid & region
    values = across[used]
    if values.size < 100:
        raise InputError(
            "the frame has almost no valid pixels where this geometry puts the pattern. Check the geometry."
        )
    pixel = float(np.median(np.abs(np.diff(across, axis=1))))
    width = max(1.5 * pixel, 1.5 * float(np.median(np.abs(np.diff(across, axis=0)))), float(values.max()) / 3000)
    bins = np.arange(0.0, float(values.max()) + width, width)
    count, total = _shared_out(values, image.intensity[used], pixel, bins)
    kept = count > max(8, 0.03 * float(count.max()))
    centres = (bins[:-1] + bins[1:]) / 2
    return centres[kept], total[kept] / count[kept]


def _shared_out(
    values: FloatArray, intensity: FloatArray, pixel: float, bins: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Pixels and intensity of each bin; a pixel on the border of two is shared out by its width.

    Whole columns of a grazing frame have nearly one q: by their middles alone, bins would hold one and two in turn.
    """
    step = float(bins[1] - bins[0])
    lower = np.maximum(values - pixel / 2, 0.0)
    first = np.minimum((lower / step).astype(int), len(bins) - 2)
    share = np.clip((bins[first + 1] - lower) / pixel, 0.0, 1.0)
    second = np.minimum(first + 1, len(bins) - 2)

    def gathered(weight: FloatArray) -> FloatArray:
        n = len(bins) - 1
        both = np.bincount(first, share * weight, n) + np.bincount(second, (1 - share) * weight, n)
        return np.asarray(both, dtype=np.float64)

    return gathered(np.ones_like(values)), gathered(intensity)


def _peaks(q: FloatArray, profile: FloatArray, least: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Positions [1/nm], heights in standard deviations, and widths [1/nm] of peaks on a falling curve."""
    if len(q) < 20 or profile.max() <= 0:
        return np.zeros(0), np.zeros(0), np.zeros(0)
    floor = max(float(np.quantile(profile[profile > 0], 0.02)), 1e-3 * float(np.median(profile)))
    level = np.log(profile + floor)
    smooth = gaussian_filter1d(level, 1.0)
    second = np.abs(np.diff(level, 2)) / np.sqrt(6)
    # Rings at the edge of the frame are averages of few pixels, so that noise is higher there; nowhere is it taken for
    # less than in the whole.
    here = median_filter(second, 2 * (len(q) // 16) + 1, mode="nearest")
    noise = np.maximum(np.maximum(here, np.median(second)) / 0.6745 * LEFT_OF_NOISE, 1e-3)
    noise = np.pad(noise, 1, mode="edge")
    index, described = find_peaks(
        smooth, prominence=np.maximum(5 * noise, least), width=(1.5, len(q) / 6), wlen=len(q) // 3
    )
    step = float(np.median(np.diff(q)))
    width = described["widths"] * step
    kept = width < 0.35 * q[index]
    # A parabola through the logarithm of three points: the top of a bell on a slope-free foot.
    places = []
    for k in index[kept]:
        left, top, right = smooth[k - 1 : k + 2]
        shift = 0.5 * (left - right) / (left - 2 * top + right)
        places.append(q[k] + shift * step)
    return np.array(places), described["prominences"][kept] / noise[index[kept]], width[kept]


def _along_peaks(
    image: Frame, across: FloatArray, along: FloatArray, peaks: FloatArray, widths: FloatArray, grazing: bool
) -> tuple[list[float], list[float], list[int]]:
    """Spread [deg], maximum over median, and number of maxima along each ring or rod, above its surroundings."""
    spreads, contrasts, counts = [], [], []
    low, high = (0.02 * float(along.max()), float(along.max())) if grazing else (0.0, 360.0)
    bins = np.linspace(low, high, N_AZIMUTHS + 1)
    for q, width in zip(peaks, widths, strict=True):
        on = _mean_along(image, np.abs(across - q) < 0.6 * width, along, bins)
        off = np.abs(across - q)
        beside = _mean_along(image, (off > 1.5 * width) & (off < 2.5 * width), along, bins)
        seen = np.isfinite(on) & np.isfinite(beside)
        net = np.where(seen, on - beside, 0.0)
        if np.count_nonzero(seen) < 12 or net.max() <= 0:
            spreads.append(360.0)
            contrasts.append(1.0)
            counts.append(0)
            continue
        typical = max(float(np.median(net[seen])), 0.03 * float(net.max()))
        contrasts.append(float(net.max() / typical))
        smooth = gaussian_filter1d(net, 1.0, mode="nearest" if grazing else "wrap")
        if not grazing:
            # A circle has no ends: begin it where it is darkest.
            smooth = np.roll(smooth, -int(np.argmin(smooth)))
        tops, described = find_peaks(smooth, prominence=0.3 * smooth.max(), width=0)
        counts.append(len(tops))
        step = float(bins[1] - bins[0])
        broad = float(np.median(described["widths"])) * step if len(tops) else high - low
        spreads.append(broad if contrasts[-1] > EVEN else high - low)
    return spreads, contrasts, counts


def _mean_along(image: Frame, band: NDArray[np.bool_], along: FloatArray, bins: FloatArray) -> FloatArray:
    used = band & image.valid
    count, _ = np.histogram(along[used], bins)
    total, _ = np.histogram(along[used], bins, weights=image.intensity[used])
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _kind(contrasts: list[float], heights: FloatArray, grazing: bool) -> str:
    """``spots``, ``rings`` or ``both``, by the weight of what is sharp along its ring."""
    if not contrasts:
        return "none"
    weight = np.sqrt(heights)
    spotty = float(weight[np.array(contrasts) > SPOTTY].sum() / weight.sum())
    if grazing:
        return "spots"
    if spotty > 0.7:
        return "spots"
    even = float(weight[np.array(contrasts) < EVEN].sum() / weight.sum())
    return "rings" if even > 0.7 else "both"


def _judge(
    found: list[Indexing], peaks: FloatArray, widths: FloatArray, kind: str, *, planar: bool
) -> tuple[str, tuple[str, ...]]:
    if len(peaks) < 2 or not found:
        return "low", (f"{('no peak', 'one peak')[len(peaks)]}: at least two are needed to tell a lattice",)
    best, doubts = found[0], []
    if len(peaks) < 3:
        doubts.append("only 2 peaks")
    if best.indexed < 0.8:
        doubts.append(f"{best.lattice} explains {best.indexed:.0%} of the peaks")
    if len(found) > 1 and best.score - found[1].score < 0.1:
        doubts.append(f"{found[1].lattice}, a = {found[1].a_nm:.2f} nm, fits nearly as well")
    if not doubts:
        chance = chance_of_indexing(best, peaks, planar=planar, widths_inv_nm=widths)
        if chance > MAX_CHANCE:
            doubts.append(f"{chance:.0%} of as many peaks at random places fit a lattice as well")
    if doubts:
        return "low", tuple(doubts)
    return "high", (f"{len(peaks)} peaks, {best.indexed:.0%} on {best.lattice}, rms deviation {best.rms:.2%}", kind)
