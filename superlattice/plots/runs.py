"""How a crystal came about: order against time of a run, and order and period over a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assembly.run.run_files import LOG, RunFiles, read_log
from packing.errors import InputError
from structure.order.history import order_history
from superlattice.plots.picture import Picture


def plot_assembly(folder: str | Path) -> Picture:
    """Order and density of a run against its steps, beside the crystal that came out.

    Parameters
    ----------
    folder
        A run directory, also one that is not done.

    Raises
    ------
    InputError
        Where nothing was simulated there.

    Examples
    --------
    >>> plot_assembly("nowhere")
    Traceback (most recent call last):
    ...
    packing.errors.InputError: nowhere has no trajectory. Give the directory of a run.
    """
    from superlattice.pictures.still import draw_still

    where = Path(folder)
    if not (where / "trajectory.gsd").is_file():
        raise InputError(f"{where} has no trajectory. Give the directory of a run.")
    frames = RunFiles(where).frames
    history = order_history(frames)
    figure = Picture(15, 4.2)
    left, middle, right = figure.subplots(1, 3)
    history.plot(left)
    left.set_title("order against time")
    middle.plot(history.step, history.packing_fraction, "k.-", ms=3)
    middle.set(xlabel="step", ylabel="volume of the cores / box", title="how dense")
    draw_still(frames[-1], right)
    right.set_title("the last frame")
    return figure


def pressed_order(folder: str | Path) -> float:
    """Cubatic order of a run at its densest, before the pressure is taken off.

    Parameters
    ----------
    folder
        A run directory.

    Returns
    -------
    float
        Order from 0 to 1, dimensionless; nan for a run that did not come so far.
    """
    log = read_log(Path(folder) / LOG)
    if "relax_cell" not in log["stage_names"]:
        return float("nan")
    before = log["stage"] < log["stage_names"].index("relax_cell")
    last = log["cubatic_order"][before][-3:]
    return float(np.mean(last)) if len(last) else float("nan")


def plot_sweep(
    rows: Sequence[Mapping[str, Any]], key: str, *, scale: float = 1.0, label: str = "", pressed: Sequence[float] = ()
) -> Picture:
    """Order and period of a campaign's crystals against what was swept.

    Parameters
    ----------
    rows
        Of `superlattice.collect`.
    key
        The swept key, such as ``"nanocrystal.size_spread"``.
    scale
        Factor on its values, 100 for percent.
    label
        What it is, with its unit; an empty one takes the key.
    pressed
        Order of each row's run at its densest, see `pressed_order`; none draws none.

    Raises
    ------
    InputError
        For no rows, and for rows without the key.

    Examples
    --------
    >>> rows = [{"x": 1.0, "cubatic_order": 0.9, "predicted_period_nm": 10.8}, {"x": 2.0, "predicted_period_nm": 11.0}]
    >>> figure = plot_sweep(rows, "x")
    >>> [line.get_label() for line in figure.axes[1].lines]
    ['predicted, even layer', 'simulated, zero pressure']
    """
    if not rows or any(key not in row for row in rows):
        raise InputError(
            f"rows: {key!r} is not in all of them, or there are none. Give rows of a campaign that sweeps it."
        )
    order = np.argsort([float(row[key]) for row in rows], kind="stable")
    at = scale * np.array([float(rows[i][key]) for i in order])

    def values(name: str) -> list[float]:
        return [float("nan") if rows[i].get(name) is None else float(rows[i][name]) for i in order]

    figure = Picture(12, 4.2)
    left, right = figure.subplots(1, 2)
    if len(pressed) == len(rows):
        left.plot(at, [pressed[i] for i in order], "s--", color="0.5", label="cubatic order, pressed together")
    for name, what in (("cubatic_order", "cubatic order"), ("sc_fraction", "simple-cubic share")):
        left.plot(at, values(name), "o-", label=f"{what}, zero pressure")
    left.set(xlabel=label or key, ylabel="order", ylim=(-0.03, 1.05))
    left.legend(fontsize=8)
    right.plot(at, values("predicted_period_nm"), "k--", label="predicted, even layer")
    right.plot(at, values("simulated_period_nm"), "o", label="simulated, zero pressure")
    right.set(xlabel=label or key, ylabel="period [nm]", title="no point where no lattice was found")
    right.legend(fontsize=8)
    return figure
