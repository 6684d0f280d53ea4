from .gain import (
    auger_lifetime_ps as auger_lifetime_ps,
    gain_bound_per_cm as gain_bound_per_cm,
    transit_time_ps as transit_time_ps,
)
from .occupancy import (
    Transparency as Transparency,
    depth_average as depth_average,
    fluence_uj_cm2 as fluence_uj_cm2,
    mean_occupancy as mean_occupancy,
    poisson_shares as poisson_shares,
    transparency as transparency,
)
from .pulse import (
    Decay as Decay,
    PulseResponse as PulseResponse,
    pulse_response as pulse_response,
    threshold_occupancy as threshold_occupancy,
)
