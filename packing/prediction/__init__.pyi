from .answer import Answer as Answer
from .binary import binary_lattice_predictions as binary_lattice_predictions
from .exchange_ev import (
    ComparedEnergy as ComparedEnergy,
    ExchangeEnergy as ExchangeEnergy,
    crystal_energy_ev as crystal_energy_ev,
    exchange_energy as exchange_energy,
)
from .export import (
    chosen_lattice as chosen_lattice,
    predicted_configuration as predicted_configuration,
    predicted_crystal as predicted_crystal,
    predicted_reflections as predicted_reflections,
    save_crystal as save_crystal,
)
from .inputs import check_inputs as check_inputs, input_warnings as input_warnings, nearest_cells as nearest_cells
from .prediction import Prediction as Prediction, predict as predict
from .rings import Reflection as Reflection, reflections as reflections
from .single import (
    LatticePrediction as LatticePrediction,
    aligned_cubes_cell_nm as aligned_cubes_cell_nm,
    element_of as element_of,
    single_lattice_predictions as single_lattice_predictions,
    sphere_distance_nm as sphere_distance_nm,
)
from .text import (
    plot_prediction as plot_prediction,
    prediction_facts as prediction_facts,
    prediction_summary as prediction_summary,
    prediction_to_dict as prediction_to_dict,
)
