from .confidence import (
    micrograph_confidence as micrograph_confidence,
    settled_lattice as settled_lattice,
    settled_spacing_px as settled_spacing_px,
)
from .drawing import draw_particles as draw_particles
from .grains import grain_numbers as grain_numbers
from .measure import measure_tem as measure_tem
from .order import (
    micrograph_order as micrograph_order,
    particle_order as particle_order,
    patch_order as patch_order,
    plane_spacing as plane_spacing,
    strains as strains,
)
from .order_result import MicrographOrder as MicrographOrder, ParticleOrder as ParticleOrder, PatchOrder as PatchOrder
from .outlines import Outlines as Outlines, particle_outlines as particle_outlines, stand_alone as stand_alone
from .particles import (
    LocatedParticles as LocatedParticles,
    NeighbourLattices as NeighbourLattices,
    bond_order as bond_order,
    first_neighbour_distance_px as first_neighbour_distance_px,
    locate_particles as locate_particles,
    neighbour_lattices as neighbour_lattices,
)
from .result import TemMeasurement as TemMeasurement
from .scaled import binned as binned, scaled_particles as scaled_particles, scaled_patches as scaled_patches
from .tabulated import ParticleTable as ParticleTable, particle_table as particle_table
