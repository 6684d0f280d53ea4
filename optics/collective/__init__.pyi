from .burst import (
    Burst as Burst,
    dephased_burst as dephased_burst,
    dicke_burst as dicke_burst,
    textbook_burst as textbook_burst,
)
from .cluster import central_cluster as central_cluster, cut_at_widest_gap as cut_at_widest_gap
from .cost import (
    CollectiveAnswer as CollectiveAnswer,
    collective_answer as collective_answer,
    sub_cube as sub_cube,
    vacancy_cost as vacancy_cost,
)
from .costs import CrystalCosts as CrystalCosts, crystal_costs as crystal_costs
from .hamiltonian import (
    DipoleMedium as DipoleMedium,
    radiative_hamiltonian as radiative_hamiltonian,
    triplet_dipoles as triplet_dipoles,
)
from .judgement import Coherence as Coherence, coherence as coherence
from .modes import (
    CollectiveModes as CollectiveModes,
    brightest_decay as brightest_decay,
    burst_variance as burst_variance,
    collective_modes as collective_modes,
    decay_matrix as decay_matrix,
)
from .pattern import EmissionPattern as EmissionPattern, brightest_pattern as brightest_pattern
from .sizes import continuous_scales as continuous_scales
