"""Pictures of the pages on physics and on how to do something, each drawn by the library itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

if TYPE_CHECKING:
    from packing.prediction.prediction import Prediction


def spacing_by_length(ax: Axes) -> None:
    """Centre distance of cubes against the carbons of the ligand."""
    from superlattice import Coating, Nanocrystal, cube, ligand_from_carbons, predict

    dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    carbons = range(4, 23, 2)
    found = [
        predict(dots, Coating(ligand=ligand_from_carbons(n), coverage_per_nm2=3.0), n_samples=500) for n in carbons
    ]
    for model in ("fill", "round", "plate"):
        ax.plot(list(carbons), [p.spacings.value_nm(model) for p in found], "o-", ms=3, label=model)
    ax.axhline(8.6, color="0.5", ls="--", lw=1, label="core")
    ax.set(xlabel="Carbons of the chain", ylabel="Centre distance, dry [nm]")
    ax.legend()


def prediction_plot(ax: Axes) -> None:
    """What a prediction draws of itself."""
    _cubes().plot(ax)


def pair_energy_curves(ax: Axes) -> None:
    """Pair energy per facing pair, in a solvent and dry."""
    found = _cubes()
    for label, pair in (("in toluene, times 100", found.pair), ("dry", found.pair_dry)):
        assert pair is not None
        gaps = np.linspace(0.8, 6.5, 300)
        energies = np.asarray(pair.energy_kt(gaps)) * (100 if "100" in label else 1)
        ax.plot(gaps, np.where(energies < 600, energies, np.nan), label=label)
    ax.axhline(0, color="0.5", lw=0.8)
    ax.set(xlabel="Gap of the cores [nm]", ylabel="Energy of a facing pair [kT]")
    ax.legend()


def binary_curves(ax: Axes) -> None:
    """Packing fraction of five lattices against the size ratio, with and without vortices."""
    from packing.binary import otm_curve, packing_fraction_hs

    gammas = np.linspace(0.25, 0.98, 180)
    for k, name in enumerate(("NaCl", "CsCl", "AlB2", "MgZn2", "Li3Bi")):
        ax.plot(gammas, [packing_fraction_hs(name, float(g)) for g in gammas], ":", color=f"C{k}", lw=1)
        found = [otm_curve(name, float(g)).packing_fraction for g in gammas]
        ax.plot(gammas, found, color=f"C{k}", label=name)
    ax.axhline(np.pi / np.sqrt(18), color="0.5", lw=0.8, ls="--", label="separate fcc crystals")
    ax.set(xlabel="Size ratio", ylabel="Packing fraction", ylim=(0.5, 1.0))
    ax.legend(fontsize=8, ncols=2)


def saxs_lattices(ax: Axes) -> None:
    """Powder curves of three lattices of the same spheres."""
    from packing.shapes import Sphere
    from structure.saxs.lattice_model import LatticeModel

    q = np.geomspace(0.3, 3.0, 500)
    for k, name in enumerate(("fcc", "bcc", "sc")):
        model = LatticeModel(
            spacing_nm=9.0, body=Sphere(diameter_nm=7.0), lattice=name, size_spread=0.05, displacement_nm=0.3,
            domain_nm=200.0,
        )  # fmt: skip
        ax.loglog(q, np.maximum(model.intensity(q), 1e-9) * 10.0 ** (-2 * k), label=name)
    ax.set(xlabel="$q$ [nm$^{-1}$]", ylabel="Intensity per particle, shifted")
    ax.legend()


def tem_of_a_film(ax: Axes) -> None:
    """A simulated micrograph of a film of cubes with disorder."""
    from packing.shapes import cube
    from structure.crystals.build import build_crystal
    from structure.imaging.tem import simulate_tem

    film = build_crystal("sc", spacing_nm=11.0, n_cells=(10, 7, 3), shapes=cube(8.6), displacement_nm=0.35, seed=2)
    simulate_tem(film, px_per_nm=4.0, field_nm=(110.0, 70.0)).plot(ax)
    ax.set_title("")


def crystal_still(ax: Axes) -> None:
    """A predicted simple-cubic crystal of cubes."""
    from packing.shapes import cube
    from structure.crystals.build import build_crystal
    from superlattice import draw_still

    draw_still(build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 3), shapes=cube(8.6), displacement_nm=0.2), ax)


def dispersed_still(ax: Axes) -> None:
    """Cubes as a simulation begins: dispersed and turned at random."""
    from packing.shapes import cube
    from structure.crystals.build import ideal_gas
    from superlattice import draw_still

    draw_still(ideal_gas(40, edge_nm=75.0, shapes=cube(8.6), seed=3), ax)


def neighbours_of_a_lattice(ax: Axes) -> None:
    """Vectors to the nearest neighbours, and the cell that is fitted to them."""
    from packing.shapes import cube
    from structure.crystals.build import build_crystal
    from structure.lattice import fit_lattice

    frame = build_crystal("sc", spacing_nm=11.0, n_cells=(6, 6, 6), shapes=cube(8.6), displacement_nm=0.5, seed=1)
    fit = fit_lattice(frame)
    places = frame.positions_nm
    apart = places[None] - places[:, None]
    edges = np.asarray(frame.box[:3])
    apart -= edges * np.round(apart / edges)
    near = (np.linalg.norm(apart, axis=2) < 17.5) & (np.abs(apart[:, :, 2]) < 3)
    ax.plot(*apart[near][:, :2].T, ".", ms=1.5, color="0.6", label="vectors to neighbours in a layer")
    for k, vector in enumerate(fit.cell_nm[np.abs(fit.cell_nm[:, 2]) < 3]):
        ax.annotate("", vector[:2], (0, 0), arrowprops={"arrowstyle": "->", "color": f"C{k}", "lw": 2})
    ax.set(xlabel="$x$ [nm]", ylabel="$y$ [nm]", aspect="equal")
    ax.set_title(f"fitted: {np.linalg.norm(fit.cell_nm, axis=1).mean():.2f} nm (built with 11.00)", fontsize=9)


def multilayer_fringes(ax: Axes) -> None:
    """Fringes on the first reflection of a film of dots, for two spreads of the gap."""
    from packing.shapes import cube
    from structure.crystals.build import build_crystal
    from structure.diffraction.film_xrd import simulate_film_xrd
    from structure.diffraction.library import crystal_of_material

    q = np.linspace(9.6, 11.8, 400)
    for k, displacement in enumerate((0.03, 0.2)):
        film = build_crystal("sc", spacing_nm=11.6, n_cells=(3, 3, 6), shapes=cube(8.8), displacement_nm=displacement)
        curve = simulate_film_xrd(film, crystal_of_material("CsPbBr3"), q, row_nm=[0, 0, 11.6])
        shown = curve.intensity / curve.intensity.max() - 0.25 * k
        ax.plot(q, shown, lw=1, label=f"displacements {displacement:g} nm")
    ax.set(xlabel="$q$ [nm$^{-1}$]", ylabel="Intensity of the 100 reflection, shifted")
    ax.legend(fontsize=8)


def measured_beside_model(ax: Axes) -> None:
    """A noisy curve, measured, beside what a study predicts."""
    from packing.shapes import cube
    from structure.saxs.lattice_model import LatticeModel

    q = np.geomspace(0.35, 2.2, 220)
    rng = np.random.default_rng(4)
    real = LatticeModel(spacing_nm=11.3, body=cube(8.8), size_spread=0.06, displacement_nm=0.4, domain_nm=120.0)
    counts = rng.poisson(np.maximum(real.intensity(q), 0) * 3e4) / 3e4
    ax.loglog(q, np.where(counts > 0, counts, np.nan), ".", ms=3, color="0.4", label="measured (made here, 11.3 nm)")
    model = LatticeModel(
        spacing_nm=_cubes().period_nm, body=cube(8.6), size_spread=0.05, displacement_nm=0.3, domain_nm=150.0
    )
    ax.loglog(q, model.intensity(q), color="C3", label=f"predicted, {_cubes().period_nm:.2f} nm")
    ax.set(xlabel="$q$ [nm$^{-1}$]", ylabel="Intensity per particle", ylim=(1e-5, None))
    ax.legend()


def materials_of_the_library(ax: Axes) -> None:
    """Hamaker constants across a ligand shell, by density: what a row of the table decides."""
    from packing.matter.material_table import MATERIALS
    from packing.matter.media import ALKYL

    for name, core in MATERIALS.items():
        if core.is_metal:
            continue
        ax.plot(core.refractive_index, 1e20 * core.hamaker_j(ALKYL), "o", ms=4, color="C0")
        if name in _NAMED:
            ax.annotate(name, (core.refractive_index, 1e20 * core.hamaker_j(ALKYL)), fontsize=7, xytext=(3, 2),
                    textcoords="offset points")  # fmt: skip
    ax.set(xlabel="Refractive index below the gap", ylabel="Hamaker constant across ligand [10$^{-20}$ J]")


_NAMED = {"PbTe", "PbSe", "PbS", "InSb", "InP", "CdTe", "CdSe", "CsPbBr3", "FAPbI3", "Fe2O3", "NaYF4", "TiO2", "ZnO"}


def own_ligands(ax: Axes) -> None:
    """Spacing with ligands of one's own beside those of the library."""
    from packing.matter import ligand, own_ligand
    from superlattice import Coating, Nanocrystal, cube, predict

    dots = Nanocrystal(material="FAPbBr3", shape=cube(8.6))
    kinds = {
        "oleate": ligand("oleate"),
        "18 carbons, 2 double bonds": own_ligand("mine", n_carbons=18, double_bonds=2),
        "10 carbons, branch of 6": own_ligand("mine", n_carbons=10, side_carbons=6),
        "phenethylammonium": ligand("phenethylammonium"),
        "benzylammonium": ligand("benzylammonium"),
    }
    found = [predict(dots, Coating(ligand=x, coverage_per_nm2=2.5), n_samples=1000) for x in kinds.values()]
    ax.barh(list(kinds), [p.period_nm for p in found], xerr=[p.period_sd_nm for p in found], color="C0", height=0.6)
    ax.axvline(8.6, color="0.3", ls="--", lw=1)
    ax.set(xlabel="Period, dry [nm] (dashed: core)", xlim=(8, None))
    ax.invert_yaxis()


