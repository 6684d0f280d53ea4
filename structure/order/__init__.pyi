from .alignment import (
    Misorientation as Misorientation,
    face_to_face_alignment as face_to_face_alignment,
    misorientation as misorientation,
)
from .bond_order import (
    centred as centred,
    freud_box as freud_box,
    radial_distribution as radial_distribution,
    steinhardt as steinhardt,
)
from .classify import (
    LocalStructure as LocalStructure,
    classify_surroundings as classify_surroundings,
    classify_together as classify_together,
)
from .history import OrderHistory as OrderHistory, order_history as order_history
from .layers import LayerReport as LayerReport, measure_layer as measure_layer
from .measure import (
    OrderReport as OrderReport,
    measure_order as measure_order,
    measure_together as measure_together,
    report_order as report_order,
)
from .neighbours import (
    Neighbours as Neighbours,
    interior_mask as interior_mask,
    nearest_neighbours as nearest_neighbours,
)
from .occupancy import SiteOccupancy as SiteOccupancy, site_occupancy as site_occupancy, sublattice as sublattice
from .stacks import StackReport as StackReport, measure_stacks as measure_stacks
from .template_match import Match as Match, match_template as match_template
from .templates import (
    SiteTemplate as SiteTemplate,
    axial_ratio as axial_ratio,
    in_range as in_range,
    sites_around as sites_around,
    strain as strain,
)
