"""A caption to paste: what was measured, how, with which version and how uncertain."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from structure.micrographs.result import TemMeasurement
from structure.pattern_fit.result import PatternMeasurement
from structure.printed import plus_minus, with_sd
from structure.saxs_fit.result import UNKNOWN, SaxsMeasurement
from structure.xrd_fit.result import XrdMeasurement
from superlattice.version import __version__

UNCERTAINTY = "Numbers after ± are standard uncertainties (k = 1)."


def caption(measured: Any) -> str:
    """A paragraph on one measurement, complete for the caption of its figure.

    Parameters
    ----------
    measured
        What ``measure_tem``, ``measure_saxs``, ``measure_pattern`` or ``measure_xrd`` gave.
    """
    if isinstance(measured, TemMeasurement):
        text = _tem(measured)
    elif isinstance(measured, SaxsMeasurement):
        text = _saxs(measured)
    elif isinstance(measured, PatternMeasurement):
        text = _pattern(measured)
    else:
        text = _xrd(measured)
    doubts = ""
    if measured.confidence != "high":
        doubts = f" The result has low confidence: {'; '.join(r.rstrip('.') for r in measured.reasons)}."
    return f"{text}{doubts} {UNCERTAINTY} Measured with superlattice {__version__}.\n"


def _file(measured: Any) -> str:
    return str(measured.provenance.get("file") or "a picture or curve in memory")


def _tem(m: TemMeasurement) -> str:
    relative = float(m.provenance.get("scale_error_relative") or 0.0)
    scale = f"{m.px_per_nm:.5g} px/nm ({m.provenance.get('scale_source', 'the image')})"
    scale += f", taken as right to {100 * relative:.2g} %" if relative else ", exact"
    if m.lattice == "none":
        answer = f"{m.n_particles} particles were found, on no lattice."
    else:
        answer = (
            f"{m.lattice.capitalize()} lattice, spacing of nearest neighbours "
            f"{plus_minus(m.spacing_nm, m.spacing_sd_nm)} nm ({m.fit_sd_nm:.2g} nm of it from the fit, "
            f"{m.scale_sd_nm:.2g} nm from the scale), {m.n_grains} grain{'s' * (m.n_grains != 1)}, "
            f"{m.n_particles} particles; of those away from the border {100 * m.ordered_fraction:.0f} % are on "
            f"the lattice; |ψ4| = {m.psi4_mean:.3f}, |ψ6| = {m.psi6_mean:.3f} (Voronoi-weighted means)."
        )
    size = ""
    if math.isfinite(m.particle_diameter_nm):
        noun, value, sd = ("edge", m.particle_edge_nm, m.particle_edge_sd_nm)
        if m.particle_outline == "round":
            noun, value, sd = ("diameter", m.particle_diameter_nm, m.particle_diameter_sd_nm)
        size = (
            f" The mean {noun} is {plus_minus(value, sd)} nm (equal projected area, from a blurred outline fitted to "
            f"the mean picture of the particles); single diameters vary by {m.particle_diameter_spread_nm:.2g} nm, "
            "noise of the picture included."
        )
    return (
        f"Micrograph {_file(m)} with its {m.feature} particles outlined by grain, its Fourier transform and the "
        f"distribution of sizes. {answer}{size} Two routes have to agree: Fourier transforms of patches, indexed, and "
        f"particles located one by one with a lattice fitted to each one's neighbours. Scale: {scale}."
    )


def _saxs(m: SaxsMeasurement) -> str:
    q = m.model_q_inv_nm
    control = m.provenance.get("options", {}).get("control") or {}
    if m.phase == "none":
        answer = "no superlattice"
    elif m.phase == UNKNOWN or m.a_nm is None:
        answer = f"ordered in a phase that was not among those tried, peaks at {_listed(m.peaks_inv_nm)} 1/nm"
    else:
        axial = f", c = {m.c_nm:.2f} nm" if m.c_nm is not None else ""
        answer = f"{m.phase}, a = {with_sd(m.a_nm, m.a_sd_nm, 'nm')}{axial}"
        if m.phase != "lamellar":
            answer += (
                f", nearest neighbours {with_sd(m.nearest_nm, m.nearest_sd_nm, 'nm')}, displacements "
                f"{with_sd(m.displacement_nm, m.displacement_sd_nm, 'nm')} per axis, a spread of the steps "
                f"between neighbours of {with_sd(m.paracrystal_nm, m.paracrystal_sd_nm, 'nm')}"
            )
        if m.domain_nm is not None:
            answer += f", domains {m.domain_nm:.0f} nm (Scherrer, a lower bound unless the resolution is given)"
    particles = ""
    if m.phase != "lamellar":
        noun, size = ("radius", m.radius_nm) if m.radius_nm is not None else ("edge", m.edge_nm)
        particles = (
            f" Particles: {m.shape}s of {noun} {with_sd(size, m.size_sd_nm, 'nm')}, size spread "
            f"{with_sd(100 * m.size_spread, 100 * m.size_spread_sd, '%')}"
            + (" (shape and size uncertain)." if m.shape_confidence != "high" else ".")
        )
    fixed = _decided(control)
    return (
        f"Small-angle scattering of {_file(m)} (points), least-squares fit (line) between {q[0]:.3g} and {q[-1]:.3g} "
        f"1/nm (shaded), residual over its standard deviation, and the reflections. {answer[0].upper()}{answer[1:]}."
        f"{particles}{fixed} The model is a powder of domains with displacements of both kinds, particles with a "
        "normal distribution of sizes on it and beside it, and a smooth background; peak areas may depart from an "
        "ideal powder; uncertainties come from the curvature of the misfit, scaled to the scatter and to the number of "
        "neighbouring points that err together."
    )


def _pattern(m: PatternMeasurement) -> str:
    where = "In-plane q of the rods" if m.geometry == "grazing" else "q of the rings"
    lattice = f"{m.lattice}, a = {m.a_nm:.2f} ± {m.a_sd_nm:.2f} nm" if m.a_nm else "no lattice"
    place = m.place
    angle = "" if place.incidence_deg is None else f", incidence {place.incidence_deg:g}°"
    return (
        f"Detector frame {_file(m)} (logarithmic), with what was found on it, and its mean intensity. {where}: "
        f"{_listed(m.peaks_inv_nm)} 1/nm; {lattice} (without the uncertainty of the geometry). Geometry: distance "
        f"{place.distance_mm:g} mm, pixel {place.pixel_mm:g} mm, wavelength {place.wavelength_nm:g} nm, beam at column "
        f"{place.beam_x_px:g}, row {place.beam_y_px:g}{angle}."
    )


def _xrd(m: XrdMeasurement) -> str:
    return (
        f"Multilayer diffraction of {_file(m)} (points), fit of a stack of nanocrystals (line) and residual over its "
        f"standard deviation. Period {with_sd(m.period_nm, m.period_sd_nm, 'nm')}, gap between outermost planes "
        f"{with_sd(m.gap_nm, m.gap_sd_nm, 'nm')}, standard deviation of the period "
        f"{with_sd(m.sigma_nm, m.sigma_sd_nm, 'nm')} (cumulative), {with_sd(m.n_layers, m.n_layers_sd)} layers of "
        f"{m.planes_told} planes, {m.termination} outside, {m.misfit:.2g} squared deviations per point."
        f"{_decided(m.provenance.get('options', {}).get('control') or {})} "
        "Uncertainties come from a bootstrap, widened by what other numbers of layers leave open and by the number of "
        "neighbouring points that err together."
    )


def _decided(control: Mapping[str, Any]) -> str:
    """What a person decided about the numbers of a fit, a sentence each."""
    made = []
    for name, value in (control.get("fixed") or {}).items():
        made.append(f" {_said(name)} was fixed at {value:g}{_unit(name)}.")
    for name, (low, high) in (control.get("bounds") or {}).items():
        made.append(f" {_said(name)} was kept between {low:g} and {high:g}{_unit(name)}.")
    return "".join(made)


SAID = {
    "nearest_nm": "the distance of nearest neighbours", "size_nm": "the size of the particles (diameter or edge)",
    "size_spread": "the relative spread of their sizes", "c_over_a": "the axial ratio c/a",
    "sigma_inv_nm": "the Gaussian width of the peaks", "hwhm_inv_nm": "the Lorentzian half width of the peaks",
    "paracrystal": "the spread of the steps between neighbours, over their length,",
    "displacement": "the displacement per axis, over the distance of neighbours,", "period_nm": "the period",
    "plane_spacing_nm": "the distance of the atomic planes", "sigma_nm": "the standard deviation of the period",
    "n_layers": "the number of layers", "n_planes": "the number of atomic planes",
}  # fmt: skip
"""What a number that can be decided is called."""


def _said(name: str) -> str:
    words = SAID.get(name, name)
    return words[0].upper() + words[1:]


def _unit(name: str) -> str:
    return " 1/nm" if name.endswith("_inv_nm") else " nm" if name.endswith("_nm") else ""


def _listed(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.4g}" for value in values) or "none"
