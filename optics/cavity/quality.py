"""Bounds of the quality factor: what absorption and the facets allow."""

from __future__ import annotations

import math

from packing.checks import require_between, require_non_negative, require_positive


def absorption_quality(index: float, wavelength_nm: float, absorption_per_cm: float) -> float:
    r"""Highest quality factor that absorption leaves, :math:`Q=2\pi n/(\lambda\alpha)`; infinite without absorption.

    Parameters
    ----------
    index
        Refractive index.
    wavelength_nm
        Vacuum wavelength [nm].
    absorption_per_cm
        Absorption coefficient at the wavelength [1/cm].

    Examples
    --------
    >>> round(absorption_quality(1.82, 535.0, 160.0))
    1336
    """
    alpha = require_non_negative("absorption_per_cm", absorption_per_cm, "1/cm")
    return math.inf if alpha == 0 else 2 * math.pi * index / (wavelength_nm * 1e-7 * alpha)


def linewidth_quality(wavelength_nm: float, linewidth_nm: float) -> float:
    """Quality factor of a measured line: an identity, not a prediction.

    Parameters
    ----------
    wavelength_nm
        Vacuum wavelength [nm].
    linewidth_nm
        Full width of the line [nm].

    Examples
    --------
    >>> round(linewidth_quality(535.0, 0.4))
    1338
    """
    return wavelength_nm / require_positive("linewidth_nm", linewidth_nm, "nm")


def facet_quality(length_nm: float, index: float, wavelength_nm: float, outside_index: float = 1.0) -> float:
    r"""Quality factor of a Fabry-Perot mode between two facets that reflect by Fresnel's law at normal incidence.

    :math:`Q=2\pi nL/(\lambda\ln(1/R))` with :math:`R=((n-n_0)/(n+n_0))^2`; facets narrower than the wavelength lose
    more.

    Parameters
    ----------
    length_nm
        Distance of the facets [nm].
    index
        Refractive index.
    wavelength_nm
        Vacuum wavelength [nm].
    outside_index
        Refractive index outside.

    Examples
    --------
    >>> round(facet_quality(2000.0, 1.82, 535.0))
    17
    """
    reflectance = ((index - outside_index) / (index + outside_index)) ** 2
    require_between("reflectance of the facets", reflectance, 1e-12, 1.0)
    return 2 * math.pi * index * length_nm / (wavelength_nm * math.log(1 / reflectance))


def outcoupled_fraction(index: float, outside_index: float = 1.0) -> float:
    r"""Share of isotropic light that leaves a film through one side, :math:`1-\sqrt{1-(n_0/n)^2}` over two.

    For a high index it is :math:`n_0^2/(4n^2)` a side.

    Parameters
    ----------
    index
        Refractive index of the film.
    outside_index
        Refractive index outside.

    Examples
    --------
    >>> round(outcoupled_fraction(1.82), 3)
    0.082
    """
    return (1 - math.sqrt(1 - (outside_index / index) ** 2)) / 2
