"""Shapes as plain data: what GSD files and JSON hold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from packing.shapes import CUBE_CORNERS, Cuboid, Shape, Sphere


def shape_to_dict(shape: Shape) -> dict[str, Any]:
    """Plain data that `shape_from_dict` turns back into the same shape."""
    if isinstance(shape, Sphere):
        return {"kind": "sphere", "diameter_nm": shape.diameter_nm}
    return {
        "kind": "cuboid",
        "edges_nm": list(shape.edges_nm),
        "rounding_nm": shape.rounding_nm,
        "truncation": shape.truncation,
    }


def shape_from_dict(data: dict[str, Any]) -> Shape:
    """The shape that `shape_to_dict` wrote, or that a GSD ``type_shapes`` entry from elsewhere describes.

    Raises
    ------
    InputError
        If the entry is neither a sphere nor a cuboid aligned with its body axes.
    """
    if data.get("kind") == "sphere":
        return Sphere(diameter_nm=data["diameter_nm"])
    if data.get("kind") == "cuboid":
        a, b, c = data["edges_nm"]
        return Cuboid(edges_nm=(a, b, c), rounding_nm=data["rounding_nm"], truncation=data["truncation"])
    if data.get("type") == "Sphere":
        return Sphere(diameter_nm=float(data["diameter"]))
    if data.get("type") == "ConvexPolyhedron":
        vertices = np.asarray(data["vertices"], dtype=float)
        rounding = float(data.get("rounding_radius", 0.0))
        edges = np.ptp(vertices, axis=0)
        box_corners = CUBE_CORNERS * edges / 2
        if vertices.shape == (8, 3) and np.allclose(
            np.sort(np.abs(vertices), 0), np.sort(np.abs(box_corners), 0), rtol=1e-4
        ):
            a, b, c = (float(e) for e in edges + 2 * rounding)
            return Cuboid(edges_nm=(a, b, c), rounding_nm=rounding)
    if data.get("type") == "Polygon":
        return _upright(np.asarray(data["vertices"], dtype=float), float(data.get("rounding_radius", 0.0)))
    raise InputError(
        f"shape {data.get('type', data.get('kind', 'without a type'))!r} is not supported: "
        "give a Sphere, or a ConvexPolyhedron that is a cuboid along its own axes."
    )


def _upright(corners: NDArray[np.float64], rounding_nm: float) -> Shape:
    """A body in a plane: a rectangle along its axes as a cuboid of its shorter edge's height, others as spheres."""
    edges = np.ptp(corners, axis=0) + 2 * rounding_nm
    if corners.shape == (4, 2) and np.allclose(np.abs(corners), np.ptp(corners, axis=0) / 2, rtol=1e-4):
        a, b = (float(e) for e in edges)
        return Cuboid(edges_nm=(a, b, min(a, b)), rounding_nm=rounding_nm)
    x, y = corners.T
    area = abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1))) / 2
    return Sphere(diameter_nm=2 * math.sqrt(area / math.pi) + 2 * rounding_nm)
