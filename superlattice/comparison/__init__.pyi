from .data import DataComparison as DataComparison, compare_data as compare_data
from .sides import (
    Check as Check,
    Comparison as Comparison,
    checks_of as checks_of,
    compare as compare,
    exchange_of as exchange_of,
    measure as measure,
)
from .spacings import (
    Side as Side,
    Spacing as Spacing,
    measurement_rows as measurement_rows,
    prediction_rows as prediction_rows,
    published_rows as published_rows,
    simulation_rows as simulation_rows,
    value_text as value_text,
)
