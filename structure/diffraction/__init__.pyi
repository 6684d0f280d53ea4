from .atomic import (
    AtomicCrystal as AtomicCrystal,
    atomic_crystal as atomic_crystal,
    crystal_from_ase as crystal_from_ase,
    crystal_from_cif as crystal_from_cif,
    cut_nanocrystal as cut_nanocrystal,
)
from .atoms import (
    atomic_form_factor as atomic_form_factor,
    debye_waller_factor as debye_waller_factor,
    require_atom as require_atom,
)
from .multilayer import (
    Multilayer as Multilayer,
    fwhm_from_published_hwhm as fwhm_from_published_hwhm,
    gap_sd_from_fullerton as gap_sd_from_fullerton,
    lorentz_polarisation_absorption as lorentz_polarisation_absorption,
    multilayer_intensity as multilayer_intensity,
)
from .multilayer_planes import PlaneStack as PlaneStack, perovskite_planes as perovskite_planes
from .multilayer_stacks import (
    columns_along as columns_along,
    monte_carlo_intensity as monte_carlo_intensity,
    simulate_multilayer as simulate_multilayer,
)
from .waxs import debye_waxs as debye_waxs, simulate_waxs as simulate_waxs, simulate_waxs_2d as simulate_waxs_2d
from .xrd import PowderXrd as PowderXrd, powder_xrd as powder_xrd
