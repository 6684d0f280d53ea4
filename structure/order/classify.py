"""Which lattice each particle sits in: its neighbours are matched to a template of every lattice.

A template is the set of sites around a site. For each particle and template the best affine map from the template to
the neighbours (least squares over the assignment of neighbours to sites) says how well it fits (the scatter that is
left, per degree of freedom), how the local axes lie, and how far the surroundings are strained; the lattice with the
least scatter wins, if the scatter and the strain are those of a crystal. The idea is that of polyhedral template
matching (Larsen, Schmidt and Schiøtz, Modelling Simul. Mater. Sci. Eng. 24, 055007 (2016),
doi:10.1088/0965-0393/24/5/055007), with a least-squares search over frames in place of its graph comparison, and with
bct and simple hexagonal added: bcc, bct and fcc are told apart by the axial ratio of the fitted map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from structure.crystals.cells import LATTICE_NAMES
from structure.order.neighbours import Neighbours, interior_mask
from structure.order.template_match import N_CANDIDATES, QUICK, THOROUGH, match_template
from structure.order.templates import BCC_BCT, BCT_FCC, SITE_TEMPLATES, axial_ratio, in_range, strain

FloatArray = NDArray[np.float64]

NONE = "none"
LABELS = (*LATTICE_NAMES, NONE)
# Scatter per axis over the nearest-neighbour distance, above which surroundings count as no crystal. Thermal crystals
# melt near 0.1; an ideal gas matched to the easiest template (bcc) has its first percentile above this.
MAX_SCATTER = 0.125
# Any lattice is an affine image of any other Bravais lattice: strain has to cost something.
STRAIN_WEIGHT = 0.9
# A match of a template this good is not beaten by those that are tried after it; one below the second number ends the
# search after all lattices have been tried quickly. The thorough search is for the rest.
SURE_COST = {"sc": 0.05, "bcc": 0.04, "fcc": 0.075, "hcp": 0.075, "simple hexagonal": 0.075}
GOOD_COST = 0.075
_EIGHTH_TURNS = Rotation.from_rotvec(np.eye(3) * np.pi / 4).as_matrix()
# Particles per batch: bounds the memory of the assignment arrays to some 100 MB.
_BATCH = 512


@dataclass(frozen=True, slots=True, eq=False)
class LocalStructure:
    """The surroundings of every particle.

    Parameters
    ----------
    label_indices
        Index into `LABELS`, shape (N,).
    frames
        Local lattice axes as columns (proper rotation, lattice to laboratory), shape (N, 3, 3); nan where none.
    scatter
        Residual per axis of the best match over the nearest-neighbour distance, shape (N,).
    is_interior
        Whether neighbours are all around (`structure.order.neighbours`), shape (N,).
    axial_ratios
        c/a of the centred tetragonal cell, 1 for bcc and sqrt(2) for fcc, shape (N,); nan for other lattices.
    """

    label_indices: NDArray[np.int64]
    frames: FloatArray
    scatter: FloatArray
    is_interior: NDArray[np.bool_]
    axial_ratios: FloatArray

    def mask(self, label: str) -> NDArray[np.bool_]:
        """Which particles have the given label, shape (N,)."""
        return self.label_indices == LABELS.index(label)

    def fractions(self, among: NDArray[np.bool_] | None = None) -> dict[str, float]:
        """Share of each label, over all particles or over those of the mask ``among`` (N,); nan over an empty mask."""
        chosen = self.label_indices if among is None else self.label_indices[among]
        counts = np.bincount(chosen, minlength=len(LABELS))
        return {
            name: float(c / len(chosen)) if len(chosen) else float("nan")
            for name, c in zip(LABELS, counts, strict=True)
        }


def classify_surroundings(neighbours: Neighbours) -> LocalStructure:
    """Label every particle sc, fcc, bcc, hcp, bct, simple hexagonal or none.

    Needs `structure.order.template_match.N_CANDIDATES` neighbours per particle.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> from structure.order.neighbours import nearest_neighbours
    >>> crystal = build_crystal("fcc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(7.0), displacement_nm=0.3)
    >>> classify_surroundings(nearest_neighbours(crystal, N_CANDIDATES)).fractions()["fcc"]
    1.0
    """
    return classify_together([neighbours])[0]


def classify_together(frames: Sequence[Neighbours]) -> list[LocalStructure]:
    """`classify_surroundings` of several frames at once, which for frames of few particles takes less time.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> from structure.order.neighbours import nearest_neighbours
    >>> crystals = [build_crystal(name, spacing_nm=9.0, n_cells=(3, 3, 3), shapes=cube(6.0)) for name in ("sc", "bcc")]
    >>> found = classify_together([nearest_neighbours(crystal, N_CANDIDATES) for crystal in crystals])
    >>> found[0].fractions()["sc"], found[1].fractions()["bcc"]
    (1.0, 1.0)
    """
    interiors = [interior_mask(neighbours) for neighbours in frames]
    vectors = np.concatenate([neighbours.vectors_nm[:, :N_CANDIDATES] for neighbours in frames])
    interior = np.concatenate(interiors)
    batches = [
        _classify_batch(vectors[start : start + _BATCH], interior[start : start + _BATCH])
        for start in range(0, len(vectors), _BATCH)
    ]
    ends = np.cumsum([len(inside) for inside in interiors])[:-1]
    labels, scatter, axes, ratios = (np.split(np.concatenate(parts), ends) for parts in zip(*batches, strict=True))
    return [
        LocalStructure(label, axis, rest, inside, ratio)
        for label, axis, rest, inside, ratio in zip(labels, axes, scatter, interiors, ratios, strict=True)
    ]


def _classify_batch(
    vectors: FloatArray, interior: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], FloatArray, FloatArray, FloatArray]:
    n = len(vectors)
    ratios = np.full(n, np.nan)
    labels = np.full(n, LABELS.index(NONE))
    frames = np.full((n, 3, 3), np.nan)
    scatter = np.full(n, np.inf)
    cost = np.full(n, MAX_SCATTER)
    todo = np.arange(n)
    for effort in (QUICK, THOROUGH):
        for template in SITE_TEMPLATES:
            match = match_template(vectors[todo], template, effort, max_scatter=MAX_SCATTER)
            deviation = strain(template.name, match.stretches)
            trial_cost = np.hypot(match.scatter, STRAIN_WEIGHT * deviation)
            ok = (trial_cost < cost[todo]) & in_range(template.name, match.stretches)
            better = todo[ok]
            cost[better] = trial_cost[ok]
            scatter[better] = match.scatter[ok]
            labels[better], frames[better], ratios[better] = _labels(
                template.name, match.stretches[ok], match.rotations[ok]
            )
            todo = todo[~(ok & (trial_cost <= SURE_COST[template.name]))]
        # At a surface no template is complete: not worth the thorough search.
        todo = todo[(cost[todo] > GOOD_COST) & interior[todo]]
        if len(todo) == 0:
            break
    return labels, scatter, frames, ratios


def _labels(name: str, stretches: FloatArray, frames: FloatArray) -> tuple[NDArray[np.int64], FloatArray, FloatArray]:
    """Labels, frames in the axes of the label's own conventional cell, and c/a of centred tetragonal ones."""
    if name not in ("bcc", "fcc"):
        return np.full(len(stretches), LABELS.index(name)), frames, np.full(len(stretches), np.nan)
    ratio, axis = axial_ratio(name, stretches)
    labels = np.select(
        [(ratio > 0.9) & (ratio < BCC_BCT), (ratio > BCT_FCC) & (ratio < 1.55)],
        [LABELS.index("bcc"), LABELS.index("fcc")],
        LABELS.index("bct"),
    )
    # The cell of fcc is that of bct turned by 45 degrees about c.
    turned = (labels == LABELS.index("fcc")) != (name == "fcc")
    return labels, np.where(turned[:, None, None], frames @ _EIGHTH_TURNS[axis], frames), ratio
