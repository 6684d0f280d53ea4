"""Do N dots cohere? Coupling against disorder and dephasing, and how many dots it would take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from optics.collective.hamiltonian import DipoleMedium
from optics.constants import HBAR_EV_PS
from packing.checks import require_non_negative, require_positive

Answer = Literal["yes", "no", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coherence:
    """The plain answer, and the numbers it rests on.

    Parameters
    ----------
    answer
        ``"yes"``: coupling exceeds disorder and dephasing; ``"no"``: neither coupling nor the number of dots in a
        coherence volume reaches them; ``"undecided"`` between.
    reason
        One sentence with the numbers.
    coupling_ev
        Summed near-field coupling to the neighbours [eV].
    disorder_ev
        Standard deviation of the energies [eV].
    dephasing_ev
        hbar / T2 [eV].
    dots_needed
        Dots that must radiate together to outrun the disorder and the dephasing.
    dots_available
        Excited dots in a cube of the wavelength inside.
    coherent_time_ps
        The time of the shorter of the two losses [ps].
    """

    answer: Answer
    reason: str
    coupling_ev: float
    disorder_ev: float
    dephasing_ev: float
    dots_needed: float
    dots_available: float
    coherent_time_ps: float


def coherence(
    medium: DipoleMedium,
    *,
    period_nm: float,
    disorder_ev: float,
    dephasing_time_ps: float,
    excited_fraction: float = 1.0,
    n_neighbours: int = 6,
    filled_fraction: float = 1.0,
) -> Coherence:
    r"""Whether the dots of a crystal radiate as one.

    Two ways lead there: near-field coupling above disorder and dephasing (:math:`J_\Sigma>\sigma_E,\hbar/T_2`), or so
    many dots in a coherence volume that together they radiate before they lose phase (:math:`N>2\tau/T_2^*`,
    :math:`T_2^*=\hbar/\sigma_E`).

    Parameters
    ----------
    medium
        One dipole in the superlattice.
    period_nm
        Distance of neighbours [nm].
    disorder_ev
        Standard deviation of the dots' energies [eV].
    dephasing_time_ps
        T2 of one dot at the temperature [ps]: an input.
    excited_fraction
        Share of the dots that is excited.
    n_neighbours
        Neighbours of a dot.
    filled_fraction
        Share of the sites that is not empty.

    Examples
    --------
    >>> medium = DipoleMedium(lifetime_ps=300.0, wavelength_nm=514.5, index=1.686)
    >>> found = coherence(medium, period_nm=11.5, disorder_ev=0.0053, dephasing_time_ps=80.0)
    >>> found.answer, round(found.dots_needed), 15000 < found.dots_available < 20000
    ('undecided', 4831, True)
    """
    period = require_positive("period_nm", period_nm, "nm")
    sigma = require_non_negative("disorder_ev", disorder_ev, "eV")
    blur = HBAR_EV_PS / require_positive("dephasing_time_ps", dephasing_time_ps, "ps")
    coupling = n_neighbours * medium.near_coupling_ev(period)
    loss = max(sigma, blur)
    time = HBAR_EV_PS / loss
    needed = 2 * medium.lifetime_ps / time
    available = excited_fraction * filled_fraction * (medium.wavelength_nm / medium.index / period) ** 3
    by_coupling = coupling > loss
    by_number = available > needed
    answer: Answer
    if by_coupling:
        answer = "yes"
    elif by_number:
        answer = "undecided"
    else:
        answer = "no"
    what = "disorder of the sizes" if sigma >= blur else "dephasing"
    reason = (
        f"coupling of {1e3 * coupling:.2g} meV to the neighbours against {1e3 * loss:.2g} meV of {what}; "
        f"{needed:.0f} dots must "
        f"radiate together and {available:.0f} excited ones lie within a wavelength"
    )
    if answer == "undecided":
        reason += ": only those most alike could, which this model does not decide"
    return Coherence(
        answer=answer,
        reason=reason,
        coupling_ev=coupling,
        disorder_ev=sigma,
        dephasing_ev=blur,
        dots_needed=needed,
        dots_available=available,
        coherent_time_ps=time,
    )
