"""The optical fingerprint of a configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from optics.collective.cost import CollectiveAnswer
from optics.collective.judgement import Coherence
from optics.emission.line import EmissionLine
from optics.fingerprints.inputs import OpticsInputs
from optics.fingerprints.prepared import Prepared, prepare
from optics.fingerprints.section import Section
from optics.fingerprints.sections_crystal import cavity_section, collective_section
from optics.fingerprints.sections_dots import (
    emission_section,
    excitation_section,
    frame_section,
    polarisation_section,
)
from optics.materials.hosts import HOSTS
from optics.polarisation.array import PolarisedEmission
from optics.quantity import Quantity
from optics.red_shift.assembled import AssembledDots
from optics.red_shift.budget import red_shift_budget
from optics.red_shift.minibands import ALKANE, BARRIERS, Barrier
from packing.configuration import Configuration
from packing.errors import InputError

SECTIONS = ("frame", "emission", "red shift", "excitation", "cavity", "polarisation", "collective")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fingerprint:
    """What light comes out of a superlattice; every number says whether it is predicted, an input, or a bound.

    Parameters
    ----------
    material
        Of the cores.
    n_dots
        In the frame.
    sections
        Numbers by section, in the order of `SECTIONS`; a section that the material has no data for is missing.
    inputs
        What went in, with sources.
    warnings
        What a reader must know.
    dots
        What the sections were drawn up from.
    line, light, collective, coherence
        Objects behind the pictures; None where their section is missing.
    """

    material: str
    n_dots: int
    sections: dict[str, tuple[Quantity, ...]]
    inputs: tuple[Quantity, ...]
    warnings: tuple[str, ...]
    dots: Prepared
    line: EmissionLine | None = None
    light: PolarisedEmission | None = None
    collective: CollectiveAnswer | None = None
    coherence: Coherence | None = None

    @property
    def quantities(self) -> dict[str, Quantity]:
        """All numbers by name, inputs last."""
        found = [q for section in self.sections.values() for q in section] + list(self.inputs)
        return {q.name: q for q in found}

    def __getitem__(self, name: str) -> Quantity:
        return self.quantities[name]

    def to_dict(self) -> dict[str, Any]:
        """Plain data: ``quantities`` by name, warnings, and whether the dots cohere."""
        data: dict[str, Any] = {
            "material": self.material,
            "n_dots": self.n_dots,
            "quantities": {name: quantity.to_dict() for name, quantity in self.quantities.items()},
            "warnings": list(self.warnings),
        }
        if self.coherence is not None:
            data["coheres"] = {"answer": self.coherence.answer, "reason": self.coherence.reason}
        return data

    def rows(self) -> list[tuple[str, str, str]]:
        """Name, value with its standing, and source of each number, for a table; inputs last."""
        found = []
        for section in (*self.sections.values(), self.inputs):
            for q in section:
                found.append((q.name, q.text(), f"{q.source.rstrip('.')}; {q.note}" if q.note else q.source))
        return found

    def summary(self) -> str:
        """The numbers by section, and the inputs that they rest on, each with where it comes from."""
        lines = [f"optics of {self.n_dots} {self.material} nanocrystals (predicted, input or bound beside each number)"]
        for title, section in self.sections.items():
            lines += ["", title]
            lines += [f"  {q.name:28s} {q.text()}" + (f"; {q.note}" if q.note else "") for q in section]
        lines += ["", "inputs", *(f"  {q.name:28s} {q.text()}; {q.source}" for q in self.inputs)]
        if self.coherence is not None:
            lines += ["", f"do the dots cohere? {self.coherence.answer}: {self.coherence.reason}"]
        return "\n".join([*lines, "", *(f"warning: {w}" for w in self.warnings)]).rstrip()


def fingerprint(
    frame: Configuration, material: str, inputs: OpticsInputs | None = None, *, size_spread: float = 0.0
) -> Fingerprint:
    """Every optical number of a superlattice that its configuration and the inputs allow.

    Parameters
    ----------
    frame
        One configuration: positions, orientations and sizes.
    material
        Of the cores, such as ``"CsPbBr3"``.
    inputs
        Anchor, temperature, pulse, crystal size; None for the defaults, which are told.
    size_spread
        Standard deviation of the size over its mean, where the frame holds one size only.

    Raises
    ------
    InputError
        For a material without optical data or a size outside validity. A section that lacks data is left out, and a
        warning says why.

    Examples
    --------
    >>> from optics.fingerprints.frame import ideal_crystal
    >>> found = fingerprint(ideal_crystal(9.0, 11.5, n_cells=3, size_spread=0.03), "CsPbBr3")
    >>> abs(found["emission_nm"].value - 514.5) < 2, found["redshift_minibands_mev"].kind
    (True, 'bound')
    """
    given = inputs or OpticsInputs()
    dots = prepare(frame, material, given, size_spread)
    makers: dict[str, Callable[[Prepared], Section]] = {
        "frame": frame_section,
        "emission": emission_section,
        "red shift": _red_shift_section,
        "excitation": excitation_section,
        "polarisation": polarisation_section,
        "collective": collective_section,
    }
    found: dict[str, Section] = {}
    warnings = list(dots.warnings)
    for name in SECTIONS:
        try:
            found[name] = makers[name](dots) if name != "cavity" else cavity_section(dots, _crystal_nm(found))
        except InputError as error:
            warnings.append(f"no {name}: {error}")
    line = found["emission"].picture if "emission" in found else None
    light = found["polarisation"].picture if "polarisation" in found else None
    collective = found["collective"].picture if "collective" in found else None
    return Fingerprint(
        material=material,
        n_dots=frame.n_particles,
        sections={name: section.quantities for name, section in found.items()},
        inputs=(*given.quantities(), _lifetime(dots)),
        warnings=tuple(warnings),
        dots=dots,
        light=light if isinstance(light, PolarisedEmission) else None,
        line=line if isinstance(line, EmissionLine) else None,
        collective=collective if isinstance(collective, CollectiveAnswer) else None,
        coherence=found["collective"].verdict if "collective" in found else None,
    )


def _red_shift_section(dots: Prepared) -> Section:
    inputs = dots.inputs
    return Section(
        quantities=red_shift_budget(
            AssembledDots(
                emitter=dots.emitter,
                positions_nm=dots.positions_nm,
                box=dots.box,
                edges_nm=dots.edges_nm,
                gap_nm=dots.facts.gap_nm,
                facet_overlap=dots.facts.facet_overlap,
                core_fraction=dots.core_fraction,
                index=dots.index,
                barriers=_barriers(inputs),
                solution_index=inputs.solution_index,
                path_um=inputs.crystal_um,
                stokes_mev=inputs.stokes_mev,
                line_fwhm_mev=inputs.line_fwhm_mev,
                temperature_kelvin=inputs.temperature_kelvin,
                quantum_yield=inputs.quantum_yield,
                foerster_radius_nm=inputs.foerster_radius_nm,
                seed=inputs.seed,
            )
        )
    )


def _lifetime(dots: Prepared) -> Quantity:
    """The radiative lifetime of one dipole that was used."""
    return Quantity(name="lifetime_ps", value=dots.lifetime_ps, unit="ps", kind="input", source=dots.lifetime_source)


def _barriers(inputs: OpticsInputs) -> tuple[Barrier, ...]:
    """Those that bracket an organic gap, or that of a crystalline host."""
    between = inputs.between
    if between.name == "ligand":
        return (*BARRIERS, ALKANE)
    if between.barrier_ev == HOSTS["ligand"].barrier_ev:
        return BARRIERS
    return (Barrier(height_ev=between.barrier_ev, mass=between.barrier_mass),)


def _crystal_nm(found: dict[str, Section]) -> float | None:
    """Light that leaves the crystal [nm], where the budget could be drawn up."""
    named = {q.name: q for q in found["red shift"].quantities} if "red shift" in found else {}
    return named["emission_crystal_nm"].value if "emission_crystal_nm" in named else None
