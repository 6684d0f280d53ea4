"""Pixel sizes: which units are lengths, which calibrations are none, and pixels that are not square."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from packing.errors import InputError

MAX_UNEQUAL = 0.005
"""Sides of a pixel may differ by this part: the digits that microscopes write."""

_NM_PER_UNIT = {
    "nm": 1.0,
    "nanometer": 1.0,
    "pm": 1e-3,
    "a": 0.1,
    "å": 0.1,
    "angstrom": 0.1,
    "ang": 0.1,
    "um": 1e3,
    "µm": 1e3,
    "μm": 1e3,
    "micron": 1e3,
    "microns": 1e3,
    "mm": 1e6,
    "cm": 1e7,
    "m": 1e9,
}


@dataclass(frozen=True, slots=True)
class PixelSize:
    """Width and height of a pixel [nm], and where they are written."""

    width_nm: float
    height_nm: float
    source: str

    def checked(self, file: Path) -> PixelSize | None:
        """Itself, or None where the numbers are no calibration.

        Raises
        ------
        InputError
            If width and height differ: nothing here measures on such pixels.
        """
        sides = (self.width_nm, self.height_nm)
        if not all(np.isfinite(side) and side > 0 for side in sides):
            return None
        if abs(self.width_nm / self.height_nm - 1) > MAX_UNEQUAL:
            raise InputError(
                f"image {file} has pixels of {self.width_nm:.4g} by {self.height_nm:.4g} nm ({self.source}). "
                "Resample it to square pixels."
            )
        return self


def is_length(unit: str) -> bool:
    """Whether a unit is one of length.

    Examples
    --------
    >>> is_length("nm"), is_length("1 / nm"), is_length("")
    (True, False, False)
    """
    return _key(unit) in _NM_PER_UNIT


def unit_nm(unit: str) -> float:
    """Length of a unit [nm].

    Examples
    --------
    >>> unit_nm("µm")
    1000.0
    """
    return _NM_PER_UNIT[_key(unit)]


def is_reciprocal(unit: str) -> bool:
    """Whether a unit is one of reciprocal length or of angle: that of a diffraction pattern, however it is written.

    Examples
    --------
    >>> [is_reciprocal(unit) for unit in ("1 / nm", "nm^-1", "1/Å", "mrad", "nm")]
    [True, True, True, True, False]
    """
    plain = re.sub(r"[\s\[\](){}^]", "", unit).lower().replace("\u2212", "-")
    return plain.startswith("1/") or plain.endswith(("-1", "\u207b\u00b9")) or plain in ("mrad", "rad", "deg")


def _key(unit: str) -> str:
    return unit.strip("[] ").lower().replace("_", "")
