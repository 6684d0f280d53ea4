r"""Rods of a film: along the normal its layers add up, few or many.

Where planes of the lattice lie parallel to the substrate, reciprocal vectors of one in-plane component g stand above
each other at :math:`2\pi/d` with the period d of the layers, and N whole layers scatter as

.. math:: P_g(Q_z) = \frac1{MN}\sum_{j=1}^M e^{-i(g\cdot r_j+Q_zz_j)}\sum_{n=0}^{N-1}e^{-in(Q_z-G_z)d}

with the M places of one layer and any :math:`G_z` of the rod: exact for few layers too, for which a sum over reciprocal
vectors near by leaves out the others' tails. Otherwise (no plane parallel to the substrate) each reciprocal vector is a
rod of its own, and the film a slab of the crystal, :math:`P_G=s_G\,e^{-i(Q_z-G_z)z_m}\sin x/x` with
:math:`x=(Q_z-G_z)h/2`, the mean phase :math:`s_G` of the places, and the slab's middle :math:`z_m` and height h.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import finufft
import numpy as np
from numpy.typing import NDArray

from structure.grazing.film import FilmCrystal

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

#: A lattice plane this near to the substrate's lies on it: a fitted cell is no better than that.
_PARALLEL_DEG = 1.0
#: Mean phase of the places below which a reflection is extinct.
_EXTINCT = 1e-3
#: Places up to which phases are summed one by one, with absorption between them.
_MOST_DIRECT = 16


@dataclass(frozen=True, slots=True, eq=False)
class Rod:
    """A line of reciprocal space along the normal.

    Parameters
    ----------
    place_inv_nm
        Its in-plane component in the film's axes [1/nm], shape (2,).
    heights_inv_nm
        Normal components of reciprocal vectors on it [1/nm], shape (m,).
    phases
        Mean phase of the places there, shape (m,): used where the film has no layers.
    layers
        How the film is layered; None where it is a slab of the crystal.
    """

    place_inv_nm: FloatArray
    heights_inv_nm: FloatArray
    phases: ComplexArray
    film: FilmCrystal
    layers: Layers | None

    def amplitude(self, q_z_inv_nm: ComplexArray) -> ComplexArray:
        """Mean phase of all particles, at components ``q_z_inv_nm`` [1/nm] that absorption makes complex (n,)."""
        film, q_z = self.film, np.asarray(q_z_inv_nm, dtype=complex)
        if self.layers is not None:
            return self.layers.amplitude(self.place_inv_nm, float(self.heights_inv_nm[0]), q_z)
        away = q_z[:, None] - self.heights_inv_nm
        half = away * film.height_nm / 2 + 1e-12
        middle = film.base_nm + film.height_nm / 2
        return np.asarray((np.exp(-1j * away * middle) * np.sin(half) / half) @ self.phases)


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """Whole layers of a crystal that lies with lattice planes on its substrate.

    Parameters
    ----------
    period_nm
        Distance of the layers [nm].
    count
        How many there are.
    places_nm
        Places of one layer, the lowest, over the substrate [nm], shape (m, 3).
    moved
        By how many periods each was brought down into it, shape (m,).
    upright
        The map of reciprocal vectors (rows) that puts the planes exactly parallel to the substrate, shape (3, 3).
    """

    period_nm: float
    count: int
    places_nm: FloatArray
    moved: FloatArray
    upright: FloatArray

    def amplitude(self, rod_inv_nm: FloatArray, height_inv_nm: float, q_z_inv_nm: ComplexArray) -> ComplexArray:
        """Mean phase of all places at normal components ``q_z_inv_nm`` [1/nm] of a rod, shape (n,).

        ``height_inv_nm`` is the normal component of any reciprocal vector on the rod ``rod_inv_nm`` [1/nm].
        """
        q_z, heights = q_z_inv_nm, np.ascontiguousarray(self.places_nm[:, 2])
        steps = np.exp(-1j * (self.places_nm[:, :2] @ rod_inv_nm + self.moved * height_inv_nm * self.period_nm))
        if len(heights) <= _MOST_DIRECT:
            one = np.exp(-1j * q_z[:, None] * heights) @ steps
        else:
            # Absorption within one layer is that of its middle.
            sums = finufft.nufft1d3(heights, steps, np.ascontiguousarray(q_z.real), eps=1e-8, isign=-1, nthreads=1)
            one = np.asarray(sums) * np.exp(q_z.imag * heights.mean())
        ratio = np.exp(-1j * (q_z - height_inv_nm) * self.period_nm)
        rest = 1 - ratio
        close = np.abs(rest) < 1e-9
        stack = np.where(close, self.count, (1 - ratio**self.count) / np.where(close, 1.0, rest))
        return np.asarray(one * stack / (len(heights) * self.count))


def layers_of(film: FilmCrystal) -> Layers | None:
    """How a film is layered, or None where no lattice plane lies parallel to the substrate (within a degree).

    The layer begins where the places leave the widest gap, so that fluctuations do not cut it.

    Parameters
    ----------
    film
        The domain.

    Examples
    --------
    >>> from packing.shapes import Sphere
    >>> body = Sphere(diameter_nm=8.0)
    >>> film = FilmCrystal(cell_nm=12 * np.eye(3), sites_nm=np.array([[0, 0, 4.0]]), body=body, height_nm=50.0)
    >>> layers_of(film).count, float(layers_of(film).period_nm)
    (4, 12.0)
    """
    cell = np.asarray(film.cell_nm, dtype=float)
    # The shortest reciprocal vector near the normal: layers are no farther apart than the sum of the cell's edges.
    _, vectors, _ = film.reflections(8 * 2 * np.pi / float(np.cbrt(abs(np.linalg.det(cell)))), extinct=True)
    length = np.linalg.norm(vectors, axis=1)
    tilt = np.linalg.norm(vectors[:, :2], axis=1)
    near = (vectors[:, 2] > 0) & (tilt <= np.tan(np.radians(_PARALLEL_DEG)) * np.abs(vectors[:, 2]))
    if not near.any():
        return None
    normal = vectors[near][length[near].argmin()]
    period = 2 * np.pi / float(normal[2])
    upright = np.eye(3)
    upright[2, :2] = -normal[:2] / normal[2]
    places = np.asarray(film.sites_nm, dtype=float) @ np.linalg.inv(upright).T
    # A hair, so that a place at the base is there and not a period higher.
    over = np.remainder(places[:, 2] - film.base_nm + 1e-9, period) - 1e-9
    order = np.sort(over)
    gaps = np.diff(np.append(order, order[0] + period))
    at = int(gaps.argmax())
    # Unless another gap is wider, the layer begins at the base.
    cut = 0.0 if gaps[-1] > 0.999 * gaps[at] else float(order[at] + gaps[at] / 2)
    over = np.where(over > cut, over, over + period) if cut > 0 else over
    over = over - period if cut > period / 2 else over
    lowest = np.column_stack([places[:, :2], over + film.base_nm])
    moved = np.rint((places[:, 2] - lowest[:, 2]) / period)
    return Layers(period, max(1, round(film.height_nm / period)), lowest, moved, upright)


def rods_of(film: FilmCrystal, q_max_inv_nm: float) -> Iterator[Rod]:
    """Every rod that holds a reflection up to ``q_max_inv_nm`` [1/nm].

    Parameters
    ----------
    film
        The domain.
    """
    layers = layers_of(film)
    _, vectors, phases = film.reflections(q_max_inv_nm, extinct=True)
    if layers is not None:
        vectors = vectors @ layers.upright
    _, inverse = np.unique(np.round(vectors[:, :2], 6), axis=0, return_inverse=True)
    for index in range(int(inverse.max(initial=-1)) + 1):
        mine = inverse.ravel() == index
        if np.abs(phases[mine]).max() > _EXTINCT:
            yield Rod(vectors[mine][0, :2], vectors[mine][:, 2], phases[mine], film, layers)
