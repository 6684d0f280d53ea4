"""A contact in a few numbers and a picture: how deep, how far, what is left when it slides, twists or tilts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.errors import InputError
from packing.pose.energy import PoseEnergy
from packing.pose.poses import facing_poses, quaternions
from packing.pose.walks import MEETINGS, PoseLaw, Way, energies_along_kt, facing_of, kept_parts, stop_gap_nm

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STEPS: dict[Way, tuple[str, tuple[float, ...]]] = {
    "shift": ("shift along an edge [edge]", tuple(np.linspace(0.0, 1.0, 11).round(3))),
    "twist": ("twist about the normal [deg]", tuple(np.linspace(0.0, 45.0, 7))),
    "tilt": ("tilt [deg]", (0.0, 1.0, 2.0, 3.5, 5.0, 7.5, 10.0, 15.0, 20.0)),
}


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


def draw_contact(
    pose: PoseEnergy, models: Mapping[str, PoseLaw] | None = None, axes: Sequence[Axes] | None = None
) -> list[Axes]:
    """Draw the energy of a contact against its gap, and at the best gap against shift, twist and tilt.

    The left scale is in kT, the right one in parts of the pair energy's depth.

    Parameters
    ----------
    pose
        The pair energy of the poses.
    models
        Models of it to draw beside, by name: energies [kT] of displacements [nm] and scalar-first quaternions.
    axes
        Four axes; None makes a figure.

    Raises
    ------
    InputError
        For another number of axes.
    """
    if axes is None:
        import matplotlib.pyplot as plt

        axes = list(plt.subplots(2, 2, figsize=(9.0, 6.5), layout="constrained")[1].flat)
    if len(axes) != 4:
        raise InputError(f"axes must be four, got {len(axes)}. Give one each for gap, shift, twist and tilt.")
    laws: dict[str, PoseLaw] = {"pair energy": pose.energy_kt, **(models or {})}
    for number, (label, law) in enumerate(laws.items()):
        style: dict[str, Any] = {"color": f"C{number}", "label": label, "lw": 1.2 if number else 2.0}
        if number:
            style["marker"] = "."
        scene = pose.scene(law)
        facing = pose.facing if number == 0 else facing_of(scene)
        gap = np.linspace(0.65, 1.6, 60) * pose.facing.gap_nm
        shift, turn = facing_poses(*scene.shapes, gap)
        axes[0].plot(gap, law(shift, quaternions(turn)), **style)
        for ax, (way, (_, steps)) in zip(axes[1:], _STEPS.items(), strict=True):
            ax.plot(steps, energies_along_kt(scene, facing, way, steps), **style)
    labels = ["gap between cores [nm]", *(text for text, _ in _STEPS.values())]
    for ax, text in zip(axes, labels, strict=True):
        _dress(ax, text, pose.facing.depth_kt)
    axes[0].legend()
    return list(axes)


def _dress(ax: Axes, label: str, depth_kt: float) -> None:
    ax.axhline(0, color="0.7", lw=0.8, zorder=0)
    ax.set(xlabel=label, ylabel="energy [kT]")
    if depth_kt > 0:
        ax.set_ylim(-1.15 * depth_kt, 0.6 * depth_kt)

        def part(energy: ArrayLike) -> NDArray[np.float64]:
            return np.asarray(energy, dtype=np.float64) / depth_kt

        def whole(parts: ArrayLike) -> NDArray[np.float64]:
            return np.asarray(parts, dtype=np.float64) * depth_kt

        ax.secondary_yaxis("right", functions=(part, whole)).set_ylabel("in parts of the depth")
