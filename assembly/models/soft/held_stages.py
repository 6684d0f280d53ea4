"""Stages of a soft assembly that is held at an osmotic pressure in the medium: what crowding alone makes, given time.

A mixture that is squeezed at a constant rate passes the pressures at which crystals grow too fast and ends as a glass;
held just above the pressure at which fluid and crystal coexist it may nucleate.
"""

from __future__ import annotations

from dataclasses import replace

from assembly.models.soft.stages import JAMMED_KT, LEAST_CROWDING, START_FRACTION, STICKS_KT, SoftState
from assembly.spec import AssemblySpec
from assembly.system.protocol import CROWDED, DISPERSED, Stage

FLUID_FRACTION = 0.45
"""To which a mixture is squeezed before the pressure takes over: a fluid of cubes and of spheres."""
_HELD_STEPS = 60_000
_LEAST_STEPS = 40


def held_stages(spec: AssemblySpec, medium: SoftState, *, kt_kj_mol: float) -> tuple[Stage, ...]:
    """Mixed, crowded to a fluid, and held at the pressure of ``spec``, whose duration multiplies the steps.

    Parameters
    ----------
    spec
        With a pressure.
    medium
        The force field.
    kt_kj_mol
        Thermal energy as it is simulated [kJ/mol].
    """
    assert spec.pressure_kt_per_nm3 is not None

    def steps(n: float, least: int = _LEAST_STEPS) -> int:
        return max(least, round(n * spec.duration))

    mixed = Stage(
        name="randomise", ensemble="langevin", n_steps=steps(1_500, LEAST_CROWDING), timestep_ps=medium.timestep_ps,
        potential_start=medium.name, potential_end=medium.name,
        relaxation_ps=0.5 * medium.thermal_time_ps if medium.depth_kt < STICKS_KT else 60 * medium.timestep_ps,
        fraction_end=START_FRACTION, max_pressure_kt=JAMMED_KT, n_samples=4, n_frames=1,
    )  # fmt: skip
    held = replace(
        mixed, name=CROWDED, ensemble="npt", n_steps=steps(_HELD_STEPS), fraction_end=None, max_pressure_kt=None,
        pressure_kj_mol_nm3=spec.pressure_kt_per_nm3 * kt_kj_mol, pressure_relaxation_ps=medium.pressure_relaxation_ps,
        relaxation_ps=120 * medium.timestep_ps, n_samples=40, n_frames=20,
    )  # fmt: skip
    return (
        mixed,
        replace(mixed, name=DISPERSED, n_steps=steps(4_000), n_samples=12, n_frames=12),
        replace(
            mixed, name="evaporate", n_steps=steps(4_000, LEAST_CROWDING), fraction_end=FLUID_FRACTION, n_samples=15,
            n_frames=6,
        ),
        held,
        replace(held, name="sample", n_steps=steps(6_000), n_samples=12, n_frames=12),
    )  # fmt: skip
