"""SAXS of a superlattice without a simulation: form factor times lattice sum, with disorder, in milliseconds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_known, require_non_negative, require_positive
from packing.shapes import Cuboid, Sphere
from structure.crystals.reciprocal import PeakFamilies, beyond_reach, peak_families, powder_peak, spot_weights
from structure.form_factors.average import SizedTerm, form_factor, sized_terms, widest
from structure.form_factors.bodies import Body, CoreShell
from structure.form_factors.sizes import SizeDistribution, size_nodes
from structure.form_factors.table import amplitudes_along, interpolation_matrix, length_nm
from structure.patterns.curves import ScatteringCurve, checked_q
from structure.saxs.lattice_waves import wave_peaks
from structure.widths import FWHM_PER_SIGMA, paracrystal_hwhm_inv_nm, scherrer_fwhm_inv_nm

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LatticeModel:
    r"""A powder of superlattice domains, by its lattice, its particles and its disorder.

    Everything but names and shapes is a number, so that a fit is ``replace(model, **values)``.

    Parameters
    ----------
    lattice
        ``"sc"``, ``"fcc"``, ``"bcc"``, ``"hcp"``, ``"bct"`` or ``"simple hexagonal"``.
    spacing_nm
        Distance of nearest neighbours, centre to centre [nm]: particle plus gap.
    body
        Sphere, cuboid (sharp, rounded, truncated), superball or `CoreShell`.
    size_nm
        Diameter or longest edge of the (core) body [nm]; None keeps that of ``body``.
    size_spread
        Standard deviation of the size over its mean.
    displacement_nm
        Standard deviation, per axis, of independent displacements from the sites [nm] (disorder of the first kind).
    paracrystal_nm
        Standard deviation, per axis, of each step of one nearest-neighbour distance [nm]; steps add up (second kind).
    wave_amplitude_nm
        Amplitude of a frozen sinusoidal displacement [nm].
    wave_length_nm
        Its wavelength [nm].
    wave
        ``"longitudinal"`` or ``"transverse"``.
    domain_nm
        Size of coherent domains [nm].
    peak_shape
        ``"gaussian"`` or ``"lorentzian"``: profile due to the domain size.
    resolution_inv_nm
        Standard deviation of the instrument's resolution [1/nm].
    locked
        Whether the body axes follow the axes of the conventional cell; otherwise each particle is turned at random.
    c_over_a
        Axial ratio where the lattice has one.
    distribution
        ``"gaussian"``, ``"schulz"`` or ``"lognormal"``.
    scale, background
        Factor and constant of the returned intensity.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from packing.shapes import cube
    >>> model = LatticeModel(spacing_nm=11.0, body=cube(8.6), size_spread=0.04, displacement_nm=0.3)
    >>> curve = model.curve(np.linspace(0.2, 2.0, 200))
    >>> q_peak = curve.q_inv_nm[np.argmax(np.where(curve.q_inv_nm > 0.45, curve.intensity, 0))]
    >>> round(float(q_peak * 11.0 / (2 * np.pi)), 2)
    1.0
    >>> replace(model, spacing_nm=11.2).spacing_nm
    11.2
    """

    spacing_nm: float
    body: Body | CoreShell
    lattice: str = "sc"
    size_nm: float | None = None
    size_spread: float = 0.0
    displacement_nm: float = 0.0
    paracrystal_nm: float = 0.0
    wave_amplitude_nm: float = 0.0
    wave_length_nm: float = 100.0
    wave: Literal["longitudinal", "transverse"] = "longitudinal"
    domain_nm: float = 200.0
    peak_shape: Literal["gaussian", "lorentzian"] = "gaussian"
    resolution_inv_nm: float = 0.0
    locked: bool = True
    c_over_a: float | None = None
    distribution: SizeDistribution = "gaussian"
    scale: float = 1.0
    background: float = 0.0

    def __post_init__(self) -> None:
        for name in ("spacing_nm", "wave_length_nm", "domain_nm"):
            require_positive(name, getattr(self, name), "nm")
        for name in ("displacement_nm", "paracrystal_nm", "wave_amplitude_nm"):
            require_non_negative(name, getattr(self, name), "nm")
        require_non_negative("resolution_inv_nm", self.resolution_inv_nm, "1/nm")
        require_known("wave", self.wave, ("longitudinal", "transverse"))
        require_known("peak_shape", self.peak_shape, ("gaussian", "lorentzian"))

    @property
    def particle(self) -> Body | CoreShell:
        """The body at the mean size of the model."""
        if self.size_nm is None:
            return self.body
        require_positive("size_nm", self.size_nm, "nm")
        core = self.body.core if isinstance(self.body, CoreShell) else self.body
        return self.body.scaled(self.size_nm / length_nm(core))

    def intensity(self, q_inv_nm: ArrayLike) -> FloatArray:
        """Intensity per particle at ``q_inv_nm`` [1/nm], shape (n_q,); see `lattice_intensity`."""
        return lattice_intensity(q_inv_nm, self)

    def curve(self, q_inv_nm: ArrayLike) -> ScatteringCurve:
        """The intensity at ``q_inv_nm`` [1/nm], rising, as a curve.

        Below 2 pi / domain_nm the outline of the domain, which is left out, would show.
        """
        return ScatteringCurve(
            q_inv_nm=np.asarray(q_inv_nm, dtype=float),
            intensity=self.intensity(q_inv_nm),
            q_min_trusted_inv_nm=2 * np.pi / self.domain_nm,
            label=f"{self.lattice} lattice, {self.spacing_nm:g} nm",
            provenance={"model": repr(self), "unit": "1 per particle at q = 0 without interference"},
        )


def lattice_intensity(q_inv_nm: ArrayLike, model: LatticeModel) -> FloatArray:
    r"""Powder SAXS intensity per particle of a disordered superlattice, relative to its forward scattering.

    .. math::

        I = \langle|F|^2\rangle - e^{-q^2\sigma^2} C + e^{-q^2\sigma^2}\frac{(2\pi)^3}{v}
            \sum_G \frac{|S_G|^2}{n^2}\,|\langle F(q\hat G)\rangle|^2\,\frac{l(q-G)-l(q+G)}{4\pi qG}

    with :math:`C = \langle|\langle F\rangle|^2\rangle`: the amplitude is averaged over sizes first, and for particles
    that do not follow the lattice over orientations too; the rest is the diffuse (Laue) part, so area is conserved.
    For particles locked to the lattice the amplitude is taken along each reciprocal vector (so peaks must be narrower
    than their distance from the origin). The peak :math:`l` has the
    width of the domain (Scherrer, FWHM :math:`0.9\cdot2\pi/D`) and resolution and, for cumulative disorder, the
    Lorentzian half width :math:`\kappa = q^2\sigma_p^2/2d`: two particles at distance R are displaced against each
    other by :math:`\sigma_p^2R/d` per axis, so that their pair scatters with :math:`e^{-\kappa R}`. Along one axis this
    is Hosemann's paracrystal, with peaks of FWHM :math:`q^2\sigma_p^2/d` that widen with the square of the order; it
    is taken isotropic here, for which the profile above is exact. The forward spot (G = 0) is left out.

    Parameters
    ----------
    q_inv_nm
        Scattering vector [1/nm], rising.
    model
        Lattice, particles and disorder.

    Returns
    -------
    ndarray
        Intensity, shape of ``q_inv_nm``.

    Raises
    ------
    InputError
        For q that does not rise, an unknown lattice or a spread above 0.4.

    Examples
    --------
    >>> from packing.shapes import Sphere
    >>> model = LatticeModel(lattice="fcc", spacing_nm=9.0, body=Sphere(diameter_nm=7.0), displacement_nm=0.3)
    >>> q = np.linspace(0.7, 1.0, 301)
    >>> first = 2 * np.pi / 9.0 * 1.5**0.5  # (111), drawn inwards a little by the form factor
    >>> abs(float(q[lattice_intensity(q, model).argmax()]) / first - 1) < 0.005
    True

    References
    ----------
    K. G. Yager et al., J. Appl. Cryst. 47, 118 (2014), doi:10.1107/S160057671302832X; S. Förster et al., J. Phys. Chem.
    B 109, 1347 (2005), doi:10.1021/jp0467494.
    """
    q = checked_q(q_inv_nm)
    sizes, fractions = size_nodes(model.size_spread, distribution=model.distribution)
    terms = sized_terms(model.particle, sizes)
    average = form_factor(model.particle, q, size_spread=model.size_spread, distribution=model.distribution)
    coherent = average.coherent_locked if model.locked else average.coherent_random
    families = peak_families(
        model.lattice, model.c_over_a, _reach(q, model) * model.spacing_nm, merge_axes=_has_cube_symmetry(widest(terms))
    )
    forward = float(np.sum([t.strengths for t in terms], axis=0) ** 2 @ fractions)
    if model.locked:
        amplitudes = _amplitudes_at_peaks(q, terms, fractions, families.directions)
        squared = amplitudes**2 / forward
    else:
        squared = np.broadcast_to(average.coherent_random[:, None], (len(q), len(families.length)))
    hwhm = _hwhm(q, model)
    peaks = np.einsum("qg,qg->q", squared, _peaks(q, model, families, hwhm))
    if hwhm.any():
        peaks += coherent * beyond_reach(q, families.reach / model.spacing_nm, hwhm)
    damping = np.exp(-((q * model.displacement_nm) ** 2))
    intensity = average.intensity + damping * (peaks - coherent)
    return np.asarray(model.scale * intensity + model.background)


def _hwhm(q: FloatArray, model: LatticeModel) -> FloatArray:
    """Lorentzian half width at half maximum of all peaks at each q [1/nm]."""
    domain = scherrer_fwhm_inv_nm(model.domain_nm) / 2 if model.peak_shape == "lorentzian" else 0.0
    return paracrystal_hwhm_inv_nm(q, model.paracrystal_nm, model.spacing_nm) + domain


def _peaks(q: FloatArray, model: LatticeModel, families: PeakFamilies, hwhm: FloatArray) -> FloatArray:
    """Lattice sum of each family, shape (n_q, n_families)."""
    sigma = model.resolution_inv_nm
    if model.peak_shape == "gaussian":
        sigma = math.hypot(sigma, scherrer_fwhm_inv_nm(model.domain_nm) / FWHM_PER_SIGMA)
    g = families.length / model.spacing_nm
    if model.wave_amplitude_nm > 0:
        wave_vector = 2 * np.pi / model.wave_length_nm
        transverse = model.wave == "transverse"
        peaks = wave_peaks(q, g, sigma, hwhm[:, None], model.wave_amplitude_nm, wave_vector, transverse)
    else:
        peaks = powder_peak(q[:, None], g, sigma, hwhm[:, None])
    return spot_weights(families.weights, families.volume_per_site, model.spacing_nm) * peaks


def _amplitudes_at_peaks(
    q: FloatArray, terms: list[SizedTerm], fractions: FloatArray, directions: FloatArray
) -> FloatArray:
    reach = float(q[-1] * max(t.lengths_nm.max() for t in terms))
    total = np.zeros((len(q), len(directions)))
    for term in terms:
        along = np.array([[0.0, 0.0, 1.0]]) if isinstance(term.body, Sphere) else directions
        values = amplitudes_along(term.body, along, reach)
        total += interpolation_matrix(q, term.lengths_nm, fractions * term.strengths, len(values)) @ values
    return total


def _reach(q: FloatArray, model: LatticeModel) -> float:
    """How far out the single peaks are needed [1/nm]; what Lorentzian tails bring from farther is added as a whole."""
    widths = 6 * model.resolution_inv_nm + 12 * np.pi / model.domain_nm + 10 * float(_hwhm(q, model)[-1])
    satellites = 2 * np.pi / model.wave_length_nm * 3 if model.wave_amplitude_nm > 0 else 0.0
    return float(q[-1] + min(widths + satellites, q[-1]) + 2 * np.pi / model.spacing_nm)


def _has_cube_symmetry(body: Body) -> bool:
    return not isinstance(body, Cuboid) or body.is_cube
