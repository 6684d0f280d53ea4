"""What an assembly gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assembly.run.run_files import LOG, TRAJECTORY, RunFiles
from assembly.run.verdict_picture import draw_verdict
from packing.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AssemblyResult:
    """A finished assembly: its files, and what was simulated.

    Parameters
    ----------
    files
        What the run directory holds: frames and log, read when they are first asked for.
    model, engine, engine_version, device, seed
        What ran.
    n_particles, n_steps, time_ps
        How much.
    steps_per_s
        Average, measured (left out of `to_dict`: it differs from run to run).
    sampling_from_step
        From where on the cell is relaxed and properties are sampled.
    period_nm, period_std_nm
        Mean and standard deviation over the sampling frames of the centre distance between neighbours along the axes of
        cubes in simple-cubic surroundings [nm]; nan where there are none.
    start, end
        Observables of the first and of the last sample, as in the log.
    details
        Potential parameters, fit errors, caps.
    verdict
        What the ligand does, as plain data of a `assembly.run.verdict.Verdict`; None where the model cannot tell.
    warnings
        What a reader of the numbers must know.
    was_done
        Whether the run was finished before this call.
    """

    files: RunFiles
    model: str
    engine: str
    engine_version: str
    device: str
    seed: int
    n_particles: int
    n_steps: int
    time_ps: float
    steps_per_s: float
    sampling_from_step: int
    period_nm: float
    period_std_nm: float
    start: dict[str, float]
    end: dict[str, float]
    details: dict[str, Any]
    verdict: dict[str, Any] | None = None
    warnings: tuple[str, ...]
    was_done: bool

    @property
    def folder(self) -> Path:
        """Run directory with ``trajectory.gsd`` and ``log.h5``."""
        return self.files.folder

    @property
    def trajectory_path(self) -> Path:
        """The GSD file, cores only."""
        return self.folder / TRAJECTORY

    @property
    def log_path(self) -> Path:
        """The HDF5 file of observables."""
        return self.folder / LOG

    def log(self) -> dict[str, Any]:
        """The observables against step."""
        return self.files.log

    def engine_info(self) -> dict[str, str]:
        """Name, version and device of the engine."""
        return {"name": self.engine, "version": self.engine_version, "device": self.device}

    def facts(self) -> list[tuple[str, str]]:
        """Name and text of what a report should show."""
        rows = [
            ("engine", f"{self.engine} {self.engine_version} ({self.device})"),
            ("model", f"{self.model}, {self.n_particles} nanocrystals, seed {self.seed}"),
            ("simulated", f"{self.n_steps} steps, {self.time_ps / 1000:.1f} ns of model time"),
            ("cubatic order, first and last", f"{self.start['cubatic_order']:.2f}, {self.end['cubatic_order']:.2f}"),
            (
                "cubes with a neighbour along all six axes, first and last",
                f"{self.start['sc_fraction']:.2f}, {self.end['sc_fraction']:.2f}",
            ),
        ]
        if np.isfinite(self.period_nm):
            rows.append(("simulated period", f"{self.period_nm:.2f} ± {self.period_std_nm:.2f} nm (spread of frames)"))
        rows += [(f"contact ({name})", _contact_text(c)) for name, c in self.details.get("contacts", {}).items()]
        if self.verdict:
            rows.insert(0, ("what the ligand does", self.verdict["sentence"]))
        return rows

    def summary(self) -> str:
        """A readable table."""
        width = max(len(name) for name, _ in self.facts())
        lines = [f"{name:{width}}  {text}" for name, text in self.facts()]
        lines += [f"warning: {w}" for w in self.warnings]
        return "\n".join([*lines, f"trajectory: {self.trajectory_path}"])

    def to_dict(self) -> dict[str, Any]:
        """Plain data that is the same for the same inputs and seed (no times, no paths)."""
        finite = {
            k: getattr(self, k) if np.isfinite(getattr(self, k)) else None for k in ("period_nm", "period_std_nm")
        }
        return {
            "model": self.model,
            **self.engine_info(),
            "engine": self.engine,
            "seed": self.seed,
            "n_particles": self.n_particles,
            "n_steps": self.n_steps,
            "time_ps": self.time_ps,
            "sampling_from_step": self.sampling_from_step,
            **finite,
            "start": _json_ready(self.start),
            "end": _json_ready(self.end),
            "details": self.details,
            "verdict": self.verdict,
            "warnings": list(self.warnings),
        }

    def plot_verdict(self, axes: Sequence[Axes]) -> None:
        """Draw why the run says what the ligand does, on three axes; `InputError` for a run without a verdict."""
        if self.verdict is None:
            raise InputError(f"model: a run of {self.model} has no verdict on the ligand. Use soft.")
        draw_verdict(self.verdict, self.details["contacts"], self.log(), axes)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw cubatic order, simple-cubic fraction and packing fraction against the step; stages are marked."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots(figsize=(7, 4))
        log = self.log()
        for name, label in (
            ("cubatic_order", "cubatic order"),
            ("sc_fraction", "simple-cubic fraction"),
            ("packing_fraction", "packing fraction, N (edge + gap)$^3$/V"),
        ):
            ax.plot(log["step"], log[name], label=label)
        starts = np.flatnonzero(np.diff(log["stage"], prepend=-1))
        for i in starts:
            begin = log["step"][i - 1] if i else 0.0
            ax.axvline(begin, color="0.8", lw=0.8, zorder=0)
            ax.text(begin, 1.06, " " + log["stage_names"][int(log["stage"][i])], fontsize=7, rotation=25, va="bottom")
        ax.set(
            xlabel="step",
            ylabel="order, fraction",
            ylim=(min(0, float(log["cubatic_order"].min())), 1.05),
            xlim=(0, None),
        )
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncol=3, fontsize=8, frameon=False)
        return ax


def _contact_text(contact: dict[str, Any]) -> str:
    text = (
        f"gap {contact['gap_nm']:.2f} nm, depth {contact['depth_kt']:.3g} kT simulated of "
        f"{contact['predicted_depth_kt']:.3g} kT predicted; bead fit {contact['rms_error_kt']:.2g} kT rms"
    )
    if "range_nm" in contact:
        return f"{text}, {contact['range_nm'][0]:.2f}-{contact['range_nm'][1]:.2f} nm"
    return f"{text} in {contact['n_held_out']} poses that were not fitted"


def _json_ready(values: dict[str, float]) -> dict[str, float | None]:
    return {key: value if np.isfinite(value) else None for key, value in values.items()}
