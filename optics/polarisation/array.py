"""Polarised light of an array of dots from their orientations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from packing.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PolarisedEmission:
    """Light of an array seen along a direction.

    Parameters
    ----------
    tensor
        Mean of the dipoles' outer products, shape (3, 3), trace one: all that polarisation knows of the array.
    view
        Unit vector towards the observer, shape (3,).
    polarisation
        Degree of linear polarisation seen from there, 0 to 1.
    axis
        Unit vector of the brightest polarisation, shape (3,).
    """

    tensor: FloatArray
    view: FloatArray
    polarisation: float
    axis: FloatArray

    def intensity(self, angle_deg: ArrayLike) -> FloatArray:
        """Intensity through a polariser at angles [degrees] from the brightest one, mean over all angles 1/2.

        Parameters
        ----------
        angle_deg
            Angles of the polariser from the brightest [degrees], any shape.
        """
        c2 = np.cos(np.radians(np.asarray(angle_deg, dtype=float))) ** 2
        return np.asarray((1 - self.polarisation) / 2 + self.polarisation * c2)

    def plot(self, ax: Axes | None = None, **style: Any) -> Axes:
        """Draw the intensity against the angle of a polariser and return the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        angle = np.linspace(0, 360, 361)
        ax.plot(angle, self.intensity(angle), **{"label": f"polarisation {self.polarisation:.2f}"} | style)
        ax.set(
            xlabel="Polariser [degrees from the brightest]", ylabel="Intensity, mean over angles 1/2", ylim=(0, 1.05)
        )
        return ax


def polarised_emission(
    rotations: ArrayLike, weights: ArrayLike, *, view: tuple[float, float, float] = (0.0, 0.0, 1.0)
) -> PolarisedEmission:
    r"""Degree of linear polarisation of incoherent dipoles along the body axes of the dots.

    .. math:: I(\mathbf e)=\sum_iw_a|\mathbf e\cdot R_i\mathbf e_a|^2,\qquad
              \mathrm{DLP}=\frac{I_\mathrm{max}-I_\mathrm{min}}{I_\mathrm{max}+I_\mathrm{min}}

    For one dipole in the plane and a Gaussian misorientation of standard deviation s in that plane it is
    :math:`e^{-2s^2}`. Far field, no cavity, no substrate.

    Parameters
    ----------
    rotations
        Rotation matrices body to laboratory, shape (N, 3, 3), as `Configuration.rotations`.
    weights
        Light of the dipole along each body axis, shape (3,) or (N, 3).
    view
        Direction towards the observer.

    Raises
    ------
    InputError
        For arrays of another shape.

    Examples
    --------
    >>> along_x = polarised_emission(np.eye(3)[None], [1.0, 0.0, 0.0])
    >>> round(along_x.polarisation, 12), np.abs(along_x.axis).round(12).tolist()
    (1.0, [1.0, 0.0, 0.0])
    """
    turned = np.asarray(rotations, dtype=float)
    share = np.asarray(weights, dtype=float)
    if turned.ndim != 3 or turned.shape[1:] != (3, 3) or share.shape not in ((3,), (len(turned), 3)):
        raise InputError(
            f"rotations must be (N, 3, 3) and weights (3,) or (N, 3), got {turned.shape} and {share.shape}."
        )
    share = np.broadcast_to(share, (len(turned), 3))
    tensor = np.einsum("nia,nja,na->ij", turned, turned, share) / share.sum()
    direction = np.asarray(view, dtype=float)
    direction = direction / np.linalg.norm(direction)
    across = np.linalg.svd(direction[None, :])[2][1:]
    values, vectors = np.linalg.eigh(across @ tensor @ across.T)
    total = float(values.sum())
    axis = across.T @ vectors[:, 1]
    axis = axis * np.sign(axis[np.argmax(np.abs(axis))])
    return PolarisedEmission(
        tensor=tensor,
        view=direction,
        polarisation=float((values[1] - values[0]) / total) if total > 0 else 0.0,
        axis=axis,
    )


def misorientation_polarisation(spread_deg: float) -> float:
    """Polarisation of one in-plane dipole a dot at a Gaussian misorientation [degrees] in the plane, exp(-2 s^2).

    Parameters
    ----------
    spread_deg
        Standard deviation of the misorientation [degrees].

    Examples
    --------
    >>> round(misorientation_polarisation(10.0), 4), round(misorientation_polarisation(20.0), 3)
    (0.9409, 0.784)
    """
    return float(np.exp(-2 * np.radians(spread_deg) ** 2))


def random_cube_axis(rotations: ArrayLike, rng: np.random.Generator) -> FloatArray:
    """The rotations with the third body axis on a cube axis drawn for each dot, shape (N, 3, 3).

    Which of its axes becomes the c axis of a tetragonal dot, a cube's shape does not say: drawn at random, the array is
    unpolarised however well its cubes are aligned.

    Parameters
    ----------
    rotations
        Rotation matrices body to laboratory, shape (N, 3, 3).
    """
    turned = np.asarray(rotations, dtype=float)
    chosen = rng.integers(0, 3, len(turned))
    rolled = [np.roll(np.eye(3), k, axis=1) for k in range(3)]
    return np.asarray(turned @ np.stack(rolled)[chosen])


def nearest_cube_axes(rotations: ArrayLike) -> FloatArray:
    """The rotations of cubes with their axes named alike, shape (N, 3, 3).

    A cube looks the same in 24 orientations, and a simulation names its axes at random. Each rotation is replaced by
    that of its 24 which lies nearest to the mean orientation: the best alignment that the shapes allow.

    Parameters
    ----------
    rotations
        Rotation matrices body to laboratory, shape (N, 3, 3).

    Examples
    --------
    >>> quarter = [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    >>> found = nearest_cube_axes([np.eye(3), quarter])
    >>> bool(np.allclose(found[0], found[1]))
    True
    """
    turned = np.asarray(rotations, dtype=float)
    symmetry = Rotation.create_group("O").as_matrix()
    all_of_them = np.einsum("nij,sjk->nsik", turned, symmetry)
    mean = turned[0]
    for _ in range(10):
        best = np.argmax(np.einsum("nsij,ij->ns", all_of_them, mean), axis=1)
        chosen = all_of_them[np.arange(len(turned)), best]
        u, _, v = np.linalg.svd(chosen.mean(axis=0))
        new = u @ v
        if np.allclose(new, mean, atol=1e-12):
            break
        mean = new
    return np.asarray(chosen)
