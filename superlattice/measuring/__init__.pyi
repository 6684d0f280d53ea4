from .averaging import Average as Average, averages as averages
from .captions import caption as caption
from .figure_curves import (
    saxs_figure as saxs_figure,
    saxs_headline as saxs_headline,
    saxs_numbers as saxs_numbers,
    xrd_figure as xrd_figure,
    xrd_headline as xrd_headline,
    xrd_numbers as xrd_numbers,
)
from .figure_parts import (
    draw_residual as draw_residual,
    header as header,
    key_in as key_in,
    numbers_beside as numbers_beside,
    strip_of_reflections as strip_of_reflections,
    why_low as why_low,
    write_figure_as as write_figure_as,
)
from .figure_pattern import (
    names_of_peaks as names_of_peaks,
    pattern_figure as pattern_figure,
    pattern_headline as pattern_headline,
)
from .figure_tem import headline as headline, tem_figure as tem_figure
from .kinds import Kind as Kind, files_of as files_of, kind_named as kind_named
from .many import measure_files as measure_files, measured_row as measured_row
from .parameters import parameter_of as parameter_of
from .reflection_names import named_reflections as named_reflections
from .saving import (
    check_formats as check_formats,
    check_free as check_free,
    kind_of as kind_of,
    measurement_figure as measurement_figure,
    save_measurement as save_measurement,
    write_measurement as write_measurement,
)
from .series import MeasuredSeries as MeasuredSeries, Trend as Trend, save_series as save_series, series_of as series_of
from .session import (
    Session as Session,
    read_session as read_session,
    told_option as told_option,
    write_session as write_session,
)
from .table import MeasuredFiles as MeasuredFiles, csv_text as csv_text
