from .exchanges import plot_exchange as plot_exchange, plot_ligands as plot_ligands
from .picture import Picture as Picture, plot_curves as plot_curves, plot_together as plot_together
from .rankings import plot_ranking as plot_ranking
from .runs import plot_assembly as plot_assembly, plot_sweep as plot_sweep, pressed_order as pressed_order
from .spacings import (
    plot_coverage_and_length as plot_coverage_and_length,
    plot_measured_spacings as plot_measured_spacings,
    plot_softness as plot_softness,
    plot_spacing_by_length as plot_spacing_by_length,
)
