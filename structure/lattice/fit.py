"""Best-fit Bravais lattice of a configuration, with uncertainties."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from packing.configuration import Configuration, quaternions_to_matrices
from packing.errors import InputError
from packing.shapes import Cuboid
from structure.lattice.bond_peaks import lattice_vectors, primitive_basis
from structure.lattice.conventional import conventional_cell
from structure.lattice.disorder import row_disorder
from structure.lattice.grains import Grain, find_grains
from structure.lattice.result import LatticeFit, no_fit
from structure.lattice.sites import SiteIndices, count_vacancies, index_sites
from structure.lattice.uncertainty import (
    SiteFit,
    cell_parameters,
    fit_sites,
    mean_length,
    parameter_errors,
)
from structure.order.classify import LocalStructure, classify_surroundings
from structure.order.neighbours import Neighbours, nearest_neighbours

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Neighbours within 1.8 nearest-neighbour distances: 44 in fcc and hcp.
N_NEIGHBOURS = 44
# Relative difference of lengths (or of cosines) that still counts as equal when the crystal system is named.
SYMMETRY_TOLERANCE = 0.02
_MIN_PARTICLES = 8
_MAX_SIGMA = 0.2
_MIN_INDEXED = 0.5
_MAX_CONFLICTS = 0.1
# Scatter of bonds about lattice vectors in nearest-neighbour distances: warm crystals, then very soft ones, whose bonds
# may be taken for the wrong one of the two sublattices of hcp.
_TOLERANCES = (0.28, 0.42)
# A cuboid faces along a direction within 26 degrees of it.
_NEAR_AXIS = 0.9
# Sites within this many periods surround a vacancy: 18 in sc and fcc, 14 in bcc.
_SHELL_REACH = 1.5


def fit_lattice(configuration: Configuration) -> LatticeFit:
    """Fit a Bravais lattice to the largest grain of a configuration.

    The lattice may lie in any direction to the box. Where there is no lattice the result says so (``found`` is False
    and ``reason`` says why); it never guesses.

    Raises
    ------
    InputError
        If there are fewer than two particles or two on one point.

    Notes
    -----
    Bond vectors that nearly every particle has are lattice vectors; the shortest three that span all others are the
    primitive basis. Every particle gets whole-number indices by walking along such bonds. The basis is then the least
    squares fit of positions to indices; where the crystal fills a periodic box, the box vectors are whole-number sums
    of lattice vectors, and that fixes the basis instead. Uncertainties always come from the scatter of the particles
    about their sites (`structure.lattice.uncertainty`), never from the box.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=cube(8.6), displacement_nm=0.3)
    >>> fit_lattice(crystal).summary()
    'sc, cubic CUB: a 11.00(4) b 11.00(4) c 11.00(4) nm, period 11.00(2) nm, gap 2.40(2) nm, 0 vacancies, 1 grain'
    """
    if configuration.n_particles < 2:
        raise InputError(f"configuration must have at least 2 particles, got {configuration.n_particles}.")
    neighbours = nearest_neighbours(configuration, N_NEIGHBOURS)
    return fit_lattice_of(configuration, neighbours, classify_surroundings(neighbours))


def fit_lattice_of(configuration: Configuration, neighbours: Neighbours, local: LocalStructure) -> LatticeFit:
    """`fit_lattice` for neighbours (at least `N_NEIGHBOURS`) and surroundings that are known already."""
    grains = find_grains(neighbours, local)
    n = configuration.n_particles
    # Without a grain of a named lattice, a lattice of lower symmetry may still hold everything together.
    members = grains[0].members if grains else np.arange(n)
    found: tuple[FloatArray, SiteIndices, SiteFit] | str = ""
    for tolerance in _TOLERANCES:
        found = _indexed(configuration, neighbours, local, members, tolerance)
        if not isinstance(found, str):
            break
    if isinstance(found, str):
        return no_fit(configuration.step, n, grains, found)
    vectors, sites, fit = found
    return _result(configuration, grains, vectors, sites, fit)


def _indexed(
    configuration: Configuration, neighbours: Neighbours, local: LocalStructure, members: IntArray, tolerance: float
) -> tuple[FloatArray, SiteIndices, SiteFit] | str:
    """Lattice vectors, indexed sites and the fit to them, or why there is none."""
    n, spacing = configuration.n_particles, neighbours.spacing_nm
    if n < _MIN_PARTICLES:
        return f"{n} particles are too few for a lattice, which takes at least {_MIN_PARTICLES}."
    central = members[local.is_interior[members]]
    if len(central) == 0:
        return "no particle has neighbours all around it."
    central = central[np.argsort(local.scatter[central], kind="stable")]
    vectors = lattice_vectors(neighbours.vectors_nm[central], spacing, tolerance)
    basis = primitive_basis(vectors, spacing)
    if basis is None:
        return "the vectors between neighbours do not repeat from particle to particle."
    sites = index_sites(
        neighbours, configuration.positions_nm, members, basis, configuration.cell_nm, tolerance * spacing
    )
    if len(sites.members) < max(_MIN_INDEXED * len(members), _MIN_PARTICLES):
        return f"only {len(sites.members)} of {len(members)} particles sit on the sites of one lattice."
    if sites.conflict_fraction > _MAX_CONFLICTS:
        return f"{100 * sites.conflict_fraction:.0f} % of the bonds contradict the others about the lattice."
    fit = fit_sites(sites, configuration.cell_nm)
    if fit is None:
        return "the particles do not span a lattice in three dimensions."
    if fit.sigma_nm > _MAX_SIGMA * spacing:
        return (
            f"particles are {fit.sigma_nm:.2f} nm rms from the best lattice, "
            f"too far for neighbours at {spacing:.2f} nm."
        )
    return vectors, sites, fit


def _result(
    configuration: Configuration, grains: tuple[Grain, ...], vectors: FloatArray, sites: SiteIndices, fit: SiteFit
) -> LatticeFit:
    basis = fit.basis_nm
    shell = np.round(vectors @ np.linalg.inv(basis)).astype(np.int64)
    relative_error = np.sqrt(np.trace(fit.covariance_nm2)) / np.linalg.norm(basis)
    tolerance = float(np.clip(3 * relative_error, SYMMETRY_TOLERANCE, 0.06))
    symmetry = conventional_cell(basis, tolerance)
    axes = symmetry.transformation
    rows = tuple(row_disorder(sites, _shortest_step(axis), basis) for axis in axes)
    drift = np.array([row.cumulative_nm if row is not None and row.is_cumulative else 0.0 for row in rows])
    cell = axes @ basis
    unit = cell / np.linalg.norm(cell, axis=1, keepdims=True)
    lengths = np.linalg.norm(shell @ basis, axis=1)
    nearest = shell[lengths < (1 + tolerance) * lengths.min()]
    period, period_error = mean_length(fit, nearest)
    error = float(np.hypot(period_error, drift.max() / np.sqrt(len(sites.members))))
    core = _core_size_nm(configuration, sites.members, nearest[0] @ basis)
    inner = shell[lengths < _SHELL_REACH * period]
    arrays = {
        "parameters": cell_parameters(basis, axes),
        "parameter_errors": parameter_errors(fit, axes, drift),
        "cell_nm": cell,
        "sigma_nm": np.sqrt(np.mean((fit.residuals_nm @ unit.T) ** 2, axis=0)),
        "sigma_uncorrelated_nm": np.array([np.nan if row is None else row.uncorrelated_nm for row in rows]),
        "sigma_cumulative_nm": np.array([np.nan if row is None else row.cumulative_nm for row in rows]),
        "sigma_cumulative_error_nm": np.array([np.nan if row is None else row.cumulative_error_nm for row in rows]),
    }
    for array in arrays.values():
        array.flags.writeable = False
    return LatticeFit(
        found=True,
        step=configuration.step,
        structure=grains[0].lattice if grains else "none",
        crystal_system=symmetry.crystal_system,
        bravais=symmetry.bravais,
        period_nm=period,
        period_error_nm=error,
        gap_nm=period - core,
        gap_error_nm=error if np.isfinite(core) else float("nan"),
        rows=rows,
        n_particles=configuration.n_particles,
        n_indexed=len(sites.members),
        n_vacancies=count_vacancies(sites, inner),
        conflict_fraction=sites.conflict_fraction,
        fills_box=sites.winding is not None,
        grains=grains,
        **arrays,
    )


def _shortest_step(axis: IntArray) -> IntArray:
    """The lattice vector along a conventional axis (shorter than the axis in no centred lattice, but safe)."""
    return axis // np.gcd.reduce(axis)


def _core_size_nm(configuration: Configuration, members: IntArray, vector_nm: FloatArray) -> float:
    """Mean core size along a lattice vector [nm]; nan if most cuboids do not face along it."""
    unit = vector_nm / np.linalg.norm(vector_nm)
    rotations = quaternions_to_matrices(configuration.orientations[members])
    cosines = np.abs(np.einsum("nij,i->nj", rotations, unit))
    sizes = np.empty(len(members))
    facing = np.ones(len(members), dtype=bool)
    for k, shape in enumerate(configuration.shapes):
        chosen = configuration.species[members] == k
        if isinstance(shape, Cuboid):
            sizes[chosen] = np.array(shape.edges_nm)[cosines[chosen].argmax(axis=1)]
            facing[chosen] = cosines[chosen].max(axis=1) > _NEAR_AXIS
        else:
            sizes[chosen] = shape.diameter_nm
    return float(sizes[facing].mean()) if facing.mean() > 0.5 else float("nan")
