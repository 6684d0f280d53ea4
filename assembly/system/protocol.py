"""Stages of an assembly, and the `Plan` a model hands to the driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from assembly.system.system import PairPotential, System

DISPERSED, CROWDED = "disperse", "order"
"""Names of stages in the medium that tell what a ligand does: left alone in a dilute dispersion, and crowded."""

Ensemble = Literal["langevin", "nve", "nvt", "npt", "limit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stiffness:
    """How much stress a crystal puts up against a strain, about, with energies as they are simulated.

    In kT of the system per volume of an effective particle.

    Parameters
    ----------
    along_kt
        Against a length along its axes, at most.
    shear_kt
        Against a tilt.
    """

    along_kt: float
    shear_kt: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stretch of a protocol.

    Parameters
    ----------
    name
        What it does: ``relax``, ``randomise``, ``evaporate``, ``quench``, ``anneal``, ``relax_cell``, ``sample``.
    ensemble
        As in `assembly.engines.Dynamics`.
    n_steps
        Length [steps].
    timestep_ps
        Time step [ps].
    kt_factors
        Temperature over that of the system, linear between evenly spaced knots: (1, 1.5, 1) is one cycle of annealing.
    fraction_end
        Effective packing fraction N (edge + gap)^3 / V to reach by shrinking the box; None leaves the box.
        The volume shrinks at a constant rate, and with the period of the potential in use.
    max_pressure_kt
        Pressure [kT per volume of an effective cube] above which the box waits instead of shrinking; None never waits.
    potential_start, potential_end
        Names of force fields of the `Plan`; the parameters go linearly from one to the other.
    relaxation_ps, free_relaxation_ps
        Of the thermostat [ps].
    pressure_kj_mol_nm3, pressure_relaxation_ps, per_axis
        Of the barostat, ensemble ``npt`` only.
    tilts
        The angles of the box give way to shear stress, of a crystal of this stiffness; None keeps them, and has right
        ones again at ``fraction_end``.
    n_samples
        How often observables are logged during the stage (evenly); the potential and box ramps step at these moments.
    n_frames
        How many of the samples also go into the trajectory.
    skip_above_sc_fraction
        Leave the stage out when the simple-cubic fraction, averaged over the last three samples, is already this high;
        None always runs it. So a cycle of swelling and drying is run only where a crystal grew with defects.
    skip_below_sc_fraction
        Leave it out where that fraction is lower than this, too: what helps a row does not help a crystal with vacant
        places.
    goes_with_last
        Left out or run as the stage before it was, whatever order that has left: a cycle once begun is ended.
    """

    name: str
    ensemble: Ensemble
    n_steps: int
    timestep_ps: float
    kt_factors: tuple[float, ...] = (1.0,)
    fraction_end: float | None = None
    max_pressure_kt: float | None = None
    potential_start: str = "dry"
    potential_end: str = "dry"
    relaxation_ps: float = 100.0
    free_relaxation_ps: float = 0.5
    pressure_kj_mol_nm3: float = 0.0
    pressure_relaxation_ps: float = 1000.0
    per_axis: bool = False
    tilts: Stiffness | None = None
    max_displacement_nm: float = 0.02
    n_samples: int = 20
    n_frames: int = 10
    skip_above_sc_fraction: float | None = None
    skip_below_sc_fraction: float = 0.0
    goes_with_last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What a model decided: the system, its force fields, the stages, and what the user should know about them.

    ``potentials`` are named complete sets of pair potentials (``medium``, ``dry``); ``periods_nm`` gives for each the
    edge of the effective cube (edge + gap), which defines the packing fraction. ``scales`` says by what all energies of
    a potential and the temperature with them are multiplied where it is in use (1 where it says nothing): averages
    depend on U / kT alone. ``facts`` goes into ``assembly.json`` as it is.
    """

    model: str
    system: System
    stages: tuple[Stage, ...]
    potentials: Mapping[str, Mapping[tuple[int, int], PairPotential]]
    periods_nm: Mapping[str, float]
    scales: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def judged_spacing_nm(self, period_nm: float, volume_nm3: float) -> float:
        """Distance of neighbours by which the order of a frame is judged [nm].

        Soft bodies keep edge and gap apart, whatever box is around them. Hard ones fill the box that they have: at a
        packing fraction of 0.66 cubes of a perfect crystal are 1.15 edges apart.

        Parameters
        ----------
        period_nm
            Edge and gap [nm].
        volume_nm3
            Of the box [nm^3].
        """
        if not self.system.hard_bodies:
            return period_nm
        return float((volume_nm3 / len(self.system.body_kind)) ** (1 / 3))
