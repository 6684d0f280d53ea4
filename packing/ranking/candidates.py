"""The answer of a ranking: candidate lattices in order, with their margins and probabilities."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from packing.ranking.maps import PhaseMap

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedLattice:
    """One candidate at the nominal size ratio.

    Parameters
    ----------
    name
        Name of the lattice.
    model
        ``"otm"`` where vortices play a part, ``"ocm"`` where a particle with few neighbours has the size of the overlap
        cone model, else ``"hs"``.
    gamma
        Size of B over size of A, the larger.
    a_nm, b_nm, c_nm
        Lattice constants [nm].
    packing_fraction
        Effective volumes over the cell, those of the OTM nominal.
    core_fraction
        Cores over the cell.
    probability
        Share of the Monte-Carlo samples in which it packs densest of the candidates.
    margin_next
        Packing fraction less that of the next less dense candidate; None for the least dense.
    margin_separation
        Packing fraction less that of the two kinds in crystals of their own, in the same proportion.
    limiting_contact
        Kinds that touch.
    note
        What to know about the number, such as an OTM branch that does not exist.
    left_out
        Why the OTM branch at this size ratio was left out, so that the row is of hard spheres; empty if none was.
    left_out_share
        Share of the Monte-Carlo samples in which an OTM branch was left out: it would overfill the cell, or shrink a
        particle below its core.
    formed_probability
        Share of the samples in which it packs densest and separate crystals are not denser than every candidate: what
        packing says about its forming; nan in a row by itself.
    rounded_fraction
        Packing fraction with cubes as round as their shells are thick, at the nominal sizes, followed from the packing
        of sharp ones; nan where ``corners="sharp"`` was asked for, or there are no cubes.
    sizes_nm
        Effective size of A and of the most shrunken B in the cell [nm]; smaller than the nominal ones where vortices
        or overlap cones make them so.
    """

    name: str
    model: str
    gamma: float
    a_nm: float
    b_nm: float
    c_nm: float
    packing_fraction: float
    core_fraction: float
    probability: float
    margin_next: float | None
    margin_separation: float
    limiting_contact: str
    note: str
    left_out: str = ""
    left_out_share: float = 0.0
    sizes_nm: tuple[float, float] = (math.nan, math.nan)
    formed_probability: float = math.nan
    rounded_fraction: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatticeRanking:
    """Candidates, the likeliest first. A heuristic of space filling: read the margins, not the order.

    Parameters
    ----------
    rows
        The candidates by the share of Monte-Carlo samples in which each packs densest, of two alike the denser first.
    gamma
        Nominal size ratio, the smaller effective size over the larger.
    gamma_samples
        Size ratios of the Monte-Carlo samples, shape (S,).
    mixture
        ``"spheres"``, ``"cubes on B"``, ``"cubes on A"`` or ``"cubes"``.
    relabelled
        Whether the nanocrystal given as A is the smaller one, so that it sits on B.
    size_a_nm, size_b_nm
        Effective diameter (or edge) of the larger and of the smaller particle [nm].
    separation_probability
        Share of the samples in which no candidate packs as densely as the separated crystals.
    model, cube_edge, sphere_size, seed
        What was asked for.
    left_out
        One sentence for each candidate without a row: its cell would not hold core and ligand, or it has no curve.
    """

    rows: tuple[RankedLattice, ...]
    gamma: float
    gamma_samples: FloatArray
    mixture: str
    relabelled: bool
    size_a_nm: float
    size_b_nm: float
    separation_probability: float
    model: str
    cube_edge: str
    sphere_size: str
    left_out: tuple[str, ...]
    seed: int

    @property
    def likeliest(self) -> RankedLattice:
        """The candidate that packs densest in most of the samples."""
        return self.rows[0]

    @property
    def densest(self) -> RankedLattice:
        """The candidate that packs densest at the nominal sizes; need not be the likeliest."""
        return max(self.rows, key=lambda row: row.packing_fraction)

    def __repr__(self) -> str:
        first = self.likeliest
        return (
            f"LatticeRanking(gamma {self.gamma:.3f} +/- {self.gamma_samples.std():.3f}, {self.mixture}, likeliest "
            f"{first.name} {first.packing_fraction:.3f}, probability {first.probability:.2f})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "gamma": self.gamma,
            "gamma_std": float(self.gamma_samples.std()),
            "mixture": self.mixture,
            "relabelled": self.relabelled,
            "size_a_nm": self.size_a_nm,
            "size_b_nm": self.size_b_nm,
            "densest": self.densest.name,
            "separation_probability": self.separation_probability,
            "model": self.model,
            "cube_edge": self.cube_edge,
            "sphere_size": self.sphere_size,
            "left_out": list(self.left_out),
            "n_samples": len(self.gamma_samples),
            "seed": self.seed,
            "lattices": [asdict(row) for row in self.rows],
        }

    def summary(self, n_rows: int = 8) -> str:
        """The table a person wants.

        Parameters
        ----------
        n_rows
            How many candidates to list.
        """
        head = (
            f"gamma {self.gamma:.3f} +/- {self.gamma_samples.std():.3f} ({self.mixture}; A {self.size_a_nm:.2f} nm, "
            f"B {self.size_b_nm:.2f} nm{', labels exchanged' if self.relabelled else ''})"
        )
        lines = [head, "lattice   model  a (nm)   b (nm)   c (nm)  packing   core  prob.  vs separation  contacts"]
        lines += [
            f"{r.name:<9} {r.model:<5} {r.a_nm:7.2f}  {r.b_nm:7.2f}  {r.c_nm:7.2f}   {r.packing_fraction:.4f}  "
            f"{r.core_fraction:.3f}  {r.probability:5.2f}   {r.margin_separation:+.3f}         {r.limiting_contact}"
            for r in self.rows[:n_rows]
        ]
        lines.append(f"densest at the nominal sizes: {self.densest.name}, {self.densest.packing_fraction:.4f}")
        lines.append(f"no candidate denser than separated crystals: {self.separation_probability:.0%} of samples")
        lines += [f"not ranked: {reason}" for reason in self.left_out]
        return "\n".join(lines)

    def phase_map(self) -> PhaseMap:
        """The curves of the candidates around this size ratio, with this study on it."""
        from packing.ranking.maps import phase_map

        names = [row.name for row in self.rows]
        return phase_map(names, model=self.model, mixture=self.mixture)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the probability of each candidate that has one, and return the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        shown = [row for row in self.rows if row.probability >= 0.005][::-1]
        bars = ax.barh([row.name for row in shown], [row.probability for row in shown], color="tab:blue")
        ax.bar_label(bars, [f"{row.packing_fraction:.3f}" for row in shown], padding=3)
        ax.set(
            xlabel="probability of packing densest (number: packing fraction at the nominal $\\gamma$)", xlim=(0, 1.15)
        )
        ax.set_title(f"$\\gamma$ = {self.gamma:.3f} $\\pm$ {self.gamma_samples.std():.3f}, {self.mixture}")
        return ax
