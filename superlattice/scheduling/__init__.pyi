from .emission import (
    Emission as Emission,
    array_script as array_script,
    emit as emit,
    jobs_per_task as jobs_per_task,
    row_workflow as row_workflow,
    walltime_text as walltime_text,
)
from .expense import dearest as dearest
from .limits import check_limit as check_limit, stop_margin_s as stop_margin_s
from .preflight import check_shared_lock as check_shared_lock, check_with_slurm as check_with_slurm
from .queue import queue_words as queue_words, squeue_lines as squeue_lines, with_queue as with_queue
from .site import Site as Site, read_site as read_site
