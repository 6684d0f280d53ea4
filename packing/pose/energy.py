"""Energy of two coated nanocrystals in any pose, given their geometry and laws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_known
from packing.pair.energy import PairEnergy
from packing.particles import Environment
from packing.pose.facing import Facing
from packing.pose.laws import FACETS_END_NM, CoatedBody, ShellCurves, rims_end_nm
from packing.pose.walks import MEETINGS, PoseLaw, Scene, kept_parts, stop_gap_nm
from packing.shapes import Sphere
from packing.surface.approach import Approach, closest_approach
from packing.surface.cores import CoreSurface, core_energy
from packing.surface.facets import FacetCurves, facet_overlaps, facet_side
from packing.surface.poses import Poses, facing_poses, read_poses, reversed_poses
from packing.surface.rims import RoundParts, round_contacts
from packing.surface.shells import ShellContact

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
    curves: ShellCurves
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

    @property
    def follows_pair(self) -> bool:
        """Whether face to face it is `packing.pair.energy`: equal bodies, and chains that obey its law."""
        return self.like is not None and not self.contact.melt_modulus_kt_per_nm3

    def facing_energy_kt(self, gap_nm: ArrayLike) -> FloatArray:
        """Energy [kT] of aligned cores face to face, at gaps [nm]; of equal bodies that of `packing.pair.energy`.

        ``gap_nm`` is the gap between the cores [nm], any shape.
        """
        if self.like is not None and self.follows_pair:
            return self.like.energy_kt(gap_nm)
        gap = np.asarray(gap_nm, dtype=np.float64)
        return self.energy_kt(*self.facing_poses(gap.ravel())).reshape(gap.shape)

    def facing_poses(self, gap_nm: ArrayLike) -> Poses:
        """Displacements (n, 3) [nm] and rotation matrices (n, 3, 3) of contacts face to face at gaps [nm].

        ``gap_nm`` are gaps between the cores [nm], shape (n,).
        """
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
        if self.is_of_spheres and self.like is not None and self.follows_pair:
            gap = np.linalg.norm(poses[0], axis=1) - self.like.core_nm
            near = gap < CORE_CONTACT_NM
            return np.where(near, np.inf, self.like.energy_kt(np.where(near, 1.0, gap)))
        approach = self.approach(poses)
        energy = np.full(len(poses[0]), np.inf)
        apart = np.flatnonzero(approach.gap_nm >= CORE_CONTACT_NM)
        for part in np.array_split(apart, max(1, len(apart) // _POSES_AT_ONCE)):
            some = poses[0][part], poses[1][part]
            here = Approach(approach.gap_nm[part], approach.direction[part])
            energy[part] = self.cores_kt(some, here) + sum(self.shells_kt(some, here))
        return energy

    def parts_kt(self, displacement_nm: ArrayLike, orientation: ArrayLike) -> dict[str, FloatArray]:
        """The energy's parts [kT]: van der Waals of the cores, shells on facets, shells on rims and corners.

        ``displacement_nm`` and ``orientation`` are poses as `energy_kt` takes them.
        """
        poses = read_poses(displacement_nm, orientation)
        here = self.approach(poses)
        facets, rims = self.shells_kt(poses, here)
        return {"cores": self.cores_kt(poses, here), "facets": facets, "rims": rims}

    def core_gap_nm(self, displacement_nm: ArrayLike, orientation: ArrayLike) -> FloatArray:
        """Shortest distance between the cores' surfaces [nm]; 0 where they overlap.

        ``displacement_nm`` and ``orientation`` are poses as `energy_kt` takes them.
        """
        return self.approach(read_poses(displacement_nm, orientation)).gap_nm

    def approach(self, poses: Poses) -> Approach:
        """Closest approach of the cores."""
        return closest_approach(self.parts[0].body, self.parts[1].body, *poses)

    def cores_kt(self, poses: Poses, approach: Approach) -> FloatArray:
        """Van der Waals energy of the cores [kT]."""
        scale = np.interp(np.log(np.maximum(approach.gap_nm, 1e-9)), *self.core_scale)
        return np.asarray(self.contact.core_kt * scale * core_energy(*self.surfaces, *poses))

    def shells_kt(self, poses: Poses, approach: Approach) -> tuple[FloatArray, FloatArray]:
        """Energy of the shells [kT]: where facets face facets, and where rims, corners and caps face anything."""
        (first, second), n = self.parts, len(approach.gap_nm)
        end = FACETS_END_NM if first.is_sphere or second.is_sphere else rims_end_nm(self.contact)
        back = reversed_poses(poses)
        against = Approach(approach.gap_nm, -np.einsum("nij,nj->ni", back[1], approach.direction))
        flat = None
        if not first.is_sphere and not second.is_sphere:
            one = facet_side(first.body, first.facet_height_nm, np.zeros((1, 3)), np.eye(3)[None])
            flat = facet_overlaps(one, facet_side(second.body, second.facet_height_nm, *poses), approach.direction)
        forth = round_contacts(first, second, poses, approach, end)
        turned = round_contacts(second, first, back, against, end)
        lift = np.zeros(n)
        if not self.contact.melt_modulus_kt_per_nm3:
            found = (forth, turned) if flat is None else (flat, forth, turned)
            lift = np.maximum(-np.min([x.least_apart_nm(n) for x in found], axis=0), 0.0)
        push, stick = self.curves.push, self.curves.stick_rims
        rims = forth.energy_kt(push, stick, lift)
        rims = rims + turned.energy_kt(tuple(zip(*push, strict=True)), stick, lift)
        return np.zeros(n) if flat is None else flat.energy_kt(self.facets, lift), rims

    def scene(self, energy_kt: PoseLaw | None = None) -> Scene:
        """The two bodies with this energy, or with that of a model of them, for `packing.pose.walks`."""
        shapes = self.first.nanocrystal.shape, self.second.nanocrystal.shape
        bodies = self.parts[0].body, self.parts[1].body
        return Scene(shapes=shapes, bodies=bodies, energy_kt=energy_kt or self.energy_kt, touch_nm=self.touch_nm)

    def kept(
        self,
        *,
        shifts: Sequence[float] = (0.25, 0.5),
        twists_deg: Sequence[float] = (45.0,),
        tilts_deg: Sequence[float] = (5.0,),
    ) -> dict[str, float]:
        """Parts of the facing contact's depth that are left at the best gap; nan where there is no contact.

        Parameters
        ----------
        shifts
            Along the longest edge, in parts of it.
        twists_deg, tilts_deg
            About the normal, and about that edge as a hinge in the middle of the gap [deg].
        """
        return kept_parts(self.scene(), self.facing, shifts=shifts, twists_deg=twists_deg, tilts_deg=tilts_deg)

    def stop_gap_nm(self, meeting: str = "edge_edge") -> float:
        """Gap between the cores [nm] at which bodies that meet edge on, corner on ... stop.

        Parameters
        ----------
        meeting
            One of `packing.pose.walks.MEETINGS`. Coming from outside, the energy has there risen by 1 kT above the
            lowest on the way; nan if nothing stops them.

        Raises
        ------
        InputError
            For another word.
        """
        require_known("meeting", meeting, MEETINGS)
        return stop_gap_nm(self.scene(), meeting)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: the numbers and what they rest on."""
        return {
            "gap_nm": self.facing.gap_nm,
            "depth_kt": self.facing.depth_kt,
            "hamaker_j": self.hamaker_j,
            "touch_nm": self.touch_nm,
            "shell_nm": [dict(zip(("facet", "rim", "corner"), part.heights_nm, strict=True)) for part in self.parts],
        }
