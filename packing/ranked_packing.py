"""The crystal behind a row of a ranking."""

from __future__ import annotations

from dataclasses import replace

from packing.checks import require_known
from packing.lattice_curves import SPHERES
from packing.lattice_report import lattice_report
from packing.packed_lattice import PackedLattice
from packing.ranked_lattices import LatticeRanking
from packing.ranked_rows import mixture_packing
from packing.template_catalogue import template


def ranked_packing(ranking: LatticeRanking, name: str | None = None) -> PackedLattice:
    """Cell, positions and orientations of a ranked lattice [nm], the densest by default.

    Kinds are those of the ranking: A is the larger particle. Shapes are the effective ones, after vortices or
    overlap cones have shrunk some.

    Parameters
    ----------
    ranking
        From `packing.ranking.rank_lattices`.
    name
        One of its lattices.

    Raises
    ------
    InputError
        For a lattice that the ranking does not hold.

    Examples
    --------
    >>> from packing.particles import Coating, Ligand, Nanocrystal
    >>> from packing.ranking import rank_lattices
    >>> from packing.shapes import Sphere
    >>> chain = Coating(ligand=Ligand(name="C9", length_nm=1.352), coverage_per_nm2=4.5)
    >>> pbs = Nanocrystal(material="PbS", shape=Sphere(diameter_nm=7.0))
    >>> gold = Nanocrystal(material="Au", shape=Sphere(diameter_nm=4.1))
    >>> ranking = rank_lattices(pbs, chain, gold, chain, model="hs", n_samples=10)
    >>> ranked_packing(ranking, "NaCl").kinds.count("B")
    4
    """
    wanted = ranking.best.name if name is None else template(name).name
    rows = {row.name: row for row in ranking.rows}
    require_known("ranked lattice", wanted, rows)
    row = rows[wanted]
    if ranking.mixture != SPHERES:
        return mixture_packing(wanted, ranking.gamma, ranking.mixture).scaled(ranking.size_a_nm)
    if row.model == "ocm":
        a, b = row.sizes_nm
        packing = lattice_report(wanted, b / a, diameter_a_nm=a).packing
        return replace(packing, packing_fraction=row.packing_fraction)
    return lattice_report(wanted, ranking.gamma, model=row.model, diameter_a_nm=ranking.size_a_nm).packing
