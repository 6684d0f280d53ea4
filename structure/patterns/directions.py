"""Directions and orientations to average over."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_known, require_non_negative, require_positive
from packing.errors import InputError
from structure.widths import FWHM_PER_SIGMA

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
    right_axis
        Laboratory direction that points to the right in the picture, as far as it lies across the beam; None turns the
        laboratory onto the beam by the smallest rotation.
    fibre_axis
        Axis of a fibre in the frame of the detector: (0, 0, 1) is the beam, (0, 1, 0) the vertical.
    mosaic_fwhm_deg
        Full width at half maximum of a Gaussian spread of the orientation about each axis [degrees].
    n_orientations
        Orientations that stand for the spread or the fibre.
    """

    kind: Literal["single", "fibre", "powder"] = "single"
    beam_axis: tuple[float, float, float] = (0.0, 0.0, 1.0)
    right_axis: tuple[float, float, float] | None = None
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
        if self.right_axis is not None and not np.linalg.norm(np.cross(self.right_axis, self.beam_axis)) > 0:
            raise InputError(f"right_axis must not be along the beam, got {self.right_axis}.")

    @classmethod
    def seen_from(cls, view: FloatArray, **settings: Any) -> Texture:
        """A texture in the frame of a detector, whose axes are the rows of ``view`` (3, 3): right, up and the beam.

        Other ``settings`` are those of the class.

        Examples
        --------
        >>> view = np.array([[0.6, 0.8, 0.0], [0.8, -0.6, 0.0], [0.0, 0.0, -1.0]])
        >>> bool(np.allclose(Texture.seen_from(view).rotations(0)[0], view))
        True
        """
        right, _, beam = ((float(row[0]), float(row[1]), float(row[2])) for row in view)
        return cls(beam_axis=beam, right_axis=right, **settings)

    def rotations(self, seed: int) -> FloatArray:
        """Rotation matrices from the laboratory of the configuration to the frame of the detector, shape (k, 3, 3).

        ``seed`` draws the tilts of a mosaic.
        """
        base = rotation_onto_beam(np.array(self.beam_axis))
        if self.right_axis is not None:
            beam = np.array(self.beam_axis) / np.linalg.norm(self.beam_axis)
            right = np.array(self.right_axis) - (beam @ self.right_axis) * beam
            right = right / np.linalg.norm(right)
            base = np.array([right, np.cross(beam, right), beam])
        many = np.eye(3)[None]
        if self.kind == "fibre":
            many = rotations_about(np.array(self.fibre_axis), self.n_orientations)
        if self.mosaic_fwhm_deg > 0:
            tilts = tilt_rotations(self.n_orientations, self.mosaic_fwhm_deg, np.random.default_rng(seed))
            many = many @ tilts
        return many @ base


def hemisphere_nodes(degree: int) -> tuple[FloatArray, FloatArray]:
    r"""Directions (m, 3) and weights (m,) that average any even function of a direction up to a degree exactly.

    Gauss-Legendre nodes in :math:`\cos\theta` times even steps of azimuth are exact for spherical harmonics up to
    ``degree``. The scattering of particles up to a distance D apart has degrees up to about qD.

    Examples
    --------
    >>> n, w = hemisphere_nodes(4)
    >>> (w @ n[:, 2] ** 4).round(9).item(), w.sum().round(12).item()
    (0.2, 1.0)
    """
    n_cos = degree // 2 + 1
    cos_t, weight = np.polynomial.legendre.leggauss(n_cos + n_cos % 2)
    cos_t, weight = cos_t[cos_t > 0], weight[cos_t > 0]
    n_phi = degree + 1
    # Each ring starts at its own azimuth, so that symmetric samples meet no symmetric set.
    phi = 2 * np.pi * (np.arange(n_phi) / n_phi + (math.sqrt(5) - 1) / 2 * np.arange(len(cos_t))[:, None])
    sin_t = np.sqrt(1 - cos_t**2)[:, None]
    n = np.stack([sin_t * np.cos(phi), sin_t * np.sin(phi), np.broadcast_to(cos_t[:, None], phi.shape)], axis=-1)
    return n.reshape(-1, 3), np.repeat(weight / n_phi, n_phi)


def spiral_directions(n: int, turn: float = 0.0) -> FloatArray:
    """``n`` directions spread evenly over a hemisphere along a spiral of the golden angle, shape (n, 3).

    ``turn`` rotates the spiral about its axis [rad].
    """
    cos_t = (np.arange(n) + 0.5) / n
    phi = turn + np.arange(n) * np.pi * (3 - math.sqrt(5))
    sin_t = np.sqrt(1 - cos_t**2)
    return np.stack([sin_t * np.cos(phi), sin_t * np.sin(phi), cos_t], axis=-1)


def tilt_rotations(n: int, fwhm_deg: float, rng: np.random.Generator) -> FloatArray:
    """``n`` small random rotations about all axes, shape (n, 3, 3), Gaussian.

    ``fwhm_deg`` is the full width at half maximum of the angle about each axis [degrees].
    """
    from scipy.spatial.transform import Rotation

    sigma = math.radians(fwhm_deg) / FWHM_PER_SIGMA
    return np.asarray(Rotation.from_rotvec(rng.normal(scale=sigma, size=(n, 3))).as_matrix())


def rotations_about(axis: FloatArray, n: int) -> FloatArray:
    """``n`` even steps of a full turn about ``axis``, a vector of any length, shape (n, 3, 3)."""
    from scipy.spatial.transform import Rotation

    unit = np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    return np.asarray(Rotation.from_rotvec(np.outer(2 * np.pi * (np.arange(n) + 0.5) / n, unit)).as_matrix())


def rotation_onto_beam(direction: FloatArray) -> FloatArray:
    """The smallest rotation matrix that takes ``direction``, a laboratory vector of any length, to +z, the beam."""
    from scipy.spatial.transform import Rotation

    unit = np.asarray(direction, dtype=float) / np.linalg.norm(direction)
    axis = np.cross(unit, [0.0, 0.0, 1.0])
    length = np.linalg.norm(axis)
    if length < 1e-12:
        return np.eye(3) if unit[2] > 0 else np.diag([1.0, -1.0, -1.0])
    angle = math.atan2(float(length), float(unit[2]))
    return np.asarray(Rotation.from_rotvec(axis / length * angle).as_matrix())
