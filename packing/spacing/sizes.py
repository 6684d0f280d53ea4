"""Effective sizes of coated nanocrystals: what the lattices of hard particles are filled with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_between, require_known
from packing.errors import InputError
from packing.particles import MAX_CHAINS_PER_NM2, Coating, Nanocrystal
from packing.shapes import Sphere
from packing.spacing.cubes import fill_spacing_nm, plate_spacing_nm, round_spacing_nm
from packing.spacing.soft_spheres import ocm_ratio, opm_ratio

FloatArray = NDArray[np.float64]

CUBE_EDGES = {"fill": fill_spacing_nm, "round": round_spacing_nm, "plate": plate_spacing_nm}
"""Effective edges of a coated cube by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """Relative standard deviations that a ranking carries along, besides each nanocrystal's size spread.

    Parameters
    ----------
    coverage
        Of the coverage, which is seldom known better than to a tenth.
    length
        Of the ligand length; the length models differ by some three percent.
    """

    coverage: float = 0.10
    length: float = 0.03

    def __post_init__(self) -> None:
        require_between("coverage uncertainty", self.coverage, 0.0, 0.5, hint="Give a fraction: 0.1 is 10 %.")
        require_between("length uncertainty", self.length, 0.0, 0.5, hint="Give a fraction: 0.03 is 3 %.")


def is_cube(nanocrystal: Nanocrystal) -> bool:
    """Whether a nanocrystal enters as a cube; if not, as a sphere.

    Raises
    ------
    InputError
        For any other shape.
    """
    shape = nanocrystal.shape
    if isinstance(shape, Sphere):
        return False
    if shape.is_cube and shape.truncation == 0:
        return True
    what = "truncated cuboid" if shape.truncation > 0 else "cuboid"
    raise InputError(
        f"shape of {nanocrystal.material} must be a sphere or a cube in a lattice ranking, got a {what} of "
        f"{' x '.join(f'{e:g}' for e in shape.edges_nm)} nm. "
        + (
            "The contact engine has no truncated shapes: give rounding_nm instead."
            if shape.truncation > 0
            else "Use packing.contact.packing.densest_packing for cuboids."
        )
    )


