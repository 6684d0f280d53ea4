"""What the most expensive job of a campaign costs."""

from __future__ import annotations

from assembly.engines import choose_engine
from assembly.how import How
from assembly.run.cost import Cost, estimate_cost
from packing.errors import MissingEngineError
from superlattice.campaign.campaign import Campaign
from superlattice.steps.simulation import plan_study


def dearest(campaign: Campaign, how: How) -> Cost | None:
    """The estimate for the job with most nanocrystals; None where nothing is simulated.

    Parameters
    ----------
    campaign
        Whose jobs are looked at.
    how
        Engine, ranks and GPU; an engine that is not here, but on the nodes, is taken for what it is there.
    """
    if campaign.goal == "predict":
        return None
    studies = [campaign.study(job) for job in campaign.job_ids()]
    if not studies:
        return None
    study = max(studies, key=lambda s: (s.assembly.n_particles * s.assembly.duration, s.assembly.n_particles))
    variant = list(study.variants().values())[-1]
    plan = plan_study(variant)
    wanted = how.engine or study.assembly.engine
    try:
        engine = choose_engine(wanted, plan.model)
    except MissingEngineError:
        engine = wanted if wanted != "auto" else "hoomd"
    return estimate_cost(plan, engine, ranks=how.ranks, gpu=how.gpu)
