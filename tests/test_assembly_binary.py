"""Mixtures of two kinds: numbers, names, packing fraction, and a run on each engine."""

import numpy as np
import pytest

from assembly.how import How
from assembly.run.assembly import assemble, build_plan
from assembly.spec import AssemblySpec
from assembly.system.bodies import Population
from packing.errors import InputError
from packing.matter.ligands import ligand
from packing.pair.energy import pair_energy
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import Sphere, cube
from packing.trajectory import Trajectory

CUBES = Nanocrystal(material="CsPbBr3", shape=cube(2.4))
SPHERES = Nanocrystal(material="Fe3O4", shape=Sphere(diameter_nm=3.0))
OLEATE = Coating(ligand=ligand("oleate"), coverage_per_nm2=2.0)
HEXANE = Environment(medium="hexane")


def mixture(n_spheres: int) -> Population:
    return Population(nanocrystal=SPHERES, coating=OLEATE, n_particles=n_spheres)


@pytest.mark.parametrize("model", ["explicit-ligand", "hard-cube"])
def test_both_kinds_are_there_in_their_numbers_and_mixed(model: str) -> None:
    plan = build_plan(CUBES, OLEATE, HEXANE, AssemblySpec(model=model, n_particles=20), mixture(7))
    system = plan.system
    spheres = np.array([isinstance(system.bodies[k].shape, Sphere) for k in system.body_kind])
    assert spheres.sum() == 7
    assert len(spheres) == 27
    assert not spheres[-7:].all()  # drawn at random over the places, not block by block
    assert len({kind.name for kind in system.bodies}) == len(system.bodies)


def test_the_packing_fraction_of_hard_bodies_counts_each_kind_with_its_own_volume() -> None:
    plan = build_plan(CUBES, OLEATE, HEXANE, AssemblySpec(model="hard-cube", n_particles=20), mixture(7))
    edge, diameter = (
        size + pair_energy(nanocrystal, OLEATE, HEXANE).gap_nm for nanocrystal, size in ((CUBES, 2.4), (SPHERES, 3.0))
    )
    assert 27 * plan.periods_nm["medium"] ** 3 == pytest.approx(20 * edge**3 + 7 * diameter**3, rel=1e-9)


def test_a_mixture_has_some_of_each_kind() -> None:
    with pytest.raises(InputError, match="at least 1 of each kind"):
        mixture(0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "engine"),
    [
        ("explicit-ligand", "lammps"),
        pytest.param("explicit-ligand", "hoomd", marks=pytest.mark.hoomd),
        pytest.param("hard-cube", "hoomd", marks=pytest.mark.hoomd),
    ],
)
def test_a_mixture_runs_to_its_end(model: str, engine: str, tmp_path) -> None:
    pytest.importorskip(engine, reason=f"{engine} is not installed")
    spec = AssemblySpec(model=model, n_particles=5, duration=0.02)
    result = assemble(CUBES, OLEATE, HEXANE, spec, tmp_path, partner=mixture(3), how=How(engine=engine))
    assert result.n_particles == 8
    with Trajectory(result.trajectory_path) as frames:
        last = frames[-1]
    assert sorted(type(shape).__name__ for shape in last.shapes) == ["Cuboid", "Sphere"]
    assert np.bincount(last.species, minlength=2).tolist() in ([5, 3], [3, 5])
