"""What scatters in a configuration: points with strengths, and the amplitude that each set of points shares."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.configuration import Configuration
from packing.errors import InputError
from packing.shapes import Cuboid, Sphere
from structure.form_factors.bodies import amplitude
from structure.form_factors.nodes import body_nodes

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
Envelope = Callable[[FloatArray], FloatArray]

#: More points than this are summed in parts, to bound the memory.
_CHUNK_POINTS = 2_000_000
#: Up to so many different orientations of one shape are summed one by one with their closed form.
_FEW_ORIENTATIONS = 4


@dataclass(frozen=True, slots=True, eq=False)
class SourceGroup:
    """Points of one strength law: A(q) = envelope(q) x sum of strengths exp(iq.r).

    Either ``centres`` scatter with ``envelope``, or each centre carries the rotated ``nodes`` of its shape.
    """

    centres_nm: FloatArray
    volume_nm3: float
    envelope: Envelope | None
    nodes_nm: FloatArray
    node_weights: FloatArray
    rotations: FloatArray | None

    def chunks(self, axes: FloatArray | None = None) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Coordinates [nm] along ``axes`` (rows; default x, y, z) of shape (k, m), and strengths [nm^3], in parts."""
        rows = np.eye(3) if axes is None else axes
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
    frame: Configuration, q_max_inv_nm: float, *, tolerance: float = 3e-4, points_only: bool = False
) -> Sources:
    """The scatterers of a configuration for q up to ``q_max_inv_nm``.

    Spheres, and shapes of few orientations, scatter with their closed form; others become the points of `body_nodes`,
    exact to ``tolerance`` of the forward amplitude. ``points_only`` gives every particle the strength 1 and no shape.

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
            groups.extend(
                _cuboids(centres, frame.orientations[mine], frame.rotations[mine], shape, q_max_inv_nm, tolerance)
            )
    return Sources(tuple(groups), sum(len(g.centres_nm) * g.volume_nm3**2 for g in groups))


def _cuboids(
    centres: FloatArray, quaternions: FloatArray, rotations: FloatArray, shape: Cuboid, q_max: float, tolerance: float
) -> list[SourceGroup]:
    same_sign = np.where(quaternions[:, :1] < 0, -quaternions, quaternions)
    volume = shape.volume_nm3
    if np.abs(same_sign - same_sign[0]).max() < 1e-9:
        return [_closed(centres, volume, functools.partial(_turned_amplitude, shape, rotations[0]))]
    unique, inverse = np.unique(np.round(same_sign, 9), axis=0, return_inverse=True)
    if len(unique) > _FEW_ORIENTATIONS and len(centres) > _FEW_ORIENTATIONS:
        nodes, weights = body_nodes(shape, q_max, tolerance=tolerance)
        return [SourceGroup(centres, volume, None, nodes, weights, rotations)]
    out = []
    for k in range(len(unique)):
        mine = inverse.ravel() == k
        turn = rotations[mine][0]
        out.append(_closed(centres[mine], volume, functools.partial(_turned_amplitude, shape, turn)))
    return out


def _closed(centres: FloatArray, volume: float, envelope: Envelope | None) -> SourceGroup:
    return SourceGroup(centres, volume, envelope, np.zeros((1, 3)), np.ones(1), None)


def _turned_amplitude(shape: Cuboid, turn: FloatArray, q: FloatArray) -> FloatArray:
    # Body axes see q turned back: R^T q, as rows q R.
    return amplitude(shape, q @ turn)
