from .bond_peaks import lattice_vectors as lattice_vectors, primitive_basis as primitive_basis
from .conventional import ConventionalCell as ConventionalCell, conventional_cell as conventional_cell
from .disorder import RowDisorder as RowDisorder, row_disorder as row_disorder
from .fit import fit_lattice as fit_lattice, fit_lattice_of as fit_lattice_of
from .grains import Grain as Grain, find_grains as find_grains, first_shell as first_shell
from .result import LatticeFit as LatticeFit, no_fit as no_fit, with_error as with_error
from .series import (
    LatticeSeries as LatticeSeries,
    blocked_error as blocked_error,
    fit_lattice_trajectory as fit_lattice_trajectory,
)
from .sites import SiteIndices as SiteIndices, count_vacancies as count_vacancies, index_sites as index_sites
from .uncertainty import (
    SiteFit as SiteFit,
    cell_parameters as cell_parameters,
    fit_sites as fit_sites,
    mean_length as mean_length,
    parameter_errors as parameter_errors,
)
