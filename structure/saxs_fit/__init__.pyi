from .controlled import controlled_fits as controlled_fits, controlled_verdict as controlled_verdict
from .errors import resolution_shifts as resolution_shifts, standard_errors as standard_errors
from .lattice import (
    LatticeColumns as LatticeColumns,
    Lines as Lines,
    lattice_columns as lattice_columns,
    lattice_slopes as lattice_slopes,
    lines_of as lines_of,
)
from .measure import measure_saxs as measure_saxs
from .model import Solution as Solution, Trial as Trial
from .phases import PhaseFits as PhaseFits, fit_phases as fit_phases
from .ranking import (
    mixture_doubts as mixture_doubts,
    odds as odds,
    possible as possible,
    rank as rank,
    resolved as resolved,
    site_nm3 as site_nm3,
)
from .refining import bounds_of as bounds_of, refine as refine
from .result import SaxsMeasurement as SaxsMeasurement
from .search import (
    fit_particles as fit_particles,
    lattice_trials as lattice_trials,
    other_shape as other_shape,
    screened as screened,
    window as window,
)
from .solving import gains as gains, slopes as slopes, smooth_columns as smooth_columns, solve as solve
from .tried import alternatives as alternatives
from .verdict import (
    Verdict as Verdict,
    fwhm_inv_nm as fwhm_inv_nm,
    relative_width as relative_width,
    saxs_verdict as saxs_verdict,
    unexplained as unexplained,
)
