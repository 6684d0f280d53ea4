from .closed_forms import (
    ClosedForm as ClosedForm,
    checked_gamma as checked_gamma,
    closed_form as closed_form,
    packing_fraction_hs as packing_fraction_hs,
)
from .cube_pairs import CubePair as CubePair, cube_pair as cube_pair
from .cube_sphere_search import (
    CurveSearch as CurveSearch,
    cube_sphere_shapes as cube_sphere_shapes,
    searched_curve as searched_curve,
)
from .cube_sphere_table import Entry as Entry, main as main, table_entry as table_entry
from .cubes_and_spheres import (
    constant_cell_fraction as constant_cell_fraction,
    constant_cell_packing as constant_cell_packing,
    densest_cubes_and_spheres as densest_cubes_and_spheres,
)
from .curves import (
    CUBES_ON_A as CUBES_ON_A,
    CUBES_ON_B as CUBES_ON_B,
    LatticeCurve as LatticeCurve,
    candidate_names as candidate_names,
    lattice_curve as lattice_curve,
    phase_separation as phase_separation,
    require_curves as require_curves,
)
from .nazn13_vortices import (
    icosahedral_coordinate as icosahedral_coordinate,
    lattice_constant as lattice_constant,
    vertex_ratio as vertex_ratio,
)
from .otm import (
    OtmCurve as OtmCurve,
    branch_at as branch_at,
    branch_packing_fraction as branch_packing_fraction,
    branches as branches,
    otm_curve as otm_curve,
)
from .otm_branches import Branch as Branch
from .soft_particles import (
    SoftParticles as SoftParticles,
    open_kinds as open_kinds,
    shrunken_fraction as shrunken_fraction,
)
