"""Energy of two coated nanocrystals in any pose."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.errors import InputError
from packing.pair_energy import PairEnergy, pair_energy
from packing.particles import Environment
from packing.pose.approach import Approach, closest_approach
from packing.pose.bodies import Body, body_of
from packing.pose.cores import CoreSurface, core_energy, core_surface
from packing.pose.facets import FacetCurves, facet_curves, facing_facets_kt, side_of
from packing.pose.facing import Facing, best_contact, facing_poses
from packing.pose.laws import FACETS_END_NM, CoatedBody, Curves, contact_between, curves_between, rims_end_nm
from packing.pose.rims import RoundParts, round_parts_kt, round_parts_of
from packing.pose.shells import ShellContact, corner_heights_nm, edge_heights_nm
from packing.shapes import Sphere

FloatArray = NDArray[np.float64]
Poses = tuple[FloatArray, FloatArray]

# Cores nearer than this are in contact: no law of ligands says anything there.
CORE_CONTACT_NM = 0.1
# A facet must be this much of the side it lies on for its curve to carry what the whole side's lacks.
_LEAST_FLAT = 0.2
_CHUNK = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PoseEnergy:
    """Energy of two coated nanocrystals in any pose. Build it with `pose_energy`.

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
    """

    first: CoatedBody
    second: CoatedBody
    environment: Environment
    facing: Facing
    hamaker_j: float
    contact: ShellContact
    parts: tuple[RoundParts, RoundParts]
    _surfaces: tuple[CoreSurface, CoreSurface]
    _curves: Curves
    _facets: FacetCurves
    _core_scale: Poses
    _like: PairEnergy | None

    @property
    def touch_nm(self) -> float:
        """Gap between the cores at which the shells touch face to face [nm]."""
        return self.parts[0].heights_nm[self._place(0)] + self.parts[1].heights_nm[self._place(1)]

    def facing_energy_kt(self, gap_nm: ArrayLike) -> FloatArray:
        """Energy [kT] of aligned cores face to face, at gaps [nm]; of equal bodies that of `packing.pair_energy`."""
        if self._like is not None:
            return self._like.energy_kt(gap_nm)
        gap = np.asarray(gap_nm, dtype=np.float64)
        return self._energy_kt(self.facing_poses(gap.ravel())).reshape(gap.shape)

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
        return self._energy_kt(_poses(displacement_nm, orientation))

    def parts_kt(self, displacement_nm: ArrayLike, orientation: ArrayLike) -> dict[str, FloatArray]:
        """The energy's parts [kT]: van der Waals of the cores, shells on facets, and shells on rims and corners."""
        poses = _poses(displacement_nm, orientation)
        approach = self._approach(poses)
        facets, rims = self._shells_kt(poses, approach)
        return {"cores": self._cores_kt(poses, approach), "facets": facets, "rims": rims}

    def core_gap_nm(self, displacement_nm: ArrayLike, orientation: ArrayLike) -> FloatArray:
        """Shortest distance between the cores' surfaces [nm]; 0 where they overlap."""
        return self._approach(_poses(displacement_nm, orientation)).gap_nm

    def _energy_kt(self, poses: Poses) -> FloatArray:
        if self._is_spheres and self._like is not None:
            gap = np.linalg.norm(poses[0], axis=1) - self._like.core_nm
            near = gap < CORE_CONTACT_NM
            return np.where(near, np.inf, self._like.energy_kt(np.where(near, 1.0, gap)))
        approach = self._approach(poses)
        energy = np.full(len(poses[0]), np.inf)
        for part in np.array_split(np.flatnonzero(approach.gap_nm >= CORE_CONTACT_NM), max(1, len(energy) // _CHUNK)):
            some = poses[0][part], poses[1][part]
            here = Approach(approach.gap_nm[part], approach.direction[part])
            energy[part] = self._cores_kt(some, here) + sum(self._shells_kt(some, here))
        return energy

    @property
    def _is_spheres(self) -> bool:
        return all(isinstance(b.nanocrystal.shape, Sphere) for b in (self.first, self.second))

    @property
    def _bodies(self) -> tuple[Body, Body]:
        return self.parts[0].body, self.parts[1].body

    def _place(self, which: int) -> int:
        """The kind of place that faces the other: a facet, or of a sphere its only one."""
        return 0 if len(self._bodies[which].normals) else 2

    def _approach(self, poses: Poses) -> Approach:
        return closest_approach(*self._bodies, *poses)

    def _cores_kt(self, poses: Poses, approach: Approach) -> FloatArray:
        scale = np.interp(np.log(np.maximum(approach.gap_nm, 1e-9)), *self._core_scale)
        return self.contact.core_kt * scale * core_energy(*self._surfaces, *poses)

    def _shells_kt(self, poses: Poses, approach: Approach) -> tuple[FloatArray, FloatArray]:
        first, second = self.parts
        still = np.zeros((1, 3)), np.eye(3)[None]
        facets = np.zeros(len(poses[0]))
        if self._place(0) == self._place(1) == 0:
            one = side_of(first.body, first.facet_height_nm, *still)
            two = side_of(second.body, second.facet_height_nm, *poses)
            facets = facing_facets_kt(one, two, approach.direction, self._facets)
        return facets, self._rims_kt(poses, approach)

    def _rims_kt(self, poses: Poses, approach: Approach) -> FloatArray:
        first, second = self.parts
        end = FACETS_END_NM if 2 in (self._place(0), self._place(1)) else rims_end_nm(self.contact)
        shift, rotation = poses
        back = np.swapaxes(rotation, 1, 2)
        there = -np.einsum("nij,nj->ni", back, shift)
        against = -np.einsum("nij,nj->ni", back, approach.direction)
        turned = tuple(zip(*self._curves, strict=True))
        forth_kt = round_parts_kt(first, second, poses, approach.direction, approach.gap_nm, self._curves, end)
        return forth_kt + round_parts_kt(second, first, (there, back), against, approach.gap_nm, turned, end)


def pose_energy(first: CoatedBody, second: CoatedBody | None = None, *, environment: Environment) -> PoseEnergy:
    r"""Energy of two coated nanocrystals in any pose.

    The van der Waals part of the cores is Hamaker's pairwise sum in the pose, exact for sharp and truncated cuboids
    and for spheres. The shells are summed over surface elements (S. Bhattacharjee and M. Elimelech, J. Colloid
    Interface Sci. 193, 273 (1997), doi:10.1006/jcis.1997.5076): along rays in the direction k in which the two cores
    come closest,

    .. math:: E_\mathrm{shells} = \int w_{12}(h)\,dA_\perp,

    with h the gap the ray crosses and :math:`w_{12}` the energy per area of two flat shells: unlike brushes in
    series, dry shells that stick, layers of ions. Facet on facet is integrated exactly over the overlap of the two
    polygons. On edges and corners the shell is a parallel body, thinner by the volume that splaying chains share
    (`packing.pose.shells.splayed_height_nm`, no parameter): 0.77 of its thickness on a cube's edge and 0.60 on its
    corner.

    Parameters
    ----------
    first
        A nanocrystal with its ligands.
    second
        The other one; None for an equal one.
    environment
        Medium, temperature and, where known, the Hamaker constant of the pair.

    Raises
    ------
    InputError
        For an unknown material or medium, or ligands too few to keep the cores apart.

    Notes
    -----
    *What it equals.* Face to face, equal bodies have the energy of `packing.pair_energy.pair_energy` at every gap:
    there rims add nothing, and the curve of a facet is that of the pair without what rims add here. A shift or a
    twist of parallel facets leaves the overlap's share of the shells' energy.

    *What is approximate.* Chains do not bend out of the way: the energy per area is that of flat shells under
    uniform pressure, taken ray by ray, in the gap along the ray. One direction serves a whole pose, so a facet
    seen at a steep angle counts with the cosine of it. The core attraction of a rounded cuboid is that of a
    polyhedron that touches it, scaled to the facing pair's. Cores nearer than 0.1 nm count as overlapping; between
    there and the barrier of the facing curve bare cores attract, as in `pair_energy`: no law of ligands holds there.

    *Cost.* About 4 ms of one core a pose for two sharp cubes of 8.6 nm; arrays of poses are done together.

    Examples
    --------
    >>> from packing.ligands import ligand
    >>> from packing.particles import Coating, Nanocrystal
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> dry = pose_energy(CoatedBody(dots, oleate), environment=Environment(medium="vacuum"))
    >>> z = 8.6 + dry.facing.gap_nm
    >>> facing, half_shifted = dry.energy_kt([[0, 0, z], [4.3, 0, z]], [[1, 0, 0, 0]])
    >>> round(half_shifted / facing, 2)
    0.5
    """
    is_like = second is None or second == first
    second = first if second is None else second
    contact, hamaker_j = contact_between(first, second, environment)
    like = pair_energy(first.nanocrystal, first.coating, environment) if is_like else None
    shapes = tuple(b.nanocrystal.shape for b in (first, second))
    bodies = tuple(body_of(s) for s in shapes)
    one, two = (
        round_parts_of(body, shell.height_nm, edge_heights_nm(body, shell), corner_heights_nm(body, shell))
        for body, shell in zip(bodies, (contact.first, contact.second), strict=True)
    )
    has_sphere = any(isinstance(s, Sphere) for s in shapes)
    trial = PoseEnergy(
        first=first,
        second=second,
        environment=environment,
        facing=Facing(0.0, 0.0),
        hamaker_j=like.hamaker_j if like is not None else hamaker_j,
        contact=contact,
        parts=(one, two),
        _surfaces=(core_surface(bodies[0]), core_surface(bodies[1])),
        _curves=curves_between(contact, one.heights_nm, two.heights_nm, has_sphere),
        _facets=facet_curves(np.zeros_like, 1.0, 0.0, 1.0),
        _core_scale=(np.array([0.0]), np.array([1.0])),
        _like=like,
    )
    trial = replace(trial, _core_scale=_core_scale(trial))
    if not has_sphere:
        trial = _with_facing_curve(trial)
    if trial._like is not None:
        return replace(trial, facing=Facing(trial._like.gap_nm, trial._like.depth_kt))
    return replace(trial, facing=best_contact(trial.facing_energy_kt, trial.touch_nm, CORE_CONTACT_NM))


def _core_scale(trial: PoseEnergy) -> Poses:
    """Factor on the cores' sum against the logarithm of the gap: to the facing pair's, or to finer elements."""
    if trial._is_spheres:
        return trial._core_scale
    gap = np.geomspace(CORE_CONTACT_NM, FACETS_END_NM, 40)
    poses = trial.facing_poses(gap)
    coarse = core_energy(*trial._surfaces, *poses)
    if trial._like is not None:
        return np.log(gap), trial._like.vdw_kt(gap) / (trial._like.hamaker_kt * coarse)
    fine = tuple(core_surface(body, 3.0) for body in trial._bodies)
    return np.log(gap), core_energy(fine[0], fine[1], *poses) / coarse


def _with_facing_curve(trial: PoseEnergy) -> PoseEnergy:
    """The same with a facet's curve that leaves, face to face, the reference once the rims have had their share."""
    facet = trial._curves[0][0]
    gap = np.unique(
        np.concatenate([np.geomspace(CORE_CONTACT_NM, facet.end_nm, 60), trial.touch_nm * np.linspace(0.05, 1.6, 80)])
    )
    poses = trial.facing_poses(gap)
    approach = trial._approach(poses)
    area = float(facing_area_nm2(trial))
    rounded = any(b.radius_nm > 0 for b in trial._bodies)
    shape = trial.first.nanocrystal.shape
    if trial._like is not None and not isinstance(shape, Sphere):
        side = float(np.prod(sorted(shape.edges_nm)[1:]))
        if area < _LEAST_FLAT * side:
            return replace(trial, _like=None)
    rims = trial._rims_kt(poses, approach)
    like = trial._like

    def curve(g: FloatArray) -> FloatArray:
        if like is not None:
            whole = (like.adhesion_kt(g) + like.steric_kt(g)) / area
        else:
            whole = trial.contact.energy_per_nm2(g, trial.parts[0].facet_height_nm, trial.parts[1].facet_height_nm)
        if rounded and like is None:
            return whole
        return np.asarray(whole - np.interp(g, gap, rims) / area)

    facets = facet_curves(curve, trial.touch_nm, facet.start_nm, facet.end_nm)
    return replace(trial, _facets=facets)


def facing_area_nm2(pose: PoseEnergy) -> float:
    """Area over which two facets face each other, aligned and centred [nm^2]."""
    step = facet_curves(lambda gap: np.where(gap < 30.0, 1.0, 0.0), 1.0, 0.0, 40.0)
    poses = pose.facing_poses(10.0)
    still = np.zeros((1, 3)), np.eye(3)[None]
    one, two = (side_of(b, 0.0, *p) for b, p in zip(pose._bodies, (still, poses), strict=True))
    return float(facing_facets_kt(one, two, pose._approach(poses).direction, step)[0])


def _poses(displacement_nm: ArrayLike, orientation: ArrayLike) -> Poses:
    shift = np.atleast_2d(np.asarray(displacement_nm, dtype=np.float64))
    turn = np.asarray(orientation, dtype=np.float64)
    turn = turn[None] if turn.shape in ((4,), (3, 3)) else turn
    if turn.ndim == 2 and turn.shape[1] == 4:
        turn = rotation_matrices(turn)
    if shift.shape[1:] != (3,) or turn.shape[1:] != (3, 3) or len({1, len(shift), len(turn)}) > 2:
        raise InputError(
            "displacement_nm must be of shape (n, 3) and orientation (n, 4), got "
            f"{np.shape(displacement_nm)} and {np.shape(orientation)}. Give one row a pose."
        )
    n = max(len(shift), len(turn))
    return np.broadcast_to(shift, (n, 3)), np.broadcast_to(turn, (n, 3, 3))


def rotation_matrices(orientation: FloatArray) -> FloatArray:
    """Matrices of scalar-first quaternions, shape (n, 3, 3); lengths do not matter."""
    w, x, y, z = (orientation / np.linalg.norm(orientation, axis=1, keepdims=True)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)
