"""The contact of a study: what a pair of its nanocrystals gains, and keeps when it slides, twists or tilts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assembly.models.soft.contacts import drying_contact
from assembly.models.soft.held_out import FitError, held_out_error
from packing.errors import InputError
from packing.matter.media import medium
from packing.particles import Environment
from packing.pose.building import pose_energy
from packing.pose.contacts import ContactSummary, contact_summary
from packing.pose.drawing import draw_contact
from packing.pose.energy import PoseEnergy
from packing.pose.laws import CoatedBody
from packing.pose.walks import PoseLaw
from superlattice.pictures.figures import new_figure, write_figure
from superlattice.study.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class BeadSummary:
    """The same contact by the beads of ``model = "soft"``, and how far they are off in poses that were not fitted."""

    contact: ContactSummary
    error: FitError
    law: PoseLaw

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        error = self.error
        numbers = {"rms_kt": error.rms_kt, "rms_over_depth": error.rms_of_depth, "n_poses": error.n_poses}
        return {**self.contact.to_dict(), **numbers, "dry_chains": "melt"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactResult:
    """Contacts by pair and state, such as ``"CsPbBr3 - CsPbBr3"`` and ``"toluene"``; ``notes`` says what has none."""

    poses: Mapping[tuple[str, str], PoseEnergy]
    contacts: Mapping[tuple[str, str], ContactSummary]
    beads: Mapping[tuple[str, str], BeadSummary]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data: by pair, then by state."""
        data: dict[str, Any] = {}
        for (pair, state), contact in self.contacts.items():
            data.setdefault(pair, {})[state] = contact.to_dict()
            if (pair, state) in self.beads:
                data[pair][state]["beads"] = self.beads[pair, state].to_dict()
        return {"contacts": data, "notes": list(self.notes)}

    def summary(self) -> str:
        """A table for people."""
        columns = ("depth [kT]", "gap [nm]", "shift 1/4", "shift 1/2", "twist 45", "tilt 5", "edge on [nm]")
        head = f"  {'pair':<24} {'state':<10}" + "".join(f"{name:>14}" for name in columns)
        lines = ["what a contact gains, and the part of it that is left:", "", head]
        for (pair, state), c in self.contacts.items():
            lines.append(f"  {pair:<24} {state:<10}" + _numbers(c))
            if (beads := self.beads.get((pair, state))) is not None:
                lines.append(f"  {'  by the beads of soft':<24} {'':<10}" + _numbers(beads.contact))
        if self.beads:
            lines += ["", "beads of soft in poses that were not fitted, rms from the pair energy (dry: of a melt):"]
            lines += [f"  {pair:<24} {state:<10} {_error(b.error)}" for (pair, state), b in self.beads.items()]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])

    def save_figures(self, folder: Path) -> list[Path]:
        """Draw each contact against gap, shift, twist and tilt; paths of the PNG files."""
        written = []
        for (pair, state), pose in self.poses.items():
            figure = new_figure(9.0, 6.5)
            models = {"beads of soft": self.beads[pair, state].law} if (pair, state) in self.beads else None
            draw_contact(pose, models, axes=list(figure.subplots(2, 2).flat))
            figure.suptitle(f"{pair}, {state}")
            path = folder / f"contact_{pair.replace(' - ', '_')}_{state}.png"
            write_figure(path, figure)
            written.append(path)
        return written


def _numbers(c: ContactSummary) -> str:
    kept = (c.kept[key] for key in ("shift_0.25", "shift_0.5", "twist_45", "tilt_5"))
    numbers = ["-" if math.isnan(x) else f"{x:.2f}" for x in (c.gap_nm, *kept, c.edge_edge_gap_nm)]
    return "".join(f"{number:>14}" for number in (f"{c.depth_kt:.3g}", *numbers))


def _error(error: FitError) -> str:
    """In words; of a contact that nothing holds a part of the depth says nothing."""
    part = f"{error.rms_of_depth:.1%} of the depth" if error.rms_of_depth < 1 else "more than the depth"
    return f"{error.rms_kt:.2g} kT, {part}, {error.n_poses} poses"


