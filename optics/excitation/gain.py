"""The highest gain that a film of dots can have."""

from __future__ import annotations

from packing.checks import require_between, require_positive
from packing.errors import InputError


def gain_bound_per_cm(
    core_fraction: float, intrinsic_per_cm: float, inversion: float, confinement: float = 1.0
) -> float:
    r"""Upper bound of the gain of a film [1/cm], :math:`g\le\Gamma\,\phi\,\mu_i\,(P_{\ge2}-P_0)`.

    The intrinsic absorption at the line bounds the intrinsic gain (twofold levels). The modal gain is far lower by
    scattering and reabsorption: 98 per cm was measured where this gives some 1e4.

    Parameters
    ----------
    core_fraction
        Core volume over volume.
    intrinsic_per_cm
        Absorption inside a dot at the line [1/cm].
    inversion
        Share of dots with two or more excitons less share with none, -1 to 1.
    confinement
        Share of the mode inside the film, 0 to 1.

    Raises
    ------
    InputError
        For a share outside its range.

    Examples
    --------
    >>> round(gain_bound_per_cm(0.5, 4e4, 0.5))
    10000
    """
    require_between("core_fraction", core_fraction, 0.0, 1.0)
    require_between("confinement", confinement, 0.0, 1.0)
    require_between("inversion", inversion, -1.0, 1.0)
    return confinement * core_fraction * require_positive("intrinsic_per_cm", intrinsic_per_cm, "1/cm") * inversion


def auger_lifetime_ps(volume_nm3: float, measured_ps: float, measured_volume_nm3: float) -> float:
    """Auger lifetime scaled by volume between sizes of one batch [ps]; below some 12 nm only.

    Volume scaling holds to about 12 nm and fails beyond 20 (doi:10.1186/s43593-023-00045-3); the absolute value, and
    what assembly does to it, are inputs.

    Parameters
    ----------
    volume_nm3
        Volume of the dot [nm^3].
    measured_ps
        Measured Auger lifetime [ps].
    measured_volume_nm3
        Volume of the dot it was measured on [nm^3].

    Raises
    ------
    InputError
        For a volume above that of a 20 nm cube.

    Examples
    --------
    >>> round(auger_lifetime_ps(5.5**3, 105.0, 9.0**3))
    24
    """
    largest = max(volume_nm3, measured_volume_nm3)
    if largest > 20.0**3:
        raise InputError(
            f"Auger lifetimes do not scale with volume above 20 nm cubes, got {largest:g} nm^3. "
            "Give the measured biexciton_ps of this size."
        )
    return measured_ps * volume_nm3 / measured_volume_nm3


def transit_time_ps(length_cm: float, index: float) -> float:
    """Time light takes through a length [ps]: the identity behind a saturation time, no prediction.

    Parameters
    ----------
    length_cm
        Length [cm].
    index
        Refractive index.

    Examples
    --------
    >>> round(transit_time_ps(0.07, 2.14), 1)
    5.0
    """
    return length_cm * index / 2.99792458e-2
