"""Does every kind of a mixture sit on its own sites of a lattice? The order of one sublattice does not say so.

A site of one kind is known by the particles of another around it: an octahedral hole of NaCl by six at right angles,
the hole of a perovskite's A by twelve. What the angles between them are does not depend on how the crystal is turned.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.configuration import Configuration, configuration as made_configuration
from packing.errors import InputError
from packing.lattices.catalogue import template
from packing.lattices.templates import Template, cell_matrix, sites
from structure.order.neighbours import nearest_neighbours

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SHELL = 1.12
"""Distances over the nearest one within which sites of another kind are one shell."""
LARGEST_SCATTER, LARGEST_TURN = 0.12, 0.25
"""Relative standard deviation of the shell's distances, and root mean square deviation of its cosines, up to which a
particle sits on a site: a shell that is disordered by 8 % of its distance has 0.08 and 0.13, one of a fluid seldom less
than 0.15 and 0.3."""
_STANDS_OFF = 0.4
"""Part of the way to the next shell that the next particle of that species must be off, at least."""
_LOOKED_AT = 96


@dataclass(frozen=True, slots=True, eq=False)
class SiteOccupancy:
    """Which particles sit on sites of a lattice, by the other kinds around them.

    Parameters
    ----------
    lattice
        Its name.
    on_site
        Of each particle, shape (N,).
    shares
        Part of the particles of each species that sit on a site of theirs, by the species' name.
    """

    lattice: str
    on_site: BoolArray
    shares: dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class _Shell:
    """What a site sees of another species: how many, the sorted cosines between them, and how far off the next are."""

    species: int
    n: int
    cosines: FloatArray
    next: float


def site_occupancy(
    configuration: Configuration, lattice: str | Template, kinds: Mapping[int, Sequence[str]]
) -> SiteOccupancy:
    """Which particles of each species see the particles of the others as a site of a lattice sees them.

    Parameters
    ----------
    configuration
        A mixture.
    lattice
        A name of `packing.lattices`, or a template.
    kinds
        Which kinds of sites each species sits on: ``{0: "A", 1: "B"}``; of cubes on B and O of a perovskite
        ``{0: "A", 1: "BO"}``.

    Raises
    ------
    InputError
        If species or kinds do not fit the configuration or the lattice.

    Examples
    --------
    >>> from packing.configuration import configuration
    >>> from packing.shapes import Sphere
    >>> halves = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2
    >>> places = np.vstack([halves, halves + 0.5]) * 10.0
    >>> salt = configuration(
    ...     places, box=[10, 10, 10, 0, 0, 0], shapes=(Sphere(diameter_nm=6.0), Sphere(diameter_nm=2.0)),
    ...     species=[0] * 4 + [1] * 4, species_names=("large", "small"),
    ... )
    >>> site_occupancy(salt, "NaCl", {0: "A", 1: "B"}).shares
    {'large': 1.0, 'small': 1.0}
    >>> site_occupancy(salt, "CsCl", {0: "A", 1: "B"}).shares
    {'large': 0.0, 'small': 0.0}
    """
    chosen = template(lattice) if isinstance(lattice, str) else lattice
    species_of = {kind: s for s, several in kinds.items() for kind in several}
    if set(species_of) != set(chosen.kinds) or not set(kinds) <= set(range(len(configuration.species_names))):
        raise InputError(
            f"kinds must give each of {', '.join(chosen.kinds)} of {chosen.name} to one species of the "
            f"configuration, got {dict(kinds)}. Name them all."
        )
    shells = _shells(chosen, species_of)
    near = nearest_neighbours(configuration, _LOOKED_AT)
    of_neighbour = np.where(near.indices >= 0, configuration.species[near.indices], -1)
    on_site = np.zeros(configuration.n_particles, dtype=bool)
    for species, wanted in shells.items():
        rows = np.flatnonzero(configuration.species == species)
        for shell in wanted:
            fits = (of_neighbour[rows] == shell.species) & np.isfinite(near.distances_nm[rows])
            on_site[rows] |= _sees(near.vectors_nm[rows], fits, shell)
    names = configuration.species_names
    shares = {
        names[s]: float(on_site[configuration.species == s].mean()) if (configuration.species == s).any() else 0.0
        for s in kinds
    }
    return SiteOccupancy(lattice=chosen.name, on_site=on_site, shares=shares)


def sublattice(configuration: Configuration, species: int) -> Configuration:
    """The particles of one species alone, whose order may then be measured by itself.

    Parameters
    ----------
    configuration
        A mixture.
    species
        Index of the species.

    Raises
    ------
    InputError
        If nothing is of that species.
    """
    rows = np.flatnonzero(configuration.species == species)
    if not len(rows):
        raise InputError(f"species {species} is not there. Known: {', '.join(configuration.species_names)}.")
    return made_configuration(
        configuration.positions_nm[rows],
        box=configuration.box,
        orientations=configuration.orientations[rows],
        shapes=configuration.shapes[species],
        step=configuration.step,
        dimensions=configuration.dimensions,
    )


def _sees(vectors_nm: FloatArray, fits: BoolArray, shell: _Shell) -> BoolArray:
    """Whether the nearest neighbours that fit are placed as the shell's are, shape (n,)."""
    order = np.argsort(~fits, axis=1, kind="stable")[:, : shell.n + 1]
    after = np.take_along_axis(fits, order, axis=1)[:, -1]
    beyond = np.linalg.norm(np.take_along_axis(vectors_nm, order[:, -1:, None], axis=1)[:, 0], axis=1)
    order = order[:, :-1]
    enough = np.take_along_axis(fits, order, axis=1).all(axis=1)
    around = np.take_along_axis(vectors_nm, order[..., None], axis=1)
    found = np.zeros(len(vectors_nm), dtype=bool)
    around = around[enough]
    distance = np.linalg.norm(around, axis=2)
    scatter = distance.std(axis=1) / distance.mean(axis=1)
    unit = around / distance[..., None]
    i, j = np.triu_indices(shell.n, 1)
    cosines = np.sort(np.einsum("nkc,nkc->nk", unit[:, i], unit[:, j]), axis=1)
    turn = np.sqrt(((cosines - shell.cosines) ** 2).mean(axis=1)) if len(i) else np.zeros(len(unit))
    # The next ones of that species stand off, or there are none: four of six at right angles are no square.
    alone = ~after[enough] | (beyond[enough] > (1 + _STANDS_OFF * (shell.next - 1)) * distance.mean(axis=1))
    found[enough] = (scatter < LARGEST_SCATTER) & (turn < LARGEST_TURN) & alone
    return found


