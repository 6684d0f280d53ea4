"""Form factors averaged over orientation and size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.shapes import Sphere
from structure.form_factors.bodies import Body, CoreShell, amplitude_terms
from structure.form_factors.sizes import SizeDistribution, size_nodes
from structure.form_factors.table import direction_table, interpolation_matrix, length_nm, tabulated_at, with_length
from structure.patterns.curves import checked_q

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FormFactor:
    r"""Averages of the form factor of a population of nanocrystals.

    Parameters
    ----------
    q_inv_nm
        Scattering vector [1/nm], shape (n,).
    intensity
        :math:`P = \langle |F|^2\rangle` over orientations and sizes, 1 at q = 0, shape (n,).
    coherent_locked
        :math:`\langle |\langle F\rangle_{size}|^2\rangle_{orientation}`, in the same unit: the part that interferes
        when all particles have one orientation.
    coherent_random
        :math:`|\langle F\rangle_{size, orientation}|^2`: the part that interferes when every particle has its own.
    """

    q_inv_nm: FloatArray
    intensity: FloatArray
    coherent_locked: FloatArray
    coherent_random: FloatArray

    @property
    def beta_locked(self) -> FloatArray:
        r"""Share of the scattering that interferes for particles of one orientation; below 1 by their sizes only."""
        return self.coherent_locked / self.intensity

    @property
    def beta_random(self) -> FloatArray:
        r"""The ratio :math:`\beta = |\langle F\rangle|^2/\langle|F|^2\rangle` for random orientations at each q.

        It is the decoupling factor, 0 to 1, of M. Kotlarchyk and S.-H. Chen, J. Chem. Phys. 79, 2461 (1983),
        doi:10.1063/1.446055.
        """
        return self.coherent_random / self.intensity

    def plot(self, ax: Axes | None = None, **style: Any) -> Axes:
        """Draw P(q) on two log axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        ax.loglog(self.q_inv_nm, self.intensity, **style)
        ax.set(xlabel="$q$ [nm$^{-1}$]", ylabel="$P(q)$")
        return ax


@dataclass(frozen=True, slots=True, eq=False)
class SizedTerm:
    """One uniform body of a particle over the sizes of its population: contrast x volume and length of each size."""

    body: Body
    lengths_nm: FloatArray
    strengths: FloatArray


def form_factor(
    body: Body | CoreShell,
    q_inv_nm: ArrayLike,
    *,
    size_spread: float = 0.0,
    distribution: SizeDistribution = "gaussian",
    n_sizes: int = 20,
) -> FormFactor:
    r"""Orientation- and size-averaged form factor of a population of nanocrystals.

    Sizes are number fractions and each particle scatters with its volume squared. The whole body scales with the size;
    the shell of a `CoreShell` keeps its thickness. Amplitudes come from a table of the shape that is built on first
    use; the interpolation errs by less than 1e-5 of the local mean of P.

    Parameters
    ----------
    body
        Sphere, cuboid, superball or core-shell particle of the mean size.
    q_inv_nm
        Scattering vector [1/nm].
    size_spread
        Standard deviation of the size over its mean.
    distribution
        ``"gaussian"``, ``"schulz"`` or ``"lognormal"``.
    n_sizes
        Number of sizes over the distribution.

    Returns
    -------
    FormFactor
        P(q) and the parts that interfere.

    Raises
    ------
    InputError
        For q that does not rise, or a spread above 0.4.

    References
    ----------
    M. Kotlarchyk and S.-H. Chen, J. Chem. Phys. 79, 2461 (1983), doi:10.1063/1.446055, for beta.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> p = form_factor(cube(10.0), [0.001, 0.716], size_spread=0.0)
    >>> p.intensity.round(4).tolist()
    [1.0, 0.0029]
    """
    q = checked_q(q_inv_nm)
    sizes, fractions = size_nodes(size_spread, distribution=distribution, n_sizes=n_sizes)
    terms = sized_terms(body, sizes)
    q0 = float(np.sum([t.strengths for t in terms], axis=0) ** 2 @ fractions)
    reach = float(q[-1] * max(t.lengths_nm.max() for t in terms))
    weights = direction_table(widest(terms), reach).weights
    mean = mean_amplitude(q, terms, fractions, reach)
    if len(sizes) == 1:
        square = mean**2 @ weights
    elif len(terms) == 1:
        square = random_averages(q, terms[0], fractions)[0]
    else:
        square = np.zeros(len(q))
        for k, fraction in enumerate(fractions):
            one = [SizedTerm(t.body, t.lengths_nm[k : k + 1], t.strengths[k : k + 1]) for t in terms]
            square += fraction * (mean_amplitude(q, one, np.ones(1), reach) ** 2 @ weights)
    return FormFactor(q, square / q0, mean**2 @ weights / q0, (mean @ weights) ** 2 / q0)


def random_averages(q: FloatArray, term: SizedTerm, fractions: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean squared and mean amplitude of one uniform body over its sizes and all orientations, each (n_q,).

    Parameters
    ----------
    q
        Scattering vectors, rising [1/nm], shape (n_q,).
    term
        The body with its lengths and its strength, volume times contrast [nm^3], at each size.
    fractions
        Number fraction of each size, shape (n_sizes,).

    Returns
    -------
    tuple
        Mean of the squared amplitude [nm^6] and mean amplitude [nm^3], both of shape (n_q,).
    """
    u = np.outer(q, term.lengths_nm)
    table = direction_table(term.body, float(u[-1].max()))
    square = tabulated_at(table.mean_square, u) @ (fractions * term.strengths**2)
    return square, tabulated_at(table.mean, u) @ (fractions * term.strengths)


def sized_terms(body: Body | CoreShell, sizes: FloatArray) -> list[SizedTerm]:
    """The uniform bodies of a particle, at every relative size; the outer body keeps the mean proportions.

    ``sizes`` are the lengths of the cores over that of ``body``, shape (n_sizes,); a shell keeps its thickness.
    """
    shell = body.shell_nm if isinstance(body, CoreShell) else 0.0
    core = body.core if isinstance(body, CoreShell) else body
    terms = []
    for contrast, part in amplitude_terms(body):
        grown = 2 * shell if part is not core and isinstance(body, CoreShell) else 0.0
        lengths = length_nm(core) * sizes + grown
        if contrast != 0:
            volumes = with_length(part, 1.0).volume_nm3 * lengths**3
            terms.append(SizedTerm(part, lengths, contrast * volumes))
    return terms


def mean_amplitude(q: FloatArray, terms: list[SizedTerm], fractions: FloatArray, reach: float) -> FloatArray:
    """Amplitude averaged over sizes, shape (n_q, n_directions), on the directions of the table.

    Parameters
    ----------
    q
        Scattering vectors, rising [1/nm], shape (n_q,).
    terms
        Uniform bodies of the particle at every size.
    fractions
        Number fraction of each size, shape (n_sizes,).
    reach
        Largest q times length that the table has to hold.
    """
    total: FloatArray | float = 0.0
    n = len(direction_table(widest(terms), reach).weights)
    for term in terms:
        values = direction_table(term.body, reach).values
        part = interpolation_matrix(q, term.lengths_nm, fractions * term.strengths, len(values)) @ values
        total = total + np.broadcast_to(part, (len(q), n))
    return np.asarray(total)


def widest(terms: list[SizedTerm]) -> Body:
    """The body of the terms with the most directions in its table (a sphere has one)."""
    return next((t.body for t in terms if not isinstance(t.body, Sphere)), terms[0].body)
