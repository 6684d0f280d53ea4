"""Pictures of a contact: its energy against gap, shift, twist and tilt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.errors import InputError
from packing.pose.energy import PoseEnergy
from packing.pose.walks import PoseLaw, Way, energies_along_kt, facing_of
from packing.surface.poses import facing_poses, quaternions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STEPS: dict[Way, tuple[str, tuple[float, ...]]] = {
    "shift": ("shift along an edge [edge]", tuple(np.linspace(0.0, 1.0, 11).round(3))),
    "twist": ("twist about the normal [deg]", tuple(np.linspace(0.0, 45.0, 7))),
    "tilt": ("tilt [deg]", (0.0, 1.0, 2.0, 3.5, 5.0, 7.5, 10.0, 15.0, 20.0)),
}


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
