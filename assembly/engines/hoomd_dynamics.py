"""`Dynamics` as HOOMD integration methods and updaters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assembly.engines.hoomd_library import linear_box_ramp, load_hoomd
from assembly.engines.session import Dynamics
from assembly.system.system import System

BOX_STEP = 10  # steps between two steps of a box ramp; bodies are put back together at each


def integration_methods(system: System, dynamics: Dynamics, first_step: int) -> list[Any]:
    """What moves the body centres and the free particles; the beads of bodies follow their centres.

    Temperatures go from start to end over the ``n_steps`` of ``dynamics``, counted from ``first_step``.
    """
    hoomd = load_hoomd()
    methods = hoomd.md.methods
    everything = hoomd.filter.Rigid(("center", "free"))
    match dynamics.ensemble:
        case "langevin":
            return [_langevin(system, dynamics, first_step, everything)]
        case "nve":
            return [methods.ConstantVolume(filter=everything)]
        case "nvt":
            return [
                methods.ConstantVolume(filter=chosen, thermostat=_thermostat(dynamics, first_step, tau))
                for chosen, tau in _groups(system, dynamics)
            ]
        case "npt":
            tau = dynamics.free_relaxation_ps if len(system.free_types) else dynamics.body_relaxation_ps
            return [
                methods.ConstantPressure(
                    filter=everything,
                    S=dynamics.pressure_kj_mol_nm3,
                    tauS=dynamics.pressure_relaxation_ps,
                    couple="none" if dynamics.per_axis else "xyz",
                    box_dof=[True] * 3 + [dynamics.moduli_kj_mol_nm3 is not None] * 3,
                    thermostat=_thermostat(dynamics, first_step, tau),
                    # Critical damping: an undamped piston overshoots and can melt a compressed crystal.
                    gamma=2 / dynamics.pressure_relaxation_ps,
                )
            ]
        case "limit":
            # The session caps the steps by the time step: HOOMD's own `DisplacementCapped` compares and sets with
            # different powers of it, and sends everything out by the whole cap.
            return [_langevin(system, dynamics, first_step, free_filter(system))] if len(system.free_types) else []


def box_updater(dynamics: Dynamics, box_start: NDArray[np.float64], first_step: int) -> Any:
    """The updater that takes the box to its end; None where the box stays.

    ``box_start`` is the box (lengths [nm], then tilts) at step ``first_step``, where the ramp begins.
    """
    if dynamics.box_end is None:
        return None
    hoomd = load_hoomd()
    ramp = linear_box_ramp(box_start, dynamics.box_end, first_step, dynamics.n_steps)
    return hoomd.update.BoxResize(trigger=hoomd.trigger.Periodic(BOX_STEP), box=ramp)


def free_filter(system: System) -> Any:
    """The free particles."""
    return load_hoomd().filter.Type([system.particle_types[t] for t in np.unique(system.free_types)])


def temperature_ramp(dynamics: Dynamics, first_step: int) -> Any:
    """kT [kJ/mol] over the steps: a number, or where it changes a ramp that begins at ``first_step``."""
    if dynamics.kt_start_kj_mol == dynamics.kt_end_kj_mol:
        return dynamics.kt_start_kj_mol
    return load_hoomd().variant.Ramp(
        A=dynamics.kt_start_kj_mol, B=dynamics.kt_end_kj_mol, t_start=first_step, t_ramp=dynamics.n_steps
    )


def _langevin(system: System, dynamics: Dynamics, first_step: int, chosen: Any) -> Any:
    """gamma = M/t and gamma_r = I/t, so that every body and bead forgets its velocity in the same given time."""
    method = load_hoomd().md.methods.Langevin(filter=chosen, kT=temperature_ramp(dynamics, first_step))
    for kind in system.bodies:
        name = system.particle_types[kind.centre_type]
        method.gamma[name] = kind.mass_amu / dynamics.body_relaxation_ps
        method.gamma_r[name] = tuple(float(x) for x in kind.inertia_amu_nm2 / dynamics.body_relaxation_ps)
    for t in np.unique(system.free_types):
        name = system.particle_types[t]
        method.gamma[name] = float(system.particle_masses_amu[t]) / dynamics.free_relaxation_ps
        method.gamma_r[name] = (0.0, 0.0, 0.0)
    return method


def _thermostat(dynamics: Dynamics, first_step: int, tau_ps: float) -> Any:
    return load_hoomd().md.methods.thermostats.Bussi(kT=temperature_ramp(dynamics, first_step), tau=tau_ps)


def _groups(system: System, dynamics: Dynamics) -> list[tuple[Any, float]]:
    """Bodies and free particles on thermostats of their own: they exchange heat slowly."""
    hoomd = load_hoomd()
    centres = hoomd.filter.Type([system.particle_types[kind.centre_type] for kind in system.bodies])
    groups = [(centres, dynamics.body_relaxation_ps)] if len(system.bodies) else []
    if len(system.free_types):
        groups.append((free_filter(system), dynamics.free_relaxation_ps))
    return groups
