"""From two coated nanocrystals and what is around them to the energy of their poses."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_known
from packing.pair.energy import pair_energy
from packing.particles import Environment
from packing.pose.energy import CORE_CONTACT_NM, PoseEnergy
from packing.pose.facing import Facing, best_contact, require_apart
from packing.pose.laws import FACETS_END_NM, CoatedBody, contact_between, curves_between, rims_end_nm
from packing.shapes import Shape, Sphere
from packing.surface.bodies import Body, body_of
from packing.surface.cores import core_energy, core_surface
from packing.surface.facets import FacetCurves, facet_curves, facet_overlaps, facet_side
from packing.surface.poses import facing_frame, size_along_nm
from packing.surface.rims import RoundParts, round_parts_of
from packing.surface.shells import Shell, corner_heights_nm, edge_heights_nm

FloatArray = NDArray[np.float64]

# A facet must be this much of the side it lies on for its curve to carry what the whole side's lacks.
_LEAST_FLAT = 0.2

DryChains = Literal["pair-energy", "melt"]
DRY_CHAINS: tuple[DryChains, ...] = ("pair-energy", "melt")


def pose_energy(
    first: CoatedBody,
    second: CoatedBody | None = None,
    *,
    environment: Environment,
    dry_chains: DryChains = "pair-energy",
) -> PoseEnergy:
    r"""Energy of two coated nanocrystals in any pose.

    The van der Waals part of the cores is Hamaker's pairwise sum in the pose, exact for sharp and truncated cuboids
    and for spheres. The shells are summed over surface elements (S. Bhattacharjee and M. Elimelech, J. Colloid
    Interface Sci. 193, 273 (1997), doi:10.1006/jcis.1997.5076), along rays in the direction in which the two cores
    come closest, so that neither body is preferred:

    .. math:: E_\mathrm{shells} = \int w_{12}(h)\,dA_\perp

    with h the gap the ray crosses and :math:`w_{12}` the energy per area of two flat shells: unlike brushes in
    series, dry shells that stick, layers of ions. Facet on facet is integrated exactly over the overlap of the two
    polygons. On edges and corners the shell is a parallel body, thinner as its chains splay
    (`packing.surface.shells.splayed_height_nm`, no parameter): on a cube's edge 0.77 of its thickness dry and 0.91 in a
    good solvent, on its corner 0.60 and 0.81.

    Parameters
    ----------
    first
        A nanocrystal with its ligands.
    second
        The other one; None for an equal one.
    environment
        Medium, temperature and, where known, the Hamaker constant of the pair.
    dry_chains
        How chains without a solvent resist and stick. ``"pair-energy"``: by the law of brushes, and their attraction is
        that of shells which just touch in this pose, as in `packing.pair_energy`. ``"melt"``: by a bulk modulus of
        1 GPa, and they stick wherever they are pushed together, so that a contact may sink in and tilt. Depth and
        gap of facing cuboids are the same to 0.3 %.

    Raises
    ------
    InputError
        For an unknown material or medium, or ligands too few to keep the cores apart.

    Notes
    -----
    *What it equals.* Face to face, equal bodies have the energy of `packing.pair.energy.pair_energy` at every gap
    (with ``"melt"`` dry chains outside touch only); what rims add there is taken from the facets' curve. Parallel
    facets that slide or turn keep the overlap's share of the shells' energy.

    *How far it agrees with explicit chains.* Gaps at equal mean force (13 kT/nm) between held cubes in a good
    solvent, over that of facing ones: edge on 0.83 for 8.6 nm and oleate (explicit 0.82), 0.79 for 4.3 nm and
    dodecylamine (0.76); corner on 0.59 (0.61) and 0.52 (0.44 to 0.58). The force itself is as weak as the law of
    brushes: explicit shells touch at 1.2 times its gap.

    *What is approximate.* The energy per area is that of flat shells under uniform pressure, ray by ray: chains
    splay, but do not bend out of the way of a neighbour or into a void. One direction serves a whole pose; what it
    sees at a steep angle counts by its projected area. Core attraction of a rounded cuboid is that of a polyhedron
    that touches it, scaled to the facing pair's; one that is nearly all rounding (flat part below a fifth) follows
    its own sum and no longer the facing pair. Without a solvent the two laws of ``dry_chains`` bracket what
    curved and tilted contacts can do: a contact of 8.6 nm cubes tilted by 5 degrees keeps 0.18 or 0.61 of its depth.
    Cores nearer than 0.1 nm count as overlapping; between there and the barrier of the facing curve bare cores
    attract, as in `pair_energy`: no law of ligands holds there.

    *Cost.* About 2 ms of one core for a pose of two sharp cubes of 8.6 nm in a liquid and 3 ms dry; arrays of poses
    are done together.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.particles import Coating, Nanocrystal
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> dry = pose_energy(CoatedBody(dots, oleate), environment=Environment(medium="vacuum"))
    >>> z = 8.6 + dry.facing.gap_nm
    >>> facing, half_shifted = dry.energy_kt([[0, 0, z], [4.3, 0, z]], [[1, 0, 0, 0]])
    >>> float(round(half_shifted / facing, 2))  # half of the facets, and the rims that face facets
    0.51
    """
    require_known("dry_chains", dry_chains, DRY_CHAINS)
    is_like = second is None or second == first
    second = first if second is None else second
    contact, hamaker_j = contact_between(first, second, environment, dry_chains == "melt")
    one, two = (_round_parts(body, shell) for body, shell in ((first, contact.first), (second, contact.second)))
    like = pair_energy(first.nanocrystal, first.coating, environment) if is_like else None
    require_apart(sum(part.facing_height_nm for part in (one, two)))
    has_sphere = any(isinstance(b.nanocrystal.shape, Sphere) for b in (first, second))
    if like is not None and not has_sphere and _flat_share(first.nanocrystal.shape, one.body) < _LEAST_FLAT:
        like = None
    curves = curves_between(contact, one, two)
    trial = PoseEnergy(
        first=first,
        second=second,
        environment=environment,
        facing=Facing(gap_nm=math.nan, depth_kt=math.nan),
        hamaker_j=hamaker_j,
        contact=contact,
        parts=(one, two),
        surfaces=(core_surface(one.body), core_surface(two.body)),
        core_scale=(np.array([0.0]), np.array([1.0])),
        curves=curves,
        facets=facet_curves(np.zeros_like, curves.stick_facets, 1.0, (0.5, 1.5)),
        like=like,
    )
    trial = replace(trial, core_scale=_core_scale(trial))
    if not has_sphere:
        trial = replace(trial, facets=_facet_curves(trial))
    if like is not None and trial.follows_pair:
        return replace(trial, facing=Facing(gap_nm=like.gap_nm, depth_kt=like.depth_kt))
    return replace(trial, facing=best_contact(trial.facing_energy_kt, trial.touch_nm, CORE_CONTACT_NM))


def _round_parts(body: CoatedBody, shell: Shell) -> RoundParts:
    core = body_of(body.nanocrystal.shape)
    return round_parts_of(core, shell.height_nm, edge_heights_nm(core, shell), corner_heights_nm(core, shell))


def _flat_share(shape: Shape, body: Body) -> float:
    """Flat part of the side with which a cuboid faces another."""
    flat = body.polygon_area_nm2(int(np.argmax(body.normals @ facing_frame(shape)[:, 2])))
    return flat / (size_along_nm(shape, 0) * size_along_nm(shape, 1))


def _core_scale(trial: PoseEnergy) -> tuple[FloatArray, FloatArray]:
    """Factor on the cores' sum against the logarithm of the gap: to the facing pair's, or to finer elements."""
    if trial.is_of_spheres:
        return trial.core_scale
    gap = np.geomspace(CORE_CONTACT_NM, FACETS_END_NM, 40)
    poses = trial.facing_poses(gap)
    coarse = core_energy(*trial.surfaces, *poses)
    if trial.like is not None:
        return np.log(gap), trial.like.vdw_kt(gap) / (trial.like.hamaker_kt * coarse)
    fine = tuple(core_surface(part.body, 3.0) for part in trial.parts)
    return np.log(gap), core_energy(fine[0], fine[1], *poses) / coarse


def _facet_curves(trial: PoseEnergy) -> FacetCurves:
    """Curves of two facets that leave, face to face, the reference once all other places have had their share.

    The reference is the facing pair's shells, or for unlike sharp bodies the flat shells over the facing area.
    """
    table, touch, contact = trial.curves.push[0][0], trial.touch_nm, trial.contact
    heights = tuple(part.facet_height_nm for part in trial.parts)
    ends = table.start_nm, table.end_nm

    def flat(gap: FloatArray) -> FloatArray:
        return contact.push_per_nm2(gap, heights[0], heights[1])

    # Close where the rims begin to touch, and where the facets do.
    far = touch + rims_end_nm(contact)
    parts = np.geomspace(CORE_CONTACT_NM, touch, 20), touch * np.linspace(0.5, 1.1, 31), np.linspace(touch, far, 12)
    gap = np.unique(np.concatenate(parts))
    poses = trial.facing_poses(gap)
    plain = facet_curves(flat, trial.curves.stick_facets, touch, ends)
    shells = sum(replace(trial, facets=plain).shells_kt(poses, trial.approach(poses)))
    area = _facing_area_nm2(trial)
    rest = shells / area - flat(gap) - contact.stick_per_nm2(gap - touch)
    like = trial.like if trial.follows_pair else None
    if like is None and any(part.body.radius_nm > 0 for part in trial.parts):
        return plain

    def push(g: FloatArray) -> FloatArray:
        whole = flat(g)
        if like is not None:
            whole = (like.adhesion_kt(g) + like.steric_kt(g)) / area - contact.stick_per_nm2(g - touch)
        return np.asarray(whole - np.interp(g, gap, rest))

    return facet_curves(push, trial.curves.stick_facets, touch, ends)


def _facing_area_nm2(trial: PoseEnergy) -> float:
    """Area over which the two facing facets face each other, aligned and centred [nm^2]."""
    poses = trial.facing_poses(trial.touch_nm)
    one, two = (
        facet_side(part.body, part.facet_height_nm, *at)
        for part, at in zip(trial.parts, ((np.zeros((1, 3)), np.eye(3)[None]), poses), strict=True)
    )
    overlaps = facet_overlaps(one, two, trial.approach(poses).direction)
    return float(overlaps.area_nm2[overlaps.filled_nm < trial.touch_nm + 1e-6].sum())
