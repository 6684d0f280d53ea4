"""A prediction as plain data, as text and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packing.matter.material_table import HAMAKER_UNCERTAINTY_FACTOR
from packing.matter.media import medium
from packing.pair.curve import PairEnergy
from packing.prediction.answer import Answer
from packing.prediction.inputs import nearest_cells
from packing.prediction.rings import Reflection, reflections
from packing.results import none_if_nan
from packing.shape_data import shape_to_dict
from packing.shapes import Sphere
from packing.spacing.models import MODELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MEANING = {
    "opm": "optimal packing, dense crystal",
    "ocm": "overlap cones, isolated pair",
    "otm": "orbifold topological, one component",
    "fill": "ligand fills all space",
    "round": "even ligand layer",
    "plate": "straight chains",
}


def prediction_to_dict(p: Answer) -> dict[str, Any]:
    """Plain data for JSON; models that do not apply are null, with the reason."""
    ligand = p.coating.ligand
    low, high = p.period_range_nm
    return {
        "nanocrystal": {
            "material": p.nanocrystal.material_name,
            "shape": shape_to_dict(p.nanocrystal.shape),
            "size_spread": p.nanocrystal.size_spread,
        },
        "ligand": {
            "name": ligand.name,
            "length_nm": ligand.length_nm,
            "shell_nm": p.coating.shell_nm,
            "coverage_per_nm2": p.coating.coverage_per_nm2,
            "relative_coverage": p.coating.relative_coverage,
            "chains": ligand.chains,
            "is_ionic": ligand.is_ionic,
            "source": ligand.source,
        },
        "environment": {"medium": p.environment.medium, "temperature_kelvin": p.environment.temperature_kelvin},
        "period_nm": p.period_nm,
        "period_sd_nm": p.period_sd_nm,
        "period_range_nm": [low, high],
        "period_note": p.period_note,
        "gap_nm": p.gap_nm,
        "medium_period_nm": p.medium_period_nm,
        "spacings": {m: p.spacings.value_nm(m) for m in MODELS}
        | {
            "reasons": dict(p.spacings.reasons),
            "sd_nm": {m: none_if_nan(s.sd_nm) for m, s in p.spacings.values.items()},
        },
        "pair_energy": p.pair.to_dict() if p.pair else None,
        "pair_energy_dry": p.pair_dry.to_dict() if p.pair_dry else None,
        "lattices": [x.to_dict() for x in p.lattices],
        "binary": _binary(p),
        "reflections": [r.to_dict() for r in _first_reflections(p)],
        "warnings": list(p.warnings),
        "monte_carlo": {
            "n_samples": p.n_samples,
            "seed": p.seed,
            "size_spread": p.spread.size,
            "coverage_spread": p.spread.coverage,
            "length_spread": p.spread.length,
        },
    }


def prediction_facts(p: Answer) -> list[tuple[str, str]]:
    """Pairs of a quantity and its value, as text."""
    ligand = p.coating.ligand
    facts = [("core", _core_text(p))]
    cells = nearest_cells(p.nanocrystal)
    if cells:
        facts.append(("unit cells along the edge", cells))
    if ligand.is_ionic:
        facts.append(("ligand", f"{ligand.name}, ion of {ligand.length_nm:.2f} nm"))
    else:
        facts += [
            ("ligand", f"{ligand.name}, extended {ligand.length_nm:.2f} nm ({ligand.source})"),
            (
                "coverage",
                f"{p.coating.coverage_per_nm2:g} chains per nm², {p.coating.relative_coverage:.0%} of close packing",
            ),
            ("dry shell", f"{p.coating.shell_nm:.2f} nm of ligand volume per area"),
        ]
    facts += [
        (f"spacing, {m} ({_MEANING[m]})", f"{s.value_nm:.2f} ± {s.sd_nm:.2f} nm") for m, s in p.spacings.values.items()
    ]
    facts.append((f"pair energy in {p.environment.medium}", _pair_text(p.pair)))
    if medium(p.environment.medium).quality != "dry":
        facts.append(("pair energy, dry", _pair_text(p.pair_dry)))
    facts += _first_lattice_facts(p)
    facts.append(
        (
            "uncertainties",
            f"Monte Carlo over mean size ({p.spread.size:.1%}), coverage ({p.spread.coverage:.0%}) and ligand length "
            f"({p.spread.length:.0%}), {p.n_samples} samples, seed {p.seed}",
        )
    )
    return facts


def _first_lattice_facts(p: Answer) -> list[tuple[str, str]]:
    if not p.lattices:
        return []
    first = p.lattices[0]
    return [
        (
            f"volume fractions, dry {first.name}",
            f"core {first.core_fraction:.3f}, ligand {first.ligand_fraction:.3f}, void {first.void_fraction:.3f}",
        )
    ]


def prediction_summary(p: Answer) -> str:
    """The table a person wants first."""
    low, high = p.period_range_nm
    first = "on its own" if p.partner else p.lattices[0].name if p.lattices else "no lattice"
    lines = [
        f"{_core_text(p)}, {p.ligand_name}",
        "",
        f"  period (dry)   {p.period_nm:6.2f} ± {p.period_sd_nm:.2f} nm   gap {p.gap_nm:.2f} nm, {first}",
        f"                 {low:6.2f} to {high:.2f} nm by the dry models (ligand fills all space - straight chains)",
        f"  pair energy    {_pair_text(p.pair)} in {p.environment.medium}",
    ]
    if medium(p.environment.medium).quality != "dry":
        lines.append(f"                 {_pair_text(p.pair_dry)} dry")
    if p.pair and p.pair.hamaker_is_estimate:
        lines.append(
            f"                 (Hamaker constant {1e20 * p.pair.hamaker_j:.1f}e-20 J is an estimate, "
            f"good to a factor of {HAMAKER_UNCERTAINTY_FACTOR:g})"
        )
    lines += ["", "  spacing by model"]
    for m in MODELS:
        if m in p.spacings.values:
            s = p.spacings.values[m]
            lines.append(f"    {m:<6} {s.value_nm:6.2f} ± {s.sd_nm:.2f} nm   {_MEANING[m]}")
        else:
            lines.append(f"    {m:<6}      –           {p.spacings.reasons[m]}")
    lines += ["", *_lattice_table(p)]
    found = _first_reflections(p, 5)
    if found:
        listed = ", ".join(f"{' '.join(map(str, r.hkl))} at {r.q_inv_nm:.3f} (x{r.multiplicity})" for r in found)
        lines += ["", f"  first reflections of {first}, q in 1/nm: {listed}"]
    return "\n".join(line.rstrip() for line in [*lines, *(f"  warning: {w}" for w in p.warnings)]).rstrip()


def _lattice_table(p: Answer) -> list[str]:
    if not p.lattices:
        return []
    width = max(8, *(len(x.name) for x in p.lattices))
    lines = []
    if p.ranking:
        r = p.ranking
        lines = [
            f"  binary with {p.partner[0].material_name if p.partner else ''}: size ratio {r.gamma:.3f} ± "
            f"{float(r.gamma_samples.std()):.3f}; separate crystals denser in {r.separation_probability:.0%}; "
            f"densest at the nominal sizes: {r.densest.name}"
        ]
    head = f"  {'lattice':<{width}} {'model':<14} {'a, b, c [nm]':<20} packing  core   probability  contact"
    rows = [
        f"  {x.name:<{width}} {x.model:<14} {_cell_text(x.a_nm, x.b_nm, x.c_nm):<20} {x.packing_fraction:7.3f}  "
        f"{x.core_fraction:.3f}  {x.probability:11.2f}  {x.limiting_contact}"
        for x in p.lattices
    ]
    return [*lines, head, *rows]


def _cell_text(a: float, b: float, c: float) -> str:
    return f"{a:.2f}" if max(a, b, c) - min(a, b, c) < 1e-9 * a else f"{a:.2f}, {b:.2f}, {c:.2f}"


def _core_text(p: Answer) -> str:
    shape = p.nanocrystal.shape
    if isinstance(shape, Sphere):
        what = f"spheres of {shape.diameter_nm:g} nm"
    elif shape.is_cube:
        what = f"cubes of {shape.edges_nm[0]:g} nm"
    else:
        what = "cuboids of " + " x ".join(f"{e:g}" for e in shape.edges_nm) + " nm"
    spread = f", size spread {p.nanocrystal.size_spread:.1%}" if p.nanocrystal.size_spread else ""
    return f"{p.nanocrystal.material_name} {what}{spread}"


def _pair_text(pair: PairEnergy | None) -> str:
    if pair is None:
        return "no minimum"
    return f"gap {pair.gap_nm:.2f} nm (period {pair.period_nm:.2f} nm), depth {pair.depth_text}"


def plot_prediction(p: Answer, ax: Axes | None = None) -> Axes:
    """Spacings by model as points with two standard deviations, the core and the range of the dry models as bands."""
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(6, 3))
    rows = [(f"{m}: {_MEANING[m]}", s.value_nm, 2 * s.sd_nm) for m, s in p.spacings.values.items()]
    for label, pair in ((f"minimum in {p.environment.medium}", p.pair), ("minimum, dry", p.pair_dry)):
        if pair is not None and (label, pair.period_nm, 0.0) not in rows:
            rows.append((label, pair.period_nm, 0.0))
    low, high = p.period_range_nm
    ax.axvspan(low, high, color="0.9", label="range of the dry models")
    ax.axvline(p.core_nm, color="k", lw=1, ls="--", label="core size (touching cores)")
    for i, (_, value, error) in enumerate(rows):
        ax.errorbar(value, i, xerr=error or None, fmt="o", color="C0" if error else "C1", capsize=3)
    ax.set_yticks(range(len(rows)), [r[0] for r in rows])
    ax.invert_yaxis()
    ax.set(xlabel="centre distance [nm] (bars: 2 s.d. of the inputs)", title=f"{_core_text(p)}, {p.ligand_name}")
    ax.legend(fontsize="small", loc="best")
    return ax


def _first_reflections(p: Answer, n_lines: int = 8) -> tuple[Reflection, ...]:
    """Lines of the likeliest crystal of one kind; a binary crystal's come from `packing.prediction.export`."""
    crystal = p.lattices[0].crystal if p.lattices else None
    return () if crystal is None else reflections(crystal, n_lines=n_lines)


def _binary(p: Answer) -> dict[str, Any] | None:
    if p.ranking is None:
        return None
    return {key: value for key, value in p.ranking.to_dict().items() if key != "lattices"}
