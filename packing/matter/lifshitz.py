"""Estimates of the Hamaker constant from refractive indices and permittivities."""

from __future__ import annotations

import math

PLANCK_J_S = 6.62607015e-34
BOLTZMANN_J_PER_K = 1.380649e-23
# Main ultraviolet absorption of hydrocarbons and wide-gap solids, Israelachvili's usual value.
ABSORPTION_FREQUENCY_HZ = 3.0e15


def tabor_winterton_hamaker_j(
    body: tuple[float, float],
    medium: tuple[float, float],
    *,
    absorption_frequency_hz: float = ABSORPTION_FREQUENCY_HZ,
    temperature_kelvin: float = 300.0,
) -> float:
    r"""Hamaker constant [J] of two equal bodies across a medium, from one ultraviolet absorption.

    .. math:: A = \frac34 kT\left(\frac{\varepsilon_1-\varepsilon_3}{\varepsilon_1+\varepsilon_3}\right)^2
              + \frac{3h\nu_e}{16\sqrt2}\frac{(n_1^2-n_3^2)^2}{(n_1^2+n_3^2)^{3/2}}

    Parameters
    ----------
    body, medium
        (refractive index, static permittivity) of each.
    absorption_frequency_hz
        The common absorption frequency [Hz].
    temperature_kelvin
        Temperature [K].

    Notes
    -----
    D. Tabor and R. H. S. Winterton, Proc. R. Soc. A 312, 435 (1969); J. N. Israelachvili, Intermolecular and
    Surface Forces, section 13. Good to some 10 % for hydrocarbons; for a semiconductor that also absorbs in
    the visible it is an order of magnitude with a factor of about two either way.

    Examples
    --------
    >>> round(1e20 * tabor_winterton_hamaker_j((1.411, 1.98), (1.0, 1.0)), 1)  # decane; exact theory 4.8
    5.0
    """
    (n1, eps1), (n3, eps3) = body, medium
    zero_frequency = 0.75 * BOLTZMANN_J_PER_K * temperature_kelvin * ((eps1 - eps3) / (eps1 + eps3)) ** 2
    a, b = n1 * n1, n3 * n3
    dispersion = 3 * PLANCK_J_S * absorption_frequency_hz / (16 * math.sqrt(2)) * (a - b) ** 2 / (a + b) ** 1.5
    return zero_frequency + dispersion


def combined_hamaker_j(body_vacuum_j: float, medium_vacuum_j: float) -> float:
    r"""Hamaker constant [J] across a medium from the two across vacuum, :math:`(\sqrt{A_{11}}-\sqrt{A_{33}})^2`.

    The combining relation, for metals, whose response no single absorption describes.

    Parameters
    ----------
    body_vacuum_j
        Of the bodies across vacuum [J].
    medium_vacuum_j
        Of the medium across vacuum [J].

    Examples
    --------
    >>> round(1e20 * combined_hamaker_j(45e-20, 5e-20), 1)
    20.0
    """
    return (math.sqrt(body_vacuum_j) - math.sqrt(medium_vacuum_j)) ** 2
