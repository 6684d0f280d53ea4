from .cylinder import (
    capillary_spacing_nm as capillary_spacing_nm,
    cylinder_pole as cylinder_pole,
    free_spectral_range_nm as free_spectral_range_nm,
    whispering_gallery_guess_nm as whispering_gallery_guess_nm,
)
from .facets import (
    CavityMode as CavityMode,
    facet_modes as facet_modes,
    facet_spacing_nm as facet_spacing_nm,
    gallery_spacing_nm as gallery_spacing_nm,
    reflection_phase as reflection_phase,
    square_gallery_modes as square_gallery_modes,
)
from .quality import (
    absorption_quality as absorption_quality,
    facet_quality as facet_quality,
    linewidth_quality as linewidth_quality,
    outcoupled_fraction as outcoupled_fraction,
)
