"""Mean force between two coated nanocrystals that are held while their chains move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assembly.engines import choose_engine, start_session
from assembly.engines.session import Dynamics, Session
from assembly.pair_force.pairs import Meeting, chain_owners, pair_system
from assembly.system.state import initial_state
from assembly.system.system import System
from packing.errors import InputError
from packing.matter.media import medium
from packing.particles import Coating, Environment, Nanocrystal
from packing.results import frozen

FloatArray = NDArray[np.float64]

TIMESTEP_PS = 0.02
_UNTANGLING_STEPS = 1000
_BETWEEN_SAMPLES = 100
_MELT_FACTOR = 2.0
"""Dry chains are melted at this multiple of the temperature and cooled at each gap anew: at 300 K they are stiff, and a
pair remembers where it came from."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeanForce:
    """Force that pushes two held nanocrystals apart, against the gap of their cores.

    Parameters
    ----------
    meeting
        ``"face"``, ``"edge"`` or ``"corner"``.
    gap_nm
        Gaps along the line of centres [nm], shape (n,).
    force_kt_per_nm
        Mean over the seeds, above zero where they push [kT/nm], shape (n,).
    error_kt_per_nm
        Standard error of that mean, from the scatter of the seeds [kT/nm], shape (n,); nan for one seed.
    by_seed_kt_per_nm
        Means of every seed [kT/nm], shape (n_seeds, n).
    engine
        Name and version of the engine.
    """

    meeting: Meeting
    gap_nm: FloatArray
    force_kt_per_nm: FloatArray
    error_kt_per_nm: FloatArray
    by_seed_kt_per_nm: FloatArray
    engine: str

    def gap_at(self, force_kt_per_nm: float) -> float:
        """Gap at which the force falls to a value above zero [nm]; nan where the gaps do not reach it.

        The logarithm of the force goes linearly between two gaps: chains that barely touch push exponentially less.

        Parameters
        ----------
        force_kt_per_nm
            The force [kT/nm].
        """
        force = self.force_kt_per_nm
        for k in range(len(force) - 1):
            if force[k] >= force_kt_per_nm > force[k + 1]:
                low, high = np.log(np.maximum(force[k : k + 2][::-1], 1e-3 * force_kt_per_nm))
                part = (np.log(force_kt_per_nm) - low) / (high - low)
                return float(self.gap_nm[k + 1] + part * (self.gap_nm[k] - self.gap_nm[k + 1]))
        return float("nan")

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "meeting": self.meeting,
            "gap_nm": self.gap_nm.tolist(),
            "force_kt_per_nm": self.force_kt_per_nm.tolist(),
            "error_kt_per_nm": [None if np.isnan(x) else float(x) for x in self.error_kt_per_nm],
            "engine": self.engine,
        }


