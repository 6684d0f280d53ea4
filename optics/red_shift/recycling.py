"""Photon recycling: the line out of a crystal with total reflection, reabsorption and re-emission, by Monte Carlo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optics.red_shift.reabsorption import EscapingLine
from packing.checks import require_between, require_positive

FloatArray = NDArray[np.float64]
# Light that total reflection holds and nothing absorbs or scatters never leaves a perfect cube: it ends here, as lost.
_MOST_EVENTS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class RecyclingCrystal:
    """A crystal cube in which light is trapped, absorbed and emitted again.

    Parameters
    ----------
    edge_um
        Edge of the crystal [um].
    index
        Its refractive index; vacuum outside.
    quantum_yield
        Probability that an absorbed photon is emitted again.
    scattering_um
        Mean free path of elastic scattering [um]; infinite for a perfect crystal, whose trapped light never gets out
        of a cube by geometry alone.
    reflects
        Whether its faces reflect; False for the bare way out.
    """

    edge_um: float
    index: float
    quantum_yield: float = 0.9
    scattering_um: float = float("inf")
    reflects: bool = True

    def __post_init__(self) -> None:
        require_positive("edge_um", self.edge_um, "um")
        require_between("index", self.index, 1.0, 5.0)
        require_between("quantum_yield", self.quantum_yield, 0.0, 1.0)


def recycled_line(
    energy_ev: FloatArray,
    emitted: FloatArray,
    absorption_per_um: FloatArray,
    crystal: RecyclingCrystal,
    *,
    n_photons: int = 20_000,
    seed: int = 1,
) -> EscapingLine:
    """The line out of a crystal cube, from photons followed one by one.

    Each photon starts anywhere, in any direction, with an energy drawn from the emitted line. It is absorbed,
    scattered, or reaches a face: Fresnel's law for unpolarised light lets it out or throws it back. What is absorbed
    is emitted again, with a new energy from the same line, with the quantum yield. Deterministic for a seed.

    Parameters
    ----------
    energy_ev, emitted
        The line inside [eV], shape (n,).
    absorption_per_um
        Of the crystal [1/um], shape (n,).
    crystal
        What the light is trapped in.
    n_photons
        Photons followed.
    seed
        Of the random numbers.

    Examples
    --------
    >>> energy = np.linspace(2.2, 2.6, 401)
    >>> line = np.exp(-(((energy - 2.41) / 0.04) ** 2))
    >>> clear = recycled_line(energy, line, np.zeros(401), RecyclingCrystal(edge_um=2.0, index=1.0), n_photons=500)
    >>> round(abs(clear.lost_fraction), 6)
    0.0
    """
    rng = np.random.default_rng(seed)
    cumulative = np.cumsum(emitted)
    cumulative = cumulative / cumulative[-1]

    def draw_energies(n: int) -> NDArray[np.int64]:
        return np.minimum(np.searchsorted(cumulative, rng.random(n)), len(energy_ev) - 1)

    place = crystal.edge_um * rng.random((n_photons, 3))
    heading, line = _directions(n_photons, rng), draw_energies(n_photons)
    counts = np.zeros(len(energy_ev))
    for _ in range(_MOST_EVENTS):
        if not len(line):
            break
        ahead = _distance_to_face(place, heading, crystal.edge_um)
        with np.errstate(divide="ignore"):
            to_absorption = rng.exponential(size=len(line)) / absorption_per_um[line]
            to_scatter = rng.exponential(size=len(line)) * crystal.scattering_um
        distance = np.minimum(np.minimum(to_absorption, to_scatter), ahead.min(axis=1))
        place = np.clip(place + distance[:, None] * heading, 0.0, crystal.edge_um)
        absorbed = (to_absorption <= to_scatter) & (to_absorption <= ahead.min(axis=1))
        scattered = ~absorbed & (to_scatter <= ahead.min(axis=1))
        arrived = ~absorbed & ~scattered
        face = np.argmin(ahead, axis=1)
        cosine = np.abs(heading[np.arange(len(line)), face])
        out = arrived & (rng.random(len(line)) >= (_reflectance(cosine, crystal.index) if crystal.reflects else 0.0))
        np.add.at(counts, line[out], 1)
        back = np.flatnonzero(arrived & ~out)
        heading[back, face[back]] *= -1
        new = absorbed & (rng.random(len(line)) < crystal.quantum_yield)
        turned = np.flatnonzero(new | scattered)
        heading[turned] = _directions(len(turned), rng)
        line[new] = draw_energies(int(new.sum()))
        alive = ~out & (new | ~absorbed)
        place, heading, line = place[alive], heading[alive], line[alive]
    scale = float(np.sum(emitted)) / n_photons
    return EscapingLine(
        energy_ev=energy_ev,
        emitted=emitted,
        escaped=_smooth(counts * scale, energy_ev),
        absorption_per_um=absorption_per_um,
    )


def _directions(n: int, rng: np.random.Generator) -> FloatArray:
    v = rng.normal(size=(n, 3))
    return np.asarray(v / np.linalg.norm(v, axis=1, keepdims=True))


def _distance_to_face(place: FloatArray, heading: FloatArray, edge: float) -> FloatArray:
    safe = np.where(np.abs(heading) < 1e-12, 1e-12, heading)
    return np.asarray(np.maximum(np.where(safe > 0, edge - place, -place) / safe, 0.0))


def _reflectance(cosine: FloatArray, index: float) -> FloatArray:
    """Fresnel reflectance of unpolarised light from inside; 1 beyond the critical angle."""
    sine_out = index * np.sqrt(np.maximum(1 - cosine**2, 0.0))
    out = np.sqrt(np.maximum(1 - sine_out**2, 0.0))
    s = (index * cosine - out) / (index * cosine + out + 1e-30)
    p = (cosine - index * out) / (cosine + index * out + 1e-30)
    return np.asarray(np.where(sine_out >= 1, 1.0, (s**2 + p**2) / 2))


def _smooth(counts: FloatArray, energy_ev: FloatArray) -> FloatArray:
    """Counts with a Gaussian blur of 14 meV, so that the maximum is that of the line: to 1 meV with 5000 photons."""
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(counts, 0.014 / (energy_ev[1] - energy_ev[0]), mode="constant"))
