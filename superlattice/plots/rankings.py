"""How dense each candidate lattice of two kinds packs, and crystals of one kind each beside it."""

from __future__ import annotations

from packing.errors import InputError
from packing.ranking.candidates import LatticeRanking
from superlattice.plots.picture import Picture


def plot_ranking(ranking: LatticeRanking | None) -> Picture:
    """Packing fraction of each candidate, a mark where separate crystals of both kinds stand, and its probability.

    Parameters
    ----------
    ranking
        Of a prediction with a partner.

    Raises
    ------
    InputError
        For a prediction of one kind, which ranks no mixtures.

    Examples
    --------
    >>> plot_ranking(None)
    Traceback (most recent call last):
    ...
    packing.errors.InputError: ranking: there is none. Give that of a prediction with a partner.
    """
    if ranking is None:
        raise InputError("ranking: there is none. Give that of a prediction with a partner.")
    figure = Picture(7.0, 0.9 + 0.5 * len(ranking.rows))
    ax = figure.add_subplot()
    names = [row.name for row in ranking.rows]
    ax.barh(names, [row.packing_fraction for row in ranking.rows], color="C0", label="one crystal")
    separate = [row.packing_fraction - row.margin_separation for row in ranking.rows]
    ax.plot(separate, names, "k|", ms=18, label="separate crystals of both kinds")
    for row in ranking.rows:
        ax.annotate(f"{row.packing_fraction:.3f}, densest with {row.probability:.0%}", (0.01, row.name), color="white",
                    va="center", fontsize=9)  # fmt: skip
    ax.set(xlabel="packing fraction", xlim=(0, 1))
    ax.invert_yaxis()
    ax.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return figure