def _shells(chosen: Template, species_of: Mapping[str, int]) -> dict[int, list[_Shell]]:
    """What every site sees of the nearest shell of each other species; equal ones once."""
    cell, fractions, kinds = _ideal(chosen)
    species = np.array([species_of[chosen.kinds[k]] for k in kinds])
    corners = np.array(list(itertools.product(range(-2, 3), repeat=3)))
    found: dict[int, list[_Shell]] = {int(s): [] for s in set(species.tolist())}
    for site, own in zip(fractions, species, strict=True):
        others = species != own
        if not others.any():
            raise InputError(f"{chosen.name}: every site is of one species. Give kinds to two species at least.")
        away = ((fractions[others][None] + corners[:, None] - site) @ cell).reshape(-1, 3)
        of = np.tile(species[others], len(corners))
        for other in sorted(set(of.tolist())):
            seen = away[of == other]
            distance = np.linalg.norm(seen, axis=1)
            shell_end = SHELL * distance.min()
            beyond = distance[distance >= shell_end].min() / distance.min()
            seen = seen[distance < shell_end]
            unit = seen / np.linalg.norm(seen, axis=1)[:, None]
            cosines = np.sort((unit @ unit.T)[np.triu_indices(len(unit), 1)])
            shell = _Shell(int(other), len(unit), cosines, float(beyond))
            if not any(_same(shell, known) for known in found[int(own)]):
                found[int(own)].append(shell)
    return found


def _same(one: _Shell, other: _Shell) -> bool:
    return (
        one.species == other.species
        and one.n == other.n
        and bool(np.abs(one.cosines - other.cosines).max(initial=0.0) < 1e-6)
    )


def _ideal(chosen: Template) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Cell rows, fractional places and kinds of the sites, free numbers at their ideal values."""

    def ideal(name: str) -> float:
        parameter = chosen.parameter(name)
        return 1.0 if parameter is None else parameter.ideal

    placed = sites(chosen)
    coordinates = np.array([ideal(name) for name in chosen.coordinate_names])
    cell = cell_matrix(chosen, np.array([ideal("b/a"), ideal("c/a")]))
    return cell, placed.fractions(coordinates), placed.kinds
