"""explicit-ligand: rigid cores with grafted chains of Martini-like beads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assembly.models.capped_core import CappedCore, capped_core
from assembly.models.capped_system import CappedKind, Placement, capped_pairs, capped_system
from assembly.models.chains import AREA_PER_CHAIN_NM2, ChainForceField
from assembly.models.sizes import draw_sizes
from assembly.system.bodies import Population, dilute_lattice, solid_mass_and_inertia
from assembly.system.system import KB_KJ_PER_MOL_K, PairPotential, System
from packing.checks import require_between
from packing.configuration import random_quaternions
from packing.errors import InputError
from packing.matter.material_table import material
from packing.matter.media import medium
from packing.particles import Coating, CoreMaterial, Environment, Nanocrystal

FloatArray = NDArray[np.float64]

_CLEARANCE = 1.02


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplicitLigandSpec:
    """Settings of explicit-ligand.

    Parameters
    ----------
    n_particles
        Nanocrystals of the first kind.
    partner
        The second kind of a binary mixture.
    solvent
        ``"dry"``, ``"poor"``, ``"theta"`` or ``"good"``; None takes that of the medium.
    force_field
        Of the ligand beads; its well depth is replaced by that of the solvent.
    core_mass_factor
        Mass of the cores over the real one; lighter cores move faster and sample the same equilibrium.
    """

    n_particles: int = 8
    partner: Population | None = None
    solvent: str | None = None
    force_field: ChainForceField = field(default_factory=ChainForceField)
    core_mass_factor: float = 1.0

    def __post_init__(self) -> None:
        if self.n_particles < 1:
            raise InputError(f"n_particles must be at least 1, got {self.n_particles}.")
        require_between("core_mass_factor", self.core_mass_factor, 1e-3, 10.0)


def build_explicit_ligand(
    nanocrystal: Nanocrystal,
    coating: Coating,
    environment: Environment,
    spec: ExplicitLigandSpec,
    rng: np.random.Generator,
) -> System:
    """Capped nanocrystals on a sparse cubic grid, orientations drawn at random, chains stretched out.

    Raises
    ------
    InputError
        For an unknown material or medium, or a coating that cannot be grafted.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import Sphere
    >>> gold = Nanocrystal(material="Au", shape=Sphere(diameter_nm=4.0))
    >>> thiol = Coating(ligand=ligand("dodecanethiol"), coverage_per_nm2=5.0)
    >>> system = build_explicit_ligand(
    ...     gold, thiol, Environment(medium="vacuum"), ExplicitLigandSpec(n_particles=2), np.random.default_rng(1)
    ... )
    >>> len(system.free_types), len(system.bonds)
    (1506, 1506)
    """
    kinds, kind = capped_kinds(nanocrystal, coating, spec, rng)
    placement = sparse_placement(kinds, kind, rng)
    return place_explicit_ligand(kinds, placement, environment, spec, seed=int(rng.integers(2**16)))


def sparse_placement(
    kinds: tuple[CappedKind, ...], kind_of_particle: NDArray[np.int64], rng: np.random.Generator
) -> Placement:
    """A cubic grid on which no shell touches another one, kinds and orientations drawn at random.

    ``kind_of_particle`` is the index into ``kinds`` of every particle, shape (N,); it is shuffled.
    """
    n = len(kind_of_particle)
    edge = math.ceil(n ** (1 / 3) - 1e-9) * 2 * _CLEARANCE * max(kind.core.reach_nm for kind in kinds)
    return Placement(
        box=np.array([edge, edge, edge, 0.0, 0.0, 0.0]),
        kind=rng.permutation(kind_of_particle),
        centres_nm=dilute_lattice(n, edge),
        orientations=random_quaternions(n, rng),
    )


def place_explicit_ligand(
    kinds: tuple[CappedKind, ...],
    placement: Placement,
    environment: Environment,
    spec: ExplicitLigandSpec,
    *,
    seed: int,
) -> System:
    """Capped nanocrystals at given places: a pair, a cell of a crystal; ``seed`` is that of the run."""
    kt = KB_KJ_PER_MOL_K * environment.temperature_kelvin
    force_field = spec.force_field.in_solvent(spec.solvent or medium(environment.medium).quality)
    return capped_system(kinds, placement, force_field, kt, seed)


def capped_kinds(
    nanocrystal: Nanocrystal, coating: Coating, spec: ExplicitLigandSpec, rng: np.random.Generator
) -> tuple[tuple[CappedKind, ...], NDArray[np.int64]]:
    """The kinds of capped cores of a study, sizes drawn in classes, and the index of every particle's kind, (N,)."""
    first = Population(nanocrystal=nanocrystal, coating=coating, n_particles=spec.n_particles)
    populations = [first] if spec.partner is None else [first, spec.partner]
    kinds: list[CappedKind] = []
    kind_of_particle: list[NDArray[np.int64]] = []
    for population, name in zip(populations, ("NC", "partner"), strict=False):
        sizes, which = draw_sizes(population.nanocrystal.size_spread, population.n_particles, rng)
        kind_of_particle.append(len(kinds) + which)
        for i, size in enumerate(sizes):
            shape = population.nanocrystal.shape.scaled(float(size))
            core = capped_core(shape, population.coating, spec.force_field, rng)
            label = name if len(sizes) == 1 else f"{name}-{i + 1}"
            kinds.append(_kind(label, core, population.nanocrystal.material, spec.core_mass_factor))
    return tuple(kinds), np.concatenate(kind_of_particle)


def solvent_potentials(
    kinds: tuple[CappedKind, ...], force_field: ChainForceField
) -> Mapping[str, Mapping[tuple[int, int], PairPotential]]:
    """The pair potentials in every solvent quality, to ramp between (drying: ``good`` to ``dry``).

    Returns
    -------
    Mapping
        For ``dry``, ``poor``, ``theta`` and ``good`` what `capped_pairs` gives.
    """
    return {
        quality: capped_pairs(kinds, force_field.in_solvent(quality)) for quality in ("dry", "poor", "theta", "good")
    }


def filled_edge_nm(core: CappedCore, coating: Coating) -> float:
    """Edge of the cube that core and ligand fill without a void [nm], the ligand at its densest packing.

    a^3 = V + sigma A0 L S: the ``fill`` bound of the cell of nanocubes.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=0.6 * 5.5)
    >>> core = capped_core(cube(2.4), oleate, ChainForceField(), np.random.default_rng(1))
    >>> round(filled_edge_nm(core, oleate), 2)
    4.04
    """
    dry_layer_nm = coating.coverage_per_nm2 * AREA_PER_CHAIN_NM2 * coating.ligand.length_nm
    return float((core.shape.volume_nm3 + core.shape.surface_nm2 * dry_layer_nm) ** (1 / 3))


def _kind(name: str, core: CappedCore, material_name: str | CoreMaterial, mass_factor: float) -> CappedKind:
    mass, inertia = solid_mass_and_inertia(core.shape, mass_factor * material(material_name).density_kg_m3)
    return CappedKind(name=name, core=core, mass_amu=mass, inertia_amu_nm2=inertia)
