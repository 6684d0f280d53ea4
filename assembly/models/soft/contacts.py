"""The contacts of every two populations, fitted once and kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np

from assembly.models.soft.drying import DryingContact
from assembly.models.soft.fit import fit_contact
from assembly.models.soft.kept import kept_contact
from assembly.models.soft.pattern import bead_pattern
from assembly.spec import Dispersion
from assembly.system.bodies import Population
from packing.particles import Environment
from packing.pose import CoatedBody, PoseEnergy, pose_energy
from packing.surface.poses import quaternions


def dry_environment(environment: Environment) -> Environment:
    """The same temperature without a solvent: a Hamaker constant that was given is one across the medium given."""
    return environment if environment.medium == "vacuum" else replace(environment, medium="vacuum", hamaker_j=None)


@lru_cache(maxsize=64)
def pose_of(first: CoatedBody, second: CoatedBody | None, environment: Environment) -> PoseEnergy:
    """The pair energy; dry chains stick wherever they are pushed together, as beads do."""
    return pose_energy(first, second, environment=environment, dry_chains="melt")


def dry_gap_nm(body: CoatedBody, environment: Environment) -> float:
    """Gap of a nanocrystal to its like when dry [nm]."""
    return pose_of(body, None, dry_environment(environment)).facing.gap_nm


def drying_contact(first: CoatedBody, second: CoatedBody | None, environment: Environment) -> DryingContact:
    """Bead potentials between two populations, or of one with its like, in the medium and dry.

    They are those of the mean bodies: how far sizes spread about these is not in them, and makes no fit of its own.
    """
    return _between_means(_mean(first), None if second is None else _mean(second), environment)


def _mean(body: CoatedBody) -> CoatedBody:
    return replace(body, nanocrystal=replace(body.nanocrystal, size_spread=0.0))


def _unnamed(body: CoatedBody) -> CoatedBody:
    """What a fit depends on: chains of one length are the same to it whatever they are called and bind to."""
    chains = replace(body.coating.ligand, name="", source="", binds_to=())
    return replace(body, coating=replace(body.coating, ligand=chains))


@lru_cache(maxsize=64)
def _between_means(first: CoatedBody, second: CoatedBody | None, environment: Environment) -> DryingContact:
    dry = dry_environment(environment)
    bodies = (first, second or first)
    patterns = [bead_pattern(b.nanocrystal.shape, dry_gap_nm(b, environment)) for b in bodies]
    if second is None:
        patterns[1] = patterns[0]
    poses = [pose_of(first, second, around) for around in (environment, dry)]
    both = (patterns[0], patterns[1])
    fitted = [
        kept_contact(
            (_unnamed(first), second and _unnamed(second), around),
            both,
            both[0] is both[1],
            partial(fit_contact, pose, both, poses[1].facing.gap_nm),
        )
        for pose, around in zip(poses, (environment, dry), strict=True)
        if pose is poses[0] or poses[1] is not poses[0]
    ]
    return DryingContact(poses=(poses[0], poses[1]), beads=(fitted[0], fitted[-1]))


def all_contacts(populations: Sequence[Population], environment: Environment) -> dict[tuple[int, int], DryingContact]:
    """The contacts of all populations, by their indices, the lower first."""
    bodies = [CoatedBody(p.nanocrystal, p.coating) for p in populations]
    return {
        (i, j): drying_contact(bodies[i], bodies[j] if j > i else None, environment)
        for i in range(len(bodies))
        for j in range(i, len(bodies))
    }


def felt_kinds(population: int, *contacts: dict[tuple[int, int], DryingContact], state: int | None = None) -> set[int]:
    """Kinds of beads of a ``population`` (an index) that any contact feels; ``state`` 0 in the medium, 1 dry."""
    return {
        kinds[side]
        for some in contacts
        for key, contact in some.items()
        for kinds in (contact.kind_pairs if state is None else contact.beads[state].coefficients_kt)
        for side in (0, 1)
        if key[side] == population
    }


def dispersed_contacts(
    populations: Sequence[Population], contacts: dict[tuple[int, int], DryingContact], before: Dispersion
) -> dict[tuple[int, int], DryingContact]:
    """The same contacts in the dispersion before, by the beads that are there: nothing of them dries.

    Parameters
    ----------
    populations
        What they become.
    contacts
        Of what they become, which say where beads are, by the indices of two populations.
    before
        Coating and medium before.

    Returns
    -------
    dict of DryingContact
        By the indices of two populations.
    """
    bodies = [CoatedBody(p.nanocrystal, before.coating if i == 0 else p.coating) for i, p in enumerate(populations)]
    found = {}
    for (i, j), after in contacts.items():
        first, second = bodies[i], bodies[j] if j > i else None
        pose = pose_of(first, second, before.environment)
        gap, beads = after.poses[1].facing.gap_nm, after.beads[0]
        both = (beads.first, beads.second)
        fitted = kept_contact(
            (first, second, before.environment, gap), both, beads.is_like, partial(fit_contact, pose, both, gap)
        )
        found[i, j] = DryingContact(poses=(pose, pose), beads=(fitted, fitted))
    return found


def stiffest_mode_per_ps(contact: DryingContact, dryness: float, masses_amu: tuple[float, float], kt: float) -> float:
    """Fastest oscillation of a body held between two others [1/ps].

    Parameters
    ----------
    contact
        Of the two.
    dryness
        Part of the way from the medium to dry.
    masses_amu
        Their masses [amu].
    kt
        What a kT of the contact is in the simulation [kJ/mol].
    """
    pose = contact.poses[1]
    gap = contact.gap_nm(dryness)
    # As far in as a few kT go, where the wall is steeper.
    gaps = gap + np.linspace(-0.25, 0.15, 81)
    shift, turn = pose.facing_poses(gaps)
    energy = contact.energy_kt(dryness, np.asarray(shift), quaternions(turn))
    low = energy - energy.min() < max(4.0, 0.15 * contact.depth_kt(dryness))
    curvature = np.gradient(np.gradient(energy, gaps), gaps)[low].max()
    return math.sqrt(max(curvature, 1.0) * kt * sum(1 / m for m in masses_amu))
