"""Carries a `Plan` out on a `Session`: stages in stretches, observables, frames, checkpoints. Engine-neutral."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from assembly.engines.session import Dynamics, Sample, Session, UnstableError
from assembly.run.progress import Progress
from assembly.run.run_files import FrameFile, read_checkpoint, write_checkpoint, write_log
from assembly.run.validation import check_motion
from assembly.system.observables import simple_cubic_fraction
from assembly.system.potentials import mix_pairs
from assembly.system.protocol import Plan, Stage
from assembly.system.ramp import ramped_box
from assembly.system.state import initial_state, temperatures_kelvin, with_least_tilts
from packing.cubatic import cubatic_order
from packing.errors import RunStopped

CHECKPOINT_EVERY = 4
"""Stretches between two checkpoints."""

STOP_WITHIN_S = 20.0
"""How long a stop waits for the next checkpoint that is due [s]: from there a run goes on bitwise as if undisturbed.
SLURM's default ``KillWait`` kills after 30 s, within which the stretch must end and its files be written too."""

MAX_EXPANSION = 1.5
"""A cell that grows more than this at zero pressure follows no crystal any more."""
CUBATIC_REPLICATES = 10
"""Searches for the common axes in a row of the log: fewer stop in local optima, and rows are written all the time."""

Emit = Callable[[dict[str, Any]], None]
MustStop = Callable[[], bool]


