from .part import Part as Part, RunResult as RunResult
from .report import write_report as write_report
from .run import run_in as run_in, run_study as run_study
from .target import compare_target as compare_target
