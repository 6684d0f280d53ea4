"""The kinds of nanocrystals of a system, as bodies of beads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assembly.models.sizes import draw_sizes
from assembly.models.soft.pattern import FACE, JAGGED, RIM, BeadPattern, bead_pattern
from assembly.system.bodies import Population, rigid_body, solid_mass_and_inertia
from assembly.system.system import BodyKind
from packing.matter.material_table import material
from packing.shapes import Shape, Sphere

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_BEAD_NAMES = {FACE: "face", RIM: "rim", JAGGED: "jagged-rim"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Species:
    """One population as bodies.

    Parameters
    ----------
    population
        What it is.
    pattern
        Beads of the mean size, which the potentials are fitted to, of the kinds that some contact feels.
    types
        Particle type of each kind of bead.
    """

    population: Population
    pattern: BeadPattern
    types: dict[int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bodies:
    """All bodies of a system.

    Parameters
    ----------
    species
        The populations.
    kinds
        Kinds of bodies: the size classes of every population.
    kind_of
        The kind of each body, shape (n,).
    particle_types
        Names of the types of beads, of ballast and of centres.
    """

    species: tuple[Species, ...]
    kinds: tuple[BodyKind, ...]
    kind_of: IntArray
    particle_types: tuple[str, ...]


def draw_bodies(
    populations: Sequence[Population],
    dry_gaps_nm: Sequence[float],
    felt: Sequence[Collection[int]],
    rng: np.random.Generator,
) -> Bodies:
    """Bodies of every population, in random order where there are several.

    Parameters
    ----------
    populations
        Nanocrystals with coatings and numbers.
    dry_gaps_nm
        Gap of each to its like when dry [nm].
    felt
        Kinds of beads of each that some contact feels.
    rng
        Draws sizes and the order.
    """
    patterns = [
        bead_pattern(p.nanocrystal.shape, gap).of(kinds)
        for p, gap, kinds in zip(populations, dry_gaps_nm, felt, strict=True)
    ]
    names: list[str] = []
    species = []
    for i, (population, pattern) in enumerate(zip(populations, patterns, strict=True)):
        types = {int(kind): len(names) + k for k, kind in enumerate(np.unique(pattern.kinds))}
        names += [f"{_BEAD_NAMES[kind]}{'-partner' if i else ''}" for kind in types]
        species.append(Species(population=population, pattern=pattern, types=types))
    ballast = len(names)
    names.append("ballast")
    kinds: list[BodyKind] = []
    kind_of: IntArray = np.zeros(0, dtype=np.int64)
    for i, (one, gap) in enumerate(zip(species, dry_gaps_nm, strict=True)):
        core = one.population.nanocrystal
        sizes, which = draw_sizes(core.size_spread, one.population.n_particles, rng)
        kind_of = np.concatenate([kind_of, len(kinds) + which])
        for j, size in enumerate(sizes):
            name = core.material_name + ("-partner" if i else "") + ("" if len(sizes) == 1 else f"-{j + 1}")
            kinds.append(_body(one, core.shape.scaled(float(size)), gap, name, len(names), ballast))
            names.append(name)
    if len(species) > 1:
        kind_of = rng.permutation(kind_of)
    return Bodies(species=tuple(species), kinds=tuple(kinds), kind_of=kind_of, particle_types=tuple(names))


def _body(species: Species, shape: Shape, gap_nm: float, name: str, centre_type: int, ballast: int) -> BodyKind:
    density = material(species.population.nanocrystal.material).density_kg_m3
    if isinstance(shape, Sphere):
        return _ball(shape, density, name, species.types[FACE], centre_type, ballast)
    # Larger particles of a spread get as many beads, on a larger inner body: contacts keep their gap and their depth.
    mean = species.pattern
    own = bead_pattern(shape, gap_nm, mean.depth_nm).of(species.types)
    places = own.positions_nm
    if len(places) != len(mean.positions_nm):
        half = np.abs(mean.positions_nm).max(axis=0)
        edges = np.array(species.population.nanocrystal.shape.edges_nm)  # type: ignore[union-attr]
        places = mean.positions_nm * (half + (np.array(shape.edges_nm) - edges) / 2) / half
    return rigid_body(
        name,
        shape,
        density,
        places,
        bead_types=np.array([species.types[int(kind)] for kind in mean.kinds]),
        centre_type=centre_type,
        ballast_type=ballast,
    )


def _ball(shape: Sphere, density: float, name: str, bead_type: int, centre_type: int, ballast: int) -> BodyKind:
    """One bead in the middle, and six silent ones that carry the sphere's inertia."""
    mass, inertia = solid_mass_and_inertia(shape, density)
    arm = np.sqrt(1.5 * inertia[0] / mass) * 1.2
    each = inertia[0] / (4 * arm**2)
    places = np.vstack([np.zeros((1, 3)), arm * np.eye(3), -arm * np.eye(3)])
    return BodyKind(
        name=name,
        shape=shape,
        mass_amu=mass,
        inertia_amu_nm2=inertia,
        centre_type=centre_type,
        bead_types=np.array([bead_type] + 6 * [ballast]),
        bead_positions_nm=places,
        bead_masses_amu=np.concatenate([[(mass - 6 * each) / 2], np.full(6, each)]),
    )