def _diagram(ax: Axes, boxes: list[tuple[str, str]]) -> None:
    """Boxes from left to right with arrows between them."""
    ax.set_axis_off()
    ax.set(xlim=(0, len(boxes)), ylim=(0, 1))
    for k, (title, words) in enumerate(boxes):
        ax.add_patch(FancyBboxPatch((k + 0.06, 0.25), 0.74, 0.5, boxstyle="round,pad=0.03", fc="#e8eef5", ec="#1b6ca8"))
        ax.text(k + 0.43, 0.63, title, ha="center", va="center", fontsize=9, weight="bold")
        ax.text(k + 0.43, 0.43, words, ha="center", va="center", fontsize=7)
        if k + 1 < len(boxes):
            ax.annotate("", (k + 1.02, 0.5), (k + 0.85, 0.5), arrowprops={"arrowstyle": "->", "color": "0.3"})


def from_study_to_report(ax: Axes) -> None:
    """What one run does."""
    _diagram(ax, [("study.toml", "nanocrystal,\nligand, medium"), ("predict", "spacing, lattice,\npair energy"),
                  ("simulate", "dispersed,\ndried, ordered"), ("analyse", "order, lattice,\nSAXS, TEM"),
                  ("report.html", "beside your\nmeasurements")])  # fmt: skip


