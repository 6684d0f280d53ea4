"""Where the pixels of a frame lie in reciprocal space: a PONI file or a few numbers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from packing.checks import did_you_mean, require_between, require_positive
from packing.errors import InputError

FloatArray = NDArray[np.float64]

KEYS = ("distance_mm", "pixel_mm", "beam_x_px", "beam_y_px", "wavelength_nm", "incidence_deg")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameGeometry:
    """A flat detector across the beam.

    Parameters
    ----------
    distance_mm
        Sample to detector [mm].
    pixel_mm
        Edge of a pixel [mm].
    beam_x_px, beam_y_px
        Direct beam from the left and from the top [px].
    wavelength_nm
        Wavelength [nm].
    incidence_deg
        Grazing angle of incidence [deg], with the surface normal up the frame; None for transmission.
    poni
        A PONI file that replaces distance, pixel, beam and wavelength, tilts included.
    """

    distance_mm: float
    pixel_mm: float
    beam_x_px: float
    beam_y_px: float
    wavelength_nm: float
    incidence_deg: float | None = None
    poni: str | None = None

    def __post_init__(self) -> None:
        require_positive("distance_mm", self.distance_mm, "mm")
        require_positive("pixel_mm", self.pixel_mm, "mm")
        require_positive("wavelength_nm", self.wavelength_nm, "nm")
        if self.incidence_deg is not None:
            require_between("incidence_deg", self.incidence_deg, 0.0, 10.0, "deg")

    def scattering_vectors(self, shape: tuple[int, int]) -> FloatArray:
        """q of every pixel [1/nm]: along the beam, to the right and up, in vacuum; shape (rows, columns, 3).

        ``shape`` is that of the frame, (rows, columns).
        """
        positions = self._positions_mm(shape)
        k = 2 * np.pi / self.wavelength_nm
        away = positions / np.linalg.norm(positions, axis=-1, keepdims=True)
        away[..., 0] -= 1.0
        return k * away

    def _positions_mm(self, shape: tuple[int, int]) -> FloatArray:
        rows, columns = np.indices(shape, dtype=float)
        if self.poni is not None:
            import pyFAI

            along, down, right = pyFAI.load(self.poni).calc_pos_zyx(d1=rows + 0.5, d2=columns + 0.5)
            return 1000.0 * np.stack([along, right, -down], axis=-1)
        right = (columns + 0.5 - self.beam_x_px) * self.pixel_mm
        up = (self.beam_y_px - rows - 0.5) * self.pixel_mm
        return np.stack([np.full(shape, self.distance_mm), right, up], axis=-1)


def geometry_of(
    given: FrameGeometry | Mapping[str, Any] | str | os.PathLike[str], shape: tuple[int, int],
    incidence_deg: float | None = None,
) -> FrameGeometry:  # fmt: skip
    """A geometry from numbers, from a TOML file of them or from a PONI file, checked against the frame.

    ``shape`` is that of the frame, (rows, columns); ``incidence_deg`` replaces the angle of incidence [degrees].

    Raises
    ------
    InputError
        For missing or unknown keys, an unreadable file, a detector of another shape, or a beam far off the frame.
    """
    if isinstance(given, FrameGeometry):
        made = given
    elif isinstance(given, Mapping):
        made = _from_mapping(given)
    else:
        made = _from_file(Path(given), shape)
    if incidence_deg is not None:
        made = FrameGeometry(
            **{k: getattr(made, k) for k in made.__dataclass_fields__} | {"incidence_deg": incidence_deg}
        )
    _check_fits(made, shape)
    return made


def _from_mapping(given: Mapping[str, Any]) -> FrameGeometry:
    for key in given:
        if key not in KEYS:
            raise InputError(f"geometry: unknown key {key!r}.{did_you_mean(key, KEYS)} Known: {', '.join(KEYS)}.")
    missing = [key for key in KEYS[:5] if key not in given]
    if missing:
        raise InputError(f"geometry: {', '.join(missing)} missing. Give {', '.join(KEYS[:5])}.")
    try:
        return FrameGeometry(**{k: None if v is None else float(v) for k, v in given.items()})  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"geometry: every value must be a number ({error}).") from error


def _from_file(path: Path, shape: tuple[int, int]) -> FrameGeometry:
    import tomllib

    if not path.is_file():
        raise InputError(f"geometry file {path} is missing. Give a PONI file or a TOML file of {', '.join(KEYS[:5])}.")
    if path.suffix == ".toml":
        try:
            return _from_mapping(tomllib.loads(path.read_text()))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{path.name} is not valid TOML ({error}).") from error
    import pyFAI

    try:
        detector = pyFAI.load(str(path))
        flat = detector.getFit2D()
        wavelength = detector.wavelength
    except Exception as error:  # pyFAI raises whatever its parser meets
        raise InputError(f"{path.name} is no PONI file ({type(error).__name__}). Write one with pyFAI.") from error
    if not wavelength:
        raise InputError(f"{path.name} has no wavelength. Add it to the PONI file.")
    known = detector.detector.shape or detector.detector.max_shape
    if known is not None and tuple(known) != tuple(shape):
        raise InputError(f"{path.name} is of a detector of {tuple(known)} pixels, the frame has {shape}. Give its own.")
    return FrameGeometry(
        distance_mm=float(detector.dist) * 1000,
        pixel_mm=float(detector.pixel1) * 1000,
        beam_x_px=float(flat["centerX"]),
        beam_y_px=float(flat["centerY"]),
        wavelength_nm=float(wavelength) * 1e9,
        poni=str(path),
    )


def _check_fits(geometry: FrameGeometry, shape: tuple[int, int]) -> None:
    rows, columns = shape
    inside = -0.5 * columns <= geometry.beam_x_px <= 1.5 * columns and -0.5 * rows <= geometry.beam_y_px <= 1.5 * rows
    if not inside:
        raise InputError(
            f"geometry: the beam at ({geometry.beam_x_px:g}, {geometry.beam_y_px:g}) px is far off a frame of "
            f"{columns} x {rows} pixels. Give the geometry of this frame."
        )
    corner = np.hypot(max(geometry.beam_x_px, columns - geometry.beam_x_px),
                      max(geometry.beam_y_px, rows - geometry.beam_y_px)) * geometry.pixel_mm  # fmt: skip
    q_max = 4 * np.pi / geometry.wavelength_nm * np.sin(np.arctan2(corner, geometry.distance_mm) / 2)
    if not 0.15 < q_max < 80:
        raise InputError(
            f"geometry: the frame would end at q = {q_max:.3g} 1/nm, where no superlattice shows. "
            "Check distance_mm, pixel_mm and wavelength_nm."
        )
