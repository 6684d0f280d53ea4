"""One row of a ranking: a lattice at the nominal sizes, with its cell, or why it cannot be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from packing.binary.cube_pairs import cube_pair
from packing.binary.cube_sphere_table import table_entry
from packing.binary.curves import CUBES, SPHERES, LatticeCurve, lattice_curve, phase_separation
from packing.binary.otm import branch_at, otm_curve
from packing.binary.soft_particles import OCM_COORDINATION, SoftParticles
from packing.checks import require_known
from packing.contact.packed import PackedLattice
from packing.contact.sphere_curves import sphere_curve
from packing.lattices.catalogue import template
from packing.ranking.candidates import LatticeRanking, RankedLattice
from packing.ranking.one_lattice import lattice_report
from packing.ranking.room import Content, check_balance
from packing.spacing.sizes import CoatedSizes


def ranked_packing(ranking: LatticeRanking, name: str | None = None) -> PackedLattice:
    """Cell, positions and orientations of a ranked lattice [nm], the likeliest by default.

    Kinds are those of the ranking: A is the larger particle. Shapes are the effective ones, after vortices or
    overlap cones have shrunk some.

    Parameters
    ----------
    ranking
        From `packing.ranking.ranking.rank_lattices`.
    name
        One of its lattices.

    Raises
    ------
    InputError
        For a lattice that the ranking does not hold.

    Examples
    --------
    >>> from packing.particles import Coating, Ligand, Nanocrystal
    >>> from packing.ranking.ranking import rank_lattices
    >>> from packing.shapes import Sphere
    >>> chain = Coating(ligand=Ligand(name="C9", length_nm=1.352), coverage_per_nm2=4.5)
    >>> pbs = Nanocrystal(material="PbS", shape=Sphere(diameter_nm=7.0))
    >>> gold = Nanocrystal(material="Au", shape=Sphere(diameter_nm=4.1))
    >>> ranking = rank_lattices((pbs, chain), (gold, chain), model="hs", n_samples=10)
    >>> ranked_packing(ranking, "NaCl").kinds.count("B")
    4
    """
    wanted = ranking.likeliest.name if name is None else template(name).name
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


FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixed:
    """The two nominal particles of a ranking, the larger first: sizes of shape (1,), and what they hold."""

    large: CoatedSizes
    small: CoatedSizes
    contents: tuple[Content, Content]
    mixture: str

    @property
    def gamma(self) -> float:
        """Ratio of the effective sizes, B over A."""
        return float(self.small.effective_nm[0] / self.large.effective_nm[0])

    @property
    def size_a_nm(self) -> float:
        """Effective size of A [nm]."""
        return float(self.large.effective_nm[0])


def soft_particles(large: CoatedSizes, small: CoatedSizes, by_coordination: bool) -> SoftParticles:
    """What lies under the effective sizes; overlap cones only where sizes go by coordination."""
    a, b = large.effective_nm, small.effective_nm
    cones = (large.cone_nm / a, small.cone_nm / b) if by_coordination else (np.full(a.shape, np.nan),) * 2
    return SoftParticles(
        core_a=large.core_nm / a,
        core_b=small.core_nm / b,
        cone_a=cones[0],
        cone_b=cones[1],
        reach_a=large.reach_nm / a,
        reach_b=small.reach_nm / b,
    )


def mixture_packing(name: str, gamma: float, mixture: str) -> PackedLattice:
    """The cell of a mixture with cubes, with the size of A as the unit.

    Parameters
    ----------
    name
        Name of the lattice.
    gamma
        Size of B over size of A.
    mixture
        Which kinds are cubes.
    """
    return cube_pair(name, gamma).packing if mixture == CUBES else table_entry(name, mixture[-1]).packing(gamma)


def ranked_row(name: str, mixed: Mixed, model: str, by_coordination: bool) -> RankedLattice:
    """The row of one lattice, without what depends on the other rows and on the samples.

    Raises
    ------
    InputError
        Where the cell does not hold core and ligand.
    """
    counts = template(name).counts
    n_b = sum(counts.values()) - counts["A"]
    gamma, size_a = mixed.gamma, mixed.size_a_nm
    notes: list[str] = []
    used, left_out, factors = "hs", "", (1.0, 1.0)
    if mixed.mixture != SPHERES:
        packing = mixture_packing(name, gamma, mixed.mixture)
        a, b, c = packing.lengths_nm
        fraction, contacts, volume = packing.packing_fraction, packing.limiting_contact, packing.volume_nm3
    else:
        curve = lattice_curve(name, gamma, model=model, soft=soft_particles(mixed.large, mixed.small, by_coordination))
        fraction = float(curve.packing_fraction[0])
        left_out = _left_out(curve, mixed)
        used = "otm" if curve.is_otm[0] else "ocm" if curve.is_ocm[0] else "hs"
        volume = np.pi / 6 * (counts["A"] + n_b * gamma**3) / fraction
        factors = _factors(name, curve, mixed)
        (a, b, c), contacts = _sphere_cell(name, gamma, used, volume, factors)
        notes = [left_out, _cones_note(curve)]
    cell = volume * size_a**3
    large, small = mixed.contents
    core = counts["A"] * large.core_nm3 + n_b * small.core_nm3
    ligand = counts["A"] * large.ligand_nm3 + n_b * small.ligand_nm3
    check_balance(name, core + ligand, cell)
    return RankedLattice(
        name=name,
        model=used,
        gamma=gamma,
        a_nm=a * size_a,
        b_nm=b * size_a,
        c_nm=c * size_a,
        packing_fraction=fraction,
        core_fraction=float(core / cell),
        probability=0.0,
        margin_next=None,
        margin_separation=fraction - float(phase_separation(name, gamma, mixed.mixture)),
        limiting_contact=contacts,
        note="; ".join(text for text in notes if text),
        left_out=left_out,
        sizes_nm=(factors[0] * size_a, factors[1] * gamma * size_a),
    )


def _factors(name: str, curve: LatticeCurve, mixed: Mixed) -> tuple[float, float]:
    """Size of A and of the most shrunken B over the nominal ones."""
    if curve.is_otm[0]:
        otm = otm_curve(name, curve.gamma)
        return float(otm.smallest_a[0]), float(otm.smallest_b[0])
    if not curve.is_ocm[0]:
        return 1.0, 1.0
    parts = (("A", mixed.large), ("B", mixed.small))
    ratios = [float(p.cone_nm[0] / p.effective_nm[0]) if kind in curve.cones else 1.0 for kind, p in parts]
    return ratios[0], ratios[1]


def _left_out(curve: LatticeCurve, mixed: Mixed) -> str:
    """Why there is an OTM branch at this size ratio and the row is of hard spheres all the same."""
    if curve.overfilled[0]:
        return "its OTM branch would fill more than the cell, so it does not exist: hard spheres"
    if not curve.undercut[0]:
        return ""
    otm = otm_curve(curve.name, curve.gamma)
    parts = (("A", mixed.large, otm.smallest_a), ("B", mixed.small, otm.smallest_b))
    kind, size, core = next(
        (kind, float(p.effective_nm[0] * f[0]), float(p.core_nm[0]))
        for kind, p, f in parts
        if f[0] * p.effective_nm[0] < p.core_nm[0]
    )
    return (
        f"its OTM branch would shrink {kind} to {size:.2f} nm, below its core of {core:.2f} nm, so it does not exist: "
        "hard spheres"
    )


def _cones_note(curve: LatticeCurve) -> str:
    if not curve.cones:
        return ""
    who = " and ".join(curve.cones)
    few = f"{who} with at most {OCM_COORDINATION} neighbours in reach of the ligands"
    return f"{few}: overlap cones" if curve.is_ocm[0] else f"{few}, but overlap cones do not hold here: optimal packing"


def _sphere_cell(
    name: str, gamma: float, model: str, volume: float, factors: tuple[float, float]
) -> tuple[tuple[float, float, float], str]:
    """a, b and c over the size of A for a cell of known volume, and the contacts at the effective sizes."""
    known = template(name)
    branch = branch_at(name, gamma) if model == "otm" else None
    if branch is not None and branch.shrinks == "vertex B":
        length = float(np.cbrt(volume))
        return (length, length, length), "A-B, B-B"
    sizes = {kind: factors[0] if kind == "A" else factors[1] * gamma for kind in known.kinds}
    if branch is not None and branch.shrinks == "centre B":
        sizes = {"A": 1.0, "B": factors[1] * gamma, "O": gamma}
    curve = sphere_curve(known, sizes)
    a = float(curve.length_a[0])
    found = known.parameter("c/a")
    ratio = float(curve.parameters["c/a"][0]) if "c/a" in curve.parameters else found.ideal if found else 1.0
    return (a, a, a * ratio), curve.contacts[0]
