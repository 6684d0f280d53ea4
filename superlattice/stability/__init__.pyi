from .answering import (
    StabilityAnswer as StabilityAnswer,
    asked_for as asked_for,
    stability as stability,
    stability_in as stability_in,
)
from .candidates import (
    Asked as Asked,
    Effort as Effort,
    candidate_record as candidate_record,
    held_of as held_of,
    single_names as single_names,
)
from .exchanges import exchange_told as exchange_told
from .telling import draw_stability as draw_stability, formation_text as formation_text, summary_of as summary_of
from .verdicts import told_of as told_of
