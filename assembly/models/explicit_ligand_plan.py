"""The default protocol of explicit-ligand: relax the chains, bring the cores together, dry, relax the cell."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from assembly.models.explicit_ligand import (
    ExplicitLigandSpec,
    capped_kinds,
    filled_edge_nm,
    place_explicit_ligand,
    solvent_potentials,
    sparse_placement,
)
from assembly.spec import AssemblySpec
from assembly.system.bodies import Population
from assembly.system.protocol import Plan, Stage
from packing.matter.media import medium
from packing.particles import Coating, Environment, Nanocrystal

TIMESTEP_PS = 0.02
"""The bond (1250 kJ/mol/nm^2, two beads of 50-60 amu) is the stiffest mode: omega dt = 0.14."""
_CORE_MASS_FACTOR = 0.1  # real cores would take ten times as long to come together; averages do not depend on it
_WET_FRACTION, _DRY_FRACTION = 0.45, 0.75


def plan_explicit_ligand(
    nanocrystal: Nanocrystal,
    coating: Coating,
    environment: Environment,
    spec: AssemblySpec,
    partner: Population | None = None,
) -> Plan:
    """System, force fields and stages of an explicit-ligand assembly.

    ``spec.n_particles`` counts the first kind; a ``partner`` of a binary mixture brings its own number.

    The packing fraction counts core and ligand at the ligand's densest packing: 1 is a solid without voids.

    Raises
    ------
    InputError
        For an unknown material or medium, or a coating that cannot be grafted.
    """
    settings = ExplicitLigandSpec(n_particles=spec.n_particles, partner=partner, core_mass_factor=_CORE_MASS_FACTOR)
    rng = np.random.default_rng(spec.seed)
    kinds, kind = capped_kinds(nanocrystal, coating, settings, rng)
    system = place_explicit_ligand(kinds, sparse_placement(kinds, kind, rng), environment, settings, seed=spec.seed)
    potentials = solvent_potentials(kinds, settings.force_field)
    quality = medium(environment.medium).quality
    # Kinds of the first population come first, those of the partner after them.
    n_first = int(kind[: spec.n_particles].max()) + 1
    coatings = [coating if i < n_first or partner is None else partner.coating for i in range(len(kinds))]
    volumes = np.array([filled_edge_nm(k.core, c) ** 3 for k, c in zip(kinds, coatings, strict=True)])
    period = float(np.mean(volumes[kind]) ** (1 / 3))
    chain = kinds[0].core.chain
    return Plan(
        model="explicit-ligand",
        system=system,
        stages=explicit_ligand_stages(spec),
        potentials={"medium": potentials[quality], "dry": potentials["dry"]},
        periods_nm={"medium": period, "dry": period},
        facts={
            "beads_per_chain": chain.n_beads,
            "bead_diameter_nm": chain.bead_nm,
            "bond_nm": chain.bond_nm,
            "chains_per_core": [k.core.n_chains for k in kinds],
            "free_beads": len(system.free_types),
            "solvent_quality": quality,
            "filled_edge_nm": period,
            "core_mass_factor": _CORE_MASS_FACTOR,
        },
        warnings=_warnings(len(system.free_types)),
    )


def explicit_ligand_stages(spec: AssemblySpec) -> tuple[Stage, ...]:
    """Chains first, with the cores held and steps capped; then evaporation in the medium, drying, zero pressure."""
    slow = 1.0 if spec.protocol == "evaporation" else 0.25
    wet: dict[str, Any] = {"potential_start": "medium", "potential_end": "medium"}
    moving: dict[str, Any] = {"ensemble": "langevin", "relaxation_ps": 20.0, "free_relaxation_ps": 1.0}
    barostat: dict[str, Any] = {
        "ensemble": "npt",
        "relaxation_ps": 2.0,
        "free_relaxation_ps": 1.0,
        "pressure_relaxation_ps": 20.0,
    }

    def stage(name: str, n_steps: float, n_samples: int, **more: Any) -> Stage:
        return Stage(
            name=name,
            n_steps=max(40, math.ceil(n_steps * spec.duration)),
            timestep_ps=TIMESTEP_PS,
            n_samples=n_samples,
            n_frames=n_samples,
            **more,
        )

    return (
        stage("relax", 1000, 2, ensemble="limit", **wet),
        stage("randomise", 4000, 4, **moving, **wet),
        stage("evaporate", 30_000 * slow, 15, fraction_end=_WET_FRACTION, **moving, **wet),
        stage("quench", 10_000 * slow, 10, potential_start="medium", potential_end="dry", **moving),
        stage("compress", 15_000 * slow, 10, fraction_end=_DRY_FRACTION, **moving),
        stage("relax_cell", 15_000, 10, **barostat),
        stage("sample", 10_000, 10, **barostat),
    )


def _warnings(n_beads: int) -> tuple[str, ...]:
    notes = ["explicit-ligand: cores are ten times lighter than real ones, so that times are not real times"]
    if n_beads > 30_000:
        notes.append(f"explicit-ligand: {n_beads} ligand beads run at tens of steps per second on one core")
    return tuple(notes)
