"""The spacing of a coated nanocrystal by every model that applies, with its uncertainty, and why others do not."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from packing.particles import Coating, Nanocrystal
from packing.shapes import Cuboid, Sphere
from packing.spacing.input_spread import InputSamples
from packing.spacing.layers import CUBOID_MODELS, cuboid_layers
from packing.spacing.soft_spheres import SOFTNESS_MODELS, ocm_ratio, opm_ratio

FloatArray = NDArray[np.float64]

MODELS = (*SOFTNESS_MODELS, *CUBOID_MODELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpacing:
    """A centre distance by one model.

    Parameters
    ----------
    value_nm
        With the inputs as given [nm]; for cuboids along the shortest edge.
    sd_nm
        Its standard uncertainty from the spread of the inputs [nm].
    """

    value_nm: float
    sd_nm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spacings:
    """Spacings by model, and for each missing one the reason."""

    values: dict[str, ModelSpacing]
    reasons: dict[str, str]
    bracket_nm: tuple[float, float]

    def value_nm(self, model: str) -> float | None:
        """The spacing of a model [nm], None where it does not apply."""
        return self.values[model].value_nm if model in self.values else None


def model_spacings(nanocrystal: Nanocrystal, coating: Coating, samples: InputSamples) -> Spacings:
    """Spacing by each of `MODELS` with uncertainties.

    The bracket spans the dry models: from ligand that fills all space (fcc for spheres, face to face for cuboids),
    which is a bound, to straight chains on each facet, which is none.

    Parameters
    ----------
    nanocrystal, coating
        Core and ligands.
    samples
        Samples of the inputs, for the uncertainties.

    Examples
    --------
    >>> from packing.spacing.input_spread import InputSpread, draw_inputs
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.3)
    >>> samples = draw_inputs(dots, oleate, InputSpread(), 1000, np.random.default_rng(0))
    >>> found = model_spacings(dots, oleate, samples)
    >>> round(found.values["fill"].value_nm, 2), found.reasons["ocm"]
    (10.92, 'for spheres; a cube has flat facets: see fill, round and plate')
    """
    if isinstance(nanocrystal.shape, Sphere):
        return _of_spheres(nanocrystal.shape, coating, samples)
    return _of_cuboids(nanocrystal.shape, coating, samples)


def _of_spheres(shape: Sphere, coating: Coating, samples: InputSamples) -> Spacings:
    d, radius = shape.diameter_nm, shape.diameter_nm / 2
    reasons = dict.fromkeys(CUBOID_MODELS, "for cubes and cuboids; a sphere has no facets: see opm and ocm")
    values: dict[str, ModelSpacing] = {}
    diameters = d * samples.size_factor
    ratios = samples.length_nm / (diameters / 2)
    opm = float(d * opm_ratio(coating.ligand.length_nm / radius, coating.relative_coverage))
    sd = _sd(diameters * opm_ratio(ratios, samples.relative_coverage))
    values["opm"] = values["otm"] = ModelSpacing(value_nm=opm, sd_nm=sd)
    try:
        tau = float(ocm_ratio(coating.ligand.length_nm / radius, coating.relative_coverage))
        values["ocm"] = ModelSpacing(
            value_nm=d * tau, sd_nm=_sd(diameters * ocm_ratio(ratios, samples.relative_coverage, invalid="nan"))
        )
    except InputError as error:
        reasons["ocm"] = str(error)
    # The fcc crystal whose every void is filled holds core and ligand of one sphere in d^3/sqrt(2); cores still touch.
    full = opm * (math.pi / (3 * math.sqrt(2))) ** (1 / 3)
    return Spacings(values=values, reasons=reasons, bracket_nm=(max(full, d), d + 2 * coating.shell_nm))


def _of_cuboids(shape: Cuboid, coating: Coating, samples: InputSamples) -> Spacings:
    what = "cube" if shape.is_cube else "cuboid"
    reasons = dict.fromkeys(SOFTNESS_MODELS, f"for spheres; a {what} has flat facets: see fill, round and plate")
    shortest = shape.size_nm
    nominal = cuboid_layers(shape, coating.shell_nm).by_model()
    sampled = cuboid_layers(shape, samples.shell_nm, samples.size_factor).by_model()
    values = {
        model: ModelSpacing(
            value_nm=shortest + 2 * float(nominal[model]),
            sd_nm=_sd(shortest * samples.size_factor + 2 * sampled[model]),
        )
        for model in CUBOID_MODELS
    }
    return Spacings(values=values, reasons=reasons, bracket_nm=(values["fill"].value_nm, values["plate"].value_nm))


def _sd(samples: FloatArray) -> float:
    finite = samples[np.isfinite(samples)]
    return float(np.std(finite)) if finite.size else math.nan
