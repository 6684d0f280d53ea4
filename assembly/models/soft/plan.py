"""soft: the system, the force fields and the stages of an assembly at the real depths of its contacts."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from assembly.models.soft.about import (
    BEFORE,
    DRY,
    MEDIUM,
    Contacts,
    all_contact_facts,
    contact_warnings,
    poor_medium_warnings,
)
from assembly.models.soft.contacts import all_contacts, dispersed_contacts, dry_gap_nm, felt_kinds, stiffest_mode_per_ps
from assembly.models.soft.drying import DryingContact
from assembly.models.soft.fit import SHALLOW_KT
from assembly.models.soft.held_stages import held_stages
from assembly.models.soft.species import Bodies, draw_bodies
from assembly.models.soft.stages import SoftState, soft_stages
from assembly.spec import HOLD, AssemblySpec, Dispersion
from assembly.system.bodies import Population, dilute_lattice
from assembly.system.protocol import Plan, Stiffness
from assembly.system.system import KB_KJ_PER_MOL_K, PairPotential, System, TablePair
from packing.configuration import random_quaternions
from packing.errors import InputError
from packing.matter.media import medium
from packing.particles import Coating, Environment, Nanocrystal
from packing.pose import CoatedBody
from packing.shapes import Cuboid, Shape, Sphere

FloatArray = NDArray[np.float64]

BETWEEN_KT = (3.0, 20.0, 140.0)
"""Depths of the deepest contact at which force fields are made on the way from the medium to the end [kT]; between
them they are mixed."""
LEAST_DRYING = 0.05
"""Shortest part of the way between two of them."""
SIMULATED_DEPTH_KT = 8.0
"""Deeper contacts are simulated with all energies and the temperature scaled down together to this depth [kT]: averages
depend on U / kT alone, and the time step stays that of a shallow contact."""
TIMESTEP_IN_STIFFEST_MODE = 0.35
"""Time step times the frequency of a body held between two others; velocity Verlet is stable up to 2."""
TIMESTEP_IN_SHALLOW = 0.7
"""The same where contacts are shallow, and thermal motion comes nowhere near the stiffest place for long."""
BOX_STEPS = 3.75
"""Steps in which the box swings by a radian at zero pressure."""
START_FRACTION = 0.18


SLIDES_OVER = 0.1
"""Part of a period over which rows come into register: their stress is a contact's depth for a period further out."""