def mean_force(
    nanocrystal: Nanocrystal,
    coating: Coating,
    environment: Environment,
    meeting: Meeting,
    gap_nm: ArrayLike,
    *,
    seeds: Sequence[int] = (1, 2, 3),
    n_relaxation: int = 4500,
    n_sampling: int = 2000,
    engine: str = "auto",
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> MeanForce:
    r"""Mean force between two held nanocrystals with explicit chains, at gaps of their cores.

    .. math:: f = \tfrac12\langle (F_2 - F_1)\cdot\hat x\rangle

    with :math:`F_i` the force on body i and all its chains, in which what a body and its own chains do to each other
    cancels. The potential of mean force is its integral. Its gaps at equal force, edge on and corner on over face on,
    say how round a coated cube is. What is left out: solvent (its quality is in the beads' attraction), the van der
    Waals attraction of the cores, and times beyond 0.1 ns, in which dry chains may still creep.

    Parameters
    ----------
    nanocrystal, coating, environment
        What each of the two is, and where; the medium decides the quality of the solvent.
    meeting
        ``"face"``, ``"edge"`` or ``"corner"``; of spheres any.
    gap_nm
        Gaps of the cores along the line of centres [nm], shape (n,).
    seeds
        Of chains and their motion; the error is the scatter of the seeds.
    n_relaxation, n_sampling
        Steps of 0.02 ps before and while the force is read.
    engine
        ``"auto"``, ``"lammps"`` or ``"hoomd"``.
    progress
        Called with points done and to do.

    Raises
    ------
    InputError
        For a gap that is not above zero, no seeds, or a coating that cannot be grafted.
    MissingEngineError
        If no engine is here.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import Sphere
    >>> gold = Nanocrystal(material="Au", shape=Sphere(diameter_nm=1.5))
    >>> thiol = Coating(ligand=ligand("c9 thiol"), coverage_per_nm2=3.0)
    >>> toluene = Environment(medium="toluene")
    >>> found = mean_force(gold, thiol, toluene, "face", [0.8, 2.4], seeds=[1], n_relaxation=200, n_sampling=200)
    >>> bool(found.force_kt_per_nm[0] > found.force_kt_per_nm[1])
    True
    """
    gaps = np.atleast_1d(np.asarray(gap_nm, dtype=np.float64))
    if not len(seeds):
        raise InputError("seeds must name at least one seed, got none.")
    engine = choose_engine(engine, "explicit-ligand")
    is_dry = medium(environment.medium).quality == "dry"
    means = np.zeros((len(seeds), len(gaps)))
    version = ""
    for row, seed in enumerate(seeds):
        for column, gap in enumerate(gaps):
            system = pair_system(nanocrystal, coating, environment, meeting, float(gap), seed=seed)
            with closing(start_session(engine, system)) as session:
                version = session.version
                held = _Held(session, system, seed)
                held.relax(n_relaxation, is_dry)
                means[row, column] = held.force_kt_per_nm(n_sampling)
            progress(row * len(gaps) + column + 1, means.size)
    n = len(seeds)
    error = means.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.full(len(gaps), np.nan)
    return MeanForce(
        meeting=meeting, gap_nm=frozen(gaps), force_kt_per_nm=frozen(means.mean(axis=0)),
        error_kt_per_nm=frozen(error), by_seed_kt_per_nm=frozen(means), engine=f"{engine} {version}",
    )  # fmt: skip


class _Held:
    """A session whose bodies stay while the chains move."""

    def __init__(self, session: Session, system: System, seed: int) -> None:
        self._session, self._system, self._seed = session, system, seed * 100_003
        self._of_first = chain_owners(system) == 0
        session.restore(initial_state(system, np.random.default_rng(seed)))

    def relax(self, n_steps: int, is_dry: bool) -> None:
        """Untangle stretched chains, then let them move; dry ones are melted and cooled."""
        self._run(_UNTANGLING_STEPS, 1.0, cap_nm=0.02)
        factors = np.linspace(_MELT_FACTOR, 1.0, 20) if is_dry else np.ones(1)
        for factor in factors:
            self._run(max(1, n_steps // len(factors)), float(factor))

    def force_kt_per_nm(self, n_steps: int) -> float:
        found = []
        for _ in range(max(1, n_steps // _BETWEEN_SAMPLES)):
            self._run(_BETWEEN_SAMPLES, 1.0)
            forces = self._session.energy_forces()
            bodies, free = forces.body_forces_kj_mol_nm[:, 0], forces.free_forces_kj_mol_nm[:, 0]
            first = bodies[0] + free[self._of_first].sum()
            second = bodies[1] + free[~self._of_first].sum()
            found.append((second - first) / 2)
        return float(np.mean(found)) / self._system.kt_kj_mol

    def _run(self, n_steps: int, kt_factor: float, cap_nm: float = 0.1) -> None:
        # Bodies stay in this ensemble; the cap is far above what a bead moves in a step, but while chains untangle.
        kt = kt_factor * self._system.kt_kj_mol
        self._seed += 1
        self._session.begin(
            Dynamics(
                ensemble="limit",
                timestep_ps=TIMESTEP_PS,
                n_steps=n_steps,
                kt_start_kj_mol=kt,
                kt_end_kj_mol=kt,
                free_relaxation_ps=1.0,
                max_displacement_nm=cap_nm,
                seed=self._seed,
            )
        )
        self._session.advance(n_steps)
