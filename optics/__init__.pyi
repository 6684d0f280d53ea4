from . import (
    cavity as cavity,
    collective as collective,
    emission as emission,
    excitation as excitation,
    fingerprints as fingerprints,
    materials as materials,
    medium as medium,
    polarisation as polarisation,
    red_shift as red_shift,
)
from .collective.burst import (
    dephased_burst as dephased_burst,
    dicke_burst as dicke_burst,
    textbook_burst as textbook_burst,
)
from .collective.cost import collective_answer as collective_answer
from .collective.hamiltonian import DipoleMedium as DipoleMedium, radiative_hamiltonian as radiative_hamiltonian
from .collective.judgement import coherence as coherence
from .collective.modes import collective_modes as collective_modes
from .emission.anchored import Emitter as Emitter
from .emission.exciton import exciton_level as exciton_level
from .emission.line import emission_line as emission_line
from .excitation.occupancy import mean_occupancy as mean_occupancy, transparency as transparency
from .excitation.pulse import (
    Decay as Decay,
    pulse_response as pulse_response,
    threshold_occupancy as threshold_occupancy,
)
from .fingerprints.frame import ideal_crystal as ideal_crystal
from .fingerprints.inputs import OpticsInputs as OpticsInputs
from .fingerprints.papers import paper_statements as paper_statements, papers_table as papers_table
from .fingerprints.result import Fingerprint as Fingerprint, fingerprint as fingerprint
from .materials.alloys import optical_material as optical_material
from .materials.hosts import surroundings as surroundings
from .materials.table import semiconductor as semiconductor
from .medium.dispersion import SuperlatticeMedium as SuperlatticeMedium
from .medium.homogenise import cube_array_index as cube_array_index
from .medium.mixing import effective_index as effective_index
from .medium.predicted import crystal_index as crystal_index
from .polarisation.array import polarised_emission as polarised_emission
from .polarisation.fine_structure import FineStructure as FineStructure
from .quantity import Quantity as Quantity
from .red_shift.assembled import AssembledDots as AssembledDots
from .red_shift.budget import red_shift_budget as red_shift_budget
