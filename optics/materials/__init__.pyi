from .alloys import optical_material as optical_material
from .hosts import Surroundings as Surroundings, surroundings as surroundings
from .properties import Anchor as Anchor, IndexPage as IndexPage, Semiconductor as Semiconductor
from .refraction import (
    absorption_peak_nm as absorption_peak_nm,
    exciton_nm as exciton_nm,
    extinction as extinction,
    permittivity as permittivity,
    refractive_index as refractive_index,
    tabulated_range_nm as tabulated_range_nm,
)
from .table import semiconductor as semiconductor, with_anchor as with_anchor
