"""What scatters in a configuration: points with strengths, and the amplitude that each set of points shares."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.configuration import Configuration
from packing.errors import InputError
from packing.shapes import Cuboid, Sphere
from structure.form_factors.bodies import amplitude
from structure.form_factors.nodes import body_nodes, legendre_nodes, shared_nodes
from structure.saxs.planes import TurnedCuboids

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
Envelope = Callable[[FloatArray], FloatArray]

#: More points than this are summed in parts, to bound the memory.
_CHUNK_POINTS = 2_000_000
#: Up to so many different orientations of one shape are summed one by one with their closed form.
_FEW_ORIENTATIONS = 4
#: Of so many bodies it pays to fit the weights of fewer nodes.
_MANY_CENTRES = 20_000
#: Of more rotations of a sample than this nobody asks which edges they show short.
_FEW_ROTATIONS = 8
#: Steps of a phase by which edges share a rule.
_PHASE_STEP = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Disc:
    """The flat part of reciprocal space that a picture shows.

    Parameters
    ----------
    rotations
        From the laboratory to the frame of the detector, whose z axis is the beam, shape (k, 3, 3).
    q_across_inv_nm, q_along_inv_nm
        How far it reaches across the beam and along it [1/nm].
    edge_inv_nm
        Half the width of the picture, and of what is seen from beyond it [1/nm].
    tolerance
        Error of a particle's amplitude, over that at q = 0, that nobody sees in it.
    """

    rotations: FloatArray
    q_across_inv_nm: float
    q_along_inv_nm: float
    edge_inv_nm: float
    tolerance: float

    @property
    def q_max_inv_nm(self) -> float:
        """Length of its longest vector [1/nm]."""
        return math.hypot(self.q_across_inv_nm, self.q_along_inv_nm)

    def axes_on_plane(self, normal: FloatArray) -> FloatArray:
        """Unit vectors (rows) that span the plane across a unit ``normal`` (3,), as the picture's lie, shape (2, 3)."""
        right = max((row - (row @ normal) * normal for row in self.rotations[0]), key=lambda v: float(v @ v))
        right = right / np.linalg.norm(right)
        return np.array([right, np.cross(normal, right)])

    def reach_on_plane(self, across: FloatArray, offsets_inv_nm: FloatArray) -> tuple[float, float]:
        """How far pictures reach along vectors ``across`` (2, 3), from any of the ``offsets_inv_nm`` (P, 3) [1/nm]."""
        sides = np.array([self.edge_inv_nm, self.edge_inv_nm, self.q_along_inv_nm])
        reach = (np.abs(across @ np.swapaxes(self.rotations, 1, 2)) @ sides).max(axis=0)
        u, v = (reach + np.abs(offsets_inv_nm @ across.T).max(axis=0)).tolist()
        return u, v

    def half_phases(self, vectors_nm: FloatArray) -> FloatArray:
        """Largest phase over half of each of ``vectors_nm`` (n, 3) [nm] in laboratory axes, shape (n,)."""
        if len(self.rotations) > _FEW_ROTATIONS:
            return self.q_max_inv_nm * np.linalg.norm(vectors_nm, axis=1) / 2
        x, y, z = np.moveaxis(vectors_nm @ np.swapaxes(self.rotations, 1, 2), -1, 0)
        return np.asarray((self.q_across_inv_nm * np.hypot(x, y) + self.q_along_inv_nm * np.abs(z)).max(axis=0) / 2)


