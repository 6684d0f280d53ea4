"""hard-cube: rounded cubes of the effective size that only must not overlap; Monte Carlo on HOOMD."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assembly.models.sizes import draw_sizes
from assembly.spec import AssemblySpec
from assembly.system.bodies import Population, dilute_lattice, solid_mass_and_inertia
from assembly.system.protocol import Plan, Stage
from assembly.system.system import KB_KJ_PER_MOL_K, BodyKind, System
from packing.configuration import random_quaternions
from packing.matter.material_table import material
from packing.pair.energy import pair_energy
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import Cuboid, Shape, Sphere

START_FRACTION = 0.15
FLUID_FRACTION, CRYSTAL_FRACTION = 0.45, 0.66
FINAL_PRESSURE_KT = 29.0
"""Pressure [kT per effective cube] at which order is looked at. Cubes crystallise near 6; up to 12 neighbours are so
loose that few cubes of a perfect crystal have all six within a cone of 20 degrees (12 % at a packing fraction of 0.66,
32 % at 0.72). At 29 the fraction is 0.84, and 83 % have them."""
_SWEEP_PS = 1.0  # Monte Carlo has no time: a sweep is logged as one step of one "ps"


def plan_hard_cube(
    nanocrystal: Nanocrystal,
    coating: Coating,
    environment: Environment,
    spec: AssemblySpec,
    partner: Population | None = None,
) -> Plan:
    """Hard bodies of core and ligand shell, compressed from a dilute start: does shape alone order them?

    ``spec.n_particles`` counts the first kind; a ``partner`` of a binary mixture brings its own number.

    Raises
    ------
    InputError
        If the pair energy, which sets the gap between faces, has no minimum.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> plan = plan_hard_cube(
    ...     Nanocrystal(material="CsPbBr3", shape=cube(8.6)), oleate, Environment(), AssemblySpec(n_particles=27)
    ... )
    >>> len(plan.system.body_kind), plan.system.hard_bodies
    (27, True)
    """
    populations = [Population(nanocrystal=nanocrystal, coating=coating, n_particles=spec.n_particles)]
    populations += [] if partner is None else [partner]
    rng = np.random.default_rng(spec.seed)
    gaps = [pair_energy(p.nanocrystal, p.coating, environment).gap_nm for p in populations]
    kinds: list[BodyKind] = []
    kind_of: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
    for label, population, gap in zip(("", "-partner"), populations, gaps, strict=False):
        sizes, which = draw_sizes(population.nanocrystal.size_spread, population.n_particles, rng)
        kind_of = np.concatenate([kind_of, len(kinds) + which])
        for i, size in enumerate(sizes):
            name = population.nanocrystal.material_name + label + ("" if len(sizes) == 1 else f"-{i + 1}")
            kinds.append(_body(population.nanocrystal, float(size), gap, name, len(kinds)))
    n = len(kind_of)
    if partner is not None:
        kind_of = rng.permutation(kind_of)
    volumes = [
        effective_edge_nm(effective_shape(p.nanocrystal.shape, g)) ** 3 for p, g in zip(populations, gaps, strict=True)
    ]
    period = float(np.cbrt(np.average(volumes, weights=[p.n_particles for p in populations])))
    widest = max(2 * k.hard_shape.circumradius_nm for k in kinds if k.hard_shape is not None)
    per_edge = int(np.ceil(n ** (1 / 3) - 1e-9))
    box_nm = max((n * period**3 / START_FRACTION) ** (1 / 3), 1.01 * widest * per_edge)
    system = System(
        box=np.array([box_nm] * 3 + [0.0, 0.0, 0.0]),
        particle_types=tuple(k.name for k in kinds),
        particle_masses_amu=np.ones(len(kinds)),
        bodies=tuple(kinds),
        body_kind=kind_of,
        centres_nm=dilute_lattice(n, box_nm),
        orientations=random_quaternions(n, rng),
        kt_kj_mol=KB_KJ_PER_MOL_K * environment.temperature_kelvin,
        seed=spec.seed,
        hard_bodies=True,
    )
    return Plan(
        model="hard-cube",
        system=system,
        stages=hard_stages(spec, FINAL_PRESSURE_KT * KB_KJ_PER_MOL_K * environment.temperature_kelvin / period**3),
        potentials={},
        periods_nm={"medium": period},
        facts={
            "gap_nm": gaps[0],
            "effective_edge_nm": period,
            "size_classes": len(kinds),
            "pressure_kt": FINAL_PRESSURE_KT,
        }
        | ({} if partner is None else {"partner_gap_nm": gaps[1], "n_partner": partner.n_particles}),
        warnings=("hard-cube: sweeps of Monte Carlo are logged as steps; time and temperatures have no meaning",),
    )


def effective_shape(core: Shape, gap_nm: float) -> Shape:
    """Core and half of ``gap_nm`` [nm] all around it: edges longer by the gap, edges and corners rounded by half of it.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> effective_shape(cube(8.0), 2.0)
    Cuboid(edges_nm=(10.0, 10.0, 10.0), rounding_nm=1.0, truncation=0.0)
    """
    if isinstance(core, Sphere):
        return core.grown(gap_nm / 2)
    a, b, c = (edge + gap_nm for edge in core.edges_nm)
    return Cuboid(edges_nm=(a, b, c), rounding_nm=core.rounding_nm + gap_nm / 2)


def effective_edge_nm(shape: Shape) -> float:
    """Edge of the cube of the same circumscribed box [nm], which defines the packing fraction of a run."""
    edges = (shape.diameter_nm,) * 3 if isinstance(shape, Sphere) else shape.edges_nm
    return float(np.cbrt(np.prod(edges)))


def hard_stages(spec: AssemblySpec, pressure_kj_mol_nm3: float) -> tuple[Stage, ...]:
    """Randomise, compress through the ordering transition, squeeze and sample at constant pressure.

    Parameters
    ----------
    spec
        Protocol and length.
    pressure_kj_mol_nm3
        At which order is looked at [kJ/mol/nm^3].
    """

    def sweeps(n: float) -> int:
        return max(40, round(n * spec.duration))

    slow = 1.0 if spec.protocol == "evaporation" else 0.2
    common: dict[str, Any] = {
        "ensemble": "nvt",
        "timestep_ps": _SWEEP_PS,
        "potential_start": "medium",
        "potential_end": "medium",
    }
    fluid, final = sweeps(4000 * slow), sweeps(30_000 * slow)
    pressed = common | {"ensemble": "npt", "pressure_kj_mol_nm3": pressure_kj_mol_nm3, "per_axis": True}
    return (
        Stage(name="randomise", n_steps=sweeps(2000), n_samples=4, n_frames=1, **common),
        Stage(name="evaporate", n_steps=fluid, fraction_end=FLUID_FRACTION, n_samples=10, n_frames=6, **common),
        Stage(name="compress", n_steps=final, fraction_end=CRYSTAL_FRACTION, n_samples=40, n_frames=30, **common),
        Stage(name="squeeze", n_steps=sweeps(10_000), n_samples=20, n_frames=10, **pressed),
        Stage(name="sample", n_steps=sweeps(10_000), n_samples=20, n_frames=20, **pressed),
    )


def _body(nanocrystal: Nanocrystal, size: float, gap_nm: float, name: str, index: int) -> BodyKind:
    core = nanocrystal.shape.scaled(size)
    mass, inertia = solid_mass_and_inertia(core, material(nanocrystal.material).density_kg_m3)
    nothing: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
    return BodyKind(
        name=name,
        shape=core,
        mass_amu=mass,
        inertia_amu_nm2=inertia,
        centre_type=index,
        bead_types=nothing,
        bead_positions_nm=np.zeros((0, 3)),
        hard_shape=effective_shape(core, gap_nm),
    )
