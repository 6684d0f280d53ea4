from .fourier import (
    FourierLattice as FourierLattice,
    cropped as cropped,
    fit_weights as fit_weights,
    fourier_lattice as fourier_lattice,
)
from .indexing import (
    IndexedSpots as IndexedSpots,
    cell_angle_deg as cell_angle_deg,
    direct_cell as direct_cell,
    index_spots as index_spots,
    lattice_spacing as lattice_spacing,
    name_lattice as name_lattice,
    reduced as reduced,
    strain_from as strain_from,
)
from .local_phase import strain_sd as strain_sd, with_shared_errors as with_shared_errors
from .patches import (
    PatchLattices as PatchLattices,
    candidate_periods_px as candidate_periods_px,
    patch_lattices as patch_lattices,
)
from .spots import (
    Spectrum as Spectrum,
    Spots as Spots,
    find_spots as find_spots,
    flattened as flattened,
    hann as hann,
    local_maxima as local_maxima,
    parabola_offset as parabola_offset,
    power_spectrum as power_spectrum,
)
