"""Binary candidates of a prediction: the ranking of `packing.ranking.ranking` with volume fractions."""

from __future__ import annotations

from collections.abc import Sequence

from packing.binary.curves import CUBES
from packing.errors import InputError
from packing.lattices.catalogue import BINARY_NAMES, template
from packing.lattices.single import SINGLE_LATTICES
from packing.particles import Coated
from packing.prediction.single import LatticePrediction
from packing.ranking.candidates import LatticeRanking, RankedLattice
from packing.ranking.ranking import rank_lattices
from packing.shapes import Cuboid
from packing.spacing.input_spread import InputSpread


def binary_lattice_predictions(
    first: Coated,
    second: Coated,
    lattices: Sequence[str],
    *,
    spread: InputSpread,
    n_samples: int,
    seed: int,
) -> tuple[tuple[LatticePrediction, ...], LatticeRanking, list[str]]:
    """Candidates for a mixture, the likeliest first, with the ranking behind them and notes for the reader.

    Names of one-component lattices are left out; where nothing else is named, all binary lattices are tried. One that
    the ranking leaves out has a note with the reason.

    Parameters
    ----------
    first, second
        The two building blocks.
    lattices
        Names of candidates.
    spread
        Uncertainties of the inputs.
    n_samples
        Monte-Carlo samples.
    seed
        Their seed.

    Raises
    ------
    InputError
        For an unknown lattice, or a mixture that no curve covers.
    """
    ranking = rank_lattices(
        first,
        second,
        lattices=_binary_names(lattices) or None,
        spread=spread,
        n_samples=n_samples,
        seed=seed,
    )
    large, small = (second, first) if ranking.relabelled else (first, second)
    notes = []
    if ranking.relabelled:
        notes.append(
            f"the partner is the larger particle: it is A ({large[0].material_name}) and the nanocrystal is B "
            f"({small[0].material_name})."
        )
    if ranking.mixture == CUBES:
        notes.append(
            "two kinds of cubes have no table: each lattice was searched briefly at this size ratio, so packing "
            "fractions are lower bounds."
        )
    rounded = [n for n, _ in (large, small) if isinstance(n.shape, Cuboid) and n.shape.rounding_nm > 0]
    if rounded:
        notes.append(
            f"the cubes of {' and '.join(n.material_name for n in rounded)} are rounded: binary lattices are packed "
            "with sharp cubes of the same width, so their packing fractions count corners that are not there."
        )
    if ranking.densest.name != ranking.likeliest.name:
        notes.append(
            f"densest at the nominal sizes is {ranking.densest.name} ({ranking.densest.packing_fraction:.3f}); "
            f"{ranking.likeliest.name} packs densest in more of the samples."
        )
    notes += [f"not ranked: {reason}" for reason in ranking.left_out]
    if ranking.separation_probability > 0.5:
        notes.append(
            f"separate crystals of the two kinds pack denser than every binary candidate in "
            f"{ranking.separation_probability:.0%} of the samples."
        )
    return tuple(_prediction(row, large, small) for row in ranking.rows), ranking, notes


def _binary_names(lattices: Sequence[str]) -> list[str]:
    single = {name.lower() for name in SINGLE_LATTICES}
    found = [template(name).name for name in lattices if name.lower() not in single]
    wrong = [name for name in found if name not in BINARY_NAMES]
    if wrong:
        raise InputError(f"lattice {wrong[0]} is not a binary lattice. Choose from {', '.join(BINARY_NAMES)}.")
    return found


def _prediction(row: RankedLattice, large: Coated, small: Coated) -> LatticePrediction:
    counts = template(row.name).counts
    n_a = counts["A"]
    n_b = sum(counts.values()) - n_a
    cores = [n * part[0].shape.volume_nm3 for n, part in ((n_a, large), (n_b, small))]
    ligands = [n * part[0].shape.surface_nm2 * part[1].shell_nm for n, part in ((n_a, large), (n_b, small))]
    per_volume = row.core_fraction / sum(cores)
    names = [part[0].material for part in (large, small)]
    separation = f"{row.margin_separation:+.3f} against separate crystals"
    remarks = [text for text in (separation, row.note) if text]
    return LatticePrediction(
        name=row.name,
        model=row.model,
        a_nm=row.a_nm,
        b_nm=row.b_nm,
        c_nm=row.c_nm,
        packing_fraction=row.packing_fraction,
        core_fraction=row.core_fraction,
        ligand_fraction=sum(ligands) * per_volume,
        probability=row.probability,
        limiting_contact=row.limiting_contact,
        cores=tuple((name, volume * per_volume) for name, volume in zip(names, cores, strict=True)),
        note="; ".join(remarks),
    )
