"""Modes between the facets of a superlattice cube: whispering gallery and Fabry-Perot, with their spacing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from packing.checks import require_positive
from packing.errors import InputError

IndexFunction = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class CavityMode:
    """One mode: its order and vacuum wavelength [nm]."""

    order: int
    wavelength_nm: float


def reflection_phase(index: float, polarisation: str, outside_index: float = 1.0) -> float:
    r"""Half the phase of total reflection at 45 degrees [rad], :math:`\arctan X`.

    :math:`X=\sqrt{1/2-1/n^2}/\sqrt{1/2}` for the field along the facets that reflect ("tm", E out of the plane), times
    :math:`n^2` for the magnetic field along them ("te"), n relative to the outside.

    Parameters
    ----------
    index
        Refractive index.
    outside_index
        Refractive index outside.

    Raises
    ------
    InputError
        If the relative index is below the square root of two: then a ray at 45 degrees leaks out.
    """
    n = index / outside_index
    if n <= math.sqrt(2):
        raise InputError(
            f"the crystal's index must exceed {math.sqrt(2) * outside_index:.3f} (sqrt(2) times that beside it) "
            f"to hold light "
            f"at 45 degrees, got {index:.3f}. Raise the core fraction, or use the Fabry-Perot modes."
        )
    x = math.sqrt(0.5 - 1 / n**2) / math.sqrt(0.5)
    if polarisation not in ("tm", "te"):
        raise InputError(f"polarisation must be 'tm' or 'te', got {polarisation!r}.")
    return math.atan(x if polarisation == "tm" else n**2 * x)


def square_gallery_modes(
    edge_nm: float,
    index: IndexFunction | float,
    wavelengths_nm: tuple[float, float],
    *,
    polarisation: str = "tm",
    outside_index: float = 1.0,
) -> tuple[CavityMode, ...]:
    r"""Whispering-gallery modes of a square of the crystal: a ray at 45 degrees, four bounces a turn.

    .. math:: 2\sqrt2\,nL=\lambda\Big(m+\frac{4\cdot2\arctan X}{2\pi}\Big)

    Against a solution of Maxwell's equations in two dimensions the wavelength is right to 0.5 % (tested); which modes
    have a high quality, and the third dimension, it does not say.
    Poon, Courvoisier and Chang, Opt. Lett. 26, 632 (2001), doi:10.1364/OL.26.000632.

    Parameters
    ----------
    edge_nm
        Edge of the square [nm].
    index
        Refractive index, a number or a function of the vacuum wavelength [nm].
    wavelengths_nm
        Between which modes are sought.
    polarisation
        ``"tm"``: E out of the plane; ``"te"``: H out of the plane.
    outside_index
        Index beside the crystal.

    Raises
    ------
    InputError
        If the index is too low for total reflection at 45 degrees.

    Examples
    --------
    >>> [round(m.wavelength_nm, 2) for m in square_gallery_modes(2000.0, 1.82, (490.0, 560.0))]
    [550.11, 522.21, 497.0]
    """
    require_positive("edge_nm", edge_nm, "nm")
    n = _as_function(index)

    def order(wavelength: float) -> float:
        phase = 8 * reflection_phase(n(wavelength), polarisation, outside_index) / (2 * math.pi)
        return 2 * math.sqrt(2) * n(wavelength) * edge_nm / wavelength - phase

    return _resonances(order, wavelengths_nm)


def facet_modes(
    length_nm: float, index: IndexFunction | float, wavelengths_nm: tuple[float, float]
) -> tuple[CavityMode, ...]:
    r"""Fabry-Perot modes between two facets, :math:`2nL=m\lambda`.

    Parameters
    ----------
    length_nm
        Distance of the facets [nm].
    index
        Refractive index, a number or a function of the vacuum wavelength [nm].
    wavelengths_nm
        Between which modes are sought [nm], low and high.

    Examples
    --------
    >>> modes = facet_modes(2000.0, 1.82, (500.0, 560.0))
    >>> [(m.order, round(m.wavelength_nm, 1)) for m in modes]
    [(13, 560.0), (14, 520.0)]
    """
    require_positive("length_nm", length_nm, "nm")
    n = _as_function(index)
    return _resonances(lambda wavelength: 2 * n(wavelength) * length_nm / wavelength, wavelengths_nm)


def gallery_spacing_nm(edge_nm: float, wavelength_nm: float, group_index: float) -> float:
    r"""Spacing of the gallery modes of a square [nm], :math:`\lambda^2/(2\sqrt2\,n_gL)`: with the *group* index.

    Parameters
    ----------
    edge_nm
        Edge of the square [nm].
    wavelength_nm
        Vacuum wavelength [nm].
    group_index
        Group index at the wavelength.

    Examples
    --------
    >>> round(gallery_spacing_nm(2000.0, 535.0, 3.65), 1), round(gallery_spacing_nm(2000.0, 535.0, 1.815), 1)
    (13.9, 27.9)
    """
    return wavelength_nm**2 / (2 * math.sqrt(2) * require_positive("edge_nm", edge_nm, "nm") * group_index)


def facet_spacing_nm(length_nm: float, wavelength_nm: float, group_index: float) -> float:
    r"""Spacing of Fabry-Perot modes [nm], :math:`\lambda^2/(2n_gL)`.

    Parameters
    ----------
    length_nm
        Distance of the facets [nm].
    wavelength_nm
        Vacuum wavelength [nm].
    group_index
        Group index at the wavelength.

    Examples
    --------
    >>> round(facet_spacing_nm(2000.0, 535.0, 3.65), 1)
    19.6
    """
    return wavelength_nm**2 / (2 * require_positive("length_nm", length_nm, "nm") * group_index)


def _as_function(index: IndexFunction | float) -> IndexFunction:
    if callable(index):
        return index
    fixed = float(index)
    return lambda wavelength: fixed


def _resonances(order: IndexFunction, wavelengths_nm: tuple[float, float]) -> tuple[CavityMode, ...]:
    """Wavelengths at which the order is whole, longest first; one order may come several times near the exciton."""
    low, high = wavelengths_nm
    if not 0 < low < high:
        raise InputError(f"wavelengths_nm must rise from above zero, got {low:g} to {high:g}. Give (low, high).")
    grid = np.linspace(low, high, 801)
    values = np.array([order(float(w)) for w in grid])
    found: list[CavityMode] = []
    for a, b, x, y in zip(grid[:-1], grid[1:], values[:-1], values[1:], strict=True):
        for m in range(math.ceil(min(x, y) - 1e-12), math.floor(max(x, y) + 1e-12) + 1):
            if m > 0 and (x - m) * (y - m) <= 0 and x != y:
                root = float(a) if x == m else float(b) if y == m else float(brentq(_offset(order, m), a, b))
                found.append(CavityMode(m, root))
    unique = {(mode.order, round(mode.wavelength_nm, 6)): mode for mode in found}
    return tuple(sorted(unique.values(), key=lambda mode: -mode.wavelength_nm))


def _offset(order: IndexFunction, m: int) -> IndexFunction:
    return lambda wavelength: order(wavelength) - m