class Driver:
    """Runs a plan in a folder, going on from its checkpoint.

    Parameters
    ----------
    plan
        What to run.
    session
        The engine, started on the plan's system.
    folder
        Where the files go; only rank 0 writes.
    inputs_hash
        Of everything that decides the run.
    emit
        Called with a progress record after each stretch (rank 0).
    must_stop
        Whether to stop with a checkpoint soon (rank 0 decides for all).
    """

    def __init__(
        self, plan: Plan, session: Session, folder: Path, inputs_hash: str, *, emit: Emit, must_stop: MustStop
    ) -> None:
        self.plan, self.session, self.folder, self.inputs_hash = plan, session, folder, inputs_hash
        self._emit, self._must_stop = emit, must_stop
        self._writes = session.rank == 0
        self.progress = Progress()
        self._frames: FrameFile | None = None
        self._started = time.perf_counter()
        self._asked_to_stop_at: float | None = None

    @property
    def total_steps(self) -> int:
        """Number of steps before this stage and still to do; stages that may be left out count once begun."""
        n_steps, is_begun = self.progress.stage_start_step, True
        for i, stage in enumerate(self.plan.stages[self.progress.stage :]):
            is_begun &= i == 0 or stage.goes_with_last
            if is_begun or stage.skip_above_sc_fraction is None:
                n_steps += stage.n_steps
        return n_steps

    def run(self) -> Progress:
        """Run to the end.

        Raises
        ------
        RunStopped
            If asked to stop; the checkpoint is written.
        UnstableError
            If the simulation became unstable; the message says where and what to change.
        """
        self._resume()
        try:
            while self.progress.stage < len(self.plan.stages):
                stage = self.plan.stages[self.progress.stage]
                if self.progress.stretch > 0 or not self._is_needless(stage):
                    self._run_stage(stage)
                self.progress.stage += 1
                self.progress.stretch = 0
            self._checkpoint()
        finally:
            if self._frames:
                self._frames.close()
        return self.progress

    def _resume(self) -> None:
        saved = read_checkpoint(self.folder, self.inputs_hash)
        if saved is None:
            system = self.plan.system
            factor = self._scale(self.plan.stages[0], 0.0)
            self.state = initial_state(system, np.random.default_rng(system.seed), factor * system.kt_kj_mol)
        else:
            self.state = saved["state"]
            self.progress = Progress(**saved["progress"])
        if self.session.version not in self.progress.engine_versions[-1:]:
            self.progress.engine_versions.append(self.session.version)
        if self._writes:
            self._frames = FrameFile(self.folder, self.progress.n_frames)
        self.session.restore(self.state)

    def _is_needless(self, stage: Stage) -> bool:
        """Whether the order that the stage is for is already there (rank 0, which keeps the log, decides)."""
        if stage.skip_above_sc_fraction is None:
            return False
        if stage.goes_with_last:
            was_run = any(row["stage"] == self.progress.stage - 1 for row in self.progress.rows)
            return bool(self.session.agree(int(not was_run)))
        last = [row["sc_fraction"] for row in self.progress.rows[-3:]]
        helps = not last or stage.skip_below_sc_fraction <= float(np.mean(last)) < stage.skip_above_sc_fraction
        return bool(self.session.agree(int(not helps)))

    def _run_stage(self, stage: Stage) -> None:
        p = self.progress
        if p.stretch == 0:
            p.stage_start_volume_nm3 = self.state.volume_nm3
            p.stage_start_step = self.state.step
        edges = np.linspace(0, stage.n_steps, stage.n_samples + 1).astype(int)
        for i in range(p.stretch, stage.n_samples):
            n_steps = int(edges[i + 1] - edges[i])
            if n_steps:
                self._run_stretch(stage, i, n_steps)
            p.stretch = i + 1
            is_due = p.stretch % CHECKPOINT_EVERY == 0
            stop = bool(self.session.agree(int(self._stops_here(is_due))))
            if stop or is_due:
                self._checkpoint()
            if stop:
                raise RunStopped(
                    f"stopped at step {self.state.step} of {self.total_steps}; the same call goes on from there"
                )

    def _stops_here(self, is_due: bool) -> bool:
        """Whether a stop that was asked for takes effect now: at a checkpoint, or when that is too far away."""
        if not self._must_stop():
            return False
        now = time.perf_counter()
        if self._asked_to_stop_at is None:
            self._asked_to_stop_at = now
        return is_due or now - self._asked_to_stop_at > STOP_WITHIN_S

    def _run_stretch(self, stage: Stage, i: int, n_steps: int) -> None:
        part = (i + 1) / stage.n_samples
        potentials = self.plan.potentials
        if potentials:
            pairs = mix_pairs(potentials[stage.potential_start], potentials[stage.potential_end], part)
            self.session.set_pairs(pairs)
        period = self._period(stage, part)
        self.session.begin(self._dynamics(stage, i, n_steps, part, period))
        try:
            self.session.advance(n_steps)
            sample = self.session.sample()
            self._check(stage, i, sample)
        except UnstableError as error:
            raise UnstableError(
                f"stage {stage.name!r} became unstable at step {self.state.step} ({error}). Frames so far are kept. "
                "Use a longer duration (slower compression), or another seed."
            ) from error
        self.state = sample.state
        self.progress.pressures_kj_mol_nm3 = [float(p) for p in sample.pressures_kj_mol_nm3]
        self._log(stage, i, sample, period)

    def _dynamics(self, stage: Stage, i: int, n_steps: int, part: float, period: float) -> Dynamics:
        kt = self.plan.system.kt_kj_mol
        knots = np.linspace(0, 1, len(stage.kt_factors))
        parts = (i / stage.n_samples, part)
        factors = [float(np.interp(p, knots, stage.kt_factors)) * self._scale(stage, p) for p in parts]
        return Dynamics(
            ensemble="langevin" if self._holds_box(stage) else stage.ensemble,
            timestep_ps=stage.timestep_ps,
            n_steps=n_steps,
            kt_start_kj_mol=float(kt * factors[0]),
            kt_end_kj_mol=float(kt * factors[1]),
            body_relaxation_ps=stage.relaxation_ps,
            free_relaxation_ps=stage.free_relaxation_ps,
            box_end=self._box_end(stage, part),
            moduli_kj_mol_nm3=self._moduli(stage, part),
            pressure_kj_mol_nm3=stage.pressure_kj_mol_nm3,
            pressure_relaxation_ps=stage.pressure_relaxation_ps,
            per_axis=stage.per_axis,
            max_displacement_nm=stage.max_displacement_nm,
            seed=int(np.random.SeedSequence([self.plan.system.seed, self.progress.stage, i]).generate_state(1)[0] // 2),
        )

    def _holds_box(self, stage: Stage) -> bool:
        return self.progress.is_free_cluster and _is_at_zero_pressure(stage)

    def _box_end(self, stage: Stage, part: float) -> tuple[float, ...] | None:
        if stage.fraction_end is None:
            return None
        end_nm3 = self.n_bodies * self._period(stage, 1.0) ** 3 / stage.fraction_end
        moduli, pressures = self._moduli(stage, part), np.array(self.progress.pressures_kj_mol_nm3)
        box = ramped_box(
            self.state.box, (self.progress.stage_start_volume_nm3, end_nm3), part, stage.n_samples,
            is_jammed=self._is_jammed(stage, part),
            shear=None if moduli is None else pressures[3:] / moduli[1],
            proportions=self.plan.system.box[:3] if moduli is None else None,  # what grows anew fits as the first did
        )  # fmt: skip
        return tuple(float(x) for x in box)

    def _moduli(self, stage: Stage, part: float) -> tuple[float, float] | None:
        if stage.tilts is None or self._holds_box(stage):
            return None
        unit = self.plan.system.kt_kj_mol / self._period(stage, part) ** 3
        return stage.tilts.along_kt * unit, stage.tilts.shear_kt * unit

    def _is_jammed(self, stage: Stage, part: float) -> bool:
        if stage.max_pressure_kt is None:
            return False
        kt = self.plan.system.kt_kj_mol * self._scale(stage, part)
        pressure = float(np.mean(self.progress.pressures_kj_mol_nm3[:3]))
        return pressure * self._period(stage, part) ** 3 / kt > stage.max_pressure_kt

    def _period(self, stage: Stage, part: float) -> float:
        periods = self.plan.periods_nm
        return periods[stage.potential_start] + part * (periods[stage.potential_end] - periods[stage.potential_start])

    def _scale(self, stage: Stage, part: float) -> float:
        """Factor on all energies and the temperature."""
        start, end = (self.plan.scales.get(name, 1.0) for name in (stage.potential_start, stage.potential_end))
        return start + part * (end - start)

    @property
    def n_bodies(self) -> int:
        """Number of nanocrystals."""
        return len(self.plan.system.body_kind)

    def _check(self, stage: Stage, i: int, sample: Sample) -> None:
        if _is_at_zero_pressure(stage):
            # A defective crystal may let go of its periodic images, and no finite box is at zero pressure then: what is
            # left is a free cluster, whose spacing needs no box.
            grown = sample.state.volume_nm3 / self.progress.stage_start_volume_nm3
            self.progress.is_free_cluster |= bool(grown > MAX_EXPANSION)
        # The hotter end of the stretch: a bath lags behind a temperature that falls.
        scale = max(self._scale(stage, end / stage.n_samples) for end in (i, i + 1))
        check_motion(self.plan.system, sample.state, stage, scale)

    def _log(self, stage: Stage, i: int, sample: Sample, period: float) -> None:
        if not self._writes:
            return
        state, p = sample.state, self.progress
        spacing = self.plan.judged_spacing_nm(period, state.volume_nm3)
        # Real ones: where everything is scaled, so are the energies that are read.
        scale = self._scale(stage, (i + 1) / stage.n_samples)
        t_trans, t_rot, t_free = (t / scale for t in temperatures_kelvin(self.plan.system, state))
        row = {
            "step": float(state.step),
            "time_ps": state.time_ps,
            "stage": float(p.stage),
            "T_trans": t_trans,
            "T_rot": t_rot,
            "T_free": t_free,
            "U": sample.potential_kj_mol / scale,
            "P": sample.pressure_kj_mol_nm3 / scale,
            "V": state.volume_nm3,
            "packing_fraction": self.n_bodies * period**3 / state.volume_nm3,
            "cubatic_order": cubatic_order(state.orientations, n_replicates=CUBATIC_REPLICATES)[0],
            "sc_fraction": simple_cubic_fraction(state.centres_nm, state.orientations, state.box, spacing),
        }
        p.rows.append(row)
        if (i + 1) * stage.n_frames // stage.n_samples > i * stage.n_frames // stage.n_samples:
            assert self._frames is not None
            self._frames.append(self.plan.system, state, row)
        elapsed = time.perf_counter() - self._started + p.seconds
        self._emit({"event": "progress", **row, "stage": stage.name, "seconds": elapsed, "n_steps": self.total_steps})

    def _checkpoint(self) -> None:
        p, self.state = self.progress, with_least_tilts(self.state)
        if self._writes:
            assert self._frames is not None
            p.n_frames = self._frames.n_frames
            now = time.perf_counter()
            p.seconds += now - self._started
            self._started = now
            write_log(self.folder / "log.h5", p.rows, [stage.name for stage in self.plan.stages])
            content = {name: getattr(p, name) for name in Progress.__slots__}
            write_checkpoint(self.folder, {"inputs_hash": self.inputs_hash, "state": self.state, "progress": content})
        # Going on from the state that was saved makes a resumed run the same as one that was never stopped.
        self.session.restore(self.state)


def _is_at_zero_pressure(stage: Stage) -> bool:
    return stage.ensemble == "npt" and stage.pressure_kj_mol_nm3 == 0