def stopped_and_resumed(ax: Axes) -> None:
    """How a run goes on after a stop."""
    _diagram(ax, [("run", "checkpoint\nevery stretch"), ("stop", "signal, wall time\nor power cut"),
                  ("same command", "reads the last\ncheckpoint"), ("goes on", "same bits as if\nundisturbed"),
                  ("done", "asked again:\nnothing repeated")])  # fmt: skip


def jobs_of_a_campaign(ax: Axes) -> None:
    """From a sweep to a table, here or on a cluster."""
    _diagram(ax, [("[sweep]", "lists, ranges,\nreplicas"), ("jobs", "one folder each,\nnamed by physics"),
                  ("workers", "cores here, or\nSLURM scripts"), ("status", "done, running,\nfailed and why"),
                  ("collect", "one table and\nits figures")])  # fmt: skip


def which_candidate_wins(ax: Axes) -> None:
    """From candidate lattices to a verdict."""
    _diagram(ax, [("candidates", "named lattices,\nor CIF files"), ("relaxed", "cell, sites and\nturns, under P"),
                  ("held", "a run at its\ntemperature"), ("free energy", "springs to the\ncrystal itself"),
                  ("verdict", "against the pure\ncrystals; hull")])  # fmt: skip


def ligand_for_a_period(ax: Axes) -> None:
    """Which chain gives 10.0 nm, at three coverages: where the curves cross the band."""
    from superlattice import Coating, Nanocrystal, cube, own_ligand, predict

    dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    carbons = list(range(4, 23, 3))
    for coverage in (2.0, 3.0, 4.0):
        coatings = [Coating(ligand=own_ligand(n_carbons=n), coverage_per_nm2=coverage) for n in carbons]
        periods = [predict(dots, coating, n_samples=100).period_nm for coating in coatings]
        ax.plot(carbons, periods, "o-", ms=3, label=f"{coverage:g} chains per nm²")
    ax.axhspan(9.8, 10.2, color="C3", alpha=0.2, label="wanted: 10.0 ± 0.2 nm")
    ax.set(xlabel="Carbons of the chain", ylabel="Period, dry [nm]")
    ax.legend(fontsize=8)


@lru_cache(maxsize=1)
def _cubes() -> Prediction:
    from superlattice import Coating, Nanocrystal, cube, ligand, predict

    dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6), size_spread=0.03)
    return predict(dots, Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0))


PAGES: dict[str, Callable[[Axes], None]] = {
    "spacing-by-length": spacing_by_length,
    "prediction-plot": prediction_plot,
    "pair-energy-curves": pair_energy_curves,
    "binary-curves": binary_curves,
    "saxs-lattices": saxs_lattices,
    "tem-of-a-film": tem_of_a_film,
    "crystal-still": crystal_still,
    "dispersed-still": dispersed_still,
    "neighbours-of-a-lattice": neighbours_of_a_lattice,
    "multilayer-fringes": multilayer_fringes,
    "measured-beside-model": measured_beside_model,
    "materials-of-the-library": materials_of_the_library,
    "own-ligands": own_ligands,
    "from-study-to-report": from_study_to_report,
    "stopped-and-resumed": stopped_and_resumed,
    "which-candidate-wins": which_candidate_wins,
    "ligand-for-a-period": ligand_for_a_period,
    "jobs-of-a-campaign": jobs_of_a_campaign,
}
