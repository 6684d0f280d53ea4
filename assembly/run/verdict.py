"""What a ligand does, as a run shows it: orders by crowding, crystallises, sticks, or does not order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from assembly.run.contacts import CONTACT_PART, Contacts, contacts_of
from assembly.run.run_files import RunFiles
from assembly.system.protocol import CROWDED, DISPERSED, Plan
from packing.configuration import Configuration
from packing.shapes import Cuboid

ORDERED = 0.9
"""Cubatic order from which cubes count as ordered."""
HELD_KT = 1.0
"""Pairs that gain less are no contact, however shallow the best one is."""
AGGREGATED = 0.5
"""Share of the particles that have a contact, or are in one cluster, from which on a dispersion counts as held."""
LEAST_THERMAL_TIMES = 1.0
"""A dispersion left alone for less than a flight past a particle's own size tells nothing: few have met."""
LEAST_MADE = 0.1
"""Contacts made per particle from which on a dispersion that lets go of few of them is no dispersion for long."""
REVERSIBLE = 0.2
"""Contacts broken over contacts made from which on they count as reversible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the ligand does in a run of ``soft``, and the numbers that show it.

    Parameters
    ----------
    word
        ``"orders by crowding"``, ``"orders while drying"``, ``"crystallises"``, ``"sticks: aligned"``,
        ``"sticks: gel"``, ``"does not order"``, or ``"undecided"`` of a run too short to tell, or of
        contacts in a poor solvent, known only to be at least so deep, that do not stick. Where nothing crowded
        or dried it also ``"sticks: clusters"``, as long as they have not met, and ``"stays dispersed"``.
    depth_kt
        Deepest contact in the medium [kT].
    thermal_times
        How long the dispersion was left alone, over the time in which a particle flies past its own size.
    dispersed_fraction, crowded_fraction
        Effective packing fractions of the dispersion and of the crowded one.
    dispersed
        Contacts in the dispersion.
    dispersed_order, crowded_order, dry_order
        Cubatic order at the end of each; crowded, contacts may have deepened to at most 4 kT.
    crowded_sc, dry_sc
        Parts of the cubes with a neighbour along all six axes.

    What was not done is None: a dispersion that is only destabilised is neither crowded nor dried.
    """

    word: str
    depth_kt: float
    thermal_times: float
    dispersed_fraction: float
    crowded_fraction: float | None
    dispersed: Contacts
    dispersed_order: float
    crowded_order: float | None
    crowded_sc: float | None
    dry_order: float | None
    dry_sc: float | None

    @property
    def broken_of_made(self) -> float | None:
        """Ratio of contacts broken to contacts made in the dispersion; None where none was made."""
        made = self.dispersed.made_per_particle
        return self.dispersed.broken_per_particle / made if made else None

    def sentence(self) -> str:
        """For people, in one sentence with the numbers it rests on."""
        found, sizes = self.dispersed, self.dispersed.cluster_sizes
        ratio = self.broken_of_made
        reversible = "" if ratio is None else f", {ratio:.0%} of those made were broken again"
        left = (
            f"left alone at a packing fraction of {self.dispersed_fraction:.2f}: {found.per_particle[-1]:.1f} contacts "
            f"a particle{reversible}, {len(sizes)} clusters, the largest of {sizes[0]}"
        )
        later = (
            ""
            if self.crowded_order is None
            else f", {self.crowded_order:.2f} crowded to {self.crowded_fraction:.2f}, {self.dry_order:.2f} dry at zero "
            "pressure"
        )
        return (
            f"{self.word}: contacts in the medium are {self.depth_kt:.2g} kT deep; {left}; cubatic order "
            f"{self.dispersed_order:.2f} there{later}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "broken_of_made": self.broken_of_made, "sentence": self.sentence()}


def verdict_of(plan: Plan, files: RunFiles) -> Verdict | None:
    """The verdict of a finished run; None of a plan without such stages, or without a cuboid.

    Parameters
    ----------
    plan
        What was run.
    files
        Its frames and log.
    """
    names = [stage.name for stage in plan.stages]
    if DISPERSED not in names or not any(isinstance(kind.shape, Cuboid) for kind in plan.system.bodies):
        return None
    log = files.log
    # A run may have crowded its particles more than once: the last time counts.
    alone = names.index(DISPERSED)
    crowded = max((i for i, name in enumerate(names) if name == CROWDED and i in log["stage"]), default=None)
    stage = plan.stages[alone]
    potential, kt = stage.potential_end, plan.system.kt_kj_mol * plan.scales.get(stage.potential_end, 1.0)
    depth = max(c["depth_kt"] for name, c in plan.facts["contacts"].items() if name.startswith(potential))
    contacts = contacts_of(
        _frames_of(files.frames, log, alone),
        plan.system,
        plan.potentials[potential],
        -max(CONTACT_PART * depth, HELD_KT) * kt,
    )
    ends = [int(np.flatnonzero(log["stage"] == i)[-1]) for i in (alone, crowded) if i is not None]
    ends += [] if crowded is None else [len(log["step"]) - 1]
    order = [float(np.mean(log["cubatic_order"][end - 2 : end + 1])) for end in ends]
    crowded_order, dry_order = (None, None) if crowded is None else order[1:]
    mass = min(kind.mass_amu for kind in plan.system.bodies)
    thermal_times = float(stage.n_steps * stage.timestep_ps / (plan.periods_nm[potential] * np.sqrt(mass / kt)))
    word = verdict_word(contacts, order[0], crowded_order, dry_order, thermal_times=thermal_times)
    # In a poor solvent shells stick too, which the pair energy leaves out: what does not stick here may well do so.
    if plan.facts.get("is_least_depth") and not word.startswith("sticks"):
        word = "undecided"
    return Verdict(
        word=word,
        depth_kt=float(depth),
        thermal_times=thermal_times,
        dispersed_fraction=float(log["packing_fraction"][ends[0]]),
        crowded_fraction=None if crowded is None else float(log["packing_fraction"][ends[1]]),
        dispersed=contacts,
        dispersed_order=order[0],
        crowded_order=crowded_order,
        crowded_sc=None if crowded is None else float(log["sc_fraction"][ends[1]]),
        dry_order=dry_order,
        dry_sc=None if crowded is None else float(log["sc_fraction"][-1]),
    )


def verdict_word(
    dispersed: Contacts,
    dispersed_order: float,
    crowded_order: float | None,
    dry_order: float | None,
    *,
    thermal_times: float,
) -> str:
    """The word for what is seen.

    Parameters
    ----------
    dispersed
        Contacts in a dispersion left alone.
    dispersed_order, crowded_order, dry_order
        Cubatic order there, when crowded, and dry (ratios, 1 is perfect); None where it was neither.
    thermal_times
        How long the dispersion was left alone, over the time in which a particle flies past its own size (a ratio).

    Examples
    --------
    >>> none = Contacts(
    ...     per_particle=(0.0, 0.0),
    ...     largest_cluster=(0.02, 0.02),
    ...     made_per_particle=0.0,
    ...     broken_per_particle=0.0,
    ...     cluster_sizes=(1, 1),
    ... )
    >>> verdict_word(none, 0.1, 0.97, 1.0, thermal_times=7.0), verdict_word(none, 0.1, 0.3, 0.4, thermal_times=7.0)
    ('orders by crowding', 'does not order')
    >>> verdict_word(none, 0.1, 0.97, 1.0, thermal_times=0.3)
    'undecided'
    """
    if thermal_times < LEAST_THERMAL_TIMES:
        return "undecided"
    n = max(sum(dispersed.cluster_sizes), 1)
    held = 1 - dispersed.cluster_sizes.count(1) / n
    is_reversible = dispersed.broken_per_particle >= REVERSIBLE * dispersed.made_per_particle
    if held >= AGGREGATED and not is_reversible and crowded_order is not None:
        return "sticks: aligned" if crowded_order > ORDERED else "sticks: gel"
    if dispersed.largest_cluster[-1] >= AGGREGATED and dispersed_order > ORDERED:
        return "crystallises"
    if crowded_order is None or dry_order is None:
        if dispersed.made_per_particle < LEAST_MADE or is_reversible:
            return "stays dispersed"
        if dispersed.largest_cluster[-1] < AGGREGATED:
            return "sticks: clusters"
        return "sticks: aligned" if dispersed_order > ORDERED else "sticks: gel"
    if crowded_order > ORDERED:
        return "orders by crowding"
    return "orders while drying" if dry_order > ORDERED else "does not order"


def _frames_of(frames: Sequence[Configuration], log: dict[str, Any], stage: int) -> list[Configuration]:
    steps = set(log["step"][log["stage"] == stage].astype(int).tolist())
    return [frame for frame in frames if frame.step in steps]


def order_warnings(plan: Plan, verdict: Verdict | None, end: Mapping[str, float]) -> list[str]:
    """What a person should know of cubes that did not order, from ``end``, the last row of the log; none of spheres.

    Returns
    -------
    list of str
        Sentences.
    """
    if not any(isinstance(kind.shape, Cuboid) for kind in plan.system.bodies):
        return []
    word = "" if verdict is None else verdict.word
    if word == "stays dispersed":
        return []
    if word.startswith("sticks") and word != "sticks: aligned":
        return [
            "the cubes stuck where they touched, and no order of theirs is an equilibrium: see what the ligand does"
        ]
    if end["cubatic_order"] < 0.9:
        return [
            f"the cubes did not order (cubatic order {end['cubatic_order']:.2f}): use a longer duration or another seed"
        ]
    if end["sc_fraction"] < 0.8:
        return [
            f"only {100 * end['sc_fraction']:.0f} % of the cubes have all six neighbours along their axes: the crystal "
            "has defects, or does not fit the periodic box. Try another seed or a longer duration"
        ]
    return []
