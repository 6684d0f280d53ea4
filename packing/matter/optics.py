"""Effective refractive index of a superlattice from the volume fractions of core, ligand and void."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import brentq

from packing.checks import require_known, require_positive
from packing.errors import InputError
from packing.matter.materials import Material

# (volume fraction, refractive index) of each constituent.
Constituents = Sequence[tuple[float, float]]

# Liquid long-chain ligands: oleic acid 1.459, oleylamine 1.460, hexadecane 1.434 (handbook, from memory).
LIGAND_INDEX = 1.46


def bruggeman_index(constituents: Constituents) -> float:
    r"""Symmetric effective medium: :math:`\sum_i f_i(\varepsilon_i-\varepsilon)/(\varepsilon_i+2\varepsilon)=0`.

    All constituents are treated alike, so it holds at any fraction. D. A. G. Bruggeman, Ann. Phys. 416, 636 (1935).

    Parameters
    ----------
    constituents
        (volume fraction, refractive index) of each; the fractions add to one.

    Examples
    --------
    >>> round(bruggeman_index([(0.5, 2.0), (0.5, 1.5)]), 3)
    1.744
    """
    parts = _checked(constituents)
    permittivities = [n * n for f, n in parts if f > 0]
    low, high = min(permittivities), max(permittivities)
    if high - low < 1e-12:
        return float(np.sqrt(low))
    return float(np.sqrt(brentq(lambda e: sum(f * (n * n - e) / (n * n + 2 * e) for f, n in parts), low, high)))


def lorentz_lorenz_index(constituents: Constituents) -> float:
    r"""Molar refractions add: :math:`(n^2-1)/(n^2+2)=\sum_i f_i(n_i^2-1)/(n_i^2+2)`.

    Parameters
    ----------
    constituents
        (volume fraction, refractive index) of each; the fractions add to one.

    Returns
    -------
    float
        Refractive index.

    Examples
    --------
    >>> round(lorentz_lorenz_index([(0.5, 2.0), (0.5, 1.5)]), 3)
    1.725
    """
    total = sum(f * (n * n - 1) / (n * n + 2) for f, n in _checked(constituents))
    return float(np.sqrt((1 + 2 * total) / (1 - total)))


def maxwell_garnett_index(constituents: Constituents) -> float:
    r"""Spheres of the first constituent in a host of the others (mixed by volume), after Maxwell Garnett.

    .. math:: \varepsilon=\varepsilon_h\,\frac{1+2f\beta}{1-f\beta},\quad
              \beta=\frac{\varepsilon_1-\varepsilon_h}{\varepsilon_1+2\varepsilon_h}

    For separate cores in a continuous matrix. J. C. Maxwell Garnett, Phil. Trans. R. Soc. A 203, 385 (1904).

    Parameters
    ----------
    constituents
        (volume fraction, refractive index) of each, the spheres first; the fractions add to one.

    Examples
    --------
    >>> round(maxwell_garnett_index([(0.5, 2.0), (0.5, 1.5)]), 3)
    1.739
    """
    (f, n), *rest = _checked(constituents)
    share = sum(g for g, _ in rest)
    if share <= 0:
        return n
    host = sum(g * m * m for g, m in rest) / share
    beta = (n * n - host) / (n * n + 2 * host)
    return float(np.sqrt(host * (1 + 2 * f * beta) / (1 - f * beta)))


MIXING_RULES: dict[str, Callable[[Constituents], float]] = {
    "bruggeman": bruggeman_index,
    "lorentz-lorenz": lorentz_lorenz_index,
    "maxwell-garnett": maxwell_garnett_index,
}


def solid_index(cores: Sequence[tuple[float, Material]], ligand_fraction: float, *, rule: str = "bruggeman") -> float:
    """Refractive index of a solid of cores of named materials, ligand and void.

    Parameters
    ----------
    cores
        Volume fraction and material of each kind of core.
    ligand_fraction
        Volume fraction of ligand; the rest is void.
    rule
        A name of `MIXING_RULES`.

    Returns
    -------
    float
        Index, dimensionless, away from the absorption of the cores.

    Raises
    ------
    InputError
        For a metal, an unknown rule, and fractions that do not fit into one.

    Examples
    --------
    >>> from packing.matter.material_table import material
    >>> round(solid_index([(0.45, material("CsPbBr3"))], 0.55), 2)
    1.67
    >>> solid_index([(0.45, material("Au"))], 0.55)
    Traceback (most recent call last):
        ...
    packing.errors.InputError: refractive index of a solid with Au: a metal absorbs and has a plasmon resonance, so no \
real index describes it. Leave it out, or use its dielectric function.
    """
    metals = [core.name for _, core in cores if core.is_metal]
    if metals:
        raise InputError(
            f"refractive index of a solid with {metals[0]}: a metal absorbs and has a plasmon resonance, so no real "
            "index describes it. Leave it out, or use its dielectric function."
        )
    void = 1 - sum(fraction for fraction, _ in cores) - ligand_fraction
    if void < -1e-9:
        raise InputError(f"core and ligand fractions add to {1 - void:.4g}, more than one. Lower one of them.")
    known = [(fraction, core.refractive_index) for fraction, core in cores]
    require_known("mixing rule", rule, MIXING_RULES)
    return MIXING_RULES[rule]([*known, (ligand_fraction, LIGAND_INDEX), (max(void, 0.0), 1.0)])


def _checked(constituents: Constituents) -> Constituents:
    for fraction, index in constituents:
        if fraction < 0:
            raise InputError(f"volume fractions must not be negative, got {fraction:g}.")
        require_positive("refractive_index", index)
    if abs(sum(f for f, _ in constituents) - 1) > 1e-9:
        raise InputError(f"volume fractions must add to one, got {sum(f for f, _ in constituents):g}.")
    return constituents
