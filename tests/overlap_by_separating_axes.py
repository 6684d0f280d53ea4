"""Overlap of spheres and cuboids in a crystal, written apart from the contact engine and on another footing.

Cuboids by their corners projected on the separating axes; spheres against cuboids by the point of the cuboid that is
closest; all pairs of the whole conventional cell with all images in reach, without use of symmetry.
"""

from __future__ import annotations

import itertools

import numpy as np

from packing.configuration import quaternions_to_matrices
from packing.contact.packed import PackedLattice
from packing.shapes import Cuboid, Sphere


def deepest_overlap(packing: PackedLattice) -> float:
    """The largest penetration of any pair [nm]; about zero for a packing at contact, negative where none touches."""
    rotations = quaternions_to_matrices(packing.orientations)
    shapes = [packing.shapes[kind] for kind in packing.kinds]
    radii = np.array([shape.circumradius_nm for shape in shapes])
    heights = packing.volume_nm3 / np.array(
        [np.linalg.norm(np.cross(packing.cell_nm[k - 2], packing.cell_nm[k - 1])) for k in range(3)]
    )
    reach = np.ceil(2 * radii.max() / heights).astype(int)
    images = np.array(list(itertools.product(*(range(-r - 1, r + 2) for r in reach)))) @ packing.cell_nm
    deepest = -np.inf
    for i, j in itertools.combinations_with_replacement(range(len(shapes)), 2):
        apart = packing.positions_nm[j] - packing.positions_nm[i] + images
        distance = np.linalg.norm(apart, axis=1)
        near = (distance < radii[i] + radii[j] + 1e-9) & (distance > 1e-9)
        for delta in apart[near]:
            deepest = max(deepest, _penetration(delta, shapes[i], rotations[i], shapes[j], rotations[j]))
    return deepest


def _penetration(delta, one, turn_one, other, turn_other) -> float:
    if isinstance(one, Sphere) and isinstance(other, Sphere):
        return one.diameter_nm / 2 + other.diameter_nm / 2 - float(np.linalg.norm(delta))
    if isinstance(one, Sphere):
        return _sphere_in_cuboid(-delta, one, other, turn_other)
    if isinstance(other, Sphere):
        return _sphere_in_cuboid(delta, other, one, turn_one)
    return _cuboids(delta, one, turn_one, other, turn_other)


def _sphere_in_cuboid(centre, sphere: Sphere, cuboid: Cuboid, turn) -> float:
    # Signed distance of a point to a box.
    outside = np.abs(turn.T @ centre) - np.array(cuboid.edges_nm) / 2
    distance = np.linalg.norm(np.maximum(outside, 0)) + min(outside.max(), 0.0)
    return sphere.diameter_nm / 2 - float(distance)


def _cuboids(delta, one: Cuboid, turn_one, other: Cuboid, turn_other) -> float:
    corners_one = one.vertices_nm @ turn_one.T
    corners_other = other.vertices_nm @ turn_other.T + delta
    axes = [*turn_one.T, *turn_other.T]
    axes += [np.cross(a, b) for a in turn_one.T for b in turn_other.T]
    shallowest = np.inf
    for axis in axes:
        length = np.linalg.norm(axis)
        if length < 1e-7:
            continue
        p, q = corners_one @ axis / length, corners_other @ axis / length
        shallowest = min(shallowest, min(p.max(), q.max()) - max(p.min(), q.min()))
    return float(shallowest)
