"""Stages of a soft assembly: from a dilute disorder in the medium to a dry crystal at zero pressure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from assembly.spec import DESTABILISE, AssemblySpec
from assembly.system.protocol import CROWDED, DISPERSED, Stage, Stiffness

JAMMED_KT = 45.0
"""Pressure [kT per effective particle] that only jammed ones reach: crystals grow below 30."""
START_FRACTION, FLUID_FRACTION, DRY_FRACTION = 0.2, 0.63, 0.92
ORDERED_FRACTION = 0.72
"""Where cubes that only repel have aligned. Contacts deepen from here on while the last room goes: squeezed further
without them, rows pass each other at will, and a crystal is locked with its rows a part of an edge out of step."""
MELTED_FRACTION = 0.5
"""Where a crystal of cubes that only repel has melted: denser, what is left of it grows again as it was."""
IN_REGISTER, IN_REGISTER_DRY = 0.95, 0.9
"""Simple-cubic fraction from which on a crystal is dried on without another try, and a dry one is left as it is."""
VACANT = 0.77
"""Simple-cubic fraction below which a crystal has vacant places in its box: to loosen its rows does not help then."""
TIMES_LOOSENED, TIMES_GROWN, TIMES_REOPENED = 2, 2, 2
"""How often rows are loosened before a crystal is grown anew, and as often after that: none of five whose rows were
still out of step then was mended by a third time. How often it is grown anew, and how often one that is dry is grown
anew and, if need be, loosened."""
LEAST_CROWDING = 700
"""Steps of a stage in which the box shrinks onto particles, at least: a faster one pushes them into each other."""
RETRIED_FROM = 0.2
"""Duration from which a crystal is tried again: a run that is shorter has no time to grow one."""
LEAST_COOLING = 1_400
"""Steps of a stage in which contacts deepen, at least: what they free must go into the bath."""
STEPS_OF_A_SAMPLE = 75
"""Fewest steps between two samples, where force fields change."""
STICKS_KT = 4.0
"""Contacts deeper than this set free more heat than a gentle bath takes up: a strong one is used."""
FREEZES_KT, ANNEALED = 100.0, 4.0
"""Contacts deeper than this free more heat than any bath takes up: they are closed at so many times the temperature,
at which they are still deep, and cooled afterwards."""
HOLDS_KT = 15.0
"""Depth from which a crystal holds together without pressure [kT]: shallower contacts slide apart."""
WARMER = (1.0, 2.2, 2.2, 1.4, 1.0)
"""Temperature, over the system's, at which rows of cubes come into register at zero pressure: without it half of the
crystals keep a row half a period out of step, and at 1.7 a third. The hottest are still on the move and cool slowly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftState:
    """A force field on the way from the medium to the end, and what its contacts ask of the dynamics.

    Parameters
    ----------
    name
        Of the force field.
    depth_kt
        Its deepest contact [kT].
    timestep_ps, thermal_time_ps
        Time step, and the time in which a particle flies past its own size [ps].
    pressure_relaxation_ps
        For a barostat that follows the stiffness of the contacts [ps].
    stiffness
        Of a crystal, with energies as they are simulated.
    """

    name: str
    depth_kt: float
    timestep_ps: float
    thermal_time_ps: float
    pressure_relaxation_ps: float
    stiffness: Stiffness


