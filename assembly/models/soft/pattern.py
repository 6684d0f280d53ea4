"""Where the beads of a coated nanocrystal sit: on an inner body, deep below the surface that is felt.

Facing beads are a distance D apart in contact. A grid of mesh a is felt across planes that far apart only by
exp(-D [sqrt(k^2 + 1/l^2) - 1/l]), k = 2 pi / a, for a potential that decays over l: deep planes are smooth. The price
is round edges and corners, so beads near them are of a kind of their own. What is left is averaged out by turning the
grid of every face: the grids of two faces that meet, whichever they are, are then turned against each other and have
no common mesh. So a pattern has the rotations of its body but no mirrors.

Edges can't be turned. Where a contact is deep, beads of two edges that face each other would come to sit between each
other when bodies slide, and hold more firmly there than in register. So deep contacts of thick shells have edges of
their own, jagged ones: their beads lie aside, by turns over one facet and over the other, such that in register a bead
that stands out faces one that stands back. A shallow contact feels where an edge is, and has it straight.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from packing.shapes import Cuboid, Shape, Sphere

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FACE, RIM, JAGGED = 0, 1, 2
"""Kinds of beads of a cuboid: on its faces, and on its edges and corners, straight and jagged: a contact feels one of
these two. A sphere has one of the first kind."""
MESH_NM = 3.0
"""Widest distance of beads along an edge."""
THIN_GAP_NM, THIN_MESH_NM = 1.2, 2.2
"""Gap of dry cores below which their shells are thin, and the mesh is finer [nm]: a contact is felt so narrowly through
them that a wider one shows. Then edges are straight: there is no room for beads that stand out, nor is there need."""
DEEPEST = 0.25
"""Depth of the beads at most, in parts of the shortest edge with its gap: those of a small particle would meet."""
FACE_TURN_DEG = 30.0
END_SPACING = 0.75
"""Distance of an edge's last bead from the corner, over that of two beads on the edge."""
CORNER_INSET = 0.04
"""How far corner beads stay behind those on the edges, along each axis, in parts of the depth."""
FACE_MESH = 0.72
"""Mesh of the grid on a face over the distance of beads on its shorter edges."""
FACE_MARGIN = 0.6
"""Distance of a face's beads from its edges, at least, in meshes."""
STANDS_BACK_NM, STANDS_OUT_NM = 0.42, 0.21
"""How far beads of jagged edges lie back over one facet and stand out over the other [nm]."""
MOST_BEADS = 1200
"""A body of more is slower than explicit ligands."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeadPattern:
    """Beads of one body.

    Parameters
    ----------
    positions_nm
        Places in the body frame [nm], shape (n, 3).
    kinds
        `FACE`, `RIM` or `JAGGED` of each, shape (n,).
    depth_nm
        Distance of the outermost beads from the middle of a dry contact face to face [nm].
    """

    positions_nm: FloatArray
    kinds: IntArray
    depth_nm: float

    def of(self, kinds: Collection[int]) -> BeadPattern:
        """Only the beads of some ``kinds`` (indices)."""
        kept = np.isin(self.kinds, list(kinds))
        return replace(self, positions_nm=self.positions_nm[kept], kinds=self.kinds[kept])


def depth_of(gap_nm: float) -> float:
    """How deep the beads of a cuboid sit below the middle of its dry contacts, of a gap ``gap_nm`` [nm]."""
    return max(1.5, 0.737 * gap_nm)


def bead_pattern(
    shape: Shape, gap_nm: float, depth_nm: float | None = None, mesh_nm: float | None = None
) -> BeadPattern:
    """Beads of a nanocrystal that keeps ``gap_nm`` to its like when dry.

    Parameters
    ----------
    shape
        Its core.
    gap_nm
        Gap between two cores in dry contact [nm]: half of it belongs to each.
    depth_nm
        Depth of the beads below the middle of the contact [nm]; None takes `depth_of` the gap.
    mesh_nm
        Widest distance of beads along an edge [nm]; None takes what the gap asks for.

    Raises
    ------
    InputError
        If beads do not fit into the body, or it takes too many.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> pattern = bead_pattern(cube(8.6), 2.73)
    >>> [int((pattern.kinds == kind).sum()) for kind in (FACE, RIM, JAGGED)]
    [24, 32, 32]
    """
    if isinstance(shape, Sphere):
        return BeadPattern(
            positions_nm=np.zeros((1, 3)), kinds=np.array([FACE]), depth_nm=(shape.diameter_nm + gap_nm) / 2
        )
    depth = depth_of(gap_nm) if depth_nm is None else depth_nm
    depth = min(depth, DEEPEST * (min(shape.edges_nm) + gap_nm))
    half = (np.array(shape.edges_nm) + gap_nm) / 2 - depth
    is_thin = gap_nm < THIN_GAP_NM
    mesh = mesh_nm or (THIN_MESH_NM if is_thin else MESH_NM)
    part = min(1.0, depth / 1.5)
    faces, rims = _faces(half, mesh), _rims(half, depth, mesh)
    if mesh_nm is None and is_thin and len(rims) + len(faces) > MOST_BEADS:
        # Of a large one even these are too many: rather the wider mesh than none.
        faces, rims = _faces(half, MESH_NM), _rims(half, depth, MESH_NM)
    jagged = rims[:0]
    if not is_thin:
        jagged = _rims(half, depth, mesh, part * STANDS_BACK_NM, part * STANDS_OUT_NM)
    if len(rims) + len(faces) > MOST_BEADS:
        raise InputError(
            f"shape: {max(shape.edges_nm):g} nm with a gap of {gap_nm:.2g} nm needs {len(rims) + len(faces)} beads a "
            f"body, more than {MOST_BEADS}. Use hard-cube, or a smaller particle."
        )
    return BeadPattern(
        positions_nm=_onto(shape, np.vstack([faces, rims, jagged]), half),
        kinds=np.repeat([FACE, RIM, JAGGED], [len(faces), len(rims), len(jagged)]).astype(np.int64),
        depth_nm=depth,
    )


def _spacings(half: float, mesh: float) -> tuple[int, float]:
    """Number of beads between the ends of an edge, and their distance."""
    between = max(1, math.ceil(2 * half / mesh - 2 * END_SPACING - 1e-9) + 1)
    return between, 2 * half / (between - 1 + 2 * END_SPACING)


def _rims(half: FloatArray, depth: float, mesh: float, back: float = 0.0, out: float = 0.0) -> FloatArray:
    """Corners and edges. The two halves of an edge mirror each other with their facets changed: a turn, no mirror."""
    inset = min(CORNER_INSET * depth, float(half.min()) / 2)
    places = [np.array(list(itertools.product((-1.0, 1.0), repeat=3))) * (half - inset)]
    for axis in range(3):
        between, distance = _spacings(half[axis], mesh)
        steps = np.arange(between) - (between - 1) / 2
        turns = np.sign(steps) * (-1.0) ** np.floor(np.abs(steps))
        for (step, turn), (a, b) in itertools.product(
            zip(steps, turns, strict=True), itertools.product((-1.0, 1.0), repeat=2)
        ):
            aside = {0.0: (0.0, 0.0), 1.0: (-back, out), -1.0: (out, -back)}[turn * a * b]
            place = np.zeros(3)
            place[axis] = step * distance
            place[(axis + 1) % 3], place[(axis + 2) % 3] = (
                a * (half[axis - 2] + aside[0]),
                b * (half[axis - 1] + aside[1]),
            )
            places.append(place[None])
    return np.vstack(places)


def _faces(half: FloatArray, mesh: float) -> FloatArray:
    """On every face the grid as seen from outside is turned the same way."""
    places = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        grid = _grid(half[u], half[v], mesh)
        for side in (1.0, -1.0):
            points = np.zeros((len(grid), 3))
            points[:, axis], points[:, u], points[:, v] = side * half[axis], grid[:, 0], side * grid[:, 1]
            places.append(points)
    return np.vstack(places)


def _grid(half_u: float, half_v: float, mesh: float) -> FloatArray:
    step = FACE_MESH * min(_spacings(half, mesh)[1] for half in (half_u, half_v))
    reach = math.ceil(1.5 * max(half_u, half_v) / step) + 1
    line = (np.arange(-reach, reach) + 0.5) * step
    x, y = np.meshgrid(line, line)
    turn = math.radians(FACE_TURN_DEG)
    u, v = math.cos(turn) * x - math.sin(turn) * y, math.sin(turn) * x + math.cos(turn) * y
    inside = (np.abs(u) <= half_u - FACE_MARGIN * step) & (np.abs(v) <= half_v - FACE_MARGIN * step)
    return np.stack([u[inside], v[inside]], axis=-1) if inside.any() else np.zeros((1, 2))


def _onto(shape: Cuboid, places: FloatArray, half: FloatArray) -> FloatArray:
    """Places on the sharp inner cuboid moved inwards onto the one that is rounded or truncated as the core is."""
    if shape.rounding_nm > 0:
        radius = min(shape.rounding_nm, float(half.min()))
        inner = np.clip(places, -(half - radius), half - radius)
        arms = places - inner
        length = np.linalg.norm(arms, axis=1, keepdims=True)
        return np.asarray(inner + arms * np.minimum(1.0, radius / np.maximum(length, 1e-12)))
    if shape.truncation > 0:
        cut = shape.truncation * min(shape.edges_nm) / 2
        beyond = np.maximum(np.abs(places).sum(axis=1) - (half.sum() - cut), 0.0)
        return np.asarray(places - np.sign(places) * np.minimum(beyond[:, None] / 3, np.abs(places)))
    return places
