"""Steps per second of soft cubes through the project and by hand-written scripts, on both engines, run alternately.

``python benchmarks/assembly_engines.py [N] [out.json]``: CPU time of this process is what counts, so that other work
on the machine disturbs little. The hand-written scripts do the same physics with nothing around it, neither samples nor
protocol. All beads of a type have one mass there, which holds for cubes.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from assembly.engines import Dynamics, available_engines, start_session
from assembly.engines.tables import LAMMPS_POINTS, hoomd_table, lammps_table
from assembly.models.soft.plan import plan_soft
from assembly.spec import AssemblySpec
from assembly.system.felt import with_felt_beads
from assembly.system.state import State, initial_state
from assembly.system.system import PairPotential, System, TablePair
from packing.configuration import quaternions_to_matrices
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import cube

STEPS, ROUNDS = 1000, 5
FRICTION_PS = 2000.0
SKIN = 0.2
"""Skin of the scripts' neighbour lists, over the longest cutoff."""

Run = Callable[[int], None]


def crystal(n_particles: int) -> tuple[System, State, float]:
    """Soft cubes in a simple cubic crystal a little wider than at zero pressure, with its time step [ps]."""
    plan = plan_soft(
        Nanocrystal(material="CsPbBr3", shape=cube(8.6)),
        Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0),
        Environment(medium="toluene"),
        AssemblySpec(n_particles=n_particles),
    )
    per_edge = round(n_particles ** (1 / 3))
    if per_edge**3 != n_particles:
        raise SystemExit(f"the number of cubes must be a cube (27, 64, 512), got {n_particles}")
    spacing = 1.01 * plan.periods_nm["dry"]
    g = (np.arange(per_edge) + 0.5 - per_edge / 2) * spacing
    centres = np.stack(np.meshgrid(g, g, g, indexing="ij"), axis=-1).reshape(-1, 3)
    box = np.array([per_edge * spacing] * 3 + [0.0, 0.0, 0.0])
    aligned = np.tile([1.0, 0.0, 0.0, 0.0], (n_particles, 1))
    system = dataclasses.replace(
        plan.system,
        box=box,
        centres_nm=centres,
        orientations=aligned,
        pairs=dict(plan.potentials["dry"]),
        kt_kj_mol=plan.system.kt_kj_mol * plan.scales["dry"],
    )
    # Scripts hold only beads that feel something, too.
    system = with_felt_beads(system, system.pairs.keys())
    return system, initial_state(system, np.random.default_rng(1)), plan.stages[-1].timestep_ps


def through_the_project(engine: str, system: System, state: State, timestep_ps: float, gpu: int | None = None) -> Run:
    """As the driver does it: a stretch of dynamics, then a sample."""
    session = start_session(engine, system, gpu=gpu)
    session.restore(state)

    def run(n_steps: int) -> None:
        session.begin(
            Dynamics(
                ensemble="langevin",
                timestep_ps=timestep_ps,
                n_steps=n_steps,
                kt_start_kj_mol=system.kt_kj_mol,
                kt_end_kj_mol=system.kt_kj_mol,
                body_relaxation_ps=FRICTION_PS,
            )
        )
        session.advance(n_steps)
        session.sample()

    return run


def _tabulated(pair: PairPotential) -> TablePair:
    """All of soft bodies are."""
    assert isinstance(pair, TablePair)
    return pair


def hoomd_by_hand(system: System, state: State, timestep_ps: float, device: Any = None) -> Run:
    """A plain HOOMD script: bodies, tables, Langevin."""
    import hoomd

    body, n = system.bodies[0], len(state.centres_nm)
    simulation = hoomd.Simulation(device=device or hoomd.device.CPU(notice_level=0), seed=1)
    snapshot = hoomd.Snapshot()
    snapshot.configuration.box = list(state.box)
    snapshot.particles.types = list(system.particle_types)
    snapshot.particles.N = n
    snapshot.particles.typeid[:] = body.centre_type
    snapshot.particles.position[:] = state.centres_nm
    snapshot.particles.orientation[:] = state.orientations
    snapshot.particles.velocity[:] = state.velocities_nm_ps
    snapshot.particles.mass[:] = body.mass_amu
    snapshot.particles.moment_inertia[:] = body.inertia_amu_nm2
    simulation.create_state_from_snapshot(snapshot)
    rigid = hoomd.md.constrain.Rigid()
    rigid.body[system.particle_types[body.centre_type]] = {
        "constituent_types": [system.particle_types[t] for t in body.bead_types],
        "positions": [tuple(x) for x in body.bead_positions_nm],
        "orientations": [(1, 0, 0, 0)] * len(body.bead_types),
    }
    rigid.create_bodies(simulation.state)
    longest = max(p.cutoff_nm for p in system.pairs.values())
    table = hoomd.md.pair.Table(hoomd.md.nlist.Tree(buffer=SKIN * longest, exclusions=("body",)), default_r_cut=0)
    for types in itertools.combinations_with_replacement(system.particle_types, 2):
        table.params[types] = {"r_min": 0, "U": [0], "F": [0]}
    for (i, j), p in system.pairs.items():
        types = (system.particle_types[i], system.particle_types[j])
        r_min, energy, force = hoomd_table(_tabulated(p))
        table.params[types] = {"r_min": r_min, "U": energy, "F": force}
        table.r_cut[types] = p.cutoff_nm
    langevin = hoomd.md.methods.Langevin(
        hoomd.filter.Rigid(("center",)),
        kT=system.kt_kj_mol,
        default_gamma=body.mass_amu / FRICTION_PS,
        default_gamma_r=tuple(body.inertia_amu_nm2 / FRICTION_PS),
    )
    simulation.operations.integrator = hoomd.md.Integrator(
        timestep_ps, methods=[langevin], forces=[table], rigid=rigid, integrate_rotational_dof=True
    )
    return simulation.run


