"""One ligand for another: pair energy, period and what the crystal is made of, before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from optics.medium.predicted import crystal_index
from packing.errors import InputError
from packing.prediction.prediction import Prediction
from superlattice.plots.picture import Picture

_COLOURS = ("C1", "C0", "C2", "C3", "C4", "C5")


def plot_exchange(predictions: Mapping[str, Prediction]) -> Picture:
    """Pair energy in the medium, core and gap of the dry crystal, and shares of its volume, for some predictions.

    Parameters
    ----------
    predictions
        By what they are, such as ``before`` and ``after``; `superlattice.predict` of each variant of a study.

    Raises
    ------
    InputError
        For none.

    Examples
    --------
    >>> from superlattice import Coating, Nanocrystal, cube, ligand, predict
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> coatings = [Coating(ligand=ligand(name), coverage_per_nm2=3.0) for name in ("oleate", "octylamine")]
    >>> found = {coating.ligand.name: predict(dots, coating, n_samples=100) for coating in coatings}
    >>> len(plot_exchange(found).axes)
    3
    """
    if not predictions:
        raise InputError("predictions: there are none. Give at least one.")
    figure = Picture(13, 4.2)
    left, middle, right = figure.subplots(1, 3)
    _energies(left, list(predictions.values()))
    for x, found in enumerate(predictions.values()):
        colour = _COLOURS[x % len(_COLOURS)]
        middle.bar(x, found.core_nm, color="0.6", label="core" if x == 0 else None)
        middle.bar(x, found.gap_nm, bottom=found.core_nm, color=colour, label=f"gap, {found.gap_nm:.2f} nm")
        middle.errorbar(x, found.period_nm, found.period_sd_nm, color="k", capsize=4)
        _shares(right, x, found, colour)
    names = [found.ligand_name for found in predictions.values()]
    middle.set(xticks=range(len(names)), ylabel="core + gap [nm]", title="period of the dry crystal")
    middle.set_xticklabels(names)
    middle.margins(y=0.25)
    middle.legend(fontsize=8)
    right.set(
        xticks=range(len(names)), ylim=(0, 1.12), ylabel="share of the volume", title="what the crystal is made of"
    )
    right.set_xticklabels(names)
    return figure


def _energies(ax: Axes, predictions: Sequence[Prediction]) -> None:
    gaps_nm = np.linspace(0.3, 7.0, 1500)
    deepest = 1.0
    for x, found in enumerate(predictions):
        pair = found.pair
        if pair is None:
            continue
        energies = np.asarray(pair.energy_kt(gaps_nm))
        deepest = max(deepest, pair.depth_kt)
        colour = _COLOURS[x % len(_COLOURS)]
        label = f"{found.ligand_name}: {pair.gap_nm:.2f} nm, {pair.depth_text}"
        ax.plot(gaps_nm, np.where(energies < 4 * deepest + 100, energies, np.nan), color=colour, label=label)
        ax.plot(pair.gap_nm, -pair.depth_kt, "o", color=colour)
    ax.axhline(0, color="0.7", lw=0.8)
    ax.set(xlabel="gap between cores [nm]", ylabel="pair energy [kT]", ylim=(-1.3 * deepest, 0.8 * deepest))
    ax.set_title(f"a facing pair in {predictions[0].environment.medium}")
    ax.legend(title="minimum", fontsize=8)


def _shares(ax: Axes, x: int, found: Prediction, colour: str) -> None:
    if not found.lattices:
        return
    best = found.lattices[0]
    bottom = 0.0
    parts = (best.core_fraction, best.ligand_fraction, best.void_fraction)
    for share, shade, what in zip(parts, ("0.6", colour, "white"), ("core", "ligand", "void"), strict=True):
        ax.bar(x, share, bottom=bottom, color=shade, edgecolor="k")
        if share > 0.04:
            ax.text(x, bottom + share / 2, f"{what} {share:.2f}", ha="center", va="center")
        bottom += share
    index = crystal_index(best)
    if index is not None:
        ax.text(x, 1.03, f"n = {index:.2f}", ha="center")


def plot_ligands(predictions: Sequence[Prediction]) -> Picture:
    """Dry periods with some ligands, each with what the models leave open and the crystal's refractive index.

    Parameters
    ----------
    predictions
        One for each ligand, of the same core.

    Raises
    ------
    InputError
        For none.

    Examples
    --------
    >>> from superlattice import Coating, Nanocrystal, cube, ligand, predict
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> coatings = [Coating(ligand=ligand(name), coverage_per_nm2=2.0) for name in ("oleate", "ddab")]
    >>> found = [predict(dots, coating, n_samples=100) for coating in coatings]
    >>> [label.get_text() for label in plot_ligands(found).axes[0].get_xticklabels()]
    ['oleate', 'ddab']
    """
    if not predictions:
        raise InputError("predictions: there are none. Give at least one.")
    figure = Picture(7, 4)
    ax = figure.add_subplot()
    for x, found in enumerate(predictions):
        low, high = found.period_range_nm
        ax.plot([x, x], [low, high], color="C2", lw=8, alpha=0.3)
        ax.plot(x, found.period_nm, "o", color="C2")
        index = crystal_index(found.lattices[0]) if found.lattices else None
        if index is not None:
            ax.annotate(
                f"n = {index:.2f}", (x, high), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=9
            )
    ax.axhline(predictions[0].core_nm, color="0.5", ls="--", lw=1)
    ax.set(
        xticks=range(len(predictions)), ylabel="period, dry [nm]", title="bars: from fill to plate; dashed: the core"
    )
    ax.set_xticklabels([found.ligand_name for found in predictions])
    ax.margins(x=0.1, y=0.15)
    return figure
