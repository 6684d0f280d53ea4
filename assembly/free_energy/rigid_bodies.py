"""The free energy of a crystal of rigid bodies by Frenkel and Ladd's springs, sampled on LAMMPS."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from assembly.crystal.bodies import Matter, radials
from assembly.crystal.crystals import Crystal
from assembly.crystal.energies import energy_gradient
from assembly.crystal.vibrations import translations_of
from assembly.engines.session import Dynamics
from assembly.free_energy.einstein import (
    CrystalFreeEnergy,
    EinsteinCrystal,
    bennett_cost,
    integrated,
    quadrature,
    switch_cost,
)
from assembly.free_energy.thermal import FRICTION_STEPS, TIMESTEP, Thermal, sampled, spring_beads
from packing.errors import InputError

FloatArray = NDArray[np.float64]

SPRING = 150.0
"""k of wet crystals [kT/nm^2]: shells keep bodies that springs of it hold from meeting often."""
_BLOCKS = 8
_ANGLES = 4000
# Standard deviations of the angle beyond which no turn is drawn.
_WIDTHS = 12.0


def frenkel_ladd(
    thermal: Thermal,
    *,
    spring_kt_per_nm2: float = SPRING,
    n_primitive: int | None = None,
    n_steps: int = 4000,
    every: int = 20,
    n_nodes: int = 6,
    n_switch: int = 60,
    timestep: float = TIMESTEP,
    seed: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> CrystalFreeEnergy:
    """Free energy of a crystal in its box, with thermal wavelengths of 1 nm and all turns counted as 1.

    Parameters
    ----------
    thermal
        The crystal, bodies on their sites.
    spring_kt_per_nm2
        k of the springs. Too weak ones show in `CrystalFreeEnergy.reverse_kt`.
    n_primitive
        Primitive cells in the box; None counts the translations that map the crystal onto itself.
    n_steps
        Steps of each strength of the springs; a third as many come before.
    every
        Steps between two looks.
    n_nodes
        Strengths of the springs, besides full ones.
    n_switch
        Configurations without interactions.
    timestep
        In units of masses of 1 and kT.
    seed
        Of everything random.
    progress
        Told what is being done.

    Raises
    ------
    InputError
        If the steps are too few for eight blocks.
    """
    if n_steps // every < 2 * _BLOCKS:
        raise InputError(f"n_steps must be at least {2 * _BLOCKS * every} for {_BLOCKS} blocks, got {n_steps}.")
    crystal = thermal.crystal
    system = thermal.system
    atoms = spring_beads(system)
    turning = np.array([thermal.bodies[k].turns for k in crystal.kinds])
    arms = {float(np.linalg.norm(system.bodies[k].bead_positions_nm[-1])) for k in set(crystal.kinds[turning].tolist())}
    if len(arms) > 1:
        raise InputError(
            "bodies: springs on two kinds of cuboids of different size are not there. Take one that turns."
        )
    kappa = 2 / 3 * spring_kt_per_nm2 * max(arms, default=0.0) ** 2
    reference = EinsteinCrystal(
        n_bodies=crystal.n_bodies,
        n_turning=int(turning.sum()),
        spring_kt_per_nm2=spring_kt_per_nm2,
        turn_spring_kt=kappa,
        volume_nm3=crystal.volume_nm3,
        n_primitive=translations_of(crystal) if n_primitive is None else n_primitive,
    )
    nodes, weights = quadrature(n_nodes)
    blocks: list[FloatArray] = []
    static = static_energy_kt(thermal)
    for i, strength in enumerate([*nodes, 1.0]):
        progress(f"springs {i + 1} of {n_nodes + 1}")
        with thermal.session(seed + i) as (session, made):
            session.set_springs(atoms, float(strength) * spring_kt_per_nm2 / 6)
            dynamics = Dynamics(
                ensemble="langevin", timestep_ps=timestep, n_steps=n_steps + n_steps // 3, kt_start_kj_mol=1.0,
                kt_end_kj_mol=1.0, body_relaxation_ps=FRICTION_STEPS * timestep, seed=1000 * seed + i,
            )  # fmt: skip
            seen = sampled(session, made, dynamics, n_steps // every, every, n_steps // 3)
        energies = spring_energies_kt(seen.shifts_nm, seen.rotations, crystal, turning, spring_kt_per_nm2, kappa)
        if i < n_nodes:
            blocks.append(np.array([part.mean() for part in np.array_split(energies, _BLOCKS)]))
        else:
            # `fix spring/self` keeps its own energy out of the potential one.
            bound = seen.energies_kt - static
    excess = einstein_energies_kt(thermal, spring_kt_per_nm2, kappa, turning, n_switch, seed) - static
    cost, sd = bennett_cost(excess, bound)
    one_way = switch_cost(excess)[0], -switch_cost(-bound)[0]
    return integrated(reference, static, list(nodes), list(weights), blocks, cost, sd, one_way)


def static_energy_kt(thermal: Thermal) -> float:
    """Energy of the crystal with every body on its site [kT]."""
    return energy_gradient(_matter(thermal), thermal.crystal).energy_kt


def _matter(thermal: Thermal) -> Matter:
    return Matter(bodies=thermal.bodies, pairs=radials(thermal.pairs, 1.0))


def spring_energies_kt(
    shifts_nm: FloatArray,
    rotations: FloatArray,
    crystal: Crystal,
    turning: NDArray[np.bool_],
    spring_kt_per_nm2: float,
    kappa_kt: float,
) -> FloatArray:
    """Internal energy of springs of full strength, the centre of mass taken out [kT], shape (S,).

    Parameters
    ----------
    shifts_nm, rotations
        Of every body in every sample, shapes (S, N, 3) and (S, N, 3, 3).
    crystal
        Where the springs hold them.
    turning
        Which bodies turn, shape (N,).
    spring_kt_per_nm2, kappa_kt
        Strengths.
    """
    inner = shifts_nm - shifts_nm.mean(axis=1, keepdims=True)
    energy = spring_kt_per_nm2 / 2 * (inner**2).sum(axis=(1, 2))
    traces = np.einsum("snij,nij->sn", rotations, crystal.rotations)
    return np.asarray(energy + kappa_kt * (1 - (traces[:, turning] - 1) / 2).sum(axis=1))


def einstein_energies_kt(
    thermal: Thermal, spring_kt_per_nm2: float, kappa_kt: float, turning: NDArray[np.bool_], n: int, seed: int
) -> FloatArray:
    """Energies of configurations that springs alone give, drawn exactly [kT], shape (n,).

    Parameters
    ----------
    thermal
        The crystal.
    spring_kt_per_nm2, kappa_kt
        Strengths.
    turning
        Which bodies turn, shape (N,).
    n, seed
        How many, and the seed of the draws.
    """
    rng = np.random.default_rng(seed)
    matter, crystal = _matter(thermal), thermal.crystal
    inverse = np.linalg.inv(crystal.cell_nm)
    found = []
    for _ in range(n):
        shifts = rng.normal(scale=1 / math.sqrt(spring_kt_per_nm2), size=(crystal.n_bodies, 3))
        rotations = np.array(crystal.rotations)
        if turning.any():
            turns = drawn_turns(kappa_kt, int(turning.sum()), rng)
            rotations[turning] = turns @ rotations[turning]
        moved = Crystal(
            name=crystal.name,
            cell_nm=crystal.cell_nm,
            fractions=crystal.fractions + shifts @ inverse,
            rotations=rotations,
            kinds=crystal.kinds,
        )
        found.append(energy_gradient(matter, moved).energy_kt)
    return np.array(found)


def drawn_turns(kappa_kt: float, n: int, rng: np.random.Generator) -> FloatArray:
    r"""Turns with the weight :math:`e^{-\kappa(1-\cos\theta)}` over all turns, as matrices of shape (n, 3, 3).

    Parameters
    ----------
    kappa_kt
        Strength of the spring [kT].
    n
        How many.
    rng
        Where they come from.

    Examples
    --------
    >>> from assembly.free_energy.einstein import spring_mean_kt
    >>> turns = drawn_turns(5.0, 40_000, np.random.default_rng(1))
    >>> cosines = (np.trace(turns, axis1=1, axis2=2) - 1) / 2
    >>> bool(abs(5 * (1 - cosines).mean() - spring_mean_kt(5.0)) < 0.02)
    True
    """
    # As far as the weight reaches and no farther: strong springs leave turns that are small beside a share of pi.
    angles = np.linspace(0, min(math.pi, _WIDTHS / math.sqrt(max(kappa_kt, 1.0))), _ANGLES)
    lost = 2 * np.sin(angles / 2) ** 2
    density = lost * np.exp(-kappa_kt * lost)
    total = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    drawn = np.interp(rng.random(n), total / total[-1], angles)
    axes = rng.normal(size=(n, 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    return np.asarray(Rotation.from_rotvec(drawn[:, None] * axes).as_matrix())
