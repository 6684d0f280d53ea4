"""Low-discrepancy draws of what is not known: sizes, coverages, lengths and the model's form."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from packing.inverse.wanted import Spread
from packing.matter.ligands import ligand
from packing.results import frozen
from packing.shapes import Shape, Sphere, cube
from packing.spacing.layers import cuboid_layers
from packing.spacing.soft_spheres import ocm_ratio, opm_ratio

FloatArray = NDArray[np.float64]

SIZE, COVERAGE, LENGTH, FORM = 0, 1, 2, 3
DEVIATES = ("size", "coverage", "length", "model form")
_SEED = 5


@lru_cache(maxsize=8)
def deviates(n_kinds: int, n_draws: int) -> FloatArray:
    """Independent deviates of each kind, shape (n_kinds, 4, n_draws): three normal ones, and one even in 0 to 1.

    Scrambled Sobol points (Sobol, USSR Comput. Math. Math. Phys. 7, 86 (1967); Owen's scrambling), normal within three
    standard deviations.

    Parameters
    ----------
    n_kinds
        Kinds of nanocrystals.
    n_draws
        A power of two.

    Examples
    --------
    >>> drawn = deviates(1, 1024)
    >>> drawn.shape, round(float(drawn[0, 0].std()), 2)
    ((1, 4, 1024), 0.99)
    """
    points = qmc.Sobol(4 * n_kinds, rng=np.random.default_rng(_SEED)).random(n_draws)
    shaped = points.T.reshape(n_kinds, 4, n_draws)
    normal = ndtri(0.00135 + 0.9973 * shaped[:, :FORM])
    return frozen(np.concatenate([normal, shaped[:, FORM:]], axis=1))


def drawn_shell(
    shape: str, size_nm: ArrayLike, ligand_name: str, coverage_per_nm2: ArrayLike, drawn: FloatArray, spread: Spread
) -> tuple[FloatArray, FloatArray]:
    """Core sizes and effective sizes of drawn nanocrystals [nm].

    The effective size of a cube is a period between those of the forms fill, round and plate; that of a sphere lies
    between the optimal packing and the overlap cone model, where the latter holds. The model's deviate goes evenly
    through them.

    Parameters
    ----------
    shape
        ``"cube"`` or ``"sphere"``.
    size_nm, coverage_per_nm2
        What is aimed at [nm, 1/nm^2]; arrays broadcast against the draws, shape (..., 1).
    ligand_name
        A ligand of the library.
    drawn
        Deviates of this kind, shape (4, n).
    spread
        Standard uncertainties.
    """
    chain = ligand(ligand_name)
    core = np.asarray(size_nm, dtype=float) * (1 + spread.size * drawn[SIZE])
    if chain.is_ionic:
        length = np.full(core.shape, chain.length_nm)
        relative = np.ones(np.broadcast_shapes(core.shape, np.shape(coverage_per_nm2)))
    else:
        length = chain.length_nm * (1 + spread.length * drawn[LENGTH])
        given = np.asarray(coverage_per_nm2, dtype=float) * (1 + spread.coverage * drawn[COVERAGE])
        relative = np.clip(given / chain.closest_per_nm2, 0.0, 1.0)
    core, length, relative = np.broadcast_arrays(core, length, relative)
    if shape == "sphere":
        opm = core * opm_ratio(2 * length / core, relative)
        ocm = core * ocm_ratio(2 * length / core, relative, invalid="nan")
        share = drawn[FORM]
        return core, np.where(np.isfinite(ocm), opm + share * (np.nan_to_num(ocm) - opm), opm)
    layers = cuboid_layers(cube(1.0), relative * length / core)
    ends = [core * (1 + 2 * layer) for layer in (layers.fill, layers.round, layers.plate)]
    share = 2 * drawn[FORM]
    low = ends[0] + np.minimum(share, 1.0) * (ends[1] - ends[0])
    return core, low + np.maximum(share - 1, 0.0) * (ends[2] - ends[1])


def made_shape(shape: str, size_nm: float) -> Shape:
    """The core as a shape of the packing models, from its kind and ``size_nm``, edge or diameter [nm]."""
    return Sphere(diameter_nm=size_nm) if shape == "sphere" else cube(size_nm)
