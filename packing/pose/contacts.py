"""A contact in a few numbers: how deep, how far, and what is left of it when it slides, twists or tilts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from packing.pose.energy import PoseEnergy
from packing.pose.walks import MEETINGS, PoseLaw, facing_of, kept_parts, stop_gap_nm


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSummary:
    """A contact of two coated nanocrystals in a few numbers.

    Parameters
    ----------
    depth_kt
        Depth of the best contact face to face [kT]; 0 where nothing holds one.
    gap_nm
        Its gap between the cores [nm].
    kept
        Parts of the depth left at the best gap, by ``shift_0.25``, ``shift_0.5`` (of the longest edge), ``twist_45``
        and ``tilt_5`` (degrees).
    stop_gaps_nm
        Gaps at which bodies that meet head on stop [nm], by `packing.pose.walks.MEETINGS`.
    """

    depth_kt: float
    gap_nm: float
    kept: dict[str, float]
    stop_gaps_nm: dict[str, float]

    @property
    def edge_edge_gap_nm(self) -> float:
        """Gap at which two bodies stop that meet edge on [nm]."""
        return self.stop_gaps_nm["edge_edge"]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "depth_kt": self.depth_kt,
            "gap_nm": self.gap_nm,
            "kept": dict(self.kept),
            "edge_edge_gap_nm": self.edge_edge_gap_nm,
            "stop_gaps_nm": dict(self.stop_gaps_nm),
        }


def contact_summary(pose: PoseEnergy, energy_kt: PoseLaw | None = None) -> ContactSummary:
    """The contact of two bodies in a few numbers, by their pair energy or by a model of it.

    Parameters
    ----------
    pose
        The bodies and their energy.
    energy_kt
        Energy [kT] of displacements (n, 3) [nm] and scalar-first quaternions (n, 4) by a model, such as beads; None
        takes that of ``pose``.

    Examples
    --------
    >>> from packing.ligands import ligand
    >>> from packing.particles import Coating, Environment, Nanocrystal
    >>> from packing.pose import CoatedBody, pose_energy
    >>> from packing.shapes import Sphere
    >>> dots = Nanocrystal(material="PbS", shape=Sphere(diameter_nm=6.0))
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> dry = contact_summary(pose_energy(CoatedBody(dots, oleate), environment=Environment(medium="vacuum")))
    >>> round(dry.depth_kt), round(dry.kept["tilt_5"], 2)
    (29, 1.0)
    """
    scene = pose.scene(energy_kt)
    facing = pose.facing if energy_kt is None else facing_of(scene)
    return ContactSummary(
        depth_kt=facing.depth_kt,
        gap_nm=facing.gap_nm,
        kept=kept_parts(scene, facing),
        stop_gaps_nm={meeting: stop_gap_nm(scene, meeting) for meeting in MEETINGS},
    )
