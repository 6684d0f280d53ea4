"""What a system must be before an engine sees it, and while it moves: one clear line instead of an engine's error."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from assembly.engines.session import UnstableError
from assembly.models.chains import ChainForceField, chain_of
from assembly.models.soft.pattern import bead_pattern
from assembly.spec import AssemblySpec
from assembly.system.protocol import Plan, Stage
from assembly.system.state import State, temperatures_kelvin
from assembly.system.system import KB_KJ_PER_MOL_K, MiePair, System, TablePair
from packing.configuration import wrap
from packing.errors import InputError
from packing.pair.energy import pair_energy
from packing.particles import Coating, Environment, Nanocrystal

SKIN_NM = 0.5
"""What an engine adds to a cutoff for its neighbour lists [nm], at least."""
HEAT_OF_STICKING = 8.0
"""Temperature over the bath's while bodies stick: three contacts of 8 kT are eight times the 3 kT of motion."""


def check_model(nanocrystal: Nanocrystal, coating: Coating, spec: AssemblySpec) -> None:
    """Check in milliseconds that a model can take a nanocrystal, before its force fields are made.

    Parameters
    ----------
    nanocrystal, coating, spec
        As in `assembly.assemble`.

    Raises
    ------
    InputError
        If the shape has no bead pattern (soft), or the ligand no chain (explicit-ligand).

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> sodium = Coating(ligand=ligand("Na+"), coverage_per_nm2=3.0)
    >>> check_model(dots, sodium, AssemblySpec(model="soft"))
    >>> check_model(dots, sodium, AssemblySpec(model="explicit-ligand"))
    Traceback (most recent call last):
    packing.errors.InputError: ligand 'na+' is an ion without a chain, which explicit-ligand cannot graft. Use soft.
    """
    if spec.model == "explicit-ligand":
        chain_of(coating.ligand, ChainForceField())
    if spec.model == "soft":
        gap_nm = pair_energy(nanocrystal, coating, Environment(medium="vacuum")).gap_nm
        bead_pattern(nanocrystal.shape, gap_nm)


def check_plan(plan: Plan) -> None:
    """Check the system at the start, and that its box stays large enough while it shrinks.

    Raises
    ------
    InputError
        As `check_system`, or if a later box is too small for the cutoff.
    """
    check_system(plan.system)
    n = len(plan.system.body_kind)
    shortest = float(plan.system.box[:3].min() / np.prod(plan.system.box[:3]) ** (1 / 3))
    for stage in plan.stages:
        if stage.fraction_end is None:
            continue
        edge = shortest * float((n * plan.periods_nm[stage.potential_end] ** 3 / stage.fraction_end) ** (1 / 3))
        pairs = plan.potentials.get(stage.potential_end, {})
        cutoff = max((p.cutoff_nm for p in pairs.values()), default=0.0)
        if edge < 2 * (cutoff + SKIN_NM):
            needed = np.ceil(n * (2 * (cutoff + SKIN_NM) / edge) ** 3)
            raise InputError(
                f"n_particles: {n} end in a box whose shortest edge is {edge:.1f} nm (stage {stage.name}), less than "
                f"twice the cutoff of {cutoff:.1f} nm. Use at least {needed:g}."
            )


def check_system(system: System) -> None:
    """Check that arrays fit each other, numbers are finite, the cutoff fits the box and bodies do not overlap.

    Raises
    ------
    InputError
        With the first thing that is wrong.
    """
    _check_arrays(system)
    lengths = system.box[:3]
    cutoff = max((pair.cutoff_nm for pair in system.pairs.values()), default=0.0)
    if cutoff > lengths.min() / 2:
        raise InputError(
            f"box: its shortest edge of {lengths.min():.3g} nm is less than twice the cutoff of {cutoff:.3g} nm. "
            "Use more particles or a lower density."
        )
    for (i, j), pair in system.pairs.items():
        if isinstance(pair, MiePair) and not (pair.sigma_nm > 0 and pair.n > pair.m > 0 and pair.cutoff_nm > 0):
            raise InputError(f"pairs: types {i} and {j} need sigma > 0, n > m > 0 and a cutoff, got {pair}.")
        if isinstance(pair, TablePair):
            _check_table(f"pairs: the table of types {i} and {j}", pair)
    _check_density(system)


