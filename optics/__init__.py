"""Optics: what light comes out of a superlattice, from its configuration and a few told inputs.

Every number is a `Quantity` that says whether it is predicted, an input, or a bound. Public names load when they are
first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optics.collective.burst import dephased_burst, dicke_burst, textbook_burst
    from optics.collective.cost import collective_answer
    from optics.collective.hamiltonian import DipoleMedium, radiative_hamiltonian
    from optics.collective.judgement import coherence
    from optics.collective.modes import collective_modes
    from optics.emission.anchored import Emitter
    from optics.emission.exciton import exciton_level
    from optics.emission.line import emission_line
    from optics.excitation.occupancy import mean_occupancy, transparency
    from optics.excitation.pulse import Decay, pulse_response, threshold_occupancy
    from optics.fingerprints.frame import ideal_crystal
    from optics.fingerprints.inputs import OpticsInputs
    from optics.fingerprints.papers import paper_statements, papers_table
    from optics.fingerprints.result import Fingerprint, fingerprint
    from optics.materials.alloys import optical_material
    from optics.materials.hosts import surroundings
    from optics.materials.table import semiconductor
    from optics.medium.dispersion import SuperlatticeMedium
    from optics.medium.homogenise import cube_array_index
    from optics.medium.mixing import effective_index
    from optics.polarisation.array import polarised_emission
    from optics.polarisation.fine_structure import FineStructure
    from optics.quantity import Quantity
    from optics.red_shift.assembled import AssembledDots
    from optics.red_shift.budget import red_shift_budget

__all__ = [
    "AssembledDots",
    "Decay",
    "DipoleMedium",
    "Emitter",
    "FineStructure",
    "Fingerprint",
    "OpticsInputs",
    "Quantity",
    "SuperlatticeMedium",
    "coherence",
    "collective_answer",
    "collective_modes",
    "cube_array_index",
    "dephased_burst",
    "dicke_burst",
    "effective_index",
    "emission_line",
    "exciton_level",
    "fingerprint",
    "ideal_crystal",
    "mean_occupancy",
    "optical_material",
    "paper_statements",
    "papers_table",
    "polarised_emission",
    "pulse_response",
    "radiative_hamiltonian",
    "red_shift_budget",
    "semiconductor",
    "surroundings",
    "textbook_burst",
    "threshold_occupancy",
    "transparency",
]

_WHERE = {
    "AssembledDots": "optics.red_shift.assembled",
    "Decay": "optics.excitation.pulse",
    "DipoleMedium": "optics.collective.hamiltonian",
    "Emitter": "optics.emission.anchored",
    "FineStructure": "optics.polarisation.fine_structure",
    "Fingerprint": "optics.fingerprints.result",
    "OpticsInputs": "optics.fingerprints.inputs",
    "Quantity": "optics.quantity",
    "SuperlatticeMedium": "optics.medium.dispersion",
    "coherence": "optics.collective.judgement",
    "collective_answer": "optics.collective.cost",
    "collective_modes": "optics.collective.modes",
    "cube_array_index": "optics.medium.homogenise",
    "dephased_burst": "optics.collective.burst",
    "dicke_burst": "optics.collective.burst",
    "effective_index": "optics.medium.mixing",
    "emission_line": "optics.emission.line",
    "exciton_level": "optics.emission.exciton",
    "fingerprint": "optics.fingerprints.result",
    "ideal_crystal": "optics.fingerprints.frame",
    "mean_occupancy": "optics.excitation.occupancy",
    "optical_material": "optics.materials.alloys",
    "paper_statements": "optics.fingerprints.papers",
    "papers_table": "optics.fingerprints.papers",
    "polarised_emission": "optics.polarisation.array",
    "pulse_response": "optics.excitation.pulse",
    "radiative_hamiltonian": "optics.collective.hamiltonian",
    "red_shift_budget": "optics.red_shift.budget",
    "semiconductor": "optics.materials.table",
    "surroundings": "optics.materials.hosts",
    "textbook_burst": "optics.collective.burst",
    "threshold_occupancy": "optics.excitation.pulse",
    "transparency": "optics.excitation.occupancy",
}


def __getattr__(name: str) -> object:
    """A public name, or a sub-room, loaded when it is first asked for."""
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    full = f"{__name__}.{name}"
    try:
        return import_module(full)
    except ModuleNotFoundError as error:
        if error.name != full:
            raise
        raise AttributeError(f"{__name__} has no name {name!r}") from None


def __dir__() -> list[str]:
    return sorted(_WHERE)
