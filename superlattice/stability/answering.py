"""Which candidate lattice of a study wins, at which free energy, against what: in the medium, or dry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from assembly.crystal.coated import SoftMatter, State, soft_matter
from packing.errors import InputError
from packing.lattices.catalogue import template
from packing.lattices.cif import template_from_cif
from packing.matter.media import medium
from packing.pose.laws import CoatedBody
from packing.shapes import Sphere
from superlattice.files import read_json, write_json
from superlattice.lock import locked
from superlattice.progress import Reporter, silent
from superlattice.stability.candidates import (
    FREE_ENERGY,
    HOLD,
    STATIC,
    Asked,
    Effort,
    candidate_record,
    fluid_record,
    single_names,
)
from superlattice.stability.verdicts import hopeless, told_of
from superlattice.study.study import Study

_MIXED = ("NaCl", "CsCl", "AlB2", "ABO3")
_SPHERES = ("NaCl", "CsCl", "AlB2", "AuCu3", "MgZn2")


@dataclass(frozen=True, slots=True, kw_only=True)
class StabilityAnswer:
    """What came out for a study.

    Parameters
    ----------
    folder
        Its files.
    data
        Everything as plain data, as ``stability.json`` holds it.
    """

    folder: Path
    data: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return self.data

    def summary(self) -> str:
        """The table a person wants."""
        from superlattice.stability.telling import summary_of

        return summary_of(self.data)

    def save_figure(self, path: str | Path) -> Path:
        """Draw the hull and the enthalpies around the pressure; the path of the PNG."""
        from superlattice.stability.telling import draw_stability

        target = Path(path)
        draw_stability(self.data, target)
        return target


def stability(
    study: Study,
    out: str | Path = "runs",
    *,
    pressure_kt_per_nm3: float | None = None,
    state: str | None = None,
    effort: Effort | None = None,
    progress: Reporter = silent,
) -> StabilityAnswer:
    """Candidate lattices of a study against the separated pure crystals, and the hull over composition.

    Parameters
    ----------
    study
        Of one kind or two, without an exchange.
    out
        Folder for runs; this goes into ``out/<study id>/stability-...``.
    pressure_kt_per_nm3
        Osmotic pressure [kT/nm^3]; None takes that at which drying begins to squeeze the shells. Dry, it is 0.
    state
        ``"medium"`` or ``"dry"``; None takes dry only where the study's medium is no solvent.
    effort
        How much to compute; None takes static crystals alone.
    progress
        Told what is being done.

    Raises
    ------
    InputError
        For a study with an exchange, a lattice without a template, or a pressure at which nothing holds.
    """
    if study.exchange is not None:
        raise InputError("stability: [exchange] makes it two studies, before and after. Give each its own file.")
    return _answered(study, Path(out) / study.study_id, pressure_kt_per_nm3, state, effort or Effort(), progress)


def asked_for(study: Study) -> Effort:
    """How much a study's ``[stability]`` table asks to compute; without one, static crystals."""
    table = study.stability
    if table is None:
        return Effort()
    return Effort(level=table.level, most_bodies=table.bodies, lowest=table.lowest)


def stability_in(folder: Path, study: Study, progress: Reporter = silent) -> StabilityAnswer:
    """What a study's ``[stability]`` table asks for, in a folder of its run; else as `stability`.

    Parameters
    ----------
    folder
        The run directory of the study, or of one side of its exchange.
    study
        With a ``[stability]`` table, and no exchange.
    progress
        Told what is being done.
    """
    table = study.stability
    assert table is not None
    state = "dry" if table.dry else None
    return _answered(study, folder, table.pressure_kt_per_nm3, state, asked_for(study), progress)


