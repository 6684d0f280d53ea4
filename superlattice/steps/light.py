"""The optical step: the fingerprint of a study's prediction, or of the last frame of its run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from optics.fingerprints.drawings import pictures
from optics.fingerprints.frame import core_edges_nm, ideal_crystal
from optics.fingerprints.result import Fingerprint, fingerprint
from packing.configuration import Configuration
from packing.errors import InputError
from packing.matter.media import medium
from packing.trajectory import Trajectory
from superlattice.pictures.figures import save_figure
from superlattice.steps.prediction import predict_study
from superlattice.study.optics_table import OpticsTable
from superlattice.study.study import Study, load_study

PREDICTED = "the predicted crystal: simple cubic, aligned, without defects"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpticsResult:
    """Fingerprints of a study: one, or before and after an exchange."""

    variants: Mapping[str, Fingerprint]
    origins: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Plain data: ``quantities`` of a plain study; ``before``, ``after`` and ``exchange`` of one with an "
        "exchange."""
        data = {name: found.to_dict() | {"frame": self.origins[name]} for name, found in self.variants.items()}
        return data.get("", data | {"exchange": exchange_rows(self.variants)})

    def summary(self) -> str:
        """The numbers by section, and for an exchange both sides of it."""
        parts = []
        for name, found in self.variants.items():
            head = f"== {name} ==\n" if name else ""
            parts.append(f"{head}{found.summary()}\nframe: {self.origins[name]}")
        rows = exchange_rows(self.variants)
        if rows:
            parts.append("\n".join(["before and after", *(f"  {n:28s} {a} -> {b}" for n, a, b in rows)]))
        return "\n\n".join(parts)

    def figures(self, folder: Path) -> list[tuple[Path, str]]:
        """Write one PNG a picture; paths and captions."""
        written: list[tuple[Path, str]] = []
        for name, found in self.variants.items():
            for stem, (caption, draw) in pictures(found).items():
                path = folder / f"{stem}_{name}.png" if name else folder / f"{stem}.png"
                save_figure(path, partial(_drawn, draw))
                written.append((path, f"{name}: {caption}" if name else caption))
        return written


EXCHANGED = (
    "gap_nm",
    "core_fraction",
    "emission_nm",
    "redshift_minibands_mev",
    "redshift_dielectric_mev",
    "redshift_reabsorption_mev",
    "redshift_recycling_mev",
    "redshift_transfer_mev",
    "emission_crystal_nm",
    "binding_energy_mev",
    "index",
    "group_index",
    "mode_spacing_nm",
    "threshold_uj_cm2",
    "brightest_rate",
)


def exchange_rows(variants: Mapping[str, Fingerprint]) -> list[tuple[str, str, str]]:
    """Name, before and after of the numbers an exchange changes; none without an exchange."""
    if set(variants) != {"before", "after"}:
        return []
    before, after = variants["before"].quantities, variants["after"].quantities
    return [(n, before[n].text(), after[n].text()) for n in EXCHANGED if n in before and n in after]


def optics_target(target: str | Path) -> OpticsResult:
    """Optics of a study file (its predicted crystal) or a run directory (its last frame): ``superlattice.optics_of``.

    Parameters
    ----------
    target
        Study file, or run directory with ``study.toml``.

    Raises
    ------
    InputError
        If it is neither, or the material has no optical data.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> tables = ('[nanocrystal]', 'material = "CsPbBr3"', 'edge_nm = 8.6', '[ligand]', 'name = "oleate"', '[optics]',
    ...           'crystal_um = 5.0')
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "study.toml"
    ...     _ = file.write_text("\\n".join(tables))
    ...     found = optics_target(file).variants[""]
    >>> round(found["emission_nm"].value), found["crystal_um"].text(), found["redshift_minibands_mev"].kind
    (513, '5 um (input)', 'bound')
    """
    path = Path(target)
    if not path.is_dir():
        return optics_study(load_study(path))
    if not (path / "study.toml").is_file():
        raise InputError(f"{path} has no study.toml. Give a run directory of superlattice run, or a study file.")
    study = load_study(path / "study.toml")
    frames = {name: path / name / "trajectory.gsd" if name else path / "trajectory.gsd" for name in study.variants()}
    for file in frames.values():
        if not file.is_file():
            raise InputError(f"{file} is missing. Run superlattice run or assemble first, or give the study file.")
    return optics_study(study, {name: last_frame(file) for name, file in frames.items()})


def optics_study(study: Study, frames: Mapping[str, Configuration] | None = None) -> OpticsResult:
    """Optics of a study, of given frames by variant or else of the crystals it predicts.

    Examples
    --------
    >>> tables = {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6}, "ligand": {"name": "oleate"}}
    >>> study = Study.from_data(tables, source="example")
    >>> result = optics_study(study, {"": ideal_crystal(8.6, 11.5, n_cells=2)})
    >>> abs(result.to_dict()["quantities"]["emission_nm"]["value"] - 513) < 2
    True
    """
    found: dict[str, Fingerprint] = {}
    origins: dict[str, str] = {}
    for name, variant in study.variants().items():
        frame = frames[name] if frames is not None else _predicted_crystal(variant)
        origins[name] = PREDICTED if frames is None else f"last frame of the run, step {frame.step}"
        found[name] = optics_variant(variant, frame)
    return OpticsResult(variants=found, origins=origins)


def optics_variant(study: Study, frame: Configuration) -> Fingerprint:
    """Optics of one frame of a single-ligand study."""
    table = study.optics or OpticsTable()
    inputs = table.build(
        solution_index=medium(study.environment.medium).refractive_index,
        host="vacuum" if study.ligand.build().ligand.is_ionic else "ligand",
        seed=study.assembly.seed,
    )
    return fingerprint(frame, study.nanocrystal.material, inputs, size_spread=study.nanocrystal.size_spread)


def last_frame(path: Path) -> Configuration:
    """The last frame of a trajectory.

    Raises
    ------
    InputError
        For a file that is no trajectory, or has no frames.
    """
    with Trajectory(path) as trajectory:
        if not len(trajectory):
            raise InputError(f"{path} has no frames. Run superlattice assemble again.")
        return trajectory[len(trajectory) - 1]


def _predicted_crystal(study: Study) -> Configuration:
    """As many cubes as fill a box, at the predicted period; a sphere counts as the cube of its volume."""
    a, b, c = core_edges_nm(study.nanocrystal.build().shape)
    edge = (a * b * c) ** (1 / 3)
    period = predict_study(study).period_nm
    return ideal_crystal(
        edge, max(period, 1.001 * edge), size_spread=study.nanocrystal.size_spread, seed=study.assembly.seed
    )


def _drawn(draw: Callable[[Axes], None], ax: Axes) -> None:
    draw(ax)
