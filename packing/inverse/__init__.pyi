from .binding import (
    highest_coverage_per_nm2 as highest_coverage_per_nm2,
    ligands_that_bind as ligands_that_bind,
    usual_coverage_per_nm2 as usual_coverage_per_nm2,
)
from .designs import Design as Design, Designs as Designs, find_designs as find_designs
from .draws import deviates as deviates, drawn_shell as drawn_shell, made_shape as made_shape
from .falsifiers import (
    Falsifier as Falsifier,
    mixture_falsifier as mixture_falsifier,
    quantity_falsifier as quantity_falsifier,
)
from .forward import (
    Choice as Choice,
    Winners as Winners,
    drawn_log_ratio as drawn_log_ratio,
    drawn_quantity as drawn_quantity,
    hits as hits,
    medium_depth_kt as medium_depth_kt,
    quantity_of as quantity_of,
    winners as winners,
)
from .searching import (
    mixture_choices as mixture_choices,
    plausibility_of as plausibility_of,
    single_choices as single_choices,
)
from .wanted import Cores as Cores, Question as Question, Spread as Spread, Wanted as Wanted