def soft_stages(
    spec: AssemblySpec, states: Sequence[SoftState], *, are_cubes: bool, before: SoftState | None = None
) -> tuple[Stage, ...]:
    """Stages through force fields, of which the first is the medium's and the last that of the end.

    ``are_cubes`` says that a crystal in register is simple cubic, so that one that is not may be tried again. From
    ``before``, the force field of another dispersion, this one comes about at fixed volume.
    """
    slow = 0.25 if spec.protocol.endswith("quench") else 1.0

    def steps(n: float, least: int = 40) -> int:
        return max(least, round(n * spec.duration))

    medium, last = states[0], states[-1]
    gentle = 0.5 * medium.thermal_time_ps
    sticks = medium.depth_kt >= STICKS_KT
    # What sticks has shorter steps; and it must have met before it is crowded, or it is lined up by the crowding.
    shorter, until_met = (1.4, 3.0) if sticks else (1.0, 1.0)
    wet = Stage(
        name="randomise", ensemble="langevin", n_steps=steps(1_100), timestep_ps=medium.timestep_ps,
        potential_start=medium.name, potential_end=medium.name,
        relaxation_ps=60 * medium.timestep_ps if sticks else gentle,
        fraction_end=START_FRACTION, max_pressure_kt=JAMMED_KT, n_samples=4, n_frames=1,
    )  # fmt: skip
    # Shells that became thinner leave more room, and what stuck must not be torn along.
    thinner = 1.0 if before is None else 3.0
    # Nothing presses: what holds together now does so by its contacts alone.
    alone = replace(wet, name=DISPERSED, n_steps=steps(2_900 * until_met), n_samples=12, n_frames=12)
    if before is None:
        begun = [wet, alone]
    else:
        begun = _destabilised(wet, alone, before, steps)
        if spec.protocol == DESTABILISE:
            stages = [*begun, replace(begun[-1], name="sample", n_steps=steps(2_500))]
            return tuple(_thinned(stage) for stage in stages)
    stages = [
        *begun,
        replace(
            wet, name="evaporate", n_steps=steps(2_150 * slow * shorter * thinner, LEAST_CROWDING),
            fraction_end=FLUID_FRACTION, n_samples=15, n_frames=6,
        ),
        replace(
            wet, name=CROWDED, n_steps=steps((12_000 if are_cubes else 6_500 * shorter) * slow, LEAST_CROWDING),
            fraction_end=ORDERED_FRACTION, n_samples=18, n_frames=12,
        ),
    ]  # fmt: skip
    evaporate, crowded = stages[-2:]
    # A gel of a few dozen cubes that may shear as a whole is lined up by that, which no gel of a real size would be.
    may_tilt = are_cubes and not sticks
    holds = next((i for i, state in enumerate(states) if i and state.depth_kt >= HOLDS_KT), len(states) - 1)
    first = _drying(wet, states[: holds + 1], steps, slow, may_tilt=may_tilt)
    # Rows still slide at this depth: with nothing that presses, they come into register.
    relax = _at_zero_pressure(wet, states[holds], states[holds])
    warm = WARMER if may_tilt and states[holds].depth_kt >= HOLDS_KT else (1.0,)
    n_relax = 7_500 if may_tilt else 4_000
    first.append(replace(relax, name="relax_cell", n_steps=steps(n_relax), kt_factors=warm, n_samples=16, n_frames=6))
    stages += first
    is_retried = may_tilt and spec.duration >= RETRIED_FROM
    loosen = replace(
        first[-2], name="loosen", potential_start=states[holds].name, potential_end=states[holds - 1].name,
        n_steps=steps(1_500), fraction_end=first[-3].fraction_end if holds > 1 else ORDERED_FRACTION,
    )  # fmt: skip
    swell = replace(
        loosen, name="swell", potential_end=medium.name, n_steps=steps(4_000), fraction_end=MELTED_FRACTION,
        tilts=None, n_samples=10, n_frames=3,
    )  # fmt: skip
    # Slowly only from where cubes begin to order.
    dense = replace(evaporate, name="crowd", n_steps=steps(1_000 * slow, LEAST_CROWDING), n_frames=3)
    anew = (dense, replace(crowded, n_frames=6), *first)
    if is_retried:
        # Rows that were locked half a period out of step at both ends stay so: some solvent comes back, they slide
        # again, and come to rest another way. Where that does not help, all of it comes back, and a crystal grows anew.
        loosened = TIMES_LOOSENED * _cycle(loosen, *first[-2:], below=VACANT)
        stages += [*loosened, *TIMES_GROWN * (*_cycle(swell, *anew), *loosened)]
    heat, closed = 1.0, []
    for i, (start, end) in enumerate(pairwise(states[holds:]), holds + 1):
        hotter = ANNEALED if end.depth_kt > FREEZES_KT else 1.0
        closed.append(
            replace(
                _at_zero_pressure(wet, start, end), name=f"dry_{i}", n_steps=steps(1_800, LEAST_COOLING), n_samples=24,
                kt_factors=(heat, hotter),
            )
        )  # fmt: skip
        heat = hotter
    stages += closed
    if is_retried and closed:
        # Rows at the edge of their register slip while contacts close.
        loosen, swell = (_reopened(stage, last, heat) for stage in (loosen, swell))
        again = ((swell, *anew, *closed), (loosen, *first[-2:], *closed))
        stages += TIMES_REOPENED * [stage for one in again for stage in _cycle(*one, above=IN_REGISTER_DRY)]
    at_rest = _at_zero_pressure(wet, last, last)
    if heat > 1:
        stages.append(
            replace(at_rest, name="settle", n_steps=steps(2_500, LEAST_COOLING), n_samples=24, kt_factors=(heat, 1.0))
        )
    stages.append(replace(at_rest, name="sample", n_steps=steps(2_500), n_frames=12))
    if not may_tilt:
        stages = [replace(stage, tilts=None) for stage in stages]
    return tuple(_thinned(stage) for stage in stages)


