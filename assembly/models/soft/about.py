"""What a person is told of the contacts of a plan: their numbers, and what of them is poorly known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assembly.models.soft.drying import DryingContact
from assembly.models.soft.species import Bodies
from assembly.spec import Dispersion
from packing.matter.media import medium
from packing.particles import Environment

Contacts = Mapping[tuple[int, int], DryingContact]

BEFORE, MEDIUM, DRY = "before", "medium", "dry"
"""Names of force fields: of a dispersion that is destabilised, in the medium, and at the end of drying."""
POOR_FIT_OF_DEPTH, POOR_FIT_KT = 0.1, 0.3


def all_contact_facts(
    bodies: Bodies, contacts: Contacts, dispersed: Contacts, states: Mapping[str, float]
) -> dict[str, dict[str, Any]]:
    """`contact_facts` of all contacts by name; ``dispersed`` are those of the dispersion before, or none.

    ``states`` are parts of the way to dry by name. Depths are in kT, gaps in nm.
    """
    about = {}
    for pair, contact in contacts.items():
        of_which = "" if len(bodies.species) == 1 else f", {_name(bodies, pair)}"
        if dispersed:
            about[BEFORE + of_which] = contact_facts(dispersed[pair], {MEDIUM: 0.0})[MEDIUM]
        about |= {name + of_which: facts for name, facts in contact_facts(contact, states).items()}
    return about


def contact_facts(contact: DryingContact, states: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """Plain data of a contact in the medium and at the end of ``states`` (parts of the way by name), real depths."""
    about = {}
    for name, pose, beads in zip((MEDIUM, DRY), contact.poses, contact.beads, strict=True):
        if name not in states:
            continue
        about[name] = {
            "predicted_gap_nm": pose.facing.gap_nm,
            "predicted_depth_kt": pose.facing.depth_kt,
            "gap_nm": contact.gap_nm(states[name]),
            "depth_kt": contact.depth_kt(states[name]),
            "is_capped": False,
            "rms_error_kt": beads.rms_kt,
            "n_held_out": beads.n_held_out,
        }
    return about


def contact_warnings(bodies: Bodies, contacts: Contacts) -> list[str]:
    """Where the beads follow the pair energy poorly."""
    notes = []
    for pair, contact in contacts.items():
        for where, pose, beads in zip((MEDIUM, DRY), contact.poses, contact.beads, strict=True):
            if beads.rms_kt > max(POOR_FIT_KT, POOR_FIT_OF_DEPTH * pose.facing.depth_kt):
                notes.append(
                    f"contacts ({_name(bodies, pair)}, {where}): the beads deviate from the pair energy by "
                    f"{beads.rms_kt:.2g} kT of {pose.facing.depth_kt:.3g} kT (rms over poses left out of the fit)"
                )
    return notes


def poor_medium_warnings(environment: Environment, before: Dispersion | None) -> list[str]:
    """What is left out in a poor solvent."""
    names = [environment.medium, *([before.environment.medium] if before else [])]
    return [
        f"contacts in {name}: shells also stick in a poor solvent, which the pair energy leaves out, so they are at "
        "least as deep as simulated, and a dispersion that sticks does so all the more"
        for name in dict.fromkeys(names)
        if medium(name).quality == "poor"
    ]


def _name(bodies: Bodies, pair: tuple[int, int]) -> str:
    names = [("", "partner")[i] or s.population.nanocrystal.material_name for i, s in enumerate(bodies.species)]
    return " - ".join(names[i] for i in pair)
