"""Form factor amplitudes of the nanocrystal shapes, 1 at q = 0, at any scattering vector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_non_negative
from packing.errors import InputError
from packing.shapes import Cuboid, Shape, Sphere
from structure.form_factors.polyhedron import polyhedron_amplitude
from structure.form_factors.rounded import rounded_cuboid_amplitude
from structure.form_factors.superball import Superball, superball_amplitude

FloatArray = NDArray[np.float64]

#: Every body whose amplitude is known.
Body = Shape | Superball


def sphere_amplitude(q_inv_nm: ArrayLike, radius_nm: float) -> FloatArray:
    r"""Amplitude of a sphere: :math:`3(\sin x - x\cos x)/x^3` with :math:`x = qR` (Rayleigh).

    Parameters
    ----------
    q_inv_nm
        Length of the scattering vector [1/nm], any shape.
    radius_nm
        Radius [nm].

    Returns
    -------
    ndarray
        Amplitude over the volume; its first zero lies at qR = 4.4934.

    Examples
    --------
    >>> sphere_amplitude([0.0, 4.493409 / 5], 5.0).round(6).tolist()
    [1.0, 0.0]

    References
    ----------
    Reviewed by J. S. Pedersen, Adv. Colloid Interface Sci. 70, 171 (1997), doi:10.1016/S0001-8686(97)00312-6.
    """
    x = np.abs(np.asarray(q_inv_nm, dtype=float) * radius_nm)
    # Below 0.05 the difference of the two terms cancels; two terms of the series are exact there to 1e-10.
    small = x < 0.05
    safe = np.where(small, 1.0, x)
    series = 1 - x**2 / 10 + x**4 / 280
    return np.where(small, series, 3 * (np.sin(safe) - safe * np.cos(safe)) / safe**3)


def cuboid_amplitude(q_vectors_inv_nm: ArrayLike, edges_nm: ArrayLike) -> FloatArray:
    r"""Amplitude of a sharp cuboid: :math:`\prod_i \sin(q_iL_i/2)/(q_iL_i/2)`.

    Parameters
    ----------
    q_vectors_inv_nm
        Scattering vectors in the axes of the body [1/nm], shape (..., 3).
    edges_nm
        Edges [nm], three numbers.

    Returns
    -------
    ndarray
        Amplitude over the volume, shape (...).

    Examples
    --------
    >>> cuboid_amplitude([[0.0, 0.0, np.pi / 8]], (8.0, 8.0, 8.0)).round(6).tolist()
    [0.63662]

    References
    ----------
    Reviewed by J. S. Pedersen, Adv. Colloid Interface Sci. 70, 171 (1997), doi:10.1016/S0001-8686(97)00312-6.
    """
    q = np.asarray(q_vectors_inv_nm, dtype=float)
    product: FloatArray | float = 1.0
    for i, edge in enumerate(np.asarray(edges_nm, dtype=float)):
        # The shift makes 0/0 a 1 and is lost in every other number.
        x = q[..., i] * (edge / 2) + 1e-300
        product = product * (np.sin(x) / x)
    return np.asarray(product)


def amplitude(body: Body, q_vectors_inv_nm: ArrayLike) -> FloatArray:
    """Form factor amplitude of a nanocrystal over its volume, at scattering vectors in its own axes.

    All bodies here have a centre of inversion, so the amplitude is real.

    Parameters
    ----------
    body
        A sphere, cuboid (sharp, rounded or truncated) or superball.
    q_vectors_inv_nm
        Scattering vectors [1/nm], shape (..., 3).

    Returns
    -------
    ndarray
        Amplitude, shape (...); 1 at q = 0.

    Raises
    ------
    InputError
        For scattering vectors that are not finite or have no three components.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> amplitude(cube(8.0), [[0.0, 0.0, 0.0], [0.7, 0.0, 0.0]]).round(4).tolist()
    [1.0, 0.1196]
    """
    q = np.asarray(q_vectors_inv_nm, dtype=float)
    if q.ndim == 0 or q.shape[-1] != 3:
        raise InputError(f"q_vectors_inv_nm must have shape (..., 3), got {q.shape}.")
    if not np.all(np.isfinite(q)):
        raise InputError("q_vectors_inv_nm must be finite.")
    if isinstance(body, Sphere):
        return sphere_amplitude(np.linalg.norm(q, axis=-1), body.diameter_nm / 2)
    if isinstance(body, Superball):
        return superball_amplitude(q, body)
    return _cuboid(body, q)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreShell:
    """A nanocrystal in a shell of even thickness, such as its ligands, in a medium.

    Parameters
    ----------
    core
        Shape of the core.
    shell_nm
        Thickness of the shell [nm], the same for every core size.
    core_contrast, shell_contrast
        Excess scattering length density of core and shell over the medium, in one unit.

    Examples
    --------
    >>> from packing.shapes import Sphere
    >>> CoreShell(core=Sphere(diameter_nm=6.0), shell_nm=2.0, core_contrast=1.0, shell_contrast=0.1).outer
    Sphere(diameter_nm=10.0)
    """

    core: Shape
    shell_nm: float
    core_contrast: float = 1.0
    shell_contrast: float = 0.0

    def __post_init__(self) -> None:
        require_non_negative("shell_nm", self.shell_nm, "nm")

    @property
    def outer(self) -> Shape:
        """The shape of core and shell together."""
        return self.core.grown(self.shell_nm)

    @property
    def volume_nm3(self) -> float:
        """Volume of the core [nm^3]."""
        return self.core.volume_nm3

    @property
    def circumradius_nm(self) -> float:
        """Radius of the smallest sphere around core and shell [nm]."""
        return self.outer.circumradius_nm

    def scaled(self, factor: float) -> CoreShell:
        """The core multiplied by ``factor`` in the same shell."""
        return CoreShell(
            core=self.core.scaled(factor),
            shell_nm=self.shell_nm,
            core_contrast=self.core_contrast,
            shell_contrast=self.shell_contrast,
        )


def core_shell_amplitude(body: CoreShell, q_vectors_inv_nm: ArrayLike) -> FloatArray:
    r"""Excess scattering length of a core in a shell [contrast unit x nm^3].

    .. math:: F = (\rho_c-\rho_s)\,V_c f_c(q) + (\rho_s-\rho_m)\,V_t f_t(q)

    with the core ``c``, the shell ``s``, the medium ``m`` and the total body ``t``.

    Parameters
    ----------
    body
        Core, shell and contrasts.
    q_vectors_inv_nm
        Scattering vectors in the axes of the body [1/nm], shape (..., 3).

    Returns
    -------
    ndarray
        Amplitude, shape (...); at q = 0 the sum of contrast times volume.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> body = CoreShell(core=cube(2.0), shell_nm=1.0, core_contrast=2.0, shell_contrast=1.0)
    >>> round(float(core_shell_amplitude(body, [0.0, 0.0, 0.0])), 9)
    72.0
    """
    return sum(c * b.volume_nm3 * amplitude(b, q_vectors_inv_nm) for c, b in amplitude_terms(body))  # type: ignore[return-value]


def amplitude_terms(body: Body | CoreShell) -> tuple[tuple[float, Body], ...]:
    """The amplitude as a sum over (contrast, uniform body), the contrasts relative to the solvent."""
    if isinstance(body, CoreShell):
        return ((body.core_contrast - body.shell_contrast, body.core), (body.shell_contrast, body.outer))
    return ((1.0, body),)


def _cuboid(body: Cuboid, q: FloatArray) -> FloatArray:
    if body.truncation > 0:
        return polyhedron_amplitude(q, body.vertices_nm).real
    if body.rounding_nm > 0:
        return rounded_cuboid_amplitude(q, body.edges_nm, body.rounding_nm)
    return cuboid_amplitude(q, body.edges_nm)