def _destabilised(wet: Stage, alone: Stage, before: SoftState, steps: Callable[..., int]) -> list[Stage]:
    """A dispersion as it was, the change of its contacts, and what becomes of it when it is left alone."""
    calm = replace(
        wet, timestep_ps=before.timestep_ps, relaxation_ps=0.5 * before.thermal_time_ps, potential_start=before.name,
        potential_end=before.name,
    )  # fmt: skip
    # The box that was there before stays: the packing fraction falls where the shells become thinner.
    change = replace(
        wet, name="destabilise", n_steps=steps(3_000), timestep_ps=min(wet.timestep_ps, before.timestep_ps),
        potential_start=before.name, fraction_end=None, n_samples=20, n_frames=8,
    )  # fmt: skip
    return [
        calm,
        replace(calm, name="rest", fraction_end=None, n_steps=steps(2_000), n_samples=8, n_frames=4),
        change,
        replace(alone, fraction_end=None, n_steps=steps(24_000), n_samples=24, n_frames=24),
    ]


def _reopened(stage: Stage, last: SoftState, heat: float) -> Stage:
    """The same from the driest force field, where it is ``heat`` times as hot."""
    step = min(last.timestep_ps, stage.timestep_ps)
    return replace(stage, potential_start=last.name, kt_factors=(heat, 1.0), timestep_ps=step, relaxation_ps=80 * step)


def _cycle(*stages: Stage, above: float = IN_REGISTER, below: float = 0.0) -> tuple[Stage, ...]:
    """Stages that run all together, and only where a crystal is out of register, but no further than ``below``."""
    return tuple(
        replace(stage, skip_above_sc_fraction=above, skip_below_sc_fraction=below, goes_with_last=i > 0)
        for i, stage in enumerate(stages)
    )


def _thinned(stage: Stage) -> Stage:
    """With fewer samples where it is short: a new force field costs as much as 100 steps of few particles."""
    n = max(3, min(stage.n_samples, stage.n_steps // STEPS_OF_A_SAMPLE))
    return replace(stage, n_samples=n, n_frames=min(stage.n_frames, n))


def _drying(
    wet: Stage, states: Sequence[SoftState], steps: Callable[..., int], slow: float, *, may_tilt: bool
) -> list[Stage]:
    """Through force fields of growing depth while the box shrinks."""
    legs = len(states) - 1
    stages = []
    for i, (start, end) in enumerate(pairwise(states)):
        step = min(start.timestep_ps, end.timestep_ps)
        is_shallow = end.depth_kt < STICKS_KT
        # Cubes that may slide come into register at zero pressure, and others while contacts are shallow, in time. But
        # grains and vacant places must be gone by then: in half as many steps every third crystal keeps some.
        shallow, deeper = (3_000, 2_500) if may_tilt else (10_000, 4_500)
        n = shallow * slow if is_shallow else deeper
        stages.append(
            replace(
                wet, name=CROWDED if is_shallow else f"dry_{i + 1}", n_steps=steps(n, LEAST_COOLING),
                timestep_ps=step, relaxation_ps=wet.relaxation_ps if is_shallow else 80 * step,
                potential_start=start.name, potential_end=end.name, n_samples=20 if is_shallow else 14, n_frames=6,
                tilts=_stiffness(start, end) if may_tilt else None,
                fraction_end=ORDERED_FRACTION + (DRY_FRACTION - ORDERED_FRACTION) * (i + 1) / legs,
            )
        )  # fmt: skip
    return stages


def _at_zero_pressure(wet: Stage, start: SoftState, end: SoftState) -> Stage:
    step = min(start.timestep_ps, end.timestep_ps)
    return replace(
        wet, ensemble="npt", timestep_ps=step, potential_start=start.name, potential_end=end.name,
        tilts=_stiffness(start, end),
        fraction_end=None, max_pressure_kt=None, per_axis=True, relaxation_ps=60 * step,
        pressure_relaxation_ps=max(start.pressure_relaxation_ps, end.pressure_relaxation_ps), n_samples=12, n_frames=4,
    )  # fmt: skip


def _stiffness(start: SoftState, end: SoftState) -> Stiffness:
    return Stiffness(
        along_kt=max(start.stiffness.along_kt, end.stiffness.along_kt),
        shear_kt=max(start.stiffness.shear_kt, end.stiffness.shear_kt),
    )
