r"""GISAXS of a film of superlattices in the distorted-wave Born approximation.

Incoming and outgoing wave are each partly reflected at the substrate, so that a body scatters along four paths,

.. math:: M(q_\parallel, \alpha_f) = \sum_{s_i,s_f=\pm} C_{s_i}(\alpha_i)\,C_{s_f}(\alpha_f)\,
    P(q_\parallel,\;s_fk_z(\alpha_f)+s_ik_z(\alpha_i)),\qquad C_+ = T,\; C_- = R

with the amplitudes T and R and the refracted :math:`k_z` in the film. Of a crystal of height h with its base at height
:math:`z_0`, rods stand at the in-plane components g of its reciprocal vectors G, and along them

.. math:: P = \sum_{G_z} s_G\,Vf(g, Q_z)\,e^{-Q^2u^2/2}\,e^{-i(Q_z-G_z)(z_0+h/2)}\,
    \frac{\sin((Q_z-G_z)h/2)}{(Q_z-G_z)h/2}

with the mean phase :math:`s_G` of the particles. A film is many such domains, turned at random about the normal: each
rod is a line of the width of the domain, and domains scatter independently. What size spread and displacements take
from the rods scatters diffusely, along the same four paths. S. K. Sinha et al., Phys. Rev. B 38, 2297 (1988),
doi:10.1103/PhysRevB.38.2297; G. Renaud, R. Lazzari and F. Leroy, Surf. Sci. Rep. 64, 255 (2009),
doi:10.1016/j.surfrep.2009.07.002.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_positive
from packing.errors import InputError
from structure.grazing.film import FilmCrystal
from structure.grazing.layers import FilmLayers
from structure.patterns.patterns import ScatteringPattern
from structure.widths import FWHM_PER_SIGMA, scherrer_fwhm_inv_nm

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

#: Rods are followed this many standard deviations from their middle.
_REACH = 5.0
_N_ANGLES = 1600
_PATHS = tuple(itertools.product((1, -1), repeat=2))


def rod_intensity(film: FilmCrystal, layers: FilmLayers, rod_inv_nm: ArrayLike, exit_rad: ArrayLike) -> FloatArray:
    """Intensity along one rod per particle squared [nm^6], against the exit angle.

    Parameters
    ----------
    film
        The domain.
    layers
        The film on its substrate, and the beam.
    rod_inv_nm
        In-plane place of the rod in the film's axes [1/nm], shape (2,).
    exit_rad
        Exit angles in vacuum [rad], shape (n,).
    """
    angles = np.asarray(exit_rad, dtype=float)
    rod = np.asarray(rod_inv_nm, dtype=float)
    q_max = float(np.hypot(np.linalg.norm(rod), 1.3 * layers.k_inv_nm * (np.sin(angles.max()) + 0.01) + 0.5)) + 0.3
    _, vectors, phases = film.reflections(q_max)
    mine = np.linalg.norm(vectors[:, :2] - rod, axis=1) < 1e-6
    return _rod(film, layers, vectors[mine], phases[mine], angles)


def gisaxs_intensity(
    film: FilmCrystal, layers: FilmLayers, q_par_inv_nm: FloatArray, q_z_inv_nm: FloatArray, *, diffuse: float = 1.0
) -> FloatArray:
    """Intensity of a film of domains turned at random about the normal, at points of reciprocal space.

    Parameters
    ----------
    film, layers
        The domain, and the film on its substrate.
    q_par_inv_nm
        In-plane component, positive [1/nm], any shape.
    q_z_inv_nm
        Normal component of the scattering vector in vacuum [1/nm], of the same shape.
    diffuse
        Factor of the diffuse part; 0 leaves it out.

    Returns
    -------
    ndarray
        Intensity per particle over its squared volume; zero below the horizon.

    Raises
    ------
    InputError
        For arrays of different shape, or that lie below the horizon.
    """
    q_par, q_z = np.asarray(q_par_inv_nm, dtype=float), np.asarray(q_z_inv_nm, dtype=float)
    if q_par.shape != q_z.shape:
        raise InputError(f"q_par_inv_nm and q_z_inv_nm must have one shape, got {q_par.shape} and {q_z.shape}.")
    start = math.sin(math.radians(layers.incidence_deg))
    sine = q_z / layers.k_inv_nm - start
    above = (sine > 0) & (sine < 0.5)
    if not above.any():
        raise InputError("the frame lies below the horizon of the film. Check the geometry and incidence_deg.")
    grid = np.linspace(1e-5, float(np.arcsin(sine[above].max())), _N_ANGLES)
    q_max = float(np.hypot(q_par[above].max(), 1.05 * q_z[above].max() + 0.3)) + 0.3
    _, vectors, phases = film.reflections(q_max)
    sigma = scherrer_fwhm_inv_nm(film.domain_nm) / FWHM_PER_SIGMA
    exit_sine = np.where(above, sine, 0.0)
    out = np.zeros(q_par.shape)
    where = np.sin(grid)
    keys = np.round(vectors[:, :2], 6)
    rods, inverse = np.unique(keys, axis=0, return_inverse=True)
    for index, rod in enumerate(rods):
        length = float(np.linalg.norm(rod))
        near = above & (np.abs(q_par - length) < _REACH * sigma)
        if length < 1e-9 or not near.any():
            continue
        mine = inverse.ravel() == index
        along = np.interp(exit_sine[near], where, _rod(film, layers, vectors[mine], phases[mine], grid))
        # A ring of spots of unit height in the plane: what a powder of them leaves at its radius.
        profile = np.exp(-(((q_par[near] - length) / sigma) ** 2) / 2) * sigma / (math.sqrt(2 * math.pi) * length)
        out[near] += film.n_particles * along * profile
    if diffuse > 0:
        out[above] += diffuse * _diffuse(film, layers, q_par[above], np.arcsin(exit_sine[above]))
    return out / film.body.volume_nm3**2


def simulate_gisaxs(
    film: FilmCrystal,
    layers: FilmLayers,
    *,
    q_par_max_inv_nm: float = 2.0,
    q_z_max_inv_nm: float = 2.0,
    n_pixels: int = 512,
    diffuse: float = 1.0,
) -> ScatteringPattern:
    """GISAXS frame of a film on even axes: in-plane q to both sides, and the normal q of vacuum upwards.

    Parameters
    ----------
    film, layers
        The domain, and the film on its substrate.
    q_par_max_inv_nm, q_z_max_inv_nm
        Edges [1/nm].
    n_pixels
        Columns and rows.
    diffuse
        Factor of the diffuse part.

    Raises
    ------
    InputError
        For edges that are not positive, or below the horizon.

    Examples
    --------
    >>> from packing.shapes import Sphere
    >>> from structure.grazing.layers import substrate_index
    >>> film = FilmCrystal(cell_nm=12 * np.eye(3), sites_nm=np.zeros((1, 3)), body=Sphere(diameter_nm=10.0))
    >>> layers = FilmLayers(wavelength_nm=0.15, incidence_deg=0.4, substrate=substrate_index("Si", 0.15))
    >>> frame = simulate_gisaxs(film, layers, n_pixels=64, q_par_max_inv_nm=0.8, q_z_max_inv_nm=1.0)
    >>> bool(np.nanmax(frame.intensity[:, 32 + 21]) > 10 * np.nanmax(frame.intensity[:, 32 + 14]))
    True
    """
    require_positive("q_par_max_inv_nm", q_par_max_inv_nm, "1/nm")
    require_positive("q_z_max_inv_nm", q_z_max_inv_nm, "1/nm")
    pixels = np.arange(n_pixels, dtype=np.float64)
    across = np.asarray((pixels - n_pixels // 2) * (2 * q_par_max_inv_nm / n_pixels), dtype=np.float64)
    up = np.asarray((pixels + 0.5) * (q_z_max_inv_nm / n_pixels), dtype=np.float64)
    # On a detector the in-plane component has a part along the beam, which grows with the exit angle.
    start = math.radians(layers.incidence_deg)
    sine = np.clip(up / layers.k_inv_nm - math.sin(start), 0, 1)
    along = layers.k_inv_nm * (np.sqrt(1 - sine**2) - math.cos(start))
    q_par = np.hypot(across[None, :], along[:, None])
    image = gisaxs_intensity(film, layers, q_par, np.broadcast_to(up[:, None], q_par.shape), diffuse=diffuse)
    horizon = layers.k_inv_nm * math.sin(start)
    note = "" if layers.incidence_deg > layers.film.critical_deg else ", below the critical angle of the film"
    return ScatteringPattern(
        qx_inv_nm=across,
        qy_inv_nm=up,
        intensity=np.where(up[:, None] > horizon, image, np.nan),
        label=f"GISAXS at {layers.incidence_deg:g} degrees{note}",
        provenance={
            "layers": repr(layers),
            "axes": ["$q_y$ [nm$^{-1}$]", "$q_z$ in vacuum [nm$^{-1}$]"],
            "yoneda_q_z_inv_nm": yoneda_inv_nm(layers),
            "critical_film_deg": layers.film.critical_deg,
            "critical_substrate_deg": layers.substrate.critical_deg,
            "below_critical": layers.incidence_deg <= layers.film.critical_deg,
            "unit": "per particle over its squared volume",
        },
    )


def yoneda_inv_nm(layers: FilmLayers) -> tuple[float, float]:
    """Normal q in vacuum where the exit angle is the critical one of the film, and of the substrate [1/nm]."""
    start = math.sin(math.radians(layers.incidence_deg))
    angles = (layers.film.critical_deg, layers.substrate.critical_deg)
    film, substrate = (layers.k_inv_nm * (start + math.sin(math.radians(a))) for a in angles)
    return film, substrate


def _paths(layers: FilmLayers, exit_rad: FloatArray) -> list[tuple[ComplexArray, ComplexArray]]:
    """Weight and normal component of the scattering vector in the film, of each of the four paths."""
    k_in, down_in, up_in = layers.waves(math.radians(layers.incidence_deg))
    k_out, down_out, up_out = layers.waves(exit_rad)
    coming, going = {1: down_in, -1: up_in}, {1: down_out, -1: up_out}
    return [(coming[i] * going[f], f * k_out + i * k_in) for i, f in _PATHS]


def _rod(
    film: FilmCrystal, layers: FilmLayers, vectors: FloatArray, phases: ComplexArray, exit_rad: FloatArray
) -> FloatArray:
    total = np.zeros(len(exit_rad), dtype=complex)
    if not len(vectors):
        return total.real
    rod = vectors[0, :2]
    middle = film.base_nm + film.height_nm / 2
    for weight, q_z in _paths(layers, exit_rad):
        real = q_z.real
        q = np.column_stack([np.full(len(real), rod[0]), np.full(len(real), rod[1]), real])
        mean, _ = film.over_sizes(q)
        damping = np.exp(-(rod @ rod + real**2) * film.displacement_nm**2 / 2)
        away = q_z[:, None] - vectors[:, 2]
        half = away * film.height_nm / 2 + 1e-12
        shape = np.exp(-1j * away * middle) * np.sin(half) / half
        total += weight * mean * damping * (shape @ phases)
    return np.abs(total) ** 2


def _diffuse(film: FilmCrystal, layers: FilmLayers, q_par: FloatArray, exit_rad: FloatArray) -> FloatArray:
    """What each particle scatters for itself, along the four paths, which do not interfere here."""
    total = np.zeros(len(q_par))
    middle = film.base_nm + film.height_nm / 2
    for weight, q_z in _paths(layers, exit_rad):
        mean, variance = film.amplitude_nm3(q_par, q_z.real)
        lost = 1 - np.exp(-(q_par**2 + q_z.real**2) * film.displacement_nm**2)
        total += np.abs(weight * np.exp(-1j * q_z * middle)) ** 2 * (variance + lost * mean**2)
    return total
