from .average import (
    FormFactor as FormFactor,
    SizedTerm as SizedTerm,
    form_factor as form_factor,
    mean_amplitude as mean_amplitude,
    random_averages as random_averages,
    sized_terms as sized_terms,
    widest as widest,
)
from .averages import (
    ParticleAverages as ParticleAverages,
    particle_averages as particle_averages,
    squared_along as squared_along,
)
from .bodies import (
    CoreShell as CoreShell,
    amplitude as amplitude,
    amplitude_terms as amplitude_terms,
    core_shell_amplitude as core_shell_amplitude,
    cuboid_amplitude as cuboid_amplitude,
    sphere_amplitude as sphere_amplitude,
)
from .nodes import (
    amplitude_from_nodes as amplitude_from_nodes,
    body_nodes as body_nodes,
    legendre_nodes as legendre_nodes,
    shared_nodes as shared_nodes,
)
from .polyhedron import polyhedron_amplitude as polyhedron_amplitude
from .rounded import rounded_cuboid_amplitude as rounded_cuboid_amplitude
from .sizes import size_nodes as size_nodes
from .superball import (
    Superball as Superball,
    superball_amplitude as superball_amplitude,
    superball_from_diagonal as superball_from_diagonal,
    superball_nodes as superball_nodes,
)
from .table import (
    DirectionTable as DirectionTable,
    amplitudes_along as amplitudes_along,
    direction_nodes as direction_nodes,
    direction_table as direction_table,
    interpolation_matrix as interpolation_matrix,
    length_nm as length_nm,
    tabulated_at as tabulated_at,
    unit_body as unit_body,
    with_length as with_length,
)
