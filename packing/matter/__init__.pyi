from .checked import Check as Check, second_sources as second_sources
from .lifshitz import combined_hamaker_j as combined_hamaker_j, tabor_winterton_hamaker_j as tabor_winterton_hamaker_j
from .ligand_lengths import (
    bain_length_nm as bain_length_nm,
    chain_length_nm as chain_length_nm,
    coropceanu_length_nm as coropceanu_length_nm,
    hoodlt_length_nm as hoodlt_length_nm,
    otm_length_nm as otm_length_nm,
    tanford_length_nm as tanford_length_nm,
)
from .ligand_rows import LigandEntry as LigandEntry
from .ligand_volumes import chain_and_rings as chain_and_rings, dense_volume_nm3 as dense_volume_nm3
from .ligands import (
    default_coverage_per_nm2 as default_coverage_per_nm2,
    ligand as ligand,
    ligand_entry as ligand_entry,
    ligand_from_carbons as ligand_from_carbons,
    mixed_coating as mixed_coating,
)
from .material_table import hamaker_estimate_j as hamaker_estimate_j, material as material
from .materials import Material as Material
from .media import Medium as Medium, medium as medium
from .own_ligands import own_ligand as own_ligand
from .own_materials import own_material as own_material
from .perovskite import (
    SurfaceSites as SurfaceSites,
    binding_warning as binding_warning,
    coverage_warning as coverage_warning,
    surface_sites as surface_sites,
)
from .polymers import PolymerBrush as PolymerBrush, polymer_brush as polymer_brush, refuse_polymer as refuse_polymer