@dataclass(frozen=True, slots=True, eq=False)
class SourceGroup:
    """Points of one strength law: A(q) = envelope(q) x sum of strengths exp(iq.r).

    Either ``centres`` scatter with ``envelope``, or each centre carries the rotated ``nodes`` of its shape, or the
    centres are those of all ``parts``, each with nodes of its own. Sharp ``cuboids`` turned many ways that a ``disc``
    shows have fewer points on its planes (`structure.saxs.planes`); their parts are worked out where they are needed.
    """

    centres_nm: FloatArray
    volume_nm3: float
    envelope: Envelope | None
    nodes_nm: FloatArray
    node_weights: FloatArray
    rotations: FloatArray | None
    divided: Callable[[], tuple[SourceGroup, ...]] | None = None
    cuboids: TurnedCuboids | None = None
    disc: Disc | None = None

    @property
    def parts(self) -> tuple[SourceGroup, ...]:
        """Groups that make it up, each with nodes of its own; empty where it has some itself."""
        return () if self.divided is None else self.divided()

    @property
    def n_points(self) -> int:
        """How many points there are in all."""
        parts = self.parts
        return sum(p.n_points for p in parts) if parts else len(self.centres_nm) * len(self.nodes_nm)

    @property
    def sorting(self) -> int:
        """The number by which `finufft` knows whether to sort the points; nodes of a body lie together anyway: 0."""
        return 0 if self.divided or len(self.nodes_nm) > 1 else 2

    def chunks(self, axes: FloatArray | None = None) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Coordinates [nm] along ``axes`` (rows; default x, y, z) of shape (k, m), and strengths [nm^3], in parts."""
        rows = np.eye(3) if axes is None else axes
        if parts := self.parts:
            yield from _gathered(chunk for part in parts for chunk in part.chunks(rows))
            return
        per_chunk = max(1, _CHUNK_POINTS // len(self.nodes_nm))
        for start in range(0, len(self.centres_nm), per_chunk):
            part = slice(start, start + per_chunk)
            coordinates = rows @ self.centres_nm[part].T
            if self.rotations is not None:
                # One matrix product per axis: how far each node lies along it in every particle.
                along = np.einsum("ai,pij->apj", rows, self.rotations[part]) @ self.nodes_nm.T
                coordinates = (along + coordinates[:, :, None]).reshape(len(rows), -1)
            yield coordinates, np.tile(self.volume_nm3 * self.node_weights, len(self.centres_nm[part]))

    def with_envelope(self, sums: ComplexArray, q_vectors_inv_nm: FloatArray) -> ComplexArray:
        """The ``sums`` over points (m,), at ``q_vectors_inv_nm`` (m, 3) [1/nm], times the amplitude they share."""
        return sums if self.envelope is None else sums * self.envelope(q_vectors_inv_nm)


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """All that scatters in one frame, and the sum of squared volumes that intensities are divided by."""

    groups: tuple[SourceGroup, ...]
    sum_of_squares: float


def sources_of(
    frame: Configuration,
    q_max_inv_nm: float,
    *,
    tolerance: float = 3e-4,
    points_only: bool = False,
    disc: Disc | None = None,
) -> Sources:
    """The scatterers of a configuration for q up to ``q_max_inv_nm``.

    Spheres, and shapes of few orientations, scatter with their closed form; others become the points of `body_nodes`,
    exact to ``tolerance`` of the forward amplitude. ``points_only`` gives every particle the strength 1 and no shape.
    Where only a ``disc`` is looked at, sharp cuboids get fewer nodes along those of their edges that are seen short.

    Raises
    ------
    InputError
        For a configuration without particles.
    """
    if frame.n_particles == 0:
        raise InputError("configuration has no particles: give a frame that has some.")
    groups: list[SourceGroup] = []
    for index, shape in enumerate(frame.shapes):
        mine = frame.species == index
        centres = frame.positions_nm[mine]
        if not len(centres):
            continue
        if points_only:
            groups.append(_closed(centres, 1.0, None))
        elif isinstance(shape, Sphere):
            groups.append(_closed(centres, shape.volume_nm3, functools.partial(amplitude, shape)))
        else:
            turns = (frame.orientations[mine], frame.rotations[mine])
            groups.extend(_cuboids(centres, *turns, shape, q_max_inv_nm, tolerance, disc))
    return Sources(tuple(groups), sum(len(g.centres_nm) * g.volume_nm3**2 for g in groups))


def _cuboids(
    centres: FloatArray,
    quaternions: FloatArray,
    rotations: FloatArray,
    shape: Cuboid,
    q_max: float,
    tolerance: float,
    disc: Disc | None,
) -> list[SourceGroup]:
    same_sign = np.where(quaternions[:, :1] < 0, -quaternions, quaternions)
    volume = shape.volume_nm3
    if np.abs(same_sign - same_sign[0]).max() < 1e-9:
        return [_closed(centres, volume, functools.partial(_turned_amplitude, shape, rotations[0]))]
    unique, inverse = np.unique(np.round(same_sign, 9), axis=0, return_inverse=True)
    if len(unique) > _FEW_ORIENTATIONS and len(centres) > _FEW_ORIENTATIONS:
        if disc is not None and shape.rounding_nm == 0 and shape.truncation == 0:
            divided = functools.cache(functools.partial(_foreshortened, centres, rotations, shape, disc, tolerance))
            turned = TurnedCuboids(centres, np.array(shape.edges_nm), rotations)
            return [SourceGroup(centres, volume, None, np.empty((0, 3)), np.empty(0), None, divided, turned, disc)]
        if len(centres) > _MANY_CENTRES:
            nodes, (weights,) = shared_nodes([(shape, np.zeros(3))], q_max, tolerance=tolerance)
        else:
            nodes, weights = body_nodes(shape, q_max, tolerance=tolerance)
        return [SourceGroup(centres, volume, None, nodes, weights, rotations)]
    out = []
    for k in range(len(unique)):
        mine = inverse.ravel() == k
        turn = rotations[mine][0]
        out.append(_closed(centres[mine], volume, functools.partial(_turned_amplitude, shape, turn)))
    return out


def _foreshortened(
    centres: FloatArray, rotations: FloatArray, shape: Cuboid, disc: Disc, tolerance: float
) -> tuple[SourceGroup, ...]:
    """Nodes of sharp cuboids, as many along each edge as its phase over the disc needs."""
    edges = np.array(shape.edges_nm)
    phases = np.stack([disc.half_phases(rotations[:, :, k] * edges[k]) for k in range(3)], axis=1)
    steps = np.ceil(phases / _PHASE_STEP).astype(int)
    rules = [legendre_nodes(step * _PHASE_STEP, tolerance) for step in range(int(steps.max()) + 1)]
    # Bodies with as many nodes along each edge go together, whatever their phases.
    counts = np.array([len(x) for x, _ in rules])[steps]
    of_count = {len(x): (x, w) for x, w in rules}
    kinds, kind = np.unique(counts, axis=0, return_inverse=True)
    parts = []
    for index, (a, b, c) in enumerate(kinds.tolist()):
        mine = kind.ravel() == index
        (x, u), (y, v), (z, w) = of_count[a], of_count[b], of_count[c]
        nodes = np.stack(np.meshgrid(x, y, z, indexing="ij"), axis=-1).reshape(-1, 3) * edges / 2
        weights = np.einsum("i,j,k->ijk", u, v, w).ravel()
        parts.append(SourceGroup(centres[mine], shape.volume_nm3, None, nodes, weights, rotations[mine]))
    return tuple(parts)


def _gathered(chunks: Iterator[tuple[FloatArray, FloatArray]]) -> Iterator[tuple[FloatArray, FloatArray]]:
    """The same chunks in fewer parts, each of about `_CHUNK_POINTS`."""
    held: list[tuple[FloatArray, FloatArray]] = []
    for chunk in chunks:
        if held and sum(len(s) for _, s in held) + len(chunk[1]) > _CHUNK_POINTS:
            yield np.concatenate([p for p, _ in held], axis=1), np.concatenate([s for _, s in held])
            held = []
        held.append(chunk)
    if held:
        yield np.concatenate([p for p, _ in held], axis=1), np.concatenate([s for _, s in held])


def _closed(centres: FloatArray, volume: float, envelope: Envelope | None) -> SourceGroup:
    return SourceGroup(centres, volume, envelope, np.zeros((1, 3)), np.ones(1), None)


def _turned_amplitude(shape: Cuboid, turn: FloatArray, q: FloatArray) -> FloatArray:
    # Body axes see q turned back: R^T q, as rows q R.
    return amplitude(shape, q @ turn)
