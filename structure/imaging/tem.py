r"""Simulated transmission micrographs: mass-thickness contrast of oriented nanocrystals.

.. math:: I(x, y) = \exp\Big(-\mu \sum_j c_j\, t_j(x, y)\Big)

with :math:`t_j` the exact chord of the beam in particle j, :math:`\mu` the attenuation [1/nm] and :math:`c_j` a factor
around 1 that stands for the diffraction contrast of crystals that happen to be near a zone axis. Then a Gaussian blur
(defocus, support film) and shot noise of a stated dose. Valid for thin particles and a large objective aperture: no
lattice fringes, no dynamical scattering, no Fresnel fringes at the edges.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter

from packing.checks import require_between, require_non_negative, require_positive
from packing.configuration import Configuration
from packing.errors import InputError
from packing.shape_data import shape_to_dict
from structure.imaging.images import TemImage
from structure.imaging.thickness import projected_thickness_nm

FloatArray = NDArray[np.float64]
_MAX_PIXELS = 2**28


def simulate_tem(
    configuration: Configuration,
    *,
    px_per_nm: float = 2.0,
    rotation: ArrayLike | None = None,
    tilt_deg: tuple[float, float] = (0.0, 0.0),
    field_nm: tuple[float, float] | None = None,
    depth_nm: float | None = None,
    attenuation_per_nm: float = 0.03,
    contrast_spread: float = 0.2,
    blur_nm: float = 0.4,
    dose_per_nm2: float | None = 2000.0,
    oversample: int = 2,
    seed: int = 0,
) -> TemImage:
    """What a transmission microscope would show of the nanocrystals, each with its own shape and orientation.

    Parameters
    ----------
    configuration
        Particles; a periodic box is repeated to fill the field, a free cluster is shown once.
    px_per_nm
        Pixels per nm.
    rotation
        Matrix (3, 3) that turns laboratory axes into those of the view; the beam runs along the view's z.
        `zone_axis_rotation` makes one from a lattice. None looks along the laboratory z axis.
    tilt_deg
        Further tilt of the stage about the view's x, then y axis [degrees].
    field_nm
        Width and height of the picture [nm]; None takes the box three times (or the cluster with a margin).
    depth_nm
        Thickness of the slab that is looked through [nm]: particles with their centre inside count. None takes one
        period of the box along the beam, or all of a cluster.
    attenuation_per_nm
        :math:`\\mu` [1/nm].
    contrast_spread
        Standard deviation of the particles' contrast factors (about 0.2 in micrographs of perovskite cubes).
    blur_nm
        Standard deviation of the Gaussian blur [nm].
    dose_per_nm2
        Electrons per nm^2; None is a picture without noise.
    oversample
        Rays per pixel along x and along y, averaged.
    seed
        Seed of contrast factors and noise.

    Raises
    ------
    InputError
        For lengths that are not positive, a picture above 2^28 pixels, or a field without particles.

    Examples
    --------
    >>> from packing.configuration import configuration
    >>> from packing.shapes import cube
    >>> one = configuration([[0, 0, 0]], shapes=cube(8.6), box=[11, 11, 11])
    >>> simulate_tem(one, px_per_nm=2.0, field_nm=(110, 110))
    TemImage(220 x 220 px, 110 x 110 nm, 2 px/nm)
    """
    require_positive("px_per_nm", px_per_nm, "px/nm")
    require_non_negative("attenuation_per_nm", attenuation_per_nm, "1/nm")
    require_between("contrast_spread", contrast_spread, 0.0, 1.0)
    require_non_negative("blur_nm", blur_nm, "nm")
    require_between("oversample", oversample, 1, 8)
    if configuration.n_particles == 0:
        raise InputError("configuration has no particles. Give one with particles.")
    view = _tilt(tilt_deg) @ checked_rotation(rotation)
    width, height = field_nm if field_nm is not None else _default_field_nm(configuration, view)
    cols, rows = (round(require_positive("field_nm", s, "nm") * px_per_nm) for s in (width, height))
    if min(rows, cols) < 16 or rows * cols > _MAX_PIXELS:
        raise InputError(f"image of {rows} x {cols} px is outside 16 px to 2^28 pixels. Change field_nm or px_per_nm.")
    rng = np.random.default_rng(seed)
    depth = depth_nm if depth_nm is not None else _default_depth_nm(configuration, view)
    thickness = projected_thickness_nm(
        configuration,
        view=view,
        px_per_nm=px_per_nm,
        shape=(rows, cols),
        depth_nm=require_positive("depth_nm", depth, "nm"),
        contrast_spread=contrast_spread,
        rng=rng,
        oversample=oversample,
    )
    signal = np.exp(-attenuation_per_nm * thickness)
    if blur_nm > 0:
        signal = gaussian_filter(signal, blur_nm * px_per_nm, mode="nearest")
    if dose_per_nm2 is not None:
        per_pixel = require_positive("dose_per_nm2", dose_per_nm2, "1/nm²") / px_per_nm**2
        signal = rng.poisson(signal * per_pixel) / per_pixel
    return TemImage(
        pixels=signal,
        px_per_nm=px_per_nm,
        provenance={
            "kind": "simulated TEM",
            "n_particles": configuration.n_particles,
            "step": configuration.step,
            "shapes": [shape_to_dict(s) for s in configuration.shapes],
            "view": view.tolist(),
            "depth_nm": float(depth),
            "attenuation_per_nm": attenuation_per_nm,
            "contrast_spread": contrast_spread,
            "blur_nm": blur_nm,
            "dose_per_nm2": dose_per_nm2,
            "seed": seed,
        },
    )


def zone_axis_rotation(cell: ArrayLike, zone: tuple[int, int, int] = (0, 0, 1)) -> FloatArray:
    """Rotation (3, 3) that brings a lattice direction along the beam, so that its columns are seen end-on.

    Parameters
    ----------
    cell
        Lattice vectors as rows, shape (3, 3), of any length unit.
    zone
        Direction [uvw] of that lattice that becomes the view's z axis.

    Raises
    ------
    InputError
        For vectors that span no volume, or the direction (0, 0, 0).

    Notes
    -----
    The first lattice vector that is not along the zone axis comes to lie over the view's x axis.

    Examples
    --------
    >>> zone_axis_rotation([[0, 0, 2], [2, 0, 0], [0, 2, 0]]).round(6).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    rows = np.asarray(cell, dtype=float)
    if rows.shape != (3, 3) or not np.all(np.isfinite(rows)) or abs(np.linalg.det(rows)) < 1e-12:
        raise InputError(f"cell must be three vectors as rows that span a volume, got {rows.tolist()}.")
    if not any(zone):
        raise InputError("zone must not be (0, 0, 0). Give a lattice direction such as (0, 0, 1).")
    z = np.asarray(zone, dtype=float) @ rows
    z = z / np.linalg.norm(z)
    across = [v - (v @ z) * z for v in rows]
    x = next(v for v, full in zip(across, rows, strict=True) if np.linalg.norm(v) > 1e-6 * np.linalg.norm(full))
    x = x / np.linalg.norm(x)
    return np.array([x, np.cross(z, x), z])


