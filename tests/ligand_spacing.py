"""How far apart capped nanocrystals sit when dry: a pair, an fcc crystal, a cell of cubes.

As a script it prints the calibration of explicit-ligand: ``python tests/ligand_spacing.py hoomd``.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from assembly.engines import Dynamics, Session, start_session
from assembly.models.capped_system import Placement
from assembly.models.explicit_ligand import ExplicitLigandSpec, capped_kinds, place_explicit_ligand
from assembly.system.state import State, initial_state
from assembly.system.system import System
from packing.configuration import random_quaternions
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import Shape, Sphere, cube

AREA_PER_CHAIN_NM2 = 1 / 5.5
LIGHT = ExplicitLigandSpec(n_particles=2, core_mass_factor=0.1)


def opm_nm(diameter_nm: float, length_nm: float, coverage_per_nm2: float) -> float:
    """Distance in a dense lattice: D (1 + 3 xi lambda)^(1/3)."""
    grafting, length = coverage_per_nm2 * AREA_PER_CHAIN_NM2, 2 * length_nm / diameter_nm
    return float(diameter_nm * (1 + 3 * grafting * length) ** (1 / 3))


def ocm_nm(diameter_nm: float, length_nm: float, coverage_per_nm2: float) -> float:
    """Distance of an isolated pair: the positive root of tau^2 + (1+l) tau = 2 (1 + 3 xi l)/(1+l), times D."""
    grafting, length = coverage_per_nm2 * AREA_PER_CHAIN_NM2, 2 * length_nm / diameter_nm
    return float(diameter_nm * np.max(np.roots([1, 1 + length, -2 * (1 + 3 * grafting * length) / (1 + length)]).real))


def cell_bounds_nm(edge_nm: float, length_nm: float, coverage_per_nm2: float) -> tuple[float, float]:
    """The period when ligand fills all space (``fill``) and when it stays between faces (``plate``)."""
    layer = coverage_per_nm2 * AREA_PER_CHAIN_NM2 * length_nm
    return float((edge_nm**3 + 6 * edge_nm**2 * layer) ** (1 / 3)), edge_nm + 2 * layer


def capped(shape: Shape, coating: Coating, fractions: Any, box_nm: Any, material: str, *, seed: int = 1) -> System:
    """Capped nanocrystals at fractional places of a rectangular box; spheres turned at random, cubes aligned."""
    rng = np.random.default_rng(seed)
    spec = ExplicitLigandSpec(n_particles=len(fractions), core_mass_factor=LIGHT.core_mass_factor)
    kinds, kind = capped_kinds(Nanocrystal(material=material, shape=shape), coating, spec, rng)
    n, box = len(fractions), np.asarray(box_nm, dtype=float)
    aligned = np.tile([1.0, 0.0, 0.0, 0.0], (n, 1))
    placement = Placement(
        box=np.concatenate([box, np.zeros(3)]),
        kind=kind,
        centres_nm=np.asarray(fractions) * box,
        orientations=random_quaternions(n, rng) if isinstance(shape, Sphere) else aligned,
    )
    return place_explicit_ligand(kinds, placement, Environment(medium="vacuum"), spec, seed=seed)


class Relaxation:
    """A session that first relaxes the chains and then does stretches of dynamics."""

    def __init__(self, engine: str, system: System) -> None:
        self.system = system
        self.session: Session = start_session(engine, system)
        self.session.restore(initial_state(system, np.random.default_rng(1)))
        self._seed = 0
        self.run("limit", 1000)

    def run(self, ensemble: str, n_steps: int, *, kt_factor: float = 1.0, **more: Any) -> State:
        kt = kt_factor * self.system.kt_kj_mol
        self._seed += 1
        settings = {"body_relaxation_ps": 20.0, "free_relaxation_ps": 1.0} | more
        self.session.begin(
            Dynamics(
                ensemble=ensemble,  # type: ignore[arg-type]
                timestep_ps=0.02,
                n_steps=n_steps,
                kt_start_kj_mol=kt,
                kt_end_kj_mol=kt,
                seed=self._seed,
                **settings,
            )
        )
        self.session.advance(n_steps)
        return self.session.sample().state

    def at_zero_pressure(self, n_steps: int) -> State:
        return self.run("npt", n_steps, body_relaxation_ps=2.0, pressure_relaxation_ps=10.0)


def pair_force_kj_mol_nm(
    engine: str, diameter_nm: float, coating: Coating, distance_nm: float, *, n_cooling: int, n_sampling: int, seed: int
) -> np.ndarray:
    """Force that pushes two dry capped spheres apart while they are held at a distance [kJ/mol/nm], every 100 steps.

    Dry shells are stiff at 300 K, and a pair that is let go remembers from where it came. So the chains are melted at
    twice the temperature and cooled at each distance anew; where the mean force vanishes is the distance of the pair.
    """
    box = np.array([2.5, 2.0, 2.0]) * (diameter_nm + 2 * coating.ligand.length_nm)
    half = distance_nm / 2 / box[0]
    places = [[-half, 0, 0], [half, 0, 0]]
    relaxing = Relaxation(engine, capped(Sphere(diameter_nm=diameter_nm), coating, places, box, "Au", seed=seed))
    # Cores are held, and the cap is far above what a bead moves in a step.
    held: dict[str, Any] = {"ensemble": "limit", "max_displacement_nm": 0.1}
    for factor in np.linspace(2.0, 1.0, 20):
        relaxing.run(n_steps=n_cooling // 20, kt_factor=float(factor), **held)
    found = []
    for _ in range(n_sampling // 100):
        relaxing.run(n_steps=100, **held)
        first, second = relaxing.session.energy_forces().body_forces_kj_mol_nm[:, 0]
        found.append((second - first) / 2)
    relaxing.session.close()
    return np.array(found)


def mean_force_over_coolings_kj_mol_nm(
    engine: str, diameter_nm: float, coating: Coating, part: float, *, n_coolings: int = 3
) -> np.ndarray:
    """Mean force after each of several coolings at a part of the OCM distance [kJ/mol/nm], shape (n_coolings,)."""
    ocm = ocm_nm(diameter_nm, coating.ligand.length_nm, coating.coverage_per_nm2)
    steps = {"n_cooling": 10_000, "n_sampling": 4_000}
    return np.array([
        pair_force_kj_mol_nm(engine, diameter_nm, coating, part * ocm, seed=seed, **steps).mean()
        for seed in range(1, 1 + n_coolings)
    ])  # fmt: skip


def fcc_distance_nm(engine: str, diameter_nm: float, coating: Coating, *, n_steps: int) -> np.ndarray:
    """Nearest distances in an fcc crystal at zero pressure [nm], from its tetragonal cell of two spheres."""
    opm = opm_nm(diameter_nm, coating.ligand.length_nm, coating.coverage_per_nm2)
    open_nm = diameter_nm + 1.85 * coating.ligand.length_nm
    cell = np.array([1.0, 1.0, np.sqrt(2)])
    relaxing = Relaxation(
        engine, capped(Sphere(diameter_nm=diameter_nm), coating, [[-0.25] * 3, [0.25] * 3], open_nm * cell, "Au")
    )
    relaxing.run("langevin", n_steps // 3, box_end=(*(1.04 * opm * cell), 0, 0, 0))
    relaxing.at_zero_pressure(n_steps // 3)
    return np.array([relaxing.at_zero_pressure(n_steps // 30).box[0] for _ in range(10)])


def cube_period_nm(engine: str, edge_nm: float, coating: Coating, *, n_steps: int) -> np.ndarray:
    """Periods of a simple cubic crystal of capped cubes at zero pressure [nm], from its cell of one cube."""
    fill, plate = cell_bounds_nm(edge_nm, coating.ligand.length_nm, coating.coverage_per_nm2)
    open_nm = edge_nm + 2 * coating.ligand.length_nm + 0.3
    relaxing = Relaxation(engine, capped(cube(edge_nm), coating, [[0, 0, 0]], [open_nm] * 3, "CsPbBr3"))
    relaxing.run("langevin", n_steps // 3, box_end=(*3 * [(fill + plate) / 2], 0, 0, 0))
    relaxing.at_zero_pressure(n_steps // 3)
    return np.array([relaxing.at_zero_pressure(n_steps // 30).box[0] for _ in range(10)])


def report(engine: str) -> None:
    """The calibration case, and others that nothing was fitted to."""

    def line(what: str, found: np.ndarray, expected: str) -> None:
        tail = found[len(found) // 2 :]
        print(f"{what:46s} {tail.mean():.3f} +- {tail.std():.3f} nm   {expected}", flush=True)

    for diameter, name, coverage in ((4.0, "dodecanethiol", 5.0), (4.1, "c18 thiol", 5.5), (4.1, "c9 thiol", 5.5)):
        coating = Coating(ligand=ligand(name), coverage_per_nm2=coverage)
        length = coating.ligand.length_nm
        opm, ocm = opm_nm(diameter, length, coverage), ocm_nm(diameter, length, coverage)
        what = f"Au {diameter} nm, {name}, {coverage}/nm2"
        line(f"{what}: fcc", fcc_distance_nm(engine, diameter, coating, n_steps=15_000), f"OPM {opm:.3f}")
        for part in (0.92, 1.0, 1.08):
            force = pair_force_kj_mol_nm(
                engine, diameter, coating, part * ocm, n_cooling=20_000, n_sampling=8_000, seed=1
            )
            print(f"{what}: force at {part} OCM ({part * ocm:.3f} nm) {force.mean():.0f} kJ/mol/nm", flush=True)
    for edge, name, coverage in ((3.0, "dodecanethiol", 3.0), (5.0, "oleate", 3.0)):
        coating = Coating(ligand=ligand(name), coverage_per_nm2=coverage)
        fill, plate = cell_bounds_nm(edge, coating.ligand.length_nm, coverage)
        found = cube_period_nm(engine, edge, coating, n_steps=15_000)
        line(f"cube {edge} nm, {name}, {coverage}/nm2: period", found, f"fill {fill:.3f} plate {plate:.3f}")


if __name__ == "__main__":
    report(sys.argv[1] if len(sys.argv) > 1 else "lammps")
