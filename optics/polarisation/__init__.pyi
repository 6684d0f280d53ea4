from .array import (
    PolarisedEmission as PolarisedEmission,
    misorientation_polarisation as misorientation_polarisation,
    nearest_cube_axes as nearest_cube_axes,
    polarised_emission as polarised_emission,
    random_cube_axis as random_cube_axis,
)
from .fine_structure import FineStructure as FineStructure
from .plates import (
    depolarisation_factors as depolarisation_factors,
    horizontal_dipole_fraction as horizontal_dipole_fraction,
    local_field_factors as local_field_factors,
)
