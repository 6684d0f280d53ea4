from .candidates import LatticeRanking as LatticeRanking, RankedLattice as RankedLattice
from .corners import rounding_gain as rounding_gain
from .maps import ObservedLattice as ObservedLattice, PhaseMap as PhaseMap, phase_map as phase_map
from .measured import (
    MEASURED_PACKINGS as MEASURED_PACKINGS,
    MEASURED_SPACINGS as MEASURED_SPACINGS,
    MeasuredPacking as MeasuredPacking,
    MeasuredSpacing as MeasuredSpacing,
    measured_table as measured_table,
)
from .one_lattice import LatticeReport as LatticeReport, lattice_report as lattice_report
from .ranking import rank_lattices as rank_lattices
from .room import Content as Content, check_balance as check_balance, has_room as has_room
from .rows import (
    Mixed as Mixed,
    mixture_packing as mixture_packing,
    ranked_packing as ranked_packing,
    ranked_row as ranked_row,
    soft_particles as soft_particles,
)
