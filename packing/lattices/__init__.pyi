from .catalogue import BINARY_NAMES as BINARY_NAMES, template as template
from .cif import template_from_cif as template_from_cif
from .single import SingleLattice as SingleLattice, single_lattice as single_lattice
from .templates import (
    Orbit as Orbit,
    Parameter as Parameter,
    Sites as Sites,
    Template as Template,
    cell_matrix as cell_matrix,
    check_kinds as check_kinds,
    sites as sites,
)
