from .absorption import (
    cross_section_cm2 as cross_section_cm2,
    film_absorption_per_um as film_absorption_per_um,
    intrinsic_absorption_per_nm as intrinsic_absorption_per_nm,
)
from .diffraction import StopBand as StopBand, bragg_wavelength_nm as bragg_wavelength_nm, stop_band as stop_band
from .dispersion import SuperlatticeMedium as SuperlatticeMedium
from .homogenise import cube_array_index as cube_array_index, homogenised_permittivity as homogenised_permittivity
from .mixing import (
    bruggeman_index as bruggeman_index,
    checked as checked,
    effective_index as effective_index,
    hashin_shtrikman_bounds as hashin_shtrikman_bounds,
    lorentz_lorenz_index as lorentz_lorenz_index,
    maxwell_garnett_index as maxwell_garnett_index,
)
from .predicted import crystal_index as crystal_index, solid_index as solid_index
