"""Packing fraction of every candidate lattice against size ratio, with what was observed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.binary.curves import SPHERES, candidate_names, lattice_curve, phase_separation, require_curves
from packing.checks import require_between, require_known
from packing.errors import InputError
from packing.lattices.catalogue import template

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedLattice:
    """A superlattice that was seen.

    Parameters
    ----------
    name
        Its lattice.
    gamma
        Effective size ratio, at most 1.
    packing_fraction
        As measured, or None where only the lattice is known; it is then drawn on the lattice's curve.
    label
        What to write beside it.
    """

    name: str
    gamma: float
    packing_fraction: float | None = None
    label: str = ""

    def __post_init__(self) -> None:
        require_between("gamma", self.gamma, 1e-6, 1.0, hint="Call the larger particle A.")
        if self.packing_fraction is not None:
            require_between("packing_fraction", self.packing_fraction, 1e-6, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhaseMap:
    """Packing fractions of candidate lattices on a grid of size ratios.

    Parameters
    ----------
    names
        Lattices, in the order of the rows.
    gamma
        Size ratios, shape (G,).
    packing_fraction
        Shape (L, G).
    separation
        Packing fraction of the separated crystals in each lattice's proportion, shape (L, G).
    overfilled
        Where an OTM branch would fill more than the cell, so that the hard-particle value stands, shape (L, G).
    model, mixture
        What the curves are of.
    """

    names: tuple[str, ...]
    gamma: FloatArray
    packing_fraction: FloatArray
    separation: FloatArray
    overfilled: NDArray[np.bool_]
    model: str
    mixture: str

    @property
    def densest(self) -> tuple[str, ...]:
        """Name of the densest candidate at each size ratio; empty where the separated crystals are denser than all."""
        best = np.argmax(self.packing_fraction, axis=0)
        wins = np.any(self.packing_fraction > self.separation, axis=0)
        return tuple(self.names[k] if ok else "" for k, ok in zip(best, wins, strict=True))

    def __repr__(self) -> str:
        return (
            f"PhaseMap({len(self.names)} lattices, gamma {self.gamma[0]:.3f} to {self.gamma[-1]:.3f}, "
            f"{self.model}, {self.mixture})"
        )

    def at(self, name: str, gamma: float) -> float:
        """Packing fraction of one lattice at one size ratio, exact where there is a closed form.

        Parameters
        ----------
        name
            Name of the lattice.
        gamma
            Size of B over size of A.
        """
        return float(lattice_curve(name, gamma, model=self.model, mixture=self.mixture).packing_fraction[0])

    def plot(self, ax: Axes | None = None, *, observed: Iterable[ObservedLattice] = (), n_labelled: int = 10) -> Axes:
        """Draw the curves with the observed lattices on them, and return the axes.

        Parameters
        ----------
        ax
            Where to draw; None for a new figure.
        observed
            Superlattices that were seen, each in the colour of its lattice.
        n_labelled
            Lattices that get a colour and a label: first those observed, then those that are densest anywhere; the
            rest is thin grey. Dotted: an OTM branch does not exist there, the value is that of hard spheres.
        """
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots(figsize=(8.0, 4.8), layout="constrained")
        seen = tuple(observed)
        coloured = self._labelled([template(o.name).name for o in seen], n_labelled)
        for name in self.names:
            if name not in coloured:
                self._plot_lattice(ax, name, color="0.85", lw=0.8, zorder=1)
        colours = {
            name: self._plot_lattice(ax, name, lw=1.6, label=name, zorder=2) for name in coloured if name in self.names
        }
        self._plot_separation(ax)
        for o in seen:
            resolved = template(o.name).name
            height = self.at(resolved, o.gamma) if o.packing_fraction is None else o.packing_fraction
            hollow = o.packing_fraction is None
            colour = colours.get(resolved, "black")
            face = "white" if hollow else colour
            ax.plot([o.gamma], [height], "o", ms=7, mfc=face, mec=colour if hollow else "black", zorder=4)
            if o.label:
                ax.annotate(o.label, (o.gamma, height), xytext=(6, 5), textcoords="offset points", fontsize="small")
        what = "nominal packing fraction (OTM)" if self.model == "otm" else "packing fraction"
        ax.set(xlabel="effective size ratio $\\gamma$", ylabel=what, xlim=(self.gamma[0], self.gamma[-1]))
        ax.set_ylim(max(0.0, float(np.quantile(self.packing_fraction, 0.02)) - 0.03), 1.02)
        ax.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)
        return ax

    def _plot_lattice(self, ax: Axes, name: str, **style: Any) -> str:
        """One curve; dotted, and not joined, where its OTM branch does not exist. Returns its colour."""
        from matplotlib.colors import to_hex

        index = self.names.index(name)
        over = self.overfilled[index]
        line = ax.plot(self.gamma, np.where(over, np.nan, self.packing_fraction[index]), **style)[0]
        colour = to_hex(line.get_color())
        if over.any():
            ax.plot(
                self.gamma,
                np.where(over, self.packing_fraction[index], np.nan),
                ls=":",
                lw=0.6 * line.get_linewidth(),
                color=colour,
                zorder=line.get_zorder(),
            )
        return colour

    def _labelled(self, first: list[str], n: int) -> list[str]:
        best = np.argmax(self.packing_fraction, axis=0)
        often = [self.names[k] for k in np.argsort(-np.bincount(best, minlength=len(self.names)), kind="stable")]
        anywhere = [name for name in often if self.names.index(name) in best]
        return list(dict.fromkeys([*first, *anywhere]))[: max(n, len(set(first)))]

    def _plot_separation(self, ax: Axes) -> None:
        low, high = self.separation.min(axis=0), self.separation.max(axis=0)
        if np.allclose(low, high):
            ax.plot(self.gamma, low, color="black", ls="--", lw=1, label="separated crystals", zorder=3)
            return
        # The reference depends on how much of each kind a lattice holds, so there is one per lattice: a band.
        ax.fill_between(self.gamma, low, high, color="black", alpha=0.08, lw=0, label="separated crystals", zorder=0)


def phase_map(
    lattices: Iterable[str] | None = None,
    *,
    gamma: ArrayLike | None = None,
    model: str = "otm",
    mixture: str = SPHERES,
) -> PhaseMap:
    """Packing fractions of candidate lattices over a grid of size ratios.

    Parameters
    ----------
    lattices
        Candidates; None for all that the mixture has.
    gamma
        Size ratios; None for 500 of them.
    model
        ``"otm"`` or ``"hs"``; with cubes the curves are of hard particles whatever is said.
    mixture
        ``"spheres"``, ``"cubes on B"`` or ``"cubes on A"`` (A is the larger particle).

    Raises
    ------
    InputError
        For an unknown lattice, model or mixture, for size ratios that are not above 0 and at most 1, and for two kinds
        of cubes, which have no curves.

    Examples
    --------
    >>> phase_map(["NaCl", "AlB2"], model="hs", gamma=[0.42, 0.55]).densest
    ('NaCl', 'AlB2')
    """
    require_curves(mixture)
    if mixture != SPHERES:
        require_known("model", model, ("hs", "otm"))
        model = "hs"
    names = tuple(dict.fromkeys(template(n).name for n in (lattices or candidate_names(mixture))))
    if gamma is None:
        gamma = np.linspace(0.15, 1.0, 500)
    g = np.sort(np.atleast_1d(np.asarray(gamma, dtype=np.float64)))
    if len(g) == 0:
        raise InputError("gamma must hold at least one size ratio.")
    curves = [lattice_curve(n, g, model=model, mixture=mixture) for n in names]
    fractions = np.array([curve.packing_fraction for curve in curves])
    overfilled = np.array([curve.overfilled for curve in curves])
    separation = np.array([phase_separation(n, g, mixture) for n in names])
    for array in (g, fractions, separation, overfilled):
        array.flags.writeable = False
    return PhaseMap(
        names=names,
        gamma=g,
        packing_fraction=fractions,
        separation=separation,
        overfilled=overfilled,
        model=model,
        mixture=mixture,
    )
