from .archive import content_hash as content_hash, load as load, save as save
from .assembly import assemble as assemble, build_plan as build_plan, run_plan as run_plan
from .contacts import Contacts as Contacts, contacts_of as contacts_of, pair_energies_kj_mol as pair_energies_kj_mol
from .cost import Cost as Cost, estimate_cost as estimate_cost, memory_mb as memory_mb, n_particles as n_particles
from .driver import Driver as Driver
from .gpu_check import GpuCheck as GpuCheck, Speed as Speed, check_gpu as check_gpu, soft_crystal as soft_crystal
from .progress import Progress as Progress
from .result import AssemblyResult as AssemblyResult
from .run import ProgressEvent as ProgressEvent, run_worker as run_worker, stop_reason as stop_reason
from .run_files import (
    FrameFile as FrameFile,
    RunFiles as RunFiles,
    logged as logged,
    motion as motion,
    read_checkpoint as read_checkpoint,
    read_log as read_log,
    run_hash as run_hash,
    write_checkpoint as write_checkpoint,
    write_json as write_json,
    write_log as write_log,
)
from .validation import check_model as check_model, check_plan as check_plan, check_system as check_system
from .verdict import (
    Verdict as Verdict,
    order_warnings as order_warnings,
    verdict_of as verdict_of,
    verdict_word as verdict_word,
)
from .verdict_picture import draw_verdict as draw_verdict
