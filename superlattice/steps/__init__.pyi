from .analysis import (
    Analysis as Analysis,
    analyze_frames as analyze_frames,
    analyze_target as analyze_target,
    analyze_trajectory as analyze_trajectory,
)
from .part import Part as Part, run_parts as run_parts
from .prediction import (
    PredictedPart as PredictedPart,
    predict as predict,
    predict_parts as predict_parts,
    predict_study as predict_study,
)
from .simulation import run_folder as run_folder, simulate_part as simulate_part, simulate_study as simulate_study
from .verdict import Verdict as Verdict, judge as judge
