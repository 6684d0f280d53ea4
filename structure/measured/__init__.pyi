from .bounded import best_within as best_within, parameters_of as parameters_of
from .control import FitControl as FitControl
from .curve import MeasuredCurve as MeasuredCurve, file_sha256 as file_sha256, local_noise as local_noise
from .data import FitData as FitData, fit_data as fit_data, noise_law as noise_law
from .drawing import (
    draw_measured as draw_measured,
    key_below as key_below,
    key_beside as key_beside,
    own_axes as own_axes,
    shown_pixels as shown_pixels,
)
from .linear import (
    best_factors as best_factors,
    correlated_points as correlated_points,
    level_of as level_of,
    nonnegative as nonnegative,
    parameter_sds as parameter_sds,
    robust as robust,
    robust_slope as robust_slope,
    strengths as strengths,
)
from .peaks import Peaks as Peaks, sharp_peaks as sharp_peaks
from .reading import read_curve as read_curve
from .reading_cansas import (
    CansasCurve as CansasCurve,
    read_cansas_xml as read_cansas_xml,
    read_nxcansas as read_nxcansas,
    unit_of as unit_of,
)
from .reading_text import TextColumns as TextColumns, read_columns as read_columns
from .reading_xrdml import XrdmlScan as XrdmlScan, is_xrdml as is_xrdml, read_xrdml as read_xrdml
from .save import save_measurement as save_measurement
