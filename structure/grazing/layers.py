r"""A film between vacuum and a substrate: refractive indices, and the waves inside the film.

A wave that falls in at a grazing angle has in the film the normal component
:math:`k_z = k\sqrt{n^2-\cos^2\alpha}`. Two interfaces make of it one wave that goes down, of amplitude T, and one that
comes up, of amplitude R, both counted at the substrate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_between, require_non_negative, require_positive
from packing.errors import InputError
from structure.diffraction.atomic import AtomicCrystal

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

#: Photon energy times wavelength [eV nm].
_EV_NM = 1239.84198
#: Substrates by name: formula and density [g/cm^3].
SUBSTRATES = {"Si": ("Si", 2.329), "SiO2": ("SiO2", 2.20), "glass": ("SiO2", 2.20), "ITO": ("In2O3", 7.14)}


@dataclass(frozen=True, slots=True, kw_only=True)
class XrayIndex:
    r"""Refractive index for X-rays, :math:`n = 1 - \delta + i\beta`."""

    delta: float = 0.0
    beta: float = 0.0

    @property
    def critical_deg(self) -> float:
        r"""Critical angle of total reflection from vacuum [degrees], :math:`\cos\alpha_c = 1-\delta`."""
        return math.degrees(math.acos(max(1 - self.delta, -1.0)))

    @property
    def square(self) -> complex:
        """Square of the index."""
        return complex((1 - self.delta) + 1j * self.beta) ** 2

    def diluted(self, share: float) -> XrayIndex:
        """The mean index of a film that holds this volume ``share`` of it, and of nothing else."""
        return XrayIndex(delta=share * self.delta, beta=share * self.beta)


def xray_index(formula: str, density_g_cm3: float, wavelength_nm: float) -> XrayIndex:
    """Index of a compound, from the scattering factors that xraydb holds.

    Parameters
    ----------
    formula
        Chemical formula.
    density_g_cm3
        Mass density [g/cm^3].
    wavelength_nm
        Wavelength [nm].

    Raises
    ------
    InputError
        For a formula that cannot be read, and a wavelength outside the tables.

    References
    ----------
    C. T. Chantler, J. Phys. Chem. Ref. Data 24, 71 (1995), doi:10.1063/1.555974, as in xraydb.

    Examples
    --------
    >>> round(xray_index("Si", 2.329, 0.15406).critical_deg, 3)
    0.223
    """
    import xraydb  # a second of imports (a database) that most runs never need

    require_positive("density_g_cm3", density_g_cm3, "g/cm³")
    energy = _EV_NM / require_positive("wavelength_nm", wavelength_nm, "nm")
    if not 200 < energy < 400_000:
        raise InputError(f"wavelength_nm must be 0.0031 to 6.2 nm for an X-ray index, got {wavelength_nm:g}.")
    try:
        delta, beta, _ = xraydb.xray_delta_beta(formula, density_g_cm3, energy)
    except Exception as error:
        raise InputError(f"formula {formula!r} cannot be read ({error}). Give one such as 'Fe2O3'.") from error
    return XrayIndex(delta=float(delta), beta=float(beta))


def substrate_index(name: str, wavelength_nm: float) -> XrayIndex:
    """Index of a substrate by its name: ``"Si"``, ``"SiO2"``, ``"glass"`` or ``"ITO"``, at ``wavelength_nm`` [nm].

    Raises
    ------
    InputError
        For another name.
    """
    if name not in SUBSTRATES:
        raise InputError(f"substrate {name!r} is not known. Known: {', '.join(SUBSTRATES)}.")
    return xray_index(*SUBSTRATES[name], wavelength_nm)


def crystal_index(crystal: AtomicCrystal, wavelength_nm: float) -> XrayIndex:
    """Index of the inside of a nanocrystal, from the atoms and the volume of its cell, at ``wavelength_nm`` [nm].

    Examples
    --------
    >>> from structure.diffraction.library import crystal_of_material
    >>> round(crystal_index(crystal_of_material("Au"), 0.15406).critical_deg, 2)
    0.55
    """
    import xraydb

    counts: dict[str, float] = {}
    for element, share in zip(crystal.elements, crystal.weights(), strict=True):
        counts[element] = counts.get(element, 0.0) + float(share)
    mass = sum(n * xraydb.atomic_mass(e) for e, n in counts.items())
    # Atomic mass units over cubic nanometres, in grams over cubic centimetres.
    density = mass * 1.66053907e-3 / crystal.volume_nm3
    return xray_index("".join(f"{e}{n:.4g}" for e, n in counts.items()), density, wavelength_nm)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmLayers:
    """A film of mean index on a substrate, and the beam that falls on it.

    Parameters
    ----------
    wavelength_nm
        Wavelength [nm].
    incidence_deg
        Grazing angle of incidence [degrees].
    film, substrate
        Their indices; a film of index 0 stands for islands in vacuum.
    thickness_nm
        Of the film [nm].
    roughness_nm
        Root mean square roughness of the substrate [nm].

    Raises
    ------
    InputError
        For lengths that are not positive, and an angle outside 0 to 10 degrees.
    """

    wavelength_nm: float
    incidence_deg: float
    substrate: XrayIndex
    film: XrayIndex = XrayIndex()
    thickness_nm: float = 200.0
    roughness_nm: float = 0.0

    def __post_init__(self) -> None:
        require_positive("wavelength_nm", self.wavelength_nm, "nm")
        require_between("incidence_deg", self.incidence_deg, 1e-6, 10.0, "degrees")
        require_positive("thickness_nm", self.thickness_nm, "nm")
        require_non_negative("roughness_nm", self.roughness_nm, "nm")

    @property
    def k_inv_nm(self) -> float:
        """Wave number in vacuum [1/nm]."""
        return 2 * math.pi / self.wavelength_nm

    def normal_component(self, angle_rad: ArrayLike, index: XrayIndex) -> ComplexArray:
        """Normal component of the wave vector in a layer [1/nm], for grazing angles ``angle_rad`` in vacuum [rad]."""
        square = index.square - np.cos(np.asarray(angle_rad, dtype=float)) ** 2
        return np.asarray(self.k_inv_nm * np.sqrt(np.asarray(square, dtype=complex)))

    def waves(self, angle_rad: ArrayLike) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
        r"""Normal component in the film, and amplitudes of the waves down and up at the substrate, per unit incident.

        With the Fresnel coefficients :math:`r_{ij} = (k_i-k_j)/(k_i+k_j)` and :math:`t_{01} = 1+r_{01}`,

        .. math:: T = \frac{t_{01}e^{ik_zd}}{1+r_{01}r_{12}e^{2ik_zd}},\qquad R = r_{12}T

        (L. G. Parratt, Phys. Rev. 95, 359 (1954), doi:10.1103/PhysRev.95.359, for one film); roughness of the substrate
        damps :math:`r_{12}` by :math:`e^{-2k_1k_2\sigma^2}` (Nevot and Croce).

        Parameters
        ----------
        angle_rad
            Grazing angles in vacuum [rad], shape (n,).
        """
        vacuum = self.normal_component(angle_rad, XrayIndex())
        inside = self.normal_component(angle_rad, self.film)
        below = self.normal_component(angle_rad, self.substrate)
        top = (vacuum - inside) / (vacuum + inside + 1e-30)
        bottom = (inside - below) / (inside + below) * np.exp(-2 * inside * below * self.roughness_nm**2)
        through = np.exp(1j * inside * self.thickness_nm)
        down = (1 + top) * through / (1 + top * bottom * through**2)
        return inside, down, bottom * down
