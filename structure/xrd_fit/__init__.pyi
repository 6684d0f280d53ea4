from .controlled import periods_about as periods_about, possible_stack as possible_stack
from .data import stack_data as stack_data
from .fit import (
    StackData as StackData,
    StackValues as StackValues,
    chi_square as chi_square,
    stack_columns as stack_columns,
    stack_interference as stack_interference,
    stack_model as stack_model,
    stack_slopes as stack_slopes,
)
from .layers import (
    StackFit as StackFit,
    layer_profile as layer_profile,
    leverage_sds as leverage_sds,
    scatter as scatter,
    spread_over as spread_over,
)
from .measure import measure_xrd as measure_xrd
from .refining import bootstrap_stack as bootstrap_stack, refine_stack as refine_stack
from .result import XrdMeasurement as XrdMeasurement
from .search import observed_spacing_nm as observed_spacing_nm, search_stack as search_stack
from .verdict import judge as judge
