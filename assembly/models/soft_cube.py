"""soft-cube: rigid bodies of surface beads whose contact is fitted to the predicted pair energy.

Assembly happens in the medium (swollen shells, wide gap, shallow minimum); the superlattice that is measured is dry
(collapsed shells, narrow gap, deep minimum). Both pair energies become bead potentials on the same beads, and the
protocol goes from one to the other while the box shrinks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assembly.models.bead_fit import BeadFit, fit_beads
from assembly.models.beads import BeadPattern, closing_diameter_nm, cuboid_pattern
from assembly.models.protocols import SoftCubeScales, soft_cube_stages
from assembly.models.sizes import draw_sizes
from assembly.spec import AssemblySpec
from assembly.system.bodies import dilute_lattice, rigid_body
from assembly.system.protocol import Plan
from assembly.system.system import KB_KJ_PER_MOL_K, BodyKind, PairPotential, System
from packing.configuration import random_quaternions
from packing.errors import InputError
from packing.matter.material_table import material
from packing.pair.energy import PairEnergy, pair_energy
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import Cuboid

FloatArray = NDArray[np.float64]

TIP, HOLLOW, SITE, BALLAST = range(4)
FIRST_CENTRE = 4  # centres of every size class have a type of their own
START_FRACTION = 0.18
"""Effective packing fraction of the start: cubes on a lattice can turn freely without touching."""
MEDIUM_CAP_KT = 1.5
"""Deepest contact before drying [kT]: deeper ones hold cubes where they first touch, at any angle."""
DRYING_CAP_KT = 3.0
"""Deepest contact while cubes order [kT]: rows still slide past each other, and line up before they stick."""
TIMESTEP_IN_STIFFEST_MODE = 0.35
"""Time step times the frequency of a cube held between two others; velocity Verlet is stable up to 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A pair energy and the bead potential that stands for it."""

    predicted: PairEnergy
    fit: BeadFit

    @property
    def is_capped(self) -> bool:
        """Whether the simulated contact is shallower than the predicted one."""
        return self.fit.depth_kt < self.predicted.depth_kt * (1 - 1e-9)

    def facts(self) -> dict[str, Any]:
        """Plain data for ``assembly.json``."""
        return {
            "predicted_gap_nm": self.predicted.gap_nm,
            "predicted_depth_kt": self.predicted.depth_kt,
            "is_capped": self.is_capped,
            **self.fit.to_dict(),
        }


def plan_soft_cube(nanocrystal: Nanocrystal, coating: Coating, environment: Environment, spec: AssemblySpec) -> Plan:
    """System, force fields and stages of a soft-cube assembly.

    Raises
    ------
    InputError
        If the shape is a sphere, or the pair energy has no minimum.
    """
    shape = nanocrystal.shape
    if not isinstance(shape, Cuboid):
        raise InputError(
            "soft-cube: the shape must be a cuboid, got a sphere. Use soft or explicit-ligand for spheres."
        )
    kt = environment.temperature_kelvin * KB_KJ_PER_MOL_K
    # A Hamaker constant that was given is one across the medium given, not across what fills a dry gap.
    dry = environment if environment.medium == "vacuum" else replace(environment, medium="vacuum", hamaker_j=None)
    predicted = {
        "dry": pair_energy(nanocrystal, coating, dry),
        "medium": pair_energy(nanocrystal, coating, environment),
    }
    dry_gap = predicted["dry"].gap_nm
    diameter = closing_diameter_nm(shape.edges_nm, dry_gap)
    pattern = cuboid_pattern(shape.edges_nm, dry_gap, diameter)
    # pair_energy faces the largest facets: the shortest edge lies along the contact.
    facing, edge = _facing_pattern(pattern, shape)
    predicted["drying"] = predicted["dry"]
    caps = {
        "drying": min(spec.depth_cap_kt, DRYING_CAP_KT),
        "dry": spec.depth_cap_kt,
        "medium": min(spec.depth_cap_kt, MEDIUM_CAP_KT),
    }
    depths = {name: min(energy.depth_kt, caps[name]) for name, energy in predicted.items()}
    contacts = {
        name: Contact(
            predicted=energy,
            fit=fit_beads(
                capped_energy(energy, depths[name]),
                energy.gap_nm,
                depths[name],
                edge_nm=edge,
                contact_gap_nm=dry_gap,
                bead_diameter_nm=diameter,
                pattern=facing,
                kt_kj_mol=kt,
            ),
        )
        for name, energy in predicted.items()
    }
    rng = np.random.default_rng(spec.seed)
    sizes, kind_of = draw_sizes(nanocrystal.size_spread, spec.n_particles, rng)
    names = [
        nanocrystal.material_name if len(sizes) == 1 else f"{nanocrystal.material_name}-{i + 1}"
        for i in range(len(sizes))
    ]
    kinds = tuple(
        _body(nanocrystal, shape.scaled(size), name, FIRST_CENTRE + i, dry_gap, diameter)
        for i, (size, name) in enumerate(zip(sizes, names, strict=True))
    )
    potentials = {name: _pairs(contact.fit) for name, contact in contacts.items()}
    periods = {name: _period_nm(shape, energy.gap_nm) for name, energy in predicted.items()}
    box_nm = _start_box_nm(shape, predicted["medium"].gap_nm, spec.n_particles)
    system = System(
        box=np.array([box_nm] * 3 + [0.0, 0.0, 0.0]),
        particle_types=("tip", "hollow", "site", "ballast", *names),
        particle_masses_amu=np.ones(FIRST_CENTRE + len(names)),
        bodies=kinds,
        body_kind=kind_of,
        centres_nm=dilute_lattice(spec.n_particles, box_nm),
        orientations=random_quaternions(spec.n_particles, rng),
        pairs=potentials["medium"],
        kt_kj_mol=kt,
        seed=spec.seed,
    )
    mass = kinds[0].mass_amu
    scales = SoftCubeScales(
        medium_timestep_ps=_timestep_ps(contacts["medium"].fit, mass, kt),
        drying_timestep_ps=_timestep_ps(contacts["drying"].fit, mass, kt),
        dry_timestep_ps=_timestep_ps(contacts["dry"].fit, mass, kt),
        thermal_time_ps=periods["dry"] * math.sqrt(mass / kt),
    )
    return Plan(
        model="soft-cube",
        system=system,
        stages=soft_cube_stages(spec, scales),
        potentials=potentials,
        periods_nm=periods,
        facts={
            "contacts": {name: contact.facts() for name, contact in contacts.items()},
            "depth_cap_kt": spec.depth_cap_kt,
            "bead_diameter_nm": diameter,
            "beads_per_cube": len(pattern.positions_nm),
            "size_classes": len(sizes),
        },
        warnings=tuple(_warnings(contacts, spec)),
    )


def capped_energy(energy: PairEnergy, depth_kt: float) -> Callable[[FloatArray], FloatArray]:
    """The pair energy with its attraction scaled to ``depth_kt`` [kT] and its repulsive wall as predicted.

    Outside the minimum the energy is scaled; inside it is shifted, so that the wall keeps its steepness.
    """
    scale = depth_kt / energy.depth_kt

    def capped(gap_nm: FloatArray) -> FloatArray:
        gaps = np.asarray(gap_nm, dtype=float)
        values = energy.energy_kt(gaps)
        return np.where(gaps < energy.gap_nm, values + energy.depth_kt - depth_kt, scale * values)

    return capped


def _period_nm(shape: Cuboid, gap_nm: float) -> float:
    """Edge of the cube that has the volume of the effective cuboid [nm]."""
    return float(np.cbrt(np.prod(np.array(shape.edges_nm) + gap_nm)))


def _start_box_nm(shape: Cuboid, gap_nm: float, n: int) -> float:
    """Edge of a box in which particles on a lattice turn freely, and no denser than the start is to be [nm]."""
    diagonal = float(np.linalg.norm(np.array(shape.edges_nm) + gap_nm))
    per_edge = math.ceil(n ** (1 / 3) - 1e-9)
    return max(_period_nm(shape, gap_nm) * (n / START_FRACTION) ** (1 / 3), diagonal * per_edge)


def _facing_pattern(pattern: BeadPattern, shape: Cuboid) -> tuple[BeadPattern, float]:
    """The pattern turned so that the shortest edge is x, and that edge [nm]."""
    axis = int(np.argmin(shape.edges_nm))
    order = [axis, (axis + 1) % 3, (axis + 2) % 3]
    turned = BeadPattern(
        tips_nm=pattern.tips_nm[:, order],
        hollows_nm=pattern.hollows_nm[:, order],
        sites_nm=pattern.sites_nm[:, order],
    )
    return turned, shape.edges_nm[axis]


def _body(
    nanocrystal: Nanocrystal, shape: Cuboid, name: str, centre_type: int, gap: float, diameter: float
) -> BodyKind:
    pattern = cuboid_pattern(shape.edges_nm, gap, diameter)
    return rigid_body(
        name,
        shape,
        material(nanocrystal.material).density_kg_m3,
        pattern.positions_nm,
        bead_types=np.repeat(
            [TIP, HOLLOW, SITE], [len(pattern.tips_nm), len(pattern.hollows_nm), len(pattern.sites_nm)]
        ),
        centre_type=centre_type,
        ballast_type=BALLAST,
    )


def _pairs(fit: BeadFit) -> dict[tuple[int, int], PairPotential]:
    return {(TIP, TIP): fit.exclusion, (TIP, HOLLOW): fit.attraction, (SITE, SITE): fit.site_attraction}


def _timestep_ps(fit: BeadFit, mass_amu: float, kt: float) -> float:
    """From the stiffest mode, a cube between two others: omega^2 = 2 k / M."""
    omega = math.sqrt(2 * fit.stiffness_kt_nm2 * kt / mass_amu)
    return TIMESTEP_IN_STIFFEST_MODE / omega


def _warnings(contacts: dict[str, Contact], spec: AssemblySpec) -> list[str]:
    notes = []
    for name, contact in contacts.items():
        if contact.is_capped and name != "drying":
            notes.append(
                f"contacts ({name}): predicted {contact.predicted.depth_kt:.3g} kT deep, simulated with "
                f"{contact.fit.depth_kt:.3g} kT (depth_cap_kt) so that cubes can move"
            )
    return notes
