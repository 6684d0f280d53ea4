"""The instrument file of ``superlattice simulate``: what a beam, a detector or a microscope is like."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError, model_validator

from packing.checks import did_you_mean
from packing.errors import InputError
from structure.patterns.directions import Texture
from structure.patterns.instrument import Detector, Instrument
from superlattice.study.matter_tables import Table
from superlattice.study.study import read_tables


class DetectorTable(Table):
    """``[detector]``: a flat detector across the beam, counted as in `measure pattern`."""

    distance_mm: float = Field(gt=0)
    pixel_mm: float = Field(gt=0)
    rows: int = Field(ge=16, le=8192)
    columns: int = Field(ge=16, le=8192)
    beam_x_px: float
    beam_y_px: float

    def build(self, wavelength_nm: float) -> Detector:
        """The detector at ``wavelength_nm`` [nm]; row 0 is the lowest, as in a `ScatteringPattern`."""
        return Detector(
            distance_mm=self.distance_mm,
            pixel_mm=self.pixel_mm,
            n_pixels=(self.rows, self.columns),
            wavelength_nm=wavelength_nm,
            centre_px=(self.rows - self.beam_y_px, self.beam_x_px),
        )


class InstrumentTable(Table):
    """An instrument file; what is left out is the study's, or the default of the kind that is simulated."""

    wavelength_nm: float | None = Field(default=None, gt=0.0005, lt=2)
    wavelength_spread: float = Field(default=0.0, ge=0, lt=0.5)
    angle_spread_rad: float = Field(default=0.0, ge=0, lt=0.1)
    background: float = Field(default=0.0, ge=0)
    counts_at_maximum: float | None = Field(default=None, gt=0)
    q_max_inv_nm: float | None = Field(default=None, gt=0.1, le=100)
    n_pixels: int = Field(default=512, ge=32, le=4096)
    texture: Literal["single", "fibre", "powder"] = "single"
    mosaic_fwhm_deg: float = Field(default=0.0, ge=0, le=60)
    domain_nm: float | None = Field(default=None, gt=10, le=100_000)
    two_theta_deg: tuple[float, float, float] = (8.0, 50.0, 0.02)
    voltage_kv: float | None = Field(default=None, ge=10, le=3000)
    px_per_nm: float | None = Field(default=None, gt=0.05, le=100)
    blur_nm: float | None = Field(default=None, ge=0, le=10)
    dose_per_nm2: float | None = Field(default=2000.0, gt=0)
    field_nm: tuple[float, float] | None = None
    depth_nm: float | None = Field(default=None, gt=0)
    defocus_nm: float | None = Field(default=None, ge=-5000, le=5000)
    spherical_mm: float = Field(default=1.0, ge=0, le=10)
    aperture_mrad: float = Field(default=15.0, gt=0, le=100)
    incidence_deg: float = Field(default=0.4, gt=0, le=5)
    substrate: str = "Si"
    film_nm: float = Field(default=200.0, gt=1, le=1e5)
    seed: int = Field(default=0, ge=0)
    detector: DetectorTable | None = None

    @model_validator(mode="after")
    def _angles(self) -> InstrumentTable:
        low, high, step = self.two_theta_deg
        if not (0 < low < high < 180 and 0 < step < high - low):
            raise ValueError(
                f"two_theta_deg must be lowest, highest and step between 0 and 180, got {low}, {high}, {step}."
            )
        return self

    def instrument(self, wavelength_nm: float) -> Instrument:
        """Resolution, background and counts of the instrument at ``wavelength_nm`` [nm]."""
        return Instrument(
            wavelength_nm=wavelength_nm,
            wavelength_spread=self.wavelength_spread,
            angle_spread_rad=self.angle_spread_rad,
            background=self.background,
            counts_at_maximum=self.counts_at_maximum,
        )

    def texture_seen(self, view: NDArray[np.float64]) -> Texture:
        """The texture in the frame of a detector whose axes are the rows of ``view`` (3, 3): right, up, beam."""
        return Texture.seen_from(view, kind=self.texture, mosaic_fwhm_deg=self.mosaic_fwhm_deg, n_orientations=60)

    def q_reached(self, wavelength_nm: float, default: float) -> float:
        """The edge of the pattern [1/nm], else ``default``, which a beam of ``wavelength_nm`` [nm] must reach.

        Raises
        ------
        InputError
            If the wavelength is too long for it.
        """
        edge = self.q_max_inv_nm or default
        highest = 4 * math.pi / wavelength_nm
        if edge > highest:
            raise InputError(
                f"q_max_inv_nm of {edge:g} 1/nm is beyond 4 pi / wavelength_nm = {highest:.3g} 1/nm, where the beam is "
                "scattered straight back. Lower it, or give a shorter wavelength_nm."
            )
        return edge


def read_instrument(path: str | Path | None) -> InstrumentTable:
    """The instrument of a TOML file; None is a perfect one.

    Raises
    ------
    InputError
        If the file is missing, is not TOML, or holds a key or value that cannot be used.

    Examples
    --------
    >>> read_instrument(None).substrate
    'Si'
    """
    if path is None:
        return InstrumentTable()
    data = read_tables(Path(path))
    try:
        return InstrumentTable(**data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = [*(DetectorTable if "." in where else InstrumentTable).model_fields]
            hint = did_you_mean(str(first["loc"][-1]), known)
            raise InputError(f"{path}: unknown key '{where}'.{hint} Known keys: {', '.join(known)}.") from error
        got = first.get("input")
        shown = f", got {got!r}" if isinstance(got, str | int | float | list) else ""
        told = str(first["ctx"]["error"]) if first["type"] == "value_error" else f"{first['msg']}{shown}."
        raise InputError(f"{path}: {where + ': ' if where else ''}{told} Correct the instrument file.") from error
