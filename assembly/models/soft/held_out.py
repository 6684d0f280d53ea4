"""How well beads do on poses that they were not fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assembly.models.soft.contact import BeadContact
from assembly.models.soft.fit import REACHED_KT, gaps_inwards
from assembly.models.soft.poses import facet_lines, random_lines, walk
from packing.pose import PoseEnergy

FloatArray = NDArray[np.float64]

HELD_OUT = 500
"""Number of poses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitError:
    """How well beads do on poses they were not fitted to.

    Parameters
    ----------
    rms_kt, rms_of_depth
        Deviation over poses that thermal motion reaches (`REACHED_KT`) [kT], and in parts of the depth.
    n_poses
        How many there are.
    """

    rms_kt: float
    rms_of_depth: float
    n_poses: int


def held_out(pose: PoseEnergy, n: int = HELD_OUT, seed: int = 1001) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Random poses that thermal motion reaches, half of them contacts of facets, and their energies [kT].

    ``n`` is their number at most, ``seed`` that of the random ones.
    """
    rng = np.random.default_rng(seed)
    stops, found = 5, []
    for lines, inner in ((facet_lines, 0.7), (random_lines, 0.35)):
        ways = walk(pose, lines(pose, n // 6, rng), gaps_inwards(pose, n // 6, stops, inner, rng))
        keep = ways.reached(REACHED_KT) & np.isfinite(ways.energy_kt) & ~ways.is_added
        found.append([x[keep][: n // 2] for x in (ways.displacement_nm, ways.orientation, ways.energy_kt)])
    a, b, c = (np.concatenate(x) for x in zip(*found, strict=True))
    return a, b, c


def held_out_error(pose: PoseEnergy, contact: BeadContact, *, n: int = HELD_OUT, seed: int = 1001) -> FitError:
    """The error on ``n`` random poses of a ``seed`` (a number)."""
    displacement, orientation, energy = held_out(pose, n, seed)
    rms = float(np.sqrt(np.mean((contact.energy_kt(displacement, orientation) - energy) ** 2)))
    depth = pose.facing.depth_kt
    return FitError(rms_kt=rms, rms_of_depth=rms / depth if depth > 0 else np.inf, n_poses=len(energy))
