"""Physical constants in the units of this room: eV, nm, ps, kelvin (CODATA, by `scipy.constants`)."""

from __future__ import annotations

from scipy import constants as _si

HBAR2_OVER_2M0_EV_NM2 = _si.hbar**2 / (2 * _si.m_e) / _si.e * 1e18
"""Kinetic constant of a free electron, hbar^2 / 2 m0 [eV nm^2]: 0.0381."""

COULOMB_EV_NM = _si.e / (4 * _si.pi * _si.epsilon_0) * 1e9
"""e^2 / (4 pi epsilon_0) [eV nm]: 1.44."""

HC_EV_NM = _si.h * _si.c / _si.e * 1e9
"""Photon energy times wavelength [eV nm]: 1239.84."""

HBAR_EV_PS = _si.hbar / _si.e * 1e12
"""Reduced Planck constant [eV ps]: 6.58e-4."""

BOLTZMANN_EV_PER_KELVIN = _si.k / _si.e
"""Boltzmann constant [eV/K]."""

RYDBERG_EV = COULOMB_EV_NM**2 / (4 * HBAR2_OVER_2M0_EV_NM2)
"""Binding energy of hydrogen with an infinitely heavy nucleus [eV]."""

BOHR_RADIUS_NM = 2 * HBAR2_OVER_2M0_EV_NM2 / COULOMB_EV_NM
"""Bohr radius [nm]."""

SPEED_OF_LIGHT_NM_PER_PS = _si.c * 1e-3
"""Speed of light in vacuum [nm/ps]: 2.998e5."""

JOULE_PER_EV = _si.e
"""One electronvolt [J]."""


def wavelength_nm(energy_ev: float) -> float:
    """Vacuum wavelength [nm] of a photon of an energy [eV].

    Parameters
    ----------
    energy_ev
        Energy of the photon [eV].

    Examples
    --------
    >>> round(wavelength_nm(2.41), 1)
    514.5
    """
    return HC_EV_NM / energy_ev


def energy_ev(wavelength_nm: float) -> float:
    """Energy [eV] of a photon of a vacuum wavelength [nm].

    Parameters
    ----------
    wavelength_nm
        Vacuum wavelength of the photon [nm].

    Examples
    --------
    >>> round(energy_ev(514.5), 3)
    2.41
    """
    return HC_EV_NM / wavelength_nm
