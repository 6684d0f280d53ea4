"""Which binary superlattice: candidates ranked by packing fraction, with the uncertainty carried along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_known
from packing.cube_sphere_table import table_entry
from packing.effective_sizes import (
    SizeModels,
    Uncertainty,
    is_cube,
    nominal_size_nm,
    sampled_sizes_nm,
)
from packing.errors import InputError
from packing.lattice_curves import (
    CUBES_ON_A,
    CUBES_ON_B,
    SPHERES,
    candidate_names,
    lattice_curve,
    phase_separation,
)
from packing.otm import branch_at
from packing.particles import Coating, Nanocrystal
from packing.ranked_lattices import LatticeRanking, RankedLattice
from packing.sphere_curves import sphere_curve
from packing.template_catalogue import template

FloatArray = NDArray[np.float64]

_TIED = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """Volume of one core and of its ligand at the density of the models [nm^3]."""

    core_nm3: float
    ligand_nm3: float

    @classmethod
    def of(cls, nanocrystal: Nanocrystal, coating: Coating) -> _Content:
        shape = nanocrystal.shape
        return cls(core_nm3=shape.volume_nm3, ligand_nm3=shape.surface_nm2 * coating.shell_nm)


def rank_lattices(
    nanocrystal_a: Nanocrystal,
    coating_a: Coating,
    nanocrystal_b: Nanocrystal,
    coating_b: Coating,
    *,
    lattices: Iterable[str] | None = None,
    model: str = "otm",
    cube_edge: str = "round",
    sphere_size: str = "opm",
    uncertainty: Uncertainty | None = None,
    n_samples: int = 10_000,
    seed: int = 0,
) -> LatticeRanking:
    """Rank binary superlattices of two coated nanocrystals by how densely they pack.

    The nanocrystals become hard particles of their effective size (`packing.effective_sizes`): spheres by the OPM,
    cubes by a named form. The larger one is A. Two cubes are ranked as spheres are not: they have no table, and are
    refused. Sizes, coverages and lengths are drawn from their spreads and each draw is ranked anew.

    Parameters
    ----------
    nanocrystal_a, coating_a, nanocrystal_b, coating_b
        The two building blocks, in any order.
    lattices
        Candidates; None for all that the mixture has curves for.
    model
        ``"otm"`` or ``"hs"``. With cubes all rows are hard-particle ones.
    cube_edge
        Effective edge of cubes: ``"fill"``, ``"round"`` or ``"plate"``.
    sphere_size
        Effective diameter of spheres: ``"opm"``, or ``"ocm"`` for lattices in which particles have few neighbours.
    uncertainty
        Spreads besides those of the sizes; None for the defaults.
    n_samples
        Monte-Carlo samples.
    seed
        Their seed.

    Notes
    -----
    The space-filling principle is a heuristic; kinetics, shape of the ligand and entropy are left out.

    Examples
    --------
    >>> from packing.particles import Ligand
    >>> from packing.shapes import Sphere
    >>> chain = Coating(ligand=Ligand(name="C9", length_nm=1.352), coverage_per_nm2=4.5)
    >>> pbs = Nanocrystal(material="PbS", shape=Sphere(diameter_nm=7.0), size_spread=0.04)
    >>> gold = Nanocrystal(material="Au", shape=Sphere(diameter_nm=4.1), size_spread=0.04)
    >>> ranking = rank_lattices(pbs, chain, gold, chain, lattices=["NaCl", "AlB2", "CsCl"], model="hs")
    >>> ranking.best.name
    'AlB2'
    """
    require_known("model", model, ("hs", "otm"))
    models = SizeModels(sphere=sphere_size, cube=cube_edge)
    if n_samples < 1:
        raise InputError(f"n_samples must be at least 1, got {n_samples}.")
    pair = ((nanocrystal_a, coating_a), (nanocrystal_b, coating_b))
    cubes = [is_cube(nanocrystal) for nanocrystal, _ in pair]
    if all(cubes):
        raise InputError(
            "a ranking needs at least one kind of spheres, got two kinds of cubes. "
            "Use packing.densest.densest_packing for lattices of two cubes."
        )
    rng = np.random.default_rng(seed)
    nominal = [nominal_size_nm(n, coating, models) for n, coating in pair]
    sizes = [sampled_sizes_nm(n, c, uncertainty or Uncertainty(), n_samples, rng, models) for n, c in pair]
    relabelled = nominal[1] > nominal[0]
    large, small = (1, 0) if relabelled else (0, 1)
    mixture = SPHERES if not any(cubes) else CUBES_ON_A if cubes[large] else CUBES_ON_B
    names = tuple(dict.fromkeys(template(n).name for n in (lattices or candidate_names(mixture))))
    for name in names:
        require_known(f"candidate lattice of {mixture}", name, candidate_names(mixture))
    gamma = nominal[small] / nominal[large]
    contents = [_Content.of(*pair[k]) for k in (large, small)]
    drafts, left_out = _possible(names, gamma, nominal[large], contents, model, mixture)
    sampled = sizes[small] / sizes[large]
    sampled = sampled[np.isfinite(sampled)]
    fractions, references = _sampled_fractions(tuple(row.name for row in drafts), sampled, model, mixture)
    tied = fractions >= fractions.max(axis=0) - _TIED
    probabilities = (tied / tied.sum(axis=0)).mean(axis=1)
    return LatticeRanking(
        rows=_ordered(drafts, probabilities),
        gamma=gamma,
        gamma_samples=_frozen(sampled),
        mixture=mixture,
        relabelled=relabelled,
        size_a_nm=nominal[large],
        size_b_nm=nominal[small],
        separation_probability=float(np.mean(np.all(fractions <= references, axis=0))),
        model=model,
        cube_edge=cube_edge,
        sphere_size=sphere_size,
        left_out=left_out,
        seed=seed,
    )


def _possible(
    names: tuple[str, ...], gamma: float, size_a_nm: float, contents: list[_Content], model: str, mixture: str
) -> tuple[list[RankedLattice], tuple[str, ...]]:
    """Candidates whose cell holds core and ligand, and one sentence for each of the others."""
    drafts, left_out = [], []
    for name in names:
        try:
            drafts.append(_row(name, gamma, size_a_nm, contents, model, mixture))
        except InputError as error:
            left_out.append(str(error))
    if not drafts:
        raise InputError(f"no candidate lattice is possible: {left_out[0]}")
    return drafts, tuple(left_out)


def _sampled_fractions(
    names: tuple[str, ...], gamma: FloatArray, model: str, mixture: str
) -> tuple[FloatArray, FloatArray]:
    """Packing fraction of every lattice and of the separated crystals in every sample, shape (L, S).

    Where a draw makes the smaller particle the larger one, the two change places.
    """
    turned = {SPHERES: SPHERES, CUBES_ON_A: CUBES_ON_B, CUBES_ON_B: CUBES_ON_A}[mixture]
    fractions, references = np.empty((len(names), len(gamma))), np.empty((len(names), len(gamma)))
    for mask, ratio, kind in ((gamma <= 1, gamma, mixture), (gamma > 1, 1 / gamma, turned)):
        if not mask.any():
            continue
        for index, name in enumerate(names):
            fractions[index, mask] = lattice_curve(name, ratio[mask], model=model, mixture=kind).packing_fraction
            references[index, mask] = phase_separation(name, ratio[mask], kind)
    return fractions, references


def _row(
    name: str, gamma: float, size_a_nm: float, contents: list[_Content], model: str, mixture: str
) -> RankedLattice:
    counts = template(name).counts
    n_b = sum(n for kind, n in counts.items() if kind != "A")
    note, used = "", "hs"
    if mixture != SPHERES:
        packing = table_entry(name, mixture[-1]).packing(gamma)
        a, b, c = packing.lengths_nm
        fraction, contacts, volume = packing.packing_fraction, packing.limiting_contact, packing.volume_nm3
    else:
        curve = lattice_curve(name, gamma, model=model)
        fraction = float(curve.packing_fraction[0])
        if curve.overfilled[0]:
            note = "its OTM branch would fill more than the cell, so it does not exist: hard spheres"
        used = "otm" if curve.is_otm[0] else "hs"
        volume = np.pi / 6 * (counts["A"] + n_b * gamma**3) / fraction
        (a, b, c), contacts = _sphere_cell(name, gamma, used, volume)
    cell = volume * size_a_nm**3
    core = counts["A"] * contents[0].core_nm3 + n_b * contents[1].core_nm3
    ligand = counts["A"] * contents[0].ligand_nm3 + n_b * contents[1].ligand_nm3
    check_balance(name, core + ligand, cell)
    return RankedLattice(
        name=name,
        model=used,
        gamma=gamma,
        a_nm=a * size_a_nm,
        b_nm=b * size_a_nm,
        c_nm=c * size_a_nm,
        packing_fraction=fraction,
        core_fraction=float(core / cell),
        probability=0.0,
        margin_next=None,
        margin_separation=fraction - float(phase_separation(name, gamma, mixture)),
        limiting_contact=contacts,
        note=note,
    )


def _sphere_cell(name: str, gamma: float, model: str, volume: float) -> tuple[tuple[float, float, float], str]:
    """a, b and c over the size of A for a cell of known volume, and the contacts at the effective sizes."""
    known = template(name)
    sizes = {kind: 1.0 if kind == "A" else gamma for kind in known.kinds}
    branch = branch_at(name, gamma) if model == "otm" else None
    if branch is not None and branch.shrinks == "vertex B":
        length = float(np.cbrt(volume))
        return (length, length, length), "A-B, B-B"
    if branch is not None and branch.shrinks == "centre B":
        sizes["B"] = float(branch.gamma_bar(np.array([gamma]))[0])
    elif branch is not None:
        factor_a, factor_b = (float(f[0]) for f in branch.factors(np.array([gamma])))
        sizes = {kind: factor_a if kind == "A" else factor_b * gamma for kind in known.kinds}
    curve = sphere_curve(known, sizes)
    a = float(curve.length_a[0])
    found = known.parameter("c/a")
    ratio = float(curve.parameters["c/a"][0]) if "c/a" in curve.parameters else found.ideal if found else 1.0
    return (a, a, a * ratio), curve.contacts[0]


def check_balance(name: str, content_nm3: float, cell_nm3: float) -> None:
    """Raise `InputError` where cores and dry ligand need more than the cell: no model may return such a crystal."""
    if content_nm3 > cell_nm3 * (1 + 1e-6):
        raise InputError(
            f"the cell of {name} has {cell_nm3:.4g} nm^3 for {content_nm3:.4g} nm^3 of core and ligand. "
            "Lower the coverage, or take another size model."
        )


def _ordered(drafts: list[RankedLattice], probabilities: FloatArray) -> tuple[RankedLattice, ...]:
    order = sorted(range(len(drafts)), key=lambda k: (-drafts[k].packing_fraction, -probabilities[k]))
    rows = []
    for place, k in enumerate(order):
        following = drafts[order[place + 1]].packing_fraction if place + 1 < len(order) else None
        margin = None if following is None else drafts[k].packing_fraction - following
        rows.append(replace(drafts[k], probability=float(probabilities[k]), margin_next=margin))
    return tuple(rows)


def _frozen(array: FloatArray) -> FloatArray:
    copy = np.array(array, dtype=np.float64)
    copy.flags.writeable = False
    return copy
