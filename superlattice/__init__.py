"""From a nanocrystal and a ligand to a superlattice: the front door.

``superlattice.load(path)`` reads a study file and ``superlattice.run(study, out)`` answers it; ``superlattice.predict``
also takes nouns: a nanocrystal, its coating and what surrounds them. The rooms behind are ``superlattice.packing``,
``superlattice.assembly``, ``superlattice.structure`` and ``superlattice.optics``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from superlattice._guard import check_neighbours

check_neighbours()

import assembly
import optics
import packing
import structure
from superlattice.version import __version__

if TYPE_CHECKING:
    from assembly.how import How
    from packing.configuration import Configuration
    from packing.errors import InputError, RunStopped
    from packing.matter.ligands import ligand, ligand_from_carbons
    from packing.matter.material_table import material
    from packing.matter.media import medium
    from packing.matter.own_ligands import own_ligand
    from packing.matter.own_materials import own_material
    from packing.particles import Coating, Environment, Ligand, Nanocrystal
    from packing.shapes import Cuboid, Sphere, cube
    from packing.trajectory import Trajectory
    from structure.measured.control import FitControl
    from structure.micrographs.measure import measure_tem
    from structure.pattern_fit.measure import measure_pattern
    from structure.saxs_fit.measure import measure_saxs
    from structure.xrd_fit.measure import measure_xrd
    from superlattice.campaign.campaign import make_campaign, open_campaign
    from superlattice.campaign.jobs import expand_file
    from superlattice.campaign.runner import run_campaign
    from superlattice.campaign.status import campaign_status
    from superlattice.campaign.tables import collect
    from superlattice.inverse.answering import design
    from superlattice.measuring.many import measure_files
    from superlattice.measuring.saving import measurement_figure, save_measurement
    from superlattice.measuring.series import save_series, series_of
    from superlattice.pictures.light_widgets import light_explorer
    from superlattice.pictures.still import draw_still
    from superlattice.pictures.viewer import view
    from superlattice.pictures.widgets import explorer
    from superlattice.pipeline.run import run_study as run
    from superlattice.pipeline.target import compare_target as compare
    from superlattice.plots.exchanges import plot_exchange, plot_ligands
    from superlattice.plots.picture import plot_curves, plot_together
    from superlattice.plots.rankings import plot_ranking
    from superlattice.plots.runs import plot_assembly, plot_sweep, pressed_order
    from superlattice.plots.spacings import (
        plot_coverage_and_length,
        plot_measured_spacings,
        plot_softness,
        plot_spacing_by_length,
    )
    from superlattice.steps.light import optics_target as optics_of
    from superlattice.steps.prediction import predict
    from superlattice.steps.simulation import simulate_study as assemble
    from superlattice.steps.target import analyze_target as analyze
    from superlattice.study.study import Study, load_study as load

# Where each name lives, loaded when it is first asked for: `superlattice --help` does not wait for the science stack.
_DOORS = {
    "Coating": "packing.particles",
    "Configuration": "packing.configuration",
    "Cuboid": "packing.shapes",
    "Environment": "packing.particles",
    "FitControl": "structure.measured.control",
    "How": "assembly.how",
    "InputError": "packing.errors",
    "Ligand": "packing.particles",
    "Nanocrystal": "packing.particles",
    "RunStopped": "packing.errors",
    "Sphere": "packing.shapes",
    "Study": "superlattice.study.study",
    "Trajectory": "packing.trajectory",
    "analyze": "superlattice.steps.target:analyze_target",
    "assemble": "superlattice.steps.simulation:simulate_study",
    "campaign_status": "superlattice.campaign.status",
    "collect": "superlattice.campaign.tables",
    "compare": "superlattice.pipeline.target:compare_target",
    "cube": "packing.shapes",
    "design": "superlattice.inverse.answering",
    "draw_still": "superlattice.pictures.still",
    "expand_file": "superlattice.campaign.jobs",
    "explorer": "superlattice.pictures.widgets",
    "ligand": "packing.matter.ligands",
    "ligand_from_carbons": "packing.matter.ligands",
    "light_explorer": "superlattice.pictures.light_widgets",
    "load": "superlattice.study.study:load_study",
    "make_campaign": "superlattice.campaign.campaign",
    "material": "packing.matter.material_table",
    "measure_files": "superlattice.measuring.many",
    "measure_pattern": "structure.pattern_fit.measure",
    "measure_saxs": "structure.saxs_fit.measure",
    "measure_tem": "structure.micrographs.measure",
    "measure_xrd": "structure.xrd_fit.measure",
    "measurement_figure": "superlattice.measuring.saving",
    "medium": "packing.matter.media",
    "open_campaign": "superlattice.campaign.campaign",
    "optics_of": "superlattice.steps.light:optics_target",
    "own_ligand": "packing.matter.own_ligands",
    "own_material": "packing.matter.own_materials",
    "plot_assembly": "superlattice.plots.runs",
    "plot_coverage_and_length": "superlattice.plots.spacings",
    "plot_curves": "superlattice.plots.picture",
    "plot_exchange": "superlattice.plots.exchanges",
    "plot_ligands": "superlattice.plots.exchanges",
    "plot_measured_spacings": "superlattice.plots.spacings",
    "plot_ranking": "superlattice.plots.rankings",
    "plot_softness": "superlattice.plots.spacings",
    "plot_spacing_by_length": "superlattice.plots.spacings",
    "plot_sweep": "superlattice.plots.runs",
    "plot_together": "superlattice.plots.picture",
    "predict": "superlattice.steps.prediction",
    "pressed_order": "superlattice.plots.runs",
    "run": "superlattice.pipeline.run:run_study",
    "run_campaign": "superlattice.campaign.runner",
    "save_measurement": "superlattice.measuring.saving",
    "save_series": "superlattice.measuring.series",
    "series_of": "superlattice.measuring.series",
    "view": "superlattice.pictures.viewer",
}

__all__ = [
    "Coating",
    "Configuration",
    "Cuboid",
    "Environment",
    "FitControl",
    "How",
    "InputError",
    "Ligand",
    "Nanocrystal",
    "RunStopped",
    "Sphere",
    "Study",
    "Trajectory",
    "__version__",
    "analyze",
    "assemble",
    "assembly",
    "campaign_status",
    "collect",
    "compare",
    "cube",
    "design",
    "draw_still",
    "expand_file",
    "explorer",
    "ligand",
    "ligand_from_carbons",
    "light_explorer",
    "load",
    "make_campaign",
    "material",
    "measure_files",
    "measure_pattern",
    "measure_saxs",
    "measure_tem",
    "measure_xrd",
    "measurement_figure",
    "medium",
    "open_campaign",
    "optics",
    "optics_of",
    "own_ligand",
    "own_material",
    "packing",
    "plot_assembly",
    "plot_coverage_and_length",
    "plot_curves",
    "plot_exchange",
    "plot_ligands",
    "plot_measured_spacings",
    "plot_ranking",
    "plot_softness",
    "plot_spacing_by_length",
    "plot_sweep",
    "plot_together",
    "predict",
    "pressed_order",
    "run",
    "run_campaign",
    "save_measurement",
    "save_series",
    "series_of",
    "structure",
    "view",
]


def __getattr__(name: str) -> object:
    """A public name, from where it lives."""
    if name not in _DOORS:
        raise AttributeError(f"module 'superlattice' has no attribute {name!r}. Public names: {', '.join(_DOORS)}.")
    module, _, inner = _DOORS[name].partition(":")
    return getattr(import_module(module), inner or name)


def __dir__() -> list[str]:
    return __all__
