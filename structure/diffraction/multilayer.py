"""Multilayer diffraction: the fringes that a stack of nanocrystals writes into its atomic reflections."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_between, require_non_negative, require_positive
from packing.errors import InputError
from structure.diffraction.atoms import atomic_form_factor
from structure.diffraction.multilayer_planes import PlaneStack
from structure.patterns.curves import ScatteringCurve, checked_q
from structure.widths import FWHM_PER_SIGMA, smeared

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True, slots=True, kw_only=True)
class Multilayer:
    """A coherent stack of nanocrystals along one axis, with gaps that fluctuate independently.

    Parameters
    ----------
    planes
        Composition and spacing of the atomic planes.
    n_planes
        Planes of a nanocrystal (mean where there is a spread); its thickness is one spacing less.
    n_layers
        Nanocrystals in the coherent stack.
    gap_nm
        Mean distance between the facing outermost planes of neighbours [nm].
    gap_sd_nm
        Standard deviation of the gap [nm], *per period*. Published fits that quote Fullerton's sigma_L per interface
        convert with `gap_sd_from_fullerton`.
    n_planes_sd
        Standard deviation of the number of planes; sizes come in whole cells of the sequence.
    organic_carbon_per_nm
        Carbon atoms of the ligands per surface cell and length of gap [1/nm]; 0 is an empty gap.
    resolution_inv_nm
        Standard deviation of the instrument's resolution [1/nm]. A "HWHM" of the published code is this number.

    Examples
    --------
    >>> from structure.diffraction.multilayer_planes import perovskite_planes
    >>> stack = Multilayer(
    ...     planes=perovskite_planes("CsPbBr3"), n_planes=29, n_layers=8, gap_nm=3.4, gap_sd_nm=0.08
    ... )
    >>> round(stack.period_nm, 3)
    11.618
    """

    planes: PlaneStack
    n_planes: int
    n_layers: int
    gap_nm: float
    gap_sd_nm: float = 0.0
    n_planes_sd: float = 0.0
    organic_carbon_per_nm: float = 0.0
    resolution_inv_nm: float = 0.0

    def __post_init__(self) -> None:
        require_between("n_planes", self.n_planes, 1, 1000)
        require_between("n_layers", self.n_layers, 1, 10_000)
        require_positive("gap_nm", self.gap_nm, "nm")
        for name in ("gap_sd_nm", "n_planes_sd", "organic_carbon_per_nm", "resolution_inv_nm"):
            require_non_negative(name, getattr(self, name))

    @property
    def thickness_nm(self) -> float:
        """Thickness of the mean nanocrystal between its outermost planes [nm]."""
        return (self.n_planes - 1) * self.planes.plane_spacing_nm

    @property
    def period_nm(self) -> float:
        """Mean period of the stack [nm]."""
        return self.thickness_nm + self.gap_nm

    def sizes(self) -> tuple[NDArray[np.int64], FloatArray]:
        """Numbers of planes in the population and their shares, both of shape (m,); the shares sum to 1."""
        step = len(self.planes.sequence)
        reach = math.ceil(4 * self.n_planes_sd / step)
        n = self.n_planes + step * np.arange(-reach, reach + 1)
        if self.n_planes_sd == 0:
            return np.array([self.n_planes]), np.ones(1)
        n = n[n >= 1]
        share = np.exp(-(((n - self.n_planes) / self.n_planes_sd) ** 2) / 2)
        return n, share / share.sum()

    def curve(self, q_inv_nm: ArrayLike) -> ScatteringCurve:
        """The intensity of `multilayer_intensity` at scattering vectors ``q_inv_nm`` [1/nm], rising, as a curve."""
        q = checked_q(q_inv_nm)
        return ScatteringCurve(
            q_inv_nm=q,
            intensity=multilayer_intensity(q, self),
            label=f"{self.n_layers} layers, period {self.period_nm:.2f} nm",
            provenance={"model": repr(self), "unit": "electrons^2 per surface cell and nanocrystal"},
        )


def multilayer_intensity(q_inv_nm: ArrayLike, model: Multilayer) -> FloatArray:
    r"""Diffracted intensity per nanocrystal of a stack, along its axis, in closed form.

    Nanocrystal j starts at :math:`z_j`, and :math:`z_{j+1} = z_j + t_j + g_j` with independent thicknesses and gaps, so
    that displacements add up (disorder of the second kind). With the amplitude :math:`E_j` of a crystal,
    :math:`p = \langle e^{iqg}\rangle = e^{iqL - q^2s^2/2}` and :math:`u = \langle e^{iqt}\rangle`,

    .. math::

        \frac IC = \frac1C\sum_j\langle|E_j|^2\rangle + \frac2C\,\mathrm{Re}\sum_{n\ge1} p^nu^{n-1}
        \sum_{j=1}^{C-n}\langle E_j^*e^{iqt_j}\rangle\langle E_{j+n}\rangle .

    For equal crystals and empty gaps that is the geometric sum
    :math:`|F|^2\{1+\frac2C\mathrm{Re}[p(C(1-p)-(1-p^C))/(1-p)^2]\}` with p for the whole period. An organic layer fills
    each gap evenly up to both crystals, whatever its width: its two ends join the crystals' amplitudes,
    :math:`E = F \pm \kappa\,(1, e^{iqt})` with :math:`\kappa = \rho f_C/iq`.

    Parameters
    ----------
    q_inv_nm
        Scattering vector along the stack [1/nm], rising, above zero.
    model
        The stack.

    Returns
    -------
    ndarray
        Square electrons per surface cell and nanocrystal, without Lorentz, polarisation or absorption factors
        (`lorentz_polarisation_absorption` gives those).

    Raises
    ------
    InputError
        For q that does not rise or starts at zero.

    References
    ----------
    E. E. Fullerton et al., Phys. Rev. B 45, 9292 (1992), doi:10.1103/PhysRevB.45.9292, for the approach; S. Toso et
    al., ACS Nano 15, 6243 (2021), for its use on nanocrystal superlattices.

    Examples
    --------
    >>> from structure.diffraction.multilayer_planes import perovskite_planes
    >>> planes = perovskite_planes("CsPbBr3")
    >>> one = Multilayer(planes=planes, n_planes=29, n_layers=1, gap_nm=3.0)
    >>> q = np.array([10.0, 10.7])
    >>> np.allclose(multilayer_intensity(q, one), abs(planes.amplitude(q, 29)) ** 2)
    True
    """
    q = checked_q(q_inv_nm)
    if q[0] <= 0:
        raise InputError("q_inv_nm must be above zero for a multilayer.")
    intensity = _sharp(q, model)
    if model.resolution_inv_nm == 0 or len(q) < 3:
        return intensity
    return smeared(q, intensity, model.resolution_inv_nm)


def _sharp(q: FloatArray, model: Multilayer) -> FloatArray:
    n, shares = model.sizes()
    c = model.n_layers
    amplitudes = np.array([model.planes.amplitude(q, int(k)) for k in n])
    phases = np.exp(1j * np.outer((n - 1) * model.planes.plane_spacing_nm, q))
    end = _organic_end(q, model)
    first, inner, last = amplitudes - end * phases, amplitudes + end * (1 - phases), amplitudes + end
    if c == 1:
        return np.asarray(shares @ np.abs(amplitudes) ** 2)
    total = shares @ (np.abs(first) ** 2 + (c - 2) * np.abs(inner) ** 2 + np.abs(last) ** 2)
    # <E* exp(iqt)> of the lower partner and <E> of the upper one; only ends of the stack differ.
    low_first, low_inner = (shares @ (e.conj() * phases) for e in (first, inner))
    up_inner, up_last = shares @ inner, shares @ last
    p = np.exp(1j * q * model.gap_nm - (q * model.gap_sd_nm) ** 2 / 2)
    u = shares @ phases
    sum_of_pairs = np.zeros(len(q), dtype=complex)
    factor = p.copy()
    for k in range(1, c):
        if k == c - 1:
            pairs = low_first * up_last
        else:
            pairs = low_first * up_inner + low_inner * up_last + (c - k - 2) * low_inner * up_inner
        sum_of_pairs += factor * pairs
        factor *= p * u
    return np.asarray((total + 2 * sum_of_pairs.real) / c)


def _organic_end(q: FloatArray, model: Multilayer) -> ComplexArray:
    return model.organic_carbon_per_nm * atomic_form_factor("C", q) / (1j * q)


def gap_sd_from_fullerton(sigma_l_nm: float) -> float:
    r"""Standard deviation per period of a sigma_L that counts two interfaces per period: :math:`\sqrt2\,\sigma_L`.

    The published code for nanocrystal superlattices damps by :math:`e^{2\xi}`, :math:`\xi = -q^2\sigma_L^2/2`.

    Parameters
    ----------
    sigma_l_nm
        The published standard deviation of one interface [nm].

    Returns
    -------
    float
        Standard deviation of the gap [nm], as `Multilayer` takes it.

    Examples
    --------
    >>> round(gap_sd_from_fullerton(0.1), 4)
    0.1414
    """
    return math.sqrt(2) * require_non_negative("sigma_l_nm", sigma_l_nm, "nm")


def fwhm_from_published_hwhm(hwhm: float) -> float:
    r"""Full width of the resolution for the "HWHM" of the published code, which is a Gaussian standard deviation.

    ``hwhm`` is that number in any unit, and the result, :math:`2\sqrt{2\ln2}` times it, is in the unit of ``hwhm``.

    Examples
    --------
    >>> round(fwhm_from_published_hwhm(1.0), 3)
    2.355
    """
    return FWHM_PER_SIGMA * require_non_negative("hwhm", hwhm)


def lorentz_polarisation_absorption(
    two_theta_deg: ArrayLike, *, absorption: float = math.inf, monochromator_two_theta_deg: float = 0.0
) -> FloatArray:
    r"""Factor from structure to measured intensity on a laboratory diffractometer.

    .. math:: (1-e^{-2A/\sin\theta})\,\frac{1+\cos^22\theta\cos^22\theta_m}{\sin2\theta}

    with A, absorption coefficient times film thickness.

    Parameters
    ----------
    two_theta_deg
        Scattering angles [degrees], any shape, above 0 and below 180.
    absorption
        A, dimensionless; infinite for a film that absorbs all.
    monochromator_two_theta_deg
        Scattering angle of the monochromator crystal [degrees]; 0 for none.

    Examples
    --------
    >>> lorentz_polarisation_absorption([90.0]).tolist()
    [1.0]
    """
    two_theta = np.radians(np.asarray(two_theta_deg, dtype=float))
    depth = 1 - np.exp(-2 * absorption / np.sin(two_theta / 2)) if math.isfinite(absorption) else 1.0
    polarised = np.cos(two_theta) ** 2 * math.cos(math.radians(monochromator_two_theta_deg)) ** 2
    return np.asarray(depth * (1 + polarised) / np.sin(two_theta))
