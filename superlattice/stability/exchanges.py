"""What an exchange of ligands does to the energy of a dot in its crystal, told beside what is published."""

from __future__ import annotations

from typing import Any

from packing.errors import InputError
from packing.prediction.exchange_ev import exchange_energy
from superlattice.study.study import Study


def exchange_told(study: Study) -> tuple[dict[str, Any], str]:
    """Energy of a dot in its crystal before and after the exchange of a study, as plain data and as a table.

    Parameters
    ----------
    study
        With an exchange.

    Raises
    ------
    InputError
        If the study has none.
    """
    if study.exchange is None or study.exchange.ligand is None:
        raise InputError("exchange: the study has no [exchange] with another ligand. Add one.")
    found = exchange_energy(
        study.nanocrystal.build(), study.ligand.build(), study.exchange.ligand.build(), study.build_environment()
    )
    names = (study.ligand.build().ligand.name, study.exchange.ligand.build().ligand.name)
    beside = found.published
    lines = [
        f"energy of a nanocrystal in its crystal by its {found.contacts} contacts, against ones far apart [eV]:",
        "",
        f"  {'':<24} {names[0]:>14} {names[1]:>14} {'ratio':>8}",
        f"  {'in ' + study.environment.medium:<24} {found.medium_ev[0]:>14.2f} {found.medium_ev[1]:>14.2f}",
        f"  {'dry':<24} {found.dry_ev[0]:>14.1f} {found.dry_ev[1]:>14.1f} {found.dry_ratio:>8.1f}",
        f"  {'published':<24} {beside.before_ev:>14.1f} {beside.after_ev:>14.1f} "
        f"{beside.after_ev / beside.before_ev:>8.1f}",
        "",
        f"published, from oleic acid to Na+: {beside.source}; {beside.what}.",
        "candidate lattices of each side: give each its own study.",
    ]
    return {"exchange": found.to_dict() | {"ligands": list(names)}}, "\n".join(lines)
