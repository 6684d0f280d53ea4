"""How far apart: against the ligand's length and coverage, beside what was measured."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from packing.errors import InputError
from packing.matter.ligand_lengths import chain_length_nm
from packing.matter.own_ligands import own_ligand
from packing.particles import Coating, Environment, Ligand, Nanocrystal
from packing.prediction.prediction import predict
from packing.ranking.measured import MEASURED_SPACINGS
from packing.shapes import Sphere
from packing.spacing.cubes import round_spacing_nm
from packing.spacing.soft_spheres import fcc_bcc_boundary, ocm_ratio, opm_ratio
from superlattice.plots.picture import Picture

CLOSEST_PER_NM2 = 5.5
_COLOURS = {"Au": "C1", "PbS": "C0"}


def plot_spacing_by_length(
    nanocrystal: Nanocrystal,
    coverage_per_nm2: float,
    *,
    mine: Ligand | None = None,
    carbons: Iterable[int] = range(4, 23, 2),
    environment: Environment | None = None,
) -> Picture:
    """Dry spacing against the carbons of a straight chain, by every model that applies, and with a ligand of one's own.

    Parameters
    ----------
    nanocrystal
        The core.
    coverage_per_nm2
        Chains per surface area [1/nm^2], the same for all.
    mine
        A ligand to draw as a line across.
    carbons
        Carbons of the chains.
    environment
        What surrounds them; None takes the usual.

    Raises
    ------
    InputError
        For no carbons.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> figure = plot_spacing_by_length(Nanocrystal(material="CsPbBr3", shape=cube(8.6)), 3.0, carbons=(8, 18))
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['fill', 'round', 'plate', 'core']
    """
    lengths = [int(n) for n in carbons]
    if not lengths:
        raise InputError("carbons: there are none. Give numbers of carbons such as range(4, 23).")
    around: dict[str, Any] = {} if environment is None else {"environment": environment}
    found = [
        predict(
            nanocrystal, Coating(ligand=own_ligand(n_carbons=n), coverage_per_nm2=coverage_per_nm2), n_samples=300,
            **around,
        )
        for n in lengths
    ]  # fmt: skip
    figure = Picture()
    ax = figure.add_subplot()
    for model in found[0].spacings.values:
        values = [one.spacings.value_nm(model) for one in found]
        ax.plot(lengths, [np.nan if value is None else value for value in values], "o-", ms=3, label=model)
    if mine is not None:
        own = predict(nanocrystal, Coating(ligand=mine, coverage_per_nm2=coverage_per_nm2), **around)
        ax.axhline(own.period_nm, color="C3", ls="--", label=f"{mine.name}: {own.period_nm:.2f} nm")
        ax.axhspan(own.period_nm - own.period_sd_nm, own.period_nm + own.period_sd_nm, color="C3", alpha=0.12)
    ax.axhline(nanocrystal.shape.size_nm, color="0.5", lw=1, ls=":", label="core")
    ax.set(xlabel="carbons of the chain", ylabel="distance of centres, dry [nm]")
    ax.set_title(f"{nanocrystal.material_name}, {coverage_per_nm2:g} chains per nm²")
    ax.legend(fontsize=8)
    return figure


def plot_measured_spacings() -> Picture:
    """Spheres in monolayers: measured distances of centres beside the optimal packing model and that of a pair alone.

    Measured are spacing and coverage (M. A. Boles and D. V. Talapin, J. Am. Chem. Soc. 2015); curves use the mean
    coverage of each material.

    Examples
    --------
    >>> len(plot_measured_spacings().axes)
    1
    """
    figure = Picture(7.0, 4.3)
    ax = figure.add_subplot()
    carbons = np.arange(4, 23)
    length_nm = np.array([chain_length_nm(int(n)) for n in carbons])
    for material, colour in _COLOURS.items():
        rows = [row for row in MEASURED_SPACINGS if row.material == material]
        core_nm = rows[0].core_diameter_nm
        xi = float(np.mean([min(1.0, row.coverage_per_nm2 / CLOSEST_PER_NM2) for row in rows]))
        ratio = 2 * length_nm / core_nm
        what = f"{material}, {core_nm:g} nm"
        ax.plot(carbons, core_nm * opm_ratio(ratio, xi), color=colour, label=f"{what}: OPM")
        pair = core_nm * np.asarray(ocm_ratio(ratio, xi, invalid="nan"))
        ax.plot(carbons, pair, ":", color=colour, label=f"{what}: OCM (isolated pair)")
        ax.plot([r.n_carbons for r in rows], [r.spacing_nm for r in rows], "o", color=colour, mec="k",
                label=f"{what}: measured")  # fmt: skip
    ax.set(xlabel="carbons of the chain", ylabel="distance of centres [nm]", ylim=(4.5, 12.6))
    ax.set_title("spheres in a hexagonal monolayer")
    ax.legend(fontsize=7.5, loc="upper left", ncols=2)
    return figure


def plot_coverage_and_length(nanocrystal: Nanocrystal) -> Picture:
    """Spacing over both numbers of a coating: chains per nm² and carbons.

    Parameters
    ----------
    nanocrystal
        The core; spheres are drawn by the optimal packing model, others by an even layer.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> figure = plot_coverage_and_length(Nanocrystal(material="CsPbBr3", shape=cube(8.6)))
    >>> figure.axes[0].get_ylabel()
    'coverage [1/nm²]'
    """
    coverages, carbons = np.linspace(1.0, CLOSEST_PER_NM2, 46), np.arange(4, 23)
    core_nm = nanocrystal.shape.size_nm
    chains = [own_ligand(n_carbons=int(n)) for n in carbons]
    if isinstance(nanocrystal.shape, Sphere):
        model = "opm"
        lengths = np.array([chain.length_nm for chain in chains])
        periods = core_nm * opm_ratio(2 * lengths[None] / core_nm, coverages[:, None] / CLOSEST_PER_NM2)
    else:
        model = "round"
        shells = [[Coating(ligand=x, coverage_per_nm2=float(c)).shell_nm for x in chains] for c in coverages]
        periods = round_spacing_nm(core_nm, np.array(shells))
    figure = Picture()
    ax = figure.add_subplot()
    lines = ax.contour(carbons, coverages, periods, levels=9, cmap="viridis")
    ax.clabel(lines, fmt="%.1f nm", fontsize=8)
    ax.set(xlabel="carbons of the chain", ylabel="coverage [1/nm²]")
    ax.set_title(f"distance of centres of {core_nm:g} nm {nanocrystal.material_name} ({model})")
    return figure


def plot_softness() -> Picture:
    """Where spheres with soft shells are expected as fcc and where as bcc, with the measured monolayers' softness.

    The boundary is a rule about ligands that reach second neighbours (eqs 5 and 6 of Adv. Mater. 2023,
    doi:10.1002/adma.202209279), not a free energy.

    Examples
    --------
    >>> plot_softness().axes[0].get_title()
    'softness: fcc or bcc for spheres'
    """
    figure = Picture()
    ax = figure.add_subplot()
    xi = np.linspace(0.2, 1.0, 200)
    boundary = fcc_bcc_boundary(xi)
    ax.fill_betweenx(xi, boundary, 1.6, color="C0", alpha=0.15)
    ax.plot(boundary, xi, "k")
    ax.text(0.12, 0.75, "fcc", fontsize=13)
    ax.text(1.1, 0.4, "bcc", fontsize=13)
    for row in MEASURED_SPACINGS:
        place = (
            2 * chain_length_nm(row.n_carbons) / row.core_diameter_nm,
            min(1, row.coverage_per_nm2 / CLOSEST_PER_NM2),
        )
        ax.plot(*place, "o", color=_COLOURS.get(row.material, "C2"), mec="k")
        ax.annotate(f"{row.material} C{row.n_carbons}", place, xytext=(4, -12), textcoords="offset points", fontsize=8)
    ax.set(xlabel="ligand length / core radius", ylabel="coverage / 5.5 per nm²", xlim=(0, 1.6), ylim=(0.2, 1.03))
    ax.set_title("softness: fcc or bcc for spheres")
    return figure
