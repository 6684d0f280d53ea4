from .drawings import (
    draw_budget as draw_budget,
    draw_emission as draw_emission,
    draw_index as draw_index,
    draw_modes as draw_modes,
    draw_occupancy as draw_occupancy,
    draw_polarisation as draw_polarisation,
    pictures as pictures,
)
from .frame import (
    FrameFacts as FrameFacts,
    core_edges_nm as core_edges_nm,
    frame_facts as frame_facts,
    ideal_crystal as ideal_crystal,
)
from .inputs import OpticsInputs as OpticsInputs
from .papers import paper_statements as paper_statements, papers_table as papers_table
from .prepared import Prepared as Prepared, prepare as prepare
from .result import Fingerprint as Fingerprint, fingerprint as fingerprint
from .section import Section as Section
from .sections_crystal import cavity_section as cavity_section, collective_section as collective_section
from .sections_dots import (
    emission_section as emission_section,
    excitation_section as excitation_section,
    frame_section as frame_section,
    polarisation_section as polarisation_section,
)
from .statement import Statement as Statement
