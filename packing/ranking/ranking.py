"""Which binary superlattice: candidates by how often they pack densest, with the uncertainty carried along."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from packing.binary.cube_pairs import cube_pair
from packing.binary.curves import (
    CUBES,
    CUBES_ON_A,
    CUBES_ON_B,
    SPHERES,
    candidate_names,
    lattice_curve,
    phase_separation,
)
from packing.checks import require_known
from packing.errors import InputError
from packing.lattices.catalogue import template
from packing.particles import Coated
from packing.ranking.candidates import LatticeRanking, RankedLattice
from packing.ranking.corners import Corners, rounding_gain
from packing.ranking.room import Content
from packing.ranking.rows import Mixed, ranked_row, soft_particles
from packing.results import frozen
from packing.shapes import without_flats
from packing.spacing.input_spread import InputSpread, draw_inputs
from packing.spacing.sizes import CoatedSizes, SizeModels, is_cube, nominal_sizes, sampled_sizes

FloatArray = NDArray[np.float64]

_TIED = 1e-9


def rank_lattices(
    one: Coated,
    other: Coated,
    *,
    lattices: Iterable[str] | None = None,
    model: str = "otm",
    sizes: SizeModels | None = None,
    spread: InputSpread | None = None,
    corners: Corners = "sharp",
    n_samples: int = 10_000,
    seed: int = 0,
) -> LatticeRanking:
    """Rank binary superlattices of two coated nanocrystals by how likely each packs densest.

    The nanocrystals become hard particles of their effective size (`packing.spacing.sizes`): spheres by the OPM,
    cubes by a named form. The larger one is A. Sizes, coverages and lengths are drawn from their spreads and each draw
    is ranked anew: the rows are in the order of the share of draws that each wins, and the one that is densest at the
    nominal sizes is named apart (`LatticeRanking.densest`). Two kinds of cubes have no table: the contact engine
    searches each lattice at the nominal size ratio, which takes seconds a lattice, and the draws keep the orientations
    found.

    Parameters
    ----------
    one, other
        The two building blocks, each a nanocrystal with its coating, in any order.
    lattices
        Candidates; None for all that the mixture has curves for.
    model
        ``"otm"``: vortices where a branch exists, leaves no particle below its core and overfills no cell; ``"hs"``.
        With cubes all rows are hard-particle ones.
    sizes
        Effective sizes of spheres and of cubes; None for ``"coordination"`` and ``"round"``.
    spread
        Uncertainties of the inputs, of each building block by itself; None for the defaults.
    corners
        Of coated cubes with spheres: ``"sharp"``, as the tables have them, or ``"round"``: every candidate's packing is
        followed to cubes whose edges the shell rounds (a second for each), and all samples take the gain.
    n_samples
        Monte-Carlo samples.
    seed
        Their seed.

    Raises
    ------
    InputError
        For an unknown lattice or model, particles that are neither spheres nor cubes, no samples, an overlap cone model
        that does not hold, and where no candidate's cell holds core and ligand.

    Notes
    -----
    The space-filling principle is a heuristic; kinetics, shape of the ligand and entropy are left out.

    Examples
    --------
    >>> from packing.particles import Coating, Ligand, Nanocrystal
    >>> from packing.shapes import Sphere
    >>> chain = Coating(ligand=Ligand(name="C9", length_nm=1.352), coverage_per_nm2=4.5)
    >>> pbs = Nanocrystal(material="PbS", shape=Sphere(diameter_nm=7.0), size_spread=0.04)
    >>> gold = Nanocrystal(material="Au", shape=Sphere(diameter_nm=4.1), size_spread=0.04)
    >>> ranking = rank_lattices((pbs, chain), (gold, chain), lattices=["NaCl", "AlB2", "CsCl"], model="hs")
    >>> ranking.rows[0].name, ranking.densest.name
    ('AlB2', 'AlB2')
    """
    require_known("model", model, ("hs", "otm"))
    require_known("corners", corners, ("sharp", "round"))
    models = sizes or SizeModels()
    if n_samples < 1:
        raise InputError(f"n_samples must be at least 1, got {n_samples}.")
    pair = tuple((replace(nanocrystal, shape=without_flats(nanocrystal.shape)), c) for nanocrystal, c in (one, other))
    cubes = [is_cube(nanocrystal) for nanocrystal, _ in pair]
    rng = np.random.default_rng(seed)
    nominal = [nominal_sizes(n, coating, models) for n, coating in pair]
    draws = [sampled_sizes(n, c, draw_inputs(n, c, spread or InputSpread(), n_samples, rng), models) for n, c in pair]
    relabelled = bool(nominal[1].effective_nm[0] > nominal[0].effective_nm[0])
    large, small = (1, 0) if relabelled else (0, 1)
    mixture = CUBES if all(cubes) else SPHERES if not any(cubes) else CUBES_ON_A if cubes[large] else CUBES_ON_B
    names = tuple(dict.fromkeys(template(n).name for n in (lattices or candidate_names(mixture))))
    for name in names:
        require_known(f"candidate lattice of {mixture}", name, candidate_names(mixture))
    mixed = Mixed(
        large=nominal[large],
        small=nominal[small],
        contents=(Content.of(*pair[large]), Content.of(*pair[small])),
        mixture=mixture,
    )
    by_coordination = models.sphere == "coordination"
    drafts, left_out = _possible(names, mixed, model, by_coordination)
    sound = np.isfinite(draws[0].effective_nm) & np.isfinite(draws[1].effective_nm)
    sampled = (draws[large].chosen(sound), draws[small].chosen(sound))
    names = tuple(row.name for row in drafts)
    fractions, references, missing = _sampled_fractions(names, sampled, mixed, model, by_coordination)
    if corners == "round" and mixture in (CUBES_ON_A, CUBES_ON_B):
        radii = tuple(
            (float(size.effective_nm[0]) - float(size.core_nm[0])) / 2 for size in (nominal[large], nominal[small])
        )
        gains = {row.name: rounding_gain(row.name, mixed.gamma, mixture, mixed.size_a_nm, radii) for row in drafts}
        drafts = [replace(row, rounded_fraction=gains[row.name] * row.packing_fraction) for row in drafts]
        fractions = fractions * np.array([gains[name] for name in names])[:, None]
    tied = fractions >= fractions.max(axis=0) - _TIED
    shares = tied / tied.sum(axis=0)
    separate = np.all(fractions <= references, axis=0)
    probabilities, formed = shares.mean(axis=1), (shares * ~separate).mean(axis=1)
    drafts = [replace(row, formed_probability=float(f)) for row, f in zip(drafts, formed, strict=True)]
    drafts = [_with_share(row, float(share)) for row, share in zip(drafts, missing.mean(axis=1), strict=True)]
    return LatticeRanking(
        rows=_ordered(drafts, probabilities),
        gamma=mixed.gamma,
        gamma_samples=frozen(sampled[1].effective_nm / sampled[0].effective_nm),
        mixture=mixture,
        relabelled=relabelled,
        size_a_nm=mixed.size_a_nm,
        size_b_nm=float(mixed.small.effective_nm[0]),
        separation_probability=float(separate.mean()),
        model=model,
        cube_edge=models.cube,
        sphere_size=models.sphere,
        left_out=left_out,
        seed=seed,
    )


def _possible(
    names: tuple[str, ...], mixed: Mixed, model: str, by_coordination: bool
) -> tuple[list[RankedLattice], tuple[str, ...]]:
    """Candidates with a curve whose cell holds core and ligand, and one sentence for each of the others."""
    drafts, left_out = [], []
    for name in names:
        try:
            drafts.append(ranked_row(name, mixed, model, by_coordination))
        except InputError as error:
            left_out.append(str(error))
    if not drafts:
        raise InputError(f"no candidate lattice is possible: {left_out[0]}")
    return drafts, tuple(left_out)


def _sampled_fractions(
    names: tuple[str, ...],
    sampled: tuple[CoatedSizes, CoatedSizes],
    mixed: Mixed,
    model: str,
    by_coordination: bool,
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Packing fraction of every lattice and of the separated crystals in every sample, and where an OTM branch is
    left out, shape (L, S) each.

    Where a draw makes the smaller particle the larger one, the two change places.
    """
    mixture = mixed.mixture
    turned = {SPHERES: SPHERES, CUBES: CUBES, CUBES_ON_A: CUBES_ON_B, CUBES_ON_B: CUBES_ON_A}[mixture]
    gamma = sampled[1].effective_nm / sampled[0].effective_nm
    shape = (len(names), len(gamma))
    fractions, references, missing = np.empty(shape), np.empty(shape), np.zeros(shape, dtype=bool)
    soft = soft_particles(*sampled, by_coordination)
    for mask, ratio, kind, under in (
        (gamma <= 1, gamma, mixture, soft),
        (gamma > 1, 1 / gamma, turned, soft.exchanged()),
    ):
        if not mask.any():
            continue
        chosen = under.chosen(mask)
        for index, name in enumerate(names):
            references[index, mask] = phase_separation(name, ratio[mask], kind)
            if mixture == CUBES:
                fractions[index, mask] = cube_pair(name, mixed.gamma).packing_fraction(ratio[mask])
                continue
            curve = lattice_curve(name, ratio[mask], model=model, mixture=kind, soft=chosen)
            fractions[index, mask], missing[index, mask] = curve.packing_fraction, curve.overfilled | curve.undercut
    return fractions, references, missing


def _with_share(row: RankedLattice, share: float) -> RankedLattice:
    """The row with how often its OTM branch is left out, in words where that is not said of the nominal sizes."""
    said = f"its OTM branch does not exist in {share:.0%} of the samples" if share > 0.005 and not row.left_out else ""
    return replace(row, left_out_share=share, note="; ".join(text for text in (row.note, said) if text))


def _ordered(drafts: list[RankedLattice], probabilities: FloatArray) -> tuple[RankedLattice, ...]:
    """The likeliest first, of two alike the denser one; margins are over the next less dense candidate."""
    by_density = sorted(drafts, key=lambda row: -row.packing_fraction)
    margins = {
        row.name: row.packing_fraction - following.packing_fraction for row, following in itertools.pairwise(by_density)
    }
    rows = [
        replace(row, probability=float(probability), margin_next=margins.get(row.name))
        for row, probability in zip(drafts, probabilities, strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: (-row.probability, -row.packing_fraction)))
