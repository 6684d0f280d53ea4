"""What of a scan is fitted: points, their weights, and the factors of the geometry."""

from __future__ import annotations

import numpy as np

from packing.errors import InputError
from structure.diffraction.multilayer import lorentz_polarisation_absorption
from structure.measured.curve import MeasuredCurve, local_noise
from structure.measured.data import noise_law
from structure.xrd_fit.fit import StackData

MODEL_ERROR = 0.02
MAX_POINTS = 1200


def stack_data(curve: MeasuredCurve, resolution: float, wavelength_nm: float | None, lorentz: bool) -> StackData:
    """Points of a scan with their weights, averaged to `MAX_POINTS` at most.

    Parameters
    ----------
    curve
        The scan.
    resolution
        Of the instrument, a standard deviation [1/nm].
    wavelength_nm
        For the factors of the geometry [nm].
    lorentz
        Whether the scan has them.

    Raises
    ------
    InputError
        If they are asked for without a wavelength, or q is beyond what it reaches.
    """
    q, intensity = curve.q_inv_nm, curve.intensity
    variance = local_noise(intensity) ** 2 if curve.sd is None else curve.sd**2
    inside = q > 0
    q, intensity, variance = q[inside], intensity[inside], variance[inside]
    group = -(-len(q) // MAX_POINTS)
    n = len(q) // group * group
    q, intensity, variance = (x[:n].reshape(-1, group).mean(axis=1) for x in (q, intensity, variance))
    variance = variance / group
    if curve.sd is None:
        floor, gain = noise_law(intensity, variance)
        # Where no quantum was counted one might have been: a gain is the intensity of one.
        variance = floor**2 + gain * np.maximum(intensity, gain)
    sd = np.sqrt(variance + (MODEL_ERROR * intensity) ** 2)
    factor = np.ones_like(q)
    if lorentz:
        if wavelength_nm is None:
            raise InputError("lorentz needs wavelength_nm: the factor depends on the scattering angle.")
        sine = q * wavelength_nm / (4 * np.pi)
        if sine[-1] >= 1:
            raise InputError(f"q reaches {q[-1]:g} 1/nm, beyond 4 pi / wavelength. Check the unit and wavelength_nm.")
        factor = lorentz_polarisation_absorption(2 * np.degrees(np.arcsin(sine)))
    return StackData(q, intensity, np.maximum(sd, 1e-9 * float(intensity.max())), factor, resolution)
