from .bodies import WidenedBox as WidenedBox, contact_scales as contact_scales, widened_box as widened_box
from .contact import (
    FilledTemplate as FilledTemplate,
    Pairs as Pairs,
    States as States,
    all_pairs as all_pairs,
    ideal_ratios as ideal_ratios,
    neighbour_pairs as neighbour_pairs,
    pair_scales as pair_scales,
    separations as separations,
)
from .continuation import followed_packing as followed_packing, free_state as free_state
from .densest_search import follow as follow, log_volume as log_volume, search as search
from .free_sites import freed_packing as freed_packing
from .freedom import Freedom as Freedom, freedom_of as freedom_of
from .packed import PackedLattice as PackedLattice, packed_lattice as packed_lattice
from .packing import densest_packing as densest_packing, with_oxygen as with_oxygen
from .sphere_curves import SphereCurve as SphereCurve, sphere_curve as sphere_curve
