"""The densest packing of given particles on a crystal template, over all that its symmetry leaves open."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_known
from packing.contact.bodies import WidenedBox, widened_box
from packing.contact.contact import LINKS, FilledTemplate, States
from packing.contact.densest_search import TIE, search
from packing.contact.freedom import freedom_of
from packing.contact.packed import PackedLattice, packed_lattice
from packing.lattices.catalogue import template as template_by_name
from packing.lattices.templates import Template, check_kinds
from packing.shapes import Cuboid, Shape

FloatArray = NDArray[np.float64]


def densest_packing(
    lattice: str | Template,
    shapes: Mapping[str, Shape],
    *,
    relax: bool = False,
    link: str | None = None,
    distort: bool | None = None,
    orientations: Mapping[str, ArrayLike] | None = None,
    n_starts: int = 6,
    seed: int = 0,
) -> PackedLattice:
    r"""The largest packing fraction that particles reach on a lattice without overlap.

    For given axial ratios, coordinates and orientations the cell's scale is the largest of the pairs' contact
    scales (`packing.contact.bodies`), so no packing that is returned overlaps. The rest is minimised:
    :math:`\min_p \left[3 \ln \max_k s_k(p) + \ln\det M(p)\right]`, in epigraph form (SLSQP), from the
    prototype, from named orientations of the cubes and from the best of a seeded random sample.

    Parameters
    ----------
    lattice
        Name in the catalogue, or a template.
    shapes
        Shape of each kind, e.g. ``{"A": Sphere(...), "B": cube(...)}``; ``"O"`` of ABO3 is as ``"B"`` if left out.
    relax
        Whether to free also what the literature's curves hold ideal (MgZn2: c/a, z, x; NaZn13: the icosahedra).
    link
        How orientations of a kind go together (`packing.contact.contact.FilledTemplate`); None tries all three.
    distort
        Whether b/a and c/a may leave the template's symmetry; None only for cuboids that are no cubes.
    orientations
        Fixed orientation (scalar-first quaternion) of the first site of each kind; the others of its orbit follow by
        symmetry, unless ``link`` says otherwise. None looks for the best.
    n_starts
        Random starts that are followed to their optimum, besides the named ones.
    seed
        Seed of the random starts.

    Returns
    -------
    PackedLattice
        A packing without overlap: for cubes a lower bound of the true optimum, as every such search.

    Raises
    ------
    InputError
        For an unknown lattice or link, kinds without a shape, and shapes that the contact engine does not have.

    Examples
    --------
    >>> from packing.shapes import Sphere, cube
    >>> round(densest_packing("NaCl", {"A": Sphere(diameter_nm=1), "B": Sphere(diameter_nm=0.5)}).packing_fraction, 6)
    0.698132
    """
    template = template_by_name(lattice) if isinstance(lattice, str) else lattice
    full = with_oxygen(template, shapes)
    bodies = tuple(widened_box(full[kind]) for kind in template.kinds)
    if distort is None:
        distort = any(isinstance(s, Cuboid) and not s.is_cube for s in full.values())
    if link is not None:
        require_known("link", link, LINKS)
    spheres = all(body.is_sphere for body in bodies)
    fixed = None if orientations is None else {kind: np.asarray(q, dtype=float) for kind, q in orientations.items()}
    links = (link or "orbit",) if spheres or fixed is not None else (LINKS if link is None else (link,))
    best: tuple[float, FilledTemplate, States] | None = None
    for crystal in _different(template, bodies, links):
        freedom = freedom_of(crystal, relax, distort, fixed)
        value, state = search(crystal, freedom, n_starts, np.random.default_rng(seed))
        if best is None or value < best[0] - TIE:
            best = value, crystal, state
    assert best is not None
    return packed_lattice(best[1], best[2], full)


def _different(template: Template, bodies: tuple[WidenedBox, ...], links: tuple[str, ...]) -> list[FilledTemplate]:
    """One crystal per link; two links that tie the same sites with the same turns are one problem."""
    crystals: dict[bytes, FilledTemplate] = {}
    for link in links:
        crystal = FilledTemplate(template, bodies, link)
        turns = np.round(crystal.site_rotations()[crystal.unit_of_site() >= 0], 9)
        crystals.setdefault(crystal.unit_of_site().tobytes() + turns.tobytes(), crystal)
    return list(crystals.values())


def with_oxygen(template: Template, shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """A shape for every kind of the template, that of B for O where it has none of its own."""
    full = dict(shapes)
    if "O" in template.kinds and "O" not in full and "B" in full:
        full["O"] = full["B"]
    check_kinds(template, tuple(full))
    return {kind: full[kind] for kind in template.kinds}
