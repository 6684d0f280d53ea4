from .answer import RunResult as RunResult, write_answer as write_answer
from .light import light_figures as light_figures, light_result as light_result, light_tables as light_tables
from .report import write_report as write_report
from .run import run_in as run_in, run_study as run_study
from .target import compare_target as compare_target
