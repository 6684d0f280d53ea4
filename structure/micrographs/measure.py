"""From a micrograph to its lattice and spacing with uncertainties, and the reasons where they cannot be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_between, require_positive
from packing.errors import InputError
from structure.fourier.fourier import cropped, fourier_lattice
from structure.fourier.indexing import cell_angle_deg
from structure.imaging.images import TemImage
from structure.imaging.readers import Micrograph, read_micrograph
from structure.imaging.region import emptiness, inside_polygon, within
from structure.imaging.scale_bar import Legend, filled, find_legend
from structure.micrographs.confidence import (
    MAX_SPACING_NM,
    MIN_SPACING_NM,
    micrograph_confidence,
    settled_lattice,
    settled_spacing_px,
)
from structure.micrographs.order import micrograph_order
from structure.micrographs.order_result import MicrographOrder
from structure.micrographs.outlines import Outlines, stand_alone
from structure.micrographs.result import TemMeasurement
from structure.micrographs.tabulated import DIAMETER_PER_SIDE, particle_table

FloatArray = NDArray[np.float64]

SIMULATED = "simulated TEM"
"""What `structure.imaging.tem.simulate_tem` calls its pictures: their scale is exact."""

SCALE_ERROR_RELATIVE = 0.01
"""Relative standard uncertainty of a scale about which nothing is said. A microscope calibrated with a grating
replica or lattice fringes is right to about 1 % (the scales of the project's own test pictures: 0.4 to 1.4 %); one that
never was can be off by several per cent, which only the person at it knows."""


def measure_tem(
    source: str | Path | TemImage,
    *,
    px_per_nm: float | None = None,
    scale_bar_nm: float | None = None,
    scale_error_relative: float | None = None,
    crop: tuple[int, int, int, int] | None = None,
    region_px: Sequence[tuple[float, float]] | None = None,
) -> TemMeasurement:
    """Measure lattice, spacing, grains, bond order and particles of a micrograph.

    Two routes that know nothing of each other have to agree: the picture in patches of a dozen periods, each
    Fourier-transformed and indexed, and the particles located one by one, each with a lattice fitted to its neighbours.
    Where they do not, or where little of the picture is ordered, the confidence is ``low`` and the reasons say why.

    Parameters
    ----------
    source
        A file (TIFF, PNG, JPEG, DM3/DM4, MRC, SER, EMD) or an image.
    px_per_nm
        Pixels per nm; overrides what the file says.
    scale_bar_nm
        The label of the burned-in scale bar [nm]; the bar's length is found. Used where ``px_per_nm`` is not given.
    scale_error_relative
        Relative standard uncertainty of the scale: 0.02 for 2 %. None takes 0.01, and 0 for a simulated picture. It
        is in ``spacing_sd_nm`` and in the size's, and apart as ``scale_sd_nm``.
    crop
        First and last row, first and last column to measure (last excluded). None leaves legends out by itself.
    region_px
        Corners (column, row) of a polygon [px], as an image program counts them from the upper left: what lies outside
        is not looked at. None takes all.

    Raises
    ------
    InputError
        For an unusable image, a missing scale, a scale with which the picture cannot show a superlattice, a
        ``scale_error_relative`` outside 0 to 0.5, or a region that is no polygon of the picture.

    Examples
    --------
    >>> y, x = np.mgrid[:256, :256]
    >>> waves = np.cos(2 * np.pi * x / 16.0) + np.cos(2 * np.pi * y / 16.0)
    >>> found = measure_tem(TemImage(pixels=waves, px_per_nm=2.0))
    >>> found.lattice, round(found.spacing_nm, 2)
    ('square', 8.0)
    """
    pixels, stated, scale_source, provenance = _opened(source)
    legend = find_legend(pixels) if not isinstance(source, TemImage) else _no_legend(pixels)
    scale, digits_sd, scale_source, notes = _scale(stated, scale_source, px_per_nm, scale_bar_nm, legend)
    if scale_error_relative is None:
        scale_error_relative = 0.0 if provenance.get("kind") == SIMULATED else SCALE_ERROR_RELATIVE
    relative_sd = math.hypot(require_between("scale_error_relative", scale_error_relative, 0.0, 0.5), digits_sd)
    area = crop if crop is not None else (*legend.rows, 0, pixels.shape[1])
    left_out = legend.mask
    if region_px is not None:
        left_out = left_out | ~inside_polygon(pixels.shape, region_px)
        area = within(area, region_px)
        if why := emptiness(cropped(pixels, area), cropped(left_out.astype(float), area) > 0):
            raise InputError(f"region_px holds no particles: {why}. Give a region with some.")
    part = cropped(pixels, area)
    mask = cropped(left_out.astype(float), area) > 0 if left_out.any() else None
    if mask is not None:
        part = filled(part, mask)
    _check_field(part.shape, scale)
    orders = micrograph_order(part, mask, (3.5, min(part.shape) / 4))
    _check_spacing(orders, scale)
    image = TemImage(pixels=part, px_per_nm=scale, provenance=provenance)
    provenance = provenance | {
        "px_per_nm": scale,
        "scale_source": scale_source,
        "scale_error_relative": relative_sd,
        "options": {
            "px_per_nm": px_per_nm,
            "scale_bar_nm": scale_bar_nm,
            "scale_error_relative": scale_error_relative,
            "crop": list(crop) if crop else None,
            "region_px": [[float(x), float(y)] for x, y in region_px] if region_px else None,
        },
        "rows_and_columns": [int(v) for v in area],
    }
    unseen = np.zeros(part.shape, dtype=bool) if mask is None else mask
    measured = _measurement(image, orders, relative_sd, notes, provenance, unseen)
    if region_px is not None and not measured.n_particles:
        raise InputError("region_px holds no particles. Give a region with some.")
    return measured


def _opened(source: str | Path | TemImage) -> tuple[FloatArray, float | None, str, dict[str, Any]]:
    if isinstance(source, TemImage):
        return source.pixels, source.px_per_nm, "the image", dict(source.provenance)
    read: Micrograph = read_micrograph(source)
    return read.pixels, read.px_per_nm, read.scale_source, {"file": read.path.name, "sha256": read.sha256}


def _no_legend(pixels: FloatArray) -> Legend:
    return Legend(rows=(0, len(pixels)), mask=np.zeros(pixels.shape, dtype=bool), bar_px=None, bar=None)


def _scale(
    stated: float | None, source: str, px_per_nm: float | None, scale_bar_nm: float | None, legend: Legend
) -> tuple[float, float, str, list[str]]:
    """Pixels per nm, its relative standard deviation, where it is from, and reasons to doubt it."""
    from_bar = None
    if scale_bar_nm is not None:
        require_positive("scale_bar_nm", scale_bar_nm, "nm")
        if legend.bar_px is None:
            raise InputError("scale_bar_nm is given but no scale bar was found in the image. Give px_per_nm instead.")
        from_bar = legend.bar_px / scale_bar_nm
    if px_per_nm is not None:
        require_positive("px_per_nm", px_per_nm, "px/nm")
        # The rounding of the number as it was written, as a uniform distribution.
        scale, relative_sd, used = (
            float(px_per_nm),
            _last_digit(px_per_nm) / math.sqrt(12) / px_per_nm,
            "as given",
        )
    elif from_bar is not None and legend.bar_px is not None:
        scale, relative_sd, used = from_bar, 1.0 / legend.bar_px, "scale bar"
    elif stated is not None:
        scale, relative_sd, used = stated, 0.0, source
    else:
        bar = f" (a bar of {legend.bar_px:g} px was found)" if legend.bar_px is not None else ""
        raise InputError(
            "a scale is missing: the image has no pixel size. "
            f"Give px_per_nm, or scale_bar_nm, the label of its bar{bar}."
        )
    notes = []
    for other, name in ((stated, source), (from_bar, "the scale bar")):
        if other is not None and abs(other / scale - 1) > 0.05:
            notes.append(
                f"Two scales contradict each other: {scale:.4g} px/nm ({used}) and {other:.4g} px/nm ({name})."
            )
    return scale, relative_sd, used, notes


def _last_digit(value: float) -> float:
    """Worth of the last digit that a number is written with.

    Examples
    --------
    >>> round(_last_digit(2.88), 6), _last_digit(7.0)
    (0.01, 0.1)
    """
    mantissa, _, exponent = repr(float(value)).partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals)


def _check_field(shape: tuple[int, ...], scale: float) -> None:
    field = min(shape) / scale
    if field / 4 < MIN_SPACING_NM or scale * MAX_SPACING_NM < 3:
        raise InputError(
            f"px_per_nm {scale:g} makes the image {field:.3g} nm wide, where no spacing of {MIN_SPACING_NM:g} to "
            f"{MAX_SPACING_NM:g} nm can be seen. Check the scale and its unit (pixels per nm)."
        )


def _check_spacing(orders: list[MicrographOrder], scale: float) -> None:
    """Refuse a scale with which what is plainly a lattice would have an impossible spacing."""
    if not orders or settled_lattice(orders[0]) == "none":
        return
    spacing = settled_spacing_px(orders[0], settled_lattice(orders[0]))[0] / scale
    if not MIN_SPACING_NM <= spacing <= MAX_SPACING_NM:
        raise InputError(
            f"px_per_nm {scale:g} makes the spacing {spacing:.3g} nm, outside {MIN_SPACING_NM:g} to "
            f"{MAX_SPACING_NM:g} nm. Check the scale and its unit (pixels per nm, not per angstrom or per micrometre)."
        )


def _measurement(
    image: TemImage,
    orders: list[MicrographOrder],
    relative_sd: float,
    notes: list[str],
    provenance: dict[str, Any],
    left_out: NDArray[np.bool_],
) -> TemMeasurement:
    scale = image.px_per_nm
    best = orders[0] if orders else None
    lattice = settled_lattice(best) if best is not None else "none"
    spacing_px, fit_sd = settled_spacing_px(best, lattice) if best is not None else (math.nan, math.nan)
    bright_net = best is not None and best.particles.particles.polarity > 0 and len(best.particles.particles) > 0
    bright_net = bright_net and not stand_alone(image.pixels, 1, best.tried_px) if best is not None else False
    confidence, reasons = micrograph_confidence(orders, lattice, fit_sd / spacing_px, scale, notes, gaps=bright_net)
    spacing = spacing_px / scale
    spread, angle, angle_spread = _spreads(best, lattice)
    located = best.particles.particles if best is not None else None
    table, outlines = particle_table(image.pixels, best, scale, sized=not bright_net)
    psi4, psi6 = table.psi4[table.interior], table.psi6[table.interior]
    mean = {"psi4": _mean_sd(psi4), "psi6": _mean_sd(psi6)}
    side, side_sd, side_spread = _side_nm(outlines, scale, relative_sd)
    scale_sd = relative_sd * spacing
    return TemMeasurement(
        lattice=lattice,
        spacing_nm=spacing,
        spacing_sd_nm=math.hypot(fit_sd / scale, scale_sd),
        fit_sd_nm=fit_sd / scale,
        scale_sd_nm=scale_sd,
        grain_spread_nm=spread / scale,
        angle_deg=angle,
        angle_spread_deg=angle_spread,
        n_grains=int(table.grains.max(initial=-1) + 1),
        psi4_mean=mean["psi4"][0],
        psi4_spread=mean["psi4"][1],
        psi6_mean=mean["psi6"][0],
        psi6_spread=mean["psi6"][1],
        n_particles=len(table),
        ordered_fraction=best.particles.share if best is not None else 0.0,
        feature="bright" if located is not None and located.polarity > 0 else "dark",
        particle_outline="unknown" if outlines is None else outlines.outline,
        particle_diameter_nm=DIAMETER_PER_SIDE * side,
        particle_diameter_sd_nm=DIAMETER_PER_SIDE * side_sd,
        particle_diameter_spread_nm=DIAMETER_PER_SIDE * side_spread,
        particle_edge_nm=side,
        particle_edge_sd_nm=side_sd,
        confidence=confidence,
        reasons=reasons,
        px_per_nm=scale,
        provenance=provenance,
        image=image,
        fourier=fourier_lattice(image),
        positions_nm=table.positions_nm,
        grains=table.grains,
        particles=table,
        left_out=left_out,
    )


def _side_nm(outlines: Outlines | None, scale: float, relative_sd: float) -> tuple[float, float, float]:
    """Root of the particles' area, its standard uncertainty with the scale's, and its spread over particles [nm]."""
    if outlines is None:
        return math.nan, math.nan, math.nan
    side = outlines.side_px / scale
    return side, side * math.hypot(outlines.relative_sd, relative_sd), float(np.std(outlines.sides_px)) / scale


def _mean_sd(values: FloatArray) -> tuple[float, float]:
    values = values[np.isfinite(values)]
    return (float(values.mean()), float(values.std())) if len(values) else (math.nan, math.nan)


def _spreads(best: MicrographOrder | None, lattice: str) -> tuple[float, float, float]:
    """Spread of the spacing over the picture [px], mean angle and its spread [degrees]."""
    if best is None or lattice == "none":
        return math.nan, math.nan, math.nan
    a, b = best.patches, best.particles
    if np.count_nonzero(a.agreeing) >= 4 or b.lattice == "none":
        cells, spread = a.patches.cells_px[a.agreeing], a.spread_px
    else:
        cells, spread = b.neighbours.cells_px[b.ordered], b.spread_px
    angles = np.array([cell_angle_deg(c) for c in cells])
    return spread, float(angles.mean()), float(angles.std())
