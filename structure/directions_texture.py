"""`Texture`: how the crystals of a sample are turned against the beam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_known, require_non_negative, require_positive
from packing.errors import InputError
from structure.directions import rotation_onto_beam, rotations_about, tilt_rotations

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Texture:
    """How the crystals of a sample are turned against the beam.

    Parameters
    ----------
    kind
        ``"single"`` crystal, ``"fibre"`` (all turns about one axis) or ``"powder"`` (all orientations).
    beam_axis
        Laboratory direction of the configuration along which the beam runs.
    fibre_axis
        Axis of a fibre in the frame of the detector: (0, 0, 1) is the beam, (0, 1, 0) the vertical.
    mosaic_fwhm_deg
        Full width at half maximum of a Gaussian spread of the orientation about each axis [degrees].
    n_orientations
        Orientations that stand for the spread or the fibre.
    """

    kind: Literal["single", "fibre", "powder"] = "single"
    beam_axis: tuple[float, float, float] = (0.0, 0.0, 1.0)
    fibre_axis: tuple[float, float, float] = (0.0, 0.0, 1.0)
    mosaic_fwhm_deg: float = 0.0
    n_orientations: int = 200

    def __post_init__(self) -> None:
        require_known("kind", self.kind, ("single", "fibre", "powder"))
        require_non_negative("mosaic_fwhm_deg", self.mosaic_fwhm_deg, "degrees")
        require_positive("n_orientations", self.n_orientations)
        for name in ("beam_axis", "fibre_axis"):
            if not np.linalg.norm(getattr(self, name)) > 0:
                raise InputError(f"{name} must be a direction with a length above zero, got {getattr(self, name)}.")

    def rotations(self, seed: int) -> FloatArray:
        """Rotation matrices from the laboratory of the configuration to the frame of the detector, shape (k, 3, 3)."""
        base = rotation_onto_beam(np.array(self.beam_axis))
        many = np.eye(3)[None]
        if self.kind == "fibre":
            many = rotations_about(np.array(self.fibre_axis), self.n_orientations)
        if self.mosaic_fwhm_deg > 0:
            tilts = tilt_rotations(self.n_orientations, self.mosaic_fwhm_deg, np.random.default_rng(seed))
            many = many @ tilts
        return many @ base
