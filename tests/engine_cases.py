"""Small systems both engines can run, and their energies and forces by plain sums over pairs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import wraps

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from assembly.engines.session import EnergyForces
from assembly.models.explicit_ligand import ExplicitLigandSpec, build_explicit_ligand
from assembly.models.soft.plan import plan_soft
from assembly.spec import AssemblySpec
from assembly.system.bodies import Population, bead_masses, solid_mass_and_inertia
from assembly.system.state import State
from assembly.system.system import BodyKind, MiePair, PairPotential, System, TablePair
from packing.configuration import quaternions_to_matrices, random_quaternions, wrap
from packing.particles import Coating, Environment, Ligand, Nanocrystal
from packing.shapes import Sphere, cube

KT = 2.494339
# What an engine can move on from: bodies turned at random may be drawn into each other.
MOST_KJ_MOL = 100 * KT


def without_overlaps(draw: Callable[..., System]) -> Callable[..., System]:
    """Draw again until no two bodies are in each other."""

    @wraps(draw)
    def drawn(rng: np.random.Generator, **options: bool) -> System:
        while True:
            system = draw(rng, **options)
            if plain_energy_forces(system, still_state(system)).potential_kj_mol < MOST_KJ_MOL:
                return system

    return drawn


def shell(edge_nm: float, beads_per_edge: int) -> np.ndarray:
    """Bead centres on the surface of a cube."""
    g = np.linspace(-edge_nm / 2, edge_nm / 2, beads_per_edge)
    grid = np.array(np.meshgrid(g, g, g, indexing="ij")).reshape(3, -1).T
    return grid[np.abs(grid).max(axis=1) > edge_nm / 2 - 1e-9]


def cube_body(name: str, edge_nm: float, *, centre_type: int, bead_type: int, density: float = 4840.0) -> BodyKind:
    mass, inertia = solid_mass_and_inertia(cube(edge_nm), density)
    beads = shell(0.8 * edge_nm, 4)
    return BodyKind(
        name=name,
        shape=cube(edge_nm),
        mass_amu=mass,
        inertia_amu_nm2=inertia,
        centre_type=centre_type,
        bead_types=np.full(len(beads), bead_type, dtype=np.int64),
        bead_positions_nm=beads,
        bead_masses_amu=bead_masses(beads, mass, inertia),
    )


def on_a_grid(n: int, spacing_nm: float, rng: np.random.Generator, jitter_nm: float = 0.0) -> np.ndarray:
    """``n`` centres on a cubic grid around the origin, each moved a little."""
    per_side = int(np.ceil(round(n ** (1 / 3), 9)))
    cells = np.array(list(np.ndindex(per_side, per_side, per_side)))[:n]
    return (cells + 0.5 - per_side / 2) * spacing_nm + rng.uniform(-jitter_nm, jitter_nm, size=(n, 3))


def soft_cubes(
    n: int, spacing_nm: float, rng: np.random.Generator, *, depth_kt: float = 0.2, jitter_nm: float = 0.0
) -> System:
    """Cubes of 5 nm with 56 beads that attract each other."""
    sigma = 4.0 / 3
    edge = int(np.ceil(round(n ** (1 / 3), 9))) * spacing_nm
    return System(
        box=np.array([edge, edge, edge, 0.0, 0.0, 0.0]),
        particle_types=("centre", "bead"),
        particle_masses_amu=np.ones(2),
        bodies=(cube_body("NC", 5.0, centre_type=0, bead_type=1),),
        body_kind=np.zeros(n, dtype=np.int64),
        centres_nm=on_a_grid(n, spacing_nm, rng, jitter_nm),
        orientations=random_quaternions(n, rng),
        pairs={(1, 1): MiePair(epsilon_kj_mol=depth_kt * KT, sigma_nm=sigma, cutoff_nm=1.6 * sigma)},
        kt_kj_mol=KT,
    )


def drawn_sizes(rng: np.random.Generator) -> System:
    """The soft cubes of a study with a size spread, in contact, each its own size, with potentials in closed form."""
    n = 8
    plan = plan_soft(
        Nanocrystal(material="CsPbBr3", shape=cube(8.6), size_spread=0.06),
        Coating(ligand=Ligand(name="oleate", length_nm=2.5), coverage_per_nm2=3.0),
        Environment(medium="toluene"),
        AssemblySpec(n_particles=n, seed=4),
    )
    spacing = 1.02 * plan.periods_nm["dry"]
    turned = np.array([1.0, 0.0, 0.0, 0.0]) + rng.normal(scale=0.01, size=(n, 4))
    return dataclasses.replace(
        plan.system,
        box=np.array([2 * spacing] * 3 + [0.0] * 3),
        centres_nm=on_a_grid(n, spacing, rng, 0.2),
        orientations=turned / np.linalg.norm(turned, axis=1, keepdims=True),
        pairs={
            types: MiePair(epsilon_kj_mol=0.4 + 0.2 * i, sigma_nm=2.6, cutoff_nm=5.2)
            for i, types in enumerate(plan.potentials["dry"])
        },
    )


@without_overlaps
def two_sizes(rng: np.random.Generator) -> System:
    """Cubes of 5 and 3.5 nm with three different kinds of pair potential between their beads."""
    n = 8
    return System(
        box=np.array([13.0, 13.2, 13.4, 0.0, 0.0, 0.0]),
        particle_types=("large", "small", "bead", "smallbead"),
        particle_masses_amu=np.ones(4),
        bodies=(
            cube_body("large", 5.0, centre_type=0, bead_type=2),
            cube_body("small", 3.5, centre_type=1, bead_type=3),
        ),
        body_kind=np.arange(n) % 2,
        centres_nm=on_a_grid(n, 6.5, rng, 0.2),
        orientations=random_quaternions(n, rng),
        pairs={
            (2, 2): MiePair(epsilon_kj_mol=0.8, sigma_nm=1.33, cutoff_nm=2.2),
            (2, 3): MiePair(epsilon_kj_mol=0.6, sigma_nm=1.1, n=14.5, m=5.5, cutoff_nm=2.0),
            (3, 3): MiePair(epsilon_kj_mol=0.5, sigma_nm=0.6, shift_nm=0.25, cutoff_nm=1.8),
        },
        kt_kj_mol=KT,
    )


def capped_mixture(rng: np.random.Generator) -> System:
    """Two capped spheres and two capped cubes with chains of different ligands, every bead shaken."""
    short = Coating(ligand=Ligand(name="short", length_nm=1.2), coverage_per_nm2=2.0)
    long = Coating(ligand=Ligand(name="long", length_nm=1.736), coverage_per_nm2=3.0)
    partner = Population(nanocrystal=Nanocrystal(material="CsPbBr3", shape=cube(1.6)), coating=long, n_particles=2)
    gold = Nanocrystal(material="Au", shape=Sphere(diameter_nm=2.0))
    spec = ExplicitLigandSpec(n_particles=2, partner=partner)
    system = build_explicit_ligand(gold, short, Environment(medium="vacuum"), spec, rng)
    # Closer than the builder puts them, so that the shells interpenetrate; one body crosses the boundary.
    shift, scale = np.array([1.7, 0.0, -2.0]), 0.72
    centres = scale * system.centres_nm + shift
    own_body = np.repeat(np.arange(4), np.bincount(chain_body(system), minlength=4))
    free = system.free_positions_nm - system.centres_nm[own_body] + centres[own_body]
    box = np.concatenate([scale * system.box[:3], np.zeros(3)])
    return dataclasses.replace(
        system,
        box=box,
        centres_nm=wrap(centres, box),
        free_positions_nm=wrap(free + rng.normal(scale=0.02, size=free.shape), box),
    )


def chain_body(system: System) -> np.ndarray:
    """The body each free particle hangs on, found along the bonds."""
    n_bodies = len(system.body_kind)
    counts = [len(system.bodies[k].bead_types) for k in system.body_kind]
    owner = np.concatenate(
        [np.arange(n_bodies), np.repeat(np.arange(n_bodies), counts), -np.ones(len(system.free_types))]
    )
    for _, i, j in system.bonds:
        owner[j] = owner[i]
    return owner[-len(system.free_types) :].astype(int)


def still_state(system: System) -> State:
    """The system at rest."""
    n, f = len(system.body_kind), len(system.free_types)
    return State(
        step=0,
        time_ps=0.0,
        box=np.array(system.box),
        centres_nm=np.array(system.centres_nm),
        orientations=np.array(system.orientations),
        velocities_nm_ps=np.zeros((n, 3)),
        angular_velocities_rad_ps=np.zeros((n, 3)),
        free_positions_nm=np.array(system.free_positions_nm),
        free_velocities_nm_ps=np.zeros((f, 3)),
    )


def plain_energy_forces(system: System, state: State) -> EnergyForces:
    """Sums over all pairs, bonds and angles, written out: the route that shares nothing with the engines."""
    x, types, body = _particles(system, state)
    energy, forces = _pair_sums(system, state, x, types, body)
    for kind, i, j in system.bonds:
        d = _nearest(x[j] - x[i], state)
        r, bond = np.linalg.norm(d), system.bond_types[kind]
        energy += bond.k_kj_mol_nm2 / 2 * (r - bond.r0_nm) ** 2
        pull = bond.k_kj_mol_nm2 * (r - bond.r0_nm) * d / r
        forces[i] += pull
        forces[j] -= pull
    for kind, i, j, k in system.angles:
        a, b = _nearest(x[i] - x[j], state), _nearest(x[k] - x[j], state)
        ra, rb, angle = np.linalg.norm(a), np.linalg.norm(b), system.angle_types[kind]
        cosine = a @ b / (ra * rb)
        off = cosine - np.cos(np.radians(angle.t0_deg))
        energy += angle.k_kj_mol / 2 * off**2
        fi = -angle.k_kj_mol * off * (b / (ra * rb) - cosine * a / ra**2)
        fk = -angle.k_kj_mol * off * (a / (ra * rb) - cosine * b / rb**2)
        forces[i] += fi
        forces[k] += fk
        forces[j] -= fi + fk
    n = len(system.body_kind)
    bound = body >= 0
    on_bodies, torques = np.zeros((n, 3)), np.zeros((n, 3))
    np.add.at(on_bodies, body[bound], forces[bound])
    arms = _nearest(x[bound] - x[body[bound]], state)
    np.add.at(torques, body[bound], np.cross(arms, forces[bound]))
    return EnergyForces(
        potential_kj_mol=energy,
        body_forces_kj_mol_nm=on_bodies,
        body_torques_kj_mol=torques,
        free_forces_kj_mol_nm=forces[~bound],
    )


def _particles(system: System, state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rotations = quaternions_to_matrices(state.orientations)
    kinds = [system.bodies[k] for k in system.body_kind]
    beads = [c + k.bead_positions_nm @ r.T for k, c, r in zip(kinds, state.centres_nm, rotations, strict=True)]
    x = np.concatenate([state.centres_nm, *beads, state.free_positions_nm])
    types = np.concatenate([[k.centre_type for k in kinds], *(k.bead_types for k in kinds), system.free_types])
    n = len(kinds)
    counts = [len(k.bead_types) for k in kinds]
    body = np.concatenate([np.arange(n), np.repeat(np.arange(n), counts), -np.ones(len(system.free_types))])
    return x, types.astype(int), body.astype(int)


def _nearest(d: np.ndarray, state: State) -> np.ndarray:
    return wrap(d, state.box)


def _pair_sums(
    system: System, state: State, x: np.ndarray, types: np.ndarray, body: np.ndarray
) -> tuple[float, np.ndarray]:
    energy, forces = 0.0, np.zeros_like(x)
    bonded = {(min(i, j), max(i, j)) for _, i, j in system.bonds.tolist()}
    for (s, t), p in system.pairs.items():
        i, j = np.meshgrid(np.flatnonzero(types == s), np.flatnonzero(types == t), indexing="ij")
        i, j = i.ravel(), j.ravel()
        keep = (i < j) if s == t else np.ones(len(i), dtype=bool)
        keep &= (body[i] != body[j]) | (body[i] < 0)
        i, j = i[keep], j[keep]
        d = _nearest(x[j] - x[i], state)
        r = np.linalg.norm(d, axis=1)
        near = r < p.cutoff_nm
        near &= ~np.array([(min(a, b), max(a, b)) in bonded for a, b in zip(i.tolist(), j.tolist(), strict=True)], bool)
        i, j, d, r = i[near], j[near], d[near], r[near]
        potential, slope = _pair_values(p, r)
        energy += float(np.sum(potential))
        push = (slope / r)[:, None] * d
        np.add.at(forces, j, push)
        np.add.at(forces, i, -push)
    return energy, forces


def _pair_values(p: PairPotential, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Energies and -dU/dr at distances within the cutoff."""
    if isinstance(p, TablePair):
        grid = np.linspace(p.r_min_nm, p.cutoff_nm, len(p.energy_kj_mol))
        cubic, inside = CubicHermiteSpline(grid, p.energy_kj_mol, -p.force_kj_mol_nm), r < p.r_min_nm
        wall = p.energy_kj_mol[0] + p.force_kj_mol_nm[0] * (p.r_min_nm - r)
        return np.where(inside, wall, cubic(r)), np.where(inside, p.force_kj_mol_nm[0], -cubic(r, 1))
    c = p.n / (p.n - p.m) * (p.n / p.m) ** (p.m / (p.n - p.m)) * p.epsilon_kj_mol
    u, v = p.sigma_nm / (r - p.shift_nm), p.sigma_nm / (p.cutoff_nm - p.shift_nm)
    energy = c * (u**p.n - u**p.m) - c * (v**p.n - v**p.m)
    return energy, c * (p.n * u**p.n - p.m * u**p.m) / (r - p.shift_nm)


