from .data import DataComparison as DataComparison, compare_data as compare_data
from .exchange import Exchange as Exchange, ExchangeRow as ExchangeRow, exchange_of as exchange_of
from .sides import (
    Check as Check,
    Comparison as Comparison,
    checks_of as checks_of,
    compare as compare,
    measure_files as measure_files,
    outside_models as outside_models,
    size_checks as size_checks,
)
from .spacings import (
    Measurements as Measurements,
    Side as Side,
    Spacing as Spacing,
    fit_name as fit_name,
    measurement_rows as measurement_rows,
    prediction_rows as prediction_rows,
    published_rows as published_rows,
    side_of as side_of,
    simulation_rows as simulation_rows,
    spread_meaning as spread_meaning,
    value_text as value_text,
)
