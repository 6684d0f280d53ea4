"""Default stages of the soft-cube protocols."""

from __future__ import annotations

from dataclasses import dataclass

from assembly.protocol import Stage
from assembly.spec import AssemblySpec


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftCubeScales:
    """Time steps [ps] in the medium and dry, and the thermal time (edge + gap) sqrt(M / kT) [ps]."""

    medium_timestep_ps: float
    dry_timestep_ps: float
    thermal_time_ps: float


def soft_cube_stages(spec: AssemblySpec, scales: SoftCubeScales) -> tuple[Stage, ...]:
    """Stages from a dilute start to sampling at zero pressure."""
    slow = 1.0 if spec.protocol == "evaporation" else 0.25
    friction = 0.6 * scales.thermal_time_ps
    wet = {"potential_start": "medium", "potential_end": "medium", "timestep_ps": scales.medium_timestep_ps}
    dry = {"timestep_ps": scales.dry_timestep_ps}

    def steps(n: float) -> int:
        return max(40, round(n * spec.duration))

    common = {"ensemble": "langevin", "relaxation_ps": friction}
    barostat = {
        "ensemble": "npt",
        "relaxation_ps": 60 * scales.dry_timestep_ps,
        "pressure_relaxation_ps": 600 * scales.dry_timestep_ps,
        "per_axis": True,
    }
    return (
        Stage(name="randomise", n_steps=steps(4000), fraction_end=0.2, n_samples=6, n_frames=1, **common, **wet),
        Stage(name="evaporate", n_steps=steps(20_000 * slow), fraction_end=0.5, n_samples=20, n_frames=14, **common, **wet),
        Stage(
            name="quench", n_steps=steps(16_000 * slow), timestep_ps=scales.dry_timestep_ps, potential_start="medium",
            potential_end="dry", kt_factors=(1.0, 1.2), fraction_end=0.66, n_samples=16, n_frames=12, **common,
        ),
        Stage(
            name="anneal", n_steps=steps(40_000 * slow), kt_factors=(1.2, 1.1), fraction_end=0.80, n_samples=40, n_frames=30,
            **common, **dry,
        ),
        Stage(
            name="compress", n_steps=steps(10_000), kt_factors=(1.1, 1.0), fraction_end=0.90, n_samples=10, n_frames=8,
            **common, **dry,
        ),
        Stage(name="relax_cell", n_steps=steps(12_000), n_samples=12, n_frames=6, **barostat, **dry),
        Stage(name="sample", n_steps=steps(8_000), n_samples=16, n_frames=16, **barostat, **dry),
    )  # fmt: skip
