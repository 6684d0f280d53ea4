"""Simulated crystals with known disorder: what the analyses of this room are tried on."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from packing.checks import require_between, require_non_negative, require_positive
from packing.configuration import Configuration, cell_to_box, configuration, matrices_to_quaternions, random_quaternions
from packing.errors import InputError
from packing.shapes import Shape
from structure.crystals.cells import unit_cell
from structure.widths import FWHM_PER_SIGMA

FloatArray = NDArray[np.float64]


def build_crystal(
    lattice: str,
    *,
    spacing_nm: float,
    n_cells: tuple[int, int, int],
    shapes: Shape | tuple[Shape, ...],
    periodic: bool = True,
    primitive: bool = False,
    c_over_a: float | None = None,
    displacement_nm: float = 0.0,
    misorientation_fwhm_deg: float = 0.0,
    vacancy_fraction: float = 0.0,
    rotation: ArrayLike | None = None,
    seed: int = 0,
) -> Configuration:
    """A crystal of nanocrystals whose body axes lie along the axes of the conventional cell.

    Parameters
    ----------
    lattice
        "sc", "fcc", "bcc", "hcp", "bct" or "simple hexagonal".
    spacing_nm
        Nearest-neighbour distance [nm].
    n_cells
        Cells along the three cell vectors. The conventional cell (orthogonal) holds 1 site of sc, 2 of bcc, bct and
        simple hexagonal, 4 of fcc and hcp.
    shapes
        Core shape, or several (see `size_classes`) that are spread over the sites at random in equal shares.
    periodic
        Whether the crystal fills a periodic box; otherwise it is a free cluster centred on the origin.
    primitive
        Whether to count in primitive cells: the box is then triclinic.
    c_over_a
        Axial ratio of bct (default 1.2), hcp (ideal) and simple hexagonal (1).
    displacement_nm
        Standard deviation, per axis, of independent Gaussian displacements from the sites [nm].
    misorientation_fwhm_deg
        Full width at half maximum, about each axis, of the particles' Gaussian misorientation [degrees].
    vacancy_fraction
        Share of the sites left empty, chosen at random; the number is rounded.
    rotation
        Scalar-first quaternion that turns the whole crystal; free clusters only.
    seed
        Seed of all random choices.

    Raises
    ------
    InputError
        For an unknown lattice, sizes that are not positive, or a rotation of a periodic crystal.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=cube(8.6))
    Configuration(64 x NC, box 44.00 x 44.00 x 44.00 nm, step 0)
    """
    require_positive("spacing_nm", spacing_nm, "nm")
    require_non_negative("displacement_nm", displacement_nm, "nm")
    require_non_negative("misorientation_fwhm_deg", misorientation_fwhm_deg, "degrees")
    require_between("vacancy_fraction", vacancy_fraction, 0.0, 0.9)
    if min(n_cells) < 1:
        raise InputError(f"n_cells must be at least 1 along each axis, got {n_cells}.")
    if periodic and rotation is not None:
        raise InputError("rotation is for a free cluster: give periodic=False, or turn the box by its tilts.")
    rng = np.random.default_rng(seed)
    cell = unit_cell(lattice, c_over_a=c_over_a, primitive=primitive)
    sites = cell.sites(n_cells) * spacing_nm
    turn, box = _frame(cell.cell * spacing_nm, n_cells, periodic, rotation)
    sites = (sites if periodic else sites - sites.mean(axis=0)) @ turn.T
    kept = _occupied(len(sites), vacancy_fraction, rng)
    positions = sites[kept] + rng.normal(scale=displacement_nm, size=(len(kept), 3))
    return _with_species(positions, box, _tilted(turn, len(kept), misorientation_fwhm_deg, rng), shapes, rng)


def build_bicrystal(
    lattice: str, *, twist_deg: float, spacing_nm: float, n_cells: tuple[int, int, int], shapes: Shape, seed: int = 0
) -> Configuration:
    """A free cluster of two grains of one lattice, met face to face and twisted about the x axis by ``twist_deg``.

    Each grain has ``n_cells``; the boundary is one nearest-neighbour distance wide.

    Parameters
    ----------
    lattice, n_cells
        As in `build_crystal`, for each of the grains.
    twist_deg
        Angle between the grains [degrees]; each turns by half of it.
    spacing_nm
        Nearest-neighbour distance in both grains, and the width of the boundary [nm].
    shapes
        Core shape of all particles.
    seed
        Seed of the random choices in each grain.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> build_bicrystal("sc", twist_deg=30, spacing_nm=11.0, n_cells=(3, 5, 5), shapes=cube(8.6)).n_particles
    150
    """
    # Each grain turns by half the twist; a quaternion holds half the angle of its rotation.
    half = math.radians(twist_deg) / 4
    grains = [
        build_crystal(
            lattice,
            spacing_nm=spacing_nm,
            n_cells=n_cells,
            shapes=shapes,
            periodic=False,
            rotation=[math.cos(half), sign * math.sin(half), 0, 0],
            seed=seed,
        )
        for sign in (-1, 1)
    ]
    left, right = (g.positions_nm for g in grains)
    shift = np.array([left[:, 0].max() - right[:, 0].min() + spacing_nm, 0, 0])
    positions = np.concatenate([left, right + shift])
    orientations = np.concatenate([g.orientations for g in grains])
    return configuration(positions - positions.mean(axis=0), shapes=shapes, orientations=orientations)


def size_classes(shape: Shape, size_spread: float, n_classes: int = 9) -> tuple[Shape, ...]:
    """``n_classes`` equally likely sizes of a Gaussian whose standard deviation is ``size_spread`` of the mean.

    Parameters
    ----------
    shape
        The mean shape.
    size_spread
        Standard deviation of the size over its mean, at most 0.3.
    n_classes
        Number of sizes, at least 2.

    Raises
    ------
    InputError
        For a spread outside 0 to 0.3, or fewer than two classes.

    Examples
    --------
    >>> from packing.shapes import Sphere
    >>> [round(s.diameter_nm, 2) for s in size_classes(Sphere(diameter_nm=10.0), 0.05, 3)]
    [9.39, 10.0, 10.61]
    """
    require_between("size_spread", size_spread, 0.0, 0.3, hint="Give a fraction: 0.05 is 5 %.")
    if n_classes < 2:
        raise InputError(f"n_classes must be at least 2, got {n_classes}.")
    quantiles = np.array([NormalDist().inv_cdf((i + 0.5) / n_classes) for i in range(n_classes)])
    # Quantile midpoints cut the tails off; the rescaling restores the standard deviation.
    quantiles /= quantiles.std()
    return tuple(shape.scaled(1 + size_spread * float(z)) for z in quantiles)


def ideal_gas(n_particles: int, *, edge_nm: float, shapes: Shape, seed: int = 0) -> Configuration:
    """Points at random in a cubic periodic box of ``edge_nm``, with random orientations.

    Parameters
    ----------
    n_particles
        Number of particles.
    edge_nm
        Edge of the box [nm].
    shapes
        Core shape of all.
    seed
        Seed of places and orientations.

    Raises
    ------
    InputError
        For no particles, or an edge that is not positive.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> ideal_gas(27, edge_nm=60.0, shapes=cube(8.6))
    Configuration(27 x NC, box 60.00 x 60.00 x 60.00 nm, step 0)
    """
    require_positive("n_particles", n_particles)
    require_positive("edge_nm", edge_nm, "nm")
    rng = np.random.default_rng(seed)
    return configuration(
        rng.uniform(-edge_nm / 2, edge_nm / 2, (n_particles, 3)),
        shapes=shapes,
        box=[edge_nm] * 3,
        orientations=random_quaternions(n_particles, rng),
    )


def _frame(
    cell_nm: FloatArray, n_cells: tuple[int, int, int], periodic: bool, rotation: ArrayLike | None
) -> tuple[FloatArray, FloatArray | None]:
    if periodic:
        box, turn = cell_to_box(cell_nm * np.array(n_cells, dtype=float)[:, None])
        return turn, box
    if rotation is None:
        return np.eye(3), None
    return Rotation.from_quat(np.roll(np.asarray(rotation, dtype=float), -1)).as_matrix(), None


def _occupied(n_sites: int, vacancy_fraction: float, rng: np.random.Generator) -> NDArray[np.int64]:
    n_empty = round(vacancy_fraction * n_sites)
    return np.sort(rng.permutation(n_sites)[n_empty:])


def _tilted(turn: FloatArray, n: int, fwhm_deg: float, rng: np.random.Generator) -> FloatArray:
    vectors = rng.normal(scale=math.radians(fwhm_deg) / FWHM_PER_SIGMA, size=(n, 3))
    return matrices_to_quaternions(Rotation.from_rotvec(vectors).as_matrix() @ turn)


def _with_species(
    positions: FloatArray,
    box: FloatArray | None,
    orientations: FloatArray,
    shapes: Shape | tuple[Shape, ...],
    rng: np.random.Generator,
) -> Configuration:
    many = shapes if isinstance(shapes, tuple) else (shapes,)
    species = rng.permutation(np.arange(len(positions)) % len(many))
    return configuration(positions, shapes=many, box=box, orientations=orientations, species=species)
