from .curves import (
    CurveComparison as CurveComparison,
    compare_curves as compare_curves,
    fitted_curve as fitted_curve,
    studied_crystal as studied_crystal,
)
from .fit import clash_of as clash_of, implied_inputs as implied_inputs, observed_by as observed_by
from .result import ImpliedCoverage as ImpliedCoverage, ImpliedInputs as ImpliedInputs, Observed as Observed
