"""What forms: free energies of formation against the separated pure crystals, and the hull over composition."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError

FloatArray = NDArray[np.float64]

_DRAWS = 4000
_ON_HULL = 1e-9
_SAME = 1e-9
ALIKE_KT = 0.05
"""Pure crystals that differ by less are told apart by no model here: stackings of close-packed layers."""
SURE = 2.0
"""Standard deviations that a sign must be away from zero by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A crystal with its free energy at one pressure.

    Parameters
    ----------
    name
        Of the lattice.
    counts
        Bodies of each kind in a cell.
    g_kt
        Gibbs free energy of a cell [kT].
    sd_kt
        Its statistical standard error [kT].
    model_sd_kt
        What the model may be off by, in the formation free energy of one body [kT]; 0 for a reference.
    """

    name: str
    counts: tuple[int, ...]
    g_kt: float
    sd_kt: float = 0.0
    model_sd_kt: float = 0.0

    @property
    def n_bodies(self) -> int:
        """Number of bodies in a cell."""
        return sum(self.counts)

    @property
    def is_pure(self) -> bool:
        """Whether it holds one kind."""
        return sum(n > 0 for n in self.counts) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Formation:
    """Where a crystal stands.

    Parameters
    ----------
    phase
        The crystal.
    formation_kt, formation_sd_kt
        Free energy against the pure crystals, of one body, and its statistical error [kT].
    above_hull_kt
        Free energy over the hull of all others, of one body [kT]; negative for one that holds the hull down.
    on_hull
        Share of draws of both errors in which it is on the hull.
    verdict
        ``"stable"``, ``"separates"``, ``"decomposes"`` into others of the hull, ``"mixes"`` where it is below the pure
        crystals and the hull is within the errors, or ``"undecided"``; of a pure crystal
        ``"reference"`` or ``"worse than reference"``.
    """

    phase: Phase
    formation_kt: float
    formation_sd_kt: float
    above_hull_kt: float
    on_hull: float
    verdict: str


def formations(phases: Sequence[Phase], *, seed: int = 0) -> list[Formation]:
    """Formation free energies, the hull, and a verdict for each crystal.

    Parameters
    ----------
    phases
        Crystals at one pressure, of any number of kinds; at least one of each pure kind.
    seed
        Of the draws of the errors.

    Raises
    ------
    InputError
        Without a pure crystal of some kind.

    Examples
    --------
    >>> a, b = Phase(name="sc", counts=(1, 0), g_kt=30.0), Phase(name="fcc", counts=(0, 4), g_kt=400.0)
    >>> salt = Phase(name="NaCl", counts=(4, 4), g_kt=516.0, sd_kt=0.2, model_sd_kt=0.1)
    >>> found = formations([a, b, salt])[-1]
    >>> round(found.formation_kt, 3), found.verdict
    (-0.5, 'stable')
    """
    g = np.array([p.g_kt for p in phases])
    kept = _formation(phases, g)
    rng = np.random.default_rng(seed)
    statistical = rng.normal(size=(_DRAWS, len(phases))) * np.array([p.sd_kt for p in phases])
    model = rng.normal(size=(_DRAWS, len(phases))) * np.array([p.model_sd_kt for p in phases])
    drawn = _formation(phases, g + statistical)
    sd = drawn.std(axis=0)
    x = composition(phases)
    both = drawn + model
    shares = (above_hull(x, both) <= _ON_HULL).mean(axis=0)
    now = above_hull(x, kept)
    references = _references(phases, g)
    return [
        Formation(
            phase=p,
            formation_kt=float(kept[i]),
            formation_sd_kt=float(sd[i]),
            above_hull_kt=float(now[i]),
            on_hull=float(shares[i]),
            verdict=_verdict(p, float(kept[i]), float(sd[i]), float(shares[i]), is_reference=i in references),
        )
        for i, p in enumerate(phases)
    ]


def _verdict(phase: Phase, formation: float, sd: float, on_hull: float, *, is_reference: bool) -> str:
    sure = SURE * math.hypot(sd, phase.model_sd_kt)
    if phase.is_pure:
        return (
            "reference" if is_reference else "undecided" if formation <= max(sure, ALIKE_KT) else "worse than reference"
        )
    if not math.isfinite(formation) or abs(formation) <= sure:
        return "undecided"
    if formation > 0:
        return "separates"
    return "stable" if on_hull > 0.95 else "decomposes" if on_hull < 0.05 else "mixes"


def _references(phases: Sequence[Phase], g: FloatArray) -> list[int]:
    """The best pure crystal of each kind."""
    found = []
    for kind in range(len(phases[0].counts)):
        pure = [i for i, p in enumerate(phases) if p.is_pure and p.counts[kind]]
        if not pure:
            raise InputError(f"references: no pure crystal of kind {kind + 1} to compare with. Add one.")
        found.append(min(pure, key=lambda i: g[i] / phases[i].n_bodies))
    return found


def _formation(phases: Sequence[Phase], g: FloatArray) -> FloatArray:
    """For free energies of cells of shape (..., n), each draw with the references of the mean."""
    sizes = np.array([p.n_bodies for p in phases])
    counts = np.array([p.counts for p in phases])
    mean = g.reshape(-1, len(phases)).mean(axis=0)
    chosen = _references(phases, mean)
    mu = g[..., chosen] / sizes[chosen]
    return np.asarray((g - mu @ counts.T) / sizes)


def composition(phases: Sequence[Phase]) -> FloatArray:
    """Share of each kind in each crystal, 0 to 1, shape (n, kinds)."""
    return np.array([np.array(p.counts) / p.n_bodies for p in phases])


def above_hull(x: FloatArray, formation_kt: FloatArray) -> FloatArray:
    """Height of each point over the lower hull of all others [kT]; negative below it.

    Parameters
    ----------
    x
        Compositions: shares of each kind, shape (n, kinds), or of two kinds that of the second alone, shape (n,).
    formation_kt
        Free energies of formation of one body [kT], shape (..., n).

    Examples
    --------
    >>> above_hull(np.array([0.0, 0.5, 1.0]), np.array([0.0, -1.0, 0.0])).tolist()
    [0.0, -1.0, 0.0]

    In the middle of a triangle of three kinds, against a mixture of two of them and the third:

    >>> corners = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    >>> x = np.array([*corners, [0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3]])
    >>> above_hull(x, np.array([0.0, 0, 0, -0.9, -0.5])).round(9).tolist()
    [0.0, 0.0, 0.0, -0.9, 0.1]
    """
    y = np.asarray(formation_kt, dtype=float)
    shares = np.asarray(x, dtype=float)
    shares = np.column_stack([1 - shares, shares]) if shares.ndim == 1 else shares
    found = np.empty_like(y)
    for i, weights in enumerate(_mixtures(shares)):
        low = np.full(y.shape[:-1], np.inf)
        for others, parts in weights:
            low = np.minimum(low, y[..., others] @ parts)
        # A pure kind has itself to be compared with, and nothing lies below it but a better crystal of the same kind.
        found[..., i] = y[..., i] - (np.minimum(low, np.maximum(y[..., i], 0.0)) if shares[i].max() == 1 else low)
    return found


def _mixtures(shares: FloatArray) -> list[list[tuple[list[int], FloatArray]]]:
    """For each composition the sets of others, no larger than there are kinds, that mix to it, and their parts."""
    n, n_kinds = shares.shape
    found = []
    for i in range(n):
        ways = []
        for size in range(1, n_kinds + 1):
            for others in itertools.combinations([j for j in range(n) if j != i], size):
                corners = shares[list(others)]
                parts, _, rank, _ = np.linalg.lstsq(corners.T, shares[i], rcond=None)
                # Sets that span less than they count are covered by smaller ones.
                if rank == size and parts.min() > -_SAME and np.abs(parts @ corners - shares[i]).max() < _SAME:
                    ways.append((list(others), np.maximum(parts, 0.0)))
        found.append(ways)
    return found
