from .bodies import (
    Population as Population,
    bead_masses as bead_masses,
    dilute_lattice as dilute_lattice,
    rigid_body as rigid_body,
    solid_mass_and_inertia as solid_mass_and_inertia,
)
from .observables import axis_distances_nm as axis_distances_nm, simple_cubic_fraction as simple_cubic_fraction
from .potentials import mix_pairs as mix_pairs
from .protocol import Plan as Plan, Stage as Stage
from .rigid import RigidBeads as RigidBeads
from .state import (
    State as State,
    at_rest as at_rest,
    body_inertia_amu_nm2 as body_inertia_amu_nm2,
    body_masses_amu as body_masses_amu,
    free_energy_of_motion_kj_mol as free_energy_of_motion_kj_mol,
    initial_state as initial_state,
    rotational_energy_kj_mol as rotational_energy_kj_mol,
    state_configuration as state_configuration,
    temperatures_kelvin as temperatures_kelvin,
    translational_energy_kj_mol as translational_energy_kj_mol,
)
from .system import (
    BodyKind as BodyKind,
    CosineSquaredAngle as CosineSquaredAngle,
    HarmonicBond as HarmonicBond,
    MiePair as MiePair,
    System as System,
    TablePair as TablePair,
)
