from .approach import Approach as Approach, closest_approach as closest_approach
from .bodies import Body as Body, body_of as body_of, body_of_halfspaces as body_of_halfspaces
from .cores import (
    CoreSurface as CoreSurface,
    core_energy as core_energy,
    core_surface as core_surface,
    core_volume_nm3 as core_volume_nm3,
)
from .facets import (
    FacetCurves as FacetCurves,
    FacetOverlaps as FacetOverlaps,
    FacetSide as FacetSide,
    facet_curves as facet_curves,
    facet_overlaps as facet_overlaps,
    facet_side as facet_side,
)
from .poses import (
    facing_frame as facing_frame,
    facing_poses as facing_poses,
    meeting_poses as meeting_poses,
    quaternions as quaternions,
    read_poses as read_poses,
    reversed_poses as reversed_poses,
    rotation_matrices as rotation_matrices,
    shifted_poses as shifted_poses,
    size_along_nm as size_along_nm,
    tilted_poses as tilted_poses,
    twisted_poses as twisted_poses,
)
from .rays import Met as Met, Rays as Rays, Target as Target, first_met as first_met
from .rims import (
    RoundContacts as RoundContacts,
    RoundParts as RoundParts,
    round_contacts as round_contacts,
    round_parts_of as round_parts_of,
)
from .shells import (
    Shell as Shell,
    ShellContact as ShellContact,
    brushes_in_series_per_nm2 as brushes_in_series_per_nm2,
    corner_heights_nm as corner_heights_nm,
    edge_heights_nm as edge_heights_nm,
    melt_per_nm2 as melt_per_nm2,
    shell_of as shell_of,
    splayed_height_nm as splayed_height_nm,
)
from .tabulated import AreaCurve as AreaCurve, tabulate as tabulate
