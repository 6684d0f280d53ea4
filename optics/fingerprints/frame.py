"""What the optical models take from a configuration: edges, gaps between facets, core fraction, period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from packing.configuration import Configuration, configuration
from packing.errors import InputError
from packing.shapes import Cuboid, Shape

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameFacts:
    """Plain numbers of a frame.

    Parameters
    ----------
    edges_nm
        Edges of each core [nm], shape (N, 3); of a sphere those of the cube of its volume.
    period_nm
        Mean distance to the nearest neighbours [nm].
    gap_nm
        Median distance between facets that face each other [nm].
    facet_overlap
        Mean share of a facet that faces its neighbour's, 0 to 1.
    core_fraction
        Core volume over the volume of the box; None for a free cluster.
    n_facing
        Pairs of facets that were found.
    """

    edges_nm: FloatArray
    period_nm: float
    gap_nm: float
    facet_overlap: float
    core_fraction: float | None
    n_facing: int


def frame_facts(frame: Configuration) -> FrameFacts:
    """Measure a frame. The gap is that of the frame, which need not be that of a prediction.

    Parameters
    ----------
    frame
        Configuration with at least two dots.

    Raises
    ------
    InputError
        For fewer than two dots.

    Examples
    --------
    >>> facts = frame_facts(ideal_crystal(8.6, 11.5, n_cells=3))
    >>> round(facts.gap_nm, 3), round(facts.core_fraction, 3), facts.facet_overlap
    (2.9, 0.418, 1.0)
    """
    if frame.n_particles < 2:
        raise InputError(f"optics of a superlattice needs at least 2 nanocrystals, got {frame.n_particles}.")
    per_species = np.array([core_edges_nm(shape) for shape in frame.shapes])
    volumes = np.array([shape.volume_nm3 for shape in frame.shapes])
    edges = per_species[frame.species]
    filled = None if frame.volume_nm3 is None else float(volumes[frame.species].sum() / frame.volume_nm3)
    places, owner = _with_images(frame)
    nearest = cKDTree(places).query(frame.positions_nm, k=2)[0][:, 1]
    period = float(nearest.mean())
    gaps, overlaps = _facing(frame, edges, places, owner, 1.3 * period)
    if not gaps.size:
        gaps = nearest - np.cbrt(np.prod(edges, axis=1))
        overlaps = np.ones(1)
    return FrameFacts(
        edges_nm=edges,
        period_nm=period,
        gap_nm=float(max(np.median(gaps), 0.0)),
        facet_overlap=float(overlaps.mean()),
        core_fraction=filled,
        n_facing=int(gaps.size),
    )


def core_edges_nm(shape: Shape) -> tuple[float, float, float]:
    """Edges of a core [nm]; a sphere counts as the cube of its volume.

    Examples
    --------
    >>> from packing.shapes import Sphere
    >>> round(core_edges_nm(Sphere(diameter_nm=10.0))[0], 3)
    8.06
    """
    if isinstance(shape, Cuboid):
        return shape.edges_nm
    edge = shape.volume_nm3 ** (1 / 3)
    return (edge, edge, edge)


def ideal_crystal(
    edge_nm: float, period_nm: float, *, n_cells: int = 4, size_spread: float = 0.0, seed: int = 1
) -> Configuration:
    """A periodic simple cubic crystal of aligned cubes: what a prediction stands for before anything is simulated.

    Parameters
    ----------
    edge_nm, period_nm
        Mean edge and period [nm].
    n_cells
        Cubes along an edge.
    size_spread
        Standard deviation of the edge over its mean; seven sizes, as in a simulation.
    seed
        Of who gets which size.

    Raises
    ------
    InputError
        For cubes that do not fit.

    Examples
    --------
    >>> crystal = ideal_crystal(8.6, 11.5, n_cells=3, size_spread=0.03)
    >>> crystal.n_particles, crystal.box[:3].tolist()
    (27, [34.5, 34.5, 34.5])
    """
    if edge_nm >= period_nm:
        raise InputError(f"edge_nm must be below the period of {period_nm:g} nm, got {edge_nm:g} nm.")
    sites = period_nm * np.stack(np.meshgrid(*[np.arange(n_cells)] * 3, indexing="ij"), -1).reshape(-1, 3)
    rng = np.random.default_rng(seed)
    quantiles = np.linspace(-1.5, 1.5, 7)
    scales = 1 + size_spread * quantiles
    kinds = np.clip(np.round(rng.normal(size=len(sites)) / 0.5), -3, 3).astype(int) + 3
    if size_spread == 0:
        scales, kinds = np.ones(1), np.zeros(len(sites), dtype=int)
    shapes: tuple[Shape, ...] = tuple(Cuboid(edges_nm=(edge_nm * s,) * 3) for s in scales)
    return configuration(sites, shapes=shapes, box=[n_cells * period_nm] * 3, species=kinds)


def _with_images(frame: Configuration) -> tuple[FloatArray, NDArray[np.int64]]:
    """Positions with those of the neighbouring cells, and which dot each is."""
    x, owner = frame.positions_nm, np.arange(frame.n_particles)
    cell = frame.cell_nm
    if cell is None:
        return x, owner
    shifts = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3, indexing="ij"), -1).reshape(-1, 3)
    places = (x[None, :, :] + (shifts @ cell)[:, None, :]).reshape(-1, 3)
    fractions = places @ np.linalg.inv(cell)
    # Half a cell more on each side is beyond every neighbour but in a box of one or two dots.
    near = np.all(np.abs(fractions) <= 1.0 + 1e-9, axis=1)
    return places[near], np.tile(owner, len(shifts))[near]


def _facing(
    frame: Configuration, edges: FloatArray, places: FloatArray, owner: NDArray[np.int64], reach_nm: float
) -> tuple[FloatArray, FloatArray]:
    """Gap [nm] and overlap of facets of neighbours that look at each other along a body axis."""
    tree = cKDTree(places)
    found = tree.query_ball_point(frame.positions_nm, reach_nm)
    first = np.repeat(np.arange(frame.n_particles), [len(f) for f in found])
    second = np.concatenate([np.asarray(f, dtype=np.int64) for f in found])
    apart = places[second] - frame.positions_nm[first]
    distance = np.linalg.norm(apart, axis=1)
    keep = distance > 1e-6
    first, second, apart, distance = first[keep], second[keep], apart[keep], distance[keep]
    body = np.einsum("nij,ni->nj", frame.rotations[first], apart)
    axis = np.argmax(np.abs(body), axis=1)
    rows = np.arange(len(body))
    along = np.abs(body[rows, axis])
    facing = along > 0.9 * distance
    other = edges[owner[second]]
    gap = along - (edges[first, axis] + np.sort(other, axis=1)[:, 1]) / 2
    share = np.clip(1 - np.abs(body) / ((edges[first] + other) / 2), 0.0, 1.0)
    share[rows, axis] = 1.0
    return gap[facing], np.prod(share, axis=1)[facing]
