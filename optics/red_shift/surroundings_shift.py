"""What the surroundings do to a dot's energy and to the binding of its exciton: image charges of a sphere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from optics.constants import COULOMB_EV_NM
from packing.checks import require_between, require_positive


@dataclass(frozen=True, slots=True, kw_only=True)
class PolarisationEnergy:
    """Energy of an exciton from the step of permittivity at its surface [eV].

    Parameters
    ----------
    self_ev
        Each carrier with its own image, both together.
    pair_ev
        Electron with the image of the hole, and back; of the other sign.
    """

    self_ev: float
    pair_ev: float

    @property
    def net_ev(self) -> float:
        """Their sum, which moves the line [eV]; one of them alone is off by a factor of six."""
        return self.self_ev + self.pair_ev


def polarisation_energy(edge_nm: float, *, inside: float, outside: float, n_terms: int = 400) -> PolarisationEnergy:
    r"""Polarisation energy of an uncorrelated exciton in a sphere of the cube's volume.

    .. math:: E=\sum_l\frac{e^2}{R}(\varepsilon_i-\varepsilon_o)
              \frac{l+1}{\varepsilon_i(\varepsilon_il+\varepsilon_o(l+1))}\Big\langle\frac{r^{2l}}{R^{2l}}\Big\rangle
              -\frac{e^2}{R}\frac{\varepsilon_i-\varepsilon_o}{\varepsilon_i\varepsilon_o},\qquad
              R=L\Big(\frac3{4\pi}\Big)^{1/3}

    The first sum is both carriers with their own images, the second term electron with hole (spherical densities keep
    l = 0 only). Brus, J. Chem. Phys. 80, 4403 (1984), doi:10.1063/1.447218.

    Parameters
    ----------
    edge_nm
        Edge of the cube [nm].
    inside, outside
        Permittivity of the dot and around it, at optical frequencies.
    n_terms
        Terms of the sum.

    Examples
    --------
    >>> shift = polarisation_energy(9.0, inside=7.3, outside=1.497**2)
    >>> round(1e3 * shift.self_ev), round(1e3 * shift.pair_ev), round(1e3 * shift.net_ev, 1)
    (95, -80, 14.9)
    """
    require_positive("edge_nm", edge_nm, "nm")
    require_between("inside", inside, 1.0, 1000.0)
    require_between("outside", outside, 1.0, 1000.0)
    unit = COULOMB_EV_NM / (edge_nm * (3 / (4 * np.pi)) ** (1 / 3))
    order = np.arange(n_terms)
    terms = (inside - outside) * (order + 1) / (inside * (inside * order + outside * (order + 1)))
    own = unit * float(terms @ _mean_powers(n_terms))
    return PolarisationEnergy(self_ev=own, pair_ev=-unit * (inside - outside) / (inside * outside))


def surroundings_shift_ev(edge_nm: float, *, inside: float, before: float, after: float) -> float:
    """Change of the emission energy [eV] when the index around a dot goes from ``before`` to ``after``; negative is
    red.

    Parameters
    ----------
    edge_nm
        Edge of the cube [nm].
    inside
        Permittivity of the dot, relative.

    Examples
    --------
    >>> round(1e3 * surroundings_shift_ev(9.0, inside=7.3, before=1.497, after=1.686), 1)
    -2.9
    """
    old, new = (polarisation_energy(edge_nm, inside=inside, outside=n**2).net_ev for n in (before, after))
    return new - old


def binding_energy_ev(edge_nm: float, attraction_ev: float, *, inside: float, outside_index: float) -> float:
    """Energy [eV] that separates electron and hole in the same dot: attraction inside plus that by images.

    The surroundings screen the second part, so it falls on assembly without any delocalisation.

    Parameters
    ----------
    edge_nm
        Edge of the cube [nm].
    attraction_ev
        What attraction lowers the exciton by in a uniform medium [eV], see `optics.emission.exciton`.
    inside
        Permittivity of the dot.
    outside_index
        Refractive index around it.

    Examples
    --------
    >>> [round(1e3 * binding_energy_ev(9.0, 0.0782, inside=7.3, outside_index=n)) for n in (1.497, 1.79, 2.02)]
    [158, 123, 106]
    """
    return attraction_ev - polarisation_energy(edge_nm, inside=inside, outside=outside_index**2).pair_ev


@lru_cache(maxsize=4)
def _mean_powers(n_terms: int) -> np.ndarray:
    """Mean of (r/R)^2l in the ground state sin(pi r/R)/r, for l = 0, 1, ..."""
    x, w = np.polynomial.legendre.leggauss(600)
    x, w = (x + 1) / 2, w / 2
    density = 2 * np.sin(np.pi * x) ** 2 * w
    return np.asarray(np.exp(2 * np.arange(n_terms)[:, None] * np.log(x)[None, :]) @ density)
