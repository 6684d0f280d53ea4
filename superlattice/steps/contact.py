"""The contact of a study: what a pair of its nanocrystals gains, and keeps when it slides, twists or tilts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packing.errors import InputError
from packing.matter.media import medium
from packing.particles import Environment
from packing.pose.building import pose_energy
from packing.pose.contacts import ContactSummary, contact_summary
from packing.pose.drawing import draw_contact
from packing.pose.energy import PoseEnergy
from packing.pose.laws import CoatedBody
from superlattice.pictures.figures import new_figure, write_figure
from superlattice.study.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactResult:
    """Contacts by pair and state, such as ``"CsPbBr3 - CsPbBr3"`` and ``"toluene"``; ``notes`` says what has none."""

    poses: Mapping[tuple[str, str], PoseEnergy]
    contacts: Mapping[tuple[str, str], ContactSummary]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data: by pair, then by state."""
        data: dict[str, Any] = {}
        for (pair, state), contact in self.contacts.items():
            data.setdefault(pair, {})[state] = contact.to_dict()
        return {"contacts": data, "notes": list(self.notes)}

    def summary(self) -> str:
        """A table for people."""
        columns = ("depth [kT]", "gap [nm]", "shift 1/4", "shift 1/2", "twist 45", "tilt 5", "edge on [nm]")
        head = f"  {'pair':<24} {'state':<10}" + "".join(f"{name:>14}" for name in columns)
        lines = ["what a contact gains, and the part of it that is left:", "", head]
        for (pair, state), c in self.contacts.items():
            kept = [f"{c.kept[key]:.2f}" for key in ("shift_0.25", "shift_0.5", "twist_45", "tilt_5")]
            numbers = [f"{c.depth_kt:.3g}", f"{c.gap_nm:.2f}", *kept, f"{c.edge_edge_gap_nm:.2f}"]
            lines.append(f"  {pair:<24} {state:<10}" + "".join(f"{number:>14}" for number in numbers))
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])

    def save_figures(self, folder: Path) -> list[Path]:
        """Draw each contact against gap, shift, twist and tilt; paths of the PNG files."""
        written = []
        for (pair, state), pose in self.poses.items():
            figure = new_figure(9.0, 6.5)
            draw_contact(pose, axes=list(figure.subplots(2, 2).flat))
            figure.suptitle(f"{pair}, {state}")
            path = folder / f"contact_{pair.replace(' - ', '_')}_{state}.png"
            write_figure(path, figure)
            written.append(path)
        return written


def contact_study(study: Study) -> ContactResult:
    """The contacts of a study: of its nanocrystals, of its partners, and of one with the other; in the medium and dry.

    Parameters
    ----------
    study
        Without an exchange.

    Raises
    ------
    InputError
        If the study has an exchange, which makes it two.

    Examples
    --------
    >>> spheres = {"material": "PbS", "shape": "sphere", "diameter_nm": 6.0}
    >>> study = Study.from_data({"nanocrystal": spheres, "ligand": {"name": "oleate"}}, source="example")
    >>> found = contact_study(study)
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
    return ContactResult(poses=poses, contacts=contacts, notes=tuple(notes))
