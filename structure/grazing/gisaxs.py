r"""GISAXS of a film of superlattices in the distorted-wave Born approximation.

Incoming and outgoing wave are each partly reflected at the substrate, so that a body scatters along four paths,

.. math:: M(q_\parallel, \alpha_f) = \sum_{s_i,s_f=\pm} C_{s_i}(\alpha_i)\,C_{s_f}(\alpha_f)\,
    P(q_\parallel,\;s_fk_z(\alpha_f)+s_ik_z(\alpha_i)),\qquad C_+ = T,\; C_- = R

with the amplitudes T and R and the refracted :math:`k_z` in the film. Rods stand at the in-plane components g of the
crystal's reciprocal vectors, and along them

.. math:: P = Vf(g, Q_z)\,e^{-Q^2u^2/2}\,P_g(Q_z)

with the sum :math:`P_g` over its layers (`structure.grazing.rods`). A film is many such domains, turned at random about
the normal: each rod is a line of the width of the domain, and domains scatter independently. What size spread and
displacements take from the rods scatters diffusely, along the same four paths, with the particles of a domain spread
evenly over its height. S. K. Sinha et al., Phys. Rev. B 38, 2297 (1988),
doi:10.1103/PhysRevB.38.2297; G. Renaud, R. Lazzari and F. Leroy, Surf. Sci. Rep. 64, 255 (2009),
doi:10.1016/j.surfrep.2009.07.002.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import interpolate
from scipy.special import ive

from packing.checks import require_positive
from packing.errors import InputError
from structure.grazing.film import FilmCrystal
from structure.grazing.layers import FilmLayers
from structure.grazing.rods import Rod, rods_of
from structure.patterns.patterns import ScatteringPattern
from structure.widths import FWHM_PER_SIGMA, scherrer_fwhm_inv_nm

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

#: Rods are followed this many standard deviations from their middle.
_REACH = 5.0
#: Exit angles at which rods are worked out: at least so many, at most so many, and in between so that a wave through
#: the film turns by no more than this from one to the next [rad].
_FEWEST_ANGLES, _MOST_ANGLES, _TURN = 1600, 6000, 0.15
#: Places across a rod at which the particles' form factor is worked out.
_N_ACROSS = 5
#: Step in q times size at which a form factor is worked out, to be interpolated.
_FORM_STEP = 0.1
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
    total = np.zeros(len(angles))
    for one in rods_of(film, q_max):
        if np.linalg.norm(one.place_inv_nm - rod) < 1e-6:
            total += _rod(film, layers, one, angles, np.array([np.linalg.norm(rod)]))[0]
    return total


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
    top = float(sine[above].max())
    n_angles = int(
        np.clip(layers.k_inv_nm * top * (film.base_nm + film.height_nm) / _TURN, _FEWEST_ANGLES, _MOST_ANGLES)
    )
    grid = np.linspace(1e-5, float(np.arcsin(top)), n_angles)
    q_max = float(np.hypot(q_par[above].max(), 1.05 * q_z[above].max() + 0.3)) + 0.3
    sigma = scherrer_fwhm_inv_nm(film.domain_nm) / FWHM_PER_SIGMA
    exit_sine = np.where(above, sine, 0.0)
    out = np.zeros(q_par.shape)
    where = np.sin(grid)
    nodes = _REACH * sigma * np.cos(np.pi * (np.arange(_N_ACROSS) + 0.5) / _N_ACROSS)
    for rod in rods_of(film, q_max):
        length = float(np.linalg.norm(rod.place_inv_nm))
        near = above & (np.abs(q_par - length) < _REACH * sigma)
        if length < 1e-9 or not near.any():
            continue
        across = [np.interp(exit_sine[near], where, one) for one in _rod(film, layers, rod, grid, length + nodes)]
        shares = interpolate.BarycentricInterpolator(nodes, np.eye(_N_ACROSS))(q_par[near] - length)
        along = np.maximum(np.einsum("pk,kp->p", shares, across), 0)
        # A ring of spots of unit height in the plane: what a powder of them leaves beside its radius.
        profile = np.exp(-(((q_par[near] - length) / sigma) ** 2) / 2) * ive(0, q_par[near] * length / sigma**2)
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


def _rod(film: FilmCrystal, layers: FilmLayers, rod: Rod, exit_rad: FloatArray, q_par_inv_nm: FloatArray) -> FloatArray:
    """Intensity along a rod, of particles as they scatter at distances ``q_par_inv_nm`` from the normal, (k, n)."""
    paths = _paths(layers, exit_rad)
    reach = max(float(np.abs(q_z.real).max()) for _, q_z in paths) + 1e-6
    steps = np.linspace(-reach, reach, int(2 * reach * film.body.circumradius_nm / _FORM_STEP) + 8)
    place = rod.place_inv_nm / max(float(np.linalg.norm(rod.place_inv_nm)), 1e-12) * q_par_inv_nm[:, None]
    x, y, z = np.broadcast_arrays(place[:, :1], place[:, 1:], steps)
    form = interpolate.CubicSpline(steps, film.mean_nm3(np.stack([x, y, z], axis=-1)), axis=1)
    total = np.zeros((len(q_par_inv_nm), len(exit_rad)), dtype=complex)
    for weight, q_z in paths:
        damping = np.exp(-(q_par_inv_nm[:, None] ** 2 + q_z.real**2) * film.displacement_nm**2 / 2)
        total += weight * rod.amplitude(q_z) * damping * form(q_z.real)
    return np.asarray(np.abs(total) ** 2)


def _diffuse(film: FilmCrystal, layers: FilmLayers, q_par: FloatArray, exit_rad: FloatArray) -> FloatArray:
    """What each particle scatters for itself along its four paths, on average over the heights of the film."""
    paths = _paths(layers, exit_rad)
    vectors = [np.stack(np.broadcast_arrays(q_par, 0.0, q_z.real), axis=-1) for _, q_z in paths]
    values = [film.of_sizes_nm3(q) for q in vectors]
    shares = film.size_shares
    means = [sum(s * x for s, x in zip(shares, v, strict=True)) for v in values]
    dampings = [np.exp(-(q_par**2 + q_z.real**2) * film.displacement_nm**2 / 2) for _, q_z in paths]
    total = np.zeros(len(q_par))
    for a, b in itertools.combinations_with_replacement(range(len(paths)), 2):
        (weight_a, q_a), (weight_b, q_b) = paths[a], paths[b]
        apart = q_a - np.conj(q_b)
        half = apart * film.height_nm / 2 + 1e-12
        spread = np.exp(-1j * apart * (film.base_nm + film.height_nm / 2)) * np.sin(half) / half
        # Displacements keep of the product of two paths what their difference in q leaves.
        kept = np.exp(-(np.real(q_a - q_b) ** 2) * film.displacement_nm**2 / 2)
        together = sum(s * x * y for s, x, y in zip(shares, values[a], values[b], strict=True))
        varied = kept * together - dampings[a] * dampings[b] * means[a] * means[b]
        total += (1 if a == b else 2) * np.real(weight_a * np.conj(weight_b) * spread) * varied
    return np.maximum(total, 0.0)
