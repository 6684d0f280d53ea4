"""What a nanocrystal's material is to light: masses, screening, gap, and where its n and k are tabulated."""

from __future__ import annotations

from dataclasses import dataclass, field

from optics.constants import BOHR_RADIUS_NM, RYDBERG_EV


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPage:
    """A page of the refractiveindex.info database.

    Parameters
    ----------
    shelf, book, page
        Its address there.
    reference
        Who measured it, with DOI where known.
    note
        What the sample was, where it is not the bulk material; told with every result that rests on it.
    """

    shelf: str
    book: str
    page: str
    reference: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A measured pair of size and emission at room temperature, which fixes the effective gap.

    Parameters
    ----------
    edge_nm
        Edge of the cube, or of the cube of equal volume [nm].
    wavelength_nm
        Measured peak of the emission [nm].
    source
        Who measured it.
    uncertainty_ev
        Uncertainty of an emission within 1 nm of it [eV].
    """

    edge_nm: float
    wavelength_nm: float
    source: str
    uncertainty_ev: float = 0.010


@dataclass(frozen=True, slots=True, kw_only=True)
class Semiconductor:
    """A nanocrystal material as the optical models see it.

    Parameters
    ----------
    name
        Chemical formula, as in `packing`.
    electron_mass, hole_mass
        Effective masses [m0].
    permittivity
        The one that screens electron and hole, relative.
    gap_ev
        Bulk gap [eV] at ``gap_kelvin``: only where no anchor is given.
    gap_kelvin
        Temperature of ``gap_ev`` [K].
    kane_energy_ev
        Range of the Kane energy E_P [eV]; None where nobody gave one.
    radiative_lifetime_ps
        Of a dot at room temperature [ps].
    cold_lifetime_ps
        Of a dot at some 4 K [ps]; None where unknown.
    index_page
        Where n and k come from; None where there are no optical constants.
    anchor
        Default measured pair; None where the user must give one.
    barrier_ev, barrier_mass
        Step of each band to the ligand [eV], and the mass in it [m0].
    sources
        Where each number comes from; what starts with "estimate" was not looked up.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> round(semiconductor("CsPbBr3").bohr_radius_nm, 2)
    3.07
    """

    name: str
    electron_mass: float
    hole_mass: float
    permittivity: float
    gap_ev: float
    gap_kelvin: float
    radiative_lifetime_ps: float
    kane_energy_ev: tuple[float, float] | None = None
    cold_lifetime_ps: float | None = None
    index_page: IndexPage | None = None
    anchor: Anchor | None = None
    barrier_ev: float = 3.0
    barrier_mass: float = 1.0
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def reduced_mass(self) -> float:
        """Reduced mass of electron and hole, relative to the free electron's."""
        return self.electron_mass * self.hole_mass / (self.electron_mass + self.hole_mass)

    @property
    def bohr_radius_nm(self) -> float:
        """Bohr *radius* of the bulk exciton [nm]; papers often give twice this."""
        return BOHR_RADIUS_NM * self.permittivity / self.reduced_mass

    @property
    def binding_energy_ev(self) -> float:
        """Binding energy of the bulk exciton [eV], mu Ry / eps^2."""
        return RYDBERG_EV * self.reduced_mass / self.permittivity**2

    def __hash__(self) -> int:
        return hash((self.name, self.electron_mass, self.hole_mass, self.permittivity, self.gap_ev))
