"""Reflections of a small periodic box told apart from what scatters between them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from packing.configuration import Configuration
from structure.saxs.sources import Disc, SourceGroup, Sources, sources_of
from structure.saxs.sums import reciprocal_slabs

FloatArray = NDArray[np.float64]

#: Structure factor above which a reciprocal point counts as a reflection. Without order it is exponential with a mean
#: of 1, so that one point in 160 000 lies above.
_BRAGG_ABOVE = 12.0
_MAX_SPECIES = 4


def split_slabs(
    frame: Configuration,
    q_max_inv_nm: float,
    *,
    points_only: bool,
    split: bool,
    cell_nm: FloatArray | None = None,
    n_planes: int | None = None,
    disc: Disc | None = None,
) -> Iterator[tuple[FloatArray, FloatArray, NDArray[np.bool_]]]:
    """Reciprocal vectors, intensities per particle and whether each is a reflection, slab by slab.

    A point is a reflection where the structure factor of all centres, or of those of one species, is above 12. A large
    crystal narrows reflections; the diffuse part between them stays as smooth as it is, although a small box samples
    it at few points. With ``split=False`` every point counts as a reflection. Vectors up to a length of
    ``q_max_inv_nm`` [1/nm] are given, one of each pair G and -G.

    Where only a ``disc`` of them is looked at, ``cell_nm`` are vectors (rows) of the same lattice [nm] and ``n_planes``
    is how high the first index goes.
    """
    assert frame.cell_nm is not None
    cell = frame.cell_nm if cell_nm is None else cell_nm
    if disc is None:
        sources = sources_of(frame, q_max_inv_nm, points_only=points_only)
    else:
        sources = sources_of(frame, disc.q_max_inv_nm, tolerance=disc.tolerance, points_only=points_only, disc=disc)
    slabs = reciprocal_slabs(sources, cell, q_max_inv_nm, n_planes)
    if not split:
        for g, squared in slabs:
            yield g, squared / sources.sum_of_squares, np.ones(len(g), dtype=bool)
        return
    parts = [reciprocal_slabs(p, cell, q_max_inv_nm, n_planes) for p in _centres(frame)]
    sums = [p.sum_of_squares for p in _centres(frame)]
    for (g, squared), *others in zip(slabs, *parts, strict=True):
        factors = [s / n for (_, s), n in zip(others, sums, strict=True)]
        yield g, squared / sources.sum_of_squares, np.max(factors, axis=0) > _BRAGG_ABOVE


def _centres(frame: Configuration) -> list[Sources]:
    """All centres as points, and those of each species where there are a few."""
    every = _points(frame.positions_nm)
    used = np.unique(frame.species)
    if not 1 < len(used) <= _MAX_SPECIES:
        return [every]
    return [every, *(_points(frame.positions_nm[frame.species == s]) for s in used)]


def _points(centres_nm: FloatArray) -> Sources:
    group = SourceGroup(centres_nm, 1.0, None, np.zeros((1, 3)), np.ones(1), None)
    return Sources((group,), float(len(centres_nm)))