def _unstopped(contact: ContactSummary, beads: ContactSummary) -> str:
    """What beads let through that the pair energy stops, in words; empty if nothing."""
    through = [
        meeting.replace("_", " on ")
        for meeting, gap in contact.stop_gaps_nm.items()
        if not math.isnan(gap) and math.isnan(beads.stop_gaps_nm[meeting])
    ]
    if not through:
        return ""
    return (
        f"by the beads nothing stops bodies that meet {', '.join(through)} before their cores touch, where the pair "
        "energy does. In crystals facets meet; what edges and corners do in a gel of these is not to be believed"
    )


def contact_study(study: Study, *, with_beads: bool = True) -> ContactResult:
    """The contacts of a study: of its nanocrystals, of its partners, and of one with the other; in the medium and dry.

    Parameters
    ----------
    study
        Without an exchange.
    with_beads
        Whether to fit the beads of ``model = "soft"`` too, some seconds for each contact of cuboids.

    Raises
    ------
    InputError
        If the study has an exchange, which makes it two.

    Examples
    --------
    >>> spheres = {"material": "PbS", "shape": "sphere", "diameter_nm": 6.0}
    >>> study = Study.from_data({"nanocrystal": spheres, "ligand": {"name": "oleate"}}, source="example")
    >>> found = contact_study(study, with_beads=False)
    >>> [state for _, state in found.contacts]
    ['toluene', 'dry']
    """
    if study.exchange is not None:
        raise InputError("contact: [exchange] makes it two studies, before and after. Give each its own file.")
    bodies = {study.nanocrystal.material: CoatedBody(study.nanocrystal.build(), study.ligand.build())}
    if study.partner is not None:
        name = study.partner.material
        bodies[name if name not in bodies else f"{name} (partner)"] = CoatedBody(
            study.partner.build(), study.partner.ligand.build()
        )
    around = study.build_environment()
    states = {around.medium: around}
    if medium(around.medium).quality != "dry":
        states["dry"] = Environment(medium="vacuum", temperature_kelvin=around.temperature_kelvin)
    names = list(bodies)
    poses: dict[tuple[str, str], PoseEnergy] = {}
    contacts: dict[tuple[str, str], ContactSummary] = {}
    beads: dict[tuple[str, str], BeadSummary] = {}
    notes: list[str] = []
    for i, first in enumerate(names):
        for second in names[i:]:
            pair = f"{first} - {second}"
            for state, environment in states.items():
                try:
                    pose = pose_energy(bodies[first], bodies[second], environment=environment)
                except InputError as error:
                    notes.append(f"{pair}, {state}: {error}")
                    continue
                poses[pair, state], contacts[pair, state] = pose, contact_summary(pose)
                if not contacts[pair, state].depth_kt:
                    notes.append(f"{pair}, {state}: nothing holds a contact, the shells only push")
            if with_beads and all((pair, state) in poses for state in states):
                try:
                    of_soft = _bead_summaries(bodies[first], bodies[second], around)
                except InputError as error:
                    notes.append(f"{pair}, beads: {error}")
                    continue
                for state, one in zip(states, of_soft, strict=False):
                    beads[pair, state] = one
                    if through := _unstopped(contacts[pair, state], one.contact):
                        notes.append(f"{pair}, {state}: {through}")
    return ContactResult(poses=poses, contacts=contacts, beads=beads, notes=tuple(notes))


def _bead_summaries(first: CoatedBody, second: CoatedBody, around: Environment) -> list[BeadSummary]:
    """In the medium and dry."""
    contact = drying_contact(first, None if first == second else second, around)
    return [
        BeadSummary(
            contact=contact_summary(pose, fitted.energy_kt),
            error=held_out_error(pose, fitted),
            law=fitted.energy_kt,
        )
        for pose, fitted in zip(contact.poses, contact.beads, strict=True)
    ]
