"""Default stages of the soft-cube protocols."""

from __future__ import annotations

from dataclasses import dataclass, replace

from assembly.spec import AssemblySpec
from assembly.system.protocol import Stage

ORDERED = 0.85
"""Simple-cubic fraction from which a crystal is dried without another cycle."""

JAMMED_KT = 40.0
"""Pressure [kT per effective cube] that only jammed cubes reach: crystals of even cubes grow below 16, and cubes of
uneven sizes that are squeezed on blow up at some hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftCubeScales:
    """Time steps [ps] in the medium, while drying and dry, and the thermal time (edge + gap) sqrt(M / kT) [ps]."""

    medium_timestep_ps: float
    drying_timestep_ps: float
    dry_timestep_ps: float
    thermal_time_ps: float


def soft_cube_stages(spec: AssemblySpec, scales: SoftCubeScales) -> tuple[Stage, ...]:
    """Stages from a dilute start to sampling at zero pressure."""
    slow = 1.0 if spec.protocol == "evaporation" else 0.25

    def steps(n: float) -> int:
        return max(40, round(n * spec.duration))

    wet = Stage(
        name="randomise", ensemble="langevin", n_steps=steps(3_000), timestep_ps=scales.medium_timestep_ps,
        potential_start="medium", potential_end="medium", relaxation_ps=0.6 * scales.thermal_time_ps,
        fraction_end=0.2, max_pressure_kt=JAMMED_KT, n_samples=6, n_frames=1,
    )  # fmt: skip
    drying = replace(
        wet, timestep_ps=scales.drying_timestep_ps, potential_start="drying", potential_end="drying",
    )  # fmt: skip
    dry = replace(wet, timestep_ps=scales.dry_timestep_ps, potential_start="dry", potential_end="dry")
    relaxed = replace(
        dry, ensemble="npt", fraction_end=None, per_axis=True,
        relaxation_ps=60 * scales.dry_timestep_ps, pressure_relaxation_ps=600 * scales.dry_timestep_ps,
    )  # fmt: skip
    # Crystals form between 0.62 and 0.74: the slower, the fewer that do not fit the box.
    order = replace(drying, name="order", n_steps=steps(36_000 * slow), fraction_end=0.74, n_samples=36, n_frames=26)
    align = replace(drying, name="align", n_steps=steps(14_000 * slow), fraction_end=0.86, n_samples=14, n_frames=10)
    # Where a crystal grew with defects, solvent comes back and takes it apart, and it is dried again, twice at most:
    # about one start in six needs it, and a defective crystal may fall apart at zero pressure.
    swell = replace(
        drying, name="swell", potential_end="medium", n_steps=steps(8_000), fraction_end=0.45,
        n_samples=8, n_frames=3, skip_above_sc_fraction=ORDERED,
    )  # fmt: skip
    shrink = replace(
        drying, name="shrink", potential_start="medium", n_steps=steps(7_000 * slow), fraction_end=0.60,
        n_samples=10, n_frames=6,
    )  # fmt: skip
    again = (swell, *(replace(stage, skip_above_sc_fraction=ORDERED) for stage in (shrink, order, align)))
    return (
        wet,
        replace(wet, name="evaporate", n_steps=steps(8_000 * slow), fraction_end=0.5, n_samples=20, n_frames=14),
        shrink,
        order,
        align,
        *again,
        *again,
        replace(
            dry, name="quench", n_steps=steps(8_000), potential_start="drying", fraction_end=0.92,
            n_samples=12, n_frames=8,
        ),
        replace(relaxed, name="relax_cell", n_steps=steps(8_000), n_samples=12, n_frames=6),
        replace(relaxed, name="sample", n_steps=steps(6_000), n_samples=16, n_frames=16),
    )  # fmt: skip
