"""Energy of two coated nanocrystals in any pose, given their geometry and laws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.pair_energy import PairEnergy
from packing.particles import Environment
from packing.pose.approach import Approach, closest_approach
from packing.pose.cores import CoreSurface, core_energy
from packing.pose.facets import FacetCurves, facing_facets_kt, side_of
from packing.pose.facing import Facing
from packing.pose.laws import FACETS_END_NM, CoatedBody, Curves, rims_end_nm
from packing.pose.poses import Poses, facing_poses, read_poses, reversed_poses
from packing.pose.rims import RoundParts, round_parts_kt
from packing.pose.shells import ShellContact
from packing.shapes import Sphere

FloatArray = NDArray[np.float64]

# Cores nearer than this are in contact: no law of ligands says anything there.
CORE_CONTACT_NM = 0.1
_POSES_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PoseEnergy:
    """Energy of two coated nanocrystals in any pose. Build it with `packing.pose.pose_energy`.

    Parameters
    ----------
    first, second
        The bodies.
    environment
        What is around them.
    facing
        Gap and depth of the best contact face to face.
    hamaker_j
        Hamaker constant [J] of the cores across what fills the gap; negative where they repel.
    contact
        What acts between the shells.
    parts
        The shells' geometry: thickness on facets, rims and corners.
    surfaces
        The cores' surfaces for their van der Waals sum.
    core_scale
        Factor on that sum against the logarithm of the gap.
    curves, facets
        Energy per area by kind of place, and of two facets.
    like
        The facing pair, if the two bodies are equal.
    """

    first: CoatedBody
    second: CoatedBody
    environment: Environment
    facing: Facing
    hamaker_j: float
    contact: ShellContact
    parts: tuple[RoundParts, RoundParts]
    surfaces: tuple[CoreSurface, CoreSurface]
    core_scale: tuple[FloatArray, FloatArray]
    curves: Curves
    facets: FacetCurves
    like: PairEnergy | None

    @property
    def touch_nm(self) -> float:
        """Gap between the cores at which the shells touch face to face [nm]."""
        return sum(part.facing_height_nm for part in self.parts)

    @property
    def is_of_spheres(self) -> bool:
        """Whether both bodies are spheres."""
        return all(isinstance(body.nanocrystal.shape, Sphere) for body in (self.first, self.second))

    def facing_energy_kt(self, gap_nm: ArrayLike) -> FloatArray:
        """Energy [kT] of aligned cores face to face, at gaps [nm]; of equal bodies that of `packing.pair_energy`."""
        if self.like is not None:
            return self.like.energy_kt(gap_nm)
        gap = np.asarray(gap_nm, dtype=np.float64)
        return self.energy_kt(*self.facing_poses(gap.ravel())).reshape(gap.shape)

    def facing_poses(self, gap_nm: ArrayLike) -> Poses:
        """Displacements (n, 3) [nm] and rotation matrices (n, 3, 3) of contacts face to face at gaps [nm]."""
        return facing_poses(self.first.nanocrystal.shape, self.second.nanocrystal.shape, gap_nm)

    def energy_kt(self, displacement_nm: ArrayLike, orientation: ArrayLike) -> FloatArray:
        """Energy [kT] of poses, shape (n,), against the bodies far apart; +inf where the cores touch or overlap.

        Parameters
        ----------
        displacement_nm
            Centre of the second minus centre of the first [nm], in the body frame of the first, shape (n, 3).
        orientation
            Scalar-first quaternions that turn the second's body frame into the first's, shape (n, 4), or rotation
            matrices, shape (n, 3, 3).

        Raises
        ------
        InputError
            For arrays of other shapes.
        """
        poses = read_poses(displacement_nm, orientation)
        if self.is_of_spheres and self.like is not None:
            gap = np.linalg.norm(poses[0], axis=1) - self.like.core_nm
            near = gap < CORE_CONTACT_NM
            return np.where(near, np.inf, self.like.energy_kt(np.where(near, 1.0, gap)))
        approach = self.approach(poses)
        energy = np.full(len(poses[0]), np.inf)
        apart = np.flatnonzero(approach.gap_nm >= CORE_CONTACT_NM)
        for part in np.array_split(apart, max(1, len(apart) // _POSES_AT_ONCE)):
            some = poses[0][part], poses[1][part]
            here = Approach(approach.gap_nm[part], approach.direction[part])
            energy[part] = self.cores_kt(some, here) + self.facets_kt(some, here) + self.rims_kt(some, here)
        return energy

    def parts_kt(self, displacement_nm: ArrayLike, orientation: ArrayLike) -> dict[str, FloatArray]:
        """The energy's parts [kT]: van der Waals of the cores, shells on facets, shells on rims and corners."""
        poses = read_poses(displacement_nm, orientation)
        here = self.approach(poses)
        parts = {"cores": self.cores_kt, "facets": self.facets_kt, "rims": self.rims_kt}
        return {name: part(poses, here) for name, part in parts.items()}

    def core_gap_nm(self, displacement_nm: ArrayLike, orientation: ArrayLike) -> FloatArray:
        """Shortest distance between the cores' surfaces [nm]; 0 where they overlap."""
        return self.approach(read_poses(displacement_nm, orientation)).gap_nm

    def approach(self, poses: Poses) -> Approach:
        """Closest approach of the cores."""
        return closest_approach(self.parts[0].body, self.parts[1].body, *poses)

    def cores_kt(self, poses: Poses, approach: Approach) -> FloatArray:
        """Van der Waals energy of the cores [kT]."""
        scale = np.interp(np.log(np.maximum(approach.gap_nm, 1e-9)), *self.core_scale)
        return np.asarray(self.contact.core_kt * scale * core_energy(*self.surfaces, *poses))

    def facets_kt(self, poses: Poses, approach: Approach) -> FloatArray:
        """Energy of the shells where facets face facets [kT]."""
        first, second = self.parts
        if not len(first.body.normals) or not len(second.body.normals):
            return np.zeros(len(poses[0]))
        one = side_of(first.body, first.facet_height_nm, np.zeros((1, 3)), np.eye(3)[None])
        two = side_of(second.body, second.facet_height_nm, *poses)
        return facing_facets_kt(one, two, approach.direction, self.facets)

    def rims_kt(self, poses: Poses, approach: Approach) -> FloatArray:
        """Energy of the shells where rims, corners and caps face anything [kT]."""
        first, second = self.parts
        spheres = not len(first.body.normals) or not len(second.body.normals)
        end = FACETS_END_NM if spheres else rims_end_nm(self.contact)
        back = reversed_poses(poses)
        against = -np.einsum("nij,nj->ni", back[1], approach.direction)
        turned = tuple(zip(*self.curves, strict=True))
        forth_kt = round_parts_kt(first, second, poses, Approach(approach.gap_nm, approach.direction), self.curves, end)
        return forth_kt + round_parts_kt(second, first, back, Approach(approach.gap_nm, against), turned, end)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: the numbers and what they rest on."""
        return {
            "gap_nm": self.facing.gap_nm,
            "depth_kt": self.facing.depth_kt,
            "hamaker_j": self.hamaker_j,
            "touch_nm": self.touch_nm,
            "shell_nm": [dict(zip(("facet", "rim", "corner"), part.heights_nm, strict=True)) for part in self.parts],
        }
