r"""The chemical potential of a fluid: a pure kind whose crystal melts at the pressure is beside a mixture as a fluid.

From the ideal gas along the density: :math:`\frac{F}{N} = \ln\rho - 1 + \int_0^\rho\Big(\frac{P}{\rho'} - 1\Big)
\frac{d\rho'}{\rho'}` and :math:`\mu = F/N + P/\rho`, in kT with thermal wavelengths of 1 nm and all turns counted as 1,
as in `assembly.free_energy.einstein`. A crystal of cubes counts one of the 24 turns that map a cube onto itself, a
fluid all of them: beside crystals its chemical potential is higher by :math:`\ln 24`. (D. Frenkel, B. Smit,
Understanding Molecular Simulation, 2nd ed., Academic Press 2002, doi:10.1016/B978-0-12-267351-1.X5000-7, section 7.1.)
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assembly.crystal.bodies import rotation_group
from assembly.engines.session import Dynamics, Sample
from assembly.free_energy.thermal import FRICTION_STEPS, TIMESTEP, SpringSession, Thermal
from assembly.system.system import System
from packing.errors import InputError

FloatArray = NDArray[np.float64]

_NODES = 7
_LOOKS = 60
_BLOCKS = 6
_START_ROOM = 2.5
"""Volume of the box in which bodies are mixed over that of the crystal, at least: cubes turn freely there."""
_BOX_STEPS = 400
_SQUEEZED_STEPS = 1_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Fluid:
    """A fluid at a pressure.

    Parameters
    ----------
    density_per_nm3
        Bodies per volume [1/nm^3].
    mu_kt, sd_kt
        Chemical potential, thermal wavelengths being 1 nm and all turns 1, and its standard error [kT].
    excess_kt
        Free energy over that of an ideal gas of its density, of a body [kT].
    turns_kt
        What is added beside crystals, which count one of the turns that map a body onto itself [kT].
    n_bodies
        In the box.
    """

    density_per_nm3: float
    mu_kt: float
    sd_kt: float
    excess_kt: float
    turns_kt: float
    n_bodies: int

    @property
    def beside_crystals_kt(self) -> float:
        """Chemical potential to compare with those of crystals [kT]."""
        return self.mu_kt + self.turns_kt

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"beside_crystals_kt": self.beside_crystals_kt}


def fluid(
    thermal: Thermal, pressure_kt_per_nm3: float, *, n_steps: int = 4_000, timestep: float = TIMESTEP, seed: int = 1
) -> Fluid:
    """Chemical potential of the fluid of one kind of bodies at a pressure.

    Parameters
    ----------
    thermal
        A crystal of them in a rectangular box, whose bodies are taken.
    pressure_kt_per_nm3
        Pressure [kT/nm^3].
    n_steps
        Steps at each density; a third as many come before.
    timestep
        In units of masses of 1 and kT.
    seed
        Of the motion.

    Raises
    ------
    InputError
        For bodies of several kinds, or fewer steps than looks.
    """
    kinds = set(thermal.crystal.kinds.tolist())
    if len(kinds) > 1:
        raise InputError(f"{thermal.crystal.name}: a fluid of one kind is computed, the crystal has {len(kinds)}.")
    if n_steps < _LOOKS:
        raise InputError(f"n_steps must be at least {_LOOKS}, got {n_steps}.")
    body = thermal.bodies[kinds.pop()]
    n = thermal.crystal.n_bodies
    with thermal.session(seed) as (session, system):
        run = _Run(session, system, timestep, n_steps, seed)
        volume = max(_START_ROOM * thermal.crystal.volume_nm3, float(np.prod(system.box[:3])))
        run.squeezed(volume)
        density = n / run.volume_at(pressure_kt_per_nm3)
        x, w = np.polynomial.legendre.leggauss(_NODES)
        nodes, weights = density * (x + 1) / 2, density * w / 2
        integral, variance = 0.0, 0.0
        # From the densest on: a fluid that is let go forgets how it was made.
        for node, weight in sorted(zip(nodes.tolist(), weights.tolist(), strict=True), reverse=True):
            run.squeezed(n / node)
            excess, sd = run.excess_pressure()
            integral += weight * excess / node**2
            variance += (weight * sd / node**2) ** 2
    turns = math.log(len(rotation_group(body.shape))) if body.turns else 0.0
    return Fluid(
        density_per_nm3=density,
        mu_kt=math.log(density) - 1 + integral + pressure_kt_per_nm3 / density,
        sd_kt=math.sqrt(variance),
        excess_kt=integral,
        turns_kt=turns,
        n_bodies=n,
    )


class _Run:
    """Bodies in a box that is squeezed, held at a pressure, and looked at."""

    def __init__(self, session: SpringSession, system: System, timestep: float, n_steps: int, seed: int) -> None:
        self._session, self._system, self._timestep = session, system, timestep
        self._n_steps, self._seed, self._stretch = n_steps, seed, 0

    def squeezed(self, volume_nm3: float) -> None:
        """Take the box to a cube of that volume, and let bodies come to rest in it."""
        edge = volume_nm3 ** (1 / 3)
        self._run(_SQUEEZED_STEPS, 1, (edge, edge, edge, 0.0, 0.0, 0.0), None)
        self._run(max(1, self._n_steps // 3), 1, None, None)

    def volume_at(self, pressure: float) -> float:
        """Mean volume of the box at a pressure [nm^3]."""
        self._run(2 * self._n_steps, 1, None, pressure)
        seen = self._run(2 * self._n_steps, _LOOKS, None, pressure)
        return float(np.mean([look.state.volume_nm3 for look in seen]))

    def excess_pressure(self) -> tuple[float, float]:
        """Mean pressure over that of an ideal gas [kT/nm^3], and its standard error by blocks."""
        seen = self._run(self._n_steps, _LOOKS, None, None)
        masses = np.array([kind.mass_amu for kind in self._system.bodies])[self._system.body_kind]
        found = []
        for look in seen:
            # What bodies carry by their motion is known: leaving it out leaves its noise out.
            kinetic = float((masses[:, None] * look.state.velocities_nm_ps**2).sum()) / 3
            found.append(look.pressure_kj_mol_nm3 - kinetic / look.state.volume_nm3)
        blocks = np.array([part.mean() for part in np.array_split(np.array(found), _BLOCKS)])
        return float(blocks.mean()), float(blocks.std(ddof=1) / math.sqrt(_BLOCKS))

    def _run(self, n_steps: int, looks: int, box_end: tuple[float, ...] | None, pressure: float | None) -> list[Sample]:
        self._stretch += 1
        self._session.begin(
            Dynamics(
                ensemble="langevin" if pressure is None else "npt", timestep_ps=self._timestep, n_steps=n_steps,
                kt_start_kj_mol=1.0, kt_end_kj_mol=1.0, body_relaxation_ps=FRICTION_STEPS * self._timestep,
                pressure_kj_mol_nm3=pressure or 0.0, pressure_relaxation_ps=_BOX_STEPS * self._timestep,
                box_end=box_end, seed=1000 * self._seed + self._stretch,
            )
        )  # fmt: skip
        seen = []
        for _ in range(looks):
            self._session.advance(n_steps // looks)
            seen.append(self._session.sample())
        return seen
