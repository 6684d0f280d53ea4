from .anchored import Emitter as Emitter, from_bulk_gap as from_bulk_gap, model_variants as model_variants
from .exciton import (
    ExcitonLevel as ExcitonLevel,
    exciton_level as exciton_level,
    finite_wall_nm as finite_wall_nm,
    kinetic_energy_ev as kinetic_energy_ev,
)
from .interpolation import as_edges_nm as as_edges_nm, attraction_and_brightness as attraction_and_brightness
from .lifetime import (
    dipole_length_nm as dipole_length_nm,
    oscillator_strength as oscillator_strength,
    radiative_lifetime_ps as radiative_lifetime_ps,
)
from .line import EmissionLine as EmissionLine, emission_line as emission_line, voigt_fwhm_mev as voigt_fwhm_mev
from .overlaps import distance_density as distance_density, gaussian_moments as gaussian_moments, legendre as legendre
