"""Do the atomic lattices of the nanocrystals point the same way? Their mean axes, up to the crystal's own symmetry."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from packing.configuration import Configuration
from structure.diffraction.atomic import AtomicCrystal

FloatArray = NDArray[np.float64]

ALIGNED_DEG = 12.0
"""Root mean square misorientation up to which nanocrystals count as co-oriented: beyond it their reflections overlap
with those of other directions."""

_REFERENCES = 12


@dataclass(frozen=True, slots=True, eq=False)
class CommonAxes:
    """How the atomic lattices of a frame lie to each other.

    Parameters
    ----------
    mean
        Rotation from body to laboratory axes that is nearest to all, shape (3, 3).
    equivalents
        For each particle the symmetry of the crystal that brings it nearest to the mean, shape (N, 3, 3).
    misorientation_deg
        Root mean square angle to the mean [degrees].
    """

    mean: FloatArray
    equivalents: FloatArray
    misorientation_deg: float

    @property
    def aligned(self) -> bool:
        """Whether the particles count as co-oriented."""
        return self.misorientation_deg <= ALIGNED_DEG


def common_axes(frame: Configuration, crystal: AtomicCrystal) -> CommonAxes:
    r"""The mean orientation of the atomic lattices of all particles, each taken in its nearest equivalent.

    The mean is the rotation nearest to :math:`\sum_j R_jS_j` (its polar part), with the rotations S of the crystal that
    leave it as it is about its centre. Of a dozen particles as first guess the one that most agree with is taken.

    Parameters
    ----------
    frame
        The particles.
    crystal
        Their atomic lattice, in the axes of the body.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> from structure.diffraction.atomic import atomic_crystal
    >>> film = build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.6), misorientation_fwhm_deg=2.0)
    >>> found = common_axes(film, atomic_crystal("CsPbBr3 cubic"))
    >>> found.aligned, found.misorientation_deg < 3
    (True, True)
    """
    turns = frame.rotations
    symmetry = symmetry_rotations(crystal)
    best: tuple[float, FloatArray, FloatArray] | None = None
    for reference in turns[:: max(1, len(turns) // _REFERENCES)][:_REFERENCES]:
        mean = reference
        for _ in range(3):
            chosen, _ = _nearest(turns, symmetry, mean)
            u, _, vt = np.linalg.svd((turns @ chosen).sum(axis=0))
            mean = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
        chosen, angles = _nearest(turns, symmetry, mean)
        rms = float(np.sqrt(np.mean(angles**2)))
        if best is None or rms < best[0]:
            best = rms, mean, chosen
    assert best is not None
    # Of the equivalent means the one nearest to the laboratory axes, so that indices read as one expects.
    rms, mean, chosen = best
    plain = symmetry[np.einsum("ab,kba->k", mean, symmetry).argmax()]
    return CommonAxes(mean @ plain, chosen @ plain, float(np.degrees(rms)))


def cell_seen_along(crystal: AtomicCrystal, axes: CommonAxes, view: FloatArray) -> FloatArray:
    """Cell vectors as rows in laboratory axes [nm], in the equivalent whose axes lie nearest to those of a detector.

    Parameters
    ----------
    crystal
        The atomic lattice.
    axes
        Mean orientation of the dots.
    view
        Rotation from laboratory axes to those of the detector, shape (3, 3).
    """
    symmetry = symmetry_rotations(crystal)
    plain = symmetry[np.einsum("ab,bc,kca->k", view, axes.mean, symmetry).argmax()]
    return np.asarray(crystal.cell_nm @ (axes.mean @ plain).T)


def symmetry_rotations(crystal: AtomicCrystal) -> FloatArray:
    """Rotations of a cube that bring all reflections of a crystal onto equally strong ones, shape (k, 3, 3)."""
    return _symmetry(crystal.cell_nm.tobytes(), crystal.positions_nm.tobytes(), crystal.elements, crystal.occupancies)


@functools.lru_cache(maxsize=32)
def _symmetry(cell: bytes, positions: bytes, elements: tuple[str, ...], occupancies: tuple[float, ...]) -> FloatArray:
    rows = np.frombuffer(cell).reshape(3, 3)
    crystal = AtomicCrystal("", rows, elements, np.frombuffer(positions).reshape(-1, 3), occupancies=occupancies)
    _, vectors, squared = crystal.reflections(3.5 * 2 * np.pi / float(np.cbrt(crystal.volume_nm3)))
    kept = []
    for turn in Rotation.create_group("O").as_matrix():
        indices = vectors @ turn.T @ rows.T / (2 * np.pi)
        if np.abs(indices - np.rint(indices)).max() > 1e-6:
            continue
        if np.allclose(np.abs(crystal.cell_amplitude(vectors @ turn.T)) ** 2, squared, atol=1e-6 * squared.max()):
            kept.append(turn)
    return np.array(kept)


def _nearest(turns: FloatArray, symmetry: FloatArray, mean: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The equivalent of each particle nearest to the mean, and its angle to it [rad]."""
    # The trace of mean^T R S tells the angle between them.
    traces = (mean.T @ turns).reshape(-1, 9) @ np.swapaxes(symmetry, 1, 2).reshape(-1, 9).T
    index = traces.argmax(axis=1)
    cosine = np.clip((traces[np.arange(len(turns)), index] - 1) / 2, -1, 1)
    return symmetry[index], np.arccos(cosine)
