"""The contact engine's core: the smallest scale at which no two particles of a crystal overlap."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from packing.contact.bodies import WidenedBox, contact_scales
from packing.lattices.templates import Template, cell_matrix, sites

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LINKS = ("orbit", "same", "free")


@dataclass(frozen=True, slots=True, eq=False)
class FilledTemplate:
    """A template with a body for each kind and a rule that says which orientations go together.

    Parameters
    ----------
    template
        The sites.
    bodies
        One body per kind, in the order of the template's kinds.
    link
        ``"orbit"``: symmetry-related sites turn together, by their symmetry operation; ``"same"``: all sites of a
        kind are parallel; ``"free"``: every site of the primitive cell turns by itself.
    """

    template: Template
    bodies: tuple[WidenedBox, ...]
    link: str = "orbit"

    @property
    def all_spheres(self) -> bool:
        """Whether orientation plays no part."""
        return all(body.is_sphere for body in self.bodies)

    def unit_of_site(self) -> IntArray:
        """Which independent orientation each site follows, shape (N,); -1 for a sphere."""
        return _unit_of_site(self.template, self.bodies, self.link)

    def site_rotations(self) -> FloatArray:
        """Rotation of each site relative to its orientation unit, in laboratory axes, shape (N, 3, 3)."""
        return _site_rotations(self.template, self.link)


@lru_cache(maxsize=256)
def _unit_of_site(template: Template, bodies: tuple[WidenedBox, ...], link: str) -> IntArray:
    table = sites(template)
    key = {"orbit": table.orbits, "same": table.kinds, "free": table.primitive_of}[link]
    turns = np.array([not bodies[k].is_sphere for k in table.kinds])
    _, unit = np.unique(key[turns], return_inverse=True)
    units = np.full(len(key), -1)
    units[turns] = unit
    return units


@lru_cache(maxsize=256)
def _site_rotations(template: Template, link: str) -> FloatArray:
    table = sites(template)
    if link != "orbit":
        return np.tile(np.eye(3), (len(table.kinds), 1, 1))
    metric = cell_matrix(template, ideal_ratios(template)).T
    turned = metric @ table.rotations[table.primitive_of] @ np.linalg.inv(metric)
    # A cuboid has an inversion centre, so an improper operation turns it as its proper part does.
    return np.asarray(turned * np.sign(np.linalg.det(turned))[:, None, None])


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """Parameter sets of a crystal, P at a time.

    Parameters
    ----------
    ratios
        (b/a, c/a), shape (P, 2).
    coordinates
        Free coordinates, shape (P, C).
    rotations
        Orientation of each unit, shape (P, U, 3, 3).
    """

    ratios: FloatArray
    coordinates: FloatArray
    rotations: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Neighbours of the primitive sites: site i at home, site j in the cell ``image``."""

    i: IntArray
    j: IntArray
    image: IntArray

    def chosen(self, mask: NDArray[np.bool_]) -> Pairs:
        """Only the pairs where the mask is true.

        Parameters
        ----------
        mask
            Which pairs to keep, shape (K,).
        """
        return Pairs(self.i[mask], self.j[mask], self.image[mask])


def ideal_ratios(template: Template) -> FloatArray:
    """The prototype's ratios (b/a, c/a), shape (2,)."""
    found = (template.parameter("b/a"), template.parameter("c/a"))
    return np.array([1.0 if p is None else p.ideal for p in found])


def separations(crystal: FilledTemplate, states: States, pairs: Pairs) -> FloatArray:
    """Vectors from site i to site j for a = 1, shape (P, K, 3)."""
    fractions = sites(crystal.template).fractions(states.coordinates)
    difference = fractions[:, pairs.j] + pairs.image - fractions[:, pairs.i]
    return np.asarray(difference @ cell_matrix(crystal.template, states.ratios))


