"""Effective sizes of coated nanocrystals: what the lattices of hard particles are filled with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_known
from packing.errors import InputError
from packing.particles import Coating, Nanocrystal
from packing.shapes import Cuboid, Sphere
from packing.spacing.input_spread import InputSamples
from packing.spacing.layers import CUBOID_MODELS, cuboid_layers
from packing.spacing.soft_spheres import ocm_ratio, opm_ratio

FloatArray = NDArray[np.float64]


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
        f"shape of {nanocrystal.material_name} must be a sphere or a cube in a lattice ranking, got a {what} of "
        f"{' x '.join(f'{e:g}' for e in shape.edges_nm)} nm. "
        + (
            "The contact engine has no truncated shapes: give rounding_nm instead."
            if shape.truncation > 0
            else "Use packing.contact.packing.densest_packing for cuboids."
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeModels:
    """By which models a coated nanocrystal becomes a hard particle.

    Parameters
    ----------
    sphere
        ``"coordination"``: the OPM, but with ``model="otm"`` the OCM for a particle that has few neighbours in a
        lattice (`packing.binary.open_kinds`); ``"opm"`` or ``"ocm"`` for all lattices.
    cube
        ``"fill"``, ``"round"`` or ``"plate"`` of `packing.spacing.cubes`.
    """

    sphere: str = "coordination"
    cube: str = "round"

    def __post_init__(self) -> None:
        require_known("sphere size model", self.sphere, ("coordination", "opm", "ocm"))
        require_known("cube_edge", self.cube, CUBOID_MODELS)


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
        shape = nanocrystal.shape
        assert isinstance(shape, Cuboid)
        layers = cuboid_layers(shape, np.asarray(relative_coverage) * length, core / shape.size_nm)
        return core + 2 * layers.by_model()[models.cube]
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
    core, length, xi = nanocrystal.shape.size_nm, coating.ligand.length_nm, coating.relative_coverage
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
        """Only the draws where the mask is true.

        Parameters
        ----------
        mask
            Which draws to keep, shape (S,).
        """
        return CoatedSizes(**{name: getattr(self, name)[mask] for name in self.__slots__})


def nominal_sizes(nanocrystal: Nanocrystal, coating: Coating, models: SizeModels) -> CoatedSizes:
    """Sizes of the mean nanocrystal, shape (1,).

    Raises
    ------
    InputError
        Where the OCM was asked for and does not hold.
    """
    nominal_size_nm(nanocrystal, coating, models)
    core, xi = np.array([nanocrystal.shape.size_nm]), np.array([coating.relative_coverage])
    return _coated_sizes(nanocrystal, core, np.array([coating.ligand.length_nm]), xi, models)


def sampled_sizes(nanocrystal: Nanocrystal, coating: Coating, samples: InputSamples, models: SizeModels) -> CoatedSizes:
    """Sizes of samples of the inputs, arrays of shape (n,).

    Parameters
    ----------
    nanocrystal, coating
        What the samples are of.
    samples
        From `packing.spacing.input_spread.draw_inputs`.
    models
        What to take for spheres and for cubes.
    """
    core = nanocrystal.shape.size_nm * samples.size_factor
    return _coated_sizes(nanocrystal, core, samples.length_nm, samples.relative_coverage, models)


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
