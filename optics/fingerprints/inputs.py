"""What a person gives beside the configuration: every input with a default that is told."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from optics.constants import HBAR_EV_PS
from optics.materials.hosts import Surroundings, surroundings
from optics.quantity import Quantity
from packing.checks import require_between, require_positive
from packing.errors import InputError

_DEFAULT_SOURCES = {
    "temperature_kelvin": ("K", "room temperature"),
    "crystal_um": ("um", "crystals of 2 um: Zhou et al., Adv. Sci. 2021, doi:10.1002/advs.202101125"),
    "fluence_uj_cm2": ("uJ/cm^2", "threshold of Wang et al., Adv. Mater. 2015, doi:10.1002/adma.201503573"),
    "excitation_nm": ("nm", "doubled Ti:sapphire, as in doi:10.1002/adma.201503573"),
    "pulse_fwhm_ps": ("ps", "100 fs pulses, as in doi:10.1002/adma.201503573"),
    "biexciton_ps": ("ps", "Auger lifetime of 9 nm dots: doi:10.1002/adma.201503573; never predicted"),
    "stokes_mev": ("meV", "estimate: published values run from 18 to some 60 meV"),
    "line_fwhm_mev": ("meV", "23 nm of 9 nm dots: doi:10.1002/adma.201503573"),
    "homogeneous_fwhm_mev": (
        "meV",
        "estimate: 70 to 110; phonons alone 70 to 83 in MAPbBr3, doi:10.1038/s42005-023-01459-8",
    ),
    "quantum_yield": ("", "90 %: doi:10.1002/adma.201503573"),
    "solution_index": ("", "toluene (handbook)"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpticsInputs:
    """Inputs of the optical models.

    Parameters
    ----------
    anchor_edge_nm, anchor_wavelength_nm
        A measured pair of size and emission [nm]; None takes that of the material's table.
    temperature_kelvin
        Temperature [K].
    crystal_um
        Edge of the whole crystal [um]: the simulated box is a piece of it.
    fluence_uj_cm2, excitation_nm, pulse_fwhm_ps
        Pulse: fluence [uJ/cm^2], vacuum wavelength [nm], full width [ps].
    sigma_cm2
        Measured absorption cross-section of a dot [cm^2]; None predicts it.
    biexciton_ps
        Auger lifetime of two excitons [ps].
    lifetime_ps
        Radiative lifetime of one dipole [ps]; None takes the material's at this temperature.
    dephasing_ps
        T2 of one dot [ps]; None takes twice hbar over the homogeneous width.
    stokes_mev, line_fwhm_mev, homogeneous_fwhm_mev
        Stokes shift, width of the line in solution, width of one dot [meV].
    quantum_yield
        0 to 1.
    host
        What is between the cores: ``"ligand"``, ``"Cs4PbBr6"``, ``"vacuum"`` or a solvent.
    host_index
        Refractive index between the cores; None takes that of ``host``.
    solution_index
        Refractive index around a dot before assembly.
    foerster_radius_nm
        R0 [nm]; None computes it.
    fine_structure_mev
        Energy of the dipole along each body axis above the lowest [meV].
    core_fraction
        Core volume over volume; None takes that of the box.
    seed
        Of everything drawn.

    Raises
    ------
    InputError
        For a value outside its range, or half an anchor.
    """

    anchor_edge_nm: float | None = None
    anchor_wavelength_nm: float | None = None
    temperature_kelvin: float = 300.0
    crystal_um: float = 2.0
    fluence_uj_cm2: float = 22.0
    excitation_nm: float = 400.0
    pulse_fwhm_ps: float = 0.1
    sigma_cm2: float | None = None
    biexciton_ps: float = 105.0
    lifetime_ps: float | None = None
    dephasing_ps: float | None = None
    stokes_mev: float = 40.0
    line_fwhm_mev: float = 108.0
    homogeneous_fwhm_mev: float = 90.0
    quantum_yield: float = 0.9
    host: str = "ligand"
    host_index: float | None = None
    solution_index: float = 1.497
    foerster_radius_nm: float | None = None
    fine_structure_mev: tuple[float, float, float] = (0.0, 0.0, 0.0)
    core_fraction: float | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        if (self.anchor_edge_nm is None) != (self.anchor_wavelength_nm is None):
            raise InputError(
                "an anchor needs both anchor_edge_nm and anchor_wavelength_nm: give the missing one, or neither."
            )
        for name in (
            "anchor_edge_nm",
            "anchor_wavelength_nm",
            "sigma_cm2",
            "lifetime_ps",
            "dephasing_ps",
            "foerster_radius_nm",
        ):
            value = getattr(self, name)
            if value is not None:
                require_positive(name, value)
        ranges = {
            "temperature_kelvin": (1.0, 600.0),
            "crystal_um": (0.05, 1000.0),
            "fluence_uj_cm2": (0.0, 1e5),
            "excitation_nm": (200.0, 2500.0),
            "pulse_fwhm_ps": (1e-3, 1e5),
            "biexciton_ps": (0.1, 1e5),
            "stokes_mev": (0.0, 300.0),
            "line_fwhm_mev": (1.0, 400.0),
            "homogeneous_fwhm_mev": (0.0, 400.0),
            "quantum_yield": (0.0, 1.0),
            "solution_index": (1.0, 3.0),
        }
        for name, (low, high) in ranges.items():
            require_between(name, getattr(self, name), low, high)
        require_between("host_index", self.between.refractive_index, 1.0, 3.0)

    @property
    def coherence_ps(self) -> float:
        """T2 of one dot [ps]: the one given, or twice hbar over the homogeneous width."""
        return self.dephasing_ps or 2 * HBAR_EV_PS / (1e-3 * max(self.homogeneous_fwhm_mev, 1e-6))

    @property
    def between(self) -> Surroundings:
        """What is between the cores."""
        found = surroundings(self.host)
        return found if self.host_index is None else replace(found, refractive_index=self.host_index)

    def quantities(self) -> tuple[Quantity, ...]:
        """The inputs that are numbers, each with its source: the default's, or "given"."""
        found = []
        for item in fields(self):
            unit_and_source = _DEFAULT_SOURCES.get(item.name)
            if unit_and_source is None:
                continue
            unit, source = unit_and_source
            value = getattr(self, item.name)
            origin = f"default: {source}" if value == item.default else "given"
            found.append(Quantity(name=item.name, value=float(value), unit=unit, kind="input", source=origin))
        found.append(
            Quantity(
                name="dephasing_ps",
                value=self.coherence_ps,
                unit="ps",
                kind="input",
                source="2 hbar over homogeneous_fwhm_mev" if self.dephasing_ps is None else "given",
                note="T2 of one dot",
            )
        )
        between = self.between
        found.append(
            Quantity(
                name="host_index",
                value=between.refractive_index,
                unit="",
                kind="input",
                source=f"{between.name}: {between.source}" if self.host_index is None else "given",
            )
        )
        return tuple(found)
