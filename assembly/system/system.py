"""`System`: what is simulated, in engine-neutral terms.

Units, said once for both engines: nm, kJ/mol, amu, so the time unit is exactly ps (1 kJ/mol = 1 amu nm^2/ps^2).
Temperatures enter as kT in kJ/mol. Quaternions are scalar first; body frames are principal frames of inertia.

Particle order (the same in both engines): the centre of every body, then the beads of body 0, body 1, ...,
then the free particles (beads of ligand chains).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from packing.shapes import Shape

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

KB_KJ_PER_MOL_K = 0.00831446261815324


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BodyKind:
    """A kind of rigid body: a centre that carries its mass and inertia, and beads fixed to it.

    ``mass_amu`` and ``inertia_amu_nm2`` (principal moments, shape (3,)) are those of the whole body.
    ``centre_type`` is the particle type of its centre and of nothing else.
    ``bead_types`` (n,) index `System.particle_types`; ``bead_positions_nm`` (n, 3) are in the body frame.
    ``bead_masses_amu`` (n,), the rest being on the centre, give the same mass and inertia in an engine that sums over
    beads; `assembly.system.bodies.rigid_body` makes them. A body without beads (hard shapes) has none.
    """

    name: str
    shape: Shape
    mass_amu: float
    inertia_amu_nm2: FloatArray
    centre_type: int
    bead_types: IntArray
    bead_positions_nm: FloatArray
    bead_masses_amu: FloatArray = field(default_factory=lambda: np.zeros(0))
    hard_shape: Shape | None = None  # of a hard body: its core and ligand shell, ``shape`` being the core alone


@dataclass(frozen=True, slots=True, kw_only=True)
class MiePair:
    """Mie pair potential between two particle types, cut and shifted to zero at ``cutoff_nm``.

    U(r) = C eps [ (sigma/r')^n - (sigma/r')^m ], r' = r - shift_nm,
    C = n/(n-m) (n/m)^(m/(n-m)); n = 12, m = 6 is Lennard-Jones. ``cutoff_nm`` is on r. With the cutoff at the
    minimum it is purely repulsive (WCA).
    """

    epsilon_kj_mol: float
    sigma_nm: float
    n: float = 12.0
    m: float = 6.0
    shift_nm: float = 0.0
    cutoff_nm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TablePair:
    """Tabulated pair potential: energy [kJ/mol] and force -dU/dr on an even grid from ``r_min_nm`` to ``cutoff_nm``.

    Between points it is the cubic through energies and forces; below ``r_min_nm`` it goes on as a straight line. The
    last energy is zero.
    """

    r_min_nm: float
    cutoff_nm: float
    energy_kj_mol: FloatArray
    force_kj_mol_nm: FloatArray


PairPotential = MiePair | TablePair


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmonicBond:
    """U = k/2 (r - r0)^2, k in kJ/mol/nm^2."""

    k_kj_mol_nm2: float
    r0_nm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CosineSquaredAngle:
    """U = k/2 (cos t - cos t0)^2, k in kJ/mol, t0 in degrees (Martini's angle)."""

    k_kj_mol: float
    t0_deg: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class System:
    """Bodies of beads, free particles, topology, force field and box.

    Raises
    ------
    InputError
        If two kinds of bodies share the type of their centres, or something else has it.
    """

    box: FloatArray
    particle_types: tuple[str, ...]
    particle_masses_amu: FloatArray  # per type; used for free particles only
    bodies: tuple[BodyKind, ...]
    body_kind: IntArray  # (B,) index into bodies
    centres_nm: FloatArray  # (B, 3)
    orientations: FloatArray  # (B, 4)
    free_types: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # (F,)
    free_positions_nm: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))
    pairs: dict[tuple[int, int], PairPotential] = field(default_factory=dict)  # (i <= j) by type; missing = none
    bond_types: tuple[HarmonicBond, ...] = ()
    bonds: IntArray = field(default_factory=lambda: np.zeros((0, 3), dtype=np.int64))  # (type, i, j) particle index
    angle_types: tuple[CosineSquaredAngle, ...] = ()
    angles: IntArray = field(default_factory=lambda: np.zeros((0, 4), dtype=np.int64))  # (type, i, j, k)
    kt_kj_mol: float = 300.0 * KB_KJ_PER_MOL_K
    seed: int = 1
    hard_bodies: bool = False  # bodies are hard shapes without beads, moved by Monte Carlo (HOOMD only)

    def __post_init__(self) -> None:
        # HOOMD knows a kind of body by the type of its centre: kinds that share one would all get the last one's beads.
        centres = [kind.centre_type for kind in self.bodies]
        others = {int(t) for types in (self.free_types, *(kind.bead_types for kind in self.bodies)) for t in types}
        if len(set(centres)) < len(centres) or others & set(centres):
            raise InputError(
                f"bodies: every kind must have a centre type that nothing else has, got centre types {centres}. "
                "Give each kind a particle type of its own."
            )