def check_motion(system: System, state: State, stage: Stage, scale: float) -> None:
    """Check that bodies are not hotter than chance and sticking make them.

    Parameters
    ----------
    system, state, stage
        What moves, where it is, and how.
    scale
        Factor on all energies and the temperature.

    Raises
    ------
    UnstableError
        With the two temperatures.
    """
    t_trans, t_rot, _ = temperatures_kelvin(system, state)
    kelvin = system.kt_kj_mol / KB_KJ_PER_MOL_K * max(stage.kt_factors) * scale
    # A temperature of N bodies scatters by sqrt(2/3N); eight times that, and a factor two, is no chance. Contacts
    # so deep that everything is scaled set free more when bodies stick, until the bath has it.
    chance = 1 + 8 * np.sqrt(2 / (3 * max(len(system.body_kind), 1)))
    limit = (2 if scale == 1 else HEAT_OF_STICKING) * kelvin * chance
    if stage.ensemble != "limit" and max(t_trans, t_rot) > limit:
        raise UnstableError(f"bodies are at {t_trans:.0f} K (translation) and {t_rot:.0f} K (rotation)")


def _check_table(what: str, pair: TablePair) -> None:
    energy, force = np.asarray(pair.energy_kj_mol), np.asarray(pair.force_kj_mol_nm)
    if not 0 < pair.r_min_nm < pair.cutoff_nm:
        raise InputError(f"{what} needs 0 < r_min_nm < cutoff_nm, got {pair.r_min_nm:g} and {pair.cutoff_nm:g}.")
    if energy.ndim != 1 or len(energy) < 2 or energy.shape != force.shape:
        raise InputError(
            f"{what} needs as many forces as energies, at least two, got {force.shape} and {energy.shape}."
        )
    if not (np.isfinite(energy).all() and np.isfinite(force).all()) or energy[-1] != 0:
        raise InputError(f"{what} must be finite and end with an energy of zero, got {energy[-1]:g}.")


def _check_arrays(system: System) -> None:
    n, f = len(system.body_kind), len(system.free_types)
    shapes = {
        "box": (system.box, (6,)),
        "centres_nm": (system.centres_nm, (n, 3)),
        "orientations": (system.orientations, (n, 4)),
        "free_positions_nm": (system.free_positions_nm, (f, 3)),
        "particle_masses_amu": (system.particle_masses_amu, (len(system.particle_types),)),
    }
    for name, (array, shape) in shapes.items():
        if array.shape != shape:
            raise InputError(f"system: {name} must have shape {shape}, got {array.shape}.")
        if not np.all(np.isfinite(array)):
            raise InputError(
                f"system: {name} must be finite, got {np.count_nonzero(~np.isfinite(array))} that are not."
            )
    if n and (system.body_kind.min() < 0 or system.body_kind.max() >= len(system.bodies)):
        raise InputError(f"system: body_kind must index its {len(system.bodies)} bodies.")
    if not np.all(system.box[:3] > 0):
        raise InputError(f"system: box lengths must be positive, got {system.box[:3].tolist()}.")


def _check_density(system: System) -> None:
    if len(system.centres_nm) < 2:
        return
    lengths = system.box[:3]
    inside = np.array([kind.shape.inradius_nm for kind in system.bodies])[system.body_kind]
    points = np.mod(wrap(system.centres_nm, system.box), lengths) if not np.any(system.box[3:]) else system.centres_nm
    tree = cKDTree(points, boxsize=None if np.any(system.box[3:]) else lengths)
    pairs = tree.query_pairs(2 * float(inside.max()), output_type="ndarray")
    if not len(pairs):
        return
    away = points[pairs[:, 1]] - points[pairs[:, 0]]
    away -= lengths * np.round(away / lengths)
    room = np.linalg.norm(away, axis=1) - inside[pairs].sum(axis=1)
    if room.min() < 0:
        i, j = pairs[int(np.argmin(room))]
        raise InputError(
            f"start: too dense, bodies {i} and {j} overlap by at least {-room.min():.3g} nm. "
            "Use a larger box or place them apart."
        )