def core_size_nm(nanocrystal: Nanocrystal) -> float:
    """Diameter of a sphere or edge of a cube, without ligand [nm]."""
    shape = nanocrystal.shape
    return shape.diameter_nm if isinstance(shape, Sphere) else shape.edges_nm[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeModels:
    """By which models a coated nanocrystal becomes a hard particle.

    Parameters
    ----------
    sphere
        ``"coordination"``: OPM, but in lattices in which a particle has few neighbours its size by the OCM
        (`packing.binary.soft_particles`); ``"opm"`` or ``"ocm"`` for all lattices.
    cube
        ``"fill"``, ``"round"`` or ``"plate"`` of `packing.spacing.cubes`.
    """

    sphere: str = "coordination"
    cube: str = "round"

    def __post_init__(self) -> None:
        require_known("sphere size model", self.sphere, ("coordination", "opm", "ocm"))
        require_known("cube_edge", self.cube, CUBE_EDGES)


def effective_size_nm(
    nanocrystal: Nanocrystal,
    core_nm: ArrayLike,
    length_nm: ArrayLike,
    relative_coverage: ArrayLike,
    models: SizeModels,
) -> FloatArray:
    r"""Effective diameter of coated spheres or edge of coated cubes [nm], vectorised.

    Spheres: :math:`d = D\tau` of `opm_ratio`, by the OPM :math:`d = D\,(1 + 3 t/R)^{1/3}` with the dry
    shell :math:`t = \xi L`; NaN where the OCM does not hold. Cubes: the period by a form of `packing.spacing.cubes`.

    Parameters
    ----------
    nanocrystal
        Decides between sphere and cube.
    core_nm
        Core diameter or edge [nm].
    length_nm
        Extended ligand length [nm].
    relative_coverage
        xi, dry shell over length.
    models
        What to take for spheres and for cubes.
    """
    core, length = np.asarray(core_nm, dtype=np.float64), np.asarray(length_nm, dtype=np.float64)
    if is_cube(nanocrystal):
        return np.asarray(CUBE_EDGES[models.cube](core, np.asarray(relative_coverage) * length))
    if models.sphere == "ocm":
        return np.asarray(core * ocm_ratio(2 * length / core, relative_coverage, invalid="nan"))
    return np.asarray(core * opm_ratio(2 * length / core, relative_coverage))


def nominal_size_nm(nanocrystal: Nanocrystal, coating: Coating, models: SizeModels) -> float:
    """Effective size of the mean nanocrystal [nm].

    Raises
    ------
    InputError
        Where the OCM does not hold.
    """
    core, length, xi = core_size_nm(nanocrystal), coating.ligand.length_nm, coating.relative_coverage
    if models.sphere == "ocm" and not is_cube(nanocrystal):
        ocm_ratio(2 * length / core, xi)
    return float(effective_size_nm(nanocrystal, core, length, xi, models))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoatedSizes:
    """Sizes of one kind of coated nanocrystal, drawn together; each of shape (S,) [nm].

    Parameters
    ----------
    effective_nm
        As hard particles; NaN where the model asked for does not hold.
    core_nm
        Bare.
    cone_nm
        Of spheres by the overlap cone model; NaN where that does not hold, and for cubes.
    reach_nm
        With the ligands extended.
    """

    effective_nm: FloatArray
    core_nm: FloatArray
    cone_nm: FloatArray
    reach_nm: FloatArray

    def chosen(self, mask: NDArray[np.bool_]) -> CoatedSizes:
        """Only the draws where the mask is true."""
        return CoatedSizes(**{name: getattr(self, name)[mask] for name in self.__slots__})


def nominal_sizes(nanocrystal: Nanocrystal, coating: Coating, models: SizeModels) -> CoatedSizes:
    """Sizes of the mean nanocrystal, shape (1,).

    Raises
    ------
    InputError
        Where the OCM was asked for and does not hold.
    """
    nominal_size_nm(nanocrystal, coating, models)
    core, xi = np.array([core_size_nm(nanocrystal)]), np.array([coating.relative_coverage])
    return _coated_sizes(nanocrystal, core, np.array([coating.ligand.length_nm]), xi, models)


def sampled_sizes(
    nanocrystal: Nanocrystal,
    coating: Coating,
    uncertainty: Uncertainty,
    n_samples: int,
    rng: np.random.Generator,
    models: SizeModels,
) -> CoatedSizes:
    """Sizes drawn from the spread of core size, coverage and ligand length, shape (n_samples,).

    Normal deviates, cut at three standard deviations so that no size turns negative; a coverage above its limit
    counts as that limit.
    """
    size, coverage, length = np.clip(rng.normal(size=(3, n_samples)), -3, 3)
    core = core_size_nm(nanocrystal) * (1 + np.minimum(nanocrystal.size_spread, 0.3) * size)
    chain = coating.ligand.length_nm * (1 + min(uncertainty.length, 0.3) * length)
    if coating.ligand.is_ionic:
        return _coated_sizes(nanocrystal, core, chain, np.ones(n_samples), models)
    chains = coating.coverage_per_nm2 * (1 + min(uncertainty.coverage, 0.3) * coverage)
    relative = np.minimum(1.0, np.minimum(1.0, chains / MAX_CHAINS_PER_NM2) / coating.ligand_density)
    return _coated_sizes(nanocrystal, core, chain, relative, models)


def _coated_sizes(
    nanocrystal: Nanocrystal, core: FloatArray, length: FloatArray, relative: FloatArray, models: SizeModels
) -> CoatedSizes:
    cones = np.full(core.shape, np.nan)
    if not is_cube(nanocrystal):
        cones = core * ocm_ratio(2 * length / core, relative, invalid="nan")
    return CoatedSizes(
        effective_nm=effective_size_nm(nanocrystal, core, length, relative, models),
        core_nm=core,
        cone_nm=cones,
        reach_nm=core + 2 * length,
    )