def _answered(
    study: Study, run: Path, pressure_kt_per_nm3: float | None, state: str | None, made: Effort, progress: Reporter
) -> StabilityAnswer:
    if pressure_kt_per_nm3 is not None and pressure_kt_per_nm3 <= 0:
        raise InputError(f"pressure must be positive, got {pressure_kt_per_nm3:g} kT/nm³. Leave it out for a default.")
    around = study.build_environment()
    where: State = "dry" if (state or "medium") == "dry" or medium(around.medium).quality == "dry" else "medium"
    asked = _asked(study)
    bodies = [CoatedBody(study.nanocrystal.build(), study.ligand.build())]
    if study.partner is not None:
        bodies.append(CoatedBody(study.partner.build(), study.partner.ligand.build()))
    progress("pair energies and beads", None)
    soft = soft_matter(bodies, around, where)
    pressure = 0.0 if where == "dry" else pressure_kt_per_nm3 or soft.squeeze_kt_per_nm3
    if where == "dry":
        made = Effort(level=STATIC, most_bodies=made.most_bodies, seed=made.seed)
    folder = run / f"stability-{_digest(where, pressure, made)}"
    with locked(folder):
        plain = replace(made, level=STATIC)
        records = [(one, candidate_record(soft, one, pressure, plain, folder)) for one in _told_of(asked, progress)]
        if made.level != STATIC:
            worse = hopeless([record for _, record in records])
            records = [
                (one, record if bad else candidate_record(soft, one, pressure, made, folder))
                for (one, record), bad, _ in zip(records, worse, _told_of(asked, progress), strict=True)
            ]
        fluids = _fluids(soft, [record for _, record in records], pressure, made, folder, progress)
        data = told_of(study, soft, records, fluids, pressure, made, given=pressure_kt_per_nm3 is not None)
        write_json(folder / "stability.json", data)
    if made.level != STATIC and not any(c["is_held"] for c in data["candidates"]):
        raise InputError(
            f"pressure: at {pressure:.3g} kT/nm³ no candidate holds. Raise --pressure, to {2 * pressure:.3g} say."
        )
    return StabilityAnswer(folder=folder, data=read_json(folder / "stability.json"))


def _told_of(asked: list[Asked], progress: Reporter) -> Iterator[Asked]:
    for one in asked:
        progress(f"{one.lattice} {'-'.join(map(str, one.kinds))}".strip(), None)
        yield one


def _fluids(
    soft: SoftMatter,
    records: list[dict[str, Any]],
    pressure: float,
    effort: Effort,
    folder: Path,
    progress: Reporter,
) -> list[dict[str, Any]]:
    """Of each kind without a crystal that holds its fluid, which is what a mixture has beside it."""
    if effort.level != FREE_ENERGY or not any(r.get(HOLD, {}).get("is_held") for r in records):
        return []
    found = []
    for kind in range(len(soft.bodies)):
        pure = [r for r in records if r[STATIC]["counts"][kind] == sum(r[STATIC]["counts"])]
        if any(r.get(HOLD, {}).get("is_held") for r in pure):
            continue
        progress(f"fluid of {soft.matter.bodies[kind].name}", None)
        found.append(fluid_record(soft, kind, pure[0], pressure, effort, folder))
    return found


def _digest(state: str, pressure: float, effort: Effort) -> str:
    # The level is no part: a higher one goes on from the files of a lower one.
    kept = {key: value for key, value in asdict(effort).items() if key != "level"}
    text = json.dumps([state, pressure, kept], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _asked(study: Study) -> list[Asked]:
    """The pure crystals of every kind, then the candidates."""
    shapes = [study.nanocrystal.build().shape]
    if study.partner is not None:
        shapes.append(study.partner.build().shape)
    named = [_resolved(study, name) for name in study.packing.lattices]
    singles = [one for one in named if len(_sites(one)) == 1]
    mixed = [one for one in named if len(_sites(one)) == 2]
    if study.partner is None and mixed:
        raise InputError(
            f"packing: {mixed[0].lattice} is of two kinds, and the study has one. Add a [partner], or take it out."
        )
    found = []
    for kind, shape in enumerate(shapes):
        chosen = dict.fromkeys((*single_names(shape), *(one.lattice for one in singles)))
        found += [Asked(lattice=name, template=None, kinds=(kind,)) for name in chosen]
    if study.partner is not None:
        cubes = not all(isinstance(shape, Sphere) for shape in shapes)
        default = [Asked(lattice=n, template=None, kinds=()) for n in (_MIXED if cubes else _SPHERES)]
        found += mixed or default
    return found


def _resolved(study: Study, name: str) -> Asked:
    if name.lower().endswith(".cif"):
        read = template_from_cif(study.path(name))
        return Asked(lattice=read.name, template=read, kinds=())
    return Asked(lattice=template(name).name, template=None, kinds=())


def _sites(asked: Asked) -> set[str]:
    kinds = (asked.template or template(asked.lattice)).kinds
    return {"B" if kind == "O" else kind for kind in kinds}