def _tilt(tilt_deg: tuple[float, float]) -> FloatArray:
    a, b = np.deg2rad([require_between("tilt_deg", t, -90.0, 90.0, "degrees") for t in tilt_deg])
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    return about_y @ about_x


def checked_rotation(rotation: ArrayLike | None) -> FloatArray:
    """The ``rotation`` as a matrix (3, 3), the identity for None; an `InputError` for what is no rotation."""
    if rotation is None:
        return np.eye(3)
    matrix = np.array(rotation, dtype=float)
    if matrix.shape != (3, 3) or not np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-6) or np.linalg.det(matrix) < 0:
        raise InputError(f"rotation must be a rotation matrix (3, 3), got {matrix.tolist()}. See zone_axis_rotation.")
    return matrix


def _default_field_nm(c: Configuration, view: FloatArray) -> tuple[float, float]:
    if c.cell_nm is not None:
        side = 3 * float(np.cbrt(abs(np.linalg.det(c.cell_nm))))
        return side, side
    extent = np.ptp(c.positions_nm @ view.T, axis=0) + 4 * max(s.circumradius_nm for s in c.shapes)
    return float(extent[0]), float(extent[1])


def _default_depth_nm(c: Configuration, view: FloatArray) -> float:
    if c.cell_nm is None:
        return float(np.ptp(c.positions_nm @ view.T[:, 2]) * 1.001 + 1.0)
    # The shortest box vector within 10 degrees of the beam is a period along it; else the cube root of the volume.
    cell = c.cell_nm @ view.T
    along = [abs(v[2]) for v in cell if abs(v[2]) > np.cos(np.deg2rad(10)) * np.linalg.norm(v)]
    return float(min(along)) if along else float(np.cbrt(abs(np.linalg.det(cell))))
