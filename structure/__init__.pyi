from . import (
    crystals as crystals,
    diffraction as diffraction,
    form_factors as form_factors,
    fourier as fourier,
    imaging as imaging,
    lattice as lattice,
    measured as measured,
    micrographs as micrographs,
    order as order,
    pattern_fit as pattern_fit,
    patterns as patterns,
    saxs as saxs,
    saxs_fit as saxs_fit,
    study_fit as study_fit,
    xrd_fit as xrd_fit,
)
from .crystals.build import build_crystal as build_crystal
from .diffraction.multilayer import Multilayer as Multilayer
from .diffraction.waxs import simulate_waxs as simulate_waxs, simulate_waxs_2d as simulate_waxs_2d
from .diffraction.xrd import powder_xrd as powder_xrd
from .form_factors.average import form_factor as form_factor
from .fourier.fourier import fourier_lattice as fourier_lattice
from .imaging.readers import read_micrograph as read_micrograph
from .imaging.tem import simulate_tem as simulate_tem
from .lattice.fit import fit_lattice as fit_lattice
from .lattice.series import fit_lattice_trajectory as fit_lattice_trajectory
from .measured.reading import read_curve as read_curve
from .micrographs.measure import measure_tem as measure_tem
from .order.history import order_history as order_history
from .order.measure import measure_order as measure_order
from .order.occupancy import site_occupancy as site_occupancy
from .order.stacks import measure_stacks as measure_stacks
from .pattern_fit.frame import read_frame as read_frame
from .pattern_fit.measure import measure_pattern as measure_pattern
from .saxs.lattice_model import LatticeModel as LatticeModel
from .saxs.pattern import simulate_saxs_2d as simulate_saxs_2d
from .saxs.powder import simulate_saxs as simulate_saxs, structure_factor as structure_factor
from .saxs_fit.measure import measure_saxs as measure_saxs
from .xrd_fit.measure import measure_xrd as measure_xrd