def lammps_by_hand(system: System, state: State, timestep_ps: float) -> Run:
    """A plain LAMMPS script: rigid/small, tables, Langevin on the beads."""
    from assembly.engines.lammps_library import load_lammps

    lammps = load_lammps().lammps(cmdargs=["-log", "none", "-screen", "none", "-nocite"])
    body, n, length = system.bodies[0], len(state.centres_nm), float(state.box[0])
    one = np.vstack([np.zeros(3), body.bead_positions_nm])
    x = np.einsum("bij,nj->bni", quaternions_to_matrices(state.orientations), one) + state.centres_nm[:, None]
    x = x.reshape(-1, 3)
    image = np.floor(x / length + 0.5).astype(int)
    types = np.tile(np.concatenate([[body.centre_type], body.bead_types]), n) + 1
    masses = np.concatenate([[body.mass_amu - body.bead_masses_amu.sum()], body.bead_masses_amu])
    flags = (image[:, 0] + 512) + ((image[:, 1] + 512) << 10) + ((image[:, 2] + 512) << 20)
    longest = max(p.cutoff_nm for p in system.pairs.values())
    reach = float(np.linalg.norm(one, axis=1).max())
    n_types = len(system.particle_types)
    silent = [pair for pair in itertools.combinations_with_replacement(range(n_types), 2) if pair not in system.pairs]
    folder = tempfile.TemporaryDirectory()
    tables = Path(folder.name) / "tables"
    nothing = "NOTHING\nN 2 R 0.1 0.2\n\n1 0.1 0 0\n2 0.2 0 0\n\n"
    sections = [lammps_table(_tabulated(p), f"PAIR_{i}_{j}") for (i, j), p in system.pairs.items()]
    tables.write_text(nothing + "".join(sections))
    for command in (
        "units lj",
        "atom_style molecular",
        f"region b block {-length / 2} {length / 2} {-length / 2} {length / 2} {-length / 2} {length / 2}",
        f"create_box {n_types} b",
        "mass * 1.0",
        *(
            f"mass {t} {np.tile(masses, n)[first]}"
            for t, first in zip(*np.unique(types, return_index=True), strict=True)
        ),
        f"pair_style table spline {LAMMPS_POINTS}",
        f"pair_coeff * * {tables} NOTHING",
        *(f"pair_coeff {i + 1} {j + 1} {tables} PAIR_{i}_{j}" for i, j in system.pairs),
        *(f"neigh_modify exclude type {i + 1} {j + 1}" for i, j in silent),
        f"neighbor {SKIN * longest} bin",
        "neigh_modify delay 0 every 1 check yes",
        f"comm_modify cutoff {1.02 * reach + SKIN * longest}",
        "thermo 0",
    ):
        lammps.command(command)
    ids = list(range(1, len(x) + 1))
    lammps.create_atoms(len(x), ids, types.tolist(), (x - image * length).ravel().tolist(), None, flags.tolist(), False)
    folder.cleanup()
    molecule = np.repeat(np.arange(1, n + 1), len(one)).astype(np.intc)
    lammps.scatter_atoms("molecule", 0, 1, np.ctypeslib.as_ctypes(molecule))
    for command in (
        "neigh_modify exclude molecule/intra all",
        "fix r all rigid/nve/small molecule",
        f"fix t all langevin {system.kt_kj_mol} {system.kt_kj_mol} {FRICTION_PS} 7",
        f"timestep {timestep_ps}",
    ):
        lammps.command(command)
    return lambda n_steps: lammps.command(f"run {n_steps} post no")


BY_HAND: dict[str, Callable[[System, State, float], Run]] = {"hoomd": hoomd_by_hand, "lammps": lammps_by_hand}


def main(n_particles: int, out: Path | None) -> None:
    """Alternate between the runs and print the medians."""
    system, state, timestep_ps = crystal(n_particles)
    versions = {e.name: e.version for e in available_engines() if e.version}
    runs: dict[tuple[str, str], Run] = {}
    for engine in versions:
        runs[engine, "project"] = through_the_project(engine, system, state, timestep_ps)
        runs[engine, "by hand"] = BY_HAND[engine](system, state, timestep_ps)
    speeds: dict[tuple[str, str], list[float]] = {key: [] for key in runs}
    for run in runs.values():
        run(STEPS)
    for _ in range(ROUNDS):
        for key, run in runs.items():
            start = time.process_time()
            run(STEPS)
            speeds[key].append(STEPS / (time.process_time() - start))
    beads = len(system.bodies[0].bead_types)
    print(f"{n_particles} soft cubes of {beads} beads, crystal, Langevin; steps per second of CPU, one core")
    results: dict[str, Any] = {"n_cubes": n_particles, "beads_per_cube": beads, "engines": {}}
    for engine, version in versions.items():
        project, hand = (statistics.median(speeds[engine, how]) for how in ("project", "by hand"))
        ratios = [a / b for a, b in zip(speeds[engine, "project"], speeds[engine, "by hand"], strict=True)]
        ratio = statistics.median(ratios)
        print(f"{engine:7s} {version:14s} project {project:7.0f}   by hand {hand:7.0f}   ratio {ratio:.3f}")
        results["engines"][engine] = {
            "version": version,
            "project_steps_per_s": round(project, 1),
            "by_hand_steps_per_s": round(hand, 1),
            "ratio": round(ratio, 3),
        }
    if out is not None:
        out.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 64, Path(sys.argv[2]) if len(sys.argv) > 2 else None)
