"""Where a relaxation begins: candidate lattices of given particles, as dense as the contact engine packs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from assembly.crystal.coated import SoftMatter
from assembly.crystal.crystals import Crystal, crystal_of
from packing.binary.cube_sphere_table import CUBE_NAMES, table_entry
from packing.checks import require_known
from packing.contact.packed import PackedLattice
from packing.contact.packing import densest_packing
from packing.errors import InputError
from packing.lattices.catalogue import TEMPLATES, template
from packing.lattices.templates import Template
from packing.shapes import Cuboid, Shape, Sphere

ROOM = 1.06
"""How much longer than in the densest packing a start's cell is: relaxed from outside, shells end up side by side."""
_N_STARTS = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatticeStart:
    """A candidate before it is relaxed.

    Parameters
    ----------
    crystal
        Its cell.
    packing
        What it comes from: effective shapes in contact.
    counts
        Particles of each kind of the matter in a cell.
    """

    crystal: Crystal
    packing: PackedLattice
    counts: tuple[int, ...]


def lattice_start(soft: SoftMatter, lattice: str | Template, kinds: tuple[int, ...] | None = None) -> LatticeStart:
    """The densest packing found of the effective shapes on a lattice, given some room.

    Parameters
    ----------
    soft
        The particles.
    lattice
        A name of the catalogue, or a template (of a CIF file).
    kinds
        Which kind of ``soft`` sits on A and on B, and on O where that is a third one; None puts the larger one on A.

    Raises
    ------
    InputError
        For a lattice without a template, or one of more kinds than there are.

    Examples
    --------
    The cells of two kinds need ``kinds`` of both:

    >>> from packing.lattices.catalogue import template
    >>> template("ABO3").kinds
    ('A', 'B', 'O')
    """
    if isinstance(lattice, str):
        folded = {name.lower() for name in TEMPLATES}
        if lattice.lower() not in folded:
            template(lattice)  # other names, or the error that says the nearest
    found = template(lattice) if isinstance(lattice, str) else lattice
    sites = tuple(dict.fromkeys("B" if kind == "O" else kind for kind in found.kinds))
    chosen = kinds or _by_size(soft)[: len(sites)]
    if len(chosen) < len(sites) or max(chosen) >= len(soft.bodies):
        raise InputError(
            f"lattice {found.name} has {len(sites)} kinds of sites, and the study has {len(soft.bodies)} kind of "
            "nanocrystals. Add a [partner], or take a lattice of one kind."
        )
    kind_of = dict(zip(sites, chosen, strict=False))
    if "O" in found.kinds:
        kind_of["O"] = chosen[len(sites)] if len(chosen) > len(sites) else kind_of["B"]
    shapes = {site: soft.effective_shape(kind) for site, kind in kind_of.items() if site in found.kinds}
    packed = _packed(found, tuple(sorted(shapes.items())))
    crystal = crystal_of(packed, kind_of).expanded(ROOM)
    counts = tuple(int((crystal.kinds == k).sum()) for k in range(len(soft.bodies)))
    return LatticeStart(crystal=crystal, packing=packed, counts=counts)


def _by_size(soft: SoftMatter) -> tuple[int, ...]:
    return tuple(sorted(range(len(soft.bodies)), key=lambda k: -soft.effective_shape(k).size_nm))


@lru_cache(maxsize=128)
def _packed(found: Template, shapes: tuple[tuple[str, Shape], ...]) -> PackedLattice:
    """From the table of cubes with spheres where it has the lattice, else by a search."""
    given: Mapping[str, Shape] = dict(shapes)
    cubes = {kind: s for kind, s in given.items() if isinstance(s, Cuboid)}
    known = found.name in CUBE_NAMES and TEMPLATES.get(found.name) == found
    if known and 0 < len(cubes) < len(given) and all(s.is_cube for s in cubes.values()):
        on = "A" if "A" in cubes else "B"
        require_known("cubes on", on, ("A", "B"))
        other = next(s for kind, s in given.items() if kind not in cubes)
        large, small = (given["A"], next(s for k, s in given.items() if k != "A"))
        ratio = small.size_nm / large.size_nm
        if ratio <= 1 and isinstance(other, Sphere):
            return table_entry(found.name, on).packing(ratio).scaled(large.size_nm)
    return densest_packing(found, given, n_starts=_N_STARTS, link="orbit")
