"""Binary candidates of a prediction: the ranking of `packing.ranking` with volume fractions and optics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from packing.effective_sizes import Uncertainty, core_size_nm
from packing.errors import InputError
from packing.input_spread import InputSpread
from packing.lattice_prediction import LatticePrediction
from packing.materials import material
from packing.optics import LIGAND_INDEX, bruggeman_index
from packing.otm import branch_at
from packing.particles import Coating, Nanocrystal
from packing.ranked_lattices import LatticeRanking, RankedLattice
from packing.ranking import rank_lattices
from packing.single_lattices import SINGLE_LATTICES
from packing.template_catalogue import BINARY_NAMES, template

Part = tuple[Nanocrystal, Coating]


def binary_lattice_predictions(
    first: Part,
    second: Part,
    lattices: Sequence[str],
    *,
    spread: InputSpread,
    n_samples: int,
    seed: int,
) -> tuple[tuple[LatticePrediction, ...], LatticeRanking, list[str]]:
    """Candidates for a mixture, the densest first, with the ranking behind them and notes for the reader.

    Names of one-component lattices are left out; where nothing else is named, all binary lattices are tried.

    Raises
    ------
    InputError
        For an unknown lattice, or a mixture that no curve covers.
    """
    ranking = rank_lattices(
        *first,
        *second,
        lattices=_binary_names(lattices) or None,
        uncertainty=Uncertainty(coverage=spread.coverage, length=spread.length),
        n_samples=n_samples,
        seed=seed,
    )
    large, small = (second, first) if ranking.relabelled else (first, second)
    notes = []
    if ranking.relabelled:
        notes.append(
            f"the partner is the larger particle: it is A ({large[0].material}) and the nanocrystal is B "
            f"({small[0].material})."
        )
    if ranking.separation_probability > 0.5:
        notes.append(
            f"separate crystals of the two kinds pack denser than every binary candidate in "
            f"{ranking.separation_probability:.0%} of the samples."
        )
    overlaps = {row.name: _core_overlap(row, ranking, large, small) for row in ranking.rows}
    # Ranked on, but behind every candidate that can exist.
    ordered = sorted(ranking.rows, key=lambda row: bool(overlaps[row.name]))
    notes += [f"{name}: {text}." for name, text in overlaps.items() if text and name == ranking.best.name]
    rows = tuple(_prediction(row, large, small, overlaps[row.name]) for row in ordered)
    return rows, ranking, notes


def _binary_names(lattices: Sequence[str]) -> list[str]:
    single = {name.lower() for name in SINGLE_LATTICES}
    found = [template(name).name for name in lattices if name.lower() not in single]
    wrong = [name for name in found if name not in BINARY_NAMES]
    if wrong:
        raise InputError(f"lattice {wrong[0]} is not a binary lattice. Choose from {', '.join(BINARY_NAMES)}.")
    return found


def _core_overlap(row: RankedLattice, ranking: LatticeRanking, large: Part, small: Part) -> str:
    """Why the vortices of an OTM branch cannot be: the particles it shrinks would be smaller than their cores."""
    branch = branch_at(row.name, ranking.gamma) if row.model == "otm" else None
    if branch is None:
        return ""
    if branch.shrinks in ("vertex B", "centre B"):
        factors = (1.0, float(branch.gamma_bar(np.array([ranking.gamma]))[0]) / ranking.gamma)
    else:
        factor_a, factor_b = branch.factors(np.array([ranking.gamma]))
        factors = (float(factor_a[0]), float(factor_b[0]))
    for kind, part, size, factor in zip(
        "AB", (large, small), (ranking.size_a_nm, ranking.size_b_nm), factors, strict=True
    ):
        core = core_size_nm(part[0])
        if factor < 1 and size * factor < core:
            return (
                f"not possible: {kind} would shrink to {size * factor:.2f} nm, below its core of {core:.2f} nm, "
                "so cores would overlap"
            )
    return ""


def _prediction(row: RankedLattice, large: Part, small: Part, overlap: str) -> LatticePrediction:
    counts = template(row.name).counts
    n_a = counts["A"]
    n_b = sum(counts.values()) - n_a
    cores = [n * part[0].shape.volume_nm3 for n, part in ((n_a, large), (n_b, small))]
    ligands = [n * part[0].shape.surface_nm2 * part[1].shell_nm for n, part in ((n_a, large), (n_b, small))]
    per_volume = row.core_fraction / sum(cores)
    core_parts = [volume * per_volume for volume in cores]
    ligand = sum(ligands) * per_volume
    void = 1 - row.core_fraction - ligand
    if void < -1e-9:
        overlap = overlap or f"not possible: core and ligand need {1 - void:.3f} of the cell"
        ligand, void = 1 - row.core_fraction, 0.0
    indices = [material(part[0].material).refractive_index for part in (large, small)]
    mixture = [*zip(core_parts, indices, strict=True), (ligand, LIGAND_INDEX), (void, 1.0)]
    separation = f"{row.margin_separation:+.3f} against separate crystals"
    remarks = [text for text in (overlap, separation, row.note) if text]
    return LatticePrediction(
        name=row.name,
        model=row.model,
        a_nm=row.a_nm,
        b_nm=row.b_nm,
        c_nm=row.c_nm,
        packing_fraction=row.packing_fraction,
        core_fraction=row.core_fraction,
        ligand_fraction=ligand,
        probability=row.probability,
        limiting_contact=row.limiting_contact,
        refractive_index=bruggeman_index(mixture),
        note="; ".join(remarks),
    )
