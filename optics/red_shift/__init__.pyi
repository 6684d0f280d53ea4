from .assembled import AssembledDots as AssembledDots
from .budget import crystal_emission_term as crystal_emission_term, red_shift_budget as red_shift_budget
from .minibands import (
    Barrier as Barrier,
    Miniband as Miniband,
    bound_exciton_shift_ev as bound_exciton_shift_ev,
    free_carrier_bound_ev as free_carrier_bound_ev,
    miniband as miniband,
)
from .reabsorption import (
    EscapingLine as EscapingLine,
    blue_shift_ev as blue_shift_ev,
    crystal_absorption as crystal_absorption,
    gaussian_line as gaussian_line,
    reabsorbed_line as reabsorbed_line,
)
from .recycling import RecyclingCrystal as RecyclingCrystal, recycled_line as recycled_line
from .surroundings_shift import (
    PolarisationEnergy as PolarisationEnergy,
    binding_energy_ev as binding_energy_ev,
    polarisation_energy as polarisation_energy,
    surroundings_shift_ev as surroundings_shift_ev,
)
from .terms import (
    dielectric_term as dielectric_term,
    minibands_term as minibands_term,
    radius_nm as radius_nm,
    reabsorption_term as reabsorption_term,
    transfer_term as transfer_term,
)
from .transfer import (
    TransferResult as TransferResult,
    foerster_radius_nm as foerster_radius_nm,
    impurity_light_fraction as impurity_light_fraction,
    transfer_rates as transfer_rates,
    transfer_shift as transfer_shift,
)
