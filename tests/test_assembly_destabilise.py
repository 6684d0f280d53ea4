"""A dispersion that is destabilised at fixed volume: by another ligand, or by a poorer solvent."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from engine_cases import plain_energy_forces, still_state

from assembly.how import How
from assembly.models.soft import contacts
from assembly.models.soft.plan import plan_soft
from assembly.run.assembly import assemble
from assembly.run.contacts import Contacts
from assembly.run.verdict import verdict_of, verdict_word
from assembly.spec import AssemblySpec, Dispersion
from assembly.system.potentials import mix_pairs
from assembly.system.protocol import DISPERSED, Plan
from packing.errors import InputError
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.pose import CoatedBody, pose_energy
from packing.shapes import cube
from superlattice.steps.simulation import plan_study
from superlattice.study.study import Study

TOLUENE = Environment(medium="toluene")
CUBES = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
ENGINES = ["lammps", pytest.param("hoomd", marks=pytest.mark.hoomd)]
STUDY = """
[nanocrystal]
material = "CsPbBr3"
edge_nm = 8.6
[ligand]
name = "oleate"
[assembly]
protocol = "PROTOCOL"
n_particles = 8
[exchange]
"""


def coating(name: str) -> Coating:
    return Coating(ligand=ligand(name), coverage_per_nm2=3.0)


@lru_cache
def plan(before: str, after: str, protocol: str = "destabilise", n: int = 8) -> Plan:
    spec = AssemblySpec(model="soft", n_particles=n, protocol=protocol)
    start = Dispersion(coating=coating(before), environment=TOLUENE)
    return plan_soft(CUBES, coating(after), TOLUENE, spec, None, start)


@pytest.mark.slow
def test_the_contact_before_is_that_of_the_ligand_before_on_the_beads_of_the_one_after() -> None:
    """By a plain sum over beads against the pair energy, face to face from where shells touch on."""
    planned = plan("oleate", "Na+")
    pose = pose_energy(CoatedBody(CUBES, coating("oleate")), None, environment=TOLUENE, dry_chains="melt")
    gaps = np.linspace(0.8, 1.3, 40) * pose.touch_nm
    gaps = gaps[pose.facing_energy_kt(gaps) < 4.0]  # as far as thermal motion reaches
    kt = planned.system.kt_kj_mol * planned.scales["before"]
    found = []
    for gap in gaps:
        pair = dataclasses.replace(
            planned.system,
            box=np.array([200.0] * 3 + [0.0] * 3),
            body_kind=np.zeros(2, dtype=np.int64),
            centres_nm=np.array([np.zeros(3), [0.0, 0.0, 8.6 + gap]]),
            orientations=np.tile([1.0, 0.0, 0.0, 0.0], (2, 1)),
            pairs=dict(planned.potentials["before"]),
        )
        found.append(plain_energy_forces(pair, still_state(pair)).potential_kj_mol / kt)
    assert len(gaps) > 20
    off = np.array(found) - pose.facing_energy_kt(gaps)
    assert np.sqrt(np.mean(off**2)) < 0.35
    # What it becomes is the contact that the plan of the ligand after has by itself.
    alone = plan_soft(CUBES, coating("Na+"), TOLUENE, AssemblySpec(model="soft", n_particles=8))
    assert planned.facts["contacts"]["medium"] == alone.facts["contacts"]["medium"]
    assert planned.facts["contacts"]["before"]["predicted_depth_kt"] == pytest.approx(pose.facing.depth_kt)


@pytest.mark.slow
def test_a_ligand_exchanged_for_itself_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A fit that is kept may be that of a process which no shift of seeds reaches: both are made here.
    monkeypatch.setenv("SUPERLATTICE_CACHE", str(tmp_path))
    contacts._between_means.cache_clear()
    planned = plan("oleate", "oleate")
    for key, pair in planned.potentials["before"].items():
        other = planned.potentials["medium"][key]
        np.testing.assert_allclose(pair.energy_kj_mol, other.energy_kj_mol, atol=1e-9)  # type: ignore[union-attr]
    assert planned.periods_nm["before"] == planned.periods_nm["medium"]


@pytest.mark.slow
def test_force_fields_mix_all_the_way_and_only_the_evaporation_shrinks_the_box() -> None:
    alone, then = plan("oleate", "Na+"), plan("oleate", "Na+", "destabilise+evaporation")
    names = [stage.name for stage in alone.stages]
    assert names == ["randomise", "rest", "destabilise", DISPERSED, "sample"]
    assert [stage.name for stage in then.stages[:5]] == [*names[:4], "evaporate"]
    assert all(stage.fraction_end is None and stage.ensemble == "langevin" for stage in alone.stages[1:])
    assert then.stages[-1].name == "sample"
    assert then.stages[-1].potential_end == "dry"
    for stage in then.stages:
        mix_pairs(then.potentials[stage.potential_start], then.potentials[stage.potential_end], 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_what_sticks_clusters_at_fixed_volume_and_what_does_not_stays(engine: str, tmp_path: Path) -> None:
    """Contacts that Na+ makes stay, seed by seed; with its own ligand a dispersion makes none."""
    pytest.importorskip(engine, reason=f"{engine} is not installed")
    made = []
    for after, seed in (("Na+", 1), ("Na+", 2), ("oleate", 1)):
        spec = AssemblySpec(model="soft", n_particles=27, protocol="destabilise", seed=seed, duration=0.3)
        start = Dispersion(coating=coating("oleate"), environment=TOLUENE)
        folder = tmp_path / f"{after}{seed}"
        result = assemble(CUBES, coating(after), TOLUENE, spec, folder, before=start, how=How(engine=engine))
        log = result.log()
        names = np.array(log["stage_names"])[np.asarray(log["stage"], dtype=int)]
        volume = np.asarray(log["V"])[names != "randomise"]
        assert np.ptp(volume) < 1e-9 * volume[0]
        assert result.verdict is not None
        assert result.verdict["crowded_order"] is None
        found = result.verdict["dispersed"]
        if after == "oleate":
            assert result.verdict["word"] == "stays dispersed"
            # In a solvent that makes shells stick besides, the same frames tell nothing.
            known = plan("oleate", "oleate", n=27)
            least = dataclasses.replace(known, facts={**known.facts, "is_least_depth": True})
            told = [verdict_of(one, result.files) for one in (known, least)]
            assert [one.word for one in told if one] == ["stays dispersed", "undecided"]
            assert found["made_per_particle"] < 0.1
            assert not result.warnings
        else:
            made.append(found["made_per_particle"])
            assert found["broken_per_particle"] <= 0.2 * found["made_per_particle"]
            assert result.verdict["word"] in ("sticks: clusters", "sticks: gel", "sticks: aligned")
    assert np.mean(made) > 0.1


def test_the_word_of_a_dispersion_that_nothing_crowded() -> None:
    def seen(made: float, broken: float, sizes: tuple[int, ...]) -> Contacts:
        n = sum(sizes)
        return Contacts(
            per_particle=(0.0, made - broken), largest_cluster=(1 / n, max(sizes) / n), made_per_particle=made,
            broken_per_particle=broken, cluster_sizes=tuple(sorted(sizes, reverse=True)),
        )  # fmt: skip

    def word(contacts: Contacts, order: float) -> str:
        return verdict_word(contacts, order, None, None, thermal_times=7.0)

    singles = (1,) * 20
    assert word(seen(0.0, 0.0, singles), 0.1) == "stays dispersed"
    assert word(seen(2.0, 1.9, singles), 0.1) == "stays dispersed"
    assert word(seen(0.6, 0.0, (3, 3, 2, 2, 2, *singles[:8])), 0.1) == "sticks: clusters"
    assert word(seen(2.0, 0.0, (15, 3, 2)), 0.3) == "sticks: gel"
    assert word(seen(4.0, 1.9, (18, 1, 1)), 0.97) == "crystallises"


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ("medium = 'ethanol'\n[exchange.ligand]\nname = 'Na+'", ""),
        ("medium = 'ethanol'", ""),
        ("", "exchange: nothing is exchanged"),
    ],
)
def test_an_exchange_changes_a_ligand_a_medium_or_both(tables: str, said: str) -> None:
    text = STUDY.replace("PROTOCOL", "destabilise") + tables
    if said:
        with pytest.raises(InputError, match=said):
            Study.from_text(text)
        return
    before, after = Study.from_text(text).variants().values()
    assert (before.environment.medium, after.environment.medium) == ("toluene", "ethanol")
    assert (before.assembly.protocol, after.assembly.protocol) == ("evaporation", "destabilise")
    assert after.before == before
    assert "before" not in after.resolved()


def test_what_cannot_be_destabilised_is_refused() -> None:
    alone = STUDY.replace("PROTOCOL", "destabilise").replace("[exchange]\n", "")
    with pytest.raises(InputError, match=r"assembly: protocol destabilise needs an \[exchange\]"):
        Study.from_text(alone)
    with pytest.raises(InputError, match="unknown key 'before'"):
        Study.from_text("before = 1\n" + alone)
    with pytest.raises(InputError, match="is one of the model soft, got hard-cube"):
        AssemblySpec(model="hard-cube", protocol="destabilise")
    with pytest.raises(InputError, match="needs what the dispersion is before"):
        plan_soft(CUBES, coating("oleate"), TOLUENE, AssemblySpec(protocol="destabilise"))
    with pytest.raises(InputError, match="begins in the medium"):
        plan_soft(
            CUBES, coating("oleate"), TOLUENE, AssemblySpec(), None,
            Dispersion(coating=coating("oleate"), environment=TOLUENE),
        )  # fmt: skip


@pytest.mark.slow
def test_a_study_that_is_destabilised_by_a_poor_solvent_says_what_is_left_out() -> None:
    after = Study.from_text(STUDY.replace("PROTOCOL", "destabilise") + "medium = 'ethyl acetate'").variants()["after"]
    planned = plan_study(after)
    assert any("poor solvent" in note for note in planned.warnings)
    assert planned.facts["is_least_depth"]
    facts = planned.facts["contacts"]
    assert facts["medium"]["predicted_depth_kt"] > facts["before"]["predicted_depth_kt"]
