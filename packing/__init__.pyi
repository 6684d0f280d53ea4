from . import (
    binary as binary,
    checks as checks,
    configuration as configuration,
    contact as contact,
    errors as errors,
    lattices as lattices,
    matter as matter,
    pair as pair,
    particles as particles,
    pose as pose,
    prediction as prediction,
    ranking as ranking,
    results as results,
    shapes as shapes,
    spacing as spacing,
    trajectory as trajectory,
)
from .configuration import Configuration as Configuration
from .contact.packing import densest_packing as densest_packing
from .errors import InputError as InputError, RunStopped as RunStopped
from .matter.ligands import ligand as ligand, ligand_from_carbons as ligand_from_carbons
from .matter.material_table import material as material
from .matter.media import medium as medium
from .pair.energy import PairEnergy as PairEnergy, pair_energy as pair_energy
from .particles import Coating as Coating, Environment as Environment, Ligand as Ligand, Nanocrystal as Nanocrystal
from .prediction.prediction import Prediction as Prediction, predict as predict
from .ranking.maps import phase_map as phase_map
from .ranking.ranking import rank_lattices as rank_lattices
from .shapes import Cuboid as Cuboid, Sphere as Sphere, cube as cube
from .trajectory import Trajectory as Trajectory, write_gsd as write_gsd
