"""Radiative lifetime of one dot from its brightness."""

from __future__ import annotations

from optics.constants import SPEED_OF_LIGHT_NM_PER_PS

_CLASSICAL_CM2_PER_S = 0.2223


def oscillator_strength(kane_energy_ev: float, energy_ev: float, brightness: float) -> float:
    r"""Oscillator strength of one state of the bright triplet, :math:`f=\tfrac23(E_P/E)K`.

    Parameters
    ----------
    kane_energy_ev
        Kane energy E_P [eV].
    energy_ev
        Energy [eV].
    brightness
        Oscillator enhancement K of `exciton_level`.

    Examples
    --------
    >>> round(oscillator_strength(20.0, 2.41, 4.92), 1)
    27.2
    """
    return 2 / 3 * kane_energy_ev / energy_ev * brightness


def radiative_lifetime_ps(strength: float, wavelength_nm: float, *, outside_index: float, inside_index: float) -> float:
    r"""Radiative lifetime [ps] of a dipole of an oscillator strength in a small dot.

    .. math:: \frac1\tau=f\,\gamma_\mathrm{cl}\,nD^2,\quad \gamma_\mathrm{cl}=\frac{0.2223\ \mathrm{cm^2/s}}{\lambda^2},
              \quad D=\frac{3n^2}{\varepsilon_\mathrm{in}+2n^2}

    The screening factor D is that of a sphere; the lifetime is that of the bright state at low temperature. At 300 K
    dark and dim states take part and it is an input.

    Parameters
    ----------
    strength
        Oscillator strength.
    wavelength_nm
        Vacuum wavelength [nm].
    outside_index, inside_index
        Refractive index around and of the dot.

    Examples
    --------
    >>> round(radiative_lifetime_ps(27.2, 514.5, outside_index=1.5, inside_index=2.19))
    554
    """
    squared = outside_index**2
    screening = 3 * squared / (inside_index**2 + 2 * squared)
    classical_per_ps = _CLASSICAL_CM2_PER_S / (wavelength_nm * 1e-7) ** 2 * 1e-12
    return 1 / (strength * classical_per_ps * outside_index * screening**2)


def dipole_length_nm(lifetime_ps: float, wavelength_nm: float, *, index: float = 1.0) -> float:
    r"""Transition dipole over the elementary charge [nm] that gives a lifetime,
    :math:`1/\tau=4n\alpha\omega^3|d|^2/3c^2`.

    Parameters
    ----------
    lifetime_ps
        Radiative lifetime [ps].
    wavelength_nm
        Vacuum wavelength [nm].
    index
        Refractive index.

    Examples
    --------
    >>> 0.1 < dipole_length_nm(3600.0, 514.5) < 0.3
    True
    """
    omega = 2 * 3.141592653589793 * SPEED_OF_LIGHT_NM_PER_PS / wavelength_nm
    fine_structure = 7.2973525693e-3
    rate = 1 / lifetime_ps
    return float((3 * rate * SPEED_OF_LIGHT_NM_PER_PS**2 / (4 * index * fine_structure * omega**3)) ** 0.5)
