from .analysis import Analysis as Analysis, analyze_target as analyze_target, analyze_trajectory as analyze_trajectory
from .prediction import predict as predict, predict_study as predict_study
from .simulation import (
    run_folder as run_folder,
    silent as silent,
    simulate_part as simulate_part,
    simulate_study as simulate_study,
)
from .verdict import Verdict as Verdict, judge as judge
