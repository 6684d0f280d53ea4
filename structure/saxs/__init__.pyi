from .bragg import split_slabs as split_slabs
from .debye import (
    debye_points as debye_points,
    debye_saxs as debye_saxs,
    pair_histograms as pair_histograms,
    sinc_transform as sinc_transform,
)
from .images import cluster_image as cluster_image, periodic_image as periodic_image
from .lattice_model import LatticeModel as LatticeModel, lattice_intensity as lattice_intensity
from .lattice_waves import wave_peaks as wave_peaks
from .pattern import (
    dispersion_saxs as dispersion_saxs,
    simulate_saxs_2d as simulate_saxs_2d,
    structure_factor_2d as structure_factor_2d,
)
from .planes import TurnedCuboids as TurnedCuboids, on_planes as on_planes
from .powder import (
    checked_frames as checked_frames,
    cluster_diameter_nm as cluster_diameter_nm,
    domain_of_box_nm as domain_of_box_nm,
    lowest_trusted_q as lowest_trusted_q,
    reciprocal_intensities as reciprocal_intensities,
    simulate_saxs as simulate_saxs,
    spot_sigma_inv_nm as spot_sigma_inv_nm,
    structure_factor as structure_factor,
    trusted_from as trusted_from,
)
from .sources import Disc as Disc, SourceGroup as SourceGroup, Sources as Sources, sources_of as sources_of
from .sums import (
    Precision as Precision,
    plane_sums as plane_sums,
    reciprocal_slabs as reciprocal_slabs,
    sums_at as sums_at,
)
