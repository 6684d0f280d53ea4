"""Stages as the driver carries them out, on a session that does what it is told and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import nullcontext
from itertools import pairwise

import numpy as np
import pytest
from engine_cases import soft_cubes
from hypothesis import given, settings, strategies as st

from assembly import AssemblySpec, Plan, Stage, build_plan
from assembly.engines.session import Dynamics, Sample, UnstableError
from assembly.how import How
from assembly.models.soft.stages import SoftState, soft_stages
from assembly.run.driver import CHECKPOINT_EVERY, Driver
from assembly.run.run_files import read_checkpoint
from assembly.system.potentials import mix_pairs
from assembly.system.protocol import Stiffness
from assembly.system.ramp import CATCH_UP
from assembly.system.state import State, temperatures_kelvin
from assembly.system.system import KB_KJ_PER_MOL_K, MiePair, TablePair
from packing.errors import InputError, RunStopped
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import cube


class ObedientSession:
    """Goes where it is told: the box ends at its target, bodies keep their fractional places."""

    name, version, device, rank, n_ranks = "obedient", "1", "none", 0, 1

    def __init__(
        self, growth: float = 1.0, heat: float = 1.0, pressure: Callable[[State], float] = lambda state: 0.0
    ) -> None:
        self.began: list[Dynamics] = []
        self.restored: list[int] = []
        self.pairs: list = []
        self._growth, self._heat, self._pressure = growth, heat, pressure

    def restore(self, state: State) -> None:
        self.state = state
        self.restored.append(state.step)

    def set_pairs(self, pairs) -> None:
        self.pairs.append(pairs)

    def begin(self, dynamics: Dynamics) -> None:
        self.began.append(dynamics)

    def advance(self, n_steps: int) -> None:
        d, s = self.began[-1], self.state
        lengths = s.box[:3] * self._growth if d.box_end is None else np.array(d.box_end[:3])
        self.state = dataclasses.replace(
            s,
            step=s.step + n_steps,
            time_ps=s.time_ps + n_steps * d.timestep_ps,
            box=np.concatenate([lengths, s.box[3:]]),
            centres_nm=s.centres_nm * lengths / s.box[:3],
            velocities_nm_ps=s.velocities_nm_ps * self._heat,
        )

    def sample(self) -> Sample:
        pressures = self._pressure(self.state) * np.array([1, 1, 1, 0, 0, 0])
        return Sample(state=self.state, potential_kj_mol=0.0, pressures_kj_mol_nm3=pressures)

    def agree(self, value: int) -> int:
        return value


def plan(*stages: Stage) -> Plan:
    system = soft_cubes(27, 9.0, np.random.default_rng(1))
    weak = dict(system.pairs)
    strong = {key: dataclasses.replace(pair, epsilon_kj_mol=3 * pair.epsilon_kj_mol) for key, pair in weak.items()}
    return Plan(
        model="soft",
        system=system,
        stages=stages,
        potentials={"medium": weak, "dry": strong},
        periods_nm={"medium": 8.0, "dry": 6.0},
    )


def drive(tmp_path, plan: Plan, session: ObedientSession | None = None, must_stop=lambda: False) -> ObedientSession:
    session = session or ObedientSession()
    Driver(plan, session, tmp_path, "hash", emit=lambda record: None, must_stop=must_stop).run()
    return session


def stage(**more) -> Stage:
    return Stage(**({"name": "evaporate", "ensemble": "langevin", "n_steps": 103, "timestep_ps": 1.0} | more))


@settings(deadline=None, max_examples=6)
@given(n_steps=st.integers(1, 500), n_samples=st.integers(1, 40))
def test_every_step_is_run_once(tmp_path_factory, n_steps: int, n_samples: int) -> None:
    session = drive(tmp_path_factory.mktemp("run"), plan(stage(n_steps=n_steps, n_samples=n_samples, n_frames=1)))
    assert session.state.step == n_steps
    assert sum(d.n_steps for d in session.began) == n_steps


def test_volume_shrinks_evenly_to_the_packing_fraction(tmp_path) -> None:
    session = drive(tmp_path, plan(stage(n_steps=100, n_samples=10, fraction_end=0.5)))
    volumes = np.array([np.prod(d.box_end[:3]) for d in session.began])
    assert volumes[-1] == pytest.approx(27 * 6.0**3 / 0.5, rel=1e-12)
    np.testing.assert_allclose(np.diff(volumes), np.diff(volumes)[0], rtol=1e-9)


def test_the_box_waits_for_jammed_cubes_and_then_catches_up_slowly(tmp_path) -> None:
    kt = plan().system.kt_kj_mol
    jammed_at = {50: 31.0, 60: 31.0}  # in kT per cell of 6 nm
    session = ObedientSession(pressure=lambda state: jammed_at.get(state.step, 29.0) * kt / 6.0**3)
    drive(tmp_path, plan(stage(n_steps=100, n_samples=10, fraction_end=0.5, max_pressure_kt=30.0)), session)
    steps = np.diff([np.prod(d.box_end[:3]) for d in session.began])
    planned = steps[0]
    assert planned < 0
    np.testing.assert_allclose(steps, [planned] * 4 + [0.0] * 2 + [CATCH_UP * planned] * 3, atol=1e-9 * abs(planned))


def test_a_swelling_box_does_not_wait(tmp_path) -> None:
    session = ObedientSession(pressure=lambda state: 1e3)
    swell = stage(n_steps=100, n_samples=10, fraction_end=0.01, max_pressure_kt=30.0)
    drive(tmp_path, plan(swell), session)
    assert np.prod(session.state.box[:3]) == pytest.approx(27 * 6.0**3 / 0.01)


def test_potential_and_period_go_from_one_to_the_other(tmp_path) -> None:
    ramp = stage(n_steps=100, n_samples=4, potential_start="medium", potential_end="dry", fraction_end=0.4)
    p = plan(ramp)
    session = drive(tmp_path, p)
    weak = p.potentials["medium"][(1, 1)].epsilon_kj_mol
    assert [pairs[(1, 1)].epsilon_kj_mol / weak for pairs in session.pairs] == pytest.approx([1.5, 2.0, 2.5, 3.0])
    assert np.prod(session.state.box[:3]) == pytest.approx(27 * 6.0**3 / 0.4)


def test_temperature_follows_its_knots_without_jumps(tmp_path) -> None:
    session = drive(tmp_path, plan(stage(n_steps=80, n_samples=8, kt_factors=(1.0, 1.5, 1.0))))
    kt = plan().system.kt_kj_mol
    starts, ends = ([getattr(d, f"kt_{w}_kj_mol") / kt for d in session.began] for w in ("start", "end"))
    np.testing.assert_allclose(starts[1:], ends[:-1])
    assert starts[0] == pytest.approx(1.0)
    assert max(ends) == pytest.approx(1.5)
    assert ends[-1] == pytest.approx(1.0)


def test_a_cycle_is_left_out_where_order_is_reached(tmp_path) -> None:
    first = stage(n_steps=50, n_samples=5)
    last = stage(name="sample", n_steps=20, n_samples=2)
    for threshold, n_steps in ((0.0, 70), (0.5, 170)):  # cubes on a lattice at random angles: a fraction of zero
        cycle = stage(name="swell", n_steps=100, n_samples=10, skip_above_sc_fraction=threshold)
        records: list[dict] = []
        session = ObedientSession()
        folder = tmp_path / str(n_steps)
        folder.mkdir()
        Driver(plan(first, cycle, last), session, folder, "h", emit=records.append, must_stop=lambda: False).run()
        assert session.state.step == n_steps
        assert records[0]["n_steps"] == 70  # what may not be needed is not announced
        assert records[-1]["n_steps"] == n_steps


@pytest.mark.parametrize(("below", "n_steps"), [(0.0, 120), (0.4, 70)])
def test_rows_are_not_loosened_where_places_are_vacant(tmp_path, below: float, n_steps: int) -> None:
    """Cubes at random angles have a simple-cubic fraction of zero: too few for a cycle that asks for some."""
    loosen = stage(name="loosen", n_steps=30, n_samples=3, skip_above_sc_fraction=0.5, skip_below_sc_fraction=below)
    relax = stage(name="relax", n_steps=20, n_samples=2, skip_above_sc_fraction=0.5, goes_with_last=True)
    session = drive(tmp_path, plan(stage(n_steps=50, n_samples=5), loosen, relax, stage(n_steps=20, n_samples=2)))
    assert session.state.step == n_steps


@pytest.mark.parametrize(("first_above", "n_steps"), [(0.0, 70), (0.5, 120)])
def test_a_cycle_that_was_begun_is_ended(tmp_path, first_above: float, n_steps: int) -> None:
    """What its second stage alone would ask for does not count: a relaxation is not left out half way."""
    swell = stage(name="swell", n_steps=30, n_samples=3, skip_above_sc_fraction=first_above)
    relax = stage(name="relax", n_steps=20, n_samples=2, skip_above_sc_fraction=0.5 - first_above, goes_with_last=True)
    session = drive(tmp_path, plan(stage(n_steps=50, n_samples=5), swell, relax, stage(n_steps=20, n_samples=2)))
    assert session.state.step == n_steps


def test_of_many_tries_only_the_one_that_has_begun_is_announced(tmp_path) -> None:
    swell = stage(name="swell", n_steps=30, n_samples=3, skip_above_sc_fraction=0.5)
    relax = stage(name="relax", n_steps=20, n_samples=2, skip_above_sc_fraction=0.5, goes_with_last=True)
    stages = (stage(n_steps=50, n_samples=5), swell, relax, swell, relax, stage(n_steps=20, n_samples=2))
    records: list[dict] = []
    driver = Driver(plan(*stages), ObedientSession(), tmp_path, "h", emit=records.append, must_stop=lambda: False)  # type: ignore[arg-type]
    driver.run()
    announced = {int(r["step"]): r["n_steps"] for r in records}
    assert [announced[at] for at in (50, 60, 100, 110, 150, 170)] == [70, 120, 120, 170, 170, 170]


def test_every_stretch_has_its_own_seed(tmp_path) -> None:
    session = drive(tmp_path, plan(stage(), stage(name="quench")))
    assert len({d.seed for d in session.began}) == len(session.began)


def test_checkpoints_restore_the_session_too(tmp_path) -> None:
    """Only so are a run that was killed and one that was not the same."""
    session = drive(tmp_path, plan(stage(n_steps=80, n_samples=8)))
    assert session.restored == [0, *(10 * CHECKPOINT_EVERY * i for i in range(1, 8 // CHECKPOINT_EVERY + 1)), 80]


def test_a_stop_runs_on_to_the_checkpoint_that_is_due(tmp_path) -> None:
    """From there the run goes on as one that was never stopped."""
    asked = iter([False, True, True, True])
    p = plan(stage(n_steps=80, n_samples=8))
    with pytest.raises(RunStopped, match="step 40 of 80"):
        drive(tmp_path, p, must_stop=lambda: next(asked))
    session = drive(tmp_path, p)
    assert session.restored[0] == 10 * CHECKPOINT_EVERY
    assert session.state.step == 80
    assert read_checkpoint(tmp_path, "hash")["state"].step == 80
    with pytest.raises(InputError, match="another study"):
        read_checkpoint(tmp_path, "other hash")


def test_a_stop_does_not_wait_for_a_checkpoint_that_is_far_away(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("assembly.run.driver.STOP_WITHIN_S", -1.0)
    asked = iter([False, True])
    p = plan(stage(n_steps=80, n_samples=8))
    with pytest.raises(RunStopped, match="step 20 of 80"):
        drive(tmp_path, p, must_stop=lambda: next(asked))
    assert drive(tmp_path, p).restored[0] == 20


def test_a_crystal_that_lets_go_of_its_images_is_held_as_a_free_cluster(tmp_path) -> None:
    relax = stage(name="relax_cell", ensemble="npt", n_samples=10)
    session = ObedientSession(growth=1.1)
    driver = Driver(plan(relax), session, tmp_path, "hash", emit=lambda record: None, must_stop=lambda: False)
    progress = driver.run()
    assert progress.is_free_cluster
    # 1.1^3 and 1.1^6 pass: the second is beyond half as much again.
    assert [d.ensemble for d in session.began] == ["npt"] * 2 + ["langevin"] * 8
    assert read_checkpoint(tmp_path, "hash")["progress"]["is_free_cluster"]


def test_a_crystal_that_breathes_stays_at_zero_pressure(tmp_path) -> None:
    session = drive(tmp_path, plan(stage(name="relax_cell", ensemble="npt")), ObedientSession(growth=1.001))
    assert {d.ensemble for d in session.began} == {"npt"}


def test_bodies_that_heat_up_stop_the_run_with_the_last_good_frame(tmp_path) -> None:
    with pytest.raises(UnstableError, match="duration"):
        drive(tmp_path, plan(stage(n_samples=10, n_frames=10)), ObedientSession(heat=1.4))
    assert (tmp_path / "trajectory.gsd").stat().st_size > 0


def test_halfway_between_two_potentials() -> None:
    a = {(0, 0): MiePair(epsilon_kj_mol=1.0, sigma_nm=1.0, n=12, m=6, cutoff_nm=2.0)}
    b = {(0, 0): MiePair(epsilon_kj_mol=3.0, sigma_nm=2.0, n=16, m=8, cutoff_nm=4.0)}
    assert mix_pairs(a, b, 0.5) == {(0, 0): MiePair(epsilon_kj_mol=2.0, sigma_nm=1.5, n=14, m=7, cutoff_nm=3.0)}
    assert mix_pairs(a, b, 0.0) == a
    assert mix_pairs(a, b, 1.0) == b
    with pytest.raises(InputError, match="same pairs"):
        mix_pairs(a, {(0, 1): b[(0, 0)]}, 0.5)
    table = TablePair(r_min_nm=0.5, cutoff_nm=1.0, energy_kj_mol=np.zeros(3), force_kj_mol_nm=np.zeros(3))
    with pytest.raises(InputError, match="tables"):
        mix_pairs(a, {(0, 0): table}, 0.5)


def test_bodies_start_as_warm_as_their_scaled_contacts_ask(tmp_path) -> None:
    scaled = dataclasses.replace(plan(stage(n_steps=10, n_samples=1)), scales={"dry": 0.1})
    session = ObedientSession()
    drive(tmp_path, scaled, session)
    t_trans, t_rot, _ = temperatures_kelvin(scaled.system, session.state)
    assert max(t_trans, t_rot) < 0.2 * scaled.system.kt_kj_mol / KB_KJ_PER_MOL_K  # a tenth, and scatter of 27 bodies


@pytest.mark.parametrize(("scale", "heat", "is_stopped"), [(1.0, 3.0, True), (0.1, 3.0, False), (0.1, 10.0, True)])
def test_what_sticks_may_warm_and_what_blows_up_is_stopped(tmp_path, scale, heat, is_stopped) -> None:
    scaled = dataclasses.replace(plan(stage(n_steps=10, n_samples=1)), scales={"dry": scale})
    with pytest.raises(UnstableError, match="bodies are at") if is_stopped else nullcontext():
        drive(tmp_path, scaled, ObedientSession(heat=heat))


def test_the_old_name_and_its_cap_are_read_and_told() -> None:
    spec = AssemblySpec(model="soft-cube", depth_cap_kt=6.0)
    assert spec.model == "soft"
    assert [note.split(":")[0] for note in spec.notes] == ["model", "depth_cap_kt"]
    hard = AssemblySpec(model="hard-cube", n_particles=8, depth_cap_kt=6.0)
    oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    made = build_plan(Nanocrystal(material="CsPbBr3", shape=cube(8.6)), oleate, Environment(), hard)
    assert any("depth_cap_kt" in warning for warning in made.warnings)
    assert not AssemblySpec().notes


def soft_state(name: str, depth_kt: float, timestep_ps: float) -> SoftState:
    return SoftState(
        name=name, depth_kt=depth_kt, timestep_ps=timestep_ps, thermal_time_ps=1e4,
        pressure_relaxation_ps=300 * timestep_ps, stiffness=Stiffness(along_kt=1e5, shear_kt=1e3),
    )  # fmt: skip


def test_a_short_run_neither_rushes_nor_tries_again() -> None:
    def stages_of(duration: float) -> tuple[Stage, ...]:
        states = [
            soft_state(name, depth, 9.0)
            for name, depth in (("medium", 0.4), ("drying-1", 3.0), ("drying-2", 20.0), ("dry", 900.0))
        ]
        return soft_stages(AssemblySpec(duration=duration), states, are_cubes=True)

    short, whole = stages_of(0.01), stages_of(1.0)
    assert not any(stage.skip_above_sc_fraction for stage in short)
    assert any(stage.skip_above_sc_fraction for stage in whole)
    rushed = [s for s in short if s.potential_start != s.potential_end or (s.fraction_end or 0) > 0.5]
    assert rushed
    assert min(s.n_steps for s in rushed) >= 500
    # What is grown anew was a fluid before: hard cubes freeze near half the volume.
    assert all(s.fraction_end <= 0.5 for s in whole if s.name == "swell")


@pytest.mark.parametrize(
    ("depth_kt", "are_cubes", "tilts"), [(0.4, True, True), (84.0, True, False), (0.4, False, False)]
)
def test_only_cubes_that_do_not_stick_have_a_box_of_free_angles(depth_kt: float, are_cubes: bool, tilts: bool) -> None:
    states = [
        soft_state(name, depth, 9.0) for name, depth in (("medium", depth_kt), ("drying-1", 120.0), ("dry", 900.0))
    ]
    stages = soft_stages(AssemblySpec(), states, are_cubes=are_cubes)
    assert any(s.tilts is not None for s in stages) == tilts
    # A gel that is warmed is none any more; what is warmed is at the run's own temperature before and after.
    (warm,) = {s.kt_factors for s in stages if s.name == "relax_cell"}
    assert (max(warm) > 1) == tilts
    assert warm[0] == warm[-1] == 1


def test_only_crystals_without_vacant_places_are_loosened_and_others_are_grown_anew() -> None:
    states = [
        soft_state(name, depth, 9.0)
        for name, depth in (("medium", 0.4), ("drying-1", 3.0), ("drying-2", 20.0), ("dry", 900.0))
    ]
    stages = soft_stages(AssemblySpec(), states, are_cubes=True)
    wet = [s for s in stages if s.potential_start == "drying-2" and s.name in ("loosen", "swell")]
    assert [s.name for s in wet] == 2 * ["loosen"] + 2 * ["swell", "loosen", "loosen"]
    for s in wet:
        assert s.skip_above_sc_fraction is not None
        assert (0 < s.skip_below_sc_fraction < s.skip_above_sc_fraction) == (s.name == "loosen")


def test_what_sticks_has_met_before_it_is_crowded() -> None:
    """Its dispersion is left alone for longer, in a time that its smaller steps do not shorten."""

    def alone(depth_kt: float) -> Stage:
        states = [soft_state("medium", depth_kt, 9.0), soft_state("dry", 900.0, 9.0)]
        return next(s for s in soft_stages(AssemblySpec(), states, are_cubes=True) if s.name == "disperse")

    assert alone(84.0).n_steps > 2 * alone(0.4).n_steps


def test_a_dry_crystal_out_of_register_is_opened_again_and_closed_by_the_same_stages() -> None:
    states = [
        soft_state(name, depth, 9.0)
        for name, depth in (("medium", 0.4), ("drying-1", 3.0), ("drying-2", 20.0), ("drying-3", 140.0), ("dry", 900.0))
    ]
    stages = soft_stages(AssemblySpec(), states, are_cubes=True)
    names = [s.name for s in stages]
    last = len(names) - 1 - names[::-1].index("loosen")
    again = stages[last : last + 5]
    assert [s.name for s in again] == ["loosen", "dry_2", "relax_cell", "dry_3", "dry_4"]
    assert (again[0].potential_start, again[0].potential_end, again[-1].potential_end) == ("dry", "drying-1", "dry")
    assert [s.goes_with_last for s in again] == [False, True, True, True, True]
    # Each goes on where the one before it ends, in force field and temperature.
    for one, then in pairwise(again):
        assert one.potential_end == then.potential_start
        assert one.kt_factors[-1] == then.kt_factors[0]
    assert names[last + 5 :] == ["settle", "sample"]


def test_duration_scales_every_stage() -> None:
    states = [
        soft_state(name, depth, step)
        for name, depth, step in (("medium", 0.4, 20.0), ("drying-1", 20.0, 15.0), ("dry", 900.0, 12.0))
    ]
    once, twice = (soft_stages(AssemblySpec(duration=d), states, are_cubes=True) for d in (1.0, 2.0))
    assert [s.n_steps * 2 for s in once] == [s.n_steps for s in twice]
    assert [s.name for s in once][-2:] == ["settle", "sample"]
    # The period must come from a cell at zero pressure, not from the density it was squeezed to.
    assert all(s.ensemble == "npt" and s.pressure_kj_mol_nm3 == 0 and s.fraction_end is None for s in once[-2:])
    frames = sum(s.n_frames for s in once if s.skip_above_sc_fraction is None)
    assert 60 <= frames <= 100


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"model": "sotf"}, "Did you mean 'soft'"),
        ({"protocol": "evaporate"}, "Did you mean 'evaporation'"),
        ({"n_particles": 0}, "n_particles"),
        ({"seed": -1}, "seed"),
        ({"duration": 0.0}, "duration"),
    ],
)
def test_settings_that_cannot_be_used_are_one_line(wrong: dict, match: str) -> None:
    with pytest.raises(InputError, match=match) as error:
        AssemblySpec(**wrong)
    assert "\n" not in str(error.value)


def test_too_few_cubes_for_the_cutoff_are_refused_before_anything_is_written(tmp_path) -> None:
    from assembly import run_plan

    few = build_plan(
        Nanocrystal(material="CsPbBr3", shape=cube(8.6)),
        Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0),
        Environment(medium="toluene"),
        AssemblySpec(n_particles=1),
    )
    with pytest.raises(InputError, match=r"n_particles: 1 .* at least"):
        run_plan(few, tmp_path / "new", how=How(engine="lammps"))
    assert not (tmp_path / "new").exists()
