from .analysis import Analysis as Analysis, analyze_frames as analyze_frames, analyze_trajectory as analyze_trajectory
from .contact import BeadSummary as BeadSummary, ContactResult as ContactResult, contact_study as contact_study
from .crystal import CrystalFinding as CrystalFinding, find_crystal as find_crystal, find_layer as find_layer
from .diffraction import Diffraction as Diffraction, diffract as diffract
from .frames import Frames as Frames, read_frames as read_frames
from .layer import LayerAnalysis as LayerAnalysis, analyze_layers as analyze_layers
from .light import (
    OpticsResult as OpticsResult,
    exchange_rows as exchange_rows,
    last_frame as last_frame,
    optics_study as optics_study,
    optics_target as optics_target,
    optics_variant as optics_variant,
)
from .part import Part as Part, run_parts as run_parts
from .prediction import (
    PredictedPart as PredictedPart,
    likeliest as likeliest,
    predict as predict,
    predict_parts as predict_parts,
    predict_study as predict_study,
    prediction_data as prediction_data,
    prediction_facts as prediction_facts,
)
from .sample import Sample as Sample, sample_film as sample_film, sample_of as sample_of
from .simulate import simulate_sample as simulate_sample, simulate_target as simulate_target
from .simulated import Simulated as Simulated
from .simulation import (
    export_target as export_target,
    plan_study as plan_study,
    run_folder as run_folder,
    simulate_part as simulate_part,
    simulate_study as simulate_study,
)
from .target import analyze_run as analyze_run, analyze_target as analyze_target
