"""Mixing rules: effective permittivity of cores in ligand and void, real or complex."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from packing.checks import require_known
from packing.errors import InputError

Constituents = Sequence[tuple[float, complex]]
"""(volume fraction, refractive index n or n + ik) of each constituent, the core first."""

LIGAND_INDEX = 1.46
"""Liquid long-chain ligands: oleic acid 1.459, oleylamine 1.460, hexadecane 1.434 (handbook, from memory)."""


def bruggeman_index(constituents: Constituents) -> complex:
    r"""Symmetric effective medium: :math:`\sum_i f_i(\varepsilon_i-\varepsilon)/(\varepsilon_i+2\varepsilon)=0`.

    All constituents are treated alike, which suits no crystal of separate cores: at a core fraction of 0.88 it is
    0.08 too high. D. A. G. Bruggeman, Ann. Phys. 416, 636 (1935), doi:10.1002/andp.19354160705.

    Examples
    --------
    >>> round(bruggeman_index([(0.5, 2.0), (0.5, 1.5)]).real, 3)
    1.744
    """
    parts = checked(constituents)
    permittivities = np.array([complex(n) ** 2 for f, n in parts if f > 0])
    fractions = np.array([f for f, _ in parts if f > 0])
    # Newton from the Maxwell Garnett value, damped by nothing: the mean is smooth between the constituents.
    epsilon = complex(np.sum(fractions * permittivities))
    for _ in range(200):
        terms = fractions * (permittivities - epsilon) / (permittivities + 2 * epsilon)
        slope = np.sum(-3 * fractions * permittivities / (permittivities + 2 * epsilon) ** 2)
        step = complex(np.sum(terms) / slope)
        epsilon -= step
        if abs(step) < 1e-14 * abs(epsilon):
            break
    return complex(np.sqrt(epsilon))


def lorentz_lorenz_index(constituents: Constituents) -> complex:
    r"""Molar refractions add: :math:`(n^2-1)/(n^2+2)=\sum_i f_i(n_i^2-1)/(n_i^2+2)`.

    Mixes all constituents alike, in vacuum as the host. L. Lorenz, Ann. Phys. 247, 70 (1880).

    Returns
    -------
    complex
        Refractive index.

    Examples
    --------
    >>> round(lorentz_lorenz_index([(0.5, 2.0), (0.5, 1.5)]).real, 3)
    1.725
    """
    total = sum(f * (complex(n) ** 2 - 1) / (complex(n) ** 2 + 2) for f, n in checked(constituents))
    return complex(np.sqrt((1 + 2 * total) / (1 - total)))


def maxwell_garnett_index(constituents: Constituents) -> complex:
    r"""Separate cores (the first constituent) in a host of the others, mixed by volume.

    .. math:: \varepsilon=\varepsilon_h\,\frac{1+2f\beta}{1-f\beta},\quad
              \beta=\frac{\varepsilon_1-\varepsilon_h}{\varepsilon_1+2\varepsilon_h}

    The default for cubes: within 0.003 of the exact index of a simple cubic array up to a core fraction of 0.88
    (tested). J. C. Maxwell Garnett, Phil. Trans. R. Soc. A 203, 385 (1904), doi:10.1098/rsta.1904.0024.

    Examples
    --------
    >>> round(maxwell_garnett_index([(0.5, 2.0), (0.5, 1.5)]).real, 3)
    1.739
    """
    (f, n), *rest = checked(constituents)
    share = sum(g for g, _ in rest)
    if share <= 0:
        return complex(n)
    host = sum(g * complex(m) ** 2 for g, m in rest) / share
    core = complex(n) ** 2
    beta = (core - host) / (core + 2 * host)
    return complex(np.sqrt(host * (1 + 2 * f * beta) / (1 - f * beta)))


def hashin_shtrikman_bounds(core_fraction: float, core_index: float, host_index: float) -> tuple[float, float]:
    """Lowest and highest index that any isotropic mixture of two lossless constituents can have.

    They are the two Maxwell Garnett values, with either constituent as the host.
    Z. Hashin and S. Shtrikman, J. Appl. Phys. 33, 3125 (1962), doi:10.1063/1.1728579.

    Parameters
    ----------
    core_fraction
        Core volume over volume.
    core_index
        Refractive index of the cores.
    host_index
        Refractive index of the host.

    Examples
    --------
    >>> low, high = hashin_shtrikman_bounds(0.5, 2.0, 1.5)
    >>> round(low, 3), round(high, 3)
    (1.739, 1.748)
    """
    parts: list[tuple[float, complex]] = [(core_fraction, core_index), (1 - core_fraction, host_index)]
    values = maxwell_garnett_index(parts).real, maxwell_garnett_index(parts[::-1]).real
    return min(values), max(values)


MIXING_RULES: dict[str, Callable[[Constituents], complex]] = {
    "maxwell-garnett": maxwell_garnett_index,
    "bruggeman": bruggeman_index,
    "lorentz-lorenz": lorentz_lorenz_index,
}


def effective_index(
    core_fraction: float,
    core_index: complex,
    *,
    ligand_fraction: float = 0.0,
    ligand_index: float = LIGAND_INDEX,
    void_index: float = 1.0,
    rule: str = "maxwell-garnett",
) -> complex:
    """Refractive index of a solid of cores, ligand and void, by a named mixing rule.

    Valid for cores small against the wavelength.

    Parameters
    ----------
    core_fraction, ligand_fraction
        Volume fractions; the rest is void.
    core_index
        Refractive index of the core at the wavelength; complex where it absorbs.
    ligand_index, void_index
        Refractive index of the ligand, and of what fills the rest.
    rule
        A name of `MIXING_RULES`.

    Raises
    ------
    InputError
        For an unknown rule, or fractions that do not fit into one.

    Examples
    --------
    >>> round(effective_index(0.499, 2.262, ligand_fraction=0.501, ligand_index=1.4406).real, 3)
    1.815
    """
    require_known("mixing rule", rule, MIXING_RULES)
    void = 1 - core_fraction - ligand_fraction
    if void < -1e-9:
        raise InputError(f"core and ligand fractions add to {1 - void:.4g}, more than one. Lower one of them.")
    return MIXING_RULES[rule](
        [(core_fraction, core_index), (ligand_fraction, ligand_index), (max(void, 0.0), void_index)]
    )


def checked(constituents: Constituents) -> Constituents:
    """The constituents, if their fractions are not negative and add to one.

    Raises
    ------
    InputError
        For negative fractions or indices, or fractions that do not add to one.
    """
    for fraction, index in constituents:
        if fraction < 0:
            raise InputError(f"volume fractions must not be negative, got {fraction:g}.")
        if not complex(index).real > 0:
            raise InputError(f"refractive_index must be positive, got {index}.")
    if abs(sum(f for f, _ in constituents) - 1) > 1e-9:
        raise InputError(f"volume fractions must add to one, got {sum(f for f, _ in constituents):g}.")
    return constituents