def pair_scales(crystal: FilledTemplate, states: States, pairs: Pairs) -> FloatArray:
    """Contact scale of every pair, shape (P, K): the crystal's a must be at least the largest of a row."""
    kinds = sites(crystal.template).kinds
    units, turns = crystal.unit_of_site(), crystal.site_rotations()
    delta = separations(crystal, states, pairs)
    scales = np.empty(delta.shape[:2])
    for one, other in itertools.product(range(len(crystal.bodies)), repeat=2):
        mask = (kinds[pairs.i] == one) & (kinds[pairs.j] == other)
        if not mask.any():
            continue
        rotations = [
            np.eye(3)[None, None] if crystal.bodies[k].is_sphere else turns[site] @ states.rotations[:, units[site]]
            for k, site in ((one, pairs.i[mask]), (other, pairs.j[mask]))
        ]
        scales[:, mask] = contact_scales(
            delta[:, mask], crystal.bodies[one], rotations[0], crystal.bodies[other], rotations[1]
        )
    return scales


def neighbour_pairs(crystal: FilledTemplate, states: States, slack: float = 1.0) -> Pairs:
    """Every pair that could set the scale in one of the states, with distances allowed to shrink by ``slack``.

    A pair cannot set it when even its circumscribed spheres touch below the scale at which the inscribed spheres
    of another pair already do.
    """
    kept: dict[tuple[int, ...], None] = {}
    for index in range(len(states.ratios)):
        one = States(states.ratios[index : index + 1], states.coordinates[index : index + 1], states.rotations[:1])
        near = _pairs_of_state(crystal, one, slack)
        kept |= dict.fromkeys(zip(near.i.tolist(), near.j.tolist(), *near.image.T.tolist(), strict=True))
    table = np.array(list(kept), dtype=np.int64).reshape(-1, 5)
    return Pairs(table[:, 0], table[:, 1], table[:, 2:])


def _pairs_of_state(crystal: FilledTemplate, state: States, slack: float) -> Pairs:
    kinds = sites(crystal.template).kinds
    outer = np.array([body.circumradius for body in crystal.bodies])[kinds]
    inner = np.array([body.inradius for body in crystal.bodies])[kinds]
    near = all_pairs(crystal, np.ones(3, dtype=np.int64))
    distance = np.linalg.norm(separations(crystal, state, near)[0], axis=-1)
    lowest = ((inner[near.i] + inner[near.j]) / distance).max()
    slack = slack * (1 + 1e-9)
    cutoff = 2 * outer.max() / lowest * slack
    heights = 1 / np.linalg.norm(np.linalg.inv(cell_matrix(crystal.template, state.ratios[0])), axis=0)
    pairs = all_pairs(crystal, np.ceil(cutoff / heights).astype(np.int64))
    distance = np.linalg.norm(separations(crystal, state, pairs)[0], axis=-1)
    return pairs.chosen(distance <= (outer[pairs.i] + outer[pairs.j]) / lowest * slack)


def all_pairs(crystal: FilledTemplate, reach: IntArray) -> Pairs:
    """Every pair with images up to ``reach`` + 1 cells away, each once."""
    return _pairs_within(crystal.template, crystal.all_spheres, tuple(reach.tolist()))


# A search asks for the same pairs at every step, and a knob that changes a size a little too.
@lru_cache(maxsize=64)
def _pairs_within(template: Template, all_spheres: bool, reach: tuple[int, ...]) -> Pairs:
    table = sites(template)
    n = len(table.kinds)
    home = np.flatnonzero(table.primitive_of == np.arange(n))
    if all_spheres:
        # Around every site of an orbit the distances are the same.
        _, first = np.unique(table.orbits, return_index=True)
        home = np.sort(first)
    ranges = [np.arange(-r - 1, r + 2) for r in reach]
    image = np.array(list(itertools.product(*ranges)))
    grid = np.meshgrid(home, np.arange(n), np.arange(len(image)), indexing="ij")
    i, j, m = (index.ravel() for index in grid)
    partner = table.primitive_of[j]
    # Of a vector and its opposite one is enough: the one whose first component that is not zero is positive.
    forward = (image[m] + table.base[j] - table.base[partner]) @ np.array([1.0, 1e-3, 1e-6]) > 1e-9
    if all_spheres:
        keep = (j != i) | np.any(image[m] != 0, axis=1)
    else:
        keep = (partner > i) | ((partner == i) & forward)
    return Pairs(i[keep], j[keep], image[m][keep])
