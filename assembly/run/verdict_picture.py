"""Why a run says what the ligand does, in one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_verdict(
    verdict: Mapping[str, Any],
    contacts: Mapping[str, Mapping[str, float]],
    log: Mapping[str, Any],
    axes: Sequence[Axes],
) -> None:
    """Draw what a verdict rests on: depth of the contacts, what they do in a dispersion left alone, order on the way.

    Parameters
    ----------
    verdict
        `assembly.run.verdict.Verdict.to_dict`.
    contacts
        Contacts of a run's ``details``: their depths [kT].
    log
        The observables of the run.
    axes
        Three axes.
    """
    depth, alone, order = axes
    names = list(contacts)
    depth.barh(range(len(names)), [max(contacts[n]["depth_kt"], 1e-2) for n in names], color="C0", height=0.5)
    depth.axvline(1.0, color="0.4", lw=0.9, ls="--")
    depth.set(xscale="log", xlim=(1e-2, 1e4), xlabel="depth of a contact [kT]; dashed: 1 kT")
    depth.set_yticks(range(len(names)), names)
    depth.invert_yaxis()
    found = verdict["dispersed"]
    when = np.arange(1, len(found["per_particle"]) + 1) / len(found["per_particle"]) * verdict["thermal_times"]
    alone.plot(when, found["per_particle"], marker="o", ms=3, color="C1", label="contacts per particle")
    top = max(1.0, 1.3 * max(found["per_particle"]))
    alone.set(xlabel="dispersion left alone, time [thermal times]", ylabel="contacts per particle", ylim=(0, top))
    cluster = alone.twinx()
    cluster.plot(when, found["largest_cluster"], marker="s", ms=3, color="C2", label="largest cluster")
    cluster.set(ylim=(0, 1.03), ylabel="share in the largest cluster")
    lines = [*alone.get_lines(), *cluster.get_lines()]
    alone.legend(lines, [str(line.get_label()) for line in lines], fontsize=8, loc="upper left")
    stages = np.asarray(log["stage"], dtype=int)
    colours: dict[str, str] = {}
    for stage in np.unique(stages):
        some = stages == stage
        name = log["stage_names"][stage]
        # What is done once more has one colour and one line in the key.
        label = "" if name in colours else name
        colour = colours.setdefault(name, f"C{len(colours)}")
        order.plot(
            log["packing_fraction"][some], log["cubatic_order"][some], ".-", lw=0.7, ms=4, label=label, color=colour
        )
    order.axhline(0.9, color="0.4", lw=0.9, ls="--")
    order.set(xlabel="packing fraction, N (edge + gap)$^3$/V", ylabel="cubatic order", ylim=(-0.02, 1.03))
    order.legend(fontsize=7, ncol=2)
