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
    drawn_log_ratio as drawn_log_ratio,
    drawn_quantity as drawn_quantity,
    hits as hits,
    medium_depth_kt as medium_depth_kt,
    quantity_of as quantity_of,
)
from .mixing import (
    content_nm3 as content_nm3,
    drawn_winners as drawn_winners,
    model_forms as model_forms,
    model_of_draws as model_of_draws,
    model_sizes_nm as model_sizes_nm,
    particles_nm3 as particles_nm3,
)
from .mixture_search import mixture_choices as mixture_choices
from .searching import (
    chosen_ligands as chosen_ligands,
    coverages as coverages,
    least as least,
    plausibility_of as plausibility_of,
    single_choices as single_choices,
    sizes_nm as sizes_nm,
)
from .wanted import Cores as Cores, Question as Question, Spread as Spread, Wanted as Wanted
from .winning import Winners as Winners, winners as winners
