from .candidates import (
    StaticCandidate as StaticCandidate,
    core_energy_kt as core_energy_kt,
    rounded_volume_nm3 as rounded_volume_nm3,
    static_candidate as static_candidate,
)
from .einstein import (
    CrystalFreeEnergy as CrystalFreeEnergy,
    EinsteinCrystal as EinsteinCrystal,
    bennett_cost as bennett_cost,
    integrated as integrated,
    quadrature as quadrature,
    spring_mean_kt as spring_mean_kt,
    switch_cost as switch_cost,
    turn_share as turn_share,
)
from .fluids import Fluid as Fluid, fluid as fluid
from .hard_spheres import hard_sphere_crystal as hard_sphere_crystal
from .holding import Held as Held, at_lengths as at_lengths, hold as hold
from .hull import (
    Formation as Formation,
    Phase as Phase,
    above_hull as above_hull,
    composition as composition,
    formations as formations,
)
from .rigid_bodies import (
    drawn_turns as drawn_turns,
    einstein_energies_kt as einstein_energies_kt,
    frenkel_ladd as frenkel_ladd,
    spring_energies_kt as spring_energies_kt,
    static_energy_kt as static_energy_kt,
)
from .thermal import (
    Sampled as Sampled,
    SpringSession as SpringSession,
    Thermal as Thermal,
    sampled as sampled,
    spring_beads as spring_beads,
)
