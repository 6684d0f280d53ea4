from .curve import PairEnergy as PairEnergy
from .energy import pair_energy as pair_energy
from .hamaker import cuboid_cuboid_energy as cuboid_cuboid_energy, sphere_sphere_energy as sphere_sphere_energy
from .minimum import curvature as curvature, outermost_minimum as outermost_minimum
from .steric import (
    alexander_de_gennes as alexander_de_gennes,
    alexander_de_gennes_curvature as alexander_de_gennes_curvature,
    brush_height_nm as brush_height_nm,
    ion_wall as ion_wall,
    osmotic_elastic as osmotic_elastic,
)
from .terms import (
    Facing as Facing,
    adhesion_over_sides as adhesion_over_sides,
    core_attraction_kt as core_attraction_kt,
    equal_volume_cuboid_nm as equal_volume_cuboid_nm,
    facing as facing,
    gap_medium_of as gap_medium_of,
    over_facing_sides as over_facing_sides,
    shell_adhesion_kt as shell_adhesion_kt,
    shell_hamaker_j as shell_hamaker_j,
    shell_on_shape_nm as shell_on_shape_nm,
)
