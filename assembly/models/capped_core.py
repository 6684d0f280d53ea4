"""A rigid core with its grafted chains, in its own frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assembly.models.chains import AREA_PER_CHAIN_NM2, Chain, ChainForceField, chain_of
from assembly.models.surface import closed_shell, even_surface_points, outward_directions
from packing.errors import InputError
from packing.particles import Coating
from packing.shapes import Shape

FloatArray = NDArray[np.float64]

CORE_BEAD_NM = 0.47


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CappedCore:
    """What is fixed to a core and what is grafted on it.

    ``shell_nm`` (n, 3) are the centres of the beads that make it solid, ``anchors_nm`` (g, 3) the grafting points on
    its surface, ``directions`` (g, 3) the unit vectors in which the chains stand off.
    """

    shape: Shape
    shell_nm: FloatArray
    anchors_nm: FloatArray
    directions: FloatArray
    chain: Chain

    @property
    def n_chains(self) -> int:
        """Number of grafted chains."""
        return len(self.anchors_nm)

    @property
    def chain_beads_nm(self) -> FloatArray:
        """Stretched chains in the body frame [nm], shape (g, n_beads, 3)."""
        steps = self.chain.bond_nm * np.arange(1, self.chain.n_beads + 1)
        return np.asarray(self.anchors_nm[:, None] + steps[None, :, None] * self.directions[:, None])

    @property
    def reach_nm(self) -> float:
        """Radius around the centre that nothing of it leaves while the chains stand off [nm]."""
        return float(np.linalg.norm(self.chain_beads_nm, axis=-1).max() + self.chain.bead_nm / 2)


def capped_core(shape: Shape, coating: Coating, force_field: ChainForceField, rng: np.random.Generator) -> CappedCore:
    """Graft chains evenly over a core: coverage times surface of them, edges and corners included.

    Raises
    ------
    InputError
        For a coverage without a single chain or above the densest packing of chains, an ionic or too short ligand,
        or a core thinner than its own beads.

    Examples
    --------
    >>> from packing.particles import Ligand
    >>> from packing.shapes import Sphere
    >>> thiol = Coating(ligand=Ligand(name="dodecanethiol", length_nm=1.736), coverage_per_nm2=5.0)
    >>> core = capped_core(Sphere(diameter_nm=4.0), thiol, ChainForceField(), np.random.default_rng(1))
    >>> core.n_chains, core.chain_beads_nm.shape
    (251, (251, 3, 3))
    """
    chain = chain_of(coating.ligand, force_field)
    densest = 1 / AREA_PER_CHAIN_NM2
    if coating.coverage_per_nm2 > densest * (1 + 1e-9):
        raise InputError(
            f"coverage_per_nm2 must be at most {densest:g} 1/nm^2 (densest packing of chains), "
            f"got {coating.coverage_per_nm2:g} 1/nm^2. Give chains per surface area."
        )
    n_chains = math.floor(coating.coverage_per_nm2 * shape.surface_nm2 + 0.5)
    if n_chains < 1:
        raise InputError(
            f"coverage_per_nm2 must give at least one chain on {shape.surface_nm2:.3g} nm^2 for explicit-ligand, "
            f"got {coating.coverage_per_nm2:g} 1/nm^2. Raise it, or use soft."
        )
    if 2 * shape.inradius_nm < 1.5 * CORE_BEAD_NM:
        raise InputError(
            f"core must be at least {1.5 * CORE_BEAD_NM:.2f} nm thick for explicit-ligand, "
            f"got {2 * shape.inradius_nm:g} nm. Use soft."
        )
    anchors = even_surface_points(shape, n_chains, rng)
    return CappedCore(
        shape=shape,
        shell_nm=closed_shell(shape, CORE_BEAD_NM, rng),
        anchors_nm=anchors,
        directions=outward_directions(shape, anchors, chain.length_nm / 2),
        chain=chain,
    )
