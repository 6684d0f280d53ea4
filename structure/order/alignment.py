"""How the nanocrystals' own axes are aligned: cubatic order, faces towards neighbours, misorientation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from packing.configuration import quaternions_to_matrices
from structure.order.neighbours import Neighbours
from structure.widths import FWHM_PER_SIGMA

FloatArray = NDArray[np.float64]

# Mean of the largest direction cosine of a random direction: (3 sqrt 2 / pi) atan(1 / sqrt 2) .
RANDOM_FACING = 3 * math.sqrt(2) / math.pi * math.atan(1 / math.sqrt(2))


@dataclass(frozen=True, slots=True, eq=False)
class Misorientation:
    """Spread of the particles' axes about their common mean, as selected-area diffraction shows it.

    Parameters
    ----------
    fwhm_deg
        Mean of the three values below [degrees]; nan where the particles share no axes.
    fwhm_by_beam_deg
        Full width at half maximum of the azimuth of the {100} axes, seen along each mean axis [degrees], shape (3,).
    mean_axes
        The mean axes as columns, shape (3, 3).
    """

    fwhm_deg: float
    fwhm_by_beam_deg: FloatArray
    mean_axes: FloatArray


def face_to_face_alignment(rotations: FloatArray, neighbours: Neighbours, bonds: NDArray[np.bool_]) -> float:
    r"""How squarely neighbours face each other: 1 when every bond leaves both particles through a face centre.

    The mean over bonds and over both ends of the largest direction cosine :math:`m` between the bond and the particle's
    axes, scaled so that independent directions give zero: :math:`(\langle m \rangle - m_0)/(1 - m_0)` with
    :math:`m_0 = (3\sqrt2/\pi)\arctan(1/\sqrt2) = 0.831`. Bonds through edges give -0.73, through corners -1.50.

    Parameters
    ----------
    rotations
        Matrices that take vectors of the body to the box, shape (N, 3, 3).
    neighbours
        Neighbours of all particles.
    bonds
        Which of them count as bonds, shape (N, k).

    Notes
    -----
    :math:`m_0` is the mean of :math:`\max(|x|, |y|, |z|)` over the unit sphere, integrated over one face of the cube
    projected onto it.
    """
    i, _ = np.nonzero(bonds)
    if len(i) == 0:
        return float("nan")
    j = neighbours.indices[bonds]
    unit = neighbours.vectors_nm[bonds] / neighbours.distances_nm[bonds][:, None]
    facing = [np.abs(np.einsum("nij,ni->nj", rotations[k], unit)).max(axis=1) for k in (i, j)]
    return float((np.mean(facing) - RANDOM_FACING) / (1 - RANDOM_FACING))


def misorientation(orientations: FloatArray, director: FloatArray) -> Misorientation:
    """Azimuthal spread of the {100} axes about their mean.

    Along each mean axis the two other axes of every particle are projected; the azimuth phi counts modulo 90 degrees.
    The width is that of the wrapped Gaussian with the same resultant, ``sigma = sqrt(-2 ln |<exp(4 i phi)>|) / 4``, and
    FWHM = 2.355 sigma (wrapped normal distribution; Mardia and Jupp, Directional Statistics, Wiley 2000).

    Parameters
    ----------
    orientations
        Unit quaternions, shape (N, 4).
    director
        Quaternion of the common axes to start from (`packing.cubatic.cubatic_order` gives it), shape (4,).
    """
    axes = quaternions_to_matrices(director)
    body = quaternions_to_matrices(orientations)
    for _ in range(5):
        axes = axes @ Rotation.from_rotvec(_azimuths(body, axes)[0]).as_matrix()
    _, resultants = _azimuths(body, axes)
    # The resultant of n random azimuths is about 1/sqrt(n): below three times that there is no common axis.
    if np.any(resultants < 3 / math.sqrt(len(orientations))):
        return Misorientation(float("nan"), np.full(3, np.nan), axes)
    sigma = np.sqrt(np.maximum(-2 * np.log(np.minimum(resultants, 1.0)), 0.0)) / 4
    fwhm = np.degrees(sigma) * FWHM_PER_SIGMA
    return Misorientation(float(fwhm.mean()), fwhm, axes)


def _azimuths(body: FloatArray, axes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean azimuth about each mean axis [rad] and the length of the fourfold resultant, both shape (3,)."""
    local = axes.T @ body
    means, resultants = np.zeros(3), np.zeros(3)
    for beam in range(3):
        x, y = local[:, (beam + 1) % 3], local[:, (beam + 2) % 3]
        # The body axis along the beam is left out: its projection has no azimuth.
        along = np.argmax(np.abs(local[:, beam]), axis=1)
        keep = np.ones(x.shape, dtype=bool)
        np.put_along_axis(keep, along[:, None], False, axis=1)
        resultant = np.mean(np.exp(4j * np.arctan2(y[keep], x[keep])))
        means[beam], resultants[beam] = np.angle(resultant) / 4, np.abs(resultant)
    return means, resultants
