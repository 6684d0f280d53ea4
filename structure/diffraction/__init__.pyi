from .atomic import (
    AtomicCrystal as AtomicCrystal,
    atomic_crystal as atomic_crystal,
    crystal_from_ase as crystal_from_ase,
    crystal_from_cif as crystal_from_cif,
    cut_nanocrystal as cut_nanocrystal,
    cut_sites as cut_sites,
)
from .atoms import (
    atomic_form_factor as atomic_form_factor,
    debye_waller_factor as debye_waller_factor,
    electron_form_factor_nm as electron_form_factor_nm,
    electron_wavelength_nm as electron_wavelength_nm,
    require_atom as require_atom,
)
from .axes import (
    CommonAxes as CommonAxes,
    cell_seen_along as cell_seen_along,
    common_axes as common_axes,
    symmetry_rotations as symmetry_rotations,
)
from .film_xrd import (
    RowStatistics as RowStatistics,
    row_statistics as row_statistics,
    simulate_film_xrd as simulate_film_xrd,
)
from .indexed import IndexedPattern as IndexedPattern, SpotMark as SpotMark, in_plane_marks as in_plane_marks
from .library import (
    SiteBody as SiteBody,
    atoms_of_dots as atoms_of_dots,
    crystal_of_material as crystal_of_material,
    dot_amplitude as dot_amplitude,
    site_bodies as site_bodies,
    sizes_of as sizes_of,
    squared_by_outlines as squared_by_outlines,
    sums_atoms as sums_atoms,
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
from .reflections import ReflectionSpots as ReflectionSpots, reflection_spots as reflection_spots
from .saed import simulate_saed as simulate_saed
from .superlattice_waxs import (
    reflections_image as reflections_image,
    simulate_powder_waxs as simulate_powder_waxs,
    simulate_superlattice_waxs_2d as simulate_superlattice_waxs_2d,
)
from .waxs import debye_waxs as debye_waxs, simulate_waxs as simulate_waxs, simulate_waxs_2d as simulate_waxs_2d
from .xrd import PowderXrd as PowderXrd, powder_xrd as powder_xrd