def plan_soft(
    nanocrystal: Nanocrystal,
    coating: Coating,
    environment: Environment,
    spec: AssemblySpec,
    partner: Population | None = None,
    before: Dispersion | None = None,
) -> Plan:
    """System, force fields and stages of a soft assembly; ``spec.n_particles`` counts the first kind.

    Raises
    ------
    InputError
        If a shape has no bead pattern, a pair energy has no minimum, or it is not said what is destabilised.
    """
    if spec.is_destabilised != (before is not None):
        raise InputError(
            f"protocol: {spec.protocol} begins in the medium. Leave out what was before."
            if before
            else f"protocol: {spec.protocol} needs what the dispersion is before: another ligand, or another medium. "
            "Give both sides of an [exchange], or use evaporation."
        )
    populations = [Population(nanocrystal=nanocrystal, coating=coating, n_particles=spec.n_particles)]
    populations += [] if partner is None else [partner]
    kt = environment.temperature_kelvin * KB_KJ_PER_MOL_K
    rng = np.random.default_rng(spec.seed)
    gaps = [dry_gap_nm(CoatedBody(p.nanocrystal, p.coating), environment) for p in populations]
    contacts = all_contacts(populations, environment)
    dispersed = {} if before is None else dispersed_contacts(populations, contacts, before)
    bodies = draw_bodies(populations, gaps, [felt_kinds(i, contacts, dispersed) for i in range(len(populations))], rng)
    states = drying_states(contacts.values(), 0.0 if spec.protocol == HOLD else 1 - spec.solvent_left)
    # Contacts and what part of the way to dry they are, by the name of the force field, in order.
    fields: dict[str, tuple[Contacts, float]] = {BEFORE: (dispersed, 0.0)} if dispersed else {}
    fields |= {name: (contacts, x) for name, x in states.items()}
    depths = {name: max(c.depth_kt(x) for c in some.values()) for name, (some, x) in fields.items()}
    scales = {name: min(1.0, SIMULATED_DEPTH_KT / max(depth, 1e-9)) for name, depth in depths.items()}
    periods = {name: _period_nm(bodies, some, x) for name, (some, x) in fields.items()}
    first = next(iter(fields))
    n = len(bodies.kind_of)
    are_cubes = _are_cubes(bodies)
    per_edge = crystal_in_box(n) if are_cubes else (math.ceil(n ** (1 / 3) - 1e-9),) * 3
    box_nm = _start_box_nm(bodies, periods[first], n, per_edge)
    potentials = {
        name: _pairs(bodies, some, x, scales[name] * kt, of_grids=(dispersed, contacts))
        for name, (some, x) in fields.items()
    }
    system = System(
        box=np.array([*box_nm, 0.0, 0.0, 0.0]),
        particle_types=bodies.particle_types,
        particle_masses_amu=np.ones(len(bodies.particle_types)),
        bodies=bodies.kinds,
        body_kind=bodies.kind_of,
        centres_nm=dilute_lattice(n, box_nm, per_edge),
        orientations=random_quaternions(n, rng),
        pairs=potentials[first],
        kt_kj_mol=kt,
        seed=spec.seed,
    )
    masses = [bodies.kinds[_first_kind(bodies, i)].mass_amu for i in range(len(bodies.species))]
    fastest = {
        name: max(stiffest_mode_per_ps(c, x, (masses[i], masses[j]), scales[name] * kt) for (i, j), c in some.items())
        for name, (some, x) in fields.items()
    }
    soft_states = [
        _soft_state(name, depths[name], omega, periods[name], min(masses), kt, scales[name])
        for name, omega in fastest.items()
    ]
    return Plan(
        model="soft",
        system=system,
        stages=held_stages(spec, soft_states[0], kt_kj_mol=scales[MEDIUM] * kt)
        if spec.protocol == HOLD
        else soft_stages(
            spec, soft_states[-len(states) :], are_cubes=are_cubes, before=soft_states[0] if dispersed else None
        ),
        potentials=potentials,
        periods_nm=periods,
        scales=scales,
        facts={
            "contacts": all_contact_facts(bodies, contacts, dispersed, states),
            "solvent_left": spec.solvent_left,
            "is_least_depth": medium(environment.medium).quality == "poor",
            "energy_scales": scales,
            "beads_per_body": [len(s.pattern.positions_nm) for s in bodies.species],
            "size_classes": len(bodies.kinds),
        },
        warnings=(*contact_warnings(bodies, contacts), *poor_medium_warnings(environment, before)),
    )


def drying_states(contacts: Collection[DryingContact], dryness: float) -> dict[str, float]:
    """Force fields on the way to an end at ``dryness``, by name: at what part of the way each is (a fraction)."""
    way = np.linspace(0.0, dryness, 401)
    depth = np.max([[c.depth_kt(float(x)) for x in way] for c in contacts], axis=0)
    parts: list[float] = [0.0]
    for wanted in BETWEEN_KT:
        part = float(way[min(int(np.searchsorted(depth, wanted)), len(way) - 1)])
        if parts[-1] + LEAST_DRYING < part < dryness - LEAST_DRYING:
            parts.append(part)
    between = {f"drying-{i}": part for i, part in enumerate(parts[1:], 1)}
    return {MEDIUM: 0.0, **between, DRY: dryness}


def _soft_state(
    name: str, depth_kt: float, omega: float, period_nm: float, mass: float, kt_kj_mol: float, scale: float
) -> SoftState:
    kt = scale * kt_kj_mol
    step = (TIMESTEP_IN_SHALLOW if depth_kt < SHALLOW_KT else TIMESTEP_IN_STIFFEST_MODE) / omega
    # A box of contacts of stiffness k and length L swings with L sqrt(k / 6 kT) over its relaxation time.
    swing = period_nm * omega * math.sqrt(mass / (12 * kt))
    return SoftState(
        name=name,
        depth_kt=depth_kt,
        timestep_ps=step,
        thermal_time_ps=period_nm * math.sqrt(mass / kt),
        pressure_relaxation_ps=step * max(300.0, BOX_STEPS * swing),
        stiffness=Stiffness(along_kt=6 * swing**2 * scale, shear_kt=depth_kt * scale / SLIDES_OVER),
    )


