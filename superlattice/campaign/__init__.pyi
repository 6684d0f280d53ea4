from .action import (
    Outcome as Outcome,
    act as act,
    find_job as find_job,
    is_done as is_done,
    owes_light as owes_light,
    say as say,
    scheduler_task as scheduler_task,
)
from .campaign import Campaign as Campaign, make_campaign as make_campaign, open_campaign as open_campaign
from .collect_figures import (
    axis_label as axis_label,
    drawings as drawings,
    order_logs as order_logs,
    periods_along as periods_along,
    plot_order as plot_order,
    plot_phase_map as plot_phase_map,
    plot_spacing as plot_spacing,
    save_figures as save_figures,
)
from .collect_report import write_page as write_page
from .executor import act_in_process as act_in_process, run_on_executor as run_on_executor
from .files import (
    check_schema as check_schema,
    read_document as read_document,
    schema as schema,
    update_document as update_document,
)
from .jobs import (
    Expansion as Expansion,
    assignment_text as assignment_text,
    expand as expand,
    expand_file as expand_file,
    flat as flat,
    state_point as state_point,
    study_of as study_of,
)
from .measured_rows import add_measured as add_measured
from .processes import (
    ActionProcess as ActionProcess,
    command_line as command_line,
    no_orphans as no_orphans,
    start_action as start_action,
)
from .runner import BatchResult as BatchResult, run_campaign as run_campaign
from .samples import (
    check_samples as check_samples,
    compare_of_copies as compare_of_copies,
    copies as copies,
    study_of_job as study_of_job,
)
from .screen import Board as Board, board as board, job_label as job_label
from .status import (
    CampaignStatus as CampaignStatus,
    JobStatus as JobStatus,
    campaign_status as campaign_status,
    counts_text as counts_text,
    job_status as job_status,
    left_out_lines as left_out_lines,
)
from .tables import (
    CampaignTable as CampaignTable,
    collect as collect,
    light_columns as light_columns,
    prediction_columns as prediction_columns,
    simulation_columns as simulation_columns,
)
