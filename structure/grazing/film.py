"""A domain of superlattice that lies on a substrate."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_non_negative, require_positive
from packing.errors import InputError
from packing.shapes import Shape
from structure.form_factors.bodies import amplitude
from structure.form_factors.sizes import size_nodes

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

_N_SIZES = 9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FilmCrystal:
    """A domain of superlattice on a substrate, its axes those of the film: z is the normal.

    Parameters
    ----------
    cell_nm
        Lattice vectors as rows [nm], shape (3, 3).
    sites_nm
        Places of particles on that lattice [nm], shape (n, 3): of one cell, or of a whole simulated box.
    body
        Their shape.
    volume_per_site_nm3
        Of the crystal [nm^3]; None where the sites are those of one cell.
    body_turn
        Rotation from the body's axes to the film's, shape (3, 3).
    size_spread
        Standard deviation of the size over its mean.
    displacement_nm
        Further standard deviation of the places, per axis [nm].
    domain_nm
        Size of the domain in the plane [nm].
    height_nm
        Its height [nm].
    base_nm
        Height of its base over the substrate [nm].

    Raises
    ------
    InputError
        For a cell without volume, no sites, and sizes that are not positive.

    Examples
    --------
    >>> from packing.shapes import Sphere
    >>> FilmCrystal(cell_nm=12 * np.eye(3), sites_nm=np.zeros((1, 3)), body=Sphere(diameter_nm=10.0)).height_nm
    100.0
    """

    cell_nm: FloatArray
    sites_nm: FloatArray
    body: Shape
    volume_per_site_nm3: float | None = None
    body_turn: FloatArray | None = None
    size_spread: float = 0.0
    displacement_nm: float = 0.0
    domain_nm: float = 200.0
    height_nm: float = 100.0
    base_nm: float = 0.0

    def __post_init__(self) -> None:
        cell = np.asarray(self.cell_nm, dtype=float)
        if cell.shape != (3, 3) or abs(np.linalg.det(cell)) < 1e-9:
            raise InputError(f"cell_nm must be three vectors as rows that span a volume, got {cell.tolist()}.")
        if np.ndim(self.sites_nm) != 2 or not len(self.sites_nm):
            raise InputError("sites_nm must hold at least one place of three coordinates.")
        require_positive("domain_nm", self.domain_nm, "nm")
        require_positive("height_nm", self.height_nm, "nm")
        for name in ("size_spread", "displacement_nm", "base_nm"):
            require_non_negative(name, getattr(self, name))

    def reflections(
        self, q_max_inv_nm: float, *, extinct: bool = False
    ) -> tuple[NDArray[np.int64], FloatArray, ComplexArray]:
        """Indices, vectors [1/nm] and mean phase of the sites, of the reflections up to ``q_max_inv_nm`` [1/nm].

        Those that are ``extinct`` come too only where they are asked for.
        """
        cell = np.asarray(self.cell_nm, dtype=float)
        reach = [int(q_max_inv_nm * np.linalg.norm(a) / (2 * np.pi)) + 1 for a in cell]
        hkl = np.array(list(itertools.product(*(range(-n, n + 1) for n in reach))))
        vectors = 2 * np.pi * hkl @ np.linalg.inv(cell).T
        kept = np.linalg.norm(vectors, axis=1) <= q_max_inv_nm
        hkl, vectors = hkl[kept], vectors[kept]
        phases = np.exp(-1j * vectors @ np.asarray(self.sites_nm).T).mean(axis=1)
        seen = np.abs(phases) > (-1 if extinct else 1e-3)
        return hkl[seen], vectors[seen], phases[seen]

    @property
    def n_particles(self) -> float:
        """Number of particles in a domain, a count."""
        per_site = self.volume_per_site_nm3 or abs(np.linalg.det(self.cell_nm)) / len(self.sites_nm)
        return float(self.domain_nm**2 * self.height_nm / per_site)

    @property
    def size_shares(self) -> FloatArray:
        """Shares of the sizes that stand for the spread, a sum of 1, shape (n,)."""
        return size_nodes(self.size_spread, n_sizes=_N_SIZES)[1]

    def of_sizes_nm3(self, q_vectors_inv_nm: FloatArray) -> list[FloatArray]:
        """Amplitude of a particle of each size [nm^3], at ``q_vectors_inv_nm`` in the film's axes [1/nm] (..., 3)."""
        turned = q_vectors_inv_nm if self.body_turn is None else q_vectors_inv_nm @ self.body_turn
        bodies = [self.body.scaled(float(size)) for size in size_nodes(self.size_spread, n_sizes=_N_SIZES)[0]]
        return [body.volume_nm3 * amplitude(body, turned) for body in bodies]

    def mean_nm3(self, q_vectors_inv_nm: FloatArray) -> FloatArray:
        """Mean amplitude of a particle [nm^3], at vectors ``q_vectors_inv_nm`` in the film's axes [1/nm] (..., 3)."""
        values = self.of_sizes_nm3(q_vectors_inv_nm)
        return np.asarray(sum(s * v for s, v in zip(self.size_shares, values, strict=True)))