def _pairs(
    bodies: Bodies, contacts: Contacts, dryness: float, kt: float, *, of_grids: tuple[Contacts, Contacts]
) -> dict[tuple[int, int], PairPotential]:
    """Tables for beads that feel each other, on grids that every state has: so a ramp can mix two states."""
    pairs: dict[tuple[int, int], PairPotential] = {}
    for (i, j), contact in contacts.items():
        grids = {kinds: some[i, j] for some in of_grids if some for kinds in some[i, j].kind_pairs}
        for kinds, grid in grids.items():
            reach = contact.reach_nm(dryness, kinds)
            if not reach:
                continue
            # Each is as short as it can be.
            r = grid.grid_until_nm(kinds, reach)
            energy, force = contact.potential_kt(kinds, dryness, r)
            a, b = bodies.species[i].types[kinds[0]], bodies.species[j].types[kinds[1]]
            pairs[min(a, b), max(a, b)] = TablePair(
                r_min_nm=float(r[0]), cutoff_nm=float(r[-1]), energy_kj_mol=kt * energy, force_kj_mol_nm=kt * force
            )
    return pairs


def _period_nm(bodies: Bodies, contacts: Contacts, dryness: float) -> float:
    """Edge of the cube that has the mean effective volume: a core and half the gap around it [nm]."""
    volumes = [
        _volume_nm3(s.population.nanocrystal.shape, contacts[i, i].gap_nm(dryness))
        for i, s in enumerate(bodies.species)
    ]
    return float(np.cbrt(np.average(volumes, weights=[s.population.n_particles for s in bodies.species])))


def _volume_nm3(shape: Shape, gap_nm: float) -> float:
    if isinstance(shape, Sphere):
        return math.pi / 6 * (shape.diameter_nm + gap_nm) ** 3
    return float(np.prod(np.array(shape.edges_nm) + gap_nm))


def crystal_in_box(n: int) -> tuple[int, int, int]:
    """Cubes along each edge of the box that ``n`` of them are to fill when dry.

    In a box of equal edges a crystal turned by 14 degrees fits too, with 17 sites for every 16, and one turned by 45:
    while cubes are loose, spare sites are welcome, and dry they are vacancies. Edges that are all different fit turned
    crystals less well, so these are taken where the number allows it and the longest is at most twice the shortest.

    Examples
    --------
    >>> crystal_in_box(60), crystal_in_box(64), crystal_in_box(120)
    ((3, 4, 5), (4, 4, 4), (4, 5, 6))
    """
    triples = [
        (a, b, n // (a * b))
        for a in range(1, round(n ** (1 / 3)) + 1)
        if n % a == 0
        for b in range(a, math.isqrt(n // a) + 1)
        if (n // a) % b == 0
    ]
    slender = [t for t in triples if t[2] <= 2 * t[0]]
    if not slender:
        return (math.ceil(n ** (1 / 3) - 1e-9),) * 3
    return max(slender, key=lambda t: (len(set(t)), -t[2] / t[0]))


def _start_box_nm(
    bodies: Bodies, period_nm: float, n: int, per_edge: tuple[int, int, int]
) -> tuple[float, float, float]:
    """Edges of a box in which particles on a lattice turn freely, and no denser than the start is to be [nm]."""
    widest = max(2 * kind.shape.circumradius_nm for kind in bodies.kinds)
    gap = max(period_nm - min(min(_sizes(kind.shape)) for kind in bodies.kinds), 0.0)
    sites = math.prod(per_edge)
    apart = max(period_nm * (n / START_FRACTION / sites) ** (1 / 3), widest + gap)
    a, b, c = (apart * k for k in per_edge)
    return a, b, c


def _are_cubes(bodies: Bodies) -> bool:
    """Whether all have about three equal edges, and one population: simple cubic is where they end."""
    return (
        len(bodies.species) == 1
        and all(max(_sizes(k.shape)) < 1.2 * min(_sizes(k.shape)) for k in bodies.kinds if isinstance(k.shape, Cuboid))
        and isinstance(bodies.kinds[0].shape, Cuboid)
    )


def _sizes(shape: Shape) -> tuple[float, ...]:
    return (shape.diameter_nm,) if isinstance(shape, Sphere) else shape.edges_nm


def _first_kind(bodies: Bodies, species: int) -> int:
    types = set(bodies.species[species].types.values())
    return next(i for i, kind in enumerate(bodies.kinds) if types & set(kind.bead_types.tolist()))
