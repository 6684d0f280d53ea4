from .build import (
    build_bicrystal as build_bicrystal,
    build_crystal as build_crystal,
    ideal_gas as ideal_gas,
    size_classes as size_classes,
)
from .cells import UnitCell as UnitCell, unit_cell as unit_cell
from .reciprocal import (
    PeakFamilies as PeakFamilies,
    PeakSlopes as PeakSlopes,
    beyond_reach as beyond_reach,
    lattice_parameters as lattice_parameters,
    peak_families as peak_families,
    powder_peak as powder_peak,
    powder_peak_slopes as powder_peak_slopes,
    spot_weights as spot_weights,
)
