"""Path of the beam in all particles of a picture: many bodies of planes at a time, each where it falls.

A body between pairs of parallel faces leaves of a ray what all pairs leave of it. Where a pair cuts the ray is linear
across the picture, so that a row and a column of numbers for each body say it; many windows of like size go at once.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from packing.configuration import Configuration
from packing.errors import InputError
from packing.shapes import Shape, Sphere
from structure.imaging.projection import chord_nm, face_pairs

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_MAX_PLACES = 100_000_000
#: Places that are looked at together, to bound the memory.
_PLACES_AT_ONCE = 1_000_000
#: Rays of the windows that are worked on together: they stay in the processor's cache.
_RAYS_AT_ONCE = 40_000
#: Windows are rounded up to one of so many sizes along each side.
_SIZE_CLASSES = 16
#: A face this near to lying along the beam is taken to lean by so much: its edge blurs by 1e-9 of the body.
_LEAST_SLOPE = 1e-9


def projected_thickness_nm(
    configuration: Configuration,
    *,
    view: FloatArray,
    px_per_nm: float,
    shape: tuple[int, int],
    depth_nm: float,
    contrast_spread: float = 0.0,
    rng: np.random.Generator | None = None,
    oversample: int = 2,
) -> FloatArray:
    """Path of the beam inside the particles [nm], shape (rows, cols), averaged over each pixel.

    The middle of the picture is the middle of the box. With a ``contrast_spread`` every particle drawn, each periodic
    image for itself, is weighed by a factor of mean 1 from a gamma distribution: repeated with the box, the factors
    would put spots of the box into the Fourier transform.

    Parameters
    ----------
    configuration
        The particles.
    view
        Rotation matrix (3, 3) whose rows are the right of the picture, its top and the direction to the source.
    px_per_nm
        Scale [pixels per nm].
    shape
        Rows and columns of the picture.
    depth_nm
        Thickness of the slab along the beam that is seen of a periodic box [nm].
    contrast_spread
        Standard deviation of the factor of each particle.
    rng
        Draws the factors; without it all are 1.
    oversample
        Rays along each side of a pixel.

    Raises
    ------
    InputError
        For a field that holds more than some million particles.

    Examples
    --------
    >>> from packing.configuration import configuration
    >>> from packing.shapes import cube
    >>> one = configuration([[0, 0, 0]], shapes=cube(8.0))
    >>> path = projected_thickness_nm(one, view=np.eye(3), px_per_nm=2.0, shape=(32, 32), depth_nm=10.0)
    >>> float(path.max()), float(path.sum() / 2.0**2)
    (8.0, 512.0)
    """
    rows, cols = shape
    step = 1.0 / (px_per_nm * oversample)
    who, places = places_drawn(configuration, view, (cols / px_per_nm, rows / px_per_nm), depth_nm)
    x, y, _ = places.T
    weights = np.ones(len(who))
    if rng is not None and contrast_spread > 0:
        weights = rng.gamma(1 / contrast_spread**2, contrast_spread**2, len(who))
    # Windows of bodies at the edge reach out of the picture: it gets a margin, cut off in the end.
    margin = int(2 * max(s.circumradius_nm for s in configuration.shapes) * px_per_nm) + 4
    image = np.zeros((rows + 2 * margin, cols + 2 * margin))
    # Ray k is (k + 1/2) step from the left (or top) edge.
    middle = np.array(image.shape) * oversample / 2 - 0.5
    at = middle + np.stack([-y, x], axis=1) / step
    rotations = view @ configuration.rotations
    kinds = configuration.species[who]
    for kind in np.unique(kinds):
        mine = kinds == kind
        body = configuration.shapes[kind]
        _add(image, body, rotations[who[mine]], at[mine], step, weights[mine] / oversample**2, oversample)
    return image[margin:-margin, margin:-margin]


def _add(
    image: FloatArray,
    body: Shape,
    rotations: FloatArray,
    at: FloatArray,
    step: float,
    weights: FloatArray,
    oversample: int,
) -> None:
    """Add the chords of bodies of one shape at ``at``, in rays along rows and columns, each times its weight."""
    half = _half_extents_nm(body, rotations) / step
    # In whole pixels, so that the rays of each are added up within the window.
    first = np.ceil(at - half).astype(int) // oversample
    sizes = np.floor(at + half).astype(int) // oversample - first + 1
    pairs = None if isinstance(body, Sphere) or body.rounding_nm > 0 else face_pairs(body)
    scratch = np.empty((3, _RAYS_AT_ONCE + int(np.prod(sizes.max(axis=0))) * oversample**2))
    for some, (n_rows, n_cols) in _alike(first, sizes, oversample):
        start = first[some] * oversample - at[some]
        y = -(start[:, :1] + np.arange(n_rows * oversample)) * step
        x = (start[:, 1:] + np.arange(n_cols * oversample)) * step
        if pairs is not None:
            chords = _between_pairs(*pairs, rotations[some], x, y, weights[some], scratch)
        else:
            rays = zip(weights[some], rotations[some], x, y, strict=True)
            chords = np.array([w * chord_nm(body, turn, *np.meshgrid(a, b)) for w, turn, a, b in rays])
        for (row, col), chord in zip(first[some].tolist(), _per_pixel(chords, oversample), strict=True):
            window = image[row : row + n_rows, col : col + n_cols]
            window += chord


def _per_pixel(chords: FloatArray, oversample: int) -> FloatArray:
    """Sums over the rays of each pixel, shape (bodies, rows, columns)."""
    for k in range(1, oversample):
        chords[:, ::oversample] += chords[:, k::oversample]
    total = chords[:, ::oversample, ::oversample].copy()
    for k in range(1, oversample):
        total += chords[:, ::oversample, k::oversample]
    return total


def _between_pairs(
    normals: FloatArray,
    halves_nm: FloatArray,
    rotations: FloatArray,
    x: FloatArray,
    y: FloatArray,
    weights: FloatArray,
    scratch: FloatArray,
) -> FloatArray:
    """Chords of bodies between pairs of faces, shape (bodies, rows, columns), each times its weight, in ``scratch``."""
    turned = np.einsum("bij,kj->bki", rotations, normals)
    # Opposite faces are one pair, so either may be the one that looks up.
    turned *= np.where(turned[..., 2:] < 0, -1.0, 1.0)
    per_slope = weights[:, None] / np.maximum(turned[..., 2], _LEAST_SLOPE)
    across = -turned[..., 0] * per_slope
    along = -turned[..., 1] * per_slope
    half = halves_nm * per_slope
    window = (len(x), y.shape[1], x.shape[1])
    low, high, next_one = (part[: math.prod(window)].reshape(window) for part in scratch)
    for k in range(len(normals)):
        enters = low if k == 0 else next_one
        row = (along[:, k, None] * y - half[:, k, None])[:, :, None]
        np.add(row, (across[:, k, None] * x)[:, None, :], out=enters)
        width = 2 * half[:, k, None, None]
        if k == 0:
            np.add(low, width, out=high)
        else:
            np.maximum(low, enters, out=low)
            enters += width
            np.minimum(high, enters, out=high)
    high -= low
    return np.maximum(high, 0.0, out=high)


def _half_extents_nm(body: Shape, rotations: FloatArray) -> FloatArray:
    """How far bodies reach from their centre along the rows and the columns of the picture [nm], shape (n, 2)."""
    if isinstance(body, Sphere):
        return np.full((len(rotations), 2), body.diameter_nm / 2)
    edges = np.array(body.edges_nm) / 2 - body.rounding_nm
    reach = np.abs(rotations[:, :2]) @ edges + body.rounding_nm
    return np.asarray(reach[:, ::-1])


def _alike(first: IntArray, sizes: IntArray, oversample: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Indices of windows of like size that lie near each other, of `_RAYS_AT_ONCE` in all, and a size for them."""
    step = sizes.max(axis=0) // _SIZE_CLASSES + 1
    classes = -(-sizes // step)
    order = np.lexsort((first[:, 0], classes[:, 1], classes[:, 0]))
    ends = np.flatnonzero(np.any(np.diff(classes[order], axis=0) != 0, axis=1)) + 1
    for part in np.split(order, ends):
        size = sizes[part].max(axis=0)
        count = 1 + _RAYS_AT_ONCE // (int(np.prod(size)) * oversample**2)
        for start in range(0, len(part), count):
            yield part[start : start + count], size


def places_drawn(
    configuration: Configuration, view: FloatArray, field_nm: tuple[float, float], depth_nm: float
) -> tuple[IntArray, FloatArray]:
    """Indices and places in the view [nm], shape (n, 3), of all particles and periodic images that show in a field.

    The field of ``field_nm`` (width, height) and ``depth_nm`` [nm] is about the middle of the box or the cluster;
    ``view`` is a rotation (3, 3) as for `projected_thickness_nm`.

    Raises
    ------
    InputError
        For a field that holds more than some million particles.
    """
    c = configuration
    centres = c.positions_nm @ view.T
    margin = max(s.circumradius_nm for s in c.shapes)
    half = np.array([field_nm[0] / 2 + margin, field_nm[1] / 2 + margin, depth_nm / 2])
    if c.cell_nm is None:
        centres = centres - (centres.max(axis=0) + centres.min(axis=0)) / 2
        shifts = np.zeros((1, 3))
    else:
        cell = c.cell_nm @ view.T
        corners = np.array(list(itertools.product((-1, 1), repeat=3))) * half
        reach = np.ceil(np.abs(corners @ np.linalg.inv(cell)).max(axis=0) + 0.5).astype(int)
        ranges = [np.arange(-n, n + 1) for n in reach]
        shifts = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, 3) @ cell
    if len(shifts) * len(centres) > _MAX_PLACES:
        raise InputError("field_nm holds too many particles to draw. Give a smaller field_nm or depth_nm.")
    who, places = [], []
    at_once = max(1, _PLACES_AT_ONCE // len(shifts))
    for start in range(0, len(centres), at_once):
        near = centres[start : start + at_once, None] + shifts
        # Half-open along the beam: of two images exactly one period apart only one is in the slab.
        seen = np.all(np.abs(near[..., :2]) <= half[:2], axis=2) & (near[..., 2] >= -half[2]) & (near[..., 2] < half[2])
        who.append(start + np.nonzero(seen)[0])
        places.append(near[seen])
    return np.concatenate(who), np.concatenate(places)
