"""How well the inputs of a prediction are known, and samples of them for Monte-Carlo error propagation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_between
from packing.particles import Coating, Nanocrystal

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpread:
    """Relative standard uncertainties of the inputs.

    Parameters
    ----------
    size
        Of the mean core size, which a crystal's period follows: 1 %, as a micrograph's scale is known (0.4 to 1.4 %
        in the readme of the public pictures of the tests). The particles' own spread of sizes is a width of the sample
        and no part of it. Of two kinds each is drawn by itself.
    coverage
        Of the coverage. Seldom known better than to a tenth.
    length
        Of the ligand length: 4 % is the standard deviation of the five length models for C18.
    """

    size: float = 0.01
    coverage: float = 0.10
    length: float = 0.04

    def __post_init__(self) -> None:
        for name, value in (("size", self.size), ("coverage", self.coverage), ("length", self.length)):
            require_between(f"spread of {name}", value, 0.0, 0.5, hint="Give a fraction: 0.05 is 5 %.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InputSamples:
    """Samples of what a packing model takes; arrays of shape (n,).

    ``size_factor`` multiplies the mean core; ``relative_coverage`` is xi, at most its limit; ``shell_nm`` is their
    product with ``length_nm``.
    """

    size_factor: FloatArray
    length_nm: FloatArray
    relative_coverage: FloatArray

    @property
    def shell_nm(self) -> FloatArray:
        """Dry ligand thickness [nm]."""
        return self.relative_coverage * self.length_nm


def draw_inputs(
    nanocrystal: Nanocrystal, coating: Coating, spread: InputSpread, n_samples: int, rng: np.random.Generator
) -> InputSamples:
    """Gaussian samples of size, coverage and length, cut off at three standard deviations: every model's one sampler.

    An ion's size is known and its layer does not depend on coverage, so neither is spread. A coverage above its limit
    counts as that limit.

    Parameters
    ----------
    nanocrystal, coating
        The means.
    spread
        Relative standard deviations.
    n_samples
        How many.
    rng
        Where they come from; the same numbers are drawn whatever the spread, so that a change of one input shows.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6), size_spread=0.04)
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> samples = draw_inputs(dots, oleate, InputSpread(), 2000, np.random.default_rng(1))
    >>> round(float(samples.size_factor.std()), 2), round(float(samples.length_nm.std()), 2)
    (0.01, 0.1)
    """
    ionic = coating.ligand.is_ionic
    widths = (spread.size, 0.0 if ionic else spread.coverage, 0.0 if ionic else spread.length)
    factors = [1 + w * np.clip(rng.standard_normal(n_samples), -3, 3) for w in widths]
    if ionic:
        relative = np.ones(n_samples)
    else:
        most = coating.ligand_density
        given = coating.coverage_per_nm2 * np.maximum(factors[1], 0.0) / coating.ligand.closest_per_nm2
        relative = np.minimum(given, most) / coating.ligand_density
    return InputSamples(
        size_factor=np.maximum(factors[0], 0.05),
        length_nm=coating.ligand.length_nm * factors[2],
        relative_coverage=relative,
    )
