"""Small laws of the analyses: what a number must be by another way of getting it."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pytest

from structure.saxs_fit.lattice import lines_of
from structure.saxs_fit.model import Solution, Trial
from structure.saxs_fit.phases import TWINS
from structure.saxs_fit.ranking import odds


def test_twins_of_a_lattice_have_their_reflections_in_the_same_places() -> None:
    # Bragg: sc has h2+k2+l2 = 1, 2, 3, ... over d, bcc 2, 4, 6, ... over a = 2 d / sqrt 3.
    assert TWINS["sc", "bcc"] == pytest.approx(math.sqrt(6) / 2)
    assert TWINS["bcc", "sc"] == pytest.approx(2 / math.sqrt(6))
    for (own, other), ratio in TWINS.items():
        first, second = (
            np.unique(lines_of(phase, math.sqrt(8 / 3) if phase == "hcp" else None).length.round(9))
            for phase in (own, other)
        )
        if "hcp" in (own, other):
            # The same close-packed layers, in another order.
            layers = 2 * math.pi / math.sqrt(2 / 3)
            assert np.abs(first - layers).min() < 0.02
            assert np.abs(second / ratio - layers).min() < 0.02
        else:
            np.testing.assert_allclose(first[:6], second[:6] / ratio, rtol=1e-6)


def test_odds_count_in_the_scatter_that_is_there() -> None:
    signs = np.where(np.random.default_rng(1).random(4000) < 0.5, -1.0, 1.0)
    data = cast(Any, type("Points", (), {"q_inv_nm": np.arange(4000.0)}))

    def of(residual: np.ndarray, more: float) -> float:
        nothing = np.zeros(1)
        trial = Trial(phase="fcc", shape="sphere", size_nm=7.0, size_spread=0.06)
        fit = Solution(trial, nothing, nothing, nothing, nothing, residual, nothing)
        return odds(data, fit, fit.misfit + more)

    # White residuals of the size they are weighted with: half the difference of the misfits.
    white = of(signs, 20.0)
    assert white == pytest.approx(10.0, rel=0.3)
    assert of(signs, -20.0) == pytest.approx(-white)
    # Twice the scatter, a quarter of the odds; five points that err together count as one.
    assert of(2 * signs, 20.0) == pytest.approx(white / 4)
    assert of(np.repeat(signs[:800], 5), 20.0) == pytest.approx(2.0, rel=0.4)