def smooth_table(depth: float, best_nm: float, decay_nm: float, cutoff_nm: float, n_points: int = 2000) -> TablePair:
    """A Morse well times a window that takes it to zero at the cutoff, with a finite wall."""
    r = np.linspace(0.5 * best_nm, cutoff_nm, n_points)
    well, slope = np.exp(-2 * (r - best_nm) / decay_nm), np.exp(-(r - best_nm) / decay_nm)
    energy, d_energy = depth * (well - 2 * slope), depth * (-2 * well + 2 * slope) / decay_nm
    t = 1 - (r / cutoff_nm) ** 2
    window, d_window = t**2, -4 * t * r / cutoff_nm**2
    force = -(d_energy * window + energy * d_window)
    return TablePair(r_min_nm=float(r[0]), cutoff_nm=cutoff_nm, energy_kj_mol=energy * window, force_kj_mol_nm=force)


@without_overlaps
def tabulated_mixture(rng: np.random.Generator, *, with_mie: bool = False) -> System:
    """Cubes of two kinds of beads beside spheres of one bead; every pair of kinds has a table or, some, a Mie form."""
    n, sphere = 8, Sphere(diameter_nm=4.0)
    cubes = cube_body("cube", 5.0, centre_type=0, bead_type=2)
    corners = np.abs(cubes.bead_positions_nm).sum(axis=1) > 5.9
    cubes = dataclasses.replace(cubes, bead_types=np.where(corners, 3, 2))
    mass, inertia = solid_mass_and_inertia(sphere, 5000.0)
    arms = np.sqrt(5 * inertia[0] / mass) * np.vstack([np.zeros((1, 3)), np.eye(3), -np.eye(3)])
    spheres = BodyKind(
        name="sphere", shape=sphere, mass_amu=mass, inertia_amu_nm2=inertia, centre_type=1,
        bead_types=np.array([4] + 6 * [5]), bead_positions_nm=arms,
        bead_masses_amu=np.concatenate([[0.0], np.full(6, mass / 20)]) + mass * np.eye(7)[0] / 5,
    )  # fmt: skip
    mie = MiePair(epsilon_kj_mol=0.6, sigma_nm=0.6, n=14.5, m=5.5, cutoff_nm=2.6)
    shifted = MiePair(epsilon_kj_mol=0.6, sigma_nm=0.3, shift_nm=0.2, cutoff_nm=2.6)
    return System(
        box=np.array([19.0, 19.2, 19.4, 0.0, 0.0, 0.0]),
        particle_types=("cube", "sphere", "face", "corner", "ball", "ballast"),
        particle_masses_amu=np.ones(6),
        bodies=(cubes, spheres),
        body_kind=np.arange(n) % 2,
        centres_nm=on_a_grid(n, 6.5, rng, 0.2),
        orientations=random_quaternions(n, rng),
        pairs={
            (2, 2): mie if with_mie else smooth_table(0.8, 1.6, 0.5, 3.1),
            (2, 3): smooth_table(0.6, 1.4, 0.4, 2.9),
            (3, 3): shifted if with_mie else smooth_table(0.4, 1.0, 0.3, 2.0),
            (2, 4): smooth_table(5.0, 3.6, 0.5, 5.5),
            (3, 4): smooth_table(3.0, 3.6, 0.4, 5.0),
            (4, 4): smooth_table(20.0, 7.5, 0.6, 6.4),
        },
        kt_kj_mol=KT,
    )  # fmt: skip
